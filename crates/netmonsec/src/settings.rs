//! From the configuration to what the engine takes.

use std::sync::Arc;

use engine::{Network, Networks, Settings};

use crate::config::{Cidr, Config, DetectorSettings, DurationSetting, ExclusionRule, GroupRule};

/// Memory that a flow takes, in bytes, with its share of the index, of pooled side structures and
/// of records that are on their way out.
const BYTES_PER_FLOW: u64 = 360;
/// Memory that a flow under inspection may hold on average, in bytes.
const BYTES_PER_INSPECTION: u64 = 8192;

/// Memory that the detectors take where sources are made up by the million, in bytes.
const FOR_DETECTORS: u64 = 24 << 20;

/// Memory that a device takes, in bytes, with its share of the connections.
const BYTES_PER_DEVICE: u64 = 8192;
/// More than one link has.
const MOST_DEVICES: usize = 65_536;

/// The engine's settings, or which file that they are of cannot be had any more; `own` are the
/// networks of the interfaces that are watched.
pub(crate) fn engine_settings(config: &Config, own: &[Cidr]) -> anyhow::Result<Settings> {
    let memory = config.limits.memory.0.saturating_sub(FOR_DETECTORS);
    // Three quarters for the flow table, the rest for payload under inspection.
    let affordable = memory / 4 * 3 / BYTES_PER_FLOW;
    let max_flows = match config.limits.max_flows {
        0 => affordable,
        n => u64::from(n).min(affordable),
    };
    let max_inspections = memory / 4 / BYTES_PER_INSPECTION;
    let t = &config.flow.timeouts;
    Ok(Settings {
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
        dpi: Arc::new(recognition(config).map_err(anyhow::Error::msg)?),
        geo: Arc::new(geography(config).map_err(anyhow::Error::msg)?),
        os: signatures(config).map_err(anyhow::Error::msg)?,
        detect: Arc::new(detection(config, own).map_err(anyhow::Error::msg)?),
    })
}

/// What the inventory needs of the engine's settings.
pub(crate) fn inventory_settings(settings: &Settings) -> inventory::Settings {
    inventory::Settings {
        local: settings.local.clone(),
        max_devices: settings.max_devices,
        os: Arc::clone(&settings.os),
    }
}

fn detection(config: &Config, own: &[Cidr]) -> Result<detect::Settings, String> {
    let values = |settings: &DetectorSettings| detect::Values {
        enabled: settings.enabled,
        thresholds: settings.thresholds.clone(),
    };
    Ok(detect::Settings {
        local: networks(config.networks.local.iter().chain(own)),
        detectors: config.detect.detectors.iter().map(values).collect(),
        groups: config.detect.groups.iter().map(GroupRule::get).collect(),
        exclusions: config.detect.exclusions.iter().map(ExclusionRule::get).collect(),
        blocklists: blocklists(config)?,
    })
}

/// All of these were checked when the configuration was read; they fail only if a file has gone or
/// changed since then.
fn geography(config: &Config) -> Result<inventory::Geo, String> {
    config.geo.open().map_err(|(_, error)| format!("geo.databases: {error}"))
}

fn blocklists(config: &Config) -> Result<Arc<detect::Blocklists>, String> {
    let lists = config.detect.open_blocklists();
    lists.map(Arc::new).map_err(|(_, error)| format!("detect.blocklists: {error}"))
}

fn signatures(config: &Config) -> Result<Arc<inventory::os::Table>, String> {
    config.inventory.signatures().map_err(|(_, error)| format!("inventory.os_signatures: {error}"))
}

fn recognition(config: &Config) -> Result<dpi::Engine, String> {
    let engine = config.dpi.rules().and_then(dpi::Engine::new);
    engine.map_err(|error| format!("dpi.applications: {error}"))
}

pub(crate) fn networks<'a>(blocks: impl IntoIterator<Item = &'a Cidr>) -> Networks {
    let network = |c: &Cidr| Network { address: c.network(), prefix: c.prefix() };
    Networks(blocks.into_iter().map(network).collect())
}

fn nanoseconds(setting: DurationSetting) -> u64 {
    u64::try_from(setting.get().as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As if it had gone between the check of the configuration and this.
    #[test]
    fn a_file_that_is_gone_makes_no_settings() {
        let folder = tempfile::tempdir().unwrap();
        let gone = folder.path().join("gone").to_string_lossy().into_owned();
        let refused = |change: &dyn Fn(&mut Config)| {
            let mut config = Config::default();
            change(&mut config);
            engine_settings(&config, &[]).unwrap_err().to_string()
        };
        for error in [
            refused(&|config| config.geo.databases = vec![gone.clone()]),
            refused(&|config| config.inventory.os_signatures = vec![gone.clone()]),
            refused(&|config| config.dpi.applications = gone.clone()),
        ] {
            assert!(error.contains(&gone) && error.contains("No such file"), "{error}");
        }
    }
}
