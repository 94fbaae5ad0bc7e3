//! How often crawlers come, creator by creator.

use super::{
    Catalog, Tx,
    db::{Arg, Sql, args, statements},
    error::{Error, Result},
    rows::{moment, read, text_list},
};
use crate::model::{CreatorId, CreatorStatus, Rhythm, Timestamp};

statements! {
    FIND = Sql::same("SELECT creator_id, last_at, counted_at, usual, pauses FROM rhythms WHERE creator_id = $1");
    /// The rows stay locked until the transaction ends, taken in the order of ids.
    OF = Sql::each(
        "SELECT creator_id, last_at, counted_at, usual, pauses
           FROM rhythms
          WHERE creator_id IN (SELECT value FROM json_each($1))",
        "SELECT creator_id, last_at, counted_at, usual, pauses
           FROM rhythms
          WHERE creator_id IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb)))
          ORDER BY creator_id
            FOR UPDATE");
    PUT = Sql::each(include_str!("sql/put_rhythms.sqlite.sql"), include_str!("sql/put_rhythms.postgres.sql"));
    /// Creators in the order of their ids, with their rhythms where there is one.
    PAGE = Sql::same(
        "SELECT creators.id, creators.status, last_at, counted_at, usual, pauses
           FROM creators
           LEFT JOIN rhythms ON rhythms.creator_id = creators.id
          WHERE creators.id > $1
          ORDER BY creators.id
          LIMIT $2");
    SILENT = Sql::same(
        "SELECT rhythms.creator_id, last_at, counted_at, usual, pauses
           FROM rhythms
           JOIN creators ON creators.id = rhythms.creator_id
          WHERE silent_at IS NOT NULL AND silent_at <= $1 AND creators.status = 'active'
          ORDER BY silent_at
          LIMIT $2");
}

/// Stands for all creators and the user list together.
const ALL: &str = "";

#[derive(sqlx::FromRow)]
struct RhythmRow {
    creator_id: String,
    last_at: i64,
    counted_at: i64,
    usual: i64,
    pauses: i64,
}

#[serde_with::skip_serializing_none]
#[derive(serde::Serialize)]
struct RhythmCells<'a> {
    creator_id: &'a str,
    last_at: i64,
    counted_at: i64,
    usual: i64,
    pauses: i64,
    silent_at: Option<i64>,
}

impl RhythmRow {
    fn rhythm(&self) -> Rhythm {
        Rhythm {
            last_at: Timestamp::from_millis(self.last_at),
            counted_at: Timestamp::from_millis(self.counted_at),
            usual: self.usual,
            pauses: self.pauses,
        }
    }
}

#[derive(sqlx::FromRow)]
struct CrawledRow {
    id: String,
    status: String,
    last_at: Option<i64>,
    counted_at: Option<i64>,
    usual: Option<i64>,
    pauses: Option<i64>,
}

/// A creator, and how often crawlers ask for their feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrawledCreator {
    pub id: CreatorId,
    pub status: CreatorStatus,
    /// None before the first visit.
    pub rhythm: Option<Rhythm>,
}

impl TryFrom<CrawledRow> for CrawledCreator {
    type Error = Error;

    fn try_from(row: CrawledRow) -> Result<Self> {
        let rhythm = || {
            Some(Rhythm {
                last_at: moment(row.last_at)?,
                counted_at: moment(row.counted_at)?,
                usual: row.usual?,
                pauses: row.pauses?,
            })
        };
        Ok(Self {
            id: read(&row.id)?,
            status: read(&row.status)?,
            rhythm: rhythm(),
        })
    }
}

/// The key of a row.
fn key(creator: Option<&CreatorId>) -> &str {
    creator.map_or(ALL, CreatorId::as_str)
}

impl Catalog {
    /// How often crawlers ask for anything; none before the first of them.
    pub async fn crawler_rhythm(&self) -> Result<Option<Rhythm>> {
        let row: Option<RhythmRow> = self.db.maybe(FIND, &args![ALL]).await?;
        Ok(row.map(|row| row.rhythm()))
    }

    /// Creators in the order of their ids with how often crawlers come for them, at most `limit`, behind `after`.
    pub async fn crawled_creators(
        &self,
        after: Option<&CreatorId>,
        limit: i64,
    ) -> Result<Vec<CrawledCreator>> {
        let rows: Vec<CrawledRow> = self.db.all(PAGE, &args![key(after), limit]).await?;
        rows.into_iter().map(CrawledCreator::try_from).collect()
    }

    /// How often crawlers ask for a creator's feed; none before the first of them.
    pub async fn feed_rhythm(&self, creator: &CreatorId) -> Result<Option<Rhythm>> {
        let row: Option<RhythmRow> = self.db.maybe(FIND, &args![creator]).await?;
        Ok(row.map(|row| row.rhythm()))
    }

    /// Active creators for whose feed nobody has asked for longer than usual, the longest silent first, at most `limit`.
    pub async fn silent_creators(
        &self,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<(CreatorId, Rhythm)>> {
        let rows: Vec<RhythmRow> = self.db.all(SILENT, &args![now, limit]).await?;
        rows.iter()
            .map(|row| Ok((read(&row.creator_id)?, row.rhythm())))
            .collect()
    }
}

impl Tx {
    /// The rhythms of these creators, none standing for all of them; nobody else changes them before this transaction ends.
    pub async fn rhythms_of(
        &mut self,
        creators: &[Option<CreatorId>],
    ) -> Result<Vec<(Option<CreatorId>, Rhythm)>> {
        let keys = text_list(creators, |creator| key(creator.as_ref()))?;
        let rows: Vec<RhythmRow> = self.all(OF, &[keys]).await?;
        rows.iter()
            .map(|row| {
                let creator = (row.creator_id != ALL).then(|| read(&row.creator_id));
                Ok((creator.transpose()?, row.rhythm()))
            })
            .collect()
    }

    /// Writes rhythms, each with the moment from which silence is unusual; they must come in the order of creators.
    pub async fn put_rhythms(
        &mut self,
        rhythms: &[(Option<CreatorId>, Rhythm, Option<Timestamp>)],
    ) -> Result<()> {
        let cells = rhythms
            .iter()
            .map(|(creator, rhythm, silent_at)| RhythmCells {
                creator_id: key(creator.as_ref()),
                last_at: rhythm.last_at.as_millis(),
                counted_at: rhythm.counted_at.as_millis(),
                usual: rhythm.usual,
                pauses: rhythm.pauses,
                silent_at: silent_at.map(Timestamp::as_millis),
            });
        self.run(PUT, &[Arg::rows(&cells.collect::<Vec<_>>())?])
            .await
            .map(|_put| ())
    }
}
