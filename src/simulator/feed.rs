//! A feed as a consumer reads it: strict about XML, tolerant about everything else.
//!
//! Elements are known by namespace address, never by prefix. A document that is not well formed is
//! refused as a whole, so that a transfer cut short is never half an import.

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::reader::NsReader;

const MEDIA: Namespace<'_> = Namespace("http://search.yahoo.com/mrss/");
const ATOM: Namespace<'_> = Namespace("http://www.w3.org/2005/Atom");

/// One page of a feed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Feed {
    pub(super) items: Vec<Item>,
    /// The reference of the next page, as written.
    pub(super) next: Option<String>,
    /// Items that could not be used, in words.
    pub(super) problems: Vec<String>,
}

/// What the importer cannot do without (the contract's section 3.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) guid: String,
    pub(super) title: String,
    pub(super) media: String,
}

/// Reads one page; the error says what is wrong with the document.
pub(super) fn parse(body: &[u8]) -> Result<Feed, String> {
    let text = std::str::from_utf8(body).map_err(|error| format!("is not utf-8: {error}"))?;
    if let Some(forbidden) = text.chars().find(|c| !is_xml_char(*c)) {
        return Err(format!("holds {forbidden:?}, which xml forbids"));
    }
    let mut reader = NsReader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    reader.config_mut().enable_all_checks(true);
    let mut page = Page::default();
    loop {
        let (namespace, event) = reader
            .read_resolved_event()
            .map_err(|error| format!("is not well-formed xml: {error}"))?;
        match event {
            Event::Start(element) => page.open(&namespace, &element)?,
            Event::End(_) => page.close(),
            Event::Text(text) if text.contains("]]>") => {
                return Err("has `]]>` in its text".to_owned());
            }
            Event::Text(text) => page.add(&text.xml10_content())?,
            Event::CData(text) => page.add(&text.xml10_content())?,
            Event::GeneralRef(reference) => page.add(&resolve(&reference)?)?,
            Event::Eof => return page.finish(),
            _ => {}
        }
    }
}

/// The elements that matter, told apart by namespace and place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Root,
    Channel,
    Item,
    Guid,
    Title,
    /// Inside an item: `media:group` and whatever else may hold `media:content`.
    Other,
}

/// What has been read so far.
#[derive(Default)]
struct Page {
    path: Vec<Place>,
    rooted: bool,
    item: Item,
    feed: Feed,
}

impl Page {
    fn open(&mut self, space: &ResolveResult<'_>, element: &BytesStart<'_>) -> Result<(), String> {
        let name = element.local_name();
        let name = name.as_ref();
        if let ResolveResult::Unknown(prefix) = space {
            return Err(format!("uses the prefix `{prefix}` without declaring it"));
        }
        // Every element's attributes are read, so that a fault in any of them is found.
        let link = attributes(element)?;
        let place = match (self.path.last(), space, name) {
            (None, ResolveResult::Unbound, "rss") if !self.rooted => Place::Root,
            (None, ..) => {
                return Err(format!(
                    "begins or goes on with `{name}` instead of one `rss`"
                ));
            }
            (Some(Place::Root), ResolveResult::Unbound, "channel") => Place::Channel,
            (Some(Place::Channel), ResolveResult::Unbound, "item") => Place::Item,
            (Some(Place::Item), ResolveResult::Unbound, "guid") => Place::Guid,
            (Some(Place::Item), ResolveResult::Unbound, "title") => Place::Title,
            _ => Place::Other,
        };
        self.rooted = true;
        if place == Place::Item {
            self.item = Item::default();
        }
        self.note_link(space, name, link);
        self.path.push(place);
        Ok(())
    }

    /// Keeps the first file of an item and the channel's reference to its next page.
    fn note_link(&mut self, space: &ResolveResult<'_>, name: &str, link: Attributes) {
        let in_item = self.path.contains(&Place::Item);
        if *space == ResolveResult::Bound(MEDIA) && name == "content" && in_item {
            if self.item.media.is_empty() {
                self.item.media = link.url.unwrap_or_default();
            }
        } else if *space == ResolveResult::Bound(ATOM)
            && name == "link"
            && self.path.last() == Some(&Place::Channel)
            && link.rel.as_deref() == Some("next")
        {
            self.feed.next = link.href;
        }
    }

    /// The reader has checked that the end fits the start.
    fn close(&mut self) {
        if self.path.pop() == Some(Place::Item) {
            let item = std::mem::take(&mut self.item);
            match missing(&item) {
                None => self.feed.items.push(item),
                Some(what) => self.feed.problems.push(format!(
                    "item {} of the page (guid `{}`) has no {what}",
                    self.feed.items.len() + self.feed.problems.len() + 1,
                    item.guid
                )),
            }
        }
    }

    fn add(&mut self, text: &str) -> Result<(), String> {
        match self.path.last() {
            Some(Place::Guid) => self.item.guid.push_str(text),
            Some(Place::Title) => self.item.title.push_str(text),
            None if !text
                .trim_matches(['\u{feff}', ' ', '\t', '\n', '\r'])
                .is_empty() =>
            {
                return Err("has text outside its root element".to_owned());
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(self) -> Result<Feed, String> {
        if !self.rooted {
            return Err("has no root element".to_owned());
        }
        if !self.path.is_empty() {
            return Err(format!("ends with {} elements open", self.path.len()));
        }
        Ok(self.feed)
    }
}

/// The mandatory part that an item lacks.
fn missing(item: &Item) -> Option<&'static str> {
    if item.guid.is_empty() {
        Some("guid")
    } else if item.title.is_empty() {
        Some("title")
    } else if item.media.is_empty() {
        Some("`media:content` with an address")
    } else {
        None
    }
}

/// The attributes of interest.
#[derive(Default)]
struct Attributes {
    url: Option<String>,
    rel: Option<String>,
    href: Option<String>,
}

fn attributes(element: &BytesStart<'_>) -> Result<Attributes, String> {
    let mut found = Attributes::default();
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|error| format!("has a broken attribute: {error}"))?;
        let value = attribute
            .normalized_value_with(XmlVersion::Implicit1_0, 2, resolve_xml_entity)
            .map_err(|error| format!("has a broken attribute value: {error}"))?;
        if attribute.value.contains('<') || !value.chars().all(is_xml_char) {
            return Err("has an attribute value that xml forbids".to_owned());
        }
        match attribute.key.as_ref() {
            "url" => found.url = Some(value.into_owned()),
            "rel" => found.rel = Some(value.into_owned()),
            "href" => found.href = Some(value.into_owned()),
            _ => {}
        }
    }
    Ok(found)
}

fn resolve(reference: &BytesRef<'_>) -> Result<String, String> {
    let character = reference
        .resolve_char_ref()
        .map_err(|error| format!("has a broken character reference: {error}"))?;
    match character {
        Some(character) if is_xml_char(character) => Ok(character.to_string()),
        Some(character) => Err(format!("refers to {character:?}, which xml forbids")),
        None => resolve_xml_entity(reference)
            .map(str::to_owned)
            .ok_or_else(|| format!("refers to the unknown entity `{}`", &**reference)),
    }
}

/// The production `Char` of XML 1.0.
fn is_xml_char(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:m="http://search.yahoo.com/mrss/" xmlns:a="http://www.w3.org/2005/Atom"><channel>
<title>c</title><description>d</description>"#;

    fn read(items: &str) -> Result<Feed, String> {
        parse(format!("{HEAD}{items}</channel></rss>\n").as_bytes())
    }

    fn item(guid: &str, title: &str) -> Item {
        Item {
            guid: guid.to_owned(),
            title: title.to_owned(),
            media: "http://h/v.mp4?a=1&b=2".to_owned(),
        }
    }

    #[test]
    fn items_are_known_by_namespace_and_text_is_unescaped() {
        let feed = read(
            r#"<item><title>a &amp; b<![CDATA[ <c>]]>&#x1F600;</title><guid isPermaLink="false">g-1</guid>
               <m:group><m:content url="http://h/v.mp4?a=1&amp;b=2"><m:title>not this</m:title></m:content>
               <m:content url="http://h/other.mp4"/></m:group></item>"#,
        );
        assert_eq!(feed.unwrap().items, [item("g-1", "a & b <c>\u{1F600}")]);
    }

    #[test]
    fn a_next_page_is_offered_by_the_channel() {
        let feed =
            read(r#"<a:link rel="self" href="s"/><a:link rel="next" href="n?a=1&amp;b=2"/>"#);
        assert_eq!(feed.unwrap().next.as_deref(), Some("n?a=1&b=2"));
    }

    #[test]
    fn an_item_without_a_mandatory_part_is_named() {
        let feed = read("<item><title>t</title><guid>g</guid></item>").unwrap();
        assert!(feed.items.is_empty());
        assert_eq!(
            feed.problems,
            ["item 1 of the page (guid `g`) has no `media:content` with an address"]
        );
    }

    #[test]
    fn every_prefix_of_a_document_is_refused() {
        let whole = format!(
            r#"{HEAD}<item><title>é</title><guid>g</guid><m:content url="u"/></item></channel></rss>"#
        );
        assert_eq!(parse(whole.as_bytes()).unwrap().items.len(), 1);
        for length in 0..whole.len() {
            assert!(
                parse(&whole.as_bytes()[..length]).is_err(),
                "cut at {length}"
            );
        }
    }

    #[test]
    fn what_xml_forbids_is_refused() {
        for bad in [
            "<item><title>\u{1}</title></item>",
            "<item><title>&#1;</title></item>",
            "<item><title>\u{ffff}</title></item>",
            "<item><title>&nbsp;</title></item>",
            "<item><title>a & b</title></item>",
            "<item><title>a ]]> b</title></item>",
            r#"<item><m:content url="&#8;"/></item>"#,
            r#"<item><m:content url="a" url="b"/></item>"#,
            "<item><x:y/></item>",
            "<item></title></item>",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert!(parse(b"<html></html>").is_err());
        assert!(parse(b"<rss></rss><rss></rss>").is_err());
        assert!(parse(b"<rss></rss>words").is_err());
        assert!(parse(b"").is_err());
    }
}
