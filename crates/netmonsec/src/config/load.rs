use std::ops::Range;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use serde::Deserialize;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

use super::Config;
use super::error::{ConfigError, Place, Problem, is_secret};
use super::schema::{self, Schema, joined};
use super::validate;
use crate::print::safe;

/// A configuration and where it comes from.
#[derive(Clone, PartialEq, Debug)]
pub struct Loaded {
    /// File and `--set` over the defaults.
    pub config: Config,
    /// What it was read from.
    pub source: Source,
}

/// What a configuration was read from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// This file.
    File(PathBuf),
    /// No file: the built-in defaults.
    Defaults,
}

/// Where a file is looked for when none is named; the first that is there counts.
const PLACES: [&str; 2] = ["config/netmonsec.toml", "/etc/netmonsec/netmonsec.toml"];

impl Config {
    /// Reads `path`, or else the first of the usual places that has a file, or else nothing, and
    /// applies `sets`, each a `KEY=VALUE`, over it.
    pub fn load(path: Option<&Path>, sets: &[String]) -> Result<Loaded, ConfigError> {
        Self::load_from(path, &PLACES.map(Path::new), sets)
    }

    fn load_from(path: Option<&Path>, places: &[&Path], sets: &[String]) -> Result<Loaded, ConfigError> {
        let file = match path {
            Some(path) => Some((path, read(path)?)),
            None => places
                .iter()
                .find_map(|&place| match read(place) {
                    Err(e) if e.missing => None,
                    result => Some(result.map(|text| (place, text))),
                })
                .transpose()?,
        };
        let config = parse(file.as_ref().map(|(path, text)| (*path, text.as_str())), sets)?;
        let source = file.map_or(Source::Defaults, |(path, _)| Source::File(path.to_path_buf()));
        Ok(Loaded { config, source })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", safe(&path.to_string_lossy())),
            Self::Defaults => f.write_str("built-in defaults"),
        }
    }
}

/// The text of a file, or why it cannot be had.
fn read(path: &Path) -> Result<String, Unreadable> {
    let unreadable = |what: String, missing| {
        let place = Place::File(path.to_path_buf());
        Unreadable { problem: Problem { place, key: String::new(), what }, missing }
    };
    let bytes = fs::read(path).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => {
            unreadable("there is no such file; leave out -c for the defaults".into(), true)
        }
        io::ErrorKind::NotADirectory => {
            unreadable("there is no such file: a part of the path is no directory".into(), true)
        }
        io::ErrorKind::IsADirectory => unreadable("this is a directory; name the file in it".into(), false),
        io::ErrorKind::PermissionDenied => {
            let user = rustix::process::geteuid().as_raw();
            unreadable(
                format!(
                    "may not be read by this user (uid {user}); try: sudo chmod a+r {}",
                    safe(&path.to_string_lossy())
                ),
                false,
            )
        }
        _ => unreadable(format!("cannot be read: {e}"), false),
    })?;
    String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        let line = e.as_bytes().iter().take(at).filter(|&&b| b == b'\n').count() + 1;
        unreadable(format!("line {line} is not UTF-8 text; save the file as UTF-8"), false)
    })
}

struct Unreadable {
    problem: Problem,
    missing: bool,
}

impl From<Unreadable> for ConfigError {
    fn from(e: Unreadable) -> Self {
        Self { problems: vec![e.problem] }
    }
}

fn parse(file: Option<(&Path, &str)>, sets: &[String]) -> Result<Config, ConfigError> {
    let mut reader = Reader::default();
    if let Some((path, text)) = file {
        reader.document(&Document { text, place: Place::File(path.to_path_buf()) });
    }
    for (i, set) in sets.iter().enumerate() {
        reader.set(set, Place::Set(i, set.clone()));
    }
    reader.finish()
}

/// A text in which settings stand.
struct Document<'a> {
    text: &'a str,
    /// Where it is; positions in a file are filled in setting by setting.
    place: Place,
}

/// One setting as it was written.
struct Setting {
    key: String,
    value: Value,
    place: Place,
    /// Of each element, if the value is a list.
    elements: Vec<Place>,
}

/// Collects settings, and what is wrong with them.
#[derive(Default)]
struct Reader {
    schema: Schema,
    settings: Vec<Setting>,
    problems: Vec<Problem>,
}

impl Reader {
    fn document(&mut self, document: &Document<'_>) {
        match DeTable::parse(document.text) {
            Ok(table) => self.table(document, table.get_ref(), ""),
            Err(e) => {
                let place = document.place(e.span());
                // The parser's own explanation may have several lines.
                let what = e.message().trim().replace('\n', "; ");
                self.problems.push(Problem { place, key: String::new(), what: safe(&what).into_owned() });
            }
        }
    }

    fn set(&mut self, set: &str, place: Place) {
        let Some((key, value)) = set.split_once('=') else {
            let what = "has no `=`; write KEY=VALUE, such as --set log.level=debug".to_owned();
            return self.problems.push(Problem { place, key: String::new(), what });
        };
        // What is no TOML value is meant as a text, so that nobody has to quote for two languages.
        let as_text = || format!("{key} = {}", Value::from(value.trim()));
        let text = Some(set.to_owned()).filter(|text| DeTable::parse(text).is_ok()).unwrap_or_else(as_text);
        if DeTable::parse(&text).is_ok() {
            return self.document(&Document { text: &text, place });
        }
        let what = format!("`{}` is no key; write KEY=VALUE, such as --set log.level=debug", safe(key));
        self.problems.push(Problem { place, key: String::new(), what });
    }

    fn table(&mut self, document: &Document<'_>, table: &DeTable<'_>, section: &str) {
        for (name, value) in table {
            let key = joined(section, name.get_ref());
            // A dot inside a quoted name would be taken for a path.
            let known = if name.get_ref().contains('.') { None } else { self.schema.get(&key) };
            match (known, value.get_ref()) {
                (None, _) => {
                    let dotted = name.get_ref().contains('.');
                    let hint = if dotted { "no name has a dot in it".into() } else { self.schema.hint(&key) };
                    let what = format!("no such key; {hint}");
                    self.problems.push(Problem { place: document.place(Some(name.span())), key, what });
                }
                (Some(Value::Table(_)), DeValue::Table(inner)) => self.table(document, inner, &key),
                (Some(Value::Table(_)), _) => {
                    let place = document.place(Some(value.span()));
                    let what = format!("is a section; write [{key}] and its keys below");
                    self.problems.push(Problem { place, key, what });
                }
                (Some(default), DeValue::Table(_)) => {
                    let place = document.place(Some(name.span()));
                    let what = format!("is a section, must be {}", schema::expected(default));
                    self.problems.push(Problem { place, key, what });
                }
                (Some(default), _) => {
                    let setting = document.setting(key, value);
                    let problems = check(&setting, default);
                    if problems.is_empty() {
                        self.settings.push(setting);
                    }
                    self.problems.extend(problems);
                }
            }
        }
    }

    /// All settings over the defaults, if nothing was wrong.
    fn finish(mut self) -> Result<Config, ConfigError> {
        let mut merged = Table::new();
        for setting in &self.settings {
            insert(&mut merged, &setting.key, setting.value.clone());
        }
        match Config::deserialize(Value::Table(merged)) {
            Ok(config) => {
                let conflicts = validate::conflicts(&config).into_iter().map(|c| self.locate(c));
                let conflicts: Vec<_> = conflicts.collect();
                self.problems.extend(conflicts);
                if self.problems.is_empty() {
                    return Ok(config);
                }
            }
            // Each setting was accepted alone, so this does not happen.
            Err(e) => {
                let what = e.message().to_owned();
                self.problems.push(Problem { place: Place::Default, key: String::new(), what });
            }
        }
        self.problems.sort_by(|a, b| a.place.cmp(&b.place));
        Err(ConfigError { problems: self.problems })
    }

    fn locate(&self, conflict: validate::Conflict) -> Problem {
        let set = self.settings.iter().rev().find(|s| conflict.keys.contains(&s.key.as_str()));
        let default = conflict.keys.first().copied().unwrap_or_default();
        let key = set.map_or(default, |s| s.key.as_str());
        let mut problem = Problem { place: Place::Default, key: key.to_owned(), what: conflict.what };
        if let Some(setting) = set {
            problem.place = setting.place.clone();
        }
        if let Some((i, element)) = conflict.element.and_then(|i| Some((i, set?.elements.get(i)?))) {
            problem.place = element.clone();
            problem.key = element_key(key, i);
        }
        problem
    }
}

impl Document<'_> {
    fn setting(&self, key: String, value: &Spanned<DeValue<'_>>) -> Setting {
        let text = self.text.get(value.span()).unwrap_or_default();
        let elements = match value.get_ref() {
            DeValue::Array(elements) => elements.iter().map(|e| self.place(Some(e.span()))).collect(),
            _ => Vec::new(),
        };
        // The text was parsed as a value before; now it becomes one that serde can read. A list of
        // sections, `[[key]]`, does not stand in one place.
        let value_of_text = text.parse().ok().or_else(|| self.get(&key)).unwrap_or_else(|| Value::from(text));
        Setting { key, value: value_of_text, place: self.place(Some(value.span())), elements }
    }

    /// What stands at a dotted key.
    fn get(&self, key: &str) -> Option<Value> {
        let whole = Value::Table(self.text.parse().ok()?);
        key.split('.').try_fold(whole, |value, part| value.as_table()?.get(part).cloned())
    }

    fn place(&self, span: Option<Range<usize>>) -> Place {
        let (Place::File(path), Some(span)) = (&self.place, span) else { return self.place.clone() };
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
        Place::Line(path.clone(), line, column)
    }
}

/// The lists whose elements are no texts.
const LISTS_OF_SECTIONS: [&str; 4] = ["dpi.protocols", "detect.exclusions", "detect.groups", "webhook"];

/// What is wrong with one setting alone.
fn check(setting: &Setting, default: &Value) -> Vec<Problem> {
    let Setting { key, value, place, elements } = setting;
    let one = |what| vec![Problem { place: place.clone(), key: key.clone(), what }];
    let whole = default.is_float() && value.is_integer();
    if !value.same_type(default) && !whole {
        return one(format!("is {}, must be {}", found(key, value), schema::expected(default)));
    }
    if let (Some(n), Some(range)) = (value.as_integer(), schema::limits(key))
        && !range.contains(&n)
    {
        return one(format!("is {n}, must be from {} to {}", range.start(), range.end()));
    }
    let Some(list) = value.as_array() else {
        return accepts(key, value.clone()).err().map(one).unwrap_or_default();
    };
    let problem = |i: usize, what| Problem {
        place: elements.get(i).unwrap_or(place).clone(),
        key: element_key(key, i),
        what,
    };
    let refusals = list.iter().enumerate().filter_map(|(i, element)| {
        let sections = LISTS_OF_SECTIONS.contains(&key.as_str());
        let wanted = if sections { "a section" } else { "a text in quotes" };
        if element.is_str() == sections {
            return Some(problem(i, format!("is {}, must be {wanted}", found(key, element))));
        }
        accepts(key, vec![element.clone()].into()).err().map(|what| problem(i, what))
    });
    refusals.collect()
}

/// What was written, unless it is nobody's business.
fn found(key: &str, value: &Value) -> String {
    if value.is_str() && is_secret(key) { "a text".to_owned() } else { schema::found(value) }
}

/// Tries one setting over the defaults.
fn accepts(key: &str, value: Value) -> Result<(), String> {
    let mut table = Table::new();
    insert(&mut table, key, value);
    let result = Config::deserialize(Value::Table(table));
    result.map(drop).map_err(|e| safe(e.message()).into_owned())
}

fn insert(table: &mut Table, key: &str, value: Value) {
    match key.split_once('.') {
        None => drop(table.insert(key.to_owned(), value)),
        Some((section, rest)) => {
            let inner = table.entry(section).or_insert_with(|| Table::new().into());
            if let Value::Table(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

/// People count from one.
fn element_key(key: &str, index: usize) -> String {
    format!("{key}[{}]", index + 1)
}

#[cfg(test)]
mod tests;
