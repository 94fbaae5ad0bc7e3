//! What can happen to a few videos, drawn at random from a seed.

use mcnd::model::FeedMode;
use rand::{RngExt, rngs::StdRng};

/// Videos of one history.
pub(super) const VIDEOS: usize = 3;

/// What an event says of its video.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Ready(u8),
    ReadyWithoutId,
    ReadyUnusable,
    Failure,
    Progress,
}

/// An event; two with the same members are copies of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) video: usize,
    pub(super) said: Said,
    /// Tells events apart that say the same.
    pub(super) number: u8,
}

/// What makes a video one that a feed may not list at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flavour {
    Plain,
    /// Needs an element that the settings do not map.
    Kids,
    /// Listed between these moments after it was added.
    Window(i64, i64),
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    Add {
        video: usize,
        flavour: Flavour,
        broken: bool,
    },
    Deliver(Vec<Event>),
    Retry {
        video: usize,
        wait: Option<i64>,
    },
    TakeDown(usize),
    Edit {
        video: usize,
        broken: bool,
    },
    /// Milliseconds go by.
    Wait(i64),
    /// The job that turns feeds runs.
    Turn,
    /// The feed is to list something else.
    Mode(FeedMode),
}

impl Step {
    pub(super) fn random(dice: &mut StdRng) -> Self {
        let video = dice.random_range(0..VIDEOS);
        match dice.random_range(0..100) {
            0..16 => Self::Add {
                video,
                flavour: flavour(dice),
                broken: dice.random_ratio(1, 4),
            },
            16..50 => {
                let many = dice.random_range(1..=3);
                Self::Deliver((0..many).map(|_| Event::random(dice)).collect())
            }
            50..66 => Self::Retry {
                video,
                wait: dice.random_ratio(1, 3).then(|| dice.random_range(1..40)),
            },
            66..68 => Self::TakeDown(video),
            68..88 => Self::Edit {
                video,
                broken: dice.random_ratio(1, 2),
            },
            88..94 => Self::Wait(dice.random_range(1..30)),
            94..96 => Self::Mode(FeedMode::ALL[dice.random_range(0..FeedMode::ALL.len())]),
            _ => Self::Turn,
        }
    }
}

fn flavour(dice: &mut StdRng) -> Flavour {
    match dice.random_range(0..6) {
        0 => Flavour::Kids,
        1 | 2 => {
            let starts = dice.random_range(-20..40);
            Flavour::Window(starts, starts + dice.random_range(1..60))
        }
        _ => Flavour::Plain,
    }
}

impl Event {
    pub(super) fn random(dice: &mut StdRng) -> Self {
        let said = match dice.random_range(0..20) {
            // What ends a story is rare, or little would happen in it.
            0..2 => Said::Ready(dice.random_range(1..=2)),
            2..4 => Said::ReadyWithoutId,
            4..7 => Said::ReadyUnusable,
            7..17 => Said::Failure,
            _ => Said::Progress,
        };
        Self {
            video: dice.random_range(0..VIDEOS),
            said,
            number: dice.random_range(0..6),
        }
    }

    /// The element as it comes over the wire, for a video of that guid.
    pub(super) fn raw(self, guid: &str) -> String {
        let members = match self.said {
            Said::Ready(id) => format!(r#""status":"ready","remote_id":"x{id}""#),
            Said::ReadyWithoutId => r#""status":"ready","remote_id":null"#.to_owned(),
            Said::ReadyUnusable => format!(r#""status":"ready","remote_id":"{}""#, "x".repeat(65)),
            Said::Failure => r#""status":"error""#.to_owned(),
            Said::Progress => r#""status":"processing""#.to_owned(),
        };
        let number = self.number;
        format!(r#"{{"timestamp":{number},"data":{{"uid":"{guid}",{members}}}}}"#)
    }
}
