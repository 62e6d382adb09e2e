//! More hardware addresses at once than there can be devices.

use model::Severity;
use wire::Timestamp;

use crate::desk::Desk;
use crate::detector::{Detector, Sight, Spec};
use crate::report::Report;

pub(crate) const SPEC: Spec = Spec {
    id: "mac-flood",
    title: "Flood of hardware addresses",
    severity: Severity::Medium,
    mitre: &["T1040"],
    about: "2,000 or more hardware addresses that were never seen before, within ten seconds: as tools make them \
            up that overrun the address table of a switch, which then sends everything to everybody.",
    harmless: "a traffic generator or a test of a switch, a capture that was merged of many networks.",
    next: "see in the switch which port learns the addresses, and limit the number of addresses of its ports.",
    thresholds: &[],
    sees: &[],
    new: || Box::new(MacFlood::default()),
};

#[derive(Debug, Default)]
struct MacFlood {
    floods: u64,
    first: Timestamp,
}

impl Detector for MacFlood {
    fn see(&mut self, _: &Sight<'_>, _: &mut Desk<'_>) {}

    fn advance(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        let counts = desk.place.inventory.counts();
        if counts.floods <= self.floods {
            return;
        }
        if self.floods == 0 {
            self.first = now;
        }
        self.floods = counts.floods;
        desk.report(Report {
            count: counts.floods,
            first: self.first,
            last: now,
            title: format!("{} new hardware addresses within ten seconds", counts.new_macs_peak),
            measured: format!(
                "Up to {} hardware addresses that were never seen before appeared within ten seconds; the limit is \
                 2,000.",
                counts.new_macs_peak
            ),
            evidence: vec![
                ("new_addresses", counts.new_macs_peak.into()),
                ("floods", counts.floods.into()),
                ("seconds", 10_u64.into()),
            ],
            ..Report::default()
        });
    }
}

#[cfg(test)]
mod tests {
    use inventory::{Fact, Sighting, Subject};
    use wire::MacAddr;

    use crate::testing::{Bench, at};

    fn appear(bench: &mut Bench, n: u32, ms: u64) {
        let [_, a, b, c] = n.to_be_bytes();
        let about = Subject { mac: Some(MacAddr([0, 0x53, 1, a, b, c])), ip: None };
        let facts = vec![Fact::Seen];
        let sighting = Sighting { time: at(ms), watcher: "arp", interface: 0, vlan: None, about, facts };
        bench.inventory.sighting(&sighting);
        bench.watch.sighting(&sighting, &bench.inventory);
    }

    #[test]
    fn made_up_addresses_are_one_alert_and_no_devices() {
        let mut bench = Bench::with(&[("new-device", "learning", crate::threshold::Setting::Seconds(0.0))]);
        for n in 0..6000 {
            appear(&mut bench, n, u64::from(n));
        }
        for n in 0..300 {
            appear(&mut bench, 5999, 6000 + n * 1000);
        }
        assert_eq!(bench.end("mac-flood").len(), 1);
        let devices = bench.end("new-device");
        assert!(devices.len() <= 1, "{}", devices.len());
    }

    #[test]
    fn a_network_that_comes_back_is_none() {
        let mut bench = Bench::new();
        for n in 0..1500 {
            appear(&mut bench, n, u64::from(n));
        }
        assert!(bench.end("mac-flood").is_empty());
    }
}
