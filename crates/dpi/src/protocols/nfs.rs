//! Network File System and what goes with it over ONC RPC (RFC 5531): NFS 2 to 4, mount, lock
//! manager, status monitor, quota, port mapper. Programs, procedures, paths, files.

pub(super) mod rpc;

use self::rpc::{Body, Call, Message};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "nfs",
    category: "file-transfer",
    encrypted: false,
    over: &[(Transport::Udp, crate::protocol::ANY), (Transport::Tcp, &[0x80..=0x80])],
    ports: &[111, 2049],
    bound: false,
    fields: &["program", "version", "procedure", "machine", "uid", "path", "file", "wanted_program", "port"],
    head: SHALLOW,
    inspect,
};

/// RPC programs (IANA's registry), as far as they serve files.
mod program {
    pub(super) const PORT_MAPPER: u32 = 100_000;
    pub(super) const NFS: u32 = 100_003;
    pub(super) const MOUNT: u32 = 100_005;
}

fn name(program: u32) -> Option<&'static str> {
    Some(match program {
        program::PORT_MAPPER => "portmapper",
        program::NFS => "nfs",
        program::MOUNT => "mount",
        100_011 => "rquota",
        100_021 => "nlockmgr",
        100_024 => "status",
        100_227 => "nfs-acl",
        0x4000_0000 => "nfs-callback",
        _ => return None,
    })
}

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(message) = Message::read(look) else {
        return if rpc::may_become(look) { Verdict::NeedMore } else { Verdict::No };
    };
    match message.body {
        Body::Call(call) => match name(call.program) {
            Some(name) if call.version <= 4 => called(name, &call, findings),
            _ => Verdict::No,
        },
        Body::Reply { results } => replied(look, message.id, results, findings),
    }
}

fn called(name: &'static str, call: &Call<'_>, findings: &mut Findings) -> Verdict {
    findings.note("program", name);
    findings.note("version", call.version);
    findings.note("procedure", procedure(call));
    if let Some((machine, uid)) = call.unix {
        findings.note("machine", lossy(machine, NAME_MAX));
        findings.note("uid", uid);
    }
    match (call.program, call.version, call.procedure) {
        // MOUNTPROC_MNT, MOUNTPROC_UMNT.
        (program::MOUNT, _, 1 | 3) => {
            if let Some(path) = rpc::block(&mut Reader::new(call.arguments)) {
                findings.note("path", lossy(path, NAME_MAX));
            }
        }
        // Names come after the directory's handle: of 32 bytes in version 2, of any length in 3.
        (program::NFS, 2, 4 | 9..=11 | 14 | 15) => file(call.arguments.get(32..), findings),
        (program::NFS, 3, 3 | 8..=10 | 12 | 13) => {
            let mut reader = Reader::new(call.arguments);
            let handle = rpc::block(&mut reader);
            file(handle.map(|_| reader.rest()), findings);
        }
        // PMAPPROC_GETPORT, and RPCBPROC_GETADDR of later versions (RFC 1833): the program first.
        (program::PORT_MAPPER, _, 3) => {
            if let Some(wanted) = Reader::new(call.arguments).array().map(u32::from_be_bytes) {
                match self::name(wanted) {
                    Some(name) => findings.note("wanted_program", name),
                    None => findings.note("wanted_program", wanted.to_string()),
                }
            }
        }
        _ => {}
    }
    Verdict::proven("RPC call of a file service", Want::Reply)
}

fn file(name: Option<&[u8]>, findings: &mut Findings) {
    if let Some(name) = name.and_then(|bytes| rpc::block(&mut Reader::new(bytes))) {
        findings.add("file", lossy(name, NAME_MAX));
    }
}

/// A reply names no program: the call does, or else the port has to.
fn replied(look: &Look<'_>, id: u32, results: &[u8], findings: &mut Findings) -> Verdict {
    match rpc::asked(look, id) {
        Some((program, _)) if name(program).is_some() => {
            if findings.noted("wanted_program").is_some()
                && let [0, 0, high, low] = *results
            {
                findings.note("port", u16::from_be_bytes([high, low]));
            }
            Verdict::proven("RPC reply to a call of a file service", Want::Reply)
        }
        Some(_) => Verdict::No,
        None if look.hinted => Verdict::likely("RPC reply at a file service's port", Want::Reply),
        None => Verdict::No,
    }
}

fn procedure(call: &Call<'_>) -> String {
    const NFS_2: [&str; 18] = [
        "NULL",
        "GETATTR",
        "SETATTR",
        "ROOT",
        "LOOKUP",
        "READLINK",
        "READ",
        "WRITECACHE",
        "WRITE",
        "CREATE",
        "REMOVE",
        "RENAME",
        "LINK",
        "SYMLINK",
        "MKDIR",
        "RMDIR",
        "READDIR",
        "STATFS",
    ];
    const NFS_3: [&str; 22] = [
        "NULL",
        "GETATTR",
        "SETATTR",
        "LOOKUP",
        "ACCESS",
        "READLINK",
        "READ",
        "WRITE",
        "CREATE",
        "MKDIR",
        "SYMLINK",
        "MKNOD",
        "REMOVE",
        "RMDIR",
        "RENAME",
        "LINK",
        "READDIR",
        "READDIRPLUS",
        "FSSTAT",
        "FSINFO",
        "PATHCONF",
        "COMMIT",
    ];
    const MOUNT: [&str; 6] = ["NULL", "MNT", "DUMP", "UMNT", "UMNTALL", "EXPORT"];
    const RPC_BIND: [&str; 6] = ["NULL", "SET", "UNSET", "GETADDR", "DUMP", "BCAST"];
    const PORT_MAPPER: [&str; 6] = ["NULL", "SET", "UNSET", "GETPORT", "DUMP", "CALLIT"];
    let names: &[&str] = match (call.program, call.version) {
        (program::NFS, 2) => &NFS_2,
        (program::NFS, 3) => &NFS_3,
        (program::NFS, 4) => &["NULL", "COMPOUND"],
        (program::MOUNT, _) => &MOUNT,
        (program::PORT_MAPPER, 3 | 4) => &RPC_BIND,
        (program::PORT_MAPPER, _) => &PORT_MAPPER,
        _ => &[],
    };
    let known = usize::try_from(call.procedure).ok().and_then(|number| names.get(number));
    known.map_or_else(|| call.procedure.to_string(), |name| (*name).to_owned())
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            800,
            1048,
            &[
                (
                    SRC,
                    b"\x12\x34\x56\x78\0\0\0\0\0\0\0\x02\0\x01\x86\xa5\0\0\0\x03\0\0\0\x01\0\0\0\x01\0\0\0\x1c\
                      \0\0\0\0\0\0\0\x04host\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x04/srv",
                ),
                (DST, b"\x12\x34\x56\x78\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
            ],
        ),
        Sample::tcp(
            800,
            2050,
            &[(
                SRC,
                b"\x80\0\0\x28\x12\x34\x56\x78\0\0\0\0\0\0\0\x02\0\x01\x86\xa3\0\0\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\
                  \0\0\0\0\0\0\0\0",
            )],
        ),
    ],
    near_miss: &[
        Sample::udp(
            800,
            2049,
            &[(
                SRC,
                b"\x12\x34\x56\x78\0\0\0\0\0\0\0\x03\0\x01\x86\xa3\0\0\0\x03\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
            )],
        ),
        Sample::udp(
            800,
            2049,
            &[(
                SRC,
                b"\x12\x34\x56\x78\0\0\0\0\0\0\0\x02\0\x01\x87\xa3\0\0\0\x03\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
            )],
        ),
    ],
};
