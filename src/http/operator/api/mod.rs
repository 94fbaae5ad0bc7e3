//! The REST API under `/api/v1`: a file per resource, and [`document`] that describes them all.

pub(super) mod audit;
pub(super) mod creators;
pub(super) mod credentials;
pub(super) mod document;
pub(super) mod events;
pub(super) mod imports;
pub(super) mod keys;
pub(super) mod me;
pub(super) mod operators;
pub(super) mod sessions;
pub(super) mod status;
pub(super) mod videos;

use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{Problem, Query};

/// Things in a list at the most.
const MOST: i64 = 500;
const USUAL: i64 = 50;

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub(super) struct Page<T> {
    /// The things of this page.
    items: Vec<T>,
    /// What to send as `after` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl<T> Page<T> {
    /// A page that was asked for one thing beyond its limit, which says whether there is more.
    pub(super) fn of<S>(
        mut found: Vec<S>,
        limit: i64,
        cursor: impl Fn(&S) -> String,
        shown: impl FnMut(S) -> T,
    ) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = found.len() > limit;
        found.truncate(limit);
        Self {
            next: found.last().filter(|_last| more).map(cursor),
            items: found.into_iter().map(shown).collect(),
        }
    }
}

/// The `limit` of a list.
///
/// # Errors
/// 400 unless it is a number from 1 to 500.
pub(super) fn limit(query: &Query) -> Result<i64, Problem> {
    let Some(text) = query.one("limit")? else {
        return Ok(USUAL);
    };
    let limit = text.parse().ok().filter(|limit| (1..=MOST).contains(limit));
    limit.ok_or_else(|| Problem::bad_request(format!("`limit` must be a number from 1 to {MOST}")))
}
