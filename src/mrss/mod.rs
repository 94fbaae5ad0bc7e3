//! Media RSS as a format: feeds as Dailymotion reads them (contracts/dailymotion-pull.md 3 to 7).
//!
//! [`Writer`] writes ours, [`read`] reads those of others. Nothing here decides *which* videos are listed, and nothing reads
//! a network, a store or a clock.

pub mod check;
mod cut;
mod dates;
mod declaration;
mod dm;
mod escape;
mod fit;
mod item;
mod languages;
mod markup;
pub mod read;
#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod samples;

use crate::{
    config::{CategoryCarrier, Feed, Level},
    model::Timestamp,
};

use markup::{attribute, element, put};

/// Moves when the same rows and settings would give other bytes; part of a feed's `ETag`.
pub const RENDERER_VERSION: u32 = 2;

/// The head of a feed.
#[derive(Clone, Copy, Debug)]
pub struct Channel<'a> {
    pub title: &'a str,
    /// The creator's site.
    pub link: &'a str,
    pub description: &'a str,
    /// The address of this very document.
    pub self_url: &'a str,
    /// The address of the page after this one; none on the last, and none in a feed that is streamed.
    pub next_url: Option<&'a str>,
    /// When the feed last changed. Not the present moment: two requests of an unchanged feed get the same bytes.
    pub changed_at: Timestamp,
}

impl Channel<'_> {
    /// The title, for which the feed's address stands in where it says nothing: no reader takes a channel without one.
    fn shown_title(&self) -> &str {
        if escape::shows(self.title) {
            self.title
        } else {
            self.self_url
        }
    }

    /// The creator's site, for which the feed's address stands in where it is no address of a web page.
    fn shown_link(&self) -> &str {
        if fit::is_page(self.link) {
            self.link
        } else {
            self.self_url
        }
    }
}

/// Writes feeds in the shape that the settings ask for. Made once, it is used for every feed.
///
/// A feed is [`open`](Self::open), any number of [`item`](Self::item), [`close`](Self::close), each appended to a
/// buffer of the caller's. Where the next page is known only after the items, they are written to a buffer of their
/// own first and the head to another that is sent before it: readers want the channel's elements ahead of the items.
#[derive(Clone, Debug)]
pub struct Writer {
    settings: Feed,
    dm_of_item: Vec<dm::Element>,
    dm_of_content: Vec<dm::Element>,
}

impl Writer {
    /// A writer for these settings.
    pub fn new(feed: &Feed) -> Self {
        let dm_at = |level| {
            feed.dm
                .iter()
                .filter(|mapping| mapping.level == level)
                .map(dm::Element::from)
                .collect()
        };
        Self {
            settings: feed.clone(),
            dm_of_item: dm_at(Level::Item),
            dm_of_content: dm_at(Level::Content),
        }
    }

    /// Writes everything that stands before the items.
    pub fn open(&self, out: &mut Vec<u8>, channel: &Channel<'_>) {
        put(
            out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"\
             \n xmlns:media=\"http://search.yahoo.com/mrss/\"\
             \n xmlns:dcterms=\"http://purl.org/dc/terms/\"",
        );
        if self.settings.declare_dm || !self.settings.dm.is_empty() {
            attribute(out, "\n xmlns:dm=\"", Some(dm::NAMESPACE));
        }
        put(
            out,
            "\n xmlns:atom=\"http://www.w3.org/2005/Atom\">\n<channel>\n",
        );
        element(out, "<title>", channel.shown_title(), "</title>\n");
        element(out, "<link>", channel.shown_link(), "</link>\n");
        element(
            out,
            "<description>",
            channel.description,
            "</description>\n",
        );
        put(out, "<lastBuildDate>");
        dates::rfc_822(out, channel.changed_at);
        put(out, "</lastBuildDate>\n");
        if self.settings.generator {
            put(out, "<generator>mcnd</generator>\n");
        }
        link(out, "self", channel.self_url);
        if let Some(next_url) = channel.next_url {
            link(out, "next", next_url);
        }
    }

    /// Writes what ends the document.
    pub fn close(&self, out: &mut Vec<u8>) {
        put(out, "</channel>\n</rss>\n");
    }

    fn carries(&self, carrier: CategoryCarrier) -> bool {
        self.settings.category.contains(&carrier)
    }
}

fn link(out: &mut Vec<u8>, relation: &str, address: &str) {
    put(out, "<atom:link");
    attribute(out, " rel=\"", Some(relation));
    attribute(out, " href=\"", Some(address));
    put(out, " type=\"application/rss+xml\"/>\n");
}

#[cfg(test)]
mod tests {
    use crate::{
        config::{CategoryCarrier, Config, DmAttribute, DmForm, DmMapping, Feed, Level},
        model::ListedVideo,
    };

    use super::{
        Channel, Writer,
        samples::{NINE, feed, paper_boats},
    };

    fn settings() -> Feed {
        Config::default().feed
    }

    #[test]
    fn a_drained_feed_is_a_whole_document_without_items() {
        let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"
 xmlns:media="http://search.yahoo.com/mrss/"
 xmlns:dcterms="http://purl.org/dc/terms/"
 xmlns:dm="http://www.dailymotion.com/dmrss/"
 xmlns:atom="http://www.w3.org/2005/Atom">
<channel>
<title>Demo &#x26; Creator</title>
<link>https://demo.example/?a=1&#x26;b=2</link>
<description>Videos of &#x3C;Demo&#x3E;</description>
<lastBuildDate>Tue, 01 Sep 2026 09:00:00 +0000</lastBuildDate>
<generator>mcnd</generator>
<atom:link rel="self" href="https://mcn.example/feeds/demo.xml?a=1&#x26;b=2" type="application/rss+xml"/>
</channel>
</rss>
"#;
        assert_eq!(feed(&settings(), None, &[]), expected);
    }

    #[test]
    fn a_channel_that_names_nothing_usable_is_named_by_its_address() {
        let writer = Writer::new(&settings());
        for (title, link) in [(" \u{1}", "/relative"), ("", "my site"), ("\t", "")] {
            let mut out = Vec::new();
            let address = "https://mcn.example/feeds/demo.xml";
            writer.open(
                &mut out,
                &Channel {
                    title,
                    link,
                    description: "Videos",
                    self_url: address,
                    next_url: None,
                    changed_at: NINE,
                },
            );
            let head = String::from_utf8(out).unwrap();
            assert!(
                head.contains(&format!("<title>{address}</title>")),
                "{head}"
            );
            assert!(head.contains(&format!("<link>{address}</link>")), "{head}");
        }
    }

    #[test]
    fn the_next_page_is_linked_ahead_of_the_items() {
        let text = feed(
            &settings(),
            Some("https://mcn.example/next"),
            &[paper_boats()],
        );
        let next = text
            .find(r#"<atom:link rel="next" href="https://mcn.example/next""#)
            .unwrap();
        assert!(next < text.find("<item>").unwrap());
    }

    #[test]
    fn the_namespace_of_dailymotion_is_declared_when_asked_for_or_needed() {
        let mut quiet = settings();
        quiet.declare_dm = false;
        quiet.generator = false;
        let bare = feed(&quiet, None, &[paper_boats()]);
        assert!(!bare.contains("xmlns:dm"));
        assert!(!bare.contains("<generator>"));

        quiet.dm = vec![DmMapping {
            attribute: DmAttribute::MadeForKids,
            element: "forKids".to_owned(),
            level: Level::Item,
            form: DmForm::YesNo,
        }];
        let mapped = feed(&quiet, None, &[paper_boats()]);
        let document = roxmltree::Document::parse(&mapped).unwrap();
        let element = document
            .descendants()
            .find(|node| node.has_tag_name(("http://www.dailymotion.com/dmrss/", "forKids")))
            .unwrap();
        assert_eq!(element.text(), Some("no"));
        assert!(element.parent().unwrap().has_tag_name("item"));
    }

    fn categories(carriers: &[CategoryCarrier], video: &ListedVideo<'_>) -> Vec<String> {
        let mut settings = settings();
        settings.category = carriers.to_vec();
        let text = feed(&settings, None, std::slice::from_ref(video));
        text.lines()
            .filter(|line| line.contains("category>"))
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn the_category_goes_into_every_carrier_asked_for() {
        use CategoryCarrier::{Category, MediaCategory};

        let video = paper_boats();
        let [media, plain] = [
            "<media:category>creation</media:category>",
            "<category>creation</category>",
        ];
        assert_eq!(categories(&[MediaCategory], &video), [media]);
        assert_eq!(categories(&[Category], &video), [plain]);
        assert_eq!(
            categories(&[MediaCategory, Category], &video),
            [plain, media]
        );
        assert!(categories(&[], &video).is_empty());
    }
}
