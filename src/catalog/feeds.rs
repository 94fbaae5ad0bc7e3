//! What each creator keeps of its feed: version, next change by the clock, and counts that move with the videos.

use std::collections::BTreeMap;

use super::{
    Catalog, Tx,
    db::{Arg, Sql, args, statements},
    error::Result,
    rows::millis,
};
use crate::model::{CreatorId, Shelf, State, StateCounts, Timestamp, Video};

statements! {
    /// Creators whose feed the clock has changed by now.
    CHANGING = Sql::same(
        "SELECT id FROM creators WHERE feed_changes_at <= $1 ORDER BY feed_changes_at, id LIMIT $2");
    /// Takes videos whose window has ended off the shelf.
    HOLD_ENDED = Sql::same(
        "UPDATE videos
            SET held = TRUE
          WHERE creator_id = $1 AND state = 'waiting' AND NOT held AND ends_at IS NOT NULL AND ends_at <= $2");
    NEXT_START = Sql::same(
        "SELECT listed_from
           FROM videos
          WHERE creator_id = $1 AND state = 'waiting' AND NOT held AND listed_from > $2
          ORDER BY listed_from, id
          LIMIT 1");
    NEXT_END = Sql::same(
        "SELECT ends_at
           FROM videos
          WHERE creator_id = $1 AND state = 'waiting' AND NOT held AND ends_at IS NOT NULL AND ends_at > $2
          ORDER BY ends_at
          LIMIT 1");
    /// Locks the creator until the transaction ends, so that what is read next misses nobody's video.
    TURN = Sql::same(
        "UPDATE creators
            SET feed_version = feed_version + 1, feed_changed_at = $2
          WHERE id = $1");
    SET_NEXT = Sql::same("UPDATE creators SET feed_changes_at = $2 WHERE id = $1");
    /// What was imported since a moment: at most as many as the cap, so that a large creator costs no more.
    READY_SINCE = Sql::same(
        "SELECT CAST(COUNT(*) AS BIGINT)
           FROM (SELECT id FROM videos WHERE creator_id = $1 AND ready_at IS NOT NULL AND ready_at > $2 LIMIT $3) AS lately");
}

/// What a transaction did to the videos of each creator, gathered until the end so that every creator is touched once.
#[derive(Debug, Default)]
pub(super) struct Touched(BTreeMap<CreatorId, Touch>);

#[derive(Debug, Default)]
struct Touch {
    counts: StateCounts,
    moves: bool,
    changes_at: Option<Timestamp>,
}

#[serde_with::skip_serializing_none]
#[derive(serde::Serialize)]
struct TouchCells<'a> {
    id: &'a str,
    draft: i64,
    waiting: i64,
    pushing: i64,
    imported: i64,
    refused: i64,
    removed: i64,
    moves: i64,
    changes_at: Option<i64>,
}

impl Touched {
    /// Notes a video that went `from` one state (none: it is new) `to` another.
    pub(super) fn note(
        &mut self,
        creator: &CreatorId,
        from: Option<State>,
        to: State,
    ) -> &mut Self {
        let touch = self.0.entry(creator.clone()).or_default();
        if let Some(from) = from {
            touch.counts.add(from, -1);
        }
        touch.counts.add(to, 1);
        // Only what waits is listed, so nothing else can change a feed.
        touch.moves |= from == Some(State::Waiting) || to == State::Waiting;
        self
    }

    /// Notes the moments at which the clock will change where a video lies.
    pub(super) fn note_clock(&mut self, video: &Video, lies: Shelf, now: Timestamp) {
        let touch = self.0.entry(video.creator.clone()).or_default();
        let coming = [
            lies.listed_from,
            video
                .fields
                .ends_at
                .filter(|_end| lies.listed_from.is_some()),
        ];
        let next = coming.into_iter().flatten().filter(|moment| *moment > now);
        touch.changes_at = next.chain(touch.changes_at).min();
    }

    /// What was gathered, for the statement that writes it: a creator after the other in the order of ids.
    pub(super) fn rows(&self) -> Result<Arg> {
        let cells = self.0.iter().map(|(id, touch)| TouchCells {
            id: id.as_str(),
            draft: touch.counts.of(State::Draft),
            waiting: touch.counts.of(State::Waiting),
            pushing: touch.counts.of(State::Pushing),
            imported: touch.counts.of(State::Imported),
            refused: touch.counts.of(State::Refused),
            removed: touch.counts.of(State::Removed),
            moves: i64::from(touch.moves),
            changes_at: millis(touch.changes_at),
        });
        Arg::rows(&cells.collect::<Vec<_>>())
    }
}

impl Tx {
    /// Brings a creator's shelf to `now`: what has ended leaves it, the version moves, the next change is found.
    pub async fn turn_feed(&mut self, creator: &CreatorId, now: Timestamp) -> Result<()> {
        self.run(HOLD_ENDED, &args![creator, now]).await?;
        self.run(TURN, &args![creator, now]).await?;
        let start: Option<(i64,)> = self.maybe(NEXT_START, &args![creator, now]).await?;
        let end: Option<(i64,)> = self.maybe(NEXT_END, &args![creator, now]).await?;
        let next = [start, end]
            .into_iter()
            .flatten()
            .map(|(moment,)| moment)
            .min();
        self.run(SET_NEXT, &args![creator, next])
            .await
            .map(|_one| ())
    }
}

impl Catalog {
    /// Creators whose feed the clock has changed by `now`, those overdue longest first.
    pub async fn feeds_to_turn(&self, now: Timestamp, limit: i64) -> Result<Vec<CreatorId>> {
        let rows: Vec<(String,)> = self.db.all(CHANGING, &args![now, limit]).await?;
        rows.iter().map(|(id,)| super::rows::read(id)).collect()
    }

    /// How many of a creator's videos were first reported ready after `since`; counts no further than `cap`.
    pub async fn ready_since(
        &self,
        creator: &CreatorId,
        since: Timestamp,
        cap: i64,
    ) -> Result<i64> {
        let row: Option<(i64,)> = self
            .db
            .maybe(READY_SINCE, &args![creator, since, cap])
            .await?;
        Ok(row.map_or(0, |(count,)| count))
    }
}
