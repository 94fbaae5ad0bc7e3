//! Descriptions are read as HTML. This is an approximation of a strict HTML parser: it knows tags, attributes and
//! references, and not how elements nest.

use url::Url;

use super::{
    finding::{Found, Objector, Rule, short},
    node::Node,
};

const CATALOG: &str = "plain descriptions go out as the catalog has them, because Dailymotion keeps plain text; \
                       `feed.html_description = true` escapes them as HTML";

const DESCRIPTION_NOT_HTML: Rule = Rule::warning(
    "description_not_html",
    Objector::Validator,
    "escape plain text once as HTML and once as XML (`3 &amp;lt; 5`)",
)
.expected(CATALOG);
const DESCRIPTION_UNSAFE: Rule = Rule::warning(
    "description_unsafe",
    Objector::Validator,
    "remove it; readers drop it or refuse the text",
)
.expected(CATALOG);
const DESCRIPTION_RELATIVE: Rule = Rule::warning(
    "description_relative",
    Objector::Validator,
    "write whole addresses: a feed has no place that they start from",
)
.expected(CATALOG);

/// Elements that the validator finds harmless.
const SAFE: &str = "
a abbr acronym address area article aside audio b bdi big blockquote br button canvas caption center cite code col
colgroup command data datagrid datalist dd del details dfn dialog dir div dl dt em eventsource fieldset figcaption
figure footer font form header h1 h2 h3 h4 h5 h6 hgroup hr i img input ins kbd label legend li m main map mark menu
meter nav noscript ol optgroup option output p picture pre progress q rp rt ruby s samp section select small source
span strike strong sub summary sup table tbody td template textarea tfoot th thead time tr track tt u ul var video wbr";

/// Further elements of HTML, which it takes for a risk.
const RISKY: &str = "
applet base basefont bdo body comment embed frame frameset head html iframe isindex link listing meta noframes object
param plaintext script slot style title xmp";

/// Named references in wide use; a strict reader knows two thousand more.
const REFERENCES: &str = "
amp lt gt quot apos nbsp copy reg trade hellip mdash ndash lsquo rsquo ldquo rdquo laquo raquo bull middot euro pound
yen cent sect para deg plusmn times divide frac12 frac14 frac34 agrave aacute acirc atilde auml aring aelig ccedil
egrave eacute ecirc euml igrave iacute icirc iuml ntilde ograve oacute ocirc otilde ouml oslash ugrave uacute ucirc uuml
yacute yuml szlig thorn eth Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute
Icirc Iuml Ntilde Ograve Oacute Ocirc Otilde Ouml Oslash Ugrave Uacute Ucirc Uuml Yacute THORN ETH oelig OElig scaron
Scaron iexcl iquest shy ordf ordm sup1 sup2 sup3 micro not macr acute cedil uml brvbar curren larr rarr uarr darr infin
ne le ge asymp minus sum prod radic alpha beta gamma delta epsilon lambda mu pi sigma tau omega Omega Delta thinsp ensp
emsp zwj zwnj lrm rlm sbquo bdquo dagger Dagger permil lsaquo rsaquo spades clubs hearts diams";

fn is_in(list: &str, name: &str) -> bool {
    list.split_ascii_whitespace()
        .any(|known| known.eq_ignore_ascii_case(name))
}

/// The name of the first end tag of HTML, written without blanks.
pub(super) fn known_end_tag(text: &str) -> Option<&str> {
    text.match_indices("</").find_map(|(at, _)| {
        let rest = &text[at + 2..];
        let name = &rest[..rest.find(|c: char| !c.is_ascii_alphanumeric())?];
        let ended = rest[name.len()..].starts_with('>');
        (ended && (is_in(SAFE, name) || is_in(RISKY, name))).then_some(name)
    })
}

/// The first thing that reads as a reference, without its `&`: a known name, or a number.
pub(super) fn reference(text: &str) -> Option<&str> {
    text.match_indices('&').find_map(|(at, _)| {
        let rest = &text[at + 1..];
        let number = rest.strip_prefix('#');
        let name = number.unwrap_or(rest);
        let end = name
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(name.len());
        let name = &name[..end];
        let lettered = name.chars().all(char::is_alphabetic);
        let known = REFERENCES.split_ascii_whitespace().any(|one| one == name);
        (!name.is_empty() && (number.is_some() || known || !lettered)).then_some(name)
    })
}

/// Whether something reads as the beginning of a tag or of a number's reference.
pub(super) fn opens_a_tag(text: &str) -> bool {
    let after = |mark: &str, fits: fn(u8) -> bool| {
        text.match_indices(mark).any(|(at, _)| {
            let next = text.as_bytes().get(at + mark.len());
            next.is_some_and(|byte| fits(*byte))
        })
    };
    after("<", |byte| byte == b'/' || byte.is_ascii_alphabetic())
        || after("&#", |byte| byte == b'x' || byte.is_ascii_digit())
}

/// Checks a text that is read as HTML.
pub(super) fn description(node: &Node, found: &mut Found) {
    let value = node.value();
    if let Some(what) = not_html(value) {
        found.at(node, &DESCRIPTION_NOT_HTML, what);
    }
    for tag in tags(value) {
        unsafe_parts(node, &tag, found);
    }
}

/// What no strict reader of HTML takes.
fn not_html(text: &str) -> Option<String> {
    for (at, _) in text.match_indices('<') {
        let rest = &text[at + 1..];
        let starts = |c: char| c.is_ascii_alphabetic() || "/!?".contains(c);
        if !rest.starts_with(starts) {
            return Some("a `<` stands in the text that begins no tag".to_owned());
        }
    }
    let unknown = tags(text).find(|tag| !is_in(SAFE, tag.name) && !is_in(RISKY, tag.name));
    if let Some(tag) = unknown {
        return Some(format!("`<{}>` is no element of HTML", short(tag.name)));
    }
    for (at, _) in text.match_indices('&') {
        if text[at + 1..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '#')
            && !is_reference(&text[at + 1..])
        {
            return Some("an `&` stands in the text that begins no reference".to_owned());
        }
    }
    None
}

/// Whether a whole reference stands here, its semicolon included.
fn is_reference(text: &str) -> bool {
    let Some((name, _)) = text.split_once(';') else {
        return false;
    };
    match name.strip_prefix('#') {
        Some(number) => match number.strip_prefix(['x', 'X']) {
            Some(hex) => !hex.is_empty() && hex.bytes().all(|byte| byte.is_ascii_hexdigit()),
            None => !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()),
        },
        None => REFERENCES.split_ascii_whitespace().any(|one| one == name),
    }
}

/// A tag of a text.
struct Tag<'t> {
    name: &'t str,
    /// Names and values, quotes taken off.
    attributes: Vec<(&'t str, &'t str)>,
}

/// The start and end tags of a text. One that is not closed reaches to the next one.
fn tags(text: &str) -> impl Iterator<Item = Tag<'_>> {
    text.match_indices('<').filter_map(|(at, _)| {
        let rest = text[at + 1..].trim_start_matches('/');
        if !rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let inside = rest.split(['<', '>']).next().unwrap_or_default();
        let end = inside
            .find(|c: char| c.is_whitespace() || c == '/')
            .unwrap_or(inside.len());
        Some(Tag {
            name: &inside[..end],
            attributes: attributes(&inside[end..]),
        })
    })
}

fn attributes(mut text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    loop {
        text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        let end = text
            .find(|c: char| c.is_whitespace() || c == '=')
            .unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        if text.is_empty() {
            return found;
        }
        let Some(value) = rest.trim_start().strip_prefix('=').map(str::trim_start) else {
            found.push((name, ""));
            text = rest;
            continue;
        };
        let quoted = ['"', '\'']
            .into_iter()
            .find_map(|quote| value.strip_prefix(quote)?.split_once(quote));
        let (value, rest) = quoted.unwrap_or_else(|| {
            let end = value.find(char::is_whitespace).unwrap_or(value.len());
            value.split_at(end)
        });
        found.push((name, value));
        text = rest;
    }
}

fn unsafe_parts(node: &Node, tag: &Tag<'_>, found: &mut Found) {
    if is_in(RISKY, tag.name) {
        let what = format!("the description holds `<{}>`", short(tag.name));
        found.at(node, &DESCRIPTION_UNSAFE, what);
        return;
    }
    for (name, value) in &tag.attributes {
        let handler = name.len() > 2 && name.is_char_boundary(2);
        if handler && name[..2].eq_ignore_ascii_case("on") {
            let what = format!("the description holds the attribute `{}`", short(name));
            found.at(node, &DESCRIPTION_UNSAFE, what);
        }
        let linked = [("a", "href"), ("img", "src")]
            .iter()
            .any(|(element, link)| {
                tag.name.eq_ignore_ascii_case(element) && name.eq_ignore_ascii_case(link)
            });
        if linked && Url::parse(value) == Err(url::ParseError::RelativeUrlWithoutBase) {
            let what = format!("the description links to `{}`", short(value));
            found.at(node, &DESCRIPTION_RELATIVE, what);
        }
    }
}
