//! Creators: kept, listed, and named in the user list.

use mcnd::{
    catalog::{Announced, Error, ListedCreator, NewCreator},
    model::{CreatorStatus, FeedMode, State},
};

use super::store::{CREATOR, Store, at, creator, new_creator, video};
use crate::harness::both;

both!(
    async fn a_creator_reads_back(db: TestDatabase) {
        let store = Store::open(db).await;
        let new = NewCreator {
            name: "Papierschiffchen é😀".to_owned(),
            dailymotion_id: Some("x1abc".to_owned()),
            link: Some("https://paper.example/".to_owned()),
            adopted: false,
            mode: FeedMode::Delta,
            ..new_creator(CREATOR)
        };
        store.add_creator(new.clone()).await;
        let found = store.creator().await;
        assert_eq!(found.id, new.id);
        assert_eq!(found.name, new.name);
        assert_eq!(found.dailymotion_id, new.dailymotion_id);
        assert_eq!(found.username, new.username);
        assert_eq!(found.link, new.link);
        assert!(!found.adopted);
        assert_eq!(found.mode, new.mode);
        assert_eq!(found.status, CreatorStatus::Active);
        assert_eq!(found.counts.total(), 0);
        assert_eq!(found.feed_version, 1);
        assert_eq!((found.added_at, found.feed_changed_at), (at(0), at(0)));
        let seen = store.begin().await.own_creator(&new.id).await.unwrap();
        assert_eq!(seen, Some(found));
        let nobody = store.catalog.find_creator(&creator("nobody")).await;
        assert_eq!(nobody.unwrap(), None);
    }
);

both!(
    async fn a_taken_id_changes_nothing(db: TestDatabase) {
        let store = Store::with_creator(db).await;
        let before = store.creator().await;
        let again = NewCreator {
            name: "Somebody else".to_owned(),
            ..new_creator(CREATOR)
        };
        let mut tx = store.begin().await;
        assert!(!tx.add_creator(&again, at(5)).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(store.creator().await, before);
    }
);

both!(
    async fn a_dailymotion_id_belongs_to_one_creator(db: TestDatabase) {
        let store = Store::open(db).await;
        let with_id = |id: &str| NewCreator {
            dailymotion_id: Some("x1abc".to_owned()),
            ..new_creator(id)
        };
        store.add_creator(with_id("one")).await;
        let refused = store
            .begin()
            .await
            .add_creator(&with_id("two"), at(0))
            .await;
        assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
        store.add_creator(new_creator("two")).await;
        let mut two = store
            .catalog
            .find_creator(&creator("two"))
            .await
            .unwrap()
            .unwrap();
        two.dailymotion_id = Some("x1abc".to_owned());
        let refused = store.begin().await.set_creator(&two, at(0)).await;
        assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    }
);

both!(
    async fn a_change_moves_feed_and_user_list(db: TestDatabase) {
        let store = Store::with_creator(db).await;
        let list = store.catalog.user_list_version().await.unwrap();
        let mut changed = store.creator().await;
        changed.name = "Another name".to_owned();
        changed.dailymotion_id = Some("x9".to_owned());
        changed.username = None;
        changed.link = Some("https://paper.example/".to_owned());
        changed.status = CreatorStatus::Paused;
        changed.adopted = false;
        let mut tx = store.begin().await;
        tx.set_creator(&changed, at(7)).await.unwrap();
        tx.commit().await.unwrap();
        changed.feed_version += 1;
        changed.feed_changed_at = at(7);
        assert_eq!(store.creator().await, changed);
        assert!(store.catalog.user_list_version().await.unwrap() > list);
    }
);

both!(
    async fn creators_are_paged_by_their_id(db: TestDatabase) {
        let store = Store::open(db).await;
        // `-` sorts before letters byte for byte, and is skipped by most languages' rules.
        for id in ["b", "a-b", "a", "ab", "a1"] {
            store.add_creator(new_creator(id)).await;
        }
        let mut seen = Vec::new();
        loop {
            let page = store.catalog.list_creators(seen.last(), 2).await.unwrap();
            if page.is_empty() {
                break;
            }
            seen.extend(page.into_iter().map(|creator| creator.id));
        }
        assert_eq!(seen, ["a", "a-b", "a1", "ab", "b"].map(creator));
    }
);

both!(
    async fn totals_add_up_over_creators(db: TestDatabase) {
        let store = Store::open(db).await;
        let (creators, counts) = store.catalog.totals().await.unwrap();
        assert_eq!((creators, counts.total()), (0, 0));
        store.add_creator(new_creator(CREATOR)).await;
        store.add_creator(new_creator("other")).await;
        let mut foreign = video("b");
        foreign.creator = creator("other");
        store.add(vec![video("a"), foreign, video("c")]).await;
        store
            .change("c", at(1), |video| video.standing.take_down().unwrap())
            .await;
        let (creators, counts) = store.catalog.totals().await.unwrap();
        assert_eq!(creators, 2);
        assert_eq!(counts.of(State::Waiting), 2);
        assert_eq!(counts.of(State::Removed), 1);
        assert_eq!(counts.total(), 3);
    }
);

both!(
    async fn the_user_list_names_active_creators(db: TestDatabase) {
        let store = Store::open(db).await;
        for (id, adopted) in [("a", true), ("b", false), ("c", true), ("d", true)] {
            let new = NewCreator {
                adopted,
                ..new_creator(id)
            };
            store.add_creator(new).await;
        }
        pause(&store, "c").await;
        let names = async |after: &str, adopted_only: bool, limit: i64| {
            let listed = store.catalog.listed_creators(after, adopted_only, limit);
            let listed = listed.await.unwrap();
            listed.into_iter().map(|entry| entry.id).collect::<Vec<_>>()
        };
        assert_eq!(names("", false, 10).await, ["a", "b", "d"]);
        assert_eq!(names("", true, 10).await, ["a", "d"]);
        assert_eq!(names("a", false, 1).await, ["b"]);
        let first = store.catalog.listed_creators("", false, 1).await.unwrap();
        let expected = ListedCreator {
            id: "a".to_owned(),
            name: "Channel a".to_owned(),
            dailymotion_id: None,
            username: Some("a".to_owned()),
        };
        assert_eq!(first, [expected]);
    }
);

both!(
    async fn what_was_announced_is_compared_with_what_would_be(db: TestDatabase) {
        let store = Store::open(db).await;
        let announced = async |adopted_only| store.catalog.announced(adopted_only).await.unwrap();
        let counts = |entries, lost, gained| Announced {
            entries,
            lost,
            gained,
        };
        assert_eq!(announced(false).await, counts(0, 0, 0));
        for (id, adopted) in [("a", true), ("b", false), ("c", true)] {
            let new = NewCreator {
                adopted,
                ..new_creator(id)
            };
            store.add_creator(new).await;
        }
        assert_eq!(announced(false).await, counts(0, 0, 3));
        assert_eq!(announced(true).await, counts(0, 0, 2));
        announce(&store, false).await;
        assert_eq!(announced(false).await, counts(3, 0, 0));
        assert_eq!(announced(true).await, counts(3, 1, 0));
        pause(&store, "a").await;
        assert_eq!(announced(false).await, counts(3, 1, 0));
        announce(&store, true).await;
        assert_eq!(announced(true).await, counts(1, 0, 0));
        assert_eq!(announced(false).await, counts(1, 0, 1));
    }
);

async fn pause(store: &Store, id: &str) {
    let mut tx = store.begin().await;
    let mut paused = tx.own_creator(&creator(id)).await.unwrap().unwrap();
    paused.status = CreatorStatus::Paused;
    tx.set_creator(&paused, at(1)).await.unwrap();
    tx.commit().await.unwrap();
}

async fn announce(store: &Store, adopted_only: bool) {
    let mut tx = store.begin().await;
    tx.announce(adopted_only).await.unwrap();
    tx.commit().await.unwrap();
}
