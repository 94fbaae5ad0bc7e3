//! `mcnd import`.

mod results;

use std::{
    collections::HashSet,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError},
};

use serde_json::json;

use super::{
    Settings,
    console::{Console, note},
    failure::{Done, Failure},
    progress::{Meter, Stage},
};
use crate::{
    app::{App, Format, ImportReport, ImportRequest, Mapping, Phase, Progress},
    model::CreatorId,
};

use results::{Results, WrongRow};

/// A row is created, updated or unchanged by its guid, which a video keeps for ever. An absent column leaves the field
/// as it is, an empty cell clears it, and a missing row changes nothing. What Dailymotion may not get yet is kept as a
/// draft with its reasons. The result file says for every row what became of it.
///
/// Exit code 1 when any row was wrong or in conflict; the others go in all the same.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// CSV, JSON Lines or a feed (MRSS, RSS, Atom), gzip or not; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Whose videos these are; without it, a column `creator` must say so
    #[arg(long, value_name = "ID")]
    creator: Option<CreatorId>,
    /// Only say what would be done; the catalog stays as it is
    #[arg(long)]
    plan: bool,
    /// The format, where neither name nor content tells it
    #[arg(long, value_enum)]
    format: Option<FormatName>,
    /// Take their column for ours; `theirs=` leaves it out. Of a feed, an item's element, such as `dm:forKids`
    #[arg(long, value_name = "THEIRS=OURS")]
    map: Vec<String>,
    /// What an absent column or an empty cell stands for
    #[arg(long, value_name = "FIELD=VALUE")]
    default: Vec<String>,
    /// Take their category for ours
    #[arg(long, value_name = "THEIRS=OURS")]
    category: Vec<String>,
    /// Derive the guid of a feed's item that has none from its page, else from its file: the address must never change
    #[arg(long)]
    derive_guid: bool,
    /// Put this before every guid, for ever
    #[arg(long, value_name = "PREFIX")]
    guid_prefix: Option<String>,
    /// Where to write what became of each row [default: NAME.result.jsonl in this folder]
    #[arg(long, value_name = "FILE")]
    result: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum FormatName {
    Csv,
    Jsonl,
    /// RSS, with or without Media RSS, and Atom
    Mrss,
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Csv => Self::Csv,
            FormatName::Jsonl => Self::JsonLines,
            FormatName::Mrss => Self::Mrss,
        }
    }
}

pub(super) async fn run(args: Args, settings: &Settings, console: &mut Console) -> Done {
    let mapping = args.mapping().map_err(Failure::Usage)?;
    let places = args.places().map_err(Failure::Usage)?;
    let app = settings.open().await?;
    let mut complete = true;
    for (file, result) in places {
        complete &= import(&args, &app, &mapping, (&file, &result), console).await?;
    }
    if complete {
        Ok(())
    } else {
        Err(Failure::Incomplete)
    }
}

impl Args {
    fn mapping(&self) -> Result<Mapping, String> {
        let mut mapping = Mapping::default();
        for pair in &self.map {
            mapping = mapping.map(pair)?;
        }
        for pair in &self.default {
            mapping = mapping.default_value(pair)?;
        }
        for pair in &self.category {
            mapping = mapping.category(pair)?;
        }
        if let Some(prefix) = &self.guid_prefix {
            mapping = mapping.guid_prefix(prefix)?;
        }
        if self.derive_guid {
            mapping = mapping.deriving_guids();
        }
        Ok(match &self.creator {
            Some(creator) => mapping.for_creator(creator.clone()),
            None => mapping,
        })
    }

    /// Every input with the place of its result file; no file is written twice or over an input.
    fn places(&self) -> Result<Vec<(PathBuf, PathBuf)>, String> {
        if self.result.is_some() && self.files.len() > 1 {
            return Err("`--result` is for one file; leave it out to have one for each".to_owned());
        }
        let inputs: HashSet<PathBuf> = self.files.iter().map(|file| real(file)).collect();
        let mut results = HashSet::new();
        let mut places = Vec::new();
        for file in &self.files {
            let result = self.result.clone().unwrap_or_else(|| result_name(file));
            let shown = result.display();
            if inputs.contains(&real(&result)) {
                return Err(format!(
                    "the result file `{shown}` would be written over an input; name another with `--result`"
                ));
            }
            if !results.insert(result.clone()) {
                return Err(format!(
                    "two inputs have the result file `{shown}`; import them one by one with `--result`"
                ));
            }
            places.push((file.clone(), result));
        }
        Ok(places)
    }
}

fn is_standard_input(file: &Path) -> bool {
    file.as_os_str() == "-"
}

/// The file that a path leads to, also by another name of it.
fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_absent| path.to_owned())
}

fn result_name(file: &Path) -> PathBuf {
    if is_standard_input(file) {
        return PathBuf::from("stdin.result.jsonl");
    }
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".result.jsonl");
    PathBuf::from(name)
}

/// Imports one file and says whether every row went in.
async fn import(
    args: &Args,
    app: &Arc<App>,
    mapping: &Mapping,
    (file, result): (&Path, &Path),
    console: &mut Console,
) -> Done<bool> {
    let name = file.display().to_string();
    let reader = open(file)?;
    let written = File::create(result).map_err(|error| {
        Failure::Refused(format!(
            "the result file `{}` can't be written: {error}; name another with `--result`",
            result.display()
        ))
    })?;
    let wrong = Arc::default();
    let request = ImportRequest {
        name: name.clone(),
        reader,
        format: args.format.map(Format::from),
        mapping: mapping.clone(),
        plan: args.plan,
        results: Box::new(Results::new(written, Arc::clone(&wrong))),
    };
    let meter = Arc::new(Meter::new(&name, "rows"));
    let shown = Arc::clone(&meter);
    let done = app
        .import(request, move |progress| shown.show(progress.into()))
        .await;
    meter.end();
    let report = done?;
    tell_wrong(&name, &wrong.lock().unwrap_or_else(PoisonError::into_inner));
    tell(args.plan, &name, &report, result, console)?;
    Ok(report.counts.conflicts == 0 && report.counts.errors == 0)
}

fn open(file: &Path) -> Done<Box<dyn Read + Send>> {
    if is_standard_input(file) {
        return Ok(Box::new(io::stdin()));
    }
    let refused = |why: String| {
        Failure::Refused(format!(
            "`{}` can't be read: {why}; check the path and its rights",
            file.display()
        ))
    };
    let opened = File::open(file).map_err(|error| refused(error.to_string()))?;
    if opened.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err(refused("it is a folder".to_owned()));
    }
    Ok(Box::new(opened))
}

impl From<Progress> for Stage {
    fn from(progress: Progress) -> Self {
        Self {
            name: match progress.phase {
                Phase::Reading => "reading",
                Phase::Applying => "applying",
            },
            done: progress.rows,
            total: progress.total,
        }
    }
}

fn tell_wrong(name: &str, wrong: &[WrongRow]) {
    for row in wrong {
        let guid = row
            .guid
            .as_ref()
            .map_or_else(String::new, |guid| format!(" (`{guid}`)"));
        let message = row.message.as_deref().unwrap_or(&row.outcome);
        note(&format!("{name}: row {}{guid}: {message}", row.row));
    }
}

fn tell(
    plan: bool,
    name: &str,
    report: &ImportReport,
    result: &Path,
    console: &mut Console,
) -> Done {
    let counts = report.counts;
    if console.json {
        return console.object(&json!({
            "id": report.id,
            "file": name,
            "plan": plan,
            "rows": report.rows,
            "created": counts.created,
            "updated": counts.updated,
            "unchanged": counts.unchanged,
            "conflicts": counts.conflicts,
            "blocked": counts.blocked,
            "errors": counts.errors,
            "warned": report.warned,
            "result": result,
        }));
    }
    let done = if plan {
        "planned; the catalog stays as it is"
    } else {
        "imported"
    };
    console.line(format!("{name}: {done}"))?;
    console.facts(&[
        ("rows", report.rows.to_string()),
        ("created", counts.created.to_string()),
        ("updated", counts.updated.to_string()),
        ("unchanged", counts.unchanged.to_string()),
        ("conflicts", counts.conflicts.to_string()),
        ("blocked", format!("{} (kept as drafts)", counts.blocked)),
        ("errors", counts.errors.to_string()),
        (
            "with warnings",
            format!("{} (said row by row)", report.warned),
        ),
        ("row by row", result.display().to_string()),
    ])
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn args(words: &[&str]) -> Args {
        Line::try_parse_from(["import"].iter().chain(words))
            .unwrap()
            .args
    }

    #[test]
    fn each_input_has_a_result_file_of_its_own() {
        let places = args(&["a/x.csv.gz", "-"]).places().unwrap();
        assert_eq!(places[0].1, PathBuf::from("x.csv.gz.result.jsonl"));
        assert_eq!(places[1].1, PathBuf::from("stdin.result.jsonl"));
        assert!(args(&["a/x.csv", "b/x.csv"]).places().is_err());
        assert!(args(&["a", "b", "--result", "c"]).places().is_err());
    }

    #[test]
    fn a_result_is_never_written_over_an_input() {
        let input = tempfile::NamedTempFile::new().unwrap();
        let path = input.path().to_str().unwrap();
        let around = format!("{}/./{}", input.path().parent().unwrap().display(), {
            input.path().file_name().unwrap().display()
        });
        assert!(args(&[path, "--result", &around]).places().is_err());
    }

    #[test]
    fn wrong_pairs_are_wrong_usage() {
        let ok = args(&["a", "--map", "Name=title", "--default", "category=news"]);
        assert!(ok.mapping().is_ok());
        assert!(args(&["a", "--map", "title"]).mapping().is_err());
        assert!(args(&["a", "--default", "titel=x"]).mapping().is_err());
    }
}
