//! What Dailymotion is given to reach the faces that are not open to everybody.

use std::{fmt, str::FromStr};

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

use super::{CredentialId, Timestamp};

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Its first 32 digits, which name an edition of what it was made of: enough that no two differ by chance.
    pub fn edition(&self) -> String {
        format!("{:.32}", self.to_string())
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Compares in a time that does not depend on where the two differ.
    pub fn equals_in_constant_time(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl TryFrom<Vec<u8>> for Digest {
    type Error = Vec<u8>;

    fn try_from(bytes: Vec<u8>) -> Result<Self, Vec<u8>> {
        bytes.try_into().map(Self)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl serde::Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = String;

    /// Reads 64 hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, String> {
        let odd = || format!("`{text}` is no digest of 64 hexadecimal digits");
        if text.len() != 64 || !text.is_ascii() {
            return Err(odd());
        }
        let mut bytes = [0; 32];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).map_err(|_digit| odd())?;
        }
        Ok(Self(bytes))
    }
}

/// Which face a credential opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialKind {
    /// User list and feeds.
    Crawler,
    /// Injector events.
    Callback,
}

impl CredentialKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Crawler, Self::Callback];

    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Crawler => "crawler",
            Self::Callback => "callback",
        }
    }
}

impl FromStr for CredentialKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| format!("`{text}` is no kind of credential; it is crawler or callback"))
    }
}

/// How a credential is presented; it is valid in no other way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialForm {
    /// HTTP Basic: the credential's id and its secret.
    Basic,
    /// `Authorization: Bearer`.
    Bearer,
    /// A segment of the address.
    Path,
}

impl CredentialForm {
    /// Every form.
    pub const ALL: [Self; 3] = [Self::Basic, Self::Bearer, Self::Path];

    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Bearer => "bearer",
            Self::Path => "path",
        }
    }
}

impl FromStr for CredentialForm {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|form| form.as_str() == text);
        found.ok_or_else(|| {
            format!("`{text}` is no form of a credential; it is basic, bearer or path")
        })
    }
}

/// A credential as it is kept: the secret itself is shown once and never stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    pub id: CredentialId,
    pub kind: CredentialKind,
    pub form: CredentialForm,
    /// SHA-256 of the secret. The secret has 256 random bits, so no slow hash is needed.
    pub digest: Digest,
    pub added_at: Timestamp,
    /// When it stops being valid, if it was rotated.
    pub expires_at: Option<Timestamp>,
}

/// When a credential let somebody in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialUse {
    pub credential: CredentialId,
    pub first_at: Timestamp,
    /// Up to a minute old.
    pub last_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_reads_back() {
        let digest = Digest::of(b"abc");
        assert_eq!(
            digest.to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert!("zz".repeat(32).parse::<Digest>().is_err());
        assert!("é".repeat(32).parse::<Digest>().is_err());
    }
}
