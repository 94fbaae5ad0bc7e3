//! Kept events page by page, newest first: all of them, or those that somebody has to look at for one cause.

use super::{
    Catalog,
    db::{Sql, args, statements},
    error::Result,
    events::{EventRow, FiledEvent, event_columns},
};
use crate::model::{Digest, Timestamp};

/// A page in front of a place.
macro_rules! page {
    ($which:literal) => {
        Sql::same(concat!(
            "SELECT ",
            event_columns!(),
            " FROM events WHERE ",
            $which,
            "(received_at, digest) < ($1, $2) ORDER BY received_at DESC, digest DESC LIMIT $3"
        ))
    };
}

statements! {
    ALL = page!("");
    ORPHANS = page!("outcome <> 'ready' AND outcome = 'orphan' AND ");
    MALFORMED = page!("outcome <> 'ready' AND outcome = 'malformed' AND ");
    CONFLICTS = page!("alarm = 'conflict' AND ");
    ALARMING = page!("alarm IS NOT NULL AND ");
}

/// A part of the inbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InboxPart {
    #[default]
    All,
    /// No video has their guid.
    Orphans,
    /// They are no events.
    Malformed,
    /// They brought a second remote id.
    Conflicts,
    /// Whatever raised an alarm.
    Alarming,
}

impl InboxPart {
    /// Every part, in the order of tabs.
    pub const EVERY: [Self; 5] = [
        Self::All,
        Self::Orphans,
        Self::Malformed,
        Self::Conflicts,
        Self::Alarming,
    ];
}

impl Catalog {
    /// Events of a part of the inbox, newest first, at most `limit`, older than the one at `before`.
    pub async fn inbox_page(
        &self,
        part: InboxPart,
        before: Option<(Timestamp, Digest)>,
        limit: i64,
    ) -> Result<Vec<FiledEvent>> {
        let sql = match part {
            InboxPart::All => ALL,
            InboxPart::Orphans => ORPHANS,
            InboxPart::Malformed => MALFORMED,
            InboxPart::Conflicts => CONFLICTS,
            InboxPart::Alarming => ALARMING,
        };
        let (at, last) = before.map_or((i64::MAX, Vec::new()), |(at, last)| {
            (at.as_millis(), last.as_bytes().to_vec())
        });
        let rows: Vec<EventRow> = self.db.all(sql, &args![at, last, limit]).await?;
        rows.into_iter().map(FiledEvent::try_from).collect()
    }
}
