//! A JSON object read member by member: order, repetition and each value's own bytes are kept.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// An object's members as they stand, repeated ones included.
pub(super) struct Members<'a> {
    entries: Vec<(Cow<'a, str>, &'a str)>,
    /// Whether a name comes more than once.
    pub(super) repeats: bool,
}

impl<'a> Members<'a> {
    /// The last member of that name, as raw JSON.
    pub(super) fn last(&self, name: &str) -> Option<&'a str> {
        self.entries
            .iter()
            .rev()
            .find(|(key, _value)| key == name)
            .map(|(_key, value)| *value)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut entries: Vec<(Cow<'de, str>, &'de str)> = Vec::new();
                while let Some((key, value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
                    entries.push((key.0, value.get()));
                }
                let mut names = entries
                    .iter()
                    .map(|(key, _value)| key.as_ref())
                    .collect::<Vec<_>>();
                names.sort_unstable();
                let repeats = names.windows(2).any(|pair| pair[0] == pair[1]);
                drop(names);
                Ok(Members { entries, repeats })
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

/// A name that borrows from the input where nothing is escaped in it.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
