//! Bulk jobs on the command line: planned, agreed to, gone along with, and looked back at.

use std::sync::Arc;

use serde_json::json;

use crate::{
    app::{App, BulkJob, BulkTask, bulk_facts},
    cli::{
        console::{Console, agreed, note},
        failure::{Done, Failure},
        progress::{Meter, Stage},
        table::Table,
        text::{counted, shortened},
        whoever,
    },
    model::{BulkJobId, BulkStep},
};

/// Characters of a title in a list.
const TITLE: usize = 60;
/// Results read in one go.
const RESULTS: i64 = 500;

/// Plans a task, shows how many things it means and the first of them, has somebody agree, and goes along to its end.
pub(in crate::cli) async fn carry_out(
    task: BulkTask,
    yes: bool,
    app: &Arc<App>,
    console: &mut Console,
) -> Done {
    let job = app.plan_bulk(whoever(), task).await?;
    let (found, verb) = (found(&job), job.action().verb());
    if job.planned == 0 {
        note(&format!("{found}: nothing to {verb}"));
        let job = app.step_bulk(whoever(), job.id, BulkStep::Cancel).await?;
        return if console.json {
            console.object(&bulk_facts(&job))
        } else {
            Ok(())
        };
    }
    if !yes {
        show_sample(&job, app).await?;
        match agreed(&format!("{found}: {verb} all of them?")) {
            Some(true) => {}
            Some(false) => {
                app.step_bulk(whoever(), job.id, BulkStep::Cancel).await?;
                return Err(Failure::Refused("nothing was changed".to_owned()));
            }
            None => {
                let id = &job.id;
                return Err(Failure::Refused(format!(
                    "{found} would be changed; add `--yes` to {verb} them, or confirm this plan within an hour with \
                     `mcnd job confirm {id}`"
                )));
            }
        }
    }
    let job = app.step_bulk(whoever(), job.id, BulkStep::Confirm).await?;
    go_along(&job, app, console).await
}

/// How many of which, such as 600 videos in state refused.
fn found(job: &BulkJob) -> String {
    let (one, many) = job.action().things();
    let things = counted(job.planned.unsigned_abs(), one, many);
    format!("{things} {}", job.task.sentence())
        .trim_end()
        .to_owned()
}

async fn show_sample(job: &BulkJob, app: &Arc<App>) -> Done {
    let sample = app.bulk_sample(job).await?;
    let more = job
        .planned
        .unsigned_abs()
        .saturating_sub(sample.len() as u64);
    for thing in sample {
        let title = shortened(&thing.title, TITLE);
        note(&format!("  {}  {}  {title}", thing.subject, thing.standing));
    }
    if more > 0 {
        note(&format!("  and {more} more"));
    }
    Ok(())
}

/// Walks a job, or watches whoever walks it, until it runs no more, and tells how it ended.
pub(super) async fn go_along(job: &BulkJob, app: &Arc<App>, console: &mut Console) -> Done {
    let meter = Meter::new(job.action().verb(), job.action().things().1);
    let total = job.planned.unsigned_abs();
    let ended = app.attend_bulk(&job.id, |job| {
        meter.show(Stage {
            name: "done",
            done: job.counts.total().unsigned_abs(),
            total: Some(total),
        });
    });
    let job = ended.await?;
    meter.end();
    tell(&job, console)?;
    if job.counts.refused > 0 || job.message.is_some() {
        return Err(Failure::Incomplete);
    }
    Ok(())
}

/// Tells how a job stands.
pub(super) fn tell(job: &BulkJob, console: &mut Console) -> Done {
    if console.json {
        return console.object(&bulk_facts(job));
    }
    let (one, many) = job.action().things();
    let done = counted(job.counts.done.unsigned_abs(), one, many);
    let (verb, state) = (job.action().verb(), job.state.as_str());
    console.line(format!("{verb}: {done} done; job `{}` is {state}", job.id))?;
    let counts = [
        (job.counts.unchanged, "left alone"),
        (job.counts.refused, "refused"),
        (job.gone(), "not found any more"),
    ];
    for (count, what) in counts.into_iter().filter(|(count, _)| *count > 0) {
        note(&format!(
            "{} {what}",
            counted(count.unsigned_abs(), one, many)
        ));
    }
    if job.counts.unchanged + job.counts.refused > 0 {
        note(&format!("`mcnd job results {}` says why", job.id));
    }
    if let Some(message) = &job.message {
        note(&format!(
            "error: {message}; `mcnd job resume {}` goes on",
            job.id
        ));
    }
    Ok(())
}

pub(super) async fn list(
    app: &Arc<App>,
    after: Option<String>,
    limit: u32,
    console: &mut Console,
) -> Done {
    let after = after.map(BulkJobId::from);
    let jobs = app.list_bulk_jobs(after.as_ref(), limit.into()).await?;
    if console.json {
        return jobs
            .iter()
            .try_for_each(|job| console.object(&bulk_facts(job)));
    }
    let row = |job: &BulkJob| {
        vec![
            job.id.to_string(),
            job.state.as_str().to_owned(),
            job.action().to_string(),
            format!("{} of {}", job.counts.total(), job.planned),
            job.planned_at.to_string(),
            job.planned_by.clone(),
            shortened(&job.task.sentence(), TITLE).into_owned(),
        ]
    };
    let heads = ["ID", "STATE", "ACTION", "WALKED", "PLANNED", "BY", "WHICH"];
    let rows: Vec<_> = jobs.iter().map(row).collect();
    console.rows(&mut Table::new(&heads), &rows)
}

pub(super) async fn show(app: &Arc<App>, id: &BulkJobId, console: &mut Console) -> Done {
    let job = app.bulk_job(id).await?;
    if console.json {
        return console.object(&bulk_facts(&job));
    }
    let moment =
        |at: Option<crate::model::Timestamp>| at.map_or_else(String::new, |at| at.to_string());
    console.facts(&[
        ("id", job.id.to_string()),
        ("action", job.action().to_string()),
        ("which", job.task.sentence()),
        ("state", job.state.as_str().to_owned()),
        (
            "planned",
            format!(
                "{} at {} by {}",
                job.planned, job.planned_at, job.planned_by
            ),
        ),
        ("confirmed by", job.confirmed_by.clone().unwrap_or_default()),
        ("confirmed", moment(job.confirmed_at)),
        ("done", job.counts.done.to_string()),
        ("left alone", job.counts.unchanged.to_string()),
        ("refused", job.counts.refused.to_string()),
        ("not found", job.gone().to_string()),
        ("ended", moment(job.ended_at)),
        ("message", job.message.clone().unwrap_or_default()),
    ])?;
    if job.state == crate::model::BulkState::Planned {
        show_sample(&job, app).await?;
    }
    Ok(())
}

pub(super) async fn results(app: &Arc<App>, id: &BulkJobId, console: &mut Console) -> Done {
    app.bulk_job(id).await?;
    let mut table = Table::new(&["SUBJECT", "OUTCOME", "REASON"]);
    let mut after = 0;
    loop {
        let page = app.bulk_results(id, after, RESULTS).await?;
        let Some((last, _result)) = page.last() else {
            return Ok(());
        };
        after = *last;
        if console.json {
            for (_number, result) in &page {
                let outcome = result.outcome.as_str();
                console.object(&json!({
                    "subject": result.subject, "outcome": outcome, "reason": result.reason,
                }))?;
            }
            continue;
        }
        let row = |(_number, result): (i64, crate::model::BulkResult)| {
            vec![
                result.subject,
                result.outcome.as_str().to_owned(),
                result.reason,
            ]
        };
        console.rows(&mut table, &page.into_iter().map(row).collect::<Vec<_>>())?;
    }
}
