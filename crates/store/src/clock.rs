use std::time::Instant;

/// How long ago something was written or failed is a matter of the disk, not of packets.
#[allow(clippy::disallowed_methods, reason = "the only clock of the store")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
