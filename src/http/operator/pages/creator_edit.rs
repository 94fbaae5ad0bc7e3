//! A creator added, or changed by somebody who has seen what they change.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};

use super::{
    Form, forms::refused, frame::Frame, lists::done, page, signed::SignedForm, text::web_address,
};
use crate::{
    app::{CreatorChange, Error, NewCreator},
    http::{Faces, Problem, path::Path},
    model::{Creator, CreatorId, CreatorStatus, FeedMode},
};

const STATUSES: [(CreatorStatus, &str); 3] = [
    (
        CreatorStatus::Active,
        "active: in the user list, with a feed",
    ),
    (
        CreatorStatus::Paused,
        "paused: out of the user list, the feed is empty",
    ),
    (
        CreatorStatus::Rejected,
        "rejected: no longer of this network, no feed",
    ),
];
const MODES: [(FeedMode, &str); 3] = [
    (FeedMode::Drain, "drain: what waits"),
    (FeedMode::Full, "full: what waits, then everything imported"),
    (
        FeedMode::Delta,
        "delta: what waits, then what was imported and has changed lately",
    ),
];

#[derive(Template)]
#[template(
    path = "creator_edit.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct Edit {
    frame: Frame,
    /// The creator's id; none while it is added.
    id: Option<CreatorId>,
    /// What whoever edits has seen.
    edition: String,
    typed: Typed,
    wrong: Vec<String>,
}

/// What stands in the fields of the form.
#[derive(Debug, Default)]
struct Typed {
    id: String,
    name: String,
    dailymotion_id: String,
    username: String,
    link: String,
    status: Option<CreatorStatus>,
    adopted: bool,
    mode: FeedMode,
}

impl From<&Creator> for Typed {
    fn from(creator: &Creator) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Self {
            id: creator.id.to_string(),
            name: creator.name.clone(),
            dailymotion_id: text(&creator.dailymotion_id),
            username: text(&creator.username),
            link: text(&creator.link),
            status: Some(creator.status),
            adopted: creator.adopted,
            mode: creator.mode,
        }
    }
}

impl From<&mut Form> for Typed {
    fn from(form: &mut Form) -> Self {
        let mut field = |name: &str| form.field(name).trim().to_owned();
        Self {
            id: field("id"),
            name: field("name"),
            dailymotion_id: field("dailymotion_id"),
            username: field("username"),
            link: field("link"),
            status: field("status").parse().ok(),
            adopted: field("adopted") == "true",
            mode: field("mode").parse().unwrap_or_default(),
        }
    }
}

impl Typed {
    /// Everything that is wrong with it.
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.name.is_empty() {
            faults.push("the name is missing".to_owned());
        }
        if !self.link.is_empty() && web_address(&self.link).is_none() {
            faults.push(
                "their own site is no absolute address of the web, such as https://example.org/"
                    .to_owned(),
            );
        }
        faults
    }

    fn change(&self) -> CreatorChange {
        CreatorChange {
            name: Some(self.name.clone()),
            dailymotion_id: Some(self.dailymotion_id.clone()),
            username: Some(self.username.clone()),
            link: Some(self.link.clone()),
            status: self.status,
            adopted: Some(self.adopted),
            mode: Some(self.mode),
        }
    }

    fn added(&self, id: CreatorId) -> NewCreator {
        let some = |text: &String| (!text.is_empty()).then(|| text.clone());
        NewCreator {
            id,
            name: self.name.clone(),
            dailymotion_id: some(&self.dailymotion_id),
            username: some(&self.username),
            link: some(&self.link),
            adopted: self.adopted,
            mode: self.mode,
        }
    }

    fn statuses(&self) -> Vec<(&'static str, &'static str, bool)> {
        let choice = |(status, words): (CreatorStatus, _)| {
            (status.as_str(), words, self.status == Some(status))
        };
        STATUSES.map(choice).into()
    }

    fn modes(&self) -> Vec<(&'static str, &'static str, bool)> {
        let choice = |(mode, words): (FeedMode, _)| (mode.as_str(), words, self.mode == mode);
        MODES.map(choice).into()
    }
}

/// `GET /creators/_new`. No id of a creator has an underscore.
pub(in crate::http::operator) async fn ask_new(frame: Frame) -> Response {
    page(&Edit {
        frame,
        id: None,
        edition: String::new(),
        typed: Typed::default(),
        wrong: Vec::new(),
    })
}

/// `POST /creators/_new`
pub(in crate::http::operator) async fn add(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    SignedForm(mut form): SignedForm,
) -> Result<Response, Problem> {
    let typed = Typed::from(&mut form);
    let id = typed.id.parse::<CreatorId>();
    let mut wrong = typed.faults();
    wrong.extend(id.as_ref().err().map(ToString::to_string));
    if let (Ok(id), true) = (id, wrong.is_empty()) {
        let by = frame.caller.actor.clone();
        match faces.app.add_creator(by, typed.added(id)).await {
            Ok(creator) => return Ok(led_to(&creator.id, "creator-added")),
            Err(error) => wrong.push(mendable(error)?),
        }
    }
    let again = page(&Edit {
        frame,
        id: None,
        edition: String::new(),
        typed,
        wrong,
    });
    Ok(refused(again))
}

/// `GET /creators/{id}/edit`
pub(in crate::http::operator) async fn ask(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    Path(id): Path<CreatorId>,
) -> Result<Response, Problem> {
    let creator = faces.app.creator(&id).await?;
    Ok(page(&Edit {
        frame,
        id: Some(id),
        edition: creator.edition(),
        typed: Typed::from(&creator),
        wrong: Vec::new(),
    }))
}

/// `POST /creators/{id}/edit`
pub(in crate::http::operator) async fn change(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    Path(id): Path<CreatorId>,
    SignedForm(mut form): SignedForm,
) -> Result<Response, Problem> {
    let (typed, edition) = (Typed::from(&mut form), form.field("edition"));
    let mut wrong = typed.faults();
    if wrong.is_empty() {
        let (by, change) = (frame.caller.actor.clone(), typed.change());
        let changed = faces
            .app
            .edit_creator(by, id.clone(), change, Some(edition.clone()));
        match changed.await {
            Ok(_creator) => return Ok(led_to(&id, "creator-changed")),
            Err(error) => wrong.push(mendable(error)?),
        }
    }
    let again = page(&Edit {
        frame,
        id: Some(id),
        edition,
        typed,
        wrong,
    });
    Ok(refused(again))
}

fn led_to(id: &CreatorId, word: &str) -> Response {
    done(&format!("/creators/{id}"), word)
}

/// What whoever typed can mend, in words.
fn mendable(error: Error) -> Result<String, Problem> {
    match error {
        Error::Conflict(why) | Error::Invalid(why) => Ok(why),
        Error::Changed(_) => Ok(
            "somebody else has changed this creator meanwhile: open the page again in another tab and repeat what you changed".to_owned(),
        ),
        other => Err(other.into()),
    }
}
