//! What Dailymotion is given, as digests.

use super::{
    Catalog, Tx,
    db::{Sql, args, statements},
    error::Result,
    events::digest,
    rows::{moment, read},
};
use crate::model::{Credential, CredentialId, Timestamp};

statements! {
    LIST = Sql::same("SELECT id, kind, form, digest, added_at, expires_at FROM credentials ORDER BY added_at, id");
    ADD = Sql::same(
        "INSERT INTO credentials (id, kind, form, digest, added_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)");
    /// An end that is nearer stays, and what has ended stays so.
    EXPIRE = Sql::same(
        "UPDATE credentials
            SET expires_at = CASE WHEN expires_at < $2 THEN expires_at ELSE $2 END
          WHERE id = $1 AND (expires_at IS NULL OR expires_at > $3)
      RETURNING expires_at");
    REMOVE = Sql::same("DELETE FROM credentials WHERE id = $1");
    REMOVE_EXPIRED = Sql::same("DELETE FROM credentials WHERE expires_at <= $1");
}

#[derive(sqlx::FromRow)]
struct CredentialRow {
    id: String,
    kind: String,
    form: String,
    digest: Vec<u8>,
    added_at: i64,
    expires_at: Option<i64>,
}

impl Catalog {
    /// Every credential, oldest first.
    pub async fn list_credentials(&self) -> Result<Vec<Credential>> {
        let rows: Vec<CredentialRow> = self.db.all(LIST, &args![]).await?;
        rows.into_iter()
            .map(|row| {
                Ok(Credential {
                    id: CredentialId::from(row.id),
                    kind: read(&row.kind)?,
                    form: read(&row.form)?,
                    digest: digest(row.digest)?,
                    added_at: Timestamp::from_millis(row.added_at),
                    expires_at: moment(row.expires_at),
                })
            })
            .collect()
    }
}

impl Tx {
    /// Adds a credential.
    pub async fn add_credential(&mut self, new: &Credential) -> Result<()> {
        let args = args![
            &new.id,
            new.kind.as_str(),
            new.form.as_str(),
            &new.digest,
            new.added_at,
            new.expires_at
        ];
        self.run(ADD, &args).await.map(|_one| ())
    }

    /// Lets a credential end at a moment, unless it ends sooner; answers with its end. None when there is none of that id
    /// that is valid at `now`.
    pub async fn expire_credential(
        &mut self,
        id: &CredentialId,
        at: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Timestamp>> {
        let row: Option<(i64,)> = self.maybe(EXPIRE, &args![id, at, now]).await?;
        Ok(row.map(|(end,)| Timestamp::from_millis(end)))
    }

    /// Removes a credential; answers false when there is none of that id.
    pub async fn remove_credential(&mut self, id: &CredentialId) -> Result<bool> {
        Ok(self.run(REMOVE, &args![id]).await? > 0)
    }

    /// Removes the credentials that have ended by `now`.
    pub async fn remove_expired_credentials(&mut self, now: Timestamp) -> Result<u64> {
        self.run(REMOVE_EXPIRED, &args![now]).await
    }
}
