//! Work on an import in the background: begun by whoever asked, kept by a lease that is renewed, stopped between chunks.

use std::{
    convert::Infallible,
    io::{self, Read},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};
use url::Url;

use super::folder::{Folder, Part};
use crate::{
    app::{App, Error, Result, panicked},
    catalog::Settled,
    model::{ImportId, ImportState, ImportSummary, Phase, Progress, Timestamp},
};

/// Between two words about the progress; also how long it takes to notice that somebody wants it to stop.
const RENEWAL: Duration = Duration::from_secs(1);
/// How long an import stays with whoever is at work on it, unless that is renewed.
pub(super) const LEASE: Duration = Duration::from_secs(20);

/// Imports that were left in the middle and are read at a time.
const PAGE: i64 = 20;

/// An import that is worked on.
pub(super) struct Work {
    pub(super) id: ImportId,
    pub(super) lease: String,
    /// What is read first, and what is done with it then.
    pub(super) fetch: Option<(Url, ImportState)>,
    /// Cancelled when it is to stop: by somebody, because another one has it by now, or because the daemon ends.
    pub(super) stop: CancellationToken,
    progress: Mutex<Progress>,
}

/// Where work came to.
pub(super) enum Ending {
    Planned(ImportSummary),
    Applied(ImportSummary),
    /// Why, and what was applied until then.
    Failed(String, Option<ImportSummary>),
    /// What was applied until then.
    Stopped(Option<ImportSummary>),
    /// Something is away that will be back: the next one goes on with it.
    Left,
}

impl Ending {
    /// Where an error leads to, after so much was applied.
    pub(super) fn of(error: Error, applied: Option<ImportSummary>) -> Self {
        match error {
            Error::Busy(_) => Self::Left,
            Error::Internal(_) => {
                let cause = &error as &dyn std::error::Error;
                warn!(error = cause, "an import failed");
                let words = "something went wrong inside; the log says what";
                Self::Failed(words.to_owned(), applied)
            }
            told => Self::Failed(told.to_string(), applied),
        }
    }

    fn state(&self) -> Option<ImportState> {
        match self {
            Self::Planned(_) => Some(ImportState::Planned),
            Self::Applied(_) => Some(ImportState::Applied),
            Self::Failed(..) => Some(ImportState::Failed),
            Self::Stopped(_) => Some(ImportState::Cancelled),
            Self::Left => None,
        }
    }

    fn applied(&self) -> Option<&ImportSummary> {
        match self {
            Self::Applied(summary) => Some(summary),
            Self::Failed(_, applied) | Self::Stopped(applied) => applied.as_ref(),
            Self::Planned(_) | Self::Left => None,
        }
    }
}

impl Work {
    pub(super) fn new(app: &App, id: ImportId, lease: String) -> Self {
        Self {
            id,
            lease,
            fetch: None,
            stop: app.stopping.child_token(),
            progress: Mutex::new(Progress {
                phase: Phase::Waiting,
                rows: 0,
                total: None,
            }),
        }
    }

    /// Says how far it is; written with the next renewal.
    pub(super) fn show(&self, progress: Progress) {
        // Nothing that runs under the lock can panic.
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = progress;
    }

    /// Waits for something, unless the work is to stop meanwhile: then there is none.
    pub(super) async fn unless_stopped<T>(
        &self,
        doing: impl Future<Output = Result<T>>,
    ) -> Result<Option<T>> {
        tokio::select! {
            done = doing => done.map(Some),
            () = self.stop.cancelled() => Ok(None),
        }
    }
}

impl App {
    /// Goes on with imports that were left in the middle, as far as their files are here; says how many.
    pub async fn resume_imports(self: &Arc<Self>) -> Result<u64> {
        let now = self.clock.now();
        if self.stopping.is_cancelled() || self.is_distrusted() || !self.may_take_leases() {
            return Ok(0);
        }
        let folder = Folder::of(&self.config())?;
        let (mut resumed, mut last) = (0, None);
        loop {
            let left = self
                .catalog
                .left_import_files(last.as_ref(), now, LEASE, PAGE);
            let left = left.await?;
            for id in &left {
                resumed += u64::from(self.take_up(id, &folder, now).await?);
            }
            match left.into_iter().next_back() {
                Some(id) => last = Some(id),
                None => return Ok(resumed),
            }
        }
    }

    /// Goes on with an import that was left in the middle; false when its file is elsewhere, or another one was first.
    async fn take_up(
        self: &Arc<Self>,
        id: &ImportId,
        folder: &Folder,
        now: Timestamp,
    ) -> Result<bool> {
        let file = self.import_file(id).await?;
        if !folder.has(id, Part::Input) && file.state != ImportState::Fetching {
            return Ok(false);
        }
        let lease = self.random.id(now);
        let mut tx = self.catalog.begin().await?;
        let ours = tx.claim_import_file(id, &lease, now, LEASE).await?;
        tx.commit().await?;
        if ours {
            self.start_work(Work::new(self, id.clone(), lease));
        }
        Ok(ours)
    }

    /// Goes on with an import in a task of its own.
    pub(super) fn start_work(self: &Arc<Self>, work: Work) {
        let app = Arc::clone(self);
        self.tasks
            .spawn(async move { app.see_through(Arc::new(work)).await });
    }

    /// Whatever becomes of the work, a panic included, is written down.
    async fn see_through(self: &Arc<Self>, work: Arc<Work>) {
        let (app, worked) = (Arc::clone(self), Arc::clone(&work));
        let ended = self
            .tasks
            .spawn(async move { app.work_while_leased(&worked).await });
        let ended = ended.await.unwrap_or_else(|panic| Err(panicked(panic)));
        let ending = ended.unwrap_or_else(|error| Ending::of(error, None));
        if let Err(failed) = self.settle_work(&work, &ending).await {
            let (id, error) = (&work.id, &failed as &dyn std::error::Error);
            warn!(import.id = %id, error, "where import `{id}` came to was not written; its lease ends by itself");
        }
    }

    async fn work_while_leased(&self, work: &Work) -> Result<Ending> {
        let working = Box::pin(self.work_on(work));
        tokio::select! {
            ended = working => ended,
            never = self.keep_renewing(work) => match never {},
        }
    }

    /// Renews the lease again and again. It waits for the writer that the work itself may hold, so both must go on side by
    /// side.
    async fn keep_renewing(&self, work: &Work) -> Infallible {
        loop {
            tokio::time::sleep(RENEWAL).await;
            match self.renew_work(work).await {
                Ok(true) => {}
                Ok(false) => work.stop.cancel(),
                Err(failed) => {
                    let (id, error) = (&work.id, &failed as &dyn std::error::Error);
                    debug!(import.id = %id, error, "the lease of import `{id}` was not renewed");
                }
            }
        }
    }

    async fn renew_work(&self, work: &Work) -> Result<bool> {
        let progress = *work.progress.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tx = self.catalog.begin().await?;
        let ours = tx
            .renew_import_file(&work.id, &work.lease, &progress, (self.clock.now(), LEASE))
            .await?;
        tx.commit().await?;
        Ok(ours)
    }

    async fn settle_work(&self, work: &Work, ending: &Ending) -> Result<()> {
        let (id, now) = (&work.id, self.clock.now());
        let mut tx = self.catalog.begin().await?;
        // A daemon that ends leaves its work to the next one.
        let Some(state) = ending.state().filter(|_| !self.leaves(ending)) else {
            tx.release_import_file(id, &work.lease).await?;
            return Ok(tx.commit().await?);
        };
        let settled = Settled {
            state,
            message: match ending {
                Ending::Failed(words, _) => Some(words),
                _ => None,
            },
            plan: match ending {
                Ending::Planned(summary) => Some(summary),
                _ => None,
            },
            applied: ending.applied(),
        };
        if !tx
            .settle_import_file((id, &work.lease), settled, now)
            .await?
        {
            return Ok(());
        }
        if let Some(applied) = ending.applied() {
            tx.finish_import(id, applied.counts, now).await?;
        }
        tx.commit().await?;
        if state == ImportState::Applied {
            // Nobody applies it again. What can't be removed now goes when retention ends.
            let folder = Folder::of(&self.config())?;
            folder.remove(id, Part::Input)?;
            folder.remove(id, Part::Plan)?;
        }
        info!(import.id = %id, import.state = %state, "import `{id}` is {state}");
        Ok(())
    }

    fn leaves(&self, ending: &Ending) -> bool {
        matches!(ending, Ending::Stopped(_)) && self.stopping.is_cancelled()
    }
}

/// A reader that ends when the work is to stop.
pub(super) struct Stoppable<R> {
    pub(super) reader: R,
    pub(super) stop: CancellationToken,
}

impl<R: Read> Read for Stoppable<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.is_cancelled() {
            return Err(io::Error::other("nobody waits for it any more"));
        }
        self.reader.read(buffer)
    }
}
