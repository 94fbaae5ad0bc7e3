//! What an operation answers when it did not do what it was asked. No HTTP words.

use std::time::Duration;

use crate::catalog;

/// What whoever looks at a walk in the background is told of a fault of ours that ended it.
pub(super) const FAULT: &str = "something went wrong inside; the log has more";

/// The result of an operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation did not happen. The texts are for callers; sources are for the log alone.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing.
    #[error("{0}")]
    NotFound(String),
    /// It would contradict what is there.
    #[error("{0}")]
    Conflict(String),
    /// The request can never succeed as it is.
    #[error("{0}")]
    Invalid(String),
    /// It is larger than what is taken.
    #[error("{0}")]
    TooLarge(String),
    /// There is no room to keep it.
    #[error("{0}")]
    NoRoom(String),
    /// Whoever asks could not show who they are.
    #[error("{0}")]
    Denied(String),
    /// Whoever asks may not do this.
    #[error("{0}")]
    Forbidden(String),
    /// Asked too often; it may be tried again after so long.
    #[error("too many tries; wait {} seconds", .0.as_secs().max(1))]
    TooOften(Duration),
    /// It is not any more what whoever changes it has seen.
    #[error("{0}")]
    Changed(String),
    /// Not now: the database is away or the daemon is stopping; nothing was done.
    #[error("the service can't do this right now; try again later")]
    Busy(#[source] Option<catalog::Error>),
    /// An operator must agree first.
    #[error("{0}")]
    NeedsConsent(String),
    /// A fault of ours.
    #[error("something went wrong inside; the request id helps to find it in the log")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// What the catalog said, for a caller that waits for the database.
    pub fn into_catalog(self) -> catalog::Error {
        match self {
            Self::Busy(Some(error)) => error,
            Self::Internal(source) => source.downcast().map_or_else(
                |other| catalog::Error::Unusable(other.to_string()),
                |error| *error,
            ),
            other => catalog::Error::Unusable(other.to_string()),
        }
    }

    /// A fault of ours, from whatever tells more about it.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }
}

impl From<catalog::Error> for Error {
    fn from(error: catalog::Error) -> Self {
        if error.is_temporary() {
            Self::Busy(Some(error))
        } else {
            Self::internal(error)
        }
    }
}
