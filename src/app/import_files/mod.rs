//! Imports that browsers and scripts begin: a file is taken in, planned, applied, and may be stopped and gone on with.
//!
//! The catalog says where each stands; its files wait in the folder of `import.folder`. Work goes on in the background of
//! whichever daemon began it; what one leaves in the middle, another that has the file goes on with.

mod arrival;
mod folder;
mod list;
mod retention;
mod rows;
mod steps;
mod work;

use std::sync::Arc;

use serde_json::{Value, json};
use tracing::warn;
use url::Url;

use super::{App, Error, Result, audit::told};
use crate::{
    catalog::Begin,
    model::{Action, Actor, ImportFile, ImportId, ImportOptions, ImportState, Timestamp, short},
    outbound,
    sources::{Format, Mapping},
};

use work::{LEASE, Work};

pub use arrival::{Arrival, ArrivedFile};
pub(super) use folder::Folder;
use folder::Part;
pub use list::ImportEntry;
pub use rows::RowPage;

/// Files that are read at one time.
pub(super) const READERS: usize = 2;
/// Characters of a name that a client gave.
const LONGEST_NAME: usize = 200;
/// An import to be made.
#[derive(Clone, Debug)]
pub struct NewImport {
    /// The file's name; it may tell the format.
    pub name: String,
    pub options: ImportOptions,
    /// Applies it without a plan before.
    pub apply: bool,
}

impl NewImport {
    fn first_state(&self) -> ImportState {
        if self.apply {
            ImportState::Applying
        } else {
            ImportState::Planning
        }
    }
}

impl App {
    /// Makes an import of a file that has arrived; it is planned, or applied, in the background.
    ///
    /// # Errors
    /// [`Error::Invalid`] for options that no import would take.
    pub async fn add_import(
        self: &Arc<Self>,
        by: Actor,
        new: NewImport,
        arrived: ArrivedFile,
    ) -> Result<ImportFile> {
        check_import_options(&new.options)?;
        let app = Arc::clone(self);
        self.detached(async move {
            let mut file = app.new_file(&by, &new, new.first_state());
            (file.bytes, file.digest) = (arrived.bytes, Some(arrived.digest));
            // A file whose import is not written is nobody's; it is removed when it is old.
            arrived.keep(&Folder::of(&app.config())?, &file.id)?;
            let work = app.write_new(&by, &file).await?;
            app.start_work(work);
            Ok(file)
        })
        .await
    }

    /// Makes an import of what an address holds, which is read in the background under the rules of `[outbound]`. A user
    /// name and password in it go out as HTTP Basic and are not kept.
    ///
    /// # Errors
    /// As [`Self::add_import`], and for an address that is none of the web.
    pub async fn fetch_import(
        self: &Arc<Self>,
        by: Actor,
        mut new: NewImport,
        url: Url,
    ) -> Result<ImportFile> {
        check_import_options(&new.options)?;
        if !matches!(url.scheme(), "http" | "https") {
            let words = "only addresses with `http:` or `https:` can be read";
            return Err(Error::Invalid(words.to_owned()));
        }
        new.name = outbound::shown(&url);
        let app = Arc::clone(self);
        self.detached(async move {
            let file = app.new_file(&by, &new, ImportState::Fetching);
            let mut work = app.write_new(&by, &file).await?;
            work.fetch = Some((url, new.first_state()));
            app.start_work(work);
            Ok(file)
        })
        .await
    }

    /// Plans an import again, by other options where they are given. One that is being planned stays so.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] while it is worked on, once it was applied, or when its file is gone;
    /// [`Error::Invalid`] for options that no import would take.
    pub async fn plan_import(
        self: &Arc<Self>,
        by: Actor,
        id: ImportId,
        options: Option<ImportOptions>,
    ) -> Result<ImportFile> {
        let file = self.import_file(&id).await?;
        if let Some(options) = &options {
            check_import_options(options)?;
        }
        let planning = matches!(file.state, ImportState::Fetching | ImportState::Planning);
        if planning && options.is_none() && !file.is_interrupted(self.clock.now()) {
            return Ok(file);
        }
        self.begin_work(by, file, ImportState::Planning, options)
            .await
    }

    /// Applies an import, from where an earlier run of it ended. Of two who ask at the same time, one begins.
    ///
    /// # Errors
    /// As [`Self::plan_import`].
    pub async fn apply_import(self: &Arc<Self>, by: Actor, id: ImportId) -> Result<ImportFile> {
        let file = self.import_file(&id).await?;
        self.begin_work(by, file, ImportState::Applying, None).await
    }

    /// Stops an import that is worked on: what was applied stays, and it can be gone on with. One that rests is discarded:
    /// its files are removed.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when there is nothing left to stop or remove.
    pub async fn cancel_import(self: &Arc<Self>, by: Actor, id: ImportId) -> Result<ImportFile> {
        let file = self.import_file(&id).await?;
        let app = Arc::clone(self);
        self.detached(async move {
            let now = app.clock.now();
            let mut tx = app.catalog.begin().await?;
            let stops = tx.ask_import_to_stop(&file.id, now, LEASE).await?;
            if !stops && !tx.discard_import_file(&file.id, now, LEASE).await? {
                return Err(Error::Conflict(format!(
                    "import `{}` is {} and its files are gone: there is nothing to cancel",
                    file.id, file.state
                )));
            }
            let mut line = app.audit_line(&by, Action::CancelImport, file.id.as_str());
            line.before = told(&json!({ "name": file.name, "state": file.state.as_str() }));
            line.after = told(&json!({ "files": stops }));
            tx.add_audit(&line).await?;
            tx.commit().await?;
            if !stops && let Err(error) = Folder::of(&app.config()).and_then(|folder| folder.clear(&file.id)) {
                // They belong to no import any more; the sweep removes them.
                let error = &error as &dyn std::error::Error;
                warn!(import.id = %file.id, error, "files of import `{}` are not removed yet", file.id);
            }
            Ok(cancelled(file, stops, now))
        })
        .await
    }

    /// The import of that id, where it is one of a kept file.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn import_file(&self, id: &ImportId) -> Result<ImportFile> {
        let found = self.catalog.find_import_file(id).await?;
        found.ok_or_else(|| unknown(id))
    }

    fn new_file(&self, by: &Actor, new: &NewImport, state: ImportState) -> ImportFile {
        let now = self.clock.now();
        ImportFile {
            id: ImportId::from(self.random.id(now)),
            name: shown_name(&new.name),
            address: None,
            options: new.options.clone(),
            made_by: by.name.clone(),
            added_at: now,
            changed_at: now,
            state,
            bytes: 0,
            digest: None,
            progress: None,
            plan: None,
            applied: None,
            message: None,
            cancelling: false,
            gone_at: None,
            lease_until: Some(now.after(LEASE)),
        }
    }

    async fn write_new(&self, by: &Actor, file: &ImportFile) -> Result<Work> {
        let lease = self.random.id(file.added_at);
        let mut tx = self.begin_once(by).await?;
        tx.add_import_file(file, &lease, LEASE).await?;
        let mut line = self.audit_line(by, Action::AddImport, file.id.as_str());
        line.after = told(&facts(file, &file.options, file.state));
        tx.add_audit(&line).await?;
        tx.commit().await?;
        Ok(Work::new(self, file.id.clone(), lease))
    }

    async fn begin_work(
        self: &Arc<Self>,
        by: Actor,
        file: ImportFile,
        state: ImportState,
        options: Option<ImportOptions>,
    ) -> Result<ImportFile> {
        if let Some(obstacle) = file.obstacle() {
            return Err(Error::Conflict(obstacle));
        }
        // Another daemon may have it.
        Folder::of(&self.config())?.open(&file.id, Part::Input)?;
        let app = Arc::clone(self);
        self.detached(async move {
            let now = app.clock.now();
            let lease = app.random.id(now);
            let options = options.unwrap_or_else(|| file.options.clone());
            let begin = Begin {
                id: &file.id,
                state,
                options: &options,
                lease: &lease,
            };
            let mut tx = app.catalog.begin().await?;
            if !tx.begin_import_file(&begin, now, LEASE).await? {
                return Err(app.taken(&file.id).await);
            }
            let action = match state {
                ImportState::Applying => Action::Import,
                _ => Action::PlanImport,
            };
            let mut line = app.audit_line(&by, action, file.id.as_str());
            line.after = told(&facts(&file, &options, state));
            tx.add_audit(&line).await?;
            tx.commit().await?;
            app.start_work(Work::new(&app, file.id.clone(), lease));
            Ok(begun(file, state, options, now))
        })
        .await
    }

    /// Why somebody else was first.
    async fn taken(&self, id: &ImportId) -> Error {
        match self.import_file(id).await {
            Ok(file) => Error::Conflict(file.obstacle().unwrap_or_else(|| {
                let state = file.state;
                format!("import `{id}` is {state} just now; wait for its end, or cancel it")
            })),
            Err(error) => error,
        }
    }
}

/// What the audit says of an import: its address without what may be secret.
fn facts(file: &ImportFile, options: &ImportOptions, state: ImportState) -> Value {
    json!({
        "name": file.name, "bytes": file.bytes, "digest": file.digest.map(|digest| digest.to_string()),
        "creator": options.creator, "recipe": options.recipe, "state": state.as_str(),
    })
}

/// Whether an import takes these options.
///
/// # Errors
/// [`Error::Invalid`] with the first thing that is wrong.
pub fn check_import_options(options: &ImportOptions) -> Result<()> {
    Mapping::read(&options.recipe).map_err(Error::Invalid)?;
    match options.recipe.format.as_deref() {
        Some(word) if Format::named(word).is_none() => {
            let all = Format::ALL.map(|(word, _)| word).join(", ");
            Err(Error::Invalid(format!(
                "there is no format `{}`; it is one of {all}",
                short(word)
            )))
        }
        _ => Ok(()),
    }
}

/// A file's name as a client gave it, without its folders and without what could break a line.
fn shown_name(given: &str) -> String {
    let own = if given.contains("://") {
        given
    } else {
        given.rsplit(['/', '\\']).next().unwrap_or_default()
    };
    let name: String = own
        .chars()
        .filter(|character| !character.is_control())
        .take(LONGEST_NAME)
        .collect();
    if name.trim().is_empty() {
        "file".to_owned()
    } else {
        name
    }
}

/// An import at which work has begun.
fn begun(
    file: ImportFile,
    state: ImportState,
    options: ImportOptions,
    now: Timestamp,
) -> ImportFile {
    ImportFile {
        plan: file.plan.filter(|_| state != ImportState::Planning),
        state,
        options,
        changed_at: now,
        progress: None,
        message: None,
        cancelling: false,
        lease_until: Some(now.after(LEASE)),
        ..file
    }
}

/// An import that is asked to stop, or else discarded.
fn cancelled(file: ImportFile, stops: bool, now: Timestamp) -> ImportFile {
    if stops {
        return ImportFile {
            cancelling: true,
            ..file
        };
    }
    ImportFile {
        state: match file.state {
            ImportState::Applied => ImportState::Applied,
            _ => ImportState::Cancelled,
        },
        changed_at: now,
        gone_at: Some(now),
        progress: None,
        cancelling: false,
        lease_until: None,
        ..file
    }
}

fn unknown(id: &ImportId) -> Error {
    Error::NotFound(format!(
        "there is no import `{}`; the list of imports has all",
        short(id.as_str())
    ))
}
