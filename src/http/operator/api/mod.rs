//! The REST API under `/api/v1`: a file per resource, and [`document`] that describes them all.

pub(super) mod alarms;
pub(super) mod audit;
pub(super) mod bulk;
pub(super) mod creators;
pub(super) mod credentials;
pub(super) mod document;
pub(super) mod event_exports;
pub(super) mod events;
pub(super) mod imports;
pub(super) mod jobs;
pub(super) mod keys;
pub(super) mod me;
pub(super) mod operators;
mod plan_fields;
pub(super) mod refusals;
pub(super) mod rules;
pub(super) mod sessions;
pub(super) mod status;
pub(super) mod user_list;
pub(super) mod video_lists;
pub(super) mod videos;
pub(super) mod visits;
pub(super) mod webhooks;
pub(super) mod what_ifs;

use std::fmt::Display;

use serde::Serialize;
use utoipa::ToSchema;

use crate::model::PageSize;

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
    /// A page that knows where the list goes on.
    pub(super) fn with<S>(
        found: Vec<S>,
        next: Option<impl Display>,
        shown: impl FnMut(S) -> T,
    ) -> Self {
        Self {
            items: found.into_iter().map(shown).collect(),
            next: next.map(|next| next.to_string()),
        }
    }

    /// A page that was asked for one thing beyond its size, which says whether there is more.
    pub(super) fn of<S>(
        mut found: Vec<S>,
        size: PageSize,
        cursor: impl Fn(&S) -> String,
        shown: impl FnMut(S) -> T,
    ) -> Self {
        let limit = usize::try_from(size.get()).unwrap_or(usize::MAX);
        let more = found.len() > limit;
        found.truncate(limit);
        Self {
            next: found.last().filter(|_last| more).map(cursor),
            items: found.into_iter().map(shown).collect(),
        }
    }
}
