//! `mcnd backup` and `mcnd restore`.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{
    console::{Console, note},
    failure::{Done, Failure},
    text::counted,
    whoever,
};
use crate::{
    config::Config,
    daemon::{self, Contents},
    model::Action,
};

#[derive(Debug, clap::Args)]
pub(super) struct Backup {
    /// The new file
    file: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(super) struct Restore {
    /// A file that `mcnd backup` wrote
    file: PathBuf,
}

pub(super) async fn back_up(args: &Backup, config: &Config, console: &mut Console) -> Done {
    note_in_audit(Action::BackUp, &args.file, config).await;
    let contents = daemon::back_up(config, &args.file).await?;
    told("backed up to", &args.file, &contents, console)
}

pub(super) async fn restore(args: &Restore, config: &Config, console: &mut Console) -> Done {
    let contents = daemon::restore(config, &args.file).await?;
    note_in_audit(Action::Restore, &args.file, config).await;
    let migrations = daemon::migrations(config).await?;
    if !migrations.iter().all(|migration| migration.applied) {
        note(
            "the backup has an older schema; `mcnd migrate` or the next `mcnd serve` brings it up to date",
        );
    }
    told("restored from", &args.file, &contents, console)
}

/// Has the audit note it, unless something is in the way: an older schema, a full disk. Nobody is kept from a copy by that.
async fn note_in_audit(action: Action, file: &Path, config: &Config) {
    let noted = async {
        let app = daemon::open(config.clone()).await?;
        let file = file.display().to_string();
        let noted = app.note_look(&whoever(), action, &file).await;
        app.close().await;
        Ok::<_, Failure>(noted?)
    };
    if let Err(failure) = noted.await {
        let words = failure.words().unwrap_or_default();
        note(&format!("the audit does not know of it, {words}"));
    }
}

fn told(done: &str, file: &Path, contents: &Contents, console: &mut Console) -> Done {
    let schema = contents.versions.last().copied().unwrap_or_default();
    if console.json {
        return console.object(&json!({
            "file": file,
            "schema": schema,
            "rows": contents.rows,
        }));
    }
    let rows = |table: &str| contents.rows.get(table).copied().unwrap_or_default();
    let (creators, videos, events) = (
        counted(rows("creators"), "creator", "creators"),
        counted(rows("videos"), "video", "videos"),
        counted(rows("events"), "event", "events"),
    );
    console.line(format!(
        "{done} `{}`: {creators}, {videos}, {events}; schema {schema:04}",
        file.display()
    ))
}
