//! The second half of an import: a chunk of rows against the catalog.

use std::collections::{BTreeSet, HashMap};

use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::{RowResult, StagedChunk, StagedRow, WRONG};
use crate::{
    app::{App, Error, InForce, Result, network_settings::preflight},
    catalog::{FiledEvent, ImportLock, Refiled, Save},
    config, fault_points,
    model::{
        Change, Column, CreatorId, Element, Fields, Guid, ImportCounts, ImportId, ImportSummary,
        Pins, Preflight, RowOutcome, State, TimelineLine, Timestamp, Video, VideoId, WrongRow,
        short,
    },
    sources::RowError,
};

/// A chunk while it is applied: what is known, and what is to be written.
struct Chunk<'a> {
    app: &'a App,
    by: String,
    preflight: &'a Preflight,
    now: Timestamp,
    creators: &'a BTreeSet<CreatorId>,
    videos: HashMap<Guid, Video>,
    orphans: HashMap<String, Vec<FiledEvent>>,
    saves: Vec<Save>,
    refiled: Vec<Refiled>,
}

/// An import while it is applied.
pub(in crate::app) struct Run {
    /// None for a plan.
    pub(in crate::app) id: Option<ImportId>,
    /// Those of its rows' creators that there are.
    pub(in crate::app) creators: BTreeSet<CreatorId>,
    /// The rules that its rows are judged by, and their version.
    pub(in crate::app) preflight: Preflight,
    pub(in crate::app) rules: i64,
    /// Whether they have changed since it began, and rows come judged by other ones.
    pub(in crate::app) stale: bool,
    pub(in crate::app) tally: Tally,
    /// Keeps other imports of these creators away; none for a plan, and once it is lost.
    pub(in crate::app) held: Option<ImportLock>,
    /// Ends it before its next chunk.
    pub(in crate::app) stop: CancellationToken,
}

impl Run {
    /// Makes sure, before a chunk is applied, that no other import has taken over. A lock that is lost is held no more.
    pub(super) async fn is_alone(&mut self) -> Result<()> {
        let Some(held) = &mut self.held else {
            return Ok(());
        };
        let Err(lost) = held.still_held().await else {
            return Ok(());
        };
        self.held = None;
        let lost = &lost as &dyn std::error::Error;
        warn!(error = lost, "an import lost its lock and ends");
        Err(Error::Conflict(
            "the import ended early: the database connection that keeps other imports of these creators away was lost; what was applied stays, import the same input again".to_owned(),
        ))
    }
}

/// What became of the rows so far.
#[derive(Default)]
pub(in crate::app) struct Tally {
    pub(in crate::app) rows: u64,
    pub(in crate::app) counts: ImportCounts,
    /// How many of them were warned of.
    pub(super) warned: u64,
    /// The first ones that were wrong.
    pub(super) wrong: Vec<RowResult>,
}

impl Tally {
    /// The counts, were rows to end like this.
    fn counts_with(&self, fates: &[Fate]) -> ImportCounts {
        let mut counts = self.counts;
        for fate in fates {
            counts.add(fate.outcome);
        }
        counts
    }

    pub(in crate::app) fn note(&mut self, results: &[RowResult]) {
        self.rows += results.len() as u64;
        for result in results {
            self.counts.add(result.outcome);
            self.warned += u64::from(!result.warnings.is_empty());
            if self.wrong.len() < WRONG && result.wrong().is_some() {
                self.wrong.push(result.clone());
            }
        }
    }
}

impl From<Tally> for ImportSummary {
    fn from(tally: Tally) -> Self {
        Self {
            rows: tally.rows,
            counts: tally.counts,
            warned: tally.warned,
            wrong: tally.wrong.iter().map(WrongRow::from).collect(),
        }
    }
}

/// How a row ended, why, and what its source says of pinned fields.
#[derive(Debug)]
pub(super) struct Fate {
    pub(super) outcome: RowOutcome,
    pub(super) message: Option<String>,
    pub(super) beside: Vec<String>,
}

impl Fate {
    fn new(outcome: RowOutcome, message: Option<String>) -> Self {
        Self {
            outcome,
            message,
            beside: Vec::new(),
        }
    }
}

/// What became of a try to apply a chunk.
enum Applied {
    Done(Vec<Fate>),
    /// Nothing was applied: other rules count by now.
    RulesChanged(InForce<config::Preflight>),
}

fn judge_rows(rows: &mut StagedChunk, preflight: &Preflight) {
    for row in rows.iter_mut().flatten() {
        row.fresh.broken = preflight.broken(&row.fresh.fields);
    }
}

impl App {
    /// Applies a chunk of rows in one transaction, which also notes how far the import is; a plan only says what would
    /// happen.
    pub(super) async fn apply_chunk(
        &self,
        mut rows: StagedChunk,
        run: &mut Run,
    ) -> Result<Vec<RowResult>> {
        if run.stale {
            judge_rows(&mut rows, &run.preflight);
        }
        let guids = rows.iter().flatten().map(|row| row.guid.clone());
        let guids = guids.collect::<Vec<_>>();
        let fates = match &run.id {
            None => {
                let videos = self.catalog.videos_of(&guids).await?;
                Chunk::new(self, run, videos, Vec::new()).settle_all(&rows)
            }
            Some(_id) => self.apply_by_rules(&mut rows, &guids, run).await?,
        };
        let results = rows.into_iter().zip(fates);
        let results = results.map(|(row, fate)| RowResult::of(row, fate));
        let results = results.collect::<Vec<_>>();
        run.tally.note(&results);
        Ok(results)
    }

    /// Applies a chunk by the rules that count when it is written. An operator may change them while an import goes on; what
    /// was written before is then judged again by a walk, what is written afterwards is not.
    async fn apply_by_rules(
        &self,
        rows: &mut StagedChunk,
        guids: &[Guid],
        run: &mut Run,
    ) -> Result<Vec<Fate>> {
        loop {
            let attempt = || self.apply_once(rows, guids, run);
            let applied = self.uncontended("import", attempt).await?;
            match applied {
                Applied::Done(fates) => return Ok(fates),
                Applied::RulesChanged(rules) => {
                    run.preflight = preflight(&rules.value);
                    run.rules = rules.version;
                    run.stale = true;
                    judge_rows(rows, &run.preflight);
                }
            }
        }
    }

    async fn apply_once(
        &self,
        rows: &[Result<StagedRow, RowError>],
        guids: &[Guid],
        run: &Run,
    ) -> Result<Applied> {
        let mut tx = self.catalog.begin().await?;
        tx.prepare_to_add().await?;
        let rules = self.rules_within(&mut tx).await?;
        if rules.version != run.rules {
            return Ok(Applied::RulesChanged(rules));
        }
        let videos = tx.videos_of(guids).await?;
        let orphans = tx.orphans_of(guids).await?;
        let mut chunk = Chunk::new(self, run, videos, orphans);
        let fates = chunk.settle_all(rows);
        let policy = tx.feed_policy().await?;
        tx.save(&chunk.saves, policy, chunk.now).await?;
        tx.file_again(&chunk.refiled).await?;
        if let Some(id) = &run.id {
            tx.note_import(id, run.tally.counts_with(&fates)).await?;
        }
        let conflicts = chunk.refiled.iter().filter(|event| event.is_conflict());
        tx.count_conflicts(conflicts.count(), chunk.now).await?;
        fault_points::pass("import.before_commit");
        tx.commit().await?;
        fault_points::pass("import.after_commit");
        Ok(Applied::Done(fates))
    }
}

impl<'a> Chunk<'a> {
    fn new(app: &'a App, run: &'a Run, videos: Vec<Video>, orphans: Vec<FiledEvent>) -> Self {
        let mut waiting: HashMap<String, Vec<FiledEvent>> = HashMap::new();
        for event in orphans {
            waiting
                .entry(event.guid.clone().unwrap_or_default())
                .or_default()
                .push(event);
        }
        Self {
            app,
            by: run
                .id
                .as_ref()
                .map_or_else(String::new, |id| format!("import {id}")),
            preflight: &run.preflight,
            now: app.clock.now(),
            creators: &run.creators,
            videos: videos
                .into_iter()
                .map(|video| (video.guid.clone(), video))
                .collect(),
            orphans: waiting,
            saves: Vec::new(),
            refiled: Vec::new(),
        }
    }

    fn settle_all(&mut self, rows: &[Result<StagedRow, RowError>]) -> Vec<Fate> {
        let fates = rows.iter().map(|row| match row {
            Ok(row) => self.settle(row),
            Err(wrong) => Fate::new(RowOutcome::Error, Some(wrong.message.clone())),
        });
        fates.collect()
    }

    fn settle(&mut self, row: &StagedRow) -> Fate {
        let Some(video) = self.videos.get(&row.guid) else {
            return self.create(row);
        };
        let conflict = if video.creator != row.creator {
            "this guid belongs to another creator; a guid is unique over the network"
        } else if video.standing.state == State::Removed {
            "this video was taken down; no import wakes it"
        } else if row.says_nothing_new(video) {
            return Fate::new(RowOutcome::Unchanged, None);
        } else {
            return self.update(video.clone(), row);
        };
        Fate::new(RowOutcome::Conflict, Some(conflict.to_owned()))
    }

    fn create(&mut self, row: &StagedRow) -> Fate {
        if !self.creators.contains(&row.creator) {
            let cure = format!(
                "there is no creator `{0}`; add it with `mcnd creator add {0}`",
                row.creator
            );
            return Fate::new(RowOutcome::Error, Some(cure));
        }
        let id = VideoId::from(self.app.random.id(self.now));
        let mut video = Video::new(
            id,
            row.guid.clone(),
            row.creator.clone(),
            row.fresh.clone(),
            self.now,
        );
        video.source_guid.clone_from(&row.source_guid);
        for event in self.orphans.remove(row.guid.as_str()).unwrap_or_default() {
            self.receive(&mut video, &event);
        }
        self.save(video, None, Change::Added, None, RowOutcome::Created)
    }

    /// Applies an event that came before its video.
    fn receive(&mut self, video: &mut Video, event: &FiledEvent) {
        let element = event.raw.as_ref().map(|raw| Element::read(raw.as_bytes()));
        if let Some(Ok(report)) = element.map(|element| element.report) {
            let verdict = video.standing.receive(&report, self.now);
            // In the first retry epoch of a video that has just come.
            self.refiled.push(Refiled {
                digest: event.digest,
                guid: Some(video.guid.clone()),
                verdict,
                epoch: Some(0),
            });
        }
    }

    fn update(&mut self, mut video: Video, row: &StagedRow) -> Fate {
        let (fields, pins) = match video.told_by_source(&row.patch) {
            Ok(told) => told,
            Err(why) => return Fate::new(RowOutcome::Error, Some(why)),
        };
        let beside = beside(&fields, &pins, row);
        let judged = self.preflight.judge(fields);
        let same = judged.fields == video.fields && judged.broken == video.broken;
        if same && pins == video.pins {
            return Fate {
                beside,
                ..Fate::new(RowOutcome::Unchanged, None)
            };
        }
        let before = video.standing.state;
        let kept = pins.differing(&video.pins);
        let kept: Vec<_> = kept
            .map(|column| format!("{} at the source", column.name()))
            .collect();
        let columns = video.rewrite(judged, self.now);
        video.pins = pins;
        let names = columns.iter().map(|column| column.name().to_owned());
        let names = names.chain(kept).collect::<Vec<_>>().join(", ");
        let (what, done) = (Change::Edited, RowOutcome::Updated);
        Fate {
            beside,
            ..self.save(video, Some(before), what, Some(names), done)
        }
    }

    fn save(
        &mut self,
        video: Video,
        before: Option<State>,
        what: Change,
        detail: Option<String>,
        done: RowOutcome,
    ) -> Fate {
        let to = video.standing.state;
        let line = TimelineLine {
            at: self.now,
            what,
            from: before,
            to,
            by: self.by.clone(),
            detail,
        };
        let blocked = (to == State::Draft).then(|| {
            video
                .broken
                .iter()
                .map(|rule| rule.sentence())
                .collect::<Vec<_>>()
                .join("; ")
        });
        self.saves.push(Save {
            before,
            video,
            line_id: self.app.random.id(self.now),
            line,
        });
        match blocked {
            Some(rules) => Fate::new(RowOutcome::Blocked, Some(rules)),
            None => Fate::new(done, None),
        }
    }
}

/// What a row says of pinned fields that they are not.
fn beside(fields: &Fields, pins: &Pins, row: &StagedRow) -> Vec<String> {
    let told = row.patch.iter().map(|(column, _cell)| *column);
    let differs = |column: &Column| {
        pins.hold(*column) && pins.source(*column) != fields.show(*column).as_deref()
    };
    let said = |column: Column| {
        let name = column.name();
        match pins.source(column) {
            Some(source) => format!("`{name}` is pinned; the source says `{}`", short(source)),
            None => format!("`{name}` is pinned; the source says nothing"),
        }
    };
    told.filter(differs).map(said).collect()
}
