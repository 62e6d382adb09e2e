use detect::Loss;
use model::Stats;

/// What interfaces received and lost, from one look at the counters to the next.
#[derive(Debug, Default)]
pub(super) struct Losses(Vec<[u64; 2]>);

impl Losses {
    /// What is new since the last look; interfaces that received nothing are left out.
    pub(super) fn since(&mut self, stats: &Stats) -> Vec<Loss> {
        self.0.resize(stats.interfaces.len(), [0; 2]);
        let mut all = Vec::new();
        for ((number, interface), before) in (0..).zip(&stats.interfaces).zip(&mut self.0) {
            let [packets, drops] = *before;
            let received = interface.packets.saturating_sub(packets);
            let dropped = interface.kernel_drops.saturating_sub(drops);
            *before = [interface.packets, interface.kernel_drops];
            if received > 0 || dropped > 0 {
                all.push(Loss { interface: number, received, dropped });
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use model::InterfaceStats;

    use super::*;

    #[test]
    fn only_what_is_new_is_told() {
        let stats = |packets, kernel_drops| Stats {
            interfaces: vec![InterfaceStats {
                name: "eth0".into(),
                link: None,
                packets,
                bytes: 0,
                kernel_drops,
                freezes: 0,
            }],
            ..Stats::default()
        };
        let mut losses = Losses::default();
        let told = |all: Vec<Loss>| all.iter().map(|l| (l.received, l.dropped)).collect::<Vec<_>>();
        assert_eq!(told(losses.since(&stats(100, 5))), [(100, 5)]);
        assert_eq!(told(losses.since(&stats(100, 5))), []);
        assert_eq!(told(losses.since(&stats(160, 9))), [(60, 4)]);
    }
}
