//! Tags, attributes and texts, appended to a buffer: the few shapes that every element is made of.

use super::{dates, escape};

pub(super) fn put(out: &mut Vec<u8>, markup: &str) {
    out.extend_from_slice(markup.as_bytes());
}

pub(super) fn element(out: &mut Vec<u8>, opening: &str, text: &str, closing: &str) {
    put(out, opening);
    escape::text(out, text);
    put(out, closing);
}

pub(super) fn optional(out: &mut Vec<u8>, opening: &str, text: Option<&str>, closing: &str) {
    if let Some(text) = text {
        element(out, opening, text, closing);
    }
}

/// Writes an attribute that `opening` has opened, its first quote included.
pub(super) fn attribute(out: &mut Vec<u8>, opening: &str, value: Option<&str>) {
    if let Some(value) = value {
        put(out, opening);
        escape::attribute(out, value);
        out.push(b'"');
    }
}

/// Zero is an error to validators, so it counts as unknown.
pub(super) fn number(out: &mut Vec<u8>, opening: &str, number: Option<i64>) {
    if let Some(number) = number.filter(|number| *number > 0) {
        put(out, opening);
        dates::integer(out, number);
        out.push(b'"');
    }
}

/// Writes tags, which are parted by single commas, with a blank after each comma.
pub(super) fn keywords(out: &mut Vec<u8>, tags: &str) {
    for (at, tag) in tags.as_bytes().split(|byte| *byte == b',').enumerate() {
        if at > 0 {
            put(out, ", ");
        }
        escape::part(out, tag);
    }
}
