use std::net::IpAddr;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// One conversation: everything between two endpoints on one transport, both directions.
///
/// `src` is the side that opened it. A long flow comes in parts (`part` counts from 1), each with
/// the counts since the part before.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Flow {
    /// Names this flow; the same for every part.
    pub id: String,
    /// Community ID version 1, seed 0, to find the flow in other tools.
    pub community_id: String,
    /// First packet (of this part), RFC 3339.
    pub start: String,
    /// Last packet, RFC 3339.
    pub end: String,
    /// From the first packet to the last, in milliseconds.
    pub duration_ms: f64,
    /// Which part of a long flow this is; absent for a flow in one piece.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<u32>,
    /// Interface that saw the first packet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interface: Option<String>,
    /// VLAN ids of the first packet, outermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vlans: Vec<u16>,
    /// The tunnel that the flow came out of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tunnel: Option<&'static str>,
    /// `tcp`, `udp`, `icmp` ...; an IP protocol without a usual name by its number.
    pub transport: String,
    /// Who opened it.
    pub src_ip: IpAddr,
    /// Port of the opener, for transports that have ports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub src_port: Option<u16>,
    /// The other side.
    pub dst_ip: IpAddr,
    /// Port of the other side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dst_port: Option<u16>,
    /// Link-layer address the first packet from `src_ip` carried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub src_mac: Option<String>,
    /// Link-layer address the first packet was sent to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dst_mac: Option<String>,
    /// Country of `src_ip`, two letters of ISO 3166-1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub src_country: Option<String>,
    /// Country of `dst_ip`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dst_country: Option<String>,
    /// Autonomous system of `src_ip`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub src_asn: Option<u32>,
    /// Autonomous system of `dst_ip`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dst_asn: Option<u32>,
    /// Organisation behind `src_asn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub src_org: Option<String>,
    /// Organisation behind `dst_asn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dst_org: Option<String>,
    /// Where it goes, seen from the local networks.
    pub direction: Direction,
    /// Where the conversation stands: for TCP its state, else `new` or `answered`.
    pub state: &'static str,
    /// Why this record was written.
    pub end_reason: &'static str,
    /// The wire protocol, or `unknown`.
    pub protocol: &'static str,
    /// What runs on it, as told by host names, user agents and the like: `youtube`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<&'static str>,
    /// What kind of thing the application is, or else the protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<&'static str>,
    /// The payload is encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encrypted: Option<bool>,
    /// How sure the protocol is: `proven`, `likely`, or `port` when only the port speaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<&'static str>,
    /// Why the protocol was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<&'static str>,
    /// The service usually found at this port, when nothing better is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port_hint: Option<&'static str>,
    /// The name that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// Where `hostname` comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname_source: Option<&'static str>,
    /// Packets sent by `src_ip`.
    pub src_packets: u64,
    /// Packets sent by `dst_ip`.
    pub dst_packets: u64,
    /// Bytes sent by `src_ip`, from the Ethernet header, padding excluded.
    pub src_bytes: u64,
    /// Bytes sent by `dst_ip`.
    pub dst_bytes: u64,
    /// Bytes behind the transport header sent by `src_ip`.
    pub src_payload_bytes: u64,
    /// Bytes behind the transport header sent by `dst_ip`.
    pub dst_payload_bytes: u64,
    /// From the SYN to the ACK that completes the handshake, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handshake_rtt_ms: Option<f64>,
    /// Shortest round trip measured, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rtt_min_ms: Option<f64>,
    /// Mean round trip, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rtt_avg_ms: Option<f64>,
    /// Longest round trip, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rtt_max_ms: Option<f64>,
    /// Smoothed variation of delay (RFC 3550 s6.4.1 style), in milliseconds: of the round trip for
    /// TCP, of RTP's transit time for RTP, of the packet spacing for other datagrams.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jitter_ms: Option<f64>,
    /// Segments `src_ip` sent again, by Wireshark's rules: among them those that only the mirror
    /// repeated, which `duplicate_packets` counts.
    #[serde(skip_serializing_if = "is_zero")]
    pub src_retransmits: u32,
    /// Segments `dst_ip` sent again.
    #[serde(skip_serializing_if = "is_zero")]
    pub dst_retransmits: u32,
    /// Segments of `src_ip` that came later than their successors.
    #[serde(skip_serializing_if = "is_zero")]
    pub src_out_of_order: u32,
    /// Segments of `dst_ip` that came later than their successors.
    #[serde(skip_serializing_if = "is_zero")]
    pub dst_out_of_order: u32,
    /// Duplicate acknowledgements sent by `src_ip`.
    #[serde(skip_serializing_if = "is_zero")]
    pub src_duplicate_acks: u32,
    /// Duplicate acknowledgements sent by `dst_ip`.
    #[serde(skip_serializing_if = "is_zero")]
    pub dst_duplicate_acks: u32,
    /// Times `src_ip` announced a closed window.
    #[serde(skip_serializing_if = "is_zero")]
    pub src_zero_windows: u32,
    /// Times `dst_ip` announced a closed window.
    #[serde(skip_serializing_if = "is_zero")]
    pub dst_zero_windows: u32,
    /// Keep-alive segments, both sides.
    #[serde(skip_serializing_if = "is_zero")]
    pub keep_alives: u32,
    /// Gaps in the sequence numbers that were seen: segments lost before the capture point, or by
    /// the capture itself.
    #[serde(skip_serializing_if = "is_zero")]
    pub lost_segments: u32,
    /// Packets that the mirror showed a second time; they are in the counts above.
    #[serde(skip_serializing_if = "is_zero")]
    pub duplicate_packets: u32,
    /// Packets that were IP fragments.
    #[serde(skip_serializing_if = "is_zero")]
    pub fragments: u32,
    /// What happened on the connection, in order: S SYN, H SYN+ACK, A ACK, D data, F FIN, R RST,
    /// T retransmission, W closed window, G gap; capitals by `src_ip`, small letters by `dst_ip`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp_history: Option<String>,
    /// What the SYN of `src_ip` looked like, in the notation of p0f 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub src_tcp_sig: Option<String>,
    /// What the SYN+ACK of `dst_ip` looked like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dst_tcp_sig: Option<String>,
    /// The operating system whose SYNs look like that of `src_ip`, family first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub src_os: Option<String>,
    /// The operating system whose SYN+ACKs look like that of `dst_ip`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dst_os: Option<String>,
    /// Names are resolved in secret here: `dot`, `doh` or `doq`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encrypted_dns: Option<&'static str>,
    /// JA3 of the client's TLS hello.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ja3: Option<String>,
    /// JA3S of the server's TLS hello.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ja3s: Option<String>,
    /// JA4 of the client's TLS hello.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ja4: Option<String>,
    /// What its owner should know, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub risks: Vec<&'static str>,
    /// TLS handshake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
    /// First HTTP request and response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<Http>,
    /// First DNS question and answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns: Option<Dns>,
    /// What else the payload said, as one more object named after the protocol.
    #[serde(flatten)]
    pub details: Option<Details>,
}

/// Where a flow goes, seen from the local networks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Opened from outside to a local address.
    Inbound,
    /// Opened from a local address to outside.
    Outbound,
    /// Between local addresses.
    Lateral,
    /// Neither side is local.
    External,
    /// To a group or broadcast address.
    Multicast,
}

/// A TLS handshake as far as it was in clear.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Tls {
    /// Negotiated version: `TLSv1.3`, or what the client offered at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Cipher suite by IANA's name, `TLS_AES_128_GCM_SHA256`; an unknown one as `0x1301`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cipher: Option<String>,
    /// Application protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alpn: Option<String>,
    /// The client sent an encrypted ClientHello.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ech: bool,
    /// Key exchange group by IANA's name, `x25519`; an unknown one as `0x001d`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The server's certificate, if it was in clear.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
}

/// A server's certificate.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Certificate {
    /// Subject: `CN=www.example.org,O=Example,C=DE`.
    pub subject: String,
    /// Issuer, written likewise.
    pub issuer: String,
    /// Alternative names and addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub san: Vec<String>,
    /// Begin of validity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<String>,
    /// End of validity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_after: Option<String>,
    /// Serial number in hexadecimal digits.
    pub serial: String,
    /// SHA-1 of the certificate, if all of it was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha1: Option<String>,
    /// SHA-256 of the certificate, if all of it was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Subject and issuer are the same.
    pub self_signed: bool,
    /// Type of the public key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Its size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_bits: Option<u32>,
    /// Signature algorithm.
    pub signature: String,
}

/// The first HTTP/1 request of a flow and its response.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[allow(missing_docs, reason = "the names are the headers'")]
pub struct Http {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
}

/// The first DNS question of a flow and its answer.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Dns {
    /// Question name.
    pub query: String,
    /// Question type: `A`, `AAAA`, `TYPE65` ...
    pub qtype: String,
    /// Response code: `NOERROR`, `NXDOMAIN` ...
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rcode: Option<String>,
    /// Answers as text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<String>,
    /// From the question to its answer, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rtt_ms: Option<f64>,
}

/// An object of a flow record that is named after the flow's protocol (`ssh`, `netbios_ns`): what
/// was learnt beyond the label. `docs/protocols.md` lists the fields of each.
#[derive(Clone, PartialEq, Debug)]
pub struct Details {
    /// The protocol's name with underscores.
    pub name: String,
    /// Fields and their values.
    pub fields: Vec<(&'static str, Value)>,
}

/// The value of a field.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(untagged)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Value {
    Text(String),
    Number(u64),
    Decimal(f64),
    Flag(bool),
    List(Vec<String>),
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<f64> for Value {
    /// To three places: more would be noise.
    fn from(number: f64) -> Self {
        Self::Decimal((number * 1000.0).round() / 1000.0)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Vec<String>> for Value {
    fn from(list: Vec<String>) -> Self {
        Self::List(list)
    }
}

impl Serialize for Details {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(&self.name, &Fields(&self.fields))?;
        map.end()
    }
}

pub(crate) struct Fields<'a>(pub(crate) &'a [(&'static str, Value)]);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

#[cfg(test)]
mod tests {
    /// Reads the source, because a record with every optional field would have to be kept up by hand.
    #[test]
    fn every_field_is_documented() {
        let source = include_str!("flow.rs");
        let manual = include_str!("../../../docs/records.md");
        let record = source.split("pub struct Flow {").nth(1).unwrap().split("\n}").next().unwrap();
        let fields = record.lines().filter_map(|l| l.trim().strip_prefix("pub ")?.split_once(':'));
        let mut count = 0;
        for (field, _) in fields {
            assert!(manual.contains(&format!("| `{field}` |")), "docs/records.md lacks {field}");
            count += 1;
        }
        assert!(count > 40, "only {count} fields found");
    }
}
