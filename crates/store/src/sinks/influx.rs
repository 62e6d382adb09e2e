//! InfluxDB, and what speaks its line protocol (VictoriaMetrics, QuestDB, Telegraf): traffic by the
//! minute, flows summed by device and protocol, alerts. Everything passes a file on disk, so that
//! a server that is away loses nothing until the file is full.

mod line;
mod rollup;
mod spool;

use std::io;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::Alert;

use self::line::Line;
use self::rollup::Rollup;
use self::spool::Spool;
use super::eve::time_of;
use super::http::{Answer, Client, percent};
use super::{Secret, Sink};
use crate::item::Item;

/// Where the server is, and as whom to talk to it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct InfluxSettings {
    /// `http://host:8086`
    pub url: String,
    /// Version 1: the database.
    pub database: String,
    /// Version 1: who writes, if that is asked.
    pub user: String,
    /// Version 1: that one's password.
    pub password: Secret,
    /// Version 2: the bucket; if it is set, version 2 is spoken.
    pub bucket: String,
    /// Version 2: whose bucket it is.
    pub org: String,
    /// Version 2: what lets us write.
    pub token: Secret,
    /// Bytes that may wait on disk.
    pub spool_bytes: u64,
}

pub(super) struct Influx {
    client: Client,
    url: String,
    authorization: Option<String>,
    rollup: Rollup,
    /// Lines on their way to the spool: some wait if the disk does not take them.
    pending: String,
    spool: Spool,
    /// Lines for the next request.
    batch: usize,
    lost: u64,
}

/// What a request has at most.
const MOST_LINES: usize = 5000;
const MOST_BYTES: usize = 1 << 20;
/// What may wait for a disk that takes nothing.
const MOST_PENDING: usize = 4 << 20;

impl Influx {
    pub(super) fn new(folder: &Path, settings: &InfluxSettings) -> Self {
        let base = settings.url.trim_end_matches('/');
        let (url, authorization) = if settings.bucket.is_empty() {
            let pair = format!("{}:{}", settings.user, settings.password.expose());
            let basic = (!settings.user.is_empty()).then(|| format!("Basic {}", STANDARD.encode(pair)));
            (format!("{base}/write?db={}&precision=ns", percent(&settings.database)), basic)
        } else {
            let (org, bucket) = (percent(&settings.org), percent(&settings.bucket));
            let token = format!("Token {}", settings.token.expose());
            (format!("{base}/api/v2/write?org={org}&bucket={bucket}&precision=ns"), Some(token))
        };
        Self {
            client: Client::new(&settings.url),
            url,
            authorization,
            rollup: Rollup::default(),
            pending: String::new(),
            spool: Spool::new(&folder.join("influx.spool"), settings.spool_bytes),
            batch: MOST_LINES,
            lost: 0,
        }
    }

    fn put(&mut self, lines: &str) {
        if self.pending.len() + lines.len() > MOST_PENDING {
            self.lose(lines.lines().count() as u64);
        } else {
            self.pending.push_str(lines);
        }
    }

    fn lose(&mut self, lines: u64) {
        self.lost = self.lost.saturating_add(lines);
    }

    fn spool(&mut self) -> io::Result<()> {
        if !self.pending.is_empty() {
            let lost = self.spool.add(&self.pending);
            let lost = lost.map_err(|error| io::Error::other(format!("influx.spool: {error}")))?;
            self.pending.clear();
            self.lose(lost);
        }
        Ok(())
    }
}

impl Sink for Influx {
    fn name(&self) -> &'static str {
        "influx"
    }

    /// Always takes them: what it cannot keep, it counts.
    fn take(&mut self, items: &[Item]) -> io::Result<()> {
        for item in items {
            match item {
                Item::Flow(flow) => {
                    let lines = self.rollup.advance(flow.end.0);
                    self.put(&lines);
                    self.rollup.add(flow);
                }
                Item::Traffic { minute, packets, bytes, dropped } => {
                    let line = Line::new("netmonsec_traffic").number("packets", *packets);
                    let line = line.number("bytes", *bytes).number("dropped", *dropped);
                    self.put(&line.at(minute.0));
                    // It is told when that minute is over.
                    let lines = self.rollup.set(minute.0.saturating_add(MINUTE));
                    self.put(&lines);
                }
                Item::Alert(alert) => self.put(&alert_line(alert)),
                _ => {}
            }
        }
        // A disk that does not take them is told of when they are to be sent.
        let _ = self.spool();
        Ok(())
    }

    fn push(&mut self, within: Duration) -> io::Result<bool> {
        self.spool()?;
        let batch = self.spool.next(self.batch, MOST_BYTES)?;
        if batch.is_empty() {
            return Ok(false);
        }
        let lines = batch.iter().filter(|&&byte| byte == b'\n').count().max(1);
        let mut headers = vec![("content-type", "text/plain; charset=utf-8")];
        headers.extend(self.authorization.as_deref().map(|value| ("authorization", value)));
        match self.client.post(&self.url, &headers, &batch, within)? {
            Answer::Taken => {
                self.batch = (self.batch * 2).min(MOST_LINES);
                self.spool.done(batch.len())?;
            }
            // One line that the server does not like must not take the others with it. Those that it
            // took all the same are the same when they come again.
            Answer::Never(_) if lines > 1 => self.batch = lines / 2,
            Answer::Never(why) => {
                tracing::warn!("influx: {why}; the line is dropped");
                self.lose(1);
                self.spool.done(batch.len())?;
            }
        }
        Ok(!self.spool.is_empty())
    }

    fn lost(&self) -> u64 {
        self.lost
    }

    fn finish(&mut self) -> io::Result<()> {
        let lines = self.rollup.close();
        self.put(&lines);
        self.spool()
    }

    fn left(&self) -> u64 {
        self.pending.lines().count() as u64
    }
}

const MINUTE: u64 = 60_000_000_000;

fn alert_line(alert: &Alert) -> String {
    let line = Line::new("netmonsec_alerts").tag("detector", alert.detector);
    let mut line = line.tag("severity", alert.severity.name()).number("count", alert.count);
    let address = |address: Option<std::net::IpAddr>| address.map(|address| address.to_string());
    let (source, destination) = (address(alert.src_ip), address(alert.dst_ip));
    for (name, value) in [
        ("id", Some(&alert.id)),
        ("title", Some(&alert.title)),
        ("description", Some(&alert.description)),
        ("device", alert.device.as_ref()),
        ("device_name", alert.device_name.as_ref()),
        ("src_ip", source.as_ref()),
        ("dst_ip", destination.as_ref()),
    ] {
        if let Some(value) = value {
            line = line.text(name, value);
        }
    }
    // Two alerts of one detector at the same time would be one point, and the id as a tag a series
    // each: the nanoseconds tell them apart (FNV-1a of the id).
    let digest = alert
        .id
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let time = time_of(&alert.last_seen).0;
    line.at(time - time % 1000 + u64::from(digest % 1000))
}
