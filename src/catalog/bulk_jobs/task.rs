//! What a job does, and to what: an action with the query that finds its things.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    catalog::{EventRange, VideoQuery, video_lists::Reading},
    model::{BulkAction, Creator, CreatorId, Outcome, State, Timestamp, Words, short_escaped},
};

/// An action, and the query that finds what it is done to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BulkTask {
    Retry {
        query: VideoQuery,
        /// Not listed again before this moment.
        at: Option<Timestamp>,
    },
    TakeDown(VideoQuery),
    Replay(EventRange),
    Pause(CreatorChoice),
    Resume(CreatorChoice),
    /// A kept task that this program can't read, as one that a newer program planned. It is shown and may be cancelled, and
    /// nothing is ever done by it.
    Unreadable {
        action: BulkAction,
        why: String,
    },
}

/// Which creators are meant; what is absent does not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CreatorChoice {
    /// Only these.
    pub ids: BTreeSet<CreatorId>,
    /// Only those whose id or name has words that begin so.
    pub words: Option<Words>,
}

impl CreatorChoice {
    /// Whether a creator is meant.
    pub fn finds(&self, creator: &Creator) -> bool {
        let named = self.ids.is_empty() || self.ids.contains(&creator.id);
        let words = self.words.as_ref();
        named && words.is_none_or(|words| words.find(Some(&creator.name), creator.id.as_str()))
    }

    fn sentence(&self) -> String {
        let ids: Vec<_> = self.ids.iter().map(|id| format!("`{id}`")).collect();
        let words = self.words.as_ref();
        let parts = [
            (!ids.is_empty()).then(|| ids.join(", ")),
            words.map(|words| format!("found by `{}`", words.as_slice().join(" "))),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

impl BulkTask {
    /// The task of an action whose parameters `value` gives by their names.
    ///
    /// # Errors
    /// One sentence for each parameter that is wrong.
    pub fn read(
        action: BulkAction,
        mut value: impl FnMut(&'static str) -> Option<String>,
    ) -> Result<Self, Vec<String>> {
        match action {
            BulkAction::Retry => {
                let mut reading = Reading::default();
                let at = reading.parsed::<Timestamp>("at", value("at"));
                match (VideoQuery::read(value), reading.finish(at)) {
                    (Ok(query), Ok(at)) => Ok(Self::retry(query, at)),
                    (query, at) => Err([query.err(), at.err()]
                        .into_iter()
                        .flatten()
                        .flatten()
                        .collect()),
                }
            }
            BulkAction::TakeDown => VideoQuery::read(value).map(Self::TakeDown),
            BulkAction::Replay => range(value).map(Self::Replay),
            BulkAction::Pause => choice(value).map(Self::Pause),
            BulkAction::Resume => choice(value).map(Self::Resume),
        }
    }

    /// The task that the catalog keeps. One with a parameter that this program does not know would mean more than it says.
    pub(super) fn kept(action: BulkAction, query: &str) -> Self {
        let unreadable = |why| Self::Unreadable { action, why };
        let mut parameters: BTreeMap<String, String> = match serde_json::from_str(query) {
            Ok(parameters) => parameters,
            Err(odd) => return unreadable(odd.to_string()),
        };
        let task = Self::read(action, |name| parameters.remove(name));
        match (task, parameters.into_keys().next()) {
            (Ok(task), None) => task,
            (Ok(_less), Some(name)) => {
                let name = short_escaped(&name);
                unreadable(format!("`{name}` narrows no query that this program knows"))
            }
            (Err(wrong), _) => unreadable(wrong.join("; ")),
        }
    }

    /// A retry of what a query finds: refused videos, unless it asks for others.
    pub fn retry(query: VideoQuery, at: Option<Timestamp>) -> Self {
        let refused = (query.refusal.is_none()).then_some(State::Refused);
        Self::Retry {
            query: VideoQuery {
                state: query.state.or(refused),
                ..query
            },
            at,
        }
    }

    /// The names of the parameters that an action takes.
    pub fn parameter_names(action: BulkAction) -> Vec<&'static str> {
        match action {
            BulkAction::Retry => [&VideoQuery::PARAMETERS[..], &["at"]].concat(),
            BulkAction::TakeDown => VideoQuery::PARAMETERS.to_vec(),
            BulkAction::Replay => vec!["guid", "outcome", "since", "until"],
            BulkAction::Pause | BulkAction::Resume => vec!["creator", "search"],
        }
    }

    pub fn action(&self) -> BulkAction {
        match self {
            Self::Retry { .. } => BulkAction::Retry,
            Self::TakeDown(_) => BulkAction::TakeDown,
            Self::Replay(_) => BulkAction::Replay,
            Self::Pause(_) => BulkAction::Pause,
            Self::Resume(_) => BulkAction::Resume,
            Self::Unreadable { action, .. } => *action,
        }
    }

    /// Its parameters, without those that do not narrow. For a task that can't be read, why.
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Retry { query, at } => {
                let mut parameters = query.parameters();
                parameters.extend(at.map(|at| ("at", at.to_string())));
                parameters
            }
            Self::TakeDown(query) => query.parameters(),
            Self::Replay(range) => range_parameters(range),
            Self::Pause(choice) | Self::Resume(choice) => choice_parameters(choice),
            Self::Unreadable { why, .. } => vec![("unreadable", why.clone())],
        }
    }

    /// Which things are meant, as part of a sentence; empty where nothing narrows.
    pub fn sentence(&self) -> String {
        match self {
            Self::Retry { query, at } => {
                let at = at.map(|at| format!("not before {at}"));
                let parts = [Some(query.sentence()), at];
                parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
            }
            Self::TakeDown(query) => query.sentence(),
            Self::Replay(range) => range_sentence(range),
            Self::Pause(choice) | Self::Resume(choice) => choice.sentence(),
            Self::Unreadable { why, .. } => format!("of a query that can't be read: {why}"),
        }
    }
}

fn range(mut value: impl FnMut(&'static str) -> Option<String>) -> Result<EventRange, Vec<String>> {
    let mut reading = Reading::default();
    let range = EventRange {
        since: reading.parsed("since", value("since")),
        until: reading.parsed("until", value("until")),
        guid: value("guid"),
        outcome: reading.parsed::<Outcome>("outcome", value("outcome")),
    };
    reading.finish(range)
}

fn range_parameters(range: &EventRange) -> Vec<(&'static str, String)> {
    let parameters = [
        ("guid", range.guid.clone()),
        (
            "outcome",
            range.outcome.map(|outcome| outcome.as_str().to_owned()),
        ),
        ("since", range.since.map(|since| since.to_string())),
        ("until", range.until.map(|until| until.to_string())),
    ];
    let given = parameters.into_iter();
    given
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

fn range_sentence(range: &EventRange) -> String {
    let guid = range.guid.as_deref().map(short_escaped);
    let parts = [
        range
            .outcome
            .map(|outcome| format!("filed as {}", outcome.as_str())),
        guid.map(|guid| format!("about `{guid}`")),
        range.since.map(|since| format!("since {since}")),
        range.until.map(|until| format!("until {until}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn choice(
    mut value: impl FnMut(&'static str) -> Option<String>,
) -> Result<CreatorChoice, Vec<String>> {
    let mut reading = Reading::default();
    let mut ids = BTreeSet::new();
    // An empty list is no list of all.
    let listed = value("creator");
    for id in listed.iter().flat_map(|listed| listed.split(',')) {
        ids.extend(reading.parsed::<CreatorId>("creator", Some(id.trim().to_owned())));
    }
    let words = value("search").as_deref().map(Words::from);
    reading.finish(CreatorChoice { ids, words })
}

fn choice_parameters(choice: &CreatorChoice) -> Vec<(&'static str, String)> {
    let ids: Vec<_> = choice.ids.iter().map(CreatorId::as_str).collect();
    let words = choice.words.as_ref();
    let parameters = [
        ("creator", (!ids.is_empty()).then(|| ids.join(","))),
        ("search", words.map(|words| words.as_slice().join(" "))),
    ];
    let given = parameters.into_iter();
    given
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(action: BulkAction, pairs: &[(&str, &str)]) -> Result<BulkTask, Vec<String>> {
        BulkTask::read(action, |name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn every_task_reads_back_from_its_parameters() {
        let tasks = [
            (
                BulkAction::Retry,
                &[("creator", "a"), ("at", "2026-09-01")][..],
            ),
            (
                BulkAction::TakeDown,
                &[("state", "waiting"), ("search", "boats")],
            ),
            (
                BulkAction::Replay,
                &[("guid", "a,b"), ("since", "2026-09-01")],
            ),
            (
                BulkAction::Pause,
                &[("creator", "a,b"), ("search", "paper")],
            ),
            (BulkAction::Resume, &[]),
        ];
        for (action, pairs) in tasks {
            let task = read(action, pairs).unwrap();
            let told = task.parameters();
            let told: Vec<_> = told
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            assert_eq!(task.action(), action);
            assert_eq!(read(action, &told), Ok(task), "{told:?}");
        }
    }

    #[test]
    fn a_retry_means_refused_videos_unless_it_asks_for_others() {
        let state = |pairs: &[(&str, &str)]| match read(BulkAction::Retry, pairs) {
            Ok(BulkTask::Retry { query, .. }) => query.state,
            other => panic!("{other:?}"),
        };
        assert_eq!(state(&[("creator", "a")]), Some(State::Refused));
        assert_eq!(state(&[("state", "waiting")]), Some(State::Waiting));
        assert_eq!(state(&[("reason", "failed")]), None);
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let wrong = read(BulkAction::Retry, &[("state", "lost"), ("at", "soon")]);
        assert_eq!(wrong.unwrap_err().len(), 2);
        let wrong = read(BulkAction::Pause, &[("creator", "a,B,C")]);
        assert_eq!(wrong.unwrap_err().len(), 2);
    }

    #[test]
    fn a_kept_task_with_a_parameter_of_another_program_is_not_read_without_it() {
        let kept = |query| BulkTask::kept(BulkAction::TakeDown, query);
        assert!(matches!(kept(r#"{"creator":"a"}"#), BulkTask::TakeDown(_)));
        for query in [
            r#"{"creator":"a","colour":"red"}"#,
            r#"{"creator":"a","at":"2026-09-01"}"#,
            r#"{"state":"lost"}"#,
            r#"["a"]"#,
        ] {
            let task = kept(query);
            assert!(
                matches!(task, BulkTask::Unreadable { .. }),
                "{query}: {task:?}"
            );
            assert_eq!(task.action(), BulkAction::TakeDown);
            assert!(!task.sentence().is_empty() && !task.parameters().is_empty());
        }
    }

    #[test]
    fn a_list_that_names_no_creator_never_means_all_of_them() {
        for listed in ["", " ", ",", "a,"] {
            let wrong = read(BulkAction::Pause, &[("creator", listed)]);
            assert!(wrong.is_err(), "{listed:?}: {wrong:?}");
        }
    }
}
