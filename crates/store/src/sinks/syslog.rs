//! Alerts for a log server: RFC 5424 over UDP (RFC 5426) or TCP (RFC 6587).

mod message;

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _, UdpSocket};
use std::str::FromStr;
use std::time::Duration;

use model::Severity;

use self::message::Sender;
use super::Sink;
use super::queue::Waiting;
use crate::item::Item;

/// Where the log server is, and what it is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyslogSettings {
    /// The log server.
    pub server: SyslogServer,
    /// The least severity that is told.
    pub severity: Severity,
}

/// `udp://host:514` or `tcp://host:601`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyslogServer {
    tcp: bool,
    /// Without the brackets of an IPv6 address.
    host: String,
    port: u16,
}

pub(super) struct Syslog {
    server: SyslogServer,
    severity: Severity,
    sender: Sender,
    connection: Option<Connection>,
    waiting: Waiting<String>,
}

enum Connection {
    Udp(UdpSocket),
    Tcp(TcpStream),
}

/// Messages that may wait.
const MOST_WAITING: usize = 10_000;
/// Receivers should take datagrams of 2048 octets (RFC 5426 s3.2), and messages of as many (RFC 5424 s6.1).
const LONGEST: usize = 2048;
/// Messages before it looks whether there is something new.
const AT_ONCE: usize = 100;

impl FromStr for SyslogServer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || "is no log server such as udp://host:514 or tcp://host:601".to_owned();
        let (scheme, address) = text.split_once("://").ok_or_else(bad)?;
        let (tcp, usual) = match scheme {
            "udp" => (false, 514),
            "tcp" => (true, 601),
            _ => return Err(bad()),
        };
        let (host, port) = match address.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, port)) => {
                host.parse::<std::net::Ipv6Addr>().map_err(|_| bad())?;
                (host, port)
            }
            None => address.split_at_checked(address.find(':').unwrap_or(address.len())).ok_or_else(bad)?,
        };
        let port = match port.strip_prefix(':') {
            Some(port) => port.parse().ok().filter(|&port| port > 0).ok_or_else(bad)?,
            None if port.is_empty() => usual,
            None => return Err(bad()),
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
        if host.is_empty() || !host.chars().all(is_name) {
            return Err(bad());
        }
        Ok(Self { tcp, host: host.to_owned(), port })
    }
}

impl Syslog {
    pub(super) fn new(settings: &SyslogSettings) -> Self {
        Self {
            server: settings.server.clone(),
            severity: settings.severity,
            sender: Sender::this_one(),
            connection: None,
            waiting: Waiting::new(MOST_WAITING),
        }
    }
}

impl Sink for Syslog {
    fn name(&self) -> &'static str {
        "syslog"
    }

    fn take(&mut self, items: &[Item]) -> io::Result<()> {
        for item in items {
            if let Item::Alert(alert) = item
                && alert.severity >= self.severity
            {
                self.waiting.add(self.sender.message(alert, LONGEST));
            }
        }
        Ok(())
    }

    fn push(&mut self, within: Duration) -> io::Result<bool> {
        for _ in 0..AT_ONCE {
            let Some(message) = self.waiting.first() else { return Ok(false) };
            // Taken out: one that fails is not used again.
            let mut connection = match self.connection.take() {
                Some(connection) if connection.is_alive() => connection,
                _ => Connection::open(&self.server, within)?,
            };
            connection.send(message)?;
            self.connection = Some(connection);
            self.waiting.sent();
        }
        Ok(!self.waiting.is_empty())
    }

    fn lost(&self) -> u64 {
        self.waiting.lost()
    }

    fn left(&self) -> u64 {
        self.waiting.len()
    }
}

impl Connection {
    fn open(server: &SyslogServer, within: Duration) -> io::Result<Self> {
        let SyslogServer { tcp, host, port } = server;
        let mut error = io::Error::other("the name has no address");
        for address in (host.as_str(), *port).to_socket_addrs()? {
            let opened = if *tcp { Self::tcp(address, within) } else { Self::udp(address) };
            match opened {
                Ok(connection) => return Ok(connection),
                Err(e) => error = e,
            }
        }
        Err(io::Error::new(error.kind(), format!("{host} port {port}: {error}")))
    }

    fn udp(address: SocketAddr) -> io::Result<Self> {
        let any: SocketAddr = if address.is_ipv4() { ([0; 4], 0).into() } else { ([0; 8], 0).into() };
        let socket = UdpSocket::bind(any)?;
        // Connected, so that a port where nobody listens is an error.
        socket.connect(address)?;
        Ok(Self::Udp(socket))
    }

    fn tcp(address: SocketAddr, within: Duration) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, within)?;
        stream.set_write_timeout(Some(within))?;
        Ok(Self::Tcp(stream))
    }

    /// Log servers say nothing: all that can be read is that they have gone.
    fn is_alive(&self) -> bool {
        let Self::Tcp(stream) = self else { return true };
        let mut said = [0; 64];
        let mut reader = stream;
        let read = stream.set_nonblocking(true).and_then(|()| reader.read(&mut said));
        let alive = match read {
            Ok(length) => length > 0,
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
        };
        alive && stream.set_nonblocking(false).is_ok()
    }

    fn send(&mut self, message: &str) -> io::Result<()> {
        match self {
            Self::Udp(socket) => socket.send(message.as_bytes()).map(drop),
            // Octet counting (RFC 6587 s3.4.1): whatever is in a message, the next one begins after it.
            Self::Tcp(stream) => stream.write_all(format!("{} {message}", message.len()).as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers() {
        let server = |tcp, host: &str, port| Ok(SyslogServer { tcp, host: host.into(), port });
        for (text, parsed) in [
            ("udp://log.example:5140", server(false, "log.example", 5140)),
            ("tcp://192.0.2.1", server(true, "192.0.2.1", 601)),
            ("udp://[2001:db8::1]", server(false, "2001:db8::1", 514)),
            ("tcp://[::1]:6010", server(true, "::1", 6010)),
        ] {
            assert_eq!(text.parse(), parsed, "{text}");
        }
        for bad in [
            "",
            "log",
            "udp:log",
            "tls://log",
            "udp://",
            "udp://a:0",
            "udp://a:x",
            "udp://[a]:1",
            "tcp://::1",
        ] {
            assert!(bad.parse::<SyslogServer>().is_err(), "{bad}");
        }
    }
}
