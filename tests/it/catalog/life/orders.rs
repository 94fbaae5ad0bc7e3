//! One set of events, in any order, grouping and number of copies, ends in the same place.

use std::collections::BTreeSet;

use mcnd::model::State;
use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};

use super::{
    super::store::{creator, guid, new_creator, sound_fields},
    service::{Service, deliver},
    steps::{Event, Said, VIDEOS},
};
use crate::harness::both;

const SETS: u64 = 15;

/// When the videos are added.
#[derive(Clone, Copy, Debug)]
enum Added {
    Before,
    Between,
    After,
}

both!(
    async fn any_order_grouping_and_number_of_copies_ends_the_same(db: TestDatabase) {
        let service = Service::start(db).await;
        for seed in 0..SETS {
            let mut dice = StdRng::seed_from_u64(seed);
            let events = (0..10)
                .map(|_| Event::random(&mut dice))
                .collect::<Vec<_>>();
            let expected = in_order(&service, seed, &events).await;
            for added in [Added::Before, Added::Between, Added::After] {
                let ended = disordered(&service, seed, &events, added, &mut dice).await;
                assert_eq!(ended, expected, "{seed}, added {added:?}: {events:?}");
            }
        }
    }
);

/// What "equal states" means: state, whether it is held, conflict flag and the set of remote ids.
type End = Vec<(State, bool, bool, BTreeSet<String>)>;

/// Everything at once, in one array, with the videos there before.
async fn in_order(service: &Service, seed: u64, events: &[Event]) -> End {
    let prefix = format!("{seed}-straight");
    add_videos(service, &prefix).await;
    service.deliver(&elements(&prefix, events)).await;
    ends(service, &prefix).await
}

/// Shuffled, with copies, in small arrays, several at a time.
async fn disordered(
    service: &Service,
    seed: u64,
    events: &[Event],
    added: Added,
    dice: &mut StdRng,
) -> End {
    let prefix = format!("{seed}-{}", format!("{added:?}").to_lowercase());
    let mut copies = elements(&prefix, events);
    copies.extend(elements(&prefix, &events[..events.len() / 2]));
    copies.shuffle(dice);
    let (first, second) = copies.split_at(copies.len() / 2);
    if let Added::Before = added {
        add_videos(service, &prefix).await;
    }
    deliver_beside(service, first).await;
    if let Added::Between = added {
        tokio::join!(
            add_videos(service, &prefix),
            deliver_beside(service, second)
        );
    } else {
        deliver_beside(service, second).await;
    }
    if let Added::After = added {
        add_videos(service, &prefix).await;
    }
    ends(service, &prefix).await
}

/// Hands callbacks of three events in, all at the same time.
async fn deliver_beside(service: &Service, elements: &[String]) {
    let deliveries = elements.chunks(3).map(|chunk| service.deliver(chunk));
    futures_util::future::join_all(deliveries).await;
}

fn elements(prefix: &str, events: &[Event]) -> Vec<String> {
    let raw = |event: &Event| event.raw(&format!("{prefix}-{}", event.video));
    events.iter().map(raw).collect()
}

/// The first video is one that preflight blocks.
async fn add_videos(service: &Service, prefix: &str) {
    service.store.add_creator(new_creator(prefix)).await;
    for number in 0..VIDEOS {
        let name = format!("{prefix}-{number}");
        let mut fields = sound_fields();
        if number == 0 {
            fields.title = None;
        }
        service
            .import(&creator(prefix), &guid(&name), &fields)
            .await;
    }
}

async fn ends(service: &Service, prefix: &str) -> End {
    let mut ends = Vec::new();
    for number in 0..VIDEOS {
        let video = service
            .app
            .video(&guid(&format!("{prefix}-{number}")))
            .await
            .unwrap();
        let ids = video.standing.remote_ids().map(str::to_owned).collect();
        let held = video.standing.state == State::Waiting && video.standing.is_ready_unusable();
        ends.push((
            video.standing.state,
            held,
            video.standing.is_conflict(),
            ids,
        ));
    }
    let listed = service.store.db.value(&format!(
        "SELECT COUNT(*) FROM videos WHERE creator_id = '{prefix}' AND state = 'waiting' AND NOT held"
    ));
    let free = ends
        .iter()
        .filter(|(state, held, ..)| *state == State::Waiting && !held);
    assert_eq!(listed, free.count().to_string(), "{prefix}");
    ends
}

both!(
    async fn the_same_event_thirty_two_times_at_once_moves_its_video_once(db: TestDatabase) {
        let service = Service::start(db).await;
        add_videos(&service, "at-once").await;
        let event = Event {
            video: 1,
            said: Said::Ready(1),
            number: 0,
        };
        let copy = elements("at-once", &[event]);
        let other = service.beside();
        let deliveries = (0..32).map(|number| {
            let app = if number % 2 == 0 {
                &service.app
            } else {
                &other
            };
            deliver(app, &copy)
        });
        let stored = futures_util::future::join_all(deliveries).await;
        assert_eq!(stored.iter().map(|answer| answer.stored).sum::<usize>(), 1);
        assert_eq!(stored.iter().map(|answer| answer.known).sum::<usize>(), 31);
        let video = service.app.video(&guid("at-once-1")).await.unwrap();
        assert_eq!(video.standing.state, State::Imported);
        let lines = service.app.timeline(&video).await.unwrap();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert_eq!(service.store.db.value("SELECT COUNT(*) FROM events"), "1");
        let counts = service
            .app
            .creator(&creator("at-once"))
            .await
            .unwrap()
            .counts;
        assert_eq!(counts.of(State::Imported), 1);
    }
);
