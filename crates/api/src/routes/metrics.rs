//! Prometheus' text format 0.0.4.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::stats;
use crate::app::App;

/// One metric: name, kind, help, and what it is by label.
type Metric<'a> = (&'a str, &'a str, &'a str, Vec<(String, u64)>);

pub(super) async fn get(State(app): State<Arc<App>>) -> Response {
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], text(&app)).into_response()
}

fn text(app: &App) -> String {
    let stats = app.board.stats();
    let now = stats::now(app);
    let now = serde_json::to_value(&now).unwrap_or_default();
    let number = |name: &str| now.get(name).and_then(serde_json::Value::as_u64).unwrap_or_default();
    let one = |value: u64| vec![(String::new(), value)];
    let by = |of: &dyn Fn(&model::InterfaceStats) -> u64| {
        let label = |i: &model::InterfaceStats| format!("{{interface=\"{}\"}}", escaped(&i.name));
        stats.interfaces.iter().map(|i| (label(i), of(i))).collect::<Vec<_>>()
    };
    let mut alerts = std::collections::BTreeMap::<(&str, &str), u64>::new();
    for alert in app.board.alerts().iter() {
        *alerts.entry((alert.detector, alert.severity.name())).or_default() += 1;
    }
    let alerts = alerts
        .into_iter()
        .map(|((detector, severity), n)| (format!("{{detector=\"{detector}\",severity=\"{severity}\"}}"), n))
        .collect();
    let metrics: Vec<Metric<'_>> = vec![
        ("netmonsec_interface_packets_total", "counter", "Packets received.", by(&|i| i.packets)),
        ("netmonsec_interface_bytes_total", "counter", "Bytes received.", by(&|i| i.bytes)),
        (
            "netmonsec_interface_kernel_dropped_packets_total",
            "counter",
            "Packets that the kernel dropped because a ring was full.",
            by(&|i| i.kernel_drops),
        ),
        ("netmonsec_packets_processed_total", "counter", "Packets analysed.", one(stats.drops.processed)),
        (
            "netmonsec_packets_undecodable_total",
            "counter",
            "Packets whose headers made no sense.",
            one(stats.drops.undecodable),
        ),
        (
            "netmonsec_packets_filtered_total",
            "counter",
            "Packets left out by configuration.",
            one(stats.drops.filtered),
        ),
        ("netmonsec_packets_shed_total", "counter", "Packets given up by a worker.", one(stats.drops.shed)),
        ("netmonsec_flows_opened_total", "counter", "Flows opened.", one(stats.flows)),
        (
            "netmonsec_flows_evicted_total",
            "counter",
            "Flows that had to go for want of room.",
            one(stats.evicted),
        ),
        ("netmonsec_flows_open", "gauge", "Flows open now.", one(stats.open_flows)),
        ("netmonsec_records_shed_total", "counter", "Flow records given up.", one(stats.records_shed)),
        ("netmonsec_events_shed_total", "counter", "Observations given up.", one(stats.events_shed)),
        ("netmonsec_devices", "gauge", "Devices known.", one(number("devices"))),
        (
            "netmonsec_devices_online",
            "gauge",
            "Devices seen within five minutes.",
            one(number("devices_online")),
        ),
        ("netmonsec_alerts_open", "gauge", "Alerts that nobody has dealt with.", one(number("alerts_open"))),
        ("netmonsec_alerts_total", "counter", "Alerts raised.", alerts),
        ("netmonsec_uptime_seconds", "gauge", "Seconds since the start.", one(stats.uptime_s)),
    ];
    let mut text = String::new();
    let mut store = Vec::new();
    if let Some(status) = app.status.as_ref().map(|status| (status.0)()) {
        store = vec![
            ("netmonsec_store_records_written_total", "counter", "Records on disk.", one(status.written)),
            (
                "netmonsec_store_records_shed_total",
                "counter",
                "Records there was no time for.",
                one(status.shed),
            ),
            (
                "netmonsec_store_records_lost_total",
                "counter",
                "Records that could not be written.",
                one(status.lost),
            ),
            ("netmonsec_store_bytes", "gauge", "Bytes of the history.", one(status.bytes)),
            ("netmonsec_store_free_bytes", "gauge", "Bytes free on its disk.", one(status.free_bytes)),
            (
                "netmonsec_store_healthy",
                "gauge",
                "1 if the history can be written.",
                one(u64::from(status.trouble.is_none())),
            ),
        ];
    }
    for (name, kind, help, samples) in metrics.into_iter().chain(store) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in samples {
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    }
    text
}

/// As label values are written.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_cannot_be_broken_out_of() {
        assert_eq!(escaped("a\"} 1\nb\\"), "a\\\"} 1\\nb\\\\");
    }
}
