//! Runs of periodic jobs.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{
    app::App,
    cli::{console::Console, failure::Done, table::Table},
    model::JobRun,
};

/// Shows the last runs of every job, or those of one.
pub(super) async fn show(
    app: &Arc<App>,
    name: Option<String>,
    limit: i64,
    console: &mut Console,
) -> Done {
    let runs = match name {
        Some(name) => app.runs_of(&name, None, limit).await?,
        None => app.last_runs().await?,
    };
    if console.json {
        return runs.iter().try_for_each(|run| console.object(&facts(run)));
    }
    let row = |run: &JobRun| {
        vec![
            run.name.clone(),
            run.outcome.as_str().to_owned(),
            run.started_at.to_string(),
            run.ended_at.to_string(),
            run.runs.to_string(),
            run.did.to_string(),
            run.message.clone().unwrap_or_else(|| "-".to_owned()),
        ]
    };
    let heads = ["JOB", "OUTCOME", "FROM", "TO", "RUNS", "DID", "MESSAGE"];
    let rows: Vec<_> = runs.iter().map(row).collect();
    console.rows(&mut Table::new(&heads), &rows)
}

fn facts(run: &JobRun) -> Value {
    json!({
        "name": run.name,
        "daemon": run.daemon,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "outcome": run.outcome.as_str(),
        "runs": run.runs,
        "did": run.did,
        "message": run.message,
    })
}
