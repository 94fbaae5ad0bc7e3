//! `feed.dm`: elements of Dailymotion's own namespace, whose names only Dailymotion tells (contract dailymotion-pull 4.4).

use super::{
    faults::{Refusal, refusal},
    feed::{LEVELS, Level},
    layers::Value,
    parse,
};

/// One element of the `dm` namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DmMapping {
    pub attribute: DmAttribute,
    /// An XML name without colon.
    pub element: String,
    pub level: Level,
    /// Fits the attribute: see [`DmForm`].
    pub form: DmForm,
}

/// What an element can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DmAttribute {
    MadeForKids,
    Private,
    Explicit,
    Language,
    Country,
    Geo,
    Category,
    Tags,
    PublishedAt,
    StartsAt,
    EndsAt,
}

/// How an attribute is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DmForm {
    /// For any attribute.
    Text,
    /// For flags only, as the next two.
    TrueFalse,
    YesNo,
    OneZero,
    /// For times only, as the next two.
    Iso8601,
    Rfc822,
    Epoch,
}

const ATTRIBUTES: [(&str, DmAttribute); 11] = [
    ("made_for_kids", DmAttribute::MadeForKids),
    ("private", DmAttribute::Private),
    ("explicit", DmAttribute::Explicit),
    ("language", DmAttribute::Language),
    ("country", DmAttribute::Country),
    ("geo", DmAttribute::Geo),
    ("category", DmAttribute::Category),
    ("tags", DmAttribute::Tags),
    ("published_at", DmAttribute::PublishedAt),
    ("starts_at", DmAttribute::StartsAt),
    ("ends_at", DmAttribute::EndsAt),
];

const FORMS: [(&str, DmForm); 7] = [
    ("text", DmForm::Text),
    ("true-false", DmForm::TrueFalse),
    ("yes-no", DmForm::YesNo),
    ("one-zero", DmForm::OneZero),
    ("iso8601", DmForm::Iso8601),
    ("rfc822", DmForm::Rfc822),
    ("epoch", DmForm::Epoch),
];

const KEYS: [&str; 4] = ["attribute", "element", "level", "form"];

/// One table of the list; faults name the first thing that is wrong in it.
pub(super) fn mapping(value: &Value<'_>) -> Result<DmMapping, Refusal> {
    let table = value.get_ref().as_table();
    let table = table.ok_or_else(|| {
        parse::not(
            "a table",
            "{ attribute = \"made_for_kids\", element = \"forKids\" }",
        )
    })?;
    if let Some(key) = table
        .keys()
        .find(|key| !KEYS.contains(&key.get_ref().as_ref()))
    {
        let key = key.get_ref();
        let refused = parse::unknown_word(key, KEYS.into_iter());
        return Err(refusal(
            format!("there is no key {key:?} in a mapping"),
            refused.cure,
        ));
    }
    let required = |key: &str| {
        table
            .get(key)
            .ok_or_else(|| refusal(format!("`{key}` is missing"), "add it"))
    };
    let attribute = parse::choice(required("attribute")?, &ATTRIBUTES)
        .map_err(|fault| within("attribute", fault))?;
    let element = element(required("element")?)?;
    let level = table
        .get("level")
        .map_or(Ok(Level::Item), |level| parse::choice(level, &LEVELS));
    let form = table
        .get("form")
        .map_or(Ok(DmForm::Text), |form| parse::choice(form, &FORMS));
    let mapping = DmMapping {
        attribute,
        element,
        level: level.map_err(|fault| within("level", fault))?,
        form: form.map_err(|fault| within("form", fault))?,
    };
    if mapping.form_fits() {
        Ok(mapping)
    } else {
        Err(refusal(
            "the form does not fit the attribute",
            "write `form = \"text\"`",
        ))
    }
}

fn within(key: &str, fault: Refusal) -> Refusal {
    refusal(format!("`{key}` is {}", fault.problem), fault.cure)
}

fn element(value: &Value<'_>) -> Result<String, Refusal> {
    let name = parse::text(value).map_err(|fault| within("element", fault))?;
    if is_ncname(&name) {
        return Ok(name);
    }
    Err(refusal(
        "`element` is not an XML name without colon",
        "write letters, digits, `-`, `_` and `.`, a letter first",
    ))
}

impl DmMapping {
    fn form_fits(&self) -> bool {
        match self.form {
            DmForm::Text => true,
            DmForm::TrueFalse | DmForm::YesNo | DmForm::OneZero => {
                matches!(
                    self.attribute,
                    DmAttribute::MadeForKids | DmAttribute::Private | DmAttribute::Explicit
                )
            }
            DmForm::Iso8601 | DmForm::Rfc822 | DmForm::Epoch => {
                matches!(
                    self.attribute,
                    DmAttribute::PublishedAt | DmAttribute::StartsAt | DmAttribute::EndsAt
                )
            }
        }
    }
}

/// `NCName` of "Namespaces in XML 1.0".
fn is_ncname(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(starts_name) && characters.all(continues_name)
}

fn starts_name(character: char) -> bool {
    matches!(character,
        'A'..='Z' | '_' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

fn continues_name(character: char) -> bool {
    starts_name(character)
        || matches!(character, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::given;

    fn fault(mapping: &str) -> String {
        let faults = given::faults(&format!("feed.dm = [{mapping}]"));
        assert_eq!(faults.len(), 1, "{faults:?}");
        faults[0].clone()
    }

    #[test]
    fn a_mapping_needs_attribute_and_element_only() {
        let config = given::config("[[feed.dm]]\nattribute = \"language\"\nelement = \"lang\"");
        let expected = DmMapping {
            attribute: DmAttribute::Language,
            element: "lang".into(),
            level: Level::Item,
            form: DmForm::Text,
        };
        assert_eq!(config.feed.dm, [expected]);
    }

    #[test]
    fn a_wrong_mapping_says_what_is_wrong_in_it() {
        assert!(fault("7").contains("not a table"));
        assert!(fault("{ element = \"x\" }").contains("`attribute` is missing"));
        assert!(fault("{ attribute = \"tags\" }").contains("`element` is missing"));
        assert!(
            fault("{ attribute = \"tgas\", element = \"x\" }").ends_with("did you mean `tags`?")
        );
        assert!(
            fault("{ attribute = \"tags\", element = \"x\", from = \"text\" }")
                .ends_with("did you mean `form`?")
        );
        assert!(
            fault("{ attribute = \"tags\", element = \"x\", level = \"chanel\" }")
                .contains("`level` is not")
        );
        for element in ["", "a b", "1a", "dm:kids", "-a", "a>"] {
            assert!(
                fault(&format!(
                    "{{ attribute = \"tags\", element = {element:?} }}"
                ))
                .contains("not an XML name")
            );
        }
    }

    #[test]
    fn a_form_fits_its_attribute() {
        given::config(
            "feed.dm = [{ attribute = \"private\", element = \"p\", form = \"yes-no\" }]",
        );
        given::config("feed.dm = [{ attribute = \"ends_at\", element = \"p\", form = \"epoch\" }]");
        assert!(
            fault("{ attribute = \"private\", element = \"p\", form = \"epoch\" }")
                .contains("does not fit")
        );
        assert!(
            fault("{ attribute = \"ends_at\", element = \"p\", form = \"one-zero\" }")
                .contains("does not fit")
        );
    }
}
