//! How events are filed.

use std::str::FromStr;

use super::{Report, short_escaped};

/// How an event is filed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Ready with a remote id, applied.
    Ready,
    /// A failure that made the video refused.
    Refused,
    /// A failure that moved nothing.
    Recorded,
    /// On its way; no effect.
    Progress,
    /// Ready, but not usably so.
    Anomalous,
    /// No video has that guid yet.
    Orphan,
    /// Not an event.
    Malformed,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 7] = [
        Self::Ready,
        Self::Refused,
        Self::Recorded,
        Self::Progress,
        Self::Anomalous,
        Self::Orphan,
        Self::Malformed,
    ];

    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Refused => "refused",
            Self::Recorded => "recorded",
            Self::Progress => "progress",
            Self::Anomalous => "anomalous",
            Self::Orphan => "orphan",
            Self::Malformed => "malformed",
        }
    }
}

impl Outcome {
    /// Whether an event that says this may be filed so.
    pub fn fits(self, report: &Result<Report, &'static str>) -> bool {
        let Ok(report) = report else {
            return self == Self::Malformed;
        };
        match self {
            Self::Malformed => false,
            Self::Orphan => true,
            Self::Ready => matches!(report, Report::Ready { .. }),
            Self::Progress => matches!(report, Report::Progress),
            Self::Refused | Self::Recorded => matches!(report, Report::Failure { .. }),
            Self::Anomalous => matches!(report, Report::ReadyUnusable | Report::ReadyWithoutId),
        }
    }
}

impl FromStr for Outcome {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|outcome| outcome.as_str() == text)
            .ok_or_else(|| {
                let known = Self::ALL.map(Self::as_str).join(", ");
                format!(
                    "`{}` is no outcome of an event; there are {known}",
                    short_escaped(text)
                )
            })
    }
}
