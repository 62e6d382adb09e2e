//! Where flows go: JSON Lines, a table, nowhere.

use std::io::{self, BufWriter, Stdout};

use engine::{FlowSink, Recorder};
use flow::{Ended, Notice};

use crate::print::{FlowTable, JsonLines, Terminal};
use crate::signals::Signals;

/// Flows as JSON Lines on standard output.
pub(super) struct Json {
    recorder: Recorder,
    lines: JsonLines<BufWriter<Stdout>>,
    written: Written,
}

/// Flows as a table on standard output.
pub(super) struct Lines {
    recorder: Recorder,
    table: FlowTable<BufWriter<Stdout>>,
    written: Written,
}

/// Whether everything could be written. If not, there is no use in reading on.
struct Written {
    result: io::Result<()>,
    signals: Signals,
}

/// Nobody looks at the flows.
pub(super) struct Nothing;

impl Json {
    pub(super) fn new(recorder: Recorder, signals: &Signals) -> Self {
        Self {
            recorder,
            lines: JsonLines::new(BufWriter::with_capacity(1 << 16, io::stdout())),
            written: Written::new(signals),
        }
    }

    /// Whether everything was written.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.written.result?;
        self.lines.flush()
    }
}

impl Lines {
    pub(super) fn new(recorder: Recorder, terminal: Terminal, signals: &Signals) -> Self {
        let table = FlowTable::new(BufWriter::new(io::stdout()), terminal);
        Self { recorder, table, written: Written::new(signals) }
    }

    /// Whether everything was written.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.written.result?;
        self.table.flush()
    }
}

impl Written {
    fn new(signals: &Signals) -> Self {
        Self { result: Ok(()), signals: signals.clone() }
    }

    /// Writes, unless that has failed before.
    fn go_on(&mut self, write: impl FnOnce() -> io::Result<()>) {
        if self.result.is_ok() {
            self.result = write();
            if self.result.is_err() {
                self.signals.ask_to_stop();
            }
        }
    }
}

impl FlowSink for Json {
    fn wants_flows(&self) -> bool {
        true
    }

    fn interface(&mut self, number: u16, name: Option<&str>) {
        self.recorder.name_interface(number, name);
    }

    fn notice(&mut self, notice: &Notice) {
        self.recorder.notice(notice);
    }

    fn flow(&mut self, ended: &Ended) {
        let Self { recorder, lines, written } = self;
        written.go_on(|| lines.write(&recorder.flow(ended)));
    }
}

impl FlowSink for Lines {
    fn wants_flows(&self) -> bool {
        true
    }

    fn interface(&mut self, number: u16, name: Option<&str>) {
        self.recorder.name_interface(number, name);
    }

    fn notice(&mut self, notice: &Notice) {
        self.recorder.notice(notice);
    }

    fn flow(&mut self, ended: &Ended) {
        let Self { recorder, table, written } = self;
        written.go_on(|| table.write(&recorder.flow(ended)));
    }
}

impl FlowSink for Nothing {
    fn wants_flows(&self) -> bool {
        false
    }

    fn flow(&mut self, _: &Ended) {}
}
