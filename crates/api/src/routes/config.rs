use std::sync::{Arc, PoisonError};

use axum::Json;
use axum::extract::State;
use serde_json::Value;

use crate::app::App;

/// The configuration in effect.
#[utoipa::path(get, path = "/api/v1/config", responses((status = 200, body = Object)))]
pub(super) async fn get(State(app): State<Arc<App>>) -> Json<Value> {
    Json(app.config.lock().unwrap_or_else(PoisonError::into_inner).clone())
}
