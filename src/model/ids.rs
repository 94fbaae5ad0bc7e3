//! The names of things: one type each, checked once, at the edge.

use std::{fmt, str::FromStr};

use super::{short, short_escaped};

/// Why a text is not the id it is meant to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdFault {
    #[error("creator id `{0}` must be 1 to 64 characters of a-z, 0-9 and `-`")]
    Creator(String),
    #[error("source id `{0}` must be 1 to 64 characters of a-z, 0-9 and `-`")]
    Source(String),
    #[error("a guid must not be empty")]
    EmptyGuid,
    #[error("guid of {0} characters; at most 255 are allowed")]
    LongGuid(usize),
    #[error("guid `{0}` has blanks around it or characters that XML can't carry; remove them")]
    UncleanGuid(String),
}

/// A creator's id: `[a-z0-9-]{1,64}`, immutable, part of the feed's address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CreatorId(String);

impl FromStr for CreatorId {
    type Err = IdFault;

    fn from_str(text: &str) -> Result<Self, IdFault> {
        if is_word(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdFault::Creator(short(text)))
        }
    }
}

/// A kept source's id: `[a-z0-9-]{1,64}`, immutable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(String);

impl FromStr for SourceId {
    type Err = IdFault;

    fn from_str(text: &str) -> Result<Self, IdFault> {
        if is_word(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdFault::Source(short(text)))
        }
    }
}

fn is_word(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// A video's public id, chosen by the network and immutable: 1 to 255 characters, no control characters, no outer
/// blanks, compared byte for byte. It comes back as `uid` in callbacks (contracts/dailymotion-pull.md 8.1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guid(String);

impl Guid {
    /// Whether every character is in the alphabet that survives any consumer (contracts/dailymotion-pull.md 8.3).
    pub fn is_safe(&self) -> bool {
        (9..=64).contains(&self.0.len())
            && self
                .0
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
            && self.0.bytes().any(|byte| byte.is_ascii_alphabetic())
    }
}

impl FromStr for Guid {
    type Err = IdFault;

    fn from_str(text: &str) -> Result<Self, IdFault> {
        if text.is_empty() {
            return Err(IdFault::EmptyGuid);
        }
        let length = text.chars().count();
        if length > 255 {
            return Err(IdFault::LongGuid(length));
        }
        let unclean = |character: char| {
            character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}')
        };
        if text.trim() != text || text.chars().any(unclean) {
            return Err(IdFault::UncleanGuid(short_escaped(text)));
        }
        Ok(Self(text.to_owned()))
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }
    };
}

text_id!(
    /// A video's own id: time-ordered text made by [`crate::random`]'s caller; never shown to Dailymotion.
    VideoId
);
text_id!(
    /// A credential's public half: the user name of its Basic form, and what lists and logs show.
    CredentialId
);
text_id!(
    /// One run of an import.
    ImportId
);

text_id!(
    /// An operator's own id, which stays when their name changes.
    OperatorId
);
text_id!(
    /// A session's public half: what lists show, never what the cookie holds.
    SessionId
);
text_id!(
    /// An API key's public half, which its secret begins with.
    KeyId
);
text_id!(
    /// An alarm's own id; ids order alarms by when they opened.
    AlarmId
);
text_id!(
    /// One thing that operators ask of many; ids order them by when they were planned.
    BulkJobId
);
text_id!(
    /// One outgoing event on its way to one webhook.
    DeliveryId
);

text_id!(
    /// A walk over all videos with some preflight rules.
    RuleWalkId
);

macro_rules! shows_as_text {
    ($($name:ident)*) => {$(
        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    )*};
}
shows_as_text!(CreatorId SourceId Guid VideoId CredentialId ImportId OperatorId SessionId KeyId AlarmId
    BulkJobId DeliveryId RuleWalkId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn creator_ids_are_lower_case_words() {
        for good in ["a", "demo-creator", "x1abcd", &"a".repeat(64)] {
            assert!(good.parse::<CreatorId>().is_ok(), "{good}");
        }
        for bad in ["", "Demo", "a b", "a/b", "..", "é", &"a".repeat(65)] {
            assert!(bad.parse::<CreatorId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn guids_are_clean_texts_of_any_alphabet() {
        for good in [
            "1",
            "3725074091001",
            "vidéo 1",
            "https://a.example/1?x=2",
            &"é".repeat(255),
        ] {
            assert!(good.parse::<Guid>().is_ok(), "{good}");
        }
        for bad in [
            "",
            " a",
            "a ",
            "a\0b",
            "a\nb",
            "a\u{ffff}",
            &"a".repeat(256),
        ] {
            assert!(bad.parse::<Guid>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn only_plain_guids_are_called_safe() {
        assert!("mcn-7f3a-000123".parse::<Guid>().unwrap().is_safe());
        for odd in [
            "short-1",
            "3725074091001",
            "has blank in it",
            "https://a.example/1",
        ] {
            assert!(!odd.parse::<Guid>().unwrap().is_safe(), "{odd}");
        }
    }
}
