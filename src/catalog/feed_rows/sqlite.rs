//! The feed's hot read from a SQLite file. It uses rusqlite, as copies and checks of a whole file do: through sqlx, rows cost
//! several times as much.

use std::{
    ops::ControlFlow,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags, config::DbConfig, types::ValueRef};
use tokio::sync::Semaphore;

use super::{HEAD, HeadRow, page, place};
use crate::{
    catalog::{
        error::{Error, Result},
        open::STEPS,
        rows::moment,
        trust::Guard,
    },
    model::{ListedVideo, PageQuery, Timestamp},
};

/// A bounded set of read-only connections, used from blocking threads.
#[derive(Clone, Debug)]
pub(in crate::catalog) struct SqliteReader {
    path: PathBuf,
    idle: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
}

impl SqliteReader {
    /// As many as `connections` of the file at `path`.
    pub(super) fn new(path: PathBuf, connections: usize) -> Self {
        Self {
            path,
            idle: Arc::default(),
            permits: Arc::new(Semaphore::new(connections)),
        }
    }

    /// Runs `work` with a connection, on a thread that may block.
    pub(super) async fn with<T: Send + 'static>(
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

pub(super) fn head(connection: &Connection, creator: &str) -> rusqlite::Result<Option<HeadRow>> {
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

pub(super) fn rows<S>(
    connection: &Connection,
    query: &PageQuery,
    mut state: S,
    each: impl Fn(&mut S, &ListedVideo<'_>) -> ControlFlow<()>,
) -> rusqlite::Result<S> {
    let mut place = place(query);
    let mut statement = connection.prepare_cached(page(query.part).sqlite)?;
    let mut rows = statement.query(rusqlite::params![
        query.creator.as_str(),
        query.now.as_millis(),
        place.listed_from,
        place.id.as_str(),
        !query.met.bits(),
        query.limit
    ])?;
    while let Some(row) = rows.next()? {
        let listed = video(row)?;
        if !place.steps_to(listed.listed_from, listed.id) {
            return Err(out_of_order());
        }
        if each(&mut state, &listed).is_break() {
            break;
        }
    }
    Ok(state)
}

fn out_of_order() -> rusqlite::Error {
    let damaged = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    rusqlite::Error::SqliteFailure(damaged, Some(Error::Disordered.to_string()))
}

fn video<'r>(row: &'r rusqlite::Row<'_>) -> rusqlite::Result<ListedVideo<'r>> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_page_that_takes_too_long_comes_to_its_end() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let reader = SqliteReader::new(file.path().to_owned(), 1);
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
