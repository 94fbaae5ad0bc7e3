//! Injector events: each kept once, with how it was filed.

use std::collections::HashSet;

use super::{
    Catalog, Tx,
    db::{Arg, Sql, args, statements},
    error::{Error, Result},
    event_ranges::{EventKind, EventOrder, EventRange},
    rows::{millis, moment, read, text_list},
};
use crate::model::{Alarm, Digest, Element, Guid, Outcome, Timestamp, Verdict};

/// The columns of an [`EventRow`].
macro_rules! event_columns {
    () => {
        "digest, received_at, guid, outcome, alarm, epoch, sent_at, note, raw"
    };
}
pub(super) use event_columns;

/// These columns, in front of what selects the rows.
macro_rules! select_events {
    ($rest:literal) => {
        concat!("SELECT ", event_columns!(), " FROM events ", $rest)
    };
}

statements! {
    KNOWN = Sql::each(
        "SELECT digest FROM events WHERE digest IN (SELECT unhex(value) FROM json_each($1))",
        "SELECT digest FROM events
          WHERE digest IN (SELECT decode(hex, 'hex') FROM jsonb_array_elements_text(CAST($1 AS jsonb)) AS listed (hex))");
    REFILE = Sql::each(include_str!("sql/refile_events.sqlite.sql"), include_str!("sql/refile_events.postgres.sql"));
    ORPHANS = Sql::each(
        select_events!("WHERE outcome = 'orphan' AND guid IN (SELECT value FROM json_each($1)) ORDER BY received_at, digest"),
        select_events!(
            "WHERE outcome = 'orphan' AND guid IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb)))
              ORDER BY received_at, digest"));
    FIND = Sql::same(select_events!("WHERE digest = $1"));
    ORPHAN_COUNT = Sql::same("SELECT CAST(COUNT(*) AS BIGINT) FROM events WHERE outcome = 'orphan'");
    MALFORMED_COUNT = Sql::same("SELECT CAST(COUNT(*) AS BIGINT) FROM events WHERE outcome <> 'ready' AND outcome = 'malformed'");
    ALARM_COUNT = Sql::same("SELECT CAST(COUNT(*) AS BIGINT) FROM events WHERE alarm IS NOT NULL");
    /// What names no guid that a video could have stays an orphan for good.
    REMOVE_STRAY = Sql::same("DELETE FROM events WHERE digest = $1 AND outcome = 'orphan' AND guid IS NULL");
    /// Empties the raw text of old events, a bounded number at a time; digest and effect stay. An orphan's effect is yet to
    /// come, out of its text.
    FORGET_RAW = Sql::same(
        "UPDATE events
            SET raw = NULL
          WHERE digest IN (SELECT digest FROM events WHERE received_at < $1 AND raw IS NOT NULL AND outcome <> 'orphan'
                           ORDER BY received_at LIMIT $2)");
}

/// An event on its way in, filed.
#[derive(Clone, Debug)]
pub struct KeptEvent<'a> {
    pub element: &'a Element,
    pub outcome: Outcome,
    /// Code of the alarm it raised.
    pub alarm: Option<&'static str>,
    /// The video's retry epoch when it was applied; none for what was not applied.
    pub epoch: Option<i64>,
}

impl KeptEvent<'_> {
    /// Whether it gave a video another remote id than it has.
    pub fn is_conflict(&self) -> bool {
        self.alarm == Some(Alarm::Conflict.as_str())
    }
}

/// How an event is filed from now on.
#[derive(Clone, Debug)]
pub struct Refiled {
    pub digest: Digest,
    /// The guid that its text names; none where it names none.
    pub guid: Option<Guid>,
    pub verdict: Verdict,
    /// The retry epoch in which it counts; none for what was not applied.
    pub epoch: Option<i64>,
}

impl Refiled {
    /// Whether it gave a video another remote id than it has.
    pub fn is_conflict(&self) -> bool {
        self.verdict.alarm == Some(Alarm::Conflict)
    }
}

/// An event as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FiledEvent {
    pub digest: Digest,
    pub received_at: Timestamp,
    pub guid: Option<String>,
    pub outcome: Outcome,
    pub alarm: Option<String>,
    pub sent_at: Option<Timestamp>,
    /// What was odd about it, or why it is malformed.
    pub note: Option<String>,
    /// The element's own bytes; none once retention has dropped them.
    pub raw: Option<String>,
}

/// Which events a list shows.
#[derive(Clone, Debug)]
pub enum EventQuery {
    All,
    /// Everything but success and progress.
    Troubled,
    Alarming,
    OfGuid(String),
}

/// How many events wait for somebody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventCounts {
    pub orphans: i64,
    pub malformed: i64,
    pub alarms: i64,
}

#[serde_with::skip_serializing_none]
#[derive(serde::Serialize)]
struct EventCells<'a> {
    digest: String,
    received_at: i64,
    guid: Option<&'a str>,
    outcome: &'static str,
    alarm: Option<&'static str>,
    epoch: Option<i64>,
    sent_at: Option<i64>,
    note: Option<String>,
    raw: &'a str,
}

#[serde_with::skip_serializing_none]
#[derive(serde::Serialize)]
struct RefiledCells<'a> {
    digest: String,
    outcome: &'static str,
    alarm: Option<&'static str>,
    epoch: Option<i64>,
    guid: Option<&'a str>,
}

impl<'a> From<&'a Refiled> for RefiledCells<'a> {
    fn from(refiled: &'a Refiled) -> Self {
        Self {
            digest: refiled.digest.to_string(),
            outcome: refiled.verdict.outcome.as_str(),
            alarm: refiled.verdict.alarm.map(crate::model::Alarm::as_str),
            epoch: refiled.epoch,
            guid: refiled.guid.as_ref().map(Guid::as_str),
        }
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct EventRow {
    digest: Vec<u8>,
    received_at: i64,
    guid: Option<String>,
    outcome: String,
    alarm: Option<String>,
    sent_at: Option<i64>,
    note: Option<String>,
    raw: Option<String>,
}

impl EventRow {
    /// Where it stands among all events.
    pub(super) fn place(&self) -> (Timestamp, &[u8]) {
        (Timestamp::from_millis(self.received_at), &self.digest)
    }
}

impl TryFrom<EventRow> for FiledEvent {
    type Error = Error;

    fn try_from(row: EventRow) -> Result<Self> {
        Ok(Self {
            digest: digest(row.digest)?,
            received_at: Timestamp::from_millis(row.received_at),
            guid: row.guid,
            outcome: read(&row.outcome)?,
            alarm: row.alarm,
            sent_at: moment(row.sent_at),
            note: row.note,
            raw: row.raw,
        })
    }
}

pub(super) fn digest(bytes: Vec<u8>) -> Result<Digest> {
    Digest::try_from(bytes)
        .map_err(|bytes| Error::Unreadable(format!("a digest of {} bytes", bytes.len())))
}

fn note(element: &Element) -> Option<String> {
    match element.report {
        Err(why) => Some(why.to_owned()),
        Ok(_) if element.anomalies.is_empty() => None,
        Ok(_) => Some(
            element
                .anomalies
                .iter()
                .map(|odd| odd.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        ),
    }
}

/// Events that came at `now`, for the statement that keeps them.
pub(super) fn event_rows(events: &[KeptEvent<'_>], now: Timestamp) -> Result<Arg> {
    let cells = events.iter().map(|event| {
        Ok(EventCells {
            digest: event.element.digest.to_string(),
            received_at: now.as_millis(),
            guid: event.element.guid.as_ref().map(Guid::as_str),
            outcome: event.outcome.as_str(),
            alarm: event.alarm,
            epoch: event.epoch,
            sent_at: millis(event.element.sent_at),
            note: note(event.element),
            raw: std::str::from_utf8(&event.element.raw).map_err(Error::argument)?,
        })
    });
    Arg::rows(&cells.collect::<Result<Vec<_>>>()?)
}

impl Catalog {
    /// The event of that digest.
    pub async fn find_event(&self, digest: &Digest) -> Result<Option<FiledEvent>> {
        self.db
            .maybe::<EventRow>(FIND, &args![digest])
            .await?
            .map(FiledEvent::try_from)
            .transpose()
    }

    /// The newest events, newest first.
    pub async fn newest_events(&self, query: &EventQuery, limit: i64) -> Result<Vec<FiledEvent>> {
        let (kind, guid) = match query {
            EventQuery::All => (EventKind::Any, None),
            EventQuery::Troubled => (EventKind::Troubled, None),
            EventQuery::Alarming => (EventKind::Alarming, None),
            EventQuery::OfGuid(guid) => (EventKind::Any, Some(guid.clone())),
        };
        let range = EventRange {
            guid,
            ..EventRange::default()
        };
        self.list_events(&range, kind, EventOrder::Newest, None, limit)
            .await
    }

    /// Events in the order in which they came, at most `limit`, behind `after`; `troubled` leaves out success and progress.
    pub async fn page_of_events(
        &self,
        troubled: bool,
        after: Option<(Timestamp, Digest)>,
        limit: i64,
    ) -> Result<Vec<FiledEvent>> {
        let kind = if troubled {
            EventKind::Troubled
        } else {
            EventKind::Any
        };
        let all = EventRange::default();
        self.list_events(&all, kind, EventOrder::Oldest, after, limit)
            .await
    }

    /// How many events wait for somebody.
    pub async fn event_counts(&self) -> Result<EventCounts> {
        let mut counts = [0; 3];
        for (count, sql) in counts
            .iter_mut()
            .zip([ORPHAN_COUNT, MALFORMED_COUNT, ALARM_COUNT])
        {
            *count = self
                .db
                .maybe::<(i64,)>(sql, &args![])
                .await?
                .map_or(0, |(count,)| count);
        }
        let [orphans, malformed, alarms] = counts;
        Ok(EventCounts {
            orphans,
            malformed,
            alarms,
        })
    }
}

impl Tx {
    /// Those of these events that are kept already.
    pub async fn known_events(&mut self, digests: &[Digest]) -> Result<HashSet<Digest>> {
        let digests = digests.iter().map(ToString::to_string).collect::<Vec<_>>();
        let rows: Vec<(Vec<u8>,)> = self
            .all(KNOWN, &[text_list(&digests, String::as_str)?])
            .await?;
        rows.into_iter().map(|(bytes,)| digest(bytes)).collect()
    }

    /// Orphans that speak of these guids, in the order in which they came.
    pub async fn orphans_of(&mut self, guids: &[Guid]) -> Result<Vec<FiledEvent>> {
        let rows: Vec<EventRow> = self
            .all(ORPHANS, &[text_list(guids, Guid::as_str)?])
            .await?;
        rows.into_iter().map(FiledEvent::try_from).collect()
    }

    /// Removes an orphan that no video can ever have; answers false when there is none of that digest.
    pub async fn remove_stray(&mut self, digest: &Digest) -> Result<bool> {
        Ok(self.run(REMOVE_STRAY, &args![digest]).await? > 0)
    }

    /// Files events anew, as this says and in nothing else.
    pub async fn file_again(&mut self, events: &[Refiled]) -> Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        let cells: Vec<_> = events.iter().map(RefiledCells::from).collect();
        self.run(REFILE, &[Arg::rows(&cells)?])
            .await
            .map(|_changed| ())
    }

    /// Empties the raw text of up to `limit` events that came before `before`, and says how many; orphans keep theirs.
    pub async fn forget_raw(&mut self, before: Timestamp, limit: i64) -> Result<u64> {
        self.run(FORGET_RAW, &args![before, limit]).await
    }
}
