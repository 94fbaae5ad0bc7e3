//! The statements of lists: one for each combination of what narrows them, put together from constant fragments.
//!
//! A condition of the form "no state is asked for, or it is this one" would read the whole table, so each combination has
//! a text of its own. A value never becomes part of one.

mod text;

use std::{collections::BTreeMap, sync::LazyLock};

use crate::{catalog::db::Sql, model::VideoOrder};

use text::{numbered, text};

/// What narrows a list, in the order in which a statement says it and takes its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Creator,
    State,
    Refusal,
    Held,
    Unheld,
    Conflict,
    Broken,
    Words,
}

/// What a statement is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Purpose {
    /// Videos from one place to another, in order.
    Page(VideoOrder),
    /// The place behind so many rows of the index that a list is read from.
    End(VideoOrder),
    /// How many videos there are from one place to another, newest first.
    Count,
    /// Those of given videos that the list would show.
    Among,
    /// Ids and guids from one place to another, oldest first.
    Walk,
    /// What can be moved of those of given videos that the list would show; the rows stay locked.
    Own,
}

/// A statement's purpose and what it narrows by, sorted.
type Form = (Purpose, Vec<Part>);

/// A statement as it is written.
struct Written {
    name: String,
    sqlite: String,
    postgres: String,
}

static FORMS: LazyLock<BTreeMap<Form, Written>> = LazyLock::new(|| {
    let mut forms = BTreeMap::new();
    for parts in combinations() {
        for (purpose, parts) in purposes(&parts) {
            forms
                .entry((purpose, parts.clone()))
                .or_insert_with(|| written(purpose, &parts));
        }
    }
    forms
});

/// Every statement with its name, for the audit.
pub(in crate::catalog) fn statements() -> impl Iterator<Item = (&'static str, Sql)> {
    FORMS
        .values()
        .map(|written| (written.name.as_str(), sql(written)))
}

/// Videos from one place to another.
pub(super) fn page(order: VideoOrder, parts: &[Part]) -> Sql {
    form(Purpose::Page(order), parts.to_vec())
}

/// The place where a walk of so many rows ends.
pub(super) fn end(order: VideoOrder, parts: &[Part]) -> Sql {
    form(
        Purpose::End(order),
        driver(order, parts).into_iter().collect(),
    )
}

/// How many videos there are from one place to another.
pub(super) fn count(parts: &[Part]) -> Sql {
    form(Purpose::Count, parts.to_vec())
}

/// Those of given videos that the list would show.
pub(super) fn among(parts: &[Part]) -> Sql {
    form(Purpose::Among, parts.to_vec())
}

/// Ids and guids from one place to another, oldest first.
pub(super) fn walk(parts: &[Part]) -> Sql {
    form(Purpose::Walk, parts.to_vec())
}

/// What can be moved of those of given videos that the list would show; the mark of a job is its first argument.
pub(super) fn own(parts: &[Part]) -> Sql {
    form(Purpose::Own, parts.to_vec())
}

fn form(purpose: Purpose, parts: Vec<Part>) -> Sql {
    let written = FORMS.get(&(purpose, parts));
    sql(written.expect("every combination of parts has its statements"))
}

fn sql(written: &'static Written) -> Sql {
    Sql::each(&written.sqlite, &written.postgres)
}

/// Every combination of parts that a query can have.
fn combinations() -> Vec<Vec<Part>> {
    let choices: [&[Option<Part>]; 6] = [
        &[None, Some(Part::Creator)],
        &[None, Some(Part::State), Some(Part::Refusal)],
        &[None, Some(Part::Held), Some(Part::Unheld)],
        &[None, Some(Part::Conflict)],
        &[None, Some(Part::Broken)],
        &[None, Some(Part::Words)],
    ];
    choices.iter().fold(vec![Vec::new()], |combined, choice| {
        let longer = combined.iter().flat_map(|parts| {
            choice
                .iter()
                .map(|part| parts.iter().copied().chain(*part).collect())
        });
        longer.collect()
    })
}

/// The statements that a combination needs.
fn purposes(parts: &[Part]) -> Vec<Form> {
    let mut needed = [Purpose::Count, Purpose::Walk, Purpose::Own]
        .map(|purpose| (purpose, parts.to_vec()))
        .to_vec();
    for order in VideoOrder::ALL {
        if order != VideoOrder::LongestWaiting || waits(parts) {
            let driver = driver(order, parts).into_iter().collect();
            needed.push((Purpose::Page(order), parts.to_vec()));
            needed.push((Purpose::End(order), driver));
        }
    }
    if !parts.contains(&Part::Words) {
        needed.push((Purpose::Among, parts.to_vec()));
    }
    needed
}

/// Whether these parts make sense of waiting videos, whose state and standing are known.
pub(super) fn waits(parts: &[Part]) -> bool {
    let known = [Part::State, Part::Refusal, Part::Conflict, Part::Broken];
    !parts.iter().any(|part| known.contains(part))
}

/// The part whose index a list is read from; none for the order's own.
pub(super) fn driver(order: VideoOrder, parts: &[Part]) -> Option<Part> {
    // What finds the fewest comes first.
    let by_id = [
        Part::Conflict,
        Part::Creator,
        Part::Refusal,
        Part::Broken,
        Part::Held,
        Part::State,
    ];
    let indexed = match order {
        VideoOrder::Newest | VideoOrder::Oldest => by_id.as_slice(),
        VideoOrder::LongestWaiting => &[Part::Creator],
    };
    indexed.iter().copied().find(|part| parts.contains(part))
}

impl Part {
    /// The condition; `#` stands for the next argument.
    fn condition(self) -> &'static str {
        match self {
            Self::Creator => "creator_id = #",
            Self::State => "state = #",
            Self::Refusal => "state = 'refused' AND refusal = #",
            Self::Held => "held",
            Self::Unheld => "NOT held",
            Self::Conflict => "other_remote_ids IS NOT NULL",
            Self::Broken => "broken IS NOT NULL",
            // As many patterns as a search has words at most.
            Self::Words => {
                "(SELECT (' ' || words) LIKE # AND (' ' || words) LIKE # AND (' ' || words) LIKE #
                 AND (' ' || words) LIKE # AND (' ' || words) LIKE # AND (' ' || words) LIKE #
                    FROM video_words WHERE video_id = videos.id)"
            }
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Creator => "of_creator",
            Self::State => "in_state",
            Self::Refusal => "refused_with",
            Self::Held => "held",
            Self::Unheld => "not_held",
            Self::Conflict => "in_conflict",
            Self::Broken => "broken",
            Self::Words => "by_words",
        }
    }
}

fn written(purpose: Purpose, parts: &[Part]) -> Written {
    let names = parts.iter().map(|part| part.name());
    let name = match purpose {
        Purpose::Page(order) => format!("PAGE {}", order.as_str()),
        Purpose::End(order) => format!("END {}", order.as_str()),
        Purpose::Count => "COUNT".to_owned(),
        Purpose::Among => "AMONG".to_owned(),
        Purpose::Walk => "WALK".to_owned(),
        Purpose::Own => "OWN".to_owned(),
    };
    Written {
        name: [name.as_str()]
            .into_iter()
            .chain(names)
            .collect::<Vec<_>>()
            .join(" "),
        sqlite: numbered(&text(purpose, parts, true)),
        postgres: numbered(&text(purpose, parts, false)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_from_what_finds_the_fewest() {
        let parts = [Part::Creator, Part::State, Part::Broken];
        assert_eq!(driver(VideoOrder::Newest, &parts), Some(Part::Creator));
        let parts = [Part::State, Part::Unheld, Part::Words];
        assert_eq!(driver(VideoOrder::Oldest, &parts), Some(Part::State));
        let parts = [Part::Held, Part::Words];
        assert_eq!(driver(VideoOrder::LongestWaiting, &parts), None);
    }

    #[test]
    fn every_combination_has_its_statements() {
        for parts in combinations() {
            for order in VideoOrder::ALL {
                if order != VideoOrder::LongestWaiting || waits(&parts) {
                    assert!(page(order, &parts).sqlite.contains("LIMIT"));
                    assert!(end(order, &parts).postgres.contains("OFFSET"));
                }
            }
            assert!(count(&parts).sqlite.contains("COUNT"));
        }
    }
}
