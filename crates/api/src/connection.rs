//! Live events over WebSocket.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::error::RecvError;

use crate::app::App;
use crate::board::Event;
use crate::door::Shown;
use crate::routes::{flow_record, stats_now};
use crate::rows::DeviceRow;
use crate::time;

/// What a client wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wanted {
    stats: bool,
    flows: bool,
    devices: bool,
    alerts: bool,
}

/// What a client says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Subscription {
    subscribe: Vec<String>,
}

/// Bytes of what a client may say at once.
const MOST_SAID: usize = 16 * 1024;
/// How often it is checked whether a client may still listen.
const CHECKED_EVERY: Duration = Duration::from_secs(15);
/// Flows and devices of a snapshot.
const SNAPSHOT: usize = 100;

impl Wanted {
    const NOTHING: Self = Self { stats: false, flows: false, devices: false, alerts: false };
    const ALL: Self = Self { stats: true, flows: true, devices: true, alerts: true };

    fn parse(text: &str) -> Result<Self, String> {
        let said: Subscription = serde_json::from_str(text).map_err(|error| {
            format!("say {{\"subscribe\":[\"stats\",\"flows\",\"devices\",\"alerts\"]}}: {error}")
        })?;
        let mut wanted = Self::NOTHING;
        for name in said.subscribe {
            match name.as_str() {
                "stats" => wanted.stats = true,
                "flows" => wanted.flows = true,
                "devices" => wanted.devices = true,
                "alerts" => wanted.alerts = true,
                _ => return Err(format!("there is no `{}` to subscribe to", name.escape_debug())),
            }
        }
        Ok(wanted)
    }
}

/// `/api/v1/events`: a client says what it wants.
pub(crate) async fn events(
    upgrade: WebSocketUpgrade,
    State(app): State<Arc<App>>,
    Extension(shown): Extension<Shown>,
) -> Response {
    upgrade.max_message_size(MOST_SAID).on_upgrade(|socket| talk(socket, app, shown, Wanted::NOTHING))
}

/// The plain feed: everything, without being asked.
pub(crate) async fn feed(
    upgrade: WebSocketUpgrade,
    State(app): State<Arc<App>>,
    Extension(shown): Extension<Shown>,
) -> Response {
    upgrade.max_message_size(MOST_SAID).on_upgrade(|socket| talk(socket, app, shown, Wanted::ALL))
}

/// Until the client goes. One that does not read holds up nobody: what it missed is told it.
async fn talk(mut socket: WebSocket, app: Arc<App>, shown: Shown, mut wanted: Wanted) {
    let mut checks = tokio::time::interval(CHECKED_EVERY);
    let mut events = app.board.listen();
    if wanted != Wanted::NOTHING && send(&mut socket, snapshot(&app, wanted)).await.is_err() {
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
                    Ok(event) => message(&app, wanted, &event),
                    Err(RecvError::Lagged(missed)) => {
                        let lagged = text("lagged", &missed).replacen("\"data\"", "\"missed\"", 1);
                        if send(&mut socket, lagged.into()).await.is_err() {
                            return;
                        }
                        Some(snapshot(&app, wanted))
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
                            snapshot(&app, wanted)
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

async fn send(socket: &mut WebSocket, text: Utf8Bytes) -> Result<(), axum::Error> {
    socket.send(Message::Text(text)).await
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

fn message(app: &App, wanted: Wanted, event: &Event) -> Option<Utf8Bytes> {
    match event {
        Event::Stats(_) if wanted.stats => Some(text("stats", &stats_now(app)).into()),
        Event::Flows(batch) if wanted.flows => {
            let message = batch.message.get_or_init(|| {
                let flows: Vec<_> = batch.flows.iter().map(|flow| flow_record(flow)).collect();
                text("flows", &flows)
            });
            Some(message.as_str().into())
        }
        Event::Devices(devices) if wanted.devices => {
            let (now, incidents) = (time::of(&app.now()), app.board.incidents());
            let rows: Vec<_> = devices.iter().map(|device| DeviceRow::new(device, &incidents, now)).collect();
            Some(text("devices", &rows).into())
        }
        Event::Alerts(alerts) if wanted.alerts => Some(text("alerts", &**alerts).into()),
        _ => None,
    }
}

/// What there is now of what is wanted.
fn snapshot(app: &App, wanted: Wanted) -> Utf8Bytes {
    #[derive(Serialize, Default)]
    struct Snapshot {
        #[serde(skip_serializing_if = "Option::is_none")]
        stats: Option<serde_json::Value>,
        #[serde(skip_serializing_if = "Option::is_none")]
        flows: Option<Vec<serde_json::Value>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        devices: Option<Vec<DeviceRow>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        alerts: Option<Vec<model::Alert>>,
    }
    let devices = || {
        let (now, incidents) = (time::of(&app.now()), app.board.incidents());
        let devices = app.board.devices();
        let mut latest: Vec<_> = devices.all.iter().collect();
        latest.sort_by(|a, b| b.last_seen.cmp(&a.last_seen));
        latest.into_iter().take(SNAPSHOT).map(|device| DeviceRow::new(device, &incidents, now)).collect()
    };
    let alerts = || app.board.alerts().iter().rev().take(SNAPSHOT).cloned().collect();
    let flows = || app.board.latest_flows(SNAPSHOT).iter().map(|flow| flow_record(flow)).collect();
    let snapshot = Snapshot {
        stats: wanted.stats.then(|| serde_json::to_value(stats_now(app)).unwrap_or_default()),
        flows: wanted.flows.then(flows),
        devices: wanted.devices.then(devices),
        alerts: wanted.alerts.then(alerts),
    };
    text("snapshot", &snapshot).into()
}
