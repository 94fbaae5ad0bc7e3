//! `[feed]`: what the feeds say and how much of it (product 3, contract dailymotion-pull 3 to 7).

use std::time::Duration;

use super::{
    dm::{self, DmAttribute, DmMapping},
    faults::refusal,
    parse::{self, DAY, HOUR},
    read::Section,
};

/// What the feeds say and how much of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the file, on or off by itself"
)]
pub struct Feed {
    /// Videos on a page; 0 lifts the limit.
    pub limit: u32,
    /// Bytes of a page; 0 lifts the limit.
    pub max_bytes: usize,
    /// Names the next page also in `drain` feeds; the others always do.
    pub paging: bool,
    /// How long a `delta` feed lists an imported video again after it changed.
    pub delta_window: Duration,
    /// Ready events of a creator in 24 hours that close the feed; 0 is no cap.
    pub daily_cap: u32,
    pub allow_private_media: bool,
    /// Memory for rendered feeds; 0 keeps none.
    pub cache_bytes: u64,
    /// Where the category stands; empty only when [`Self::dm`] carries it.
    pub category: Vec<CategoryCarrier>,
    /// Where optional media elements stand.
    pub level: Level,
    pub declare_dm: bool,
    pub html_description: bool,
    pub geo_restriction: bool,
    pub explicit_rating: bool,
    pub generator: bool,
    /// No two share level and element. They need [`Self::declare_dm`].
    pub dm: Vec<DmMapping>,
}

/// An element that can carry a video's category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CategoryCarrier {
    /// `media:category`.
    MediaCategory,
    /// The plain `category` of RSS.
    Category,
}

/// Where in a feed's item an element stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Item,
    /// In `media:content`.
    Content,
}

pub(super) const LEVELS: [(&str, Level); 2] = [("item", Level::Item), ("content", Level::Content)];

const CARRIERS: [(&str, CategoryCarrier); 2] = [
    ("media:category", CategoryCarrier::MediaCategory),
    ("category", CategoryCarrier::Category),
];

impl Feed {
    pub(super) fn read(section: &Section<'_>) -> Self {
        let feed = Self {
            limit: section.number("limit", 0..=1_000_000),
            max_bytes: section.number("max_bytes", 0..=1_000_000_000),
            paging: section.flag("paging"),
            delta_window: section.duration("delta_window", HOUR..=36_500 * DAY),
            daily_cap: section.number("daily_cap", 0..=1_000_000),
            allow_private_media: section.flag("allow_private_media"),
            cache_bytes: section.number("cache_bytes", 0..=1 << 40),
            category: section.list("category", |value| parse::choice(value, &CARRIERS)),
            level: section.choice("level", &LEVELS),
            declare_dm: section.flag("declare_dm"),
            html_description: section.flag("html_description"),
            geo_restriction: section.flag("geo_restriction"),
            explicit_rating: section.flag("explicit_rating"),
            generator: section.flag("generator"),
            dm: section.list("dm", dm::mapping),
        };
        feed.check_category(section);
        feed.check_dm(section);
        feed
    }

    fn check_category(&self, section: &Section<'_>) {
        let carried = self
            .dm
            .iter()
            .any(|mapping| mapping.attribute == DmAttribute::Category);
        if self.category.is_empty() && !carried {
            let cure = "name `media:category` or `category`, or map `category` in `feed.dm`";
            section.refuse(
                "category",
                refusal("nothing would carry a video's category", cure),
            );
        }
        if repeats(&self.category, |one, other| one == other) {
            section.refuse(
                "category",
                refusal("an element is named twice", "keep one of the two"),
            );
        }
    }

    fn check_dm(&self, section: &Section<'_>) {
        if !self.dm.is_empty() && !self.declare_dm {
            let cure = "set `feed.declare_dm = true`";
            section.refuse(
                "dm",
                refusal("its elements need the namespace to be declared", cure),
            );
        }
        if repeats(&self.dm, |one, other| {
            (one.level, &one.element) == (other.level, &other.element)
        }) {
            section.refuse(
                "dm",
                refusal("two mappings write the same element", "keep one of the two"),
            );
        }
    }
}

fn repeats<T>(items: &[T], same: impl Fn(&T, &T) -> bool) -> bool {
    items
        .iter()
        .enumerate()
        .any(|(index, item)| items[..index].iter().any(|earlier| same(earlier, item)))
}

#[cfg(test)]
mod tests {
    use crate::config::given;

    #[test]
    fn a_category_needs_a_carrier() {
        assert!(given::faults("feed.category = []")[0].contains("nothing would carry"));
        given::config(
            "[feed]\ncategory = []\ndm = [{ attribute = \"category\", element = \"channel\" }]",
        );
        assert!(
            given::faults("feed.category = [\"category\", \"category\"]")[0]
                .contains("named twice")
        );
        assert!(
            given::faults("feed.category = [\"media:categories\"]")[0]
                .contains("did you mean `media:category`?")
        );
    }

    #[test]
    fn mappings_need_their_namespace_and_differ() {
        let mapping = "{ attribute = \"language\", element = \"x\" }, { attribute = \"country\", element = \"x\"";
        assert!(
            given::faults(&format!("feed.dm = [{mapping} }}]"))[0].contains("the same element")
        );
        given::config(&format!("feed.dm = [{mapping}, level = \"content\" }}]"));
        let undeclared = given::faults(
            "[feed]\ndeclare_dm = false\ndm = [{ attribute = \"tags\", element = \"x\" }]",
        );
        assert!(
            undeclared[0].contains("`feed.dm`") && undeclared.len() == 1,
            "{undeclared:?}"
        );
    }
}
