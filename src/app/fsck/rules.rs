//! What makes a stored row right.

use crate::{
    catalog::{CheckedEvent, CheckedVideo},
    model::{Digest, Element, FeedPolicy, Outcome, State, Timestamp},
};

/// What is wrong with a video; nothing when all agrees. Its shelf is judged by a policy only.
pub(super) fn of_video(
    checked: &CheckedVideo,
    policy: Option<FeedPolicy>,
    now: Timestamp,
) -> Vec<String> {
    let video = &checked.video;
    let standing = &video.standing;
    let state = standing.state;
    let mut faults = Vec::new();
    if checked.stays != 1 {
        faults.push(format!("is {state}, but its timeline does not end there"));
    }
    let reported = checked.ready || checked.explained;
    if standing.remote_id.is_some() && !reported {
        faults.push(format!(
            "is {state} and has a remote id, but no ready event and no line of its timeline says so"
        ));
    }
    if standing.remote_id.is_none() && checked.ready {
        faults.push(format!(
            "is {state} although a ready event is kept; `mcnd event replay --guid {}` applies it",
            video.guid
        ));
    }
    let first = standing.remote_id.as_ref();
    if first.is_some_and(|first| standing.other_remote_ids.contains(first)) {
        faults.push("has the same remote id twice".to_owned());
    }
    faults.extend(policy.and_then(|policy| shelf_fault(checked, policy, now)));
    faults
}

/// The shelf counts only for what a feed may list.
fn shelf_fault(checked: &CheckedVideo, policy: FeedPolicy, now: Timestamp) -> Option<String> {
    let (video, lies) = (&checked.video, checked.shelf);
    let imported = video.standing.state == State::Imported;
    if !imported && video.standing.state != State::Waiting {
        return None;
    }
    let mut belongs = video.shelf(policy, now);
    // What has just ended is taken off by the next turn, which is on its way. Where a feed lists no imported videos, their
    // places wait until it does.
    let due = imported || checked.turns_at.is_some_and(|turn| turn <= now);
    let only_ended = video.broken.is_empty() && policy.meets(belongs.needs);
    if due && only_ended && !lies.held {
        belongs.held = false;
    }
    if imported && lies.relisted_from.is_none() {
        belongs.relisted_from = None;
    }
    (lies != belongs).then(|| {
        format!("lies wrong on the feed's shelf ({lies:?} instead of {belongs:?}); import it again with a change")
    })
}

/// What is wrong with an event; nothing when all agrees.
pub(super) fn of_event(checked: &CheckedEvent) -> Vec<String> {
    let event = &checked.event;
    let mut faults = Vec::new();
    let applied = !matches!(event.outcome, Outcome::Orphan | Outcome::Malformed);
    if event.outcome == Outcome::Orphan && checked.known {
        faults.push("waits for a video that is there; `mcnd event replay` applies it".to_owned());
    }
    if applied && !checked.known {
        faults.push("was applied to a video that is not there".to_owned());
    }
    if let Some(raw) = &event.raw {
        if Digest::of(raw.as_bytes()) == event.digest {
            faults.extend(reading_fault(checked, &Element::read(raw.as_bytes())));
        } else {
            faults.push("its text is not the one that came: the digest differs".to_owned());
        }
    }
    faults
}

/// Whether the event is filed under what its text says.
fn reading_fault(checked: &CheckedEvent, element: &Element) -> Option<String> {
    let event = &checked.event;
    let guid = element.guid.as_ref().map(crate::model::Guid::as_str);
    if guid != event.guid.as_deref() || !event.outcome.fits(&element.report) {
        let filed = event.outcome.as_str();
        return Some(format!(
            "is filed as {filed}, which its text does not say; `mcnd event replay` reads it again"
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::FiledEvent;

    fn event(raw: &str, outcome: Outcome, known: bool) -> CheckedEvent {
        let element = Element::read(raw.as_bytes());
        CheckedEvent {
            event: FiledEvent {
                digest: element.digest,
                received_at: Timestamp::from_millis(0),
                guid: element.guid.map(|guid| guid.to_string()),
                outcome,
                alarm: None,
                sent_at: None,
                note: None,
                raw: Some(raw.to_owned()),
            },
            known,
        }
    }

    const READY: &str = r#"{"data":{"uid":"g","status":"ready","remote_id":"x1"}}"#;

    #[test]
    fn an_event_agrees_with_its_text_and_its_video() {
        assert_eq!(of_event(&event(READY, Outcome::Ready, true)), [""; 0]);
        assert_eq!(of_event(&event(READY, Outcome::Orphan, false)), [""; 0]);
        assert_eq!(of_event(&event("5", Outcome::Malformed, false)), [""; 0]);
        for (outcome, known) in [
            (Outcome::Orphan, true),
            (Outcome::Ready, false),
            (Outcome::Refused, true),
            (Outcome::Malformed, false),
        ] {
            assert_eq!(
                of_event(&event(READY, outcome, known)).len(),
                1,
                "{outcome:?}"
            );
        }
    }

    #[test]
    fn a_changed_text_is_found() {
        let mut changed = event(READY, Outcome::Ready, true);
        changed.event.raw = Some(READY.replace("x1", "x2"));
        assert!(of_event(&changed)[0].contains("digest"));
        changed.event.raw = None;
        assert_eq!(of_event(&changed), [""; 0]);
    }
}
