//! Creators, as operators keep them and as the user list names them.

use std::collections::BTreeSet;

use super::{
    Catalog, Tx,
    db::{Sql, args, statements},
    error::{Error, Result},
    rows::{read, text_list},
};
use crate::model::{Creator, CreatorId, FeedMode, State, StateCounts, Timestamp, searchable};

/// The columns of a [`CreatorRow`], in front of what selects the rows.
macro_rules! select_creators {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, dailymotion_id, username, link, status, adopted, mode, added_at, feed_version,
                feed_changed_at, videos_draft, videos_waiting, videos_pushing, videos_imported, videos_refused,
                videos_removed
           FROM creators
          ",
            $rest
        )
    };
}
pub(super) use select_creators;

statements! {
    FIND = Sql::same(select_creators!("WHERE id = $1"));
    /// The row stays as it is until the transaction ends.
    LOCK = Sql::each(select_creators!("WHERE id = $1"), select_creators!("WHERE id = $1 FOR UPDATE"));
    LIST = Sql::same(select_creators!("WHERE id > $1 ORDER BY id LIMIT $2"));
    KNOWN = Sql::each(
        "SELECT id FROM creators WHERE id IN (SELECT value FROM json_each($1))",
        "SELECT id FROM creators WHERE id IN (SELECT jsonb_array_elements_text(CAST($1 AS JSONB)))");
    TOTALS = Sql::same(
        "SELECT CAST(COUNT(*) AS BIGINT),
                CAST(COALESCE(SUM(videos_draft), 0) AS BIGINT), CAST(COALESCE(SUM(videos_waiting), 0) AS BIGINT),
                CAST(COALESCE(SUM(videos_pushing), 0) AS BIGINT), CAST(COALESCE(SUM(videos_imported), 0) AS BIGINT),
                CAST(COALESCE(SUM(videos_refused), 0) AS BIGINT), CAST(COALESCE(SUM(videos_removed), 0) AS BIGINT)
           FROM creators");
    ADD = Sql::same(
        "INSERT INTO creators (id, name, dailymotion_id, username, link, status, adopted, mode, announced, added_at,
                feed_version, feed_changed_at, words)
         VALUES ($1, $2, $3, $4, $5, 'active', $6, $7, $8, $9, 1, $9, $10)
             ON CONFLICT (id) DO NOTHING");
    CHANGE = Sql::same(
        "UPDATE creators
            SET name = $2, dailymotion_id = $3, username = $4, link = $5, status = $6, adopted = $7, mode = $8,
                feed_version = feed_version + 1, feed_changed_at = $9, words = $10,
                status_changed_at = CASE WHEN status = $6 THEN status_changed_at ELSE $9 END
          WHERE id = $1");
    STATUS_CHANGED = Sql::same(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM creators WHERE id = $1 AND status_changed_at > $2");
    /// Entries of the user list, in its order.
    LISTED = Sql::same(
        "SELECT id, name, dailymotion_id, username
           FROM creators
          WHERE id > $1 AND status = 'active' AND (adopted OR NOT $2)
          ORDER BY id
          LIMIT $3");
    /// How many entries the last list served had, how many of them the next one would lose, and how many it would gain.
    ANNOUNCED = Sql::same(
        "SELECT CAST(COUNT(CASE WHEN announced THEN 1 END) AS BIGINT),
                CAST(COUNT(CASE WHEN announced AND NOT (status = 'active' AND (adopted OR NOT $1)) THEN 1 END) AS BIGINT),
                CAST(COUNT(CASE WHEN NOT announced AND status = 'active' AND (adopted OR NOT $1) THEN 1 END) AS BIGINT)
           FROM creators");
    ANNOUNCE = Sql::same(
        "UPDATE creators
            SET announced = (status = 'active' AND (adopted OR NOT $1))
          WHERE announced <> (status = 'active' AND (adopted OR NOT $1))");
}

/// A creator to be added.
#[derive(Clone, Debug)]
pub struct NewCreator {
    pub id: CreatorId,
    pub name: String,
    pub dailymotion_id: Option<String>,
    pub username: Option<String>,
    pub link: Option<String>,
    pub adopted: bool,
    /// What the feed lists.
    pub mode: FeedMode,
}

/// An entry of the user list.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ListedCreator {
    pub id: String,
    pub name: String,
    pub dailymotion_id: Option<String>,
    pub username: Option<String>,
}

/// How the next user list compares with the last one served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announced {
    /// Entries of the last list.
    pub entries: i64,
    /// Those of them that the next one would not have.
    pub lost: i64,
    /// Entries that only the next one has.
    pub gained: i64,
}

#[derive(sqlx::FromRow)]
pub(super) struct CreatorRow {
    id: String,
    name: String,
    dailymotion_id: Option<String>,
    username: Option<String>,
    link: Option<String>,
    status: String,
    adopted: bool,
    mode: String,
    added_at: i64,
    feed_version: i64,
    feed_changed_at: i64,
    videos_draft: i64,
    videos_waiting: i64,
    videos_pushing: i64,
    videos_imported: i64,
    videos_refused: i64,
    videos_removed: i64,
}

impl TryFrom<CreatorRow> for Creator {
    type Error = Error;

    fn try_from(row: CreatorRow) -> Result<Self> {
        let counts = [
            row.videos_draft,
            row.videos_waiting,
            row.videos_pushing,
            row.videos_imported,
            row.videos_refused,
            row.videos_removed,
        ];
        Ok(Self {
            id: read(&row.id)?,
            name: row.name,
            dailymotion_id: row.dailymotion_id,
            username: row.username,
            link: row.link,
            status: read(&row.status)?,
            adopted: row.adopted,
            mode: read::<FeedMode>(&row.mode)?,
            added_at: Timestamp::from_millis(row.added_at),
            counts: state_counts(counts),
            feed_version: row.feed_version,
            feed_changed_at: Timestamp::from_millis(row.feed_changed_at),
        })
    }
}

pub(super) fn state_counts(numbers: [i64; 6]) -> StateCounts {
    let mut counts = StateCounts::default();
    for (state, number) in State::ALL.into_iter().zip(numbers) {
        counts.add(state, number);
    }
    counts
}

impl Catalog {
    /// The creator of that id.
    pub async fn find_creator(&self, id: &CreatorId) -> Result<Option<Creator>> {
        self.db
            .maybe::<CreatorRow>(FIND, &args![id])
            .await?
            .map(Creator::try_from)
            .transpose()
    }

    /// Those of these ids that are creators' ones.
    pub async fn known_creators(&self, ids: &BTreeSet<CreatorId>) -> Result<BTreeSet<CreatorId>> {
        let ids = text_list(ids, CreatorId::as_str)?;
        let rows: Vec<(String,)> = self.db.all(KNOWN, &[ids]).await?;
        rows.iter().map(|(id,)| read(id)).collect()
    }

    /// Creators in the order of their ids, at most `limit`, behind `after`.
    pub async fn list_creators(
        &self,
        after: Option<&CreatorId>,
        limit: i64,
    ) -> Result<Vec<Creator>> {
        let after = after.map_or("", CreatorId::as_str);
        let rows: Vec<CreatorRow> = self.db.all(LIST, &args![after, limit]).await?;
        self.db
            .guard
            .goes_on(after, rows.iter().map(|row| row.id.as_str()))?;
        rows.into_iter().map(Creator::try_from).collect()
    }

    /// How many creators there are, and how many videos in each state.
    pub async fn totals(&self) -> Result<(i64, StateCounts)> {
        let row: Option<(i64, i64, i64, i64, i64, i64, i64)> =
            self.db.maybe(TOTALS, &args![]).await?;
        let (creators, draft, waiting, pushing, imported, refused, removed) =
            row.unwrap_or_default();
        Ok((
            creators,
            state_counts([draft, waiting, pushing, imported, refused, removed]),
        ))
    }

    /// Entries of the user list in its order, at most `limit`, behind `after`.
    pub async fn listed_creators(
        &self,
        after: &str,
        adopted_only: bool,
        limit: i64,
    ) -> Result<Vec<ListedCreator>> {
        let args = args![after, adopted_only, limit];
        let listed: Vec<ListedCreator> = self.db.all(LISTED, &args).await?;
        let ids = listed.iter().map(|creator| creator.id.as_str());
        self.db.guard.goes_on(after, ids)?;
        Ok(listed)
    }

    /// How the next user list compares with the last one served.
    pub async fn announced(&self, adopted_only: bool) -> Result<Announced> {
        let row: Option<(i64, i64, i64)> = self.db.maybe(ANNOUNCED, &args![adopted_only]).await?;
        let (entries, lost, gained) = row.unwrap_or_default();
        Ok(Announced {
            entries,
            lost,
            gained,
        })
    }
}

impl Tx {
    /// The creator of that id; nobody else changes it before this transaction ends.
    pub async fn own_creator(&mut self, id: &CreatorId) -> Result<Option<Creator>> {
        self.maybe::<CreatorRow>(LOCK, &args![id])
            .await?
            .map(Creator::try_from)
            .transpose()
    }

    /// Whether a creator's status changed after a moment.
    pub async fn has_status_changed_since(
        &mut self,
        id: &CreatorId,
        moment: Timestamp,
    ) -> Result<bool> {
        let row: Option<(i64,)> = self.maybe(STATUS_CHANGED, &args![id, moment]).await?;
        Ok(row.is_some_and(|(changed,)| changed > 0))
    }

    /// Adds a creator; answers false when the id is taken.
    pub async fn add_creator(&mut self, new: &NewCreator, now: Timestamp) -> Result<bool> {
        let NewCreator {
            id,
            name,
            dailymotion_id,
            username,
            link,
            adopted,
            mode,
        } = new.clone();
        let words = searchable(Some(&name), id.as_str());
        let added = self
            .run(
                ADD,
                &args![
                    &id,
                    name,
                    dailymotion_id,
                    username,
                    link,
                    adopted,
                    mode.as_str(),
                    false,
                    now,
                    words
                ],
            )
            .await?;
        self.move_user_list().await?;
        Ok(added > 0)
    }

    /// Stores what an operator says of a creator. Its feed and the user list count as changed.
    pub async fn set_creator(&mut self, creator: &Creator, now: Timestamp) -> Result<()> {
        let Creator {
            id,
            name,
            dailymotion_id,
            username,
            link,
            status,
            adopted,
            mode,
            ..
        } = creator.clone();
        let words = searchable(Some(&name), id.as_str());
        self.run(
            CHANGE,
            &args![
                &id,
                name,
                dailymotion_id,
                username,
                link,
                status.as_str(),
                adopted,
                mode.as_str(),
                now,
                words
            ],
        )
        .await?;
        self.move_user_list().await
    }

    /// Remembers the entries of the user list as those that Dailymotion was told.
    pub async fn announce(&mut self, adopted_only: bool) -> Result<()> {
        self.run(ANNOUNCE, &args![adopted_only])
            .await
            .map(|_changed| ())
    }
}
