//! Server Message Block 1 to 3 ([MS-SMB], [MS-SMB2]) behind NetBIOS session headers: dialect, user,
//! host, shares, files.

pub(super) mod ntlm;
mod v1;
mod v2;

use crate::protocol::{DEEP, Findings, Look, Protocol, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "smb",
    category: "file-transfer",
    encrypted: false,
    over: &[(Transport::Tcp, &[0..=0])],
    ports: &[445, 139],
    bound: false,
    fields: &[
        "dialect",
        "user",
        "domain",
        "login_failures",
        "host",
        "os",
        "native_lan_manager",
        "share",
        "file",
        "signing",
        "server",
        "server_name",
        "server_version",
        "client_version",
    ],
    head: DEEP,
    inspect,
};

/// In front of every message: 1, 2 and 3 in clear, 3 encrypted, 3 compressed.
const V1: &[u8] = b"\xffSMB";
const V2: &[u8] = b"\xfeSMB";
const ENCRYPTED: &[u8] = b"\xfdSMB";
const COMPRESSED: &[u8] = b"\xfcSMB";

/// STATUS_LOGON_FAILURE ([MS-ERREF] s2.3.1).
const LOGON_FAILURE: [u8; 4] = 0xc000_006d_u32.to_le_bytes();

/// The server refused a login: status and command of both headers ([MS-CIFS] s2.2.3.1, [MS-SMB2] s2.2.1.2).
fn is_refusal(message: &[u8]) -> bool {
    match message {
        [0xff, _, _, _, 0x73, status @ ..] => status.starts_with(&LOGON_FAILURE),
        [0xfe, _, _, _, _, _, _, _, status @ ..] => {
            status.starts_with(&LOGON_FAILURE) && status.get(4..6) == Some(&[1, 0])
        }
        _ => false,
    }
}

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let mut evidence = None;
    let mut refusals = 0_u32;
    while let Some((0, len)) = reader.u8().zip(reader.u24()) {
        let message = reader.up_to(len);
        if len == 0 {
            // A keep-alive has type 0x85; empty messages do not exist.
            break;
        }
        let Some((magic, _)) = message.split_at_checked(4) else {
            let fits = [V1, V2, ENCRYPTED, COMPRESSED].iter().any(|magic| magic.starts_with(message));
            return match evidence {
                Some(evidence) => Verdict::proven(evidence, Want::Rest),
                None if fits && !look.cut => Verdict::NeedMore,
                None => Verdict::No,
            };
        };
        let whole = message.len() == len || look.cut;
        if is_refusal(message) {
            refusals += 1;
            findings.note("login_failures", refusals);
        }
        match magic {
            V1 if len >= 32 => {
                evidence = Some("SMB 1 header");
                if whole {
                    v1::read(message, findings);
                }
            }
            V2 if len >= 64 => {
                evidence = Some("SMB 2 header");
                if whole {
                    v2::read(message, findings);
                }
            }
            ENCRYPTED if len >= 52 => return Verdict::proven("encrypted SMB 3 message", Want::Reply),
            COMPRESSED if len >= 16 => return Verdict::proven("compressed SMB 3 message", Want::Reply),
            _ if evidence.is_none() => return Verdict::No,
            _ => break,
        }
    }
    match evidence {
        // A share and a file of it are what a session is about.
        Some(evidence) if findings.noted("file").is_some() => Verdict::proven(evidence, Want::Reply),
        Some(evidence) => Verdict::proven(evidence, Want::Rest),
        None if look.bytes.len() < 4 && !look.cut => Verdict::NeedMore,
        None => Verdict::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            446,
            &[
                (
                    SRC,
                    b"\0\0\0\x2f\xffSMB\x72\0\0\0\0\x18\x53\xc8\0\0\0\0\0\0\0\0\0\0\0\0\xff\xff\xff\xfe\0\0\0\0\
                      \0\x0c\0\x02NT LM 0.12\0",
                ),
                (DST, b"\0\0\0\x40\xfeSMB\x40\0\0\0\0\0\0\0\0\0\x01\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
            ],
        ),
        Sample::tcp(
            50000,
            445,
            &[(
                SRC,
                b"\0\0\0\x54\xfeSMB\x40\0\0\0\0\0\0\0\x03\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
                  \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x09\0\0\0\x48\0\x0c\0\\\0\\\0s\0\\\0p\0q\0",
            )],
        ),
    ],
    near_miss: &[
        Sample::tcp(
            50000,
            445,
            &[(SRC, b"\0\0\0\x2f\xffSMC\x72\0\0\0\0\x18\x53\xc8\0\0\0\0\0\0\0\0\0\0\0\0\xff\xff\xff\xfe\0\0\0\0")],
        ),
    ],
};

#[cfg(test)]
mod tests {
    use crate::facts::Value;
    use crate::testing::{Flow, TCP};

    #[test]
    fn the_share_and_what_is_old() {
        let mut flow = Flow::new(TCP, 50000, 445);
        let [first, second] = super::SAMPLES.positive else { panic!("two samples") };
        flow.src(second.said[0].1);
        let share = Value::List(vec!["\\\\s\\pq".into()]);
        assert!(flow.inspection.facts().details.contains(&("share", share)));
        flow.next(TCP, 50000, 445).src(first.said[0].1);
        assert_eq!(
            flow.inspection.facts().risks.names().collect::<Vec<_>>(),
            Vec::<&str>::new(),
            "only offered"
        );
    }
}
