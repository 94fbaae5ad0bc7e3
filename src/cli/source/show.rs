//! Sources and their pulls, for people and for programs.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    app::Pulled,
    cli::{
        console::{Console, note},
        failure::Done,
        text::shortened,
    },
    model::{LastPull, PullOutcome, Source},
};

/// Characters of an address in a list.
const ADDRESS: usize = 60;

pub(super) fn row(source: &Source) -> Vec<String> {
    let last = source.last.as_ref();
    let creator = source.creator.as_ref();
    vec![
        source.id.to_string(),
        creator.map_or_else(|| "by row".to_owned(), ToString::to_string),
        state(source).to_owned(),
        items(source),
        source.every.map_or_else(|| "by hand".to_owned(), period),
        last.map_or_else(|| "never".to_owned(), |last| last.at.to_string()),
        last.map_or_else(String::new, |last| last.outcome.to_string()),
        shortened(&source.shown_url(), ADDRESS).into_owned(),
    ]
}

/// What an operator should know first.
fn state(source: &Source) -> &'static str {
    match source {
        Source {
            waiting_items: Some(_),
            ..
        } => "waits for accept",
        Source { paused: true, .. } => "paused",
        Source { failures, .. } if *failures > 0 => "failing",
        _ => "fine",
    }
}

fn items(source: &Source) -> String {
    match (source.known.items, source.waiting_items) {
        (before, Some(now)) => format!("{}, then {now}", before.unwrap_or_default()),
        (Some(items), None) => items.to_string(),
        (None, None) => String::new(),
    }
}

fn period(every: Duration) -> String {
    let seconds = every.as_secs();
    for (unit, length) in [("d", 86_400), ("h", 3_600), ("m", 60)] {
        if seconds.is_multiple_of(length) {
            return format!("{}{unit}", seconds / length);
        }
    }
    format!("{seconds}s")
}

pub(super) fn show(source: &Source, console: &mut Console) -> Done {
    if console.json {
        return console.object(&as_json(source));
    }
    let last = source.last.as_ref();
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let pairs = |pairs: &[String]| pairs.join(", ");
    let recipe = &source.recipe;
    console.facts(&[
        ("id", source.id.to_string()),
        ("address", source.shown_url()),
        ("credentials", text(&source.credentials_file)),
        (
            "creator",
            source
                .creator
                .as_ref()
                .map_or_else(|| "by row".to_owned(), ToString::to_string),
        ),
        ("format", text(&recipe.format)),
        ("columns", pairs(&recipe.map)),
        ("defaults", pairs(&recipe.default)),
        ("categories", pairs(&recipe.category)),
        ("guid prefix", text(&recipe.guid_prefix)),
        ("state", state(source).to_owned()),
        ("items", items(source)),
        (
            "every",
            source.every.map_or_else(|| "by hand".to_owned(), period),
        ),
        (
            "due",
            source
                .due_at
                .map_or_else(String::new, |due| due.to_string()),
        ),
        ("failures in a row", source.failures.to_string()),
        ("last pull", last.map_or_else(|| "never".to_owned(), told)),
    ])?;
    let message = last.and_then(|last| last.message.as_deref());
    message
        .unwrap_or_default()
        .lines()
        .try_for_each(|line| console.line(format!("    {line}")))
}

fn told(last: &LastPull) -> String {
    match &last.import {
        Some(import) => format!("{}, {}: import {import}", last.at, last.outcome),
        None => format!("{}, {}", last.at, last.outcome),
    }
}

pub(super) fn as_json(source: &Source) -> Value {
    let last = source.last.as_ref();
    json!({
        "id": source.id,
        "url": source.shown_url(),
        "credentials_file": source.credentials_file,
        "creator": source.creator,
        "recipe": source.recipe,
        "every_seconds": source.every.map(|every| every.as_secs()),
        "paused": source.paused,
        "added_at": source.added_at,
        "due_at": source.due_at,
        "failures": source.failures,
        "items": source.known.items,
        "waiting_items": source.waiting_items,
        "last_pull": last.map(|last| json!({
            "at": last.at,
            "outcome": last.outcome.as_str(),
            "message": last.message,
            "import": last.import,
        })),
    })
}

/// How a pull ended.
pub(super) fn tell(pulled: &Pulled, console: &mut Console) -> Done {
    let source = &pulled.source;
    let counts = pulled.report.as_ref().map(|report| report.counts);
    if console.json {
        let mut told = as_json(source);
        told["counts"] = json!(counts);
        return console.object(&told);
    }
    let Some(last) = &source.last else {
        return Ok(());
    };
    let id = &source.id;
    for line in last.message.as_deref().unwrap_or_default().lines() {
        note(&format!("{id}: {line}"));
    }
    let outcome = last.outcome;
    console.line(match counts.filter(|_| outcome == PullOutcome::Applied) {
        Some(counts) => format!(
            "{id}: {outcome}: {} created, {} updated, {} unchanged, {} conflicts, {} blocked, {} errors",
            counts.created,
            counts.updated,
            counts.unchanged,
            counts.conflicts,
            counts.blocked,
            counts.errors
        ),
        None => format!("{id}: {outcome}"),
    })
}
