//! Who did what, and the seals that show that nothing of it was changed.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::Page;
use crate::{
    app::{AuditQuery, Caller},
    http::{
        Faces, Problem,
        operator::{
            download::download,
            json::{Answer, Json},
            parameters::Parameters,
            schemas::Text,
        },
    },
    model::{Action, AuditLine, Digest, PageSize, Seal, Timestamp},
};

/// One line of the audit.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct LineView {
    id: String,
    /// Milliseconds since 1970.
    at: i64,
    /// `operator:NAME`, `key:ID`, `cli:USER`, `anonymous`, or `mcnd` itself
    actor: String,
    session: Option<String>,
    address: Option<String>,
    action: Action,
    /// What it was done to
    object: String,
    /// What was there before; holds no secret
    #[schema(value_type = Option<Object>)]
    before: Option<Box<RawValue>>,
    /// What is there now; holds no secret
    #[schema(value_type = Option<Object>)]
    after: Option<Box<RawValue>>,
}

impl From<AuditLine> for LineView {
    fn from(line: AuditLine) -> Self {
        let raw = |text: Option<String>| text.and_then(|text| RawValue::from_string(text).ok());
        Self {
            id: line.id,
            at: line.at.as_millis(),
            actor: line.actor.name,
            session: line.actor.session.map(|session| session.to_string()),
            address: line.actor.address.map(|address| address.to_string()),
            action: line.action,
            object: line.object,
            before: raw(line.before),
            after: raw(line.after),
        }
    }
}

/// What a day's lines were, bound to all days before.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct SealView {
    /// Days since 1970 (UTC)
    day: i64,
    lines: i64,
    /// SHA-256 over the seal before and every line of the day
    digest: Digest,
}

impl From<Seal> for SealView {
    fn from(seal: Seal) -> Self {
        Self {
            day: seal.day,
            lines: seal.lines,
            digest: seal.digest,
        }
    }
}

/// The newest lines of the audit, newest first
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit",
    params(("actor" = Option<Text>, Query, description = "only what this actor did"),
        ("object" = Option<Text>, Query, description = "only what was done to this thing; not beside `actor`"),
        ("limit" = Option<PageSize>, Query), ("after" = Option<Text>, Query, description = "the `next` of the page before")),
    responses((status = 200, body = Page<LineView>)))]
pub(in crate::http::operator) async fn list_audit(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    mut given: Parameters,
) -> Answer<Page<LineView>> {
    let (size, wanted) = (given.limit(), wanted(&mut given));
    let after = given.text("after");
    let wanted = given.finish(wanted)?;
    faces
        .app
        .note_look(&caller.actor, Action::ReadAudit, "audit")
        .await?;
    let lines = faces.app.audit(&wanted, after.as_deref(), size.get() + 1);
    let cursor = |line: &AuditLine| line.id.clone();
    Ok(Json::of(Page::of(lines.await?, size, cursor, Into::into)))
}

fn wanted(given: &mut Parameters) -> AuditQuery {
    match (given.text("actor"), given.text("object")) {
        (None, None) => AuditQuery::All,
        (Some(actor), None) => AuditQuery::OfActor(actor),
        (None, Some(object)) => AuditQuery::OfObject(object),
        (Some(_), Some(_)) => {
            let why = "ask for an actor or for an object, not for both";
            given.contradicts::<()>("actor", why);
            AuditQuery::All
        }
    }
}

/// The whole audit, oldest line first, as JSON Lines; the audit notes that it was taken out
#[utoipa::path(get, path = "/api/v1/audit/export", tag = "audit",
    params(("since" = Option<Timestamp>, Query, description = "only lines of this moment or later"),
        ("until" = Option<Timestamp>, Query, description = "only lines before this moment")),
    responses((status = 200, body = String, content_type = "application/jsonl")))]
pub(in crate::http::operator) async fn export_audit(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    mut given: Parameters,
) -> Result<Response, Problem> {
    let (since, until) = (given.optional("since"), given.optional("until"));
    let (since, until) = given.finish((since, until))?;
    let pieces = faces.app.export_audit(&caller.actor, since, until).await?;
    Ok(download("application/jsonl", "audit.jsonl", pieces))
}

/// The seals of the audit's days, oldest first
#[utoipa::path(get, path = "/api/v1/audit/seals", tag = "audit",
    params(("limit" = Option<PageSize>, Query), ("after" = Option<i64>, Query, description = "the `next` of the page before")),
    responses((status = 200, body = Page<SealView>)))]
pub(in crate::http::operator) async fn list_seals(
    State(faces): State<Arc<Faces>>,
    mut given: Parameters,
) -> Answer<Page<SealView>> {
    let (size, after) = (given.limit(), given.optional("after"));
    let after = given.finish(after)?.unwrap_or(i64::MIN);
    let seals = faces.app.audit_seals(after, size.get() + 1).await?;
    let cursor = |seal: &Seal| seal.day.to_string();
    Ok(Json::of(Page::of(seals, size, cursor, Into::into)))
}
