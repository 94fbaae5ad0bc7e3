//! The root and the channel around the items (contracts/dailymotion-pull.md 4.1).

use super::{
    Given, attributes,
    attributes::{Table, Takes},
    dates,
    finding::{Found, Objector, Rule, short},
    item::email,
    media,
    node::{Node, Space},
    structure,
    text::{self, Kind},
    urls,
};

const ROOT: Rule = Rule::error(
    "root",
    Objector::Dailymotion,
    "write RSS 2.0 with Media RSS; Dailymotion's importer is told to read nothing else",
);
const RSS_VERSION: Rule = Rule::error("rss_version", Objector::Both, "write `version=\"2.0\"`");
const CHANNEL_MISSING: Rule = Rule::error(
    "channel_missing",
    Objector::Both,
    "put exactly one `channel` into `rss`",
);
const CHANNEL_ELEMENT_MISSING: Rule = Rule::error(
    "channel_element_missing",
    Objector::Validator,
    "a channel needs `title`, `link` and `description`",
);
const CHANNEL_TITLE_BLANK: Rule = Rule::error(
    "channel_title_blank",
    Objector::Validator,
    "name the channel",
);
const METADATA_LATE: Rule = Rule::warning(
    "metadata_late",
    Objector::Validator,
    "put what describes the channel ahead of its items",
);
const SELF_MISSING: Rule = Rule::warning(
    "self_missing",
    Objector::Validator,
    "add `<atom:link rel=\"self\" href=\"…\" type=\"application/rss+xml\"/>` with the feed's own address",
);
const SELF_ELSEWHERE: Rule = Rule::warning(
    "self_elsewhere",
    Objector::Validator,
    "let `rel=\"self\"` name the address that the feed is read from, unless the other one is the public one",
);
const LINK_INCOMPLETE: Rule = Rule::error(
    "link_incomplete",
    Objector::Validator,
    "give `atom:link` its `href`",
);
const ITEMS_NONE: Rule = Rule::note(
    "items_none",
    Objector::Dailymotion,
    "nothing to do if every video was imported; an empty feed is valid",
)
.expected("imported videos leave the feed");
const COMPLETE: Rule = Rule::note(
    "complete",
    Objector::Dailymotion,
    "`fh:complete` is right only where the document lists everything, not where imported or unchanged videos are left out",
);

const ELEMENTS: [&str; 20] = [
    "title",
    "link",
    "description",
    "language",
    "copyright",
    "managingEditor",
    "webMaster",
    "pubDate",
    "lastBuildDate",
    "category",
    "generator",
    "docs",
    "cloud",
    "ttl",
    "image",
    "rating",
    "textInput",
    "skipHours",
    "skipDays",
    "item",
];
const ONCE: [&str; 14] = [
    "title",
    "link",
    "description",
    "language",
    "copyright",
    "managingEditor",
    "webMaster",
    "pubDate",
    "lastBuildDate",
    "generator",
    "docs",
    "ttl",
    "image",
    "textInput",
];
/// Elements of text alone.
const LEAVES: [&str; 11] = [
    "title",
    "link",
    "description",
    "language",
    "copyright",
    "managingEditor",
    "webMaster",
    "pubDate",
    "lastBuildDate",
    "generator",
    "ttl",
];
const LINK: Table = &[
    ("href", Takes::Address, false),
    ("rel", Takes::Anything, false),
    ("type", Takes::Mime, false),
    ("hreflang", Takes::Language, false),
    ("title", Takes::Anything, false),
    ("length", Takes::Whole, false),
];

/// Checks the root and all that is in it but the items.
pub(super) fn check(root: &Node, given: &Given<'_>, found: &mut Found) {
    if !root.is(Space::Rss, "rss") {
        let what = format!("the root element is `{}`", short(&root.shown));
        found.at(root, &ROOT, what);
        return;
    }
    match root.attribute("version") {
        Some("2.0") => {}
        Some(odd) => found.at(root, &RSS_VERSION, format!("`version` is `{}`", short(odd))),
        None => found.at(root, &RSS_VERSION, "`version` is missing"),
    }
    structure::known(root, &["channel"], found);
    structure::no_text(root, found);
    let channels: Vec<_> = root.all(Space::Rss, "channel").collect();
    if let [channel] = channels[..] {
        self::channel(channel, given, found);
    } else {
        let what = format!("there are {} channels", channels.len());
        found.at(root, &CHANNEL_MISSING, what);
    }
}

fn channel(node: &Node, given: &Given<'_>, found: &mut Found) {
    node.each(&mut |node| text::characters(node, found));
    attributes::check(node, &[], found);
    structure::known(node, &ELEMENTS, found);
    structure::once(node, Space::Rss, &ONCE, found);
    structure::no_text(node, found);
    for name in ["title", "link", "description"] {
        if node.first(Space::Rss, name).is_none() {
            let what = format!("the channel has no `{name}`");
            found.at(node, &CHANNEL_ELEMENT_MISSING, what);
        }
    }
    for child in node.children.iter().filter(|one| one.space == Space::Rss) {
        if LEAVES.contains(&child.name.as_str()) {
            structure::leaf(child, found);
        }
        element(child, given, found);
    }
    media::within(node, given, found);
    links(node, given, found);
    order(node, found);
    if let Some(complete) = node.first(Space::History, "complete") {
        found.at(complete, &COMPLETE, "the feed says that it is complete");
    }
}

fn element(node: &Node, given: &Given<'_>, found: &mut Found) {
    let value = node.value();
    match node.name.as_str() {
        "title" if value.is_empty() => {
            found.at(node, &CHANNEL_TITLE_BLANK, "the title is empty");
        }
        "title" | "description" | "copyright" => text::plain(node, Kind::Rss, found),
        "link" | "docs" => urls::address(node, "the text", value, found),
        "language" => attributes::language(node, "the language", value, found),
        "ttl" => attributes::positive(node, "the number of minutes", value, found),
        "lastBuildDate" | "pubDate" => dates::rfc_822(node, given.now, found),
        "managingEditor" | "webMaster" => email(node, found),
        _ => {}
    }
}

/// The links of Atom: one of them names the feed's own address.
fn links(channel: &Node, given: &Given<'_>, found: &mut Found) {
    let mut own = None;
    for link in channel.all(Space::Atom, "link") {
        attributes::check(link, LINK, found);
        let Some(href) = link.given("href") else {
            found.at(link, &LINK_INCOMPLETE, "`href` is missing or empty");
            continue;
        };
        if link.attribute("rel") == Some("self") {
            own = Some((link, href));
        }
    }
    match (own, given.address) {
        (None, _) => {
            let what = "the feed does not name its own address";
            found.at(channel, &SELF_MISSING, what);
        }
        (Some((link, href)), Some(address)) if href != address => {
            let what = format!("`{}` is not where the feed was read from", short(href));
            found.at(link, &SELF_ELSEWHERE, what);
        }
        _ => {}
    }
}

/// Items come last, and there may be none.
fn order(channel: &Node, found: &mut Found) {
    let is_item = |node: &&Node| node.is(Space::Rss, "item");
    let first = channel.children.iter().position(|node| is_item(&node));
    let Some(first) = first else {
        found.at(channel, &ITEMS_NONE, "the feed lists nothing");
        return;
    };
    let describes = |node: &&Node| {
        node.space == Space::Rss || (node.space == Space::Atom && node.name == "link")
    };
    let late = channel.children[first..]
        .iter()
        .find(|node| !is_item(node) && describes(node));
    if let Some(late) = late {
        let what = format!("`{}` stands behind an item", short(&late.shown));
        found.at(late, &METADATA_LATE, what);
    }
}
