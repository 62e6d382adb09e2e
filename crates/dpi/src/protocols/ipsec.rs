//! IKE 1 and 2 (RFC 2408, RFC 7296) and ESP in UDP (RFC 3948).

mod payloads;

use self::payloads::Payloads;
use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ipsec",
    category: "vpn",
    encrypted: true,
    over: &[(Transport::Udp, ANY)],
    // IKE, IKE and ESP behind address translation, group keys (RFC 6407).
    ports: &[500, 4500, 848],
    bound: true,
    fields: &["version", "exchange", "vendors", "identity"],
    head: SHALLOW,
    inspect,
};

/// RFC 3948 s2.2: in front of IKE where ESP has its SPI.
const NON_ESP_MARKER: [u8; 4] = [0; 4];

/// RFC 3948 s2.3.
const KEEP_ALIVE: &[u8] = &[0xff];

const NAT_TRAVERSAL: u16 = 4500;

const HEADER_LEN: usize = 28;

struct Header {
    version: u8,
    next_payload: u8,
    exchange: u8,
    flags: u8,
}

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let message = match look.bytes.strip_prefix(&NON_ESP_MARKER) {
        Some(message) if look.on(NAT_TRAVERSAL) => message,
        _ => look.bytes,
    };
    if let Some(header) = Header::read(message, look.cut) {
        describe(&header, message.get(HEADER_LEN..).unwrap_or_default(), findings);
        return Verdict::proven("IKE header", Want::Reply);
    }
    if look.on(NAT_TRAVERSAL) { encapsulated(look) } else { Verdict::No }
}

impl Header {
    /// RFC 2408 s3.1, RFC 7296 s3.1.
    fn read(message: &[u8], cut: bool) -> Option<Self> {
        let mut reader = Reader::new(message);
        let initiator = reader.array::<8>()?;
        let _responder = reader.array::<8>()?;
        let [next_payload, version, exchange, flags] = reader.array()?;
        let _message = reader.array::<4>()?;
        let len = usize::try_from(u32::from_be_bytes(reader.array()?)).ok()?;
        let header = Self { version: version >> 4, next_payload, exchange, flags };
        let whole = len == message.len() || (cut && len > message.len());
        (initiator != [0; 8] && whole && header.is_sound()).then_some(header)
    }

    fn is_sound(&self) -> bool {
        match self.version {
            // Encrypted, commit, authentication only; exchanges of ISAKMP, IKE, GDOI and private.
            1 => {
                matches!(self.next_payload, 0..=33 | 128..)
                    && matches!(self.exchange, 0..=6 | 32..=34 | 240..)
                    && self.flags <= 7
            }
            // Initiator, version, response; payloads and exchanges as IANA lists them.
            2 => {
                matches!(self.next_payload, 0 | 33..=56 | 128..)
                    && matches!(self.exchange, 34..=45 | 240..)
                    && self.flags & 0xc7 == 0
            }
            _ => false,
        }
    }
}

fn describe(header: &Header, payloads: &[u8], findings: &mut Findings) {
    findings.note("version", if header.version == 1 { "IKEv1" } else { "IKEv2" });
    if findings.noted("exchange").is_none()
        && let Some(exchange) = exchange_name(header.version, header.exchange)
    {
        findings.note("exchange", exchange);
    }
    // RFC 2408 s3.1: the first flag of IKE 1 is encryption.
    if header.version == 1 && header.flags & 1 != 0 {
        return;
    }
    for (kind, data) in Payloads::new(header.next_payload, payloads) {
        match (header.version, kind) {
            (1, payloads::VENDOR_1) | (2, payloads::VENDOR_2) => {
                if let Some(vendor) = payloads::vendor(data) {
                    findings.add("vendors", vendor);
                }
            }
            // In clear in aggressive mode only.
            (1, payloads::IDENTITY_1) => {
                if let Some(identity) = payloads::identity(data) {
                    findings.note("identity", identity);
                }
            }
            _ => {}
        }
    }
}

fn exchange_name(version: u8, exchange: u8) -> Option<&'static str> {
    Some(match (version, exchange) {
        (1, 1) => "base",
        (1, 2) => "main",
        (1, 3) => "authentication only",
        (1, 4) => "aggressive",
        (1, 5) => "informational",
        (1, 6) => "transaction",
        (1, 32) => "quick",
        (1, 33) => "new group",
        (2, 34) => "IKE_SA_INIT",
        (2, 35) => "IKE_AUTH",
        (2, 36) => "CREATE_CHILD_SA",
        (2, 37) => "INFORMATIONAL",
        (2, 38) => "IKE_SESSION_RESUME",
        (2, 43) => "IKE_INTERMEDIATE",
        (2, 44) => "IKE_FOLLOWUP_KE",
        _ => return None,
    })
}

/// ESP whose keys were agreed upon before: its SPI stays, its sequence numbers count.
fn encapsulated(look: &Look<'_>) -> Verdict {
    let Some(before) = look.last(true) else { return Verdict::NeedMore };
    if look.bytes == KEEP_ALIVE {
        return match before.len == 1 && before.start.starts_with(KEEP_ALIVE) {
            true => {
                Verdict::likely("keep-alives at the port of IPsec behind address translation", Want::Rest)
            }
            false => Verdict::NeedMore,
        };
    }
    let esp = |bytes: &[u8]| {
        let mut reader = Reader::new(bytes);
        Some((u32::from_be_bytes(reader.array()?), u32::from_be_bytes(reader.array()?)))
    };
    match esp(look.bytes).zip(esp(&before.start)) {
        // RFC 4303 s2.1: 1 to 255 are reserved.
        Some(((spi, sequence), (old_spi, old))) if spi == old_spi && spi > 255 => {
            match (1..=256).contains(&sequence.wrapping_sub(old)) {
                true => Verdict::proven("ESP in order at the port of IPsec", Want::Nothing),
                false => Verdict::NeedMore,
            }
        }
        Some(_) => Verdict::NeedMore,
        None => Verdict::No,
    }
}

#[cfg(test)]
const IKE_SA_INIT: &[u8] = b"\x1c\x18\x69\xf6\xd2\x9b\xa0\xcc\0\0\0\0\0\0\0\0\x2b\x20\x22\x08\0\0\0\0\0\0\0\x30\0\0\0\x14\x88\x2f\xe5\x6d\x6f\xd2\x0d\xbc\x22\x51\x61\x3b\x2e\xbe\x5b\xeb";

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(500, 500, &[(SRC, IKE_SA_INIT)]),
        Sample::udp(
            50000,
            4500,
            &[(DST, b"\0\0\0\0\x1c\x18\x69\xf6\xd2\x9b\xa0\xcc\x57\x2a\x8a\xe7\x55\x7a\xd9\xec\x2e\x20\x23\x20\0\0\0\x01\0\0\0\x1c")],
        ),
        Sample::udp(
            4500,
            4500,
            &[(SRC, b"\x04\x88\x8f\xe4\0\0\x01\x07abcdefghijklmnop"), (SRC, b"\x04\x88\x8f\xe4\0\0\x01\x08bcdefghijklmnopa")],
        ),
    ],
    near_miss: &[
        Sample::udp(500, 500, &[(SRC, b"\x1c\x18\x69\xf6\xd2\x9b\xa0\xcc\0\0\0\0\0\0\0\0\x2b\x20\x22\x08\0\0\0\0\0\0\0\x31abcdefghijklmnopqrst")]),
        Sample::udp(500, 500, &[(SRC, b"\x1c\x18\x69\xf6\xd2\x9b\xa0\xcc\0\0\0\0\0\0\0\0\x2b\x30\x22\x08\0\0\0\0\0\0\0\x1c")]),
        Sample::udp(4500, 4500, &[(SRC, b"\x04\x88\x8f\xe4\0\0\x01\x07abcdefgh"), (SRC, b"\x05\x88\x8f\xe4\0\0\x01\x08bcdefgha")]),
    ],
};

#[cfg(test)]
mod tests {
    use crate::Value;
    use crate::testing::{Flow, UDP};

    #[test]
    fn what_an_initiator_is() {
        let mut flow = Flow::new(UDP, 500, 500);
        flow.src(super::IKE_SA_INIT);
        let details = &flow.inspection.facts().details;
        assert!(details.contains(&("exchange", Value::from("IKE_SA_INIT"))));
        assert!(details.contains(&("vendors", Value::List(vec!["strongSwan".into()]))));
    }
}
