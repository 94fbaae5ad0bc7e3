//! What Dailymotion's injector reported: the inbox by its parts, and one event.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};

use super::{
    frame::{Frame, Link},
    lists::{LISTED, address, cut, done, laid_out, tab},
    page,
    signed::SignedForm,
    text::{Shown, video_path},
};
use crate::{
    app::{Caller, FiledEvent, InboxPart, Replayed},
    http::{
        Faces, Problem, Query,
        operator::api::events::{cursor, place},
        path::Path,
    },
    model::{Action, Digest, Outcome, Right, Timestamp},
};

#[derive(Template)]
#[template(
    path = "callbacks.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct Callbacks {
    frame: Frame,
    tabs: Vec<Link>,
    about: &'static str,
    events: Vec<EventRow>,
    older: Option<String>,
}

#[derive(Template)]
#[template(path = "callback.html", config = "src/http/operator/pages/askama.toml")]
struct EventPage {
    frame: Frame,
    event: EventRow,
    sent_at: Option<Timestamp>,
    /// What came, laid out, and as it came; none for those who may not see it.
    raw: Option<Raw>,
}

struct Raw {
    /// None once retention has dropped it.
    text: Option<String>,
    laid_out: String,
}

#[derive(Template)]
#[template(
    path = "callback_replay.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct AskReplay {
    frame: Frame,
    event: EventRow,
}

/// An event as lists show it.
struct EventRow {
    digest: String,
    received_at: Timestamp,
    outcome: Outcome,
    guid: Option<Shown>,
    /// The page of its video, if there is one.
    video: Option<String>,
    alarm: Option<Shown>,
    note: Option<Shown>,
}

impl EventRow {
    fn of(event: &FiledEvent) -> Self {
        Self {
            digest: event.digest.to_string(),
            received_at: event.received_at,
            outcome: event.outcome,
            guid: event.guid.as_ref().map(Shown::from),
            video: video(event),
            alarm: event.alarm.as_ref().map(Shown::from),
            note: event.note.as_ref().map(Shown::from),
        }
    }
}

fn video(event: &FiledEvent) -> Option<String> {
    let known = !matches!(event.outcome, Outcome::Orphan | Outcome::Malformed);
    let guid = event.guid.as_ref().filter(|_guid| known)?;
    guid.parse().ok().as_ref().map(video_path)
}

/// A part's word in addresses, its name, and what an empty or filled list of it means.
fn words(part: InboxPart) -> (&'static str, &'static str, &'static str) {
    match part {
        InboxPart::All => ("", "All", "Everything that was reported, newest first."),
        InboxPart::Orphans => (
            "orphans",
            "Orphans",
            "Reports about videos that the catalog does not have. They take effect when the video is imported.",
        ),
        InboxPart::Malformed => (
            "malformed",
            "Malformed",
            "What could not be read as a report. Replay one after an update that understands it.",
        ),
        InboxPart::Conflicts => (
            "conflicts",
            "Conflicts",
            "Reports that brought a second remote id: the video may be on Dailymotion twice. The id stored first stays.",
        ),
        InboxPart::Alarming => (
            "alarms",
            "Alarms",
            "Reports that somebody has to look at, whatever their outcome.",
        ),
    }
}

/// The inbox's parts and the reasons of refusals, as places beside each other; none of the parts for the latter.
pub(super) fn tabs(here: Option<InboxPart>) -> Vec<Link> {
    let parts = InboxPart::EVERY.into_iter().map(|part| {
        let (word, name, _) = words(part);
        let path = address("/callbacks", &[("part", word)]);
        tab(&path, name, here == Some(part))
    });
    let reasons = tab("/callbacks/reasons", "Refusals", here.is_none());
    parts.chain([reasons]).collect()
}

fn part_named(word: &str) -> Result<InboxPart, Problem> {
    let found = InboxPart::EVERY
        .into_iter()
        .find(|part| words(*part).0 == word);
    found.ok_or_else(|| {
        Problem::bad_request("`part` must be orphans, malformed, conflicts or alarms")
    })
}

/// `GET /callbacks`
pub(in crate::http::operator) async fn list(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    query: Query,
) -> Result<Response, Problem> {
    let part = part_named(query.one("part")?.unwrap_or_default())?;
    let wrong = || Problem::bad_request("`before` must be what the page before says");
    let before = query.one("before")?;
    let before = before
        .map(|text| place(text).ok_or_else(wrong))
        .transpose()?;
    let mut events = faces.app.inbox_page(part, before, LISTED + 1).await?;
    let more = cut(&mut events);
    let (word, _, about) = words(part);
    let older = events
        .last()
        .filter(|_last| more)
        .map(|last| address("/callbacks", &[("part", word), ("before", &cursor(last))]));
    Ok(page(&Callbacks {
        frame,
        tabs: tabs(Some(part)),
        about,
        events: events.iter().map(EventRow::of).collect(),
        older,
    }))
}

/// `GET /callbacks/{digest}`; the audit notes who sees what came.
pub(in crate::http::operator) async fn show(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    Path(digest): Path<Digest>,
) -> Result<Response, Problem> {
    let mut event = faces.app.event(&digest).await?;
    let text = event.raw.take();
    let mut raw = None;
    if frame.may(Right::RawEvents) {
        let by = &frame.caller.actor;
        faces
            .app
            .note_look(by, Action::ReadEvent, &digest.to_string())
            .await?;
        raw = Some(Raw {
            laid_out: text.as_deref().map(laid_out).unwrap_or_default(),
            text,
        });
    }
    Ok(page(&EventPage {
        frame,
        sent_at: event.sent_at,
        event: EventRow::of(&event),
        raw,
    }))
}

/// `GET /callbacks/{digest}/replay`
pub(in crate::http::operator) async fn ask_replay(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    Path(digest): Path<Digest>,
) -> Result<Response, Problem> {
    let event = EventRow::of(&faces.app.event(&digest).await?);
    Ok(page(&AskReplay { frame, event }))
}

/// `POST /callbacks/{digest}/replay`
pub(in crate::http::operator) async fn replay(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(digest): Path<String>,
    _form: SignedForm,
) -> Result<Response, Problem> {
    // Read after the form: whoever sends one without its token is told nothing else.
    let digest = digest.parse::<Digest>();
    let digest = digest.map_err(|why| Problem::new(StatusCode::NOT_FOUND, why))?;
    let replayed = faces.app.replay_event(&caller.actor, &digest).await?;
    Ok(done(&format!("/callbacks/{digest}"), outcome(&replayed)))
}

fn outcome(replayed: &Replayed) -> &'static str {
    let some = |count: fn(&crate::app::ReplayedOutcome) -> u64| {
        replayed.outcomes.values().any(|one| count(one) > 0)
    };
    if some(|one| one.without_text) {
        "replayed-nothing"
    } else if some(|one| one.moved) {
        "replayed"
    } else {
        "replayed-still"
    }
}
