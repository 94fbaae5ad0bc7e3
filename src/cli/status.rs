//! `mcnd status`.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{console::Console, failure::Done, table::Table, text::counted};
use crate::{
    app::{App, ImportRun, SourceCounts, Status},
    model::{State, StateCounts, Visit},
};

/// Visits shown.
const VISITS: i64 = 10;
pub(super) const VISIT_HEADS: [&str; 5] = ["LAST VISITS", "WHAT", "STATUS", "OFFERED", "FROM"];

pub(super) async fn run(app: &Arc<App>, console: &mut Console) -> Done {
    let status = app.status(VISITS).await?;
    if console.json {
        return console.object(&as_json(&status));
    }
    console.facts(&facts(&status))?;
    if !status.visits.is_empty() {
        console.line("")?;
        let rows: Vec<_> = status.visits.iter().map(visit_row).collect();
        console.rows(&mut Table::new(&VISIT_HEADS), &rows)?;
    }
    if !status.imports.is_empty() {
        console.line("")?;
        let heads = [
            "LAST IMPORTS",
            "SOURCE",
            "CREATED",
            "UPDATED",
            "UNCHANGED",
            "CONFLICTS",
            "BLOCKED",
            "ERRORS",
        ];
        let rows: Vec<_> = status.imports.iter().map(import_row).collect();
        console.rows(&mut Table::new(&heads), &rows)?;
    }
    Ok(())
}

fn facts(status: &Status) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("creators", status.creators.to_string()),
        ("videos", status.videos.total().to_string()),
    ];
    facts.extend(State::ALL.map(|state| (state.as_str(), status.videos.of(state).to_string())));
    let worth = |count: i64, cure: &str| {
        if count == 0 {
            "0".to_owned()
        } else {
            format!("{count} ({cure})")
        }
    };
    let (list, events) = (status.user_list, status.events);
    facts.extend([
        (
            "conflicts",
            worth(status.conflicts, "`mcnd video list --conflicts`"),
        ),
        ("alarms", worth(events.alarms, "`mcnd event list --alarms`")),
        (
            "orphan events",
            worth(events.orphans, "they wait for their video"),
        ),
        (
            "malformed events",
            worth(events.malformed, "`mcnd event list --troubled`"),
        ),
        ("user list", user_list(list.entries, list.next())),
    ]);
    if list.needs_consent() {
        let cure = "not served: it would lose too many; `mcnd user-list accept` agrees";
        facts.push(("", cure.to_owned()));
    }
    if status.sources.kept > 0 {
        facts.push(("sources", status.sources.kept.to_string()));
    }
    let SourceCounts {
        failing, waiting, ..
    } = status.sources;
    if failing > 0 {
        facts.push(("", format!("{failing} failing (`mcnd source list`)")));
    }
    if waiting > 0 {
        let cure = "shrank and not applied (`mcnd source accept ID` agrees)";
        facts.push(("", format!("{waiting} {cure}")));
    }
    facts
}

fn user_list(entries: i64, next: i64) -> String {
    if entries == next {
        counted(u64::try_from(entries).unwrap_or(0), "creator", "creators")
    } else {
        format!("{entries} creators when last served, {next} now")
    }
}

/// A visit as a row under [`VISIT_HEADS`].
pub(super) fn visit_row(visit: &Visit) -> Vec<String> {
    let what = visit.creator.as_ref().map_or_else(
        || "user list".to_owned(),
        |creator| format!("feed of {creator}"),
    );
    vec![
        visit.at.to_string(),
        what,
        visit.status.to_string(),
        visit.offered.to_string(),
        visit.address.clone(),
    ]
}

fn import_row(import: &ImportRun) -> Vec<String> {
    let counts = import.counts;
    let source = match import.finished_at {
        Some(_) => import.source.clone(),
        None => format!("{} (not finished)", import.source),
    };
    let mut row = vec![import.started_at.to_string(), source];
    let numbers = [
        counts.created,
        counts.updated,
        counts.unchanged,
        counts.conflicts,
        counts.blocked,
        counts.errors,
    ];
    row.extend(numbers.map(|number| number.to_string()));
    row
}

/// Videos per state, by the state's word.
pub(super) fn counts_json(counts: StateCounts) -> Value {
    let counts = State::ALL.map(|state| (state.as_str().to_owned(), Value::from(counts.of(state))));
    Value::Object(Map::from_iter(counts))
}

/// A visit for programs.
pub(super) fn visit_json(visit: &Visit) -> Value {
    json!({
        "at": visit.at,
        "face": visit.face.as_str(),
        "creator": visit.creator,
        "credential": visit.credential,
        "address": visit.address,
        "user_agent": visit.user_agent,
        "status": visit.status,
        "feed_version": visit.feed_version,
        "offered": visit.offered,
    })
}

fn as_json(status: &Status) -> Value {
    let list = status.user_list;
    let imports: Vec<_> = status.imports.iter().map(import_json).collect();
    json!({
        "creators": status.creators,
        "videos": counts_json(status.videos),
        "conflicts": status.conflicts,
        "events": {
            "alarms": status.events.alarms,
            "orphans": status.events.orphans,
            "malformed": status.events.malformed,
        },
        "user_list": {
            "entries": list.entries,
            "lost": list.lost,
            "gained": list.gained,
            "needs_consent": list.needs_consent(),
        },
        "sources": status.sources,
        "visits": status.visits.iter().map(visit_json).collect::<Vec<_>>(),
        "imports": imports,
    })
}

fn import_json(import: &ImportRun) -> Value {
    json!({
        "id": import.id,
        "source": import.source,
        "started_at": import.started_at,
        "finished_at": import.finished_at,
        "counts": import.counts,
    })
}
