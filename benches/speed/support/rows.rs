//! Videos for a catalog, in statements that both databases read alike.

use crate::harness::databases::{Kind, TestDatabase};

/// The one creator of a site.
pub(crate) const CREATOR: &str = "speed";

/// The guid of a video of [`add_videos`].
pub(crate) fn guid(number: usize) -> String {
    format!("clip-{}", FIRST + number)
}

/// The id of a video of [`add_videos`].
pub(crate) fn id(number: usize) -> String {
    format!("01980000-0000-7000-8000-{}", FIRST + number)
}

/// Added to a video's number, so that every number has as many digits.
const FIRST: usize = 100_000_000_000;

/// Adds waiting videos with about 800 bytes of text each, numbered from 1.
pub(crate) fn add_videos(db: &TestDatabase, count: usize) {
    db.sql(&format!(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})
         INSERT INTO videos (
             id, creator_id, state, held, needs, listed_from, guid, title, description, category, tags, language,
             country, link, media_url, media_type, media_size, duration, width, height, thumbnail_url, published_at,
             made_for_kids, retry_epoch, waiting_since, added_at, content_at)
         SELECT
             '01980000-0000-7000-8000-' || ({FIRST} + n), '{CREATOR}', 'waiting', FALSE, 0, 1788000000000 + n,
             'clip-' || ({FIRST} + n), 'Épisode ' || n || ' – Paper boats & other <small> ships', '{DESCRIPTION}', 'travel',
             'boats,paper,rivers,how-to', 'en', 'FR', 'https://www.example.com/episodes/' || n,
             'https://media.example.com/masters/2026/' || ({FIRST} + n) || '/master.mp4?token=abc&amp=1', 'video/mp4',
             734003200, 754, 1920, 1080, 'https://media.example.com/thumbs/' || ({FIRST} + n) || '/poster.jpg',
             1788000000000 + CAST(n AS BIGINT) * 60000, FALSE, 0, 1788000000000, 1788000000000, 1788000000000
           FROM numbers;
         UPDATE creators SET videos_waiting = {count} WHERE id = '{CREATOR}'"
    ));
    tidy(db);
}

/// Adds so many imported videos, small ones: no feed that drains reads them.
pub(crate) fn add_imported(db: &TestDatabase, count: usize) {
    db.sql(&format!(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})
         INSERT INTO videos (
             id, creator_id, state, held, needs, relisted_from, guid, title, media_url, remote_id, made_for_kids, retry_epoch,
             ready_at, added_at, content_at)
         SELECT
             '01970000-0000-7000-8000-' || ({FIRST} + n), '{CREATOR}', 'imported', FALSE, 0, 1780000000000 + n,
             'old-' || ({FIRST} + n), 'Paper boats', 'https://media.example.com/' || n || '.mp4', 'x' || n, FALSE, 0,
             1780000000000 + n, 1780000000000, 1780000000000 + n
           FROM numbers;
         UPDATE creators SET videos_imported = {count} WHERE id = '{CREATOR}'"
    ));
    tidy(db);
}

/// Adds waiting videos that lie before those of [`add_videos`] and are held: a third each starts in the future, has ended,
/// and is made for kids where nothing says so.
pub(crate) fn add_held(db: &TestDatabase, count: usize) {
    db.sql(&format!(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})
         INSERT INTO videos (
             id, creator_id, state, held, needs, listed_from, guid, title, media_url, starts_at, ends_at, made_for_kids,
             retry_epoch, waiting_since, added_at, content_at)
         SELECT
             '01960000-0000-7000-8000-' || ({FIRST} + n), '{CREATOR}', 'waiting', n % 3 > 0,
             CASE WHEN n % 3 = 2 THEN 1 ELSE 0 END, CASE WHEN n % 3 = 0 THEN 4000000000000 ELSE 1770000000000 END + n,
             'held-' || ({FIRST} + n), 'Paper boats', 'https://media.example.com/' || n || '.mp4',
             CASE WHEN n % 3 = 0 THEN 4000000000000 + n END, CASE WHEN n % 3 = 1 THEN 1780000000000 END, n % 3 = 2,
             0, 1770000000000, 1770000000000, 1770000000000
           FROM numbers;
         UPDATE creators SET videos_waiting = videos_waiting + {count} WHERE id = '{CREATOR}'"
    ));
    tidy(db);
}

/// Makes every second video of [`add_videos`] an imported one that the feed lists again.
pub(crate) fn relist_half(db: &TestDatabase) {
    db.sql(&format!(
        "UPDATE videos
            SET state = 'imported', relisted_from = listed_from, listed_from = NULL, remote_id = 'x1', ready_at = content_at
          WHERE listed_from % 2 = 0;
         UPDATE creators SET mode = 'full' WHERE id = '{CREATOR}'"
    ));
    tidy(db);
}

/// A server in use knows how its rows are spread.
fn tidy(db: &TestDatabase) {
    if db.kind() == Kind::Postgres {
        db.sql("VACUUM ANALYZE");
    }
}

/// Prose as descriptions are: mostly clean, with a few characters that mean something in XML.
const DESCRIPTION: &str = "Every summer the children of the upper valley fold several hundred boats from old newspapers, \
    number them, and let them go at the bridge. This episode follows boat 217 from the first fold to the weir: who made it, \
    what was printed on it, & where it was found. With a guest who has folded for forty years, and a simple trick for a hull \
    that stays dry <longer than you think>. Camera: J. Weiß. Music: “Petite rivière”.";
