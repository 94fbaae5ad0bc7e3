//! What Dailymotion is given to read lists and feeds, and to report.

use std::{sync::Arc, time::Duration};

use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::{Caller, NewCredential},
    http::{
        Faces, Problem,
        operator::{
            fields::Fields,
            json::{Answer, Json},
        },
        path::Path,
    },
    model::{Credential, CredentialForm, CredentialId, CredentialKind, CredentialUse, Timestamp},
};

/// How long a rotated credential stays valid where nothing else is said.
const OVERLAP: Duration = Duration::from_hours(24);
const LONGEST_OVERLAP: u64 = 90 * 24 * 60 * 60;

/// A credential; its secret is nowhere.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct CredentialView {
    id: String,
    kind: CredentialKind,
    form: CredentialForm,
    /// Milliseconds since 1970.
    added_at: i64,
    expires_at: Option<i64>,
    first_used_at: Option<i64>,
    /// Up to a minute old.
    used_at: Option<i64>,
}

/// A credential that was made. The secret is never shown again.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct NewCredentialView {
    #[serde(flatten)]
    credential: CredentialView,
    /// Null in an answer that is repeated (`Idempotency-Key`)
    secret: Option<String>,
}

impl From<Credential> for CredentialView {
    fn from(credential: Credential) -> Self {
        Self {
            id: credential.id.to_string(),
            kind: credential.kind,
            form: credential.form,
            added_at: credential.added_at.as_millis(),
            expires_at: credential.expires_at.map(Timestamp::as_millis),
            first_used_at: None,
            used_at: None,
        }
    }
}

impl CredentialView {
    fn used(self, uses: &[CredentialUse]) -> Self {
        let used = uses.iter().find(|used| used.credential.as_str() == self.id);
        Self {
            first_used_at: used.map(|used| used.first_at.as_millis()),
            used_at: used.map(|used| used.last_at.as_millis()),
            ..self
        }
    }
}

impl From<NewCredential> for NewCredentialView {
    fn from(new: NewCredential) -> Self {
        Self {
            credential: new.credential.into(),
            secret: Some(new.secret),
        }
    }
}

/// A credential to be made.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes what `Fields` reads")]
pub(in crate::http::operator) struct NewCredentialFields {
    kind: CredentialKind,
    form: CredentialForm,
}

/// How a credential is rotated.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes what `Fields` reads")]
pub(in crate::http::operator) struct RotateFields {
    /// Seconds for which the old one stays valid, 90 days at the most; a day when it is absent
    #[schema(minimum = 0, maximum = 7_776_000)]
    overlap_seconds: Option<u64>,
}

/// Every credential, oldest first
#[utoipa::path(get, path = "/api/v1/credentials", tag = "credentials",
    responses((status = 200, body = [CredentialView])))]
pub(in crate::http::operator) async fn list_credentials(
    State(faces): State<Arc<Faces>>,
) -> Answer<Vec<CredentialView>> {
    let credentials = faces.app.list_credentials().await?;
    let uses = faces.app.credential_uses().await?;
    let view = |credential| CredentialView::from(credential).used(&uses);
    Ok(Json::of(credentials.into_iter().map(view).collect()))
}

/// Make a credential; its secret is shown this once
#[utoipa::path(post, path = "/api/v1/credentials", tag = "credentials", request_body = NewCredentialFields,
    responses((status = 201, body = NewCredentialView)))]
pub(in crate::http::operator) async fn add_credential(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    mut fields: Fields,
) -> Answer<NewCredentialView> {
    let kind: Option<CredentialKind> = fields.required("kind");
    let form: Option<CredentialForm> = fields.required("form");
    let (kind, form) = fields.finish(kind.zip(form))?;
    let new = faces.app.add_credential(caller.actor, kind, form).await?;
    Ok(Json::made(new.into()).telling_once(&["secret"]))
}

/// Make a successor; the old one stays valid for a while
#[utoipa::path(post, path = "/api/v1/credentials/{id}/rotate", tag = "credentials", params(("id" = String, Path)),
    request_body = RotateFields, responses((status = 201, body = NewCredentialView)))]
pub(in crate::http::operator) async fn rotate_credential(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(id): Path<String>,
    mut fields: Fields,
) -> Answer<NewCredentialView> {
    let seconds: Option<u64> = fields.number("overlap_seconds");
    if seconds.is_some_and(|seconds| seconds > LONGEST_OVERLAP) {
        fields.wrong::<()>("overlap_seconds", "must be 90 days at the most");
    }
    let seconds = fields.finish(Some(seconds))?;
    let overlap = seconds.map_or(OVERLAP, Duration::from_secs);
    let id = CredentialId::from(id);
    let rotated = faces
        .app
        .rotate_credential(caller.actor, id, overlap)
        .await?;
    Ok(Json::made(rotated.successor.into()).telling_once(&["secret"]))
}

/// Remove a credential; every daemon refuses it within seconds
#[utoipa::path(delete, path = "/api/v1/credentials/{id}", tag = "credentials", params(("id" = String, Path)),
    responses((status = 204)))]
pub(in crate::http::operator) async fn remove_credential(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let id = CredentialId::from(id);
    faces.app.remove_credential(caller.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
