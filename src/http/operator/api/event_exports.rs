//! Events taken out as a file, for the content manager.

use std::sync::Arc;

use axum::{extract::State, response::Response};

use super::events::range;
use crate::{
    app::{Caller, EventExport, ExportFormat},
    http::{
        Faces, Problem,
        operator::{download::download, parameters::Parameters, schemas::Text},
    },
    model::{CreatorId, Outcome, Timestamp},
};

/// Events with everything that Dailymotion sent, oldest first, or video by video where videos are named; the audit notes it
#[utoipa::path(get, path = "/api/v1/events/export", tag = "events",
    params(("format" = Option<ExportFormat>, Query, description = "`jsonl` when absent"),
        ("failures" = Option<bool>, Query, description = "leaves out success and progress"),
        ("creator" = Option<CreatorId>, Query, description = "only events about videos of this creator"),
        ("reason" = Option<Text>, Query, description = "only events about videos that are refused with this status"),
        ("guid" = Option<Text>, Query, description = "only what was reported about this guid, known or not"),
        ("outcome" = Option<Outcome>, Query, description = "only what is filed so"),
        ("since" = Option<Timestamp>, Query, description = "received at this moment or later"),
        ("until" = Option<Timestamp>, Query, description = "received at this moment or earlier")),
    responses((status = 200, content((String = "application/jsonl"), (String = "text/csv")))))]
pub(in crate::http::operator) async fn export_events(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    mut given: Parameters,
) -> Result<Response, Problem> {
    let format = given.word("format").unwrap_or_default();
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
