//! Keeps two imports of one creator from mixing their rows. Held by what dies with its process: on SQLite a lock file, which
//! stands for every creator because there is one writer anyway, on Postgres a transaction that writes nothing.

use std::{
    collections::BTreeSet,
    fs::{File, OpenOptions, TryLockError},
    path::PathBuf,
};

use sha2::{Digest as _, Sha256};

use super::{
    Catalog, Tx,
    db::{Arg, Sql, args, statements},
    error::{Error, Result},
};
use crate::model::CreatorId;

/// Creators share this many locks, so that an import of any number of them takes no more; to share one means only to wait.
const LOCKS: u32 = 1024;

statements! {
    FILE = Sql::each("SELECT file FROM pragma_database_list WHERE name = 'main'", "SELECT ''");
    /// The transaction does nothing for as long as the import lasts.
    STAY = Sql::each("SELECT ''", "SELECT set_config('idle_in_transaction_session_timeout', '0', TRUE)");
    /// The lock is there for as long as its transaction is.
    HELD = Sql::same("SELECT 1");
    TRY = Sql::each(
        "SELECT $1 IS NOT NULL",
        "SELECT bool_and(pg_try_advisory_xact_lock(7165028, CAST(number AS INTEGER)))
           FROM jsonb_array_elements_text(CAST($1 AS JSONB)) AS numbers (number)");
}

/// The right to import rows of some creators, until it is dropped or the process ends, or Postgres ends its connection.
pub struct ImportLock {
    _file: Option<File>,
    transaction: Option<Tx>,
}

impl ImportLock {
    /// Answers while the right is still there. To be asked before each chunk, as it can be lost without a word.
    ///
    /// # Errors
    /// [`Error::LockLost`].
    pub async fn still_held(&mut self) -> Result<()> {
        let Some(tx) = &mut self.transaction else {
            return Ok(());
        };
        let answered = tx.all::<(i32,)>(HELD, &args![]).await;
        answered
            .map(drop)
            .map_err(|error| Error::LockLost(Box::new(error)))
    }
}

impl Catalog {
    /// Takes the right to import rows of these creators; none while another import has it for one of them.
    pub async fn try_lock_imports(
        &self,
        creators: &BTreeSet<CreatorId>,
    ) -> Result<Option<ImportLock>> {
        let (file, transaction) = if self.db.is_postgres() {
            (None, self.lock_numbers(creators).await?)
        } else {
            (self.lock_file().await?, None)
        };
        let taken = file.is_some() || transaction.is_some();
        Ok(taken.then_some(ImportLock {
            _file: file,
            transaction,
        }))
    }

    async fn lock_numbers(&self, creators: &BTreeSet<CreatorId>) -> Result<Option<Tx>> {
        let numbers: BTreeSet<u32> = creators.iter().map(number).collect();
        let numbers: Vec<u32> = numbers.into_iter().collect();
        let mut tx = self.begin().await?;
        let _set: Option<(String,)> = tx.maybe(STAY, &args![]).await?;
        let all: Option<(Option<bool>,)> = tx.maybe(TRY, &[Arg::rows(&numbers)?]).await?;
        // Of no number at all, Postgres says neither yes nor no.
        if all.and_then(|(all,)| all).unwrap_or(true) {
            return Ok(Some(tx));
        }
        // Lets go of those that it got now, not when the connection is used next.
        tx.commit().await?;
        Ok(None)
    }

    async fn lock_file(&self) -> Result<Option<File>> {
        let database: Option<(String,)> = self.db.maybe(FILE, &args![]).await?;
        let path = PathBuf::from(database.unwrap_or_default().0 + ".import.lock");
        let unusable = |error: std::io::Error| {
            let path = path.display();
            Error::Unusable(format!("the lock file `{path}` can't be used: {error}"))
        };
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }
}

fn number(creator: &CreatorId) -> u32 {
    let digest = Sha256::digest(creator.as_str());
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]) % LOCKS
}
