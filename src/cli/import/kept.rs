//! Imports that the operators' face keeps, and what became of all others.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    app::{App, ExportFormat, ImportEntry, ImportRun},
    cli::{
        console::{Console, note},
        failure::{Done, Failure},
        progress::Meter,
        table::Table,
        whoever,
    },
    model::{ImportCounts, ImportFile, ImportId, ImportState, ImportSummary},
};

/// Between two looks at an import that is worked on.
const LOOK: Duration = Duration::from_millis(200);
const HEADS: [&str; 10] = [
    "ID",
    "BEGUN",
    "STATE",
    "CREATED",
    "UPDATED",
    "UNCHANGED",
    "CONFLICTS",
    "BLOCKED",
    "ERRORS",
    "WHAT",
];

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// List imports, newest first: of files that were sent to the daemon, of commands and of sources
    List {
        /// Show at most so many
        #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
        limit: u32,
    },
    /// Show one import: where it stands, what its plan found, what was applied, which rows were wrong
    Show(One),
    /// Plan an import of a file that was sent to the daemon once more
    Plan(One),
    /// Apply an import of a file that was sent to the daemon, from where it ended
    Apply(One),
    /// Stop an import of such a file; one that rests is discarded, and its file is removed
    Cancel(One),
    /// Write what the plan, or after it the run, said of each row
    Result(Rows),
}

#[derive(Debug, clap::Args)]
pub(super) struct One {
    /// The import's id
    #[arg(value_parser = id)]
    id: ImportId,
}

#[derive(Debug, clap::Args)]
pub(super) struct Rows {
    #[command(flatten)]
    one: One,
    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// A header, then one record a row
    Csv,
    /// One JSON object a line
    Jsonl,
}

fn id(text: &str) -> Result<ImportId, String> {
    if text.is_empty() {
        return Err("write the id that `mcnd import list` shows".to_owned());
    }
    Ok(ImportId::from(text.to_owned()))
}

pub(super) async fn run(command: Command, app: &Arc<App>, console: &mut Console) -> Done {
    match command {
        Command::List { limit } => list(limit, app, console).await,
        Command::Show(one) => show(&app.import_entry(&one.id).await?, app, console),
        Command::Plan(one) => {
            let begun = app.plan_import(whoever(), one.id, None).await?;
            watched(begun, ImportState::Planned, app, console).await
        }
        Command::Apply(one) => {
            let begun = app.apply_import(whoever(), one.id).await?;
            watched(begun, ImportState::Applied, app, console).await
        }
        Command::Cancel(one) => {
            let file = app.cancel_import(whoever(), one.id).await?;
            show(&ImportEntry::File(Box::new(file), None), app, console)
        }
        Command::Result(rows) => write_rows(&rows, app, console).await,
    }
}

async fn list(limit: u32, app: &App, console: &mut Console) -> Done {
    let entries = app.list_imports(None, limit.into()).await?;
    if console.json {
        return entries
            .iter()
            .try_for_each(|entry| console.object(&as_json(entry, app)));
    }
    let rows: Vec<_> = entries.iter().map(|entry| row(entry, app)).collect();
    console.rows(&mut Table::new(&HEADS), &rows)
}

/// Waits until the work on an import has ended, and tells how.
async fn watched(begun: ImportFile, aim: ImportState, app: &App, console: &mut Console) -> Done {
    let meter = Meter::new(&begun.name, "rows");
    let mut file = begun;
    while file.state.is_active() && !file.is_interrupted(app.now()) {
        if let Some(progress) = file.progress {
            meter.show(progress.into());
        }
        tokio::time::sleep(LOOK).await;
        file = app.import_file(&file.id).await?;
    }
    meter.end();
    let wrong = [&file.applied, &file.plan].into_iter().flatten().next();
    let complete = file.state == aim && wrong.is_none_or(|told| told.counts.wrong() == 0);
    show(&ImportEntry::File(Box::new(file), None), app, console)?;
    if complete {
        Ok(())
    } else {
        Err(Failure::Incomplete)
    }
}

fn show(entry: &ImportEntry, app: &App, console: &mut Console) -> Done {
    if console.json {
        return console.object(&as_json(entry, app));
    }
    let file = match entry {
        ImportEntry::File(file, _) => file,
        ImportEntry::Run(run) => return console.facts(&run_facts(run)),
    };
    let told = |summary: &Option<ImportSummary>| {
        let summary = summary.as_ref();
        summary.map_or_else(String::new, |summary| in_words(summary.counts))
    };
    let creator = file.options.creator.as_ref();
    console.facts(&[
        ("id", file.id.to_string()),
        ("what", file.name.clone()),
        ("state", file.standing(app.now()).as_str().to_owned()),
        ("", file.message.clone().unwrap_or_default()),
        ("begun", format!("{} by {}", file.added_at, file.made_by)),
        (
            "creator",
            creator.map_or_else(String::new, ToString::to_string),
        ),
        ("plan", told(&file.plan)),
        ("applied", told(&file.applied)),
    ])?;
    let summary = file.applied.as_ref().or(file.plan.as_ref());
    for wrong in summary.into_iter().flat_map(|summary| &summary.wrong) {
        let guid = wrong.guid.as_deref().unwrap_or("-");
        note(&format!("row {} (`{guid}`): {}", wrong.row, wrong.message));
    }
    Ok(())
}

async fn write_rows(rows: &Rows, app: &App, console: &mut Console) -> Done {
    let Some(path) = &rows.output else {
        return copy(rows, app, console.out()).await;
    };
    let mut file = BufWriter::new(File::create(path).map_err(|error| refused(path, &error))?);
    copy(rows, app, &mut file).await?;
    let file = file
        .into_inner()
        .map_err(|error| refused(path, error.error()))?;
    file.sync_all().map_err(|error| refused(path, &error))
}

async fn copy(rows: &Rows, app: &App, out: &mut dyn Write) -> Done {
    let format = match rows.format {
        Format::Csv => ExportFormat::Csv,
        Format::Jsonl => ExportFormat::JsonLines,
    };
    let mut pieces = app.import_result(&whoever(), &rows.one.id, format).await?;
    while let Some(piece) = pieces.recv().await {
        out.write_all(&piece?)?;
    }
    Ok(())
}

fn refused(path: &Path, error: &io::Error) -> Failure {
    Failure::Refused(format!("`{}` can't be written: {error}", path.display()))
}

fn row(entry: &ImportEntry, app: &App) -> Vec<String> {
    let (begun, state, name, counts) = match entry {
        ImportEntry::File(file, run) => {
            let planned = file.plan.as_ref().map(|plan| plan.counts);
            let counts = run.as_ref().map(|run| run.counts).or(planned);
            (file.added_at, file.standing(app.now()), &file.name, counts)
        }
        ImportEntry::Run(run) => (
            run.started_at,
            run.standing(),
            &run.source,
            Some(run.counts),
        ),
    };
    let count = |of: fn(&ImportCounts) -> i64| {
        counts.map_or_else(|| "-".to_owned(), |counts| of(&counts).to_string())
    };
    vec![
        entry.id().to_string(),
        begun.to_string(),
        state.as_str().to_owned(),
        count(|counts| counts.created),
        count(|counts| counts.updated),
        count(|counts| counts.unchanged),
        count(|counts| counts.conflicts),
        count(|counts| counts.blocked),
        count(|counts| counts.errors),
        name.clone(),
    ]
}

fn run_facts(run: &ImportRun) -> [(&'static str, String); 5] {
    [
        ("id", run.id.to_string()),
        ("what", run.source.clone()),
        ("state", run.standing().as_str().to_owned()),
        ("begun", run.started_at.to_string()),
        ("applied", in_words(run.counts)),
    ]
}

fn in_words(counts: ImportCounts) -> String {
    format!(
        "{} created, {} updated, {} unchanged, {} conflicts, {} blocked, {} errors",
        counts.created,
        counts.updated,
        counts.unchanged,
        counts.conflicts,
        counts.blocked,
        counts.errors
    )
}

fn as_json(entry: &ImportEntry, app: &App) -> Value {
    match entry {
        ImportEntry::File(file, run) => json!({
            "id": file.id,
            "name": file.name,
            "state": file.standing(app.now()),
            "made_by": file.made_by,
            "added_at": file.added_at,
            "changed_at": file.changed_at,
            "creator": file.options.creator,
            "recipe": file.options.recipe,
            "bytes": file.bytes,
            "digest": file.digest.map(|digest| digest.to_string()),
            "kept": file.gone_at.is_none(),
            "progress": file.progress,
            "plan": file.plan,
            "applied": file.applied,
            "counts": run.as_ref().map(|run| run.counts),
            "message": file.message,
        }),
        ImportEntry::Run(run) => json!({
            "id": run.id,
            "name": run.source,
            "state": run.standing(),
            "added_at": run.started_at,
            "changed_at": run.finished_at.unwrap_or(run.started_at),
            "digest": run.digest.to_string(),
            "counts": run.counts,
        }),
    }
}
