//! How the network stands.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};

use super::{frame::Frame, page};
use crate::{
    app::Status,
    http::{Faces, Problem},
    model::{State as VideoState, Timestamp, Visit},
};

/// Visits shown.
const VISITS: i64 = 10;

#[derive(Template)]
#[template(path = "home.html", config = "src/http/operator/pages/askama.toml")]
struct Home {
    frame: Frame,
    creators: i64,
    total: i64,
    states: Vec<(&'static str, i64)>,
    troubles: Vec<String>,
    visits: Vec<VisitRow>,
}

struct VisitRow {
    at: Timestamp,
    what: String,
    offered: i64,
    address: String,
}

impl From<Visit> for VisitRow {
    fn from(visit: Visit) -> Self {
        Self {
            at: visit.at,
            what: match visit.creator {
                Some(creator) => format!("feed of {creator}"),
                None => "user list".to_owned(),
            },
            offered: visit.offered,
            address: visit.address,
        }
    }
}

/// `GET /`
pub(in crate::http::operator) async fn show(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
) -> Result<Response, Problem> {
    let status = faces.app.status(VISITS).await?;
    Ok(page(&Home {
        frame,
        creators: status.creators,
        total: status.videos.total(),
        states: VideoState::ALL
            .map(|state| (state.as_str(), status.videos.of(state)))
            .to_vec(),
        troubles: troubles(&status),
        visits: status.visits.into_iter().map(Into::into).collect(),
    }))
}

/// What somebody should look at, each with the command that shows it.
fn troubles(status: &Status) -> Vec<String> {
    let counted = [
        (
            status.events.orphans,
            "events of unknown videos",
            "mcnd event list --troubled",
        ),
        (
            status.events.malformed,
            "events that could not be read",
            "mcnd event list --troubled",
        ),
        (
            status.events.alarms,
            "events with an alarm",
            "mcnd event list --alarms",
        ),
        (
            status.conflicts,
            "videos with more than one remote id",
            "mcnd video list --conflicts",
        ),
        (
            status.sources.failing,
            "sources whose last pull failed",
            "mcnd source list",
        ),
        (
            status.sources.waiting,
            "sources that wait for consent",
            "mcnd source list",
        ),
    ];
    let mut troubles: Vec<_> = counted
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, what, command)| format!("{count} {what}: {command}"))
        .collect();
    if status.user_list.needs_consent() {
        let lost = status.user_list.lost;
        troubles.push(format!(
            "the user list would lose {lost} entries and is not served: mcnd user-list accept"
        ));
    }
    troubles
}
