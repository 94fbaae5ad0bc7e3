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
const PLACES: [(&str, &str, Right); 2] = [
    ("", "Overview", Right::Read),
    ("imports", "Import", Right::Read),
];

/// What a page says of the form that led to it, by the parameter `done` of its address.
const DONE: [(&str, &str); 5] = [
    ("confirmed", "Go on: your password was right."),
    ("planning", "The plan is being made again."),
    ("applying", "Its rows are on their way into the catalog."),
    ("stopping", "It stops after the rows that are under way."),
    ("discarded", "Its files are gone."),
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
