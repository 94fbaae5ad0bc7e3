//! The attributes of one element.

use std::borrow::Cow;

use quick_xml::{
    escape::{resolve_html5_entity, resolve_xml_entity, unescape_with},
    events::BytesStart,
};

use crate::model::short;

/// Attributes of one element at most.
const MOST: usize = 256;

/// Names and values, in their order.
pub(super) struct Attributes<'a> {
    pairs: Vec<(&'a str, Cow<'a, str>)>,
    /// A reference that only HTML knows.
    pub(super) html_name: Option<String>,
}

impl<'a> Attributes<'a> {
    /// Counts and checks them all without keeping any.
    ///
    /// # Errors
    /// A sentence about a broken attribute, or too many.
    pub(super) fn check(tag: &BytesStart<'_>) -> Result<(), String> {
        for (number, attribute) in tag.attributes().enumerate() {
            attribute.map_err(broken)?;
            if number == MOST {
                return Err(too_many());
            }
        }
        Ok(())
    }

    /// Reads them all.
    ///
    /// # Errors
    /// As [`Self::check`], and for a reference that means nothing.
    pub(super) fn read(tag: &'a BytesStart<'_>) -> Result<Self, String> {
        let mut pairs = Vec::new();
        let mut html_name = None;
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(broken)?;
            if pairs.len() == MOST {
                return Err(too_many());
            }
            let key = attribute.key.into_inner();
            let value = match attribute.value {
                Cow::Borrowed(raw) => unescaped(raw, &mut html_name),
                Cow::Owned(raw) => {
                    unescaped(&raw, &mut html_name).map(|value| Cow::Owned(value.into_owned()))
                }
            };
            let value = value.map_err(|fault| {
                format!(
                    "has a wrong reference in `{}`: {}; write `&` as `&amp;`",
                    short(key),
                    short(&fault)
                )
            })?;
            pairs.push((key, value));
        }
        Ok(Self { pairs, html_name })
    }

    /// The value of that name without blanks around; none when it is absent or blank.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.pairs.iter().find(|(known, _)| *known == name)?;
        Some(value.trim()).filter(|value| !value.is_empty())
    }

    /// As [`Self::get`], whatever the prefix.
    pub(super) fn get_by_local_name(&self, name: &str) -> Option<&str> {
        let local = |key: &str| key.rsplit(':').next() == Some(name);
        let (_, value) = self.pairs.iter().find(|(key, _)| local(key))?;
        Some(value.trim()).filter(|value| !value.is_empty())
    }
}

fn unescaped<'a>(raw: &'a str, html_name: &mut Option<String>) -> Result<Cow<'a, str>, String> {
    if !raw.contains('&') {
        return Ok(Cow::Borrowed(raw));
    }
    let resolve = |name: &str| {
        resolve_xml_entity(name).or_else(|| {
            let found = resolve_html5_entity(name);
            if found.is_some() {
                html_name.get_or_insert_with(|| name.to_owned());
            }
            found
        })
    };
    unescape_with(raw, resolve).map_err(|fault| fault.to_string())
}

fn too_many() -> String {
    format!("has more than {MOST} attributes; leave out some")
}

fn broken(fault: impl std::fmt::Display) -> String {
    format!("has a broken attribute: {fault}; mend it")
}
