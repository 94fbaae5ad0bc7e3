//! Credentials that end: one of several is told of until its end, the last of its kind until there is another one.

use std::time::Duration;

use super::found;
use crate::model::{
    AlarmLimits, AlarmRule, Circumstances, Credential, CredentialKind, Finding, Timestamp,
};

/// What was never to last longer is no credential that somebody uses, or has to replace.
const SHORT_LIFE: Duration = Duration::from_mins(10);
const KINDS: [CredentialKind; 2] = [CredentialKind::Crawler, CredentialKind::Callback];

impl Circumstances {
    /// Credentials about to end, under their ids, and kinds that are about to have none or have none left, under their
    /// names. A kind that never had one is not missed; one whose alarm `is_open` is, although its rows are gone.
    pub(super) fn credentials_end(
        &self,
        limits: &AlarmLimits,
        is_open: impl Fn(&str) -> bool,
    ) -> Vec<Finding> {
        let soon = self.now.after(limits.credential_ends);
        let ending = KINDS.iter().flat_map(|kind| {
            let lasting = self.credentials.iter().filter(|it| lasts(it, *kind));
            let Some(last) = lasting.clone().max_by_key(|it| end_of(it)) else {
                let missed = is_open(kind.as_str()).then(|| none_left(*kind, None));
                return Vec::from_iter(missed);
            };
            let outlasted = lasting.filter(|it| end_of(it) < end_of(last));
            let ending = outlasted.filter(|it| end_of(it) > self.now && end_of(it) <= soon);
            let whole = match end_of(last) {
                end if end <= self.now => Some(none_left(*kind, Some(end))),
                end if end <= soon => Some(last_ends(last, end)),
                _ => None,
            };
            ending.map(one_ends).chain(whole).collect()
        });
        ending.collect()
    }
}

/// When it ends; one without an end outlasts all others.
fn end_of(credential: &Credential) -> Timestamp {
    credential
        .expires_at
        .unwrap_or(Timestamp::from_millis(i64::MAX))
}

fn lasts(credential: &Credential, kind: CredentialKind) -> bool {
    let short = credential.added_at.after(SHORT_LIFE);
    credential.kind == kind && credential.expires_at.is_none_or(|end| end > short)
}

fn one_ends(credential: &Credential) -> Finding {
    let (kind, id, end) = (credential.kind.as_str(), &credential.id, end_of(credential));
    let sentence = format!(
        "the {kind} credential `{id}` ends at {end}; see that Dailymotion uses its successor by then"
    );
    found(AlarmRule::CredentialEnds, id.as_str(), sentence)
}

fn last_ends(credential: &Credential, end: Timestamp) -> Finding {
    let (kind, id) = (credential.kind.as_str(), &credential.id);
    let sentence = format!(
        "the {kind} credential `{id}` ends at {end}; nothing takes its place: `mcnd credential add {kind}`"
    );
    found(AlarmRule::CredentialEnds, kind, sentence)
}

fn none_left(kind: CredentialKind, since: Option<Timestamp>) -> Finding {
    let kind = kind.as_str();
    let since = since.map_or_else(String::new, |since| format!(" since {since}"));
    let sentence = format!(
        "no {kind} credential is valid{since}, so that Dailymotion is turned away; give it a new one: \
         `mcnd credential add {kind}`"
    );
    found(AlarmRule::CredentialEnds, kind, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::alarm_rules::tests::{HOUR, at, credential, judged, limits, only, well};

    /// The only credential of the crawler ends at this hour; it is the hundredth.
    fn ends(hour: i64) -> Circumstances {
        Circumstances {
            credentials: vec![credential("old", Some(at(hour * HOUR)))],
            ..well()
        }
    }

    #[test]
    fn the_last_of_its_kind_is_told_of_until_there_is_another_one() {
        let found = judged(&ends(172), false).remove(0);
        assert_eq!(found.key(), (AlarmRule::CredentialEnds, "crawler"));
        assert!(found.sentence.contains("nothing takes its place"));
        assert_eq!(judged(&ends(173), false), []);
        for ended in [ends(100), ends(99)] {
            let found = judged(&ended, false).remove(0);
            assert_eq!(found.key(), (AlarmRule::CredentialEnds, "crawler"));
            assert!(found.sentence.contains("is valid since"), "{found:?}");
        }
        let mut replaced = ends(99);
        replaced.credentials.push(credential("new", None));
        assert_eq!(judged(&replaced, true), []);
    }

    #[test]
    fn a_kind_whose_last_row_is_gone_is_still_missed() {
        let mut gone = ends(99);
        gone.credentials.clear();
        assert_eq!(judged(&gone, false), []);
        let missed = gone.findings(&limits(), |_rule, subject| subject == "callback");
        let keys: Vec<_> = missed.iter().map(Finding::key).collect();
        assert_eq!(keys, [(AlarmRule::CredentialEnds, "callback")]);
    }

    #[test]
    fn one_that_has_a_successor_is_told_of_until_its_end() {
        let mut rotated = ends(101);
        rotated.credentials.push(credential("new", None));
        assert!(only(&rotated, false).1.contains("successor"));
        assert_eq!(judged(&rotated, false)[0].subject, "old");
        rotated.credentials[0].expires_at = Some(at(100 * HOUR));
        assert_eq!(judged(&rotated, true), []);
    }

    #[test]
    fn one_that_was_made_for_a_minute_is_nobodys_to_replace() {
        let mut short = ends(100);
        short.credentials[0].expires_at = Some(at(100 * HOUR + 60_000));
        short.credentials[0].added_at = at(100 * HOUR - 1);
        assert_eq!(judged(&short, false), []);
        short
            .credentials
            .push(credential("old", Some(at(99 * HOUR))));
        assert!(only(&short, false).1.contains("is valid since"));
    }
}
