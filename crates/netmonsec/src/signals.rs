use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

/// What signals ask for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signals {
    stop: Arc<AtomicBool>,
    reload: Arc<AtomicBool>,
}

impl Signals {
    /// SIGINT and SIGTERM ask to stop in good order; a second one ends the program at once.
    pub(crate) fn listen_for_stop() -> io::Result<Self> {
        let signals = Self::default();
        for signal in [SIGINT, SIGTERM] {
            // Registered first, so that it sees the flag of the signal before.
            flag::register_conditional_shutdown(signal, 1, Arc::clone(&signals.stop))?;
            flag::register(signal, Arc::clone(&signals.stop))?;
        }
        Ok(signals)
    }

    /// SIGHUP asks to read the configuration again.
    pub(crate) fn listen_for_reload(&self) -> io::Result<()> {
        flag::register(SIGHUP, Arc::clone(&self.reload)).map(|_| ())
    }

    pub(crate) fn stop_asked(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Asks to stop, as a signal would.
    pub(crate) fn ask_to_stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// True once for each time a reload was asked for.
    pub(crate) fn take_reload(&self) -> bool {
        self.reload.swap(false, Ordering::Relaxed)
    }
}
