//! Random histories: after every step the store tells what the model tells.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use mcnd::{
    app::{CreatorChange, Error, RetryAt},
    catalog::{EventQuery, NewCreator},
    clock::Clock,
    model::{
        Creator, CreatorId, FeedMode, Guid, Outcome, PageQuery, Part, State, Timestamp, Video,
    },
};
use rand::{SeedableRng, rngs::StdRng};

use super::{
    super::store::{at, creator, guid, new_creator, sound_fields},
    model::{Model, WINDOW},
    service::Service,
    steps::{Flavour, Step, VIDEOS},
};
use crate::harness::both;
use crate::harness::given::by;

const HISTORIES: u64 = 90;
const STEPS: usize = 30;

both!(
    async fn every_history_ends_where_the_model_ends(db: TestDatabase) {
        let service = Service::start(db).await;
        for seed in 0..HISTORIES {
            History::begin(&service, seed).await.run().await;
        }
    }
);

/// One creator with a few videos, in the store and in the model.
struct History<'a> {
    service: &'a Service,
    seed: u64,
    creator: CreatorId,
    model: Model,
    taken: Vec<Step>,
    first_ids: HashMap<usize, String>,
    /// What the feed listed under each of its versions, and of which content.
    versions: HashMap<i64, Vec<(usize, i64)>>,
}

impl<'a> History<'a> {
    async fn begin(service: &'a Service, seed: u64) -> Self {
        let id = format!("history-{seed}");
        let model = Model {
            mode: FeedMode::ALL[usize::try_from(seed).unwrap() % FeedMode::ALL.len()],
            ..Model::default()
        };
        let new = NewCreator {
            mode: model.mode,
            ..new_creator(&id)
        };
        service.store.add_creator(new).await;
        Self {
            service,
            seed,
            creator: creator(&id),
            model,
            taken: Vec::new(),
            first_ids: HashMap::new(),
            versions: HashMap::new(),
        }
    }

    async fn run(mut self) {
        self.model.now = self.service.clock.now().as_millis() - at(0).as_millis();
        let mut dice = StdRng::seed_from_u64(self.seed);
        for _ in 0..STEPS {
            // No two steps share a moment, so that their lines are ordered.
            for step in [Step::Wait(1), Step::random(&mut dice)] {
                self.taken.push(step.clone());
                let expected = self.model.take(&step);
                let done = self.take(step).await;
                assert_eq!(done, expected, "{}", self.story());
            }
            self.compare().await;
        }
        self.check_timelines().await;
    }

    fn guid(&self, video: usize) -> Guid {
        guid(&format!("h{}-{video}", self.seed))
    }

    fn story(&self) -> String {
        format!("history {} after {:#?}", self.seed, self.taken)
    }

    /// Lets the service take a step, and says whether it did.
    async fn take(&self, step: Step) -> bool {
        let app = &self.service.app;
        match step {
            Step::Add {
                video,
                flavour,
                broken,
            } => self.add(video, flavour, broken).await,
            Step::Deliver(events) => {
                let raw = |event: super::steps::Event| event.raw(self.guid(event.video).as_str());
                let elements = events.into_iter().map(raw).collect::<Vec<_>>();
                self.service.deliver(&elements).await;
                true
            }
            Step::Retry { video, wait } => {
                let at = wait.map_or(RetryAt::Now, |wait| RetryAt::Later(self.now_after(wait)));
                agreed(app.retry_video(self.guid(video), at, by()).await)
            }
            Step::TakeDown(video) => agreed(app.take_down_video(self.guid(video), by()).await),
            Step::Edit { video, broken } => self.edit(video, broken).await,
            Step::Wait(millis) => {
                self.service
                    .clock
                    .advance(Duration::from_millis(millis.unsigned_abs()));
                true
            }
            Step::Turn => {
                app.turn_feeds().await.unwrap();
                true
            }
            Step::Mode(mode) => {
                let change = CreatorChange {
                    mode: Some(mode),
                    ..CreatorChange::default()
                };
                app.change_creator(by(), self.creator.clone(), change)
                    .await
                    .is_ok()
            }
        }
    }

    async fn add(&self, video: usize, flavour: Flavour, broken: bool) -> bool {
        if self.find(video).await.is_some() {
            return false;
        }
        let mut fields = sound_fields();
        fields.made_for_kids = Some(flavour == Flavour::Kids);
        if let Flavour::Window(starts, ends) = flavour {
            fields.starts_at = Some(self.now_after(starts));
            fields.ends_at = Some(self.now_after(ends));
        }
        if broken {
            fields.title = None;
        }
        self.service
            .import(&self.creator, &self.guid(video), &fields)
            .await;
        true
    }

    async fn edit(&self, video: usize, broken: bool) -> bool {
        let found = self.find(video).await;
        let found = found.filter(|video| video.standing.state != State::Removed);
        let Some(found) = found else { return false };
        let title = (!broken).then(|| "Another title".to_owned());
        self.service
            .edit(found.guid.as_str(), |fields| fields.title = title)
            .await;
        true
    }

    fn now_after(&self, millis: i64) -> Timestamp {
        Timestamp::from_millis(self.service.clock.now().as_millis() + millis)
    }

    async fn find(&self, video: usize) -> Option<Video> {
        self.service
            .store
            .catalog
            .find_video(&self.guid(video))
            .await
            .unwrap()
    }

    async fn compare(&mut self) {
        let creator = self.service.app.creator(&self.creator).await.unwrap();
        for state in State::ALL {
            assert_eq!(
                creator.counts.of(state),
                self.model.count(state),
                "{state}: {}",
                self.story()
            );
        }
        for video in 0..VIDEOS {
            self.compare_video(video, &creator).await;
        }
        self.compare_feed().await;
    }

    async fn compare_video(&mut self, video: usize, creator: &Creator) {
        let found = self.find(video).await;
        self.compare_events(video, found.is_some()).await;
        let Some(found) = found else { return };
        let known = &self.model.videos[&video];
        let standing = &found.standing;
        assert_eq!(standing.state, known.state(), "{video}: {}", self.story());
        let ids = standing
            .remote_ids()
            .map(str::to_owned)
            .collect::<BTreeSet<_>>();
        let expected = known
            .remote_ids
            .iter()
            .map(|id| format!("x{id}"))
            .collect::<BTreeSet<_>>();
        assert_eq!(ids, expected, "{video}: {}", self.story());
        assert_eq!(
            standing.is_conflict(),
            expected.len() > 1,
            "{video}: {}",
            self.story()
        );
        let creators = std::slice::from_ref(creator);
        let videos = std::slice::from_ref(&found);
        let exported = self
            .service
            .app
            .export_videos(videos, creators, false)
            .await
            .unwrap();
        let holds = exported[0].holds.iter().copied().collect::<BTreeSet<_>>();
        assert_eq!(
            holds,
            known.holds(self.model.now),
            "{video}: {}",
            self.story()
        );
        if let Some(first) = &standing.remote_id {
            let kept = self.first_ids.entry(video).or_insert_with(|| first.clone());
            assert_eq!(kept, first, "the id stored first stays");
        }
    }

    /// Every event is kept once, as an orphan exactly while its video is missing.
    async fn compare_events(&self, video: usize, there: bool) {
        let query = EventQuery::OfGuid(self.guid(video).to_string());
        let kept = self.service.app.newest_events(&query, 1_000).await.unwrap();
        let expected = self
            .model
            .events
            .iter()
            .filter(|event| event.video == video);
        assert_eq!(kept.len(), expected.count(), "{video}: {}", self.story());
        let orphans = kept.iter().filter(|event| event.outcome == Outcome::Orphan);
        let orphaned = if there { 0 } else { kept.len() };
        assert_eq!(orphans.count(), orphaned, "{video}: {}", self.story());
    }

    /// The feed lists what the model lists, and never two things under one version.
    async fn compare_feed(&mut self) {
        let now = self.service.clock.now();
        let store = &self.service.store;
        let head = store
            .catalog
            .feed_head(&self.creator)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(head.mode, self.model.mode);
        let window = Duration::from_millis(WINDOW.unsigned_abs());
        let (mut part, mut listed) = (Some(Part::Waiting), Vec::new());
        while let Some(read) = part {
            let query = PageQuery {
                creator: self.creator.clone(),
                part: read,
                after: None,
                changed_after: (head.mode == FeedMode::Delta).then(|| now.before(window)),
                now,
                met: store.catalog.feed_policy().await.unwrap().met,
                limit: 100,
            };
            listed.extend(store.page(query).await.into_iter().map(|(_, guid)| guid));
            part = head.mode.part_after(read);
        }
        let expected = self.model.listed();
        let guids = expected
            .iter()
            .map(|(video, _)| self.guid(*video).to_string());
        assert_eq!(listed, guids.collect::<Vec<_>>(), "{}", self.story());
        if head.changes_at.is_none_or(|moment| moment > now) {
            let same = self
                .versions
                .entry(head.version)
                .or_insert_with(|| expected.clone());
            assert_eq!(*same, expected, "version {} of {}", head.version, self.seed);
        }
    }

    /// Each line begins in the state in which the one before it ended.
    async fn check_timelines(&self) {
        for video in 0..VIDEOS {
            let Some(found) = self.find(video).await else {
                continue;
            };
            let mut state = None;
            for line in self.service.app.timeline(&found).await.unwrap() {
                assert_eq!(line.from, state, "{video}: {}", self.story());
                state = Some(line.to);
            }
            assert_eq!(
                state,
                Some(found.standing.state),
                "{video}: {}",
                self.story()
            );
        }
    }
}

/// Whether an operation happened; anything but a refusal by the rules is a fault.
fn agreed<T>(done: Result<T, Error>) -> bool {
    match done {
        Ok(_) => true,
        Err(Error::NotFound(_) | Error::Conflict(_)) => false,
        Err(other) => panic!("{other:?}"),
    }
}
