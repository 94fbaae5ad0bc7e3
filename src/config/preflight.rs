//! `[preflight]`: what a video must be before it may go out (contract dailymotion-pull 9.2). It only gives a new catalog its
//! rules; from then on those of the catalog count.

use serde::{Deserialize, Serialize};

use super::{
    faults::{Refusal, named, refusal, told},
    layers::Value,
    parse,
    read::Section,
};

/// The configurable part of the preflight rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preflight {
    /// Dailymotion's category slugs; not empty while they are checked.
    pub categories: Vec<String>,
    pub check_category: bool,
}

impl Preflight {
    pub(super) fn read(section: &Section<'_>) -> Self {
        let preflight = Self {
            categories: section.list("categories", slug),
            check_category: section.flag("check_category"),
        };
        if let Some((key, refusal)) = preflight.fault() {
            section.refuse(key, refusal);
        }
        preflight
    }

    /// Everything that is wrong with rules that come from elsewhere, one sentence each.
    pub fn problems(&self) -> Vec<String> {
        told(self.wrong())
    }

    /// The same, each with the name of the setting that it is about.
    pub fn wrong(&self) -> Vec<(&'static str, String)> {
        let slugs = self.categories.iter().filter_map(|slug| {
            let Refusal { problem, cure } = check_slug(slug).err()?;
            let problem = format!("`{slug}` is {problem}");
            Some(("categories", refusal(problem, cure)))
        });
        named(slugs.chain(self.fault()))
    }

    /// What shows only when all of it is seen together.
    fn fault(&self) -> Option<(&'static str, Refusal)> {
        let cure = "list the slugs, or set `check_category` to false";
        let blocked = refusal("every video would be blocked", cure);
        (self.check_category && self.categories.is_empty()).then_some(("categories", blocked))
    }
}

fn slug(value: &Value<'_>) -> Result<String, Refusal> {
    let slug = parse::text(value)?;
    check_slug(&slug).map(|()| slug)
}

fn check_slug(slug: &str) -> Result<(), Refusal> {
    let fits =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    if !slug.is_empty() && slug.bytes().all(fits) {
        return Ok(());
    }
    Err(refusal(
        "not a category's slug",
        "write lower-case letters, digits, `-` and `_`, such as `shortfilms`",
    ))
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, given};

    #[test]
    fn the_default_categories_are_those_of_the_contract() {
        let current = "animals auto creation fun lifestyle music news people school sport tech travel tv videogames webcam";
        let mut expected: Vec<_> = current.split(' ').chain(["kids", "shortfilms"]).collect();
        expected.sort_unstable();
        assert_eq!(Config::default().preflight.categories, expected);
    }

    #[test]
    fn no_categories_and_a_check_of_them_is_refused() {
        assert!(
            given::faults("preflight.categories = []")[0].contains("every video would be blocked")
        );
        given::config("preflight = { categories = [], check_category = false }");
        assert!(
            given::faults("preflight.categories = [\"News\"]")[0]
                .contains("`\"News\"`: not a category's slug")
        );
    }
    #[test]
    fn rules_from_elsewhere_are_held_to_the_same() {
        let mut rules = Config::default().preflight;
        assert_eq!(rules.problems(), [""; 0]);
        rules.categories = vec!["News".to_owned(), String::new()];
        let problems = rules.problems();
        assert_eq!(problems.len(), 2);
        let first = "`categories`: `News` is not a category's slug";
        assert!(problems[0].starts_with(first), "{problems:?}");
        rules.categories.clear();
        assert!(rules.problems()[0].starts_with("`categories`: every video would be blocked"));
    }
}
