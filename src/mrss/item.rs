//! One video as an item: RSS, validity, the media file and what Media RSS says of it (contracts/dailymotion-pull.md 4.2, 4.3).

use std::ops::Range;

use crate::{
    config::{CategoryCarrier, Level},
    model::{ListedVideo, Timestamp, is_emittable},
};

use super::{
    Writer,
    cut::{self, cut},
    dates, escape, fit, languages,
    markup::{attribute, element, keywords, number, optional, put},
};

/// Where texts stand in the buffer that the item says twice: copying them costs less than escaping them again.
struct Said {
    title: Range<usize>,
    /// None where the item's own is escaped another way.
    description: Option<Range<usize>>,
}

impl Writer {
    /// Writes one video. Returns false, and writes nothing, for one that must not stand in a feed as it is:
    ///
    /// * its media address is not one that Dailymotion fetches, or has characters that no address may have;
    /// * nothing of its title could be seen, and Dailymotion demands one;
    /// * its guid is empty or would lose a character, so that no report could be matched to it;
    /// * its geo rule is none, and leaving the rule out would show the video everywhere.
    #[must_use]
    pub fn item(&self, out: &mut Vec<u8>, video: &ListedVideo<'_>) -> bool {
        let sound = is_emittable(video.media_url)
            && escape::shows(video.title)
            && fit::is_whole(video.guid)
            && video.geo.is_none_or(fit::is_rule);
        if !sound {
            return false;
        }
        put(out, "<item>\n");
        let said = self.rss(out, video);
        self.media(out, video, &said);
        put(out, "</item>\n");
        true
    }

    /// The elements that stand at item level whatever the settings say.
    fn rss(&self, out: &mut Vec<u8>, video: &ListedVideo<'_>) -> Said {
        put(out, "<title>");
        let title = span(out, |out| escape::text(out, cut(video.title, cut::TITLE)));
        put(out, "</title>\n");
        if let Some(link) = video.link.filter(|link| fit::is_page(link)) {
            element(out, "<link>", link, "</link>\n");
        }
        let description = video
            .description
            .and_then(|description| self.description(out, description));
        element(out, "<guid isPermaLink=\"false\">", video.guid, "</guid>\n");
        if let Some(moment) = video.published_at {
            put(out, "<pubDate>");
            dates::rfc_822(out, moment);
            put(out, "</pubDate>\n");
        }
        valid(out, video.starts_at, video.ends_at);
        if self.carries(CategoryCarrier::Category) {
            optional(out, "<category>", video.category, "</category>\n");
        }
        for element in &self.dm_of_item {
            element.write(out, video);
        }
        Said { title, description }
    }

    /// The item's own description; where it stands if it is plain text.
    fn description(&self, out: &mut Vec<u8>, description: &str) -> Option<Range<usize>> {
        let html = self.settings.html_description;
        let escape = if html { escape::html } else { escape::text };
        put(out, "<description>");
        let place = span(out, |out| escape(out, cut(description, cut::DESCRIPTION)));
        put(out, "</description>\n");
        (!html).then_some(place)
    }

    /// The file, and beside or within it what describes it.
    fn media(&self, out: &mut Vec<u8>, video: &ListedVideo<'_>, said: &Said) {
        put(out, "<media:content");
        content_attributes(out, video);
        let opened = out.len();
        put(out, ">\n");
        let inside = out.len();
        for element in &self.dm_of_content {
            element.write(out, video);
        }
        if self.settings.level == Level::Content {
            self.description_of_media(out, video, said);
        }
        if out.len() == inside {
            out.truncate(opened);
            put(out, "/>\n");
        } else {
            put(out, "</media:content>\n");
        }
        if self.settings.level == Level::Item {
            self.description_of_media(out, video, said);
        }
    }

    /// The optional elements of Media RSS.
    ///
    /// Title and description repeat the item's: an importer that reads only Media RSS finds them, one that reads both
    /// finds the same. Here the description is declared to be plain text, so it is never escaped as HTML.
    fn description_of_media(&self, out: &mut Vec<u8>, video: &ListedVideo<'_>, said: &Said) {
        put(out, "<media:title type=\"plain\">");
        out.extend_from_within(said.title.clone());
        put(out, "</media:title>\n");
        if let Some(description) = video.description {
            put(out, "<media:description type=\"plain\">");
            match &said.description {
                Some(place) => out.extend_from_within(place.clone()),
                None => escape::text(out, cut(description, cut::DESCRIPTION)),
            }
            put(out, "</media:description>\n");
        }
        if self.carries(CategoryCarrier::MediaCategory) {
            optional(
                out,
                "<media:category>",
                video.category,
                "</media:category>\n",
            );
        }
        if let Some(tags) = video.tags {
            put(out, "<media:keywords>");
            keywords(out, tags);
            put(out, "</media:keywords>\n");
        }
        if let Some(url) = video.thumbnail_url.filter(|url| is_emittable(url)) {
            put(out, "<media:thumbnail");
            attribute(out, " url=\"", Some(url));
            put(out, "/>\n");
        }
        if self.settings.explicit_rating && video.explicit == Some(true) {
            put(
                out,
                "<media:rating scheme=\"urn:simple\">adult</media:rating>\n",
            );
        }
        if let Some((relationship, countries)) = video.geo.and_then(|rule| rule.split_once(' '))
            && self.settings.geo_restriction
        {
            put(out, "<media:restriction type=\"country\"");
            attribute(out, " relationship=\"", Some(relationship));
            element(out, ">", countries, "</media:restriction>\n");
        }
    }
}

/// Where `write` has written.
fn span(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) -> Range<usize> {
    let start = out.len();
    write(out);
    start..out.len()
}

fn content_attributes(out: &mut Vec<u8>, video: &ListedVideo<'_>) {
    attribute(out, " url=\"", Some(video.media_url));
    attribute(out, " type=\"", video.media_type);
    put(
        out,
        " medium=\"video\" expression=\"full\" isDefault=\"true\"",
    );
    number(out, " fileSize=\"", video.media_size);
    number(out, " duration=\"", video.duration);
    number(out, " width=\"", video.width);
    number(out, " height=\"", video.height);
    // The validator refuses languages of ISO 639-3, such as `cmn`.
    let language = video.language.filter(|code| languages::is_known(code));
    attribute(out, " lang=\"", language);
}

/// The window in the DCMI Period form (contracts/dailymotion-pull.md 6.2); nothing when it is open on both sides.
fn valid(out: &mut Vec<u8>, start: Option<Timestamp>, end: Option<Timestamp>) {
    if start.is_none() && end.is_none() {
        return;
    }
    put(out, "<dcterms:valid>");
    for (name, bound) in [("start=", start), ("end=", end)] {
        let Some(bound) = bound else { continue };
        put(out, name);
        dates::iso_8601(out, bound);
        put(out, "; ");
    }
    put(out, "scheme=W3C-DTF</dcterms:valid>\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::{Config, DmAttribute, DmForm, DmMapping, Feed},
        mrss::samples::{feed, paper_boats},
    };

    fn settings(level: Level) -> Feed {
        let mut settings = Config::default().feed;
        settings.level = level;
        settings
    }

    fn item_of(settings: &Feed, video: &ListedVideo<'_>) -> String {
        let text = feed(settings, None, std::slice::from_ref(video));
        let start = text.find("<item>").unwrap();
        let end = text.find("</channel>").unwrap();
        text[start..end].to_owned()
    }

    #[test]
    fn the_item_of_the_contract_is_written_at_item_level() {
        let expected = r#"<item>
<title>Paper boats</title>
<description>Folding three kinds of boat.</description>
<guid isPermaLink="false">mcn-7f3a-000123</guid>
<pubDate>Tue, 01 Sep 2026 09:00:00 +0000</pubDate>
<dcterms:valid>start=2026-09-01T09:00:00Z; scheme=W3C-DTF</dcterms:valid>
<media:content url="https://media.example/b/123.mp4" type="video/mp4" medium="video" expression="full" isDefault="true" fileSize="73400320" duration="185"/>
<media:title type="plain">Paper boats</media:title>
<media:description type="plain">Folding three kinds of boat.</media:description>
<media:category>creation</media:category>
<media:keywords>paper, boats</media:keywords>
<media:thumbnail url="https://media.example/b/123.jpg"/>
<media:restriction type="country" relationship="deny">AT DE</media:restriction>
</item>
"#;
        assert_eq!(item_of(&settings(Level::Item), &paper_boats()), expected);
    }

    #[test]
    fn at_content_level_the_media_holds_its_description() {
        let expected = r#"<item>
<title>Paper boats</title>
<description>Folding three kinds of boat.</description>
<guid isPermaLink="false">mcn-7f3a-000123</guid>
<pubDate>Tue, 01 Sep 2026 09:00:00 +0000</pubDate>
<dcterms:valid>start=2026-09-01T09:00:00Z; scheme=W3C-DTF</dcterms:valid>
<media:content url="https://media.example/b/123.mp4" type="video/mp4" medium="video" expression="full" isDefault="true" fileSize="73400320" duration="185">
<dm:kids>0</dm:kids>
<media:title type="plain">Paper boats</media:title>
<media:description type="plain">Folding three kinds of boat.</media:description>
<media:category>creation</media:category>
<media:keywords>paper, boats</media:keywords>
<media:thumbnail url="https://media.example/b/123.jpg"/>
<media:restriction type="country" relationship="deny">AT DE</media:restriction>
</media:content>
</item>
"#;
        let mut settings = settings(Level::Content);
        settings.dm = vec![DmMapping {
            attribute: DmAttribute::MadeForKids,
            element: "kids".to_owned(),
            level: Level::Content,
            form: DmForm::OneZero,
        }];
        assert_eq!(item_of(&settings, &paper_boats()), expected);
    }

    #[test]
    fn everything_that_a_row_can_say_is_written() {
        let mut video = paper_boats();
        video.ends_at = Some(Timestamp::from_millis(1_790_845_200_000));
        (video.width, video.height) = (Some(1920), Some(1080));
        video.language = Some("fr");
        video.link = Some("https://demo.example/1#t=3");
        video.explicit = Some(true);
        video.geo = Some("allow XK");
        let item = item_of(&settings(Level::Item), &video);
        for part in [
            r#" duration="185" width="1920" height="1080" lang="fr"/>"#,
            "<link>https://demo.example/1#t=3</link>",
            "<media:rating scheme=\"urn:simple\">adult</media:rating>",
            "relationship=\"allow\">XK</media:restriction>",
            "start=2026-09-01T09:00:00Z; end=2026-10-01T09:00:00Z; scheme=W3C-DTF<",
        ] {
            assert!(item.contains(part), "{part} in {item}");
        }
        video.starts_at = None;
        let item = item_of(&settings(Level::Item), &video);
        assert!(item.contains(">end=2026-10-01T09:00:00Z; scheme=W3C-DTF<"));
    }

    #[test]
    fn what_a_row_does_not_say_leaves_no_trace() {
        let mut video = paper_boats();
        for text in [
            &mut video.description,
            &mut video.category,
            &mut video.tags,
            &mut video.media_type,
            &mut video.thumbnail_url,
            &mut video.geo,
        ] {
            *text = None;
        }
        (video.published_at, video.starts_at) = (None, None);
        // Below preflight a store may hold numbers that validators refuse.
        (video.media_size, video.duration) = (Some(0), Some(-1));
        let expected = r#"<item>
<title>Paper boats</title>
<guid isPermaLink="false">mcn-7f3a-000123</guid>
<media:content url="https://media.example/b/123.mp4" medium="video" expression="full" isDefault="true"/>
<media:title type="plain">Paper boats</media:title>
</item>
"#;
        assert_eq!(item_of(&settings(Level::Item), &video), expected);
    }

    #[test]
    fn switches_leave_out_what_they_name() {
        let mut video = paper_boats();
        video.explicit = Some(true);
        let mut settings = settings(Level::Item);
        (settings.explicit_rating, settings.geo_restriction) = (false, false);
        let item = item_of(&settings, &video);
        assert!(!item.contains("media:rating"));
        assert!(!item.contains("media:restriction"));
    }

    #[test]
    fn a_description_read_as_html_is_escaped_twice() {
        let mut video = paper_boats();
        video.description = Some("3 < 5 & more");
        let mut settings = settings(Level::Item);
        settings.html_description = true;
        let item = item_of(&settings, &video);
        assert!(item.contains("<description>3 &#x26;lt; 5 &#x26;amp; more</description>"));
        assert!(item.contains(">3 &#x3C; 5 &#x26; more</media:description>"));
    }

    #[test]
    fn rows_that_must_not_be_listed_as_they_are_write_nothing() {
        let odd: [fn(&mut ListedVideo<'static>); 10] = [
            |video| video.media_url = "https://media.example/a b.mp4",
            |video| video.media_url = "javascript:alert(1)",
            |video| video.media_url = "https://u:p@media.example/a.mp4",
            |video| video.guid = "",
            |video| video.guid = "a\u{fffe}b",
            |video| video.title = " \u{1}\t",
            |video| video.geo = Some("deny"),
            |video| video.geo = Some("deny AT,DE"),
            |video| video.geo = Some("deny AT  DE"),
            |video| video.geo = Some("everywhere but DE"),
        ];
        let writer = Writer::new(&settings(Level::Item));
        for change in odd {
            let mut video = paper_boats();
            change(&mut video);
            let mut out = Vec::new();
            assert!(!writer.item(&mut out, &video), "{video:?}");
            assert!(out.is_empty());
        }
    }

    #[test]
    fn odd_links_and_thumbnails_are_left_out_alone() {
        for address in [
            "javascript:alert(1)",
            "/relative",
            "https://a.example/a b",
            "",
            "https://a.example/#a b",
        ] {
            let mut video = paper_boats();
            (video.link, video.thumbnail_url) = (Some(address), Some(address));
            let item = item_of(&settings(Level::Item), &video);
            assert!(!item.contains("<link>"), "{address}");
            assert!(!item.contains("media:thumbnail"), "{address}");
        }
    }
}
