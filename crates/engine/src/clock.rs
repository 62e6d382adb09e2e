use std::time::{SystemTime, UNIX_EPOCH};

use wire::Timestamp;

/// The time of day: the one place where a clock is read. It ticks a live capture while no packets
/// come; nothing else may depend on it.
#[allow(clippy::disallowed_methods, reason = "this is the one place")]
pub fn wall_clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::new(since.as_secs(), since.subsec_nanos())
}
