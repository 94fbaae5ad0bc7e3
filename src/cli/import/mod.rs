//! `mcnd import`.

mod input;
mod kept;
mod rules;

use std::{
    collections::HashSet,
    fs::File,
    io::BufWriter,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::json;

use super::{
    Settings,
    console::{Console, note},
    failure::{Done, Failure},
    progress::{Meter, Stage},
    whoever,
};
use crate::{
    app::{App, Format, ImportReport, ImportRequest, Mapping, RowResult},
    model::{CreatorId, Phase, Progress},
};

use input::{Input, Open, real};

pub(super) use rules::Rules;

/// A row is created, updated or unchanged by its guid, which a video keeps for ever. An absent column leaves the field
/// as it is, an empty cell clears it, and a missing row changes nothing. What Dailymotion may not get yet is kept as a
/// draft with its reasons. The result file says for every row what became of it.
///
/// Exit code 1 when any row was wrong or in conflict; the others go in all the same.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Args {
    #[command(subcommand)]
    kept: Option<kept::Command>,
    /// CSV, JSON Lines or a feed (MRSS, RSS, Atom), gzip or not; `-` is standard input; `https://user:password@host/…`
    /// where an address asks for Basic
    #[arg(value_name = "FILE-OR-URL", required = true)]
    inputs: Vec<PathBuf>,
    /// Whose videos these are; without it, a column `creator` must say so
    #[arg(long, value_name = "ID")]
    creator: Option<CreatorId>,
    /// Only say what would be done; the catalog stays as it is
    #[arg(long)]
    plan: bool,
    #[command(flatten)]
    rules: Rules,
    /// Where to write what became of each row [default: NAME.result.jsonl in this folder]
    #[arg(long, value_name = "FILE")]
    result: Option<PathBuf>,
}

pub(super) async fn run(mut args: Args, settings: &Settings, console: &mut Console) -> Done {
    if let Some(command) = args.kept.take() {
        return kept::run(command, &settings.open().await?, console).await;
    }
    let mapping = args.mapping().map_err(Failure::Usage)?;
    let places = args.places()?;
    let app = settings.open().await?;
    let mut complete = true;
    for (input, result) in places {
        complete &= import(&args, &app, &mapping, (&input, &result), console).await?;
    }
    if complete {
        Ok(())
    } else {
        Err(Failure::Incomplete)
    }
}

impl Args {
    fn mapping(&self) -> Result<Mapping, String> {
        let mapping = Mapping::read(&self.rules.recipe())?;
        Ok(match &self.creator {
            Some(creator) => mapping.for_creator(creator.clone()),
            None => mapping,
        })
    }

    /// Every input with the place of its result file; no file is written twice or over an input.
    fn places(&self) -> Done<Vec<(Input, PathBuf)>> {
        let usage = |words: String| Err(Failure::Usage(words));
        if self.result.is_some() && self.inputs.len() > 1 {
            let words = "`--result` is for one input; leave it out to have one for each";
            return usage(words.to_owned());
        }
        let inputs = self.inputs.iter().map(|argument| Input::of(argument));
        let inputs = inputs.collect::<Done<Vec<_>>>()?;
        let files: HashSet<PathBuf> = inputs.iter().filter_map(Input::file).collect();
        let mut results = HashSet::new();
        let mut places = Vec::new();
        for input in inputs {
            let result = self.result.clone().unwrap_or_else(|| input.result_name());
            let shown = result.display();
            if files.contains(&real(&result)) {
                return usage(format!(
                    "the result file `{shown}` would be written over an input; name another with `--result`"
                ));
            }
            if !results.insert(result.clone()) {
                return usage(format!(
                    "two inputs have the result file `{shown}`; import them one by one with `--result`"
                ));
            }
            places.push((input, result));
        }
        Ok(places)
    }

    fn format(&self) -> Option<Format> {
        self.rules
            .recipe()
            .format
            .as_deref()
            .and_then(Format::named)
    }
}

/// Imports one input and says whether every row went in.
async fn import(
    args: &Args,
    app: &Arc<App>,
    mapping: &Mapping,
    (input, result): (&Input, &Path),
    console: &mut Console,
) -> Done<bool> {
    let Open { name, reader, base } = input.open(app).await?;
    let mapping = mapping.clone();
    let written = File::create(result).map_err(|error| {
        Failure::Refused(format!(
            "the result file `{}` can't be written: {error}; name another with `--result`",
            result.display()
        ))
    })?;
    let request = ImportRequest {
        by: whoever(),
        name: name.clone(),
        reader,
        format: args.format(),
        mapping: match base {
            Some(base) => mapping.relative_to(base),
            None => mapping,
        },
        plan: args.plan,
        results: Box::new(BufWriter::new(written)),
    };
    let meter = Arc::new(Meter::new(&name, "rows"));
    let shown = Arc::clone(&meter);
    let done = app
        .import(request, move |progress| shown.show(progress.into()))
        .await;
    meter.end();
    let report = done?;
    for wrong in report.wrong.iter().filter_map(RowResult::wrong) {
        note(&format!("{name}: {wrong}"));
    }
    tell(args.plan, &name, &report, result, console)?;
    Ok(report.counts.conflicts == 0 && report.counts.errors == 0)
}

impl From<Progress> for Stage {
    fn from(progress: Progress) -> Self {
        Self {
            name: match progress.phase {
                Phase::Fetching => "fetching",
                Phase::Reading => "reading",
                Phase::Waiting => "waiting for another import",
                Phase::Applying => "applying",
            },
            done: progress.rows,
            total: progress.total,
        }
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
    fn the_result_file_of_an_address_is_named_without_its_secrets() {
        for (address, name) in [
            ("https://me:pw@a.example/x.xml?key=k", "x.xml.result.jsonl"),
            ("https://a.example/", "a.example.result.jsonl"),
        ] {
            let places = args(&[address]).places().unwrap();
            assert_eq!(places[0].1, PathBuf::from(name));
        }
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
    fn what_is_kept_has_commands_of_its_own_and_a_file_of_such_a_name_a_path() {
        assert!(matches!(
            args(&["list"]).kept,
            Some(kept::Command::List { limit: 50 })
        ));
        let file = args(&["./list", "--plan"]);
        assert!(file.kept.is_none() && file.plan);
        assert!(Line::try_parse_from(["import"]).is_err());
        assert!(Line::try_parse_from(["import", "show"]).is_err());
    }

    #[test]
    fn wrong_pairs_are_wrong_usage() {
        let ok = args(&["a", "--map", "Name=title", "--default", "category=news"]);
        assert!(ok.mapping().is_ok());
        assert!(args(&["a", "--map", "title"]).mapping().is_err());
        assert!(args(&["a", "--default", "titel=x"]).mapping().is_err());
    }
}
