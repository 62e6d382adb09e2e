use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use serde::Serialize;

use super::Sink;
use super::http::PATIENCE;
use crate::clock;
use crate::item::Item;
use crate::priority::give_way;

/// A sink at work in its own thread: a slow or broken one holds up nobody.
#[derive(Debug)]
pub struct Outlet {
    items: Option<Sender<Arc<[Item]>>>,
    /// Gone when the end has come, so that a sink that waits learns of it.
    open: Option<Sender<()>>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// Several sinks that get the same.
#[derive(Debug, Default)]
pub struct Outlets(Vec<Outlet>);

/// How a sink is.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct OutletStatus {
    /// What it is called.
    pub name: &'static str,
    /// Records that it took.
    pub written: u64,
    /// Records for which there was no room on the way to it.
    pub shed: u64,
    /// What it took and could not send on, for good.
    pub lost: u64,
    /// Why it takes none at the moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

#[derive(Debug, Default)]
struct Shared {
    name: &'static str,
    written: AtomicU64,
    shed: AtomicU64,
    lost: AtomicU64,
    trouble: Mutex<Option<String>>,
}

/// Batches that may wait for a sink.
const WAITING: usize = 256;
/// How long to wait before trying again, at first and at most.
const AGAIN: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(60)];
/// How long to wait for records that may not come.
const IDLE: Duration = Duration::from_secs(3600);
/// How long a sink that fails is given at the end, for all that waits.
const AT_THE_END: Duration = Duration::from_secs(3);

impl Outlets {
    /// Starts sinks.
    pub fn start(sinks: Vec<Box<dyn Sink>>) -> Self {
        Self(sinks.into_iter().map(Outlet::start).collect())
    }

    /// There is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Hands records to all of them; what one has no room for is counted, unless there is time to wait.
    pub fn offer(&self, items: &Arc<[Item]>, patient: bool) {
        for outlet in &self.0 {
            outlet.offer(Arc::clone(items), patient);
        }
    }

    /// How they are.
    pub fn status(&self) -> Vec<OutletStatus> {
        self.0.iter().map(Outlet::status).collect()
    }
}

impl Outlet {
    fn start(sink: Box<dyn Sink>) -> Self {
        let shared = Arc::new(Shared { name: sink.name(), ..Shared::default() });
        let (items, incoming) = bounded(WAITING);
        let (open, closing) = bounded(0);
        let work = Work { sink, shared: Arc::clone(&shared), incoming, closing, rest: AT_THE_END };
        let thread = thread::spawn(move || {
            give_way();
            work.run();
        });
        Self { items: Some(items), open: Some(open), shared, thread: Some(thread) }
    }

    fn offer(&self, items: Arc<[Item]>, patient: bool) {
        let Some(sender) = &self.items else { return };
        let failed = if patient {
            sender.send(items).err().map(|error| error.0)
        } else {
            sender.try_send(items).err().map(|error| match error {
                TrySendError::Full(items) | TrySendError::Disconnected(items) => items,
            })
        };
        if let Some(items) = failed {
            self.shared.shed.fetch_add(items.len() as u64, Ordering::Relaxed);
        }
    }

    fn status(&self) -> OutletStatus {
        let trouble = self.shared.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone();
        OutletStatus {
            name: self.shared.name,
            written: self.shared.written.load(Ordering::Relaxed),
            shed: self.shared.shed.load(Ordering::Relaxed),
            lost: self.shared.lost.load(Ordering::Relaxed),
            trouble,
        }
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        self.items = None;
        self.open = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Work {
    sink: Box<dyn Sink>,
    shared: Arc<Shared>,
    incoming: Receiver<Arc<[Item]>>,
    closing: Receiver<()>,
    /// What is left of the time for failing at the end.
    rest: Duration,
}

impl Work {
    fn run(mut self) {
        // What was left from the last time, even if nothing new comes.
        let mut next = Next { due: Some(clock::now()), pause: AGAIN[0] };
        loop {
            match self.incoming.recv_timeout(next.wait()) {
                Ok(items) => self.give(&items, next.is_in_trouble()),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if next.is_due() {
                self.push(&mut next, PATIENCE);
            } else {
                self.count_lost();
            }
        }
        if let Err(error) = self.sink.finish() {
            tracing::warn!("{}: {error}", self.shared.name);
        }
        let end = clock::now() + AT_THE_END;
        let mut next = Next { due: Some(clock::now()), pause: AGAIN[0] };
        while next.due.is_some() {
            let rest = end.saturating_duration_since(clock::now());
            if rest.is_zero() {
                break;
            }
            thread::sleep(next.wait().min(rest));
            self.push(&mut next, rest);
        }
        let lost = self.sink.lost() + self.sink.left();
        self.shared.lost.store(lost, Ordering::Relaxed);
        if lost > 0 {
            tracing::warn!("{}: {lost} lost", self.shared.name);
        }
    }

    /// Lets the sink send on what it holds.
    fn push(&mut self, next: &mut Next, within: Duration) {
        match self.sink.push(within) {
            Ok(more) => {
                *next = Next { due: more.then(clock::now), pause: AGAIN[0] };
                self.say(None);
            }
            Err(error) => {
                next.later();
                self.say(Some(&error));
            }
        }
        self.count_lost();
    }

    fn count_lost(&self) {
        let lost = self.sink.lost();
        if lost > 0 && self.shared.lost.swap(lost, Ordering::Relaxed) == 0 {
            tracing::warn!("{}: the first of what comes is lost, and counted", self.shared.name);
        }
    }

    /// Until the sink takes them, or the end has come and it still does not.
    fn give(&mut self, items: &Arc<[Item]>, in_trouble: bool) {
        let [shortest, longest] = AGAIN;
        let mut pause = shortest;
        while !self.rest.is_zero() {
            let (was_over, begun) = (self.is_over(Duration::ZERO), clock::now());
            match self.sink.take(items) {
                Ok(()) => {
                    self.shared.written.fetch_add(items.len() as u64, Ordering::Relaxed);
                    if !in_trouble {
                        self.say(None);
                    }
                    return;
                }
                Err(error) => self.say(Some(&error)),
            }
            if was_over {
                self.rest = self.rest.saturating_sub(begun.elapsed());
            }
            if self.is_over(pause) {
                let nap = shortest.min(self.rest);
                thread::sleep(nap);
                self.rest = self.rest.saturating_sub(nap);
            }
            pause = (pause * 2).min(longest);
        }
        self.shared.shed.fetch_add(items.len() as u64, Ordering::Relaxed);
    }

    /// Whoever hands over has gone, or goes within the pause.
    fn is_over(&self, pause: Duration) -> bool {
        matches!(self.closing.recv_timeout(pause), Err(RecvTimeoutError::Disconnected))
    }

    fn say(&self, error: Option<&io::Error>) {
        let mut trouble = self.shared.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        match (trouble.is_some(), error) {
            (false, Some(error)) => {
                tracing::warn!("{}: {error}; what comes waits, and is tried again", self.shared.name);
            }
            (true, None) => tracing::info!("{}: writing again", self.shared.name),
            _ => {}
        }
        *trouble = error.map(ToString::to_string);
    }
}

/// When a sink is to send on, and how long it gets after the next failure.
struct Next {
    /// `None` as soon as it has taken something.
    due: Option<Instant>,
    pause: Duration,
}

impl Next {
    /// How long there is time to wait for records.
    fn wait(&self) -> Duration {
        self.due.map_or(IDLE, |due| due.saturating_duration_since(clock::now()))
    }

    fn is_due(&self) -> bool {
        self.due.is_none_or(|due| due <= clock::now())
    }

    fn is_in_trouble(&self) -> bool {
        self.pause > AGAIN[0]
    }

    fn later(&mut self) {
        self.due = Some(clock::now() + self.pause);
        self.pause = (self.pause * 2).min(AGAIN[1]);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use wire::Timestamp;

    use super::*;

    struct Broken {
        works: Arc<AtomicBool>,
        got: Arc<AtomicU64>,
    }

    impl Sink for Broken {
        fn name(&self) -> &'static str {
            "broken"
        }

        fn take(&mut self, items: &[Item]) -> io::Result<()> {
            if !self.works.load(Ordering::Relaxed) {
                return Err(io::Error::other("no"));
            }
            self.got.fetch_add(items.len() as u64, Ordering::Relaxed);
            Ok(())
        }
    }

    fn some() -> Arc<[Item]> {
        vec![Item::Traffic { minute: Timestamp(0), packets: 1, bytes: 1, dropped: 0 }].into()
    }

    #[test]
    fn a_sink_that_works_again_gets_what_waited_and_the_rest_is_counted() {
        let (works, got) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let sink = Broken { works: Arc::clone(&works), got: Arc::clone(&got) };
        let outlets = Outlets::start(vec![Box::new(sink)]);
        let all = WAITING as u64 + 100;
        for _ in 0..all {
            outlets.offer(&some(), false);
        }
        while outlets.status()[0].trouble.is_none() {
            thread::sleep(Duration::from_millis(5));
        }
        let shed = outlets.status()[0].shed;
        assert!(shed >= 99, "{shed}");
        works.store(true, Ordering::Relaxed);
        drop(outlets);
        assert_eq!(got.load(Ordering::Relaxed) + shed, all);
    }

    #[test]
    fn the_end_does_not_wait_for_ever_however_much_waits() {
        let sink = Broken { works: Arc::default(), got: Arc::default() };
        let outlets = Outlets::start(vec![Box::new(sink)]);
        for _ in 0..WAITING {
            outlets.offer(&some(), false);
        }
        let shared = Arc::clone(&outlets.0[0].shared);
        let begun = clock::now();
        drop(outlets);
        assert!(begun.elapsed() < AT_THE_END * 2, "{:?}", begun.elapsed());
        assert_eq!(shared.shed.load(Ordering::Relaxed), WAITING as u64);
    }
}
