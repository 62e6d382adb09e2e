//! What hosts say to one another.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::Duration;

use testlab::frames::{KINDS, conversation};
use testlab::{Namespace, PORT, Sender, frames};

/// Bytes that are uploaded.
const UPLOAD: usize = 3 << 20;
/// Bytes between two pauses of [`PAUSE`]: some 30 MB/s at most.
const PIECE: usize = 32 << 10;
const PAUSE: Duration = Duration::from_millis(1);

/// An upload over HTTP. When it returns, no segment is left to come.
pub(crate) fn upload(client: &Namespace, server: &Namespace, server_ip: [u8; 4]) {
    let address = SocketAddr::from((server_ip, 8080));
    let listener = server.enter(|| TcpListener::bind(address).unwrap());
    let serving = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut received = 0;
        let mut buffer = vec![0; 64 << 10];
        while let n @ 1.. = stream.read(&mut buffer).unwrap() {
            received += n;
        }
        stream.write_all(b"HTTP/1.1 201 Created\r\nServer: here\r\nContent-Length: 0\r\n\r\n").unwrap();
        received
    });
    let mut stream = client.enter(|| TcpStream::connect(address).unwrap());
    let head = format!("PUT /a HTTP/1.1\r\nHost: files.example\r\nContent-Length: {UPLOAD}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let piece = vec![b'u'; PIECE];
    for _ in 0..UPLOAD / PIECE {
        stream.write_all(&piece).unwrap();
        thread::sleep(PAUSE);
    }
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert_eq!(serving.join().unwrap(), UPLOAD + head.len());
}

/// Questions and answers over UDP, some of which take several fragments.
pub(crate) fn datagrams(client: &Namespace, server: &Namespace, server_ip: [u8; 4]) {
    let address = SocketAddr::from((server_ip, 9000));
    let socket = |namespace: &Namespace, port| {
        namespace.enter(|| {
            let socket = UdpSocket::bind(("0.0.0.0", port)).unwrap();
            socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
            socket
        })
    };
    let (client, server) = (socket(client, 0), socket(server, 9000));
    let mut buffer = vec![0; 10_000];
    for n in 0..200 {
        let size = if n % 10 == 0 { 4000 } else { 500 };
        client.send_to(&vec![b'q'; size], address).unwrap();
        let (received, from) = server.recv_from(&mut buffer).unwrap();
        server.send_to(&buffer[..received / 2], from).unwrap();
        client.recv_from(&mut buffer).unwrap();
    }
}

/// Conversations in every wrapping, tagged and tunnelled and in fragments, as raw frames in both
/// directions.
pub(crate) fn wrapped(one: &Namespace, other: &Namespace) {
    let [forth, back] = [one, other].map(|host| host.enter(|| Sender::new(PORT)));
    for (number, kind) in (0..).zip(KINDS) {
        for flow in number * 4..number * 4 + 4 {
            for _ in 0..3 {
                conversation(kind, flow, false).iter().for_each(|frame| forth.send(frame));
                conversation(kind, flow, true).iter().for_each(|frame| back.send(frame));
            }
        }
    }
}

/// A connection from its first segment to its last: whether it is an answer, flags, sequence and
/// acknowledgement number, payload.
pub(crate) const CONNECTION: [(bool, u8, u32, u32, &[u8]); 9] = [
    (false, SYN, 100, 0, b""),
    (true, SYN | ACK, 500, 101, b""),
    (false, ACK, 101, 501, b""),
    (false, ACK, 101, 501, b"question"),
    (true, ACK, 501, 109, b"answer"),
    (false, ACK, 109, 507, b""),
    (false, FIN | ACK, 109, 507, b""),
    (true, FIN | ACK, 507, 110, b""),
    (false, ACK, 110, 508, b""),
];
const FIN: u8 = 1;
const SYN: u8 = 2;
const ACK: u8 = 16;

/// A TCP segment between two ports that tell nothing.
pub(crate) fn segment(back: bool, flags: u8, seq: u32, ack: u32, payload: &[u8]) -> Vec<u8> {
    let (mut ends, mut ports) = ([[10, 77, 0, 1], [10, 99, 0, 2]].map(Into::into), [40_001, 40_002]);
    if back {
        ends.reverse();
        ports.reverse();
    }
    let head = [&seq.to_be_bytes()[..], &ack.to_be_bytes(), &[0x50, flags, 0xff, 0xff, 0, 0, 0, 0], payload];
    let tcp = frames::ports(ports[0], ports[1], &head.concat());
    frames::ethernet(back, &[0x0800], &frames::ip(ends[0], ends[1], frames::TCP, &tcp))
}
