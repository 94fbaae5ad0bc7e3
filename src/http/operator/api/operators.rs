//! People of the network.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::{Caller, OperatorChange, SignUpLink},
    http::{
        Faces, Problem,
        operator::{
            fields::Fields,
            json::{Answer, Json, edition},
            schemas::Edition,
        },
        path::Path,
    },
    model::{Operator, OperatorName, Role},
};

/// A person of the network.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct OperatorView {
    #[schema(value_type = OperatorName)]
    name: String,
    role: Role,
    /// Milliseconds since 1970.
    added_at: i64,
    /// Whether they are let in.
    enabled: bool,
    /// Whether they have set a password.
    has_password: bool,
    signed_in_at: Option<i64>,
}

impl From<Operator> for OperatorView {
    fn from(operator: Operator) -> Self {
        Self {
            name: operator.name.to_string(),
            role: operator.role,
            added_at: operator.added_at.as_millis(),
            enabled: operator.disabled_at.is_none(),
            has_password: operator.has_password,
            signed_in_at: operator
                .signed_in_at
                .map(crate::model::Timestamp::as_millis),
        }
    }
}

/// A link with which somebody sets their password: good once and within an hour, and never shown again.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct LinkView {
    /// The path on this listener; null in an answer that is repeated (`Idempotency-Key`)
    path: Option<String>,
    expires_at: i64,
}

impl From<SignUpLink> for LinkView {
    fn from(link: SignUpLink) -> Self {
        Self {
            path: Some(format!("/sign-up/{}", link.secret)),
            expires_at: link.expires_at.as_millis(),
        }
    }
}

/// Somebody to be added.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes what `Fields` reads")]
pub(in crate::http::operator) struct NewOperator {
    name: OperatorName,
    role: Role,
}

/// What changes; what is absent stays.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes what `Fields` reads")]
pub(in crate::http::operator) struct OperatorPatch {
    role: Option<Role>,
    enabled: Option<bool>,
}

/// Everybody, in the order in which they were added
#[utoipa::path(get, path = "/api/v1/operators", tag = "access", responses((status = 200, body = [OperatorView])))]
pub(in crate::http::operator) async fn list_operators(
    State(faces): State<Arc<Faces>>,
) -> Answer<Vec<OperatorView>> {
    let operators = faces.app.list_operators().await?;
    Ok(Json::of(operators.into_iter().map(Into::into).collect()))
}

/// Add somebody; answers with the link with which they set their password
#[utoipa::path(post, path = "/api/v1/operators", tag = "access", request_body = NewOperator,
    responses((status = 201, body = LinkView)))]
pub(in crate::http::operator) async fn add_operator(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    mut fields: Fields,
) -> Answer<LinkView> {
    let name: Option<OperatorName> = fields.required("name");
    let role: Option<Role> = fields.required("role");
    let (name, role) = fields.finish(name.zip(role))?;
    let link = faces.app.add_operator(caller.actor, name, role).await?;
    Ok(Json::made(link.into()).telling_once(&["path"]))
}

/// One person
#[utoipa::path(get, path = "/api/v1/operators/{name}", tag = "access", params(("name" = OperatorName, Path)),
    responses((status = 200, body = OperatorView)))]
pub(in crate::http::operator) async fn show_operator(
    State(faces): State<Arc<Faces>>,
    Path(name): Path<OperatorName>,
) -> Answer<OperatorView> {
    let operator = faces.app.operator(&name).await?;
    let edition = operator.edition();
    Ok(Json::of(operator.into()).tagged(&edition))
}

/// Change somebody's role, or whether they are let in; their sessions end
#[utoipa::path(patch, path = "/api/v1/operators/{name}", tag = "access",
    params(("name" = OperatorName, Path), ("If-Match" = Edition, Header)),
    request_body = OperatorPatch, responses((status = 200, body = OperatorView)))]
pub(in crate::http::operator) async fn change_operator(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(name): Path<OperatorName>,
    headers: HeaderMap,
    mut fields: Fields,
) -> Answer<OperatorView> {
    let change = OperatorChange {
        role: fields.optional("role"),
        enabled: fields.flag("enabled"),
    };
    let (change, seen) = (fields.finish(Some(change))?, edition(&headers)?);
    let operator = faces
        .app
        .change_operator(caller.actor, name, change, seen)
        .await?;
    let edition = operator.edition();
    Ok(Json::of(operator.into()).tagged(&edition))
}

/// Make a new link with which somebody sets their password; the one before is no longer good. No API key may
#[utoipa::path(post, path = "/api/v1/operators/{name}/invite", tag = "access", params(("name" = OperatorName, Path)),
    responses((status = 201, body = LinkView)))]
pub(in crate::http::operator) async fn invite_operator(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(name): Path<OperatorName>,
) -> Answer<LinkView> {
    let link = faces.app.invite_operator(caller.actor, name).await?;
    Ok(Json::made(link.into()).telling_once(&["path"]))
}

/// Ask somebody for codes no more who has lost their device and their recovery codes. No API key may
#[utoipa::path(post, path = "/api/v1/operators/{name}/reset-totp", tag = "access", params(("name" = OperatorName, Path)),
    responses((status = 204)))]
pub(in crate::http::operator) async fn reset_totp(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(name): Path<OperatorName>,
) -> Result<StatusCode, Problem> {
    faces.app.reset_totp(caller.actor, name).await?;
    Ok(StatusCode::NO_CONTENT)
}
