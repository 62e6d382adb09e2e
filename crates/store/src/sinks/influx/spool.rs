use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Lines on disk that wait to be sent, oldest first.
///
/// What was sent of a file that is not empty yet is sent again after a restart, which changes nothing:
/// a line of the same series and time replaces itself.
#[derive(Debug)]
pub(super) struct Spool {
    path: PathBuf,
    file: Option<File>,
    /// Bytes of whole lines in the file.
    len: u64,
    /// Bytes of those that were sent.
    sent: u64,
    most: u64,
}

impl Spool {
    /// At most `most` bytes.
    pub(super) fn new(path: &Path, most: u64) -> Self {
        Self { path: path.to_path_buf(), file: None, len: 0, sent: 0, most }
    }

    /// Adds as many whole lines as there is room for; returns how many there was none for.
    ///
    /// # Errors
    /// No line was added.
    pub(super) fn add(&mut self, lines: &str) -> io::Result<u64> {
        self.open()?;
        if self.len + lines.len() as u64 > self.most && self.sent > 0 {
            self.compact()?;
        }
        let room = usize::try_from(self.most.saturating_sub(self.len)).unwrap_or(usize::MAX);
        let fits = match lines.as_bytes().get(..room) {
            Some(part) => part.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1),
            None => lines.len(),
        };
        let (kept, rest) = lines.split_at_checked(fits).unwrap_or(("", lines));
        let file = self.open()?;
        let len = file.metadata()?.len();
        if let Err(error) = file.write_all(kept.as_bytes()) {
            // A line cut in two would be taken for something else.
            file.set_len(len)?;
            return Err(error);
        }
        self.len += kept.len() as u64;
        Ok(rest.lines().count() as u64)
    }

    /// The next lines that were not sent yet: at most so many, and at most so many bytes.
    ///
    /// # Errors
    /// What the disk says.
    pub(super) fn next(&mut self, lines: usize, bytes: usize) -> io::Result<Vec<u8>> {
        self.open()?;
        let (at, rest) = (self.sent, usize::try_from(self.len - self.sent).unwrap_or(usize::MAX));
        let mut batch = vec![0; rest.min(bytes)];
        if let Err(error) = self.open()?.read_exact_at(&mut batch, at) {
            // Somebody cut it short: what is there is looked at anew.
            self.file = None;
            return Err(error);
        }
        let ends = batch.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
        // Without an end it is no line of ours; the server says what it thinks of it.
        let end = ends.take(lines).last().unwrap_or(batch.len());
        batch.truncate(end);
        Ok(batch)
    }

    /// So many bytes need not be sent again.
    ///
    /// # Errors
    /// What the disk says.
    pub(super) fn done(&mut self, bytes: usize) -> io::Result<()> {
        self.sent = (self.sent + bytes as u64).min(self.len);
        if self.sent == self.len {
            self.open()?.set_len(0)?;
            (self.len, self.sent) = (0, 0);
        }
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == self.sent
    }

    /// Opened when it is first needed, so that a disk that is not there yet is an error like any other.
    fn open(&mut self) -> io::Result<&mut File> {
        let file = match self.file.take() {
            Some(file) => file,
            None => {
                let mut options = File::options();
                let mut file = options.create(true).read(true).append(true).mode(0o600).open(&self.path)?;
                self.len = whole_lines(&mut file)?;
                self.sent = 0;
                file
            }
        };
        Ok(self.file.insert(file))
    }

    /// Leaves out what was sent.
    fn compact(&mut self) -> io::Result<()> {
        let temporary = self.path.with_extension("spool.new");
        let mut options = File::options();
        let mut to = options.create(true).truncate(true).write(true).mode(0o600).open(&temporary)?;
        let sent = self.sent;
        let from = self.open()?;
        from.seek(SeekFrom::Start(sent))?;
        io::copy(from, &mut to)?;
        std::fs::rename(&temporary, &self.path)?;
        self.file = None;
        self.open().map(drop)
    }
}

/// Cuts off a last line that was not finished; returns what is left.
fn whole_lines(file: &mut File) -> io::Result<u64> {
    let mut chunk = [0; 4096];
    let mut end = file.metadata()?.len();
    while end > 0 {
        let begin = end.saturating_sub(chunk.len() as u64);
        let part = chunk.get_mut(..usize::try_from(end - begin).unwrap_or_default()).unwrap_or_default();
        file.seek(SeekFrom::Start(begin))?;
        file.read_exact(part)?;
        if let Some(at) = part.iter().rposition(|&byte| byte == b'\n') {
            end = begin + at as u64 + 1;
            break;
        }
        end = begin;
    }
    file.set_len(end)?;
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(spool: &mut Spool) -> String {
        String::from_utf8(spool.next(99, 99).unwrap()).unwrap()
    }

    #[test]
    fn lines_outlive_a_restart_and_a_torn_one_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("influx.spool");
        let mut spool = Spool::new(&path, 100);
        assert_eq!(spool.add("one\ntwo\n").unwrap(), 0);
        assert_eq!(spool.next(1, 99).unwrap(), b"one\n");
        std::fs::write(&path, "one\ntwo\nthr").unwrap();
        let mut spool = Spool::new(&path, 100);
        assert_eq!(text(&mut spool), "one\ntwo\n");
        spool.done(4).unwrap();
        assert_eq!(text(&mut spool), "two\n");
        spool.done(4).unwrap();
        assert!(spool.is_empty());
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
        spool.add("four\n").unwrap();
        assert_eq!(text(&mut spool), "four\n");
    }

    #[test]
    fn what_is_beyond_the_bound_is_counted_and_room_is_used_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::new(&folder.path().join("influx.spool"), 12);
        assert_eq!(spool.add("1234\n5678\n90\n12\n").unwrap(), 2);
        assert_eq!(text(&mut spool), "1234\n5678\n");
        spool.done(5).unwrap();
        assert_eq!(spool.add("abcdef\n").unwrap(), 0);
        assert_eq!(text(&mut spool), "5678\nabcdef\n");
        assert_eq!(spool.add("x\n").unwrap(), 1);
        spool.done(12).unwrap();
        assert!(spool.is_empty());
    }
}
