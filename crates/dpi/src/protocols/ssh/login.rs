//! Whether a client gets in, told by the sizes of what the server says once it is encrypted (RFC 4252
//! s5.1): of all messages SUCCESS is the shortest, one byte, and FAILURE always has the same list.

use arrayvec::ArrayVec;

use crate::facts::Value;
use crate::protocol::{Findings, Look, Want};
use crate::reader::Reader;

/// SSH_MSG_NEWKEYS (RFC 4253 s7.3).
const NEWKEYS: u8 = 21;
/// RFC 4253 s6.1, and some room.
const LONGEST_PACKET: usize = 256 * 1024;
/// Looks at the server's packets behind its identification line.
pub(super) fn watch(look: &Look<'_>, packets: &[u8], findings: &mut Findings) -> Want {
    let Some(encrypted) = after_newkeys(packets) else {
        return if look.cut { Want::Reply } else { Want::Rest };
    };
    let end = u32::try_from(look.bytes.len()).unwrap_or(u32::MAX);
    let Some(shortest) = success_len(findings) else { return Want::Nothing };
    let marks = findings.marks.get_or_insert_default();
    if marks.is_empty() && !encrypted.is_empty() {
        // What came together with NEWKEYS is RFC 8308's.
        marks.push(end.saturating_sub(u32::try_from(encrypted.len()).unwrap_or(0)));
    }
    if marks.last().is_none_or(|last| *last < end) && !marks.is_full() {
        marks.push(end);
    }
    // A server hangs up after six refusals or so; there is room for many more.
    let is_full = marks.is_full();
    let sizes: ArrayVec<u32, 48> = marks.windows(2).map(span).collect();
    // The first message accepts the service, or says what extensions there are.
    let replies = sizes.get(1..).unwrap_or_default();
    let refused = replies.iter().take_while(|size| **size != shortest);
    let refused = refused.clone().map(|size| refused.clone().filter(|other| *other == size).count()).max();
    if let Some(count) = refused {
        findings.note("login_failures", u32::try_from(count).unwrap_or(u32::MAX));
    }
    if replies.contains(&shortest) {
        findings.note("logged_in", true);
        return Want::Nothing;
    }
    if look.cut || is_full { Want::Nothing } else { Want::Rest }
}

fn span(pair: &[u32]) -> u32 {
    match pair {
        [before, after] => after.saturating_sub(*before),
        _ => 0,
    }
}

/// What follows NEWKEYS, if that is there.
fn after_newkeys(packets: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(packets);
    loop {
        let len = usize::try_from(u32::from_be_bytes(reader.array()?)).ok()?;
        if len > LONGEST_PACKET {
            return None;
        }
        let [_padding, kind, ..] = reader.take(len)? else { return None };
        if *kind == NEWKEYS {
            return Some(reader.rest());
        }
    }
}

/// Bytes of a packet of one byte (RFC 4253 s6): length, padding's length, the byte, at least four
/// bytes of padding up to a multiple of the cipher's block or 8, and the code for integrity. Where that
/// is made of the ciphertext, and with AEAD, the length's four bytes do not count for the multiple.
fn success_len(findings: &Findings) -> Option<u32> {
    let text = |field| match findings.noted(field) {
        Some(Value::Text(text)) => Some(&**text),
        _ => None,
    };
    let (cipher, mac) = (text("cipher")?, text("mac").unwrap_or_default());
    if cipher.starts_with("chacha20-poly1305") {
        return Some(4 + 8 + 16);
    }
    if cipher.contains("-gcm") {
        return Some(4 + 16 + 16);
    }
    let block = if cipher.starts_with("aes") || cipher.contains("camellia") { 16 } else { 8 };
    let code = match mac.split("-etm").next().unwrap_or_default() {
        "hmac-sha2-256" => 32,
        "hmac-sha2-512" => 64,
        "hmac-sha1" => 20,
        "hmac-md5" | "umac-128" | "umac-128@openssh.com" => 16,
        "hmac-sha1-96" | "hmac-md5-96" => 12,
        "umac-64" | "umac-64@openssh.com" => 8,
        _ => return None,
    };
    // 1 + 1 + 4 bytes, and the length's four where they count.
    let padded = if mac.contains("-etm") { 4 + block } else { 16 };
    Some(padded + code)
}

#[cfg(test)]
mod tests {
    use crate::Value;
    use crate::testing::{Flow, TCP};

    const OFFER: &[u8] = include_bytes!("../../../tests/data/ssh_offer.bin");
    const NEWKEYS: &[u8] = &[0, 0, 0, 12, 10, 21, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// A session in which the server's encrypted messages have these sizes.
    fn session(sizes: &[usize]) -> Vec<(&'static str, Value)> {
        let mut flow = Flow::new(TCP, 50000, 22);
        flow.dst(b"SSH-2.0-server\r\n");
        flow.src(b"SSH-2.0-client\r\n");
        flow.src(OFFER);
        flow.dst(OFFER);
        flow.dst(NEWKEYS);
        for size in sizes {
            flow.src(&[0x55; 80]);
            flow.dst(&vec![0xaa; *size]);
        }
        let details = flow.inspection.facts().details.clone();
        details.into_iter().filter(|(name, _)| name.starts_with("log")).collect()
    }

    /// 3des-cbc with hmac-sha2-256: 16 and 32.
    const SUCCESS: usize = 48;

    #[test]
    fn refusals_have_one_size_and_success_the_least() {
        let failures = |n: u64| ("login_failures", Value::Number(n));
        assert_eq!(session(&[64, 72, 72, 72]), [failures(3)]);
        assert_eq!(session(&[64, 72, SUCCESS, 900]), [failures(1), ("logged_in", Value::Flag(true))]);
        // A key is offered and accepted in between.
        assert_eq!(session(&[64, 72, 400, SUCCESS]), [failures(1), ("logged_in", Value::Flag(true))]);
        assert_eq!(session(&[64]), []);
    }

    #[test]
    fn it_ends() {
        assert_eq!(session(&[72; 200]), [("login_failures", Value::Number(46))]);
    }
}
