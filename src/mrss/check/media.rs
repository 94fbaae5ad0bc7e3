//! The elements of Media RSS, wherever they stand (contracts/dailymotion-pull.md 4.3, 7).

use super::{
    Given,
    attributes::{self, Table, Takes},
    dates,
    finding::{Found, Objector, Rule, short},
    node::{Node, Space},
    restriction, structure,
    text::{self, Kind},
    urls, values,
};

const MEDIA_UNDEFINED: Rule = Rule::error(
    "media_undefined",
    Objector::Validator,
    "leave it out; the validator knows Media RSS before its additions of 1.5, and this element not there",
);
const MEDIA_ADULT: Rule = Rule::warning(
    "media_adult",
    Objector::Validator,
    "write `<media:rating scheme=\"urn:simple\">adult</media:rating>`; this one is deprecated",
);
const GROUP_SINGLE: Rule = Rule::error(
    "group_single",
    Objector::Validator,
    "put a single `media:content` directly into the item",
);
const GROUP_DEFAULTS: Rule = Rule::warning(
    "group_defaults",
    Objector::Dailymotion,
    "mark at most one rendition as the default",
);
const VALID_IN_GROUP: Rule = Rule::warning(
    "valid_in_group",
    Objector::Validator,
    "put it into the item or into `media:content`",
);
const CONTENT_URL: Rule = Rule::error(
    "content_url",
    Objector::Dailymotion,
    "give the direct link to the file; a player's page is none",
);
const CONTENT_MEDIUM: Rule = Rule::warning(
    "content_medium",
    Objector::Dailymotion,
    "list video files; write `medium=\"video\"`",
);
const CONTENT_TYPE: Rule = Rule::warning(
    "content_type",
    Objector::Dailymotion,
    "list video files, with a type such as `video/mp4`",
);

const SIZE: [(&str, Takes, bool); 2] = [
    ("width", Takes::Positive, false),
    ("height", Takes::Positive, false),
];
const CONTENT: Table = &[
    ("url", Takes::Address, false),
    ("fileSize", Takes::Positive, false),
    ("type", Takes::Mime, false),
    (
        "medium",
        Takes::OneOf(&["image", "audio", "video", "document", "executable"]),
        false,
    ),
    ("isDefault", Takes::Flag, false),
    (
        "expression",
        Takes::OneOf(&["sample", "full", "nonstop"]),
        false,
    ),
    ("bitrate", Takes::Number, false),
    ("framerate", Takes::Number, false),
    ("samplingrate", Takes::Number, false),
    ("channels", Takes::Whole, false),
    ("duration", Takes::Seconds, false),
    SIZE[0],
    SIZE[1],
    ("lang", Takes::Language, false),
];
const TEXT_TYPE: Takes = Takes::OneOf(&["plain", "html"]);

/// The attributes of the elements that the validator knows beside `content` and `group`; none for other elements.
fn table(name: &str) -> Option<Table> {
    Some(match name {
        "adult" | "keywords" => &[],
        "category" => &[
            ("scheme", Takes::Address, false),
            ("label", Takes::Anything, false),
        ],
        "copyright" => &[("url", Takes::Address, false)],
        "credit" => &[
            ("role", Takes::Anything, false),
            ("scheme", Takes::Anything, false),
        ],
        "description" | "title" => &[("type", TEXT_TYPE, false)],
        "hash" => &[("algo", Takes::Anything, false)],
        "player" => &[("url", Takes::Address, true), SIZE[0], SIZE[1]],
        "rating" => &[("scheme", Takes::Anything, false)],
        "restriction" => &[
            ("relationship", Takes::Anything, false),
            ("type", Takes::Anything, false),
        ],
        "text" => &[
            ("type", TEXT_TYPE, false),
            ("lang", Takes::Language, false),
            ("start", Takes::Npt, false),
            ("end", Takes::Npt, false),
        ],
        "thumbnail" => &[
            ("url", Takes::Address, true),
            ("time", Takes::Npt, false),
            SIZE[0],
            SIZE[1],
        ],
        _ => return None,
    })
}

/// Elements that stand once under their parent.
const ONCE: [&str; 4] = ["adult", "copyright", "description", "title"];

/// Checks what Media RSS and the periods of Dublin Core say in an element: channel, item, group or content.
pub(super) fn within(parent: &Node, given: &Given<'_>, found: &mut Found) {
    structure::once(parent, Space::Media, &ONCE, found);
    values::restrictions(parent, found);
    for child in &parent.children {
        match child.space {
            Space::Media => element(parent, child, given, found),
            Space::Dcterms if child.name == "valid" => {
                dates::period(child, found);
                if parent.is(Space::Media, "group") {
                    found.at(child, &VALID_IN_GROUP, "it stands in `media:group`");
                }
            }
            _ => {}
        }
    }
}

fn element(parent: &Node, node: &Node, given: &Given<'_>, found: &mut Found) {
    let in_item = parent.is(Space::Rss, "item");
    let in_group = parent.is(Space::Media, "group");
    match node.name.as_str() {
        "group" if in_item => group(node, given, found),
        "content" if in_item || in_group => content(node, given, found),
        name => {
            let Some(table) = table(name) else {
                let what = format!("`{}` is unknown there", short(&node.shown));
                found.at(node, &MEDIA_UNDEFINED, what);
                return;
            };
            attributes::check(node, table, found);
            structure::leaf(node, found);
            told(node, given, found);
        }
    }
}

fn group(node: &Node, given: &Given<'_>, found: &mut Found) {
    attributes::check(node, &[], found);
    structure::container(node, found);
    let contents = node.all(Space::Media, "content").count();
    if contents < 2 {
        let what = format!("the group holds {contents} `media:content`");
        found.at(node, &GROUP_SINGLE, what);
    }
    let is_default = |content: &&Node| content.attribute("isDefault") == Some("true");
    let defaults = node.all(Space::Media, "content").filter(is_default).count();
    if defaults > 1 {
        let what = format!("{defaults} renditions are marked as the default");
        found.at(node, &GROUP_DEFAULTS, what);
    }
    within(node, given, found);
}

fn content(node: &Node, given: &Given<'_>, found: &mut Found) {
    attributes::check(node, CONTENT, found);
    structure::container(node, found);
    match node.given("url") {
        Some(url) => urls::media_file(node, url, found),
        None => found.at(node, &CONTENT_URL, "`url` is missing or empty"),
    }
    if let Some(medium) = node.given("medium").filter(|medium| *medium != "video") {
        let what = format!("`medium` is `{}`", short(medium));
        found.at(node, &CONTENT_MEDIUM, what);
    }
    let odd = |kind: &&str| !kind.starts_with("video/") && *kind != "application/octet-stream";
    if let Some(kind) = node.given("type").filter(odd) {
        let what = format!("`type` is `{}`", short(kind));
        found.at(node, &CONTENT_TYPE, what);
    }
    within(node, given, found);
}

/// Checks what a leaf says.
fn told(node: &Node, given: &Given<'_>, found: &mut Found) {
    match node.name.as_str() {
        "adult" => {
            found.at(node, &MEDIA_ADULT, "the element is deprecated");
            attributes::flag(node, "the text", node.value(), found);
        }
        "category" => {
            text::plain(node, Kind::Media, found);
            values::category(node, given, found);
        }
        "copyright" => text::plain(node, Kind::Media, found),
        "title" | "description" | "text" => {
            if node.attribute("type") != Some("html") {
                text::plain(node, Kind::Media, found);
            }
            values::length(node, found);
        }
        "keywords" => values::keywords(node, found),
        "hash" => values::hash(node, found),
        "rating" => values::rating(node, found),
        "credit" => values::credit(node, found),
        "restriction" => restriction::check(node, found),
        _ => {}
    }
}
