//! Files of text, one a day of packet time (UTC).

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use wire::Timestamp;

use crate::day::Day;

/// Stands in a heading for the day of the file.
pub(crate) const DAY: &str = "{day}";

/// The day of a time in RFC 3339.
pub(crate) fn day_of(time: &str) -> Day {
    let seconds = time.parse::<jiff::Timestamp>().map_or(0, jiff::Timestamp::as_second);
    Day::of(Timestamp::new(u64::try_from(seconds).unwrap_or_default(), 0))
}

/// Appends whole lines to the file of a day; those of days before are compressed, and removed when
/// they are old.
#[derive(Debug)]
pub(crate) struct Daily {
    folder: PathBuf,
    /// `flows` of `flows_20261122.csv`.
    stem: &'static str,
    /// `csv`.
    ending: &'static str,
    /// What a file begins with: whole lines.
    heading: String,
    keep_days: u32,
    open: Option<(Day, File)>,
}

impl Daily {
    pub(crate) fn new(
        folder: &Path,
        stem: &'static str,
        ending: &'static str,
        heading: impl Into<String>,
        keep_days: u32,
    ) -> Self {
        let heading = heading.into();
        Self { folder: folder.to_path_buf(), stem, ending, heading, keep_days, open: None }
    }

    /// Appends lines of a day, all of them or none. Lines of a day that is over go to the day that is
    /// open: they came after its midnight.
    pub(crate) fn append(&mut self, day: Day, lines: &[u8]) -> io::Result<()> {
        let is_open = self.open.as_ref().is_some_and(|(open, _)| *open >= day);
        if !is_open {
            let before = self.open.take().map(|(day, _)| day);
            let file = self.open_file(day)?;
            self.open = Some((day, file));
            if before.is_some() || self.keep_days > 0 {
                self.tidy(day);
            }
        }
        let Some((_, file)) = &mut self.open else { return Ok(()) };
        let end = file.seek(SeekFrom::End(0))?;
        let result = file.write_all(lines);
        if result.is_err() {
            // No half line is left behind.
            file.set_len(end)?;
        }
        result
    }

    fn path(&self, day: Day) -> PathBuf {
        self.folder.join(format!("{}_{day}.{}", self.stem, self.ending))
    }

    /// `2026-11-22` where the day is to be.
    fn heading(&self, day: Day) -> String {
        let digits = day.to_string();
        let (year, rest) = digits.split_at_checked(4).unwrap_or((&digits, ""));
        let (month, day) = rest.split_at_checked(2).unwrap_or((rest, ""));
        self.heading.replace(DAY, &format!("{year}-{month}-{day}"))
    }

    fn open_file(&self, day: Day) -> io::Result<File> {
        let path = self.path(day);
        let told = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        let open = || {
            let mut file = File::options().read(true).create(true).append(true).open(&path)?;
            cut_half_line(&mut file)?;
            let heading = self.heading(day);
            if has_part_of(&mut file, &heading)? {
                file.set_len(0)?;
                file.write_all(heading.as_bytes())?;
            }
            Ok(file)
        };
        open().map_err(told)
    }

    /// Compresses days that are over and removes old ones. What fails is tried again at the next midnight.
    fn tidy(&self, today: Day) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Some(rest) = name.to_str().and_then(|name| name.strip_prefix(self.stem)?.strip_prefix('_'))
            else {
                continue;
            };
            let Some((day, ending)) = rest.split_once('.') else { continue };
            let Some(day) = Day::parse(day).filter(|day| *day < today) else { continue };
            let plain = ending == self.ending;
            if !plain && ending != format!("{}.gz", self.ending) {
                continue;
            }
            let path = entry.path();
            let result = if self.keep_days > 0 && today.0 - day.0 > self.keep_days {
                fs::remove_file(&path)
            } else if plain {
                compress(&path)
            } else {
                Ok(())
            };
            if let Err(error) = result {
                tracing::warn!("{}: {error}", path.display());
            }
        }
    }
}

/// What was half written when the power went.
fn cut_half_line(file: &mut File) -> io::Result<()> {
    let mut end = file.metadata()?.len();
    let mut buffer = [0; 4096];
    while end > 0 {
        let from = end.saturating_sub(buffer.len() as u64);
        let len = usize::try_from(end - from).unwrap_or(buffer.len());
        file.seek(SeekFrom::Start(from))?;
        let Some(piece) = buffer.get_mut(..len) else { break };
        file.read_exact(piece)?;
        if let Some(place) = piece.iter().rposition(|byte| *byte == b'\n') {
            return file.set_len(from + place as u64 + 1);
        }
        end = from;
    }
    file.set_len(0)
}

/// No more than the beginning of the heading is there: the power went while it was written.
fn has_part_of(file: &mut File, heading: &str) -> io::Result<bool> {
    if file.metadata()?.len() >= heading.len() as u64 {
        return Ok(false);
    }
    let mut text = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut text)?;
    Ok(heading.as_bytes().starts_with(&text))
}

/// `name` becomes `name.gz`, whole or not at all.
fn compress(path: &Path) -> io::Result<()> {
    let with = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let (part, whole) = (with(".gz.part"), with(".gz"));
    let mut encoder = GzEncoder::new(File::create(&part)?, Compression::default());
    io::copy(&mut BufReader::new(File::open(path)?), &mut encoder)?;
    encoder.finish()?.sync_all()?;
    fs::rename(part, whole)?;
    fs::remove_file(path)
}

#[cfg(test)]
mod tests {
    use flate2::read::GzDecoder;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_day_a_file_and_old_ones_compressed_then_gone() {
        let folder = tempfile::tempdir().unwrap();
        let mut daily = Daily::new(folder.path(), "flows", "csv", "a,b\n", 3);
        for day in 20_000..20_006 {
            daily.append(Day(day), b"1,2\n").unwrap();
        }
        // One that is late.
        daily.append(Day(20_001), b"late\n").unwrap();
        let of = |day: u32, ending: &str| format!("flows_{}.{ending}", Day(day));
        let expected =
            [of(20_002, "csv.gz"), of(20_003, "csv.gz"), of(20_004, "csv.gz"), of(20_005, "csv")].to_vec();
        assert_eq!(names(folder.path()), expected);
        let mut text = String::new();
        let file = File::open(folder.path().join(of(20_003, "csv.gz"))).unwrap();
        GzDecoder::new(file).read_to_string(&mut text).unwrap();
        assert_eq!(text, "a,b\n1,2\n");
        let today = fs::read_to_string(folder.path().join(of(20_005, "csv"))).unwrap();
        assert_eq!(today, "a,b\n1,2\nlate\n");
    }

    #[test]
    fn half_a_line_is_cut_off_after_a_crash() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("flows_{}.csv", Day(20_000)));
        for (before, after) in [
            ("a,b\n1,2\n3,", "a,b\n1,2\nx\n".to_owned()),
            ("a,b", "a,b\nx\n".to_owned()),
            ("", "a,b\nx\n".to_owned()),
            (&format!("a,b\n{}", "y".repeat(10_000)), "a,b\nx\n".to_owned()),
        ] {
            fs::write(&path, before).unwrap();
            Daily::new(folder.path(), "flows", "csv", "a,b\n", 3).append(Day(20_000), b"x\n").unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), after, "{before:.20}");
        }
    }

    #[test]
    fn a_heading_has_the_day_and_is_whole_or_new() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("conn_{}.log", Day(20_000)));
        for before in ["", "#open", "#open\t2024-10-04\n#fie", "#open\t2024-10-04\n#fields\n"] {
            fs::write(&path, before).unwrap();
            let heading = format!("#open\t{DAY}\n#fields\n");
            Daily::new(folder.path(), "conn", "log", heading, 3).append(Day(20_000), b"x\n").unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), "#open\t2024-10-04\n#fields\nx\n", "{before}");
        }
    }

    #[test]
    fn a_folder_that_is_gone_is_named() {
        let mut daily = Daily::new(Path::new("/nowhere/at/all"), "flows", "csv", "", 3);
        let error = daily.append(Day(20_000), b"x\n").unwrap_err();
        assert!(error.to_string().starts_with("/nowhere/at/all/flows_"), "{error}");
    }
}
