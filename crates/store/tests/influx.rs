//! What goes to a time series database arrives once the server takes it, and nothing else goes missing.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation)]

mod common;

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use common::collector::Collector;
use common::{HOSTILE, MIDNIGHT, alert, flow};
use store::Item;
use store::sinks::{InfluxSettings, Outlets, Wanted, open};
use wire::Timestamp;

fn settings(url: &str) -> InfluxSettings {
    InfluxSettings {
        url: url.into(),
        database: "net mon".into(),
        spool_bytes: 1 << 20,
        ..InfluxSettings::default()
    }
}

fn start(folder: &Path, settings: InfluxSettings) -> Outlets {
    Outlets::start(open(Some(folder), &Wanted { influx: Some(settings), ..Wanted::default() }))
}

fn traffic(n: u64) -> Item {
    Item::Traffic { minute: Timestamp::new(MIDNIGHT + 60 * n, 0), packets: n, bytes: 50 * n, dropped: 2 }
}

fn until(what: &str, is: impl Fn() -> bool) {
    for _ in 0..2000 {
        if is() {
            return;
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("{what}: not within ten seconds");
}

#[test]
fn a_server_in_trouble_is_asked_again_and_lines_are_sums() {
    let server = Collector::start(|number, _| if number == 0 { 503 } else { 204 });
    let folder = tempfile::tempdir().unwrap();
    let outlets = start(
        folder.path(),
        InfluxSettings { user: "me".into(), password: "hunter2".into(), ..settings(&server.url()) },
    );
    let mut items: Vec<Item> = (0..500).map(|n| Item::Flow(Arc::new(flow(n % 5, MIDNIGHT + 7)))).collect();
    items.extend([Item::Alert(Box::new(alert())), traffic(0)]);
    outlets.offer(&items.into(), true);
    until("trouble", || outlets.status()[0].trouble.is_some());
    let trouble = outlets.status()[0].trouble.clone().unwrap();
    assert!(trouble.contains("answers 503 said") && !trouble.contains("hunter2"), "{trouble}");
    until("the second time", || server.requests().len() == 2);
    drop(outlets);
    let request = &server.requests()[1];
    assert!(
        request.head.starts_with("post /write?db=net%20mon&precision=ns http/1.1\r\n"),
        "{}",
        request.head
    );
    assert!(request.head.contains("authorization: basic bwu6ahvudgvymg==\r\n"), "{}", request.head);
    let lines: Vec<_> = request.body.lines().collect();
    assert_eq!(lines.len(), 7, "{lines:#?}");
    let flows = lines.iter().filter(|line| line.starts_with("netmonsec_flows,device=02:77:"));
    let flows = flows.filter(|line| line.contains(" flows=100i,"));
    assert_eq!(
        flows.filter(|line| line.ends_with(&format!(" {}", (MIDNIGHT + 7) * 1_000_000_000))).count(),
        5
    );
    assert!(lines.contains(&&*format!(
        "netmonsec_traffic packets=0i,bytes=0i,dropped=2i {}",
        MIDNIGHT * 1_000_000_000
    )));
    let alert = lines.iter().find(|line| line.starts_with("netmonsec_alerts,")).unwrap();
    assert!(
        alert.contains(r#",title="=cmd|'/c calc'!A1\",   [31m {\"event_type\":\"fake\"}  scans","#),
        "{alert}"
    );
}

#[test]
fn version_2_has_a_token_and_a_bucket() {
    let server = Collector::start(|_, _| 204);
    let folder = tempfile::tempdir().unwrap();
    let v2 = InfluxSettings {
        bucket: "b&c".into(),
        org: "o".into(),
        token: "T0".into(),
        ..settings(&server.url())
    };
    let outlets = start(folder.path(), v2);
    outlets.offer(&vec![traffic(1)].into(), true);
    drop(outlets);
    let request = &server.requests()[0];
    assert!(
        request.head.starts_with("post /api/v2/write?org=o&bucket=b%26c&precision=ns http"),
        "{}",
        request.head
    );
    assert!(request.head.contains("authorization: token t0\r\n"), "{}", request.head);
}

#[test]
fn a_line_that_is_refused_goes_alone_and_is_counted() {
    let server = Collector::start(|_, request| if request.body.contains("packets=77i") { 400 } else { 204 });
    let folder = tempfile::tempdir().unwrap();
    let outlets = start(folder.path(), settings(&server.url()));
    outlets.offer(&(0..200).map(traffic).collect::<Vec<_>>().into(), true);
    until("the refused one is counted", || outlets.status()[0].lost == 1);
    drop(outlets);
    let mut taken: Vec<_> = server
        .requests()
        .iter()
        .filter(|r| !r.body.contains("packets=77i"))
        .flat_map(|r| r.body.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    taken.sort();
    taken.dedup();
    assert_eq!(taken.len(), 199);
}

#[test]
fn a_server_that_hangs_holds_up_nobody_and_the_spool_outlives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let silent = Collector::start(|_, _| 0);
    let outlets = start(folder.path(), settings(&silent.url()));
    outlets.offer(&(0..200).map(traffic).collect::<Vec<_>>().into(), true);
    until("it is asked", || !silent.requests().is_empty());
    let begin = now();
    for n in 200..400 {
        outlets.offer(&vec![traffic(n)].into(), false);
    }
    assert!(now() - begin < Duration::from_secs(1));
    assert_eq!(outlets.status()[0].shed, 0);
    drop(outlets);
    let server = Collector::start(|_, _| 204);
    drop(start(folder.path(), settings(&server.url())));
    let lines: usize = server.requests().iter().map(|request| request.body.lines().count()).sum();
    assert_eq!(lines, 400);
    assert_eq!(fs::metadata(folder.path().join("influx.spool")).unwrap().len(), 0);
}

#[test]
fn what_the_spool_has_no_room_for_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let outlets =
        start(folder.path(), InfluxSettings { spool_bytes: 10_000, ..settings("http://127.0.0.1:9") });
    for n in 0..300 {
        outlets.offer(&vec![traffic(n)].into(), true);
    }
    until("all are taken", || outlets.status()[0].written == 300);
    assert!(outlets.status()[0].trouble.is_some());
    let kept = fs::read_to_string(folder.path().join("influx.spool")).unwrap().lines().count() as u64;
    until("those beyond are counted", || outlets.status()[0].lost == 300 - kept);
    drop(outlets);
    let spool = fs::read_to_string(folder.path().join("influx.spool")).unwrap();
    assert!(spool.len() <= 10_000);
    let server = Collector::start(|_, _| 204);
    let outlets = start(folder.path(), InfluxSettings { spool_bytes: 10_000, ..settings(&server.url()) });
    drop(outlets);
    let kept = server.requests().iter().map(|request| request.body.lines().count()).sum::<usize>();
    assert_eq!(kept, spool.lines().count());
    assert!((100..300).contains(&kept), "{kept}");
}

#[test]
fn a_database_that_is_not_there_yet_is_waited_for() {
    let server = Collector::start(|number, _| if number == 0 { 404 } else { 204 });
    let folder = tempfile::tempdir().unwrap();
    let outlets = start(folder.path(), settings(&server.url()));
    outlets.offer(&vec![traffic(1)].into(), true);
    until("it is asked again", || server.requests().len() == 2);
    assert_eq!(outlets.status()[0].lost, 0);
}

/// A server of somebody else's, stopped when it goes.
struct Foreign {
    child: Child,
    url: String,
    _folder: tempfile::TempDir,
}

impl Foreign {
    /// `None` if it is not installed.
    fn start(program: &str, set_up: impl Fn(&mut Command, u16, &Path), alive: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let free_port = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let port = free_port();
        let mut command = Command::new(program);
        set_up(&mut command, port, folder.path());
        let command = command.current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
        let Ok(child) = command.spawn() else {
            eprintln!("skipped: {program} is not installed");
            return None;
        };
        let url = format!("http://127.0.0.1:{port}");
        let server = Self { child, url, _folder: folder };
        until(program, || ureq::get(format!("{}{alive}", server.url)).call().is_ok());
        Some(server)
    }

    fn get(&self, path: &str) -> String {
        let mut response = ureq::get(format!("{}{path}", self.url)).call().unwrap();
        response.body_mut().read_to_string().unwrap()
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// As of now: servers have opinions on what is too old.
fn of_now() -> (Vec<Item>, u64) {
    #[allow(clippy::disallowed_methods, reason = "a test of servers that read the clock")]
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let mut items: Vec<Item> = (0..500).map(|n| Item::Flow(Arc::new(flow(n, now)))).collect();
    let bytes = items.iter().map(|item| match item {
        Item::Flow(flow) => flow.record.src_bytes,
        _ => 0,
    });
    let bytes = bytes.sum();
    let mut alert = alert();
    alert.last_seen = model::rfc3339(Timestamp::new(now, 0));
    items.push(Item::Alert(Box::new(alert)));
    items.push(Item::Traffic { minute: Timestamp::new(now, 0), packets: 5, bytes: 50, dropped: 2 });
    (items, bytes)
}

fn now() -> Instant {
    #[allow(clippy::disallowed_methods, reason = "a test of how long something takes")]
    Instant::now()
}

#[test]
fn influxdb_has_what_was_sent() {
    let set_up = |command: &mut Command, port: u16, folder: &Path| {
        fs::write(folder.join("empty.conf"), "").unwrap();
        command.args(["-config".as_ref(), folder.join("empty.conf").as_os_str()]);
        command.env("INFLUXDB_HTTP_BIND_ADDRESS", format!("127.0.0.1:{port}"));
        command.env("INFLUXDB_BIND_ADDRESS", "127.0.0.1:0").env("INFLUXDB_REPORTING_DISABLED", "true");
        for (name, path) in [("DATA_DIR", "data"), ("DATA_WAL_DIR", "wal"), ("META_DIR", "meta")] {
            command.env(format!("INFLUXDB_{name}"), folder.join(path));
        }
    };
    let Some(server) = Foreign::start("influxd", set_up, "/ping") else { return };
    let folder = tempfile::tempdir().unwrap();
    let outlets = start(folder.path(), InfluxSettings { database: "n".into(), ..settings(&server.url) });
    let (items, bytes) = of_now();
    outlets.offer(&items.into(), true);
    // The database is made too late, as it happens.
    until("trouble", || outlets.status()[0].trouble.is_some());
    assert!(outlets.status()[0].trouble.as_ref().unwrap().contains("database not found"));
    ureq::post(format!("{}/query?q=CREATE%20DATABASE%20n", server.url)).send_empty().unwrap();
    until("written", || outlets.status()[0].trouble.is_none());
    drop(outlets);
    let ask =
        |query: &str| server.get(&format!("/query?db=n&q={}", query.replace(' ', "%20").replace('"', "%22")));
    let sums = ask("SELECT sum(flows), sum(sent_bytes) FROM netmonsec_flows");
    assert!(sums.contains(&format!(",500,{bytes}]]")), "{sums}");
    assert!(ask("SELECT packets,bytes,dropped FROM netmonsec_traffic").contains(",5,50,2]]"));
    let alert: serde_json::Value =
        serde_json::from_str(&ask("SELECT title,count,severity FROM netmonsec_alerts")).unwrap();
    let row = &alert["results"][0]["series"][0]["values"][0];
    let title: String = HOSTILE.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    assert_eq!(row[1], format!("{title} scans"));
    assert_eq!((row[2].as_u64(), row[3].as_str()), (Some(7), Some("high")));
}

#[test]
fn victoria_metrics_has_what_was_sent() {
    let set_up = |command: &mut Command, port: u16, folder: &Path| {
        let data = folder.join("data");
        command
            .arg(format!("-httpListenAddr=127.0.0.1:{port}"))
            .arg(format!("-storageDataPath={}", data.display()));
    };
    let Some(server) = Foreign::start("victoria-metrics", set_up, "/health") else { return };
    let folder = tempfile::tempdir().unwrap();
    let outlets = start(folder.path(), settings(&server.url));
    let (items, bytes) = of_now();
    outlets.offer(&items.into(), true);
    drop(outlets);
    let series = || {
        let export = server.get("/api/v1/export?match[]=%7B__name__=~%22netmonsec.*%22%7D");
        export.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<serde_json::Value>>()
    };
    let sum = |name: &str| {
        let series = series().into_iter().filter(|series| series["metric"]["__name__"] == name);
        series.filter_map(|series| series["values"][0].as_f64()).sum::<f64>()
    };
    until("it is found", || !series().is_empty());
    assert!((sum("netmonsec_flows_flows") - 500.0).abs() < 0.1);
    assert!((sum("netmonsec_flows_sent_bytes") - bytes as f64).abs() < 0.1);
    assert!((sum("netmonsec_traffic_bytes") - 50.0).abs() < 0.1);
    assert!((sum("netmonsec_alerts_count") - 7.0).abs() < 0.1);
}
