//! One item: what Dailymotion can't do without, and the plain elements of RSS (contracts/dailymotion-pull.md 3.3, 4.2).

use std::collections::HashMap;

use super::{
    Given, attributes,
    attributes::{Table, Takes},
    dates,
    finding::{Found, Objector, Rule, short},
    guid, html, media,
    node::{Node, Space},
    structure,
    text::{self, Kind},
    urls, values,
};

const TITLE_MISSING: Rule = Rule::error(
    "title_missing",
    Objector::Both,
    "give the video a title; Dailymotion demands one",
);
const CATEGORY_MISSING: Rule = Rule::error(
    "category_missing",
    Objector::Dailymotion,
    "name one of Dailymotion's categories in `media:category` or `category`; Dailymotion demands one",
);
const CATEGORY_IN_DM: Rule = Rule::note(
    "category_in_dm",
    Objector::Dailymotion,
    "make sure that one of the `dm:` elements carries it, as agreed with Dailymotion",
)
.expected("`feed.category` is empty because `feed.dm` carries the category");
const MEDIA_MISSING: Rule = Rule::error(
    "media_missing",
    Objector::Dailymotion,
    "name the file in `media:content`; Dailymotion demands a direct link there",
);
const MEDIA_SEVERAL: Rule = Rule::warning(
    "media_several",
    Objector::Dailymotion,
    "put renditions of one video into one `media:group`; beside each other they are several videos",
);
const AUTHOR_EMAIL: Rule = Rule::error(
    "author_email",
    Objector::Validator,
    "write an e-mail address, or use `dc:creator` or `media:credit` for a name",
);

const ELEMENTS: [&str; 10] = [
    "title",
    "link",
    "description",
    "author",
    "category",
    "comments",
    "enclosure",
    "guid",
    "pubDate",
    "source",
];
const ONCE: [&str; 9] = [
    "title",
    "link",
    "description",
    "author",
    "comments",
    "enclosure",
    "guid",
    "pubDate",
    "source",
];
const ENCLOSURE: Table = &[
    ("url", Takes::Anything, true),
    ("length", Takes::Whole, true),
    ("type", Takes::Mime, true),
];

/// Checks one item after the other.
pub(super) struct Items<'g> {
    given: &'g Given<'g>,
    /// The line of each guid so far.
    guids: HashMap<String, usize>,
}

impl<'g> Items<'g> {
    pub(super) fn new(given: &'g Given<'g>) -> Self {
        Self {
            given,
            guids: HashMap::new(),
        }
    }

    pub(super) fn check(&mut self, item: &Node, found: &mut Found) {
        item.each(&mut |node| text::characters(node, found));
        attributes::check(item, &[], found);
        structure::known(item, &ELEMENTS, found);
        structure::once(item, Space::Rss, &ONCE, found);
        structure::no_text(item, found);
        for child in item.children.iter().filter(|one| one.space == Space::Rss) {
            structure::leaf(child, found);
            self.element(child, found);
        }
        media::within(item, self.given, found);
        demanded(item, found);
        guid::check(item, &mut self.guids, found);
    }

    fn element(&self, node: &Node, found: &mut Found) {
        match node.name.as_str() {
            "title" if node.value().is_empty() => {
                found.at(node, &TITLE_MISSING, "the title is empty");
            }
            "title" => {
                text::plain(node, Kind::Rss, found);
                values::length(node, found);
            }
            "link" | "comments" => urls::address(node, "the text", node.value(), found),
            "description" => {
                html::description(node, found);
                values::length(node, found);
            }
            "pubDate" => dates::rfc_822(node, self.given.now, found),
            "category" => {
                text::plain(node, Kind::Rss, found);
                values::category(node, self.given, found);
            }
            "author" => email(node, found),
            "enclosure" => {
                attributes::check(node, ENCLOSURE, found);
                if let Some(url) = node.given("url") {
                    urls::enclosure(node, url, found);
                }
            }
            _ => {}
        }
    }
}

/// Checks that a text is an e-mail address, with a name in brackets behind it or not.
pub(super) fn email(node: &Node, found: &mut Found) {
    let value = node.value();
    let address = value.split(" (").next().unwrap_or_default();
    let address = address.strip_prefix("mailto:").unwrap_or(address);
    let sound = address.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty()
            && host.contains('.')
            && !address.contains(char::is_whitespace)
            && !host.contains('@')
    });
    if !sound {
        let what = format!("`{}` is no e-mail address", short(value));
        found.at(node, &AUTHOR_EMAIL, what);
    }
}

/// What Dailymotion demands of an item, apart from its guid.
fn demanded(item: &Node, found: &mut Found) {
    if item.first(Space::Rss, "title").is_none() {
        found.at(item, &TITLE_MISSING, "the item has no title");
    }
    let (mut contents, mut categories, mut extended) = (0, 0, false);
    item.each(&mut |node| {
        contents += usize::from(node.is(Space::Media, "content"));
        categories += usize::from(node.is(Space::Media, "category"));
        extended |= node.space == Space::Dm;
    });
    categories += item.all(Space::Rss, "category").count();
    if contents == 0 {
        found.at(item, &MEDIA_MISSING, "the item has no `media:content`");
    }
    if item.all(Space::Media, "content").count() > 1 {
        let what = "several `media:content` stand beside each other";
        found.at(item, &MEDIA_SEVERAL, what);
    }
    if categories == 0 && extended {
        let what = "no element names a category";
        found.at(item, &CATEGORY_IN_DM, what);
    } else if categories == 0 {
        found.at(item, &CATEGORY_MISSING, "the item has no category");
    }
}
