//! Where flows go: JSON Lines, a table, nowhere.

use std::io::{self, BufWriter, Stdout};

use engine::{FlowSink, Recorder};
use flow::Ended;

use crate::print::{FlowTable, JsonLines, Terminal};

/// Flows as JSON Lines on standard output.
pub(super) struct Json {
    recorder: Recorder,
    lines: JsonLines<BufWriter<Stdout>>,
    result: io::Result<()>,
}

/// Flows as a table on standard output.
pub(super) struct Lines {
    recorder: Recorder,
    table: FlowTable<BufWriter<Stdout>>,
    result: io::Result<()>,
}

/// Nobody looks at the flows.
pub(super) struct Nothing;

impl Json {
    pub(super) fn new(recorder: Recorder) -> Self {
        Self {
            recorder,
            lines: JsonLines::new(BufWriter::with_capacity(1 << 16, io::stdout())),
            result: Ok(()),
        }
    }

    /// Whether everything was written.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.result?;
        self.lines.flush()
    }
}

impl Lines {
    pub(super) fn new(recorder: Recorder, terminal: Terminal) -> Self {
        let table = FlowTable::new(BufWriter::new(io::stdout()), terminal);
        Self { recorder, table, result: Ok(()) }
    }

    /// Whether everything was written.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.result?;
        self.table.flush()
    }
}

impl FlowSink for Json {
    fn wants_flows(&self) -> bool {
        true
    }

    fn interface(&mut self, number: u16, name: Option<&str>) {
        self.recorder.name_interface(number, name);
    }

    fn flow(&mut self, ended: &Ended) {
        if self.result.is_ok() {
            self.result = self.lines.write(&self.recorder.flow(ended));
        }
    }
}

impl FlowSink for Lines {
    fn wants_flows(&self) -> bool {
        true
    }

    fn interface(&mut self, number: u16, name: Option<&str>) {
        self.recorder.name_interface(number, name);
    }

    fn flow(&mut self, ended: &Ended) {
        if self.result.is_ok() {
            self.result = self.table.write(&self.recorder.flow(ended));
        }
    }
}

impl FlowSink for Nothing {
    fn wants_flows(&self) -> bool {
        false
    }

    fn flow(&mut self, _: &Ended) {}
}
