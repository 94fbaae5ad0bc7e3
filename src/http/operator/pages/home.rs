//! The network at a glance: what an operator sees first.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};

use super::{
    chart::Chart,
    frame::Frame,
    page,
    text::{Number, Shown, Words, age, video_path},
    visit::VisitRow,
};
use crate::{
    app::{Overview, Status},
    config::Config,
    http::{Faces, Problem, document},
    model::{KeptAlarm, Right, State as VideoState, Timestamp},
};

/// Visits shown.
const VISITS: i64 = 5;
/// Alarms shown.
const ALARMS: i64 = 8;

#[derive(Template)]
#[template(path = "home.html", config = "src/http/operator/pages/askama.toml")]
struct Home {
    frame: Frame,
    creators: Number,
    total: Number,
    stages: Vec<Stage>,
    oldest: Option<Oldest>,
    reported: Chart,
    added: Chart,
    alarms: Vec<AlarmRow>,
    troubles: Vec<Trouble>,
    visits: Vec<VisitRow>,
    handed_out: HandedOut,
}

/// A step of the pipeline.
pub(super) struct Stage {
    pub(super) state: &'static str,
    pub(super) count: Number,
    pub(super) path: String,
    /// What else is to be known of it, and where that leads.
    pub(super) note: Option<(String, String)>,
}

/// The video that waits longest.
struct Oldest {
    title: Shown,
    path: String,
    since: Timestamp,
    age: String,
}

struct AlarmRow {
    severity: &'static str,
    standing: &'static str,
    sentence: Words,
    since: Timestamp,
    age: String,
}

/// Something that somebody should look at, and what shows it.
struct Trouble {
    what: String,
    look: Look,
}

enum Look {
    Page(&'static str),
    Command(&'static str),
}

/// The addresses that Dailymotion is given; none until `server.public_url` is set.
struct HandedOut {
    base: Option<String>,
    open: bool,
}

impl HandedOut {
    fn of(config: &Config) -> Self {
        let base = document::base(config, "");
        Self {
            base: (!base.is_empty()).then_some(base),
            open: config.access.open,
        }
    }
}

impl AlarmRow {
    fn new(alarm: &KeptAlarm, now: Timestamp) -> Self {
        Self {
            severity: alarm.rule.severity().as_str(),
            standing: alarm.standing().as_str(),
            sentence: Words::from(&alarm.sentence),
            since: alarm.opened_at,
            age: age(alarm.opened_at, now),
        }
    }
}

/// `GET /`
pub(in crate::http::operator) async fn show(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
) -> Result<Response, Problem> {
    let overview = faces.app.overview(VISITS, ALARMS).await?;
    let Overview {
        status, day, now, ..
    } = &overview;
    Ok(page(&Home {
        frame,
        creators: Number(status.creators),
        total: Number(status.videos.total()),
        stages: stages(&overview),
        oldest: oldest(&overview),
        reported: Chart::of(day, |hour| [hour.ready, hour.refused]),
        added: Chart::of(day, |hour| [hour.added, 0]),
        alarms: overview
            .alarms
            .iter()
            .map(|alarm| AlarmRow::new(alarm, *now))
            .collect(),
        troubles: troubles(status),
        visits: status.visits.iter().map(VisitRow::from).collect(),
        handed_out: HandedOut::of(&faces.app.config()),
    }))
}

/// The pipeline of all creators.
fn stages(overview: &Overview) -> Vec<Stage> {
    let counts = overview.status.videos;
    let stage = |state: VideoState| Stage {
        state: state.as_str(),
        count: Number(counts.of(state)),
        path: format!("/videos?state={state}"),
        note: match state {
            VideoState::Waiting if !overview.held.is_zero() => Some((
                format!("{} held back", overview.held),
                "/videos?state=waiting&held=true".to_owned(),
            )),
            _ => None,
        },
    };
    VideoState::ALL.map(stage).into()
}

fn oldest(overview: &Overview) -> Option<Oldest> {
    let video = overview.longest_waiting.as_ref()?;
    let since = video.listed_from()?;
    let title = video.fields.title.as_deref().unwrap_or(video.guid.as_str());
    // One whose window is still to open waits for nothing but that.
    (since <= overview.now).then(|| Oldest {
        title: Shown::from(title),
        path: video_path(&video.guid),
        since,
        age: age(since, overview.now),
    })
}

/// What somebody should look at beside the alarms, each with what shows it.
fn troubles(status: &Status) -> Vec<Trouble> {
    let (events, sources) = (status.events, &status.sources);
    let orphans = Look::Page("/callbacks?part=orphans");
    let unread = Look::Page("/callbacks?part=malformed");
    let odd = Look::Page("/callbacks?part=alarms");
    let counted = [
        (events.orphans, "reports about unknown videos", orphans),
        (events.malformed, "reports that could not be read", unread),
        (events.alarms, "reports with something odd", odd),
        (
            status.conflicts,
            "videos with more than one remote id",
            Look::Page("/videos?conflicts=true"),
        ),
        (
            sources.failing,
            "sources whose last pull failed",
            Look::Command("mcnd source list"),
        ),
        (
            sources.waiting,
            "sources that wait for consent",
            Look::Command("mcnd source list"),
        ),
    ];
    let found = counted.into_iter().filter(|(count, ..)| *count > 0);
    let mut troubles: Vec<_> = found
        .map(|(count, what, look)| Trouble {
            what: format!("{} {what}", Number(count)),
            look,
        })
        .collect();
    if status.user_list.needs_consent() {
        let lost = Number(status.user_list.lost);
        troubles.push(Trouble {
            what: format!(
                "the user list would lose {lost} entries and is not served until somebody agrees"
            ),
            look: Look::Command("mcnd user-list accept"),
        });
    }
    troubles
}
