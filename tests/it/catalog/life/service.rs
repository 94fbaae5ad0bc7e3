//! The service on a throwaway catalog, with a clock that only the test moves.

use std::sync::Arc;

use mcnd::{
    app::{App, Parts, Stored},
    catalog::Save,
    clock::{Clock, ManualClock},
    model::{Change, Element, Fields, Outcome, Preflight, Report, State, TimelineLine, Video},
    random::Random,
};
use tokio_util::task::TaskTracker;

use super::super::store::{Store, at, guid, settings};
use crate::harness::databases::TestDatabase;

/// One daemon's service, without its faces.
pub(super) struct Service {
    pub(super) app: Arc<App>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) store: Store,
    ids: Random,
}

impl Service {
    pub(super) async fn start(db: TestDatabase) -> Self {
        let store = Store::open(db).await;
        let clock = Arc::new(ManualClock::new(at(0)));
        let app = app(&store, &clock, 1);
        app.settle_policy().await.unwrap();
        Self {
            app,
            clock,
            store,
            ids: Random::seeded(2),
        }
    }

    /// A second daemon on the same catalog.
    pub(super) fn beside(&self) -> Arc<App> {
        app(&self.store, &self.clock, 3)
    }

    /// Hands one callback in.
    pub(super) async fn deliver(&self, elements: &[String]) -> Stored {
        deliver(&self.app, elements).await
    }

    /// Adds a video as an import does: no event misses it, and those that came before it are applied.
    pub(super) async fn add(&self, mut video: Video) {
        let now = self.clock.now();
        let mut tx = self.store.begin().await;
        tx.prepare_to_add().await.unwrap();
        let guids = [video.guid.clone()];
        let mut filed = Vec::new();
        for orphan in tx.orphans_of(&guids).await.unwrap() {
            let raw = orphan
                .raw
                .expect("the bytes of an orphan are never dropped");
            let report = Element::read(raw.as_bytes()).report.unwrap();
            let verdict = video.standing.receive(&report);
            if verdict.outcome == Outcome::Ready {
                video.ready_at = video.ready_at.or(Some(now));
            }
            if let (Outcome::Refused, Report::Failure { status }) = (verdict.outcome, report) {
                video.refusal = Some(status);
            }
            filed.push((orphan.digest, verdict));
        }
        tx.refile_events(&filed).await.unwrap();
        let policy = tx.feed_policy().await.unwrap();
        let save = self.save(None, video, Change::Added);
        tx.save(&[save], policy, now).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Edits a video as an import does.
    pub(super) async fn edit(&self, text: &str, change: impl FnOnce(&mut Fields)) {
        let now = self.clock.now();
        let mut tx = self.store.begin().await;
        let mut video = tx.videos_of(&[guid(text)]).await.unwrap().remove(0);
        let before = video.standing.state;
        change(&mut video.fields);
        video.broken = Preflight::default().broken(&video.fields);
        video.content_at = now;
        video.standing.judge(!video.broken.is_empty());
        if before == State::Draft && video.standing.state == State::Waiting {
            video.waiting_since = Some(now);
        }
        let policy = tx.feed_policy().await.unwrap();
        let save = self.save(Some(before), video, Change::Edited);
        tx.save(&[save], policy, now).await.unwrap();
        tx.commit().await.unwrap();
    }

    fn save(&self, before: Option<State>, video: Video, what: Change) -> Save {
        let now = self.clock.now();
        Save {
            before,
            line_id: self.ids.id(now),
            line: TimelineLine {
                at: now,
                what,
                from: before,
                to: video.standing.state,
                by: "import".to_owned(),
                detail: None,
            },
            video,
        }
    }
}

fn app(store: &Store, clock: &Arc<ManualClock>, seed: u64) -> Arc<App> {
    App::start(Parts {
        catalog: store.catalog.clone(),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        random: Random::seeded(seed),
        config: settings(&store.db),
        tasks: TaskTracker::new(),
    })
}

/// Hands one callback in at a daemon.
pub(super) async fn deliver(app: &App, elements: &[String]) -> Stored {
    let elements = elements.iter().map(|raw| Element::read(raw.as_bytes()));
    app.deliver(elements.collect()).await.unwrap()
}
