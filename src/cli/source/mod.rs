//! `mcnd source`.

mod show;

use std::{fs, path::PathBuf, sync::Arc, time::Duration};

use clap::Args;

use super::{
    arguments,
    console::{Console, note},
    failure::{Done, Failure},
    import::Rules,
    table::Table,
    whoever,
};
use crate::{
    app::{App, NewSource, PullMode, Pulled},
    model::{CreatorId, PullOutcome, Source, SourceId},
};

/// Sources read in one go.
const PAGE: i64 = 500;
const HEADS: [&str; 8] = [
    "ID",
    "CREATOR",
    "STATE",
    "ITEMS",
    "EVERY",
    "LAST PULL",
    "OUTCOME",
    "ADDRESS",
];

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Keep an address, so that its rows are imported again and again
    ///
    /// The daemon pulls it when it is due and asks only for what has changed. A document with fewer than 80 % of the last
    /// one's items is not applied until `mcnd source accept`. What is missing from a document changes nothing.
    Add(Box<New>),
    /// List sources in the order of their ids
    List,
    /// Show one source, its last pull and the rows that were wrong
    Show(One),
    /// Pull now, due or not
    Pull(Which),
    /// Let a source rest; by hand it can still be pulled
    Pause(One),
    /// Take a source up again; it is due at once
    Resume(One),
    /// Forget a source; the videos that came from it stay
    Remove(One),
    /// Agree that a source has lost items, and pull it
    Accept(One),
}

#[derive(Debug, Args)]
pub(super) struct One {
    /// The source's id
    id: SourceId,
}

#[derive(Debug, Args)]
pub(super) struct Which {
    /// The source's id
    #[arg(required_unless_present = "all")]
    id: Option<SourceId>,
    /// Every source that is not paused
    #[arg(long, conflicts_with = "id")]
    all: bool,
    /// Apply the document also when it has not changed
    #[arg(long)]
    again: bool,
}

#[derive(Debug, Args)]
pub(super) struct New {
    /// A name for ever, of a-z, 0-9 and `-`
    id: SourceId,
    /// What to read, with `http:` or `https:` and without a password; its query is stored in clear
    #[arg(value_name = "URL")]
    url: String,
    /// Whose videos these are; without it, a column `creator` must say so
    #[arg(long, value_name = "ID")]
    creator: Option<CreatorId>,
    /// A file with `user:password` for HTTP Basic, read at every pull by the program that pulls
    #[arg(long, value_name = "FILE")]
    credentials_file: Option<PathBuf>,
    /// Let the password go out over `http:`, where anybody on its way can read it
    #[arg(long, requires = "credentials_file")]
    credentials_in_clear: bool,
    /// From one pull to the next, such as `1h`; at least a minute. Without it, it is only pulled by hand
    #[arg(long, value_name = "DURATION", value_parser = period)]
    every: Option<Duration>,
    #[command(flatten)]
    rules: Rules,
}

fn period(text: &str) -> Result<Duration, String> {
    let period = arguments::duration(text)?;
    if (Duration::from_mins(1)..=Duration::from_hours(24 * 365)).contains(&period) {
        Ok(period)
    } else {
        Err("choose from `1m` to `365d`".to_owned())
    }
}

pub(super) async fn run(command: Command, app: &Arc<App>, console: &mut Console) -> Done {
    let source = match command {
        Command::Add(new) => {
            let in_clear = new.credentials_in_clear;
            app.add_source(whoever(), kept(*new)?, in_clear).await?
        }
        Command::List => return list(app, console).await,
        Command::Show(one) => app.source(&one.id).await?,
        Command::Pull(which) => return pull(app, which, console).await,
        Command::Pause(one) => app.pause_source(whoever(), one.id, true).await?,
        Command::Resume(one) => app.pause_source(whoever(), one.id, false).await?,
        Command::Remove(one) => return remove(app, one.id, console).await,
        Command::Accept(one) => return pull_each(app, [one.id], PullMode::Accept, console).await,
    };
    show::show(&source, console)
}

fn kept(new: New) -> Done<NewSource> {
    let credentials_file = new.credentials_file.map(|file| {
        // Whoever pulls later stands in another folder.
        let whole = fs::canonicalize(&file).map_err(|error| {
            let words = format!(
                "`{}` can't be read: {error}; check the path",
                file.display()
            );
            Failure::Refused(words)
        })?;
        let text = whole.into_os_string().into_string();
        text.map_err(|_odd| Failure::Usage("the path of the file is not UTF-8".to_owned()))
    });
    Ok(NewSource {
        id: new.id,
        creator: new.creator,
        url: new.url,
        credentials_file: credentials_file.transpose()?,
        recipe: new.rules.recipe(),
        every: new.every,
    })
}

async fn list(app: &App, console: &mut Console) -> Done {
    let mut table = Table::new(&HEADS);
    for source in all(app).await? {
        if console.json {
            console.object(&show::as_json(&source))?;
        } else {
            console.rows(&mut table, &[show::row(&source)])?;
        }
    }
    Ok(())
}

async fn all(app: &App) -> Done<Vec<Source>> {
    let mut sources: Vec<Source> = Vec::new();
    loop {
        let after = sources.last().map(|source| &source.id);
        let page = app.list_sources(after, PAGE).await?;
        if page.is_empty() {
            return Ok(sources);
        }
        sources.extend(page);
    }
}

async fn pull(app: &Arc<App>, which: Which, console: &mut Console) -> Done {
    let mode = if which.again {
        PullMode::Again
    } else {
        PullMode::Changed
    };
    let ids = if let Some(id) = which.id {
        vec![id]
    } else {
        let sources = all(app).await?.into_iter();
        let awake = sources.filter(|source| !source.paused);
        awake.map(|source| source.id).collect()
    };
    pull_each(app, ids, mode, console).await
}

/// Pulls one after the other; one that does not succeed holds up none.
async fn pull_each(
    app: &Arc<App>,
    ids: impl IntoIterator<Item = SourceId>,
    mode: PullMode,
    console: &mut Console,
) -> Done {
    let mut complete = true;
    for id in ids {
        match app.pull_source(whoever(), id, mode).await {
            Ok(pulled) => {
                complete &= is_complete(&pulled);
                show::tell(&pulled, console)?;
            }
            Err(error) if app.is_distrusted() => return Err(error.into()),
            Err(error) => {
                complete = false;
                let words = Failure::from(error).words();
                note(&words.unwrap_or_default());
            }
        }
    }
    if complete {
        Ok(())
    } else {
        Err(Failure::Incomplete)
    }
}

/// Whether every row of the source is as it should be.
fn is_complete(pulled: &Pulled) -> bool {
    let last = pulled.source.last.as_ref();
    let outcome = last.map(|last| last.outcome);
    let counts = pulled.report.as_ref().map(|report| report.counts);
    matches!(outcome, Some(PullOutcome::Applied | PullOutcome::Unchanged))
        && counts.is_none_or(|counts| counts.conflicts == 0 && counts.errors == 0)
}

async fn remove(app: &Arc<App>, id: SourceId, console: &mut Console) -> Done {
    app.remove_source(whoever(), id.clone()).await?;
    if console.json {
        return console.object(&serde_json::json!({ "removed": id }));
    }
    console.line(format!("removed source `{id}`; its videos stay"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(subcommand)]
        command: Command,
    }

    fn is_understood(words: &[&str]) -> bool {
        Line::try_parse_from(["source"].iter().chain(words)).is_ok()
    }

    #[test]
    fn a_pull_names_one_source_or_all() {
        assert!(is_understood(&["pull", "a"]));
        assert!(is_understood(&["pull", "--all", "--again"]));
        assert!(!is_understood(&["pull"]));
        assert!(!is_understood(&["pull", "a", "--all"]));
    }

    #[test]
    fn a_period_is_no_shorter_than_a_minute() {
        let add = ["add", "a", "https://a.example/", "--every"];
        for (period, fits) in [("1m", true), ("7d", true), ("59s", false), ("366d", false)] {
            let words = [&add[..], &[period]].concat();
            assert_eq!(is_understood(&words), fits, "{period}");
        }
    }
}
