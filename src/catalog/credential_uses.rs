//! When credentials were used.

use super::{
    Catalog, Tx,
    db::{Sql, args, statements},
    error::Result,
};
use crate::model::{CredentialId, CredentialUse, Timestamp};

statements! {
    LIST = Sql::same("SELECT credential_id, first_at, last_at FROM credential_uses ORDER BY credential_id");
    /// A credential that was removed meanwhile is not used any more.
    NOTE = Sql::same(
        "INSERT INTO credential_uses (credential_id, first_at, last_at)
         SELECT id, $2, $2 FROM credentials WHERE id = $1
             ON CONFLICT (credential_id) DO UPDATE
            SET last_at = excluded.last_at
          WHERE credential_uses.last_at < excluded.last_at");
}

impl Catalog {
    /// When each credential was first and last used; those that never were are not among them.
    pub async fn credential_uses(&self) -> Result<Vec<CredentialUse>> {
        let rows: Vec<(String, i64, i64)> = self.db.all(LIST, &args![]).await?;
        let used = |(id, first_at, last_at)| CredentialUse {
            credential: CredentialId::from(id),
            first_at: Timestamp::from_millis(first_at),
            last_at: Timestamp::from_millis(last_at),
        };
        Ok(rows.into_iter().map(used).collect())
    }
}

impl Tx {
    /// Notes that a credential was used.
    pub async fn note_credential(&mut self, id: &CredentialId, at: Timestamp) -> Result<()> {
        self.run(NOTE, &args![id, at]).await.map(|_one| ())
    }
}
