//! Videos of a network with their words and their timelines.
//!
//! What becomes of a video follows from its number: the last three digits say how it stands, so that every thousand is
//! mixed alike, and whose it is follows from all of them.

use super::{CREATORS, FIRST, ID, Size, moment, numbers};

/// Videos that are written by one statement.
const CHUNK: usize = 250_000;
/// The two reasons for which most videos were refused: one in fifty each.
pub(crate) const REASONS: [&str; 2] = ["failed", "timed_out"];

/// How a video stands whose number ends so.
const STATE: &str = "CASE WHEN class < 42 THEN 'refused' WHEN class < 72 THEN 'waiting' WHEN class < 78 THEN 'draft'
                          WHEN class BETWEEN 79 AND 81 THEN 'removed' ELSE 'imported' END";
/// Whether it is made for kids, which no feed can say here.
const KIDS: &str = "(class BETWEEN 66 AND 71 OR class BETWEEN 83 AND 90)";
/// Dailymotion has two of it.
const CONFLICT: &str = "class = 78";
/// It is imported, and breaks a rule since.
const SPOILED: &str = "class = 82";
/// One creator has every twentieth video, some have many, the others a thousand each at most.
const CREATOR: &str =
    "CASE WHEN class BETWEEN 500 AND 549 THEN 0 WHEN class % 4 = 0 THEN spread * spread / $creators
                            ELSE spread END";

/// Words of which titles are made: the first of each, then the second, then two that are one.
const FREQUENT: [&str; 12] = [
    "how", "why", "when", "best", "live", "inside", "making", "official", "full", "special",
    "weekly", "behind",
];
const COMMON: [&str; 64] = [
    "paper", "river", "glass", "winter", "garden", "engine", "market", "island", "copper",
    "violin", "harvest", "signal", "canyon", "bridge", "falcon", "marble", "orchard", "puzzle",
    "rocket", "saddle", "temple", "velvet", "walnut", "yellow", "zephyr", "anchor", "basket",
    "candle", "desert", "ember", "fiddle", "ginger", "hollow", "indigo", "jungle", "kettle",
    "ladder", "meadow", "needle", "ocean", "pebble", "quartz", "ribbon", "silver", "timber",
    "umbrella", "valley", "willow", "beacon", "cinema", "dragon", "feather", "goblin", "hammer",
    "ivory", "jacket", "kernel", "lagoon", "mirror", "nutmeg", "oyster", "pepper", "rabbit",
    "shadow",
];

/// The guid of a video.
pub(crate) fn guid(number: usize) -> String {
    format!("vid-{}", FIRST + number)
}

/// The id of a video.
pub(crate) fn id(number: usize) -> String {
    format!("{ID}{}", FIRST + number)
}

/// The id of a creator; the one of number 0 has the most videos.
pub(crate) fn creator(number: usize) -> String {
    format!("channel-{}", 10_000 + number)
}

/// Every video with its words and its timeline.
pub(super) fn all(size: Size) -> String {
    let mut script = words();
    for from in (1..=size.videos).step_by(CHUNK) {
        script += &videos(size, from, size.videos.min(from + CHUNK - 1));
    }
    script + &kept_beside(size)
}

/// The words of titles in a table of their own, each under the number by which it is drawn.
fn words() -> String {
    let frequent = (0..).zip(FREQUENT.map(str::to_owned));
    let common = (100..).zip(COMMON.map(str::to_owned));
    let pairs = COMMON
        .into_iter()
        .flat_map(|one| COMMON.map(|other| format!("{one}{other}")));
    let rows = frequent.chain(common).chain((1_000..).zip(pairs));
    let rows: Vec<_> = rows.map(|(at, word)| format!("({at}, '{word}')")).collect();
    format!(
        "CREATE TEMPORARY TABLE title_words (place BIGINT NOT NULL PRIMARY KEY, word TEXT NOT NULL);
         INSERT INTO title_words (place, word) VALUES {};\n",
        rows.join(", ")
    )
}

fn videos(size: Size, from: usize, to: usize) -> String {
    let (numbers, lately) = (numbers(from, to), size.lately());
    let creator = CREATOR.replace("$creators", &CREATORS.to_string());
    let added_at = moment(size, size.videos, 730);
    let waiting_since = moment(size, size.videos, 7);
    format!(
        "{numbers},
         drawn AS (
            SELECT n, n % 1000 AS class, (n / 1000 * 31 + n % 1000 * 17) % {CREATORS} AS spread,
                   n * 2654435761 % 4294967296 / 64 AS chance
              FROM numbers),
         placed AS (
            SELECT n, class, chance, {creator} AS creator, {STATE} AS state, {added_at} AS added_at,
                   {waiting_since} AS waiting_since, chance / 7 % 4096 AS pair
              FROM drawn)
         INSERT INTO videos (
             id, creator_id, state, held, needs, listed_from, relisted_from, guid, title, description, category, tags, language,
             country, link, media_url, media_type, media_size, duration, width, height, thumbnail_url, published_at,
             made_for_kids, broken, remote_id, other_remote_ids, retry_epoch, failed_epoch, refusal, waiting_since, ready_at,
             added_at, content_at)
         SELECT
             '{ID}' || ({FIRST} + n), 'channel-' || (10000 + creator), state, {KIDS} OR {SPOILED},
             CASE WHEN {KIDS} THEN 1 ELSE 0 END, CASE WHEN state = 'waiting' THEN waiting_since END,
             CASE WHEN state = 'imported' THEN added_at END, 'vid-' || ({FIRST} + n),
             frequent.word || ' ' || common.word || ' ' || paired.word || ' ' || (chance % 5000),
             'Every summer the children of the upper valley fold several hundred boats from old newspapers, number them, and '
             || 'let them go at the bridge. This one follows boat ' || chance || ' from the first fold to the weir.',
             'travel', 'boats,paper,rivers', 'en', 'FR', 'https://www.example.com/episodes/' || n,
             CASE WHEN state = 'draft' THEN NULL ELSE 'https://media.example.com/masters/' || n || '.mp4' END, 'video/mp4',
             734003200, 754, 1920, 1080, 'https://media.example.com/thumbs/' || n || '.jpg', added_at, {KIDS},
             CASE WHEN state = 'draft' THEN 'media_missing' WHEN {SPOILED} THEN 'category_unknown' END,
             CASE WHEN state = 'imported' THEN 'x' || n END, CASE WHEN {CONFLICT} THEN 'xy' || n END, 0,
             CASE WHEN state = 'refused' THEN 0 END,
             CASE WHEN class < 20 THEN '{failed}' WHEN class < 40 THEN '{timed_out}'
                  WHEN class < 42 THEN 'rejected_' || (n / 1000 % 12) END,
             CASE WHEN state = 'waiting' THEN waiting_since END,
             CASE WHEN state = 'imported' AND (n > {lately} OR {CONFLICT}) THEN added_at + 3600000 END, added_at, added_at
           FROM placed
          CROSS JOIN title_words AS frequent
          CROSS JOIN title_words AS common
          CROSS JOIN title_words AS paired
          WHERE frequent.place = chance % 12 AND common.place = 100 + chance / 12 % 64
            AND paired.place = 1000 + pair * pair / 4096
          ORDER BY n;\n",
        failed = REASONS[0],
        timed_out = REASONS[1],
    )
}

/// Words and timelines. What was imported long ago came in as such, all else as waiting.
fn kept_beside(size: Size) -> String {
    let recent = id(size.lately());
    format!(
        "DROP TABLE title_words;
         INSERT INTO video_words (video_id, words) SELECT id, replace(guid, '-', ' ') || ' ' || title FROM videos ORDER BY id;
         INSERT INTO timeline (video_id, id, at, what, from_state, to_state, by_whom)
         SELECT id, '{ID}000000000001', added_at, 'added', NULL,
                CASE WHEN state = 'draft' THEN 'draft'
                     WHEN state = 'imported' AND id <= '{recent}' AND other_remote_ids IS NULL THEN 'imported'
                     ELSE 'waiting' END, 'import'
           FROM videos ORDER BY id;
         INSERT INTO timeline (video_id, id, at, what, from_state, to_state, by_whom)
         SELECT id, '{ID}000000000002', added_at + 3600000,
                CASE WHEN state = 'removed' THEN 'taken_down' ELSE 'reported' END, 'waiting', state,
                CASE WHEN state = 'removed' THEN 'owner' ELSE 'injector' END
           FROM videos
          WHERE state IN ('refused', 'removed')
             OR (state = 'imported' AND (id > '{recent}' OR other_remote_ids IS NOT NULL))
          ORDER BY id;\n"
    )
}
