//! A feed's page: where it starts, what stands on it, and what tells that it is unchanged.

use std::{fmt, str::FromStr};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use super::{CreatorId, CreatorStatus, FeedMode, Needs, Timestamp};

/// A part of a feed. They follow each other; each has an order of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Waiting videos, those longest listed first.
    #[default]
    Waiting,
    /// Imported videos that are listed again, those longest unchanged first.
    Imported,
}

/// A place in a feed: the video listed last. Its text form is opaque to readers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor {
    pub part: Part,
    /// What the part is ordered by.
    pub listed_from: Timestamp,
    pub id: String,
}

/// In front of places among the imported; those among the waiting have nothing there.
const IMPORTED: &str = "imported:";

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = match self.part {
            Part::Waiting => "",
            Part::Imported => IMPORTED,
        };
        let plain = format!("{part}{}:{}", self.listed_from.as_millis(), self.id);
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(plain))
    }
}

impl FromStr for Cursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let plain = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
            let (part, place) = plain
                .strip_prefix(IMPORTED)
                .map_or((Part::Waiting, plain.as_str()), |place| {
                    (Part::Imported, place)
                });
            let (millis, id) = place.split_once(':')?;
            let listed_from = Timestamp::from_millis(millis.parse().ok()?);
            let fits = (1..=64).contains(&id.len())
                && id
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            fits.then(|| Self {
                part,
                listed_from,
                id: id.to_owned(),
            })
        };
        read().ok_or_else(|| {
            "the place to go on from is not one that a feed gave; start without `after`".to_owned()
        })
    }
}

/// What one indexed read says of a feed: enough to answer that it is unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedHead {
    pub creator: CreatorId,
    pub name: String,
    pub link: Option<String>,
    pub status: CreatorStatus,
    pub mode: FeedMode,
    pub version: i64,
    pub changed_at: Timestamp,
    /// The next moment at which the clock alone changes the feed.
    pub changes_at: Option<Timestamp>,
}

/// Which videos of one part of a feed are read.
#[derive(Clone, Debug)]
pub struct PageQuery {
    pub creator: CreatorId,
    pub part: Part,
    /// Videos after this place only.
    pub after: Option<Cursor>,
    /// Of the imported ones, only those that may be listed again since later than this; all, if none.
    pub changed_after: Option<Timestamp>,
    /// The moment the feed is made for.
    pub now: Timestamp,
    /// The needs that this feed meets; a video with others is left out.
    pub met: Needs,
    /// At most so many videos.
    pub limit: i64,
}

/// A video on its way into a feed, borrowed from the row that the database holds.
#[derive(Clone, Copy, Debug)]
pub struct ListedVideo<'a> {
    pub id: &'a str,
    /// What its part of the feed is ordered by.
    pub listed_from: Timestamp,
    pub guid: &'a str,
    pub title: &'a str,
    pub description: Option<&'a str>,
    pub category: Option<&'a str>,
    /// Parted by single commas.
    pub tags: Option<&'a str>,
    pub language: Option<&'a str>,
    pub country: Option<&'a str>,
    pub link: Option<&'a str>,
    pub media_url: &'a str,
    pub media_type: Option<&'a str>,
    pub media_size: Option<i64>,
    pub duration: Option<i64>,
    pub width: Option<i64>,
    pub height: Option<i64>,
    pub thumbnail_url: Option<&'a str>,
    pub published_at: Option<Timestamp>,
    pub starts_at: Option<Timestamp>,
    pub ends_at: Option<Timestamp>,
    /// `allow` or `deny`, then upper-case codes, single blanks between.
    pub geo: Option<&'a str>,
    pub made_for_kids: Option<bool>,
    pub private: Option<bool>,
    pub explicit: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back() {
        for part in [Part::Waiting, Part::Imported] {
            let cursor = Cursor {
                part,
                listed_from: Timestamp::from_millis(-5),
                id: "0190-ab".to_owned(),
            };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
    }

    #[test]
    fn a_place_among_the_waiting_is_written_without_its_part() {
        let cursor: Cursor = BASE64_URL_SAFE_NO_PAD.encode("5:a").parse().unwrap();
        assert_eq!((cursor.part, cursor.id.as_str()), (Part::Waiting, "a"));
    }

    #[test]
    fn a_made_up_cursor_is_refused() {
        for text in ["", "x", "MTox!", "OjE", "MTo", &"A".repeat(500)] {
            assert!(text.parse::<Cursor>().is_err(), "{text}");
        }
    }
}
