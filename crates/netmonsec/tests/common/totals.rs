use serde_json::Value;

/// Where packets went, from the last line of a live run or from a summary.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) received: u64,
    pub(crate) processed: u64,
    pub(crate) undecodable: u64,
    pub(crate) filtered: u64,
    pub(crate) shed: u64,
    pub(crate) on_wire: u64,
    pub(crate) kernel: u64,
    pub(crate) flows: u64,
    pub(crate) evicted: u64,
    pub(crate) not_recorded: u64,
}

impl Totals {
    /// From the last line on standard error, but for what outputs say as they end.
    pub(crate) fn of_farewell(stderr: &[String]) -> Self {
        let is_farewell = |line: &&String| line.contains(" packets received = ");
        let line = stderr.iter().rfind(is_farewell).expect("a line of totals");
        let numbers: Vec<u64> =
            line.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
        let [received, processed, undecodable, filtered, shed, on_wire, kernel, flows, ..] = numbers[..]
        else {
            panic!("no totals: {line}");
        };
        let told = |what: &str| {
            let part = line.split(", ").find_map(|part| part.strip_suffix(what));
            part.map_or(0, |number| number.trim().parse().unwrap())
        };
        let [evicted, not_recorded] = ["evicted", "not recorded"].map(told);
        Self {
            received,
            processed,
            undecodable,
            filtered,
            shed,
            on_wire,
            kernel,
            flows,
            evicted,
            not_recorded,
        }
    }

    /// From a summary record.
    pub(crate) fn of_summary(summary: &Value) -> Self {
        let n = |field: &str| summary["drops"][field].as_u64().unwrap();
        let (received, kernel) = (n("received"), n("kernel"));
        Self {
            received,
            processed: n("processed"),
            undecodable: n("undecodable"),
            filtered: n("filtered"),
            shed: n("shed"),
            on_wire: received + kernel,
            kernel,
            flows: summary["flows"].as_u64().unwrap(),
            ..Self::default()
        }
    }

    /// Every packet is accounted for.
    pub(crate) fn check(&self) {
        assert_eq!(self.received, self.processed + self.undecodable + self.filtered + self.shed, "{self:?}");
        assert_eq!(self.on_wire, self.received + self.kernel, "{self:?}");
    }
}
