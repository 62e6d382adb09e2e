//! Which flows administer the other side, or could.

use flow::Ended;
use model::{Flow, Value};
use wire::ip_protocol;

/// Ways to run something on another host, or to put a file there.
pub(super) const SERVICES: [&str; 9] =
    ["smb", "ssh", "rdp", "winrm", "rpc", "vnc", "telnet", "rsh", "radmin"];

/// The service of that name.
pub(super) fn named(name: &str) -> Option<&'static str> {
    SERVICES.into_iter().find(|known| *known == name)
}

/// The service that a protocol at a port is; where the protocol is not known, the port has to do.
pub(super) fn of(protocol: Option<&str>, port: u16) -> Option<&'static str> {
    match (protocol.filter(|name| *name != "unknown"), port) {
        (Some("http" | "soap" | "json-rpc" | "tls" | "ntlmssp"), 5985 | 5986) => Some("winrm"),
        (Some("netbios-ssn"), 139) => Some("smb"),
        (Some("dcerpc"), _) => Some("rpc"),
        (Some("rlogin"), _) => Some("rsh"),
        (Some(name), _) => named(name),
        (None, 22) => Some("ssh"),
        (None, 23) => Some("telnet"),
        (None, 135) => Some("rpc"),
        (None, 139 | 445) => Some("smb"),
        (None, 3389) => Some("rdp"),
        (None, 5900..=5906) => Some("vnc"),
        (None, 5985 | 5986) => Some("winrm"),
        (None, _) => None,
    }
}

/// Clients use it of servers all day, whether they administer them or not.
pub(super) fn is_ordinary(service: &str) -> bool {
    matches!(service, "smb" | "rpc")
}

/// A session that was used, if it was one: a port that was merely looked at, a greeting that was read, a
/// login that was refused leave fewer bytes.
pub(super) fn used(ended: &Ended, record: &Flow) -> Option<&'static str> {
    if ended.entry.key().protocol() != ip_protocol::TCP {
        return None;
    }
    let service = of(Some(record.protocol), ended.entry.dst().1)?;
    // From the sizes of the messages up to the first command, the smallest implementations taken.
    let (least_src, least_dst) = match service {
        "ssh" => (1000, 1000),
        "rdp" => (1000, 1000),
        "smb" => (1500, 600),
        "rpc" => (300, 200),
        "vnc" => (28, 60),
        "telnet" | "rsh" => (10, 30),
        _ => (150, 50),
    };
    let [src, dst] = ended.entry.payload();
    let refused = field(record, "login_failures").is_some() && shares(record).is_empty();
    (src >= least_src && dst >= least_dst && !refused).then_some(service)
}

/// The other side's administration was entered: its administrative share was opened, or its service
/// manager, its task scheduler or its registry ([MS-SCMR] s2.1, [MS-TSCH] s2.1, [MS-RRP] s2.1).
pub(super) fn administers(record: &Flow) -> bool {
    const PIPES: [&str; 5] = ["svcctl", "atsvc", "winreg", "psexesvc", "remcom_communicaton"];
    let share = |path: &str| {
        let name = path.rsplit('\\').next().unwrap_or(path);
        let [drive, b'$'] = name.as_bytes() else { return name.eq_ignore_ascii_case("ADMIN$") };
        drive.is_ascii_alphabetic()
    };
    let pipe =
        |name: &str| PIPES.iter().any(|known| name.trim_start_matches('\\').eq_ignore_ascii_case(known));
    shares(record).iter().any(|path| share(path)) || list(record, "file").iter().any(|name| pipe(name))
}

fn shares(record: &Flow) -> &[String] {
    list(record, "share")
}

fn list<'a>(record: &'a Flow, name: &str) -> &'a [String] {
    match field(record, name) {
        Some(Value::List(list)) => list,
        _ => &[],
    }
}

fn field<'a>(record: &'a Flow, name: &str) -> Option<&'a Value> {
    let details = record.details.as_ref()?;
    details.fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
}
