//! The power may go at any moment, and the disk may fill up.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation)]
#![allow(clippy::disallowed_methods, reason = "a kill and a full disk happen at a time of the clock")]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use common::{MIDNIGHT, flow};
use rusqlite::Connection;
use store::{Item, Retention, Settings, Store};

/// How often the program is killed; more by hand: `NETMONSEC_KILLS=200`.
const KILLS: u64 = 8;
/// Names the folder to the process that is to be killed.
const FOLDER: &str = "NETMONSEC_CRASH_FOLDER";
/// What is handed over may be as late as that, beside a second: the machine may be busy.
const LATE: Duration = Duration::from_millis(1500);

fn start(folder: &Path) -> Store {
    Store::start(Settings { folder: folder.to_path_buf(), retention: Retention::default() })
}

/// Not a test by itself: hands over flows until it is killed, and says which.
#[test]
fn a_process_to_be_killed() {
    let Some(folder) = env::var_os(FOLDER) else { return };
    let store = start(Path::new(&folder));
    let queue = store.queue().unwrap();
    let (first, mut out) = (highest(Path::new(&folder)) + 1, std::io::stdout());
    for n in first.. {
        let mut seen = flow(n, MIDNIGHT + n / 100);
        seen.record.id = format!("{n:016x}");
        queue.offer(vec![Item::Flow(Arc::new(seen))]);
        writeln!(out, "given {n}").unwrap();
        thread::sleep(Duration::from_micros(500));
    }
}

/// The number of the last flow that is there.
fn highest(folder: &Path) -> u64 {
    let path = folder.join("flows/20261121.db");
    if !path.exists() {
        return 0;
    }
    let file = Connection::open(path).unwrap();
    let sql = "SELECT coalesce(max(id), 0) FROM flow";
    file.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap_or_default() as u64
}

fn check(folder: &Path) {
    for path in [folder.join("netmonsec.db"), folder.join("flows/20261121.db")] {
        if path.exists() {
            let file = Connection::open(&path).unwrap();
            let said: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
            assert_eq!(said, "ok", "{}", path.display());
        }
    }
    let put_aside = fs::read_dir(folder)
        .unwrap()
        .any(|entry| entry.unwrap().file_name().to_string_lossy().contains("damaged"));
    assert!(!put_aside);
}

#[test]
fn a_process_that_is_killed_loses_the_last_second_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let kills = env::var("NETMONSEC_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(KILLS);
    for kill in 0..kills {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "a_process_to_be_killed", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let reader = thread::spawn(move || {
            let given =
                |line: String| Some((Instant::now(), line.strip_prefix("given ")?.parse::<u64>().ok()?));
            out.lines().map_while(Result::ok).filter_map(given).collect::<Vec<_>>()
        });
        thread::sleep(Duration::from_millis(2000 + kill * 7919 % 1500));
        let killed = Instant::now();
        child.kill().unwrap();
        child.wait().unwrap();
        let given = reader.join().unwrap();
        check(folder.path());
        let due =
            given.iter().filter(|(at, _)| killed.saturating_duration_since(*at) > LATE).map(|(_, n)| *n);
        let (due, kept) = (due.max().unwrap_or_default(), highest(folder.path()));
        assert!(due > 0 && kept >= due, "kill {kill}: {kept} flows are there, {due} must be");
    }
}

#[test]
fn a_full_disk_is_counted_and_writing_goes_on_when_there_is_room() {
    // A small disk of its own needs a mount.
    let disk = tempfile::tempdir().unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"])
        .arg(disk.path())
        .stderr(Stdio::null())
        .status();
    if !mounted.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED crash::a_full_disk_is_counted_and_writing_goes_on_when_there_is_room: needs root");
        return;
    }
    let result = std::panic::catch_unwind(|| fill_and_empty(disk.path()));
    Command::new("umount").arg(disk.path()).status().unwrap();
    result.unwrap();
}

fn fill_and_empty(disk: &Path) {
    // What fills the disk, and can be removed.
    let ballast = disk.join("ballast");
    fs::write(&ballast, vec![7; 2 << 20]).unwrap();
    let store = start(disk);
    let queue = store.queue().unwrap();
    let mut given = 0;
    let mut give = |until: &dyn Fn(&store::Status) -> bool| {
        let begun = Instant::now();
        while !until(&store.status()) {
            assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", store.status());
            for _ in 0..20 {
                queue.offer(vec![Item::Flow(Arc::new(flow(given, MIDNIGHT + given / 100)))]);
                given += 1;
            }
            thread::sleep(Duration::from_millis(5));
        }
    };
    give(&|status| status.trouble.is_some());
    let trouble = store.status().trouble.unwrap();
    assert!(trouble.what.contains("full") && !trouble.remedy.is_empty(), "{trouble:?}");
    give(&|status| status.lost > 0);
    fs::remove_file(&ballast).unwrap();
    let before = store.status().written;
    give(&|status| status.trouble.is_none() && status.written > before);
    drop(queue);
    let status = store.finish();
    assert_eq!(status.written + status.lost + status.shed, given);
    // To look at it, SQLite wants room, which this disk may not have.
    let elsewhere = tempfile::tempdir().unwrap();
    fs::create_dir(elsewhere.path().join("flows")).unwrap();
    for name in ["netmonsec.db", "netmonsec.db-wal", "flows/20261121.db", "flows/20261121.db-wal"] {
        if disk.join(name).exists() {
            fs::copy(disk.join(name), elsewhere.path().join(name)).unwrap();
        }
    }
    check(elsewhere.path());
    let file = Connection::open(elsewhere.path().join("flows/20261121.db")).unwrap();
    let kept: i64 = file.query_row("SELECT count(*) FROM flow", [], |row| row.get(0)).unwrap();
    assert_eq!(kept as u64, status.written);
}
