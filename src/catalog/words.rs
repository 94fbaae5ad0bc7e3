//! The words by which videos are found, kept beside them and indexed by each database in its own way.
//!
//! The program folds them, so that both databases find the same. They stand in a table of their own: whatever else changes
//! of a video leaves their index alone.

use super::{
    Catalog, Tx,
    db::{Arg, Sql, args, statements},
    error::Result,
    videos::Save,
};
use crate::model::{Change, Timestamp, VideoId, Words, begins, searchable};

/// Words that are not there yet. Postgres draws a number for every row that it is to add, also where there is one already.
macro_rules! cells {
    ($same:literal) => {
        concat!(
            "INSERT INTO video_words (video_id, words)
         SELECT cells.id, cells.words FROM jsonb_to_recordset(CAST($1 AS jsonb)) AS cells (id text, words text)
          WHERE NOT EXISTS (SELECT 1 FROM video_words AS kept WHERE kept.video_id = cells.id ",
            $same,
            ")
          ORDER BY cells.id
             ON CONFLICT (video_id)"
        )
    };
}

statements! {
    ADD = Sql::same("INSERT INTO video_words (video_id, words) VALUES ($1, $2)");
    /// Words that are new to a video. What stays the same is left alone, and so is its index.
    SET = Sql::each(
        "INSERT INTO video_words (video_id, words)
         SELECT value ->> 'id', value ->> 'words' FROM jsonb_each($1) WHERE TRUE
             ON CONFLICT (video_id) DO UPDATE SET words = excluded.words WHERE video_words.words <> excluded.words",
        concat!(cells!("AND kept.words = cells.words"), " DO UPDATE SET words = excluded.words"));
    /// Words of videos that have none; those of the others may have changed meanwhile.
    FILL = Sql::each(
        "INSERT INTO video_words (video_id, words)
         SELECT value ->> 'id', value ->> 'words' FROM jsonb_each($1) WHERE TRUE
             ON CONFLICT (video_id) DO NOTHING",
        concat!(cells!(""), " DO NOTHING"));
    TITLES = Sql::same("SELECT id, guid, title FROM videos WHERE id > $1 ORDER BY id LIMIT $2");
    /// Videos are numbered as their words come, with some gaps.
    NUMBERED = Sql::same("SELECT COALESCE(MAX(number), 0) FROM video_words");
    /// The words of the videos from these numbers on.
    SAMPLED = Sql::each(
        "SELECT (SELECT words FROM video_words WHERE number >= value ORDER BY number LIMIT 1) FROM json_each($1)",
        "SELECT (SELECT words FROM video_words WHERE number >= CAST(value AS BIGINT) ORDER BY number LIMIT 1)
           FROM jsonb_array_elements_text(CAST($1 AS jsonb)) AS listed (value)");
    /// Videos whose words begin so, and all their words.
    FOUND = Sql::each(
        // The index goes first, so that both end at the limit.
        "SELECT video_id, words.words FROM video_search CROSS JOIN video_words AS words ON number = video_search.rowid
          WHERE video_search MATCH $1
          LIMIT $2",
        "SELECT video_id, words FROM video_words
          WHERE array_to_tsvector(string_to_array(words, ' ')) @@ CAST($1 AS tsquery)
          LIMIT $2");
    UNTIL = Sql::same("SELECT value FROM marks WHERE name = 'searchable_until'");
    SET_UNTIL = Sql::same("UPDATE marks SET value = $1 WHERE name = 'searchable_until'");
}

/// Videos, in equal distances, that tell how common a word is.
const SAMPLE: i64 = 300;
/// Videos that may have a word that the index is asked for. What it takes to answer grows with them, however few of them have
/// the other words too.
const RARE: i64 = 50_000;

#[derive(serde::Serialize)]
struct WordCells<'a> {
    id: &'a str,
    words: String,
}

/// A video's own words, before they are folded.
#[derive(sqlx::FromRow)]
struct TitleRow {
    id: String,
    guid: String,
    title: Option<String>,
}

impl TitleRow {
    fn cells(&self) -> WordCells<'_> {
        WordCells {
            id: &self.id,
            words: searchable(self.title.as_deref(), &self.guid),
        }
    }
}

fn words_of(save: &Save) -> String {
    let video = &save.video;
    searchable(video.fields.title.as_deref(), video.guid.as_str())
}

/// Patterns for each word of a search, and as many that fit everything as there could be more words. A word holds letters
/// and digits alone, so nothing in it means anything to a pattern.
pub(super) fn patterns(words: Option<&Words>) -> Vec<Arg> {
    let words = words.map_or(&[][..], Words::as_slice);
    let asked = words.iter().map(|word| Arg::from(format!("% {word}%")));
    let rest = std::iter::repeat_with(|| Arg::from("%"));
    asked.chain(rest).take(Words::MOST).collect()
}

impl Catalog {
    /// The ids of the videos that a search finds, in no order. None when more than `limit` have its rare words, or none of
    /// them is rare.
    pub(super) async fn found(&self, words: &Words, limit: usize) -> Result<Option<Vec<String>>> {
        let rare = self.rare(words).await?;
        if rare.is_empty() {
            return Ok(None);
        }
        let query = if self.db.is_postgres() {
            let begins = |word: &&str| format!("'{word}':*");
            rare.iter().map(begins).collect::<Vec<_>>().join(" & ")
        } else {
            let begins = |word: &&str| format!("\"{word}\"*");
            rare.iter().map(begins).collect::<Vec<_>>().join(" ")
        };
        let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let rows: Vec<(String, String)> = self.db.all(FOUND, &args![query, one_more]).await?;
        if rows.len() > limit {
            return Ok(None);
        }
        let found = rows.into_iter().filter(|(_id, kept)| words.begin(kept));
        Ok(Some(found.map(|(id, _kept)| id).collect()))
    }

    /// Those words of a search that few videos have, as far as a sample of them tells.
    async fn rare<'a>(&self, words: &'a Words) -> Result<Vec<&'a str>> {
        let numbered: Option<(i64,)> = self.db.maybe(NUMBERED, &args![]).await?;
        let numbered = numbered.map_or(0, |(number,)| number);
        let numbers: Vec<_> = (1..=SAMPLE).map(|at| numbered / SAMPLE * at).collect();
        let sampled: Vec<(Option<String>,)> = if numbered > RARE {
            self.db.all(SAMPLED, &[Arg::rows(&numbers)?]).await?
        } else {
            Vec::new()
        };
        let is_rare = |word: &&str| {
            let kept = sampled.iter().filter_map(|(kept,)| kept.as_deref());
            let having = kept.filter(|kept| begins(kept, word)).count();
            i64::try_from(having).is_ok_and(|having| numbered / SAMPLE * having <= RARE)
        };
        let words = words.as_slice().iter().map(String::as_str);
        Ok(words.filter(is_rare).collect())
    }

    /// Until when videos were looked at for missing words.
    pub async fn searchable_until(&self) -> Result<Timestamp> {
        let until: Option<(i64,)> = self.db.maybe(UNTIL, &args![]).await?;
        Ok(Timestamp::from_millis(until.map_or(0, |(at,)| at)))
    }
}

impl Tx {
    /// Writes the words of new and of edited videos. Nothing else changes a title.
    pub(super) async fn save_words(&mut self, saves: &[Save]) -> Result<()> {
        let (added, changed): (Vec<_>, Vec<_>) =
            saves.iter().partition(|save| save.before.is_none());
        let rows = added
            .into_iter()
            .map(|save| args![&save.video.id, words_of(save)].to_vec());
        self.add_all(ADD, rows).await?;
        let edited = changed
            .into_iter()
            .filter(|save| save.line.what == Change::Edited);
        let cells = edited.map(|save| WordCells {
            id: save.video.id.as_str(),
            words: words_of(save),
        });
        self.write_words(SET, &cells.collect::<Vec<_>>()).await
    }

    /// Gives words to those of the next `limit` videos behind `after` that have none. Answers the last of them; none when
    /// there is no further video.
    pub async fn fill_words(&mut self, after: &VideoId, limit: i64) -> Result<Option<VideoId>> {
        let args = args![after, limit];
        let titles: Vec<TitleRow> = self.all(TITLES, &args).await?;
        self.guard
            .goes_on(after.as_str(), titles.iter().map(|row| row.id.as_str()))?;
        let cells = titles.iter().map(TitleRow::cells);
        self.write_words(FILL, &cells.collect::<Vec<_>>()).await?;
        Ok(titles
            .into_iter()
            .next_back()
            .map(|row| VideoId::from(row.id)))
    }

    /// Notes until when videos were looked at for missing words.
    pub async fn set_searchable_until(&mut self, until: Timestamp) -> Result<()> {
        self.run(SET_UNTIL, &args![until]).await.map(|_one| ())
    }

    async fn write_words(&mut self, sql: Sql, cells: &[WordCells<'_>]) -> Result<()> {
        if cells.is_empty() {
            return Ok(());
        }
        self.run(sql, &[Arg::rows(cells)?]).await.map(|_changed| ())
    }
}
