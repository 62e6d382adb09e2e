//! Logs with the names, the columns and the writing of Zeek's documentation ("Log Files", "The ASCII
//! Writer"), so that what reads its logs reads these. What a record does not say is unset.

mod conn;
mod logs;
mod value;

use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use model::Alert;

use super::Sink;
use super::daily::{Daily, day_of};
use crate::day::Day;
use crate::item::{Item, SeenFlow};
use logs::Log;
use value::Value;

/// `conn_YYYYMMDD.log` and its like, in a folder of their own.
#[derive(Debug)]
pub(super) struct Zeek {
    folder: PathBuf,
    json: bool,
    files: BTreeMap<Log, Daily>,
}

/// Lines by the file they belong to.
type Lines = BTreeMap<(Log, Day), Vec<u8>>;

impl Zeek {
    pub(super) fn new(folder: &Path, json: bool, days: u32) -> Self {
        let folder = folder.join("zeek");
        let file = |log: Log| {
            let (ending, heading) = if json { ("json", String::new()) } else { ("log", heading(log)) };
            (log, Daily::new(&folder, log.path(), ending, heading, days))
        };
        let files = Log::ALL.into_iter().map(file).collect();
        Self { folder, json, files }
    }

    fn flow(&self, lines: &mut Lines, seen: &SeenFlow) {
        let mut write = |log: Log, row: Option<Vec<Value>>| {
            if let Some(row) = row {
                self.row(lines.entry((log, Day::of(seen.end))).or_default(), log, &row);
            }
        };
        write(Log::Conn, Some(conn::row(seen)));
        // What was learnt of a long flow is in its first part; in the others it would be there twice.
        if seen.record.part.is_some_and(|part| part > 1) {
            return;
        }
        write(Log::Dns, logs::dns(seen));
        write(Log::Http, logs::http(seen));
        write(Log::Ssl, logs::ssl(seen));
        write(Log::X509, logs::x509(seen));
        write(Log::Ssh, logs::ssh(seen));
    }

    fn alert(&self, lines: &mut Lines, alert: &Alert) {
        let day = day_of(&alert.last_seen);
        self.row(lines.entry((Log::Notice, day)).or_default(), Log::Notice, &logs::notice(alert));
    }

    fn row(&self, out: &mut Vec<u8>, log: Log, row: &[Value]) {
        let mut line = String::new();
        if self.json {
            value::write_json(&mut line, log.columns(), row);
        } else {
            value::write_tsv(&mut line, row);
        }
        line.push('\n');
        out.extend_from_slice(line.as_bytes());
    }
}

impl Sink for Zeek {
    fn name(&self) -> &'static str {
        "store.zeek"
    }

    fn take(&mut self, items: &[Item]) -> io::Result<()> {
        let mut lines = Lines::new();
        for item in items {
            match item {
                Item::Flow(flow) => self.flow(&mut lines, flow),
                Item::Alert(alert) => self.alert(&mut lines, alert),
                _ => {}
            }
        }
        if lines.is_empty() {
            return Ok(());
        }
        // It may have been removed while this runs.
        let told =
            |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", self.folder.display()));
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder).map_err(told)?;
        // One file that cannot be written leaves lines that are in others twice: better than not at all.
        for ((log, day), lines) in lines {
            if let Some(file) = self.files.get_mut(&log) {
                file.append(day, &lines)?;
            }
        }
        Ok(())
    }
}

/// The lines that tell a reader what the others mean.
fn heading(log: Log) -> String {
    let list = |of: fn(&(&'static str, &'static str)) -> &'static str| {
        log.columns().iter().map(of).collect::<Vec<_>>().join("\t")
    };
    format!(
        "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\t{}\n\
         #open\t{}-00-00-00\n#fields\t{}\n#types\t{}\n",
        log.path(),
        super::daily::DAY,
        list(|(name, _)| name),
        list(|(_, kind)| kind),
    )
}
