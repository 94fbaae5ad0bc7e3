//! A visit: one request of a crawler, and what it was offered.

use std::{fmt, str::FromStr};

use super::{
    CreatorId, CredentialId, Cursor, Timestamp,
    list::{place, read_place},
    short_escaped,
};

/// What a crawler read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    UserList,
    Feed,
}

impl Face {
    /// Every face.
    pub const ALL: [Self; 2] = [Self::UserList, Self::Feed];

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

/// A visit as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptVisit {
    /// Orders the visits.
    pub id: String,
    pub visit: Visit,
}

/// Why a request to the crawler's faces is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TurnReason {
    /// It presented nothing; many clients do so once before they answer the challenge.
    NoCredential,
    /// It presented something that is not, or no longer, valid.
    WrongCredential,
    /// It presented a credential of the callback's.
    OtherFace,
    /// A right credential from outside the expected addresses.
    Address,
    /// Too many wrong credentials from its address.
    TooOften,
}

impl TurnReason {
    /// Every reason.
    pub const ALL: [Self; 5] = [
        Self::NoCredential,
        Self::WrongCredential,
        Self::OtherFace,
        Self::Address,
        Self::TooOften,
    ];

    /// The code stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoCredential => "no_credential",
            Self::WrongCredential => "wrong_credential",
            Self::OtherFace => "other_face",
            Self::Address => "address",
            Self::TooOften => "too_often",
        }
    }

    /// What it means, and what to do about it.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NoCredential => {
                "no credential was sent; a client that goes on so has not been given one"
            }
            Self::WrongCredential => {
                "the credential is unknown, has ended or was removed; compare it with `mcnd credential list`"
            }
            Self::OtherFace => {
                "the credential is one of the callback's; the crawler needs one of its own"
            }
            Self::Address => "the credential is right, the address is not in `access.addresses`",
            Self::TooOften => "too many wrong credentials came from this address",
        }
    }
}

impl FromStr for TurnReason {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|reason| reason.as_str() == text);
        found.ok_or_else(|| {
            format!(
                "`{}` is no reason to turn a request away",
                short_escaped(text)
            )
        })
    }
}

/// Requests to the crawler's faces that were turned away within an hour, from one address for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnedAway {
    /// The hour's first moment.
    pub hour: Timestamp,
    /// Of IPv6 the network; empty for addresses beyond those that are told apart within an hour.
    pub address: String,
    pub reason: TurnReason,
    pub times: i64,
    pub last_at: Timestamp,
    /// How the last of them called itself.
    pub user_agent: Option<String>,
}

/// The place behind one of them in a list, newest hour first. Its text form is opaque to readers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnedCursor {
    pub hour: Timestamp,
    pub address: String,
    pub reason: TurnReason,
}

impl From<&TurnedAway> for TurnedCursor {
    fn from(turned: &TurnedAway) -> Self {
        Self {
            hour: turned.hour,
            address: turned.address.clone(),
            reason: turned.reason,
        }
    }
}

impl fmt::Display for TurnedCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An id is never empty.
        let address = format!("@{}", self.address);
        f.write_str(&place(
            self.reason.as_str(),
            self.hour.as_millis(),
            &address,
        ))
    }
}

impl FromStr for TurnedCursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        read_place(text, |reason, hour, address| {
            Some(Self {
                hour: Timestamp::from_millis(hour),
                address: address.strip_prefix('@')?.to_owned(),
                reason: reason.parse().ok()?,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_among_those_turned_away_reads_back() {
        for (address, reason) in ["", "192.0.2.1", "2001:db8::"]
            .into_iter()
            .zip(TurnReason::ALL)
        {
            let place = TurnedCursor {
                hour: Timestamp::from_millis(3_600_000),
                address: address.to_owned(),
                reason,
            };
            assert_eq!(place.to_string().parse(), Ok(place));
        }
        assert!("x".parse::<TurnedCursor>().is_err());
    }
}
