//! How the simulator shows that it may read and report.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

/// What a request shows to be let in. A secret path needs none: it is a part of the address.
#[derive(Clone, Default, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Credential {
    /// No `Authorization` header.
    #[default]
    None,
    /// HTTP Basic.
    Basic {
        /// User name.
        user: String,
        /// Password.
        password: String,
    },
    /// A bearer token.
    Bearer {
        /// The token.
        token: String,
    },
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Basic { .. } => "Basic [secret]",
            Self::Bearer { .. } => "Bearer [secret]",
        })
    }
}

impl Credential {
    /// The value of the `Authorization` header, if there is one.
    pub(super) fn header(&self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Basic { user, password } => {
                let pair = STANDARD.encode(format!("{user}:{password}"));
                Some(format!("Basic {pair}"))
            }
            Self::Bearer { token } => Some(format!("Bearer {token}")),
        }
    }

    /// Adds the header to a request.
    pub(super) fn show(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        match self.header() {
            None => request,
            Some(value) => request.header(reqwest::header::AUTHORIZATION, value),
        }
    }
}
