//! What the operators' face asks for, and who has it: roles of people, scopes of keys.

use std::{fmt, str::FromStr};

/// What something of the operators' face asks for; one stands beside every route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// To see everything but what the others guard.
    Read,
    /// To take the catalog out as a file.
    Export,
    /// To see and take out events as they came.
    RawEvents,
    /// To see what creators earned.
    Revenue,
    /// To change creators, videos and sources, and to import.
    Catalog,
    /// To apply events again, and to look after alarms.
    Events,
    /// To make, rotate and remove what Dailymotion is given.
    Credentials,
    /// To manage operators, keys and settings, and to read the audit.
    Admin,
}

/// Several rights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rights(u16);

impl Rights {
    const fn of(rights: &[Right]) -> Self {
        let mut bits = 0;
        let mut at = 0;
        while at < rights.len() {
            bits |= 1 << rights[at] as u16;
            at += 1;
        }
        Self(bits)
    }

    /// Whether a right is among them.
    pub fn have(self, right: Right) -> bool {
        self.0 & (1 << right as u16) != 0
    }

    /// These and those.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// What both have in common.
    #[must_use]
    pub fn within(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// Whether all of them are among `others`.
    pub fn are_within(self, others: Self) -> bool {
        self.within(others) == self
    }
}

/// What a person of the network is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    Viewer,
    /// A viewer who also sees what creators earned.
    Finance,
    Operator,
    Owner,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Finance, Self::Operator, Self::Owner];

    /// What the role may do.
    pub const fn rights(self) -> Rights {
        use Right::{Admin, Catalog, Credentials, Events, Export, RawEvents, Read, Revenue};
        Rights::of(match self {
            Self::Viewer => &[Read],
            Self::Finance => &[Read, Revenue],
            Self::Operator => &[Read, Export, RawEvents, Catalog, Events, Credentials],
            Self::Owner => &[
                Read,
                Export,
                RawEvents,
                Revenue,
                Catalog,
                Events,
                Credentials,
                Admin,
            ],
        })
    }

    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Finance => "finance",
            Self::Operator => "operator",
            Self::Owner => "owner",
        }
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|role| role.as_str() == text);
        found
            .ok_or_else(|| format!("`{text}` is no role; it is viewer, finance, operator or owner"))
    }
}

/// What an API key is for. Whoever has any may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    Read,
    Catalog,
    Events,
    Credentials,
    Finance,
    Admin,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 6] = [
        Self::Read,
        Self::Catalog,
        Self::Events,
        Self::Credentials,
        Self::Finance,
        Self::Admin,
    ];

    /// What the scope opens.
    pub const fn rights(self) -> Rights {
        Rights::of(match self {
            Self::Read => &[Right::Read],
            Self::Catalog => &[Right::Read, Right::Catalog, Right::Export],
            Self::Events => &[Right::Read, Right::Events, Right::RawEvents],
            Self::Credentials => &[Right::Read, Right::Credentials],
            Self::Finance => &[Right::Read, Right::Revenue],
            Self::Admin => &[Right::Read, Right::Admin],
        })
    }

    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Catalog => "catalog",
            Self::Events => "events",
            Self::Credentials => "credentials",
            Self::Finance => "finance",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|scope| scope.as_str() == text);
        found.ok_or_else(|| {
            format!(
                "`{text}` is no scope; it is read, catalog, events, credentials, finance or admin"
            )
        })
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_only_reads_and_only_an_owner_administers() {
        assert!(Role::Viewer.rights().have(Right::Read));
        assert_eq!(Role::Viewer.rights(), Scope::Read.rights());
        let administers = Role::ALL.map(|role| role.rights().have(Right::Admin));
        assert_eq!(administers, [false, false, false, true]);
    }

    #[test]
    fn whoever_changes_the_catalog_does_not_see_revenue_for_it() {
        assert!(!Role::Operator.rights().have(Right::Revenue));
        assert!(Role::Finance.rights().have(Right::Revenue));
        assert!(!Role::Finance.rights().have(Right::Export));
    }

    #[test]
    fn every_scope_reads_and_fits_an_owner() {
        for scope in Scope::ALL {
            assert!(scope.rights().have(Right::Read), "{scope}");
            assert!(scope.rights().are_within(Role::Owner.rights()), "{scope}");
            assert_eq!(scope.as_str().parse(), Ok(scope));
        }
        assert!(!Scope::Admin.rights().are_within(Role::Operator.rights()));
        assert!(!Scope::Finance.rights().are_within(Role::Operator.rights()));
    }
}
