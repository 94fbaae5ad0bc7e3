//! Who did what, and the seals that show that nothing of it was changed.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{Page, limit};
use crate::{
    app::{AuditQuery, Caller},
    http::{
        Faces, Problem, Query,
        operator::json::{Answer, Json},
    },
    model::{Action, AuditLine, Seal},
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
    action: &'static str,
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
            action: line.action.code(),
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
    digest: String,
}

impl From<Seal> for SealView {
    fn from(seal: Seal) -> Self {
        Self {
            day: seal.day,
            lines: seal.lines,
            digest: seal.digest.to_string(),
        }
    }
}

/// The newest lines of the audit, newest first
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit",
    params(("actor" = Option<String>, Query, description = "only what this actor did"),
        ("object" = Option<String>, Query, description = "only what was done to this thing"),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 500), ("after" = Option<String>, Query)),
    responses((status = 200, body = Page<LineView>)))]
pub(in crate::http::operator) async fn list_audit(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    query: Query,
) -> Answer<Page<LineView>> {
    let (limit, wanted) = (limit(&query)?, wanted(&query)?);
    let after = query.one("after")?;
    faces
        .app
        .note_look(&caller.actor, Action::ReadAudit, "audit")
        .await?;
    let lines = faces.app.audit(&wanted, after, limit + 1).await?;
    let cursor = |line: &AuditLine| line.id.clone();
    Ok(Json::of(Page::of(lines, limit, cursor, Into::into)))
}

fn wanted(query: &Query) -> Result<AuditQuery, Problem> {
    match (query.one("actor")?, query.one("object")?) {
        (None, None) => Ok(AuditQuery::All),
        (Some(actor), None) => Ok(AuditQuery::OfActor(actor.to_owned())),
        (None, Some(object)) => Ok(AuditQuery::OfObject(object.to_owned())),
        (Some(_), Some(_)) => Err(Problem::bad_request(
            "ask for an actor or for an object, not for both",
        )),
    }
}

/// The seals of the audit's days, oldest first
#[utoipa::path(get, path = "/api/v1/audit/seals", tag = "audit",
    params(("limit" = Option<i64>, Query, minimum = 1, maximum = 500), ("after" = Option<i64>, Query)),
    responses((status = 200, body = Page<SealView>)))]
pub(in crate::http::operator) async fn list_seals(
    State(faces): State<Arc<Faces>>,
    query: Query,
) -> Answer<Page<SealView>> {
    let limit = limit(&query)?;
    let after = query.one("after")?.map_or(Ok(i64::MIN), str::parse);
    let after =
        after.map_err(|_odd| Problem::bad_request("`after` must be the number of a day"))?;
    let seals = faces.app.audit_seals(after, limit + 1).await?;
    let cursor = |seal: &Seal| seal.day.to_string();
    Ok(Json::of(Page::of(seals, limit, cursor, Into::into)))
}
