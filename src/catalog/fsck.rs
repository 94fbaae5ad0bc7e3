//! What a check of the whole catalog reads: rows beside what other tables say of them, page by page.
//!
//! Each page is one statement and so one moment of the database: daemons may write between pages, never into one.

use super::{
    Catalog,
    backup::{Check, sqlite_faults, sqlite_schema_faults},
    db::{Sql, args, statements},
    error::{Error, Result},
    events::{EventRow, FiledEvent, event_columns},
    rows::{VideoRow, moment},
    videos::video_columns,
};
use crate::{
    config::{Database, DatabaseKind},
    model::{Digest, Needs, Shelf, StateCounts, Timestamp, Video, VideoId},
};

statements! {
    /// What each creator says of its videos' states, and how many there are.
    COUNTS = Sql::same(
        "SELECT page.id AS id, page.videos_draft AS draft, page.videos_waiting AS waiting,
                page.videos_pushing AS pushing, page.videos_imported AS imported,
                page.videos_refused AS refused, page.videos_removed AS removed,
                CAST(COUNT(CASE WHEN videos.state = 'draft' THEN 1 END) AS BIGINT) AS draft_found,
                CAST(COUNT(CASE WHEN videos.state = 'waiting' THEN 1 END) AS BIGINT) AS waiting_found,
                CAST(COUNT(CASE WHEN videos.state = 'pushing' THEN 1 END) AS BIGINT) AS pushing_found,
                CAST(COUNT(CASE WHEN videos.state = 'imported' THEN 1 END) AS BIGINT) AS imported_found,
                CAST(COUNT(CASE WHEN videos.state = 'refused' THEN 1 END) AS BIGINT) AS refused_found,
                CAST(COUNT(CASE WHEN videos.state = 'removed' THEN 1 END) AS BIGINT) AS removed_found
           FROM (SELECT id, videos_draft, videos_waiting, videos_pushing, videos_imported, videos_refused, videos_removed
                   FROM creators WHERE id > $1 ORDER BY id LIMIT $2) AS page
           LEFT JOIN videos ON videos.creator_id = page.id
          GROUP BY page.id, page.videos_draft, page.videos_waiting, page.videos_pushing, page.videos_imported,
                   page.videos_refused, page.videos_removed
          ORDER BY page.id");
    /// Videos beside their shelf, timeline and events; no `EXISTS`, for which Postgres would read these tables whole with
    /// every page. `stays` is how often the timeline comes to the state, less how
    /// often it leaves it: 1, in whatever order its lines stand.
    VIDEOS = Sql::same(concat!(
        "SELECT ", video_columns!(), ", held, needs, listed_from, relisted_from,
                (SELECT creators.feed_changes_at FROM creators WHERE creators.id = videos.creator_id) AS turns_at,
                CAST(COALESCE((SELECT SUM(CASE WHEN timeline.to_state = videos.state THEN 1 ELSE 0 END)
                                    - SUM(CASE WHEN timeline.from_state = videos.state THEN 1 ELSE 0 END)
                                 FROM timeline WHERE timeline.video_id = videos.id), 0) AS BIGINT) AS stays,
                (SELECT 1 FROM events WHERE events.guid = videos.guid AND events.outcome = 'ready' LIMIT 1)
                    IS NOT NULL AS ready,
                (SELECT 1 FROM timeline WHERE timeline.video_id = videos.id AND timeline.to_state = 'imported'
                                          AND timeline.by_whom <> 'injector' LIMIT 1) IS NOT NULL AS explained
           FROM videos
          WHERE id > $1
          ORDER BY id
          LIMIT $2"));
    /// Events, and whether their video is there.
    EVENTS = Sql::same(concat!(
        "SELECT ", event_columns!(), ", (SELECT 1 FROM videos WHERE videos.guid = events.guid LIMIT 1) IS NOT NULL AS known
           FROM events
          WHERE (received_at, digest) > ($1, $2)
          ORDER BY received_at, digest
          LIMIT $3"));
    /// Remote ids that stand at more than one video, with two of these.
    SHARED_IDS = Sql::same(
        "SELECT remote_id, MIN(guid), MAX(guid)
           FROM videos
          WHERE remote_id IS NOT NULL
          GROUP BY remote_id
         HAVING COUNT(*) > 1
          ORDER BY remote_id
          LIMIT $1");
}

/// What a creator says of its videos, beside what there is.
#[derive(Clone, Debug)]
pub struct CountedCreator {
    pub id: String,
    pub said: StateCounts,
    pub found: StateCounts,
}

/// A video beside what the rest of the catalog says of it.
#[derive(Clone, Debug)]
pub struct CheckedVideo {
    pub video: Video,
    /// The shelf as it is stored.
    pub shelf: Shelf,
    /// When the clock changes its creator's feed next.
    pub turns_at: Option<Timestamp>,
    /// How often its timeline comes to its state, less how often it leaves it.
    pub stays: i64,
    /// Whether a ready event is kept for it.
    pub ready: bool,
    /// Whether a line that no event made says that it was imported.
    pub explained: bool,
}

/// An event, and whether its video is there.
#[derive(Clone, Debug)]
pub struct CheckedEvent {
    pub event: FiledEvent,
    pub known: bool,
}

#[derive(sqlx::FromRow)]
struct CountsRow {
    id: String,
    draft: i64,
    waiting: i64,
    pushing: i64,
    imported: i64,
    refused: i64,
    removed: i64,
    draft_found: i64,
    waiting_found: i64,
    pushing_found: i64,
    imported_found: i64,
    refused_found: i64,
    removed_found: i64,
}

impl From<CountsRow> for CountedCreator {
    fn from(row: CountsRow) -> Self {
        Self {
            id: row.id,
            said: super::creators::state_counts([
                row.draft,
                row.waiting,
                row.pushing,
                row.imported,
                row.refused,
                row.removed,
            ]),
            found: super::creators::state_counts([
                row.draft_found,
                row.waiting_found,
                row.pushing_found,
                row.imported_found,
                row.refused_found,
                row.removed_found,
            ]),
        }
    }
}

#[derive(sqlx::FromRow)]
struct CheckedRow {
    #[sqlx(flatten)]
    video: VideoRow,
    held: bool,
    needs: i64,
    listed_from: Option<i64>,
    relisted_from: Option<i64>,
    turns_at: Option<i64>,
    stays: i64,
    ready: bool,
    explained: bool,
}

impl TryFrom<CheckedRow> for CheckedVideo {
    type Error = Error;

    fn try_from(row: CheckedRow) -> Result<Self> {
        Ok(Self {
            video: row.video.try_into()?,
            shelf: Shelf {
                listed_from: moment(row.listed_from),
                relisted_from: moment(row.relisted_from),
                needs: Needs::from_bits(row.needs),
                held: row.held,
            },
            turns_at: moment(row.turns_at),
            stays: row.stays,
            ready: row.ready,
            explained: row.explained,
        })
    }
}

#[derive(sqlx::FromRow)]
struct CheckedEventRow {
    #[sqlx(flatten)]
    event: EventRow,
    known: bool,
}

impl Catalog {
    /// Creators with their counts, in the order of their ids, at most `limit`, behind `after`. Reads every video of theirs.
    pub async fn counted_creators(&self, after: &str, limit: i64) -> Result<Vec<CountedCreator>> {
        let rows: Vec<CountsRow> = self.db.all(COUNTS, &args![after, limit]).await?;
        self.db
            .guard
            .goes_on(after, rows.iter().map(|row| row.id.as_str()))?;
        Ok(rows.into_iter().map(CountedCreator::from).collect())
    }

    /// Videos with what is said of them, in the order in which they were added, at most `limit`, behind `after`.
    pub async fn checked_videos(
        &self,
        after: Option<&VideoId>,
        limit: i64,
    ) -> Result<Vec<CheckedVideo>> {
        let after = after.map_or("", VideoId::as_str);
        let rows: Vec<CheckedRow> = self.db.all(VIDEOS, &args![after, limit]).await?;
        self.db
            .guard
            .goes_on(after, rows.iter().map(|row| row.video.id.as_str()))?;
        rows.into_iter().map(CheckedVideo::try_from).collect()
    }

    /// Events in the order in which they came, at most `limit`, behind `after`.
    pub async fn checked_events(
        &self,
        after: Option<(Timestamp, Digest)>,
        limit: i64,
    ) -> Result<Vec<CheckedEvent>> {
        let (at, last) = after.map_or(
            (Timestamp::from_millis(i64::MIN), Vec::new()),
            |(at, last)| (at, last.as_bytes().to_vec()),
        );
        let args = args![at, last.clone(), limit];
        let rows: Vec<CheckedEventRow> = self.db.all(EVENTS, &args).await?;
        let places = rows.iter().map(|row| row.event.place());
        self.db.guard.goes_on((at, last.as_slice()), places)?;
        let checked = |row: CheckedEventRow| {
            Ok(CheckedEvent {
                event: row.event.try_into()?,
                known: row.known,
            })
        };
        rows.into_iter().map(checked).collect()
    }

    /// Remote ids that more than one video has, at most `limit`, each with two of their guids.
    pub async fn shared_remote_ids(&self, limit: i64) -> Result<Vec<(String, String, String)>> {
        self.db.all(SHARED_IDS, &args![limit]).await
    }

    /// What SQLite's own checks of every page, key and reference find; nothing on Postgres, which has tools for it.
    pub async fn storage_faults(settings: &Database) -> Result<Vec<String>> {
        match settings.kind() {
            DatabaseKind::Sqlite => sqlite_faults(settings, Check::Full).await,
            DatabaseKind::Postgres => Ok(Vec::new()),
        }
    }

    /// What of a SQLite file's schema is not as the migrations make it; nothing on Postgres, which checks its own catalog.
    pub async fn schema_faults(settings: &Database) -> Result<Vec<String>> {
        match settings.kind() {
            DatabaseKind::Sqlite => sqlite_schema_faults(settings).await,
            DatabaseKind::Postgres => Ok(Vec::new()),
        }
    }

    /// What [`Self::storage_faults`] finds, as an error.
    ///
    /// # Errors
    /// [`Error::Damaged`] with what was found.
    pub async fn check_storage(settings: &Database) -> Result<()> {
        sound(&Self::storage_faults(settings).await?)
    }

    /// Looks at every page of a SQLite file, and not whether indexes agree with their tables: several times as fast.
    ///
    /// # Errors
    /// [`Error::Damaged`] with what was found.
    pub async fn check_pages(settings: &Database) -> Result<()> {
        sound(&sqlite_faults(settings, Check::Pages).await?)
    }

    /// Bytes of the write-ahead log of a SQLite file; none on Postgres.
    pub fn log_bytes(settings: &Database) -> Result<Option<u64>> {
        let bytes = |file: std::path::PathBuf| {
            let mut log = file.into_os_string();
            log.push("-wal");
            std::fs::metadata(log).map_or(0, |found| found.len())
        };
        Ok(Self::file(settings)?.map(bytes))
    }
}

fn sound(faults: &[String]) -> Result<()> {
    if faults.is_empty() {
        return Ok(());
    }
    Err(Error::Damaged(faults.join("; ")))
}
