use std::net::IpAddr;

use crate::risk::Risks;

/// What was learnt from a flow's payload beyond its protocol.
///
/// Strings come off the wire: bounded here, escaped by whoever prints them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Facts {
    /// The name the client asked for: SNI, Host, DNS question.
    pub hostname: Option<Box<str>>,
    /// Where `hostname` comes from.
    pub hostname_source: Option<HostnameSource>,
    /// DNS over UDP or TCP, mDNS, LLMNR.
    pub dns: Option<Box<Dns>>,
    /// HTTP/1.
    pub http: Option<Box<Http>>,
    /// TLS over TCP, DTLS, and what QUIC carries.
    pub tls: Option<Box<Tls>>,
    /// JA3 of the client's hello: MD5 in hexadecimal.
    pub ja3: Option<Box<str>>,
    /// JA3S of the server's hello.
    pub ja3s: Option<Box<str>>,
    /// JA4 of the client's hello.
    pub ja4: Option<Box<str>>,
    /// Fields of the record's object that has the protocol's name, in the order they were found.
    pub details: Vec<(&'static str, Value)>,
    /// What its owner should know.
    pub risks: Risks,
}

/// The value of a field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// Text off the wire.
    Text(Box<str>),
    /// A number.
    Number(u64),
    /// Yes or no.
    Flag(bool),
    /// Several texts.
    List(Vec<Box<str>>),
}

impl From<Box<str>> for Value {
    fn from(text: Box<str>) -> Self {
        Self::Text(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Text(text.into())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

macro_rules! from_numbers {
    ($($number:ty)*) => {
        $(impl From<$number> for Value {
            fn from(number: $number) -> Self {
                Self::Number(number.into())
            }
        })*
    };
}

from_numbers!(u8 u16 u32 u64);

/// Where a flow's host name comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum HostnameSource {
    /// TLS server name indication (RFC 6066 s3).
    Sni,
    /// HTTP Host header.
    HttpHost,
    /// The question of a DNS query.
    DnsQuestion,
    /// A DNS answer that the same client got before.
    Dns,
    /// A name in the protocol itself: a greeting, a login, a server's announcement.
    Protocol,
}

impl HostnameSource {
    /// The name that records carry.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sni => "sni",
            Self::HttpHost => "http-host",
            Self::DnsQuestion => "dns-question",
            Self::Dns => "dns",
            Self::Protocol => "protocol",
        }
    }
}

/// The first question of a DNS flow, and its answer.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Dns {
    /// Question name, without the final dot.
    pub query: Box<str>,
    /// Question type as a number (RFC 1035 s3.2.2).
    pub qtype: u16,
    /// Response code, if a response was seen.
    pub rcode: Option<u8>,
    /// Answers, at most 16.
    pub answers: Vec<DnsAnswer>,
    /// From the question to its answer, in microseconds.
    pub rtt_us: Option<u32>,
}

/// One resource record of an answer.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum DnsAnswer {
    /// A or AAAA.
    Address(IpAddr),
    /// CNAME, PTR, NS, MX, SRV: the name it points to.
    Name(Box<str>),
    /// TXT and others, as text.
    Text(Box<str>),
}

/// The first request of an HTTP/1 flow, and its response.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Http {
    /// Request method.
    pub method: Option<Box<str>>,
    /// Host header.
    pub host: Option<Box<str>>,
    /// Request target.
    pub uri: Option<Box<str>>,
    /// User-Agent header.
    pub user_agent: Option<Box<str>>,
    /// Status code.
    pub status: Option<u16>,
    /// Server header.
    pub server: Option<Box<str>>,
    /// Content-Type header of the response.
    pub content_type: Option<Box<str>>,
}

/// A TLS handshake as far as it is in clear.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tls {
    /// Negotiated version as on the wire (0x0304 is TLS 1.3), else the highest offered.
    pub version: Option<u16>,
    /// Cipher suite chosen by the server.
    pub cipher: Option<u16>,
    /// Protocol chosen by the server, else the client's first offer.
    pub alpn: Option<Box<str>>,
    /// The client sent an encrypted_client_hello extension.
    pub ech: bool,
    /// Key exchange group chosen by the server.
    pub group: Option<u16>,
    /// The server's own certificate; from TLS 1.3 on it is encrypted.
    pub certificate: Option<Box<Certificate>>,
}

/// An X.509 certificate (RFC 5280).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Certificate {
    /// Subject as RFC 4514 writes names: `CN=www.example.org,O=Example,C=DE`.
    pub subject: Box<str>,
    /// Issuer, written likewise.
    pub issuer: Box<str>,
    /// Names and addresses of the subjectAltName extension, at most 16.
    pub san: Vec<Box<str>>,
    /// Begin of validity in seconds since 1970.
    pub not_before: Option<i64>,
    /// End of validity in seconds since 1970.
    pub not_after: Option<i64>,
    /// Serial number in hexadecimal digits.
    pub serial: Box<str>,
    /// SHA-1 of the certificate in hexadecimal digits, if all of it was seen.
    pub sha1: Option<Box<str>>,
    /// SHA-256 of the certificate.
    pub sha256: Option<Box<str>>,
    /// Subject and issuer are the same.
    pub self_signed: bool,
    /// Type of the public key: `RSA`, `EC secp256r1`, `Ed25519` ...
    pub key: Option<Box<str>>,
    /// Its size in bits.
    pub key_bits: Option<u32>,
    /// Signature algorithm: `sha256WithRSAEncryption` ...
    pub signature: Box<str>,
}
