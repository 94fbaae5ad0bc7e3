//! `mcnd video show` and `mcnd video why`.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::{
    app::{App, Why},
    cli::{console::Console, event, failure::Done, status::visit_json, table::Table},
    model::{Column, Guid, Hold, Rule, TimelineLine, Timestamp, Video},
};

/// Shows one video with its timeline.
pub(super) async fn video(guid: &Guid, app: &Arc<App>, console: &mut Console) -> Done {
    let video = app.video(guid).await?;
    let timeline = app.timeline(&video).await?;
    if console.json {
        let mut shown = as_json(&video);
        shown["timeline"] = timeline.iter().map(line_json).collect();
        return console.object(&shown);
    }
    console.facts(&facts(&video))?;
    console.line("")?;
    let rows: Vec<_> = timeline.iter().map(line_row).collect();
    console.rows(
        &mut Table::new(&["WHEN", "WHAT", "STATE", "BY", "DETAIL"]),
        &rows,
    )
}

fn facts(video: &Video) -> Vec<(&'static str, String)> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string()).unwrap_or_default();
    let standing = &video.standing;
    let conflict = if standing.is_conflict() {
        let others: Vec<_> = standing.remote_ids().skip(1).collect();
        format!("also reported as {}", others.join(", "))
    } else {
        String::new()
    };
    let rules: Vec<_> = video.broken.iter().map(|rule| rule.sentence()).collect();
    let mut facts = vec![
        ("guid", video.guid.to_string()),
        ("guid at its source", text(&video.source_guid)),
        ("creator", video.creator.to_string()),
        ("state", standing.state.as_str().to_owned()),
        ("blocked by", rules.join("; ")),
        ("refused with", text(&standing.refusal)),
        ("remote id", text(&standing.remote_id)),
        ("conflict", conflict),
        ("added", video.added_at.to_string()),
        ("content changed", video.content_at.to_string()),
        ("waiting since", time(video.waiting_since)),
        ("retry at", time(video.retry_at)),
        ("ready", time(standing.ready_at)),
    ];
    facts.extend(Column::ALL.map(|column| {
        let value = video.fields.show(column).unwrap_or_default();
        let pinned = pinned(video, column);
        (column.name(), format!("{value}{pinned}"))
    }));
    facts
}

/// What is said of a pinned column behind its value.
fn pinned(video: &Video, column: Column) -> String {
    if !video.pins.hold(column) {
        return String::new();
    }
    match video.pins.source(column) {
        Some(source) => format!(" (pinned; the source says `{source}`)"),
        None => " (pinned; the source says nothing)".to_owned(),
    }
}

fn line_row(line: &TimelineLine) -> Vec<String> {
    let to = line.to.as_str();
    let state = match line.from {
        Some(from) if from != line.to => format!("{} → {to}", from.as_str()),
        _ => to.to_owned(),
    };
    vec![
        line.at.to_string(),
        line.what.as_str().to_owned(),
        state,
        line.by.clone(),
        line.detail.clone().unwrap_or_default(),
    ]
}

fn line_json(line: &TimelineLine) -> Value {
    json!({
        "at": line.at,
        "what": line.what.as_str(),
        "from": line.from.map(crate::model::State::as_str),
        "to": line.to.as_str(),
        "by": line.by,
        "detail": line.detail,
    })
}

/// A video for programs.
pub(super) fn as_json(video: &Video) -> Value {
    let columns: Map<String, Value> = Column::ALL
        .into_iter()
        .map(|column| {
            let value = video.fields.show(column).map_or(Value::Null, Value::from);
            (column.name().to_owned(), value)
        })
        .collect();
    let standing = &video.standing;
    let pinned = video.pins.iter();
    let pinned: Map<_, Value> = pinned
        .map(|(column, source)| (column.name().to_owned(), source.into()))
        .collect();
    json!({
        "guid": video.guid,
        "source_guid": video.source_guid,
        "creator": video.creator,
        "state": standing.state.as_str(),
        "broken": video.broken.iter().map(|rule| Rule::code(*rule)).collect::<Vec<_>>(),
        "refusal": standing.refusal,
        "remote_id": standing.remote_id,
        "remote_ids": standing.remote_ids().collect::<Vec<_>>(),
        "conflict": standing.is_conflict(),
        "added_at": video.added_at,
        "content_at": video.content_at,
        "waiting_since": video.waiting_since,
        "retry_at": video.retry_at,
        "ready_at": standing.ready_at,
        "columns": columns,
        "pinned": pinned,
    })
}

/// Says why one video is not on Dailymotion.
pub(super) async fn why(guid: &Guid, app: &Arc<App>, console: &mut Console) -> Done {
    let why = app.why(guid).await?;
    if console.json {
        return console.object(&why_json(&why));
    }
    console.line(&why.sentence)?;
    console.line("")?;
    console.facts(&evidence(&why))?;
    if why.events.is_empty() {
        return Ok(());
    }
    console.line("")?;
    let rows: Vec<_> = why.events.iter().map(event::row).collect();
    console.rows(&mut event::table(), &rows)
}

fn evidence(why: &Why) -> Vec<(&'static str, String)> {
    let holds: Vec<_> = why.holds.iter().map(Hold::sentence).collect();
    let rules: Vec<_> = why.video.broken.iter().map(|rule| rule.code()).collect();
    let offered = why.offered.as_ref().map(|visit| {
        let by = visit.user_agent.as_deref().unwrap_or("a crawler");
        format!("at {} to `{}` ({by})", visit.at, visit.address)
    });
    let unchanged = why.unchanged.map(|minute| minute.to_string());
    vec![
        ("state", why.video.standing.state.as_str().to_owned()),
        (
            "creator",
            format!("{} ({})", why.creator.id, why.creator.status),
        ),
        ("holds", holds.join("; ")),
        ("failing rules", rules.join(", ")),
        ("last offered", offered.unwrap_or_default()),
        ("feed seen unchanged", unchanged.unwrap_or_default()),
        (
            "remote ids",
            why.video
                .standing
                .remote_ids()
                .collect::<Vec<_>>()
                .join(", "),
        ),
    ]
}

fn why_json(why: &Why) -> Value {
    json!({
        "guid": why.video.guid,
        "why": why.sentence,
        "state": why.video.standing.state.as_str(),
        "creator": why.creator.id,
        "creator_status": why.creator.status.as_str(),
        "holds": why.holds.iter().map(Hold::code).collect::<Vec<_>>(),
        "broken": why.video.broken.iter().map(|rule| Rule::code(*rule)).collect::<Vec<_>>(),
        "remote_ids": why.video.standing.remote_ids().collect::<Vec<_>>(),
        "offered": why.offered.as_ref().map(visit_json),
        "unchanged": why.unchanged,
        "events": why.events.iter().map(event::as_json).collect::<Vec<_>>(),
    })
}
