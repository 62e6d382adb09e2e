//! Network File System and its kin over ONC RPC (RFC 5531, RFC 1813, RFC 7530): program, procedures.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "nfs",
    category: "file-transfer",
    encrypted: false,
    over: &[(Transport::Udp, ANY), (Transport::Tcp, &[0x80..=0x80])],
    ports: &[111, 2049],
    bound: false,
    fields: &["program", "version", "procedures", "machine"],
    head: SHALLOW,
    inspect,
};

const CALL: u32 = 0;
const REPLY: u32 = 1;
/// RFC 5531 s9.
const RPC_VERSION: u32 = 2;
const AUTH_SYS: u32 = 1;

/// Program numbers (RFC 5531 s14), and the highest version of each.
const PROGRAMS: [(u32, &str, u32); 6] = [
    (100_000, "portmap", 4),
    (100_003, "nfs", 4),
    (100_005, "mount", 3),
    (100_021, "nlm", 4),
    (100_024, "status", 1),
    (100_227, "nfs-acl", 3),
];

/// RFC 1813 s3, by number.
const PROCEDURES_3: [&str; 22] = [
    "null",
    "getattr",
    "setattr",
    "lookup",
    "access",
    "readlink",
    "read",
    "write",
    "create",
    "mkdir",
    "symlink",
    "mknod",
    "remove",
    "rmdir",
    "rename",
    "link",
    "readdir",
    "readdirplus",
    "fsstat",
    "fsinfo",
    "pathconf",
    "commit",
];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    if look.transport == Transport::Tcp {
        // RFC 5531 s11: the length of a fragment, its highest bit set if it is the last.
        match reader.array().map(u32::from_be_bytes) {
            Some(mark) if (0x8000_0018..=0x8010_0000).contains(&mark) => {}
            Some(_) => return Verdict::No,
            None => return if look.cut { Verdict::No } else { Verdict::NeedMore },
        }
    }
    let mut word = || reader.array().map(u32::from_be_bytes);
    let (Some(_), Some(kind)) = (word(), word()) else { return short(look) };
    match kind {
        CALL => {
            let (Some(rpc), Some(program), Some(version), Some(procedure)) = (word(), word(), word(), word())
            else {
                return short(look);
            };
            let known = PROGRAMS.iter().find(|(number, ..)| *number == program);
            let Some((_, name, highest)) = known.filter(|(_, _, highest)| (1..=*highest).contains(&version))
            else {
                return Verdict::No;
            };
            if rpc != RPC_VERSION || procedure > 64 {
                return Verdict::No;
            }
            findings.note("program", *name);
            findings.note("version", version);
            let named = (*name == "nfs" && *highest == 4 && version == 3)
                .then(|| usize::try_from(procedure).ok())
                .flatten();
            match named.and_then(|procedure| PROCEDURES_3.get(procedure)) {
                Some(name) => findings.add("procedures", (*name).into()),
                None => findings.add("procedures", procedure.to_string().into()),
            }
            // RFC 5531 appendix A: stamp, then the machine's name.
            if word() == Some(AUTH_SYS)
                && let (Some(_), Some(_), Some(len @ 1..=255)) = (word(), word(), word())
                && let Some(machine) = usize::try_from(len).ok().and_then(|len| reader.take(len))
            {
                findings.note("machine", lossy(machine, NAME_MAX));
            }
            Verdict::proven("RPC call to a program of NFS", Want::Nothing)
        }
        REPLY if look.hinted => {
            // Accepted, no verifier, a status of RFC 5531 s9.
            match (word(), word(), word(), word()) {
                (Some(0), Some(0), Some(0), Some(0..=5)) => {
                    Verdict::likely("RPC reply at NFS's port", Want::Reply)
                }
                (None, ..) | (_, None, ..) | (_, _, None, _) | (.., None) => short(look),
                _ => Verdict::No,
            }
        }
        _ => Verdict::No,
    }
}

fn short(look: &Look<'_>) -> Verdict {
    if look.transport == Transport::Tcp && !look.cut { Verdict::NeedMore } else { Verdict::No }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            900,
            2049,
            &[(SRC, b"\x5e\x1d\x0b\x94\0\0\0\0\0\0\0\x02\0\x01\x86\xa3\0\0\0\x03\0\0\0\x01\0\0\0\x01\0\0\0\x18\x38\x47\x75\xd0\0\0\0\x04web1\0\0\0\0\0\0\0\0\0\0\0\0")],
        ),
        Sample::tcp(
            900,
            20490,
            &[(SRC, b"\x80\0\0\x28\x5e\x1d\x0b\x94\0\0\0\0\0\0\0\x02\0\x01\x86\xa3\0\0\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")],
        ),
    ],
    near_miss: &[Sample::udp(
        900,
        2049,
        &[(SRC, b"\x5e\x1d\x0b\x94\0\0\0\0\0\0\0\x02\0\x01\x86\xa3\0\0\0\x09\0\0\0\x01\0\0\0\x01\0\0\0\x18\x38\x47\x75\xd0")],
    )],
};
