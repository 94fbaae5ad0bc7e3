//! API keys.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::{Caller, NewKeyWish},
    http::{
        Faces, Problem,
        operator::{
            fields::Fields,
            json::{Answer, Json},
        },
        path::Path,
    },
    model::{ApiKey, KeyId, Scope, Timestamp},
};

/// What a program of the network is let in with.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct KeyView {
    id: String,
    name: String,
    scopes: Vec<Scope>,
    /// Milliseconds since 1970.
    added_at: i64,
    expires_at: Option<i64>,
    /// Up to a minute old.
    used_at: Option<i64>,
}

impl From<ApiKey> for KeyView {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name,
            scopes: key.scopes,
            added_at: key.added_at.as_millis(),
            expires_at: key.expires_at.map(Timestamp::as_millis),
            used_at: key.used_at.map(Timestamp::as_millis),
        }
    }
}

/// A key that was made. The secret is never shown again.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct NewKeyView {
    #[serde(flatten)]
    key: KeyView,
    /// What to send as `Authorization: Bearer`; null in an answer that is repeated (`Idempotency-Key`)
    secret: Option<String>,
}

/// A key to be made.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes what `Fields` reads")]
pub(in crate::http::operator) struct NewKeyFields {
    /// What it is for, on one line
    #[schema(
        max_length = 100,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$"
    )]
    name: String,
    /// None beyond its maker's role
    #[schema(min_items = 1)]
    scopes: Vec<Scope>,
    /// When it ends, a moment to come; never when it is absent. Of a key made with a key no later than that one
    expires_at: Option<Timestamp>,
}

/// Every key, oldest first
#[utoipa::path(get, path = "/api/v1/keys", tag = "access", responses((status = 200, body = [KeyView])))]
pub(in crate::http::operator) async fn list_keys(
    State(faces): State<Arc<Faces>>,
) -> Answer<Vec<KeyView>> {
    let keys = faces.app.list_keys().await?;
    Ok(Json::of(keys.into_iter().map(Into::into).collect()))
}

/// Make a key; its secret is shown this once
#[utoipa::path(post, path = "/api/v1/keys", tag = "access", request_body = NewKeyFields,
    responses((status = 201, body = NewKeyView)))]
pub(in crate::http::operator) async fn add_key(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    mut fields: Fields,
) -> Answer<NewKeyView> {
    let name: Option<String> = fields.required("name");
    let scopes = fields.list("scopes");
    let expires_at: Option<Timestamp> = fields.optional("expires_at");
    let wish = name.map(|name| NewKeyWish {
        name,
        scopes,
        expires_at,
    });
    let new = faces.app.add_key(caller, fields.finish(wish)?).await?;
    Ok(Json::made(NewKeyView {
        key: new.key.into(),
        secret: Some(new.secret),
    })
    .telling_once(&["secret"]))
}

/// Remove a key; it lets nobody in from now on
#[utoipa::path(delete, path = "/api/v1/keys/{id}", tag = "access", params(("id" = String, Path)),
    responses((status = 204)))]
pub(in crate::http::operator) async fn remove_key(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    faces.app.remove_key(caller.actor, KeyId::from(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
