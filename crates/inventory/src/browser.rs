//! Announcements of Windows' computer browser (MS-BRWS s2.2), in SMB mailslots.

use dpi::Reader;

use crate::sighting::About::{Os, Type};
use crate::sighting::Role;
use crate::watcher::Heard;

const SOURCE: &str = "netbios";

/// MS-BRWS s2.2: the first byte of a frame.
mod frame {
    pub(super) const HOST: u8 = 1;
    pub(super) const LOCAL_MASTER: u8 = 15;
}

/// MS-BRWS s2.2.1, ServerType: bits and how they are called here.
const FUNCTIONS: &[(u32, &str)] = &[
    (1, "workstation"),
    (1 << 1, "server"),
    (1 << 2, "sql-server"),
    (DOMAIN_CONTROLLER, "domain-controller"),
    (BACKUP_CONTROLLER, "backup-domain-controller"),
    (1 << 5, "time-source"),
    (1 << 6, "afp-server"),
    (1 << 8, "domain-member"),
    (PRINT_QUEUE, "print-queue"),
    (1 << 10, "dial-in-server"),
    (UNIX, "unix"),
    (NT_WORKSTATION, "nt-workstation"),
    (NT_SERVER, "nt-server"),
    (1 << 17, "backup-browser"),
    (1 << 18, "master-browser"),
    (1 << 19, "domain-master-browser"),
    (WINDOWS_9X, "windows-9x"),
    (1 << 25, "terminal-server"),
];

const DOMAIN_CONTROLLER: u32 = 1 << 3;
const BACKUP_CONTROLLER: u32 = 1 << 4;
const PRINT_QUEUE: u32 = 1 << 9;
const UNIX: u32 = 1 << 11;
const NT_WORKSTATION: u32 = 1 << 12;
const NT_SERVER: u32 = 1 << 15;
const WINDOWS_9X: u32 = 1 << 22;

/// What a host that announces itself in this datagram says; about whom is known already.
pub(crate) fn announcement(smb: &[u8], heard: &mut Heard<'_>) {
    let Some(data) = mailslot(smb) else { return };
    let mut reader = Reader::new(data);
    let Some(frame::HOST | frame::LOCAL_MASTER) = reader.u8() else { return };
    let (Some(_updates), Some(_period), Some(_name)) = (reader.u8(), reader.u32(), reader.array::<16>())
    else {
        return;
    };
    let (Some([major, minor]), Some(functions)) = (reader.array(), reader.array().map(u32::from_le_bytes))
    else {
        return;
    };
    // Browser version, then a constant that shows it is one.
    let (Some(_version), Some([0x55, 0xaa])) = (reader.u16(), reader.array()) else { return };
    let comment =
        crate::watchers::dhcp::readable(reader.rest().split(|byte| *byte == 0).next().unwrap_or_default());
    heard.text(SOURCE, "version", &format!("{major}.{minor}")).text(SOURCE, "comment", &comment);
    for (_, name) in FUNCTIONS.iter().filter(|(bit, _)| functions & bit != 0) {
        heard.add(SOURCE, "functions", name);
    }
    if functions & (DOMAIN_CONTROLLER | BACKUP_CONTROLLER) != 0 {
        heard.role(Role::DirectoryServer);
    }
    let reason = format!("announces version {major}.{minor} and functions {functions:#x}");
    if is_samba(functions, &comment) {
        heard.vote(Os, "Linux", 60, SOURCE, &reason);
    } else if let Some(os) = windows(major, minor, functions) {
        heard.vote(Os, os, 85, SOURCE, &reason);
        let kind = if functions & NT_SERVER != 0 { "server" } else { "computer" };
        heard.vote(Type, kind, 75, SOURCE, &reason);
    }
}

/// Samba says that it is Unix, or says its name where people put a comment.
fn is_samba(functions: u32, comment: &str) -> bool {
    functions & UNIX != 0 || comment.to_ascii_lowercase().contains("samba")
}

fn windows(major: u8, minor: u8, functions: u32) -> Option<&'static str> {
    let is_server = functions & NT_SERVER != 0;
    if functions & (NT_SERVER | NT_WORKSTATION) == 0 {
        return (functions & WINDOWS_9X != 0 && major == 4).then_some("Windows 98");
    }
    Some(match (major, minor, is_server) {
        (4, 0, _) => "Windows NT 4.0",
        (5, 0, _) => "Windows 2000",
        (5, 1, _) => "Windows XP",
        (5, 2, _) => "Windows Server 2003",
        (6, 0, false) => "Windows Vista",
        (6, 0, true) => "Windows Server 2008",
        (6, 1, false) => "Windows 7",
        (6, 1, true) => "Windows Server 2008 R2",
        (6, 2, false) => "Windows 8",
        (6, 2, true) => "Windows Server 2012",
        (6, 3, false) => "Windows 8.1",
        (6, 3, true) => "Windows Server 2012 R2",
        (10, 0, false) => "Windows 10",
        (10, 0, true) => "Windows Server 2016",
        _ => return None,
    })
}

/// The data of an SMB transaction (MS-CIFS s2.2.4.33) to the mailslot of browsers.
fn mailslot(smb: &[u8]) -> Option<&[u8]> {
    const HEADER_LEN: usize = 32;
    const TRANSACTION: u8 = 0x25;
    let rest = smb.strip_prefix(b"\xffSMB")?;
    if rest.first() != Some(&TRANSACTION) {
        return None;
    }
    let mut reader = Reader::new(smb.get(HEADER_LEN..)?);
    let words = usize::from(reader.u8()?).checked_mul(2)?;
    let words = reader.take(words)?;
    // The 12th and 13th word: how much data there is, and where.
    let &[count_low, count_high, at_low, at_high] = words.get(22..26)?.first_chunk()?;
    let (_bytes, name) = (reader.u16()?, reader.rest());
    if !name.get(..15)?.eq_ignore_ascii_case(b"\\MAILSLOT\\BROWS") || name.get(15..17)? != b"E\0" {
        return None;
    }
    let at = usize::from(u16::from_le_bytes([at_low, at_high]));
    let count = usize::from(u16::from_le_bytes([count_low, count_high]));
    smb.get(at..at.checked_add(count)?)
}
