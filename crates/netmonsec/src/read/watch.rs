use engine::read::{Source, Watch};

use crate::print::Progress;
use crate::signals::Signals;

/// Shows how far the reading is, and ends it when a signal asks for that.
pub(super) struct Watching<'a> {
    signals: &'a Signals,
    bar: Option<(String, Progress)>,
}

impl<'a> Watching<'a> {
    pub(super) fn new(signals: &'a Signals) -> Self {
        Self { signals, bar: None }
    }
}

impl Watch for Watching<'_> {
    fn progress(&mut self, source: &Source, packets: u64) -> bool {
        if self.bar.as_ref().is_none_or(|(name, _)| *name != source.name) {
            if let Some((_, bar)) = self.bar.take() {
                bar.finish();
            }
            self.bar = Some((source.name.clone(), Progress::new(&source.name, source.reader.len())));
        }
        if let Some((_, bar)) = &self.bar {
            bar.set(source.reader.position(), packets);
        }
        !self.signals.stop_asked()
    }
}

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        if let Some((_, bar)) = self.bar.take() {
            bar.finish();
        }
    }
}
