//! `[user_list]`: the declared shape of the document that names every creator (contract dailymotion-pull 2.4).

use std::collections::BTreeSet;

use super::{
    faults::{Refusal, refusal},
    layers::Value,
    parse,
    read::Section,
};

/// Members of the envelope of a page.
const ENVELOPE: [&str; 4] = ["page", "limit", "has_more", "list"];

/// The shape of the user list.
#[derive(Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListShape {
    Array,
    Object,
}

/// What may stand in an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListAttribute {
    DailymotionId,
    Username,
    CreatorId,
    Name,
    FeedUrl,
}

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
            shape: section.choice(
                "shape",
                &[("array", ListShape::Array), ("object", ListShape::Object)],
            ),
            member: section.text("member"),
            fields: section.list("fields", field),
            constants: section.list("constants", constant),
            adopted_only: section.flag("adopted_only"),
            paging: section.flag("paging"),
            page_size: section.number("page_size", 1..=10_000),
        };
        list.check(section);
        list
    }

    fn check(&self, section: &Section<'_>) {
        if self.member.is_empty() {
            section.refuse(
                "member",
                refusal("a member without a name", "write one such as `list`"),
            );
        }
        if self.paging && self.member != "list" && ENVELOPE.contains(&self.member.as_str()) {
            section.refuse(
                "member",
                refusal("pages use this name already", "choose another name"),
            );
        }
        if self.fields.is_empty() {
            section.refuse(
                "fields",
                refusal("entries would be empty", "list at least one field"),
            );
        }
        let mut seen = BTreeSet::new();
        let fields = self.fields.iter().map(|(name, _)| ("fields", name));
        for (key, name) in fields.chain(self.constants.iter().map(|(name, _)| ("constants", name)))
        {
            if !seen.insert(name) {
                section.refuse(
                    key,
                    refusal(
                        format!("{name:?} would stand in an entry twice"),
                        "keep one of the two",
                    ),
                );
            }
        }
    }
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
}
