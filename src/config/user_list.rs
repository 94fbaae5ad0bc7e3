//! `[user_list]`: the declared shape of the document that names every creator (contract dailymotion-pull 2.4). It only gives
//! a new catalog its profile; from then on that of the catalog counts.

use std::{collections::BTreeSet, ops::RangeInclusive, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{
    faults::{Refusal, named, refusal, told},
    layers::Value,
    parse,
    read::Section,
};

/// Members of the envelope of a page.
const ENVELOPE: [&str; 4] = ["page", "limit", "has_more", "list"];

/// Creators on a page.
const PAGE_SIZES: RangeInclusive<u32> = 1..=10_000;

/// The shape of the user list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserList {
    pub shape: ListShape,
    /// The member that holds the list when the shape is an object.
    pub member: String,
    /// Name in the document and what stands under it, in order; at least one, no name twice.
    pub fields: Vec<(String, ListAttribute)>,
    /// Fixed name and value pairs of each entry; no name that `fields` has.
    pub constants: Vec<(String, String)>,
    pub adopted_only: bool,
    pub paging: bool,
    pub page_size: u32,
}

/// What the document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListShape {
    Array,
    Object,
}

/// What may stand in an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListAttribute {
    DailymotionId,
    Username,
    CreatorId,
    Name,
    FeedUrl,
}

const SHAPES: [(&str, ListShape); 2] = [("array", ListShape::Array), ("object", ListShape::Object)];
const ATTRIBUTES: [(&str, ListAttribute); 5] = [
    ("dailymotion_id", ListAttribute::DailymotionId),
    ("username", ListAttribute::Username),
    ("creator_id", ListAttribute::CreatorId),
    ("name", ListAttribute::Name),
    ("feed_url", ListAttribute::FeedUrl),
];

impl UserList {
    pub(super) fn read(section: &Section<'_>) -> Self {
        let list = Self {
            shape: section.choice("shape", &SHAPES),
            member: section.text("member"),
            fields: section.list("fields", field),
            constants: section.list("constants", constant),
            adopted_only: section.flag("adopted_only"),
            paging: section.flag("paging"),
            page_size: section.number("page_size", PAGE_SIZES),
        };
        for (key, refusal) in list.faults() {
            section.refuse(key, refusal);
        }
        list
    }

    /// Everything that is wrong with a profile that comes from elsewhere, one sentence each.
    pub fn problems(&self) -> Vec<String> {
        told(self.wrong())
    }

    /// The same, each with the name of the setting that it is about.
    pub fn wrong(&self) -> Vec<(&'static str, String)> {
        let mut faults = self.faults();
        if !PAGE_SIZES.contains(&self.page_size) {
            let cure = "choose a value from 1 to 10000";
            faults.push(("page_size", refusal("out of range", cure)));
        }
        let nameless = self.names().find(|(_, name)| name.is_empty());
        if let Some((key, _)) = nameless {
            let cure = "write a name for each";
            faults.push((key, refusal("something has no name", cure)));
        }
        named(faults)
    }

    /// What shows only when all of it is seen together.
    fn faults(&self) -> Vec<(&'static str, Refusal)> {
        let mut faults = Vec::new();
        if self.member.is_empty() {
            let cure = "write one such as `list`";
            faults.push(("member", refusal("a member without a name", cure)));
        }
        if self.paging && self.member != "list" && ENVELOPE.contains(&self.member.as_str()) {
            let cure = "choose another name";
            faults.push(("member", refusal("pages use this name already", cure)));
        }
        if self.fields.is_empty() {
            let cure = "list at least one field";
            faults.push(("fields", refusal("entries would be empty", cure)));
        }
        let mut seen = BTreeSet::new();
        for (key, name) in self.names() {
            if !seen.insert(name) {
                let problem = format!("{name:?} would stand in an entry twice");
                faults.push((key, refusal(problem, "keep one of the two")));
            }
        }
        faults
    }

    /// The names in an entry, and the setting that each stands in.
    fn names(&self) -> impl Iterator<Item = (&'static str, &String)> {
        let fields = self.fields.iter().map(|(name, _)| ("fields", name));
        fields.chain(self.constants.iter().map(|(name, _)| ("constants", name)))
    }
}

impl ListShape {
    /// Everything that it may be.
    pub const ALL: [Self; 2] = [Self::Array, Self::Object];

    /// The word in files, in the API and in the catalog.
    pub fn as_str(self) -> &'static str {
        word_of(self, &SHAPES)
    }
}

impl ListAttribute {
    /// Everything that may stand there.
    pub const ALL: [Self; 5] = [
        Self::DailymotionId,
        Self::Username,
        Self::CreatorId,
        Self::Name,
        Self::FeedUrl,
    ];

    /// The word in files, in the API and in the catalog.
    pub fn as_str(self) -> &'static str {
        word_of(self, &ATTRIBUTES)
    }
}

impl FromStr for ListShape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        one_of(text, &SHAPES)
    }
}

impl FromStr for ListAttribute {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        one_of(text, &ATTRIBUTES)
    }
}

fn word_of<T: Copy + PartialEq>(meaning: T, words: &[(&'static str, T)]) -> &'static str {
    let found = words.iter().find(|(_, known)| *known == meaning);
    found
        .map(|(word, _)| *word)
        .expect("every meaning has its word")
}

fn one_of<T: Copy>(text: &str, allowed: &[(&str, T)]) -> Result<T, String> {
    let found = allowed.iter().find(|(name, _)| *name == text);
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let names: Vec<_> = allowed.iter().map(|(name, _)| *name).collect();
        format!("must be one of {}", names.join(", "))
    })
}

fn field(value: &Value<'_>) -> Result<(String, ListAttribute), Refusal> {
    let (name, attribute) = parse::pair(value)?;
    Ok((name.to_owned(), parse::choice(attribute, &ATTRIBUTES)?))
}

fn constant(value: &Value<'_>) -> Result<(String, String), Refusal> {
    let (name, text) = parse::pair(value)?;
    Ok((name.to_owned(), parse::text(text)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, given};

    #[test]
    fn the_default_is_the_shape_of_the_contract() {
        let list = Config::default().user_list;
        assert_eq!(list.shape, ListShape::Array);
        let expected = [
            ("id", ListAttribute::DailymotionId),
            ("username", ListAttribute::Username),
            ("mrss", ListAttribute::FeedUrl),
        ];
        assert_eq!(
            list.fields,
            expected.map(|(name, attribute)| (name.to_owned(), attribute))
        );
    }

    #[test]
    fn an_entry_has_fields_and_no_name_twice() {
        assert!(given::faults("user_list.fields = []")[0].contains("entries would be empty"));
        let twice = given::faults(
            "[user_list]\nfields = [[\"id\", \"name\"]]\nconstants = [[\"id\", \"x\"]]",
        );
        assert_eq!(twice.len(), 1);
        assert!(
            twice[0].contains(":3: ") && twice[0].contains("\"id\" would stand in an entry twice"),
            "{}",
            twice[0]
        );
    }

    #[test]
    fn odd_pairs_are_refused_one_by_one() {
        let faults = given::faults(
            "user_list.fields = [[\"id\"], [\"a\", \"nmae\"], [\"\", \"name\"], \"id\", [\"n\", \"name\"]]",
        );
        assert_eq!(faults.len(), 4);
        assert!(faults[1].ends_with("did you mean `name`?"), "{}", faults[1]);
    }
    #[test]
    fn a_profile_from_elsewhere_is_held_to_the_same() {
        let mut list = Config::default().user_list;
        assert_eq!(list.problems(), [""; 0]);
        list.page_size = 0;
        list.constants = vec![
            ("id".to_owned(), "x".to_owned()),
            (String::new(), "x".to_owned()),
        ];
        assert_eq!(list.problems().len(), 3);
        assert!("arrays".parse::<ListShape>().is_err());
        let text = serde_json::to_string(&list).unwrap();
        assert!(
            text.contains(r#""fields":[["id","dailymotion_id"]"#),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<UserList>(&text).unwrap(), list);
    }
}
