//! Live events over WebSocket.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use filter::{Filter, Subject};
use model::Device;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::broadcast::error::RecvError;

use crate::app::App;
use crate::board::Event;
use crate::door::Shown;
use crate::routes::{flow_record, stats_now};
use crate::rows::{DeviceRow, Risks, online_since};
use crate::time;

/// What a client wants.
#[derive(Debug, Clone, Default)]
struct Wanted {
    stats: bool,
    flows: Option<Filter>,
    devices: Option<Filter>,
    alerts: Option<Filter>,
}

/// What a client says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Subscription {
    subscribe: Vec<String>,
    /// Which of them: `{"flows": "protocol = tls", "alerts": "severity >= high"}`.
    #[serde(default)]
    filter: HashMap<String, String>,
}

/// Bytes of what a client may say at once.
const MOST_SAID: usize = 16 * 1024;
/// How often it is checked whether a client may still listen.
const CHECKED_EVERY: Duration = Duration::from_secs(15);
/// Flows and devices of a snapshot.
const SNAPSHOT: usize = 100;
/// Flows that are looked at for those of a snapshot.
const LOOKED_AT: usize = 10_000;

/// A client that takes nothing for so long is gone.
const GONE_AFTER: Duration = Duration::from_secs(60);

impl Wanted {
    fn all() -> Self {
        let everything = |subject| Filter::parse(subject, "").ok();
        Self {
            stats: true,
            flows: everything(Subject::Flows),
            devices: everything(Subject::Devices),
            alerts: everything(Subject::Alerts),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let said: Subscription = serde_json::from_str(text).map_err(|error| {
            format!("say {{\"subscribe\":[\"stats\",\"flows\",\"devices\",\"alerts\"]}}: {error}")
        })?;
        let mut wanted = Self::default();
        for name in &said.subscribe {
            let filter = |subject| {
                let text = said.filter.get(name).map_or("", String::as_str);
                let filter = Filter::parse(subject, text);
                filter.map(Some).map_err(|error| format!("filter of {name}, {error}"))
            };
            match name.as_str() {
                "stats" => wanted.stats = true,
                "flows" => wanted.flows = filter(Subject::Flows)?,
                "devices" => wanted.devices = filter(Subject::Devices)?,
                "alerts" => wanted.alerts = filter(Subject::Alerts)?,
                _ => return Err(format!("there is no `{}` to subscribe to", name.escape_debug())),
            }
        }
        let stray = said.filter.keys().find(|name| *name == "stats" || !said.subscribe.contains(name));
        match stray {
            Some(name) => {
                Err(format!("there is a filter of `{}`, which is not subscribed to", name.escape_debug()))
            }
            None => Ok(wanted),
        }
    }

    fn is_nothing(&self) -> bool {
        !self.stats && self.flows.is_none() && self.devices.is_none() && self.alerts.is_none()
    }
}

/// `/api/v1/events`: a client says what it wants.
pub(crate) async fn events(
    upgrade: WebSocketUpgrade,
    State(app): State<Arc<App>>,
    Extension(shown): Extension<Shown>,
) -> Response {
    upgrade.max_message_size(MOST_SAID).on_upgrade(|socket| talk(socket, app, shown, Wanted::default()))
}

/// The plain feed: everything, without being asked.
pub(crate) async fn feed(
    upgrade: WebSocketUpgrade,
    State(app): State<Arc<App>>,
    Extension(shown): Extension<Shown>,
) -> Response {
    upgrade.max_message_size(MOST_SAID).on_upgrade(|socket| talk(socket, app, shown, Wanted::all()))
}

/// Until the client goes. One that does not read holds up nobody: what it missed is told it.
async fn talk(mut socket: WebSocket, app: Arc<App>, shown: Shown, mut wanted: Wanted) {
    let mut checks = tokio::time::interval(CHECKED_EVERY);
    let mut events = app.board.listen();
    if !wanted.is_nothing() && send(&mut socket, snapshot(&app, &wanted)).await.is_err() {
        return;
    }
    loop {
        tokio::select! {
            // A session that ended, or a token that was revoked, hears no more.
            _ = checks.tick() => {
                if !matches!(app.who(shown.clone()).await, Ok(Some(_))) {
                    return;
                }
            }
            event = events.recv() => {
                let message = match event {
                    Ok(event) => message(&app, &wanted, &event),
                    Err(RecvError::Lagged(missed)) => {
                        let lagged = text("lagged", &missed).replacen("\"data\"", "\"missed\"", 1);
                        if send(&mut socket, lagged.into()).await.is_err() {
                            return;
                        }
                        Some(snapshot(&app, &wanted))
                    }
                    Err(RecvError::Closed) => return,
                };
                if let Some(message) = message && send(&mut socket, message).await.is_err() {
                    return;
                }
            }
            said = socket.recv() => {
                let answer = match said {
                    Some(Ok(Message::Text(said))) => match Wanted::parse(&said) {
                        Ok(now) => {
                            wanted = now;
                            snapshot(&app, &wanted)
                        }
                        Err(error) => text("error", &error).into(),
                    },
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                    Some(Ok(_)) => continue,
                };
                if send(&mut socket, answer).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Sends, or finds that nobody takes it.
async fn send(socket: &mut WebSocket, text: Utf8Bytes) -> Result<(), ()> {
    let sent = tokio::time::timeout(GONE_AFTER, socket.send(Message::Text(text)));
    sent.await.map_err(|_| ())?.map_err(|_| ())
}

fn text(kind: &str, data: &impl Serialize) -> String {
    #[derive(Serialize)]
    struct Told<'a, T> {
        #[serde(rename = "type")]
        kind: &'a str,
        data: &'a T,
    }
    serde_json::to_string(&Told { kind, data }).unwrap_or_default()
}

fn message(app: &App, wanted: &Wanted, event: &Event) -> Option<Utf8Bytes> {
    match event {
        Event::Stats(_) if wanted.stats => Some(text("stats", &stats_now(app)).into()),
        Event::Flows(batch) => match &wanted.flows {
            // Most want all of them: for those it is written once.
            Some(filter) if filter.takes_all() => {
                let message = batch.message.get_or_init(|| {
                    let flows: Vec<_> = batch.flows.iter().map(|flow| flow_record(flow)).collect();
                    text("flows", &flows)
                });
                Some(message.as_str().into())
            }
            Some(filter) => some("flows", taken(batch.flows.iter().map(|flow| flow_record(flow)), filter)),
            None => None,
        },
        Event::Devices(devices) => {
            let filter = wanted.devices.as_ref()?;
            some("devices", taken(rows(app, devices.iter()), filter))
        }
        Event::Alerts(alerts) => some("alerts", taken(alerts.iter().map(json), wanted.alerts.as_ref()?)),
        Event::Stats(_) => None,
    }
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn rows<'a>(app: &App, devices: impl Iterator<Item = &'a Arc<Device>>) -> std::vec::IntoIter<Value> {
    let (now, incidents) = (time::of(&app.now()), app.board.incidents());
    let (risks, since) = (Risks::of(app.past.with(&incidents), now), online_since(now));
    let rows: Vec<_> = devices.map(|device| json(&DeviceRow::of(device, &risks, &since))).collect();
    rows.into_iter()
}

fn taken(records: impl Iterator<Item = Value>, filter: &Filter) -> Vec<Value> {
    records.filter(|record| filter.takes_all() || filter.matches(record)).collect()
}

/// Nothing is said of nothing.
fn some(kind: &str, records: Vec<Value>) -> Option<Utf8Bytes> {
    (!records.is_empty()).then(|| text(kind, &records).into())
}

/// What there is now of what is wanted.
fn snapshot(app: &App, wanted: &Wanted) -> Utf8Bytes {
    let devices = |filter: &Filter| {
        let devices = app.board.devices();
        let mut latest: Vec<_> = devices.all.iter().collect();
        latest.sort_by(|a, b| b.last_seen.cmp(&a.last_seen));
        let looked_at = if filter.takes_all() { SNAPSHOT } else { latest.len() };
        first(rows(app, latest.into_iter().take(looked_at)), filter)
    };
    let alerts = |filter: &Filter| first(app.board.alerts().iter().rev().map(json), filter);
    let flows = |filter: &Filter| {
        let looked_at = if filter.takes_all() { SNAPSHOT } else { LOOKED_AT };
        first(app.board.latest_flows(looked_at).iter().map(|flow| flow_record(flow)), filter)
    };
    let mut snapshot = Map::new();
    let mut put = |name: &str, value: Option<Value>| value.map(|value| snapshot.insert(name.into(), value));
    put("stats", wanted.stats.then(|| json(&stats_now(app))));
    put("flows", wanted.flows.as_ref().map(flows));
    put("devices", wanted.devices.as_ref().map(devices));
    put("alerts", wanted.alerts.as_ref().map(alerts));
    text("snapshot", &snapshot).into()
}

/// The first that a filter takes.
fn first(records: impl Iterator<Item = Value>, filter: &Filter) -> Value {
    records.filter(|record| filter.takes_all() || filter.matches(record)).take(SNAPSHOT).collect()
}
