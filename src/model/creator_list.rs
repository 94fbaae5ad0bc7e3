//! Lists of creators: their orders, and the places at which they go on.

use std::{fmt, str::FromStr};

use super::{
    Creator, CreatorId, Timestamp,
    list::{place, read_place},
    short_escaped,
};

/// The order of a list of creators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CreatorOrder {
    /// By their ids.
    #[default]
    Id,
    /// Whose oldest waiting video may be listed for longest first; those without any come last.
    OldestWaiting,
    /// Whose videos Dailymotion refuses most often first.
    FailureRate,
}

impl CreatorOrder {
    /// Every order.
    pub const ALL: [Self; 3] = [Self::Id, Self::OldestWaiting, Self::FailureRate];

    /// The word for it in addresses, flags and cursors.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::OldestWaiting => "oldest_waiting",
            Self::FailureRate => "failure_rate",
        }
    }
}

impl FromStr for CreatorOrder {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|order| order.as_str() == text);
        found.ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str).join("`, `");
            let text = short_escaped(text);
            format!("`{text}` is no order of creators; give one of `{known}`")
        })
    }
}

/// The place behind a creator of a list, from which the next page goes on. Its text form is opaque to readers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatorCursor {
    pub order: CreatorOrder,
    /// What the order goes by before it goes by ids.
    pub rank: i64,
    pub id: CreatorId,
}

impl fmt::Display for CreatorCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&place(self.order.as_str(), self.rank, self.id.as_str()))
    }
}

impl FromStr for CreatorCursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        read_place(text, |order, rank, id| {
            Some(Self {
                order: order.parse().ok()?,
                rank,
                id: id.parse().ok()?,
            })
        })
    }
}

/// A creator as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RankedCreator {
    pub creator: Creator,
    /// Since when its oldest waiting video may be listed; a moment to come where its window is still to open.
    pub oldest_waiting: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_nothing_else_does() {
        for order in CreatorOrder::ALL {
            let cursor = CreatorCursor {
                order,
                rank: -5,
                id: "a-1".parse().unwrap(),
            };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        for wrong in [
            "",
            "!",
            &place("best", 1, "a"),
            &place("id", 1, "Not An Id"),
        ] {
            assert!(wrong.parse::<CreatorCursor>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn orders_have_words() {
        for order in CreatorOrder::ALL {
            assert_eq!(order.as_str().parse(), Ok(order));
        }
        assert!(
            "best"
                .parse::<CreatorOrder>()
                .unwrap_err()
                .contains("`id`, `oldest_waiting`")
        );
    }
}
