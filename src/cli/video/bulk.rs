//! `mcnd video retry` and `mcnd video take-down`, for named videos or for all that a query finds.

use std::{collections::HashSet, sync::Arc};

use clap::Args;
use serde_json::json;

use super::query::{Pages, Query};
use crate::{
    app::{App, ChosenVideos, Error, Result, RetryAt, VideoQuery},
    cli::whoever,
    cli::{
        console::{Console, agreed, note},
        failure::{Done, Failure},
        progress::{Meter, Stage},
        text::counted,
    },
    model::{Guid, State, Timestamp, Video, VideoId},
};

/// Who does it, as timelines say.
/// Videos changed in one transaction; callbacks go between two.
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

/// A change that can be asked for.
#[derive(Clone, Copy)]
enum Change {
    Retry(RetryAt),
    TakeDown,
}

impl Change {
    /// What is done to the videos, as in "… 3 videos".
    fn verb(self) -> &'static str {
        match self {
            Self::Retry(_) => "retry",
            Self::TakeDown => "take down",
        }
    }

    /// Whether a query without a state means this video.
    fn means(self, video: &Video) -> bool {
        match self {
            Self::Retry(_) => video.standing.state == State::Refused,
            Self::TakeDown => video.standing.state != State::Removed,
        }
    }

    /// The query with what goes without saying: a retry means refused videos.
    fn narrowed(self, query: Query) -> Query {
        match self {
            Self::Retry(_) if !query.names_state() && !query.conflicts => Query {
                state: Some(State::Refused),
                ..query
            },
            _ => query,
        }
    }

    /// Changes videos together; one that can't be changed leaves the others alone, and one that the query finds no more is
    /// left alone itself.
    async fn make(
        self,
        app: &Arc<App>,
        guids: &[Guid],
        query: Option<&Query>,
    ) -> Result<Vec<Result<Option<Video>>>> {
        let videos = ChosenVideos {
            guids: guids.to_vec(),
            query: query.cloned().map(VideoQuery::from),
        };
        match self {
            Self::Retry(at) => app.retry_videos(videos, at, whoever()).await,
            Self::TakeDown => app.take_down_videos(videos, whoever()).await,
        }
    }
}

pub(super) async fn retry(args: Retry, app: &Arc<App>, console: &mut Console) -> Done {
    let at = args.at.map_or(RetryAt::Now, RetryAt::Later);
    run(Change::Retry(at), args.which, app, console).await
}

pub(super) async fn take_down(args: TakeDown, app: &Arc<App>, console: &mut Console) -> Done {
    run(Change::TakeDown, args.which, app, console).await
}

async fn run(change: Change, mut which: Which, app: &Arc<App>, console: &mut Console) -> Done {
    if !which.guids.is_empty() {
        let mut tally = Tally::new(true);
        let mut seen = HashSet::new();
        which.guids.retain(|guid| seen.insert(guid.clone()));
        for chunk in which.guids.chunks(CHUNK) {
            tally.take_all(chunk, change.make(app, chunk, None).await?, console)?;
        }
        return tally.end();
    }
    if !which.query.is_given() {
        return Err(Failure::Usage(
            "name videos by guid, or find them with `--creator`, `--state`, `--reason`, `--search` or another flag of \
             `mcnd video list`"
                .to_owned(),
        ));
    }
    by_query(change, which, app, console).await
}

async fn by_query(change: Change, which: Which, app: &Arc<App>, console: &mut Console) -> Done {
    let query = change.narrowed(which.query);
    let (count, last) = count(change, &query, app).await?;
    let videos = counted(count, "video", "videos");
    let found = format!("{videos} {}", query.sentence());
    let Some(last) = last else {
        note(&format!("{found}: nothing to {}", change.verb()));
        return if console.json {
            console.object(&json!({ "done": 0, "failed": 0 }))
        } else {
            Ok(())
        };
    };
    if !which.yes {
        ask(change, &found)?;
    }
    let meter = Meter::new(change.verb(), "videos");
    let mut tally = Tally::new(console.json);
    // In the order in which they were added, once: what comes back into the query behind the walk is left alone.
    let mut pages = Pages::up_to(app, query.clone(), last);
    while let Some(page) = pages.next().await? {
        let chosen = page
            .into_iter()
            .filter(|video| chosen(change, &query, video))
            .map(|video| video.guid)
            .collect::<Vec<_>>();
        for chunk in chosen.chunks(CHUNK) {
            let made = change.make(app, chunk, Some(&query)).await?;
            tally.take_all(chunk, made, console)?;
            meter.show(tally.stage(count));
        }
    }
    meter.end();
    if !console.json {
        let videos = counted(tally.done, "video", "videos");
        console.line(format!("{}: {videos} done", change.verb()))?;
    }
    tally.end()
}

/// Has a person agree to what a query found.
fn ask(change: Change, found: &str) -> Done {
    let verb = change.verb();
    match agreed(&format!("{found}: {verb} all of them?")) {
        Some(true) => Ok(()),
        Some(false) => Err(Failure::Refused("nothing was changed".to_owned())),
        None => Err(Failure::Refused(format!(
            "{found} would be changed; add `--yes` to {verb} them"
        ))),
    }
}

/// Whether a video that the query finds is meant.
fn chosen(change: Change, query: &Query, video: &Video) -> bool {
    query.names_state() || change.means(video)
}

/// How many videos are meant, and the last of them at this moment.
async fn count(change: Change, query: &Query, app: &App) -> Done<(u64, Option<VideoId>)> {
    let (mut count, mut last) = (0, None);
    let mut pages = Pages::all(app, query.clone());
    while let Some(page) = pages.next().await? {
        let mut chosen = page.iter().filter(|video| chosen(change, query, video));
        count += chosen.clone().count() as u64;
        last = chosen.next_back().map(|video| video.id.clone()).or(last);
    }
    Ok((count, last))
}

/// What was done, and what was not.
struct Tally {
    done: u64,
    failed: u64,
    /// Videos that the query found no more when their turn came.
    left: u64,
    /// Whether every video that was changed is told.
    each: bool,
}

impl Tally {
    fn new(each: bool) -> Self {
        Self {
            done: 0,
            failed: 0,
            left: 0,
            each,
        }
    }

    /// Tells how videos fared.
    fn take_all(
        &mut self,
        guids: &[Guid],
        made: Vec<Result<Option<Video>>>,
        console: &mut Console,
    ) -> Done {
        let mut fared = guids.iter().zip(made);
        fared.try_for_each(|(guid, made)| self.take(guid, made, console))
    }

    /// Tells how one video fared. What concerns more than this video ends the command.
    fn take(&mut self, guid: &Guid, made: Result<Option<Video>>, console: &mut Console) -> Done {
        match made {
            Ok(None) => {
                self.left += 1;
                Ok(())
            }
            Ok(Some(video)) => {
                self.done += 1;
                if !self.each {
                    return Ok(());
                }
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

    fn stage(&self, total: u64) -> Stage {
        Stage {
            name: "done",
            done: self.done + self.failed + self.left,
            total: Some(total),
        }
    }

    fn end(&self) -> Done {
        if self.left > 0 {
            let videos = counted(self.left, "video", "videos");
            note(&format!(
                "{videos} left alone: the query finds them no more"
            ));
        }
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
        assert!(
            retry(&["--creator", "demo"])
                .unwrap()
                .which
                .query
                .is_given()
        );
        assert!(retry(&["a", "--creator", "demo"]).is_none());
    }

    #[test]
    fn a_time_is_read_as_rfc_3339() {
        let at = retry(&["a", "--at", "2026-09-01T09:00:00Z"]).unwrap().at;
        assert_eq!(at, "2026-09-01T09:00:00Z".parse().ok());
        assert!(retry(&["a", "--at", "soon"]).is_none());
    }
}
