//! Which elements are read, and where: everything else in a feed is passed over with all that it holds.

use super::vocabulary::Vocabulary;

/// What an open element is to the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The root or its channel: what stands here is said of every item that follows.
    Channel,
    Item,
    /// `media:group`.
    Group,
    /// `media:content`.
    Content,
    /// An element whose attributes say it all.
    Empty,
    /// An element whose text is kept.
    Field(Field),
    /// Markup within such a text.
    Within,
    /// Passed over, and all within.
    Skipped,
}

/// A text that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Guid,
    Title,
    Description,
    /// `content:encoded` and the like: described at length.
    Story,
    /// `itunes:summary` and the like: described for want of better.
    Summary,
    Link,
    /// A date of publication; the lower number wins.
    Date(u8),
    Category,
    Language,
    PodcastTitle,
    PodcastKeywords,
    PodcastDuration,
    PodcastExplicit,
    MediaTitle,
    MediaDescription,
    MediaKeywords,
    MediaCategory,
    MediaRating,
    MediaAdult,
    MediaRestriction,
    /// `dcterms:valid`.
    Valid,
    /// An element that the import names, by its number.
    Extra(usize),
}

/// What a child is to the reader. Words of the feed itself count as RSS's, those of Atom in an Atom feed too.
pub(super) fn place(parent: Place, vocabulary: Vocabulary, name: &str) -> Place {
    match parent {
        Place::Channel => of_channel(vocabulary, name),
        Place::Item => of_item(vocabulary, name),
        Place::Group if (vocabulary, name) == (Vocabulary::Media, "content") => Place::Content,
        Place::Group | Place::Content => of_media(vocabulary, name),
        Place::Field(_) | Place::Within => Place::Within,
        Place::Empty | Place::Skipped => Place::Skipped,
    }
}

fn of_channel(vocabulary: Vocabulary, name: &str) -> Place {
    match (vocabulary, name) {
        (Vocabulary::Rss, "channel") => Place::Channel,
        (Vocabulary::Rss, "item" | "entry") => Place::Item,
        (Vocabulary::Rss | Vocabulary::Dublin, "language") => Place::Field(Field::Language),
        (Vocabulary::Itunes, "explicit") => Place::Field(Field::PodcastExplicit),
        (Vocabulary::Media, "keywords" | "category" | "rating" | "adult" | "restriction") => {
            of_media(vocabulary, name)
        }
        _ => Place::Skipped,
    }
}

fn of_item(vocabulary: Vocabulary, name: &str) -> Place {
    let field = match (vocabulary, name) {
        (Vocabulary::Media, "group") => return Place::Group,
        (Vocabulary::Media, "content") => return Place::Content,
        (Vocabulary::Rss, "enclosure")
        | (Vocabulary::Itunes, "image")
        | (Vocabulary::Atom, "link") => return Place::Empty,
        (Vocabulary::Rss, "guid" | "id") => Field::Guid,
        (Vocabulary::Rss, "title") => Field::Title,
        (Vocabulary::Rss, "description" | "summary") => Field::Description,
        (Vocabulary::Rss, "link") => Field::Link,
        (Vocabulary::Rss, "pubDate" | "published") => Field::Date(0),
        (Vocabulary::Dublin, "date") | (Vocabulary::Rss, "issued") => Field::Date(1),
        (Vocabulary::Rss, "updated" | "modified") => Field::Date(2),
        (Vocabulary::Rss, "category") => Field::Category,
        (Vocabulary::Rss, "content") | (Vocabulary::Content, "encoded") => Field::Story,
        (Vocabulary::Dublin, "language") => Field::Language,
        (Vocabulary::Itunes, "title") => Field::PodcastTitle,
        (Vocabulary::Itunes, "summary" | "subtitle") => Field::Summary,
        (Vocabulary::Itunes, "keywords") => Field::PodcastKeywords,
        (Vocabulary::Itunes, "duration") => Field::PodcastDuration,
        (Vocabulary::Itunes, "explicit") => Field::PodcastExplicit,
        _ => return of_media(vocabulary, name),
    };
    Place::Field(field)
}

/// The optional elements of Media RSS, which stand at every level.
fn of_media(vocabulary: Vocabulary, name: &str) -> Place {
    let field = match (vocabulary, name) {
        (Vocabulary::Media, "thumbnail" | "player" | "embed") => return Place::Empty,
        (Vocabulary::Media, "title") => Field::MediaTitle,
        (Vocabulary::Media, "description") => Field::MediaDescription,
        (Vocabulary::Media, "keywords") => Field::MediaKeywords,
        (Vocabulary::Media, "category") => Field::MediaCategory,
        (Vocabulary::Media, "rating") => Field::MediaRating,
        (Vocabulary::Media, "adult") => Field::MediaAdult,
        (Vocabulary::Media, "restriction") => Field::MediaRestriction,
        (Vocabulary::Dublin, "valid") => Field::Valid,
        _ => return Place::Skipped,
    };
    Place::Field(field)
}

/// Whether a word without prefix means RSS where Media RSS is the default namespace: what Media RSS lacks, and in an
/// item what both have.
pub(super) fn is_rss_word(parent: Option<Place>, name: &str) -> bool {
    const ALSO_MEDIA: [&str; 3] = ["title", "description", "category"];
    const MEDIA_ALONE: [&str; 11] = [
        "group",
        "content",
        "thumbnail",
        "player",
        "keywords",
        "rating",
        "adult",
        "restriction",
        "embed",
        "credit",
        "copyright",
    ];
    if ALSO_MEDIA.contains(&name) {
        return !matches!(parent, Some(Place::Group | Place::Content));
    }
    !MEDIA_ALONE.contains(&name)
}
