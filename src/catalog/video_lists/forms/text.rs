//! How the statements of lists are written.

use super::{Part, Purpose, driver};
use crate::{
    catalog::{candidates::candidate_columns, videos::video_columns},
    model::VideoOrder,
};

/// What each order says of places.
struct Places {
    /// Behind where the page begins.
    after: &'static str,
    /// Where it ends at the latest.
    until: &'static str,
    order: &'static str,
    /// The columns of a place.
    columns: &'static str,
}

fn places(order: VideoOrder) -> Places {
    match order {
        VideoOrder::Newest => Places {
            after: "id < #",
            until: "id >= #",
            order: "id DESC",
            columns: "CAST(0 AS BIGINT), id",
        },
        VideoOrder::Oldest => Places {
            after: "id > #",
            until: "id <= #",
            order: "id",
            columns: "CAST(0 AS BIGINT), id",
        },
        VideoOrder::LongestWaiting => Places {
            after: "state = 'waiting' AND (listed_from, id) > (#, #)",
            until: "(listed_from, id) <= (#, #)",
            order: "listed_from, id",
            columns: "listed_from, id",
        },
    }
}

/// The index that SQLite is told to take: it knows nothing of how many rows a condition leaves. Of the key alone it takes
/// no name.
fn index(order: VideoOrder, parts: &[Part]) -> &'static str {
    match (order, driver(order, parts)) {
        (VideoOrder::LongestWaiting, None) => " INDEXED BY videos_waiting_longest",
        (VideoOrder::LongestWaiting, Some(_creator)) => " INDEXED BY videos_of_creator_waiting",
        (_, Some(Part::Creator)) => " INDEXED BY videos_of_creator",
        (_, Some(Part::State)) => " INDEXED BY videos_in_state",
        (_, Some(Part::Refusal)) => " INDEXED BY videos_refused",
        (_, Some(Part::Held)) => " INDEXED BY videos_held",
        (_, Some(Part::Conflict)) => " INDEXED BY videos_in_conflict",
        (_, Some(Part::Broken)) => " INDEXED BY videos_broken",
        (_, Some(Part::Unheld | Part::Words) | None) => "",
    }
}

/// The text of a statement, with `#` for each argument: first what narrows, then places, then numbers of rows.
pub(super) fn text(purpose: Purpose, parts: &[Part], sqlite: bool) -> String {
    let narrowed = parts.iter().map(|part| part.condition());
    let indexed = |order| if sqlite { index(order, parts) } else { "" };
    let all = |also: &[&'static str]| {
        let conditions = narrowed.clone().chain(also.iter().copied());
        conditions.collect::<Vec<_>>().join("\n            AND ")
    };
    let from_to = |order, columns: &str, rest: &str| {
        let Places { after, until, .. } = places(order);
        let (from, all) = (indexed(order), all(&[after, until]));
        format!(
            "SELECT {columns}\n           FROM videos{from}\n          WHERE {all}\n          {rest}"
        )
    };
    let among = |columns: &str, rest: &str| {
        let all = all(&[given(sqlite)]);
        format!("SELECT {columns}\n           FROM videos\n          WHERE {all}{rest}")
    };
    match purpose {
        Purpose::Page(order) => {
            let by = places(order).order;
            from_to(
                order,
                video_columns!(),
                &format!("ORDER BY {by}\n          LIMIT #"),
            )
        }
        Purpose::Walk => from_to(
            VideoOrder::Oldest,
            "id, guid",
            "ORDER BY id\n          LIMIT #",
        ),
        Purpose::Count => {
            let some = from_to(VideoOrder::Newest, "1 AS one", "LIMIT #");
            format!("SELECT CAST(COUNT(*) AS BIGINT)\n           FROM ({some}) AS counted")
        }
        Purpose::End(order) => {
            let Places {
                after,
                order: by,
                columns,
                ..
            } = places(order);
            let (from, all) = (indexed(order), all(&[after]));
            format!(
                "SELECT {columns}\n           FROM videos{from}\n          WHERE {all}\n          ORDER BY {by}\n          LIMIT 1 OFFSET #"
            )
        }
        Purpose::Among => among(video_columns!(), ""),
        Purpose::Own if sqlite => among(candidate_columns!(), ""),
        // Taken in the order of ids, so that two never wait for each other.
        Purpose::Own => among(
            candidate_columns!(),
            "\n          ORDER BY id\n            FOR UPDATE",
        ),
    }
}

/// Videos whose ids are given as one JSON array.
fn given(sqlite: bool) -> &'static str {
    if sqlite {
        "id IN (SELECT value FROM json_each(#))"
    } else {
        "id IN (SELECT jsonb_array_elements_text(CAST(# AS jsonb)))"
    }
}

/// The text with `$1`, `$2`, … in the places of `#`.
pub(super) fn numbered(text: &str) -> String {
    let mut parts = text.split('#');
    let first = parts.next().unwrap_or_default().to_owned();
    (1..).zip(parts).fold(first, |text, (number, part)| {
        format!("{text}${number}{part}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_numbered_in_the_order_in_which_they_stand() {
        assert_eq!(numbered("a = # AND b = #"), "a = $1 AND b = $2");
        assert_eq!(numbered("a"), "a");
    }
}
