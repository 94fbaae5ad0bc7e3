//! What Dailymotion is given: made, rotated and removed, and when each was used.

use std::{sync::Arc, time::Duration};

use askama::Template;
use axum::{extract::State, response::Response};

use super::{
    super::{
        frame::{Frame, Link},
        lists::{done, one_of},
        page,
        signed::SignedForm,
    },
    tabs,
};
use crate::{
    app::{Handover, NewCredential},
    http::{Faces, Problem, document, path::Path},
    model::{Credential, CredentialForm, CredentialId, CredentialKind, CredentialUse, Timestamp},
};

const HERE: &str = "/settings/credentials";
/// How long the old one stays valid beside its successor, in hours and in words.
const OVERLAPS: [(u64, &str); 5] = [
    (0, "not at all"),
    (1, "1 hour"),
    (24, "1 day"),
    (168, "1 week"),
    (720, "30 days"),
];

#[derive(Template)]
#[template(
    path = "settings/credentials.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct Credentials {
    frame: Frame,
    tabs: Vec<Link>,
    kinds: [(&'static str, &'static str, Vec<CredentialRow>); 2],
}

#[derive(Template)]
#[template(
    path = "settings/credential.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct Change {
    frame: Frame,
    tabs: Vec<Link>,
    credential: CredentialRow,
    overlaps: &'static [(u64, &'static str)],
}

#[derive(Template)]
#[template(
    path = "settings/credential_made.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct Made {
    frame: Frame,
    tabs: Vec<Link>,
    id: CredentialId,
    kind: &'static str,
    facts: Vec<(&'static str, String)>,
    /// Until when the one before stays valid.
    old_until: Option<Timestamp>,
}

struct CredentialRow {
    credential: Credential,
    used: Option<CredentialUse>,
}

impl CredentialRow {
    fn path(&self) -> String {
        one_of(HERE, self.credential.id.as_str())
    }
}

async fn rows(faces: &Faces) -> Result<Vec<CredentialRow>, Problem> {
    let mut uses = faces.app.credential_uses().await?;
    let credentials = faces.app.list_credentials().await?.into_iter();
    let row = |credential: Credential| {
        let used = uses
            .iter()
            .position(|used| used.credential == credential.id);
        CredentialRow {
            used: used.map(|at| uses.swap_remove(at)),
            credential,
        }
    };
    Ok(credentials.map(row).collect())
}

async fn row(faces: &Faces, id: &str) -> Result<CredentialRow, Problem> {
    let known = rows(faces).await?.into_iter();
    let mut named = known.filter(|row| row.credential.id.as_str() == id);
    named.next().ok_or_else(|| {
        let words = "there is no such credential; it was removed, or has ended";
        Problem::new(axum::http::StatusCode::NOT_FOUND, words)
    })
}

/// `GET /settings/credentials`
pub(in crate::http::operator) async fn list(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
) -> Result<Response, Problem> {
    let of = |kind: CredentialKind| move |row: &CredentialRow| row.credential.kind == kind;
    let (crawler, callback): (Vec<_>, Vec<_>) = rows(&faces)
        .await?
        .into_iter()
        .partition(of(CredentialKind::Crawler));
    Ok(page(&Credentials {
        tabs: tabs(&frame, HERE),
        kinds: [
            ("crawler", "reads the user list and the feeds", crawler),
            ("callback", "reports what became of videos", callback),
        ],
        frame,
    }))
}

/// `POST /settings/credentials`: its answer shows the secret, this once.
pub(in crate::http::operator) async fn add(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    SignedForm(mut form): SignedForm,
) -> Result<Response, Problem> {
    let kind: CredentialKind = form.field("kind").parse().map_err(Problem::bad_request)?;
    let form: CredentialForm = form.field("form").parse().map_err(Problem::bad_request)?;
    let by = frame.caller.actor.clone();
    let new = faces.app.add_credential(by, kind, form).await?;
    Ok(made(&faces, frame, &new, None))
}

/// `GET /settings/credentials/{id}`
pub(in crate::http::operator) async fn show(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    Ok(page(&Change {
        tabs: tabs(&frame, HERE),
        credential: row(&faces, &id).await?,
        overlaps: &OVERLAPS,
        frame,
    }))
}

/// `POST /settings/credentials/{id}/rotate`: its answer shows the successor's secret, this once.
pub(in crate::http::operator) async fn rotate(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    Path(id): Path<String>,
    SignedForm(mut form): SignedForm,
) -> Result<Response, Problem> {
    let hours = form.field("overlap");
    let overlap = OVERLAPS
        .iter()
        .find(|(length, _)| length.to_string() == hours);
    let Some((hours, _)) = overlap else {
        return Err(Problem::bad_request(
            "choose how long the old one stays valid",
        ));
    };
    let (overlap, by) = (Duration::from_hours(*hours), frame.caller.actor.clone());
    let rotated = faces
        .app
        .rotate_credential(by, CredentialId::from(id), overlap)
        .await?;
    let old_until = Some(rotated.old_until);
    Ok(made(&faces, frame, &rotated.successor, old_until))
}

/// `POST /settings/credentials/{id}/remove`
pub(in crate::http::operator) async fn remove(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    Path(id): Path<String>,
    _form: SignedForm,
) -> Result<Response, Problem> {
    let by = frame.caller.actor.clone();
    faces
        .app
        .remove_credential(by, CredentialId::from(id))
        .await?;
    Ok(done(HERE, "credential-removed"))
}

fn made(
    faces: &Faces,
    frame: Frame,
    new: &NewCredential,
    old_until: Option<Timestamp>,
) -> Response {
    let base = document::base(&faces.app.config(), "");
    let handover = Handover::new(&new.credential, &new.secret, &base);
    let mut facts = handover.facts();
    facts.retain(|(_, value)| !value.is_empty());
    page(&Made {
        tabs: tabs(&frame, HERE),
        frame,
        id: new.credential.id.clone(),
        kind: new.credential.kind.as_str(),
        facts,
        old_until,
    })
}
