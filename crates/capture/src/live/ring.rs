use std::os::fd::{AsFd, BorrowedFd};
use std::slice;
use std::sync::Arc;
use std::time::Duration;

use super::block::Source;
use super::bpf;
use super::config::link_type;
use super::fanout::Group;
use super::sys::{self, PacketSocket, RingMemory};
use super::wait::{Event, LinkState, wait};
use super::{Fanout, LiveError, RingBlock, RingConfig, RingStats};

/// A TPACKET_V3 receive ring: the kernel writes frames into blocks of shared memory, and whole
/// blocks change hands.
///
/// ```no_run
/// # use capture::live::{Ring, RingConfig, wait};
/// # use std::time::Duration;
/// let mut rings = [Ring::open(&RingConfig::new("eth0"))?];
/// let mut records = Vec::new();
/// loop {
///     while let Some(block) = rings[0].next_block() {
///         records.clear();
///         block.fill(&mut records);
///         for record in &records {
///             let _frame = record.frame(block.bytes());
///         }
///     }
///     wait(&mut rings, Duration::from_millis(100))?;
/// }
/// # #[allow(unreachable_code)]
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Ring {
    config: RingConfig,
    group: Option<Arc<Group>>,
    open: Open,
    link: LinkState,
    stats: RingStats,
}

/// What a reopened ring gets anew.
#[derive(Debug)]
struct Open {
    socket: PacketSocket,
    memory: RingMemory,
    source: Source,
}

impl Ring {
    /// A ring that gets all packets of its interface.
    ///
    /// # Errors
    /// Every [`LiveError`]: no permission, no such interface, one that is down or cannot be
    /// decoded, no memory.
    pub fn open(config: &RingConfig) -> Result<Self, LiveError> {
        let ring = Self::open_mute(config, None)?;
        ring.hear()?;
        Ok(ring)
    }

    /// As many rings as `count` says (at least 1) on one interface, of which each packet goes to
    /// one. Each takes [`RingConfig::memory_bytes`]. None of them hears anything before all are
    /// there, because the kernel chooses by the number of rings, and a flow would move.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_group(config: &RingConfig, count: usize, fanout: Fanout) -> Result<Vec<Self>, LiveError> {
        let group = Arc::new(Group::new(fanout));
        let rings = (0..count.max(1))
            .map(|_| Self::open_mute(config, Some(Arc::clone(&group))))
            .collect::<Result<Vec<_>, _>>()?;
        rings.iter().try_for_each(Self::hear)?;
        Ok(rings)
    }

    /// The next block, if the kernel has closed one. Blocks come in the order of their packets.
    pub fn next_block(&mut self) -> Option<RingBlock> {
        let memory = self.open.memory.take()?;
        self.stats.blocks += 1;
        self.stats.losing_blocks += u64::from(memory.losing);
        Some(RingBlock { memory, source: self.open.source })
    }

    /// Ends capture without losing what was captured: hears nothing new, and hands over every
    /// block, the last of which the kernel closes within two retire times.
    ///
    /// # Errors
    /// If the system refuses to mute the socket or to wait.
    pub fn drain(&mut self, mut take: impl FnMut(RingBlock)) -> Result<(), LiveError> {
        self.mute()?;
        // The timer closes a block that it finds open twice (prb_retire_rx_blk_timer_expired); the
        // rest is for its granularity.
        let last_block_ms = u64::from(self.config.retire_ms) * 2 + 30;
        let mut idle_ms = 0;
        while idle_ms < last_block_ms {
            while let Some(block) = self.next_block() {
                idle_ms = 0;
                take(block);
            }
            let timeout = Duration::from_millis(last_block_ms);
            let ready = wait(slice::from_mut(self), timeout).map_err(self.failed("wait for packets"))?;
            if ready.timed_out {
                break;
            }
            // `take` may keep blocks; wait then comes back after a millisecond each time.
            idle_ms += u64::from(!ready.blocks);
        }
        Ok(())
    }

    /// Opens the ring again, by the name of its interface, for one that has
    /// [gone](Event::Gone) and perhaps come back. Statistics go on counting, blocks not taken yet
    /// are lost. Until all rings of a group are open again flows may move among them.
    ///
    /// # Errors
    /// As [`open`](Self::open); the ring is then as it was, and this may be tried again.
    pub fn reopen(&mut self) -> Result<(), LiveError> {
        let fresh = Self::open_mute(&self.config, self.group.clone())?;
        fresh.hear()?;
        self.stats();
        self.open = fresh.open;
        self.link = fresh.link;
        Ok(())
    }

    /// What the ring has counted so far. Asks the kernel: once a second is often enough.
    pub fn stats(&mut self) -> RingStats {
        if let Ok(new) = self.open.socket.take_statistics() {
            self.stats.add(new);
        }
        self.stats
    }

    /// Name of the interface, as it was opened.
    pub fn interface(&self) -> &str {
        &self.config.interface
    }

    /// How the frames begin.
    pub fn link_type(&self) -> wire::LinkType {
        self.open.source.link
    }

    /// What was last known of the interface.
    pub fn link_state(&self) -> LinkState {
        self.link
    }

    fn open_mute(config: &RingConfig, group: Option<Arc<Group>>) -> Result<Self, LiveError> {
        let (open, interface) = Open::new(config)?;
        if let Some(group) = &group {
            group
                .join(&open.socket, interface, open.source.link)
                .map_err(|e| LiveError::from_system(&config.interface, "join a fan-out group", e))?;
        }
        let config = config.clone();
        Ok(Self { config, group, open, link: LinkState::Up, stats: RingStats::default() })
    }

    fn mute(&self) -> Result<(), LiveError> {
        self.open.socket.filter(&bpf::keep(0)).map_err(self.failed("set a filter"))
    }

    fn hear(&self) -> Result<(), LiveError> {
        let socket = &self.open.socket;
        let result = match self.config.snaplen {
            Some(bytes) => socket.filter(&bpf::keep(bytes)),
            None => socket.no_filter(),
        };
        result.map_err(self.failed("set a filter"))
    }

    fn failed(&self, doing: &'static str) -> impl Fn(std::io::Error) -> LiveError + use<> {
        let interface = self.config.interface.clone();
        move |error| LiveError::from_system(&interface, doing, error)
    }

    /// A block is there to be taken.
    pub(super) fn ready(&self) -> bool {
        self.open.memory.ready()
    }

    /// Looks at the interface and says what has changed since the last look.
    pub(super) fn look(&mut self) -> Option<Event> {
        let now = self.open.link_now();
        let event = match (self.link, now) {
            (LinkState::Gone, _) => None,
            (_, LinkState::Gone) => Some(Event::Gone),
            (LinkState::Up, LinkState::Down) => Some(Event::LinkDown),
            (LinkState::Down, LinkState::Up) => Some(Event::LinkUp),
            _ => None,
        };
        if event.is_some() {
            self.link = now;
        }
        event
    }
}

impl Open {
    /// A ring that is complete but lets nothing in, and the index of its interface.
    fn new(config: &RingConfig) -> Result<(Self, u32), LiveError> {
        let failed = |doing| move |e: std::io::Error| LiveError::from_system(&config.interface, doing, e);
        let geometry = config.geometry()?;
        let socket = PacketSocket::open().map_err(failed("open a packet socket"))?;
        let index = rustix::net::netdevice::name_to_index(&socket, &config.interface)
            .map_err(|e| failed("find the interface")(e.into()))?;
        let flags = sys::flags(&socket, &config.interface).map_err(failed("read the flags"))?;
        if !is_up(flags) {
            return Err(LiveError::Down { interface: config.interface.clone() });
        }

        let memory = socket
            .request_ring(geometry)
            .and_then(|()| RingMemory::map(&socket, geometry))
            .map_err(|error| match error.raw_os_error() {
                Some(libc::ENOMEM | libc::EAGAIN) => LiveError::RingMemory {
                    interface: config.interface.clone(),
                    mib: config.memory_bytes() >> 20,
                },
                _ => failed("make a capture ring")(error),
            })?;

        socket.filter(&bpf::keep(0)).map_err(failed("set a filter"))?;
        if config.ignore_outgoing {
            socket.ignore_outgoing().map_err(failed("leave out packets this host sends (Linux 4.20)"))?;
        }
        socket.bind(index).map_err(failed("bind"))?;
        let bound = socket.bound().map_err(failed("read the hardware type"))?;
        let link = link_type(bound.hardware).ok_or_else(|| LiveError::Unsupported {
            interface: config.interface.clone(),
            hardware: bound.hardware,
        })?;
        if config.promiscuous {
            socket.promiscuous(index).map_err(failed("set promiscuous mode"))?;
        }
        Ok((Self { socket, memory, source: Source { interface: config.id, link } }, index))
    }

    fn link_now(&self) -> LinkState {
        let Ok(Some(index)) = self.socket.bound().map(|bound| bound.index) else { return LinkState::Gone };
        // By index: the interface may have been renamed.
        let Ok(name) = rustix::net::netdevice::index_to_name(&self.socket, index) else {
            return LinkState::Gone;
        };
        match sys::flags(&self.socket, &name) {
            Ok(flags) if is_up(flags) => LinkState::Up,
            Ok(_) => LinkState::Down,
            Err(_) => LinkState::Gone,
        }
    }
}

impl AsFd for Ring {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.open.socket.as_fd()
    }
}

fn is_up(flags: u32) -> bool {
    flags & libc::IFF_UP.cast_unsigned() != 0
}
