//! Creators, their counts, and the indexes that are built once everything is written.

use super::{CREATORS, Size, numbers, quickly};
use crate::harness::databases::{Kind, TestDatabase};

/// Tables that get a row or more for each video.
const LARGE: &str = "('videos', 'video_words', 'timeline', 'events', 'visits')";

/// Every creator, most of them active.
pub(super) fn creators(size: Size) -> String {
    let Size { now, .. } = size;
    format!(
        "{numbers}
         INSERT INTO creators (id, name, dailymotion_id, username, status, adopted, mode, announced, added_at, feed_version,
                feed_changed_at, words)
         SELECT 'channel-' || (10000 + n), name || ' ' || n, 'xc' || n, 'user' || n,
                CASE WHEN n % 100 = 7 THEN 'paused' WHEN n % 500 = 9 THEN 'rejected' ELSE 'active' END, n % 20 > 0,
                CASE WHEN n % 10 = 3 THEN 'full' ELSE 'drain' END, TRUE, {now} - 63072000000, 2, {now},
                'channel ' || (10000 + n) || ' ' || lower(name) || ' ' || n
           FROM (SELECT n,
                        CASE n % 5 WHEN 0 THEN 'Northern' WHEN 1 THEN 'Harbour' WHEN 2 THEN 'Velvet' WHEN 3 THEN 'Granite'
                                   ELSE 'Sunday' END
                        || ' ' ||
                        CASE n / 5 % 6 WHEN 0 THEN 'Lantern' WHEN 1 THEN 'Kitchen' WHEN 2 THEN 'Cycling' WHEN 3 THEN 'News'
                                       WHEN 4 THEN 'Records' ELSE 'Stories' END AS name
                   FROM numbers) AS named;\n",
        numbers = numbers(0, CREATORS - 1)
    )
}

/// What each creator says of its videos.
pub(super) const COUNTS: &str = "UPDATE creators
    SET videos_draft = counted.draft, videos_waiting = counted.waiting, videos_imported = counted.imported,
        videos_refused = counted.refused, videos_removed = counted.removed
   FROM (SELECT creator_id,
                COUNT(CASE WHEN state = 'draft' THEN 1 END) AS draft, COUNT(CASE WHEN state = 'waiting' THEN 1 END) AS waiting,
                COUNT(CASE WHEN state = 'imported' THEN 1 END) AS imported,
                COUNT(CASE WHEN state = 'refused' THEN 1 END) AS refused,
                COUNT(CASE WHEN state = 'removed' THEN 1 END) AS removed
           FROM videos
          GROUP BY creator_id) AS counted
  WHERE counted.creator_id = creators.id";

/// Drops the indexes of the large tables, fills these, and builds the indexes again: one after the other, each is sorted.
pub(super) fn without_indexes(db: &TestDatabase, fill: impl FnOnce()) {
    let found = db.query(&match db.kind() {
        Kind::Sqlite => format!(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN {LARGE}"
        ),
        Kind::Postgres => format!(
            "SELECT indexname, indexdef FROM pg_indexes
              WHERE tablename IN {LARGE} AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        ),
    });
    let indexes = found.into_iter().map(|row| {
        let [name, made]: [Option<String>; 2] = row.try_into().expect("two columns");
        (name.unwrap(), made.unwrap())
    });
    let indexes: Vec<_> = indexes.collect();
    for (name, _) in &indexes {
        db.sql(&format!("DROP INDEX {name}"));
    }
    fill();
    for (_, made) in &indexes {
        quickly(db, made);
    }
}
