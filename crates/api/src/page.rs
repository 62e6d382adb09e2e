use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;

/// Some of a list.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// In the order that was asked for.
    pub items: Vec<T>,
    /// Give it as `cursor` to get what follows; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// How many there are in all, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<usize>,
}

/// Items of a page unless somebody asks for another number.
const USUAL: usize = 100;
/// Items of a page at most.
const MOST: usize = 1000;

pub(crate) fn limit(asked: Option<usize>) -> Result<usize, Problem> {
    match asked {
        None => Ok(USUAL),
        Some(limit @ 1..=MOST) => Ok(limit),
        Some(other) => Err(Problem::bad(format!("limit is {other}; it must be from 1 to {MOST}"))),
    }
}

/// Cuts a page out of a whole list; the cursor is a place in it.
pub(crate) fn cut<T>(all: Vec<T>, limit: usize, cursor: Option<&str>) -> Result<Page<T>, Problem> {
    let from = match cursor {
        None => 0,
        Some(text) => text.parse().map_err(|_| Problem::bad("cursor is none that was given out here"))?,
    };
    let total = all.len();
    let items: Vec<T> = all.into_iter().skip(from).take(limit).collect();
    let end = from.saturating_add(items.len());
    let next = (end < total && !items.is_empty()).then(|| end.to_string());
    Ok(Page { items, next, total: Some(total) })
}
