//! What the daemon does by itself, again and again, and how it went.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::Page;
use crate::{
    http::{
        Faces,
        operator::{
            json::{Answer, Json},
            parameters::Parameters,
        },
        path::Path,
    },
    model::{JobRun, PageSize, RunOutcome, Timestamp},
};

/// Runs of one job within about a minute that ended alike.
#[derive(Serialize, ToSchema)]
pub(in crate::http::operator) struct RunView {
    /// The job's name
    name: String,
    /// Which daemon ran it, by the id that it has while it runs
    daemon: String,
    /// The beginning of the first run; milliseconds since 1970
    started_at: i64,
    /// The end of the last one
    ended_at: i64,
    outcome: RunOutcome,
    runs: i64,
    /// How much there was to do, all runs together
    did: i64,
    /// What the last one that did not succeed said
    message: Option<String>,
}

impl From<JobRun> for RunView {
    fn from(run: JobRun) -> Self {
        Self {
            name: run.name,
            daemon: run.daemon,
            started_at: run.started_at.as_millis(),
            ended_at: run.ended_at.as_millis(),
            outcome: run.outcome,
            runs: run.runs,
            did: run.did,
            message: run.message,
        }
    }
}

/// The last runs of each periodic job, of each daemon that ran within a day; up to a minute old
#[utoipa::path(get, path = "/api/v1/jobs", tag = "jobs", responses((status = 200, body = [RunView])))]
pub(in crate::http::operator) async fn list_jobs(
    State(faces): State<Arc<Faces>>,
) -> Answer<Vec<RunView>> {
    let runs = faces.app.last_runs().await?;
    Ok(Json::of(runs.into_iter().map(Into::into).collect()))
}

/// Runs of one periodic job, newest first; they are kept for a day
#[utoipa::path(get, path = "/api/v1/jobs/{name}/runs", tag = "jobs",
    params(("name" = String, Path), ("limit" = Option<PageSize>, Query),
        ("after" = Option<i64>, Query, description = "the `next` of the page before")),
    responses((status = 200, body = Page<RunView>)))]
pub(in crate::http::operator) async fn list_runs(
    State(faces): State<Arc<Faces>>,
    Path(name): Path<String>,
    mut given: Parameters,
) -> Answer<Page<RunView>> {
    let (size, after) = (given.limit(), given.optional("after"));
    let before = given.finish(after.map(Timestamp::from_millis))?;
    let runs = faces.app.runs_of(&name, before, size.get() + 1).await?;
    let cursor = |run: &JobRun| run.started_at.as_millis().to_string();
    Ok(Json::of(Page::of(runs, size, cursor, Into::into)))
}
