//! A disk that is full while the program watches: capture goes on, the reason is shown, what could not
//! be kept is counted, and writing goes on when there is room.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rustix::process::Signal;
use serde_json::Value;
use testlab::frames::{UDP, ethernet, ip, udp};
use testlab::{FAR, Lab, NEAR, Sender, skipped, until};

use crate::client::Client;
use crate::monitor::Monitor;

const NAME: &str = "a_full_disk_stops_neither_watching_nor_the_sums";
/// Seconds that the disk stays full; `NETMONSEC_FULL_S` says others.
const FULL_S: u64 = 8;

/// A disk of its own, of 48 MiB.
struct Disk(tempfile::TempDir);

impl Disk {
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=48m", "tmpfs"]).arg(folder.path()).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then_some(Self(folder))
    }

    /// Takes all but so many bytes of what is free.
    fn fill(&self, leave: u64) -> PathBuf {
        let state = rustix::fs::statvfs(self.0.path()).unwrap();
        let ballast = self.0.path().join("ballast");
        let size = (state.f_bavail * state.f_frsize).saturating_sub(leave);
        fs::write(&ballast, vec![7; usize::try_from(size).unwrap()]).unwrap();
        ballast
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

/// Datagrams that nobody answers, each a flow of its own.
struct Datagrams {
    sender: Sender,
    sent: u64,
}

impl Datagrams {
    fn send(&mut self, many: u64) {
        for _ in 0..many {
            let port = 10_000 + (self.sent % 50_000) as u16;
            let from = 5000 + (self.sent / 50_000) as u16;
            let [near, far] = [[10, 77, 0, 1], [10, 99, 0, 2]].map(Into::into);
            let frame = ethernet(false, &[0x0800], &ip(near, far, UDP, &udp(from, port, &[7; 30])));
            self.sender.send(&frame);
            self.sent += 1;
        }
        thread::sleep(Duration::from_millis(20));
    }

    /// Goes on until something is so.
    fn until(&mut self, what: &str, mut is_so: impl FnMut() -> bool) {
        until(what, || {
            self.send(20);
            is_so()
        });
    }
}

fn number(of: &Value, path: &str) -> u64 {
    of.pointer(path).and_then(Value::as_u64).unwrap_or_else(|| panic!("{path} in {of}"))
}

/// Flows that are kept, in files that are whole.
fn kept(data: &Path) -> u64 {
    let mut kept = 0;
    let days = fs::read_dir(data.join("flows")).unwrap().map(|file| file.unwrap().path());
    for path in days.filter(|path| path.extension().is_some_and(|extension| extension == "db")) {
        let file = Connection::open(&path).unwrap();
        let said: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(said, "ok", "{path:?}");
        let flows: i64 = file.query_row("SELECT count(*) FROM flow", [], |row| row.get(0)).unwrap();
        kept += u64::try_from(flows).unwrap();
    }
    kept
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a disk stays full for a time of the clock")]
fn a_full_disk_stops_neither_watching_nor_the_sums() {
    let Some(lab) = Lab::new(NAME) else { return };
    let Some(disk) = Disk::new() else { return skipped(NAME, "no tmpfs can be mounted") };
    lab.ip("link set lo up").unwrap();
    let data = disk.0.path().join("data");
    let store = format!("store.path={data:?}");
    let set =
        [&*store, "store.csv=true", "api.listen=\"127.0.0.1:8080\"", "flow.timeouts.udp_unanswered=\"1s\""];
    let set = set.iter().flat_map(|set| ["--set", set]);
    let monitor = Monitor::start(&lab, &["-i", FAR].into_iter().chain(set).collect::<Vec<_>>());
    let mut datagrams = Datagrams { sender: lab.enter(|| Sender::new(NEAR)), sent: 0 };
    lab.enter(|| {
        let client = Client::new(([127, 0, 0, 1], 8080).into());
        let stats = || client.get("/api/v1/stats").good();
        datagrams.until("flows on the disk", || number(&stats(), "/store/written") > 100);
        let ballast = disk.fill(1 << 20);
        datagrams.until("the disk is full", || stats()["store"]["trouble"].is_object());
        let said = stats();
        let what = said["store"]["trouble"]["what"].as_str().unwrap().to_owned();
        assert!(what.contains("full") && said["store"]["trouble"]["remedy"].is_string(), "{said}");
        let seconds = std::env::var("NETMONSEC_FULL_S").ok().and_then(|text| text.parse().ok());
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(seconds.unwrap_or(FULL_S)) {
            datagrams.send(20);
        }
        datagrams.until("losses are counted", || number(&stats(), "/store/lost") > 0);
        // What is going on is seen as before.
        let live = client.get("/api/v1/flows?live=true&limit=10").good();
        assert_eq!(live["items"].as_array().map(Vec::len), Some(10), "{live}");
        fs::remove_file(&ballast).unwrap();
        let before = number(&stats(), "/store/written");
        datagrams.until("writing goes on", || {
            let said = stats();
            said["store"]["trouble"].is_null() && number(&said, "/store/written") > before
        });
        until("all flows are over and written", || {
            let said = stats();
            let done = ["written", "lost", "shed"].map(|name| number(&said, &format!("/store/{name}")));
            done.iter().sum::<u64>() >= datagrams.sent
        });
        let said = stats();
        let lost = number(&said, "/store/lost") + number(&said, "/store/shed");
        let gone = datagrams.sent - kept(&data);
        println!("{} flows; disk full: {what}; {gone} not kept, {lost} counted as lost", datagrams.sent);
        // Beside flows, some records are of devices and of minutes.
        assert!(gone > 0 && lost >= gone && lost - gone < 200, "{gone} are gone, {lost} counted: {said}");
    });
    let report = monitor.stop(Signal::INT);
    assert_eq!(report.flows.len() as u64, datagrams.sent, "every flow was seen");
}
