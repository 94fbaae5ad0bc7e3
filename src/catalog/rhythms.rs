//! How often crawlers come, creator by creator.

use super::{
    Catalog, Tx,
    db::{Arg, Sql, args, statements},
    error::Result,
    rows::{read, text_list},
};
use crate::model::{CreatorId, Rhythm, Timestamp};

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
