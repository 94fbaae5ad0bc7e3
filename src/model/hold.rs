//! Holds: why a waiting video is not in the feed right now.

use std::time::Duration;

use super::{
    CreatorStatus, Fields, Standing, Timestamp, Video,
    media_url::{is_private_host, media_url},
};

/// What a feed must be able to say, or be allowed to do, to list a video: a set of flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs(i64);

impl Needs {
    /// To say that it is made for kids.
    pub const KIDS: Self = Self(1);
    /// To say that it is private.
    pub const PRIVATE: Self = Self(2);
    /// To say where it may be watched.
    pub const GEO: Self = Self(4);
    /// To say that it is explicit.
    pub const EXPLICIT: Self = Self(8);
    /// To name media on a private host.
    pub const PRIVATE_MEDIA: Self = Self(16);
    /// Nothing: it was reported ready with an id that can't be used, so it must not go out again.
    pub const NEVER: Self = Self(32);

    /// The flags as the catalog stores them.
    pub const fn bits(self) -> i64 {
        self.0
    }

    /// The flags that [`Self::bits`] gave.
    pub const fn from_bits(bits: i64) -> Self {
        Self(bits)
    }

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The flags of this set that `other` has not.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether every flag of `other` is set here.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// What a video of these fields and this standing needs.
    pub fn of(fields: &Fields, standing: &Standing) -> Self {
        let private_media = |text: &Option<String>| {
            text.as_deref()
                .and_then(|text| media_url(text).ok())
                .is_some_and(|url| is_private_host(&url))
        };
        [
            (fields.made_for_kids == Some(true), Self::KIDS),
            (fields.private == Some(true), Self::PRIVATE),
            (fields.geo.is_some(), Self::GEO),
            (fields.explicit == Some(true), Self::EXPLICIT),
            (
                private_media(&fields.media_url) || private_media(&fields.thumbnail_url),
                Self::PRIVATE_MEDIA,
            ),
            (standing.is_ready_unusable(), Self::NEVER),
        ]
        .into_iter()
        .filter_map(|(applies, need)| applies.then_some(need))
        .fold(Self::default(), Self::with)
    }
}

/// What the feeds of this installation can say: follows from the settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeedPolicy {
    /// The needs that are met.
    pub met: Needs,
    /// How long a `delta` feed lists an imported video again after it changed.
    pub delta_window: Duration,
}

impl FeedPolicy {
    /// Whether a video with these needs may be listed.
    pub fn meets(self, needs: Needs) -> bool {
        // An unusable id is met by no setting.
        !needs.has(Needs::NEVER) && self.met.has(needs)
    }
}

/// The moment of a hold that stands for its kind.
const ANY: Timestamp = Timestamp::from_millis(0);

/// A reason that keeps a waiting video out of the feed for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    CreatorPaused,
    CreatorNotActive,
    NotYet { from: Timestamp },
    RetryLater { at: Timestamp },
    Ended { at: Timestamp },
    DailyCap { cap: i64 },
    Kids,
    Private,
    Geo,
    Explicit,
    PrivateMedia,
    UnusableRemoteId,
}

impl Hold {
    /// One of each kind.
    pub const ALL: [Self; 12] = [
        Self::CreatorPaused,
        Self::CreatorNotActive,
        Self::NotYet { from: ANY },
        Self::RetryLater { at: ANY },
        Self::Ended { at: ANY },
        Self::DailyCap { cap: 0 },
        Self::Kids,
        Self::Private,
        Self::Geo,
        Self::Explicit,
        Self::PrivateMedia,
        Self::UnusableRemoteId,
    ];

    /// The stable code in exports.
    pub fn code(&self) -> &'static str {
        match self {
            Self::CreatorPaused => "creator_paused",
            Self::CreatorNotActive => "creator_not_active",
            Self::NotYet { .. } => "not_yet",
            Self::RetryLater { .. } => "retry_later",
            Self::Ended { .. } => "ended",
            Self::DailyCap { .. } => "daily_cap",
            Self::Kids => "kids",
            Self::Private => "private",
            Self::Geo => "geo",
            Self::Explicit => "explicit",
            Self::PrivateMedia => "private_media",
            Self::UnusableRemoteId => "unusable_remote_id",
        }
    }

    /// The reason as part of a sentence, with the cure where there is one.
    pub fn sentence(&self) -> String {
        match self {
            Self::CreatorPaused => "its creator is paused".to_owned(),
            Self::CreatorNotActive => "its creator is not active".to_owned(),
            Self::NotYet { from } => format!("its window opens at {from}"),
            Self::RetryLater { at } => format!("its retry was asked for {at}"),
            Self::Ended { at } => format!("its window ended at {at}"),
            Self::DailyCap { cap } => {
                format!("its creator has reached the cap of {cap} imported videos in 24 hours")
            }
            Self::Kids => {
                "it is made for kids and `feed.dm` maps no element for `made_for_kids`".to_owned()
            }
            Self::Private => "it is private and `feed.dm` maps no element for `private`".to_owned(),
            Self::Geo => {
                "it has a geo rule and neither `feed.geo_restriction` nor `feed.dm` says it"
                    .to_owned()
            }
            Self::Explicit => {
                "it is explicit and neither `feed.explicit_rating` nor `feed.dm` says it".to_owned()
            }
            Self::PrivateMedia => {
                "its media is on a private host; `feed.allow_private_media` lifts this".to_owned()
            }
            Self::UnusableRemoteId => {
                "it was reported ready with an unusable id; ask the content manager, then retry it"
                    .to_owned()
            }
        }
    }
}

/// Every reason for which a waiting video is not listed at `now`. `cap` is the creator's daily cap when it is reached.
pub fn holds(
    video: &Video,
    creator: CreatorStatus,
    policy: FeedPolicy,
    cap: Option<i64>,
    now: Timestamp,
) -> Vec<Hold> {
    let mut found = Vec::new();
    match creator {
        CreatorStatus::Active => {}
        CreatorStatus::Paused => found.push(Hold::CreatorPaused),
        CreatorStatus::Rejected => found.push(Hold::CreatorNotActive),
    }
    if let Some(from) = video.fields.starts_at.filter(|from| *from > now) {
        found.push(Hold::NotYet { from });
    }
    if let Some(at) = video.retry_at.filter(|at| *at > now) {
        found.push(Hold::RetryLater { at });
    }
    if let Some(at) = video.fields.ends_at.filter(|at| *at <= now) {
        found.push(Hold::Ended { at });
    }
    if let Some(cap) = cap {
        found.push(Hold::DailyCap { cap });
    }
    let needs = Needs::of(&video.fields, &video.standing);
    let unmet = [
        (Needs::KIDS, Hold::Kids),
        (Needs::PRIVATE, Hold::Private),
        (Needs::GEO, Hold::Geo),
        (Needs::EXPLICIT, Hold::Explicit),
        (Needs::PRIVATE_MEDIA, Hold::PrivateMedia),
        (Needs::NEVER, Hold::UnusableRemoteId),
    ];
    found.extend(
        unmet
            .into_iter()
            .filter(|(need, _hold)| needs.has(*need) && !policy.meets(*need))
            .map(|(_need, hold)| hold),
    );
    found
}
