//! Bytes as text: what they are encoded in, what they say of it, and whether that fits.

use std::borrow::Cow;

use encoding_rs::{Encoding, REPLACEMENT, UTF_16BE, UTF_16LE};

use super::finding::{Found, Objector, Rule, short};
use crate::mrss::declaration::{Declaration, declaration};

/// Bytes of a document that are looked at.
const MOST: usize = 64 * 1024 * 1024;
/// Bytes of a document that the W3C validator takes (contracts/dailymotion-pull.md 7).
const VALIDATED: usize = 5_000_000;
/// Bytes in which the XML declaration ends, if there is one.
const HEAD: usize = 512;

const TOO_LARGE: Rule = Rule::error(
    "too_large",
    Objector::Mcnd,
    "split the feed; nothing of it was looked at",
);
const SIZE: Rule = Rule::error(
    "size",
    Objector::Validator,
    "list fewer videos on a page, or split the feed",
);
const DECLARATION_MISSING: Rule = Rule::error(
    "declaration_missing",
    Objector::Dailymotion,
    "begin the document with `<?xml version=\"1.0\" encoding=\"UTF-8\"?>`",
);
const ENCODING_OTHER: Rule = Rule::error(
    "encoding_other",
    Objector::Dailymotion,
    "write the document in UTF-8 and say so in its declaration",
);
const ENCODING_UNKNOWN: Rule = Rule::error(
    "encoding_unknown",
    Objector::Xml,
    "write the document in UTF-8 and say so in its declaration",
);
const ENCODING_WRONG: Rule = Rule::error(
    "encoding_wrong",
    Objector::Xml,
    "let the declaration name the encoding that the bytes are in",
);
const CHARACTER_FORBIDDEN: Rule = Rule::error(
    "character_forbidden",
    Objector::Xml,
    "remove it; no XML document may hold it, not even as a reference",
);

/// The text of a document; none when it can't be told, or when no XML reader would go on.
pub(super) fn text<'a>(document: &'a [u8], found: &mut Found) -> Option<Cow<'a, str>> {
    let size = document.len();
    if size > MOST {
        let what = format!("the document has {size} bytes, and {MOST} are looked at");
        found.on_line(1, &TOO_LARGE, what);
        return None;
    }
    if size > VALIDATED {
        let what = format!("the document has {size} bytes, and {VALIDATED} are taken");
        found.on_line(1, &SIZE, what);
    }
    let text = decoded(document, found)?;
    let forbidden = text
        .char_indices()
        .find(|(_, character)| !is_allowed(*character));
    if let Some((at, character)) = forbidden {
        let line = line_of(&text.as_bytes()[..at]);
        let what = format!("the character U+{:04X} is forbidden", u32::from(character));
        found.on_line(line, &CHARACTER_FORBIDDEN, what);
        return None;
    }
    Some(text)
}

/// Whether XML 1.0 allows the character.
pub(super) fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

fn decoded<'a>(document: &'a [u8], found: &mut Found) -> Option<Cow<'a, str>> {
    match document {
        [0xFF, 0xFE, rest @ ..] => utf_16(rest, UTF_16LE, found),
        [0xFE, 0xFF, rest @ ..] => utf_16(rest, UTF_16BE, found),
        [b'<', 0, ..] => utf_16(document, UTF_16LE, found),
        [0, b'<', ..] => utf_16(document, UTF_16BE, found),
        [0xEF, 0xBB, 0xBF, rest @ ..] => {
            let label = label(rest, found);
            if let Some(label) = label.filter(|label| !is_utf_8(label)) {
                wrong(&label, "begins with the mark of UTF-8", found);
            }
            utf_8(rest, found)
        }
        _ => match label(document, found) {
            Some(label) if is_utf_16(&label) => {
                wrong(&label, "is not", found);
                utf_8(document, found)
            }
            Some(label) if !is_utf_8(&label) => other(document, &label, found),
            _ => utf_8(document, found),
        },
    }
}

fn utf_8<'a>(bytes: &'a [u8], found: &mut Found) -> Option<Cow<'a, str>> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(Cow::Borrowed(text)),
        Err(error) => {
            let at = error.valid_up_to();
            let what = format!("the byte at offset {at} is not UTF-8");
            found.on_line(line_of(&bytes[..at]), &ENCODING_WRONG, what);
            None
        }
    }
}

fn utf_16<'a>(
    bytes: &'a [u8],
    encoding: &'static Encoding,
    found: &mut Found,
) -> Option<Cow<'a, str>> {
    let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes) else {
        found.on_line(1, &ENCODING_WRONG, "the bytes are no whole UTF-16");
        return None;
    };
    let named = label(text.as_bytes(), found);
    if let Some(label) = named.filter(|label| !is_utf_16(label)) {
        wrong(&label, "is in UTF-16", found);
    }
    found.on_line(1, &ENCODING_OTHER, "the document is in UTF-16");
    Some(text)
}

fn other<'a>(bytes: &'a [u8], label: &str, found: &mut Found) -> Option<Cow<'a, str>> {
    let shown = short(label);
    let encoding = Encoding::for_label(label.as_bytes()).filter(|known| *known != REPLACEMENT);
    let Some(encoding) = encoding else {
        let what = format!("the encoding `{shown}` is unknown");
        found.on_line(1, &ENCODING_UNKNOWN, what);
        return None;
    };
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
    if text.is_some() {
        let what = format!("the document is in `{shown}`");
        found.on_line(1, &ENCODING_OTHER, what);
    } else {
        wrong(label, "holds bytes that are not in it", found);
    }
    text
}

fn wrong(label: &str, why: &str, found: &mut Found) {
    let label = short(label);
    let what = format!("the declaration says `{label}`, and the document {why}");
    found.on_line(1, &ENCODING_WRONG, what);
}

/// The encoding that the XML declaration names, and a finding where it names none.
fn label(document: &[u8], found: &mut Found) -> Option<String> {
    let missing = match declaration(&document[..document.len().min(HEAD)]) {
        Declaration::Names(label) => return Some(String::from_utf8_lossy(label).into_owned()),
        Declaration::Silent => "the XML declaration names no encoding",
        Declaration::Missing => "the XML declaration is missing",
    };
    found.on_line(1, &DECLARATION_MISSING, missing);
    None
}

fn is_utf_16(label: &str) -> bool {
    label.to_ascii_lowercase().starts_with("utf-16")
}

fn is_utf_8(label: &str) -> bool {
    ["utf-8", "utf8"]
        .iter()
        .any(|name| label.eq_ignore_ascii_case(name))
}

/// The line that begins behind these bytes or goes on there.
fn line_of(before: &[u8]) -> usize {
    before.split(|byte| *byte == b'\n').count()
}
