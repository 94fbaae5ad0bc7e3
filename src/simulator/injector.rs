//! The life of an item: picked up, imported for a while, then ready or refused, and reported.

use std::sync::Arc;
use std::time::Duration;

use rand::RngExt;
use tracing::info;

use super::delivery::Event;
use super::dice::Dice;
use super::event::{self, Attempt};
use super::feed;
use super::in_flight::Busy;
use super::report::Fate;
use super::script::Saying;
use super::settings::Injector;
use super::shared::{Shared, now_ms};

/// What happens to one attempt.
#[derive(Debug)]
struct Plan {
    delay: Duration,
    says: Vec<Saying>,
}

/// Takes a feed's items; those to be tried now begin their lives. Only a `complete` listing can
/// show that an item is gone.
pub(super) fn offer(shared: &Arc<Shared>, user: &str, listed: &[feed::Item], complete: bool) {
    for item in listed {
        let Some(admission) = shared.ledger().admit(user, item) else {
            continue;
        };
        let attempt = Attempt::new(shared.dice, user, &item.guid, admission.attempt);
        let scripted = shared.script().take(&item.guid, admission.nth);
        let plan = plan(shared.dice, &shared.settings.injector, &attempt, scripted);
        let life = live(Arc::clone(shared), attempt, plan, shared.in_flight.enter());
        shared.tasks.spawn(life);
    }
    if complete {
        shared.ledger().miss(user, listed);
    }
}

/// The script decides, then chance; an item tried again succeeds.
fn plan(dice: Dice, settings: &Injector, attempt: &Attempt, scripted: Option<Vec<Saying>>) -> Plan {
    let mut rng = dice.about(&["plan", &attempt.guid, &attempt.number.to_string()]);
    let jitter = rng.random_range(0..=settings.jitter_ms);
    let refused = rng.random_bool(settings.refuse_share) && attempt.number == 1;
    let progress = rng.random_bool(settings.progress_share);
    let by_chance = || {
        let progress = progress.then(|| Saying::Progress {
            status: "processing".to_owned(),
        });
        let outcome = if refused {
            event::refusal(&mut rng)
        } else {
            Saying::Ready { remote_id: None }
        };
        progress.into_iter().chain([outcome]).collect()
    };
    Plan {
        says: scripted.unwrap_or_else(by_chance),
        delay: Duration::from_millis(settings.import_ms.saturating_add(jitter)),
    }
}

/// Progress is reported half way, everything else at the end.
async fn live(shared: Arc<Shared>, attempt: Attempt, plan: Plan, _busy: Busy) {
    let made_id = shared
        .ledger()
        .new_remote_id(shared.dice, &attempt.guid, attempt.number);
    let early = plan
        .says
        .iter()
        .take_while(|saying| matches!(saying, Saying::Progress { .. }))
        .count();
    let (progress, outcome) = plan.says.split_at(early);
    for part in [progress, outcome] {
        if !shared.pause(plan.delay / 2).await {
            return;
        }
        for saying in part {
            report(&shared, &attempt, saying, &made_id);
        }
    }
    let fate = fate(&plan.says, &made_id);
    info!(
        item.guid = attempt.guid,
        "simulator: item `{}` ended as {fate:?}", attempt.guid
    );
    shared.ledger().settle(&attempt.guid, fate);
}

/// Hands one event to the delivery.
fn report(shared: &Shared, attempt: &Attempt, saying: &Saying, made_id: &str) {
    let json = attempt.event(saying, made_id, now_ms());
    let event = Event::new(&attempt.guid, json, shared.in_flight.enter());
    shared.ledger().report_due(&attempt.guid);
    // The receiver is gone only when the simulator stops; nothing is delivered then.
    let _ = shared.outbox.send(event);
}

/// How the attempt ends, by the contract's 8.6: one `ready` beats every failure.
fn fate(says: &[Saying], made_id: &str) -> Fate {
    let mut ready = false;
    let mut ids = Vec::new();
    let mut failure = None;
    for saying in says {
        match saying {
            Saying::Ready { remote_id } => {
                ids.push(remote_id.as_deref().unwrap_or(made_id).to_owned());
            }
            Saying::ReadyWithoutId => ready = true,
            Saying::Failed { status, .. } => failure = Some(status.clone()),
            Saying::Progress { .. } => {}
        }
    }
    match failure {
        _ if ready || !ids.is_empty() => Fate::Imported(ids),
        Some(status) => Fate::Refused(status),
        None => Fate::Silent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(settings: &Injector, guid: usize, number: u32) -> Plan {
        let attempt = Attempt::new(Dice::new(1), "u", &guid.to_string(), number);
        plan(Dice::new(1), settings, &attempt, None)
    }

    fn refusals(settings: &Injector, number: u32) -> usize {
        (0..1_000)
            .map(|guid| fate(&planned(settings, guid, number).says, "x1"))
            .filter(|fate| matches!(fate, Fate::Refused(_)))
            .count()
    }

    #[test]
    fn the_set_share_is_refused_at_first_and_none_again() {
        let settings = Injector {
            refuse_share: 0.25,
            ..Injector::default()
        };
        assert!((200..300).contains(&refusals(&settings, 1)));
        assert_eq!(refusals(&settings, 2), 0);
    }

    #[test]
    fn delays_stay_between_the_minimum_and_the_jitter() {
        let settings = Injector {
            import_ms: 10,
            jitter_ms: 5,
            progress_share: 1.0,
            ..Injector::default()
        };
        for guid in 0..100 {
            let plan = planned(&settings, guid, 1);
            let delay = plan.delay.as_millis();
            assert!((10..=15).contains(&delay), "{delay}");
            assert!(matches!(plan.says[0], Saying::Progress { .. }));
        }
    }

    #[test]
    fn a_ready_beats_a_failure_whichever_came_first() {
        let (ready, failed) = (Saying::ready("x1"), Saying::failed("error"));
        let imported = Fate::Imported(vec!["x1".to_owned()]);
        assert_eq!(fate(&[ready.clone(), failed.clone()], "x9"), imported);
        assert_eq!(fate(&[failed.clone(), ready], "x9"), imported);
        assert_eq!(fate(&[failed], "x9"), Fate::Refused("error".to_owned()));
        assert_eq!(
            fate(&[Saying::ReadyWithoutId], "x9"),
            Fate::Imported(vec![])
        );
        assert_eq!(fate(&[], "x9"), Fate::Silent);
    }
}
