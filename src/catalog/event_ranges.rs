//! Kept events of a span of time, of one guid, of one outcome: counted, listed, and walked in the order in which they came.

use super::{
    Catalog, Tx,
    db::{Arg, Sql, args, statements},
    error::Result,
    events::{EventRow, FiledEvent, digest, event_columns},
    rows::{read, text_list},
};
use crate::model::{Digest, Guid, Outcome, Timestamp, Vocabulary};

macro_rules! count_events {
    ($which:literal) => {
        Sql::same(concat!(
            "SELECT CAST(COUNT(*) AS BIGINT) FROM events WHERE received_at >= $1 AND received_at <= $2", $which))
    };
}
macro_rules! newest_events {
    ($which:literal) => {
        Sql::same(concat!(
            "SELECT ",
            event_columns!(),
            " FROM events WHERE (received_at, digest) < ($2, $4) AND received_at >= $1",
            $which,
            " ORDER BY received_at DESC, digest DESC LIMIT $3"
        ))
    };
}
macro_rules! walk_events {
    ($which:literal) => {
        Sql::same(concat!(
            "SELECT ",
            event_columns!(),
            " FROM events WHERE (received_at, digest) > ($1, $4) AND received_at <= $2",
            $which,
            " ORDER BY received_at, digest LIMIT $3"
        ))
    };
}

statements! {
    COUNT = count_events!("");
    COUNT_READY = count_events!(" AND outcome = $3");
    /// Here and below, what did not succeed, from an index of its own. SQLite takes a partial index only where a statement
    /// repeats its condition word by word.
    COUNT_UNREADY = count_events!(" AND outcome <> 'ready' AND outcome = $3");
    COUNT_OF_GUID = count_events!(" AND guid = $3");
    COUNT_OF_GUID_IN_OUTCOME = count_events!(" AND guid = $4 AND outcome = $3");
    NEWEST = newest_events!("");
    NEWEST_READY = newest_events!(" AND outcome = $5");
    NEWEST_UNREADY = newest_events!(" AND outcome <> 'ready' AND outcome = $5");
    NEWEST_OF_GUID = newest_events!(" AND guid = $5");
    NEWEST_OF_GUID_IN_OUTCOME = newest_events!(" AND guid = $6 AND outcome = $5");
    NEWEST_ANY_TROUBLE = newest_events!(" AND outcome NOT IN ('ready', 'progress')");
    NEWEST_ALARMING = newest_events!(" AND alarm IS NOT NULL");
    WALK = walk_events!("");
    WALK_READY = walk_events!(" AND outcome = $5");
    WALK_UNREADY = walk_events!(" AND outcome <> 'ready' AND outcome = $5");
    WALK_OF_GUID = walk_events!(" AND guid = $5");
    WALK_OF_GUID_IN_OUTCOME = walk_events!(" AND guid = $6 AND outcome = $5");
    WALK_ANY_TROUBLE = walk_events!(" AND outcome NOT IN ('ready', 'progress')");
    WALK_ALARMING = walk_events!(" AND alarm IS NOT NULL");
    /// Guid by guid from their index, however many events there are.
    OF_GUIDS = Sql::each(
        concat!(
            "SELECT ", event_columns!(), " FROM events
              WHERE guid IN (SELECT value FROM json_each($1))
              ORDER BY guid, received_at, digest"),
        concat!(
            "SELECT ", event_columns!(), "
               FROM (SELECT DISTINCT jsonb_array_elements_text(CAST($1 AS jsonb)) AS asked) AS listed
              CROSS JOIN LATERAL (
                SELECT ", event_columns!(), " FROM events WHERE guid = asked ORDER BY received_at, digest OFFSET 0) AS found
              ORDER BY guid, received_at, digest"));
    FILINGS = Sql::each(
        "SELECT digest, outcome, epoch FROM events WHERE digest IN (SELECT unhex(value) FROM json_each($1))",
        "SELECT digest, outcome, epoch FROM events
          WHERE digest IN (SELECT decode(hex, 'hex') FROM jsonb_array_elements_text(CAST($1 AS jsonb)) AS listed (hex))");
}

/// Which events are meant; what is absent does not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventRange {
    /// Received at this moment or later.
    pub since: Option<Timestamp>,
    /// Received at this moment or earlier.
    pub until: Option<Timestamp>,
    pub guid: Option<String>,
    pub outcome: Option<Outcome>,
}

/// What a list of events leaves out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EventKind {
    /// Nothing.
    #[default]
    Any,
    /// Success and progress. What the range says of guid and outcome does not count.
    Troubled,
    /// Everything that nobody has to look at; the same.
    Alarming,
}

/// The order of a list of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EventOrder {
    /// As they came.
    #[default]
    Oldest,
    Newest,
}

impl Vocabulary for EventOrder {
    fn all() -> Vec<Self> {
        vec![Self::Oldest, Self::Newest]
    }

    fn word(self) -> &'static str {
        match self {
            Self::Oldest => "oldest",
            Self::Newest => "newest",
        }
    }
}

/// How an event is filed at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filing {
    pub outcome: Outcome,
    /// The retry epoch in which it was first applied; none for what was not applied.
    pub epoch: Option<i64>,
}

/// Greater than every digest.
const BEHIND_ALL: [u8; 33] = [u8::MAX; 33];

/// The statements of lists in this order: those of a range, what is troubled, what is alarming.
fn listed(order: EventOrder) -> (Forms, Sql, Sql) {
    match order {
        EventOrder::Oldest => {
            let forms = [
                WALK,
                WALK_READY,
                WALK_UNREADY,
                WALK_OF_GUID,
                WALK_OF_GUID_IN_OUTCOME,
            ];
            (forms, WALK_ANY_TROUBLE, WALK_ALARMING)
        }
        EventOrder::Newest => {
            let forms = [
                NEWEST,
                NEWEST_READY,
                NEWEST_UNREADY,
                NEWEST_OF_GUID,
                NEWEST_OF_GUID_IN_OUTCOME,
            ];
            (forms, NEWEST_ANY_TROUBLE, NEWEST_ALARMING)
        }
    }
}

/// Statements for the same range: the whole of it, one outcome (success, any other), one guid, both.
type Forms = [Sql; 5];

impl EventRange {
    /// The statement that fits this range, and all its arguments: these first ones, then what narrows.
    fn form(&self, forms: Forms, mut args: Vec<Arg>) -> (Sql, Vec<Arg>) {
        let [all, ready, other, of_guid, both] = forms;
        let sql = match (&self.guid, self.outcome) {
            (None, None) => all,
            (None, Some(Outcome::Ready)) => ready,
            (None, Some(_other)) => other,
            (Some(_guid), None) => of_guid,
            (Some(_guid), Some(_outcome)) => both,
        };
        args.extend(self.outcome.map(|outcome| Arg::from(outcome.as_str())));
        args.extend(self.guid.as_deref().map(Arg::from));
        (sql, args)
    }

    fn bounds(&self) -> [Arg; 2] {
        let since = self.since.map_or(i64::MIN, Timestamp::as_millis);
        let until = self.until.map_or(i64::MAX, Timestamp::as_millis);
        args![since, until]
    }
}

impl Catalog {
    /// How many events are in the range.
    pub async fn count_events(&self, range: &EventRange) -> Result<i64> {
        let forms = [
            COUNT,
            COUNT_READY,
            COUNT_UNREADY,
            COUNT_OF_GUID,
            COUNT_OF_GUID_IN_OUTCOME,
        ];
        let (sql, args) = range.form(forms, range.bounds().to_vec());
        let row: Option<(i64,)> = self.db.maybe(sql, &args).await?;
        Ok(row.map_or(0, |(count,)| count))
    }

    /// The newest events of the range, newest first.
    pub async fn newest_in(&self, range: &EventRange, limit: i64) -> Result<Vec<FiledEvent>> {
        let order = EventOrder::Newest;
        self.list_events(range, EventKind::Any, order, None, limit)
            .await
    }

    /// Events of the range in the order in which they came, at most `limit`, behind `after`.
    pub async fn walk_events(
        &self,
        range: &EventRange,
        after: Option<(Timestamp, Digest)>,
        limit: i64,
    ) -> Result<Vec<FiledEvent>> {
        let order = EventOrder::Oldest;
        self.list_events(range, EventKind::Any, order, after, limit)
            .await
    }

    /// Events of the range and kind in an order, at most `limit`, behind the event at this place.
    pub async fn list_events(
        &self,
        range: &EventRange,
        kind: EventKind,
        order: EventOrder,
        behind: Option<(Timestamp, Digest)>,
        limit: i64,
    ) -> Result<Vec<FiledEvent>> {
        let [mut since, mut until] = range.bounds();
        let (begin, before_all) = match order {
            EventOrder::Oldest => (&mut since, Vec::new()),
            EventOrder::Newest => (&mut until, BEHIND_ALL.to_vec()),
        };
        let last = behind.map_or(before_all, |(at, last)| {
            *begin = at.into();
            last.as_bytes().to_vec()
        });
        let args = vec![since, until, limit.into(), last.into()];
        let (forms, troubled, alarming) = listed(order);
        let (sql, args) = match kind {
            EventKind::Any => range.form(forms, args),
            EventKind::Troubled => (troubled, args),
            EventKind::Alarming => (alarming, args),
        };
        let rows: Vec<EventRow> = self.db.all(sql, &args).await?;
        if let (EventOrder::Oldest, Some((at, last))) = (order, &behind) {
            let places = rows.iter().map(EventRow::place);
            let behind = (*at, last.as_bytes());
            self.db.guard.goes_on(behind, places)?;
        }
        rows.into_iter().map(FiledEvent::try_from).collect()
    }

    /// All events about these guids, guid by guid, oldest first.
    pub async fn events_of(&self, guids: &[Guid]) -> Result<Vec<FiledEvent>> {
        let guids = text_list(guids, Guid::as_str)?;
        let rows: Vec<EventRow> = self.db.all(OF_GUIDS, &[guids]).await?;
        rows.into_iter().map(FiledEvent::try_from).collect()
    }
}

impl Tx {
    /// How these events are filed, as this transaction sees them.
    pub async fn filings(&mut self, digests: &[Digest]) -> Result<Vec<(Digest, Filing)>> {
        let hex = digests.iter().map(ToString::to_string).collect::<Vec<_>>();
        let rows: Vec<(Vec<u8>, String, Option<i64>)> = self
            .all(FILINGS, &[text_list(&hex, String::as_str)?])
            .await?;
        let filing = |(bytes, outcome, epoch): (Vec<u8>, String, Option<i64>)| {
            let outcome = read(&outcome)?;
            Ok((digest(bytes)?, Filing { outcome, epoch }))
        };
        rows.into_iter().map(filing).collect()
    }
}
