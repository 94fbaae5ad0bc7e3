//! How a command ends when it does not end well: words for the operator, a code for scripts.

use std::{error::Error, io, process::ExitCode};

use super::console::note;
use crate::{app, config::Faults, daemon};

/// What a command answers.
pub(super) type Done<T = ()> = Result<T, Failure>;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(super) enum Failure {
    /// Whoever read the output went away, which is their right: the code is 0.
    Unread,
    /// A part was not done, and the output has said which.
    Incomplete,
    /// Refused, with what, which and what now.
    Refused(String),
    /// Arguments that clap can't see to be wrong.
    Usage(String),
    Settings(Faults),
    Daemon(daemon::Error),
    App(app::Error),
}

impl Failure {
    /// Says it on standard error and answers with its code.
    pub(super) fn end(self) -> ExitCode {
        if let Some(words) = self.words() {
            note(&words);
        }
        ExitCode::from(self.code())
    }

    /// What it says on standard error.
    pub(super) fn words(&self) -> Option<String> {
        let said = match self {
            Self::Unread | Self::Incomplete => return None,
            // One line for each fault, which begins with its place.
            Self::Settings(faults) => return Some(faults.to_string()),
            Self::Refused(words) | Self::Usage(words) => words.clone(),
            Self::Daemon(error) => chain(error),
            // The app's own words are for callers from afar; who sits here may see the cause.
            Self::App(app::Error::Internal(cause)) => chain(cause.as_ref()),
            Self::App(error) => chain(error),
        };
        Some(format!("error: {said}"))
    }

    fn code(self) -> u8 {
        match self {
            Self::Unread => 0,
            Self::Usage(_) => 2,
            Self::Settings(_) => 78,
            Self::Daemon(error) => error.exit_code(),
            Self::App(error @ app::Error::Internal(_)) => {
                match daemon::Error::from(error.into_catalog()).exit_code() {
                    70 => 70,
                    _ => 1,
                }
            }
            Self::Incomplete | Self::Refused(_) | Self::App(_) => 1,
        }
    }
}

/// An error with its causes, leaving out those that it repeats anyway.
fn chain(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !words.contains(&said) {
            words = format!("{words}: {said}");
        }
        next = cause.source();
    }
    words
}

impl From<io::Error> for Failure {
    /// What happens to the output.
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::Unread
        } else {
            Self::Refused(format!("the output can't be written: {error}"))
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        io::Error::from(error).into()
    }
}

impl From<Faults> for Failure {
    fn from(faults: Faults) -> Self {
        Self::Settings(faults)
    }
}

impl From<daemon::Error> for Failure {
    fn from(error: daemon::Error) -> Self {
        Self::Daemon(error)
    }
}

impl From<app::Error> for Failure {
    fn from(error: app::Error) -> Self {
        Self::App(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_goes_away_is_no_failure() {
        assert_eq!(
            Failure::from(io::Error::from(io::ErrorKind::BrokenPipe)).code(),
            0
        );
        let full = Failure::from(io::Error::from(io::ErrorKind::StorageFull));
        assert!(full.words().unwrap().contains("can't be written"));
        assert_eq!(full.code(), 1);
    }

    #[test]
    fn codes_tell_what_kind_of_failure_it_is() {
        let missing = app::Error::NotFound("there is no video `a`".to_owned());
        assert_eq!(Failure::from(missing).code(), 1);
        assert_eq!(Failure::from(daemon::Error::SchemaBehind).code(), 78);
        assert_eq!(
            Failure::from(daemon::Error::Distrust(String::new())).code(),
            70
        );
        assert_eq!(Failure::Usage(String::new()).code(), 2);
        let other = app::Error::internal("odd");
        assert_eq!(Failure::from(other).code(), 1);
    }

    #[test]
    fn causes_are_told_once() {
        let cause = io::Error::other("the disk is full");
        let bind = daemon::Error::Bind {
            address: "127.0.0.1:1".parse().unwrap(),
            source: cause,
        };
        let words = Failure::from(bind).words().unwrap();
        assert_eq!(words.matches("the disk is full").count(), 1, "{words}");
        let inside = Failure::from(app::Error::internal("a hidden cause"));
        assert_eq!(inside.words().unwrap(), "error: a hidden cause");
    }
}
