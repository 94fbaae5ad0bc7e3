//! Why Dailymotion refuses videos, as operators sort it.

use super::{Count, Digest};

/// A reason for which videos stand refused, whatever its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusalReason {
    /// The status that the injector sent; may be empty.
    pub reason: String,
    /// What operators call it.
    pub name: Option<String>,
    /// Videos that stand refused with it.
    pub videos: Count,
}

impl RefusalReason {
    /// Names what operators call it just now: 32 hexadecimal digits that differ as soon as that does.
    pub fn edition(&self) -> String {
        edition_of_name(self.name.as_deref())
    }
}

/// The edition of a reason that operators call so.
pub fn edition_of_name(name: Option<&str>) -> String {
    Digest::of(format!("{name:?}").as_bytes()).edition()
}
