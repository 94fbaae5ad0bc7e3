//! Who is signed in.

use std::{collections::HashMap, sync::Arc};

use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::Caller,
    http::{
        Faces, Problem,
        operator::json::{Answer, Json},
        path::Path,
    },
    model::{Session, SessionId},
};

/// An operator who is signed in, in one browser.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct SessionView {
    /// Names the session; it is not what the browser holds.
    id: String,
    operator: String,
    /// Milliseconds since 1970.
    began_at: i64,
    /// Up to a minute old.
    used_at: i64,
    address: String,
    agent: Option<String>,
}

fn shown(session: Session, operator: Option<&String>) -> SessionView {
    SessionView {
        id: session.id.to_string(),
        operator: operator.cloned().unwrap_or_default(),
        began_at: session.began_at.as_millis(),
        used_at: session.used_at.as_millis(),
        address: session.address,
        agent: session.agent,
    }
}

/// Sessions that let in now
#[utoipa::path(get, path = "/api/v1/sessions", tag = "access", responses((status = 200, body = [SessionView])))]
pub(in crate::http::operator) async fn list_sessions(
    State(faces): State<Arc<Faces>>,
) -> Answer<Vec<SessionView>> {
    let operators = faces.app.list_operators().await?.into_iter();
    let names: HashMap<_, _> = operators
        .map(|operator| (operator.id, operator.name.to_string()))
        .collect();
    let sessions = faces.app.list_sessions().await?.into_iter();
    let views = sessions.map(|session| {
        let name = names.get(&session.operator);
        shown(session, name)
    });
    Ok(Json::of(views.collect()))
}

/// End a session
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", tag = "access", params(("id" = String, Path)),
    responses((status = 204)))]
pub(in crate::http::operator) async fn end_session(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    faces
        .app
        .end_session(caller.actor, SessionId::from(id))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
