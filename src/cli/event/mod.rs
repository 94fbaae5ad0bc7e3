//! `mcnd event`.

mod export;
mod range;
mod reasons;
mod replay;

use std::sync::Arc;

use serde_json::{Value, json};

use super::{console::Console, failure::Done, table::Table, whoever};
use crate::{
    app::{App, EventKind, EventOrder, ExportedEvent, FiledEvent},
    model::Digest,
};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// List the newest events, newest first
    List(List),
    /// Show one event with everything Dailymotion sent; the audit notes that it was read
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
    /// Write kept events with everything Dailymotion sent, oldest first, and then the bodies that were no JSON
    ///
    /// With `--creator` or `--reason` it goes video by video. The audit notes every export.
    Export(export::Args),
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
#[group(multiple = false, conflicts_with_all = ["guid", "outcome"])]
struct Which {
    /// Leave out success and progress
    #[arg(long)]
    troubled: bool,
    /// Only events that somebody has to look at
    #[arg(long)]
    alarms: bool,
}

impl Which {
    fn kind(&self) -> EventKind {
        match self {
            Self { alarms: true, .. } => EventKind::Alarming,
            Self { troubled: true, .. } => EventKind::Troubled,
            _ => EventKind::Any,
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
        Command::Export(args) => export::run(args, app, console).await,
    }
}

async fn list(args: &List, app: &Arc<App>, console: &mut Console) -> Done {
    let (range, kind) = (args.range.clone().into(), args.which.kind());
    let newest = app.list_events(&range, kind, EventOrder::Newest, None, args.limit.into());
    let events = newest.await?;
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
    let event = app.event_as_sent(&whoever(), digest).await?;
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

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

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
        assert!(list(&[]).unwrap().which.kind() == EventKind::Any);
        let alarms = list(&["--alarms", "--limit", "5"]).unwrap();
        assert_eq!(alarms.which.kind(), EventKind::Alarming);
        assert!(list(&["--troubled", "--since", "2026-09-01"]).is_some());
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
}
