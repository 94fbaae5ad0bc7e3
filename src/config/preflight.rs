//! `[preflight]`: what a video must be before it may go out (contract dailymotion-pull 9.2).

use super::{
    faults::{Refusal, refusal},
    layers::Value,
    parse,
    read::Section,
};

/// The configurable part of the preflight rules.
#[derive(Clone, Debug, PartialEq, Eq)]
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
        if preflight.check_category && preflight.categories.is_empty() {
            let cure = "list the slugs, or set `preflight.check_category = false`";
            section.refuse("categories", refusal("every video would be blocked", cure));
        }
        preflight
    }
}

fn slug(value: &Value<'_>) -> Result<String, Refusal> {
    let slug = parse::text(value)?;
    let fits =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    if !slug.is_empty() && slug.bytes().all(fits) {
        return Ok(slug);
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
}
