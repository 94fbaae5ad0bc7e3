//! What work on an import does: fetch its file, plan it, apply it from where it ended.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufReader, BufWriter, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use url::Url;

use super::{
    folder::{Folder, Part},
    rows::next_whole,
    work::{Ending, Stoppable, Work},
};
use crate::{
    app::{
        App, Error, Result,
        imports::{Reading, RowResult, Run, Staged, Tally, unwritten},
        network_settings::preflight,
    },
    fault_points,
    model::{ImportFile, ImportState, Phase, Progress},
    sources::{Format, Mapping},
};

const UNFETCHED: &str = "the daemon ended while the address was read; give the address again";

impl App {
    /// Does what the state of an import asks for.
    pub(super) async fn work_on(&self, work: &Work) -> Result<Ending> {
        let mut file = self.import_file(&work.id).await?;
        if let Some((url, then)) = &work.fetch
            && !self.fetch_file(work, &mut file, url, *then).await?
        {
            return Ok(Ending::Stopped(None));
        }
        fault_points::pass("import_file.begun");
        match file.state {
            ImportState::Planning => self.plan_file(work, &file).await,
            ImportState::Applying => self.apply_file(work, &file).await,
            // Its address may hold a password, which is not kept.
            ImportState::Fetching => Ok(Ending::Failed(UNFETCHED.to_owned(), None)),
            _done => Ok(Ending::Left),
        }
    }

    /// Reads an address into the folder; false when that was stopped.
    async fn fetch_file(
        &self,
        work: &Work,
        file: &mut ImportFile,
        url: &Url,
        then: ImportState,
    ) -> Result<bool> {
        let mut arrival = self.expect_file(0).await?;
        let show = |bytes| work.show(progress(Phase::Fetching, bytes, None));
        let fetched = self.fetch_into(url, &mut arrival, show);
        let Some(mut address) = work.unless_stopped(fetched).await? else {
            return Ok(false);
        };
        let arrived = arrival.finish().await?;
        address.set_query(None);
        file.address = Some(address.into());
        (file.bytes, file.digest, file.state) = (arrived.bytes, Some(arrived.digest), then);
        arrived.keep(&Folder::of(&self.config())?, &file.id)?;
        let mut tx = self.catalog.begin().await?;
        let ours = tx.note_fetched(file, &work.lease, self.clock.now()).await?;
        tx.commit().await?;
        Ok(ours)
    }

    /// Compares the file with the catalog, which stays as it is.
    async fn plan_file(&self, work: &Work, file: &ImportFile) -> Result<Ending> {
        let folder = Folder::of(&self.config())?;
        // A plan may be made by other options: what was applied by the last ones is not gone on with, even when this one is
        // stopped.
        folder.remove(&file.id, Part::Rows)?;
        folder.remove(&file.id, Part::Plan)?;
        let Some(staged) = self.stage_file(work, file, &folder).await? else {
            return Ok(Ending::Stopped(None));
        };
        let mut run = self.run_of(work, &staged).await?;
        let (results, unfinished) = folder.arriving()?.into_parts();
        let show = |step| work.show(step);
        let results = Box::new(BufWriter::new(results));
        self.apply_all(staged, &mut run, results, &show).await?;
        if work.stop.is_cancelled() {
            return Ok(Ending::Stopped(None));
        }
        let plan = folder.path(&file.id, Part::Plan);
        let kept = unfinished.persist(plan);
        kept.map_err(|refused| unwritten(&refused.error))?;
        Ok(Ending::Planned(run.tally.into()))
    }

    /// Applies the file from where an earlier run of it ended.
    async fn apply_file(&self, work: &Work, file: &ImportFile) -> Result<Ending> {
        let folder = Folder::of(&self.config())?;
        let Some(staged) = self.stage_file(work, file, &folder).await? else {
            return Ok(Ending::Stopped(file.applied.clone()));
        };
        work.show(progress(Phase::Waiting, 0, None));
        let Some(_turn) = work
            .unless_stopped(async { Ok(self.import_turn.lock().await) })
            .await?
        else {
            return Ok(Ending::Stopped(file.applied.clone()));
        };
        let show = |step| work.show(step);
        let held = self.own_creators(&staged.creators, &show);
        let Some(held) = work.unless_stopped(Box::pin(held)).await? else {
            return Ok(Ending::Stopped(file.applied.clone()));
        };
        let mut run = self.run_of(work, &staged).await?;
        run.held = Some(held);
        let ended = self.apply_on(work, file, &folder, staged, &mut run).await;
        let stopped = work.stop.is_cancelled();
        let applied = run.tally.into();
        Ok(match ended {
            Ok(true) => Ending::Applied(applied),
            Ok(false) if stopped => Ending::Stopped(Some(applied)),
            Ok(false) => Ending::Left,
            // Its lock was lost with a connection; one that gets a new lock goes on.
            Err(_lost) if run.held.is_none() => Ending::Left,
            Err(error) => Ending::of(error, Some(applied)),
        })
    }

    /// Answers whether every row was looked at.
    async fn apply_on(
        &self,
        work: &Work,
        file: &ImportFile,
        folder: &Folder,
        mut staged: Staged,
        run: &mut Run,
    ) -> Result<bool> {
        let path = folder.path(&file.id, Part::Rows);
        let known = tokio::task::spawn_blocking(move || take_up(&path));
        let (results, tally) = known
            .await
            .map_err(Error::internal)?
            .map_err(|error| unwritten(&error))?;
        staged.done = tally.rows;
        run.tally = tally;
        run.id = Some(file.id.clone());
        let mut tx = self.catalog.begin().await?;
        tx.start_import(&file.id, &file.name, &staged.digest, self.clock.now())
            .await?;
        tx.commit().await?;
        fault_points::pass("import.started");
        let (rows, show) = (staged.rows, |step| work.show(step));
        let results = Box::new(BufWriter::new(results));
        self.apply_all(staged, run, results, &show).await?;
        if run.tally.rows < rows {
            return Ok(false);
        }
        fault_points::pass("import.before_finish");
        Ok(true)
    }

    async fn run_of(&self, work: &Work, staged: &Staged) -> Result<Run> {
        let rules = self.rules();
        Ok(Run {
            id: None,
            creators: self.catalog.known_creators(&staged.creators).await?,
            preflight: preflight(&rules.value),
            rules: rules.version,
            stale: false,
            tally: Tally::default(),
            held: None,
            stop: work.stop.clone(),
        })
    }

    /// Reads the file, when it is its turn; none when that was stopped.
    async fn stage_file(
        &self,
        work: &Work,
        file: &ImportFile,
        folder: &Folder,
    ) -> Result<Option<Staged>> {
        let turn = async { self.import_readers.acquire().await.map_err(Error::internal) };
        let Some(_turn) = work.unless_stopped(turn).await? else {
            return Ok(None);
        };
        let input = folder.open(&file.id, Part::Input)?;
        let recipe = &file.options.recipe;
        let reading = Reading {
            name: file.name.clone(),
            reader: Box::new(Stoppable {
                reader: input,
                stop: work.stop.clone(),
            }),
            format: recipe.format.as_deref().and_then(Format::named),
            mapping: mapping(file)?,
        };
        let show = |step| work.show(step);
        work.unless_stopped(self.stage(reading, &show)).await
    }
}

fn mapping(file: &ImportFile) -> Result<Mapping> {
    let mut mapping = Mapping::read(&file.options.recipe).map_err(Error::Invalid)?;
    if let Some(creator) = &file.options.creator {
        mapping = mapping.for_creator(creator.clone());
    }
    let base = file.address.as_deref().map(Url::parse).transpose();
    Ok(match base.map_err(Error::internal)? {
        Some(base) => mapping.relative_to(base),
        None => mapping,
    })
}

/// Opens what became of each row so far, to write on behind it, and counts it. A line that a kill cut off is cut away:
/// its row is looked at again.
fn take_up(path: &PathBuf) -> io::Result<(File, Tally)> {
    let (tally, whole) = told(path)?;
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)?;
    file.set_len(whole)?;
    file.seek(SeekFrom::End(0))?;
    Ok((file, tally))
}

/// What the whole lines of such a file say, and how many bytes they are.
fn told(path: &Path) -> io::Result<(Tally, u64)> {
    let (mut tally, mut whole) = (Tally::default(), 0);
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((tally, whole)),
        file => file?,
    };
    let (mut lines, mut line) = (BufReader::new(file), Vec::new());
    while next_whole(&mut lines, &mut line)? {
        let Ok(row) = serde_json::from_slice::<RowResult>(&line) else {
            break;
        };
        tally.note(&[row]);
        whole += line.len() as u64;
    }
    Ok((tally, whole))
}

fn progress(phase: Phase, rows: u64, total: Option<u64>) -> Progress {
    Progress { phase, rows, total }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::model::RowOutcome;

    #[test]
    fn what_became_of_rows_is_counted_up_to_the_last_whole_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("i.rows.jsonl");
        let lines = "{\"row\":1,\"guid\":\"a\",\"outcome\":\"created\",\"columns\":{\"title\":\"T\",\"link\":null}}\n\
                     {\"row\":2,\"guid\":null,\"outcome\":\"error\",\"message\":\"no\",\"warnings\":[\"odd\"]}\n";
        std::fs::write(&path, format!("{lines}{{\"row\":3,\"gu")).unwrap();
        let (mut file, tally) = take_up(&path).unwrap();
        assert_eq!(
            (tally.rows, tally.counts.created, tally.counts.errors),
            (2, 1, 1)
        );
        file.write_all(b"next").unwrap();
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            format!("{lines}next")
        );
        let first = serde_json::from_str::<RowResult>(lines.lines().next().unwrap()).unwrap();
        assert_eq!(
            (first.outcome, first.columns.len()),
            (RowOutcome::Created, 2)
        );
    }

    #[test]
    fn an_import_that_begins_has_nothing_to_count() {
        let folder = tempfile::tempdir().unwrap();
        let (_file, tally) = take_up(&folder.path().join("new")).unwrap();
        assert_eq!(tally.rows, 0);
    }
}
