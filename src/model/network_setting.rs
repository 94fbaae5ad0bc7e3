//! Settings of the network: kept in the catalog, so that all daemons share them.

use std::str::FromStr;

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkSetting {
    /// The preflight rules.
    Rules,
    /// The user list's shape.
    UserListProfile,
}

impl NetworkSetting {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Rules, Self::UserListProfile];

    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::UserListProfile => "user_list_profile",
        }
    }

    /// The section of the configuration file that it is taken from at first.
    pub fn section(self) -> &'static str {
        match self {
            Self::Rules => "preflight",
            Self::UserListProfile => "user_list",
        }
    }
}

impl FromStr for NetworkSetting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|setting| setting.as_str() == text)
            .ok_or_else(|| format!("`{text}` is no setting of the network"))
    }
}
