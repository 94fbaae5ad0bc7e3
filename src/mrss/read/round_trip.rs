//! What our own feeds say comes back as it was; what anyone else's say makes no reader panic.

use proptest::prelude::*;

use super::{Item, Reader};
use crate::{
    config::{CategoryCarrier, Config, Level},
    model::{Column, Fields, ListedVideo, Timestamp},
    mrss::{
        cut, escape,
        samples::{feed, paper_boats},
    },
};

fn items(document: &[u8]) -> Vec<Item> {
    let mut reader = Reader::open(document, Vec::new(), None).unwrap();
    std::iter::from_fn(|| reader.next_item().unwrap()).collect()
}

/// What an item says, as a new video gets it.
fn fields(item: &Item) -> Fields {
    let mut fields = Fields::default();
    for (column, text) in &item.cells {
        fields.set(*column, text.as_deref()).unwrap();
    }
    let category = item.categories.first().map(String::as_str);
    fields.set(Column::Category, category).unwrap();
    fields.set(Column::Tags, item.keywords.as_deref()).unwrap();
    fields
}

/// What of a video a feed says without any element of Dailymotion's own.
fn said(video: &ListedVideo<'_>) -> Fields {
    let text = |text: Option<&str>| text.map(str::to_owned);
    Fields {
        title: Some(video.title.to_owned()),
        description: text(video.description),
        category: text(video.category),
        tags: text(video.tags),
        language: text(video.language),
        country: None,
        link: text(video.link),
        media_url: Some(video.media_url.to_owned()),
        media_type: text(video.media_type),
        media_size: video.media_size,
        duration: video.duration,
        width: video.width,
        height: video.height,
        thumbnail_url: text(video.thumbnail_url),
        published_at: video.published_at,
        starts_at: video.starts_at,
        ends_at: video.ends_at,
        geo: text(video.geo),
        made_for_kids: None,
        private: None,
        explicit: video.explicit,
    }
}

/// Texts of any characters, those that feeds have trouble with more often than others; none that is never written.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        any::<String>(),
        prop::sample::select(vec![
            "]]>",
            "<![CDATA[",
            "<live>",
            "<p>",
            "</b>",
            "&amp;",
            "&eacute;",
            "&#8217;",
            "\r\n",
            "\r",
            "\t",
            "\u{202e}",
            "👩\u{200d}🚒",
            "-->",
            "\"'",
            "</title>",
            " ",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(part, 0..8)
        .prop_map(|parts| parts.concat().replace(escape::is_dropped, ""))
}

/// A text of one line as the catalog holds it: not empty, without blanks around.
fn trimmed(longest: usize) -> impl Strategy<Value = String> {
    text().prop_map(move |text| {
        let text = text.chars().take(longest).collect::<String>();
        format!("x{}", text.trim())
    })
}

fn moment() -> impl Strategy<Value = Timestamp> {
    (0_i64..4_000_000_000).prop_map(|seconds| Timestamp::from_millis(seconds * 1000))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn our_own_feeds_come_back_without_loss(
        title in trimmed(cut::TITLE - 1), description in prop::option::of(text()), category in prop::option::of(trimmed(50)),
        guid in trimmed(200), tags in prop::option::of(prop::collection::vec("[a-zé&<]{1,9}", 1..4)),
        numbers in prop::option::of((1024_i64..1 << 40, 1_i64..86_400, 1_i64..9000)),
        moments in prop::option::of((moment(), moment(), moment())),
        explicit in prop::bool::ANY, full in prop::bool::ANY, content_level in prop::bool::ANY,
        html in prop::bool::ANY, plain_category in prop::bool::ANY,
    ) {
        let description = description.filter(|text| !text.trim().is_empty());
        let tags = tags.map(|tags| tags.join(","));
        let mut video = paper_boats();
        (video.title, video.guid) = (&title, &guid);
        (video.description, video.category) = (description.as_deref(), category.as_deref());
        video.tags = tags.as_deref();
        video.media_size = numbers.map(|(size, _, _)| size);
        video.duration = numbers.map(|(_, duration, _)| duration);
        (video.width, video.height) = (numbers.map(|(_, _, pixels)| pixels), None);
        video.published_at = moments.map(|(at, _, _)| at);
        video.starts_at = moments.map(|(_, at, _)| at);
        video.ends_at = moments.map(|(_, _, at)| at);
        video.explicit = explicit.then_some(true);
        if full {
            (video.language, video.link) = (Some("fil"), Some("https://demo.example/?a=1&b=2#c"));
            video.geo = Some("allow FR XK");
        } else {
            (video.thumbnail_url, video.geo, video.media_type) = (None, None, None);
        }
        let mut settings = Config::default().feed;
        settings.level = if content_level { Level::Content } else { Level::Item };
        settings.html_description = html;
        settings.category = if plain_category { vec![CategoryCarrier::Category] } else {
            vec![CategoryCarrier::MediaCategory, CategoryCarrier::Category]
        };
        let document = feed(&settings, Some("https://mcn.example/next"), &[video, paper_boats()]);
        let items = items(document.as_bytes());
        prop_assert_eq!(items.len(), 2);
        prop_assert_eq!(items[0].guid.as_deref(), Some(guid.as_str()));
        prop_assert_eq!(fields(&items[0]), said(&video));
        prop_assert_eq!(fields(&items[1]), said(&paper_boats()));
        prop_assert!(items.iter().all(|item| item.warnings.is_empty() && item.faults.is_empty()), "{:?}", items);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        parts in prop::collection::vec(prop::sample::select(vec![
            "<rss>", "<feed>", "<item>", "</item>", "<media:content url='a'", ">", "/>", "<guid>", "</guid>", "&#0;", "&nbsp;", "&",
            "<![CDATA[", "]]>", "<!--", "-->", "<?xml", "?>", " xml:base='..'", "<title><p>", "</p>", "<!DOCTYPE", "\u{feff}", "é",
            "<dcterms:valid>start=", ";", "</rss>", "<pubDate>1 Sep", "</pubDate>", "<description type='xhtml'>", "</description>",
        ]), 0..40),
    ) {
        let document = [parts.concat().as_bytes(), &bytes].concat();
        for document in [&bytes, &document] {
            if let Ok(mut reader) = Reader::open(&document[..], vec!["title".to_owned()], None) {
                while let Ok(Some(_)) = reader.next_item() {}
            }
        }
    }
}
