//! What the detectors have learnt, in a file of its own, so that a restart does not forget it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use detect::Watch;
use serde_json::Value;

/// Nobody learns more than this; a larger file is not ours.
const MOST_BYTES: u64 = 256 << 20;

/// What became of loading.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Loaded {
    /// Learning goes on where it was.
    Restored,
    /// There is no file yet: learning begins.
    Fresh,
    /// It could not be understood and was put aside under this name: learning begins.
    Damaged(PathBuf),
}

/// Lets the detectors go on from what was saved.
///
/// # Errors
/// The file is there and cannot be read, or not be put aside.
pub(crate) fn load(path: &Path, watch: &mut Watch) -> io::Result<Loaded> {
    let bytes = match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Loaded::Fresh),
        Err(error) => return Err(error),
        Ok(about) if about.len() > MOST_BYTES => Vec::new(),
        Ok(_) => fs::read(path)?,
    };
    if let Ok(saved) = serde_json::from_slice::<Value>(&bytes)
        && watch.restore(&saved)
    {
        return Ok(Loaded::Restored);
    }
    let aside = with_ending(path, "damaged");
    fs::rename(path, &aside)?;
    tracing::warn!(
        "{} is damaged or of another version; it is kept as {}, and the detectors learn anew",
        path.display(),
        aside.display()
    );
    Ok(Loaded::Damaged(aside))
}

/// Writes down what the detectors have learnt. Whenever this stops, the file is whole: the old or the
/// new one.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn save(path: &Path, watch: &Watch) -> io::Result<()> {
    let bytes = serde_json::to_vec(&watch.save())?;
    let fresh = with_ending(path, "new");
    let written = write(&fresh, &bytes).and_then(|()| fs::rename(&fresh, path));
    if written.is_err() {
        // What is left of it is of no use, and the error is told.
        let _ = fs::remove_file(&fresh);
    }
    written?;
    // The new name has to reach the disk, too.
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    // It tells who is on the network.
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch() -> Watch {
        Watch::new(detect::Settings::default())
    }

    #[test]
    fn what_was_saved_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("learnt.json");
        let mut first = watch();
        assert_eq!(load(&path, &mut first).unwrap(), Loaded::Fresh);
        let since = serde_json::json!({ "version": 1, "since_ns": 1_700_000_000_000_000_000_u64,
            "detectors": { "new-device": { "macs": ["00:00:5e:00:53:07"], "ids": [], "signs": [] } } });
        assert!(first.restore(&since));
        save(&path, &first).unwrap();
        save(&path, &first).unwrap();
        let mut second = watch();
        assert_eq!(load(&path, &mut second).unwrap(), Loaded::Restored);
        assert_eq!(second.save(), first.save());
        assert_eq!(second.save()["detectors"]["new-device"]["macs"][0], "00:00:5e:00:53:07");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_damaged_file_is_kept_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("learnt.json");
        for damaged in [&b"{\"version\": 1, \"since"[..], b"", b"{\"version\": 77}", b"\xff\xfe"] {
            fs::write(&path, damaged).unwrap();
            let mut fresh = watch();
            let aside = folder.path().join("learnt.json.damaged");
            assert_eq!(load(&path, &mut fresh).unwrap(), Loaded::Damaged(aside.clone()));
            assert_eq!(fs::read(&aside).unwrap(), damaged);
            assert!(!path.exists());
            assert_eq!(fresh.save(), watch().save());
        }
    }

    #[test]
    fn what_cannot_be_written_leaves_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gone").join("learnt.json");
        assert!(save(&path, &watch()).is_err());
        assert!(!path.exists());
    }
}
