//! The audit: who did what to which thing, sealed day by day.

use std::{fmt, str::FromStr};

use sha2::{Digest as _, Sha256};

use super::{Actor, Digest, Timestamp};

/// Something that is written down in the audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    AddCreator,
    ChangeCreator,
    RetryVideo,
    TakeDownVideo,
    EditVideo,
    AddCredential,
    RotateCredential,
    RemoveCredential,
    AddSource,
    ChangeSource,
    RemoveSource,
    PullSource,
    AddImport,
    PlanImport,
    Import,
    CancelImport,
    ExportImport,
    ReplayEvents,
    ReadEvent,
    ExportEvents,
    AcceptUserList,
    ChangeRules,
    AskWhatIf,
    CancelWhatIf,
    ChangeUserListProfile,
    AddOperator,
    ChangeOperator,
    SetPassword,
    ProposeTotp,
    TurnTotpOn,
    TurnTotpOff,
    RenewCodes,
    ResetTotp,
    UseRecoveryCode,
    SignIn,
    FailSignIn,
    ConfirmPassword,
    TakeUpSession,
    SignOut,
    EndSession,
    AddKey,
    RemoveKey,
    ReadAudit,
    NameRefusal,
    AcknowledgeAlarm,
    SnoozeAlarm,
    ReplayDelivery,
    PlanJob,
    ConfirmJob,
    PauseJob,
    ResumeJob,
    CancelJob,
    EndJob,
}

macro_rules! codes {
    ($($action:ident $code:literal)*) => {
        impl Action {
            /// Every action.
            pub const ALL: &[Self] = &[$(Self::$action),*];

            /// The code stored, shown and searched for.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$action => $code),*
                }
            }
        }
    };
}
codes! {
    AddCreator "creator.add"
    ChangeCreator "creator.change"
    RetryVideo "video.retry"
    TakeDownVideo "video.take_down"
    EditVideo "video.edit"
    AddCredential "credential.add"
    RotateCredential "credential.rotate"
    RemoveCredential "credential.remove"
    AddSource "source.add"
    ChangeSource "source.change"
    RemoveSource "source.remove"
    PullSource "source.pull"
    AddImport "import.add"
    PlanImport "import.plan"
    Import "import.apply"
    CancelImport "import.cancel"
    ExportImport "import.export"
    ReplayEvents "event.replay"
    ReadEvent "event.read"
    ExportEvents "event.export"
    AcceptUserList "user_list.accept"
    ChangeRules "rules.change"
    AskWhatIf "what_if.ask"
    CancelWhatIf "what_if.cancel"
    ChangeUserListProfile "user_list.change"
    AddOperator "operator.add"
    ChangeOperator "operator.change"
    SetPassword "operator.set_password"
    ProposeTotp "operator.totp_propose"
    TurnTotpOn "operator.totp_on"
    TurnTotpOff "operator.totp_off"
    RenewCodes "operator.totp_codes"
    ResetTotp "operator.totp_reset"
    UseRecoveryCode "operator.recovery_code"
    SignIn "session.begin"
    FailSignIn "session.refuse"
    ConfirmPassword "session.confirm"
    TakeUpSession "session.take_up"
    SignOut "session.sign_out"
    EndSession "session.end"
    AddKey "key.add"
    RemoveKey "key.remove"
    ReadAudit "audit.read"
    NameRefusal "refusal.name"
    AcknowledgeAlarm "alarm.acknowledge"
    SnoozeAlarm "alarm.snooze"
    ReplayDelivery "delivery.replay"
    PlanJob "job.plan"
    ConfirmJob "job.confirm"
    PauseJob "job.pause"
    ResumeJob "job.resume"
    CancelJob "job.cancel"
    EndJob "job.end"
}

impl FromStr for Action {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|action| action.code() == text);
        found
            .copied()
            .ok_or_else(|| format!("`{text}` is no action of the audit"))
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// One line of the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLine {
    /// Orders the lines.
    pub id: String,
    pub at: Timestamp,
    pub actor: Actor,
    pub action: Action,
    /// What it was done to, by its id or name.
    pub object: String,
    /// What was there before, as JSON; holds no secret.
    pub before: Option<String>,
    /// What is there now, as JSON; holds no secret.
    pub after: Option<String>,
}

/// What a day's lines were, bound to all days before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seal {
    /// Days since 1970 (UTC).
    pub day: i64,
    /// Lines of that day.
    pub lines: i64,
    pub digest: Digest,
}

/// Computes the seal of a day, line by line in the order of ids.
#[derive(Clone)]
pub struct Sealing {
    day: i64,
    lines: i64,
    hash: Sha256,
}

impl Sealing {
    /// Begins a day after the one that was sealed last.
    pub fn new(day: i64, previous: Option<&Seal>) -> Self {
        let mut hash = Sha256::new();
        hash.update(previous.map_or(&[][..], |seal| seal.digest.as_bytes()));
        hash.update(day.to_be_bytes());
        Self {
            day,
            lines: 0,
            hash,
        }
    }

    /// Adds a line. Each part goes in with its length, so that no text can pass for another.
    pub fn add(&mut self, line: &AuditLine) {
        let address = line.actor.address.map(|address| address.to_string());
        let parts = [
            Some(line.id.as_str()),
            Some(line.actor.name.as_str()),
            line.actor.session.as_ref().map(super::SessionId::as_str),
            address.as_deref(),
            Some(line.action.code()),
            Some(line.object.as_str()),
            line.before.as_deref(),
            line.after.as_deref(),
        ];
        self.hash.update(line.at.as_millis().to_be_bytes());
        for part in parts {
            let length = part.map_or(u64::MAX, |part| part.len() as u64);
            self.hash.update(length.to_be_bytes());
            self.hash.update(part.unwrap_or_default());
        }
        self.lines += 1;
    }

    /// The seal of all that was added.
    pub fn seal(self) -> Seal {
        let digest = self.hash.finalize().to_vec();
        Seal {
            day: self.day,
            lines: self.lines,
            digest: Digest::try_from(digest).expect("SHA-256 gives 32 bytes"),
        }
    }
}

impl fmt::Debug for Sealing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealing")
            .field("day", &self.day)
            .field("lines", &self.lines)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(object: &str, before: Option<&str>, after: Option<&str>) -> AuditLine {
        AuditLine {
            id: "1".to_owned(),
            at: Timestamp::from_millis(5),
            actor: Actor::command_line("ann"),
            action: Action::AddCreator,
            object: object.to_owned(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        }
    }

    fn sealed(previous: Option<&Seal>, lines: &[AuditLine]) -> Seal {
        let mut sealing = Sealing::new(1, previous);
        for line in lines {
            sealing.add(line);
        }
        sealing.seal()
    }

    #[test]
    fn every_action_reads_back() {
        for action in Action::ALL {
            assert_eq!(action.code().parse(), Ok(*action));
        }
    }

    #[test]
    fn a_seal_tells_every_change_of_a_line_and_of_the_days_before() {
        let seal = sealed(None, &[line("a", Some("b"), None)]);
        assert_eq!(seal, sealed(None, &[line("a", Some("b"), None)]));
        assert_eq!(seal.lines, 1);
        for other in [
            line("a", None, Some("b")),
            line("ab", None, None),
            line("a", Some("b"), Some("")),
            line("", Some("ab"), None),
        ] {
            assert_ne!(seal.digest, sealed(None, &[other]).digest);
        }
        let later = sealed(Some(&seal), &[]);
        assert_ne!(later.digest, sealed(None, &[]).digest);
    }
}
