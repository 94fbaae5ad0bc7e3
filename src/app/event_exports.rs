//! Events taken out of the catalog: for the content manager, for a spreadsheet, for another program.

use std::sync::Arc;

use serde_json::{json, value::RawValue};

use super::{
    App, Error, EventPlace, ExportedEvent, Result, audit::told, exports::Sink,
    spreadsheet::write_record,
};
use crate::{
    app::Pieces,
    catalog::{EventKind, EventOrder, EventRange, FiledEvent, VideoQuery},
    model::{Action, Actor, CreatorId, Element, Outcome, PageSize, Report, VideoOrder, Vocabulary},
};

/// Events read in one go.
const PAGE: i64 = 200;
/// Bodies read in one go: each may be as large as a callback.
const BODIES: i64 = 4;
/// Videos whose events are read in one go.
const VIDEOS: i64 = 50;

const COLUMNS: [&str; 9] = [
    "digest",
    "received_at",
    "outcome",
    "status",
    "guid",
    "alarm",
    "note",
    "raw",
    "raw_base64",
];

/// Which events are taken out; what is absent does not narrow.
#[derive(Clone, Debug, Default)]
pub struct EventExport {
    pub range: EventRange,
    /// Leaves out success and progress: what the content manager should look at.
    pub failures: bool,
    /// Only events about videos of this creator.
    pub creator: Option<CreatorId>,
    /// Only events about videos that are refused with this status.
    pub reason: Option<String>,
}

/// How an export is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExportFormat {
    /// One JSON object a line.
    #[default]
    JsonLines,
    /// A header, then one record a thing. What a spreadsheet would take for a formula has an apostrophe in front.
    Csv,
}

impl Vocabulary for ExportFormat {
    fn all() -> Vec<Self> {
        vec![Self::JsonLines, Self::Csv]
    }

    fn word(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
        }
    }
}

impl EventExport {
    /// Whether it goes by what the catalog knows of videos.
    fn names_videos(&self) -> bool {
        self.creator.is_some() || self.reason.is_some()
    }

    /// Whether it is about everything that was ever received, so that what is no event belongs to it, too.
    fn is_all(&self) -> bool {
        let EventRange {
            since,
            until,
            guid,
            outcome,
        } = &self.range;
        let narrowed = since.is_some() || until.is_some() || guid.is_some() || outcome.is_some();
        !self.names_videos() && !narrowed
    }

    /// What reading the range leaves out already.
    fn kind(&self) -> EventKind {
        let free = self.range.guid.is_none() && self.range.outcome.is_none();
        if self.failures && free {
            EventKind::Troubled
        } else {
            EventKind::Any
        }
    }

    fn means(&self, event: &FiledEvent) -> bool {
        let EventRange {
            since,
            until,
            guid,
            outcome,
        } = &self.range;
        let fine = matches!(event.outcome, Outcome::Ready | Outcome::Progress);
        !(self.failures && fine)
            && since.is_none_or(|since| since <= event.received_at)
            && until.is_none_or(|until| event.received_at <= until)
            && outcome.is_none_or(|outcome| outcome == event.outcome)
            && guid
                .as_ref()
                .is_none_or(|guid| Some(guid) == event.guid.as_ref())
    }

    fn facts(&self) -> Option<String> {
        told(&json!({
            "since": self.range.since, "until": self.range.until, "guid": self.range.guid,
            "outcome": self.range.outcome.map(Outcome::as_str), "failures": self.failures,
            "creator": self.creator, "reason": self.reason,
        }))
    }
}

impl App {
    /// Takes events out, oldest first, or video by video where videos are named; authenticated bodies that were no JSON come
    /// last, unless anything but failures was asked for. The audit notes it first.
    pub async fn export_events(
        self: &Arc<Self>,
        by: &Actor,
        wanted: EventExport,
        format: ExportFormat,
    ) -> Result<Pieces> {
        let mut line = self.audit_line(by, Action::ExportEvents, "events");
        line.after = wanted.facts();
        self.keep_line(&line).await?;
        Ok(self.piecewise(move |app, sink| async move {
            let written = Written { format, sink };
            app.send_events(&wanted, &written).await
        }))
    }

    async fn send_events(&self, wanted: &EventExport, written: &Written) -> Result<()> {
        if !written.begin().await? {
            return Ok(());
        }
        let read = if wanted.names_videos() {
            self.send_events_of_videos(wanted, written).await?
        } else {
            self.send_range(wanted, written).await?
        };
        if read && wanted.is_all() {
            self.send_bodies(written).await?;
        }
        Ok(())
    }

    /// Answers false when nobody reads any more.
    async fn send_range(&self, wanted: &EventExport, written: &Written) -> Result<bool> {
        let mut after: Option<EventPlace> = None;
        loop {
            let (range, kind, order) = (&wanted.range, wanted.kind(), EventOrder::Oldest);
            let page = self
                .catalog
                .list_events(range, kind, order, after, PAGE)
                .await?;
            let Some(last) = page.last() else {
                return Ok(true);
            };
            after = Some((last.received_at, last.digest));
            let meant = page.into_iter().filter(|event| wanted.means(event));
            if !written.add(meant.map(ExportedEvent::from)).await? {
                return Ok(false);
            }
        }
    }

    /// The same, by the videos that are meant.
    async fn send_events_of_videos(&self, wanted: &EventExport, written: &Written) -> Result<bool> {
        let query = VideoQuery {
            creator: wanted.creator.clone(),
            refusal: wanted.reason.clone(),
            ..VideoQuery::default()
        };
        let size = PageSize::try_from(VIDEOS).map_err(Error::internal)?;
        let mut after = None;
        loop {
            let order = VideoOrder::Oldest;
            let page = self
                .catalog
                .list_videos(&query, order, after.as_ref(), size)
                .await?;
            let guids: Vec<_> = page.videos.into_iter().map(|video| video.guid).collect();
            let events = self.catalog.events_of(&guids).await?;
            let meant = events.into_iter().filter(|event| wanted.means(event));
            if !written.add(meant.map(ExportedEvent::from)).await? {
                return Ok(false);
            }
            after = page.next;
            if after.is_none() {
                return Ok(true);
            }
        }
    }

    async fn send_bodies(&self, written: &Written) -> Result<()> {
        let mut after = String::new();
        loop {
            let page = self.catalog.quarantined(&after, BODIES).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after.clone_from(&last.id);
            if !written
                .add(page.into_iter().map(ExportedEvent::from))
                .await?
            {
                return Ok(());
            }
        }
    }
}

/// An export while it is written.
struct Written {
    format: ExportFormat,
    sink: Sink,
}

impl Written {
    async fn begin(&self) -> Result<bool> {
        if self.format == ExportFormat::JsonLines {
            return Ok(true);
        }
        let mut head = csv::Writer::from_writer(Vec::new());
        write_record(&mut head, COLUMNS).map_err(Error::internal)?;
        let head = head
            .into_inner()
            .map_err(|error| Error::internal(error.to_string()))?;
        Ok(self.sink.send(head).await)
    }

    /// Answers false when nobody reads any more.
    async fn add(&self, events: impl Iterator<Item = ExportedEvent>) -> Result<bool> {
        let piece = match self.format {
            ExportFormat::JsonLines => lines(events),
            ExportFormat::Csv => records(events),
        };
        Ok(self.sink.send(piece.map_err(Error::internal)?).await)
    }
}

fn lines(events: impl Iterator<Item = ExportedEvent>) -> std::io::Result<Vec<u8>> {
    let mut piece = Vec::new();
    for event in events {
        let mut line = serde_json::to_vec(&event)?;
        // An element may hold line ends, between its members alone: on its line they become blanks.
        for byte in &mut line {
            if matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
        piece.append(&mut line);
        piece.push(b'\n');
    }
    Ok(piece)
}

fn records(events: impl Iterator<Item = ExportedEvent>) -> std::io::Result<Vec<u8>> {
    let mut records = csv::Writer::from_writer(Vec::new());
    for event in events {
        let raw = event.raw.as_deref().map(RawValue::get);
        let cells = [
            Some(event.digest),
            Some(event.received_at.to_string()),
            Some(event.outcome.to_owned()),
            raw.and_then(status),
            event.guid,
            event.alarm,
            event.note,
            raw.map(str::to_owned),
            event.raw_base64,
        ];
        write_record(&mut records, cells.map(Option::unwrap_or_default))?;
    }
    records
        .into_inner()
        .map_err(csv::IntoInnerError::into_error)
}

/// The status with which a failure was reported.
fn status(raw: &str) -> Option<String> {
    match Element::read(raw.as_bytes()).report {
        Ok(Report::Failure { status }) => Some(status),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::model::Timestamp;

    fn event(raw: &str) -> ExportedEvent {
        ExportedEvent {
            digest: "d".to_owned(),
            received_at: Timestamp::from_millis(0),
            outcome: "refused",
            guid: Some("=g".to_owned()),
            alarm: None,
            note: None,
            raw: Some(RawValue::from_string(raw.to_owned()).unwrap()),
            raw_base64: None,
        }
    }

    #[test]
    fn an_event_takes_one_line_however_it_was_sent() {
        let out = lines([event("{\n  \"a\": \"b\\nc\"\r\n}")].into_iter()).unwrap();
        let line = String::from_utf8(out).unwrap();
        assert_eq!(line.matches('\n').count(), 1);
        let read: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(read["raw"]["a"], "b\nc");
    }

    #[test]
    fn a_record_tells_the_status_and_runs_no_formula() {
        let raw = r#"{"data":{"uid":"=g","status":"denied","remote_id":null}}"#;
        let out = records([event(raw)].into_iter()).unwrap();
        let text = String::from_utf8(out).unwrap();
        let begin = "d,1970-01-01T00:00:00Z,refused,denied,'=g,,,\"{\"\"data\"\"";
        assert!(text.starts_with(begin), "{text}");
    }
}
