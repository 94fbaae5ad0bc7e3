//! Imports, whoever began them: those of kept files, of commands, of sources.

use super::unknown;
use crate::{
    app::{App, Result},
    catalog::ImportRun,
    model::{ImportFile, ImportId},
};

/// An import, whoever began it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportEntry {
    /// Of a kept file, with what was applied of it so far; none of one that is only planned.
    File(Box<ImportFile>, Option<ImportRun>),
    /// Of a command or a source.
    Run(ImportRun),
}

impl ImportEntry {
    pub fn id(&self) -> &ImportId {
        match self {
            Self::File(file, _) => &file.id,
            Self::Run(run) => &run.id,
        }
    }
}

impl App {
    /// The import of that id, whoever began it.
    ///
    /// # Errors
    /// [`crate::app::Error::NotFound`].
    pub async fn import_entry(&self, id: &ImportId) -> Result<ImportEntry> {
        let run = self.catalog.find_import(id).await?;
        match self.catalog.find_import_file(id).await? {
            Some(file) => Ok(ImportEntry::File(Box::new(file), run)),
            None => run.map(ImportEntry::Run).ok_or_else(|| unknown(id)),
        }
    }

    /// The newest imports, whoever began them, newest first, at most `limit`, older than the one of that id.
    pub async fn list_imports(
        &self,
        before: Option<&ImportId>,
        limit: i64,
    ) -> Result<Vec<ImportEntry>> {
        let files = self.catalog.newest_import_files(before, limit).await?;
        let runs = self.catalog.newest_imports(before, limit).await?;
        Ok(merged(files, runs, limit))
    }
}

/// Those of both lists, newest first; what is in both is one.
fn merged(files: Vec<ImportFile>, runs: Vec<ImportRun>, limit: i64) -> Vec<ImportEntry> {
    let mut runs = runs.into_iter().peekable();
    let mut entries = Vec::new();
    for file in files {
        while let Some(run) = runs.next_if(|run| run.id > file.id) {
            entries.push(ImportEntry::Run(run));
        }
        let run = runs.next_if(|run| run.id == file.id);
        entries.push(ImportEntry::File(Box::new(file), run));
    }
    entries.extend(runs.map(ImportEntry::Run));
    entries.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    entries
}
