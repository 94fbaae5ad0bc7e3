//! Videos: found, added and saved; every write keeps timeline, counts and feed version in step.

use std::collections::BTreeMap;

use super::{
    Catalog, Tx,
    db::{Arg, Sql, args, statements},
    error::Result,
    rows::{VideoCells, VideoRow, text_list},
    timeline::LineCells,
    touched::Touched,
};
use crate::model::{
    Activity, CreatorId, FeedPolicy, Guid, State, TimelineLine, Timestamp, Video, VideoId,
};

/// The columns of a [`VideoRow`].
macro_rules! video_columns {
    () => {
        "id, creator_id, guid, state, title, description, category, tags, language, country, link, media_url,
                media_type, media_size, duration, width, height, thumbnail_url, published_at, starts_at, ends_at, geo,
                made_for_kids, private, explicit, source_guid, broken, remote_id, other_remote_ids, retry_epoch,
                failed_epoch, unusable_epoch, refusal, retry_at, waiting_since, ready_at, added_at, content_at,
                pins"
    };
}
pub(super) use video_columns;

/// These columns, in front of what selects the rows.
macro_rules! select_videos {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            video_columns!(),
            "
           FROM videos ",
            $rest
        )
    };
}

statements! {
    FIND = Sql::same(select_videos!("WHERE guid = $1"));
    /// Waiting videos with needs, that a change of the policy may hold or let go. Left to itself SQLite reads all that waits.
    LIST_NEEDING = Sql::each(
        select_videos!(
            "INDEXED BY videos_needing WHERE state = 'waiting' AND needs > 0 AND id > $1 ORDER BY id LIMIT $2"),
        select_videos!("WHERE state = 'waiting' AND needs > 0 AND id > $1 ORDER BY id LIMIT $2"));
    /// Every video, some at a time.
    WALK = Sql::same(select_videos!("WHERE id > $1 ORDER BY id LIMIT $2"));
    /// The rows stay locked until the transaction ends, taken by Postgres in the order of ids so that two never wait for each
    /// other.
    BY_GUID = Sql::each(
        select_videos!("WHERE guid IN (SELECT value FROM json_each($1))"),
        select_videos!("WHERE guid IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb))) ORDER BY id FOR UPDATE"));
    ADD = Sql::same(include_str!("sql/insert_video.sql"));
    /// Changed videos, and then what is told of them and of those just added.
    SAVE = Sql::each(
        concat!(include_str!("sql/save_videos.sqlite.sql"), ";", include_str!("sql/tell.sqlite.sql")),
        concat!("WITH saved AS (", include_str!("sql/save_videos.postgres.sql"), "), ", include_str!("sql/tell.postgres.sql")));
    CONFLICTS = Sql::same("SELECT CAST(COUNT(*) AS BIGINT) FROM videos WHERE other_remote_ids IS NOT NULL");
}

/// A video to be written, and the line that its timeline gets for it.
#[derive(Clone, Debug)]
pub struct Save {
    /// The state before; none for a new video.
    pub before: Option<State>,
    pub video: Video,
    /// Orders the line among those of the video.
    pub line_id: String,
    pub line: TimelineLine,
}

impl Catalog {
    /// The video of that guid.
    pub async fn find_video(&self, guid: &Guid) -> Result<Option<Video>> {
        self.db
            .maybe::<VideoRow>(FIND, &args![guid])
            .await?
            .map(Video::try_from)
            .transpose()
    }

    /// Waiting videos that say something a feed must be able to express, in the order of ids.
    pub async fn videos_with_needs(
        &self,
        after: Option<&VideoId>,
        limit: i64,
    ) -> Result<Vec<Video>> {
        let after = after.map_or("", VideoId::as_str);
        let rows: Vec<VideoRow> = self.db.all(LIST_NEEDING, &args![after, limit]).await?;
        self.db
            .guard
            .goes_on(after, rows.iter().map(|row| row.id.as_str()))?;
        rows.into_iter().map(Video::try_from).collect()
    }

    /// Any videos in the order of ids, at most `limit`, behind a place.
    pub async fn videos_behind(&self, after: &VideoId, limit: i64) -> Result<Vec<Video>> {
        let rows: Vec<VideoRow> = self.db.all(WALK, &args![after, limit]).await?;
        self.db
            .guard
            .goes_on(after.as_str(), rows.iter().map(|row| row.id.as_str()))?;
        rows.into_iter().map(Video::try_from).collect()
    }

    /// The videos of these guids, as they are now.
    pub async fn videos_of(&self, guids: &[Guid]) -> Result<Vec<Video>> {
        let rows: Vec<VideoRow> = self
            .db
            .all(BY_GUID, &[text_list(guids, Guid::as_str)?])
            .await?;
        rows.into_iter().map(Video::try_from).collect()
    }

    /// How many videos have more than one remote id.
    pub async fn count_conflicts(&self) -> Result<i64> {
        let row: Option<(i64,)> = self.db.maybe(CONFLICTS, &args![]).await?;
        Ok(row.map_or(0, |(count,)| count))
    }
}

impl Tx {
    /// Keeps callbacks from being applied beside this transaction, so that no event misses a video added here.
    /// Must come first in a transaction that adds videos.
    pub async fn prepare_to_add(&mut self) -> Result<()> {
        self.own_story().await
    }

    /// The videos of these guids; nobody else changes them before this transaction ends.
    pub async fn videos_of(&mut self, guids: &[Guid]) -> Result<Vec<Video>> {
        let rows: Vec<VideoRow> = self
            .all(BY_GUID, &[text_list(guids, Guid::as_str)?])
            .await?;
        rows.into_iter().map(Video::try_from).collect()
    }

    /// Writes videos with their timeline lines, and brings words, counts, feed versions and shelves along.
    pub async fn save(&mut self, saves: &[Save], policy: FeedPolicy, now: Timestamp) -> Result<()> {
        if saves.is_empty() {
            return Ok(());
        }
        let mut touched = Touched::default();
        let (mut added, mut changed) = (Vec::new(), Vec::new());
        let (mut first_lines, mut lines) = (Vec::new(), Vec::new());
        for save in saves {
            let place = save.video.shelf(policy, now);
            let cells = VideoCells::new(&save.video, place);
            let line = LineCells::new(&save.video.id, &save.line_id, &save.line);
            if save.before.is_none() {
                added.push(cells);
                first_lines.push(line);
            } else {
                changed.push(cells);
                lines.push(line);
            }
            touched.note(&save.video.creator, save.before, save.video.standing.state);
            let ends_at = save.video.fields.ends_at;
            touched.note_clock(&save.video.creator, place, ends_at, policy, now);
        }
        let new = i64::try_from(added.len()).unwrap_or(i64::MAX);
        let added = added.into_iter().map(VideoCells::into_args);
        self.add_all(ADD, added).await?;
        self.add_lines(first_lines).await?;
        self.save_words(saves).await?;
        let args = [
            Arg::rows(&changed)?,
            Arg::rows(&lines)?,
            touched.rows()?,
            now.into(),
        ];
        self.run(SAVE, &args).await?;
        self.count(Activity::Added, new, now).await?;
        self.count_losses(&drafted(saves), now).await
    }
}

/// Videos that left their feeds as drafts, by creator in their order. What an import makes of them is told by the import.
fn drafted(saves: &[Save]) -> Vec<(CreatorId, i64)> {
    let mut lost = BTreeMap::<_, i64>::new();
    for save in saves {
        let (before, after) = (save.before, save.video.standing.state);
        let left = before == Some(State::Waiting) && after == State::Draft;
        if left && !save.line.is_of_import() {
            *lost.entry(save.video.creator.clone()).or_default() += 1;
        }
    }
    lost.into_iter().collect()
}
