//! People and programs that reach the operators' face: who they are, how long they are let in, and what they may do.

use std::{fmt, net::IpAddr, str::FromStr, time::Duration};

use super::{
    Digest, KeyId, Once, OperatorId, Rights, Role, Scope, SessionId, Timestamp, short_escaped,
};

/// The name a person signs in with: 1 to 64 characters of a-z, 0-9 and `._@+-`, so that an e-mail address is one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperatorName(String);

impl OperatorName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OperatorName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let plain = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._@+-".contains(&byte)
        };
        if (1..=64).contains(&text.len()) && text.bytes().all(plain) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!(
            "operator name `{}` must be 1 to 64 characters of a-z, 0-9 and `._@+-`",
            short_escaped(text)
        ))
    }
}

impl fmt::Display for OperatorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A person of the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    pub id: OperatorId,
    pub name: OperatorName,
    pub role: Role,
    pub added_at: Timestamp,
    /// Since when they are not let in any more.
    pub disabled_at: Option<Timestamp>,
    /// Whether a password was ever set.
    pub has_password: bool,
    pub signed_in_at: Option<Timestamp>,
}

impl Operator {
    /// Names what an edit can change as it is now: 32 hexadecimal digits that differ as soon as any of it does.
    pub fn edition(&self) -> String {
        let parts = (&self.name, self.role, self.disabled_at);
        Digest::of(format!("{parts:?}").as_bytes()).edition()
    }

    /// What they may do now; nothing once they are disabled.
    pub fn rights(&self) -> Rights {
        match self.disabled_at {
            Some(_) => Rights::default(),
            None => self.role.rights(),
        }
    }
}

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// From the last use.
    pub idle: Duration,
    /// From the beginning.
    pub lifetime: Duration,
    /// From the last time the password was given, for what asks for it again.
    pub confirmed: Duration,
}

/// Time between two notes of a session's or a key's last use.
const NOTED_EVERY: Duration = Duration::from_mins(1);

/// An operator who is signed in, in one browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// What lists show and what ends it; the secret in the cookie is another one.
    pub id: SessionId,
    pub operator: OperatorId,
    pub began_at: Timestamp,
    /// Up to a minute old.
    pub used_at: Timestamp,
    /// When the password was last given.
    pub confirmed_at: Timestamp,
    pub address: String,
    pub agent: Option<String>,
}

impl Session {
    /// Whether it still lets in.
    pub fn is_live(&self, limits: SessionLimits, now: Timestamp) -> bool {
        now < self.used_at.after(limits.idle) && now < self.began_at.after(limits.lifetime)
    }

    /// Whether the password was given lately enough for what asks for it again.
    pub fn is_confirmed(&self, limits: SessionLimits, now: Timestamp) -> bool {
        now < self.confirmed_at.after(limits.confirmed)
    }

    /// Whether its use should be noted.
    pub fn is_worth_noting(&self, now: Timestamp) -> bool {
        now >= self.used_at.after(NOTED_EVERY)
    }
}

/// What a program of the network is let in with; the secret itself is shown once and never stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    pub id: KeyId,
    /// What it is for, in words.
    pub name: String,
    pub scopes: Vec<Scope>,
    pub made_by: OperatorId,
    pub digest: Digest,
    pub added_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    /// Up to a minute old.
    pub used_at: Option<Timestamp>,
}

impl ApiKey {
    /// What it opens now: its scopes as far as its maker may do that today, and nothing once it has expired.
    pub fn rights(&self, maker: Rights, now: Timestamp) -> Rights {
        if self.expires_at.is_some_and(|end| end <= now) {
            return Rights::default();
        }
        let scopes = self.scopes.iter().map(|scope| scope.rights());
        scopes.fold(Rights::default(), Rights::and).within(maker)
    }

    /// Whether its use should be noted.
    pub fn is_worth_noting(&self, now: Timestamp) -> bool {
        self.used_at
            .is_none_or(|used| now >= used.after(NOTED_EVERY))
    }
}

/// Who does something, as the audit and timelines name them, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// `operator:ann`, `key:nightly`, `cli:root`, or `mcnd` itself.
    pub name: String,
    pub session: Option<SessionId>,
    /// None for what happens on the daemon's own machine.
    pub address: Option<IpAddr>,
    /// Under which key of theirs it is to happen once; none where that is not asked for.
    pub once: Option<Once>,
}

impl Actor {
    /// The program itself, which acts by its settings.
    pub fn program() -> Self {
        Self::local("mcnd".to_owned())
    }

    /// Whoever runs a command on the machine, by the name that the operating system gives them.
    pub fn command_line(user: &str) -> Self {
        Self::local(format!("cli:{user}"))
    }

    fn local(name: String) -> Self {
        Self {
            name,
            session: None,
            address: None,
            once: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Right;

    const LIMITS: SessionLimits = SessionLimits {
        idle: Duration::from_secs(100),
        lifetime: Duration::from_secs(1_000),
        confirmed: Duration::from_secs(10),
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn session(began: i64, used: i64) -> Session {
        Session {
            id: SessionId::from("s".to_owned()),
            operator: OperatorId::from("o".to_owned()),
            began_at: at(began),
            used_at: at(used),
            confirmed_at: at(began),
            address: "192.0.2.1".to_owned(),
            agent: None,
        }
    }

    #[test]
    fn a_session_ends_by_idling_and_by_age() {
        assert!(session(0, 0).is_live(LIMITS, at(99)));
        assert!(!session(0, 0).is_live(LIMITS, at(100)));
        assert!(session(0, 950).is_live(LIMITS, at(999)));
        assert!(!session(0, 950).is_live(LIMITS, at(1_000)));
    }

    #[test]
    fn the_password_counts_for_a_while_only() {
        assert!(session(0, 9).is_confirmed(LIMITS, at(9)));
        assert!(!session(0, 9).is_confirmed(LIMITS, at(10)));
    }

    #[test]
    fn a_key_never_does_more_than_its_maker() {
        let key = ApiKey {
            id: KeyId::from("k".to_owned()),
            name: "all".to_owned(),
            scopes: Scope::ALL.to_vec(),
            made_by: OperatorId::from("o".to_owned()),
            digest: Digest::of(b"secret"),
            added_at: at(0),
            expires_at: Some(at(10)),
            used_at: None,
        };
        assert!(key.rights(Role::Owner.rights(), at(9)).have(Right::Admin));
        assert!(
            !key.rights(Role::Operator.rights(), at(9))
                .have(Right::Admin)
        );
        assert_eq!(key.rights(Rights::default(), at(9)), Rights::default());
        assert_eq!(key.rights(Role::Owner.rights(), at(10)), Rights::default());
    }

    #[test]
    fn names_are_plain_words_or_addresses() {
        for good in ["ann", "ann.b+test@example.com", "a"] {
            assert!(good.parse::<OperatorName>().is_ok(), "{good}");
        }
        for bad in ["", "Ann", "ann b", "ann\n", "é", &"a".repeat(65)] {
            assert!(bad.parse::<OperatorName>().is_err(), "{bad:?}");
        }
    }
}
