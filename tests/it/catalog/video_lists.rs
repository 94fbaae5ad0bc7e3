//! Lists of videos: whatever narrows, searches and orders them, every page together gives each video once.

use std::time::Duration;

use mcnd::{
    catalog::VideoQuery,
    model::{
        Column, Count, ListCursor, Needs, PageSize, Report, State, Timestamp, Video, VideoOrder,
        Words,
    },
    random::Random,
};
use serde_json::json;

use super::store::{
    CREATOR, Store, at, creator, guid, new_creator, policy, sound_fields, video, video_with,
};
use crate::harness::{app::TestApp, both, databases::Kind};

/// Videos of the random catalog.
const VIDEOS: usize = 150;
/// Queries that it is asked.
const QUERIES: usize = 400;
const TITLES: [&str; 5] = [
    "Paper boats",
    "PAPER ships, été",
    "News of the day",
    "Boats & ships",
    "",
];
const SEARCHES: [&str; 7] = [
    "pap",
    "boats pap",
    "SHIPS",
    "ét",
    "v 1",
    "nothing",
    "\" OR 1=1 --",
];

both!(
    async fn every_page_together_gives_each_video_once_in_order(db: TestDatabase) {
        let (store, random) = (Store::with_creator(db).await, Random::seeded(7));
        store.add_creator(new_creator("other")).await;
        let videos = (0..VIDEOS)
            .map(|number| any_video(&random, number))
            .collect();
        store.add(videos).await;
        let all = everything(&store).await;
        assert_eq!(all.len(), VIDEOS);
        let mut found = 0;
        for _ in 0..QUERIES {
            let (query, order) = (any_query(&random), pick(&random, &VideoOrder::ALL));
            let size = 1 + i64::try_from(below(&random, 40)).unwrap();
            let expected = expected(&all, &query, order);
            let listed = walked(&store, &query, order, size).await;
            assert_eq!(listed, expected, "{query:?} {order:?} by {size}");
            if order != VideoOrder::LongestWaiting {
                let count = store.catalog.count_videos(&query).await.unwrap();
                let length = i64::try_from(expected.len()).unwrap();
                assert_eq!(count, Count::Exact(length), "{query:?}");
                let (mut walked, exactly) = walked_by_id(&store, &query, 7).await;
                if order == VideoOrder::Newest {
                    walked.reverse();
                }
                assert_eq!((walked, exactly), (expected.clone(), length), "{query:?}");
            }
            found += expected.len();
        }
        assert!(
            found > 1_000,
            "the queries find too little to prove much: {found}"
        );
    }
);

both!(
    async fn a_title_that_changes_is_found_by_its_new_words_alone(db: TestDatabase) {
        let store = Store::with_videos(db, &["a", "b"]).await;
        let rename = |title: &'static str| {
            move |video: &mut Video| {
                video.fields.set(Column::Title, Some(title)).unwrap();
            }
        };
        store.change("a", at(1), rename("Kites and flags")).await;
        assert_eq!(searched(&store, "kit fla").await, ["a"]);
        assert_eq!(searched(&store, "paper").await, ["b"]);
        store.change("a", at(2), rename("Paper")).await;
        assert_eq!(searched(&store, "kites").await, [""; 0]);
        assert_eq!(searched(&store, "paper").await, ["b", "a"]);
        store
            .change("b", at(3), |video| video.standing.take_down().unwrap())
            .await;
        assert_eq!(searched(&store, "paper").await, ["b", "a"]);
    }
);

both!(
    async fn hostile_words_are_words(db: TestDatabase) {
        let store = Store::with_videos(db, &["a'b\"c", "NEAR", "%"]).await;
        for (text, expected) in [
            ("b\"c", vec!["a'b\"c"]),
            ("NEAR(", vec!["NEAR"]),
            ("near*", vec!["NEAR"]),
            ("a:* & !b", vec!["a'b\"c"]),
            ("a AND zzz", vec![]),
            ("%", vec![]),
            ("\0", vec![]),
            ("b\0c", vec!["a'b\"c"]),
            ("😀", vec![]),
            ("words:near", vec![]),
            ("'; DROP TABLE videos; --", vec![]),
        ] {
            assert_eq!(searched(&store, text).await, expected, "{text:?}");
        }
        let long = "boats ".repeat(100_000);
        assert_eq!(searched(&store, &long).await.len(), 3);
        assert_eq!(searched(&store, &"b".repeat(1_000_000)).await, [""; 0]);
        let query = VideoQuery {
            refusal: Some("a\0b".to_owned()),
            ..VideoQuery::default()
        };
        assert_eq!(
            walked(&store, &query, VideoOrder::Newest, 10).await,
            [""; 0]
        );
    }
);

both!(
    async fn videos_without_words_get_theirs(db: TestDatabase) {
        let store = Store::with_videos(db, &["a", "b", "c"]).await;
        store
            .db
            .sql("DELETE FROM video_words WHERE video_id <> 'v-b'");
        if store.db.kind() == Kind::Sqlite {
            store
                .db
                .sql("INSERT INTO video_search (video_search) VALUES ('rebuild')");
        }
        assert_eq!(searched(&store, "boats").await, ["b"]);
        let mut after = Some(String::new().into());
        while let Some(place) = after {
            let mut tx = store.begin().await;
            after = tx.fill_words(&place, 2).await.unwrap();
            tx.commit().await.unwrap();
        }
        assert_eq!(searched(&store, "boats").await, ["c", "b", "a"]);
        assert_eq!(store.db.value("SELECT COUNT(*) FROM video_words"), "3");
    }
);

both!(
    async fn the_job_gives_words_to_what_an_older_program_added(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        test.creator(CREATOR).await;
        test.video(CREATOR, "boat-1", json!({ "title": "Kites" }))
            .await;
        let forget = match test.database.kind() {
            Kind::Sqlite => {
                "DELETE FROM video_words; INSERT INTO video_search (video_search) VALUES ('rebuild')"
            }
            Kind::Postgres => "DELETE FROM video_words",
        };
        test.database.sql(forget);
        let query = VideoQuery {
            words: Some(Words::from("kites boat")),
            ..VideoQuery::default()
        };
        let found = async || test.app.count_videos(&query).await.unwrap();
        assert_eq!(found().await, Count::Exact(0));
        for chunks in [1, 1] {
            // The second look begins a while before the first one.
            assert_eq!(test.app.fill_words().await.unwrap(), chunks);
            assert_eq!(found().await, Count::Exact(1));
        }
        test.advance(Duration::from_hours(24));
        assert_eq!(test.app.fill_words().await.unwrap(), 1);
        assert_eq!(test.app.fill_words().await.unwrap(), 0);
    }
);

#[tokio::test(flavor = "multi_thread")]
async fn a_place_of_another_order_is_refused() {
    let test = TestApp::sqlite().await;
    let place = ListCursor::behind(&video("a"), VideoOrder::Newest);
    let (query, size) = (VideoQuery::default(), PageSize::MOST);
    let page = test
        .app
        .list_videos(&query, VideoOrder::Oldest, Some(&place), size);
    let refused = page.await.unwrap_err().to_string();
    assert!(refused.contains("`newest`, not of `oldest`"), "{refused}");
}

both!(
    async fn a_place_in_a_list_stays_where_it_is_while_videos_come_and_go(db: TestDatabase) {
        let store = Store::with_videos(db, &["b", "d", "f"]).await;
        let query = VideoQuery {
            state: Some(State::Waiting),
            ..VideoQuery::default()
        };
        let one = PageSize::try_from(1).unwrap();
        let page = async |after: Option<ListCursor>| {
            let order = VideoOrder::Newest;
            let page = store
                .catalog
                .list_videos(&query, order, after.as_ref(), one)
                .await;
            let page = page.unwrap();
            let guid = page.videos[0].guid.to_string();
            let place = page.next.unwrap().to_string().parse::<ListCursor>();
            (guid, place.unwrap())
        };
        let (first, place) = page(None).await;
        store.add(vec![video("g"), video("e")]).await;
        store
            .change("f", at(1), |video| video.standing.take_down().unwrap())
            .await;
        let (second, place) = page(Some(place)).await;
        let (third, _) = page(Some(place)).await;
        assert_eq!([first, second, third], ["f", "e", "d"]);
    }
);

/// The guids of a list, page after page of this size.
async fn walked(store: &Store, query: &VideoQuery, order: VideoOrder, size: i64) -> Vec<String> {
    let size = PageSize::try_from(size).unwrap();
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store
            .catalog
            .list_videos(query, order, after.as_ref(), size)
            .await;
        let page = page.unwrap();
        found.extend(page.videos.iter().map(|video| video.guid.to_string()));
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

/// The guids that a search finds, newest first.
async fn searched(store: &Store, text: &str) -> Vec<String> {
    let query = VideoQuery {
        words: Some(Words::from(text)),
        ..VideoQuery::default()
    };
    walked(store, &query, VideoOrder::Newest, 2).await
}

async fn everything(store: &Store) -> Vec<Video> {
    let mut videos = Vec::new();
    for text in walked(store, &VideoQuery::default(), VideoOrder::Oldest, 500).await {
        videos.push(
            store
                .catalog
                .find_video(&guid(&text))
                .await
                .unwrap()
                .unwrap(),
        );
    }
    videos
}

/// What a list shows by the words of the model: of all videos in the order of ids those that the query finds.
fn expected(all: &[Video], query: &VideoQuery, order: VideoOrder) -> Vec<String> {
    let mut found: Vec<_> = all.iter().filter(|video| finds(query, video)).collect();
    match order {
        VideoOrder::Newest => found.reverse(),
        VideoOrder::Oldest => {}
        VideoOrder::LongestWaiting => {
            found.retain(|video| video.standing.state == State::Waiting);
            found.sort_by_key(|video| (video.listed_from(), video.id.clone()));
        }
    }
    found
        .into_iter()
        .map(|video| video.guid.to_string())
        .collect()
}

fn finds(query: &VideoQuery, video: &Video) -> bool {
    let standing = &video.standing;
    let held = video.shelf(policy(Needs::default()), at(0)).held;
    let refused = standing.state == State::Refused && query.refusal == standing.refusal;
    let words = |words: &Words| words.find(video.fields.title.as_deref(), video.guid.as_str());
    query
        .creator
        .as_ref()
        .is_none_or(|creator| *creator == video.creator)
        && query.state.is_none_or(|state| state == standing.state)
        && (query.refusal.is_none() || refused)
        && query.held.is_none_or(|wanted| wanted == held)
        && (!query.in_conflict || standing.is_conflict())
        && (!query.breaks_rules || !video.broken.is_empty())
        && query.words.as_ref().is_none_or(words)
}

/// The guids that a walk over ids comes to, and how many there are by an exact count.
async fn walked_by_id(store: &Store, query: &VideoQuery, step: usize) -> (Vec<String>, i64) {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let stretch = store
            .catalog
            .walk_videos(query, after.as_ref(), "~", step)
            .await;
        let stretch = stretch.unwrap();
        found.extend(stretch.videos.iter().map(|(_, guid)| guid.to_string()));
        after = stretch.next;
        if after.is_none() {
            break;
        }
    }
    let count = store.catalog.count_videos_exactly(query).await.unwrap();
    (found, count)
}

fn any_video(random: &Random, number: usize) -> Video {
    let title = pick(random, &TITLES);
    let mut fields = sound_fields();
    fields.set(Column::Title, Some(title)).unwrap();
    if below(random, 4) == 0 {
        fields.set(Column::Private, Some("true")).unwrap();
    }
    let mut video = video_with(&format!("v-{number:03}"), fields);
    if below(random, 3) == 0 {
        video.creator = creator("other");
    }
    let ready = |id: &str| Report::Ready {
        remote_id: id.to_owned(),
        odd: false,
    };
    let failed = |status: &str| Report::Failure {
        status: status.to_owned(),
    };
    let reports = match below(random, 6) {
        0 => vec![ready("x1")],
        1 => vec![ready("x1"), ready("x2")],
        2 => vec![failed("status")],
        3 => vec![failed("quota")],
        _ => Vec::new(),
    };
    for report in &reports {
        video.standing.receive(report, at(0));
    }
    if below(random, 10) == 0 {
        video.standing.take_down().unwrap();
    }
    video.waiting_since = video.waiting_since.map(|_since| any_moment(random));
    video
}

fn any_moment(random: &Random) -> Timestamp {
    at(-i64::try_from(below(random, 20)).unwrap())
}

fn any_query(random: &Random) -> VideoQuery {
    let one_in = |number: usize| below(random, number) == 0;
    VideoQuery {
        creator: one_in(3).then(|| creator(pick(random, &[CREATOR, "other", "nobody"]))),
        state: one_in(3).then(|| pick(random, &State::ALL)),
        refusal: one_in(8).then(|| pick(random, &["status", "quota", "none"]).to_owned()),
        held: one_in(3).then(|| one_in(2)),
        in_conflict: one_in(8),
        breaks_rules: one_in(8),
        words: one_in(3).then(|| Words::from(pick(random, &SEARCHES))),
    }
}

fn pick<T: Copy>(random: &Random, choices: &[T]) -> T {
    choices[below(random, choices.len())]
}

/// A number below this one.
fn below(random: &Random, number: usize) -> usize {
    let mut bytes = [0; 4];
    random.fill(&mut bytes);
    usize::try_from(u32::from_le_bytes(bytes)).unwrap() % number
}
