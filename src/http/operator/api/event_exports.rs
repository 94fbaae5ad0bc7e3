//! Events taken out as a file, for the content manager.

use std::sync::Arc;

use axum::{extract::State, response::Response};

use super::events::range;
use crate::{
    app::{Caller, EventExport, ExportFormat},
    http::{
        Faces, Problem,
        operator::{download::download, parameters::Parameters},
    },
};

/// Events with everything that Dailymotion sent, oldest first, or video by video where videos are named; the audit notes it
#[utoipa::path(get, path = "/api/v1/events/export", tag = "events",
    params(("format" = Option<String>, Query, description = "jsonl (when absent): one object a line; or csv"),
        ("failures" = Option<bool>, Query, description = "leaves out success and progress"),
        ("creator" = Option<String>, Query, description = "only events about videos of this creator"),
        ("reason" = Option<String>, Query, description = "only events about videos that are refused with this status"),
        ("guid" = Option<String>, Query), ("outcome" = Option<String>, Query),
        ("since" = Option<String>, Query, description = "received at this moment (RFC 3339) or later"),
        ("until" = Option<String>, Query, description = "received at this moment or earlier")),
    responses((status = 200, content((String = "application/jsonl"), (String = "text/csv")))))]
pub(in crate::http::operator) async fn export_events(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    mut given: Parameters,
) -> Result<Response, Problem> {
    let words = [
        ("jsonl", ExportFormat::JsonLines),
        ("csv", ExportFormat::Csv),
    ];
    let format = given.word("format", &words).unwrap_or_default();
    let wanted = EventExport {
        failures: given.flag("failures").unwrap_or_default(),
        creator: given.optional("creator"),
        reason: given.text("reason"),
        range: range(&mut given),
    };
    let wanted = given.finish(wanted)?;
    let pieces = faces
        .app
        .export_events(&caller.actor, wanted, format)
        .await?;
    Ok(match format {
        ExportFormat::JsonLines => download("application/jsonl", "events.jsonl", pieces),
        ExportFormat::Csv => download("text/csv; charset=utf-8", "events.csv", pieces),
    })
}
