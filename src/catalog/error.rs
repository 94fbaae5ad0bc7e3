//! What can go wrong in the store, by what a caller can do about it.

use std::time::Duration;

use rusqlite::ErrorCode;

/// What to do with a damaged SQLite database.
pub(super) const RESTORE: &str = "stop the daemon, keep the file with its `-wal` for a look by moving both away, and fill a \
                                  new one from the newest backup with `mcnd restore FILE`";

/// The catalog's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the catalog did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Come back later: the database is away, busy, full, or going down.
    #[error("the database is not available right now")]
    Unavailable(#[source] sqlx::Error),
    /// Come back later: no answer within the deadline.
    #[error("the database did not answer within {} ms", deadline.as_millis())]
    Slow { deadline: Duration },
    /// Come back later: it answers and takes no writes, as a standby does.
    #[error("the database takes no writes; is it a standby?")]
    ReadOnly,
    /// Try again at once: another transaction was in the way.
    #[error("another transaction was in the way")]
    Contended(#[source] sqlx::Error),
    /// The connection that held the right to import is gone, and the right with it.
    #[error("the connection that kept other imports away was lost")]
    LockLost(#[source] Box<Error>),
    /// The write would break a rule that the database keeps.
    #[error("the database refuses this")]
    Refused(#[source] sqlx::Error),
    /// The storage can't be trusted any more; stop.
    #[error("the database could not make a write durable; check the disk, then start again")]
    Untrustworthy(#[source] sqlx::Error),
    /// The database's pages contradict each other; stop.
    #[error("the database is damaged ({0}); {RESTORE}")]
    Damaged(String),
    /// A walk would begin anew, and never end; stop.
    #[error(
        "an index of the database gives rows out of their order; on Postgres `REINDEX DATABASE` makes its indexes anew, of \
         SQLite the file is damaged: {RESTORE}"
    )]
    Disordered,
    /// A stored value that the rules don't know.
    #[error("the catalog holds a value that can't be read: {0}")]
    Unreadable(String),
    /// A call that does not fit its statement: a fault of ours.
    #[error("a statement takes {expected} arguments and was given {given}")]
    Arguments { expected: usize, given: usize },
    /// An argument that the driver can't send: a fault of ours.
    #[error("an argument can't be sent to the database")]
    Argument(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Anything else that the driver says.
    #[error("the database answered with an error")]
    Internal(#[source] sqlx::Error),
    /// The feed's reader could not read.
    #[error("the feed could not be read")]
    Feed(#[source] rusqlite::Error),
    /// A backup was not made or not restored, for this reason.
    #[error("{0}")]
    Backup(String),
    /// The database can't be opened as it is; an operator must act.
    #[error("{0}")]
    Unusable(String),
}

impl Error {
    pub(super) fn argument(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Argument(source.into())
    }

    /// Whether nothing may be promised on this storage any more.
    pub fn ends_trust(&self) -> bool {
        matches!(
            self,
            Self::Untrustworthy(_) | Self::Damaged(_) | Self::Disordered
        )
    }

    /// Whether the same call may well succeed later.
    pub fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_) | Self::Slow { .. } | Self::ReadOnly | Self::Contended(_)
        )
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let Some(database) = error.as_database_error() else {
            return match error {
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
                sqlx::Error::ColumnDecode { ref source, .. } => {
                    Self::Unreadable(source.to_string())
                }
                other => Self::Internal(other),
            };
        };
        if database.is_unique_violation()
            || database.is_foreign_key_violation()
            || database.is_check_violation()
        {
            return Self::Refused(error);
        }
        match database.code().as_deref() {
            // SQLite, extended codes: a failed fsync, directory sync or truncation.
            Some("1034" | "1290" | "1546") => Self::Untrustworthy(error),
            Some(code) if is_damage(code) => Self::Damaged(database.message().to_owned()),
            Some(code) if is_away(code) => Self::Unavailable(error),
            // Serialisation failure, deadlock.
            Some("40001" | "40P01") => Self::Contended(error),
            _ => Self::Internal(error),
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged(error.to_string())
            }
            _ => Self::Feed(error),
        }
    }
}

/// SQLite's families of damage: pages that contradict each other, a file that is no database. Postgres' codes are longer.
fn is_damage(code: &str) -> bool {
    code.len() < 5
        && code
            .parse::<i32>()
            .is_ok_and(|number| matches!(number & 0xff, 11 | 26))
}

/// Codes that pass by themselves or when an operator makes room: SQLite's busy, locked, read-only, input or output, full and
/// can't-open families; Postgres' connection, resource, shutdown, read-only and lock-wait classes.
fn is_away(code: &str) -> bool {
    if let Ok(number) = code.parse::<i32>()
        && code.len() < 5
    {
        return matches!(number & 0xff, 5 | 6 | 8 | 10 | 13 | 14);
    }
    ["08", "53", "57", "58"]
        .iter()
        .any(|class| code.starts_with(class))
        || matches!(code, "25006" | "55P03")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_pass_are_told_from_those_that_do_not() {
        for code in [
            "5", "261", "517", "13", "778", "14", "08006", "53300", "57P01", "25006", "55P03",
        ] {
            assert!(is_away(code), "{code}");
        }
        for code in ["1", "11", "26", "2067", "42P01", "23505"] {
            assert!(!is_away(code), "{code}");
        }
        for code in ["11", "26", "267", "523", "779"] {
            assert!(is_damage(code), "{code}");
        }
        for code in ["1", "10", "5", "11000", "26000", "XX001"] {
            assert!(!is_damage(code), "{code}");
        }
    }
}
