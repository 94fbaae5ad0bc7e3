//! Why Dailymotion refuses videos, as operators sort it.

use super::Count;

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
