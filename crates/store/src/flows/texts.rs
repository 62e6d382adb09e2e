//! The texts of a day's file in memory: a part of a text is found in all of them at once, without asking the file.

use std::collections::HashMap;
use std::fs;
use std::net::IpAddr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use filter::Pattern;
use memchr::memmem;

use super::read::DayReader;
use crate::day::Day;
use crate::error::StoreError;

/// Texts of days that were searched lately.
#[derive(Debug, Default)]
pub struct Texts(Mutex<Days>);

#[derive(Debug, Default)]
struct Days {
    of: HashMap<PathBuf, Kept>,
    searches: u64,
}

#[derive(Debug)]
struct Kept {
    texts: Arc<DayTexts>,
    state: FileState,
    /// The last search that wanted it.
    used: u64,
}

/// Bytes of all days together: three months of a busy office. What is beyond is read again.
const MOST_BYTES: usize = 96 << 20;

/// What changes when a file does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct FileState {
    file: Option<(u64, u64, SystemTime)>,
    wal: Option<(u64, u64, SystemTime)>,
}

impl FileState {
    fn of(path: &Path) -> Self {
        let state = |path: &Path| {
            let data = fs::metadata(path).ok()?;
            Some((data.ino(), data.len(), data.modified().ok()?))
        };
        let mut wal = path.as_os_str().to_owned();
        wal.push("-wal");
        Self { file: state(path), wal: state(Path::new(&wal)) }
    }

    fn is_same_file(&self, other: &Self) -> bool {
        self.file.map(|(inode, ..)| inode) == other.file.map(|(inode, ..)| inode)
    }
}

impl Texts {
    /// Those of a day; `None` if it has no file.
    pub(super) fn of(&self, folder: &Path, day: Day) -> Result<Option<Arc<DayTexts>>, StoreError> {
        let path = super::DayFile::path(folder, day);
        let state = FileState::of(&path);
        let known = {
            let mut days = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            days.searches += 1;
            let now = days.searches;
            days.of.get_mut(&path).map(|kept| {
                kept.used = now;
                (Arc::clone(&kept.texts), kept.state)
            })
        };
        let mut texts = match known {
            Some((texts, known)) if known == state => return Ok(Some(texts)),
            Some((texts, known)) if known.is_same_file(&state) => texts,
            _ => Arc::default(),
        };
        let Some(reader) = DayReader::open(folder, day)? else { return Ok(None) };
        // Texts are only ever added.
        reader.add_texts(Arc::make_mut(&mut texts))?;
        let mut days = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let used = days.searches;
        days.of.insert(path, Kept { texts: Arc::clone(&texts), state, used });
        days.keep_to(MOST_BYTES);
        Ok(Some(texts))
    }
}

impl Texts {
    /// Reads those of the latest days in a folder of days, as far as they may be kept, so that the first who searches does
    /// not wait for that. What cannot be read is left to whoever asks for it.
    pub fn read_ahead(&self, folder: &Path) {
        let days = crate::retention::days(folder);
        for (day, _) in days.into_iter().rev() {
            let is_full = {
                let days = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                days.bytes() >= MOST_BYTES / 8 * 7
            };
            if is_full {
                break;
            }
            if let Err(error) = self.of(folder, day) {
                tracing::debug!("the texts of {day}: {error}");
            }
        }
    }
}

impl Days {
    fn bytes(&self) -> usize {
        self.of.values().map(|kept| kept.texts.bytes()).sum()
    }

    fn keep_to(&mut self, most_bytes: usize) {
        while self.of.len() > 1 && self.bytes() > most_bytes {
            let Some(oldest) = self.of.iter().min_by_key(|(_, kept)| kept.used).map(|(path, _)| path.clone())
            else {
                return;
            };
            self.of.remove(&oldest);
        }
    }
}

/// The texts of one day.
#[derive(Clone, Debug, Default)]
pub(super) struct DayTexts {
    pub(super) names: Column,
    pub(super) addresses: Column,
    pub(super) devices: Column,
    /// The highest number of a party.
    pub(super) last_party: i64,
}

impl DayTexts {
    fn bytes(&self) -> usize {
        [&self.names, &self.addresses, &self.devices].into_iter().map(Column::bytes).sum()
    }
}

/// Texts with their numbers, in small letters, one behind the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Column {
    bytes: Vec<u8>,
    /// Where each text ends, and its number.
    ends: Vec<(u32, u32)>,
}

/// Stands in no UTF-8.
const BETWEEN: u8 = 0xff;

/// What is looked for in texts.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum How {
    /// The whole text, in small letters.
    Whole(String),
    /// One of the words of the text, in small letters.
    Listed(String),
    /// A pattern, or a part.
    Like(Pattern),
    /// An address in this network.
    Within(IpAddr, u8),
}

impl How {
    pub(super) fn whole(text: &str) -> Self {
        Self::Whole(text.to_lowercase())
    }

    fn literal(&self) -> &str {
        match self {
            Self::Whole(text) | Self::Listed(text) => text,
            Self::Like(pattern) => pattern.literal(),
            Self::Within(..) => "",
        }
    }

    fn takes(&self, small: &str) -> bool {
        match self {
            Self::Whole(text) => text == small,
            Self::Listed(text) => small.split(' ').any(|word| word == text),
            Self::Like(pattern) => pattern.takes_small(small),
            Self::Within(network, bits) => {
                small.parse().is_ok_and(|address| filter::is_in(address, *network, *bits))
            }
        }
    }
}

impl Column {
    pub(super) fn push(&mut self, number: i64, text: &str) {
        self.bytes.extend(text.to_lowercase().bytes());
        // Beyond 4 GiB of texts nothing is found, and nothing breaks.
        let (Ok(end), Ok(number)) = (u32::try_from(self.bytes.len()), u32::try_from(number)) else { return };
        self.ends.push((end, number));
        self.bytes.push(BETWEEN);
    }

    /// The number of the last text.
    pub(super) fn last(&self) -> i64 {
        self.ends.last().map_or(0, |(_, number)| i64::from(*number))
    }

    fn bytes(&self) -> usize {
        self.bytes.len() + self.ends.len() * size_of::<(u32, u32)>()
    }

    /// Calls `each` with the number of every text that is taken.
    pub(super) fn find(&self, how: &How, mut each: impl FnMut(u32)) {
        let literal = how.literal().as_bytes();
        let mut at = 0;
        if literal.is_empty() {
            for (end, number) in &self.ends {
                if self.text(at, *end).is_some_and(|text| how.takes(text)) {
                    each(*number);
                }
                at = *end as usize + 1;
            }
            return;
        }
        let finder = memmem::Finder::new(literal);
        while let Some(hit) = self.bytes.get(at..).and_then(|rest| finder.find(rest)) {
            let hit = at + hit;
            let place = self.ends.partition_point(|(end, _)| (*end as usize) < hit);
            let Some((end, number)) = self.ends.get(place) else { return };
            let begin = place.checked_sub(1).and_then(|before| self.ends.get(before));
            let begin = begin.map_or(0, |(end, _)| *end as usize + 1);
            if self.text(begin, *end).is_some_and(|text| how.takes(text)) {
                each(*number);
            }
            at = *end as usize + 1;
        }
    }

    fn text(&self, begin: usize, end: u32) -> Option<&str> {
        std::str::from_utf8(self.bytes.get(begin..end as usize)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(column: &Column, how: &How) -> Vec<u32> {
        let mut numbers = Vec::new();
        column.find(how, |number| numbers.push(number));
        numbers
    }

    #[test]
    fn texts_are_found_by_part_pattern_word_and_whole() {
        let mut column = Column::default();
        for (number, text) in [(1, "Example.com"), (2, "m"), (4, "Ünï.example"), (7, "a b"), (9, "")] {
            column.push(number, text);
        }
        let like = |text| How::Like(Pattern::new(text));
        assert_eq!(found(&column, &like("EXAMPLE")), [1, 4]);
        assert_eq!(found(&column, &like("*e.com")), [1]);
        assert_eq!(found(&column, &like("?")), [2]);
        assert_eq!(found(&column, &like("*")), [1, 2, 4, 7, 9]);
        assert_eq!(found(&column, &like("ünï")), [4]);
        assert_eq!(found(&column, &How::whole("M")), [2]);
        assert_eq!(found(&column, &How::whole("")), [9]);
        assert_eq!(found(&column, &How::Listed("b".into())), [7]);
        assert_eq!(found(&column, &like("comm")), [0_u32; 0]);
        assert_eq!(column.last(), 9);
    }

    #[test]
    fn days_that_were_not_wanted_lately_go_first() {
        let mut days = Days::default();
        for used in 1..=4 {
            let mut texts = DayTexts::default();
            texts.names.push(1, &"x".repeat(100));
            let state = FileState { file: None, wal: None };
            days.of.insert(format!("{used}").into(), Kept { texts: Arc::new(texts), state, used });
        }
        days.keep_to(250);
        let mut left: Vec<_> = days.of.values().map(|kept| kept.used).collect();
        left.sort_unstable();
        assert_eq!(left, [3, 4]);
    }
}
