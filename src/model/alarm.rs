//! Alarms: what operators have to look at, from its beginning to its end.

use std::{fmt, str::FromStr};

use super::{AlarmId, Timestamp};

/// What an alarm is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AlarmRule {
    /// No crawler has asked for anything for longer than usual, or not for the feeds of many creators.
    CrawlerSilent,
    /// No crawler has asked for a creator's feed for longer than usual.
    CreatorSilent,
    /// Too many of the reports are refusals.
    Refusals,
    /// Reports about videos that the catalog does not have.
    Orphans,
    /// Videos with more than one remote id.
    Conflicts,
    /// Many videos left their feeds as held or draft.
    FeedLosses,
    /// A credential is about to end.
    CredentialEnds,
    /// The database's disk is nearly full.
    DiskLow,
    /// A job does not succeed any more.
    JobFailing,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Warning,
    /// Videos are not going out, or reports are about to be lost.
    Critical,
}

macro_rules! codes {
    ($($rule:ident $code:literal $severity:ident)*) => {
        impl AlarmRule {
            /// Every rule.
            pub const ALL: &[Self] = &[$(Self::$rule),*];

            /// The code stored, shown and sent.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$rule => $code),*
                }
            }

            /// How bad it is.
            pub fn severity(self) -> Severity {
                match self {
                    $(Self::$rule => Severity::$severity),*
                }
            }
        }
    };
}
codes! {
    CrawlerSilent "crawler_silent" Critical
    CreatorSilent "creator_silent" Warning
    Refusals "refusals" Warning
    Orphans "orphans" Warning
    Conflicts "conflicts" Warning
    FeedLosses "feed_losses" Critical
    CredentialEnds "credential_ends" Warning
    DiskLow "disk_low" Critical
    JobFailing "job_failing" Critical
}

impl AlarmRule {
    /// The rule whose alarm says the same of all: while that one is open, alarms of this one are folded into it.
    pub fn folds_into(self) -> Option<Self> {
        (self == Self::CreatorSilent).then_some(Self::CrawlerSilent)
    }
}

impl FromStr for AlarmRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|rule| rule.code() == text);
        found
            .copied()
            .ok_or_else(|| format!("`{text}` is no rule of alarms"))
    }
}

impl Severity {
    /// Every severity.
    pub const ALL: [Self; 2] = [Self::Warning, Self::Critical];

    /// The word shown and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// What a rule finds wrong just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub rule: AlarmRule,
    /// A creator, a credential, a job; empty for the whole installation.
    pub subject: String,
    /// What is wrong and what to do about it.
    pub sentence: String,
}

impl Finding {
    /// What tells it from any other.
    pub fn key(&self) -> (AlarmRule, &str) {
        (self.rule, &self.subject)
    }
}

/// An alarm as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAlarm {
    pub id: AlarmId,
    pub rule: AlarmRule,
    /// A creator, a credential, a job; empty for the whole installation.
    pub subject: String,
    pub sentence: String,
    pub opened_at: Timestamp,
    /// Whether anything was told of it, so that its end is told too.
    pub told: bool,
    /// The alarm that it is folded into.
    pub group: Option<AlarmId>,
    pub acknowledged: Option<Acknowledged>,
    /// Nobody is reminded of it before.
    pub snoozed_until: Option<Timestamp>,
    pub resolved_at: Option<Timestamp>,
}

/// That somebody looks after an alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    pub at: Timestamp,
    /// As the audit names them.
    pub by: String,
}

/// How an alarm stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmStanding {
    /// Nobody has said anything to it yet.
    Open,
    Acknowledged,
    Snoozed,
    Resolved,
}

impl AlarmStanding {
    /// Every standing.
    pub const ALL: [Self; 4] = [
        Self::Open,
        Self::Acknowledged,
        Self::Snoozed,
        Self::Resolved,
    ];

    /// The word shown and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Snoozed => "snoozed",
            Self::Resolved => "resolved",
        }
    }
}

impl KeptAlarm {
    /// What tells it from any other that is open.
    pub fn key(&self) -> (AlarmRule, &str) {
        (self.rule, &self.subject)
    }

    /// How it stands.
    pub fn standing(&self) -> AlarmStanding {
        if self.resolved_at.is_some() {
            AlarmStanding::Resolved
        } else if self.snoozed_until.is_some() {
            AlarmStanding::Snoozed
        } else if self.acknowledged.is_some() {
            AlarmStanding::Acknowledged
        } else {
            AlarmStanding::Open
        }
    }
}

/// What is told of an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    Opened,
    Acknowledged,
    Snoozed,
    /// It was snoozed, or folded into another alarm, and is still open.
    Reminded,
    Resolved,
}

impl News {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Opened,
        Self::Acknowledged,
        Self::Snoozed,
        Self::Reminded,
        Self::Resolved,
    ];

    /// The name of the outgoing event.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Opened => "alarm.opened",
            Self::Acknowledged => "alarm.acknowledged",
            Self::Snoozed => "alarm.snoozed",
            Self::Reminded => "alarm.reminded",
            Self::Resolved => "alarm.resolved",
        }
    }

    /// The sentence that people read in their chat.
    pub fn sentence(self, alarm: &KeptAlarm) -> String {
        let sentence = &alarm.sentence;
        match (self, &alarm.acknowledged, alarm.snoozed_until) {
            (Self::Acknowledged, Some(by), _) => {
                format!("acknowledged by {}: {sentence}", by.by)
            }
            (Self::Snoozed, _, Some(until)) => format!("snoozed until {until}: {sentence}"),
            (Self::Reminded, ..) => format!("still so: {sentence}"),
            (Self::Resolved, ..) => format!("resolved: {sentence}"),
            _ => format!("{}: {sentence}", alarm.rule.severity().as_str()),
        }
    }
}

impl fmt::Display for AlarmRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_reads_back() {
        for rule in AlarmRule::ALL {
            assert_eq!(rule.code().parse(), Ok(*rule));
        }
        assert!("nothing".parse::<AlarmRule>().is_err());
    }
}
