//! Videos: where they stand, why, and what to do about it.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::{Caller, ExportedVideo, RetryAt, Why},
    http::{
        Faces,
        operator::{
            fields::Fields,
            json::{Answer, Json},
        },
        path::Path,
    },
    model::{Guid, TimelineLine, Timestamp, Video},
};

/// Why a video is not on Dailymotion, or that it is.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct WhyView {
    guid: String,
    state: &'static str,
    /// The answer in one sentence
    sentence: String,
    /// What holds it back while it waits
    holds: Vec<HoldView>,
    /// Preflight rules that it breaks
    broken: Vec<&'static str>,
    /// When a crawler was last offered it where it lies now; milliseconds since 1970
    offered_at: Option<i64>,
    /// The last minute in which the feed was asked for again and had not changed
    unchanged_at: Option<i64>,
    /// Digests of the newest events about it, newest first
    events: Vec<String>,
}

/// A reason not to list a video that may go out.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct HoldView {
    code: &'static str,
    sentence: String,
}

impl From<Why> for WhyView {
    fn from(why: Why) -> Self {
        let hold = |hold: &crate::model::Hold| HoldView {
            code: hold.code(),
            sentence: hold.sentence(),
        };
        Self {
            guid: why.video.guid.to_string(),
            state: why.video.standing.state.as_str(),
            sentence: why.sentence,
            holds: why.holds.iter().map(hold).collect(),
            broken: why.video.broken.iter().map(|rule| rule.code()).collect(),
            offered_at: why.offered.map(|visit| visit.at.as_millis()),
            unchanged_at: why.unchanged.map(Timestamp::as_millis),
            events: why
                .events
                .iter()
                .map(|event| event.digest.to_string())
                .collect(),
        }
    }
}

/// One line of a video's timeline.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct LineView {
    /// Milliseconds since 1970.
    at: i64,
    what: &'static str,
    from: Option<&'static str>,
    to: &'static str,
    /// Who or what did it
    by: String,
    /// The evidence
    detail: Option<String>,
}

impl From<TimelineLine> for LineView {
    fn from(line: TimelineLine) -> Self {
        Self {
            at: line.at.as_millis(),
            what: line.what.as_str(),
            from: line.from.map(crate::model::State::as_str),
            to: line.to.as_str(),
            by: line.by,
            detail: line.detail,
        }
    }
}

/// When a retry is listed again.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `Fields` reads")]
pub(in crate::http::operator) struct RetryFields {
    /// Not before this moment (RFC 3339); at once when it is absent
    at: Option<String>,
}

/// One video with all its columns, as an export shows it
#[utoipa::path(get, path = "/api/v1/videos/{guid}", tag = "videos", params(("guid" = String, Path)),
    responses((status = 200, body = Object)))]
pub(in crate::http::operator) async fn show_video(
    State(faces): State<Arc<Faces>>,
    Path(guid): Path<Guid>,
) -> Answer<ExportedVideo> {
    let video = faces.app.video(&guid).await?;
    Ok(Json::of(shown(&faces, video).await?))
}

/// What happened to a video, oldest first
#[utoipa::path(get, path = "/api/v1/videos/{guid}/timeline", tag = "videos", params(("guid" = String, Path)),
    responses((status = 200, body = [LineView])))]
pub(in crate::http::operator) async fn show_timeline(
    State(faces): State<Arc<Faces>>,
    Path(guid): Path<Guid>,
) -> Answer<Vec<LineView>> {
    let video = faces.app.video(&guid).await?;
    let lines = faces.app.timeline(&video).await?;
    Ok(Json::of(lines.into_iter().map(Into::into).collect()))
}

/// Why a video is not on Dailymotion, or that it is
#[utoipa::path(get, path = "/api/v1/videos/{guid}/why", tag = "videos", params(("guid" = String, Path)),
    responses((status = 200, body = WhyView)))]
pub(in crate::http::operator) async fn explain_video(
    State(faces): State<Arc<Faces>>,
    Path(guid): Path<Guid>,
) -> Answer<WhyView> {
    Ok(Json::of(faces.app.why(&guid).await?.into()))
}

/// Ask for another try of a refused video
#[utoipa::path(post, path = "/api/v1/videos/{guid}/retry", tag = "videos", params(("guid" = String, Path)),
    request_body = RetryFields, responses((status = 200, body = Object)))]
pub(in crate::http::operator) async fn retry_video(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(guid): Path<Guid>,
    mut fields: Fields,
) -> Answer<ExportedVideo> {
    let at = fields.optional("at").map_or(RetryAt::Now, RetryAt::Later);
    let at = fields.finish(Some(at))?;
    let video = faces.app.retry_video(guid, at, caller.actor).await?;
    Ok(Json::of(shown(&faces, video).await?))
}

/// Take a video down for good: it leaves the feed and no import wakes it
#[utoipa::path(post, path = "/api/v1/videos/{guid}/take-down", tag = "videos", params(("guid" = String, Path)),
    responses((status = 200, body = Object)))]
pub(in crate::http::operator) async fn take_down_video(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(guid): Path<Guid>,
) -> Answer<ExportedVideo> {
    let video = faces.app.take_down_video(guid, caller.actor).await?;
    Ok(Json::of(shown(&faces, video).await?))
}

async fn shown(faces: &Faces, video: Video) -> crate::app::Result<ExportedVideo> {
    let exported = faces.app.show_videos(&[video]).await?;
    let one = exported.into_iter().next();
    one.ok_or_else(|| crate::app::Error::internal("a video was not shown"))
}
