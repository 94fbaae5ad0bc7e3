//! The service on a throwaway catalog, with a clock that only the test moves.

use std::{
    io::{self, Cursor},
    sync::Arc,
    time::Duration,
};

use mcnd::{
    app::{App, ImportRequest, Parts, PullPace, Stored},
    clock::{Clock, ManualClock},
    model::{Column, CreatorId, Element, Fields, Guid},
    random::Random,
    sources::{Format, Mapping},
};
use serde_json::{Map, Value};
use tokio_util::task::TaskTracker;

use super::{
    super::store::{Store, at, settings},
    model::WINDOW,
};
use crate::harness::databases::TestDatabase;
use crate::harness::given::by;

/// One daemon's service, without its faces.
pub(super) struct Service {
    pub(super) app: Arc<App>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) store: Store,
}

impl Service {
    pub(super) async fn start(db: TestDatabase) -> Self {
        let store = Store::open(db).await;
        let clock = Arc::new(ManualClock::new(at(0)));
        let app = app(&store, &clock, 1);
        app.settle_policy().await.unwrap();
        Self { app, clock, store }
    }

    /// A second daemon on the same catalog.
    pub(super) fn beside(&self) -> Arc<App> {
        app(&self.store, &self.clock, 3)
    }

    /// Hands one callback in.
    pub(super) async fn deliver(&self, elements: &[String]) -> Stored {
        deliver(&self.app, elements).await
    }

    /// Imports one video, new or known, with all its columns.
    pub(super) async fn import(&self, creator: &CreatorId, guid: &Guid, fields: &Fields) {
        let mut row = Map::new();
        row.insert("guid".to_owned(), guid.as_str().into());
        for column in Column::ALL {
            let cell = fields.show(column).map(std::borrow::Cow::into_owned);
            row.insert(column.name().to_owned(), cell.into());
        }
        let request = ImportRequest {
            by: by(),
            name: "rows".to_owned(),
            reader: Box::new(Cursor::new(Value::Object(row).to_string())),
            format: Some(Format::JsonLines),
            mapping: Mapping::default().for_creator(creator.clone()),
            plan: false,
            results: Box::new(io::sink()),
        };
        let report = self.app.import(request, |_progress| ()).await.unwrap();
        let refused = report.counts.errors + report.counts.conflicts;
        assert_eq!(refused, 0, "{guid}: {:?}", report.counts);
    }

    /// Edits a video through an import.
    pub(super) async fn edit(&self, text: &str, change: impl FnOnce(&mut Fields)) {
        let mut video = self.store.video(text).await;
        change(&mut video.fields);
        self.import(&video.creator, &video.guid, &video.fields)
            .await;
    }
}

fn app(store: &Store, clock: &Arc<ManualClock>, seed: u64) -> Arc<App> {
    let mut config = settings(&store.db);
    config.feed.delta_window = Duration::from_millis(WINDOW.unsigned_abs());
    App::start(Parts {
        catalog: store.catalog.clone(),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        random: Random::seeded(seed),
        config,
        tasks: TaskTracker::new(),
        pull_pace: PullPace::default(),
    })
}

/// Hands one callback in at a daemon.
pub(super) async fn deliver(app: &App, elements: &[String]) -> Stored {
    let elements = elements.iter().map(|raw| Element::read(raw.as_bytes()));
    app.deliver(elements.collect()).await.unwrap()
}
