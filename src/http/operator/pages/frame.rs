//! What stands around every page of somebody who is signed in: where they can go, who they are, what they just did.

use axum::{
    extract::FromRequestParts,
    http::{Uri, request::Parts},
};

use super::signed::token;
use crate::{
    app::Caller,
    http::{Problem, Query},
    model::Right,
};

/// Where the pages lead: the first part of a path, what is found there, and the right that it asks for.
const PLACES: [(&str, &str, Right); 9] = [
    ("", "Overview", Right::Read),
    ("creators", "Creators", Right::Read),
    ("videos", "Videos", Right::Read),
    ("imports", "Import", Right::Read),
    ("jobs", "Jobs", Right::Read),
    ("callbacks", "Callbacks", Right::Read),
    ("crawler", "Crawler", Right::Read),
    ("alarms", "Alarms", Right::Read),
    ("settings", "Settings", Right::Read),
];

/// What a page says of the form that led to it, by the parameter `done` of its address.
const DONE: [(&str, &str); 36] = [
    ("confirmed", "Go on: your password was right."),
    ("job-confirmed", "The job runs; callbacks go on beside it."),
    ("job-paused", "The job is paused."),
    ("job-resumed", "The job goes on."),
    (
        "job-cancelled",
        "The job is cancelled; what was done stays done.",
    ),
    ("planning", "The plan is being made again."),
    ("applying", "Its rows are on their way into the catalog."),
    ("stopping", "It stops after the rows that are under way."),
    ("discarded", "Its files are gone."),
    ("paused", "Paused: their feeds are empty from now on."),
    ("resumed", "Resumed: their feeds list again what waits."),
    ("creator-added", "Added. Import their videos next."),
    (
        "creator-changed",
        "Changed: the user list and the feed follow at once.",
    ),
    (
        "video-changed",
        "Changed: what you wrote is pinned, and the feed follows at once.",
    ),
    (
        "video-unchanged",
        "Nothing was changed: it says all that already.",
    ),
    (
        "retried",
        "Waiting again: the feed lists it from now on, or from the moment that was asked for.",
    ),
    (
        "taken-down",
        "Taken down for good: no feed lists it, and no import wakes it.",
    ),
    (
        "replayed",
        "The event was applied again, and moved its video.",
    ),
    (
        "replayed-still",
        "The event was applied again; it had its effect already.",
    ),
    (
        "replayed-nothing",
        "Nothing could be applied again: the event's text is no longer kept.",
    ),
    ("named", "The reason has its name."),
    ("acknowledged", "Noted: you look after this alarm."),
    (
        "snoozed",
        "The alarm is silent for so long; it comes back if it is still so.",
    ),
    ("sent-again", "The delivery is sent again within seconds."),
    (
        "what-if-ended",
        "It looks no further; what it has found stays.",
    ),
    (
        "rules",
        "These rules are in force, and every video is judged again by them.",
    ),
    (
        "profile",
        "The user list has this shape from now on, on every daemon within seconds.",
    ),
    (
        "credential-removed",
        "The credential is removed; every daemon refuses it within seconds.",
    ),
    (
        "role",
        "The role is changed; they sign in again as what they are now.",
    ),
    ("disabled", "They are let in no more."),
    ("enabled", "They are let in again."),
    (
        "key-removed",
        "The key is removed; it lets nobody in from now on.",
    ),
    ("session-ended", "The session has ended."),
    (
        "password",
        "Your password is changed; your other sessions have ended.",
    ),
    (
        "totp-off",
        "No code is asked for any more when you sign in.",
    ),
    (
        "totp-reset",
        "They sign in without a code, and may set up a new device.",
    ),
];

/// The frame of a page, made from its request.
pub(in crate::http::operator) struct Frame {
    pub(super) caller: Caller,
    /// Goes into every form of the page.
    pub(super) token: String,
    pub(super) links: Vec<Link>,
    /// What was done just now.
    pub(super) done: Option<&'static str>,
}

/// A place to go to.
pub(super) struct Link {
    pub(super) path: String,
    pub(super) name: &'static str,
    /// Whether the page is there already.
    pub(super) here: bool,
}

impl Frame {
    fn new(caller: Caller, token: String, uri: &Uri) -> Self {
        let first = uri.path().split('/').nth(1).unwrap_or_default();
        let open = PLACES.iter().filter(|(.., right)| caller.may(*right));
        let links = open.map(|(place, name, _)| Link {
            path: format!("/{place}"),
            name,
            here: *place == first,
        });
        Self {
            token,
            links: links.collect(),
            done: said_at(uri),
            caller,
        }
    }

    /// The name of whoever looks at the page.
    pub(super) fn name(&self) -> &str {
        self.caller.operator.name.as_str()
    }

    pub(super) fn role(&self) -> &'static str {
        self.caller.operator.role.as_str()
    }

    /// Whether there is such a place for them to go to.
    pub(super) fn leads_to(&self, path: &str) -> bool {
        self.links.iter().any(|link| link.path == path)
    }

    /// Whether they may do this, and are to be shown how.
    pub(super) fn may(&self, right: Right) -> bool {
        self.caller.may(right)
    }
}

/// Only sentences of ours are shown, whatever the address says.
fn said_at(uri: &Uri) -> Option<&'static str> {
    let query = Query::of(uri);
    let word = query.one("done").ok().flatten()?;
    let said = DONE.iter().find(|(key, _)| *key == word);
    said.map(|(_, sentence)| *sentence)
}

impl<S: Send + Sync> FromRequestParts<S> for Frame {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        Ok(Self::new(caller, token(&parts.headers), &parts.uri))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sentences_of_ours_are_shown() {
        let said = |uri: &'static str| said_at(&Uri::from_static(uri));
        assert_eq!(said("/?done=confirmed"), Some(DONE[0].1));
        assert_eq!(said("/?done=Your+account+was+closed"), None);
        assert_eq!(said("/?done=confirmed&done=confirmed"), None);
        assert_eq!(said("/"), None);
    }
}
