//! The folder in which files of imports wait: for each import its input, and what a plan and a run said of every row.

use std::{
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use tempfile::{Builder, NamedTempFile, TempPath};

use crate::{
    app::{Error, Result},
    catalog::Catalog,
    config::{Config, DatabaseKind},
    model::{ImportId, Timestamp},
};

/// Nobody but the daemon reads what was sent to it.
const OWN: u32 = 0o700;
/// What files are called while they arrive.
const ARRIVING: &str = ".arriving-";

/// One of the files of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The file as it came, packed or not.
    Input,
    /// What a plan says of each row, as JSON Lines.
    Plan,
    /// What became of each row, as JSON Lines; how many there are says how far the import is.
    Rows,
}

impl Part {
    const ALL: [Self; 3] = [Self::Input, Self::Plan, Self::Rows];

    fn ending(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Plan => "plan.jsonl",
            Self::Rows => "rows.jsonl",
        }
    }
}

/// The folder, whether it is there or not.
#[derive(Clone, Debug)]
pub(in crate::app) struct Folder(PathBuf);

impl Folder {
    /// The one that the settings name; beside the file of a SQLite database unless its path says where.
    pub(in crate::app) fn of(config: &Config) -> Result<Self> {
        let beside = match config.database.kind() {
            DatabaseKind::Sqlite => Catalog::file(&config.database)?,
            DatabaseKind::Postgres => None,
        };
        let parent = beside.as_deref().and_then(Path::parent);
        let folder = &config.import.folder;
        Ok(Self(parent.map_or_else(
            || folder.clone(),
            |parent| parent.join(folder),
        )))
    }

    pub(in crate::app) fn place(&self) -> &Path {
        &self.0
    }

    /// Makes it, unless it is there.
    pub(super) fn make(&self) -> Result<()> {
        let made = DirBuilder::new().recursive(true).mode(OWN).create(&self.0);
        made.map_err(|error| {
            Error::NoRoom(format!(
                "the folder `{}` can't be used: {error}; set `import.folder` to one that the daemon may write to",
                self.0.display()
            ))
        })
    }

    /// A file that is not whole yet; dropped, it is gone.
    pub(super) fn arriving(&self) -> Result<NamedTempFile> {
        let made = Builder::new().prefix(ARRIVING).tempfile_in(&self.0);
        made.map_err(|error| no_room(&error))
    }

    /// Makes a file that is whole and on disk the input of an import. It survives a loss of power from here on.
    pub(super) fn keep(&self, path: TempPath, id: &ImportId) -> Result<()> {
        let kept = path.persist(self.path(id, Part::Input));
        kept.map_err(|refused| no_room(&refused.error))?;
        let synced = File::open(&self.0).and_then(|folder| folder.sync_all());
        synced.map_err(|error| no_room(&error))
    }

    pub(super) fn path(&self, id: &ImportId, part: Part) -> PathBuf {
        self.0.join(format!("{id}.{}", part.ending()))
    }

    /// A file of an import.
    ///
    /// # Errors
    /// [`Error::NotFound`] where it is not here.
    pub(super) fn open(&self, id: &ImportId, part: Part) -> Result<File> {
        let path = self.path(id, part);
        File::open(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Error::NotFound(format!(
                "this daemon does not have the files of import `{id}`; they are gone, or in the `import.folder` of another one"
            )),
            _ => Error::internal(error),
        })
    }

    pub(super) fn has(&self, id: &ImportId, part: Part) -> bool {
        self.path(id, part).exists()
    }

    /// Removes a file of an import, if it is there.
    pub(super) fn remove(&self, id: &ImportId, part: Part) -> Result<()> {
        match fs::remove_file(self.path(id, part)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::internal(error)),
            _ => Ok(()),
        }
    }

    /// Removes every file of an import.
    pub(super) fn clear(&self, id: &ImportId) -> Result<()> {
        Part::ALL
            .into_iter()
            .try_for_each(|part| self.remove(id, part))
    }

    /// Bytes of all its files.
    pub(super) fn bytes(&self) -> io::Result<u64> {
        self.files()?
            .map(|file| file.map_or(0, |(_, found)| found.len()))
            .map(Ok)
            .sum()
    }

    /// Files that nobody has written to since a moment, with the import that each belongs to; none for one that never
    /// arrived whole.
    pub(super) fn untouched(
        &self,
        since: Timestamp,
    ) -> io::Result<Vec<(PathBuf, Option<ImportId>)>> {
        let mut found = Vec::new();
        for file in self.files()? {
            let (path, metadata) = file?;
            let written = metadata.modified()?.duration_since(UNIX_EPOCH);
            let written = written.map_or(0, |since| since.as_millis());
            if i128::try_from(written).is_ok_and(|at| at < i128::from(since.as_millis())) {
                let import = owner(&path);
                found.push((path, import));
            }
        }
        Ok(found)
    }

    fn files(&self) -> io::Result<impl Iterator<Item = io::Result<(PathBuf, fs::Metadata)>>> {
        let entries = match fs::read_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            entries => Some(entries?),
        };
        Ok(entries.into_iter().flatten().filter_map(file))
    }
}

/// A file of a folder; none for one that has gone meanwhile.
fn file(entry: io::Result<fs::DirEntry>) -> Option<io::Result<(PathBuf, fs::Metadata)>> {
    let looked = entry.and_then(|entry| Ok((entry.path(), entry.metadata()?)));
    match looked {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        looked => Some(looked),
    }
}

pub(super) fn no_room(error: &io::Error) -> Error {
    Error::NoRoom(format!(
        "the file can't be kept: {error}; look at the disk of `import.folder`"
    ))
}

/// Whether a file is one of ours that never arrived whole.
pub(super) fn is_arriving(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with(ARRIVING))
}

/// The import that a file belongs to, by its name.
fn owner(path: &Path) -> Option<ImportId> {
    let name = path.file_name()?.to_str()?;
    let (id, ending) = name.split_once('.')?;
    let known = Part::ALL.iter().any(|part| part.ending() == ending);
    (known && !id.is_empty()).then(|| ImportId::from(id.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_name() {
        let id = ImportId::from("0199".to_owned());
        let folder = Folder(PathBuf::from("/x"));
        for part in Part::ALL {
            assert_eq!(owner(&folder.path(&id, part)), Some(id.clone()));
        }
        for other in ["/x/.arriving-abc", "/x/notes.txt", "/x/plain"] {
            assert_eq!(owner(Path::new(other)), None, "{other}");
        }
        assert!(is_arriving(Path::new("/x/.arriving-abc")) && !is_arriving(Path::new("/x/plain")));
    }

    #[test]
    fn a_folder_that_is_not_there_holds_nothing() {
        let folder = Folder(PathBuf::from("/nowhere/at/all"));
        assert_eq!(folder.bytes().unwrap(), 0);
        assert!(
            folder
                .untouched(Timestamp::from_millis(i64::MAX))
                .unwrap()
                .is_empty()
        );
    }
}
