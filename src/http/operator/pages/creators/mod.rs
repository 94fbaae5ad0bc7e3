//! Creators: who has something waiting, who fails, and several of them paused or resumed at once.

mod filter;

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};

use self::filter::Filter;
use super::{
    frame::Frame,
    page,
    signed::SignedForm,
    text::{Number, Shown, age, read},
};
use crate::{
    app::{Caller, CreatorChange},
    http::{Faces, Problem, Query},
    model::{
        Creator, CreatorCursor, CreatorId, CreatorOrder, CreatorStatus, PageSize, RankedCreator,
        Right, State as VideoState, StateCounts, Timestamp,
    },
};

/// So many may be paused at once: those of a page.
const MOST: usize = 50;

#[derive(Template)]
#[template(path = "creators.html", config = "src/http/operator/pages/askama.toml")]
struct Creators {
    frame: Frame,
    filter: Filter,
    rows: Vec<CreatorRow>,
    /// Whether the list begins further up, and where.
    is_continued: bool,
    first: String,
    /// Where it goes on.
    next: Option<String>,
}

/// A creator in a list.
pub(super) struct CreatorRow {
    pub(super) id: String,
    pub(super) name: Shown,
    pub(super) status: &'static str,
    pub(super) adopted: bool,
    pub(super) mode: &'static str,
    pub(super) counts: Counts,
    /// For how long its oldest waiting video could have been listed, and since when.
    pub(super) oldest: Option<(String, Timestamp)>,
    /// Refused ones among those that Dailymotion has decided about, in percent.
    pub(super) failures: Option<String>,
}

/// Videos of a creator by state.
pub(super) struct Counts {
    pub(super) draft: Number,
    pub(super) waiting: Number,
    pub(super) imported: Number,
    pub(super) refused: Number,
}

impl From<StateCounts> for Counts {
    fn from(counts: StateCounts) -> Self {
        let of = |state| Number(counts.of(state));
        Self {
            draft: of(VideoState::Draft),
            waiting: of(VideoState::Waiting),
            imported: of(VideoState::Imported),
            refused: of(VideoState::Refused),
        }
    }
}

impl From<&Creator> for CreatorRow {
    fn from(creator: &Creator) -> Self {
        Self {
            id: creator.id.to_string(),
            name: Shown::from(&creator.name),
            status: creator.status.as_str(),
            adopted: creator.adopted,
            mode: creator.mode.as_str(),
            counts: creator.counts.into(),
            oldest: None,
            failures: failures(creator.counts),
        }
    }
}

impl CreatorRow {
    fn ranked(ranked: &RankedCreator, now: Timestamp) -> Self {
        let since = ranked.oldest_waiting.filter(|since| *since <= now);
        Self {
            oldest: since.map(|since| (age(since, now), since)),
            ..Self::from(&ranked.creator)
        }
    }
}

/// The share of refusals; none while nothing is decided.
pub(super) fn failures(counts: StateCounts) -> Option<String> {
    let refused = counts.of(VideoState::Refused);
    let tenths = counts.refused_per_mille()?;
    Some(match tenths {
        0 if refused > 0 => "< 0.1 %".to_owned(),
        _ => format!("{}.{} %", tenths / 10, tenths % 10),
    })
}

/// `GET /creators`
pub(in crate::http::operator) async fn list(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    query: Query,
) -> Result<Response, Problem> {
    let filter = Filter::of(&query)?;
    let after: Option<CreatorCursor> = read(query.one("after")?.unwrap_or_default())?;
    let (order, size) = (filter.sort, PageSize::USUAL);
    let found = faces
        .app
        .rank_creators(&filter.query(), order, after.as_ref(), size)
        .await?;
    let now = faces.app.now();
    Ok(page(&Creators {
        frame,
        is_continued: after.is_some(),
        first: filter.address(None),
        next: found.next.map(|next| filter.address(Some(&next))),
        rows: found
            .creators
            .iter()
            .map(|ranked| CreatorRow::ranked(ranked, now))
            .collect(),
        filter,
    }))
}

#[derive(Template)]
#[template(
    path = "creators_ask.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct Ask {
    frame: Frame,
    status: CreatorStatus,
    rows: Vec<CreatorRow>,
    /// Videos of theirs that wait.
    waiting: Number,
    /// Where it is thought better of.
    back: String,
}

/// `GET /creators/_status`: what pausing or resuming these creators will do. No id of a creator has an underscore.
pub(in crate::http::operator) async fn ask_status(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    query: Query,
) -> Result<Response, Problem> {
    let status = wished(query.one("status")?.unwrap_or_default())?;
    let creators = chosen(&faces, query.each("creator")).await?;
    let waiting = creators
        .iter()
        .map(|creator| creator.counts.of(VideoState::Waiting));
    Ok(page(&Ask {
        frame,
        status,
        waiting: Number(waiting.sum()),
        back: place_of(&creators),
        rows: creators.iter().map(CreatorRow::from).collect(),
    }))
}

/// `POST /creators/_status`
pub(in crate::http::operator) async fn set_status(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    SignedForm(mut form): SignedForm,
) -> Result<Response, Problem> {
    let status = wished(&form.field("status"))?;
    let creators = chosen(&faces, form.each("creator")).await?;
    for creator in &creators {
        let change = CreatorChange {
            status: Some(status),
            ..CreatorChange::default()
        };
        let (by, id) = (caller.actor.clone(), creator.id.clone());
        faces.app.change_creator(by, id, change).await?;
    }
    let done = match status {
        CreatorStatus::Paused => "paused",
        _ => "resumed",
    };
    let back = format!("{}?done={done}", place_of(&creators));
    Ok(Redirect::to(&back).into_response())
}

/// The status that several creators may be given at once.
fn wished(text: &str) -> Result<CreatorStatus, Problem> {
    let status = text.parse().ok();
    let status = status.filter(|status| *status != CreatorStatus::Rejected);
    status.ok_or_else(|| Problem::bad_request("creators are paused or made active here"))
}

async fn chosen(faces: &Faces, ids: impl Iterator<Item = &str>) -> Result<Vec<Creator>, Problem> {
    let mut creators = Vec::new();
    for id in ids {
        if creators.len() == MOST {
            let detail = format!("choose at most {MOST} creators at once");
            return Err(Problem::bad_request(detail));
        }
        let id: Option<CreatorId> = read(id)?;
        let id = id.ok_or_else(|| Problem::bad_request("a creator has an id"))?;
        creators.push(faces.app.creator(&id).await?);
    }
    if creators.is_empty() {
        return Err(Problem::bad_request(
            "no creator is chosen; go back and mark those that are meant",
        ));
    }
    Ok(creators)
}

/// Where somebody is led who has changed these.
fn place_of(creators: &[Creator]) -> String {
    match creators {
        [one] => format!("/creators/{}", one.id),
        _ => "/creators".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_a_share_of_what_was_decided() {
        let counts = |imported, refused| {
            let mut counts = StateCounts::default();
            counts.add(VideoState::Imported, imported);
            counts.add(VideoState::Refused, refused);
            counts.add(VideoState::Waiting, 100);
            counts
        };
        let cases = [
            ((0, 0), None),
            ((9, 0), Some("0.0 %")),
            ((2, 1), Some("33.3 %")),
            ((0, 4), Some("100.0 %")),
            ((100_000, 1), Some("< 0.1 %")),
        ];
        for ((imported, refused), expected) in cases {
            assert_eq!(failures(counts(imported, refused)).as_deref(), expected);
        }
    }

    #[test]
    fn nobody_is_rejected_in_numbers() {
        assert!(wished("paused").is_ok());
        assert!(wished("active").is_ok());
        assert!(wished("rejected").is_err());
        assert!(wished("").is_err());
    }
}
