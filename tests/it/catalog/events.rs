//! Events: each kept once, filed anew at most once, paged both ways, and emptied when they are old.

use std::collections::HashSet;

use mcnd::{
    catalog::{EventCounts, EventQuery, FiledEvent, KeptEvent, Refiled},
    model::{Alarm, Digest, Element, Needs, Outcome, Timestamp, Verdict},
};

use super::store::{Store, at, event, guids, policy, ready};
use crate::harness::both;

/// An element of these raw bytes.
fn raw(text: &str) -> Element {
    Element::read(text.as_bytes())
}

fn kept(element: &Element, outcome: Outcome) -> KeptEvent<'_> {
    KeptEvent {
        element,
        outcome,
        alarm: None,
        epoch: None,
    }
}

async fn keep(store: &Store, events: &[KeptEvent<'_>], now: Timestamp) {
    let mut tx = store.begin().await;
    tx.file_events(events, &[], &[], policy(Needs::default()), now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn find(store: &Store, element: &Element) -> FiledEvent {
    store
        .catalog
        .find_event(&element.digest)
        .await
        .unwrap()
        .unwrap()
}

both!(
    async fn an_event_reads_back_with_its_own_bytes(db: TestDatabase) {
        let store = Store::open(db).await;
        let element = raw(
            "{ \"timestamp\":1800000000123, \"data\":{\"uid\":77,\"status\":\"\\u0000 é😀\\ud83d\",\"status\":\"error\"}}",
        );
        let odd = KeptEvent {
            alarm: Some(Alarm::Conflict.as_str()),
            epoch: Some(3),
            ..kept(&element, Outcome::Recorded)
        };
        keep(&store, &[odd], at(5)).await;
        let expected = FiledEvent {
            digest: element.digest,
            received_at: at(5),
            guid: Some("77".to_owned()),
            outcome: Outcome::Recorded,
            alarm: Some("conflict".to_owned()),
            sent_at: Some(at(123)),
            note: Some("duplicate member, numeric uid".to_owned()),
            raw: Some(String::from_utf8(element.raw.clone()).unwrap()),
        };
        assert_eq!(find(&store, &element).await, expected);
        let nothing = store.catalog.find_event(&Digest::of(b"nothing")).await;
        assert_eq!(nothing.unwrap(), None);
    }
);

both!(
    async fn what_is_no_event_is_kept_too(db: TestDatabase) {
        let store = Store::open(db).await;
        for text in ["null", "\"a\\u0000b\"", "[]", "{}", "5e999"] {
            let element = raw(text);
            keep(&store, &[kept(&element, Outcome::Malformed)], at(0)).await;
            let found = find(&store, &element).await;
            assert_eq!(found.raw.as_deref(), Some(text));
            assert!(found.note.is_some());
        }
    }
);

both!(
    async fn a_second_copy_changes_nothing(db: TestDatabase) {
        let store = Store::open(db).await;
        let element = ready("a", "x1");
        keep(&store, &[kept(&element, Outcome::Orphan)], at(0)).await;
        let first = find(&store, &element).await;
        let again = [
            kept(&element, Outcome::Ready),
            kept(&element, Outcome::Ready),
        ];
        keep(&store, &again, at(9)).await;
        keep(&store, &[], at(9)).await;
        assert_eq!(find(&store, &element).await, first);
        assert_eq!(store.db.value("SELECT COUNT(*) FROM events"), "1");
    }
);

both!(
    async fn known_events_are_told_from_new_ones(db: TestDatabase) {
        let store = Store::open(db).await;
        let (one, two, new) = (ready("a", "x1"), ready("b", "x2"), ready("c", "x3"));
        let events = [kept(&one, Outcome::Orphan), kept(&two, Outcome::Orphan)];
        keep(&store, &events, at(0)).await;
        let mut tx = store.begin().await;
        let known = tx
            .known_events(&[new.digest, two.digest, one.digest])
            .await
            .unwrap();
        assert_eq!(known, HashSet::from([one.digest, two.digest]));
        assert_eq!(tx.known_events(&[]).await.unwrap(), HashSet::new());
    }
);

both!(
    async fn orphans_of_a_guid_are_filed_anew(db: TestDatabase) {
        let store = Store::open(db).await;
        let (late, early, other) = (ready("a", "x1"), ready("a", "x2"), ready("b", "x3"));
        let applied = ready("a", "x4");
        keep(&store, &[kept(&late, Outcome::Orphan)], at(2)).await;
        let rest = [
            kept(&early, Outcome::Orphan),
            kept(&other, Outcome::Orphan),
            kept(&applied, Outcome::Ready),
        ];
        keep(&store, &rest, at(1)).await;
        let mut tx = store.begin().await;
        let found = tx.orphans_of(&guids(&["a", "c"])).await.unwrap();
        let digests = found.iter().map(|event| event.digest).collect::<Vec<_>>();
        assert_eq!(digests, [early.digest, late.digest]);
        let refiled = |element: &Element, alarm| Refiled {
            digest: element.digest,
            guid: element.guid.clone(),
            verdict: Verdict {
                outcome: Outcome::Ready,
                alarm,
            },
            epoch: Some(0),
        };
        let all = [refiled(&early, None), refiled(&late, Some(Alarm::Conflict))];
        tx.file_again(&all).await.unwrap();
        tx.file_again(&[]).await.unwrap();
        assert_eq!(tx.orphans_of(&guids(&["a"])).await.unwrap(), []);
        tx.commit().await.unwrap();
        let found = find(&store, &late).await;
        assert_eq!(found.outcome, Outcome::Ready);
        assert_eq!(found.alarm.as_deref(), Some("conflict"));
        assert_eq!(
            (found.received_at, found.raw),
            (at(2), Some(String::from_utf8(late.raw).unwrap()))
        );
        assert_eq!(find(&store, &other).await.outcome, Outcome::Orphan);
        let epochs = store
            .db
            .value("SELECT COUNT(*) FROM events WHERE epoch = 0");
        assert_eq!(epochs, "2");
    }
);

/// Seven events in two moments, with every outcome once.
async fn seven(store: &Store) -> Vec<(Timestamp, Digest, Outcome)> {
    let mut all = Vec::new();
    for (place, outcome) in Outcome::ALL.into_iter().enumerate() {
        let element = event("a", &format!(r#""status":"ready","remote_id":"x{place}""#));
        let now = at(i64::from(place >= 3));
        let alarm = (outcome == Outcome::Anomalous).then_some("ready_without_id");
        let one = KeptEvent {
            alarm,
            ..kept(&element, outcome)
        };
        keep(store, &[one], now).await;
        all.push((now, element.digest, outcome));
    }
    all.sort_unstable_by_key(|(now, digest, _)| (*now, *digest));
    all
}

both!(
    async fn events_are_paged_in_the_order_in_which_they_came(db: TestDatabase) {
        let store = Store::open(db).await;
        let all = seven(&store).await;
        let trouble = |outcome| !matches!(outcome, Outcome::Ready | Outcome::Progress);
        for troubled in [false, true] {
            let expected = all
                .iter()
                .filter(|(_, _, outcome)| !troubled || trouble(*outcome))
                .map(|(_, digest, _)| *digest)
                .collect::<Vec<_>>();
            for limit in [1, 2, 100] {
                assert_eq!(walked(&store, troubled, limit).await, expected);
            }
        }
    }
);

async fn walked(store: &Store, troubled: bool, limit: i64) -> Vec<Digest> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store
            .catalog
            .page_of_events(troubled, after, limit)
            .await
            .unwrap();
        let Some(last) = page.last() else {
            return found;
        };
        after = Some((last.received_at, last.digest));
        found.extend(page.iter().map(|event| event.digest));
    }
}

both!(
    async fn the_newest_events_come_first(db: TestDatabase) {
        let store = Store::open(db).await;
        let mut all = seven(&store).await;
        all.reverse();
        let newest = async |query: EventQuery, limit| {
            let found = store.catalog.newest_events(&query, limit).await.unwrap();
            found
                .into_iter()
                .map(|event| event.digest)
                .collect::<Vec<_>>()
        };
        let digests = |wanted: &dyn Fn(Outcome) -> bool| {
            let chosen = all.iter().filter(|(_, _, outcome)| wanted(*outcome));
            chosen.map(|(_, digest, _)| *digest).collect::<Vec<_>>()
        };
        assert_eq!(newest(EventQuery::All, 10).await, digests(&|_| true));
        assert_eq!(newest(EventQuery::All, 3).await, digests(&|_| true)[..3]);
        let trouble = |outcome| !matches!(outcome, Outcome::Ready | Outcome::Progress);
        assert_eq!(newest(EventQuery::Troubled, 10).await, digests(&trouble));
        let alarming = |outcome| outcome == Outcome::Anomalous;
        assert_eq!(newest(EventQuery::Alarming, 10).await, digests(&alarming));
        let of_guid = newest(EventQuery::OfGuid("a".to_owned()), 10).await;
        assert_eq!(of_guid.len(), 7);
        assert_eq!(newest(EventQuery::OfGuid("b".to_owned()), 10).await, []);
    }
);

both!(
    async fn events_that_wait_for_somebody_are_counted(db: TestDatabase) {
        let store = Store::open(db).await;
        let counts = store.catalog.event_counts().await.unwrap();
        assert_eq!(counts, EventCounts::default());
        seven(&store).await;
        let expected = EventCounts {
            orphans: 1,
            malformed: 1,
            alarms: 1,
        };
        assert_eq!(store.catalog.event_counts().await.unwrap(), expected);
    }
);

both!(
    async fn old_events_lose_their_bytes_and_nothing_else(db: TestDatabase) {
        let store = Store::open(db).await;
        let all = seven(&store).await;
        let sweep = async |before, limit| {
            let mut tx = store.begin().await;
            let emptied = tx.forget_raw(before, limit).await.unwrap();
            tx.commit().await.unwrap();
            emptied
        };
        assert_eq!(sweep(at(0), 10).await, 0);
        assert_eq!(sweep(at(1), 2).await, 2);
        assert_eq!(sweep(at(1), 10).await, 1);
        assert_eq!(sweep(at(1), 10).await, 0);
        for (now, digest, outcome) in &all {
            let found = store.catalog.find_event(digest).await.unwrap().unwrap();
            assert_eq!((found.received_at, found.outcome), (*now, *outcome));
            assert_eq!(found.raw.is_some(), *now == at(1));
        }
        assert_eq!(sweep(at(2), 10).await, 3);
        let left = store
            .db
            .query("SELECT outcome FROM events WHERE raw IS NOT NULL");
        assert_eq!(left, [[Some("orphan".to_owned())]]);
        let digests = all.iter().map(|(_, digest, _)| *digest).collect::<Vec<_>>();
        let known = store.begin().await.known_events(&digests).await.unwrap();
        assert_eq!(known.len(), 7);
    }
);
