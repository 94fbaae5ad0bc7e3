//! `mcnd audit`.

use std::{path::PathBuf, sync::Arc};

use clap::Subcommand;
use serde_json::json;

use super::super::{console::Console, export::write_export, failure::Done, table::Table, whoever};
use crate::{
    app::{App, AuditQuery, ExportedLine},
    model::{Action, AuditLine, Seal, Timestamp},
};

const HEADS: [&str; 5] = ["AT", "ACTOR", "ACTION", "OBJECT", "AFTER"];
const SEAL_HEADS: [&str; 4] = ["DAY", "DATE", "LINES", "DIGEST"];
const DAY_MILLIS: i64 = 86_400_000;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
    /// List the newest lines, newest first; the audit notes that it was read
    List {
        /// Only what this actor did, such as `operator:ann`, `key:ID` or `cli:root`
        #[arg(long, value_name = "NAME", conflicts_with = "object")]
        actor: Option<String>,
        /// Only what was done to this thing, by its id or name
        #[arg(long, value_name = "ID")]
        object: Option<String>,
        /// At most so many
        #[arg(long, value_name = "NUMBER", default_value_t = 50,
            value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
    /// List the seals of its days, oldest first
    Seals {
        /// Begin behind this day, counted since 1970
        #[arg(long, value_name = "DAY", allow_negative_numbers = true)]
        after: Option<i64>,
        /// At most so many
        #[arg(long, value_name = "NUMBER", default_value_t = 400,
            value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
    /// Write the audit as JSON Lines, oldest line first; it notes that, too
    Export {
        /// Only lines of this time or later, such as `2026-09-01T09:00:00Z`
        #[arg(long, value_name = "TIME")]
        since: Option<Timestamp>,
        /// Only lines before this time
        #[arg(long, value_name = "TIME")]
        until: Option<Timestamp>,
        /// Write to this file instead of standard output
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

pub(super) async fn run(command: Command, app: &Arc<App>, console: &mut Console) -> Done {
    match command {
        Command::List {
            actor,
            object,
            limit,
        } => {
            let query = actor.map(AuditQuery::OfActor);
            let query = query
                .or(object.map(AuditQuery::OfObject))
                .unwrap_or_default();
            app.note_look(&whoever(), Action::ReadAudit, "audit")
                .await?;
            list(app.audit(&query, None, limit.into()).await?, console)
        }
        Command::Seals { after, limit } => {
            let after = after.unwrap_or(i64::MIN);
            seals(&app.audit_seals(after, limit.into()).await?, console)
        }
        Command::Export {
            since,
            until,
            output,
        } => {
            let pieces = app.export_audit(&whoever(), since, until).await?;
            write_export(pieces, output.as_deref(), console).await
        }
    }
}

fn seals(seals: &[Seal], console: &mut Console) -> Done {
    if console.json {
        return seals.iter().try_for_each(|seal| {
            console.object(&json!({
                "day": seal.day, "lines": seal.lines, "digest": seal.digest.to_string(),
            }))
        });
    }
    if seals.is_empty() {
        return console.line("no day is sealed yet; each is, once it is over");
    }
    let row = |seal: &Seal| {
        let date = Timestamp::from_millis(seal.day.saturating_mul(DAY_MILLIS)).to_string();
        let date = date.split('T').next().unwrap_or_default().to_owned();
        vec![
            seal.day.to_string(),
            date,
            seal.lines.to_string(),
            seal.digest.to_string(),
        ]
    };
    let rows: Vec<_> = seals.iter().map(row).collect();
    console.rows(&mut Table::new(&SEAL_HEADS), &rows)
}

fn list(lines: Vec<AuditLine>, console: &mut Console) -> Done {
    if console.json {
        let mut lines = lines.into_iter().map(ExportedLine::from);
        return lines.try_for_each(|line| console.object(&line));
    }
    let row = |line: AuditLine| {
        vec![
            line.at.to_string(),
            line.actor.name,
            line.action.to_string(),
            line.object,
            line.after.unwrap_or_default(),
        ]
    };
    let rows: Vec<_> = lines.into_iter().map(row).collect();
    console.rows(&mut Table::new(&HEADS), &rows)
}
