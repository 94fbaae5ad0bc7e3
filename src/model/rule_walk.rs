//! A walk over all videos with some preflight rules, and what it finds: the videos whose state these rules flip.

use std::{cmp::Reverse, collections::BTreeMap, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Rule, RuleWalkId, State, Timestamp, Video, VideoId};

/// Videos of each kind that are named.
const SAMPLE: usize = 20;
/// Creators that are named.
const CREATORS: usize = 20;

/// What a walk is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WalkPurpose {
    /// To judge again after a change of the rules.
    Apply,
    /// To say what proposed rules would flip.
    WhatIf,
}

impl WalkPurpose {
    /// The word stored; those of walks that go first sort first.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::WhatIf => "what_if",
        }
    }
}

impl FromStr for WalkPurpose {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Apply, Self::WhatIf]
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
            .ok_or_else(|| format!("`{text}` is no purpose of a walk"))
    }
}

/// How a walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WalkEnding {
    Done,
    /// An operator ended it.
    Cancelled,
    /// The rules changed again, and another walk began.
    Superseded,
    /// A fault of ours ended it.
    Failed,
}

impl WalkEnding {
    /// Every ending.
    pub const ALL: [Self; 4] = [Self::Done, Self::Cancelled, Self::Superseded, Self::Failed];

    /// The word shown, and stored for each but a failure.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Superseded => "superseded",
            Self::Failed => "failed",
        }
    }
}

impl FromStr for WalkEnding {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|ending| ending.as_str() == text)
            .ok_or_else(|| format!("`{text}` is no ending of a walk"))
    }
}

/// A walk as the catalog knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleWalk {
    pub id: RuleWalkId,
    pub purpose: WalkPurpose,
    /// JSON, by the names of the configuration file.
    pub rules: String,
    pub asked_at: Timestamp,
    pub asked_by: String,
    /// The last video that was looked at; an empty id before the first.
    pub place: VideoId,
    /// What was found up to there.
    pub found: Flips,
    pub ended: Option<(Timestamp, WalkEnding)>,
    /// Why it failed.
    pub message: Option<String>,
}

/// What a walk finds: counts, some videos of each kind, and how many of each creator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flips {
    pub looked_at: i64,
    pub to_draft: Flipped,
    pub to_waiting: Flipped,
    /// Every creator of whom a video flips.
    creators: BTreeMap<String, CreatorFlips>,
}

/// Videos that flip one way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flipped {
    pub videos: i64,
    /// The first 20 of them.
    pub sample: Vec<Flip>,
}

/// One video that flips.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flip {
    pub guid: String,
    pub creator: String,
    pub title: Option<String>,
    /// Codes of the rules that it breaks from then on, or broke until then.
    pub rules: Vec<String>,
}

/// How many videos of a creator flip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatorFlips {
    pub to_draft: i64,
    pub to_waiting: i64,
}

impl Flips {
    /// Notes a video that would break these rules. Only one that goes between draft and waiting counts.
    pub fn note(&mut self, video: &Video, broken: &[Rule]) {
        self.looked_at += 1;
        if broken == video.broken {
            return;
        }
        let mut standing = video.standing.clone();
        standing.judge(!broken.is_empty());
        let creator = || video.creator.to_string();
        match (video.standing.state, standing.state) {
            (State::Waiting, State::Draft) => {
                self.to_draft.add(video, broken);
                self.creators.entry(creator()).or_default().to_draft += 1;
            }
            (State::Draft, State::Waiting) => {
                self.to_waiting.add(video, &video.broken);
                self.creators.entry(creator()).or_default().to_waiting += 1;
            }
            _ => {}
        }
    }

    /// The 20 creators of whom most videos flip, those first.
    pub fn top_creators(&self) -> Vec<(&str, CreatorFlips)> {
        let all = self.creators.iter();
        let mut top: Vec<_> = all.map(|(id, flips)| (id.as_str(), *flips)).collect();
        top.sort_by_key(|(_, flips)| Reverse(flips.to_draft + flips.to_waiting));
        top.truncate(CREATORS);
        top
    }
}

impl Flipped {
    fn add(&mut self, video: &Video, rules: &[Rule]) {
        self.videos += 1;
        if self.sample.len() < SAMPLE {
            self.sample.push(Flip {
                guid: video.guid.to_string(),
                creator: video.creator.to_string(),
                title: video.fields.title.clone(),
                rules: rules.iter().map(Rule::to_string).collect(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Fields, Judged, Standing};

    fn video(creator: &str, state: State, broken: &[Rule]) -> Video {
        let (fields, broken) = (Fields::default(), broken.to_vec());
        let (guid, creator) = ("g".parse().unwrap(), creator.parse().unwrap());
        let (id, at) = (VideoId::from("v".to_owned()), Timestamp::from_millis(0));
        let mut video = Video::new(id, guid, creator, Judged { fields, broken }, at);
        video.standing = Standing::new(state);
        video
    }

    #[test]
    fn only_what_goes_between_draft_and_waiting_flips() {
        let (unknown, title) = (Rule::CategoryUnknown, Rule::TitleLong);
        let mut flips = Flips::default();
        flips.note(&video("a", State::Waiting, &[]), &[unknown]);
        flips.note(&video("a", State::Waiting, &[]), &[]);
        flips.note(&video("b", State::Draft, &[unknown]), &[]);
        flips.note(&video("b", State::Draft, &[unknown]), &[title]);
        flips.note(&video("b", State::Imported, &[]), &[unknown]);
        let mut refused = video("b", State::Draft, &[unknown]);
        refused.standing.failed_epoch = Some(0);
        flips.note(&refused, &[]);
        assert_eq!(flips.looked_at, 6);
        assert_eq!((flips.to_draft.videos, flips.to_waiting.videos), (1, 1));
        assert_eq!(flips.to_draft.sample[0].rules, ["category_unknown"]);
        let top = flips.top_creators().into_iter().map(|(id, _)| id);
        assert_eq!(top.collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn samples_and_creators_are_bounded_and_counts_are_not() {
        let mut flips = Flips::default();
        for creator in 0..50 {
            for _ in 0..=creator {
                let video = video(&format!("c{creator}"), State::Waiting, &[]);
                flips.note(&video, &[Rule::CategoryUnknown]);
            }
        }
        assert_eq!(
            (flips.to_draft.videos, flips.to_draft.sample.len()),
            (1275, 20)
        );
        let top = flips.top_creators();
        assert_eq!((top.len(), top[0].0, top[0].1.to_draft), (20, "c49", 50));
        let text = serde_json::to_string(&flips).unwrap();
        assert_eq!(serde_json::from_str::<Flips>(&text).unwrap(), flips);
    }
}
