//! A visit: one request of a crawler, and what it was offered.

use super::{CreatorId, CredentialId, Cursor, Timestamp};

/// What a crawler read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    UserList,
    Feed,
}

impl Face {
    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UserList => "user_list",
            Self::Feed => "feed",
        }
    }
}

/// One request of a crawler that was let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    pub at: Timestamp,
    pub face: Face,
    /// Whose feed; none for the user list.
    pub creator: Option<CreatorId>,
    /// Which credential opened the face; none when it stands open.
    pub credential: Option<CredentialId>,
    pub address: String,
    pub user_agent: Option<String>,
    pub status: u16,
    /// The version of the feed that was sent.
    pub feed_version: Option<i64>,
    /// How many videos, or creators, were offered.
    pub offered: i64,
    /// The places of the first and the last video offered.
    pub first: Option<Cursor>,
    pub last: Option<Cursor>,
}
