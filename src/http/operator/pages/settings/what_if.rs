//! What other preflight rules would flip: a walk over all videos is watched, ended, and followed by putting them in force.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};

use super::{
    super::{
        forms::stale,
        frame::{Frame, Link},
        lists::{address, done, one_of},
        page,
        signed::SignedForm,
        text::{Number, Shown, Words, video_path},
    },
    rules::{HERE, changes},
    tabs,
};
use crate::{
    app::{Caller, Error, InForce},
    config::Preflight,
    http::{Faces, Problem, path::Path},
    model::{Flip, Flipped, Guid, Right, RuleWalk, RuleWalkId, Timestamp, WalkEnding},
};

const WHAT_IFS: &str = "/settings/rules/what-if";

#[derive(Template)]
#[template(
    path = "settings/what_if.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct WhatIf {
    frame: Frame,
    tabs: Vec<Link>,
    walk: WalkRow,
    comparison: Comparison,
    /// How many creators' videos flip, those of most first: the creator, to draft, to waiting.
    creators: Vec<(String, Number, Number)>,
    flips: [Flips; 2],
}

#[derive(Template)]
#[template(
    path = "settings/rules_ask.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct Ask {
    frame: Frame,
    tabs: Vec<Link>,
    walk: WalkRow,
    comparison: Comparison,
    /// The rules in force that whoever is asked has seen.
    edition: String,
    /// Whether others have come in force since the page was opened.
    is_stale: bool,
}

/// A walk over all videos, and how far it is.
pub(super) struct WalkRow {
    pub(super) path: String,
    /// Where a form holds its rules.
    pub(super) again: String,
    pub(super) asked_at: Timestamp,
    pub(super) asked_by: Shown,
    pub(super) ended: Option<(Timestamp, WalkEnding)>,
    /// Why it failed.
    pub(super) failure: Option<Words>,
    pub(super) looked_at: Number,
    pub(super) total: Number,
    pub(super) to_draft: Number,
    pub(super) to_waiting: Number,
}

/// Rules beside those in force.
struct Comparison {
    then: Preflight,
    now: Preflight,
    changed: Option<(Timestamp, String)>,
    changes: Vec<Words>,
    /// Whether those in force are newer than the walk, whose counts then say little.
    is_newer: bool,
}

/// Videos that flip one way.
struct Flips {
    name: &'static str,
    count: Number,
    sample: Vec<FlipRow>,
}

struct FlipRow {
    path: Option<String>,
    title: Shown,
    creator: String,
    rules: String,
}

impl WalkRow {
    /// A walk over a catalog of so many videos.
    pub(super) fn of(walk: &RuleWalk, total: i64) -> Self {
        let found = &walk.found;
        Self {
            path: path_of(&walk.id),
            again: address(HERE, &[("like", walk.id.as_str())]),
            asked_at: walk.asked_at,
            asked_by: Shown::from(&walk.asked_by),
            ended: walk.ended,
            failure: walk.message.as_deref().map(Words::from),
            looked_at: Number(found.looked_at),
            total: Number(total.max(found.looked_at)),
            to_draft: Number(found.to_draft.videos),
            to_waiting: Number(found.to_waiting.videos),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.ended.is_none()
    }

    /// Whether it has looked at every video.
    fn is_done(&self) -> bool {
        self.ended.is_some_and(|(_, how)| how == WalkEnding::Done)
    }

    /// Where it stands, in a word.
    pub(super) fn standing(&self) -> &'static str {
        self.ended.map_or("going on", |(_, how)| how.as_str())
    }
}

impl Comparison {
    fn of(walk: &RuleWalk, in_force: InForce<Preflight>) -> Result<Self, Problem> {
        let (then, now) = (rules_of(walk)?, in_force.value);
        let changed = in_force.changed;
        Ok(Self {
            changes: changes(&now, &then),
            is_newer: changed.as_ref().is_some_and(|(at, _)| *at > walk.asked_at),
            then,
            now,
            changed,
        })
    }
}

impl Flips {
    fn of(name: &'static str, flipped: &Flipped) -> Self {
        Self {
            name,
            count: Number(flipped.videos),
            sample: flipped.sample.iter().map(FlipRow::from).collect(),
        }
    }
}

impl From<&Flip> for FlipRow {
    fn from(flip: &Flip) -> Self {
        let guid = flip.guid.parse::<Guid>().ok();
        Self {
            path: guid.as_ref().map(video_path),
            title: Shown::from(flip.title.as_deref().unwrap_or(&flip.guid)),
            creator: flip.creator.clone(),
            rules: flip.rules.join(", "),
        }
    }
}

pub(super) fn path_of(id: &RuleWalkId) -> String {
    one_of(WHAT_IFS, id.as_str())
}

/// The rules of a walk.
pub(super) fn rules_of(walk: &RuleWalk) -> Result<Preflight, Problem> {
    serde_json::from_str(&walk.rules).map_err(Problem::internal)
}

/// `GET /settings/rules/what-if/{id}`
pub(in crate::http::operator) async fn show(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let walk = faces.app.what_if(&RuleWalkId::from(id)).await?;
    let total = faces.app.count_all_videos().await?;
    let creators = walk.found.top_creators().into_iter();
    let creators = creators.map(|(creator, flips)| {
        let (to_draft, to_waiting) = (Number(flips.to_draft), Number(flips.to_waiting));
        (creator.to_owned(), to_draft, to_waiting)
    });
    Ok(page(&WhatIf {
        tabs: tabs(&frame, HERE),
        frame,
        creators: creators.collect(),
        flips: [
            Flips::of("From waiting to draft", &walk.found.to_draft),
            Flips::of("From draft to waiting", &walk.found.to_waiting),
        ],
        comparison: Comparison::of(&walk, faces.app.rules())?,
        walk: WalkRow::of(&walk, total),
    }))
}

/// `POST /settings/rules/what-if/{id}/cancel`
pub(in crate::http::operator) async fn cancel(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(id): Path<String>,
    _form: SignedForm,
) -> Result<Response, Problem> {
    let id = RuleWalkId::from(id);
    let walk = faces.app.cancel_what_if(caller.actor, id).await?;
    Ok(done(&path_of(&walk.id), "what-if-ended"))
}

async fn asked(
    faces: &Faces,
    frame: Frame,
    walk: &RuleWalk,
    is_stale: bool,
) -> Result<Response, Problem> {
    let (total, in_force) = (faces.app.count_all_videos().await?, faces.app.rules());
    Ok(page(&Ask {
        tabs: tabs(&frame, HERE),
        frame,
        walk: WalkRow::of(walk, total),
        edition: in_force.edition(),
        comparison: Comparison::of(walk, in_force)?,
        is_stale,
    }))
}

/// `GET /settings/rules/what-if/{id}/in-force`
pub(in crate::http::operator) async fn ask_to_put_in_force(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let walk = faces.app.what_if(&RuleWalkId::from(id)).await?;
    asked(&faces, frame, &walk, false).await
}

/// `POST /settings/rules/what-if/{id}/in-force`
pub(in crate::http::operator) async fn put_in_force(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    Path(id): Path<String>,
    SignedForm(mut form): SignedForm,
) -> Result<Response, Problem> {
    let walk = faces.app.what_if(&RuleWalkId::from(id)).await?;
    let (by, rules) = (frame.caller.actor.clone(), rules_of(&walk)?);
    let put = faces.app.set_rules(by, rules, Some(form.field("edition")));
    match put.await {
        Ok(_rules) => Ok(done(HERE, "rules")),
        Err(Error::Changed(_)) => {
            // It may be another daemon that has changed them.
            faces.app.refresh_network_settings().await?;
            asked(&faces, frame, &walk, true).await.map(stale)
        }
        Err(error) => Err(error.into()),
    }
}
