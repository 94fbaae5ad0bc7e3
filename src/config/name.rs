//! Names of settings, and the known one that an unknown one was meant to be.

use std::fmt;

use strsim::normalized_damerau_levenshtein;

use super::VARIABLE_PREFIX;

/// Below this likeness a suggestion confuses more than it helps.
const LIKE: f64 = 0.6;

/// The full name of a setting, written `section.key`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    pub(super) section: String,
    pub(super) key: String,
}

impl Name {
    pub(super) fn new(section: impl Into<String>, key: impl Into<String>) -> Self {
        Self {
            section: section.into(),
            key: key.into(),
        }
    }

    /// The variable that overrides the setting.
    pub(super) fn variable(&self) -> String {
        format!("{VARIABLE_PREFIX}{}__{}", self.section, self.key).to_ascii_uppercase()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.section, self.key)
    }
}

/// The known word most like `word`, if any is like it at all.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (normalized_damerau_levenshtein(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= LIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}

/// The known setting that `unknown` was meant to be: the same key of another section, or a name like it.
pub(super) fn nearest_name<'a>(
    unknown: &Name,
    known: impl Iterator<Item = &'a Name> + Clone,
) -> Option<&'a Name> {
    let full = unknown.to_string();
    let like = known
        .clone()
        .map(|name| {
            (
                normalized_damerau_levenshtein(&full, &name.to_string()),
                name,
            )
        })
        .filter(|(likeness, name)| {
            *likeness >= LIKE && nearest(&unknown.key, [name.key.as_str()]).is_some()
        })
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name);
    like.or_else(|| known.into_iter().find(|name| name.key == unknown.key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggestion(section: &str, key: &str) -> Option<String> {
        let known = [
            Name::new("server", "public"),
            Name::new("server", "public_url"),
            Name::new("database", "url"),
        ];
        nearest_name(&Name::new(section, key), known.iter()).map(Name::to_string)
    }

    #[test]
    fn a_slip_finds_the_setting_that_was_meant() {
        assert_eq!(
            suggestion("server", "pulbic_url").as_deref(),
            Some("server.public_url")
        );
        assert_eq!(
            suggestion("sever", "public").as_deref(),
            Some("server.public")
        );
        assert_eq!(
            suggestion("feed", "public_url").as_deref(),
            Some("server.public_url")
        );
        assert_eq!(suggestion("server", "colour"), None);
    }

    #[test]
    fn a_setting_names_its_variable() {
        assert_eq!(
            Name::new("user_list", "page_size").variable(),
            "MCND__USER_LIST__PAGE_SIZE"
        );
    }
}
