//! Preflight: what a video must have before it may go out. Pure rules with a stable code each.

use std::{fmt, str::FromStr};

use super::{Fields, Geo, geo::is_country, media_url::media_url};

const TITLE_CHARACTERS: usize = 255;
const DESCRIPTION_CHARACTERS: usize = 3000;
const TAGS: usize = 150;
const TAG_CHARACTERS: usize = 150;

/// A rule that a video can break (limits: contracts/dailymotion-pull.md 9.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    TitleMissing,
    TitleLong,
    DescriptionLong,
    CategoryMissing,
    CategoryUnknown,
    TagsMany,
    TagLong,
    LanguageUnknown,
    CountryUnknown,
    GeoMalformed,
    KidsUnstated,
    WindowEmpty,
    MediaMissing,
    MediaUrl,
    MediaType,
    ThumbnailUrl,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 16] = [
        Self::TitleMissing,
        Self::TitleLong,
        Self::DescriptionLong,
        Self::CategoryMissing,
        Self::CategoryUnknown,
        Self::TagsMany,
        Self::TagLong,
        Self::LanguageUnknown,
        Self::CountryUnknown,
        Self::GeoMalformed,
        Self::KidsUnstated,
        Self::WindowEmpty,
        Self::MediaMissing,
        Self::MediaUrl,
        Self::MediaType,
        Self::ThumbnailUrl,
    ];

    /// The stable code in the catalog, in exports and in messages.
    pub fn code(self) -> &'static str {
        match self {
            Self::TitleMissing => "title_missing",
            Self::TitleLong => "title_long",
            Self::DescriptionLong => "description_long",
            Self::CategoryMissing => "category_missing",
            Self::CategoryUnknown => "category_unknown",
            Self::TagsMany => "tags_many",
            Self::TagLong => "tag_long",
            Self::LanguageUnknown => "language_unknown",
            Self::CountryUnknown => "country_unknown",
            Self::GeoMalformed => "geo_malformed",
            Self::KidsUnstated => "kids_unstated",
            Self::WindowEmpty => "window_empty",
            Self::MediaMissing => "media_missing",
            Self::MediaUrl => "media_url",
            Self::MediaType => "media_type",
            Self::ThumbnailUrl => "thumbnail_url",
        }
    }

    /// What is wrong and what mends it.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::TitleMissing => "the title is missing",
            Self::TitleLong => "the title has more than 255 characters",
            Self::DescriptionLong => "the description has more than 3000 characters",
            Self::CategoryMissing => {
                "the category is missing; give one that `mcnd rules show` lists"
            }
            Self::CategoryUnknown => "the category is none of those that `mcnd rules show` lists",
            Self::TagsMany => "there are more than 150 tags",
            Self::TagLong => "a tag has more than 150 characters",
            Self::LanguageUnknown => "the language is no ISO 639 code of two or three letters",
            Self::CountryUnknown => "the country is no ISO 3166 code of two letters",
            Self::GeoMalformed => {
                "the geo rule is not `allow` or `deny` with at least one ISO 3166 code of two letters"
            }
            Self::KidsUnstated => "`made_for_kids` is neither true nor false; state it",
            Self::WindowEmpty => "the window ends before it starts",
            Self::MediaMissing => "`media_url` is missing",
            Self::MediaUrl => {
                "`media_url` is no direct link that Dailymotion can fetch: absolute, http, https, ftp, ftps or sftp with a port, \
                 percent-encoded, without fragment and without a password in clear"
            }
            Self::MediaType => "`media_type` is no video type such as `video/mp4`",
            Self::ThumbnailUrl => {
                "`thumbnail_url` is no absolute http or https address without a password in clear"
            }
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|rule| rule.code() == text)
            .ok_or_else(|| format!("`{text}` is no preflight rule"))
    }
}

/// The rules with their configured part.
#[derive(Clone, Debug, Default)]
pub struct Preflight {
    /// Category slugs that Dailymotion knows; none given means that any will do.
    pub categories: Option<Vec<String>>,
}

/// Fields and the rules that they break.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    pub fields: Fields,
    /// In the order of [`Rule::ALL`].
    pub broken: Vec<Rule>,
}

impl Preflight {
    /// These fields with the rules they break.
    pub fn judge(&self, fields: Fields) -> Judged {
        let broken = self.broken(&fields);
        Judged { fields, broken }
    }

    /// The rules these fields break, in the order of [`Rule::ALL`].
    pub fn broken(&self, fields: &Fields) -> Vec<Rule> {
        Rule::ALL
            .into_iter()
            .filter(|rule| self.breaks(*rule, fields))
            .collect()
    }

    fn breaks(&self, rule: Rule, fields: &Fields) -> bool {
        match rule {
            Rule::TitleMissing => !shows(fields.title.as_deref()),
            Rule::TitleLong => longer(fields.title.as_deref(), TITLE_CHARACTERS),
            Rule::DescriptionLong => longer(fields.description.as_deref(), DESCRIPTION_CHARACTERS),
            Rule::CategoryMissing => !shows(fields.category.as_deref()),
            Rule::CategoryUnknown => fields
                .category
                .as_ref()
                .is_some_and(|slug| !self.knows(slug)),
            Rule::TagsMany => tags(fields).count() > TAGS,
            Rule::TagLong => tags(fields).any(|tag| longer(Some(tag), TAG_CHARACTERS)),
            Rule::LanguageUnknown => fields
                .language
                .as_deref()
                .is_some_and(|code| !is_language(code)),
            Rule::CountryUnknown => fields
                .country
                .as_deref()
                .is_some_and(|code| !is_country(code)),
            Rule::GeoMalformed => fields
                .geo
                .as_deref()
                .is_some_and(|geo| geo.parse::<Geo>().is_err()),
            Rule::KidsUnstated => fields.made_for_kids.is_none(),
            Rule::WindowEmpty => {
                matches!((fields.starts_at, fields.ends_at), (Some(start), Some(end)) if end <= start)
            }
            Rule::MediaMissing => fields.media_url.is_none(),
            Rule::MediaUrl => fields
                .media_url
                .as_deref()
                .is_some_and(|url| media_url(url).is_err()),
            Rule::MediaType => fields
                .media_type
                .as_deref()
                .is_some_and(|kind| !is_video_type(kind)),
            Rule::ThumbnailUrl => fields
                .thumbnail_url
                .as_deref()
                .is_some_and(|url| !is_web_address(url)),
        }
    }

    fn knows(&self, slug: &str) -> bool {
        self.categories
            .as_ref()
            .is_none_or(|known| known.iter().any(|category| category == slug))
    }
}

/// Whether there is anything to be seen of a text, once what no feed can hold has been left out.
fn shows(text: Option<&str>) -> bool {
    let dropped = |letter: char| letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}');
    let seen = |letter: char| !letter.is_whitespace() && !dropped(letter);
    text.is_some_and(|text| text.chars().any(seen))
}

fn longer(text: Option<&str>, limit: usize) -> bool {
    text.is_some_and(|text| text.chars().count() > limit)
}

fn tags(fields: &Fields) -> impl Iterator<Item = &str> {
    fields.tags.iter().flat_map(|tags| tags.split(','))
}

fn is_language(code: &str) -> bool {
    (2..=3).contains(&code.len())
        && oxilangtag::LanguageTag::parse(code).is_ok()
        && code.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn is_video_type(kind: &str) -> bool {
    kind.split_once('/').is_some_and(|(family, name)| {
        (family == "video" || kind == "application/octet-stream")
            && !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
    })
}

fn is_web_address(text: &str) -> bool {
    media_url(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Column;

    fn sound() -> Fields {
        let mut fields = Fields::default();
        for (column, text) in [
            (Column::Title, "Paper boats"),
            (Column::Category, "creation"),
            (Column::MediaUrl, "https://media.example/b/123.mp4"),
            (Column::MadeForKids, "false"),
        ] {
            fields.set(column, Some(text)).unwrap();
        }
        fields
    }

    fn rules() -> Preflight {
        Preflight {
            categories: Some(vec!["creation".to_owned(), "music".to_owned()]),
        }
    }

    #[test]
    fn four_columns_are_enough() {
        assert_eq!(rules().broken(&sound()), []);
    }

    #[test]
    fn each_rule_is_broken_by_its_own_fault_alone() {
        let long_tag = "a".repeat(151);
        let many_tags = vec!["a"; 151].join(",");
        for (column, text, rule) in [
            (Column::Title, "", Rule::TitleMissing),
            (Column::Title, "\u{1}\u{ffff}", Rule::TitleMissing),
            (Column::Title, &"é".repeat(256), Rule::TitleLong),
            (
                Column::Description,
                &"a".repeat(3001),
                Rule::DescriptionLong,
            ),
            (Column::Category, "", Rule::CategoryMissing),
            (Column::Category, "poetry", Rule::CategoryUnknown),
            (Column::Tags, &many_tags, Rule::TagsMany),
            (Column::Tags, &long_tag, Rule::TagLong),
            (Column::Language, "french", Rule::LanguageUnknown),
            (Column::Country, "FRA", Rule::CountryUnknown),
            (Column::Geo, "allow", Rule::GeoMalformed),
            (Column::MadeForKids, "", Rule::KidsUnstated),
            (Column::MediaUrl, "", Rule::MediaMissing),
            (
                Column::MediaUrl,
                "https://u:p@media.example/a.mp4",
                Rule::MediaUrl,
            ),
            (Column::MediaType, "text/html", Rule::MediaType),
            (
                Column::ThumbnailUrl,
                "ftp://media.example/a.jpg",
                Rule::ThumbnailUrl,
            ),
        ] {
            let mut fields = sound();
            fields.set(column, Some(text)).unwrap();
            assert_eq!(rules().broken(&fields), [rule], "{}", column.name());
        }
        let mut fields = sound();
        fields.set(Column::StartsAt, Some("2026-09-01")).unwrap();
        fields.set(Column::EndsAt, Some("2026-09-01")).unwrap();
        assert_eq!(rules().broken(&fields), [Rule::WindowEmpty]);
    }

    #[test]
    fn limits_themselves_are_allowed() {
        let mut fields = sound();
        fields.set(Column::Title, Some(&"é".repeat(255))).unwrap();
        fields
            .set(Column::Tags, Some(&vec!["a".repeat(150); 150].join(",")))
            .unwrap();
        fields.set(Column::Language, Some("fil")).unwrap();
        fields.set(Column::Geo, Some("deny XK")).unwrap();
        assert_eq!(rules().broken(&fields), []);
    }

    #[test]
    fn codes_are_stable_and_differ() {
        for rule in Rule::ALL {
            assert_eq!(rule.code().parse(), Ok(rule));
        }
    }
}
