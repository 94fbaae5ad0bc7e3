//! `mcnd video retry` and `mcnd video take-down`, for named videos or for all that a query finds.

use std::{collections::HashSet, sync::Arc};

use clap::Args;
use serde_json::json;

use super::query::Query;
use crate::{
    app::{App, BulkTask, Error, Result, RetryAt},
    cli::{
        console::{Console, note},
        failure::{Done, Failure},
        job, whoever,
    },
    model::{Guid, Timestamp, Video},
};

/// Named videos changed in one transaction.
const CHUNK: usize = 100;

/// Which videos to change.
#[derive(Debug, Args)]
#[group(skip)]
struct Which {
    /// The videos' guids
    #[arg(
        value_name = "GUID",
        conflicts_with_all = ["creator", "state", "reason", "conflicts", "broken", "held", "search"]
    )]
    guids: Vec<Guid>,
    #[command(flatten)]
    query: Query,
    /// Agree beforehand to what a query finds
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Retry {
    #[command(flatten)]
    which: Which,
    /// List them from this time on, such as `2026-09-01T09:00:00Z`, instead of at once
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct TakeDown {
    #[command(flatten)]
    which: Which,
}

pub(super) async fn retry(args: Retry, app: &Arc<App>, console: &mut Console) -> Done {
    let (which, at) = (args.which, args.at);
    if which.guids.is_empty() {
        check_given(&which.query)?;
        let task = BulkTask::retry(which.query.into(), at);
        return job::carry_out(task, which.yes, app, console).await;
    }
    let at = at.map_or(RetryAt::Now, RetryAt::Later);
    let mut told = Told::default();
    for guids in distinct(which.guids).chunks(CHUNK) {
        let retried = app.retry_videos(guids.to_vec(), at, whoever()).await?;
        told.take_all(guids, retried, console)?;
    }
    told.end()
}

pub(super) async fn take_down(args: TakeDown, app: &Arc<App>, console: &mut Console) -> Done {
    let which = args.which;
    if which.guids.is_empty() {
        check_given(&which.query)?;
        let task = BulkTask::TakeDown(which.query.into());
        return job::carry_out(task, which.yes, app, console).await;
    }
    let mut told = Told::default();
    for guids in distinct(which.guids).chunks(CHUNK) {
        let taken = app.take_down_videos(guids.to_vec(), whoever()).await?;
        told.take_all(guids, taken, console)?;
    }
    told.end()
}

fn check_given(query: &Query) -> Done {
    if query.is_given() {
        return Ok(());
    }
    Err(Failure::Usage(
        "name videos by guid, or find them with `--creator`, `--state`, `--reason`, `--search` or another flag of \
         `mcnd video list`"
            .to_owned(),
    ))
}

/// Each guid once, in their order.
fn distinct(mut guids: Vec<Guid>) -> Vec<Guid> {
    let mut seen = HashSet::new();
    guids.retain(|guid| seen.insert(guid.clone()));
    guids
}

/// How many named videos were changed, and how many not.
#[derive(Default)]
struct Told {
    done: u64,
    failed: u64,
}

impl Told {
    /// Tells how videos fared.
    fn take_all(
        &mut self,
        guids: &[Guid],
        fared: Vec<Result<Video>>,
        console: &mut Console,
    ) -> Done {
        let mut fared = guids.iter().zip(fared);
        fared.try_for_each(|(guid, fared)| self.take(guid, fared, console))
    }

    /// Tells how one video fared. What concerns more than this video ends the command.
    fn take(&mut self, guid: &Guid, fared: Result<Video>, console: &mut Console) -> Done {
        match fared {
            Ok(video) => {
                self.done += 1;
                let state = video.standing.state.as_str();
                if console.json {
                    console.object(&json!({ "guid": guid, "state": state }))
                } else {
                    console.line(format!("`{guid}` is {state}"))
                }
            }
            Err(refused @ (Error::NotFound(_) | Error::Conflict(_) | Error::Invalid(_))) => {
                self.failed += 1;
                if console.json {
                    console.object(&json!({ "guid": guid, "error": refused.to_string() }))
                } else {
                    note(&format!("error: {refused}"));
                    Ok(())
                }
            }
            Err(other) => Err(other.into()),
        }
    }

    fn end(&self) -> Done {
        if self.failed == 0 {
            return Ok(());
        }
        if self.done + self.failed > 1 {
            note(&format!("{} done, {} not", self.done, self.failed));
        }
        Err(Failure::Incomplete)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        retry: Retry,
    }

    fn retry(args: &[&str]) -> Option<Retry> {
        let line = Line::try_parse_from(["retry"].iter().chain(args)).ok()?;
        Some(line.retry)
    }

    #[test]
    fn videos_are_named_or_found_but_not_both() {
        assert_eq!(retry(&["a", "b"]).unwrap().which.guids.len(), 2);
        let found = retry(&["--creator", "demo"]).unwrap();
        assert!(found.which.query.is_given());
        assert!(retry(&["a", "--creator", "demo"]).is_none());
    }

    #[test]
    fn a_time_is_read_as_rfc_3339() {
        let at = retry(&["a", "--at", "2026-09-01T09:00:00Z"]).unwrap().at;
        assert_eq!(at, "2026-09-01T09:00:00Z".parse().ok());
        assert!(retry(&["a", "--at", "soon"]).is_none());
    }
}
