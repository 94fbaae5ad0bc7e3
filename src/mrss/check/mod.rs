//! What Dailymotion and the W3C feed validator would say to a feed, whoever made it (contracts/dailymotion-pull.md 3,
//! 4, 6, 7).
//!
//! Each rule stands as a constant at the head of the file about its subject: its stable code, who objects, and what to
//! do. The validator's own view is followed where it is known, its oddities included; its HTML parser is approximated.
//! Nothing is fetched: whether a file can be had is not looked at.

mod attributes;
mod channel;
mod dates;
mod encoding;
mod finding;
mod guid;
mod html;
mod item;
mod media;
mod namespaces;
mod node;
#[cfg(test)]
mod own_feeds;
mod restriction;
mod structure;
mod text;
mod urls;
mod values;
#[cfg(test)]
mod verdicts;
mod walk;

use crate::model::Timestamp;

pub use finding::{Finding, Objector, Report, Severity};
use finding::{Found, Rule};
use item::Items;

const SERVED_AS: Rule = Rule::warning(
    "served_as",
    Objector::Validator,
    "serve it as `application/rss+xml; charset=utf-8`",
);

/// Media types that feeds are served as.
const FEED_TYPES: [&str; 3] = ["application/rss+xml", "application/xml", "text/xml"];

/// What is known beside the document.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// The present moment, which dates are held against.
    pub now: Timestamp,
    /// Dailymotion's category slugs; none where any will do.
    pub categories: Option<&'a [String]>,
    /// The address that the document was read from; none for a file.
    pub address: Option<&'a str>,
    /// What it was served as; none for a file.
    pub content_type: Option<&'a str>,
}

/// Checks a feed of any size and shape. Never fails: whatever can't be read is a finding.
pub fn check(document: &[u8], given: &Given<'_>) -> Report {
    let mut found = Found::default();
    served(given, &mut found);
    if let Some(text) = encoding::text(document, &mut found) {
        let mut items = Items::new(given);
        let root = walk::walk(&text, &mut found, |item, found| {
            item.each(&mut |node| namespaces::declared(node, found));
            items.check(item, found);
        });
        if let Some(root) = root {
            root.each(&mut |node| namespaces::declared(node, &mut found));
            if root.is(node::Space::Rss, "rss") {
                namespaces::needed(&root, &mut found);
            }
            channel::check(&root, given, &mut found);
        }
    }
    found.report()
}

fn served(given: &Given<'_>, found: &mut Found) {
    let Some(content_type) = given.content_type else {
        return;
    };
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    if !FEED_TYPES
        .iter()
        .any(|known| known.eq_ignore_ascii_case(kind))
    {
        let what = format!("the feed is served as `{}`", finding::short(content_type));
        found.on_line(1, &SERVED_AS, what);
    }
}
