//! `mcnd video export`.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::PathBuf,
    sync::Arc,
};

use serde_json::Value;

use super::query::{Pages, Query};
use crate::{
    app::{App, ExportedVideo, write_record},
    cli::{
        console::Console,
        export::Format,
        failure::{Done, Failure},
        whoever,
    },
    model::{Column, Creator, Video},
};

/// What an export says of a video besides the catalog's columns.
const STANDING: [&str; 9] = [
    "guid",
    "creator",
    "state",
    "holds",
    "remote_id",
    "remote_ids",
    "conflict",
    "broken",
    "refusal",
];
/// Id and times, which differ between two catalogs with the same content.
const TIMES: [&str; 5] = ["id", "added_at", "content_at", "waiting_since", "ready_at"];

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    query: Query,
    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    format: Format,
    /// Leave out ids and times, so that two exports can be compared
    #[arg(long)]
    without_times: bool,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) async fn run(args: Args, app: &Arc<App>, console: &mut Console) -> Done {
    let query = args.query.clone().into();
    app.note_video_export(&whoever(), &query).await?;
    let Some(path) = &args.output else {
        return write(&args, app, console.out()).await;
    };
    let refused = |error: io::Error| {
        Failure::Refused(format!("`{}` can't be written: {error}", path.display()))
    };
    let mut file = BufWriter::new(File::create(path).map_err(refused)?);
    write(&args, app, &mut file).await?;
    let file = file.into_inner().map_err(|error| refused(error.into()))?;
    file.sync_all().map_err(refused)
}

async fn write(args: &Args, app: &Arc<App>, out: &mut dyn Write) -> Done {
    let mut sink = Sink::begin(args.format, !args.without_times, out)?;
    let mut pages = Pages::all(app, args.query.clone());
    let mut creators = Vec::new();
    while let Some(page) = pages.next().await? {
        keep_creators(app, &mut creators, &page).await?;
        let exported = app
            .export_videos(&page, &creators, !args.without_times)
            .await?;
        for video in &exported {
            sink.add(video)?;
        }
    }
    sink.end()
}

/// Brings the creators in memory in line with a page: those it needs and no other.
async fn keep_creators(app: &App, creators: &mut Vec<Creator>, page: &[Video]) -> Done {
    creators.retain(|creator| page.iter().any(|video| video.creator == creator.id));
    for video in page {
        if !creators.iter().any(|creator| creator.id == video.creator) {
            creators.push(app.creator(&video.creator).await?);
        }
    }
    Ok(())
}

/// An export while it is written.
enum Sink<'a> {
    Lines(&'a mut dyn Write),
    Records {
        out: Box<csv::Writer<&'a mut dyn Write>>,
        columns: Vec<&'static str>,
    },
}

impl<'a> Sink<'a> {
    fn begin(format: Format, with_times: bool, out: &'a mut dyn Write) -> Done<Self> {
        match format {
            Format::Jsonl => Ok(Self::Lines(out)),
            Format::Csv => {
                let columns = columns(with_times);
                let mut out = csv::Writer::from_writer(out);
                write_record(&mut out, &columns)?;
                let out = Box::new(out);
                Ok(Self::Records { out, columns })
            }
        }
    }

    fn add(&mut self, video: &ExportedVideo) -> Done {
        match self {
            Self::Lines(out) => {
                serde_json::to_writer(&mut *out, video)?;
                Ok(out.write_all(b"\n")?)
            }
            Self::Records { out, columns } => {
                let video = serde_json::to_value(video)?;
                let cells = columns.iter().map(|column| cell(&video[*column]));
                Ok(write_record(out, cells)?)
            }
        }
    }

    fn end(self) -> Done {
        match self {
            Self::Lines(out) => Ok(out.flush()?),
            Self::Records { mut out, .. } => Ok(out.flush()?),
        }
    }
}

fn columns(with_times: bool) -> Vec<&'static str> {
    let times = TIMES.into_iter().filter(|_time| with_times);
    let catalog = Column::ALL.into_iter().map(Column::name);
    STANDING.into_iter().chain(times).chain(catalog).collect()
}

/// A value as a cell; a list's parts stand one after the other.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(cell).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::app::ExportedTimes;

    fn video() -> ExportedVideo {
        let columns = Column::ALL
            .into_iter()
            .map(|column| (column.name().to_owned(), json!(column.name())))
            .collect();
        ExportedVideo {
            guid: "=guid".to_owned(),
            creator: "demo".to_owned(),
            state: "waiting",
            holds: vec!["kids", "geo"],
            remote_id: None,
            remote_ids: Vec::new(),
            conflict: false,
            broken: Vec::new(),
            refusal: None,
            times: Some(ExportedTimes {
                id: "1".to_owned(),
                added_at: crate::model::Timestamp::from_millis(0),
                content_at: crate::model::Timestamp::from_millis(0),
                waiting_since: None,
                ready_at: None,
            }),
            columns,
        }
    }

    #[test]
    fn every_member_of_an_export_has_a_column() {
        let value = serde_json::to_value(video()).unwrap();
        let mut members: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
        let mut columns: Vec<_> = columns(true).iter().map(ToString::to_string).collect();
        members.sort();
        columns.sort();
        assert_eq!(members, columns);
        assert!(!super::columns(false).contains(&"added_at"));
    }

    #[test]
    fn a_record_holds_the_values_in_the_order_of_the_header() {
        let mut out = Vec::new();
        let mut sink = Sink::begin(Format::Csv, false, &mut out).unwrap();
        sink.add(&video()).unwrap();
        sink.end().unwrap();
        let text = String::from_utf8(out).unwrap();
        let (head, record) = text.split_once('\n').unwrap();
        assert!(
            head.starts_with("guid,creator,state,holds,remote_id,"),
            "{head}"
        );
        assert!(
            record.starts_with("'=guid,demo,waiting,\"kids, geo\",,,false,,,title,"),
            "{record}"
        );
    }
}
