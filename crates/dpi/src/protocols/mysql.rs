//! MySQL and MariaDB (MySQL internals, client/server protocol): the server's greeting, the client's
//! login or its wish for TLS, error greetings; commands of a connection joined later.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "mysql",
    category: "database",
    encrypted: false,
    // The length's low byte.
    over: &[(Transport::Tcp, ANY)],
    ports: &[3306],
    bound: false,
    fields: &[
        "server_version",
        "auth_plugin",
        "user",
        "database",
        "starttls",
        "error",
        "login_failures",
        "logged_in",
    ],
    head: SHALLOW,
    inspect,
};

/// Protocol::HandshakeV10's first byte, and ERR_Packet's.
const GREETING: u8 = 10;
const ERROR: u8 = 0xff;

/// Capability flags.
mod capability {
    pub(super) const CONNECT_WITH_DB: u32 = 1 << 3;
    pub(super) const PROTOCOL_41: u32 = 1 << 9;
    pub(super) const SSL: u32 = 1 << 11;
    pub(super) const PLUGIN_AUTH: u32 = 1 << 19;
}

/// A TLS record with a hello (RFC 8446 s5.1).
const TLS_HANDSHAKE: u8 = 22;

/// COM_QUERY: the one command that can be told from noise.
const QUERY: u8 = 3;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let Some([low, middle, high, sequence]) = reader.array() else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    let len = usize::from(low) | usize::from(middle) << 8;
    if high != 0 || len == 0 || sequence > 1 {
        return Verdict::No;
    }
    let body = reader.up_to(len);
    if body.len() < len && !look.cut {
        // Logins are short; of a long query the beginning will do.
        return match body.first() {
            Some(_) if sequence == 1 && len <= 1024 => Verdict::NeedMore,
            Some(&(GREETING | ERROR)) if sequence == 0 && len <= 1024 => Verdict::NeedMore,
            None => Verdict::NeedMore,
            Some(_) => command(look, body, len),
        };
    }
    match (sequence, body.first()) {
        (0, Some(&GREETING)) => greeting(look, body, reader.rest(), findings),
        (0, Some(&ERROR)) => refusal(look, body, findings),
        (0, _) => command(look, body, len),
        _ => login(look, body, reader.rest(), findings),
    }
}

/// Protocol::HandshakeV10.
fn greeting(look: &Look<'_>, body: &[u8], rest: &[u8], findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(body.get(1..).unwrap_or_default());
    let Some(version) = until_nul(&mut reader) else { return Verdict::No };
    let digits = version.first().is_some_and(u8::is_ascii_digit) && version.contains(&b'.');
    if !digits || !version.iter().all(u8::is_ascii_graphic) {
        return Verdict::No;
    }
    // Connection id, eight bytes of the challenge, a zero.
    let (Some(_), Some([.., 0])) = (reader.array::<4>(), reader.array::<9>()) else { return Verdict::No };
    // Capabilities, character set, status, capabilities, challenge length, filler, challenge.
    let plugin = reader.array::<18>().and_then(|fixed| {
        let [.., challenge, _, _, _, _, _, _, _, _, _, _] = fixed;
        reader.take(usize::from(challenge).saturating_sub(8).max(13))?;
        until_nul(&mut reader)
    });
    findings.note("server_version", lossy(version, NAME_MAX));
    if let Some(plugin) = plugin.filter(|plugin| plugin.len() > 1 && plugin.iter().all(u8::is_ascii_graphic))
    {
        findings.note("auth_plugin", lossy(plugin, NAME_MAX));
    }
    verdict_of(rest, findings);
    upgraded(look, rest, "MySQL server greeting", findings)
}

/// What the server said of the login, behind its greeting: OK_Packet, or ERR_Packet with
/// ER_ACCESS_DENIED_ERROR or a kin of it. Between them it may ask for another kind of proof.
fn verdict_of(rest: &[u8], findings: &mut Findings) {
    const DENIED: [u16; 4] = [1044, 1045, 1698, 3118];
    let mut reader = Reader::new(rest);
    while let Some([low, middle, 0, 2..=u8::MAX]) = reader.array() {
        let len = usize::from(low) | usize::from(middle) << 8;
        match reader.take(len) {
            Some([0, ..]) => {
                findings.note("logged_in", true);
                return;
            }
            Some([ERROR, low, high, ..]) => {
                if DENIED.contains(&u16::from_le_bytes([*low, *high])) {
                    findings.note("login_failures", 1_u32);
                }
                return;
            }
            Some(_) => {}
            None => return,
        }
    }
}

/// An ERR_Packet instead of a greeting: too many connections, a host that is not allowed.
fn refusal(look: &Look<'_>, body: &[u8], findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(body.get(1..).unwrap_or_default());
    // Server errors begin at 1000, MariaDB's own end before 5000.
    let code = reader.array().map(u16::from_le_bytes);
    let text = reader.rest();
    if !matches!(code, Some(1000..5000)) || text.len() < 8 || !is_text(text) {
        return Verdict::No;
    }
    findings.note("error", lossy(text, NAME_MAX));
    if look.hinted {
        Verdict::proven("MySQL error instead of a greeting", Want::Reply)
    } else {
        Verdict::likely("MySQL error instead of a greeting", Want::Reply)
    }
}

/// Protocol::HandshakeResponse41 or Protocol::SSLRequest, which is its beginning.
fn login(look: &Look<'_>, body: &[u8], rest: &[u8], findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(body);
    let Some(flags) = reader.array().map(u32::from_le_bytes) else { return Verdict::No };
    if flags & capability::PROTOCOL_41 == 0 {
        return Verdict::No;
    }
    let (Some(_most), Some(_charset), Some(reserved)) =
        (reader.array::<4>(), reader.u8(), reader.array::<19>())
    else {
        return Verdict::No;
    };
    // MariaDB has more capabilities in the last four of 23 reserved bytes.
    if reserved != [0; 19] || reader.array::<4>().is_none() {
        return Verdict::No;
    }
    if flags & capability::SSL != 0 && reader.is_empty() {
        findings.note("starttls", true);
        return upgraded(look, rest, "MySQL wish for TLS", findings);
    }
    let Some(user) = until_nul(&mut reader) else { return Verdict::No };
    findings.note("user", lossy(user, NAME_MAX));
    // The answer's length is one byte with either meaning of it (CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA).
    if reader.block8().is_some() {
        if flags & capability::CONNECT_WITH_DB != 0
            && let Some(name) = until_nul(&mut reader)
        {
            findings.note("database", lossy(name, NAME_MAX));
        }
        if flags & capability::PLUGIN_AUTH != 0
            && let Some(plugin) = until_nul(&mut reader)
        {
            findings.note("auth_plugin", lossy(plugin, NAME_MAX));
        }
    }
    Verdict::proven("MySQL login", Want::Reply)
}

/// What follows the wish for TLS, or the greeting of a server that was asked for it.
fn upgraded(look: &Look<'_>, rest: &[u8], evidence: &'static str, findings: &mut Findings) -> Verdict {
    let want = match rest.first() {
        None => Want::Rest,
        Some(&TLS_HANDSHAKE) => super::tls::inside(look, rest, findings).unwrap_or(Want::Reply),
        // The server may yet say what it thinks of the login.
        Some(_) if is_undecided(rest, findings) => Want::Rest,
        Some(_) => Want::Reply,
    };
    Verdict::proven(evidence, want)
}

fn is_undecided(rest: &[u8], findings: &Findings) -> bool {
    const LONGEST: usize = 512;
    rest.len() < LONGEST && findings.noted("logged_in").is_none() && !matches!(rest, [_, _, _, _, ERROR, ..])
}

/// A connection that was joined later: a query in text.
fn command(look: &Look<'_>, body: &[u8], len: usize) -> Verdict {
    match body.split_first() {
        Some((&QUERY, text)) if look.hinted && len > 8 && text.len() >= 8.min(len) && is_text(text) => {
            Verdict::likely("MySQL query in text", Want::Nothing)
        }
        _ => Verdict::No,
    }
}

fn until_nul<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let len = reader.rest().iter().position(|byte| *byte == 0)?;
    let text = reader.take(len)?;
    reader.u8()?;
    Some(text)
}

fn is_text(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b'\t' | b'\r' | b'\n' | b' '..=b'~' | 0x80..))
        && text.iter().take(6).all(|byte| byte.is_ascii())
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            3307,
            &[
                (
                    DST,
                    b"\x4a\0\0\0\x0a8.0.36\0\x0c\0\0\0abcdefgh\0\xff\xff\xff\x02\0\xff\xdf\x15\
                      \0\0\0\0\0\0\0\0\0\0ijklmnopqrst\0caching_sha2_password\0",
                ),
                (
                    SRC,
                    b"\x45\0\0\x01\x8d\xa2\x0b\0\0\0\0\x40\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
                      pam\0\x04abcdshop\0mysql_native_password\0",
                ),
            ],
        ),
        Sample::tcp(50000, 3306, &[(SRC, b"\x21\0\0\0\x03select @@version_comment limit 1")]),
        Sample::tcp(
            50000,
            3306,
            &[(
                SRC,
                b"\x20\0\0\x01\x85\xae\xff\x19\0\0\0\x01\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
            )],
        ),
    ],
    near_miss: &[
        Sample::tcp(
            50000,
            3306,
            &[(
                DST,
                b"\x2a\0\0\0\x0aeight.036\0\x0c\0\0\0abcdefgh\0\xff\xff\xff\x02\0\xff\xdf\x15\0\0\0\0\0\0",
            )],
        ),
        Sample::tcp(
            50000,
            3306,
            &[(
                SRC,
                b"\x20\0\0\x01\x85\xac\xff\x19\0\0\0\x01\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
            )],
        ),
    ],
};

#[cfg(test)]
mod tests {
    use super::SAMPLES;
    use crate::Value;
    use crate::testing::{Flow, TCP};

    /// What is noted after the server said these packets of a login.
    fn after(packets: &[&[u8]]) -> Vec<(&'static str, Value)> {
        let mut flow = Flow::new(TCP, 50000, 3306);
        flow.play(SAMPLES.positive[0].said);
        for packet in packets {
            let _ = flow.dst(packet);
        }
        let details = flow.inspection.facts().details.clone();
        details.into_iter().filter(|(name, _)| name.starts_with("log")).collect()
    }

    #[test]
    fn how_the_login_ends() {
        let denied = [("login_failures", Value::Number(1))];
        let welcome = [("logged_in", Value::Flag(true))];
        assert_eq!(after(&[b"\x09\0\0\x02\xff\x15\x04#28000"]), denied);
        assert_eq!(after(&[b"\x07\0\0\x02\0\0\0\x02\0\0\0"]), welcome);
        // Fast authentication of caching_sha2_password.
        assert_eq!(after(&[b"\x02\0\0\x02\x01\x03", b"\x07\0\0\x03\0\0\0\x02\0\0\0"]), welcome);
        assert_eq!(after(&[b"\x09\0\0\x02\xff\x10\x04#08004"]), [], "too many connections");
    }
}
