//! A capture as if it happened now, at any speed.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use capture::Record;
use engine::read::{Source, Watch};
use model::{Drops, Stats, rfc3339};
use wire::Timestamp;

use super::watch::Watching;
use crate::signals::Signals;

/// Seconds of packets that were read and have not been replayed: second, packets, bytes.
pub(super) type Counts = Arc<Mutex<VecDeque<(u64, u64, u64)>>>;

/// Waits for the time at which packets were taken.
pub(super) struct Replay {
    speed: f64,
    counts: Counts,
    signals: Signals,
    /// The first second, and when it was.
    begun: Option<(u64, Instant)>,
    packets: u64,
    bytes: u64,
    last: u64,
}

/// Counts packets as they are read.
pub(super) struct Counting<'a> {
    watching: Watching<'a>,
    counts: Counts,
}

/// How often signals are looked at.
const LOOK: Duration = Duration::from_millis(100);
/// A gap in a capture is no reason to wait for longer.
const LONGEST: Duration = Duration::from_secs(60);

impl Replay {
    /// `speed` times as fast as it was taken.
    pub(super) fn new(speed: f64, counts: Counts, signals: Signals) -> Self {
        Self { speed, counts, signals, begun: None, packets: 0, bytes: 0, last: 0 }
    }

    /// What there was before this second, and the rates since the last one.
    pub(super) fn stats(&mut self, second: u64) -> Stats {
        let mut waiting = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut packets, mut bytes) = (0, 0);
        while let Some(&(at, more_packets, more_bytes)) = waiting.front()
            && at < second
        {
            waiting.pop_front();
            packets += more_packets;
            bytes += more_bytes;
        }
        self.packets += packets;
        self.bytes += bytes;
        let elapsed = second.saturating_sub(std::mem::replace(&mut self.last, second)).max(1);
        let drops = Drops { received: self.packets, processed: self.packets, ..Drops::default() };
        Stats {
            time: rfc3339(Timestamp::new(second, 0)),
            packets_per_second: packets / elapsed,
            bits_per_second: bytes * 8 / elapsed,
            drops,
            ..Stats::default()
        }
    }

    /// Until it is this second, or somebody says stop.
    pub(super) fn wait(&mut self, second: u64) {
        let (first, begun) = *self.begun.get_or_insert_with(|| (second, now()));
        let due = Duration::from_secs(second.saturating_sub(first)).div_f64(self.speed);
        let pause = due.saturating_sub(begun.elapsed());
        if pause > LONGEST {
            self.begun = Some((second, now()));
            return;
        }
        let end = begun + due;
        while !self.signals.stop_asked() {
            let rest = end.saturating_duration_since(now());
            if rest.is_zero() {
                return;
            }
            thread::sleep(rest.min(LOOK));
        }
    }
}

impl<'a> Counting<'a> {
    pub(super) fn new(watching: Watching<'a>, counts: Counts) -> Self {
        Self { watching, counts }
    }
}

impl Watch for Counting<'_> {
    fn progress(&mut self, source: &Source, packets: u64) -> bool {
        self.watching.progress(source, packets)
    }

    fn records(&mut self, _: &[u8], records: &[Record]) {
        let mut waiting = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        for record in records {
            let (second, bytes) = (record.time.secs(), u64::from(record.wire_len));
            match waiting.back_mut() {
                // Late packets count where reading is.
                Some(last) if last.0 >= second => {
                    last.1 += 1;
                    last.2 += bytes;
                }
                _ => waiting.push_back((second, 1, bytes)),
            }
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "a replay is for people, whose time does not stand still")]
fn now() -> Instant {
    Instant::now()
}
