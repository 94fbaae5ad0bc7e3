//! Passwords: hashed slowly on purpose, a few at a time, with the same work for a name that nobody has.

use std::{fmt, sync::Arc};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use tokio::sync::Semaphore;

use crate::app::{Error, Result};

/// Hashed at one time: each takes 19 MiB and a processor.
const AT_ONCE: usize = 2;
/// Waiting beside them; whoever comes on top is told to come back.
const QUEUE: usize = 64;
/// Kibibytes, rounds and lanes of Argon2id: what OWASP's cheat sheet on storing passwords asks for at the least.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);
const SHORTEST: usize = 12;
const LONGEST: usize = 1024;

/// A password in clear, for as long as it takes to hash it. Printing it shows nothing.
pub struct Password(String);

impl Password {
    /// What somebody typed to get in; whatever it is.
    pub fn given(text: String) -> Self {
        Self(text)
    }

    /// A new password of the person of this name.
    ///
    /// # Errors
    /// [`Error::Invalid`] that says what it must be.
    pub fn chosen(text: String, name: &str) -> Result<Self> {
        if text.chars().count() < SHORTEST || text.len() > LONGEST {
            return Err(Error::Invalid(format!(
                "a password has {SHORTEST} characters at the least and {LONGEST} bytes at the most; a few words make a good one"
            )));
        }
        if text.to_lowercase().contains(name) {
            return Err(Error::Invalid(
                "the password must not hold the name".to_owned(),
            ));
        }
        Ok(Self(text))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

/// Who hashes, and how many wait for it.
#[derive(Debug)]
pub(in crate::app) struct Passwords {
    working: Arc<Semaphore>,
    admitted: Semaphore,
    /// Of no password: verified where there is no other.
    nobodys: String,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            working: Arc::new(Semaphore::new(AT_ONCE)),
            admitted: Semaphore::new(AT_ONCE + QUEUE),
            // As long as a real one takes: the cost and a salt of the same length are what counts.
            nobodys: format!(
                "$argon2id$v=19$m={},t={},p={}$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                COST.0, COST.1, COST.2
            ),
        }
    }
}

impl Passwords {
    /// The hash that is kept of a password, in the PHC format.
    pub(in crate::app) async fn hash(&self, password: Password) -> Result<String> {
        self.work(move || {
            let hash = hasher().hash_password(password.0.as_bytes());
            hash.map(|hash| hash.to_string()).map_err(Error::internal)
        })
        .await?
    }

    /// Whether a password is the one that was hashed. Without a hash it takes as long, and is not.
    pub(in crate::app) async fn match_hash(
        &self,
        password: Password,
        hash: Option<String>,
    ) -> Result<bool> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobodys.clone());
        self.work(move || {
            let hash = PasswordHash::new(&hash).map_err(Error::internal)?;
            let matches = hasher().verify_password(password.0.as_bytes(), &hash);
            Ok(matches.is_ok() && known)
        })
        .await?
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let _admitted = self
            .admitted
            .try_acquire()
            .map_err(|_full| Error::Busy(None))?;
        let turn = Arc::clone(&self.working).acquire_owned().await;
        let turn = turn.map_err(Error::internal)?;
        let worked = tokio::task::spawn_blocking(move || {
            // Given back when the work is done, not when its caller goes away.
            let _turn = turn;
            work()
        });
        worked.await.map_err(Error::internal)
    }
}

fn hasher() -> Argon2<'static> {
    let (memory, rounds, lanes) = COST;
    let params = Params::new(memory, rounds, lanes, None);
    let params = params.expect("the cost is within what Argon2 takes");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(text: &str) -> Password {
        Password::given(text.to_owned())
    }

    #[tokio::test]
    async fn a_password_matches_its_own_hash_alone() {
        let passwords = Passwords::default();
        let hash = passwords
            .hash(given("correct horse battery"))
            .await
            .unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        let matches = |text: &str| passwords.match_hash(given(text), Some(hash.clone()));
        assert!(matches("correct horse battery").await.unwrap());
        assert!(!matches("correct horse batterY").await.unwrap());
        assert_ne!(
            hash,
            passwords
                .hash(given("correct horse battery"))
                .await
                .unwrap()
        );
    }

    #[tokio::test]
    async fn nobodys_hash_is_verified_like_any_other_and_never_matches() {
        let passwords = Passwords::default();
        assert!(PasswordHash::new(&passwords.nobodys).is_ok());
        assert!(!passwords.match_hash(given(""), None).await.unwrap());
    }

    #[tokio::test]
    async fn whoever_finds_the_queue_full_is_told_to_come_back() {
        let passwords = Passwords::default();
        let held = passwords.admitted.try_acquire_many(66).unwrap();
        assert!(matches!(
            passwords.hash(given("a")).await,
            Err(Error::Busy(None))
        ));
        drop(held);
        assert!(passwords.hash(given("a")).await.is_ok());
    }

    #[test]
    fn short_ones_and_names_are_refused_with_words() {
        let refused = |text: &str| {
            Password::chosen(text.to_owned(), "ann")
                .unwrap_err()
                .to_string()
        };
        assert!(refused("eleven char").contains("12 characters"));
        assert!(refused("Ann's own password").contains("name"));
        assert!(Password::chosen("a few good words".to_owned(), "ann").is_ok());
    }
}
