//! Text as XML takes it: one pass that copies clean runs, replaces what has a meaning and drops what XML forbids.
//!
//! Numeric references instead of named ones, and no CDATA: so the W3C validator finds item titles clean
//! (contracts/dailymotion-pull.md 7).

/// Whether a character never goes out: what XML 1.0 forbids, and the remaining controls, which validators warn of.
pub(super) fn is_dropped(character: char) -> bool {
    let control = character.is_control() && !matches!(character, '\t' | '\n' | '\r');
    control || matches!(character, '\u{fffe}' | '\u{ffff}')
}

/// Whether anything of a text is left to be seen once it is written.
pub(super) fn shows(text: &str) -> bool {
    text.chars()
        .any(|character| !character.is_whitespace() && !is_dropped(character))
}

/// Writes text that stands between tags.
pub(super) fn text(out: &mut Vec<u8>, text: &str) {
    part(out, text.as_bytes());
}

/// Writes a part, with whole characters, of text that stands between tags.
pub(super) fn part(out: &mut Vec<u8>, part: &[u8]) {
    TEXT.write(out, part);
}

/// Writes text that stands between the double quotes of an attribute.
pub(super) fn attribute(out: &mut Vec<u8>, text: &str) {
    ATTRIBUTE.write(out, text.as_bytes());
}

/// Writes plain text that stands between tags and is read as HTML there: escaped once more.
pub(super) fn html(out: &mut Vec<u8>, text: &str) {
    HTML.write(out, text.as_bytes());
}

/// Bytes looked at together.
const CHUNK: usize = 32;

struct Escaper {
    /// Bytes at which a clean run may end.
    stops: [bool; 256],
    ampersand: &'static [u8],
    less: &'static [u8],
    greater: &'static [u8],
}

static TEXT: Escaper = Escaper {
    stops: stops(b"&<>\r"),
    ampersand: b"&#x26;",
    less: b"&#x3C;",
    greater: b"&#x3E;",
};

// A reader turns a literal tab or line feed of an attribute into a blank.
static ATTRIBUTE: Escaper = Escaper {
    stops: stops(b"&<>\"\r\n\t"),
    ..TEXT
};

static HTML: Escaper = Escaper {
    ampersand: b"&#x26;amp;",
    less: b"&#x26;lt;",
    greater: b"&#x26;gt;",
    ..TEXT
};

impl Escaper {
    fn write(&self, out: &mut Vec<u8>, bytes: &[u8]) {
        let mut copied = 0;
        let mut at = self.clean(bytes);
        while at < bytes.len() {
            if let Some((length, instead)) = self.instead(&bytes[at..]) {
                out.extend_from_slice(&bytes[copied..at]);
                out.extend_from_slice(instead);
                at += length;
                copied = at;
            } else {
                at += 1;
            }
            at += self.clean(&bytes[at..]);
        }
        out.extend_from_slice(&bytes[copied..]);
    }

    /// How many bytes at the start may be copied without a look.
    fn clean(&self, bytes: &[u8]) -> usize {
        let (chunks, rest) = bytes.as_chunks::<CHUNK>();
        for (number, chunk) in chunks.iter().enumerate() {
            if is_suspect(chunk)
                && let Some(at) = self.stop(chunk)
            {
                return number * CHUNK + at;
            }
        }
        // The last bytes are looked at together with some before them, which are known to be clean.
        if bytes
            .last_chunk::<CHUNK>()
            .is_some_and(|last| !is_suspect(last))
        {
            return bytes.len();
        }
        let before = bytes.len() - rest.len();
        self.stop(rest).map_or(bytes.len(), |at| before + at)
    }

    fn stop(&self, bytes: &[u8]) -> Option<usize> {
        bytes.iter().position(|byte| self.stops[usize::from(*byte)])
    }

    /// How many bytes go, and what takes their place; none when the first byte is clean after all.
    fn instead(&self, bytes: &[u8]) -> Option<(usize, &'static [u8])> {
        match bytes {
            [b'&', ..] => Some((1, self.ampersand)),
            [b'<', ..] => Some((1, self.less)),
            [b'>', ..] => Some((1, self.greater)),
            [b'"', ..] => Some((1, b"&#x22;")),
            // Written as it is, a reader would make it a line feed.
            [b'\r', ..] => Some((1, b"&#xD;")),
            [b'\n', ..] => Some((1, b"&#xA;")),
            [b'\t', ..] => Some((1, b"&#x9;")),
            [0xC2, 0x80..=0x9F, ..] => Some((2, b"")),
            [0xEF, 0xBF, 0xBE | 0xBF, ..] => Some((3, b"")),
            [0xC2 | 0xEF, ..] | [] => None,
            _ => Some((1, b"")),
        }
    }
}

/// Whether any escaper may stop at one of these bytes. No early end: so the compiler compares them all at once.
fn is_suspect(chunk: &[u8; CHUNK]) -> bool {
    chunk.iter().fold(0, |seen, byte| seen | suspect(*byte)) != 0
}

/// Not 0 when any escaper may stop at this byte.
fn suspect(byte: u8) -> u8 {
    u8::from(byte < 0x20)
        | u8::from(byte == b'&')
        | u8::from(byte == b'<')
        | u8::from(byte == b'>')
        | u8::from(byte == b'"')
        | u8::from(byte == 0x7F)
        | u8::from(byte == 0xC2)
        | u8::from(byte == 0xEF)
}

/// The given bytes, every control that is never kept, and the first bytes of longer characters that are dropped.
const fn stops(with_meaning: &[u8]) -> [bool; 256] {
    let mut stops = [false; 256];
    let mut control = 0;
    while control < 0x20 {
        stops[control] = !matches!(control, 0x09 | 0x0A | 0x0D);
        control += 1;
    }
    stops[0x7F] = true;
    stops[0xC2] = true;
    stops[0xEF] = true;
    let mut at = 0;
    while at < with_meaning.len() {
        stops[with_meaning[at] as usize] = true;
        at += 1;
    }
    stops
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn escaped(write: fn(&mut Vec<u8>, &str), text: &str) -> String {
        let mut out = Vec::new();
        write(&mut out, text);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn markup_becomes_numeric_references() {
        let given = "a & <b> \"c\"\r\n\t]]>";
        assert_eq!(
            escaped(text, given),
            "a &#x26; &#x3C;b&#x3E; \"c\"&#xD;\n\t]]&#x3E;"
        );
        assert_eq!(
            escaped(attribute, given),
            "a &#x26; &#x3C;b&#x3E; &#x22;c&#x22;&#xD;&#xA;&#x9;]]&#x3E;"
        );
        assert_eq!(escaped(html, "3 < 5 & 6"), "3 &#x26;lt; 5 &#x26;amp; 6");
    }

    #[test]
    fn forbidden_characters_go_and_their_neighbours_stay() {
        let given =
            "\0a\u{1b}\u{7f}\u{80}\u{9f}\u{a0}«é\u{fffd}\u{fffe}\u{ffff}\u{ffe6}\u{10ffff}z\u{b}";
        assert_eq!(escaped(text, given), "a\u{a0}«é\u{fffd}\u{ffe6}\u{10ffff}z");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn exactly_the_dropped_characters_are_missing(given in any::<String>()) {
            let plain = escaped(text, &given)
                .replace("&#x3C;", "<")
                .replace("&#x3E;", ">")
                .replace("&#xD;", "\r")
                .replace("&#x26;", "&");
            let kept = given.chars().filter(|character| !is_dropped(*character)).collect::<String>();
            prop_assert_eq!(plain, kept);
        }
    }
}
