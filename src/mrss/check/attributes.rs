//! Attributes as tables: which an element may have, and what each takes (contracts/dailymotion-pull.md 4.3, 7).

use super::{
    finding::{Found, Objector, Rule, short},
    node::{Node, Space},
    urls,
};
use crate::mrss::languages;

const ATTRIBUTE_UNEXPECTED: Rule = Rule::error(
    "attribute_unexpected",
    Objector::Validator,
    "leave it out; the vocabulary has no such attribute there",
);
const ATTRIBUTE_MISSING: Rule = Rule::error(
    "attribute_missing",
    Objector::Validator,
    "add it, or leave the element out",
);
const NUMBER_POSITIVE: Rule = Rule::error(
    "number_positive",
    Objector::Validator,
    "write a whole number above 0, or leave it out when it is unknown",
);
const NUMBER_WHOLE: Rule = Rule::error(
    "number_whole",
    Objector::Validator,
    "write a whole number, or leave it out when it is unknown",
);
const NUMBER_FORM: Rule = Rule::error(
    "number_form",
    Objector::Validator,
    "write a number such as `185` or `12.5`",
);
const DURATION_CLOCK: Rule = Rule::warning(
    "duration_clock",
    Objector::Dailymotion,
    "write whole seconds; the validator lets it slip through, but Media RSS knows only seconds",
);
const CHOICE: Rule = Rule::error(
    "choice",
    Objector::Validator,
    "write one of them, or leave the attribute out",
);
const MIME: Rule = Rule::error(
    "mime",
    Objector::Validator,
    "write a media type such as `video/mp4`",
);
const LANGUAGE: Rule = Rule::error(
    "language",
    Objector::Validator,
    "write a code of ISO 639-1 or ISO 639-2 such as `fr` or `fra`, or leave it out",
);
const NPT: Rule = Rule::error(
    "npt",
    Objector::Validator,
    "write a time such as `12.5` or `00:00:12.5`",
);

/// What an attribute takes.
#[derive(Clone, Copy)]
pub(super) enum Takes {
    Anything,
    /// A whole number above 0.
    Positive,
    /// A whole number, 0 included.
    Whole,
    /// A number, a part of a unit included.
    Number,
    Seconds,
    OneOf(&'static [&'static str]),
    /// `true` or `false`, in any case.
    Flag,
    Mime,
    Language,
    /// A normal play time.
    Npt,
    Address,
}

/// The attributes of an element: name, what it takes, and whether it must be there.
pub(super) type Table = &'static [(&'static str, Takes, bool)];

/// Checks all attributes of an element against its table. Those of foreign namespaces are anybody's.
pub(super) fn check(node: &Node, table: Table, found: &mut Found) {
    for attribute in node.attributes.iter().filter(|one| one.space == Space::Rss) {
        let name = attribute.name.as_str();
        match table.iter().find(|(known, ..)| *known == name) {
            Some((_, takes, _)) if !attribute.value.is_empty() => {
                value(node, name, &attribute.value, *takes, found);
            }
            Some(_) => {}
            None => {
                let what = format!("the attribute `{}` is unknown", short(name));
                found.at(node, &ATTRIBUTE_UNEXPECTED, what);
            }
        }
    }
    for (name, _, needed) in table {
        if *needed && node.given(name).is_none() {
            let what = format!("the attribute `{name}` is missing or empty");
            found.at(node, &ATTRIBUTE_MISSING, what);
        }
    }
}

/// Checks a language wherever one stands.
pub(super) fn language(node: &Node, place: &str, tag: &str, found: &mut Found) {
    if !languages::is_known(tag) {
        let what = format!(
            "{place} `{}` is no language that the validator knows",
            short(tag)
        );
        found.at(node, &LANGUAGE, what);
    }
}

/// Checks a whole number above 0 wherever one stands.
pub(super) fn positive(node: &Node, place: &str, text: &str, found: &mut Found) {
    if !is_whole(text) || !text.contains(|digit| ('1'..='9').contains(&digit)) {
        let what = format!("{place} is `{}`", short(text));
        found.at(node, &NUMBER_POSITIVE, what);
    }
}

/// Checks a text that is `true` or `false`.
pub(super) fn flag(node: &Node, place: &str, text: &str, found: &mut Found) {
    if !["true", "false"]
        .iter()
        .any(|word| word.eq_ignore_ascii_case(text))
    {
        let what = format!("{place} is `{}`, neither `true` nor `false`", short(text));
        found.at(node, &CHOICE, what);
    }
}

fn value(node: &Node, name: &str, text: &str, takes: Takes, found: &mut Found) {
    let place = format!("`{name}`");
    let shown = short(text);
    let digit = text.starts_with(|first: char| first.is_ascii_digit());
    match takes {
        Takes::Positive => positive(node, &place, text, found),
        Takes::Whole if !is_whole(text) => {
            found.at(node, &NUMBER_WHOLE, format!("{place} is `{shown}`"));
        }
        Takes::Number | Takes::Seconds if !digit => {
            found.at(node, &NUMBER_FORM, format!("{place} is `{shown}`"));
        }
        Takes::Seconds if text.parse::<f64>().is_err() => {
            let what = format!("{place} is `{shown}`, not a number of seconds");
            found.at(node, &DURATION_CLOCK, what);
        }
        Takes::OneOf(words) if !words.contains(&text) => {
            let what = format!("{place} is `{shown}`, none of {}", words.join(", "));
            found.at(node, &CHOICE, what);
        }
        Takes::Flag => flag(node, &place, text, found),
        Takes::Mime if !is_mime(text) => {
            found.at(node, &MIME, format!("{place} is `{shown}`"));
        }
        Takes::Language => language(node, &place, text, found),
        Takes::Npt if !digit && !text.starts_with("now") => {
            found.at(node, &NPT, format!("{place} is `{shown}`"));
        }
        Takes::Address => urls::address(node, &place, text, found),
        _ => {}
    }
}

fn is_whole(text: &str) -> bool {
    let digits = text.trim();
    let digits = digits.strip_prefix('+').unwrap_or(digits);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether this is a media type; its parameters are not looked at.
pub(super) fn is_mime(text: &str) -> bool {
    let token = |part: &str| {
        !part.is_empty()
            && !part.contains(|c: char| c.is_whitespace() || "()<>,;:\\\"/[]?=".contains(c))
    };
    let kind = text.split(';').next().unwrap_or_default().trim_end();
    kind.split_once('/')
        .is_some_and(|(family, name)| token(family) && token(name))
}
