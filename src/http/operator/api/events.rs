//! What Dailymotion's injector reported.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Page, limit};
use crate::{
    app::{Caller, EventPlace, EventQuery, FiledEvent, Replayed},
    http::{
        Faces, Problem, Query,
        operator::json::{Answer, Json},
        path::Path,
    },
    model::{Action, Digest, Timestamp},
};

/// A report, as it is filed.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct EventView {
    /// SHA-256 of its own bytes
    digest: String,
    /// Milliseconds since 1970.
    received_at: i64,
    guid: Option<String>,
    /// ready, refused, recorded, progress, anomalous, orphan or malformed
    outcome: &'static str,
    alarm: Option<String>,
    /// When the injector says that it sent it
    sent_at: Option<i64>,
    /// What was odd about it, or why it is malformed
    note: Option<String>,
}

/// A report with its own bytes.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct RawEventView {
    #[serde(flatten)]
    event: EventView,
    /// The element as it came; none once retention has dropped it
    raw: Option<String>,
}

/// What became of replayed events.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct ReplayedView {
    looked_at: u64,
    /// They changed where their video stands
    moved: u64,
    /// Nothing could be read again: retention has dropped their text
    without_text: u64,
}

impl From<FiledEvent> for EventView {
    fn from(event: FiledEvent) -> Self {
        Self {
            digest: event.digest.to_string(),
            received_at: event.received_at.as_millis(),
            guid: event.guid,
            outcome: event.outcome.as_str(),
            alarm: event.alarm,
            sent_at: event.sent_at.map(Timestamp::as_millis),
            note: event.note,
        }
    }
}

impl From<Replayed> for ReplayedView {
    fn from(replayed: Replayed) -> Self {
        Self {
            looked_at: replayed.looked_at(),
            moved: replayed.outcomes.values().map(|one| one.moved).sum(),
            without_text: replayed.outcomes.values().map(|one| one.without_text).sum(),
        }
    }
}

/// Events in the order in which they came; of one guid the newest, newest first
#[utoipa::path(get, path = "/api/v1/events", tag = "events",
    params(("troubled" = Option<bool>, Query, description = "leaves out success and progress"),
        ("guid" = Option<String>, Query, description = "only what was reported about this guid; has no further page"),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 500), ("after" = Option<String>, Query)),
    responses((status = 200, body = Page<EventView>)))]
pub(in crate::http::operator) async fn list_events(
    State(faces): State<Arc<Faces>>,
    query: Query,
) -> Answer<Page<EventView>> {
    let limit = limit(&query)?;
    if let Some(guid) = query.one("guid")? {
        let wanted = EventQuery::OfGuid(guid.to_owned());
        let events = faces.app.newest_events(&wanted, limit).await?;
        return Ok(Json::of(Page::of(events, limit, cursor, Into::into)));
    }
    let troubled = match query.one("troubled")? {
        None | Some("false") => false,
        Some("true") => true,
        Some(_odd) => return Err(Problem::bad_request("`troubled` must be true or false")),
    };
    let after = query.one("after")?.map(place).transpose()?;
    let events = faces.app.page_of_events(troubled, after, limit + 1).await?;
    Ok(Json::of(Page::of(events, limit, cursor, Into::into)))
}

fn cursor(event: &FiledEvent) -> String {
    format!("{}.{}", event.received_at.as_millis(), event.digest)
}

fn place(text: &str) -> Result<EventPlace, Problem> {
    let read = || {
        let (at, digest) = text.split_once('.')?;
        Some((
            Timestamp::from_millis(at.parse().ok()?),
            digest.parse().ok()?,
        ))
    };
    read().ok_or_else(|| Problem::bad_request("`after` must be the `next` of the page before"))
}

/// One event with its own bytes; the audit notes that it was read
#[utoipa::path(get, path = "/api/v1/events/{digest}", tag = "events", params(("digest" = String, Path)),
    responses((status = 200, body = RawEventView)))]
pub(in crate::http::operator) async fn show_event(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(digest): Path<Digest>,
) -> Answer<RawEventView> {
    let mut event = faces.app.event(&digest).await?;
    faces
        .app
        .note_look(&caller.actor, Action::ReadEvent, &digest.to_string())
        .await?;
    let raw = event.raw.take();
    Ok(Json::of(RawEventView {
        event: event.into(),
        raw,
    }))
}

/// Apply an event again by the rules of its arrival; it is never a new arrival
#[utoipa::path(post, path = "/api/v1/events/{digest}/replay", tag = "events", params(("digest" = String, Path)),
    responses((status = 200, body = ReplayedView)))]
pub(in crate::http::operator) async fn replay_event(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(digest): Path<Digest>,
) -> Answer<ReplayedView> {
    let replayed = faces.app.replay_event(&caller.actor, &digest).await?;
    Ok(Json::of(replayed.into()))
}
