//! One creator: how far their videos are, who comes for the feed, and what the feed says just now.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};

use super::{
    creators::failures,
    frame::Frame,
    home::Stage,
    page,
    text::{Number, Shown, Words, video_path, web_address},
    visit::VisitRow,
};
use crate::{
    app::{FeedFindings, FeedPreview},
    http::{Faces, Problem, document, path::Path},
    model::{Creator, CreatorId, CreatorStatus, Guid, Right, State as VideoState, Timestamp},
};

/// Visits shown.
const VISITS: i64 = 10;
/// Findings shown.
const FINDINGS: usize = 50;

#[derive(Template)]
#[template(path = "creator.html", config = "src/http/operator/pages/askama.toml")]
struct OneCreator {
    frame: Frame,
    id: CreatorId,
    name: Shown,
    status: CreatorStatus,
    stages: Vec<Stage>,
    total: Number,
    failures: Option<String>,
    feed: Feed,
    facts: Vec<(&'static str, Fact)>,
    added_at: Timestamp,
    visits: Vec<VisitRow>,
}

/// The feed, as far as it is known without reading it.
struct Feed {
    address: String,
    mode: &'static str,
    changed_at: Timestamp,
    version: Number,
}

/// What is known of a creator, and where it leads.
struct Fact {
    text: Shown,
    link: Option<String>,
}

/// `GET /creators/{id}`
pub(in crate::http::operator) async fn show(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    Path(id): Path<CreatorId>,
) -> Result<Response, Problem> {
    let creator = faces.app.creator(&id).await?;
    let visits = faces.app.visits_of_creator(&id, VISITS).await?;
    let base = document::base(&faces.app.config(), "");
    Ok(page(&OneCreator {
        frame,
        name: Shown::from(&creator.name),
        status: creator.status,
        stages: stages(&creator),
        total: Number(creator.counts.total()),
        failures: failures(creator.counts),
        feed: Feed {
            address: format!("{base}/feeds/{id}.xml"),
            mode: creator.mode.as_str(),
            changed_at: creator.feed_changed_at,
            version: Number(creator.feed_version),
        },
        facts: facts(&creator),
        added_at: creator.added_at,
        visits: visits.iter().map(VisitRow::from).collect(),
        id,
    }))
}

fn stages(creator: &Creator) -> Vec<Stage> {
    let stage = |state: VideoState| Stage {
        state: state.as_str(),
        count: Number(creator.counts.of(state)),
        path: format!("/videos?creator={}&state={state}", creator.id),
        note: None,
    };
    VideoState::ALL.map(stage).into()
}

fn facts(creator: &Creator) -> Vec<(&'static str, Fact)> {
    let text = |text: &Option<String>| Fact {
        text: Shown::from(text.as_deref().unwrap_or_default()),
        link: None,
    };
    let link = creator.link.as_deref().unwrap_or_default();
    let adopted = if creator.adopted { "yes" } else { "no" };
    vec![
        ("Dailymotion id", text(&creator.dailymotion_id)),
        ("Username", text(&creator.username)),
        (
            "Own site",
            Fact {
                text: Shown::from(link),
                link: web_address(link),
            },
        ),
        (
            "Adopted",
            Fact {
                text: Shown::from(adopted),
                link: None,
            },
        ),
    ]
}

#[derive(Template)]
#[template(
    path = "creator_feed.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct CreatorFeed {
    frame: Frame,
    id: CreatorId,
    name: Shown,
    status: CreatorStatus,
    listed: Number,
    size: Number,
    changed_at: Timestamp,
    entries: Vec<EntryRow>,
    beginning: Shown,
    findings: Findings,
}

struct EntryRow {
    title: Shown,
    guid: Shown,
    path: Option<String>,
    media: Shown,
    line: u64,
}

/// What somebody would object to.
struct Findings {
    errors: Number,
    warnings: Number,
    expected: Number,
    notes: Number,
    rows: Vec<FindingRow>,
    /// How many are not shown.
    more: Number,
}

struct FindingRow {
    severity: String,
    line: usize,
    element: Shown,
    message: Words,
    objector: String,
    rule: &'static str,
    expected: Option<&'static str>,
}

/// `GET /creators/{id}/feed`: the feed as a crawler would get it now, and what somebody would object to.
pub(in crate::http::operator) async fn show_feed(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    Path(id): Path<CreatorId>,
) -> Result<Response, Problem> {
    let creator = faces.app.creator(&id).await?;
    let base = document::base(&faces.app.config(), "");
    let preview = faces.app.preview_feed(id.clone(), base).await?;
    Ok(page(&CreatorFeed {
        frame,
        id,
        name: Shown::from(&creator.name),
        status: creator.status,
        listed: number(preview.listed),
        size: number(preview.size),
        changed_at: preview.changed_at,
        entries: entries(&preview),
        beginning: Shown::from(&preview.beginning),
        findings: preview.findings.into(),
    }))
}

fn entries(preview: &FeedPreview) -> Vec<EntryRow> {
    let entries = preview.entries.iter();
    let row = |entry: &crate::app::FeedEntry| EntryRow {
        title: Shown::from(&entry.title),
        guid: Shown::from(&entry.guid),
        path: entry.guid.parse::<Guid>().ok().as_ref().map(video_path),
        media: Shown::from(&entry.media_url),
        line: entry.line,
    };
    entries.map(row).collect()
}

impl From<FeedFindings> for Findings {
    fn from(found: FeedFindings) -> Self {
        let all = found.errors + found.warnings + found.notes;
        let number = |count: u64| Number(i64::try_from(count).unwrap_or(i64::MAX));
        let mut listed = found.findings;
        // What counts most first, in the order of lines.
        listed.sort_by_key(|finding| (finding.expected.is_some(), finding.severity));
        listed.truncate(FINDINGS);
        let shown = u64::try_from(listed.len()).unwrap_or(u64::MAX);
        Self {
            errors: number(found.errors),
            warnings: number(found.warnings - found.expected_warnings),
            expected: number(found.expected_warnings),
            notes: number(found.notes),
            more: number(all.saturating_sub(shown)),
            rows: listed
                .into_iter()
                .map(|finding| FindingRow {
                    severity: finding.severity.to_string(),
                    line: finding.line,
                    element: Shown::from(finding.element),
                    message: Words::from(finding.message),
                    objector: finding.objector.to_string(),
                    rule: finding.rule,
                    expected: finding.expected,
                })
                .collect(),
        }
    }
}

fn number(count: usize) -> Number {
    Number(i64::try_from(count).unwrap_or(i64::MAX))
}
