//! Visits of crawlers: what they were offered, and how often they were told that nothing has changed.

use mcnd::{
    catalog::Unchanged,
    model::{CreatorId, CredentialId, Cursor, Face, Part, Timestamp, Visit},
};

use super::store::{CREATOR, Store, at, creator};
use crate::harness::both;

fn place(listed: i64, id: &str) -> Cursor {
    Cursor {
        part: Part::Waiting,
        listed_from: at(listed),
        id: id.to_owned(),
    }
}

/// A visit to a feed that offered everything between two places.
fn visit(now: i64, offered: Option<(Cursor, Cursor)>) -> Visit {
    Visit {
        at: at(now),
        face: Face::Feed,
        creator: Some(creator(CREATOR)),
        credential: Some(CredentialId::from("c1".to_owned())),
        address: "192.0.2.1".to_owned(),
        user_agent: Some("Crawler é".to_owned()),
        status: 200,
        feed_version: Some(7),
        offered: i64::from(offered.is_some()),
        first: offered.as_ref().map(|(first, _)| first.clone()),
        last: offered.map(|(_, last)| last),
    }
}

async fn add(store: &Store, visits: &[(&str, Visit)]) {
    let named = visits
        .iter()
        .map(|(id, visit)| ((*id).to_owned(), visit.clone()));
    let mut tx = store.begin().await;
    tx.add_visits(&named.collect::<Vec<_>>()).await.unwrap();
    tx.commit().await.unwrap();
}

both!(
    async fn visits_read_back_newest_first(db: TestDatabase) {
        let store = Store::open(db).await;
        let list = Visit {
            face: Face::UserList,
            creator: None,
            credential: None,
            user_agent: None,
            feed_version: None,
            status: 406,
            ..visit(1, None)
        };
        let feed = visit(2, Some((place(1, "a"), place(2, "b"))));
        add(&store, &[("1", list.clone()), ("2", feed.clone())]).await;
        add(&store, &[]).await;
        let newest = store.catalog.newest_visits(None, 10).await.unwrap();
        assert_eq!(newest, [feed.clone(), list]);
        let newest = store.catalog.newest_visits(None, 1).await.unwrap();
        assert_eq!(newest, std::slice::from_ref(&feed));
        let paper = creator(CREATOR);
        let of_creator = store.catalog.newest_visits(Some(&paper), 10).await.unwrap();
        assert_eq!(of_creator, [feed]);
        let other = creator("other");
        let of_other = store.catalog.newest_visits(Some(&other), 10).await.unwrap();
        assert_eq!(of_other, []);
    }
);

both!(
    async fn a_visit_that_came_to_the_imported_was_offered_all_that_waited(db: TestDatabase) {
        let store = Store::open(db).await;
        let imported = |listed: i64, id: &str| Cursor {
            part: Part::Imported,
            ..place(listed, id)
        };
        let over_both = visit(20, Some((place(9, "m"), imported(3, "c"))));
        let behind = visit(21, Some((imported(3, "d"), imported(7, "z"))));
        add(&store, &[("1", over_both.clone()), ("2", behind.clone())]).await;
        let newest = store.catalog.newest_visits(None, 10).await.unwrap();
        assert_eq!(newest, [behind.clone(), over_both.clone()]);
        let paper = creator(CREATOR);
        let offer = async |place: Cursor| last_offer(&store, &paper, place, "").await;
        assert_eq!(offer(place(15, "a")).await, Some(over_both.clone()));
        assert_eq!(offer(place(8, "a")).await, None);
        assert_eq!(offer(imported(1, "a")).await, Some(over_both));
        assert_eq!(offer(imported(4, "a")).await, Some(behind));
    }
);

both!(
    async fn the_last_offer_is_the_newest_visit_around_a_place(db: TestDatabase) {
        let store = Store::open(db).await;
        let before_it_lay_there = visit(9, Some((place(0, "a"), place(99, "z"))));
        let whole = visit(20, Some((place(1, "a"), place(30, "z"))));
        let ends_there = visit(21, Some((place(1, "a"), place(10, "m"))));
        let begins_behind = visit(22, Some((place(10, "n"), place(30, "z"))));
        let nothing = visit(23, None);
        let visits = [
            before_it_lay_there,
            whole,
            ends_there.clone(),
            begins_behind.clone(),
            nothing,
        ];
        let named = ["1", "2", "3", "4", "5"]
            .into_iter()
            .zip(visits)
            .collect::<Vec<_>>();
        add(&store, &named).await;
        let paper = creator(CREATOR);
        let offer = async |place: Cursor| last_offer(&store, &paper, place, "").await;
        assert_eq!(offer(place(10, "m")).await, Some(ends_there));
        assert_eq!(offer(place(10, "n")).await, Some(begins_behind.clone()));
        assert_eq!(offer(place(10, "o")).await, Some(begins_behind));
        assert_eq!(offer(place(31, "a")).await, None);
        let other = creator("other");
        assert_eq!(last_offer(&store, &other, place(10, "m"), "").await, None);
        let newer = last_offer(&store, &paper, place(10, "m"), "4").await;
        assert_eq!(newer, None);
    }
);

async fn last_offer(
    store: &Store,
    creator: &CreatorId,
    place: Cursor,
    first_id: &str,
) -> Option<Visit> {
    let offer = store.catalog.last_offer(creator, &place, first_id);
    offer.await.unwrap()
}

both!(
    async fn unchanged_answers_are_counted_by_the_minute(db: TestDatabase) {
        let store = Store::open(db).await;
        let minute = |minutes: i64| Timestamp::from_millis(1_800_000_000_000 + minutes * 60_000);
        let feed = |now| Unchanged::at(now, Some(creator(CREATOR)), None);
        let list = |now| Unchanged::at(now, None, Some(CredentialId::from("c1".to_owned())));
        let late_in_the_minute = Timestamp::from_millis(minute(1).as_millis() + 59_999);
        for counts in [
            vec![(feed(minute(1)), 2), (list(minute(1)), 3)],
            vec![(feed(late_in_the_minute), 5), (feed(minute(2)), 1)],
            vec![],
        ] {
            let mut tx = store.begin().await;
            tx.count_unchanged(&counts).await.unwrap();
            tx.commit().await.unwrap();
        }
        let rows = store
            .db
            .query("SELECT times FROM unchanged_visits ORDER BY times");
        let texts = ["1", "3", "7"].map(|times| vec![Some(times.to_owned())]);
        assert_eq!(rows, texts);
        let paper = creator(CREATOR);
        let newest = async |since| store.catalog.last_unchanged(&paper, since).await.unwrap();
        assert_eq!(newest(minute(0)).await, Some(minute(2)));
        assert_eq!(
            newest(Timestamp::from_millis(minute(2).as_millis() + 5)).await,
            Some(minute(2))
        );
        assert_eq!(newest(minute(3)).await, None);
    }
);

both!(
    async fn old_visits_go_a_few_at_a_time(db: TestDatabase) {
        let store = Store::open(db).await;
        let visits = [
            ("1", visit(1, None)),
            ("2", visit(2, None)),
            ("3", visit(3, None)),
        ];
        add(&store, &visits).await;
        let mut tx = store.begin().await;
        let counts = [(Unchanged::at(at(-120_000), None, None), 4)];
        tx.count_unchanged(&counts).await.unwrap();
        assert_eq!(tx.forget_visits(at(-120_000), 5).await.unwrap(), 0);
        assert_eq!(tx.forget_visits(at(3), 1).await.unwrap(), 2);
        assert_eq!(tx.forget_visits(at(3), 5).await.unwrap(), 1);
        tx.commit().await.unwrap();
        let left = store.catalog.newest_visits(None, 10).await.unwrap();
        assert_eq!(left, [visit(3, None)]);
        let counted = store.db.value("SELECT COUNT(*) FROM unchanged_visits");
        assert_eq!(counted, "0");
    }
);
