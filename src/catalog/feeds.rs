//! Feeds that the clock or the settings change: what leaves the shelf or comes back onto it, and when that is next.

use super::{
    Catalog, Tx,
    db::{Sql, args, statements},
    error::Result,
    rows::read,
};
use crate::model::{CreatorId, Cursor, FeedMode, FeedPolicy, Needs, PageQuery, Timestamp};

/// A change of videos that match. Postgres locks them in the order of ids first, as everything that locks videos does.
macro_rules! update_in_order {
    ($index:literal, $change:literal, $matches:literal) => {
        Sql::each(
            concat!(
                "UPDATE videos ",
                $index,
                " SET ",
                $change,
                " WHERE ",
                $matches
            ),
            concat!(
                "UPDATE videos SET ",
                $change,
                " WHERE id IN (SELECT id FROM videos WHERE ",
                $matches,
                " ORDER BY id FOR UPDATE)"
            ),
        )
    };
}

/// A statement about what lies on a creator's shelf. SQLite is told its index: another one holds what is held, too.
macro_rules! on_shelf {
    ($before:literal, $behind:literal) => {
        Sql::each(
            concat!($before, " INDEXED BY videos_shelf", $behind),
            concat!($before, $behind),
        )
    };
}

statements! {
    /// Creators whose feed the clock has changed by now.
    CHANGING = Sql::same(
        "SELECT id FROM creators WHERE feed_changes_at <= $1 ORDER BY feed_changes_at, id LIMIT $2");
    /// Takes videos whose window has ended off the shelf.
    HOLD_ENDED = update_in_order!("", "held = TRUE",
        "creator_id = $1 AND state = 'waiting' AND NOT held AND ends_at IS NOT NULL AND ends_at <= $2");
    HOLD_ENDED_RELISTED = update_in_order!("", "held = TRUE",
        "creator_id = $1 AND state = 'imported' AND NOT held AND ends_at IS NOT NULL AND ends_at <= $2");
    NEXT_START = on_shelf!(
        "SELECT listed_from
           FROM videos",
        "
          WHERE creator_id = $1 AND state = 'waiting' AND NOT held AND listed_from > $2
          ORDER BY listed_from, id
          LIMIT 1");
    /// The first imported video that is worth listing again since later than a moment.
    NEXT_RELISTED = Sql::same(
        "SELECT relisted_from
           FROM videos
          WHERE creator_id = $1 AND state = 'imported' AND NOT held AND relisted_from > $2
          ORDER BY relisted_from, id
          LIMIT 1");
    NEXT_END = Sql::same(
        "SELECT ends_at
           FROM videos
          WHERE creator_id = $1 AND state = 'waiting' AND NOT held AND ends_at IS NOT NULL AND ends_at > $2
          ORDER BY ends_at
          LIMIT 1");
    NEXT_END_RELISTED = Sql::same(
        "SELECT ends_at
           FROM videos
          WHERE creator_id = $1 AND state = 'imported' AND NOT held AND ends_at IS NOT NULL AND ends_at > $2
          ORDER BY ends_at
          LIMIT 1");
    /// Locks the creator until the transaction ends, so that what is read next misses nobody's video.
    TURN = Sql::same(
        "UPDATE creators
            SET feed_version = feed_version + 1, feed_changed_at = $2
          WHERE id = $1");
    MODE = Sql::same("SELECT mode FROM creators WHERE id = $1");
    SET_NEXT = Sql::same("UPDATE creators SET feed_changes_at = $2 WHERE id = $1");
    /// Makes every feed that lists imported videos one that the clock has changed.
    RELISTING_CHANGED = Sql::same("UPDATE creators SET feed_changes_at = $1 WHERE mode <> 'drain'");
    /// Gives imported videos of an older program, which kept no place for them, the one of `model::Shelf`.
    PLACE_RELISTED = update_in_order!("",
        "relisted_from = CASE WHEN starts_at > content_at AND starts_at > ready_at THEN starts_at ELSE content_at END,
         needs = needs & $2, held = broken IS NOT NULL",
        "creator_id = $1 AND state = 'imported' AND relisted_from IS NULL");
    /// The last of the next few imported videos that say something a feed must be able to express.
    RELISTED_NEEDING = Sql::each(
        "SELECT MAX(id)
           FROM (SELECT id FROM videos INDEXED BY videos_relisted_needing
                  WHERE state = 'imported' AND needs > 0 AND id > $1 ORDER BY id LIMIT $2) AS few",
        "SELECT MAX(id)
           FROM (SELECT id FROM videos WHERE state = 'imported' AND needs > 0 AND id > $1 ORDER BY id LIMIT $2) AS few");
    /// Holds or lets go those of them whom a policy with these unmet needs moves.
    HOLD_NEEDING = update_in_order!("INDEXED BY videos_relisted_needing", "held = NOT held",
        "state = 'imported' AND needs > 0 AND id > $1 AND id <= $2
         AND held <> (broken IS NOT NULL OR (needs & $3) <> 0 OR (ends_at IS NOT NULL AND ends_at <= $4))");
    /// Listed waiting videos up to a place: at most as many as the cap.
    WAITING_BEFORE = on_shelf!(
        "SELECT CAST(COUNT(*) AS BIGINT)
           FROM (SELECT id
                   FROM videos",
        "
                  WHERE creator_id = $1 AND state = 'waiting' AND NOT held
                    AND listed_from <= $2 AND (listed_from, id) <= ($3, $4)
                    AND (ends_at IS NULL OR ends_at > $2)
                    AND (needs & $5) = 0
                  LIMIT $6) AS before");
    /// What was imported since a moment: at most as many as the cap, so that a large creator costs no more.
    READY_SINCE = Sql::same(
        "SELECT CAST(COUNT(*) AS BIGINT)
           FROM (SELECT id FROM videos WHERE creator_id = $1 AND ready_at IS NOT NULL AND ready_at > $2 LIMIT $3) AS lately");
}

impl Tx {
    /// Brings a creator's shelf to `now`: what has ended leaves it, the version moves, the next change is found.
    pub async fn turn_feed(&mut self, creator: &CreatorId, now: Timestamp) -> Result<()> {
        self.hold_ended(creator, now).await?;
        self.run(TURN, &args![creator, now]).await?;
        let mode: Option<(String,)> = self.maybe(MODE, &args![creator]).await?;
        let mode = mode.map_or(Ok(FeedMode::Drain), |(mode,)| read(&mode))?;
        let mut next = vec![
            self.moment(NEXT_START, creator, now).await?,
            self.moment(NEXT_END, creator, now).await?,
        ];
        if mode.relists() {
            next.push(self.moment(NEXT_RELISTED, creator, now).await?);
            next.push(self.moment(NEXT_END_RELISTED, creator, now).await?);
        }
        if mode == FeedMode::Delta {
            let window = self.feed_policy().await?.delta_window;
            let oldest = self
                .moment(NEXT_RELISTED, creator, now.before(window))
                .await?;
            next.push(oldest.map(|oldest| oldest.after(window)));
        }
        let next = next.into_iter().flatten().min();
        match self.run(SET_NEXT, &args![creator, next]).await? {
            // An index names a creator that there is not, and would name it again.
            0 => Err(self.guard.disordered()),
            _one => Ok(()),
        }
    }

    async fn hold_ended(&mut self, creator: &CreatorId, now: Timestamp) -> Result<()> {
        self.run(HOLD_ENDED, &args![creator, now]).await?;
        self.run(HOLD_ENDED_RELISTED, &args![creator, now])
            .await
            .map(|_held| ())
    }

    async fn moment(
        &mut self,
        asked: Sql,
        creator: &CreatorId,
        after: Timestamp,
    ) -> Result<Option<Timestamp>> {
        let found: Option<(i64,)> = self.maybe(asked, &args![creator, after]).await?;
        Ok(found.map(|(millis,)| Timestamp::from_millis(millis)))
    }

    /// Gives every imported video of a creator its place, for a feed that is to list them. Must come before the creator
    /// is changed in the same transaction, as callbacks touch videos first too; [`Self::turn_feed`] must come after it.
    pub async fn prepare_to_relist(&mut self, creator: &CreatorId, now: Timestamp) -> Result<()> {
        let kept = !Needs::NEVER.bits();
        self.run(PLACE_RELISTED, &args![creator, kept]).await?;
        self.hold_ended(creator, now).await
    }

    /// Makes every feed that lists imported videos one that the clock has changed by `now`.
    pub async fn relisting_changed(&mut self, now: Timestamp) -> Result<()> {
        self.run(RELISTING_CHANGED, &args![now])
            .await
            .map(|_changed| ())
    }

    /// Holds or lets go the next few imported videos with needs, at most `limit` behind `after`, where the policy moves
    /// them; answers the last one, if there was any.
    pub async fn hold_relisted(
        &mut self,
        after: &str,
        limit: i64,
        policy: FeedPolicy,
        now: Timestamp,
    ) -> Result<Option<String>> {
        let last: Option<(Option<String>,)> =
            self.maybe(RELISTED_NEEDING, &args![after, limit]).await?;
        let Some(last) = last.and_then(|(last,)| last) else {
            return Ok(None);
        };
        let unmet = !policy.met.bits();
        self.run(HOLD_NEEDING, &args![after, last.as_str(), unmet, now])
            .await?;
        Ok(Some(last))
    }
}

impl Catalog {
    /// Creators whose feed the clock has changed by `now`, those overdue longest first.
    pub async fn feeds_to_turn(&self, now: Timestamp, limit: i64) -> Result<Vec<CreatorId>> {
        let rows: Vec<(String,)> = self.db.all(CHANGING, &args![now, limit]).await?;
        rows.iter().map(|(id,)| read(id)).collect()
    }

    /// How many waiting videos the feed of this query lists up to a place among them; counts no further than `cap`.
    pub async fn waiting_before(&self, query: &PageQuery, place: &Cursor, cap: i64) -> Result<i64> {
        let args = args![
            &query.creator,
            query.now,
            place.listed_from,
            place.id.as_str(),
            !query.met.bits(),
            cap
        ];
        let row: Option<(i64,)> = self.db.maybe(WAITING_BEFORE, &args).await?;
        Ok(row.map_or(0, |(count,)| count))
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
