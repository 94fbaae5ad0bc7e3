//! `mcnd event export`.

use std::{path::PathBuf, sync::Arc};

use super::range::Range;
use crate::{
    app::{App, EventExport, ExportFormat},
    cli::{
        console::Console,
        export::{Format, write_export},
        failure::Done,
        whoever,
    },
    model::CreatorId,
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Leave out success and progress: what the content manager should look at
    #[arg(long)]
    failures: bool,
    /// Only events about videos of this creator
    #[arg(long, value_name = "ID")]
    creator: Option<CreatorId>,
    /// Only events about videos that Dailymotion refused with this status
    #[arg(long, value_name = "STATUS")]
    reason: Option<String>,
    #[command(flatten)]
    range: Range,
    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    format: Format,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) async fn run(args: Args, app: &Arc<App>, console: &mut Console) -> Done {
    let format = match args.format {
        Format::Jsonl => ExportFormat::JsonLines,
        Format::Csv => ExportFormat::Csv,
    };
    let wanted = EventExport {
        range: args.range.into(),
        failures: args.failures,
        creator: args.creator,
        reason: args.reason,
    };
    let pieces = app.export_events(&whoever(), wanted, format).await?;
    write_export(pieces, args.output.as_deref(), console).await
}
