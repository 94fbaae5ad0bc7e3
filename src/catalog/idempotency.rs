//! Requests that are carried out once, and what they were answered.

use super::{
    Catalog, Tx,
    db::{Sql, args, statements},
    error::Result,
    events::digest,
};
use crate::model::{Digest, Once, Timestamp};

statements! {
    /// A key whose time is over is as good as new. On Postgres this waits for whoever writes the same key.
    CLAIM = Sql::same(
        "INSERT INTO idempotency_keys (caller, key, request, at)
         VALUES ($1, $2, $3, $4)
             ON CONFLICT (caller, key) DO UPDATE
            SET request = excluded.request, at = excluded.at, status = NULL, etag = NULL, body = NULL
          WHERE idempotency_keys.at <= $5");
    FIND = Sql::same(
        "SELECT request, status, etag, body FROM idempotency_keys WHERE caller = $1 AND key = $2 AND at > $3");
    KEEP = Sql::same(
        "UPDATE idempotency_keys SET status = $4, etag = $5, body = $6 WHERE caller = $1 AND key = $2 AND request = $3");
    FORGET = Sql::same("DELETE FROM idempotency_keys WHERE at <= $1");
}

/// What a request was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// Of HTTP.
    pub status: u16,
    pub etag: Option<String>,
    /// Holds no secret.
    pub body: String,
}

/// A request that was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptRequest {
    pub request: Digest,
    /// None until it was given, or when it was lost.
    pub answer: Option<KeptAnswer>,
}

#[derive(sqlx::FromRow)]
struct RequestRow {
    request: Vec<u8>,
    status: Option<i64>,
    etag: Option<String>,
    body: Option<String>,
}

impl Catalog {
    /// The request that this caller had carried out under this key, since a moment.
    pub async fn kept_request(&self, once: &Once, since: Timestamp) -> Result<Option<KeptRequest>> {
        let args = args![once.caller.as_str(), once.key.as_str(), since];
        let Some(row) = self.db.maybe::<RequestRow>(FIND, &args).await? else {
            return Ok(None);
        };
        let answer = |(status, body): (i64, String)| KeptAnswer {
            status: u16::try_from(status).unwrap_or_default(),
            etag: row.etag,
            body,
        };
        Ok(Some(KeptRequest {
            request: digest(row.request)?,
            answer: row.status.zip(row.body).map(answer),
        }))
    }
}

impl Tx {
    /// Takes a caller's key for what this transaction does; answers false when it was taken after `expired`.
    pub async fn claim_once(
        &mut self,
        once: &Once,
        now: Timestamp,
        expired: Timestamp,
    ) -> Result<bool> {
        let (caller, key) = (once.caller.as_str(), once.key.as_str());
        let args = args![caller, key, &once.request, now, expired];
        Ok(self.run(CLAIM, &args).await? > 0)
    }

    /// Keeps what a request was answered.
    pub async fn keep_answer(&mut self, once: &Once, answer: &KeptAnswer) -> Result<()> {
        let args = args![
            once.caller.as_str(),
            once.key.as_str(),
            &once.request,
            i64::from(answer.status),
            answer.etag.as_deref(),
            answer.body.as_str()
        ];
        self.run(KEEP, &args).await.map(|_one| ())
    }

    /// Lets go of keys taken at a moment or before, and says how many.
    pub async fn forget_requests(&mut self, expired: Timestamp) -> Result<u64> {
        self.run(FORGET, &args![expired]).await
    }
}
