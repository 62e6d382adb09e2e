//! Flows added up: bytes, packets and flows by minute, hour and day, for each device, protocol,
//! application, country and network.

use foldhash::HashMap;
use rusqlite::{Connection, OptionalExtension, Result, params};
use wire::Timestamp;

use crate::item::SeenFlow;

/// What things are added up by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// Everything together; the only name is empty.
    Total = 0,
    /// Id of a device.
    Device = 1,
    /// Wire protocol.
    Protocol = 2,
    /// What runs on it.
    Application = 3,
    /// Country of the remote side.
    Country = 4,
    /// Autonomous system of the remote side.
    Network = 5,
    /// What the interfaces counted; the only name is empty.
    Capture = 6,
}

impl Kind {
    /// All but what the interfaces counted.
    pub const ALL: [Self; 6] =
        [Self::Total, Self::Device, Self::Protocol, Self::Application, Self::Country, Self::Network];
}

/// How long the steps of a series are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Resolution {
    /// 60 seconds.
    Minute,
    /// 3,600 seconds.
    Hour,
    /// 86,400 seconds, UTC.
    Day,
}

impl Resolution {
    /// From the finest to the coarsest.
    pub const ALL: [Self; 3] = [Self::Minute, Self::Hour, Self::Day];

    /// Length of a step in seconds.
    pub const fn seconds(self) -> u64 {
        match self {
            Self::Minute => 60,
            Self::Hour => 3600,
            Self::Day => 86_400,
        }
    }

    /// The table.
    pub(crate) const fn table(self) -> &'static str {
        match self {
            Self::Minute => "by_minute",
            Self::Hour => "by_hour",
            Self::Day => "by_day",
        }
    }
}

/// What is added up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Counts {
    /// Bytes to the device, or from the side that was called.
    pub(crate) in_bytes: u64,
    /// Bytes from the device, or from the side that opened.
    pub(crate) out_bytes: u64,
    pub(crate) packets: u64,
    pub(crate) flows: u64,
}

/// A flow that lasted longer is spread over this many minutes at most, its last ones.
const MOST_MINUTES: u64 = 120;
/// Names of one kind that a minute tells apart; further ones are added up under no name of their own.
const MOST_NAMES: usize = 20_000;

/// Sums of what has not been written yet, by minute.
#[derive(Debug, Default)]
pub(crate) struct Sums {
    minutes: HashMap<(u64, Kind, Box<str>), Counts>,
}

/// What those beyond the bound are called.
const OTHERS: &str = "(others)";

impl Sums {
    /// Adds a flow, spread evenly over the minutes that it lasted.
    pub(crate) fn flow(&mut self, flow: &SeenFlow) {
        let record = &flow.record;
        let last = flow.end.secs() / 60;
        let first = (flow.start.secs() / 60).clamp(last.saturating_sub(MOST_MINUTES - 1), last);
        let minutes = last - first + 1;
        let forth = Counts {
            in_bytes: record.dst_bytes,
            out_bytes: record.src_bytes,
            packets: record.src_packets.saturating_add(record.dst_packets),
            flows: 1,
        };
        let back = Counts { in_bytes: record.src_bytes, out_bytes: record.dst_bytes, ..forth };
        let remote = |src: &Option<_>, dst: &Option<_>| dst.clone().or_else(|| src.clone());
        let country: Option<String> = remote(&record.src_country, &record.dst_country);
        let asn = record.dst_asn.or(record.src_asn).map(|asn| format!("AS{asn}"));
        for step in 0..minutes {
            let at = first + step;
            let part = |counts: Counts| counts.part(step, minutes);
            self.add(at, Kind::Total, "", part(forth));
            self.add(at, Kind::Protocol, record.protocol, part(forth));
            if let Some(application) = record.application {
                self.add(at, Kind::Application, application, part(forth));
            }
            if let Some(country) = &country {
                self.add(at, Kind::Country, country, part(forth));
            }
            if let Some(asn) = &asn {
                self.add(at, Kind::Network, asn, part(forth));
            }
            if let Some(device) = &flow.src_device {
                self.add(at, Kind::Device, device, part(forth));
            }
            if let Some(device) = flow.dst_device.as_ref().filter(|dst| flow.src_device.as_ref() != Some(dst))
            {
                self.add(at, Kind::Device, device, part(back));
            }
        }
    }

    /// Adds what the interfaces counted: packets, bytes, and drops as flows.
    pub(crate) fn traffic(&mut self, minute: Timestamp, packets: u64, bytes: u64, dropped: u64) {
        let counts = Counts { in_bytes: bytes, out_bytes: 0, packets, flows: dropped };
        self.add(minute.secs() / 60, Kind::Capture, "", counts);
    }

    /// Nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.minutes.is_empty()
    }

    /// Writes all sums, within a transaction of the caller.
    pub(crate) fn write(&self, connection: &Connection) -> Result<()> {
        let mut coarse: [HashMap<(u64, Kind, &str), Counts>; 2] = Default::default();
        for ((minute, kind, name), counts) in &self.minutes {
            upsert(connection, Resolution::Minute, minute * 60, *kind, name, *counts)?;
            for (sums, resolution) in coarse.iter_mut().zip([Resolution::Hour, Resolution::Day]) {
                let second = minute * 60 / resolution.seconds() * resolution.seconds();
                sums.entry((second, *kind, &**name)).or_default().add(*counts);
            }
        }
        for (sums, resolution) in coarse.iter().zip([Resolution::Hour, Resolution::Day]) {
            for ((second, kind, name), counts) in sums {
                upsert(connection, resolution, *second, *kind, name, *counts)?;
            }
        }
        Ok(())
    }

    /// They are written.
    pub(crate) fn clear(&mut self) {
        self.minutes.clear();
    }

    fn add(&mut self, minute: u64, kind: Kind, name: &str, counts: Counts) {
        let full = self.minutes.len() >= MOST_NAMES * Kind::ALL.len();
        let name =
            if full && !self.minutes.contains_key(&(minute, kind, name.into())) { OTHERS } else { name };
        self.minutes.entry((minute, kind, name.into())).or_default().add(counts);
    }
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.in_bytes = self.in_bytes.saturating_add(other.in_bytes);
        self.out_bytes = self.out_bytes.saturating_add(other.out_bytes);
        self.packets = self.packets.saturating_add(other.packets);
        self.flows = self.flows.saturating_add(other.flows);
    }

    /// The share of one of so many minutes; all shares add up to the whole. A flow counts in the last.
    fn part(self, step: u64, minutes: u64) -> Self {
        let share = |n: u64| {
            let upto = |k: u64| u128::from(n) * u128::from(k) / u128::from(minutes.max(1));
            u64::try_from(upto(step + 1) - upto(step)).unwrap_or(u64::MAX)
        };
        Self {
            in_bytes: share(self.in_bytes),
            out_bytes: share(self.out_bytes),
            packets: share(self.packets),
            flows: if step + 1 == minutes { self.flows } else { 0 },
        }
    }
}

fn upsert(
    connection: &Connection,
    resolution: Resolution,
    second: u64,
    kind: Kind,
    name: &str,
    counts: Counts,
) -> Result<()> {
    let signed = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let key = key_of(connection, kind, name)?;
    let table = resolution.table();
    let sql = format!(
        "INSERT INTO {table} VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET \
         in_bytes = in_bytes + excluded.in_bytes, out_bytes = out_bytes + excluded.out_bytes, \
         packets = packets + excluded.packets, flows = flows + excluded.flows"
    );
    connection.prepare_cached(&sql)?.execute(params![
        kind as i64,
        signed(second),
        key,
        signed(counts.in_bytes),
        signed(counts.out_bytes),
        signed(counts.packets),
        signed(counts.flows),
    ])?;
    Ok(())
}

fn key_of(connection: &Connection, kind: Kind, name: &str) -> Result<i64> {
    let mut find = connection.prepare_cached("SELECT id FROM key WHERE kind = ?1 AND name = ?2")?;
    if let Some(id) = find.query_row(params![kind as i64, name], |row| row.get(0)).optional()? {
        return Ok(id);
    }
    let mut insert = connection.prepare_cached("INSERT INTO key(kind, name) VALUES (?1, ?2)")?;
    insert.execute(params![kind as i64, name])?;
    Ok(connection.last_insert_rowid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up() {
        let whole = Counts { in_bytes: 1001, out_bytes: 7, packets: 10, flows: 1 };
        let mut sum = Counts::default();
        (0..7).for_each(|step| sum.add(whole.part(step, 7)));
        assert_eq!(sum, whole);
    }
}
