//! Who was turned away at the crawler's faces, counted by the hour.

use super::{
    Catalog, Tx,
    db::{Arg, Sql, args, statements},
    error::{Error, Result},
    rows::read,
};
use crate::model::{Timestamp, TurnedAway, TurnedCursor};

statements! {
    ADD = Sql::each(
        "INSERT INTO turned_away (hour, address, reason, times, last_at, user_agent)
         SELECT value ->> 'hour', value ->> 'address', value ->> 'reason', value ->> 'times', value ->> 'last_at',
                value ->> 'user_agent'
           FROM jsonb_each($1)
          WHERE TRUE
             ON CONFLICT (hour, address, reason) DO UPDATE
            SET times = turned_away.times + excluded.times, last_at = excluded.last_at, user_agent = excluded.user_agent",
        "INSERT INTO turned_away (hour, address, reason, times, last_at, user_agent)
         SELECT cells.hour, cells.address, cells.reason, cells.times, cells.last_at, cells.user_agent
           FROM jsonb_to_recordset(CAST($1 AS jsonb)) AS cells (
             hour bigint, address text, reason text, times bigint, last_at bigint, user_agent text)
          ORDER BY cells.hour, cells.address, cells.reason
             ON CONFLICT (hour, address, reason) DO UPDATE
            SET times = turned_away.times + excluded.times, last_at = excluded.last_at, user_agent = excluded.user_agent");
    NEWEST = Sql::same(
        "SELECT hour, address, reason, times, last_at, user_agent
           FROM turned_away
          WHERE (hour, address, reason) < ($1, $2, $3)
          ORDER BY hour DESC, address DESC, reason DESC
          LIMIT $4");
    FORGET = Sql::same("DELETE FROM turned_away WHERE hour < $1");
}

#[serde_with::skip_serializing_none]
#[derive(serde::Serialize)]
struct TurnedCells<'a> {
    hour: i64,
    address: &'a str,
    reason: &'static str,
    times: i64,
    last_at: i64,
    user_agent: Option<&'a str>,
}

#[derive(sqlx::FromRow)]
struct TurnedRow {
    hour: i64,
    address: String,
    reason: String,
    times: i64,
    last_at: i64,
    user_agent: Option<String>,
}

impl TryFrom<TurnedRow> for TurnedAway {
    type Error = Error;

    fn try_from(row: TurnedRow) -> Result<Self> {
        Ok(Self {
            hour: Timestamp::from_millis(row.hour),
            address: row.address,
            reason: read(&row.reason)?,
            times: row.times,
            last_at: Timestamp::from_millis(row.last_at),
            user_agent: row.user_agent,
        })
    }
}

impl Catalog {
    /// Who was turned away, newest hour first, at most `limit`, behind `after`.
    pub async fn turned_away(
        &self,
        after: Option<&TurnedCursor>,
        limit: i64,
    ) -> Result<Vec<TurnedAway>> {
        let args = match after {
            None => args![i64::MAX, "", "", limit],
            Some(place) => args![
                place.hour,
                place.address.as_str(),
                place.reason.as_str(),
                limit
            ],
        };
        let rows: Vec<TurnedRow> = self.db.all(NEWEST, &args).await?;
        rows.into_iter().map(TurnedAway::try_from).collect()
    }
}

impl Tx {
    /// Adds to what was counted.
    pub async fn add_turned_away(&mut self, turned: &[TurnedAway]) -> Result<()> {
        if turned.is_empty() {
            return Ok(());
        }
        let cells = turned.iter().map(|one| TurnedCells {
            hour: one.hour.as_millis(),
            address: &one.address,
            reason: one.reason.as_str(),
            times: one.times,
            last_at: one.last_at.as_millis(),
            user_agent: one.user_agent.as_deref(),
        });
        self.run(ADD, &[Arg::rows(&cells.collect::<Vec<_>>())?])
            .await
            .map(|_added| ())
    }

    /// Lets go of hours before a moment.
    pub async fn forget_turned_away(&mut self, before: Timestamp) -> Result<u64> {
        self.run(FORGET, &args![before]).await
    }
}
