//! Authenticated callbacks that are not JSON: the newest few, for a look and a later replay.

use super::{
    Catalog, Tx,
    db::{Sql, args, statements},
    error::Result,
};
use crate::model::Timestamp;

statements! {
    ADD = Sql::same(
        "INSERT INTO quarantine (id, received_at, address, reason, bytes, body) VALUES ($1, $2, $3, $4, $5, $6)");
    /// Keeps the newest rows that fit the bound together.
    TRIM = Sql::same(
        "DELETE FROM quarantine
          WHERE id IN (SELECT id
                         FROM (SELECT id, SUM(bytes) OVER (ORDER BY id DESC) AS total FROM quarantine) AS sized
                        WHERE total > $1)");
    LIST = Sql::same("SELECT id, received_at, address, reason, body FROM quarantine WHERE id > $1 ORDER BY id LIMIT $2");
}

/// A body that was put aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    pub id: String,
    pub received_at: Timestamp,
    /// Who sent it.
    pub address: String,
    /// Why it could not be read.
    pub reason: String,
    pub body: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct QuarantineRow {
    id: String,
    received_at: i64,
    address: String,
    reason: String,
    body: Vec<u8>,
}

impl Catalog {
    /// Bodies put aside, oldest first, at most `limit`, behind `after`.
    pub async fn quarantined(&self, after: &str, limit: i64) -> Result<Vec<Quarantined>> {
        let rows: Vec<QuarantineRow> = self.db.all(LIST, &args![after, limit]).await?;
        self.db
            .guard
            .goes_on(after, rows.iter().map(|row| row.id.as_str()))?;
        let open = |row: QuarantineRow| Quarantined {
            id: row.id,
            received_at: Timestamp::from_millis(row.received_at),
            address: row.address,
            reason: row.reason,
            body: row.body,
        };
        Ok(rows.into_iter().map(open).collect())
    }
}

impl Tx {
    /// Puts a body aside, and lets the oldest ones go beyond `bound` bytes, each counted with its address and reason.
    pub async fn quarantine(&mut self, body: &Quarantined, bound: i64) -> Result<()> {
        // What comes with a body counts too, or empty bodies would be kept without bound.
        let bytes = body.body.len() + body.address.len() + body.reason.len();
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        let Quarantined {
            id,
            received_at,
            address,
            reason,
            body,
        } = body.clone();
        self.run(ADD, &args![id, received_at, address, reason, bytes, body])
            .await?;
        self.run(TRIM, &args![bound]).await.map(|_gone| ())
    }
}
