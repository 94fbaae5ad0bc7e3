//! Texts that are plain: whatever looks like markup in them draws the validator's warnings, and characters that tell of
//! a broken encoding do.

use super::{
    finding::{Found, Objector, Rule, short},
    html,
    node::Node,
};

const CATALOG: &str = "texts go out as the catalog has them: Dailymotion keeps plain text";

const TEXT_HTML: Rule = Rule::warning(
    "text_html",
    Objector::Validator,
    "remove the markup if it is meant as such; a reader may show or hide it",
)
.expected(CATALOG);
const TEXT_MARKUP: Rule = Rule::warning(
    "text_markup",
    Objector::Validator,
    "remove the markup if it is meant as such; plain text is clean where `&` and `<` are written `&#x26;` and `&#x3C;`",
)
.expected(CATALOG);
const TEXT_REPLACED: Rule = Rule::warning(
    "text_replaced",
    Objector::Validator,
    "look for where the text lost a character: U+FFFD stands for one that could not be read",
);
const TEXT_CONTROL: Rule = Rule::warning(
    "text_control",
    Objector::Validator,
    "remove it; it is mostly Windows-1252 taken for Latin-1",
);

/// How far careful writing helps.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Clean where `&` and `<` are written as hexadecimal references.
    Rss,
    /// Warned of however it is written.
    Media,
}

/// Checks a text in which markup is discouraged.
pub(super) fn plain(node: &Node, kind: Kind, found: &mut Found) {
    let value = node.value();
    if let Some(tag) = html::known_end_tag(value) {
        let what = format!("the text holds the end tag `</{}>`", short(tag));
        found.at(node, &TEXT_HTML, what);
    } else if kind == Kind::Rss && node.careful {
        // Nothing more is looked at.
    } else if let Some(reference) = html::reference(value) {
        let what = format!("the text holds `&{}`", short(reference));
        found.at(node, &TEXT_MARKUP, what);
    } else if html::opens_a_tag(value) {
        found.at(node, &TEXT_MARKUP, "the text holds what looks like a tag");
    }
}

/// Checks the characters of an element's text and attributes.
pub(super) fn characters(node: &Node, found: &mut Found) {
    let attributes = node.attributes.iter();
    for text in attributes
        .map(|attribute| &attribute.value)
        .chain([&node.text])
    {
        if text.contains('\u{fffd}') {
            found.at(node, &TEXT_REPLACED, "the text holds U+FFFD");
        }
        if text.contains(|c| ('\u{80}'..='\u{9f}').contains(&c)) {
            found.at(node, &TEXT_CONTROL, "the text holds a C1 control character");
        }
    }
}
