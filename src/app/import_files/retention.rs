//! Files of imports that nobody needs any more, and the lines that told of them.

use std::{fs, io, path::Path, time::Duration};

use tracing::warn;

use super::{Folder, folder::is_arriving, work::LEASE};
use crate::app::{App, Error, Result, events::SWEEP};

/// A file without an import that nobody has written to for so long never finds one: its sender went away with the daemon.
const STRANGE: Duration = Duration::from_hours(24);

impl App {
    /// Removes files that are kept no longer, files that belong to no import, and imports that retention has let go of, a
    /// bounded number at a time; says how many.
    pub async fn forget_import_files(&self) -> Result<u64> {
        let (config, now) = (self.config(), self.clock.now());
        let (folder, before) = (
            Folder::of(&config)?,
            now.before(config.retention.import_files),
        );
        let mut gone = 0;
        let old = self.catalog.old_import_files(before, now, LEASE, SWEEP);
        for id in old.await? {
            let mut tx = self.catalog.begin().await?;
            let let_go = tx.let_import_file_go(&id, before, now, LEASE).await?;
            tx.commit().await?;
            // What can't be removed now belongs to no import from here on.
            if let_go && folder.clear(&id).is_ok() {
                gone += 1;
            }
        }
        gone += self.remove_strangers(&folder).await?;
        let mut tx = self.catalog.begin().await?;
        let before = now.before(config.retention.imports);
        gone += tx.forget_import_files(before, SWEEP).await?;
        tx.commit().await?;
        Ok(gone)
    }

    async fn remove_strangers(&self, folder: &Folder) -> Result<u64> {
        let (old, looked) = (self.clock.now().before(STRANGE), folder.clone());
        let files = tokio::task::spawn_blocking(move || looked.untouched(old)).await;
        let mut gone = 0;
        for (path, import) in files.map_err(Error::internal)?.map_err(Error::internal)? {
            let keeps = match &import {
                Some(id) => self.catalog.keeps_import_file(id).await?,
                // Others in the folder are not ours to remove.
                None => !is_arriving(&path),
            };
            if !keeps {
                gone += removed(&path);
            }
        }
        Ok(gone)
    }
}

/// How many files went: one that can't be removed does not keep the others.
fn removed(path: &Path) -> u64 {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            let (path, error) = (path.display(), &error as &dyn std::error::Error);
            warn!(
                error,
                "`{path}` belongs to no import and can't be removed; remove it by hand"
            );
            0
        }
        _gone => 1,
    }
}
