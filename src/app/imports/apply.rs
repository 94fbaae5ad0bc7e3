//! The second half of an import: a chunk of rows against the catalog.

use std::collections::{BTreeSet, HashMap};

use tracing::warn;

use super::{RowOutcome, RowResult, StagedRow, WRONG, count};
use crate::{
    app::{App, Error, Result},
    catalog::{FiledEvent, ImportCounts, ImportLock, Save},
    fault_points,
    model::{
        Change, CreatorId, Digest, Element, Fields, Guid, ImportId, Preflight, State, TimelineLine,
        Timestamp, Verdict, Video, VideoId,
    },
    sources::RowError,
};

/// A chunk while it is applied: what is known, and what is to be written.
struct Chunk<'a> {
    app: &'a App,
    by: String,
    preflight: Preflight,
    now: Timestamp,
    creators: &'a BTreeSet<CreatorId>,
    videos: HashMap<Guid, Video>,
    orphans: HashMap<String, Vec<FiledEvent>>,
    saves: Vec<Save>,
    refiled: Vec<(Digest, Verdict)>,
}

/// An import while it is applied.
pub(super) struct Run {
    /// None for a plan.
    pub(super) id: Option<ImportId>,
    /// Those of its rows' creators that there are.
    pub(super) creators: BTreeSet<CreatorId>,
    pub(super) tally: Tally,
    /// Keeps other imports of these creators away; none for a plan.
    pub(super) held: Option<ImportLock>,
}

impl Run {
    /// Makes sure, before a chunk is applied, that no other import has taken over.
    pub(super) async fn is_alone(&mut self) -> Result<()> {
        let Some(held) = &mut self.held else {
            return Ok(());
        };
        held.still_held().await.map_err(|lost| {
            let lost = &lost as &dyn std::error::Error;
            warn!(error = lost, "an import lost its lock and ends");
            Error::Conflict(
                "the import ended early: the database connection that keeps other imports of these creators away was lost; what was applied stays, import the same input again".to_owned(),
            )
        })
    }
}

/// What became of the rows so far.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) counts: ImportCounts,
    /// How many of them were warned of.
    pub(super) warned: u64,
    /// The first ones that were wrong.
    pub(super) wrong: Vec<RowResult>,
}

impl Tally {
    fn note(&mut self, results: &[RowResult]) {
        for result in results {
            count(&mut self.counts, result.outcome);
            self.warned += u64::from(!result.warnings.is_empty());
            if self.wrong.len() < WRONG && result.wrong().is_some() {
                self.wrong.push(result.clone());
            }
        }
    }
}

impl App {
    /// Applies a chunk of rows in one transaction, which also notes how far the import is; a plan only says what would
    /// happen.
    pub(super) async fn apply_chunk(
        &self,
        rows: Vec<Result<StagedRow, RowError>>,
        run: &mut Run,
    ) -> Result<Vec<RowResult>> {
        let guids = rows
            .iter()
            .flatten()
            .map(|row| row.guid.clone())
            .collect::<Vec<_>>();
        let Run {
            id,
            creators,
            tally,
            ..
        } = run;
        let Some(id) = id else {
            let videos = self.catalog.videos_of(&guids).await?;
            let mut chunk = Chunk::new(self, String::new(), creators, videos, Vec::new());
            let results = chunk.apply_all(rows);
            tally.note(&results);
            return Ok(results);
        };
        let mut tx = self.catalog.begin().await?;
        tx.prepare_to_add().await?;
        let videos = tx.videos_of(&guids).await?;
        let orphans = tx.orphans_of(&guids).await?;
        let by = format!("import {id}");
        let mut chunk = Chunk::new(self, by, creators, videos, orphans);
        let results = chunk.apply_all(rows);
        tally.note(&results);
        let policy = tx.feed_policy().await?;
        tx.save(&chunk.saves, policy, chunk.now).await?;
        tx.refile_events(&chunk.refiled).await?;
        tx.note_import(id, tally.counts).await?;
        fault_points::pass("import.before_commit");
        tx.commit().await?;
        fault_points::pass("import.after_commit");
        Ok(results)
    }
}

impl<'a> Chunk<'a> {
    fn new(
        app: &'a App,
        by: String,
        creators: &'a BTreeSet<CreatorId>,
        videos: Vec<Video>,
        orphans: Vec<FiledEvent>,
    ) -> Self {
        let mut waiting: HashMap<String, Vec<FiledEvent>> = HashMap::new();
        for event in orphans {
            waiting
                .entry(event.guid.clone().unwrap_or_default())
                .or_default()
                .push(event);
        }
        Self {
            app,
            by,
            preflight: app.preflight(),
            now: app.clock.now(),
            creators,
            videos: videos
                .into_iter()
                .map(|video| (video.guid.clone(), video))
                .collect(),
            orphans: waiting,
            saves: Vec::new(),
            refiled: Vec::new(),
        }
    }

    fn apply_all(&mut self, rows: Vec<Result<StagedRow, RowError>>) -> Vec<RowResult> {
        rows.into_iter().map(|row| self.apply(row)).collect()
    }

    fn apply(&mut self, row: Result<StagedRow, RowError>) -> RowResult {
        match row {
            Ok(row) => {
                let (outcome, message) = self.settle(&row);
                RowResult::of(row, outcome, message)
            }
            Err(wrong) => RowResult {
                row: wrong.number,
                guid: wrong.guid,
                outcome: RowOutcome::Error,
                message: Some(wrong.message),
                warnings: Vec::new(),
                columns: Vec::new(),
            },
        }
    }

    fn settle(&mut self, row: &StagedRow) -> (RowOutcome, Option<String>) {
        let known = self.videos.get(&row.guid).cloned();
        let mut fields = known
            .as_ref()
            .map_or_else(Fields::default, |video| video.fields.clone());
        for (column, cell) in &row.patch {
            if let Err(why) = fields.set(*column, cell.as_deref()) {
                return (
                    RowOutcome::Error,
                    Some(format!("column `{}` {why}", column.name())),
                );
            }
        }
        match known {
            None if !self.creators.contains(&row.creator) => {
                let cure = format!(
                    "there is no creator `{0}`; add it with `mcnd creator add {0}`",
                    row.creator
                );
                (RowOutcome::Error, Some(cure))
            }
            None => self.create(row, fields),
            Some(video) if video.creator != row.creator => (
                RowOutcome::Conflict,
                Some(
                    "this guid belongs to another creator; a guid is unique over the network"
                        .to_owned(),
                ),
            ),
            Some(video) if video.standing.state == State::Removed => (
                RowOutcome::Conflict,
                Some("this video was taken down; no import wakes it".to_owned()),
            ),
            Some(video) => self.update(video, fields),
        }
    }

    fn create(&mut self, row: &StagedRow, fields: Fields) -> (RowOutcome, Option<String>) {
        let id = VideoId::from(self.app.random.id(self.now));
        let mut video = Video::new(
            id,
            row.guid.clone(),
            row.creator.clone(),
            fields,
            &self.preflight,
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
            self.refiled.push((event.digest, verdict));
        }
    }

    fn update(&mut self, mut video: Video, fields: Fields) -> (RowOutcome, Option<String>) {
        let broken = self.preflight.broken(&fields);
        let columns = fields.differing(&video.fields);
        if columns.is_empty() && broken == video.broken {
            return (RowOutcome::Unchanged, None);
        }
        let before = video.standing.state;
        if !columns.is_empty() {
            video.content_at = self.now;
        }
        video.fields = fields;
        video.standing.judge(!broken.is_empty());
        video.broken = broken;
        if before != State::Waiting && video.standing.state == State::Waiting {
            video.waiting_since = Some(self.now);
        }
        let names = columns
            .iter()
            .map(|column| column.name())
            .collect::<Vec<_>>()
            .join(", ");
        self.save(
            video,
            Some(before),
            Change::Edited,
            Some(names),
            RowOutcome::Updated,
        )
    }

    fn save(
        &mut self,
        video: Video,
        before: Option<State>,
        what: Change,
        detail: Option<String>,
        done: RowOutcome,
    ) -> (RowOutcome, Option<String>) {
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
            Some(rules) => (RowOutcome::Blocked, Some(rules)),
            None => (done, None),
        }
    }
}
