//! The second half of an import: a chunk of rows against the catalog.

use std::{
    collections::{BTreeSet, HashMap},
    mem,
};

use super::{RowOutcome, RowResult, StagedRow, WRONG, count};
use crate::{
    app::{App, Result},
    catalog::{FiledEvent, ImportCounts, Save},
    fault_points,
    model::{
        Change, CreatorId, Digest, Element, Guid, ImportId, Judged, Preflight, State, TimelineLine,
        Timestamp, Verdict, Video, VideoId,
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
    refiled: Vec<(Digest, Verdict)>,
}

/// An import while it is applied.
pub(super) struct Run {
    /// None for a plan.
    pub(super) id: Option<ImportId>,
    /// Those of its rows' creators that there are.
    pub(super) creators: BTreeSet<CreatorId>,
    /// The rules as they were when it began.
    pub(super) preflight: Preflight,
    pub(super) tally: Tally,
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
        let Some(id) = run.id.clone() else {
            let videos = self.catalog.videos_of(&guids).await?;
            let results = Chunk::new(self, String::new(), run, videos, Vec::new()).apply_all(rows);
            run.tally.note(&results);
            return Ok(results);
        };
        let mut tx = self.catalog.begin().await?;
        tx.prepare_to_add().await?;
        let videos = tx.videos_of(&guids).await?;
        let orphans = tx.orphans_of(&guids).await?;
        let by = format!("import {id}");
        let mut chunk = Chunk::new(self, by, run, videos, orphans);
        let results = chunk.apply_all(rows);
        let Chunk {
            saves,
            refiled,
            now,
            ..
        } = chunk;
        run.tally.note(&results);
        let policy = tx.feed_policy().await?;
        tx.save(&saves, policy, now).await?;
        tx.refile_events(&refiled).await?;
        tx.note_import(&id, run.tally.counts).await?;
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
        run: &'a Run,
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

    fn apply_all(&mut self, rows: Vec<Result<StagedRow, RowError>>) -> Vec<RowResult> {
        rows.into_iter().map(|row| self.apply(row)).collect()
    }

    fn apply(&mut self, row: Result<StagedRow, RowError>) -> RowResult {
        match row {
            Ok(mut row) => {
                let fresh = mem::take(&mut row.fresh);
                let (outcome, message) = self.settle(&row, fresh);
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

    fn settle(&mut self, row: &StagedRow, fresh: Judged) -> (RowOutcome, Option<String>) {
        let Some(video) = self.videos.get(&row.guid) else {
            return self.create(row, fresh);
        };
        let conflict = if video.creator != row.creator {
            "this guid belongs to another creator; a guid is unique over the network"
        } else if video.standing.state == State::Removed {
            "this video was taken down; no import wakes it"
        } else {
            return self.update(video.clone(), row);
        };
        (RowOutcome::Conflict, Some(conflict.to_owned()))
    }

    fn create(&mut self, row: &StagedRow, fresh: Judged) -> (RowOutcome, Option<String>) {
        if !self.creators.contains(&row.creator) {
            let cure = format!(
                "there is no creator `{0}`; add it with `mcnd creator add {0}`",
                row.creator
            );
            return (RowOutcome::Error, Some(cure));
        }
        let id = VideoId::from(self.app.random.id(self.now));
        let mut video = Video::new(id, row.guid.clone(), row.creator.clone(), fresh, self.now);
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

    fn update(&mut self, mut video: Video, row: &StagedRow) -> (RowOutcome, Option<String>) {
        let mut fields = video.fields.clone();
        for (column, cell) in &row.patch {
            if let Err(why) = fields.set(*column, cell.as_deref()) {
                let why = format!("column `{}` {why}", column.name());
                return (RowOutcome::Error, Some(why));
            }
        }
        let Judged { fields, broken } = self.preflight.judge(fields);
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
