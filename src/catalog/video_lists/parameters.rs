//! A list's query by the names of its parameters: what addresses, flags and stored jobs hold.

use std::fmt::Display;

use super::VideoQuery;
use crate::model::{CreatorId, State, Words, short_escaped};

impl VideoQuery {
    /// The names, as flags of `mcnd video list` and parameters of an address.
    pub const PARAMETERS: [&str; 7] = [
        "creator",
        "state",
        "reason",
        "conflicts",
        "broken",
        "held",
        "search",
    ];

    /// The query whose parameters `value` gives by their names.
    ///
    /// # Errors
    /// One sentence for each parameter that is wrong.
    pub fn read(
        mut value: impl FnMut(&'static str) -> Option<String>,
    ) -> Result<Self, Vec<String>> {
        let mut reading = Reading::default();
        let query = Self {
            creator: reading.parsed::<CreatorId>("creator", value("creator")),
            state: reading.parsed::<State>("state", value("state")),
            refusal: value("reason"),
            in_conflict: reading.flag("conflicts", value("conflicts")) == Some(true),
            breaks_rules: reading.flag("broken", value("broken")) == Some(true),
            held: reading.flag("held", value("held")),
            words: value("search").as_deref().map(Words::from),
        };
        reading.finish(query)
    }

    /// Its parameters, without those that do not narrow.
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        let yes = |flag: &bool| flag.then(|| true.to_string());
        // Nothing that narrows is left out, or a kept query would come to mean more.
        let Self {
            creator,
            state,
            refusal,
            in_conflict,
            breaks_rules,
            held,
            words,
        } = self;
        let values = [
            creator.as_ref().map(ToString::to_string),
            state.map(|state| state.as_str().to_owned()),
            refusal.clone(),
            yes(in_conflict),
            yes(breaks_rules),
            held.map(|held| held.to_string()),
            words.as_ref().map(|words| words.as_slice().join(" ")),
        ];
        let named = Self::PARAMETERS.into_iter().zip(values);
        named
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }

    /// The query as part of a sentence about videos; empty where it does not narrow.
    pub fn sentence(&self) -> String {
        let held = |held| {
            if held {
                "that are held"
            } else {
                "that are not held"
            }
        };
        let parts = [
            self.state
                .map(|state| format!("in state `{}`", state.as_str())),
            self.refusal
                .as_ref()
                .map(|reason| format!("refused with `{}`", short_escaped(reason))),
            self.creator
                .as_ref()
                .map(|creator| format!("of `{creator}`")),
            self.in_conflict.then(|| "with a conflict".to_owned()),
            self.breaks_rules.then(|| "that break a rule".to_owned()),
            self.held.map(|is_held| held(is_held).to_owned()),
            self.words
                .as_ref()
                .map(|words| format!("found by `{}`", words.as_slice().join(" "))),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// Parameters while they are read; everything wrong is told at once.
#[derive(Default)]
pub(in crate::catalog) struct Reading {
    wrong: Vec<String>,
}

impl Reading {
    /// A text that a type reads; none when it is absent or wrong.
    pub(in crate::catalog) fn parsed<T: std::str::FromStr<Err: Display>>(
        &mut self,
        name: &str,
        value: Option<String>,
    ) -> Option<T> {
        match value?.parse() {
            Ok(value) => Some(value),
            Err(why) => {
                self.wrong.push(format!("`{name}`: {why}"));
                None
            }
        }
    }

    fn flag(&mut self, name: &str, value: Option<String>) -> Option<bool> {
        let value = value?;
        let flag = match value.as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        };
        if flag.is_none() {
            let text = short_escaped(&value);
            let why = format!("`{name}`: `{text}` is not one of `true`, `false`");
            self.wrong.push(why);
        }
        flag
    }

    /// What was read.
    ///
    /// # Errors
    /// One sentence for each parameter that was wrong.
    pub(in crate::catalog) fn finish<T>(self, read: T) -> Result<T, Vec<String>> {
        if self.wrong.is_empty() {
            Ok(read)
        } else {
            Err(self.wrong)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<VideoQuery, Vec<String>> {
        VideoQuery::read(|name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn parameters_read_back() {
        let query = read(&[
            ("creator", "demo"),
            ("reason", "failed"),
            ("conflicts", "true"),
            ("held", "false"),
            ("search", "Paper boats"),
        ])
        .unwrap();
        let told = query.parameters();
        let told: Vec<_> = told
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        assert_eq!(read(&told), Ok(query.clone()));
        assert_eq!(
            query.sentence(),
            "refused with `failed` of `demo` with a conflict that are not held found by `paper boats`"
        );
        assert_eq!(VideoQuery::default().parameters(), []);
    }

    #[test]
    fn a_search_without_words_stays_one_that_finds_nothing() {
        let query = read(&[("search", "…")]).unwrap();
        assert_eq!(query.parameters(), [("search", String::new())]);
        assert_eq!(read(&[("search", "")]), Ok(query));
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let wrong = read(&[("creator", "A B"), ("state", "lost"), ("held", "perhaps")]);
        let wrong = wrong.unwrap_err();
        assert_eq!(wrong.len(), 3, "{wrong:?}");
        assert_eq!(wrong[2], "`held`: `perhaps` is not one of `true`, `false`");
    }
}
