//! The configuration: what may be set, what holds if it is not, and how a file is read.
//!
//! A new key is a field here with its default, a line in `config/netmonsec.toml` and in
//! `docs/configuration.md` (tests insist), and, if it is a number, its limits in `schema.rs`.

mod choice;
mod cidr;
mod detect;
mod duration;
mod error;
mod load;
mod outputs;
mod protocol;
mod rings;
mod schema;
mod size;
mod text;
mod validate;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use inventory::os::Table;
use serde::{Deserialize, Serialize};

use crate::print::safe;

pub use choice::{Fanout, LeastSeverity, Level, When};
pub use cidr::Cidr;
pub use detect::{Detect, DetectorSettings, ExclusionRule, GroupRule};
pub use duration::DurationSetting;
pub use error::{ConfigError, Place, Problem};
pub use load::{Loaded, Source};
pub use outputs::{Influx, Syslog, Webhook};
pub use protocol::ProtocolRule;
pub use size::ByteSize;
pub use text::BadValue;

/// Everything that can be set.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where packets come from.
    pub capture: Capture,
    /// Which addresses are ours.
    pub networks: Networks,
    /// What a conversation is and when it ends.
    pub flow: Flow,
    /// What traffic is recognised as.
    pub dpi: Dpi,
    /// Where addresses are.
    pub geo: Geo,
    /// What devices are known by.
    pub inventory: Inventory,
    /// What is wrong, and what is not.
    pub detect: Detect,
    /// What is kept.
    pub store: Store,
    /// Who is told of flows.
    pub ipfix: Ipfix,
    /// A time series database.
    pub influx: Influx,
    /// A log server.
    pub syslog: Syslog,
    /// Who else is told of alerts.
    pub webhook: Vec<Webhook>,
    /// Who may ask.
    pub api: Api,
    /// What may be used up.
    pub limits: Limits,
    /// What is written about the program itself.
    pub log: Log,
}

impl Config {
    /// The configuration file with every key at its default and a comment to each.
    pub fn annotated_default() -> &'static str {
        include_str!("../../../../config/netmonsec.toml")
    }
}

/// `[capture]`
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Capture {
    /// Interfaces to watch; none stands for the one of the default route.
    pub interfaces: Vec<String>,
    /// Rings, and so threads, per interface; 0 is one per processor but one, at most 8.
    pub rings: u32,
    /// Memory of one ring in MiB.
    pub ring_mib: u32,
    /// Size of a ring's blocks in KiB.
    pub block_kib: u32,
    /// Milliseconds after which the kernel hands over a block that is not full.
    pub retire_ms: u32,
    /// Hear frames that are for other hosts.
    pub promiscuous: bool,
    /// Bytes kept of each packet; 0 keeps it whole.
    pub snaplen: u32,
    /// How packets are spread over the rings.
    pub fanout: Fanout,
    /// Bind each ring's thread to a processor.
    pub pin_threads: bool,
    /// Networks whose packets are counted as filtered and not analysed.
    pub ignore: Vec<Cidr>,
}

/// `[networks]`
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Networks {
    /// Networks that are inside. Live, those of the watched interfaces are added.
    pub local: Vec<Cidr>,
}

/// `[flow]`
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Flow {
    /// The same addresses and ports on two VLANs are two flows.
    pub vlan_in_key: bool,
    /// When a flow ends that does not end by itself.
    pub timeouts: Timeouts,
}

/// `[flow.timeouts]`
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timeouts {
    /// A TCP handshake that does not complete.
    pub tcp_half_open: DurationSetting,
    /// A TCP connection on which nothing is said.
    pub tcp_established: DurationSetting,
    /// A TCP connection after its end, for stragglers.
    pub tcp_closed: DurationSetting,
    /// UDP that nobody answers.
    pub udp_unanswered: DurationSetting,
    /// UDP in both directions.
    pub udp: DurationSetting,
    /// ICMP and ICMPv6.
    pub icmp: DurationSetting,
    /// Every other transport.
    pub other: DurationSetting,
    /// IP fragments whose first one does not come.
    pub fragments: DurationSetting,
    /// A flow that goes on for this long is reported in parts.
    pub active: DurationSetting,
}

/// `[dpi]`
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dpi {
    /// A file of applications that goes over the built-in list; empty for none.
    pub applications: String,
    /// Protocols that are not built in.
    pub protocols: Vec<ProtocolRule>,
}

impl Dpi {
    /// As the recognition takes it, or why the file of applications cannot be had.
    pub(crate) fn rules(&self) -> Result<dpi::Rules, String> {
        let file = Some(&self.applications).filter(|path| !path.is_empty());
        let applications = file.map(std::fs::read_to_string).transpose();
        let applications = applications.map_err(|e| format!("{}: {e}", safe(&self.applications)))?;
        Ok(dpi::Rules {
            protocols: self.protocols.iter().map(|rule| rule.get().clone()).collect(),
            applications,
        })
    }
}

/// `[geo]`
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Geo {
    /// Files in MaxMind's format, asked in this order.
    pub databases: Vec<String>,
    /// Ask the built-in table after them.
    pub embedded: bool,
}

impl Geo {
    /// The databases read, or which of them cannot be, and why.
    pub(crate) fn open(&self) -> Result<inventory::Geo, (usize, String)> {
        let open = |(i, path): (usize, &String)| {
            let told = |error: inventory::DatabaseError| (i, safe(&error.to_string()).into_owned());
            inventory::Database::open(Path::new(path)).map_err(told)
        };
        let databases = self.databases.iter().enumerate().map(open).collect::<Result<_, _>>()?;
        Ok(inventory::Geo::new(databases, self.embedded))
    }
}

/// `[inventory]`
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Inventory {
    /// Files of signatures of operating systems, in p0f 3's format, that go before the built-in ones.
    pub os_signatures: Vec<String>,
}

impl Inventory {
    /// All signatures, or which file cannot be used, and why.
    pub(crate) fn signatures(&self) -> Result<Arc<Table>, (usize, String)> {
        if self.os_signatures.is_empty() {
            return Ok(Table::builtin());
        }
        let mut table = Table::default();
        for (i, path) in self.os_signatures.iter().enumerate() {
            let told = |what: String| (i, format!("{}: {what}", safe(path)));
            let text = std::fs::read(path).map_err(|error| told(error.to_string()))?;
            let text = String::from_utf8(text).map_err(|_| told("is not UTF-8 text".into()))?;
            let before = table.len();
            table.add(&text, path).map_err(|error| (i, safe(&error.to_string()).into_owned()))?;
            if table.len() == before {
                return Err(told("has no signature in [tcp:request] or [tcp:response]".into()));
            }
        }
        table.add_builtin();
        Ok(Arc::new(table))
    }
}

/// `[store]`
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    /// The folder; empty for no history.
    pub path: String,
    /// Days of flows.
    pub flow_days: u32,
    /// Bytes of flows; the oldest days go until it is kept.
    pub flow_size: ByteSize,
    /// Days of charts by the minute.
    pub minute_days: u32,
    /// Days of charts by the hour.
    pub hour_days: u32,
    /// Days of alerts.
    pub alert_days: u32,
    /// Flows and alerts as CSV, too.
    pub csv: bool,
    /// One packet in so many as CSV, too; 0 is none.
    pub packets: u32,
    /// Everything as EVE JSON, too.
    pub eve: bool,
    /// Everything as Zeek's logs, too.
    pub zeek: bool,
    /// These as JSON.
    pub zeek_json: bool,
}

/// `[ipfix]`
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ipfix {
    /// The collector that is told of every flow; empty for none.
    pub collector: String,
}

/// `[api]`
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Api {
    /// Address and port of REST and dashboard; empty for none.
    pub listen: String,
    /// Address and port of the plain feed of events; empty for none.
    pub websocket_listen: String,
    /// What else it is called: hosts, or origins that a proxy serves it at.
    pub names: Vec<String>,
    /// Whether users must log in; `off` is as `auto`, for others always must.
    pub login: When,
    /// Whether TLS is spoken.
    pub tls: When,
    /// PEM file of the certificate; empty for one of its own making.
    pub certificate: String,
    /// PEM file of its key.
    pub key: String,
    /// Bytes of a capture that somebody hands in.
    pub upload: ByteSize,
}

/// `[limits]`
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Memory for all state together, rings not included.
    pub memory: ByteSize,
    /// Flows that may be open at once; 0 is as many as the memory allows.
    pub max_flows: u32,
}

/// `[log]`
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// The least important message that is written.
    pub level: Level,
    /// Days of logs that are kept in `store.path`; 0 is none.
    pub days: u32,
}

impl Default for Capture {
    fn default() -> Self {
        Self {
            interfaces: Vec::new(),
            rings: 0,
            ring_mib: 32,
            block_kib: 1024,
            retire_ms: 20,
            promiscuous: true,
            snaplen: 0,
            fanout: Fanout::default(),
            pin_threads: true,
            ignore: Vec::new(),
        }
    }
}

impl Default for Networks {
    fn default() -> Self {
        // RFC 1918, RFC 3927, RFC 4193, RFC 4291 s2.5.6.
        let local = [
            Cidr::v4(10, 0, 0, 0, 8),
            Cidr::v4(172, 16, 0, 0, 12),
            Cidr::v4(192, 168, 0, 0, 16),
            Cidr::v4(169, 254, 0, 0, 16),
            Cidr::v6(0xfc00, 7),
            Cidr::v6(0xfe80, 10),
        ];
        Self { local: local.to_vec() }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = |s| DurationSetting(Duration::from_secs(s));
        Self {
            tcp_half_open: seconds(75),
            tcp_established: seconds(3600),
            tcp_closed: seconds(10),
            udp_unanswered: seconds(30),
            udp: seconds(120),
            icmp: seconds(30),
            other: seconds(60),
            fragments: seconds(30),
            active: seconds(3600),
        }
    }
}

impl Default for Geo {
    fn default() -> Self {
        Self { databases: Vec::new(), embedded: true }
    }
}

impl Default for Store {
    fn default() -> Self {
        Self {
            path: "data".into(),
            flow_days: 30,
            flow_size: ByteSize(20 << 30),
            minute_days: 14,
            hour_days: 400,
            alert_days: 400,
            csv: true,
            packets: 100,
            eve: false,
            zeek: false,
            zeek_json: false,
        }
    }
}

impl Default for Api {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".into(),
            websocket_listen: "127.0.0.1:8081".into(),
            names: Vec::new(),
            login: When::Auto,
            tls: When::Auto,
            certificate: String::new(),
            key: String::new(),
            upload: ByteSize(1 << 30),
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { level: Level::default(), days: 14 }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory: ByteSize(1 << 30), max_flows: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_that_is_shipped_says_what_holds_anyway() {
        let parsed: Config = toml::from_str(Config::annotated_default()).unwrap();
        assert_eq!(parsed, Config::default());
    }

    #[test]
    fn the_file_that_is_shipped_has_every_key_with_a_comment() {
        for key in schema::Schema::default().keys() {
            let (section, name) = key.rsplit_once('.').unwrap_or(("", key));
            let whole = Config::annotated_default();
            let begin = if section.is_empty() { String::new() } else { format!("\n[{section}]\n") };
            let text = whole.split_once(&begin).map_or("", |(_, text)| text);
            let above = text.split(&format!("\n{name} = ")).next().unwrap();
            assert_ne!(above, text, "{key} is missing");
            let comment = above.lines().last().unwrap();
            assert!(comment.starts_with("# "), "{key} has no comment: {comment:?}");
        }
    }

    #[test]
    fn the_manual_has_every_key_and_its_default() {
        let manual = include_str!("../../../../docs/configuration.md");
        let schema = schema::Schema::default();
        for key in schema.keys() {
            let row = manual.lines().find(|line| line.starts_with(&format!("| `{key}` |")));
            let row = row.unwrap_or_else(|| panic!("{key} is missing"));
            let default = schema.get(key).unwrap().to_string();
            assert!(row.contains(&format!("| `{default}` |")), "{row} has not the default {default}");
        }
    }
}
