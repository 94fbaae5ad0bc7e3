//! The feed's head and pages: what is listed, in which order, from where on, and what is left out.

use std::ops::ControlFlow;

use mcnd::{
    catalog::NewCreator,
    model::{
        Column, CreatorStatus, Cursor, FeedHead, FeedMode, Fields, Needs, PageQuery, Part,
        Timestamp, Video,
    },
};

use super::store::{
    CREATOR, Store, at, creator, new_creator, page, policy, sound_fields, video, video_with,
};
use crate::harness::both;

/// A waiting video that became waiting at a moment.
fn since(guid: &str, millis: i64) -> Video {
    Video {
        waiting_since: Some(at(millis)),
        ..video(guid)
    }
}

fn within(guid: &str, starts: Option<i64>, ends: Option<i64>) -> Video {
    let mut fields = sound_fields();
    fields.starts_at = starts.map(at);
    fields.ends_at = ends.map(at);
    video_with(guid, fields)
}

both!(
    async fn the_head_says_what_its_creator_does(db: TestDatabase) {
        let store = Store::open(db).await;
        let new = NewCreator {
            link: Some("https://paper.example/".to_owned()),
            ..new_creator(CREATOR)
        };
        store.add_creator(new).await;
        let paper = creator(CREATOR);
        let mut expected = FeedHead {
            creator: paper.clone(),
            name: "Channel paper".to_owned(),
            link: Some("https://paper.example/".to_owned()),
            status: CreatorStatus::Active,
            mode: FeedMode::Drain,
            version: 1,
            changed_at: at(0),
            changes_at: None,
        };
        let head = async || store.catalog.feed_head(&paper).await.unwrap();
        assert_eq!(head().await, Some(expected.clone()));
        store.add(vec![within("a", Some(50), None)]).await;
        expected.version = 2;
        expected.changes_at = Some(at(50));
        assert_eq!(head().await, Some(expected));
        let nobody = store.catalog.feed_head(&creator("nobody")).await.unwrap();
        assert_eq!(nobody, None);
    }
);

both!(
    async fn videos_are_listed_by_when_they_came_to_wait_and_then_by_id(db: TestDatabase) {
        let store = Store::with_creator(db).await;
        store.add_creator(new_creator("other")).await;
        let mut foreign = since("foreign", 0);
        foreign.creator = creator("other");
        let late_start = within("opened", Some(3), None);
        store
            .add(vec![
                since("c", 2),
                since("B", 2),
                since("a", 2),
                since("z", 1),
                late_start,
                foreign,
            ])
            .await;
        assert_eq!(store.listed(at(9)).await, ["z", "B", "a", "c", "opened"]);
    }
);

both!(
    async fn pages_follow_each_other_without_gap_or_overlap(db: TestDatabase) {
        let store = Store::with_creator(db).await;
        let names = ["a", "b", "c", "d", "e", "f", "g"];
        store
            .add(names.into_iter().map(|name| since(name, 1)).collect())
            .await;
        store.add(vec![since("last", 2), since("first", 0)]).await;
        for limit in 1..=10 {
            let mut query = PageQuery {
                limit,
                ..page(at(9))
            };
            let mut listed = Vec::new();
            loop {
                let found = store.page(query.clone()).await;
                let Some((place, _)) = found.last() else {
                    break;
                };
                assert!(i64::try_from(found.len()).unwrap() <= limit);
                query.after = Some(place.clone());
                listed.extend(found.into_iter().map(|(_, guid)| guid));
            }
            assert_eq!(
                listed,
                ["first", "a", "b", "c", "d", "e", "f", "g", "last"],
                "{limit}"
            );
        }
        let behind = PageQuery {
            after: Some(Cursor {
                part: Part::Waiting,
                listed_from: at(1),
                id: "v-f5".to_owned(),
            }),
            ..page(at(9))
        };
        let listed = store.page(behind).await.into_iter().map(|(_, guid)| guid);
        assert_eq!(listed.collect::<Vec<_>>(), ["g", "last"]);
    }
);

both!(
    async fn a_window_opens_and_ends_exactly_on_time(db: TestDatabase) {
        let store = Store::with_creator(db).await;
        let mut later = within("retried", Some(5), None);
        later.retry_at = Some(at(20));
        store
            .add(vec![
                within("a", Some(10), Some(20)),
                within("b", None, Some(10)),
                later,
            ])
            .await;
        for (now, expected) in [
            (9, &["b"][..]),
            (10, &["a"]),
            (19, &["a"]),
            (20, &["retried"]),
            (21, &["retried"]),
        ] {
            assert_eq!(store.listed(at(now)).await, expected, "at {now}");
        }
    }
);

both!(
    async fn only_what_waits_unheld_is_listed(db: TestDatabase) {
        let store =
            Store::with_videos(db, &["draft", "imported", "removed", "pushing", "waiting"]).await;
        store
            .change("draft", at(0), |video| video.standing.judge(true))
            .await;
        store
            .change("imported", at(0), |video| {
                let ready = mcnd::model::Report::Ready {
                    remote_id: "x1".to_owned(),
                    odd: false,
                };
                video.standing.receive(&ready, at(0));
            })
            .await;
        store
            .change("removed", at(0), |video| {
                video.standing.take_down().unwrap();
            })
            .await;
        let pushing = mcnd::model::State::Pushing;
        store
            .change("pushing", at(0), |video| video.standing.state = pushing)
            .await;
        // It has ended by the clock of the writer: the row itself is held.
        store.add(vec![within("ended", None, Some(0))]).await;
        let held = store.db.query("SELECT guid FROM videos WHERE held");
        assert_eq!(held, [[Some("ended".to_owned())]]);
        assert_eq!(store.listed(at(-1)).await, ["waiting"; 0]);
        assert_eq!(store.listed(at(9)).await, ["waiting"]);
    }
);

/// A video of each single need, listed under no policy.
fn needy() -> Vec<(Needs, Video)> {
    let with = |guid: &str, column: Column, text: &str| {
        let mut fields = sound_fields();
        fields.set(column, Some(text)).unwrap();
        video_with(guid, fields)
    };
    vec![
        (Needs::KIDS, with("kids", Column::MadeForKids, "true")),
        (Needs::PRIVATE, with("private", Column::Private, "true")),
        (Needs::GEO, with("geo", Column::Geo, "allow FR")),
        (Needs::EXPLICIT, with("explicit", Column::Explicit, "true")),
        (
            Needs::PRIVATE_MEDIA,
            with("host", Column::MediaUrl, "http://10.0.0.1/a.mp4"),
        ),
    ]
}

both!(
    async fn a_need_is_listed_only_where_it_is_met(db: TestDatabase) {
        let store = Store::with_videos(db, &["plain"]).await;
        let all = needy()
            .into_iter()
            .map(|(need, _)| need)
            .fold(Needs::default(), Needs::with);
        // Stored under a policy that meets everything, so that only the page's own filter decides.
        let saves = needy()
            .into_iter()
            .map(|(_, video)| store.save(None, video))
            .collect::<Vec<_>>();
        let mut tx = store.begin().await;
        tx.save(&saves, policy(all), at(0)).await.unwrap();
        tx.commit().await.unwrap();
        let listed = async |met| {
            let found = store.page(PageQuery { met, ..page(at(9)) }).await;
            found.into_iter().map(|(_, guid)| guid).collect::<Vec<_>>()
        };
        assert_eq!(listed(Needs::default()).await, ["plain"]);
        for (need, video) in needy() {
            let mut expected = [video.guid.to_string(), "plain".to_owned()];
            expected.sort_unstable();
            assert_eq!(listed(need).await, expected);
        }
        assert_eq!(listed(all).await.len(), 6);
    }
);

both!(
    async fn a_need_that_the_policy_does_not_meet_is_held_in_its_row(db: TestDatabase) {
        let store = Store::with_creator(db).await;
        store
            .add(needy().into_iter().map(|(_, video)| video).collect())
            .await;
        assert_eq!(
            store.db.value("SELECT COUNT(*) FROM videos WHERE held"),
            "5"
        );
        let everything = Needs::from_bits(i64::MAX);
        let found = store
            .page(PageQuery {
                met: everything,
                ..page(at(9))
            })
            .await;
        assert_eq!(found, []);
    }
);

both!(
    async fn every_column_reaches_the_feed(db: TestDatabase) {
        let store = Store::with_creator(db).await;
        let mut fields = sound_fields();
        fields.title = Some("<Tïtle> & 😀 \u{200f}".to_owned());
        fields.description = Some("a\nb".to_owned());
        fields.tags = Some("a,b".to_owned());
        fields.language = Some("fr".to_owned());
        fields.country = Some("FR".to_owned());
        fields.link = Some("https://a.example/1".to_owned());
        fields.media_type = Some("video/mp4".to_owned());
        fields.media_size = Some(9_007_199_254_740_993);
        (fields.duration, fields.width, fields.height) = (Some(1), Some(2), Some(3));
        fields.thumbnail_url = Some("https://a.example/1.jpg".to_owned());
        (fields.published_at, fields.starts_at, fields.ends_at) =
            (Some(at(-9)), Some(at(-8)), Some(at(99)));
        fields.geo = Some("deny AT DE".to_owned());
        (fields.made_for_kids, fields.private, fields.explicit) =
            (Some(false), Some(true), Some(false));
        let save = store.save(None, video_with("full", fields.clone()));
        let met = Needs::PRIVATE.with(Needs::GEO);
        let mut tx = store.begin().await;
        tx.save(&[save], policy(met), at(0)).await.unwrap();
        tx.commit().await.unwrap();
        store.add(vec![video("scant")]).await;
        let query = PageQuery { met, ..page(at(9)) };
        let seen = store
            .catalog
            .feed_page(query, Vec::new(), |seen: &mut Vec<Fields>, video| {
                let owned = |text: Option<&str>| text.map(str::to_owned);
                seen.push(Fields {
                    title: Some(video.title.to_owned()),
                    description: owned(video.description),
                    category: owned(video.category),
                    tags: owned(video.tags),
                    language: owned(video.language),
                    country: owned(video.country),
                    link: owned(video.link),
                    media_url: Some(video.media_url.to_owned()),
                    media_type: owned(video.media_type),
                    media_size: video.media_size,
                    duration: video.duration,
                    width: video.width,
                    height: video.height,
                    thumbnail_url: owned(video.thumbnail_url),
                    published_at: video.published_at,
                    starts_at: video.starts_at,
                    ends_at: video.ends_at,
                    geo: owned(video.geo),
                    made_for_kids: video.made_for_kids,
                    private: video.private,
                    explicit: video.explicit,
                });
                ControlFlow::Continue(())
            });
        assert_eq!(seen.await.unwrap(), [fields, sound_fields()]);
    }
);

both!(
    async fn reading_stops_where_the_reader_breaks(db: TestDatabase) {
        let store = Store::with_videos(db, &["a", "b", "c"]).await;
        let counted = store.catalog.feed_page(page(at(9)), 0, |count, _| {
            *count += 1;
            if *count == 2 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        assert_eq!(counted.await.unwrap(), 2);
        let nothing = PageQuery {
            limit: 0,
            ..page(at(9))
        };
        assert_eq!(store.page(nothing).await, []);
        let everything = PageQuery {
            limit: i64::MAX,
            ..page(Timestamp::from_millis(i64::MAX))
        };
        assert_eq!(store.page(everything).await.len(), 3);
    }
);
