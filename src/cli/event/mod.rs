//! `mcnd event`.

mod range;
mod reasons;
mod replay;

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::{Value, json, value::RawValue};

use super::{
    console::Console,
    failure::{Done, Failure},
    table::Table,
};
use crate::{
    app::{App, EventQuery, ExportedEvent, FiledEvent},
    model::Digest,
};

/// Events read in one go for an export.
const PAGE: i64 = 500;
/// Bodies read in one go: each may be as large as a callback.
const BODIES: i64 = 4;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// List the newest events, newest first
    List(List),
    /// Show one event with everything Dailymotion sent
    Show {
        /// The event's digest: 64 hexadecimal digits
        digest: Digest,
    },
    /// Derive again what kept events do, through the rules of their arrival
    ///
    /// For one event, or for those that a query finds; a query shows how many it finds and asks first. An event that has
    /// its effect changes nothing, and a failure from before a retry never refuses again.
    Replay(replay::Args),
    /// List the reasons for which videos stand refused, the most frequent first
    Reasons,
    /// Give a reason a name that people understand
    Name {
        /// The reason as `mcnd event reasons` shows it
        reason: String,
        /// What to call it; an empty text takes its name away
        name: String,
    },
    /// Write kept events as JSON Lines, oldest first, and then the bodies that were no JSON
    Export {
        /// Leave out success and progress: what the content manager should look at
        #[arg(long)]
        failures: bool,
        /// Write to this file instead of standard output
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct List {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    range: range::Range,
    /// Show at most so many
    #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    limit: u32,
}

#[derive(Debug, clap::Args)]
#[group(multiple = false, conflicts_with_all = ["guid", "outcome", "since", "until"])]
struct Which {
    /// Leave out success and progress
    #[arg(long)]
    troubled: bool,
    /// Only events that somebody has to look at
    #[arg(long)]
    alarms: bool,
}

impl Which {
    fn query(&self) -> Option<EventQuery> {
        match self {
            Self { alarms: true, .. } => Some(EventQuery::Alarming),
            Self { troubled: true, .. } => Some(EventQuery::Troubled),
            _ => None,
        }
    }
}

pub(super) async fn run(command: Command, app: &Arc<App>, console: &mut Console) -> Done {
    match command {
        Command::List(args) => list(&args, app, console).await,
        Command::Show { digest } => show(&digest, app, console).await,
        Command::Replay(args) => replay::run(args, app, console).await,
        Command::Reasons => reasons::list(app, console).await,
        Command::Name { reason, name } => reasons::name(reason, &name, app, console).await,
        Command::Export { failures, output } => match output {
            Some(path) => export_to(&path, failures, app).await,
            None => export(failures, app, console.out()).await,
        },
    }
}

async fn list(args: &List, app: &Arc<App>, console: &mut Console) -> Done {
    let limit = args.limit.into();
    let events = match args.which.query() {
        Some(query) => app.newest_events(&query, limit).await?,
        None => app.newest_in(&args.range.clone().into(), limit).await?,
    };
    if console.json {
        return events
            .iter()
            .try_for_each(|event| console.object(&as_json(event)));
    }
    console.rows(&mut table(), &events.iter().map(row).collect::<Vec<_>>())
}

/// The table that [`row`] fills.
pub(super) fn table() -> Table {
    Table::new(&["RECEIVED", "OUTCOME", "GUID", "ALARM", "NOTE", "DIGEST"])
}

/// An event as a row of [`table`].
pub(super) fn row(event: &FiledEvent) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    vec![
        event.received_at.to_string(),
        event.outcome.as_str().to_owned(),
        text(&event.guid),
        text(&event.alarm),
        text(&event.note),
        event.digest.to_string(),
    ]
}

/// An event for programs, without what was sent.
pub(super) fn as_json(event: &FiledEvent) -> Value {
    json!({
        "digest": event.digest.to_string(),
        "received_at": event.received_at,
        "sent_at": event.sent_at,
        "outcome": event.outcome.as_str(),
        "guid": event.guid,
        "alarm": event.alarm,
        "note": event.note,
    })
}

async fn show(digest: &Digest, app: &Arc<App>, console: &mut Console) -> Done {
    let event = app.event(digest).await?;
    if console.json {
        return console.object(&ExportedEvent::from(event));
    }
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    console.facts(&[
        ("digest", event.digest.to_string()),
        ("received", event.received_at.to_string()),
        (
            "sent",
            event.sent_at.map(|at| at.to_string()).unwrap_or_default(),
        ),
        ("outcome", event.outcome.as_str().to_owned()),
        ("guid", text(&event.guid)),
        ("alarm", text(&event.alarm)),
        ("note", text(&event.note)),
    ])?;
    console.line("")?;
    match &event.raw {
        None => console.line("what was sent is no longer kept (`retention.event_raw`)"),
        Some(raw) => indented(raw)
            .lines()
            .try_for_each(|line| console.line(line)),
    }
}

/// JSON with a line for each member, every value as it was sent.
fn indented(raw: &str) -> String {
    let value = serde_json::from_str::<Value>(raw);
    value
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_odd| raw.to_owned())
}

async fn export_to(path: &Path, failures: bool, app: &App) -> Done {
    let refused = |error: io::Error| {
        Failure::Refused(format!("`{}` can't be written: {error}", path.display()))
    };
    let mut file = BufWriter::new(File::create(path).map_err(refused)?);
    export(failures, app, &mut file).await?;
    let file = file.into_inner().map_err(|error| refused(error.into()))?;
    file.sync_all().map_err(refused)
}

async fn export(failures: bool, app: &App, out: &mut dyn Write) -> Done {
    let mut after = None;
    loop {
        let page = app.page_of_events(failures, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some((last.received_at, last.digest));
        for event in page {
            write_line(&ExportedEvent::from(event), out)?;
        }
    }
    let mut after = String::new();
    loop {
        let page = app.quarantined(&after, BODIES).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.id);
        for body in page {
            write_line(&ExportedEvent::from(body), out)?;
        }
    }
    Ok(out.flush()?)
}

/// An element may hold line ends between its members; on its line they become blanks.
fn write_line(event: &ExportedEvent, out: &mut dyn Write) -> Done {
    let mut line = serde_json::to_vec(event)?;
    let spans_lines = event
        .raw
        .as_deref()
        .map(RawValue::get)
        .is_some_and(|raw| raw.contains(['\n', '\r']));
    if spans_lines {
        // Within a JSON text these bytes are never bare, so all of them stand between members.
        for byte in &mut line {
            if matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
    }
    line.push(b'\n');
    Ok(out.write_all(&line)?)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::model::Timestamp;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        list: List,
    }

    fn list(args: &[&str]) -> Option<List> {
        let line = Line::try_parse_from(["list"].iter().chain(args)).ok()?;
        Some(line.list)
    }

    #[test]
    fn one_kind_of_event_is_listed_at_a_time() {
        assert!(list(&[]).unwrap().which.query().is_none());
        let alarms = list(&["--alarms", "--limit", "5"]).unwrap();
        assert!(matches!(alarms.which.query(), Some(EventQuery::Alarming)));
        assert_eq!(
            list(&["--guid", "a"]).unwrap().range.guid.as_deref(),
            Some("a")
        );
        assert!(
            list(&[
                "--guid",
                "a",
                "--outcome",
                "refused",
                "--since",
                "2026-09-01"
            ])
            .is_some()
        );
        assert!(list(&["--alarms", "--troubled"]).is_none());
        assert!(list(&["--alarms", "--guid", "a"]).is_none());
        assert!(list(&["--outcome", "lost"]).is_none());
        assert!(list(&["--limit", "0"]).is_none());
    }

    #[test]
    fn an_event_takes_one_line_however_it_was_sent() {
        let event = ExportedEvent {
            digest: "d".to_owned(),
            received_at: Timestamp::from_millis(0),
            outcome: "ready",
            guid: None,
            alarm: None,
            note: None,
            raw: Some(RawValue::from_string("{\n  \"a\": \"b\\nc\"\r\n}".to_owned()).unwrap()),
            raw_base64: None,
        };
        let mut out = Vec::new();
        write_line(&event, &mut out).unwrap();
        let line = String::from_utf8(out).unwrap();
        assert_eq!(line.matches('\n').count(), 1);
        let read: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(read["raw"]["a"], "b\nc");
    }
}
