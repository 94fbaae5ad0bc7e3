//! Visits of crawlers: gathered in memory, written every second or thousand; at most that second is lost by a kill.

use std::{
    collections::{BTreeMap, HashMap},
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use metrics::counter;
use tracing::warn;

use super::{App, Result};
use crate::{
    catalog::{Tx, Unchanged},
    model::{CreatorId, CredentialId, KeptVisit, Rhythm, Timestamp, TurnedAway, Visit, every},
    telemetry,
};

/// Visits kept in memory at the most while the database is away.
const BOUND: usize = 10_000;
/// So many are worth a transaction before the second is over.
const ENOUGH: usize = 1_000;

#[derive(Debug, Default)]
pub(super) struct Visits(Mutex<Gathered>);

#[derive(Debug, Default)]
struct Gathered {
    visits: Vec<Visit>,
    unchanged: HashMap<Unchanged, i64>,
}

/// How often somebody comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Habit {
    pub last_at: Timestamp,
    /// None before the second visit.
    pub usual_pause: Option<Duration>,
    /// From when on their silence is unusual; none while too little is known.
    pub silent_from: Option<Timestamp>,
    /// Whether they have been silent for longer than usual.
    pub is_silent: bool,
}

/// What a crawler that was let in got.
#[derive(Clone, Debug)]
pub enum Seen {
    /// A document.
    Visit(Visit),
    /// The word that nothing has changed.
    Unchanged {
        creator: Option<CreatorId>,
        credential: Option<CredentialId>,
    },
}

/// When crawlers came, by creator and, under none, for anything at all; each has a moment at the least.
type Sights = BTreeMap<Option<CreatorId>, Vec<Timestamp>>;

impl Habit {
    /// `every 2 hours`; none while too little is known.
    pub fn usually(&self) -> Option<String> {
        let pause = self.usual_pause.filter(|_pause| self.silent_from.is_some());
        pause.map(every)
    }
}

impl Gathered {
    fn sights(&self) -> Sights {
        let visits = self.visits.iter().map(|visit| (&visit.creator, visit.at));
        let unchanged = self.unchanged.keys();
        let unchanged = unchanged.map(|key| (&key.creator, Timestamp::from_millis(key.minute)));
        let mut sights = Sights::new();
        for (creator, at) in visits.chain(unchanged) {
            sights.entry(None).or_default().push(at);
            if creator.is_some() {
                sights.entry(creator.clone()).or_default().push(at);
            }
        }
        sights
    }
}

impl Visits {
    fn add(&self, seen: Seen, app: &App) -> usize {
        let mut gathered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match seen {
            Seen::Visit(_) if gathered.visits.len() >= BOUND => {
                counter!(telemetry::VISITS_LOST).increment(1);
            }
            Seen::Visit(visit) => gathered.visits.push(visit),
            Seen::Unchanged {
                creator,
                credential,
            } => {
                let key = Unchanged::at(app.clock.now(), creator, credential);
                *gathered.unchanged.entry(key).or_default() += 1;
            }
        }
        gathered.visits.len()
    }

    fn take(&self) -> Gathered {
        mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts back what could not be written, as far as the bound allows.
    fn put_back(&self, mut unwritten: Gathered) {
        let mut gathered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        unwritten.visits.append(&mut gathered.visits);
        let lost = unwritten.visits.len().saturating_sub(BOUND);
        counter!(telemetry::VISITS_LOST).increment(lost as u64);
        unwritten.visits.drain(..lost);
        gathered.visits = unwritten.visits;
        for (key, times) in unwritten.unchanged {
            *gathered.unchanged.entry(key).or_default() += times;
        }
    }
}

impl App {
    /// Notes what a crawler got. What has gathered is written by the second, or at once when it is enough.
    pub fn see(self: &Arc<Self>, seen: Seen) {
        let is_visit = matches!(seen, Seen::Visit(_));
        if self.visits.add(seen, self) == ENOUGH && is_visit {
            let app = Arc::clone(self);
            // A failure is logged where it happens, and the next second tries again.
            self.tasks.spawn(async move { app.write_visits().await });
        }
    }

    /// The newest visits to a creator's feed that were not answered "unchanged", newest first.
    pub async fn visits_of_creator(&self, creator: &CreatorId, limit: i64) -> Result<Vec<Visit>> {
        Ok(self.catalog.newest_visits(Some(creator), limit).await?)
    }

    /// Writes the visits that have gathered, and says how many.
    pub async fn write_visits(&self) -> Result<usize> {
        let (gathered, turned) = (self.visits.take(), self.door.take());
        let written = gathered.visits.len() + gathered.unchanged.len() + turned.len();
        if written == 0 {
            return Ok(0);
        }
        match self.store_visits(&gathered, &turned).await {
            Ok(()) => Ok(written),
            Err(error) => {
                warn!(
                    visit.count = written,
                    "could not write visits; they are kept for the next try"
                );
                self.visits.put_back(gathered);
                self.door.put_back(turned);
                Err(error)
            }
        }
    }

    async fn store_visits(&self, gathered: &Gathered, turned: &[TurnedAway]) -> Result<()> {
        let named = gathered
            .visits
            .iter()
            .map(|visit| (self.random.id(visit.at), visit.clone()))
            .collect::<Vec<_>>();
        let counts = gathered
            .unchanged
            .iter()
            .map(|(key, times)| (key.clone(), *times))
            .collect::<Vec<_>>();
        let mut tx = self.catalog.begin().await?;
        tx.add_visits(&named).await?;
        tx.count_unchanged(&counts).await?;
        tx.add_turned_away(turned).await?;
        self.learn_rhythms(&mut tx, gathered.sights()).await?;
        let unchanged = counts.iter().map(|(_, times)| times).sum();
        let visits = i64::try_from(named.len()).unwrap_or(i64::MAX);
        tx.count_crawls(visits, unchanged, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    /// The newest visits, to one creator's feed or to anything, older than the visit `before`, newest first.
    pub async fn list_visits(
        &self,
        creator: Option<&CreatorId>,
        before: Option<&str>,
        limit: i64,
    ) -> Result<Vec<KeptVisit>> {
        Ok(self.catalog.visits_before(creator, before, limit).await?)
    }

    /// How often crawlers ask for a creator's feed, or for anything, and from when on their silence is unusual; none before
    /// the first of them.
    pub async fn rhythm(&self, creator: Option<&CreatorId>) -> Result<Option<Habit>> {
        let rhythm = match creator {
            None => self.catalog.crawler_rhythm().await?,
            Some(creator) => self.catalog.feed_rhythm(creator).await?,
        };
        Ok(rhythm.map(|rhythm| self.habit(rhythm)))
    }

    /// Active creators for whose feed nobody has asked for longer than usual, the longest silent first, at most `limit`.
    pub async fn silent_creators(&self, limit: i64) -> Result<Vec<(CreatorId, Habit)>> {
        let silent = self
            .catalog
            .silent_creators(self.clock.now(), limit)
            .await?;
        let silent = silent.into_iter();
        Ok(silent
            .map(|(creator, rhythm)| (creator, self.habit(rhythm)))
            .collect())
    }

    pub(super) fn habit(&self, rhythm: Rhythm) -> Habit {
        let silent_from = rhythm.silent_from(self.config.load().alarms.silence);
        Habit {
            last_at: rhythm.last_at,
            usual_pause: (rhythm.pauses > 0).then(|| rhythm.usual_pause()),
            silent_from,
            is_silent: silent_from.is_some_and(|from| from <= self.clock.now()),
        }
    }

    /// Learns from the moments at which crawlers came how often they do.
    async fn learn_rhythms(&self, tx: &mut Tx, sights: Sights) -> Result<()> {
        let silence = self.config.load().alarms.silence;
        let creators: Vec<_> = sights.keys().cloned().collect();
        let known: HashMap<_, _> = tx.rhythms_of(&creators).await?.into_iter().collect();
        let learnt = sights.into_iter().map(|(creator, mut moments)| {
            moments.sort_unstable();
            let known = known.get(&creator).copied();
            let first = known.unwrap_or_else(|| Rhythm::beginning(moments[0]));
            let rhythm = moments.into_iter().fold(first, Rhythm::seen);
            (creator, rhythm, rhythm.silent_from(silence))
        });
        let learnt: Vec<_> = learnt.collect();
        Ok(tx.put_rhythms(&learnt).await?)
    }
}
