//! Whether a client already has what it asks for (RFC 9110 13).

use axum::http::{
    HeaderMap,
    header::{IF_MODIFIED_SINCE, IF_NONE_MATCH},
};
use chrono::DateTime;

use crate::model::Timestamp;

/// Whether the answer to this `GET` or `HEAD` is 304.
///
/// `tag` is the entity tag as it is sent, quotes and `W/` included. `If-None-Match` decides alone when it
/// is there, `If-Modified-Since` only without it. What cannot be read is ignored: a full answer is never wrong.
pub(super) fn is_unchanged(headers: &HeaderMap, tag: &str, modified: Option<Timestamp>) -> bool {
    if headers.contains_key(IF_NONE_MATCH) {
        return headers
            .get_all(IF_NONE_MATCH)
            .iter()
            .any(|value| names(value.as_bytes(), opaque(tag.as_bytes())));
    }
    let since = headers
        .get(IF_MODIFIED_SINCE)
        .and_then(|value| DateTime::parse_from_rfc2822(value.to_str().ok()?).ok());
    match (since, modified) {
        // A date of HTTP has whole seconds.
        (Some(since), Some(modified)) => modified.as_millis().div_euclid(1000) <= since.timestamp(),
        _ => false,
    }
}

/// Whether a list of entity tags is `*` or holds one that is weakly the same.
fn names(list: &[u8], wanted: &[u8]) -> bool {
    if list.trim_ascii() == b"*" {
        return true;
    }
    let mut rest = list;
    while !rest.is_empty() {
        let (tag, further) = first_tag(rest);
        if tag.is_some_and(|tag| opaque(tag) == wanted) {
            return true;
        }
        rest = further;
    }
    false
}

/// The tag at the beginning of a list, if one stands there, and what follows its comma.
fn first_tag(list: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let list = list.trim_ascii_start();
    let quoted = list.strip_prefix(b"W/").unwrap_or(list);
    let length = quoted
        .strip_prefix(b"\"")
        .and_then(|inner| inner.iter().position(|byte| *byte == b'"'))
        .map(|inner| list.len() - quoted.len() + inner + 2);
    let (tag, rest) = list.split_at(length.unwrap_or(0));
    let comma = rest.iter().position(|byte| *byte == b',');
    let further = comma.map_or(&[][..], |at| &rest[at + 1..]);
    // A tag with anything but a comma behind it is none.
    let alone = rest[..comma.unwrap_or(rest.len())].trim_ascii().is_empty();
    ((length.is_some() && alone).then_some(tag), further)
}

/// A tag without its mark of weakness.
fn opaque(tag: &[u8]) -> &[u8] {
    tag.strip_prefix(b"W/").unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: &str = "W/\"a,b\"";

    fn unchanged(pairs: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        // Sun, 06 Nov 1994 08:49:37 GMT and a bit.
        let modified = Timestamp::from_millis(784_111_777_500);
        is_unchanged(&headers, TAG, Some(modified))
    }

    #[test]
    fn tags_are_compared_weakly_in_lists_and_repeated_headers() {
        assert!(unchanged(&[("if-none-match", "\"a,b\"")]));
        assert!(unchanged(&[("if-none-match", "W/\"x\" , W/\"a,b\"")]));
        assert!(unchanged(&[
            ("if-none-match", "\"x\""),
            ("if-none-match", "\"a,b\"")
        ]));
        assert!(unchanged(&[("if-none-match", " * ")]));
        assert!(!unchanged(&[("if-none-match", "\"a\", \"b\"")]));
    }

    #[test]
    fn garbage_is_passed_over() {
        for garbage in [
            "",
            ",",
            "a,b",
            "\"a,b",
            "w/\"a,b\"",
            "\"x\"\"a,b\"",
            "*, x",
            "\u{ff}",
            "W/",
        ] {
            assert!(!unchanged(&[("if-none-match", garbage)]), "`{garbage}`");
        }
        assert!(unchanged(&[("if-none-match", "junk, ,\"a,b\"")]));
    }

    #[test]
    fn a_date_counts_only_without_tags() {
        let same = ("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT");
        let before = ("if-modified-since", "Sun, 06 Nov 1994 08:49:36 GMT");
        assert!(unchanged(&[same]));
        assert!(!unchanged(&[before]));
        assert!(!unchanged(&[same, ("if-none-match", "\"other\"")]));
        assert!(!unchanged(&[("if-modified-since", "yesterday")]));
        assert!(!unchanged(&[]));
    }
}
