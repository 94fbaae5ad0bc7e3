//! Closed sets of words: types each of whose values is written as one word, in the catalog, in files and in the API alike.

use serde::{Serialize, Serializer};

use super::{
    Action, Alarm, AlarmRule, AlarmStanding, BulkAction, BulkOutcome, BulkState, Change, Column,
    CreatorOrder, CreatorStatus, CredentialForm, CredentialKind, DeliveryState, Face, FeedMode,
    Hold, ImportStanding, News, Outcome, Phase, Role, RowOutcome, Rule, RunOutcome, Scope,
    Severity, State, TurnReason, VideoOrder, WalkEnding,
};

/// A type whose values are the words of a closed set.
pub trait Vocabulary: Copy {
    /// Every value, in the order in which they are told.
    fn all() -> Vec<Self>;

    /// The word that is stored, shown and asked for.
    fn word(self) -> &'static str;
}

macro_rules! vocabularies {
    ($($name:ident $word:ident)*) => {$(
        impl Vocabulary for $name {
            fn all() -> Vec<Self> {
                Self::ALL.to_vec()
            }

            fn word(self) -> &'static str {
                self.$word()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.$word())
            }
        }
    )*};
}

vocabularies! {
    Action code
    Alarm as_str
    AlarmRule code
    AlarmStanding as_str
    BulkAction as_str
    BulkOutcome as_str
    BulkState as_str
    Change as_str
    Column name
    CreatorOrder as_str
    CreatorStatus as_str
    CredentialForm as_str
    CredentialKind as_str
    DeliveryState as_str
    Face as_str
    FeedMode as_str
    Hold code
    ImportStanding as_str
    News kind
    Outcome as_str
    Phase as_str
    Role as_str
    RowOutcome as_str
    Rule code
    RunOutcome as_str
    Scope as_str
    Severity as_str
    State as_str
    TurnReason as_str
    VideoOrder as_str
    WalkEnding as_str
}
