//! Tables for spreadsheets: a file a day, RFC 4180.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io;
use std::path::Path;

use model::{Alert, Flow};

use super::Sink;
use super::daily::{Daily, day_of};
use crate::day::Day;
use crate::item::{Item, SeenFlow};

/// `flows_YYYYMMDD.csv` and `alerts_YYYYMMDD.csv`.
#[derive(Debug)]
pub(super) struct Csv {
    flows: Daily,
    alerts: Daily,
}

const FLOWS: &str = "id,community_id,start,end,duration_ms,interface,vlans,transport,src_ip,src_port,src_mac,src_device,\
    dst_ip,dst_port,dst_mac,dst_device,direction,state,end_reason,protocol,application,category,hostname,src_packets,\
    dst_packets,src_bytes,dst_bytes,handshake_rtt_ms,rtt_avg_ms,jitter_ms,src_retransmits,dst_retransmits,lost_segments,\
    src_country,dst_country,src_asn,dst_asn,src_org,dst_org,ja3,ja4,risks\n";
const ALERTS: &str = "id,time,detector,severity,title,description,src_ip,src_mac,dst_ip,device,device_name,count,\
    first_seen,last_seen,mitre,incident\n";

impl Csv {
    pub(super) fn new(folder: &Path, days: u32) -> Self {
        Self {
            flows: Daily::new(folder, "flows", "csv", FLOWS, days),
            alerts: Daily::new(folder, "alerts", "csv", ALERTS, days),
        }
    }
}

impl Sink for Csv {
    fn name(&self) -> &'static str {
        "store.csv"
    }

    fn take(&mut self, items: &[Item]) -> io::Result<()> {
        let (mut flows, mut alerts) = (BTreeMap::<Day, String>::new(), BTreeMap::<Day, String>::new());
        for item in items {
            match item {
                Item::Flow(flow) => write_flow(flows.entry(Day::of(flow.end)).or_default(), flow),
                Item::Alert(alert) => write_alert(alerts.entry(day_of(&alert.last_seen)).or_default(), alert),
                _ => {}
            }
        }
        // A file of alerts that cannot be written leaves flows that are written twice: better than not at all.
        for (daily, days) in [(&mut self.flows, flows), (&mut self.alerts, alerts)] {
            for (day, lines) in days {
                daily.append(day, lines.as_bytes())?;
            }
        }
        Ok(())
    }
}

fn write_flow(out: &mut String, seen: &SeenFlow) {
    let r: &Flow = &seen.record;
    let vlans = r.vlans.iter().map(u16::to_string).collect::<Vec<_>>().join(" ");
    let mut row = Row { out, first: true };
    row.text(&r.id).text(&r.community_id).text(&r.start).text(&r.end).number(Some(r.duration_ms));
    row.maybe(r.interface.as_deref()).text(&vlans).text(&r.transport);
    row.number(Some(r.src_ip))
        .number(r.src_port)
        .maybe(r.src_mac.as_deref())
        .maybe(seen.src_device.as_deref());
    row.number(Some(r.dst_ip))
        .number(r.dst_port)
        .maybe(r.dst_mac.as_deref())
        .maybe(seen.dst_device.as_deref());
    let direction = serde_json::to_value(r.direction).unwrap_or_default();
    row.maybe(direction.as_str()).text(r.state).text(r.end_reason);
    row.text(r.protocol).maybe(r.application).maybe(r.category).maybe(r.hostname.as_deref());
    row.number(Some(r.src_packets))
        .number(Some(r.dst_packets))
        .number(Some(r.src_bytes))
        .number(Some(r.dst_bytes));
    row.number(r.handshake_rtt_ms).number(r.rtt_avg_ms).number(r.jitter_ms);
    row.number(Some(r.src_retransmits)).number(Some(r.dst_retransmits)).number(Some(r.lost_segments));
    row.maybe(r.src_country.as_deref()).maybe(r.dst_country.as_deref()).number(r.src_asn).number(r.dst_asn);
    row.maybe(r.src_org.as_deref())
        .maybe(r.dst_org.as_deref())
        .maybe(r.ja3.as_deref())
        .maybe(r.ja4.as_deref());
    row.text(&r.risks.join(" "));
    out.push('\n');
}

fn write_alert(out: &mut String, alert: &Alert) {
    let mut row = Row { out, first: true };
    row.text(&alert.id).text(&alert.time).text(alert.detector).text(alert.severity.name());
    row.text(&alert.title).text(&alert.description);
    row.number(alert.src_ip).maybe(alert.src_mac.as_deref()).number(alert.dst_ip);
    row.maybe(alert.device.as_deref()).maybe(alert.device_name.as_deref()).number(Some(alert.count));
    row.text(&alert.first_seen).text(&alert.last_seen).text(&alert.mitre.join(" ")).text(&alert.incident);
    out.push('\n');
}

struct Row<'a> {
    out: &'a mut String,
    first: bool,
}

impl Row<'_> {
    fn text(&mut self, text: &str) -> &mut Self {
        if !std::mem::take(&mut self.first) {
            self.out.push(',');
        }
        self.out.push_str(&cell(text));
        self
    }

    fn maybe(&mut self, text: Option<&str>) -> &mut Self {
        self.text(text.unwrap_or_default())
    }

    /// What the program itself writes needs no care.
    fn number(&mut self, value: Option<impl Display>) -> &mut Self {
        let text = value.map(|value| value.to_string()).unwrap_or_default();
        self.text(&text)
    }
}

/// A value as a cell: RFC 4180, one line, and nothing that a spreadsheet takes for a formula.
pub fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err();
    let mut plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if is_formula {
        plain.insert(0, '\'');
    }
    if plain.contains([',', '"']) || plain.starts_with(' ') || plain.ends_with(' ') {
        plain = format!("\"{}\"", plain.replace('"', "\"\""));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_one_line_and_no_formula() {
        for (text, expected) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "' =1"),
            ("-7.5", "-7.5"),
            ("-cmd", "'-cmd"),
            ("a,\"b\"\r\nc", "\"a,\"\"b\"\"  c\""),
            ("\u{1b}[31m", "\" [31m\""),
            ("plain", "plain"),
        ] {
            assert_eq!(cell(text), expected);
        }
    }
}
