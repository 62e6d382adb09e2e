use std::io::{self, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use super::collector::{Collector, Transport};
use super::message::{self, Record, Template};
use crate::clock;

/// A transport session (RFC 7011 s2): what is numbered and explained anew for each.
#[derive(Debug)]
pub(super) struct Session {
    wire: Wire,
    /// Records sent so far, of which a collector tells how many it has missed (RFC 7011 s3.1).
    sequence: u32,
    explained: Option<Instant>,
    messages: u32,
}

#[derive(Debug)]
enum Wire {
    Udp(UdpSocket),
    Tcp(TcpStream),
}

/// Templates are repeated this often where nobody says that they arrived (RFC 7011 s8.4).
const EXPLAIN: Duration = Duration::from_secs(60);
/// How long a collector may take to answer, and to make room.
const PATIENCE: Duration = Duration::from_secs(5);
/// Over UDP a burst is lost where it finds the usual 200 KiB of a receiver's buffer full: after so many
/// messages there is a pause. That leaves a hundred thousand records a second.
const BURST: u32 = 16;
const PAUSE: Duration = Duration::from_millis(2);

impl Session {
    pub(super) fn open(collector: &Collector) -> io::Result<Self> {
        let mut failed = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        // The name is asked for each time: it may have moved.
        for address in (collector.host.as_str(), collector.port).to_socket_addrs()? {
            match Wire::open(collector.transport, address) {
                Ok(wire) => return Ok(Self { wire, sequence: 0, explained: None, messages: 0 }),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    /// The other side has said that it wants no more.
    pub(super) fn is_closed(&self) -> bool {
        match &self.wire {
            Wire::Udp(_) => false,
            Wire::Tcp(stream) => is_closed(stream).unwrap_or(true),
        }
    }

    /// Sends a message of the first records, and says how many they were.
    pub(super) fn send(&mut self, template: Template, records: &[Record]) -> io::Result<usize> {
        let is_due = match (&self.wire, self.explained) {
            (_, None) => true,
            (Wire::Udp(_), Some(explained)) => clock::now().duration_since(explained) >= EXPLAIN,
            // On a stream nothing is lost (RFC 7011 s8.3).
            (Wire::Tcp(_), Some(_)) => false,
        };
        if is_due {
            self.wire.send(&message::templates(clock::seconds(), self.sequence))?;
            self.explained = Some(clock::now());
        }
        let (message, count) = message::data(clock::seconds(), self.sequence, template, records);
        self.wire.send(&message)?;
        self.messages = self.messages.wrapping_add(1);
        if self.messages.is_multiple_of(BURST) && matches!(self.wire, Wire::Udp(_)) {
            thread::sleep(PAUSE);
        }
        self.sequence = self.sequence.wrapping_add(u32::try_from(count).unwrap_or_default());
        Ok(count)
    }
}

impl Wire {
    fn open(transport: Transport, address: SocketAddr) -> io::Result<Self> {
        match transport {
            Transport::Udp => {
                let any: SocketAddr = match address {
                    SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
                    SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
                };
                let socket = UdpSocket::bind(any)?;
                socket.connect(address)?;
                Ok(Self::Udp(socket))
            }
            Transport::Tcp => {
                let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
                stream.set_write_timeout(Some(PATIENCE))?;
                stream.set_nodelay(true)?;
                Ok(Self::Tcp(stream))
            }
        }
    }

    fn send(&mut self, message: &[u8]) -> io::Result<()> {
        match self {
            Self::Udp(socket) => socket.send(message).map(drop),
            Self::Tcp(stream) => stream.write_all(message),
        }
    }
}

/// Collectors say nothing (RFC 7011 s10.4): if there is something to read it is the end.
fn is_closed(stream: &TcpStream) -> io::Result<bool> {
    stream.set_nonblocking(true)?;
    let result = stream.peek(&mut [0]);
    stream.set_nonblocking(false)?;
    match result {
        Ok(count) => Ok(count == 0),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
        Err(error) => Err(error),
    }
}
