//! What may stand where: elements that are unknown, repeated or in the wrong place, and text between elements.

use super::{
    finding::{Found, Objector, Rule, short},
    node::{Node, Space},
};

const ELEMENT_UNDEFINED: Rule = Rule::error(
    "element_undefined",
    Objector::Validator,
    "leave it out, or put it where it belongs or into a namespace of its own",
);
const ELEMENT_REPEATED: Rule =
    Rule::error("element_repeated", Objector::Validator, "keep one of them");
const TEXT_UNEXPECTED: Rule = Rule::error(
    "text_unexpected",
    Objector::Validator,
    "put it into an element, or remove it",
);

/// The plain elements of RSS that may stand in an element.
pub(super) fn known(parent: &Node, names: &[&str], found: &mut Found) {
    for child in &parent.children {
        if child.space == Space::Rss && !names.contains(&child.name.as_str()) {
            undefined(parent, child, found);
        }
    }
}

/// Elements that stand at most once.
pub(super) fn once(parent: &Node, space: Space, names: &[&str], found: &mut Found) {
    for name in names {
        for child in parent.all(space, name).skip(1) {
            let what = format!("`{}` stands there already", short(&child.shown));
            found.at(child, &ELEMENT_REPEATED, what);
        }
    }
}

/// An element of text alone.
pub(super) fn leaf(node: &Node, found: &mut Found) {
    for child in &node.children {
        undefined(node, child, found);
    }
}

/// An element of elements alone, none of them a plain one of RSS.
pub(super) fn container(node: &Node, found: &mut Found) {
    known(node, &[], found);
    no_text(node, found);
}

/// No text between elements.
pub(super) fn no_text(node: &Node, found: &mut Found) {
    if !node.value().is_empty() {
        let what = format!("the text `{}` stands between elements", short(node.value()));
        found.at(node, &TEXT_UNEXPECTED, what);
    }
}

fn undefined(parent: &Node, child: &Node, found: &mut Found) {
    let (name, place) = (short(&child.shown), short(&parent.shown));
    let what = format!("`{name}` is unknown in `{place}`");
    found.at(child, &ELEMENT_UNDEFINED, what);
}
