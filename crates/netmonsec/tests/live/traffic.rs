//! What hosts say to one another.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::Duration;

use testlab::frames::{KINDS, conversation};
use testlab::{Namespace, PORT, Sender};

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
