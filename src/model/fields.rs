//! What the network says of a video, column by column: the one place that knows how each is written.

use std::{borrow::Cow, str::FromStr};

use super::{Geo, Timestamp, TimestampFault, short, without_password};

/// A column of the catalog that an import may fill and an export shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    Title,
    Description,
    Category,
    Tags,
    Language,
    Country,
    Link,
    MediaUrl,
    MediaType,
    MediaSize,
    Duration,
    Width,
    Height,
    ThumbnailUrl,
    PublishedAt,
    StartsAt,
    EndsAt,
    Geo,
    MadeForKids,
    Private,
    Explicit,
}

impl Column {
    /// Every column, in the order of exports.
    pub const ALL: [Self; 21] = [
        Self::Title,
        Self::Description,
        Self::Category,
        Self::Tags,
        Self::Language,
        Self::Country,
        Self::Link,
        Self::MediaUrl,
        Self::MediaType,
        Self::MediaSize,
        Self::Duration,
        Self::Width,
        Self::Height,
        Self::ThumbnailUrl,
        Self::PublishedAt,
        Self::StartsAt,
        Self::EndsAt,
        Self::Geo,
        Self::MadeForKids,
        Self::Private,
        Self::Explicit,
    ];

    /// The column's name in files, exports and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Description => "description",
            Self::Category => "category",
            Self::Tags => "tags",
            Self::Language => "language",
            Self::Country => "country",
            Self::Link => "link",
            Self::MediaUrl => "media_url",
            Self::MediaType => "media_type",
            Self::MediaSize => "media_size",
            Self::Duration => "duration",
            Self::Width => "width",
            Self::Height => "height",
            Self::ThumbnailUrl => "thumbnail_url",
            Self::PublishedAt => "published_at",
            Self::StartsAt => "starts_at",
            Self::EndsAt => "ends_at",
            Self::Geo => "geo",
            Self::MadeForKids => "made_for_kids",
            Self::Private => "private",
            Self::Explicit => "explicit",
        }
    }

    /// The column of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name() == name)
    }
}

impl FromStr for Column {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::named(text).ok_or_else(|| format!("`{}` is no column of a video", short(text)))
    }
}

/// What the network says of a video. Nothing here is checked against Dailymotion's rules; see [`super::Preflight`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    pub title: Option<String>,
    pub description: Option<String>,
    pub category: Option<String>,
    /// Tags in their order, parted by single commas, without blanks around.
    pub tags: Option<String>,
    pub language: Option<String>,
    pub country: Option<String>,
    /// The video's page on the network's own site.
    pub link: Option<String>,
    pub media_url: Option<String>,
    pub media_type: Option<String>,
    /// Bytes.
    pub media_size: Option<i64>,
    /// Whole seconds.
    pub duration: Option<i64>,
    /// Pixels.
    pub width: Option<i64>,
    /// Pixels.
    pub height: Option<i64>,
    pub thumbnail_url: Option<String>,
    pub published_at: Option<Timestamp>,
    pub starts_at: Option<Timestamp>,
    pub ends_at: Option<Timestamp>,
    /// A [`Geo`] rule in its one spelling, or whatever was given that is none.
    pub geo: Option<String>,
    pub made_for_kids: Option<bool>,
    pub private: Option<bool>,
    pub explicit: Option<bool>,
}

impl Fields {
    /// Sets one column from text; `None` and blank text clear it. An address loses the password that it carries.
    ///
    /// # Errors
    /// A sentence that says what the column takes, when the text can't be stored as its type.
    pub fn set(&mut self, column: Column, text: Option<&str>) -> Result<(), String> {
        let text = text.filter(|text| !text.trim().is_empty());
        if text.is_some_and(|text| text.contains('\0')) {
            return Err("holds a NUL character; remove it".to_owned());
        }
        let trimmed = || text.map(|text| text.trim().to_owned());
        let address = || text.map(|text| without_password(text.trim()).into_owned());
        match column {
            Column::Title => self.title = trimmed(),
            Column::Description => self.description = text.map(str::to_owned),
            Column::Category => self.category = trimmed(),
            Column::Tags => self.tags = text.and_then(joined_tags),
            Column::Language => self.language = trimmed(),
            Column::Country => self.country = trimmed().map(|code| code.to_ascii_uppercase()),
            Column::Link => self.link = address(),
            Column::MediaUrl => self.media_url = address(),
            Column::MediaType => self.media_type = trimmed(),
            Column::MediaSize => self.media_size = text.map(positive).transpose()?,
            Column::Duration => self.duration = text.map(seconds).transpose()?,
            Column::Width => self.width = text.map(positive).transpose()?,
            Column::Height => self.height = text.map(positive).transpose()?,
            Column::ThumbnailUrl => self.thumbnail_url = address(),
            Column::PublishedAt => self.published_at = text.map(moment).transpose()?,
            Column::StartsAt => self.starts_at = text.map(moment).transpose()?,
            Column::EndsAt => self.ends_at = text.map(moment).transpose()?,
            Column::Geo => self.geo = text.map(one_spelling),
            Column::MadeForKids => self.made_for_kids = text.map(flag).transpose()?,
            Column::Private => self.private = text.map(flag).transpose()?,
            Column::Explicit => self.explicit = text.map(flag).transpose()?,
        }
        Ok(())
    }

    /// One column as text that [`Self::set`] reads back.
    pub fn show(&self, column: Column) -> Option<Cow<'_, str>> {
        let text = |value: &'_ Option<String>| value.clone().map(Cow::Owned);
        let number = |value: Option<i64>| value.map(|value| Cow::Owned(value.to_string()));
        let moment = |value: Option<Timestamp>| value.map(|value| Cow::Owned(value.to_string()));
        let flag = |value: Option<bool>| {
            value.map(|value| Cow::Borrowed(if value { "true" } else { "false" }))
        };
        match column {
            Column::Title => text(&self.title),
            Column::Description => text(&self.description),
            Column::Category => text(&self.category),
            Column::Tags => text(&self.tags),
            Column::Language => text(&self.language),
            Column::Country => text(&self.country),
            Column::Link => text(&self.link),
            Column::MediaUrl => text(&self.media_url),
            Column::MediaType => text(&self.media_type),
            Column::MediaSize => number(self.media_size),
            Column::Duration => number(self.duration),
            Column::Width => number(self.width),
            Column::Height => number(self.height),
            Column::ThumbnailUrl => text(&self.thumbnail_url),
            Column::PublishedAt => moment(self.published_at),
            Column::StartsAt => moment(self.starts_at),
            Column::EndsAt => moment(self.ends_at),
            Column::Geo => text(&self.geo),
            Column::MadeForKids => flag(self.made_for_kids),
            Column::Private => flag(self.private),
            Column::Explicit => flag(self.explicit),
        }
    }

    /// The columns in which two descriptions differ.
    pub fn differing(&self, other: &Self) -> Vec<Column> {
        Column::ALL
            .into_iter()
            .filter(|column| self.show(*column) != other.show(*column))
            .collect()
    }
}

fn joined_tags(text: &str) -> Option<String> {
    let tags = text
        .split(',')
        .map(str::trim)
        .filter(|tag| !tag.is_empty())
        .collect::<Vec<_>>();
    (!tags.is_empty()).then(|| tags.join(","))
}

fn positive(text: &str) -> Result<i64, String> {
    match text.trim().parse::<i64>() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(format!(
            "`{}` is no whole number above 0",
            short(text.trim())
        )),
    }
}

fn seconds(text: &str) -> Result<i64, String> {
    let whole = text
        .trim()
        .split_once('.')
        .map_or(text.trim(), |(whole, _fraction)| whole);
    positive(whole)
        .map_err(|_odd| format!("`{}` is no duration in seconds above 0", short(text.trim())))
}

fn moment(text: &str) -> Result<Timestamp, String> {
    text.parse()
        .map_err(|fault: TimestampFault| fault.to_string())
}

fn flag(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Ok(true),
        "false" | "no" | "0" => Ok(false),
        other => Err(format!("`{}` is neither true nor false", short(other))),
    }
}

fn one_spelling(text: &str) -> String {
    text.parse::<Geo>()
        .map_or_else(|_odd| text.trim().to_owned(), |geo| geo.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_reads_back_what_it_shows() {
        let samples = [
            "Paper boats",
            " two  words ",
            "creation",
            "paper,boats",
            "fr",
            "FR",
            "https://a.example/1",
            "https://a.example/1.mp4",
            "video/mp4",
            "73400320",
            "185",
            "1920",
            "1080",
            "https://a.example/1.jpg",
            "2026-09-01T09:00:00Z",
            "2026-09-01T09:00:00Z",
            "2026-10-01T09:00:00Z",
            "deny AT DE",
            "false",
            "true",
            "false",
        ];
        let mut fields = Fields::default();
        for (column, text) in Column::ALL.into_iter().zip(samples) {
            fields.set(column, Some(text)).unwrap();
            let shown = fields.show(column).unwrap().into_owned();
            let mut again = fields.clone();
            again.set(column, Some(&shown)).unwrap();
            assert_eq!(again, fields, "{}", column.name());
        }
        for column in Column::ALL {
            fields.set(column, Some(" ")).unwrap();
            assert_eq!(fields.show(column), None, "{}", column.name());
        }
        assert_eq!(fields, Fields::default());
    }

    #[test]
    fn columns_are_found_by_their_name() {
        for column in Column::ALL {
            assert_eq!(Column::named(column.name()), Some(column));
        }
        assert_eq!(Column::named("titel"), None);
    }

    #[test]
    fn a_cell_of_another_type_is_named() {
        let mut fields = Fields::default();
        for (column, text) in [
            (Column::MediaSize, "1GB"),
            (Column::MediaSize, "0"),
            (Column::Duration, "PT12S"),
            (Column::Width, "-1"),
            (Column::StartsAt, "tomorrow"),
            (Column::MadeForKids, "perhaps"),
            (Column::Title, "a\0b"),
        ] {
            assert!(fields.set(column, Some(text)).is_err(), "{text}");
        }
        assert_eq!(fields, Fields::default());
    }

    #[test]
    fn tags_and_geo_rules_get_one_spelling() {
        let mut fields = Fields::default();
        fields.set(Column::Tags, Some(" paper , boats,,")).unwrap();
        fields.set(Column::Geo, Some("DENY:de,at")).unwrap();
        assert_eq!(fields.tags.as_deref(), Some("paper,boats"));
        assert_eq!(fields.geo.as_deref(), Some("deny AT DE"));
        fields
            .set(Column::Geo, Some("everywhere but here"))
            .unwrap();
        assert_eq!(fields.geo.as_deref(), Some("everywhere but here"));
    }
}
