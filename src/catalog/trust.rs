//! Whether the storage is still believed: a commit that was not made durable, or a damaged page, ends that for good.

use std::{
    future::Future,
    sync::{Arc, OnceLock},
    time::Duration,
};

use tokio_util::sync::CancellationToken;

use super::{
    Catalog,
    error::{Error, Result},
};

/// What every call to the database is held to: a deadline, and trust.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    /// How long a statement may take before the caller is told to come back later.
    pub(super) deadline: Duration,
    trust: Arc<Trust>,
}

#[derive(Debug, Default)]
struct Trust {
    lost: CancellationToken,
    why: OnceLock<String>,
}

impl Guard {
    pub(super) fn new(deadline: Duration) -> Self {
        Self {
            deadline,
            trust: Arc::default(),
        }
    }

    /// Gives up on the database after the deadline: a partition would otherwise hang the caller for good.
    pub(super) async fn within<T>(
        &self,
        work: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T> {
        let deadline = self.deadline;
        match tokio::time::timeout(deadline, work).await {
            Ok(done) => done
                .map_err(Error::from)
                .inspect_err(|error| self.heed(error)),
            Err(_elapsed) => Err(Error::Slow { deadline }),
        }
    }

    /// Makes sure that what a walk reads next lies behind where it stands, one after the other. A damaged index can lead
    /// back, and whoever follows it comes to no end.
    ///
    /// # Errors
    /// [`Error::Disordered`], which ends trust.
    pub(super) fn goes_on<P: PartialOrd>(
        &self,
        behind: P,
        places: impl IntoIterator<Item = P>,
    ) -> Result<()> {
        let mut last = behind;
        for place in places {
            if last >= place {
                return Err(self.disordered());
            }
            last = place;
        }
        Ok(())
    }

    /// Ends trust, as an index led back.
    pub(super) fn disordered(&self) -> Error {
        self.heed(&Error::Disordered);
        Error::Disordered
    }

    /// Ends trust when an error says that the storage does not deserve it.
    pub(super) fn heed(&self, error: &Error) {
        if !error.ends_trust() {
            return;
        }
        let mut words = error.to_string();
        if let Some(source) = std::error::Error::source(error) {
            words = format!("{words}: {source}");
        }
        // The first reason is the one that counts.
        let _later = self.trust.why.set(words);
        self.trust.lost.cancel();
    }
}

impl Catalog {
    /// Completes, with the reason, once the storage can't be believed any more. Nothing may be promised from then on.
    pub async fn distrusted(&self) -> String {
        let trust = &self.db.guard.trust;
        trust.lost.cancelled().await;
        trust.why.get().cloned().unwrap_or_default()
    }

    /// Whether that has happened.
    pub fn is_distrusted(&self) -> bool {
        self.db.guard.trust.lost.is_cancelled()
    }

    /// Ends trust when this error, from elsewhere than a statement, says so.
    pub fn heed(&self, error: &Error) {
        self.db.guard.heed(error);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard() -> Guard {
        Guard::new(Duration::from_secs(1))
    }

    #[test]
    fn a_walk_that_goes_on_is_believed() {
        let guard = guard();
        for page in [&["b", "c"][..], &["b"], &[]] {
            guard.goes_on("a", page.iter().copied()).unwrap();
        }
        assert!(!guard.trust.lost.is_cancelled());
    }

    #[test]
    fn a_walk_that_stays_or_turns_back_ends_trust() {
        for page in [&["a"][..], &["0"], &["b", "b"], &["b", "c", "b"]] {
            let guard = guard();
            let found = guard.goes_on("a", page.iter().copied());
            assert!(matches!(found, Err(Error::Disordered)), "{page:?}");
            assert!(guard.trust.lost.is_cancelled(), "{page:?}");
        }
    }
}
