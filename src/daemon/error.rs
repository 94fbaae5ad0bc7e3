//! Why the daemon did not start or had to end.

use std::{io, net::SocketAddr};

use crate::catalog;

/// Why the daemon did not start or had to end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "`server.public_url` is not set; it is what every address in lists and feeds is made from"
    )]
    PublicUrlMissing,
    #[error("can't listen on {address}: {source}; is another program using it?")]
    Bind {
        address: SocketAddr,
        source: io::Error,
    },
    #[error("a listener can't be used")]
    Listen(#[source] io::Error),
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
    #[error(
        "the database's schema is not up to date; run `mcnd migrate`, or let `serve` do it with `database.migrate`"
    )]
    SchemaBehind,
    #[error("stopped because the storage can't be trusted any more: {0}")]
    Distrust(String),
}

impl Error {
    /// The exit code that scripts and supervisors rely on: 70 for distrust, 78 for what an operator must change, else 1.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Distrust(_) => 70,
            Self::Catalog(error) if error.ends_trust() => 70,
            Self::PublicUrlMissing
            | Self::SchemaBehind
            | Self::Catalog(catalog::Error::Unusable(_)) => 78,
            Self::Bind { .. } | Self::Listen(_) | Self::Catalog(_) => 1,
        }
    }
}
