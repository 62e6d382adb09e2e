//! Captures to read, and the wait for those that are still being written.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use capture::file::{OpenError, Reader};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use crate::signals::Signals;

/// The stream that a signal ended the wait for.
pub(super) type Cut = Arc<OnceLock<String>>;

/// What people call a capture.
pub(super) fn name(path: &Path) -> String {
    if path.as_os_str() == "-" { "standard input".into() } else { path.to_string_lossy().into_owned() }
}

/// Opens a capture; `-` is standard input.
pub(super) fn open(path: &Path, signals: &Signals, cut: &Cut) -> Result<Reader, OpenError> {
    let file = if path.as_os_str() == "-" {
        // A descriptor of our own: `Stdin` would copy everything through a small buffer.
        File::from(io::stdin().as_fd().try_clone_to_owned()?)
    } else if fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir()) {
        // A FIFO that nobody writes to yet would not even open otherwise.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        File::from(rustix::fs::open(path, flags, Mode::empty()).map_err(io::Error::from)?)
    } else {
        return Reader::open(path);
    };
    let (signals, cut) = (signals.clone(), Arc::clone(cut));
    Reader::from_read(Box::new(Stream { file, name: name(path), signals, cut }))
}

/// Reads what comes, and ends when a signal asks for that: what was read so far is the capture.
struct Stream {
    file: File,
    name: String,
    signals: Signals,
    cut: Cut,
}

/// How long a signal may go unnoticed. (A handler does not interrupt read(2): it is restarted.)
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.signals.stop_asked() {
                let _ = self.cut.set(self.name.clone());
                return Ok(0);
            }
            match poll(&mut [PollFd::new(&self.file, PollFlags::IN)], Some(&LOOK)) {
                Ok(0) | Err(Errno::INTR) => continue,
                Ok(_) => {}
                Err(error) => return Err(error.into()),
            }
            match self.file.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => return done,
            }
        }
    }
}
