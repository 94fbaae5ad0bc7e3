//! Where the two databases meet: one pool type, one transaction type, one way to run a statement.
//!
//! The only file that names sqlx's drivers. Every call has a deadline and a counted list of arguments.

use std::ops::ControlFlow;

use futures_util::TryStreamExt as _;
use sqlx::{
    Arguments, AssertSqlSafe, Executor, FromRow, PgPool, Postgres, SqlSafeStr, Sqlite, SqlitePool,
    Transaction,
    postgres::{PgArguments, PgRow},
    sqlite::{SqliteArguments, SqliteRow},
};

use super::{
    error::{Error, Result},
    placeholders::counted,
    trust::Guard,
};
use crate::fault_points;

/// One statement: the same text for both databases, or one for each. Placeholders are `$1`, `$2`, …
#[derive(Clone, Copy, Debug)]
pub struct Sql {
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

impl Sql {
    /// A text that both databases read alike.
    pub(super) const fn same(text: &'static str) -> Self {
        Self {
            sqlite: text,
            postgres: text,
        }
    }

    /// Two texts that say the same, for what can't be written once.
    pub(super) const fn each(sqlite: &'static str, postgres: &'static str) -> Self {
        Self { sqlite, postgres }
    }
}

/// Declares a module's statements and the list of them that the statement audit prepares on both databases.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* const $name: $crate::catalog::db::Sql = $sql;)*
        /// Every statement of this module, under its name.
        pub(super) const STATEMENTS: &[(&str, $crate::catalog::db::Sql)] = &[$((stringify!($name), $name)),*];
    };
}
pub(super) use statements;

/// A value on its way in. Empty values keep their type, because Postgres asks for it.
#[derive(Clone, Debug)]
pub(super) enum Arg {
    Text(Option<String>),
    Int(Option<i64>),
    Flag(Option<bool>),
    Bytes(Option<Vec<u8>>),
    Json(String),
}

macro_rules! arg_from {
    ($($type:ty => $value:ident $arg:expr;)*) => {$(
        impl From<$type> for Arg {
            fn from($value: $type) -> Self {
                $arg
            }
        }
    )*};
}
arg_from! {
    &str => value Self::Text(Some(value.to_owned()));
    Option<&str> => value Self::Text(value.map(str::to_owned));
    String => value Self::Text(Some(value));
    Option<String> => value Self::Text(value);
    i64 => value Self::Int(Some(value));
    Option<i64> => value Self::Int(value);
    bool => value Self::Flag(Some(value));
    Option<bool> => value Self::Flag(value);
    crate::model::Timestamp => value Self::Int(Some(value.as_millis()));
    Option<crate::model::Timestamp> => value Self::Int(value.map(crate::model::Timestamp::as_millis));
    &crate::model::Digest => value Self::Bytes(Some(value.as_bytes().to_vec()));
    Option<&crate::model::Digest> => value Self::Bytes(value.map(|digest| digest.as_bytes().to_vec()));
    Vec<u8> => value Self::Bytes(Some(value));
    &crate::model::CreatorId => value Self::from(value.as_str());
    Option<&crate::model::CreatorId> => value Self::from(value.map(crate::model::CreatorId::as_str));
    &crate::model::SourceId => value Self::from(value.as_str());
    &crate::model::Guid => value Self::from(value.as_str());
    &crate::model::VideoId => value Self::from(value.as_str());
    &crate::model::CredentialId => value Self::from(value.as_str());
    &crate::model::ImportId => value Self::from(value.as_str());
}

/// The arguments of one call, in the order of `$1`, `$2`, …
macro_rules! args {
    ($($value:expr),* $(,)?) => { [$($crate::catalog::db::Arg::from($value)),*] };
}
pub(super) use args;

impl Arg {
    /// Rows for a bulk statement, as one JSON array that `jsonb_each` or `jsonb_to_recordset` takes apart: an absent key is
    /// NULL to both. SQLite's `json_each` would write each row out as text and read it again.
    pub(super) fn rows<T: serde::Serialize>(rows: &[T]) -> Result<Self> {
        serde_json::to_string(rows)
            .map(Self::Json)
            .map_err(Error::argument)
    }
}

/// A row that either driver can fill. Deriving `sqlx::FromRow` is enough.
pub(super) trait Record:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}
impl<T> Record for T where
    T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

/// The open database.
#[derive(Clone, Debug)]
pub(super) struct Db {
    pub(super) pools: Pools,
    pub(super) guard: Guard,
}

/// The connections: one writer and some readers on SQLite; on Postgres some for callbacks alone and some for the rest.
#[derive(Clone, Debug)]
pub(super) enum Pools {
    Sqlite { read: SqlitePool, write: SqlitePool },
    Postgres { shared: PgPool, callbacks: PgPool },
}

/// A transaction that may write. Dropped without [`Tx::commit`], it changes nothing.
pub struct Tx {
    inner: Inner,
    pub(super) guard: Guard,
}

enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Db {
    /// Every row that the statement gives.
    pub(super) async fn all<T: Record>(&self, sql: Sql, args: &[Arg]) -> Result<Vec<T>> {
        match &self.pools {
            Pools::Sqlite { read, .. } => sqlite_all(read, &self.guard, sql, args).await,
            Pools::Postgres { shared, .. } => postgres_all(shared, &self.guard, sql, args).await,
        }
    }

    /// The first row, if there is one.
    pub(super) async fn maybe<T: Record>(&self, sql: Sql, args: &[Arg]) -> Result<Option<T>> {
        Ok(self.all(sql, args).await?.into_iter().next())
    }

    /// Shows `each` the rows as Postgres' driver holds them, while they come, until it breaks; no rows on SQLite. For the
    /// feed's hot read.
    pub(super) async fn postgres_each(
        &self,
        sql: Sql,
        args: &[Arg],
        each: impl FnMut(&PgRow) -> Result<ControlFlow<()>, sqlx::Error>,
    ) -> Result<()> {
        match &self.pools {
            Pools::Sqlite { .. } => Ok(()),
            Pools::Postgres { shared, .. } => {
                postgres_each(shared, &self.guard, sql, args, each).await
            }
        }
    }

    /// Begins a transaction that may write; on SQLite it waits here for the one writer.
    pub(super) async fn begin(&self) -> Result<Tx> {
        match &self.pools {
            Pools::Sqlite { write, .. } => self.begin_sqlite(write).await,
            Pools::Postgres { shared, .. } => self.begin_postgres(shared).await,
        }
    }

    /// The same for callbacks.
    pub(super) async fn begin_for_callbacks(&self) -> Result<Tx> {
        match &self.pools {
            Pools::Sqlite { write, .. } => self.begin_sqlite(write).await,
            Pools::Postgres { callbacks, .. } => self.begin_postgres(callbacks).await,
        }
    }

    async fn begin_sqlite(&self, pool: &SqlitePool) -> Result<Tx> {
        let begun = self.guard.within(pool.begin_with("BEGIN IMMEDIATE"));
        Ok(self.tx(Inner::Sqlite(begun.await?)))
    }

    async fn begin_postgres(&self, pool: &PgPool) -> Result<Tx> {
        let begun = self.guard.within(pool.begin());
        Ok(self.tx(Inner::Postgres(begun.await?)))
    }

    fn tx(&self, inner: Inner) -> Tx {
        Tx {
            inner,
            guard: self.guard.clone(),
        }
    }

    /// Whether this is Postgres, for the few places where more than the text differs.
    pub(super) fn is_postgres(&self) -> bool {
        matches!(self.pools, Pools::Postgres { .. })
    }

    /// Waits until every connection is closed.
    pub(super) async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres { shared, callbacks } => {
                shared.close().await;
                callbacks.close().await;
            }
        }
    }
}

impl Tx {
    /// Every row that the statement gives.
    pub(super) async fn all<T: Record>(&mut self, sql: Sql, args: &[Arg]) -> Result<Vec<T>> {
        match &mut self.inner {
            Inner::Sqlite(tx) => sqlite_all(&mut **tx, &self.guard, sql, args).await,
            Inner::Postgres(tx) => postgres_all(&mut **tx, &self.guard, sql, args).await,
        }
    }

    /// The first row, if there is one.
    pub(super) async fn maybe<T: Record>(&mut self, sql: Sql, args: &[Arg]) -> Result<Option<T>> {
        Ok(self.all(sql, args).await?.into_iter().next())
    }

    /// Runs a statement that gives no rows, and says how many it changed.
    pub(super) async fn run(&mut self, sql: Sql, args: &[Arg]) -> Result<u64> {
        match &mut self.inner {
            Inner::Sqlite(tx) => {
                let args = sqlite_args(sql, args)?;
                sqlite_run(&mut **tx, &self.guard, sql.sqlite, args).await
            }
            Inner::Postgres(tx) => {
                let args = postgres_args(sql, args)?;
                postgres_run(&mut **tx, &self.guard, sql.postgres, args).await
            }
        }
    }

    /// Runs a text that is put together for the number of its rows; see [`super::bulk`].
    pub(super) async fn run_text(&mut self, text: String, args: Vec<Arg>) -> Result<()> {
        let text = AssertSqlSafe(text);
        match &mut self.inner {
            Inner::Sqlite(tx) => {
                sqlite_run(&mut **tx, &self.guard, text, sqlite_bound(args)?).await
            }
            Inner::Postgres(tx) => {
                postgres_run(&mut **tx, &self.guard, text, postgres_bound(args)?).await
            }
        }
        .map(|_added| ())
    }

    /// Whether this is Postgres, for the few places where more than the text differs.
    pub(super) fn is_postgres(&self) -> bool {
        matches!(self.inner, Inner::Postgres(_))
    }

    /// Makes everything done so far durable.
    pub async fn commit(self) -> Result<()> {
        if fault_points::storage_fails() {
            let failed = Error::Untrustworthy(sqlx::Error::WorkerCrashed);
            self.guard.heed(&failed);
            return Err(failed);
        }
        match self.inner {
            Inner::Sqlite(tx) => self.guard.within(tx.commit()).await,
            Inner::Postgres(tx) => self.guard.within(tx.commit()).await,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that runs SQL")]
async fn sqlite_all<'e, T: Record>(
    on: impl Executor<'e, Database = Sqlite>,
    guard: &Guard,
    sql: Sql,
    args: &[Arg],
) -> Result<Vec<T>> {
    let query = sqlx::query_as_with::<Sqlite, T, _>(sql.sqlite, sqlite_args(sql, args)?);
    guard.within(query.fetch_all(on)).await
}

#[expect(clippy::disallowed_methods, reason = "the one place that runs SQL")]
pub(super) async fn postgres_all<'e, T: Record>(
    on: impl Executor<'e, Database = Postgres>,
    guard: &Guard,
    sql: Sql,
    args: &[Arg],
) -> Result<Vec<T>> {
    let query = sqlx::query_as_with::<Postgres, T, _>(sql.postgres, postgres_args(sql, args)?);
    guard.within(query.fetch_all(on)).await
}

#[expect(clippy::disallowed_methods, reason = "the one place that runs SQL")]
async fn postgres_each(
    pool: &PgPool,
    guard: &Guard,
    sql: Sql,
    args: &[Arg],
    mut each: impl FnMut(&PgRow) -> Result<ControlFlow<()>, sqlx::Error>,
) -> Result<()> {
    let query = sqlx::query_with::<Postgres, _>(sql.postgres, postgres_args(sql, args)?);
    guard
        .within(async {
            let mut rows = query.fetch(pool);
            let mut flow = ControlFlow::Continue(());
            // Rows behind the break are read too: a connection given back with unread rows has to be cleared first.
            while let Some(row) = rows.try_next().await? {
                if flow.is_continue() {
                    flow = each(&row)?;
                }
            }
            Ok(())
        })
        .await
}

#[expect(clippy::disallowed_methods, reason = "the one place that runs SQL")]
async fn sqlite_run<'e>(
    on: impl Executor<'e, Database = Sqlite>,
    guard: &Guard,
    text: impl SqlSafeStr,
    args: SqliteArguments,
) -> Result<u64> {
    let query = sqlx::query_with::<Sqlite, _>(text, args);
    Ok(guard.within(query.execute(on)).await?.rows_affected())
}

#[expect(clippy::disallowed_methods, reason = "the one place that runs SQL")]
async fn postgres_run<'e>(
    on: impl Executor<'e, Database = Postgres>,
    guard: &Guard,
    text: impl SqlSafeStr,
    args: PgArguments,
) -> Result<u64> {
    let query = sqlx::query_with::<Postgres, _>(text, args);
    Ok(guard.within(query.execute(on)).await?.rows_affected())
}

fn sqlite_args(sql: Sql, args: &[Arg]) -> Result<SqliteArguments> {
    counted(sql.sqlite, args.len())?;
    sqlite_bound(args.iter().cloned())
}

fn sqlite_bound(args: impl IntoIterator<Item = Arg>) -> Result<SqliteArguments> {
    let mut bound = SqliteArguments::default();
    for arg in args {
        match arg {
            Arg::Text(value) => bound.add(value),
            Arg::Int(value) => bound.add(value),
            Arg::Flag(value) => bound.add(value),
            Arg::Bytes(value) => bound.add(value),
            Arg::Json(value) => bound.add(value),
        }
        .map_err(Error::argument)?;
    }
    Ok(bound)
}

fn postgres_args(sql: Sql, args: &[Arg]) -> Result<PgArguments> {
    counted(sql.postgres, args.len())?;
    postgres_bound(args.iter().cloned())
}

fn postgres_bound(args: impl IntoIterator<Item = Arg>) -> Result<PgArguments> {
    let mut bound = PgArguments::default();
    for arg in args {
        match arg {
            Arg::Text(value) => bound.add(value),
            Arg::Int(value) => bound.add(value),
            Arg::Flag(value) => bound.add(value),
            Arg::Bytes(value) => bound.add(value),
            // Bulk rows travel as text and become JSON by a cast in the statement.
            Arg::Json(value) => bound.add(value),
        }
        .map_err(Error::argument)?;
    }
    Ok(bound)
}
