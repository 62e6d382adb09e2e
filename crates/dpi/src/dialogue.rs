//! Conversations in lines of text, as mail, news, chat and file transfer have them.

use crate::label::Confidence;
use crate::protocol::{Findings, Look, Verdict, Want};
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy};

/// A protocol of commands and replies, a line each, in which the client may ask for TLS.
pub(crate) struct Conversation {
    pub(crate) evidence: &'static str,
    /// The bytes that are looked at are the server's.
    pub(crate) is_server: fn(&Look<'_>) -> bool,
    /// What the client's first line says.
    pub(crate) command: fn(&[u8]) -> Sign,
    /// What the server's first line says.
    pub(crate) reply: fn(&[u8]) -> Sign,
    /// Whether a client that said this line may yet ask for TLS; absent where the name stays the
    /// same with TLS.
    pub(crate) may_precede_tls: Option<fn(&[u8]) -> bool>,
    pub(crate) describe: fn(&Said<'_>, &mut Findings),
}

/// What both sides said before TLS, if that comes.
pub(crate) struct Said<'a> {
    pub(crate) client: &'a [u8],
    pub(crate) server: &'a [u8],
    /// The bytes that are looked at are the server's.
    pub(crate) by_server: bool,
}

impl Conversation {
    /// The verdict as long as no TLS came.
    pub(crate) fn in_clear(&self, look: &Look<'_>, findings: &mut Findings) -> Verdict {
        let Some(said) = self.said(look) else { return Verdict::No };
        if split_upgrade(look.bytes).1.is_some() {
            return Verdict::No;
        }
        match self.sign(&said).verdict(look, self.evidence, Want::Rest) {
            Verdict::Match { sure, evidence, want } => {
                (self.describe)(&said, findings);
                let may_change = self.may_precede_tls.is_some_and(|may| Lines(said.client).all(may));
                let sure = if may_change { Confidence::Likely } else { sure };
                Verdict::Match { sure, evidence, want }
            }
            other => other,
        }
    }

    /// Who said what; nothing if it is not text.
    pub(crate) fn said<'a>(&self, look: &Look<'a>) -> Option<Said<'a>> {
        if !begins_as_text(look.bytes) {
            return None;
        }
        let (bytes, other) = (split_upgrade(look.bytes).0, split_upgrade(look.other).0);
        let by_server = (self.is_server)(look);
        let (client, server) = if by_server { (other, bytes) } else { (bytes, other) };
        Some(Said { client, server, by_server })
    }

    pub(crate) fn sign(&self, said: &Said<'_>) -> Sign {
        first_line(said.client, self.command).and(first_line(said.server, self.reply))
    }
}

/// What a direction's bytes say about a protocol.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Sign {
    /// They are not it.
    No,
    /// Nothing yet.
    Unknown,
    /// Others speak so too.
    Weak,
    /// Nobody else speaks so.
    Strong,
}

impl Sign {
    /// What both directions say together.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Weak, Self::Weak) => Self::Strong,
            _ => self.max(other),
        }
    }

    /// A weak sign is believed at the protocol's port only.
    pub(crate) fn verdict(self, look: &Look<'_>, evidence: &'static str, want: Want) -> Verdict {
        match self {
            Self::Strong => Verdict::proven(evidence, want),
            Self::Weak if look.hinted => Verdict::likely(evidence, want),
            Self::Unknown | Self::Weak if !look.cut => Verdict::NeedMore,
            Self::No | Self::Unknown | Self::Weak => Verdict::No,
        }
    }
}

/// Longest first line that is waited for.
const MAX_LINE: usize = 1024;

/// A sign from the first line, or whether there can be one yet.
pub(crate) fn first_line(bytes: &[u8], sign: impl FnOnce(&[u8]) -> Sign) -> Sign {
    match line(bytes) {
        Some((line, _)) if line.len() <= MAX_LINE && is_text(line) => sign(line),
        None if bytes.len() <= MAX_LINE && is_text(bytes.strip_suffix(b"\r").unwrap_or(bytes)) => {
            Sign::Unknown
        }
        _ => Sign::No,
    }
}

/// The first characters are printable ASCII or end a line: what is cheap to know before a line is
/// looked for.
pub(crate) fn begins_as_text(bytes: &[u8]) -> bool {
    bytes.iter().take(4).all(|byte| matches!(byte, b'\t' | b'\r' | b'\n' | b' '..=b'~'))
}

/// The first line without its end, LF or CR LF, and what follows.
pub(crate) fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memchr(b'\n', bytes)?;
    let (line, rest) = (bytes.get(..end)?, bytes.get(end + 1..)?);
    Some((line.strip_suffix(b"\r").unwrap_or(line), rest))
}

/// The lines that are whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lines<'a>(pub(crate) &'a [u8]);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<Self::Item> {
        let (line, rest) = line(self.0)?;
        self.0 = rest;
        Some(line)
    }
}

/// Printable, blanks, and what may be letters of any other character set.
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~' | 0x80..))
}

/// Printable ASCII without blanks, and something of it.
pub(crate) fn is_word(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(u8::is_ascii_graphic)
}

/// The first word, and what follows the blanks after it.
pub(crate) fn word(line: &[u8]) -> (&[u8], &[u8]) {
    let end = line.iter().position(|byte| *byte == b' ').unwrap_or(line.len());
    let (word, rest) = line.split_at_checked(end).unwrap_or((line, &[]));
    (word, rest.trim_ascii_start())
}

/// One of the two begins with the other.
pub(crate) fn agree(bytes: &[u8], prefix: &[u8]) -> bool {
    bytes.iter().zip(prefix).all(|(a, b)| a == b)
}

/// The rest, if the bytes begin with the prefix in any case.
pub(crate) fn after<'a>(bytes: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = bytes.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// Whether the needle, in any case, is somewhere in it.
pub(crate) fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    let Some(first) = needle.first() else { return false };
    let mut places = memchr::memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), bytes);
    places.any(|at| bytes.get(at..).is_some_and(|rest| after(rest, needle).is_some()))
}

/// Whether the word, in any case, is one of them.
pub(crate) fn is_one_of(word: &[u8], words: &[&[u8]]) -> bool {
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// The line speaks of a login or its password.
pub(crate) fn is_about_logins(line: &[u8]) -> bool {
    let words: [&[u8]; 4] = [b"auth", b"login", b"password", b"credentials"];
    words.iter().any(|word| contains(line, word))
}

/// Says how many lines of a server refused a login.
pub(crate) fn refusals(server: &[u8], findings: &mut Findings, refuses: impl Fn(&[u8]) -> bool) {
    let count = Lines(server).filter(|line| refuses(line)).count();
    if count > 0 {
        findings.note("login_failures", u32::try_from(count).unwrap_or(u32::MAX));
    }
}

/// Code and text of a reply with three digits (RFC 5321 s4.2, RFC 959 s4.2, RFC 3977 s3.2).
pub(crate) fn reply(line: &[u8]) -> Option<(u16, &[u8])> {
    let [a @ b'1'..=b'5', b @ b'0'..=b'9', c @ b'0'..=b'9', rest @ ..] = line else { return None };
    let code = [a, b, c].iter().fold(0, |code, digit| code * 10 + u16::from(**digit - b'0'));
    match rest {
        [] => Some((code, rest)),
        [b' ' | b'-', text @ ..] => Some((code, text)),
        _ => None,
    }
}

/// A decimal number and nothing else.
pub(crate) fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u64, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(*digit - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// Notes the mechanism of a login (RFC 4422), and if it shows the secret.
pub(crate) fn login(mechanism: &[u8], findings: &mut Findings) {
    findings.note("auth", lossy(mechanism, NAME_MAX));
    // RFC 4616 and XOAUTH2 send the secret itself, the others a proof of it.
    if is_one_of(mechanism, &[b"PLAIN", b"LOGIN", b"XOAUTH2", b"OAUTHBEARER"]) {
        findings.risk(Risk::CleartextCredentials);
    }
}

/// The lines, and the TLS records that follow them after STARTTLS and its kin.
pub(crate) fn split_upgrade(bytes: &[u8]) -> (&[u8], Option<&[u8]>) {
    /// RFC 8446 s5.1: content type handshake, and a version that begins with 3.
    const HANDSHAKE: u8 = 22;
    if memchr::memchr(HANDSHAKE, bytes).is_none() {
        return (bytes, None);
    }
    let mut rest = bytes;
    loop {
        if let [HANDSHAKE, 3, ..] = rest {
            let lines = bytes.get(..bytes.len() - rest.len()).unwrap_or_default();
            return (lines, Some(rest));
        }
        let Some((_, after)) = line(rest) else { return (bytes, None) };
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_have_three_digits_and_a_separator() {
        assert_eq!(reply(b"220 mail"), Some((220, &b"mail"[..])));
        assert_eq!(reply(b"250-SIZE"), Some((250, &b"SIZE"[..])));
        assert_eq!(reply(b"354"), Some((354, &b""[..])));
        assert_eq!((reply(b"2204"), reply(b"620 x"), reply(b"22")), (None, None, None));
    }

    #[test]
    fn two_weak_signs_make_a_strong_one() {
        assert_eq!(Sign::Weak.and(Sign::Weak), Sign::Strong);
        assert_eq!(Sign::Weak.and(Sign::Unknown), Sign::Weak);
        assert_eq!(Sign::Strong.and(Sign::No), Sign::No);
    }

    #[test]
    fn records_begin_at_a_line() {
        let (lines, records) = split_upgrade(b"STARTTLS\r\n\x16\x03\x01");
        assert_eq!((lines, records), (&b"STARTTLS\r\n"[..], Some(&b"\x16\x03\x01"[..])));
        assert_eq!(split_upgrade(b"x\x16\x03\n").1, None);
    }

    #[test]
    fn lines_words_numbers() {
        assert_eq!(Lines(b"a b\r\nc\nd").collect::<Vec<_>>(), [&b"a b"[..], b"c"]);
        assert_eq!(word(b"USER  joe x"), (&b"USER"[..], &b"joe x"[..]));
        assert_eq!((number(b"042"), number(b"4x"), number(b"")), (Some(42), None, None));
        assert_eq!(number(b"99999999999999999999"), None);
        assert_eq!(after(b"From:<a>", b"FROM:"), Some(&b"<a>"[..]));
        assert!(contains(b"an esmtp server", b"SMTP") && !contains(b"", b"x"));
    }
}
