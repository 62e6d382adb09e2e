use capture::live::tuning::{self, Coalescing, DeviceCounters, Offloads, RingSizes};
use capture::live::{self, InterfaceInfo, LiveError};

use super::{Check, try_ring};
use crate::config::Config;
use crate::list::{bring_up, link_name, obstacle, state};
use crate::print::{safe, units};

/// The interfaces that would be watched, with a failed check for each that is not there.
pub(super) fn watched(config: &Config, checks: &mut Vec<Check>) -> Vec<InterfaceInfo> {
    let there = match live::interfaces() {
        Ok(there) => there,
        Err(e) => {
            checks.push(Check::unknown("interfaces", format!("the system does not list them: {e}")));
            return Vec::new();
        }
    };
    let mut names = config.capture.interfaces.clone();
    if names.is_empty() {
        names.extend(live::default_interface());
    }
    if names.is_empty() {
        let what = "none is named, and there is none with a default route or an address";
        checks.push(
            Check::fail("interfaces", what).fix("netmonsec --list, then capture.interfaces or -i NAME"),
        );
    }
    let mut found = Vec::new();
    for name in names {
        match there.iter().find(|info| info.name == name) {
            Some(info) => found.push(info.clone()),
            None => checks.push(missing(&name, &there)),
        }
    }
    found
}

/// Everything about one interface.
pub(super) fn look(info: &InterfaceInfo, checks: &mut Vec<Check>) {
    let name = info.name.as_str();
    checks.push(link(info));
    if obstacle(info).is_none() {
        checks.push(ring(name, try_ring(name)));
    }
    if info.loopback {
        // It has no card, and what it carries was never on a wire.
        return;
    }
    checks.push(offloads(name, tuning::offloads(name)));
    // Virtual devices have no descriptors and no interrupts.
    if !info.virtual_device {
        checks.push(descriptors(name, tuning::ring_sizes(name)));
        // What virtio tells (0 µs, 1 frame) is that the hypervisor decides.
        let hypervisor = info.driver.as_deref() == Some("virtio_net");
        checks.push(coalescing(name, tuning::coalescing(name).filter(|_| !hypervisor)));
    }
    checks.extend(losses(name, &tuning::device_counters(name), tuning::ring_sizes(name)));
}

fn missing(name: &str, there: &[InterfaceInfo]) -> Check {
    let names: Vec<_> = there.iter().map(|info| safe(&info.name)).collect();
    let what = format!("there is no such interface; there are: {}", names.join(", "));
    Check::fail(safe(name), what).fix("netmonsec --list")
}

fn link(info: &InterfaceInfo) -> Check {
    let name = safe(&info.name);
    if let Some(obstacle) = obstacle(info) {
        let check = Check::fail(name.as_ref(), obstacle);
        return if info.up { check } else { check.fix(bring_up(&info.name)) };
    }
    let mut what = vec![state(info).to_owned()];
    what.extend(info.link_type.map(link_name));
    what.extend(info.speed_mbps.map(|mbps| units::bits_per_second(u64::from(mbps) * 1_000_000)));
    if info.running {
        return Check::ok(name, what.join(", "));
    }
    what.push("nothing is plugged in, or the other side is off".to_owned());
    Check::warn(name, what.join(", "))
}

fn ring(name: &str, result: Result<(), LiveError>) -> Check {
    let title = format!("{} ring", safe(name));
    match result {
        Ok(()) => Check::ok(title, "a capture ring could be opened"),
        Err(LiveError::NotPermitted { .. }) => {
            let what = match tuning::capabilities().net_raw {
                true => {
                    "not allowed although CAP_NET_RAW is there: a container or security module forbids it"
                }
                false => "not allowed; see capabilities",
            };
            Check::fail(title, what)
        }
        Err(e) => Check::fail(title, safe(&e.to_string())),
    }
}

fn offloads(name: &str, offloads: Offloads) -> Check {
    let title = format!("{} offloads", safe(name));
    if offloads == Offloads::default() {
        return Check::unknown(title, "the driver does not say");
    }
    let on = |list: &[(&'static str, Option<bool>)]| -> Vec<&'static str> {
        list.iter().filter(|(_, state)| *state == Some(true)).map(|(name, _)| *name).collect()
    };
    let receiving = on(&[("gro", offloads.gro), ("lro", offloads.lro)]);
    let sending = on(&[("tso", offloads.tso), ("gso", offloads.gso)]);
    if !receiving.is_empty() {
        let what = format!(
            "{} on: received segments are merged before capture, so packet counts, sizes and gaps are not those \
             of the wire",
            are(&receiving)
        );
        let off: String = receiving.iter().map(|offload| format!(" {offload} off")).collect();
        return Check::warn(title, what).fix(format!("sudo ethtool -K {}{off}", safe(name)));
    }
    if sending.is_empty() {
        return Check::ok(title, "off: frames are seen as they were on the wire");
    }
    let what =
        format!("gro and lro are off; {} on, which only changes what this host itself sends", are(&sending));
    Check::ok(title, what)
}

fn are(names: &[&str]) -> String {
    format!("{} {}", names.join(" and "), if names.len() == 1 { "is" } else { "are" })
}

fn descriptors(name: &str, sizes: Option<RingSizes>) -> Check {
    let title = format!("{} card ring", safe(name));
    let Some(RingSizes { rx, rx_max, .. }) = sizes else {
        return Check::unknown(title, "the driver does not say how many frames the card can hold");
    };
    let wanted = rx_max.min(ENOUGH_DESCRIPTORS);
    let what = format!("room for {rx} received frames, at most {rx_max}");
    if rx >= wanted {
        return Check::ok(title, what);
    }
    Check::warn(title, format!("{what}; a burst that comes while the processor is busy is lost in the card"))
        .fix(format!("sudo ethtool -G {} rx {wanted}", safe(name)))
}

/// More costs cache for little.
const ENOUGH_DESCRIPTORS: u32 = 4096;

fn coalescing(name: &str, settings: Option<Coalescing>) -> Check {
    let title = format!("{} interrupts", safe(name));
    let Some(Coalescing { rx_usecs, rx_frames, adaptive_rx }) = settings else {
        return Check::unknown(title, "the driver does not say how the card gathers them");
    };
    let name = safe(name);
    if adaptive_rx {
        return Check::ok(title, "the card adapts to the load how many frames it gathers for one");
    }
    if rx_usecs == 0 && rx_frames <= 1 {
        let what = "the card gathers no frames: many small ones cost more processor time than they need";
        return Check::warn(title, what).fix(format!("sudo ethtool -C {name} rx-usecs 50"));
    }
    let what = format!(
        "after {rx_usecs} µs{}",
        match rx_frames {
            0 => String::new(),
            n => format!(" or {n} frames"),
        }
    );
    if rx_usecs > LATEST_INTERRUPT_USECS {
        let what = format!("{what}: the times of packets are wrong by that much");
        return Check::warn(title, what).fix(format!("sudo ethtool -C {name} rx-usecs 50"));
    }
    Check::ok(title, what)
}

const LATEST_INTERRUPT_USECS: u32 = 500;

fn losses(name: &str, counters: &DeviceCounters, sizes: Option<RingSizes>) -> Vec<Check> {
    let title = format!("{} losses", safe(name));
    let Some(received) = counters.rx_packets else {
        return vec![Check::unknown(title, "the driver does not count")];
    };
    let lost = counters.lost();
    let broken = counters.rx_crc.unwrap_or_default();
    let of = |n: u64| format!("{} ({})", units::exact(n), units::percent(n, received.saturating_add(n)));
    let mut checks = Vec::new();
    if lost > 0 {
        let what =
            format!("{} frames were lost in the card since it was started: the host was too slow", of(lost));
        let check = Check::warn(title.as_str(), what);
        let larger = sizes.filter(|s| s.rx < s.rx_max);
        checks.push(match larger {
            Some(s) => check.fix(format!("sudo ethtool -G {} rx {}", safe(name), s.rx_max)),
            None => check.fix(format!("ethtool -S {} shows where", safe(name))),
        });
    }
    if broken > 0 {
        let what = format!("{} frames arrived broken: the cable, the plug or the optics", of(broken));
        checks.push(Check::warn(title.as_str(), what));
    }
    if checks.is_empty() {
        checks
            .push(Check::ok(title, format!("none in the card; {} frames received", units::exact(received))));
    }
    checks
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    fn judged(check: &Check) -> (State, Option<&str>) {
        (check.state, check.fix.as_deref())
    }

    #[test]
    fn merging_offloads_are_named_with_their_command() {
        let all =
            Offloads { gro: Some(true), lro: Some(true), tso: Some(true), gso: Some(true), rx_vlan: None };
        assert_eq!(
            judged(&offloads("eth0", all)),
            (State::Warn, Some("sudo ethtool -K eth0 gro off lro off"))
        );
        let gro = offloads("eth0", Offloads { lro: Some(false), ..all });
        assert_eq!(gro.fix.as_deref(), Some("sudo ethtool -K eth0 gro off"));
        assert!(gro.what.starts_with("gro is on: "), "{}", gro.what);
        let sending = offloads("eth0", Offloads { gro: Some(false), lro: None, ..all });
        assert_eq!(judged(&sending), (State::Ok, None));
        assert!(sending.what.contains("tso and gso are on"), "{}", sending.what);
        assert_eq!(judged(&offloads("eth0", Offloads::default())), (State::Unknown, None));
    }

    #[test]
    fn card_rings() {
        let size = |rx, rx_max| descriptors("eth0", Some(RingSizes { rx, rx_max, tx: 0, tx_max: 0 }));
        assert_eq!(judged(&size(256, 4096)), (State::Warn, Some("sudo ethtool -G eth0 rx 4096")));
        assert_eq!(judged(&size(256, 32_768)), (State::Warn, Some("sudo ethtool -G eth0 rx 4096")));
        assert_eq!(judged(&size(1024, 1024)), (State::Ok, None));
        assert_eq!(judged(&descriptors("eth0", None)), (State::Unknown, None));
    }

    #[test]
    fn interrupts() {
        let check = |rx_usecs, rx_frames, adaptive_rx| {
            coalescing("eth0", Some(Coalescing { rx_usecs, rx_frames, adaptive_rx }))
        };
        assert_eq!(judged(&check(0, 1, false)), (State::Warn, Some("sudo ethtool -C eth0 rx-usecs 50")));
        assert_eq!(judged(&check(0, 1, true)).0, State::Ok);
        assert_eq!(check(50, 64, false).what, "after 50 µs or 64 frames");
        assert_eq!(judged(&check(5000, 0, false)).0, State::Warn);
    }

    #[test]
    fn losses_in_the_card() {
        let counters = |missed, crc| DeviceCounters {
            rx_packets: Some(900),
            rx_missed: Some(missed),
            rx_crc: Some(crc),
            ..DeviceCounters::default()
        };
        let sizes = Some(RingSizes { rx: 256, rx_max: 4096, tx: 0, tx_max: 0 });
        let [lost] = losses("eth0", &counters(100, 0), sizes).try_into().unwrap();
        assert_eq!(judged(&lost), (State::Warn, Some("sudo ethtool -G eth0 rx 4096")));
        assert!(lost.what.starts_with("100 (10.0 %) frames were lost"), "{}", lost.what);
        assert_eq!(losses("eth0", &counters(100, 1), None).len(), 2);
        assert_eq!(losses("eth0", &counters(0, 0), None)[0].state, State::Ok);
        assert_eq!(losses("eth0", &DeviceCounters::default(), None)[0].state, State::Unknown);
    }

    #[test]
    fn hostile_names_are_written_out() {
        let check = missing("\x1b[2J", &[]);
        assert_eq!(check.name, "\\u{1b}[2J");
    }
}
