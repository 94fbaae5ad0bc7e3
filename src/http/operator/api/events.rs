//! What Dailymotion's injector reported.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::Page;
use crate::{
    app::{Caller, EventKind, EventOrder, EventPlace, EventRange, FiledEvent, Replayed},
    http::{
        Faces,
        operator::{
            json::{Answer, Json},
            parameters::Parameters,
            schemas::Text,
        },
        path::Path,
    },
    model::{Alarm, Digest, Outcome, PageSize, Timestamp},
};

/// A report, as it is filed.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct EventView {
    /// Of its own bytes
    digest: Digest,
    /// Milliseconds since 1970.
    received_at: i64,
    guid: Option<String>,
    outcome: Outcome,
    #[schema(value_type = Option<Alarm>)]
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
            digest: event.digest,
            received_at: event.received_at.as_millis(),
            guid: event.guid,
            outcome: event.outcome,
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

/// Events in the order in which they came, or newest first
#[utoipa::path(get, path = "/api/v1/events", tag = "events",
    params(("troubled" = Option<bool>, Query, description = "leaves out success and progress; goes without `alarms`, `guid` and `outcome`"),
        ("alarms" = Option<bool>, Query, description = "only events that somebody has to look at; goes without `troubled`, `guid` and `outcome`"),
        ("guid" = Option<Text>, Query, description = "only what was reported about this guid, known or not"),
        ("outcome" = Option<Outcome>, Query, description = "only what is filed so"),
        ("since" = Option<Timestamp>, Query, description = "received at this moment or later"),
        ("until" = Option<Timestamp>, Query, description = "received at this moment or earlier"),
        ("sort" = Option<EventOrder>, Query, description = "`oldest` when absent"),
        ("limit" = Option<PageSize>, Query), ("after" = Option<Text>, Query, description = "the `next` of the page before")),
    responses((status = 200, body = Page<EventView>)))]
pub(in crate::http::operator) async fn list_events(
    State(faces): State<Arc<Faces>>,
    mut given: Parameters,
) -> Answer<Page<EventView>> {
    let (range, size) = (range(&mut given), given.limit());
    let kind = kind(&mut given, &range);
    let order = given.word("sort").unwrap_or_default();
    let after = given.text("after").and_then(|text| {
        let wrong = "must be the `next` of the page before";
        place(&text).or_else(|| given.contradicts("after", wrong))
    });
    let after = given.finish(after)?;
    let events = faces
        .app
        .list_events(&range, kind, order, after, size.get() + 1);
    Ok(Json::of(Page::of(events.await?, size, cursor, Into::into)))
}

/// Which events are meant.
pub(super) fn range(given: &mut Parameters) -> EventRange {
    EventRange {
        since: given.optional("since"),
        until: given.optional("until"),
        guid: given.text("guid"),
        outcome: given.optional("outcome"),
    }
}

fn kind(given: &mut Parameters, range: &EventRange) -> EventKind {
    let flags = ["troubled", "alarms"].map(|name| given.flag(name).unwrap_or_default());
    let kind = match flags {
        [false, false] => return EventKind::Any,
        [true, false] => EventKind::Troubled,
        [false, true] => EventKind::Alarming,
        [true, true] => {
            return given
                .contradicts("alarms", "goes without `troubled`")
                .unwrap_or_default();
        }
    };
    if range.guid.is_some() || range.outcome.is_some() {
        let why = "`troubled` and `alarms` go without `guid` and `outcome`";
        given.contradicts::<()>("guid", why);
    }
    kind
}

/// Where a page behind this event begins, as addresses say it.
pub(in crate::http::operator) fn cursor(event: &FiledEvent) -> String {
    format!("{}.{}", event.received_at.as_millis(), event.digest)
}

/// The place that [`cursor`] wrote.
pub(in crate::http::operator) fn place(text: &str) -> Option<EventPlace> {
    let (at, digest) = text.split_once('.')?;
    let at = Timestamp::from_millis(at.parse().ok()?);
    Some((at, digest.parse().ok()?))
}

/// One event with its own bytes; the audit notes that it was read
#[utoipa::path(get, path = "/api/v1/events/{digest}", tag = "events", params(("digest" = Digest, Path)),
    responses((status = 200, body = RawEventView)))]
pub(in crate::http::operator) async fn show_event(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(digest): Path<Digest>,
) -> Answer<RawEventView> {
    let mut event = faces.app.event_as_sent(&caller.actor, &digest).await?;
    let raw = event.raw.take();
    Ok(Json::of(RawEventView {
        event: event.into(),
        raw,
    }))
}

/// Apply an event again by the rules of its arrival; it is never a new arrival
#[utoipa::path(post, path = "/api/v1/events/{digest}/replay", tag = "events", params(("digest" = Digest, Path)),
    responses((status = 200, body = ReplayedView)))]
pub(in crate::http::operator) async fn replay_event(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(digest): Path<Digest>,
) -> Answer<ReplayedView> {
    let replayed = faces.app.replay_event(&caller.actor, &digest).await?;
    Ok(Json::of(replayed.into()))
}
