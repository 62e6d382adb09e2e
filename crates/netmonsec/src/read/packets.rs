use std::io::{self, BufWriter, Stdout};

use capture::Record;
use engine::read::{Source, Watch};
use model::packet::PacketRecord;
use model::rfc3339;

use crate::print::JsonLines;
use crate::signals::Signals;

/// Every packet with all its header fields, as JSON Lines on standard output.
pub(super) struct Packets {
    lines: JsonLines<BufWriter<Stdout>>,
    number: u64,
    result: io::Result<()>,
    signals: Signals,
}

impl Packets {
    pub(super) fn new(signals: &Signals) -> Self {
        Self {
            lines: JsonLines::new(BufWriter::with_capacity(1 << 16, io::stdout())),
            number: 0,
            result: Ok(()),
            signals: signals.clone(),
        }
    }

    /// Whether everything was written.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.result?;
        self.lines.flush()
    }
}

impl Watch for Packets {
    fn progress(&mut self, _: &Source, _: u64) -> bool {
        self.result.is_ok() && !self.signals.stop_asked()
    }

    fn records(&mut self, block: &[u8], records: &[Record]) {
        for record in records {
            self.number += 1;
            let time = rfc3339(record.time);
            let packet = PacketRecord::new(self.number, time, None, &record.frame(block));
            self.result = self.lines.write(&packet);
            if self.result.is_err() {
                return;
            }
        }
    }
}
