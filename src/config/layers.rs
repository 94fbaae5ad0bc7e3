//! The layers of settings, one over the other, each value with the place it was written at.
//!
//! Names are checked here, values are not: see [`super::read`].

use std::{borrow::Cow, collections::BTreeMap};

use toml::{
    Spanned,
    de::{DeTable, DeValue, Error},
};

use super::{
    VARIABLE_PREFIX,
    faults::{Fault, Origin, refusal},
    name::Name,
    shown::Effective,
};

const EMBEDDED: &str = include_str!("../../config/mcnd.toml");

/// A value with its position in the text it comes from.
pub(super) type Value<'t> = Spanned<DeValue<'t>>;

/// A text that settings come from.
#[derive(Clone, Copy)]
enum Layer<'t> {
    Embedded,
    File { path: &'t str, text: &'t str },
    Variable(&'t str),
}

impl Layer<'_> {
    fn origin(self, offset: usize) -> Origin {
        match self {
            Self::Embedded => Origin::Default,
            Self::File { path, text } => Origin::File {
                path: path.to_owned(),
                line: line_at(text, offset),
            },
            Self::Variable(name) => Origin::Variable(name.to_owned()),
        }
    }
}

/// A value and the layer it comes from.
pub(super) struct Setting<'t> {
    pub(super) value: Value<'t>,
    layer: Layer<'t>,
}

impl Setting<'_> {
    /// Where the value, or a part of it, is written.
    pub(super) fn origin_of(&self, part: &Value<'_>) -> Origin {
        self.layer.origin(part.span().start)
    }

    pub(super) fn origin(&self) -> Origin {
        self.origin_of(&self.value)
    }
}

struct Entry<'t> {
    default: Setting<'t>,
    given: Option<Setting<'t>>,
}

/// Every setting that exists, with its default and what overrides it.
pub(super) struct Settings<'t>(BTreeMap<Name, Entry<'t>>);

impl<'t> Settings<'t> {
    /// The embedded file alone.
    pub(super) fn embedded() -> Self {
        let document =
            DeTable::parse(EMBEDDED).expect("the embedded settings are TOML, which a test proves");
        let mut entries = BTreeMap::new();
        for (section, keys) in document.into_inner() {
            let DeValue::Table(keys) = keys.into_inner() else {
                continue;
            };
            for (key, value) in keys {
                let default = Setting {
                    value,
                    layer: Layer::Embedded,
                };
                entries.insert(
                    Name::new(section.get_ref().as_ref(), key.into_inner()),
                    Entry {
                        default,
                        given: None,
                    },
                );
            }
        }
        Self(entries)
    }

    /// Lays a user's file over what is there.
    pub(super) fn add_file(&mut self, path: &'t str, text: &'t str) -> Vec<Fault> {
        let layer = Layer::File { path, text };
        let (document, errors) = DeTable::parse_recoverable(text);
        let mut faults: Vec<_> = errors
            .iter()
            .map(|error| syntax_fault(layer, error))
            .collect();
        // What follows a slip in the syntax would be guesswork; a duplicate harms only itself.
        if errors.iter().any(|error| !is_duplicate(error)) {
            return faults;
        }
        for (section, keys) in document.into_inner() {
            let origin = layer.origin(section.span().start);
            match keys.into_inner() {
                DeValue::Table(_) if !self.has_section(section.get_ref()) => {
                    faults.push(self.unknown_section(origin, section.get_ref()));
                }
                DeValue::Table(keys) => {
                    faults.extend(self.add_section(layer, section.get_ref(), keys));
                }
                _ => faults.push(self.outside_sections(origin, section.get_ref())),
            }
        }
        faults
    }

    fn add_section(&mut self, layer: Layer<'t>, section: &str, keys: DeTable<'t>) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (key, value) in keys {
            let origin = layer.origin(key.span().start);
            let name = Name::new(section, key.into_inner());
            match self.0.get_mut(&name) {
                Some(entry) => entry.given = Some(Setting { value, layer }),
                None => faults.push(self.unknown_key(origin, &name)),
            }
        }
        faults
    }

    /// Lays variables over what is there; those without the prefix are somebody else's.
    pub(super) fn add_variables(&mut self, variables: &'t [(String, String)]) -> Vec<Fault> {
        let ours = variables
            .iter()
            .filter(|(name, _)| name.starts_with(VARIABLE_PREFIX));
        ours.filter_map(|(variable, text)| self.add_variable(variable, text).err())
            .collect()
    }

    fn add_variable(&mut self, variable: &'t str, text: &'t str) -> Result<(), Fault> {
        let found = self
            .0
            .iter_mut()
            .find(|(name, _)| name.variable() == variable);
        let Some((name, entry)) = found else {
            return Err(self.unknown_variable(variable));
        };
        if text.contains(char::REPLACEMENT_CHARACTER) {
            let refusal = refusal("the value is not UTF-8", "set it as UTF-8");
            return Err(Fault::at(variable).key(name).refused(refusal));
        }
        let value = variable_value(text, entry.default.value.get_ref());
        entry.given = Some(Setting {
            value,
            layer: Layer::Variable(variable),
        });
        Ok(())
    }

    /// The value in force.
    pub(super) fn in_force(&self, name: &Name) -> &Setting<'t> {
        let entry = self.entry(name);
        entry.given.as_ref().unwrap_or(&entry.default)
    }

    /// The embedded value.
    pub(super) fn default_of(&self, name: &Name) -> &Setting<'t> {
        &self.entry(name).default
    }

    /// Whether a file or a variable sets it.
    pub(super) fn is_given(&self, name: &Name) -> bool {
        self.entry(name).given.is_some()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &Name> + Clone {
        self.0.keys()
    }

    pub(super) fn effective(&self) -> Vec<Effective> {
        self.names()
            .map(|name| Effective::new(name, self.in_force(name)))
            .collect()
    }

    fn has_section(&self, section: &str) -> bool {
        self.names().any(|name| name.section == section)
    }

    fn entry(&self, name: &Name) -> &Entry<'t> {
        let entry = self.0.get(name);
        entry.unwrap_or_else(|| panic!("`{name}` is read but is not in `config/mcnd.toml`"))
    }
}

/// A text setting takes the variable as it stands; any other takes TOML.
fn variable_value<'t>(text: &'t str, default: &DeValue<'_>) -> Value<'t> {
    let plain = || Spanned::new(0..text.len(), DeValue::String(Cow::Borrowed(text)));
    match DeValue::parse(text.trim()) {
        Ok(value) if value.get_ref().is_str() || !default.is_str() => value,
        _ => plain(),
    }
}

fn syntax_fault(layer: Layer<'_>, error: &Error) -> Fault {
    let at = Fault::at(layer.origin(error.span().map_or(0, |span| span.start)));
    if is_duplicate(error) {
        return at.refused(refusal(
            "this key or section is there already",
            "keep one of the two",
        ));
    }
    // The parser's message names what it expected and never quotes the line, which may hold a secret.
    at.refused(refusal(
        format!("not TOML: {}", error.message()),
        "correct the syntax of this line",
    ))
}

fn is_duplicate(error: &Error) -> bool {
    error.message().starts_with("duplicate key")
}

fn line_at(text: &str, offset: usize) -> usize {
    1 + text
        .bytes()
        .take(offset)
        .filter(|byte| *byte == b'\n')
        .count()
}

#[cfg(test)]
mod tests {
    use crate::config::given;

    #[test]
    fn a_variable_wins_over_the_file_and_the_file_over_the_default() {
        let text = b"[feed]\nlimit = 5\nmax_bytes = 6\n";
        let config = given::loaded(
            text,
            &[
                ("MCND__FEED__LIMIT", "7"),
                ("HOME", "/"),
                ("MCND_OTHER", "x"),
            ],
        )
        .unwrap();
        assert_eq!(
            (
                config.feed.limit,
                config.feed.max_bytes,
                config.feed.daily_cap
            ),
            (7, 6, 0)
        );
        let origin = |key: &str| {
            config
                .effective()
                .iter()
                .find(|one| one.key == key)
                .unwrap()
                .origin
                .to_string()
        };
        assert_eq!(origin("feed.limit"), "MCND__FEED__LIMIT");
        assert!(origin("feed.max_bytes").ends_with("/mcnd.toml:3"));
        assert_eq!(origin("feed.daily_cap"), "default");
    }

    #[test]
    fn a_variable_is_toml_or_plain_text() {
        let variables = [
            ("MCND__USER_LIST__MEMBER", "2024"),
            ("MCND__SERVER__PUBLIC_URL", "\"https://mcn.example\""),
            ("MCND__LOG__LEVEL", "warn"),
            ("MCND__ACCESS__OPEN", " true "),
            ("MCND__SERVER__TRUSTED_PROXIES", "[\"10.0.0.0/8\"]"),
        ];
        let config = given::loaded(b"", &variables).unwrap();
        assert_eq!(config.user_list.member, "2024");
        assert_eq!(
            config.server.public_url.unwrap().as_str(),
            "https://mcn.example/"
        );
        assert_eq!(config.log.level, "warn");
        assert!(config.access.open);
        assert_eq!(config.server.trusted_proxies.len(), 1);
    }

    #[test]
    fn a_slip_in_the_syntax_is_told_with_its_line_and_nothing_is_guessed() {
        let faults = given::faults("[feed]\nlimit = 7\nmax_bytes = \n[acess]\n");
        assert!(
            faults
                .iter()
                .all(|fault| fault.contains("/mcnd.toml:3: not TOML: ")),
            "{faults:?}"
        );
    }
}
