//! One pull of one source: fetch, compare, import, remember.

use std::{convert::Infallible, io, path::Path, sync::Arc, time::Duration};

use metrics::counter;
use serde_json::json;
use tracing::{info, warn};
use url::Url;

use super::unknown;
use crate::{
    app::{
        App, Error, Result,
        audit::told,
        download::NoDownload,
        imports::{ImportReport, Reading, RowResult, Staged},
    },
    catalog::Tx,
    config,
    model::{Action, Actor, KnownDocument, LastPull, PullOutcome, Source, SourceId, Timestamp},
    outbound::{Fault, Validators},
    sources::{Format, Mapping},
    telemetry,
};

/// What a pull does beside the usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullMode {
    /// Applies a document that is not the one applied last.
    Changed,
    /// Applies the document also when it is the same.
    Again,
    /// Agrees to a document with as many items as the one that waits.
    Accept,
}

/// A pull that has ended.
#[derive(Clone, Debug)]
pub struct Pulled {
    /// As it is now; its last pull is this one.
    pub source: Source,
    /// Of the import, where there was one.
    pub report: Option<ImportReport>,
}

/// What became of a document.
enum Ending {
    Applied(KnownDocument, ImportReport, Option<String>),
    Unchanged(Option<Validators>),
    Waiting(i64),
    Failed(String, Option<Duration>),
}

impl App {
    /// Pulls a source now, whether it is due, paused or neither.
    ///
    /// What the other side does wrong is an outcome, and the catalog stays as it was.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] while another pull of it is under way, or when nothing waits for consent.
    pub async fn pull_source(
        self: &Arc<Self>,
        by: Actor,
        id: SourceId,
        mode: PullMode,
    ) -> Result<Pulled> {
        let app = Arc::clone(self);
        self.detached(async move {
            let lease = app.random.id(app.clock.now());
            let Some(mut tx) = app.claiming(&id, &lease, None, mode).await? else {
                app.source(&id).await?;
                return Err(Error::Conflict(format!(
                    "source `{id}` is being pulled just now; try again in a minute"
                )));
            };
            let mut line = app.audit_line(&by, Action::PullSource, id.as_str());
            line.after = told(&json!({ "mode": format!("{mode:?}") }));
            tx.add_audit(&line).await?;
            tx.commit().await?;
            app.pull_claimed(&id, &lease, mode).await
        })
        .await
    }

    /// Takes a source, if it is still `due` where that is asked for and the clock that says so has not just been set. Where
    /// somebody agrees, something must wait for it.
    pub(super) async fn claim(
        &self,
        id: &SourceId,
        lease: &str,
        due: Option<Timestamp>,
        mode: PullMode,
    ) -> Result<bool> {
        match self.claiming(id, lease, due, mode).await? {
            Some(tx) => tx.commit().await?,
            None => return Ok(false),
        }
        Ok(true)
    }

    /// The transaction that takes a source; none where [`Self::claim`] answers false.
    async fn claiming(
        &self,
        id: &SourceId,
        lease: &str,
        due: Option<Timestamp>,
        mode: PullMode,
    ) -> Result<Option<Tx>> {
        let mut tx = self.catalog.begin().await?;
        if due.is_some() && !self.may_take_leases() {
            return Ok(None);
        }
        let (now, lasts) = (self.clock.now(), self.pull_pace.lease);
        if !tx.claim_source(id, lease, due, now, lasts).await? {
            return Ok(None);
        }
        if mode == PullMode::Accept && !tx.source_waits(id).await? {
            return Err(Error::Conflict(format!(
                "nothing of source `{id}` waits for consent"
            )));
        }
        Ok(Some(tx))
    }

    /// Pulls a source that was claimed, and gives it back.
    pub(super) async fn pull_claimed(
        &self,
        id: &SourceId,
        lease: &str,
        mode: PullMode,
    ) -> Result<Pulled> {
        let found = self.catalog.find_source(id).await?;
        let source = found.ok_or_else(|| unknown(id))?;
        let read = self.read_while_leased(&source, lease, mode).await;
        match read {
            // What was read may be lost, so nothing is to remember it.
            read if self.is_distrusted() => read.and(Err(Error::Busy(None))),
            Ok(ending) => self.settle(source, lease, ending).await,
            Err(error) if self.stopping.is_cancelled() => {
                self.release(id, lease).await;
                Err(error)
            }
            // Tried again no sooner than after a fault of the other side.
            Err(error) => {
                let ending = Ending::Failed(error.to_string(), None);
                self.settle(source, lease, ending).await?;
                Err(error)
            }
        }
    }

    async fn read_while_leased(
        &self,
        source: &Source,
        lease: &str,
        mode: PullMode,
    ) -> Result<Ending> {
        let reading = Box::pin(self.read_source(source, mode));
        tokio::select! {
            ending = reading => ending,
            () = self.stopping.cancelled() => Err(Error::Busy(None)),
            never = self.keep_leased(&source.id, lease) => match never {},
        }
    }

    /// Renews a lease again and again. It waits for the writer that the pull itself may hold, so both must go on side by
    /// side.
    async fn keep_leased(&self, id: &SourceId, lease: &str) -> Infallible {
        loop {
            tokio::time::sleep(self.pull_pace.renewal).await;
            self.renew(id, lease).await;
        }
    }

    /// A renewal that is missed is made up for by the next; a source that is lost is noticed at the end.
    async fn renew(&self, id: &SourceId, lease: &str) {
        let renewal = async {
            let mut tx = self.catalog.begin().await?;
            tx.renew_source(id, lease, self.clock.now(), self.pull_pace.lease)
                .await?;
            tx.commit().await
        };
        if let Err(failed) = renewal.await {
            let error = &failed as &dyn std::error::Error;
            warn!(source.id = %id, error, "the lease of source `{id}` was not renewed");
        }
    }

    /// Gives a source back; one that can't be given back is free when its lease ends.
    async fn release(&self, id: &SourceId, lease: &str) {
        let release = async {
            let mut tx = self.catalog.begin().await?;
            tx.release_source(id, lease).await?;
            tx.commit().await
        };
        if let Err(failed) = release.await {
            let error = &failed as &dyn std::error::Error;
            warn!(source.id = %id, error, "the lease of source `{id}` ends by itself");
        }
    }

    /// # Errors
    /// Only what is wrong on this side.
    async fn read_source(&self, source: &Source, mode: PullMode) -> Result<Ending> {
        let again = mode == PullMode::Again;
        let (url, mapping) = match prepared(source) {
            Ok(prepared) => prepared,
            Err(words) => return Ok(Ending::Failed(words, None)),
        };
        let known = Validators {
            etag: source.known.etag.clone().filter(|_| !again),
            last_modified: source.known.last_modified.clone().filter(|_| !again),
        };
        let download = match self.download_if_changed(&url, known, |_bytes| ()).await {
            Ok(Some(download)) => download,
            Ok(None) => return Ok(Ending::Unchanged(None)),
            Err(why) => return Ok(Ending::Failed(why.to_string(), asked(&why))),
        };
        let reading = Reading {
            name: download.name.clone(),
            reader: Box::new(download.file),
            format: source.recipe.format.as_deref().and_then(Format::named),
            mapping: mapping.relative_to(download.address),
        };
        let staged = match self.stage(reading, &|_progress| ()).await {
            Ok(staged) => staged,
            Err(Error::Invalid(words)) => return Ok(Ending::Failed(words, None)),
            Err(error) => return Err(error),
        };
        let items = i64::try_from(staged.rows).unwrap_or(i64::MAX);
        if !again && source.known.digest == Some(staged.digest) {
            return Ok(Ending::Unchanged(Some(download.validators)));
        }
        if source.shrinks_to(items, mode == PullMode::Accept) {
            return Ok(Ending::Waiting(items));
        }
        self.apply_source(staged, &download.name, download.validators)
            .await
    }

    /// Applies a document when no other import is in the way.
    async fn apply_source(
        &self,
        staged: Staged,
        name: &str,
        validators: Validators,
    ) -> Result<Ending> {
        let _turn = self.import_turn.lock().await;
        let held = self.own_creators(&staged.creators, &|_progress| ()).await?;
        let items = i64::try_from(staged.rows).ok();
        let digest = Some(staged.digest);
        let by = Actor::program();
        let named = Some((&by, name, held));
        let report = self
            .apply_staged(staged, named, Box::new(io::sink()), &|_progress| ())
            .await?;
        let mut known = KnownDocument {
            items,
            ..KnownDocument::default()
        };
        // What the catalog refuses today it may take tomorrow: the same document then counts as another one.
        if report.counts.errors + report.counts.conflicts == 0 {
            known.etag = validators.etag;
            known.last_modified = validators.last_modified;
            known.digest = digest;
        }
        let wrong = report.wrong.iter().filter_map(RowResult::wrong);
        let wrong = wrong.collect::<Vec<_>>();
        let message = (!wrong.is_empty()).then(|| wrong.join("\n"));
        Ok(Ending::Applied(known, report, message))
    }

    /// Remembers how a pull ended, and gives the source back.
    async fn settle(&self, mut source: Source, lease: &str, ending: Ending) -> Result<Pulled> {
        let now = self.clock.now();
        let waited = source.waiting_items;
        let (last, report, asked) = note(&mut source, ending, now);
        tell(&source, &last, waited);
        source.end_pull(last, asked, self.luck());
        let mut tx = self.catalog.begin().await?;
        let Some(source) = tx.settle_source(&source, lease).await? else {
            let id = &source.id;
            return Err(Error::Conflict(format!(
                "source `{id}` was removed or taken over while it was pulled; its rows are in the catalog"
            )));
        };
        tx.commit().await?;
        Ok(Pulled { source, report })
    }

    /// A number from 0 to 1.
    fn luck(&self) -> f64 {
        let mut byte = [0];
        self.random.fill(&mut byte);
        f64::from(byte[0]) / 255.0
    }
}

/// The address with its credentials, and how its rows become ours; or why there is none of it.
fn prepared(source: &Source) -> Result<(Url, Mapping), String> {
    let mut url = Url::parse(&source.url).map_err(|odd| odd.to_string())?;
    if let Some(file) = &source.credentials_file {
        let secret = config::secret_file(Path::new(file))?;
        let (user, password) = secret
            .expose()
            .split_once(':')
            .ok_or_else(|| format!("`{file}` must hold `user:password`"))?;
        // Only addresses without a host refuse, and this one was checked when it was kept.
        let _kept = url.set_username(user);
        let _kept = url.set_password(Some(password));
    }
    let mapping = Mapping::read(&source.recipe)?;
    Ok(match &source.creator {
        Some(creator) => (url, mapping.for_creator(creator.clone())),
        None => (url, mapping),
    })
}

/// How long the server wants to be left alone.
fn asked(why: &NoDownload) -> Option<Duration> {
    match why {
        NoDownload::Fault(Fault::Status { retry_after, .. }) => *retry_after,
        _ => None,
    }
}

/// Brings what is known of a source up to what a pull found.
fn note(
    source: &mut Source,
    ending: Ending,
    now: Timestamp,
) -> (LastPull, Option<ImportReport>, Option<Duration>) {
    let last = |outcome, message| LastPull {
        at: now,
        outcome,
        message,
        import: None,
    };
    match ending {
        Ending::Applied(known, report, message) => {
            source.known = known;
            source.waiting_items = None;
            let mut last = last(PullOutcome::Applied, message);
            last.import.clone_from(&report.id);
            (last, Some(report), None)
        }
        Ending::Unchanged(validators) => {
            if let Some(validators) = validators {
                source.known.etag = validators.etag;
                source.known.last_modified = validators.last_modified;
            }
            source.waiting_items = None;
            let mut last = last(PullOutcome::Unchanged, None);
            // What was said of the document that is still there holds.
            if let Some(before) = source.last.take_if(|before| before.outcome.is_fine()) {
                (last.message, last.import) = (before.message, before.import);
            }
            (last, None, None)
        }
        Ending::Waiting(items) => {
            source.waiting_items = Some(items);
            let before = source.known.items.unwrap_or_default();
            let words = format!(
                "{items} items where there were {before}: not applied until `mcnd source accept {}`",
                source.id
            );
            (last(PullOutcome::Waiting, Some(words)), None, None)
        }
        Ending::Failed(words, asked) => (last(PullOutcome::Failed, Some(words)), None, asked),
    }
}

/// One line of the log, and an alarm where somebody has to look.
fn tell(source: &Source, last: &LastPull, waited: Option<i64>) {
    let (id, outcome) = (&source.id, last.outcome);
    counter!(telemetry::SOURCE_PULLS, "outcome" => outcome.as_str()).increment(1);
    let why = last.message.as_deref().unwrap_or_default();
    match outcome {
        PullOutcome::Applied | PullOutcome::Unchanged => {
            info!(source.id = %id, pull.outcome = %outcome, "source `{id}` was pulled: {outcome}");
        }
        PullOutcome::Waiting => {
            if waited.is_none() {
                counter!(telemetry::ALARMS, "kind" => "source_shrinks").increment(1);
            }
            warn!(source.id = %id, "source `{id}` shrinks: {why}");
        }
        PullOutcome::Failed => {
            warn!(source.id = %id, "source `{id}` could not be pulled: {why}");
        }
    }
}
