//! Answers that did not change are not sent again (RFC 9110 s8.8.3, s13.1.2).

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;

/// Larger answers are sent whenever they are asked for.
const MOST: u64 = 4 << 20;

/// Gives what is asked for a tag, and answers "not modified" to whoever has it.
pub(crate) async fn tag(request: Request, next: Next) -> Response {
    let asked = *request.method() == Method::GET && !request.headers().contains_key(header::UPGRADE);
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let response = next.run(request).await;
    let small = response.body().size_hint().upper().is_some_and(|size| size <= MOST);
    if !asked || response.status() != StatusCode::OK || !small {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::try_from(MOST).unwrap_or(usize::MAX)).await else {
        return Problem::defect().into_response();
    };
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    // Weak: the same answer may be sent compressed or not.
    let tag = format!("W/\"{:016x}\"", hasher.finish());
    let is_known = known.as_ref().and_then(|known| known.to_str().ok()).is_some_and(|known| has(known, &tag));
    if let Ok(value) = HeaderValue::from_str(&tag) {
        head.headers.insert(header::ETAG, value);
    }
    // Kept, but asked for again each time: it may have changed, and so may who asks.
    head.headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
    if is_known {
        head.status = StatusCode::NOT_MODIFIED;
        head.headers.remove(header::CONTENT_LENGTH);
        head.headers.remove(header::CONTENT_TYPE);
        return Response::from_parts(head, Body::empty());
    }
    Response::from_parts(head, Body::from(bytes))
}

/// A list of tags has this one; weak ones are compared without the mark (RFC 9110 s8.8.3.2).
fn has(known: &str, tag: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    known.trim() == "*" || known.split(',').any(|one| bare(one) == bare(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_tags() {
        let tag = "W/\"0a\"";
        for known in ["*", "W/\"0a\"", "\"0a\"", "\"b\", W/\"0a\" , \"c\""] {
            assert!(has(known, tag), "{known}");
        }
        for known in ["", "\"b\"", "0a", "W/\"0a"] {
            assert!(!has(known, tag), "{known}");
        }
    }
}
