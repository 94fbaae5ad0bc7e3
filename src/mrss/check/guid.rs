//! The guid: what ties Dailymotion's video to the network's own (contracts/dailymotion-pull.md 4.2, 8.3).

use std::collections::HashMap;

use super::{
    attributes::{self, Table, Takes},
    finding::{Found, Objector, Rule, short},
    node::{Node, Space},
    urls,
};

const GUID_MISSING: Rule = Rule::error(
    "guid_missing",
    Objector::Dailymotion,
    "give the video an id of your own; without one no report can be matched to it",
);
const GUID_DUPLICATE: Rule = Rule::error(
    "guid_duplicate",
    Objector::Both,
    "give each video a guid of its own; the same one means the same video",
);
const GUID_PERMALINK: Rule = Rule::error(
    "guid_permalink",
    Objector::Validator,
    "write `isPermaLink=\"false\"`; without it a guid has to be an address",
);
const GUID_FLAG: Rule = Rule::error(
    "guid_flag",
    Objector::Validator,
    "write `isPermaLink=\"false\"`, in lower case",
);
const GUID_DIGITS: Rule = Rule::warning(
    "guid_digits",
    Objector::Validator,
    "put a prefix before it: a short number is hardly unique",
);
const GUID_FORM: Rule = Rule::note(
    "guid_form",
    Objector::Dailymotion,
    "prefer 9 to 64 of `A-Z a-z 0-9 . _ -` with a letter among them: what comes back must be the same byte for byte",
);

const TABLE: Table = &[("isPermaLink", Takes::Anything, false)];

/// Checks an item's guid, and that no item before has it.
pub(super) fn check(item: &Node, known: &mut HashMap<String, usize>, found: &mut Found) {
    let Some(node) = item.first(Space::Rss, "guid") else {
        found.at(item, &GUID_MISSING, "the item has no guid");
        return;
    };
    attributes::check(node, TABLE, found);
    let guid = node.value();
    if guid.is_empty() {
        found.at(node, &GUID_MISSING, "the guid is empty");
        return;
    }
    let shown = short(guid);
    if let Some(line) = known.get(guid) {
        let what = format!("`{shown}` is the guid of line {line} too");
        found.at(node, &GUID_DUPLICATE, what);
    } else {
        known.insert(guid.to_owned(), node.line);
    }
    permalink(node, guid, found);
    if !is_safe(&node.text) {
        let what = format!("`{shown}` has an odd form");
        found.at(node, &GUID_FORM, what);
    }
}

fn permalink(node: &Node, guid: &str, found: &mut Found) {
    let shown = short(guid);
    let flag = node.attribute("isPermaLink");
    if let Some(odd) = flag.filter(|flag| !["true", "false"].contains(flag)) {
        let what = format!("`isPermaLink` is `{}`", short(odd));
        found.at(node, &GUID_FLAG, what);
    } else if flag != Some("false") {
        let scheme = urls::scheme(guid);
        let web = scheme.is_some_and(|scheme| ["http", "https"].contains(&scheme.as_str()));
        if !web || url::Url::parse(guid).is_err() {
            let what = format!("`{shown}` counts as an address and is none");
            found.at(node, &GUID_PERMALINK, what);
        }
    } else if guid.len() < 9 && guid.bytes().all(|byte| byte.is_ascii_digit()) {
        let what = format!("`{shown}` is a short number");
        found.at(node, &GUID_DIGITS, what);
    }
}

/// Whether every consumer hands the guid back as it is.
fn is_safe(guid: &str) -> bool {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (9..=64).contains(&guid.len())
        && guid.bytes().all(safe)
        && guid.bytes().any(|byte| byte.is_ascii_alphabetic())
}
