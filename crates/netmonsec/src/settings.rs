//! From the configuration to what the engine takes.

use std::sync::Arc;

use engine::{Network, Networks, Settings};

use crate::config::{Cidr, Config, DetectorSettings, DurationSetting, ExclusionRule, GroupRule};

/// Memory that a flow takes, in bytes, with its share of the index, of pooled side structures and
/// of records that are on their way out.
const BYTES_PER_FLOW: u64 = 360;
/// Memory that a flow under inspection may hold on average, in bytes.
const BYTES_PER_INSPECTION: u64 = 8192;

/// Memory that a device takes, in bytes, with its share of the connections.
const BYTES_PER_DEVICE: u64 = 8192;
/// More than one link has.
const MOST_DEVICES: usize = 65_536;

/// The engine's settings; `own` are the networks of the interfaces that are watched.
pub(crate) fn engine_settings(config: &Config, own: &[Cidr]) -> Settings {
    let memory = config.limits.memory.0;
    // Three quarters for the flow table, the rest for payload under inspection.
    let affordable = memory / 4 * 3 / BYTES_PER_FLOW;
    let max_flows = match config.limits.max_flows {
        0 => affordable,
        n => u64::from(n).min(affordable),
    };
    let max_inspections = memory / 4 / BYTES_PER_INSPECTION;
    let t = &config.flow.timeouts;
    Settings {
        flow: flow::Settings {
            max_flows: usize::try_from(max_flows).unwrap_or(usize::MAX),
            max_inspections: usize::try_from(max_inspections).unwrap_or(usize::MAX),
            timeouts: flow::Timeouts {
                tcp_half_open_ns: nanoseconds(t.tcp_half_open),
                tcp_established_ns: nanoseconds(t.tcp_established),
                tcp_closed_ns: nanoseconds(t.tcp_closed),
                udp_unanswered_ns: nanoseconds(t.udp_unanswered),
                udp_ns: nanoseconds(t.udp),
                icmp_ns: nanoseconds(t.icmp),
                other_ns: nanoseconds(t.other),
                fragment_ns: nanoseconds(t.fragments),
                active_ns: nanoseconds(t.active),
            },
            vlan_in_key: config.flow.vlan_in_key,
        },
        local: networks(config.networks.local.iter().chain(own)),
        ignore: networks(&config.capture.ignore),
        max_devices: usize::try_from(memory / 8 / BYTES_PER_DEVICE)
            .unwrap_or(usize::MAX)
            .clamp(256, MOST_DEVICES),
        dpi: Arc::new(recognition(config)),
        geo: Arc::new(geography(config)),
        detect: Arc::new(detection(config, own)),
    }
}

/// What the inventory needs of the engine's settings.
pub(crate) fn inventory_settings(settings: &Settings) -> inventory::Settings {
    inventory::Settings { local: settings.local.clone(), max_devices: settings.max_devices }
}

fn detection(config: &Config, own: &[Cidr]) -> detect::Settings {
    let values = |settings: &DetectorSettings| detect::Values {
        enabled: settings.enabled,
        thresholds: settings.thresholds.clone(),
    };
    detect::Settings {
        local: networks(config.networks.local.iter().chain(own)),
        detectors: config.detect.detectors.iter().map(values).collect(),
        groups: config.detect.groups.iter().map(GroupRule::get).collect(),
        exclusions: config.detect.exclusions.iter().map(ExclusionRule::get).collect(),
        blocklists: Arc::new(blocklists(config)),
    }
}

fn blocklists(config: &Config) -> detect::Blocklists {
    // As with the recognition.
    config.detect.open_blocklists().unwrap_or_else(|(_, error)| {
        tracing::error!("detect.blocklists: {error}; going on without lists");
        detect::Blocklists::default()
    })
}

fn geography(config: &Config) -> inventory::Geo {
    // As with the recognition.
    config.geo.open().unwrap_or_else(|(_, error)| {
        tracing::error!("geo.databases: {error}; going on without databases");
        inventory::Geo::new(Vec::new(), config.geo.embedded)
    })
}

fn recognition(config: &Config) -> dpi::Engine {
    // Checked when the configuration was read; this fails only if the file has gone since then.
    config.dpi.rules().and_then(dpi::Engine::new).unwrap_or_else(|error| {
        tracing::error!("dpi.applications: {error}; going on with the built-in list");
        dpi::Engine::default()
    })
}

pub(crate) fn networks<'a>(blocks: impl IntoIterator<Item = &'a Cidr>) -> Networks {
    let network = |c: &Cidr| Network { address: c.network(), prefix: c.prefix() };
    Networks(blocks.into_iter().map(network).collect())
}

fn nanoseconds(setting: DurationSetting) -> u64 {
    u64::try_from(setting.get().as_nanos()).unwrap_or(u64::MAX)
}
