//! Whatever a catalog holds, two parsers that know nothing of each other read it back from the feed.

use proptest::prelude::*;
use quick_xml::{Reader, events::Event};
use roxmltree::Document;

use super::{
    cut::{self, cut},
    escape,
    samples::{feed, paper_boats},
};
use crate::config::{Config, Feed, Level};

const MEDIA: &str = "http://search.yahoo.com/mrss/";

fn settings(level: Level) -> Feed {
    let mut settings = Config::default().feed;
    settings.level = level;
    settings
}

fn kept(text: &str, limit: usize) -> String {
    let written = |character: &char| !escape::is_dropped(*character);
    cut(text, limit).chars().filter(written).collect()
}

/// The text of each element as quick-xml reads it, by name with prefix.
fn read_by_quick_xml(feed: &str) -> Vec<(String, String)> {
    let mut reader = Reader::from_str(feed);
    let mut texts = Vec::new();
    let mut open = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => {
                open.push((tag.name().as_ref().to_owned(), String::new()));
            }
            Event::Text(text) => {
                if let Some((_, content)) = open.last_mut() {
                    content.push_str(&text.xml10_content());
                }
            }
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().unwrap().unwrap();
                open.last_mut().unwrap().1.push(character);
            }
            Event::End(_) => texts.push(open.pop().unwrap()),
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(open.is_empty());
    texts
}

fn read_by_roxmltree(
    document: &Document<'_>,
    namespace: Option<&str>,
    name: &str,
) -> Option<String> {
    let item = document
        .descendants()
        .find(|node| node.has_tag_name("item"))?;
    let element = item
        .descendants()
        .find(|node| node.tag_name().name() == name && node.tag_name().namespace() == namespace)?;
    Some(element.text().unwrap_or_default().to_owned())
}

/// Texts of any characters, those that feeds have trouble with more often than others.
pub(super) fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        any::<String>(),
        "[\\x00-\\x20\\x7f-\\u{9f}]{1,5}",
        prop::sample::select(vec![
            "]]>",
            "<![CDATA[",
            "<live>",
            "&amp;",
            "&#0;",
            "\r\n",
            "\u{202e}",
            "\u{fffe}",
            "👩\u{200d}🚒",
            "e\u{301}",
            "-->",
            "\"'",
            "</title>",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn two_parsers_read_back_any_text(
        title in text(), description in text(), category in text(), guid in text(), media_type in text(), repeat in 1_usize..60,
        content_level in any::<bool>(),
    ) {
        let title = format!("t{}", title.repeat(repeat));
        let description = description.repeat(repeat * 10);
        let guid = format!("g{}", guid.replace(escape::is_dropped, ""));
        let mut video = paper_boats();
        (video.title, video.guid) = (&title, &guid);
        (video.description, video.category) = (Some(description.as_str()), Some(category.as_str()));
        video.media_type = Some(&media_type);
        let level = if content_level { Level::Content } else { Level::Item };
        let feed = feed(&settings(level), None, &[video]);
        prop_assert!(!feed.contains("<![CDATA["));

        let document = Document::parse(&feed).unwrap();
        let texts = read_by_quick_xml(&feed);
        let title = kept(&title, cut::TITLE);
        let description = kept(&description, cut::DESCRIPTION);
        let category = kept(&category, usize::MAX);
        for (prefix, name, expected) in [
            ("", "title", &title),
            ("", "description", &description),
            ("", "guid", &guid),
            ("media:", "title", &title),
            ("media:", "description", &description),
            ("media:", "category", &category),
        ] {
            let namespace = (!prefix.is_empty()).then_some(MEDIA);
            let read = read_by_roxmltree(&document, namespace, name);
                prop_assert_eq!(read.as_ref(), Some(expected));
            let found = (format!("{prefix}{name}"), expected.clone());
            prop_assert!(texts.contains(&found), "{:?} in {:?}", found, texts);
        }
        let content = document.descendants().find(|node| node.has_tag_name((MEDIA, "content"))).unwrap();
        let media_type = kept(&media_type, usize::MAX);
        prop_assert_eq!(content.attribute("type"), Some(media_type.as_str()));
    }
}
