//! The accounting: every video of the sample, once, with where it ended and why; and whatever does not add up.
//!
//! The oracle is the simulator, which shares nothing with the daemon: what it says it made must be what the catalog
//! says it has.

use std::collections::{BTreeMap, BTreeSet};

use super::look::Look;
use crate::{
    app::ExportedVideo,
    model::{Guid, State},
    simulator::{Fate, Item},
};

/// Videos that ended alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) state: &'static str,
    /// The refusal's status, the holds or the broken rules; empty for what needs no reason.
    pub(super) why: String,
    pub(super) videos: usize,
}

/// The books of one demo.
pub(super) struct Account {
    pub(super) lines: Vec<Line>,
    /// Videos of the sample, by its own count.
    pub(super) total: usize,
    /// What does not add up, in words; empty when nothing was lost.
    pub(super) faults: Vec<String>,
}

impl Account {
    /// Settles the books over the sample's guids.
    pub(super) fn of(sample: &[Guid], look: &Look) -> Self {
        let lines = lines(sample, look);
        let mut faults = missing_and_foreign(sample, look);
        for video in &look.videos {
            faults.extend(fault(
                video,
                &look.reasons(video),
                look.report.items.get(&video.guid),
            ));
        }
        faults.extend(miscounted(sample.len(), &lines, look));
        Self {
            lines,
            total: sample.len(),
            faults,
        }
    }
}

/// Videos of the sample by state and reason, in the order of a video's life.
fn lines(sample: &[Guid], look: &Look) -> Vec<Line> {
    let sample: BTreeSet<_> = sample.iter().map(Guid::as_str).collect();
    let mut counts = BTreeMap::new();
    for video in &look.videos {
        if sample.contains(video.guid.as_str()) {
            *counts.entry((video.state, why(video, look))).or_default() += 1;
        }
    }
    State::ALL
        .into_iter()
        .flat_map(|state| {
            counts
                .iter()
                .filter(move |((of, _), _)| *of == state.as_str())
        })
        .map(|((state, why), videos)| Line {
            state,
            why: why.clone(),
            videos: *videos,
        })
        .collect()
}

fn why(video: &ExportedVideo, look: &Look) -> String {
    if video.state == State::Refused.as_str() {
        video.refusal.clone().unwrap_or_default()
    } else if video.state == State::Draft.as_str() {
        video.broken.join(", ")
    } else if video.state == State::Waiting.as_str() {
        look.reasons(video).join(", ")
    } else {
        String::new()
    }
}

/// Videos of the sample that the catalog has lost, and items that come from nowhere.
fn missing_and_foreign(sample: &[Guid], look: &Look) -> Vec<String> {
    let known: BTreeSet<_> = look
        .videos
        .iter()
        .map(|video| video.guid.as_str())
        .collect();
    let missing = sample
        .iter()
        .filter(|guid| !known.contains(guid.as_str()))
        .map(|guid| format!("`{guid}` is missing from the catalog"));
    let foreign = look
        .report
        .items
        .keys()
        .filter(|guid| !known.contains(guid.as_str()))
        .map(|guid| format!("the simulator was offered `{guid}`, which the catalog does not have"));
    missing.chain(foreign).collect()
}

/// What the catalog and the simulator say differently about one video.
fn fault(video: &ExportedVideo, reasons: &[&str], item: Option<&Item>) -> Option<String> {
    let guid = &video.guid;
    if item.is_some_and(|item| item.unacknowledged > 0) {
        return Some(format!("a report of `{guid}` was never acknowledged"));
    }
    let fate = item.map(|item| &item.fate);
    let state: State = video.state.parse().ok()?;
    let agreed = match state {
        State::Imported => matches!(fate, Some(Fate::Imported(ids)) if *ids == video.remote_ids),
        State::Refused => {
            matches!(fate, Some(Fate::Refused(status)) if Some(status) == video.refusal.as_ref())
        }
        State::Waiting if reasons.is_empty() => {
            return Some(format!("`{guid}` still waits, and nothing holds it"));
        }
        State::Waiting | State::Draft | State::Pushing | State::Removed => fate.is_none(),
    };
    let said = fate.map_or_else(
        || "never saw it".to_owned(),
        |fate| format!("says {fate:?}"),
    );
    (!agreed).then(|| {
        let id = video.remote_id.as_deref().unwrap_or("no remote id");
        format!(
            "`{guid}` is {} with {id}, and the simulator {said}",
            video.state
        )
    })
}

/// Sums that differ: the lines against the sample, the catalog's counters against its rows.
fn miscounted(total: usize, lines: &[Line], look: &Look) -> Vec<String> {
    let mut faults = Vec::new();
    let counted: usize = lines.iter().map(|line| line.videos).sum();
    if counted != total {
        faults.push(format!("the lines add up to {counted} of {total} videos"));
    }
    for state in State::ALL {
        let rows = look
            .videos
            .iter()
            .filter(|video| video.state == state.as_str())
            .count();
        let kept = look.counts.of(state);
        if i64::try_from(rows) != Ok(kept) {
            faults.push(format!(
                "{rows} videos are {state}, and the catalog's counter says {kept}"
            ));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;
    use crate::{model::StateCounts, simulator::Report};

    fn video(guid: &str, state: State) -> ExportedVideo {
        ExportedVideo {
            guid: guid.to_owned(),
            creator: "ada".to_owned(),
            state: state.as_str(),
            holds: Vec::new(),
            remote_id: None,
            remote_ids: Vec::new(),
            conflict: false,
            broken: Vec::new(),
            refusal: None,
            times: None,
            columns: Map::new(),
        }
    }

    fn item(fate: Fate) -> Item {
        Item {
            user: "ada".to_owned(),
            title: String::new(),
            attempts: 1,
            fate,
            unacknowledged: 0,
        }
    }

    fn imported(id: &str) -> Fate {
        Fate::Imported(vec![id.to_owned()])
    }

    /// A look at these videos, with counters that agree.
    fn look(videos: Vec<ExportedVideo>, items: &[(&str, Item)]) -> Look {
        let mut counts = StateCounts::default();
        for video in &videos {
            counts.add(video.state.parse().unwrap(), 1);
        }
        let mut report = Report::default();
        for (guid, item) in items {
            report.items.insert((*guid).to_owned(), item.clone());
        }
        Look {
            counts,
            visits: Vec::new(),
            videos,
            events: Vec::new(),
            report,
            not_adopted: BTreeSet::from(["lagoa".to_owned()]),
        }
    }

    /// One video of each end, and the simulator agrees.
    fn good() -> Look {
        let mut done = video("done", State::Imported);
        done.remote_id = Some("x1".to_owned());
        done.remote_ids = vec!["x1".to_owned()];
        let mut refused = video("refused", State::Refused);
        refused.refusal = Some("error".to_owned());
        let mut held = video("held", State::Waiting);
        held.holds = vec!["kids", "private"];
        let mut unlisted = video("unlisted", State::Waiting);
        unlisted.creator = "lagoa".to_owned();
        let mut draft = video("draft", State::Draft);
        draft.broken = vec!["title_long"];
        let gone = video("gone", State::Removed);
        let items = [
            ("done", item(imported("x1"))),
            ("refused", item(Fate::Refused("error".to_owned()))),
        ];
        look(vec![done, refused, held, unlisted, draft, gone], &items)
    }

    fn sample(look: &Look) -> Vec<Guid> {
        let guids = look.videos.iter().map(|video| video.guid.parse().unwrap());
        guids.collect()
    }

    fn faults(look: &Look) -> Vec<String> {
        Account::of(&sample(&good()), look).faults
    }

    #[test]
    fn every_video_stands_in_one_line_with_its_reason() {
        let look = good();
        let account = Account::of(&sample(&look), &look);
        assert_eq!(account.faults, [""; 0]);
        let lines: Vec<_> = account
            .lines
            .iter()
            .map(|line| (line.state, line.why.as_str(), line.videos))
            .collect();
        let expected = [
            ("draft", "title_long", 1),
            ("waiting", "creator_not_adopted", 1),
            ("waiting", "kids, private", 1),
            ("imported", "", 1),
            ("refused", "error", 1),
            ("removed", "", 1),
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_video_that_is_gone_is_missed_by_name_and_by_sum() {
        let mut look = good();
        look.videos.remove(2);
        look.counts.add(State::Waiting, -1);
        let expected = [
            "`held` is missing from the catalog",
            "the lines add up to 5 of 6 videos",
        ];
        assert_eq!(faults(&look), expected);
    }

    #[test]
    fn another_remote_id_than_the_one_given_is_a_fault() {
        let mut look = good();
        look.report
            .items
            .insert("done".to_owned(), item(imported("x2")));
        assert_eq!(
            faults(&look),
            [r#"`done` is imported with x1, and the simulator says Imported(["x2"])"#]
        );
    }

    #[test]
    fn what_only_one_side_knows_is_a_fault() {
        for (guid, fate) in [
            ("held", Some(imported("x3"))),
            ("gone", Some(imported("x3"))),
            ("draft", Some(Fate::Silent)),
            ("stranger", Some(Fate::Importing)),
            ("done", None),
            ("refused", Some(Fate::Refused("rejected".to_owned()))),
        ] {
            let mut look = good();
            match fate {
                Some(fate) => look.report.items.insert(guid.to_owned(), item(fate)),
                None => look.report.items.remove(guid),
            };
            let faults = faults(&look);
            assert!(faults.len() == 1 && faults[0].contains(guid), "{faults:?}");
        }
    }

    #[test]
    fn a_video_that_nothing_holds_must_not_be_left_waiting() {
        let mut look = good();
        look.videos[2].holds.clear();
        assert_eq!(faults(&look), ["`held` still waits, and nothing holds it"]);
    }

    #[test]
    fn a_report_without_an_acknowledgement_is_a_fault() {
        let mut look = good();
        look.report.items.get_mut("done").unwrap().unacknowledged = 1;
        assert_eq!(faults(&look), ["a report of `done` was never acknowledged"]);
    }

    #[test]
    fn a_counter_that_differs_from_the_rows_is_a_fault() {
        let mut look = good();
        look.counts.add(State::Imported, 1);
        assert_eq!(
            faults(&look),
            ["1 videos are imported, and the catalog's counter says 2"]
        );
    }
}
