//! Open files: what the process may have of them is shared out so that clients never take what the database needs.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing::warn;

use crate::config::{Config, Database};

/// Kept for imports, sources, the log and whatever else is neither a client nor the database.
const RESERVED: usize = 64;
/// A connection to SQLite has the file, its log, its index and perhaps a temporary file open; to Postgres, a socket.
const OF_A_CONNECTION: usize = 4;
/// One connection in so many is an operator's.
const OPERATORS: usize = 8;

/// How many connections each listener may have open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) public: usize,
    pub(super) operator: usize,
}

impl Room {
    /// Raises the limit of open files as far as the settings need it and the system lets, and shares it out.
    pub(super) fn make(config: &Config) -> Self {
        let (most, kept) = (config.server.max_connections, kept(&config.database));
        let limit = raise(kept.saturating_add(most.saturating_mul(2)));
        let room = Self::within(limit, kept, most);
        if room.public < most {
            warn!(
                "the limit of {limit} open files leaves room for {} connections; raise it for the {most} of `server.max_connections`",
                room.public
            );
        }
        room
    }

    fn within(limit: usize, kept: usize, most: usize) -> Self {
        let left = limit.saturating_sub(kept);
        let operator = (left / OPERATORS).max(1);
        Self {
            public: left.saturating_sub(operator).clamp(1, most),
            operator: operator.min(most),
        }
    }
}

/// Files that clients must leave alone.
fn kept(database: &Database) -> usize {
    // Feeds are read over connections of their own.
    let sqlite = 1 + database.read_connections.saturating_mul(2);
    let connections = database.connections.max(sqlite) as usize;
    connections
        .saturating_mul(OF_A_CONNECTION)
        .saturating_add(RESERVED)
}

/// Raises the limit to what is wanted, if the system lets; returns what it is now.
fn raise(wanted: usize) -> usize {
    let before = getrlimit(Resource::Nofile);
    let wanted = before
        .maximum
        .map_or(wanted as u64, |most| most.min(wanted as u64));
    if before.current.is_some_and(|current| current < wanted) {
        let raised = Rlimit {
            current: Some(wanted),
            ..before
        };
        // What is not given is not used.
        let _refused = setrlimit(Resource::Nofile, raised);
    }
    let now = getrlimit(Resource::Nofile).current;
    now.map_or(usize::MAX, |now| usize::try_from(now).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_never_take_what_the_database_needs() {
        for limit in 0..2_000 {
            let room = Room::within(limit, 104, 300);
            assert!(
                room.public + room.operator <= limit.saturating_sub(104).max(2),
                "{limit}"
            );
        }
    }

    #[test]
    fn with_files_enough_the_settings_count() {
        let room = Room {
            public: 12_000,
            operator: 12_000,
        };
        assert_eq!(Room::within(usize::MAX, 104, 12_000), room);
        assert_eq!(
            Room::within(256, 104, 12_000),
            Room {
                public: 133,
                operator: 19
            }
        );
    }
}
