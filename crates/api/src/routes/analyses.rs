//! Captures that people hand in: `/api/v1/analyses`, and below each what there is of it.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path as FsPath, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use access::{Action, Identity};
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use tower::ServiceExt;
use utoipa::{IntoParams, ToSchema};

use crate::analyses::{Analyses, Analysis, MOST, shown_name};
use crate::app::{App, aside};
use crate::extract::{Path, Query};
use crate::listen::Peer;
use crate::problem::Problem;

/// All captures that were handed in.
#[derive(Serialize, ToSchema)]
pub(super) struct All {
    /// The newest first.
    items: Vec<Analysis>,
    /// Bytes that a capture may have.
    most_bytes: u64,
    /// How many are kept.
    most: usize,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct UploadQuery {
    /// What the file is called; for showing.
    name: Option<String>,
}

/// How long the next bytes of a capture may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of a capture that must come in a second, after a minute: others wait to hand in theirs.
const SLOWEST: u64 = 64 << 10;
/// Bytes that are written at once.
const PIECE: usize = 1 << 20;
/// Bytes that stay free on the disk: the history needs room, too.
const RESERVE: u64 = 64 << 20;

/// Captures that were handed in, the newest first.
#[utoipa::path(get, path = "/api/v1/analyses",
    responses((status = 200, body = All), (status = 503, body = Problem)))]
pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Json<All>, Problem> {
    let all = analyses(&app)?;
    Ok(Json(All { items: all.all(), most_bytes: all.limit, most: MOST }))
}

/// How one is.
#[utoipa::path(get, path = "/api/v1/analyses/{id}", params(("id" = String, Path)),
    responses((status = 200, body = Analysis), (status = 404, body = Problem), (status = 503, body = Problem)))]
pub(super) async fn get(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Analysis>, Problem> {
    analyses(&app)?.get(&id).map(Json).ok_or_else(|| Problem::missing("analysis"))
}

/// Forgets one, and all that was found.
#[utoipa::path(delete, path = "/api/v1/analyses/{id}", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 503, body = Problem)))]
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    Extension(who): Extension<Identity>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let (all, door) = (Arc::clone(analyses(&app)?), app.door.clone());
    aside(move || {
        let gone = all.remove(&id).ok_or_else(|| Problem::missing("analysis"))?;
        door.note_change(&who, peer.ip(), Action::AnalysisRemoved, &id, &gone.name);
        Ok(StatusCode::NO_CONTENT)
    })
    .await?
}

/// Takes in a capture (pcap or pcapng, also compressed with gzip or zstd), to be analysed.
#[utoipa::path(post, path = "/api/v1/analyses", params(UploadQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 202, body = Analysis), (status = 408, body = Problem), (status = 409, body = Problem),
        (status = 413, body = Problem), (status = 503, body = Problem), (status = 507, body = Problem)))]
pub(super) async fn add(
    State(app): State<Arc<App>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    Extension(who): Extension<Identity>,
    Query(query): Query<UploadQuery>,
    request: Request,
) -> Result<(StatusCode, Json<Analysis>), Problem> {
    let all = Arc::clone(analyses(&app)?);
    let _alone = Alone::new(&all)?;
    if !all.has_room() {
        let detail = format!("{MOST} captures wait to be analysed; wait for one of them, or delete it");
        return Err(Problem::new(StatusCode::CONFLICT, detail));
    }
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > all.limit) {
        return Err(too_large(&all));
    }
    room(&all.folder, length.unwrap_or_default())?;
    let (id, folder) = all.prepare().map_err(|error| Problem::unavailable(&error.to_string()))?;
    // Whoever breaks off ends this wherever it waits.
    let mut kept = Kept(Some(folder.clone()));
    let bytes = receive(&all, &folder, request.into_body()).await?;
    kept.0 = None;
    let name = shown_name(query.name.as_deref().unwrap_or_default());
    let told = all.add(id, name, &folder, bytes);
    let (door, note) = (app.door.clone(), told.clone());
    aside(move || {
        let detail = format!("{}, {bytes} bytes", note.name);
        door.note_change(&who, peer.ip(), Action::AnalysisAdded, &note.id, &detail);
    })
    .await?;
    Ok((StatusCode::ACCEPTED, Json(told)))
}

/// What a read-only route answers about a capture: `/api/v1/analyses/{id}/devices` and so on.
#[utoipa::path(get, path = "/api/v1/analyses/{id}/{route}",
    params(("id" = String, Path), ("route" = String, Path)),
    responses((status = 200, body = Object), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 503, body = Problem)))]
pub(super) async fn below(
    State(app): State<Arc<App>>,
    Path((id, route)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let all = analyses(&app)?;
    let told = all.get(&id).ok_or_else(|| Problem::missing("analysis"))?;
    let make = |board, folder| {
        let (config, door) = (Arc::clone(&app.config), app.door.clone());
        let own = App { folder: Some(folder), ..App::new(board, config, door) };
        super::views().with_state(Arc::new(own))
    };
    let Some(router) = all.router(&id, make) else {
        let why = told.error.unwrap_or_else(|| "it is not done yet".into());
        return Err(Problem::new(
            StatusCode::CONFLICT,
            format!("there is nothing to show of {}: {why}", told.name),
        ));
    };
    // The raw path: what is escaped stays so.
    let path = request.uri().path_and_query().map(|path| path.as_str()).unwrap_or_default();
    let rest = path.splitn(6, '/').nth(5).unwrap_or(&route);
    let uri: Uri = format!("/api/v1/{rest}").parse().map_err(|_| Problem::missing("page"))?;
    // Made anew: the parameters of this route are none of the other's.
    let mut inner = Request::new(Body::empty());
    *inner.uri_mut() = uri;
    *inner.headers_mut() = request.headers().clone();
    Ok(router.oneshot(inner).await.into_response())
}

fn analyses(app: &App) -> Result<&Arc<Analyses>, Problem> {
    let none = "captures cannot be handed in: store.path is empty, or its folder is another instance's";
    app.analyses.as_ref().ok_or_else(|| Problem::unavailable(none))
}

/// Writes a capture to disk as it comes.
async fn receive(all: &Analyses, folder: &FsPath, mut body: Body) -> Result<u64, Problem> {
    let path = folder.join("capture");
    let mut file = on_disk(move || File::create_new(path)).await?;
    let mut bytes = 0u64;
    let mut piece = Vec::new();
    let begun = crate::kept::now();
    loop {
        let next = tokio::time::timeout(PATIENCE, next(&mut body)).await;
        let next = next.map_err(|_| Problem::new(StatusCode::REQUEST_TIMEOUT, "no bytes came for 30 s"))?;
        let data =
            next.transpose().map_err(|error| Problem::bad(format!("the capture ended early: {error}")))?;
        let over = data.is_none();
        if let Some(data) = data {
            bytes = bytes.saturating_add(data.len() as u64);
            if bytes > all.limit {
                return Err(too_large(all));
            }
            let due = begun.elapsed().as_secs().saturating_sub(60).saturating_mul(SLOWEST);
            if bytes < due {
                let detail = "fewer than 64 KiB a second came: copy the capture to a nearer machine, or hand in a part";
                return Err(Problem::new(StatusCode::REQUEST_TIMEOUT, detail));
            }
            piece.extend_from_slice(&data);
        }
        if piece.len() >= PIECE || over {
            room(&all.folder, piece.len() as u64)?;
            let whole = std::mem::take(&mut piece);
            file = on_disk(move || file.write_all(&whole).map(|()| file)).await?;
        }
        if over {
            return Ok(bytes);
        }
    }
}

async fn next(body: &mut Body) -> Option<Result<Bytes, axum::Error>> {
    loop {
        let frame = std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await?;
        match frame.map(|frame| frame.into_data()) {
            Ok(Ok(data)) => return Some(Ok(data)),
            // Trailers say nothing here.
            Ok(Err(_)) => {}
            Err(error) => return Some(Err(error)),
        }
    }
}

async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, Problem> {
    aside(work).await?.map_err(|error| match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => no_room(),
        _ => Problem::unavailable(&format!("the capture cannot be kept: {error}")),
    })
}

fn room(folder: &FsPath, bytes: u64) -> Result<(), Problem> {
    let Ok(disk) = rustix::fs::statvfs(folder) else { return Ok(()) };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free < bytes.saturating_add(RESERVE) { Err(no_room()) } else { Ok(()) }
}

fn no_room() -> Problem {
    let detail = "the disk of store.path has no room for it; delete an analysis, or make room";
    Problem::new(StatusCode::INSUFFICIENT_STORAGE, detail)
}

fn too_large(all: &Analyses) -> Problem {
    let detail = format!("a capture may have {} bytes (api.upload); hand in a part of it", all.limit);
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
}

/// Receives alone, until it is dropped.
struct Alone<'a>(&'a Analyses);

impl<'a> Alone<'a> {
    fn new(all: &'a Analyses) -> Result<Self, Problem> {
        if all.receiving.swap(true, Ordering::AcqRel) {
            return Err(Problem::new(
                StatusCode::CONFLICT,
                "another capture is being received; try again when it is in",
            ));
        }
        Ok(Self(all))
    }
}

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        self.0.receiving.store(false, Ordering::Release);
    }
}

/// A folder that goes, unless what it is for succeeds.
struct Kept(Option<PathBuf>);

impl Drop for Kept {
    fn drop(&mut self) {
        if let Some(folder) = &self.0 {
            let _ = fs::remove_dir_all(folder);
        }
    }
}
