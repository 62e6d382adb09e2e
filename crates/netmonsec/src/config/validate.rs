use std::time::Duration;

use super::{ByteSize, Config, DurationSetting};

/// Settings that are right each by itself and wrong together, or beyond what can work.
pub(super) struct Conflict {
    /// Any of these can be changed to mend it; the most likely first.
    pub(super) keys: Vec<&'static str>,
    /// The element of a list that is meant.
    pub(super) element: Option<usize>,
    pub(super) what: String,
}

/// Everything that does not fit together.
pub(super) fn conflicts(config: &Config) -> Vec<Conflict> {
    let mut found = Vec::new();
    interfaces(config, &mut found);
    ring(config, &mut found);
    timeouts(config, &mut found);
    memory(config, &mut found);
    recognition(config, &mut found);
    addresses(config, &mut found);
    outputs(config, &mut found);
    if let Err((i, what)) = config.geo.open() {
        found.push(Conflict { keys: vec!["geo.databases"], element: Some(i), what });
    }
    if let Err((i, what)) = config.detect.open_blocklists() {
        found.push(Conflict { keys: vec!["detect.blocklists"], element: Some(i), what });
    }
    if let Err((i, what)) = config.inventory.signatures() {
        found.push(Conflict { keys: vec!["inventory.os_signatures"], element: Some(i), what });
    }
    found
}

fn addresses(config: &Config, found: &mut Vec<Conflict>) {
    let api = &config.api;
    for (key, text) in [("api.listen", &api.listen), ("api.websocket_listen", &api.websocket_listen)] {
        if !text.is_empty() && text.parse::<std::net::SocketAddr>().is_err() {
            let what =
                "is no address and port, such as 127.0.0.1:8080 or [::1]:8080; empty is none".to_owned();
            found.push(Conflict { keys: vec![key], element: None, what });
        }
    }
    let collector = &config.ipfix.collector;
    if !collector.is_empty() && store::sinks::Collector::parse(collector).is_none() {
        let what = "is no collector, such as udp://192.0.2.1:4739, tcp://flows.example.org or udp://[2001:db8::1]:2055; \
                    empty is none"
            .to_owned();
        found.push(Conflict { keys: vec!["ipfix.collector"], element: None, what });
    }
    if !api.listen.is_empty() && api.listen == api.websocket_listen && !api.listen.ends_with(":0") {
        let what = "is the address of api.listen, too; they need one each".to_owned();
        found.push(Conflict { keys: vec!["api.websocket_listen", "api.listen"], element: None, what });
    }
    for (i, name) in api.names.iter().enumerate() {
        let nowhere = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
        if let Err(error) = access::guard::Site::new(nowhere, &[name]) {
            found.push(Conflict { keys: vec!["api.names"], element: Some(i), what: error.to_string() });
        }
    }
    if api.certificate.is_empty() != api.key.is_empty() {
        let what = "name a certificate and its key, or neither of them".to_owned();
        found.push(Conflict { keys: vec!["api.certificate", "api.key"], element: None, what });
    }
}

fn outputs(config: &Config, found: &mut Vec<Conflict>) {
    let mut conflict = |key, what| found.push(Conflict { keys: vec![key], element: None, what });
    if let Err((key, what)) = config.influx.settings() {
        conflict(key, what);
    }
    if config.store.path.is_empty() {
        for (key, is_set) in [
            ("influx.url", !config.influx.url.is_empty()),
            ("syslog.server", config.syslog.settings().is_some()),
            ("webhook", !config.webhook.is_empty()),
        ] {
            if is_set {
                conflict(key, "needs the folder of the history; set store.path, too".to_owned());
            }
        }
    }
}

fn interfaces(config: &Config, found: &mut Vec<Conflict>) {
    let names = &config.capture.interfaces;
    for (i, name) in names.iter().enumerate() {
        let what = if names.iter().take(i).any(|earlier| earlier == name) {
            "is named twice; each interface is watched once".to_owned()
        } else if name.is_empty() || name.len() > LONGEST_NAME || name.contains(['/', ' ', ':']) {
            format!(
                "cannot be the name of an interface (at most {LONGEST_NAME} characters, no /, : or blanks); see netmonsec --list"
            )
        } else {
            continue;
        };
        found.push(Conflict { keys: vec!["capture.interfaces"], element: Some(i), what });
    }
}

/// IFNAMSIZ without the NUL.
const LONGEST_NAME: usize = 15;

fn ring(config: &Config, found: &mut Vec<Conflict>) {
    let (ring_mib, block_kib, snaplen) =
        (config.capture.ring_mib, config.capture.block_kib, config.capture.snaplen);
    let conflict = |keys, what| Conflict { keys, element: None, what };
    if !block_kib.is_power_of_two() {
        let (below, above) = (block_kib.next_power_of_two() / 2, block_kib.next_power_of_two());
        let what = format!("is {block_kib}, must be a power of two, such as {below} or {above}");
        found.push(conflict(vec!["capture.block_kib"], what));
    } else if ring_mib * 1024 / block_kib < FEWEST_BLOCKS || ring_mib * 1024 % block_kib != 0 {
        // One block is filled, one is read, and between them there must be room for a burst.
        let what = format!(
            "a ring of {ring_mib} MiB must be a multiple of its blocks of {block_kib} KiB and hold at least \
             {FEWEST_BLOCKS} of them; set capture.ring_mib to {} or more",
            (FEWEST_BLOCKS * block_kib).div_ceil(1024)
        );
        found.push(conflict(vec!["capture.ring_mib", "capture.block_kib"], what));
    }
    if (1..SHORTEST_SNAPLEN).contains(&snaplen) {
        let what = format!(
            "is {snaplen}, must be 0 (whole packets) or at least {SHORTEST_SNAPLEN}: headers need that much"
        );
        found.push(conflict(vec!["capture.snaplen"], what));
    }
}

const FEWEST_BLOCKS: u32 = 4;
const SHORTEST_SNAPLEN: u32 = 128;

fn timeouts(config: &Config, found: &mut Vec<Conflict>) {
    let t = &config.flow.timeouts;
    for (key, value) in [
        ("flow.timeouts.tcp_half_open", t.tcp_half_open),
        ("flow.timeouts.tcp_established", t.tcp_established),
        ("flow.timeouts.tcp_closed", t.tcp_closed),
        ("flow.timeouts.udp_unanswered", t.udp_unanswered),
        ("flow.timeouts.udp", t.udp),
        ("flow.timeouts.icmp", t.icmp),
        ("flow.timeouts.other", t.other),
        ("flow.timeouts.fragments", t.fragments),
        ("flow.timeouts.active", t.active),
    ] {
        if value < SHORTEST_TIMEOUT || value > LONGEST_TIMEOUT {
            let what = format!("is {value}, must be from {SHORTEST_TIMEOUT} to {LONGEST_TIMEOUT}");
            found.push(Conflict { keys: vec![key], element: None, what });
        }
    }
}

const SHORTEST_TIMEOUT: DurationSetting = DurationSetting(Duration::from_secs(1));
const LONGEST_TIMEOUT: DurationSetting = DurationSetting(Duration::from_secs(7 * 86_400));

fn memory(config: &Config, found: &mut Vec<Conflict>) {
    let memory = config.limits.memory;
    if memory < LEAST_MEMORY {
        let what = format!("is {memory}, must be at least {LEAST_MEMORY}");
        found.push(Conflict { keys: vec!["limits.memory"], element: None, what });
    }
}

const LEAST_MEMORY: ByteSize = ByteSize(64 << 20);

fn recognition(config: &Config, found: &mut Vec<Conflict>) {
    let mut conflict = |key, element, what| found.push(Conflict { keys: vec![key], element, what });
    let checked = config.dpi.rules().and_then(|rules| match rules.applications {
        Some(_) => dpi::Engine::new(rules).map(drop),
        None => Ok(()),
    });
    if let Err(what) = checked {
        conflict("dpi.applications", None, what);
    }
    let rules = &config.dpi.protocols;
    for (i, rule) in rules.iter().enumerate() {
        let name = &rule.get().name;
        if rules.iter().take(i).any(|earlier| earlier.get().name == *name) {
            conflict("dpi.protocols", Some(i), format!("`{name}` is defined twice"));
        } else if dpi::Engine::protocols().any(|known| known == name) {
            conflict("dpi.protocols", Some(i), format!("`{name}` is built in; choose another name"));
        }
    }
}
