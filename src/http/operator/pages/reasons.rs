//! Why Dailymotion refuses videos, and what operators call the reasons.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};

use super::{
    callbacks::tabs,
    frame::{Frame, Link},
    lists::{address, done},
    page,
    signed::SignedForm,
    text::Shown,
};
use crate::{
    app::Caller,
    http::{Faces, Problem},
    model::{RefusalReason, Right},
};

#[derive(Template)]
#[template(path = "reasons.html", config = "src/http/operator/pages/askama.toml")]
struct ReasonsPage {
    frame: Frame,
    tabs: Vec<Link>,
    may_name: bool,
    may_export: bool,
    reasons: Vec<ReasonRow>,
}

struct ReasonRow {
    /// As it is sent back, and as it is shown.
    reason: String,
    shown: Shown,
    name: String,
    edition: String,
    count: String,
    /// The list of its videos.
    videos: String,
    /// Everything that was reported of them, for the content manager.
    export: String,
}

impl From<RefusalReason> for ReasonRow {
    fn from(reason: RefusalReason) -> Self {
        Self {
            videos: address("/videos", &[("reason", &reason.reason)]),
            export: address(
                "/api/v1/events/export",
                &[("format", "csv"), ("reason", &reason.reason)],
            ),
            count: reason.videos.to_string(),
            edition: reason.edition(),
            name: reason.name.unwrap_or_default(),
            shown: Shown::from(&reason.reason),
            reason: reason.reason,
        }
    }
}

/// `GET /callbacks/reasons`
pub(in crate::http::operator) async fn list(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
) -> Result<Response, Problem> {
    let reasons = faces.app.refusal_reasons().await?;
    Ok(page(&ReasonsPage {
        tabs: tabs(None),
        may_name: frame.may(Right::Events),
        may_export: frame.may(Right::RawEvents),
        reasons: reasons.into_iter().map(Into::into).collect(),
        frame,
    }))
}

/// `POST /callbacks/reasons`
pub(in crate::http::operator) async fn name(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    SignedForm(mut form): SignedForm,
) -> Result<Response, Problem> {
    let (reason, name) = (form.field("reason"), form.field("name"));
    let seen = Some(form.field("edition"));
    let named = faces.app.name_refusal(caller.actor, reason, &name, seen);
    named.await?;
    Ok(done("/callbacks/reasons", "named"))
}
