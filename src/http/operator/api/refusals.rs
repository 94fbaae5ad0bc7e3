//! Why Dailymotion refuses videos.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::Caller,
    http::{
        Faces, Problem,
        operator::{
            fields::Fields,
            json::{Answer, Json, edition},
            schemas::Edition,
        },
    },
    model::{Count, RefusalReason},
};

/// A reason for which videos stand refused.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct ReasonView {
    /// The status that Dailymotion sent
    reason: String,
    /// What operators call it
    name: Option<String>,
    /// Videos that stand refused with it; counted no further than 10,001
    videos: i64,
    /// Whether there are more than that
    more: bool,
    /// In quotes it is what `If-Match` takes when the reason is given another name
    edition: String,
}

impl From<RefusalReason> for ReasonView {
    fn from(reason: RefusalReason) -> Self {
        Self {
            edition: reason.edition(),
            reason: reason.reason,
            name: reason.name,
            videos: reason.videos.found(),
            more: matches!(reason.videos, Count::AtLeast(_)),
        }
    }
}

/// What a reason is called from now on.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes what `Fields` reads")]
pub(in crate::http::operator) struct ReasonName {
    /// As the list shows it
    #[schema(max_length = 200, pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$")]
    reason: String,
    /// On one line; an empty text takes the name away
    #[schema(max_length = 100, pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$")]
    name: String,
}

/// The reasons for which videos stand refused, the most frequent first; 50 at the most
#[utoipa::path(get, path = "/api/v1/events/reasons", tag = "events", responses((status = 200, body = [ReasonView])))]
pub(in crate::http::operator) async fn list_reasons(
    State(faces): State<Arc<Faces>>,
) -> Answer<Vec<ReasonView>> {
    let reasons = faces.app.refusal_reasons().await?;
    Ok(Json::of(reasons.into_iter().map(Into::into).collect()))
}

/// Give a reason a name that people understand
#[utoipa::path(put, path = "/api/v1/events/reasons", tag = "events",
    params(("If-Match" = Edition, Header)),
    request_body = ReasonName, responses((status = 204)))]
pub(in crate::http::operator) async fn name_reason(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    headers: HeaderMap,
    mut fields: Fields,
) -> Result<StatusCode, Problem> {
    let reason: Option<String> = fields.required("reason");
    let name: Option<String> = fields.required("name");
    let ((reason, name), seen) = (fields.finish(reason.zip(name))?, edition(&headers)?);
    let named = faces.app.name_refusal(caller.actor, reason, &name, seen);
    named.await?;
    Ok(StatusCode::NO_CONTENT)
}
