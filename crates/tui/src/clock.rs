//! Time as it passes at the screen.

use std::time::Instant;

/// Counts seconds from when it is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(Instant);

impl Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "people wait in this time; everything else gets it as an argument"
    )]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn seconds(self) -> u64 {
        self.0.elapsed().as_secs()
    }
}
