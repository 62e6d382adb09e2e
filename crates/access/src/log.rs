use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::audit::Audit;

/// Who changed what, a line of JSON each, in a file that is only ever added to.
#[derive(Clone, Debug)]
pub struct AuditLog {
    path: PathBuf,
}

/// An entry as the file has it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When: RFC 3339.
    pub time: String,
    /// What was done, `login` say.
    pub action: String,
    /// Who did it.
    pub actor: String,
    /// Where from, if over the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// To which user, token or alert.
    pub subject: String,
    /// What else there is to say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// Bytes of a file; the one before is kept.
const MOST_BYTES: u64 = 8 << 20;

impl AuditLog {
    /// The file in the data folder.
    pub const FILE: &str = "audit.jsonl";

    /// The log of a data folder.
    pub fn new(folder: &Path) -> Self {
        Self { path: folder.join(Self::FILE) }
    }

    /// Adds an entry, and is done when the disk has it.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn note(&self, audit: &Audit) -> io::Result<()> {
        let entry = AuditEntry::from(audit);
        let mut line = serde_json::to_vec(&entry)?;
        line.push(b'\n');
        if fs::metadata(&self.path).is_ok_and(|file| file.len() >= MOST_BYTES) {
            fs::rename(&self.path, self.before())?;
        }
        // One write each, so that two processes do not mix their lines (open(2), O_APPEND).
        let mut file = File::options().append(true).create(true).mode(0o600).open(&self.path)?;
        file.write_all(&line)?;
        file.sync_data()
    }

    /// The latest entries, the last one first.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn latest(&self, most: usize) -> io::Result<Vec<AuditEntry>> {
        let mut all = Vec::new();
        for path in [self.before(), self.path.clone()] {
            let file = match File::open(path) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            // A line that a crash cut is no reason to hide the others.
            let entries = BufReader::new(file).split(b'\n').map_while(Result::ok);
            all.extend(entries.filter_map(|line| serde_json::from_slice::<AuditEntry>(&line).ok()));
        }
        all.reverse();
        all.truncate(most);
        Ok(all)
    }

    fn before(&self) -> PathBuf {
        self.path.with_extension("1.jsonl")
    }
}

impl From<&Audit> for AuditEntry {
    fn from(audit: &Audit) -> Self {
        Self {
            time: model::rfc3339_seconds(i64::try_from(audit.time.secs()).unwrap_or(i64::MAX)),
            action: audit.action.as_str().to_owned(),
            actor: audit.actor.clone(),
            from: audit.from.map(|from| from.to_string()),
            subject: audit.subject.clone(),
            detail: audit.detail.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use wire::Timestamp;

    use super::*;
    use crate::audit::{Action, Actor};

    fn entry(subject: &str) -> Audit {
        Audit::new(Timestamp::new(1_795_000_000, 0), &Actor::COMMAND_LINE, Action::UserAdded, subject)
    }

    #[test]
    fn the_latest_come_first_and_nobody_else_reads() {
        let folder = tempfile::tempdir().unwrap();
        let log = AuditLog::new(folder.path());
        assert_eq!(log.latest(10).unwrap(), []);
        for subject in ["a", "b\n\u{1b}[31m", "c"] {
            log.note(&entry(subject)).unwrap();
        }
        let latest = log.latest(2).unwrap();
        assert_eq!(latest.iter().map(|e| e.subject.as_str()).collect::<Vec<_>>(), ["c", "b\n\u{1b}[31m"]);
        assert_eq!(latest[0].time, "2026-11-18T11:06:40Z");
        let path = folder.path().join(AuditLog::FILE);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 3);
    }

    #[test]
    fn it_is_bounded_and_a_cut_line_hides_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let log = AuditLog::new(folder.path());
        log.note(&entry("first")).unwrap();
        let mut file = File::options().append(true).open(folder.path().join(AuditLog::FILE)).unwrap();
        file.write_all(b"{\"time\":\"2026").unwrap();
        file.write_all(&vec![b'\n'; usize::try_from(MOST_BYTES).unwrap()]).unwrap();
        log.note(&entry("second")).unwrap();
        let subjects: Vec<_> = log.latest(10).unwrap().into_iter().map(|e| e.subject).collect();
        assert_eq!(subjects, ["second", "first"]);
        assert!(fs::metadata(folder.path().join(AuditLog::FILE)).unwrap().len() < 1000);
    }
}
