//! The check of the whole catalog: what is stored against what the rules make of it. It changes nothing, reads page by
//! page beside serving daemons, and keeps no more than a page and a few examples in memory.

mod rules;

use super::{App, Error, Result, audit::start_of};
use crate::{
    catalog::{Catalog, CountedCreator},
    model::{CreatorId, Digest, FeedPolicy, State, Timestamp},
};

/// Rows read in one go.
const PAGE: i64 = 500;
/// Events read in one go: each may be large.
const EVENTS: i64 = 100;
/// Creators counted in one go: each stands for all its videos.
const CREATORS: i64 = 20;
/// Differences that are told in full; of the rest only the number is.
const TOLD: usize = 20;

/// A part of the check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// The database's own pages, keys and references, and its schema.
    Storage,
    /// Each creator's counts against its videos.
    Counts,
    /// Each video against its timeline, its events and the shelf.
    Videos,
    /// Each event against its text and its video.
    Events,
    /// Remote ids that more than one video has.
    RemoteIds,
    /// The audit's lines against the seals of their days.
    Audit,
}

impl Area {
    /// Every part, in the order in which they are looked at.
    pub const ALL: [Self; 6] = [
        Self::Storage,
        Self::Counts,
        Self::Videos,
        Self::Events,
        Self::RemoteIds,
        Self::Audit,
    ];

    /// Its name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Storage => "storage",
            Self::Counts => "counts",
            Self::Videos => "videos",
            Self::Events => "events",
            Self::RemoteIds => "remote ids",
            Self::Audit => "audit",
        }
    }
}

/// Something that is not as the rules say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The guid, creator or digest it is about.
    pub subject: String,
    /// What differs, and what to do about it where something can be done.
    pub words: String,
}

/// What one part of the check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examined {
    /// How many rows it looked at.
    pub looked_at: u64,
    /// How many differences there are.
    pub differing: u64,
    /// The first of them.
    pub told: Vec<Difference>,
    /// Whether a change of the feeds' settings was being carried out, so that not every video's place could be judged.
    pub unsettled: bool,
}

impl Examined {
    fn add(&mut self, subject: &impl ToString, faults: Vec<String>) {
        for words in faults {
            self.differing += 1;
            if self.told.len() < TOLD {
                let subject = subject.to_string();
                self.told.push(Difference { subject, words });
            }
        }
    }
}

impl App {
    /// Looks at one part of the catalog; `progress` hears how many rows were looked at so far.
    pub async fn examine(&self, area: Area, progress: impl Fn(u64)) -> Result<Examined> {
        match area {
            Area::Storage => self.examine_storage().await,
            Area::Counts => self.examine_counts(progress).await,
            Area::Videos => self.examine_videos(progress).await,
            Area::Events => self.examine_events(progress).await,
            Area::RemoteIds => self.examine_remote_ids().await,
            Area::Audit => self.examine_audit().await,
        }
    }

    async fn examine_storage(&self) -> Result<Examined> {
        let mut examined = Examined::default();
        let config = self.config();
        let settings = &config.database;
        examined.add(&"the database", Catalog::storage_faults(settings).await?);
        if examined.differing == 0 {
            examined.add(&"the schema", Catalog::schema_faults(settings).await?);
        }
        Ok(examined)
    }

    async fn examine_counts(&self, progress: impl Fn(u64)) -> Result<Examined> {
        let (mut examined, mut after) = (Examined::default(), String::new());
        loop {
            let page = self.catalog.counted_creators(&after, CREATORS).await?;
            let Some(last) = page.last() else {
                return Ok(examined);
            };
            after.clone_from(&last.id);
            examined.looked_at += page.len() as u64;
            self.read_creators(&page).await?;
            for creator in page {
                let faults = State::ALL.into_iter().filter_map(|state| {
                    let (said, found) = (creator.said.of(state), creator.found.of(state));
                    (said != found).then(|| {
                        format!("counts {said} videos in state `{state}`, there are {found}")
                    })
                });
                examined.add(&creator.id, faults.collect());
            }
            progress(examined.looked_at);
        }
    }

    /// Reads all else of these creators; what can't be read is an error.
    async fn read_creators(&self, page: &[CountedCreator]) -> Result<()> {
        let ids = page.iter().map(|creator| creator.id.parse());
        let ids: Vec<CreatorId> = ids.collect::<Result<_, _>>().map_err(Error::internal)?;
        self.catalog.creators_of(&ids).await?;
        Ok(())
    }

    async fn examine_videos(&self, progress: impl Fn(u64)) -> Result<Examined> {
        let (mut examined, mut after) = (Examined::default(), None);
        loop {
            let before = self.settled_policy().await?;
            let page = self.catalog.checked_videos(after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(examined);
            };
            let after_page = self.settled_policy().await?;
            let policy = before.filter(|before| after_page == Some(*before));
            examined.unsettled |= policy.is_none();
            after = Some(last.video.id.clone());
            examined.looked_at += page.len() as u64;
            let now = self.clock.now();
            for checked in page {
                let faults = rules::of_video(&checked, policy, now);
                examined.add(&checked.video.guid, faults);
            }
            progress(examined.looked_at);
        }
    }

    /// What the settings make of feeds, unless videos are still being brought to it.
    async fn settled_policy(&self) -> Result<Option<FeedPolicy>> {
        let policy = self.catalog.feed_policy().await?;
        let settled = self.catalog.policy_is_settled().await?;
        Ok(settled.then_some(policy))
    }

    async fn examine_events(&self, progress: impl Fn(u64)) -> Result<Examined> {
        let mut examined = Examined::default();
        let mut after: Option<(Timestamp, Digest)> = None;
        loop {
            let page = self.catalog.checked_events(after, EVENTS).await?;
            let Some(last) = page.last() else {
                return Ok(examined);
            };
            after = Some((last.event.received_at, last.event.digest));
            examined.looked_at += page.len() as u64;
            for checked in page {
                examined.add(&checked.event.digest, rules::of_event(&checked));
            }
            progress(examined.looked_at);
        }
    }

    async fn examine_audit(&self) -> Result<Examined> {
        let (seals, broken) = self.check_seals().await?;
        let mut examined = Examined {
            looked_at: seals,
            ..Examined::default()
        };
        for day in broken {
            let words = "lines of that day were changed or removed after it was sealed; compare them with a backup";
            examined.add(&start_of(day).to_utc().format("%F"), vec![words.to_owned()]);
        }
        Ok(examined)
    }

    async fn examine_remote_ids(&self) -> Result<Examined> {
        let mut examined = Examined::default();
        for (remote_id, one, other) in self.catalog.shared_remote_ids(PAGE).await? {
            let words = format!("stands at `{one}` and `{other}`: one upload under two guids");
            examined.add(&remote_id, vec![words]);
        }
        Ok(examined)
    }
}
