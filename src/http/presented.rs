//! What a request shows to be let in. Judging it is not done here.

use std::fmt;

use axum::http::{HeaderMap, header::AUTHORIZATION};
use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

// Senders leave the padding out now and then.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A credential as a request presents it. Its `Debug` never shows the secret.
#[derive(Clone, PartialEq, Eq)]
pub enum Presented {
    /// No credential at all.
    Nothing,
    /// `Authorization: Basic`. The secret may hold colons and may be empty.
    Basic {
        /// What stands before the first colon.
        user: String,
        /// What stands after it.
        secret: String,
    },
    /// `Authorization: Bearer`.
    Bearer(String),
    /// A segment of the path.
    Path(String),
    /// Something that is none of these: another scheme, broken base64, more than one header.
    Unreadable,
}

impl Presented {
    /// Reads the `Authorization` header. Schemes are known in any case (RFC 9110 11.1).
    pub fn in_headers(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        match (values.next(), values.next()) {
            (None, _) => Self::Nothing,
            (Some(value), None) => value
                .to_str()
                .ok()
                .and_then(credentials)
                .unwrap_or(Self::Unreadable),
            (Some(_), Some(_)) => Self::Unreadable,
        }
    }
}

fn credentials(value: &str) -> Option<Presented> {
    let (scheme, rest) = value.trim().split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") && !rest.is_empty() {
        Some(Presented::Bearer(rest.to_owned()))
    } else if scheme.eq_ignore_ascii_case("basic") {
        let pair = String::from_utf8(BASE64.decode(rest).ok()?).ok()?;
        let (user, secret) = pair.split_once(':')?;
        Some(Presented::Basic {
            user: user.to_owned(),
            secret: secret.to_owned(),
        })
    } else {
        None
    }
}

impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("Nothing"),
            Self::Basic { user, .. } => write!(f, "Basic({user:?}, [secret])"),
            Self::Bearer(_) => f.write_str("Bearer([secret])"),
            Self::Path(_) => f.write_str("Path([secret])"),
            Self::Unreadable => f.write_str("Unreadable"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn presented(values: &[&str]) -> Presented {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, value.parse().unwrap());
        }
        Presented::in_headers(&headers)
    }

    fn basic(user: &str, secret: &str) -> Presented {
        Presented::Basic {
            user: user.into(),
            secret: secret.into(),
        }
    }

    #[test]
    fn schemes_are_known_in_any_case() {
        assert_eq!(presented(&["Basic YTpi"]), basic("a", "b"));
        assert_eq!(presented(&["bASIC   YTpi "]), basic("a", "b"));
        assert_eq!(presented(&["BEARER t"]), Presented::Bearer("t".into()));
    }

    #[test]
    fn a_secret_may_hold_colons_and_padding_may_be_missing() {
        assert_eq!(presented(&["Basic YTpiOmM="]), basic("a", "b:c"));
        assert_eq!(presented(&["Basic YTpiOmM"]), basic("a", "b:c"));
        assert_eq!(presented(&["Basic Og=="]), basic("", ""));
    }

    #[test]
    fn what_cannot_be_read_is_not_taken_for_nothing() {
        assert_eq!(presented(&[]), Presented::Nothing);
        let odd = [
            "",
            "Basic",
            "Basic !!",
            "Basic YQ==",
            "Basic //79",
            "Bearer ",
            "Digest a=b",
            "\u{e9}",
        ];
        for value in odd {
            assert_eq!(presented(&[value]), Presented::Unreadable, "`{value}`");
        }
        assert_eq!(
            presented(&["Basic YTpi", "Bearer t"]),
            Presented::Unreadable
        );
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!(
            "{:?} {:?} {:?}",
            basic("me", "hush"),
            Presented::Bearer("hush".into()),
            Presented::Path("hush".into())
        );
        assert!(!shown.contains("hush"), "{shown}");
    }
}
