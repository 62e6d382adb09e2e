use std::io;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::sockopt::socket_error;

use super::Ring;

/// What became of a ring's interface.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// It was set down; the ring goes on by itself when it is up again.
    LinkDown,
    /// It is up again.
    LinkUp,
    /// It has vanished from the network namespace. The ring gets nothing any more, even if one of
    /// the same name comes back: [`Ring::reopen`].
    Gone,
}

/// Whether a ring's interface can bring packets (IFF_UP; a missing cable is not seen here).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LinkState {
    /// It can.
    Up,
    /// It is set down.
    Down,
    /// It is not there.
    Gone,
}

/// What [`wait`] came back with.
#[derive(Clone, Default, Debug)]
pub struct Ready {
    /// A ring has a block.
    pub blocks: bool,
    /// The whole time went by and nothing happened.
    pub timed_out: bool,
    /// Changes of interfaces, by index of the ring.
    pub events: Vec<(usize, Event)>,
}

/// Sleeps until one of `rings` has a block, an interface changes, a signal comes or `timeout` has
/// passed. A link that comes up again on an idle network is seen when the call returns, so the
/// timeout bounds how late.
///
/// # Errors
/// Only if the system cannot poll (no memory).
pub fn wait(rings: &mut [Ring], timeout: Duration) -> io::Result<Ready> {
    // Even with a block at hand the sockets are asked, so that a busy ring does not hide what
    // becomes of the others.
    let timeout = if rings.iter().any(Ring::ready) { Duration::ZERO } else { timeout };
    let polled = sleep(rings, timeout)?;

    let blocks = rings.iter().any(Ring::ready);
    let mut events = Vec::new();
    for (index, ring) in rings.iter_mut().enumerate() {
        if polled.alarms.contains(&index) || ring.link_state() == LinkState::Down {
            events.extend(ring.look().map(|event| (index, event)));
        }
    }
    let idle = !blocks && events.is_empty();
    if idle && polled.woken {
        // Woken for nothing. The kernel signals as long as the block before its current one is not
        // back (packet_poll), and a reader in another thread may still have that.
        pause(Duration::from_millis(1))?;
    }
    Ok(Ready { blocks, timed_out: idle && polled.timed_out, events })
}

#[derive(Default)]
struct Polled {
    timed_out: bool,
    woken: bool,
    /// Rings with an error, by index.
    alarms: Vec<usize>,
}

fn sleep(rings: &[Ring], timeout: Duration) -> io::Result<Polled> {
    let alive = || rings.iter().enumerate().filter(|(_, ring)| ring.link_state() != LinkState::Gone);
    let mut fds: Vec<_> = alive().map(|(_, ring)| PollFd::new(ring, PollFlags::IN)).collect();
    match poll(&mut fds, Some(&timespec(timeout))) {
        Ok(0) => return Ok(Polled { timed_out: true, ..Polled::default() }),
        Ok(_) => {}
        Err(Errno::INTR) => return Ok(Polled::default()),
        Err(error) => return Err(error.into()),
    }
    let mut alarms = Vec::new();
    for ((index, ring), fd) in alive().zip(&fds) {
        if fd.revents().intersects(PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL) {
            // Reading SO_ERROR (ENETDOWN) clears it; otherwise poll returns at once for as long as
            // the link is down.
            let _ = socket_error(ring);
            alarms.push(index);
        }
    }
    Ok(Polled { woken: true, alarms, timed_out: false })
}

fn pause(time: Duration) -> io::Result<()> {
    match poll(&mut [], Some(&timespec(time))) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: duration.subsec_nanos().into(),
    }
}
