//! HTML made plain text, as a reader of the page would copy it.

use encoding_rs::WINDOWS_1252;
use quick_xml::escape::{resolve_html5_entity, resolve_xml_entity};

/// Elements that stand on lines of their own.
const BLOCKS: [&str; 22] = [
    "p",
    "div",
    "ul",
    "ol",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "pre",
    "table",
    "tr",
    "section",
    "article",
    "figure",
    "figcaption",
    "dl",
    "dt",
    "hr",
];

/// Other elements by which a text is known to be HTML.
const INLINE: [&str; 16] = [
    "a", "b", "i", "u", "em", "strong", "br", "span", "img", "font", "small", "sup", "sub",
    "iframe", "video", "center",
];

/// Whether a text is HTML: it has a tag of it, or a reference that XML does not know.
///
/// `&amp;` and its like show nothing: a text that was escaped twice stays as it is.
pub(super) fn is_html(text: &str) -> bool {
    text.match_indices('<')
        .any(|(at, _)| opening(&text[at..]).is_some_and(|tag| is_known(tag.name)))
        || text.match_indices('&').any(|(at, _)| {
            reference(&text[at..]).is_some_and(|(name, _)| {
                resolve_xml_entity(name).is_none() && resolve(name).is_some()
            })
        })
}

/// The text without its tags, references resolved, blocks on lines of their own, other blanks made one.
pub(super) fn plain(html: &str) -> String {
    let mut out = Text::default();
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        rest = if rest.starts_with('&') {
            out.reference(rest)
        } else {
            out.markup(rest)
        };
    }
    out.push_str(rest);
    out.finished()
}

/// Resolves the name between `&` and `;`.
fn resolve(name: &str) -> Option<String> {
    let Some(number) = name.strip_prefix('#') else {
        return resolve_html5_entity(name).map(str::to_owned);
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    // HTML takes the controls that nobody means for what Windows had in their place.
    let character = match code.ok()? {
        code @ 0x80..=0x9F => {
            let byte = [u8::try_from(code).ok()?];
            WINDOWS_1252
                .decode_without_bom_handling(&byte)
                .0
                .chars()
                .next()
        }
        0 => None,
        code => char::from_u32(code),
    };
    character.map(String::from)
}

/// The name of the reference at the start, and what follows it.
fn reference(text: &str) -> Option<(&str, &str)> {
    const LONGEST: usize = 33;
    let inner = text.strip_prefix('&')?;
    let end = inner.bytes().take(LONGEST).position(|byte| byte == b';')?;
    let (name, rest) = inner.split_at(end);
    Some((name, &rest[1..]))
}

struct Tag<'a> {
    name: &'a str,
    closing: bool,
    /// What follows the name.
    rest: &'a str,
}

/// The start of the tag that is here; none where `<` is but a sign.
fn opening(text: &str) -> Option<Tag<'_>> {
    let inner = text.strip_prefix('<')?;
    let (closing, inner) = match inner.strip_prefix('/') {
        Some(inner) => (true, inner),
        None => (false, inner),
    };
    let length = inner
        .find(|letter: char| !letter.is_ascii_alphanumeric())
        .unwrap_or(inner.len());
    let (name, rest) = inner.split_at(length);
    let fits = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && rest.starts_with(['>', '/', ' ', '\n', '\t', '\r']);
    fits.then_some(Tag {
        name,
        closing,
        rest,
    })
}

/// What follows the `>` that stands in no quotes; none when there is none.
fn after_quotes(text: &str) -> Option<&str> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(&text[at + 1..]),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// What follows the first `>`; nothing follows a tag that is cut off.
fn after_sign(text: &str) -> &str {
    text.split_once('>').map_or("", |(_, rest)| rest)
}

fn is_known(name: &str) -> bool {
    BLOCKS
        .iter()
        .chain(&INLINE)
        .any(|known| known.eq_ignore_ascii_case(name))
}

/// Plain text as it grows. Blanks and line ends are held back until something follows them.
#[derive(Default)]
struct Text {
    out: String,
    blank: bool,
    line_ends: usize,
    /// Quotes do not pair, so that no tag heeds them any more: looking for their ends again and again would take for ever.
    unpaired: bool,
}

impl Text {
    fn push_str(&mut self, text: &str) {
        for (number, word) in text.split([' ', '\n', '\t', '\r']).enumerate() {
            self.blank |= number > 0;
            if !word.is_empty() {
                self.word(word);
            }
        }
    }

    fn word(&mut self, word: &str) {
        if !self.out.is_empty() {
            if self.line_ends > 0 {
                self.out
                    .extend(std::iter::repeat_n('\n', self.line_ends.min(2)));
            } else if self.blank {
                self.out.push(' ');
            }
        }
        (self.blank, self.line_ends) = (false, 0);
        self.out.push_str(word);
    }

    /// Takes the reference at the start, or its `&` as a sign.
    fn reference<'a>(&mut self, text: &'a str) -> &'a str {
        let found = reference(text).and_then(|(name, rest)| Some((resolve(name)?, rest)));
        let Some((characters, rest)) = found else {
            self.push_str("&");
            return &text[1..];
        };
        match characters.as_str() {
            "\u{a0}" => self.blank = true,
            characters => self.push_str(characters),
        }
        rest
    }

    /// Takes the tag or comment at the start, or its `<` as a sign.
    fn markup<'a>(&mut self, text: &'a str) -> &'a str {
        if let Some(comment) = text.strip_prefix("<!--") {
            return comment.split_once("-->").map_or("", |(_, rest)| rest);
        }
        let Some(tag) = opening(text) else {
            self.push_str("<");
            return &text[1..];
        };
        let name = tag.name.to_ascii_lowercase();
        let rest = self.after_attributes(tag.rest);
        match name.as_str() {
            "br" => self.line_ends += 1,
            "script" | "style" if !tag.closing => return after_closing(rest, &name),
            "p" => self.line_ends = self.line_ends.max(2),
            name if BLOCKS.contains(&name) => self.line_ends = self.line_ends.max(1),
            _ => {}
        }
        rest
    }

    fn after_attributes<'a>(&mut self, text: &'a str) -> &'a str {
        if !self.unpaired
            && let Some(rest) = after_quotes(text)
        {
            return rest;
        }
        self.unpaired = true;
        after_sign(text)
    }

    fn finished(self) -> String {
        self.out
    }
}

/// What follows the closing tag of an element whose content is no text.
fn after_closing<'a>(text: &'a str, name: &str) -> &'a str {
    let mut closings = text
        .match_indices("</")
        .filter_map(|(at, _)| opening(&text[at..]));
    closings
        .find(|tag| tag.name.eq_ignore_ascii_case(name))
        .map_or("", |tag| after_sign(tag.rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tags_go_and_blocks_become_lines() {
        for (html, text) in [
            (
                "<p>One &amp; <b>two</b></p>\n<p>three</p>",
                "One & two\n\nthree",
            ),
            ("a<br/>b<BR>c", "a\nb\nc"),
            ("<ul><li>x</li><li>y</li></ul>z", "x\ny\nz"),
            ("<img src='a>b' alt=\"x\"> text ", "text"),
            ("<style>p { }</style><script>if (a<b) x</script>y", "y"),
            ("a <!-- b --> c", "a c"),
            ("3 < 5 > 2 && x", "3 < 5 > 2 && x"),
            ("<p>cut off <a href=", "cut off"),
            ("<a title=\"it's' x>y</a>", "y"),
            (
                "It&#8217;s&nbsp;&hellip; &#150; &notaname; &#x1F600;",
                "It’s … – &notaname; 😀",
            ),
            ("<p></p><div> </div>", ""),
        ] {
            assert_eq!(plain(html), text, "{html}");
        }
    }

    #[test]
    fn html_is_known_by_its_tags_and_references() {
        for html in [
            "<p>x",
            "a<br>b",
            "x <A HREF='y'>z</A>",
            "It&#8217;s",
            "caf&eacute;",
            "</div>",
        ] {
            assert!(is_html(html), "{html}");
        }
        for text in [
            "plain",
            "3 < 5 & 6 > 2",
            "Tom &amp; Jerry &lt;3",
            "<live> now",
            "a &foo; b",
            "R&D; x",
            "<b",
            "&",
        ] {
            assert!(!is_html(text), "{text}");
        }
    }

    #[test]
    fn hostile_markup_takes_no_longer_than_other_text() {
        for piece in [
            "<a '>\"<b \">'",
            "<script></script \"",
            "<a ",
            "<",
            "&x;",
            "<!--",
            "&",
        ] {
            let text = format!("<p>{}", piece.repeat((1 << 18) / piece.len()));
            assert!(is_html(&text));
            assert!(plain(&text).len() <= text.len());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_makes_it_panic(parts in prop::collection::vec(prop_oneof![
            any::<String>(),
            prop::sample::select(vec!["<", ">", "&", ";", "<p", "</", "<!--", "'", "\"", "&#", "<script>", "é"]).prop_map(str::to_owned),
        ], 0..12)) {
            let text = parts.concat();
            is_html(&text);
            prop_assert!(plain(&text).len() <= 2 * text.len());
        }
    }
}
