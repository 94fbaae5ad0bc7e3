//! Text of any kind, put below preflight straight into the catalog: the feed still parses.

use quick_xml::{Reader, events::Event};
use serde_json::json;

use crate::harness::{
    app::{TestApp, guids_in},
    both,
    databases::Kind,
};

/// Everything that XML 1.0 forbids in text but NUL, and what may end or begin markup.
fn hostile() -> String {
    let controls = (1..0x20_u8).map(char::from);
    let forbidden = controls.chain(['\u{7f}', '\u{85}', '\u{fffe}', '\u{ffff}']);
    let rest = "]]>]]]]>><![CDATA[<!-- -- --> <?pi?> <b>&amp;&lt;&#0;&nbsp;\"' \u{202e}rtl\u{200f} \u{feff} 👩‍👩‍👧‍👦😀\u{10ffff} e\u{301}";
    forbidden.chain(rest.chars()).collect()
}

/// The same as an expression of SQL.
fn quoted(test: &TestApp, words: &str) -> String {
    let plain = format!("'{}'", words.replace('\'', "''"));
    match test.database.kind() {
        // NUL fits into text of SQLite only, and only by way of bytes.
        Kind::Sqlite => {
            let bytes = format!("\0{words}\0").into_bytes();
            let hex = bytes
                .iter()
                .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
            format!("CAST(X'{hex}' AS TEXT)")
        }
        Kind::Postgres => plain,
    }
}

/// Reads a document to its end with quick-xml, text included.
fn items_by_quick_xml(document: &str) -> usize {
    let mut reader = Reader::from_str(document);
    reader.config_mut().check_end_names = true;
    let mut items = 0;
    loop {
        match reader
            .read_event()
            .unwrap_or_else(|error| panic!("{error}: {document}"))
        {
            Event::Eof => return items,
            Event::Start(tag) => {
                items += usize::from(tag.name().as_ref() == "item");
                tag.attributes()
                    .for_each(|attribute| drop(attribute.unwrap()));
            }
            _ => {}
        }
    }
}

both!(
    async fn hostile_text_gives_a_feed_that_two_parsers_read(db: TestDatabase) {
        let test = TestApp::start(db, &[]).await;
        test.creator("a").await;
        test.videos("a", &["g1", "g2", "g3"]).await;
        let full = json!({ "description": "d", "tags": "t", "language": "en", "country": "FR", "link": "https://e.example/",
            "thumbnail_url": "https://e.example/t.jpg" });
        test.video("a", "g1", full).await;
        let hostile = quoted(&test, &hostile());
        for column in [
            "title",
            "description",
            "tags",
            "language",
            "country",
            "link",
            "category",
            "thumbnail_url",
            "media_type",
        ] {
            test.database.sql(&format!(
                "UPDATE videos SET {column} = {hostile} WHERE guid = 'g1'"
            ));
        }
        test.database.sql(&format!(
            "UPDATE creators SET name = {hostile}, link = {hostile}"
        ));
        test.database.sql(&format!(
            "UPDATE videos SET title = '{}' WHERE guid = 'g2'",
            "😀".repeat(1 << 18)
        ));
        let feed = test.feed("a").await;
        let feed = feed.text();
        assert_eq!(guids_in(feed), ["g1", "g2", "g3"]);
        assert_eq!(items_by_quick_xml(feed), 3);
        let document = roxmltree::Document::parse(feed).unwrap();
        let titles = document.descendants().filter(|node| {
            let name = node.tag_name();
            name.namespace().is_none()
                && name.name() == "title"
                && node.parent().unwrap().has_tag_name("item")
        });
        let titles: Vec<_> = titles.map(|node| node.text().unwrap_or_default()).collect();
        assert!(
            titles[0].contains("]]>]]]]>><![CDATA[<!-- -- --> <?pi?> <b>&amp;&lt;&#0;"),
            "{}",
            titles[0]
        );
        assert!(titles[0].contains("👩‍👩‍👧‍👦😀\u{10ffff}"), "{}", titles[0]);
        assert!(
            !titles[0]
                .chars()
                .any(|letter| letter < ' ' && !"\t\n\r".contains(letter))
        );
        assert!(
            (1..=255).contains(&titles[1].chars().count())
                && titles[1].chars().all(|letter| letter == '😀')
        );
        let list = test.get("/users.json").await.expect(200).json();
        assert_eq!(list.as_array().unwrap().len(), 1);
    }
);
