//! A catalog of a test's own, with short ways to fill it and to look into it.

use std::{ops::ControlFlow, time::Duration};

use mcnd::{
    catalog::{Catalog, NewCreator, Save, Subject, Tx},
    config::{Config, Secret},
    model::{
        Change, Column, Creator, CreatorId, Cursor, Element, FeedMode, FeedPolicy, Fields, Guid,
        Needs, PageQuery, Part, Preflight, State, TimelineLine, Timestamp, Video, VideoId,
    },
    random::Random,
};

use crate::harness::databases::TestDatabase;

/// Whose videos most tests speak of.
pub(super) const CREATOR: &str = "paper";

/// An open catalog on a throwaway database.
pub(super) struct Store {
    pub(super) catalog: Catalog,
    pub(super) db: TestDatabase,
    ids: Random,
}

/// Milliseconds from a fixed moment of these tests.
pub(super) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + millis)
}

pub(super) fn creator(id: &str) -> CreatorId {
    id.parse().unwrap()
}

pub(super) fn guid(text: &str) -> Guid {
    text.parse().unwrap()
}

pub(super) fn guids(texts: &[&str]) -> Vec<Guid> {
    texts.iter().map(|text| guid(text)).collect()
}

/// A creator that an operator brings.
pub(super) fn new_creator(id: &str) -> NewCreator {
    NewCreator {
        id: creator(id),
        name: format!("Channel {id}"),
        dailymotion_id: None,
        username: Some(id.to_owned()),
        link: None,
        adopted: true,
        mode: FeedMode::Drain,
    }
}

/// Fields that break no rule and need nothing of a feed.
pub(super) fn sound_fields() -> Fields {
    let mut fields = Fields::default();
    for (column, text) in [
        (Column::Title, "Paper boats"),
        (Column::Category, "creation"),
        (Column::MediaUrl, "https://media.example/boats.mp4"),
        (Column::MadeForKids, "false"),
    ] {
        fields.set(column, Some(text)).unwrap();
    }
    fields
}

/// A new video of [`CREATOR`] with these fields. Its id follows from its guid and orders as the guid does.
pub(super) fn video_with(guid: &str, fields: Fields) -> Video {
    Video::new(
        VideoId::from(format!("v-{guid}")),
        self::guid(guid),
        creator(CREATOR),
        Preflight::default().judge(fields),
        at(0),
    )
}

/// A new waiting video of [`CREATOR`].
pub(super) fn video(guid: &str) -> Video {
    video_with(guid, sound_fields())
}

/// An element that says of a guid that it is ready.
pub(super) fn ready(guid: &str, remote_id: &str) -> Element {
    event(
        guid,
        &format!(r#""status":"ready","remote_id":"{remote_id}""#),
    )
}

/// An element about a guid with these further members of `data`.
pub(super) fn event(guid: &str, members: &str) -> Element {
    Element::read(
        format!(r#"{{"type":"injector.item","data":{{"uid":"{guid}",{members}}}}}"#).as_bytes(),
    )
}

impl Store {
    /// A migrated catalog without rows.
    pub(super) async fn open(db: TestDatabase) -> Self {
        let store = Self::unmigrated(db).await;
        store.catalog.migrate().await.unwrap();
        store
    }

    pub(super) async fn unmigrated(db: TestDatabase) -> Self {
        let catalog = Catalog::open_or_make(&settings(&db).database)
            .await
            .unwrap();
        let ids = Random::seeded(1);
        Self { catalog, db, ids }
    }

    /// A migrated catalog with one creator, [`CREATOR`].
    pub(super) async fn with_creator(db: TestDatabase) -> Self {
        let store = Self::open(db).await;
        store.add_creator(new_creator(CREATOR)).await;
        store
    }

    /// The same with these new waiting videos.
    pub(super) async fn with_videos(db: TestDatabase, guids: &[&str]) -> Self {
        let store = Self::with_creator(db).await;
        store
            .add(guids.iter().map(|guid| video(guid)).collect())
            .await;
        store
    }

    pub(super) async fn begin(&self) -> Tx {
        self.catalog.begin().await.unwrap()
    }

    pub(super) async fn add_creator(&self, new: NewCreator) {
        let mut tx = self.begin().await;
        assert!(tx.add_creator(&new, at(0)).await.unwrap());
        tx.commit().await.unwrap();
    }

    /// Adds videos at the moment they say, under a policy that meets no need.
    pub(super) async fn add(&self, videos: Vec<Video>) {
        let saves = videos
            .into_iter()
            .map(|video| self.save(None, video))
            .collect();
        self.save_at(saves, at(0)).await;
    }

    /// Lets `change` act on a stored video and saves it at `now`.
    pub(super) async fn change(&self, guid: &str, now: Timestamp, change: impl FnOnce(&mut Video)) {
        let mut video = self.video(guid).await;
        let before = video.standing.state;
        change(&mut video);
        self.save_at(vec![self.save(Some(before), video)], now)
            .await;
    }

    pub(super) async fn save_at(&self, saves: Vec<Save>, now: Timestamp) {
        let mut tx = self.begin().await;
        tx.save(&saves, policy(Needs::default()), now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// A video on its way in; a new one where there is no state before.
    pub(super) fn save(&self, before: Option<State>, video: Video) -> Save {
        let what = if before.is_none() {
            Change::Added
        } else {
            Change::Edited
        };
        Save {
            before,
            line_id: self.line_id(),
            line: line(what, before, video.standing.state),
            video,
        }
    }

    /// An id that orders lines as they are made.
    pub(super) fn line_id(&self) -> String {
        self.ids.id(at(0))
    }

    pub(super) async fn video(&self, guid: &str) -> Video {
        self.catalog
            .find_video(&self::guid(guid))
            .await
            .unwrap()
            .unwrap()
    }

    pub(super) async fn creator(&self) -> Creator {
        self.catalog
            .find_creator(&creator(CREATOR))
            .await
            .unwrap()
            .unwrap()
    }

    /// The subjects of a transaction of their own.
    pub(super) async fn subjects(&self, texts: &[&str]) -> Vec<Subject> {
        self.begin().await.subjects(&guids(texts)).await.unwrap()
    }

    /// The guids that the feed of [`CREATOR`] lists.
    pub(super) async fn listed(&self, now: Timestamp) -> Vec<String> {
        self.page(page(now))
            .await
            .into_iter()
            .map(|(_, guid)| guid)
            .collect()
    }

    /// The places and guids of a feed's page.
    pub(super) async fn page(&self, query: PageQuery) -> Vec<(Cursor, String)> {
        let part = query.part;
        self.catalog
            .feed_page(query, Vec::new(), move |seen, video| {
                let place = Cursor {
                    part,
                    listed_from: video.listed_from,
                    id: video.id.to_owned(),
                };
                seen.push((place, video.guid.to_owned()));
                ControlFlow::Continue(())
            })
            .await
            .unwrap()
    }
}

/// The first page of [`CREATOR`], of a feed that meets no need.
pub(super) fn page(now: Timestamp) -> PageQuery {
    PageQuery {
        creator: creator(CREATOR),
        part: Part::Waiting,
        after: None,
        changed_after: None,
        now,
        met: Needs::default(),
        limit: 1_000,
    }
}

/// What settings make of feeds that meet these needs and look back for a second.
pub(super) fn policy(met: Needs) -> FeedPolicy {
    FeedPolicy {
        met,
        delta_window: Duration::from_secs(1),
    }
}

pub(super) fn line(what: Change, from: Option<State>, to: State) -> TimelineLine {
    TimelineLine {
        at: at(0),
        what,
        from,
        to,
        by: "operator".to_owned(),
        detail: None,
    }
}

/// The shipped settings with the address of a test's database.
pub(super) fn settings(db: &TestDatabase) -> Config {
    let mut config = Config::default();
    config.database.url = Secret::new(db.url.clone());
    config.database.connections = 8;
    config
}
