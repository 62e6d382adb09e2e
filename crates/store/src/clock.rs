use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// How long ago something was written or failed is a matter of the disk, not of packets.
#[allow(clippy::disallowed_methods, reason = "a clock of the store")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Seconds since 1970, for messages that say when they were sent.
#[allow(clippy::disallowed_methods, reason = "a clock of the store")]
pub(crate) fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
