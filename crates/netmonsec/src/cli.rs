//! The command line.

use std::path::PathBuf;
use std::sync::LazyLock;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::accounts::{TokenArguments, UserArguments};

/// Watches a network passively: who is there, what they talk to, how well, and what is wrong.
///
/// Without a command it watches live, by default the interface of the default route: in a terminal
/// as a table, else as JSON Lines, one flow a line. It sends no packet unless the configuration
/// names somebody to report to.
#[derive(Parser, Debug)]
#[command(name = "netmonsec", version, long_version = long_version(), args_conflicts_with_subcommands = false)]
pub struct Arguments {
    /// Configuration file [default: config/netmonsec.toml, else /etc/netmonsec/netmonsec.toml]
    #[arg(short, long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,

    /// Set one configuration key over the file; may be given several times
    #[arg(long, value_name = "KEY=VALUE", global = true)]
    pub set: Vec<String>,

    /// Watch this interface; may be given several times
    #[arg(short, long, value_name = "IFACE", global = true)]
    pub interface: Vec<String>,

    /// Say more about what the program does; -vv still more
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub verbose: u8,

    /// List the interfaces that can be watched
    #[arg(long)]
    pub list: bool,

    /// Watch live in a terminal dashboard; it is a client of the API of this instance (api.listen)
    #[arg(long, conflicts_with_all = ["json", "print", "list"])]
    pub tui: bool,

    /// JSON instead of a table
    #[arg(long)]
    pub json: bool,

    /// What to print as JSON Lines where there is no terminal, or with --json [default: flows]
    #[arg(long, value_enum, value_name = "WHAT")]
    pub print: Option<LivePrint>,

    /// What to do instead of watching live
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// With the tables that are built in, and whom they are owed to.
fn long_version() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(made_version);
    &TEXT
}

fn made_version() -> String {
    let vendors = inventory::vendors_date().unwrap_or("damaged");
    let geography = inventory::Geo::date().unwrap_or("damaged");
    format!(
        "{}\nvendors of hardware addresses: {vendors} (IEEE, by oui-data)\n\
         countries and networks: {geography} (ip-location-db; NRO, https://www.nro.net; Route Views,\n\
         https://www.routeviews.org; IP Geolocation by DB-IP, https://db-ip.com; CC BY 4.0, changed)",
        env!("CARGO_PKG_VERSION")
    )
}

/// What to do instead of watching live.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Analyse capture files (`-` is standard input) and exit
    ///
    /// Reads pcap and pcapng, also compressed with gzip or zstd. Exit status 2 means that a capture
    /// is cut or damaged, or that a signal stopped the reading; what came before was analysed.
    Read(ReadArguments),
    /// Search the flows of the history
    ///
    /// The filter language is described in docs/filters.md: protocol = tls and src_bytes > 10M
    Query(QueryArguments),
    /// Terminal dashboard of a running instance
    Top(TopArguments),
    /// Validate the configuration and this machine, with the fix for each problem
    Check {
        /// JSON instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Who may log in
    User(UserArguments),
    /// What programs show instead of logging in
    Token(TokenArguments),
}

/// Arguments of `read`.
#[derive(Args, Debug)]
pub struct ReadArguments {
    /// Capture files; those that follow one another in time are analysed as one
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// JSON Lines in packet-time order instead of a table
    #[arg(long)]
    pub json: bool,

    /// What to print [default: summary, with --json flows]
    #[arg(long, value_enum, value_name = "WHAT")]
    pub print: Option<Print>,

    /// Threads that track flows; the records are the same for any number
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=16))]
    pub workers: u8,

    /// Keep serving the results
    #[arg(long)]
    pub serve: bool,

    /// With --serve: replay the captures, so many times as fast as they were taken
    #[arg(long, value_name = "TIMES", requires = "serve", value_parser = speed)]
    pub speed: Option<f64>,
}

fn speed(text: &str) -> Result<f64, String> {
    let speed =
        text.trim_end_matches('x').parse::<f64>().ok().filter(|speed| (0.01..=10_000.0).contains(speed));
    speed.ok_or_else(|| "must be a number from 0.01 to 10000".to_owned())
}

/// Arguments of `top`.
#[derive(Args, Clone, Debug)]
pub struct TopArguments {
    /// Where it runs, such as `http://127.0.0.1:8080` or `https://sensor.example.org:8443`
    #[arg(default_value = "http://127.0.0.1:8080")]
    pub url: String,

    /// What `netmonsec token add` printed; others on this machine can see it here, and cannot in
    /// NETMONSEC_TOKEN
    #[arg(long)]
    pub token: Option<String>,

    /// The certificate that it made itself, copied from its store.path (tls-certificate.pem); unless
    /// given, what the system believes is believed
    #[arg(long, value_name = "FILE")]
    pub certificate: Option<PathBuf>,
}

/// Arguments of `query`.
#[derive(Args, Debug)]
pub struct QueryArguments {
    /// Which flows; all unless given. Quote it, or the shell takes < and > for itself
    #[arg(value_name = "FILTER")]
    pub filter: Vec<String>,

    /// Begun at or after: RFC 3339, seconds since 1970, or a time ago such as -24h
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub from: Option<String>,

    /// Begun before
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub to: Option<String>,

    /// At most so many, the newest
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub limit: usize,

    /// How they are printed
    #[arg(long, value_enum, default_value_t = QueryFormat::Table)]
    pub format: QueryFormat,

    /// The folder of the history [default: store.path]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// How flows of the history are printed.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum QueryFormat {
    /// For people
    Table,
    /// For spreadsheets
    Csv,
    /// JSON Lines, whole records
    Json,
}

/// What is printed live.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum LivePrint {
    /// Flows that are over; alerts go to the log
    Flows,
    /// Alerts: when they are raised, when they have something new to say, and at the end
    Alerts,
    /// Nothing; alerts go to the log
    None,
}

/// What `read` prints.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Print {
    /// One record a flow
    Flows,
    /// One record a device
    Devices,
    /// Gateways, servers, subnets, and whom the interfaces hear as neighbours; one record
    Topology,
    /// One record an alert: what is wrong, and why
    Alerts,
    /// One record an incident: the alerts about one actor that belong together, in order
    Incidents,
    /// One record a packet, with every header field
    Packets,
    /// What the capture holds, in a page
    Summary,
    /// Nothing; totals go to standard error
    None,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn options_may_stand_before_or_behind_the_command() {
        let a = Arguments::parse_from(["netmonsec", "-c", "x.toml", "read", "f.pcap", "--set", "a=1"]);
        assert_eq!((a.config.unwrap().to_str().unwrap(), a.set.len()), ("x.toml", 1));
        let b = Arguments::parse_from(["netmonsec", "read", "f.pcap", "-c", "x.toml"]);
        assert!(b.config.is_some());
        assert!(Arguments::try_parse_from(["netmonsec", "read"]).is_err());
        assert!(Arguments::try_parse_from(["netmonsec", "read", "f", "--workers", "17"]).is_err());
    }
}
