use std::ops::RangeInclusive;

use toml::{Table, Value};

use super::Config;
use crate::print::safe;

/// Which keys there are and what they take. Made from the defaults, so that it cannot be out of
/// date.
#[derive(Debug)]
pub(super) struct Schema {
    tree: Table,
    keys: Vec<String>,
}

impl Default for Schema {
    fn default() -> Self {
        // Only a map key that is no text could fail, and there is none.
        let tree = Table::try_from(Config::default()).unwrap_or_default();
        let mut keys = Vec::new();
        collect(&tree, "", &mut keys);
        Self { tree, keys }
    }
}

impl Schema {
    /// Every key that takes a value, dotted.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(String::as_str)
    }

    /// The default of a key, or the section of that name.
    pub(super) fn get(&self, dotted: &str) -> Option<&Value> {
        let mut parts = dotted.split('.');
        let first = self.tree.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.as_table()?.get(part))
    }

    /// What to say to somebody who wrote `dotted`, which does not exist in an existing section.
    pub(super) fn hint(&self, dotted: &str) -> String {
        let (section, name) = dotted.rsplit_once('.').unwrap_or(("", dotted));
        let beside: Vec<&str> = match if section.is_empty() { None } else { self.get(section) } {
            Some(Value::Table(table)) => table.keys().map(String::as_str).collect(),
            _ => self.tree.keys().map(String::as_str).collect(),
        };
        if let Some(near) = nearest(name, beside.iter().copied()) {
            return format!("did you mean `{}`?", joined(section, near));
        }
        let elsewhere = self.keys().find(|key| key.rsplit('.').next() == Some(name));
        if let Some(key) = elsewhere {
            return format!("did you mean `{key}`?");
        }
        match section {
            "" => format!("the sections are {}", beside.join(", ")),
            _ => format!("[{section}] has {}", beside.join(", ")),
        }
    }
}

/// What the numbers may be, both ends included.
pub(super) fn limits(key: &str) -> Option<RangeInclusive<i64>> {
    let fixed = LIMITS.iter().find(|(name, _)| *name == key).map(|(_, range)| range.clone());
    fixed.or_else(|| super::detect::limits(key))
}

const LIMITS: [(&str, RangeInclusive<i64>); 12] = [
    ("capture.rings", 0..=64),
    ("capture.ring_mib", 1..=4096),
    ("capture.block_kib", 128..=16_384),
    ("capture.retire_ms", 1..=1000),
    ("capture.snaplen", 0..=262_144),
    ("store.flow_days", 1..=3660),
    ("store.minute_days", 1..=366),
    ("store.hour_days", 1..=3660),
    ("store.alert_days", 1..=3660),
    ("store.packets", 0..=1_000_000_000),
    ("log.days", 0..=3660),
    ("limits.max_flows", 0..=u32::MAX as i64),
];

/// The name most like `text`, if any is so like it that it may have been meant.
pub(super) fn nearest<'a>(text: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let text = text.to_lowercase().replace('-', "_");
    let likeness = |name: &str| {
        // Jaro-Winkler favours words that begin alike; in short ones it misses swapped letters.
        let slip = text.len() > 2 && strsim::osa_distance(&text, name) == 1;
        strsim::jaro_winkler(&text, name).max(if slip { 0.9 } else { 0.0 })
    };
    names
        .map(|name| (likeness(name), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// What a key takes, told by its default: "must be ...".
pub(super) fn expected(default: &Value) -> String {
    match default {
        Value::Boolean(_) => "true or false".to_owned(),
        Value::Integer(_) => "a whole number".to_owned(),
        Value::String(text) => format!("a text in quotes such as \"{text}\""),
        Value::Array(_) => "a list of texts such as [\"...\", \"...\"]".to_owned(),
        Value::Table(_) => "a section".to_owned(),
        Value::Float(_) | Value::Datetime(_) => "another value".to_owned(),
    }
}

/// What was written: "is ...".
pub(super) fn found(value: &Value) -> String {
    match value {
        Value::Boolean(b) => b.to_string(),
        Value::Integer(n) => format!("the number {n}"),
        Value::Float(n) => format!("the number {n}"),
        Value::String(text) => format!("the text \"{}\"", safe(text)),
        Value::Array(_) => "a list".to_owned(),
        Value::Table(_) => "a section".to_owned(),
        Value::Datetime(_) => "a date".to_owned(),
    }
}

pub(super) fn joined(section: &str, name: &str) -> String {
    if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") }
}

fn collect(table: &Table, section: &str, keys: &mut Vec<String>) {
    for (name, value) in table {
        let key = joined(section, name);
        match value {
            Value::Table(inner) => collect(inner, &key, keys),
            _ => keys.push(key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_limits_and_every_limit_a_number() {
        let schema = Schema::default();
        let numbers = schema.keys().filter(|key| schema.get(key).unwrap().is_integer());
        let numbers = numbers.filter(|key| !key.starts_with("detect."));
        assert_eq!(numbers.filter(|key| limits(key).is_some()).count(), LIMITS.len());
        assert!(schema.keys().filter(|k| schema.get(k).unwrap().is_integer()).all(|k| limits(k).is_some()));
    }

    #[test]
    fn hints() {
        let schema = Schema::default();
        for (key, hint) in [
            ("capture.interface", "did you mean `capture.interfaces`?"),
            ("capture.ring-mib", "did you mean `capture.ring_mib`?"),
            ("captrue", "did you mean `capture`?"),
            ("capture.memory", "did you mean `limits.memory`?"),
            ("memory", "did you mean `limits.memory`?"),
            ("flow.timeouts.upd", "did you mean `flow.timeouts.udp`?"),
            ("limits.x", "[limits] has max_flows, memory"),
            (
                "x",
                "the sections are api, capture, detect, dpi, flow, geo, influx, inventory, ipfix, limits, log, networks, store, syslog, webhook",
            ),
        ] {
            assert_eq!(schema.hint(key), hint, "{key}");
        }
    }
}
