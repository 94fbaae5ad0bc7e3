//! Videos: where they stand, why, and what to do about it.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use axum::{extract::State, http::HeaderMap};
use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ArrayBuilder, Object, RefOr, Schema, schema::AdditionalProperties},
};

use crate::{
    app::{Caller, ExportedVideo, RetryAt, Why},
    http::{
        Faces,
        operator::{
            fields::{Cell, Fields},
            json::{Answer, Json, edition},
            schemas::{Edition, Text, or_null, pattern, reference},
        },
        path::Path,
    },
    model::{
        Change, Column, Digest, Guid, Hold, Rule, State as VideoState, TimelineLine, Timestamp,
        Video, VideoPatch,
    },
};

/// Why a video is not on Dailymotion, or that it is.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct WhyView {
    guid: String,
    state: VideoState,
    /// The answer in one sentence
    sentence: String,
    /// What holds it back while it waits
    holds: Vec<HoldView>,
    /// Preflight rules that it breaks
    broken: Vec<Rule>,
    /// When a crawler was last offered it where it lies now; milliseconds since 1970
    offered_at: Option<i64>,
    /// The last minute in which the feed was asked for again and had not changed
    unchanged_at: Option<i64>,
    /// Digests of the newest events about it, newest first
    events: Vec<Digest>,
}

/// A reason not to list a video that may go out.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct HoldView {
    code: Hold,
    sentence: String,
}

impl From<Why> for WhyView {
    fn from(why: Why) -> Self {
        let hold = |hold: &Hold| HoldView {
            code: *hold,
            sentence: hold.sentence(),
        };
        Self {
            guid: why.video.guid.to_string(),
            state: why.video.standing.state,
            sentence: why.sentence,
            holds: why.holds.iter().map(hold).collect(),
            broken: why.video.broken,
            offered_at: why.offered.map(|visit| visit.at.as_millis()),
            unchanged_at: why.unchanged.map(Timestamp::as_millis),
            events: why.events.iter().map(|event| event.digest).collect(),
        }
    }
}

/// One line of a video's timeline.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct TimelineView {
    /// Milliseconds since 1970.
    at: i64,
    what: Change,
    /// None where it was added
    from: Option<VideoState>,
    to: VideoState,
    /// Who or what did it
    by: String,
    /// The evidence
    detail: Option<String>,
}

impl From<TimelineLine> for TimelineView {
    fn from(line: TimelineLine) -> Self {
        Self {
            at: line.at.as_millis(),
            what: line.what,
            from: line.from,
            to: line.to,
            by: line.by,
            detail: line.detail,
        }
    }
}

/// When a retry is listed again.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes what `Fields` reads")]
pub(in crate::http::operator) struct RetryFields {
    /// Not before this moment; at once when it is absent
    at: Option<Timestamp>,
}

/// A video with all its columns, as an export shows it, and what is pinned of them.
#[derive(Serialize)]
pub(in crate::http::operator) struct VideoView {
    #[serde(flatten)]
    video: ExportedVideo,
    /// Pinned columns, each with what the source last said of it.
    pinned: BTreeMap<&'static str, Option<String>>,
}

/// What changes of a video.
pub(in crate::http::operator) struct VideoPatchFields;

impl ToSchema for VideoPatchFields {
    fn name() -> Cow<'static, str> {
        "VideoPatchFields".into()
    }
}

impl PartialSchema for VideoPatchFields {
    fn schema() -> RefOr<Schema> {
        let unpin = ArrayBuilder::new()
            .items(reference::<Column>())
            .description(Some(
                "Columns that get the source's last value back and follow it again; none that is given a value",
            ));
        let object = Object::builder()
            .description(Some(
                "What changes; what is absent stays. Values are written as in an import, null and blank text clear a column. \
                 What changes becomes pinned.",
            ))
            .property("unpin", unpin)
            .additional_properties(Some(AdditionalProperties::FreeForm(false)));
        Column::ALL
            .into_iter()
            .fold(object, |object, column| {
                object.property(column.name(), cell(column))
            })
            .into()
    }
}

/// What a column takes beside null.
fn cell(column: Column) -> RefOr<Schema> {
    const WHOLE: &str = "^([1-9][0-9]{0,17})?$";
    const TRUTH: &str = "^(true|false|yes|no|1|0)?$";
    let text = |description| or_null(reference::<Text>(), description).into();
    let spelled =
        |spelling, description| or_null(pattern(spelling, description), description).into();
    match column {
        Column::MediaSize => spelled(WHOLE, "Bytes"),
        Column::Duration => spelled(r"^([1-9][0-9]{0,17}(\.[0-9]*)?)?$", "Seconds"),
        Column::Width | Column::Height => spelled(WHOLE, "Pixels"),
        Column::PublishedAt | Column::StartsAt | Column::EndsAt => {
            or_null(reference::<Timestamp>(), "A moment").into()
        }
        Column::MadeForKids | Column::Private | Column::Explicit => spelled(TRUTH, "A truth value"),
        Column::Tags => text("Parted by commas"),
        Column::Geo => text("Such as `allow FR BE` or `deny DE`"),
        Column::Language => text("ISO 639, of two or three letters"),
        Column::Country => text("ISO 3166, of two letters"),
        Column::Category => text("The slug of one of Dailymotion's categories"),
        Column::Link => text("The video's page on the network's own site"),
        Column::MediaUrl => text("A direct link"),
        Column::MediaType => text("Such as `video/mp4`"),
        Column::ThumbnailUrl => text("A picture"),
        Column::Title | Column::Description => text("As people read it"),
    }
}

fn read_patch(fields: &mut Fields) -> VideoPatch {
    let mut patch = VideoPatch::default();
    for column in Column::ALL {
        let cell = match fields.cell(column.name()) {
            Cell::Absent => continue,
            Cell::Cleared => None,
            Cell::Text(text) => Some(text),
        };
        if let Err(why) = patch.set(column, cell) {
            fields.wrong::<()>(column.name(), why);
        }
    }
    for column in fields.list::<Column>("unpin") {
        if let Err(why) = patch.unpin(column) {
            fields.wrong::<()>(column.name(), why);
        }
    }
    patch
}

/// One video with all its columns, as an export shows it, and what is pinned of them
#[utoipa::path(get, path = "/api/v1/videos/{guid}", tag = "videos", params(("guid" = Guid, Path)),
    responses((status = 200, body = Object)))]
pub(in crate::http::operator) async fn show_video(
    State(faces): State<Arc<Faces>>,
    Path(guid): Path<Guid>,
) -> Answer<VideoView> {
    let video = faces.app.video(&guid).await?;
    shown(&faces, video).await
}

/// Change columns of a video; what changes is pinned, and imports keep the source's value beside it
#[utoipa::path(patch, path = "/api/v1/videos/{guid}", tag = "videos",
    params(("guid" = Guid, Path), ("If-Match" = Edition, Header)),
    request_body = VideoPatchFields, responses((status = 200, body = Object)))]
pub(in crate::http::operator) async fn change_video(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(guid): Path<Guid>,
    headers: HeaderMap,
    mut fields: Fields,
) -> Answer<VideoView> {
    let patch = read_patch(&mut fields);
    let (patch, seen) = (fields.finish(Some(patch))?, edition(&headers)?);
    let edited = faces.app.edit_video(caller.actor, guid, patch, seen);
    shown(&faces, edited.await?).await
}

/// What happened to a video, oldest first
#[utoipa::path(get, path = "/api/v1/videos/{guid}/timeline", tag = "videos", params(("guid" = Guid, Path)),
    responses((status = 200, body = [TimelineView])))]
pub(in crate::http::operator) async fn show_timeline(
    State(faces): State<Arc<Faces>>,
    Path(guid): Path<Guid>,
) -> Answer<Vec<TimelineView>> {
    let video = faces.app.video(&guid).await?;
    let lines = faces.app.timeline(&video).await?;
    Ok(Json::of(lines.into_iter().map(Into::into).collect()))
}

/// Why a video is not on Dailymotion, or that it is
#[utoipa::path(get, path = "/api/v1/videos/{guid}/why", tag = "videos", params(("guid" = Guid, Path)),
    responses((status = 200, body = WhyView)))]
pub(in crate::http::operator) async fn explain_video(
    State(faces): State<Arc<Faces>>,
    Path(guid): Path<Guid>,
) -> Answer<WhyView> {
    Ok(Json::of(faces.app.why(&guid).await?.into()))
}

/// Ask for another try of a refused video
#[utoipa::path(post, path = "/api/v1/videos/{guid}/retry", tag = "videos", params(("guid" = Guid, Path)),
    request_body = RetryFields, responses((status = 200, body = Object)))]
pub(in crate::http::operator) async fn retry_video(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(guid): Path<Guid>,
    mut fields: Fields,
) -> Answer<VideoView> {
    let at = fields.optional("at").map_or(RetryAt::Now, RetryAt::Later);
    let at = fields.finish(Some(at))?;
    let video = faces.app.retry_video(guid, at, caller.actor).await?;
    shown(&faces, video).await
}

/// Take a video down for good: it leaves the feed and no import wakes it
#[utoipa::path(post, path = "/api/v1/videos/{guid}/take-down", tag = "videos", params(("guid" = Guid, Path)),
    responses((status = 200, body = Object)))]
pub(in crate::http::operator) async fn take_down_video(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(guid): Path<Guid>,
) -> Answer<VideoView> {
    let video = faces.app.take_down_video(guid, caller.actor).await?;
    shown(&faces, video).await
}

async fn shown(faces: &Faces, video: Video) -> Answer<VideoView> {
    let edition = video.edition();
    let pinned = video.pins.iter();
    let pinned = pinned.map(|(column, source)| (column.name(), source.map(str::to_owned)));
    let pinned = pinned.collect();
    let exported = faces.app.show_videos(&[video]).await?;
    let video = exported.into_iter().next();
    let video = video.ok_or_else(|| crate::app::Error::internal("a video was not shown"))?;
    Ok(Json::of(VideoView { video, pinned }).tagged(&edition))
}
