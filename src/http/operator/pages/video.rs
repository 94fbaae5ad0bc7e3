//! One video: where it stands and why, what happened to it, and what may be done about it.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    frame::Frame,
    page,
    signed::SignedForm,
    text::{GuidInPath, Number, Shown, Words, read, remote_address, video_path, web_address},
};
use crate::{
    app::{Caller, EventQuery, FiledEvent, RetryAt, Why},
    http::{Faces, Problem, path::Path},
    model::{
        Action, Change, Column, Creator, Outcome, Right, Rule, State as VideoState, TimelineLine,
        Timestamp, Video,
    },
};

/// Reports shown, the newest ones.
const REPORTS: i64 = 200;

#[derive(Template)]
#[template(path = "video.html", config = "src/http/operator/pages/askama.toml")]
struct OneVideo {
    frame: Frame,
    head: Head,
    why: Words,
    evidence: Evidence,
    may_retry: bool,
    rules: Vec<RuleRow>,
    fields: Vec<FieldRow>,
    times: Vec<(&'static str, Timestamp)>,
    lines: Vec<LineRow>,
    reports: Vec<ReportRow>,
}

/// What tells the video from others.
struct Head {
    path: String,
    guid: Shown,
    title: Shown,
    creator: String,
    creator_name: Shown,
    state: VideoState,
    /// The guid at its source, where that is another one.
    source_guid: Option<Shown>,
}

/// What the sentence is drawn from.
struct Evidence {
    offered: Option<(Timestamp, Shown)>,
    unchanged: Option<Timestamp>,
    /// Every remote id reported, the one that counts first.
    remotes: Vec<(Shown, String)>,
}

struct RuleRow {
    code: &'static str,
    /// What is wrong, where it is broken.
    fault: Option<Words>,
}

struct FieldRow {
    name: &'static str,
    text: Shown,
    link: Option<String>,
    at: Option<Timestamp>,
    /// What the source says, where an operator has written something else.
    pinned: Option<Shown>,
}

struct LineRow {
    at: Timestamp,
    what: &'static str,
    from: Option<&'static str>,
    to: &'static str,
    by: Shown,
    detail: Shown,
    /// The report that it tells of, further down.
    report: Option<String>,
}

struct ReportRow {
    digest: String,
    at: Timestamp,
    outcome: Outcome,
    alarm: Shown,
    note: Shown,
    raw: Option<Shown>,
}

impl Head {
    fn new(video: &Video, creator: &Creator) -> Self {
        let title = video.fields.title.as_deref().unwrap_or("Without a title");
        Self {
            path: video_path(&video.guid),
            guid: Shown::from(video.guid.as_str()),
            title: Shown::from(title),
            creator: video.creator.to_string(),
            creator_name: Shown::from(&creator.name),
            state: video.standing.state,
            source_guid: video.source_guid.as_ref().map(Shown::from),
        }
    }
}

impl From<&Why> for Evidence {
    fn from(why: &Why) -> Self {
        let remote_ids = why.video.standing.remote_ids();
        let offered = why.offered.as_ref().map(|visit| {
            let by = visit.user_agent.as_deref().unwrap_or("a crawler");
            (
                visit.at,
                Shown::from(format!("{by} from {}", visit.address)),
            )
        });
        Self {
            offered,
            unchanged: why.unchanged,
            remotes: remote_ids
                .map(|id| (Shown::from(id), remote_address(id)))
                .collect(),
        }
    }
}

/// `GET /videos/{guid}`; the audit notes who sees reports as they came.
pub(in crate::http::operator) async fn show(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    Path(GuidInPath(guid)): Path<GuidInPath>,
) -> Result<Response, Problem> {
    let why = faces.app.why(&guid).await?;
    let video = &why.video;
    let lines = faces.app.timeline(video).await?;
    let reports = EventQuery::OfGuid(guid.to_string());
    let reports = faces.app.newest_events(&reports, REPORTS).await?;
    let raw = frame.may(Right::RawEvents);
    if raw && reports.iter().any(|event| event.raw.is_some()) {
        let (by, guid) = (&frame.caller.actor, guid.as_str());
        faces.app.note_look(by, Action::ReadEvent, guid).await?;
    }
    let reports: Vec<_> = reports
        .into_iter()
        .map(|event| report(event, raw))
        .collect();
    Ok(page(&OneVideo {
        frame,
        head: Head::new(video, &why.creator),
        why: Words::from(&why.sentence),
        evidence: Evidence::from(&why),
        may_retry: video.standing.state == VideoState::Refused && video.broken.is_empty(),
        rules: rules(video),
        fields: Column::ALL.map(|column| field(video, column)).into(),
        times: times(video),
        lines: lines.iter().map(|told| line(told, &reports)).collect(),
        reports,
    }))
}

fn rules(video: &Video) -> Vec<RuleRow> {
    let row = |rule: Rule| RuleRow {
        code: rule.code(),
        fault: video
            .broken
            .contains(&rule)
            .then(|| Words::from(rule.sentence())),
    };
    let mut rules = Rule::ALL.map(row);
    rules.sort_by_key(|rule| rule.fault.is_none());
    rules.into()
}

fn field(video: &Video, column: Column) -> FieldRow {
    let fields = &video.fields;
    let text = fields.show(column).unwrap_or_default();
    let is_address = matches!(
        column,
        Column::Link | Column::MediaUrl | Column::ThumbnailUrl
    );
    let source = video.pins.source(column).unwrap_or_default();
    FieldRow {
        name: column.name(),
        pinned: video.pins.hold(column).then(|| Shown::from(source)),
        link: is_address.then(|| web_address(&text)).flatten(),
        at: match column {
            Column::PublishedAt => fields.published_at,
            Column::StartsAt => fields.starts_at,
            Column::EndsAt => fields.ends_at,
            _ => None,
        },
        text: match (column, fields.media_size) {
            (Column::MediaSize, Some(size)) => Shown::from(Number(size).of("byte", "bytes")),
            _ => Shown::from(text),
        },
    }
}

fn times(video: &Video) -> Vec<(&'static str, Timestamp)> {
    let times = [
        ("Added", Some(video.added_at)),
        ("Content changed", Some(video.content_at)),
        ("Waiting since", video.waiting_since),
        ("Retry asked for", video.retry_at),
        ("Reported ready", video.standing.ready_at),
    ];
    let known = times.into_iter();
    known.filter_map(|(name, at)| Some((name, at?))).collect()
}

fn line(line: &TimelineLine, reports: &[ReportRow]) -> LineRow {
    let detail = line.detail.as_deref().unwrap_or_default();
    let reported = line.what == Change::Reported;
    let report = reports
        .iter()
        .find(|report| reported && detail.contains(&report.digest));
    LineRow {
        at: line.at,
        what: match line.what {
            Change::TakenDown => "taken down",
            other => other.as_str(),
        },
        from: line
            .from
            .filter(|from| *from != line.to)
            .map(VideoState::as_str),
        to: line.to.as_str(),
        by: Shown::from(&line.by),
        report: report.map(|report| report.digest.clone()),
        detail: Shown::from(detail),
    }
}

fn report(event: FiledEvent, raw: bool) -> ReportRow {
    ReportRow {
        digest: event.digest.to_string(),
        at: event.received_at,
        outcome: event.outcome,
        alarm: Shown::from(event.alarm.unwrap_or_default()),
        note: Shown::from(event.note.unwrap_or_default()),
        raw: event.raw.filter(|_text| raw).map(Shown::from),
    }
}

/// `POST /videos/{guid}/retry`
pub(in crate::http::operator) async fn retry(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(GuidInPath(guid)): Path<GuidInPath>,
    SignedForm(mut form): SignedForm,
) -> Result<Response, Problem> {
    let at = read(&form.field("at"))?.map_or(RetryAt::Now, RetryAt::Later);
    let video = faces.app.retry_video(guid, at, caller.actor).await?;
    Ok(led_to(&video, "retried"))
}

#[derive(Template)]
#[template(
    path = "take_down.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct AskTakeDown {
    frame: Frame,
    head: Head,
    remote: Option<Shown>,
}

/// `GET /videos/{guid}/take-down`: what taking it down will do.
pub(in crate::http::operator) async fn ask_take_down(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    Path(GuidInPath(guid)): Path<GuidInPath>,
) -> Result<Response, Problem> {
    let video = faces.app.video(&guid).await?;
    let creator = faces.app.creator(&video.creator).await?;
    Ok(page(&AskTakeDown {
        frame,
        head: Head::new(&video, &creator),
        remote: video.standing.remote_id.as_ref().map(Shown::from),
    }))
}

/// `POST /videos/{guid}/take-down`
pub(in crate::http::operator) async fn take_down(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(GuidInPath(guid)): Path<GuidInPath>,
    _form: SignedForm,
) -> Result<Response, Problem> {
    let video = faces.app.take_down_video(guid, caller.actor).await?;
    Ok(led_to(&video, "taken-down"))
}

fn led_to(video: &Video, done: &str) -> Response {
    let path = video_path(&video.guid);
    Redirect::to(&format!("{path}?done={done}")).into_response()
}
