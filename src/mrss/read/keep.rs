//! How each element that is read goes into the draft.

use std::mem;

use super::{
    MOST_TEXT,
    attributes::Attributes,
    capture::Capture,
    draft::{Address, Form, Level, Text, Told},
    media::Media,
    numbers,
    words::{Field, Place},
};
use crate::model::short_escaped;

/// Media, groups or categories of one item.
const MOST: usize = 1000;

impl Capture {
    /// Takes what the attributes of an element say.
    ///
    /// # Errors
    /// More media than an item has.
    pub(super) fn begin(
        &mut self,
        place: Place,
        attributes: &Attributes<'_>,
        line: u64,
    ) -> Result<(), String> {
        match place {
            Place::Item => {
                self.begin_item(line);
                if let Some(about) = attributes.get_by_local_name("about") {
                    self.draft.about = Some(told(line, about));
                }
            }
            Place::Group => {
                few(self.draft.groups.len())?;
                self.draft.groups.push(Level::default());
            }
            Place::Content => return self.content(attributes, line),
            Place::Empty => return self.empty(attributes, line),
            Place::Field(field) => return self.begin_field(field, attributes, line),
            Place::Channel | Place::Within | Place::Skipped => {}
        }
        Ok(())
    }

    /// Takes a `media:content`.
    fn content(&mut self, attributes: &Attributes<'_>, line: u64) -> Result<(), String> {
        let url = attributes.get("url");
        self.in_file = url.is_some();
        let Some(url) = url else { return Ok(()) };
        let in_group = self.path.parent() == Some(Place::Group);
        let group = in_group.then(|| self.draft.groups.len().saturating_sub(1));
        self.add_media("media:content", url, attributes, "fileSize", group, line)
    }

    fn add_media(
        &mut self,
        element: &'static str,
        url: &str,
        attributes: &Attributes<'_>,
        size: &str,
        group: Option<usize>,
        line: u64,
    ) -> Result<(), String> {
        few(self.draft.media.len())?;
        let address = Address::new(line, element, url, self.path.base());
        let media = Media::new(address, attributes, size, group);
        self.draft.media.push(media);
        Ok(())
    }

    /// Takes an element that has nothing but attributes.
    fn empty(&mut self, attributes: &Attributes<'_>, line: u64) -> Result<(), String> {
        let name = self
            .path
            .name()
            .rsplit(':')
            .next()
            .unwrap_or_default()
            .to_owned();
        let address = |element, text: Option<&str>| {
            text.map(|text| Address::new(line, element, text, self.path.base()))
        };
        match name.as_str() {
            "enclosure" => {
                if let Some(url) = attributes.get("url") {
                    return self.add_media("enclosure", url, attributes, "length", None, line);
                }
            }
            "link" => return self.link(attributes, line),
            "image" => {
                let image = address("itunes:image", attributes.get("href"));
                self.draft.image = self.draft.image.take().or(image);
            }
            "thumbnail" => {
                let thumbnail = address("media:thumbnail", attributes.get("url"));
                let level = self.level();
                level.thumbnail = level.thumbnail.take().or(thumbnail);
            }
            _ => {
                let player = address("media:player", attributes.get("url"));
                let level = self.level();
                level.player = level.player.take().or(player);
            }
        }
        Ok(())
    }

    /// Takes a link as Atom has it.
    fn link(&mut self, attributes: &Attributes<'_>, line: u64) -> Result<(), String> {
        let Some(href) = attributes.get("href") else {
            return Ok(());
        };
        match attributes.get("rel").unwrap_or("alternate") {
            "enclosure" => self.add_media("link", href, attributes, "length", None, line),
            "alternate" if self.atom && self.draft.link.is_none() => {
                self.draft.link = Some(Address::new(line, "link", href, self.path.base()));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn begin_field(
        &mut self,
        field: Field,
        attributes: &Attributes<'_>,
        line: u64,
    ) -> Result<(), String> {
        let kind = attributes.get("type");
        self.field.text.clear();
        self.field.line = line;
        self.field.attribute = None;
        self.field.form = form(kind);
        self.field.field = Some(field);
        match field {
            Field::Story if self.atom => {
                if let Some(source) = attributes.get("src") {
                    self.field.field = None;
                    return self.add_media("content", source, attributes, "length", None, line);
                }
                // Neither text nor HTML: a file within the feed.
                if kind.is_some_and(|kind| kind.contains('/') && !kind.starts_with("text/")) {
                    self.field.field = None;
                }
            }
            Field::Story => self.field.form = Form::Html,
            Field::Link => return self.link_of_rss(attributes, line),
            Field::Category | Field::MediaCategory => {
                let text = ["term", "label", "text"]
                    .iter()
                    .find_map(|name| attributes.get(name));
                self.field.attribute = text.map(str::to_owned);
            }
            Field::MediaRating
                if attributes
                    .get("scheme")
                    .is_some_and(|scheme| scheme != "urn:simple") =>
            {
                self.field.field = None;
            }
            Field::MediaRestriction => {
                let relationship = attributes.get("relationship").unwrap_or_default();
                let relationship = relationship.to_ascii_lowercase();
                self.begin_restriction(relationship, kind, line);
            }
            _ => {}
        }
        Ok(())
    }

    /// A restriction to countries, which is what no `type` means, too. One to addresses or to sharing is no matter of
    /// ours; of any other nobody knows what it forbids, so it becomes a rule that keeps the video back.
    fn begin_restriction(&mut self, relationship: String, kind: Option<&str>, line: u64) {
        let kind = kind.unwrap_or_default().trim();
        match kind.to_ascii_lowercase().as_str() {
            "" | "country" => self.field.attribute = Some(relationship),
            "uri" | "sharing" => self.field.field = None,
            _ => {
                self.field.field = None;
                self.level().restrict(&relationship, "?");
                let shown = short_escaped(kind);
                let message = format!(
                    "`type=\"{shown}\"` is no restriction that is known, so the video is kept back; write `type=\"country\"`"
                );
                self.warn_here(line, "media:restriction", message);
            }
        }
    }

    /// A link that is written as Atom has it, in RSS.
    fn link_of_rss(&mut self, attributes: &Attributes<'_>, line: u64) -> Result<(), String> {
        let Some(href) = attributes.get("href") else {
            return Ok(());
        };
        self.field.field = None;
        match attributes.get("rel") {
            Some("enclosure") => self.add_media("link", href, attributes, "length", None, line),
            None | Some("alternate") if self.draft.link.is_none() => {
                self.draft.link = Some(Address::new(line, "link", href, self.path.base()));
                Ok(())
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Takes the text of an element that was closed. Of two, the first counts.
    pub(super) fn store(&mut self, field: Field) {
        if self.field.field.take() != Some(field) {
            return;
        }
        let in_channel = self.path.place() == Some(Place::Channel);
        let line = self.field.line;
        let text = mem::take(&mut self.field.text);
        let attribute = self.field.attribute.take();
        let form = self.field.form;
        let draft = &mut self.draft;
        match field {
            Field::Guid => first(&mut draft.guid, Told { line, text }),
            Field::Title => first(&mut draft.title, Text { text, form }),
            Field::Description => first(&mut draft.description, Text { text, form }),
            Field::Story => first(&mut draft.story, Text { text, form }),
            Field::Summary => first(&mut draft.summary, Text { text, form }),
            Field::PodcastTitle => first(&mut draft.podcast_title, Text { text, form }),
            Field::PodcastKeywords => first(&mut draft.podcast_keywords, text),
            Field::PodcastDuration => first(&mut draft.podcast_duration, Told { line, text }),
            Field::Link => {
                let link = Address::new(line, "link", &text, self.path.base());
                first(&mut draft.link, link);
            }
            Field::Date(rank) => {
                let better = draft
                    .published
                    .as_ref()
                    .is_none_or(|(known, _)| rank < *known);
                if better && !text.trim().is_empty() {
                    draft.published = Some((rank, Told { line, text }));
                }
            }
            Field::Category => category(&mut draft.categories, &text, attribute),
            Field::Language | Field::PodcastExplicit => {
                self.store_of_both(field, in_channel, &text);
            }
            Field::Extra(number) => {
                if draft.extras.iter().all(|(known, _)| *known != number) {
                    draft.extras.push((number, text));
                }
            }
            _ => self.store_media(field, line, text, attribute),
        }
    }

    /// What a channel says too.
    fn store_of_both(&mut self, field: Field, in_channel: bool, text: &str) {
        let (language, explicit) = if in_channel {
            (&mut self.channel.language, &mut self.channel.explicit)
        } else {
            (&mut self.draft.language, &mut self.draft.explicit)
        };
        if field == Field::Language && !text.trim().is_empty() {
            first(language, numbers::language(text));
        } else if field == Field::PodcastExplicit {
            *explicit = explicit.or(numbers::explicit(text));
        }
    }

    /// What Media RSS says at any level.
    fn store_media(&mut self, field: Field, line: u64, text: String, attribute: Option<String>) {
        let form = self.field.form;
        let level = self.level();
        match field {
            Field::MediaTitle => first(&mut level.title, Text { text, form }),
            Field::MediaDescription => first(&mut level.description, Text { text, form }),
            Field::MediaKeywords => match &mut level.keywords {
                Some(keywords) if keywords.len() < MOST_TEXT => {
                    keywords.push(',');
                    keywords.push_str(&text);
                }
                keywords => first(keywords, text),
            },
            Field::MediaCategory => category(&mut level.categories, &text, attribute),
            Field::MediaRating => match text.trim().to_ascii_lowercase().as_str() {
                "adult" => first(&mut level.adult, true),
                "nonadult" => first(&mut level.adult, false),
                _ => {}
            },
            Field::MediaAdult => level.adult = level.adult.or(numbers::explicit(&text)),
            Field::MediaRestriction => {
                restrict(level, &attribute.unwrap_or_default(), text.trim());
            }
            Field::Valid => first(&mut level.valid, Told { line, text }),
            _ => {}
        }
    }

    /// The level of Media RSS that is open. A `media:content` that names no file speaks for what it stands in.
    fn level(&mut self) -> &mut Level {
        let in_file = self.in_file;
        let place = self.path.ancestors().find(|place| match place {
            Place::Content => in_file,
            Place::Group | Place::Item | Place::Channel => true,
            _ => false,
        });
        let level = match place {
            Some(Place::Channel) => return &mut self.channel.level,
            Some(Place::Group) => self.draft.groups.last_mut(),
            Some(Place::Content) => self.draft.media.last_mut().map(|media| &mut media.level),
            _ => None,
        };
        level.unwrap_or(&mut self.draft.level)
    }
}

fn told(line: u64, text: &str) -> Told {
    let text = text.to_owned();
    Told { line, text }
}

fn first<T>(known: &mut Option<T>, new: T) {
    known.get_or_insert(new);
}

/// Adds a category, the text or else what an attribute says; each counts once, and an empty one only alone. What is
/// longer than any category is none.
fn category(known: &mut Vec<String>, text: &str, attribute: Option<String>) {
    const LONGEST: usize = 4096;
    let text = text.trim();
    let name = if text.is_empty() {
        attribute.unwrap_or_default()
    } else {
        text.to_owned()
    };
    if name.is_empty() && !known.is_empty() || name.len() > LONGEST {
        return;
    }
    if known.first().is_some_and(String::is_empty) {
        known.clear();
    }
    if known.len() < MOST && !known.contains(&name) {
        known.push(name);
    }
}

/// Everyone and no one are said by words: what lets everyone watch is no rule, and what lets no one is one that keeps
/// the video back.
fn restrict(level: &mut Level, relationship: &str, countries: &str) {
    match (relationship, countries.to_ascii_lowercase().as_str()) {
        ("allow", "all") | ("deny", "none" | "") => {}
        ("allow", "none") | ("deny", "all") => level.restrict(relationship, ""),
        _ => level.restrict(relationship, countries),
    }
}

/// What `type` says of a text.
fn form(kind: Option<&str>) -> Form {
    match kind {
        Some("plain" | "text" | "text/plain") => Form::Plain,
        Some("html" | "text/html") => Form::Html,
        Some("xhtml" | "application/xhtml+xml") => Form::Markup,
        _ => Form::Unsaid,
    }
}

fn few(count: usize) -> Result<(), String> {
    if count < MOST {
        return Ok(());
    }
    Err(format!(
        "more than {MOST} of them in one item; leave out some"
    ))
}
