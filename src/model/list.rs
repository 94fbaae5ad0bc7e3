//! Lists of videos: their orders, the places at which they go on, the size of a page, and counts that know how sure they are.

use std::{fmt, str::FromStr};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use super::{Timestamp, Video, VideoId, short_escaped};

/// The order of a list of videos.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VideoOrder {
    /// Added last first.
    Newest,
    /// Added first first.
    #[default]
    Oldest,
    /// Waiting videos alone, in the order in which feeds list them: since when they may be listed.
    LongestWaiting,
}

impl VideoOrder {
    /// Every order.
    pub const ALL: [Self; 3] = [Self::Newest, Self::Oldest, Self::LongestWaiting];

    /// The word for it in addresses, flags and cursors.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Oldest => "oldest",
            Self::LongestWaiting => "longest_waiting",
        }
    }
}

impl FromStr for VideoOrder {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|order| order.as_str() == text);
        found.ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str).join("`, `");
            format!(
                "`{}` is no order of videos; give one of `{known}`",
                short_escaped(text)
            )
        })
    }
}

/// The place behind a video of a list, from which the next page goes on. Its text form is opaque to readers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListCursor {
    pub order: VideoOrder,
    /// Since when it may be listed; of meaning for [`VideoOrder::LongestWaiting`] alone.
    pub listed_from: Timestamp,
    pub id: VideoId,
}

/// Bytes of an id that a cursor holds at most.
const LONGEST_ID: usize = 1_100;

impl ListCursor {
    /// The place behind this video.
    pub fn behind(video: &Video, order: VideoOrder) -> Self {
        let listed_from = match order {
            VideoOrder::LongestWaiting => video.listed_from(),
            VideoOrder::Newest | VideoOrder::Oldest => None,
        };
        Self {
            order,
            listed_from: listed_from.unwrap_or(Timestamp::from_millis(0)),
            id: video.id.clone(),
        }
    }
}

impl fmt::Display for ListCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = self.listed_from.as_millis();
        f.write_str(&place(self.order.as_str(), since, self.id.as_str()))
    }
}

impl FromStr for ListCursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        read_place(text, |order, since, id| {
            Some(Self {
                order: order.parse().ok()?,
                listed_from: Timestamp::from_millis(since),
                id: VideoId::from(id),
            })
        })
    }
}

/// A place of a list as one opaque text: the word of its order, a number and an id.
pub(super) fn place(order: &str, number: i64, id: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("{order}:{number}:{id}"))
}

/// The place that such a text names, if its parts make one.
pub(super) fn read_place<T>(
    text: &str,
    made: impl FnOnce(&str, i64, String) -> Option<T>,
) -> Result<T, String> {
    let read = || {
        let plain = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (order, place) = plain.split_once(':')?;
        let (number, id) = place.split_once(':')?;
        let fits = (1..=LONGEST_ID).contains(&id.len()) && !id.contains('\0');
        made(order, number.parse().ok()?, id.to_owned()).filter(|_| fits)
    };
    read().ok_or_else(|| {
        "the place to go on from is not one that a list gave; start without it".to_owned()
    })
}

/// How many rows of a list are asked for: 1 to 500.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize(i64);

impl PageSize {
    /// The least.
    pub const ONE: Self = Self(1);
    /// The most.
    pub const MOST: Self = Self(500);
    /// Where nothing else is asked for.
    pub const USUAL: Self = Self(50);

    /// The number.
    pub fn get(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for PageSize {
    type Error = String;

    fn try_from(number: i64) -> Result<Self, String> {
        if (1..=Self::MOST.0).contains(&number) {
            Ok(Self(number))
        } else {
            Err(format!(
                "`{number}` is no size of a page; give 1 to {}",
                Self::MOST.0
            ))
        }
    }
}

impl FromStr for PageSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fault = || {
            format!(
                "`{}` is no size of a page; give 1 to {}",
                short_escaped(text),
                Self::MOST.0
            )
        };
        let number: i64 = text.parse().map_err(|_odd| fault())?;
        Self::try_from(number)
    }
}

/// How many there are, as far as it was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    Exact(i64),
    /// So many were found before counting was given up.
    AtLeast(i64),
}

impl Count {
    /// What is counted exactly at most, where no counter is kept.
    pub const LIMIT: i64 = 10_000;

    /// How many were found.
    pub fn found(self) -> i64 {
        match self {
            Self::Exact(count) | Self::AtLeast(count) => count,
        }
    }

    /// Whether it is known that there is none.
    pub fn is_zero(self) -> bool {
        self == Self::Exact(0)
    }

    /// A count that was given up above [`Self::LIMIT`].
    pub fn up_to_limit(counted: i64) -> Self {
        if counted > Self::LIMIT {
            Self::AtLeast(Self::LIMIT + 1)
        } else {
            Self::Exact(counted)
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(count) => write!(f, "{count}"),
            Self::AtLeast(found) if *found > Self::LIMIT => {
                write!(f, "more than {}", Self::LIMIT)
            }
            Self::AtLeast(found) => write!(f, "at least {found}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_nothing_else_does() {
        for order in VideoOrder::ALL {
            let cursor = ListCursor {
                order,
                listed_from: Timestamp::from_millis(-5),
                id: VideoId::from("v:1-é".to_owned()),
            };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        for plain in [
            "",
            "newest",
            "newest:1",
            "newest:1:",
            "best:1:a",
            "newest:x:a",
            "newest:1:\0",
        ] {
            let text = BASE64_URL_SAFE_NO_PAD.encode(plain);
            assert!(text.parse::<ListCursor>().is_err(), "{plain:?}");
        }
        assert!("not base64!".parse::<ListCursor>().is_err());
    }

    #[test]
    fn a_page_has_one_to_five_hundred_rows() {
        for good in [1, 500] {
            assert_eq!(PageSize::try_from(good).unwrap().get(), good);
        }
        for bad in [i64::MIN, -1, 0, 501, i64::MAX] {
            assert!(PageSize::try_from(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_count_says_how_sure_it_is() {
        assert_eq!(Count::Exact(10_000).to_string(), "10000");
        assert_eq!(Count::AtLeast(10_001).to_string(), "more than 10000");
        assert_eq!(Count::AtLeast(37).to_string(), "at least 37");
    }

    #[test]
    fn orders_have_words() {
        for order in VideoOrder::ALL {
            assert_eq!(order.as_str().parse(), Ok(order));
        }
        let fault = "best".parse::<VideoOrder>().unwrap_err();
        assert!(fault.contains("`newest`, `oldest`"), "{fault}");
    }
}
