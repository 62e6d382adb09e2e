//! `docs/detections.md` is made from the registry. With `UPDATE_DOCS=1` the test writes it.

use std::fmt::Write;
use std::path::Path;

use super::DETECTORS;
use crate::threshold::{Setting, Threshold};

#[test]
fn the_manual_of_detections_is_up_to_date() {
    let text = manual();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/detections.md");
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    if there != text && std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &text).unwrap();
    } else {
        assert!(
            there == text,
            "docs/detections.md is out of date: UPDATE_DOCS=1 cargo test -p netmonsec-detect manual"
        );
    }
}

#[test]
fn names_are_unique_and_texts_are_sentences() {
    let mut names: Vec<_> = DETECTORS.iter().map(|spec| spec.id).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), DETECTORS.len());
    for spec in DETECTORS {
        for text in [spec.about, spec.harmless, spec.next] {
            assert!(text.ends_with('.'), "{}: {text:?} has no full stop", spec.id);
        }
        for threshold in spec.thresholds {
            let (least, most) = threshold.range;
            assert!((least..=most).contains(&threshold.default.number()), "{}.{}", spec.id, threshold.name);
            assert!(!threshold.about.ends_with('.'), "{}.{}: a range follows", spec.id, threshold.name);
        }
        for id in spec.mitre {
            let number = id.strip_prefix('T').unwrap_or_default();
            assert!(number.len() >= 4 && number.starts_with(|c: char| c.is_ascii_digit()), "{id}");
        }
    }
}

fn manual() -> String {
    let mut text = HEAD.to_owned();
    for spec in DETECTORS {
        let _ = writeln!(text, "| [`{0}`](#{0}) | {1} | {2} |", spec.id, spec.title, spec.severity.name());
    }
    for spec in DETECTORS {
        let _ = write!(text, "\n## {}\n\n{}: {}.", spec.id, spec.title, spec.severity.name());
        for id in spec.mitre {
            let page = id.replace('.', "/");
            let _ = write!(text, " [{id}](https://attack.mitre.org/techniques/{page}/)");
        }
        let _ = write!(text, "\n\n{}\n\n", wrapped(spec.about));
        let _ = write!(text, "{}\n\n", wrapped(&format!("Harmless causes: {}", spec.harmless)));
        let _ = writeln!(text, "{}", wrapped(&format!("What to look at next: {}", spec.next)));
        if !spec.thresholds.is_empty() {
            text.push_str("\n| Threshold | Default | Meaning |\n|---|---|---|\n");
        }
        for threshold in spec.thresholds {
            let _ = writeln!(text, "| `{}` | {} | {} |", threshold.name, shown(threshold), threshold.about);
        }
    }
    text
}

const HEAD: &str = "\
<!-- Made from the detectors in crates/detect/src/detectors; do not edit. -->

# Detections

What netmonsec finds wrong, how it decides, and what else may look like it. Every detector is on; each can be switched
off and every threshold set under `detect.<name>` ([configuration](configuration.md#detectors)), for all devices or for
groups of them, and what somebody has looked at can be excluded.

`netmonsec read --print alerts FILE` shows the alerts of a capture, `--print incidents` those about one actor together;
live they appear on the screen. One incident is one alert: while it goes on, its count and its times move on, and it
speaks again only when its count has doubled, when it has got worse, or after an hour.

| Detector | Finds | Severity |
|---|---|---|
";

fn shown(threshold: &Threshold) -> String {
    match threshold.default {
        Setting::Count(n) => n.to_string(),
        Setting::Ratio(n) => n.to_string(),
        Setting::Bytes(n) if n % 1_000_000 == 0 => format!("{} MB", n / 1_000_000),
        Setting::Bytes(n) if n % 1000 == 0 => format!("{} kB", n / 1000),
        Setting::Bytes(n) => format!("{n} B"),
        Setting::Seconds(n) if n >= 86_400.0 && n % 86_400.0 == 0.0 => format!("{} d", n / 86_400.0),
        Setting::Seconds(n) if n >= 3600.0 && n % 3600.0 == 0.0 => format!("{} h", n / 3600.0),
        Setting::Seconds(n) if n >= 60.0 && n % 60.0 == 0.0 => format!("{} min", n / 60.0),
        Setting::Seconds(n) => format!("{n} s"),
    }
}

/// In lines of at most 120 characters.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        if let Some(line) = lines.last_mut()
            && line.len() + word.len() < 120
        {
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.join("\n")
}
