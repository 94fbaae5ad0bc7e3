//! The feed's hot read: its head and its pages, with rows borrowed from the database instead of copied out of it.
//!
//! It uses rusqlite, as copies and checks of a whole file do: through sqlx, SQLite's rows cost several times as much. On
//! Postgres sqlx reads.

use std::{
    ops::ControlFlow,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags, config::DbConfig, types::ValueRef};
use sqlx::{Row, postgres::PgRow};
use tokio::sync::Semaphore;

use super::{
    Catalog,
    db::{Sql, args, statements},
    error::{Error, Result},
    open::STEPS,
    rows::{moment, read},
    trust::Guard,
};
use crate::model::{CreatorId, FeedHead, ListedVideo, PageQuery, Part, Timestamp};

/// The columns of a listed video, in front of what selects the rows; `$order` is what its part is ordered by.
macro_rules! page_of {
    ($order:literal, $index:literal, $rest:literal) => {
        Sql::each(
            page_of!($order, " INDEXED BY ", $index, $rest),
            page_of!($order, "", "", $rest),
        )
    };
    ($order:literal, $by:literal, $index:literal, $rest:literal) => {
        concat!(
            "SELECT id, ",
            $order,
            ", guid, title, description, category, tags, language, country, link, media_url, media_type,
                media_size, duration, width, height, thumbnail_url, published_at, starts_at, ends_at, geo, made_for_kids,
                private, explicit
           FROM videos",
            $by,
            $index,
            $rest
        )
    };
}

statements! {
    HEAD = Sql::same(
        "SELECT id, name, link, status, mode, feed_version, feed_changed_at, feed_changes_at FROM creators WHERE id = $1");
    /// Waiting videos in their order; the placeholders come in the order of their numbers, as rusqlite binds them.
    PAGE = page_of!("listed_from", "videos_shelf",
        " WHERE creator_id = $1 AND state = 'waiting' AND NOT held
            AND listed_from <= $2 AND (listed_from, id) > ($3, $4)
            AND (ends_at IS NULL OR ends_at > $2)
            AND (needs & $5) = 0
          ORDER BY listed_from, id
          LIMIT $6");
    /// Imported videos in the order in which they came to be worth listing again.
    PAGE_RELISTED = page_of!("relisted_from", "videos_relisted",
        " WHERE creator_id = $1 AND state = 'imported' AND NOT held
            AND relisted_from <= $2 AND (relisted_from, id) > ($3, $4)
            AND (ends_at IS NULL OR ends_at > $2)
            AND (needs & $5) = 0
          ORDER BY relisted_from, id
          LIMIT $6");
}

/// Where the hot read takes its rows from.
#[derive(Clone, Debug)]
pub(super) enum FeedReader {
    Sqlite(SqliteReader),
    /// Through the catalog's own pool.
    Postgres,
}

/// A bounded set of read-only connections, used from blocking threads.
#[derive(Clone, Debug)]
pub(super) struct SqliteReader {
    path: PathBuf,
    idle: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
}

impl FeedReader {
    pub(super) fn sqlite(path: PathBuf, connections: usize) -> Self {
        let permits = Arc::new(Semaphore::new(connections));
        Self::Sqlite(SqliteReader {
            path,
            idle: Arc::default(),
            permits,
        })
    }

    pub(super) fn postgres() -> Self {
        Self::Postgres
    }
}

impl SqliteReader {
    /// Runs `work` with a connection, on a thread that may block.
    async fn with<T: Send + 'static>(
        &self,
        guard: &Guard,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let deadline = guard.deadline;
        let permit = tokio::time::timeout(deadline, Arc::clone(&self.permits).acquire_owned())
            .await
            .map_err(|_elapsed| Error::Slow { deadline })?;
        let reader = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let connection = reader.connection()?;
            // A read that nobody waits for any more would keep the write-ahead log from being taken over.
            let end = Instant::now() + deadline;
            connection.progress_handler(STEPS, Some(move || Instant::now() > end))?;
            let result = work(&connection);
            reader.put_back(connection);
            drop(permit);
            result
        });
        done.await
            .map_err(|panicked| Error::Unreadable(panicked.to_string()))?
            .map_err(Error::from)
            .inspect_err(|error| guard.heed(error))
    }

    fn connection(&self) -> rusqlite::Result<Connection> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        idle.map_or_else(|| self.open(), Ok)
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        // Else a statement that a partial index may serve is planned anew whenever its arguments change.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        Ok(connection)
    }

    fn put_back(&self, connection: Connection) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(connection);
    }
}

impl Catalog {
    /// What one indexed read says of a creator's feed.
    pub async fn feed_head(&self, creator: &CreatorId) -> Result<Option<FeedHead>> {
        let row: Option<HeadRow> = match &self.feed {
            FeedReader::Sqlite(reader) => {
                let creator = creator.as_str().to_owned();
                reader
                    .with(&self.db.guard, move |connection| {
                        sqlite_head(connection, &creator)
                    })
                    .await?
            }
            FeedReader::Postgres => self.db.maybe(HEAD, &args![creator]).await?,
        };
        row.map(FeedHead::try_from).transpose()
    }

    /// Shows `each` the videos of a page, in feed order, each borrowed from its row, until it breaks or the page ends.
    ///
    /// Gives `state` back as `each` left it. No connection is held afterwards.
    pub async fn feed_page<S: Send + 'static>(
        &self,
        query: PageQuery,
        state: S,
        each: impl Fn(&mut S, &ListedVideo<'_>) -> ControlFlow<()> + Send + 'static,
    ) -> Result<S> {
        match &self.feed {
            FeedReader::Sqlite(reader) => {
                reader
                    .with(&self.db.guard, move |connection| {
                        sqlite_page(connection, &query, state, each)
                    })
                    .await
            }
            FeedReader::Postgres => self.postgres_page(&query, state, each).await,
        }
    }

    async fn postgres_page<S>(
        &self,
        query: &PageQuery,
        mut state: S,
        each: impl Fn(&mut S, &ListedVideo<'_>) -> ControlFlow<()>,
    ) -> Result<S> {
        let (listed_from, id) = place(query);
        let args = args![
            &query.creator,
            query.now,
            listed_from,
            id,
            !query.met.bits(),
            query.limit
        ];
        self.db
            .postgres_each(page(query.part), &args, |row| {
                Ok(each(&mut state, &postgres_video(row)?))
            })
            .await?;
        Ok(state)
    }
}

/// The statement that reads a part of a feed.
fn page(part: Part) -> Sql {
    match part {
        Part::Waiting => PAGE,
        Part::Imported => PAGE_RELISTED,
    }
}

/// The place behind which a page begins.
fn place(query: &PageQuery) -> (i64, &str) {
    let after = query.after.as_ref().map_or((i64::MIN, ""), |after| {
        (after.listed_from.as_millis(), after.id.as_str())
    });
    // The first place of the next millisecond, as no id is empty.
    let fresh = query
        .changed_after
        .filter(|_moment| query.part == Part::Imported)
        .map_or((i64::MIN, ""), |moment| (moment.as_millis() + 1, ""));
    after.max(fresh)
}

fn sqlite_head(connection: &Connection, creator: &str) -> rusqlite::Result<Option<HeadRow>> {
    let mut statement = connection.prepare_cached(HEAD.sqlite)?;
    let mut rows = statement.query([creator])?;
    rows.next()?
        .map(|row| {
            Ok(HeadRow {
                id: row.get(0)?,
                name: row.get(1)?,
                link: row.get(2)?,
                status: row.get(3)?,
                mode: row.get(4)?,
                feed_version: row.get(5)?,
                feed_changed_at: row.get(6)?,
                feed_changes_at: row.get(7)?,
            })
        })
        .transpose()
}

fn sqlite_page<S>(
    connection: &Connection,
    query: &PageQuery,
    mut state: S,
    each: impl Fn(&mut S, &ListedVideo<'_>) -> ControlFlow<()>,
) -> rusqlite::Result<S> {
    let (listed_from, id) = place(query);
    let mut statement = connection.prepare_cached(page(query.part).sqlite)?;
    let mut rows = statement.query(rusqlite::params![
        query.creator.as_str(),
        query.now.as_millis(),
        listed_from,
        id,
        !query.met.bits(),
        query.limit
    ])?;
    while let Some(row) = rows.next()? {
        if each(&mut state, &sqlite_video(row)?).is_break() {
            break;
        }
    }
    Ok(state)
}

fn sqlite_video<'r>(row: &'r rusqlite::Row<'_>) -> rusqlite::Result<ListedVideo<'r>> {
    let text = |at: usize| -> rusqlite::Result<Option<&'r str>> {
        match row.get_ref(at)? {
            ValueRef::Null => Ok(None),
            value => Ok(value.as_str_or_null()?),
        }
    };
    let number =
        |at: usize| -> rusqlite::Result<Option<i64>> { Ok(row.get_ref(at)?.as_i64_or_null()?) };
    let flag = |at: usize| number(at).map(|bit| bit.map(|bit| bit != 0));
    Ok(ListedVideo {
        id: text(0)?.unwrap_or_default(),
        listed_from: Timestamp::from_millis(number(1)?.unwrap_or_default()),
        guid: text(2)?.unwrap_or_default(),
        title: text(3)?.unwrap_or_default(),
        description: text(4)?,
        category: text(5)?,
        tags: text(6)?,
        language: text(7)?,
        country: text(8)?,
        link: text(9)?,
        media_url: text(10)?.unwrap_or_default(),
        media_type: text(11)?,
        media_size: number(12)?,
        duration: number(13)?,
        width: number(14)?,
        height: number(15)?,
        thumbnail_url: text(16)?,
        published_at: moment(number(17)?),
        starts_at: moment(number(18)?),
        ends_at: moment(number(19)?),
        geo: text(20)?,
        made_for_kids: flag(21)?,
        private: flag(22)?,
        explicit: flag(23)?,
    })
}

fn postgres_video(row: &PgRow) -> sqlx::Result<ListedVideo<'_>> {
    let moment_at = |at: usize| row.try_get::<Option<i64>, _>(at).map(moment);
    Ok(ListedVideo {
        id: row.try_get(0)?,
        listed_from: Timestamp::from_millis(row.try_get(1)?),
        guid: row.try_get(2)?,
        title: row.try_get::<Option<&str>, _>(3)?.unwrap_or_default(),
        description: row.try_get(4)?,
        category: row.try_get(5)?,
        tags: row.try_get(6)?,
        language: row.try_get(7)?,
        country: row.try_get(8)?,
        link: row.try_get(9)?,
        media_url: row.try_get::<Option<&str>, _>(10)?.unwrap_or_default(),
        media_type: row.try_get(11)?,
        media_size: row.try_get(12)?,
        duration: row.try_get(13)?,
        width: row.try_get(14)?,
        height: row.try_get(15)?,
        thumbnail_url: row.try_get(16)?,
        published_at: moment_at(17)?,
        starts_at: moment_at(18)?,
        ends_at: moment_at(19)?,
        geo: row.try_get(20)?,
        made_for_kids: row.try_get(21)?,
        private: row.try_get(22)?,
        explicit: row.try_get(23)?,
    })
}

#[derive(sqlx::FromRow)]
struct HeadRow {
    id: String,
    name: String,
    link: Option<String>,
    status: String,
    mode: String,
    feed_version: i64,
    feed_changed_at: i64,
    feed_changes_at: Option<i64>,
}

impl TryFrom<HeadRow> for FeedHead {
    type Error = Error;

    fn try_from(row: HeadRow) -> Result<Self> {
        Ok(Self {
            creator: read(&row.id)?,
            name: row.name,
            link: row.link,
            status: read(&row.status)?,
            mode: read(&row.mode)?,
            version: row.feed_version,
            changed_at: Timestamp::from_millis(row.feed_changed_at),
            changes_at: moment(row.feed_changes_at),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_page_that_takes_too_long_comes_to_its_end() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let FeedReader::Sqlite(reader) = FeedReader::sqlite(file.path().to_owned(), 1) else {
            unreachable!("it was made for SQLite");
        };
        let guard = Guard::new(Duration::from_millis(200));
        let endless = "WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted) \
                       SELECT COUNT(*) FROM counted";
        let read = |sql: &'static str| {
            reader.with(&guard, move |connection| {
                connection.query_row(sql, [], |row| row.get::<_, i64>(0))
            })
        };
        assert!(read(endless).await.is_err());
        assert_eq!(read("SELECT 1").await.unwrap(), 1);
    }
}
