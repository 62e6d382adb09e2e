//! The parts of the shipped configuration and of the manual that are made from the detectors. With
//! `UPDATE_DOCS=1` the tests write them.

use std::fmt::Write;
use std::path::Path;

use detect::Unit;
use detect::registry::DETECTORS;

use super::number::{range, written};

#[test]
fn the_shipped_configuration_has_every_detector() {
    let mut text = String::new();
    for spec in DETECTORS {
        let _ =
            write!(text, "\n[detect.{}]\n# {}: this detector runs.\nenabled = true\n", spec.id, spec.title);
        for threshold in spec.thresholds {
            let (value, range) = (written(threshold.default), range(threshold));
            let about = wrapped(&format!("{}; {range}.", capital(threshold.about)));
            let _ = writeln!(text, "{about}{} = {value}", threshold.name);
        }
    }
    let begin = "# -- made from the detectors; docs/detections.md says what each does\n";
    check("config/netmonsec.toml", begin, "# -- end\n", &(text + "\n"));
}

#[test]
fn the_manual_has_every_threshold() {
    let mut text = String::new();
    for spec in DETECTORS {
        let _ = writeln!(
            text,
            "| `detect.{}.enabled` | true, false | `true` | {}: this detector runs. |",
            spec.id, spec.title
        );
        for threshold in spec.thresholds {
            let kind = match threshold.default.unit() {
                Unit::Count => "number",
                Unit::Ratio => "ratio",
                Unit::Bytes => "size",
                Unit::Seconds => "duration",
            };
            let (key, value) = (format!("detect.{}.{}", spec.id, threshold.name), written(threshold.default));
            let (about, range) = (capital(threshold.about), range(threshold));
            let _ = writeln!(text, "| `{key}` | {kind} | `{value}` | {about}; {range}. |");
        }
    }
    check("docs/configuration.md", "<!-- made from the detectors -->\n", "<!-- end -->\n", &text);
}

/// The file has `text` between `begin` and `end`.
fn check(file: &str, begin: &str, end: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    let there = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = there.split_once(begin).expect("the mark where it begins");
    let (old, after) = rest.split_once(end).expect("the mark where it ends");
    if old != text && std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, [before, begin, text, end, after].concat()).unwrap();
    } else {
        assert_eq!(old, text, "{file} is out of date: UPDATE_DOCS=1 cargo test -p netmonsec generated");
    }
}

/// A comment of lines that are not too long.
fn wrapped(text: &str) -> String {
    let lines = crate::print::wrap(text, 96);
    lines.iter().map(|line| format!("# {line}\n")).collect()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
