//! How the installation stands.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::{creators::Counts, visits::VisitView};
use crate::http::{
    Faces,
    operator::json::{Answer, Json},
};

/// Visits shown.
const VISITS: i64 = 10;

/// How the installation stands, in numbers that cost the same however large the catalog is.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct StatusView {
    creators: i64,
    videos: Counts,
    /// Videos with more than one remote id
    conflicts: i64,
    /// Events whose video is unknown
    orphans: i64,
    /// Events that could not be read
    malformed: i64,
    /// Events with an alarm
    alarms: i64,
    /// Entries that the next user list would lose against the last one served
    user_list_loses: i64,
    /// The newest visits of crawlers, newest first
    visits: Vec<VisitView>,
}

/// How the installation stands
#[utoipa::path(get, path = "/api/v1/status", tag = "status", responses((status = 200, body = StatusView)))]
pub(in crate::http::operator) async fn show_status(
    State(faces): State<Arc<Faces>>,
) -> Answer<StatusView> {
    let status = faces.app.status(VISITS).await?;
    Ok(Json::of(StatusView {
        creators: status.creators,
        videos: status.videos.into(),
        conflicts: status.conflicts,
        orphans: status.events.orphans,
        malformed: status.events.malformed,
        alarms: status.events.alarms,
        user_list_loses: status.user_list.lost,
        visits: status.visits.into_iter().map(Into::into).collect(),
    }))
}
