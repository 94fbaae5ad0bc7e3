//! A creator: a channel owner of the network, a child account on Dailymotion.

use std::{fmt, str::FromStr};

use super::{CreatorId, Digest, Part, State, Timestamp, short_escaped};

/// Whether a creator's videos may go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreatorStatus {
    /// In the user list, with a feed.
    Active,
    /// Out of the user list; the feed stays reachable and is empty.
    Paused,
    /// No longer of this network: no entry, no feed.
    Rejected,
}

impl CreatorStatus {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Active, Self::Paused, Self::Rejected];

    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Rejected => "rejected",
        }
    }
}

impl fmt::Display for CreatorStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for CreatorStatus {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| {
                let text = short_escaped(text);
                format!("`{text}` is no status of a creator; it is active, paused or rejected")
            })
    }
}

/// What a creator's feed lists (contracts/dailymotion-pull.md 3.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FeedMode {
    /// What waits; a video leaves when it is reported ready.
    #[default]
    Drain,
    /// What waits, then everything imported.
    Full,
    /// What waits, then what was imported and has changed lately.
    Delta,
}

impl FeedMode {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::Drain, Self::Full, Self::Delta];

    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Drain => "drain",
            Self::Full => "full",
            Self::Delta => "delta",
        }
    }

    /// Whether imported videos are listed again.
    pub fn relists(self) -> bool {
        self != Self::Drain
    }

    /// The part of the feed that follows on another.
    pub fn part_after(self, part: Part) -> Option<Part> {
        (part == Part::Waiting && self.relists()).then_some(Part::Imported)
    }
}

impl FromStr for FeedMode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|mode| mode.as_str() == text)
            .ok_or_else(|| format!("`{text}` is no feed mode; it is drain, full or delta"))
    }
}

/// How many videos of a creator are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StateCounts([i64; 6]);

impl StateCounts {
    /// Videos in one state.
    pub fn of(self, state: State) -> i64 {
        self.0[state as usize]
    }

    /// Adds `change` videos, which may be negative.
    pub fn add(&mut self, state: State, change: i64) {
        self.0[state as usize] += change;
    }

    /// Videos in any state.
    pub fn total(self) -> i64 {
        self.0.iter().sum()
    }

    /// How many of a thousand videos that Dailymotion settled it refused; none before it has settled any.
    pub fn refused_per_mille(self) -> Option<i64> {
        let refused = self.of(State::Refused);
        let settled = refused + self.of(State::Imported);
        (refused * 1_000).checked_div(settled)
    }
}

/// A creator as the catalog knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Creator {
    pub id: CreatorId,
    /// The channel's name as people read it.
    pub name: String,
    pub dailymotion_id: Option<String>,
    pub username: Option<String>,
    /// The creator's own site; the `link` of the feed's channel.
    pub link: Option<String>,
    pub status: CreatorStatus,
    /// Whether the network's Dailymotion account has adopted this one.
    pub adopted: bool,
    pub mode: FeedMode,
    pub added_at: Timestamp,
    pub counts: StateCounts,
    /// Moves with every change that could change the feed.
    pub feed_version: i64,
    pub feed_changed_at: Timestamp,
}

impl Creator {
    /// Names what an edit can change as it is now: 32 hexadecimal digits that differ as soon as any of it does.
    pub fn edition(&self) -> String {
        let parts = (
            (&self.name, &self.dailymotion_id, &self.username),
            (&self.link, self.status, self.adopted, self.mode),
        );
        Digest::of(format!("{parts:?}").as_bytes()).edition()
    }
}
