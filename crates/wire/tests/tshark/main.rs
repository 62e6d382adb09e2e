//! Compares the decoder with tshark, field by field, over every capture at hand.
//!
//! tshark is another opinion, not the law: where the two differ, the specification decided, and
//! [`differences`] says how.

mod columns;
mod differences;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use columns::{COLUMNS, Seen};
use differences::DIFFERENCES;

/// The share of packets that must come out alike in every field.
const WANTED: f64 = 0.999;

#[test]
fn tshark() {
    let captures = captures();
    if captures.is_empty() {
        println!("SKIPPED wire::tshark: no captures");
        return;
    }
    let merged = std::env::temp_dir().join(format!("netmonsec-tshark-{}.pcapng", std::process::id()));
    let result = merge(&captures, &merged).and_then(|()| compare(&captures, &merged));
    let _ = std::fs::remove_file(&merged);
    match result {
        Ok(tally) => tally.report(),
        Err(why) => println!("SKIPPED wire::tshark: {why}"),
    }
}

fn captures() -> Vec<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let mut captures: Vec<_> = ["corpus/pcap", "attacks/pcap"]
        .iter()
        .filter_map(|folder| std::fs::read_dir(shared.join(folder)).ok())
        .flat_map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())))
        .collect();
    captures.sort();
    captures
}

/// One file for all: starting tshark takes longer than most captures.
fn merge(captures: &[PathBuf], merged: &Path) -> Result<(), String> {
    let status = Command::new("mergecap")
        .args(["-a", "-F", "pcapng", "-w"])
        .arg(merged)
        .args(captures)
        .stderr(Stdio::null())
        .status()
        .map_err(|e| format!("mergecap: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("mergecap: {status}")) }
}

fn compare(captures: &[PathBuf], merged: &Path) -> Result<Tally, String> {
    let mut tshark = Command::new("tshark");
    tshark.args(["-n", "-r"]).arg(merged);
    for preference in [
        "tcp.desegment_tcp_streams:FALSE",
        "ip.defragment:FALSE",
        "ipv6.defragment:FALSE",
        // The length of segmentation left to the NIC, as section 4 of the design wants it.
        "ip.tso_support:TRUE",
    ] {
        tshark.args(["-o", preference]);
    }
    tshark.args(["-T", "fields", "-E", "separator=/t", "-E", "occurrence=a", "-e", "frame.protocols"]);
    for column in COLUMNS {
        tshark.args(["-e", column.name]);
    }
    let mut child =
        tshark.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().map_err(|e| format!("tshark: {e}"))?;
    let mut lines = BufReader::new(child.stdout.take().ok_or("tshark: no output")?).lines();
    let mut tally = Tally::default();
    let mut records = Vec::new();
    for path in captures {
        let mut reader = capture::file::Reader::open(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let mut number = 0;
        // A capture may be damaged; tshark stops there too.
        while let Ok(Some(block)) = reader.next_batch(&mut records) {
            for record in &records {
                number += 1;
                let line = lines.next().and_then(Result::ok).ok_or("tshark: too few packets")?;
                tally.packet(path, number, &Seen::of(&record.frame(&block)), &line);
            }
        }
    }
    let more = lines.count();
    let status = child.wait().map_err(|e| format!("tshark: {e}"))?;
    assert_eq!(more, 0, "tshark saw more packets");
    if status.success() { Ok(tally) } else { Err(format!("tshark: {status}")) }
}

#[derive(Default)]
struct Tally {
    packets: u64,
    identical: u64,
    explained: BTreeMap<&'static str, u64>,
    unexplained: BTreeMap<String, (u64, String)>,
}

impl Tally {
    fn packet(&mut self, path: &Path, number: u64, seen: &Seen<'_>, line: &str) {
        self.packets += 1;
        let mut theirs = line.split('\t');
        let protocols = theirs.next().unwrap_or_default();
        let differing: Vec<_> = COLUMNS
            .iter()
            .zip(theirs)
            .filter_map(|(column, theirs)| {
                let ours = (column.ours)(seen);
                let theirs = columns::normal(theirs);
                let same = if seen.quotes { theirs.starts_with(&ours) } else { theirs == ours };
                (!same).then_some((column.name, ours, theirs))
            })
            .collect();
        if differing.is_empty() {
            self.identical += 1;
            return;
        }
        let names: Vec<_> = differing.iter().map(|(name, ..)| *name).collect();
        if let Some(known) = DIFFERENCES.iter().find(|d| (d.is)(seen, protocols, &names)) {
            *self.explained.entry(known.name).or_default() += 1;
            return;
        }
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let example = format!("{file} {number} {protocols}\n      {differing:?} {:?}", seen.error);
        let entry = self.unexplained.entry(names.join(" ")).or_insert((0, example));
        entry.0 += 1;
    }

    fn report(&self) {
        let share = self.identical as f64 / self.packets as f64;
        println!(
            "wire::tshark: {} packets, {} identical ({:.4} %)",
            self.packets,
            self.identical,
            100.0 * share
        );
        for difference in DIFFERENCES {
            if let Some(count) = self.explained.get(difference.name) {
                println!("  {count:6} {}: {}", difference.name, difference.why);
            }
        }
        for (columns, (count, example)) in &self.unexplained {
            println!("  {count:6} UNEXPLAINED {columns}\n      {example}");
        }
        assert!(share >= WANTED, "only {:.4} % identical", 100.0 * share);
        assert!(self.unexplained.is_empty(), "some differences have no explanation");
    }
}
