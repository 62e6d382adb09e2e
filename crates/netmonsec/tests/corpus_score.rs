//! The labelled captures beside the project, scored by their own program: how much of what other
//! tools see is seen here too.

use std::path::Path;
use std::process::Command;

/// Measure, and the least it may be.
///
/// JA3S and JA4 are not among them: the reference adds remarks to the one, and writes an old form
/// of the other.
const BARS: [(&str, f64); 10] = [
    ("found", 0.997),
    ("packets", 0.995),
    ("irtt", 0.98),
    ("retrans", 0.93),
    ("micro", 0.985),
    ("macro", 0.96),
    ("hostname", 0.99),
    ("ja3", 0.99),
    // The scorer compares IPv6 addresses as text, and the reference does not write them as RFC 5952
    // wants: with addresses compared as addresses all signatures agree.
    ("tcp_sig", 0.97),
    ("os", 0.95),
];

/// The most that may get another label than the reference's.
const MOST_WRONG: f64 = 0.008;

#[test]
fn captures_with_known_content() {
    let scorer = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/score.py");
    if !scorer.exists() {
        println!("SKIPPED corpus_score: the labelled captures are not beside the project");
        return;
    }
    let run = Command::new("python3")
        .arg(&scorer)
        .args(["--bin", env!("CARGO_BIN_EXE_netmonsec"), "--json", "--verbose"])
        .output();
    let Ok(output) = run else {
        println!("SKIPPED corpus_score: python3 is not installed");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().unwrap_or_default();
    let score: serde_json::Value = serde_json::from_str(last)
        .unwrap_or_else(|e| panic!("{e}: {last}\n{}", String::from_utf8_lossy(&output.stderr)));
    println!("corpus score: {score}");
    for crash in text.lines().filter(|l| l.starts_with("CRASH")) {
        println!("{crash}");
    }
    assert_eq!(score["crashed"], 0);
    for (measure, least) in BARS {
        let got = score[measure].as_f64().unwrap();
        assert!(got >= least, "{measure} is {got}, must be at least {least}");
    }
    let wrong = score["wrong"].as_f64().unwrap();
    assert!(wrong <= MOST_WRONG, "wrong is {wrong}, must be at most {MOST_WRONG}");
}
