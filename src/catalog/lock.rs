//! The lock of a SQLite file: one daemon serves it, other commands may work beside it.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};

use super::error::{Error, Result};

/// What the last holder leaves when it closed the database in order; else its own name is found.
const ENDED_WELL: &str = "ended in order\n";

/// Held for as long as the daemon serves the file. The system lets go of it also when the process is killed.
#[derive(Debug)]
pub struct ServeLock {
    file: File,
    in_order: bool,
}

impl ServeLock {
    /// Whether the last holder is known to have closed the database in order.
    pub fn follows_order(&self) -> bool {
        self.in_order
    }

    /// Notes that the database was closed in order. Where that can't be noted the next holder checks it for nothing.
    pub fn ended_well(mut self) {
        let _unnoted = write(&mut self.file, ENDED_WELL);
    }
}

/// Takes the lock of the database file at `path`, and leaves a word on who holds it.
///
/// # Errors
/// [`Error::Unusable`] that names the holder.
pub(super) fn take(path: &Path) -> Result<ServeLock> {
    let name = name_of(path);
    let mut file = locked(path, &name)?;
    let mut last = String::new();
    let holder = format!("process {}\n", std::process::id());
    file.read_to_string(&mut last)
        .and_then(|_read| write(&mut file, &holder))
        // A power cut must not bring back what an earlier holder left.
        .and_then(|()| file.sync_all())
        .map_err(|error| unusable(&name, &error))?;
    let in_order = last == ENDED_WELL;
    Ok(ServeLock { file, in_order })
}

/// Makes sure that nobody holds the lock, and leaves it as it is.
///
/// # Errors
/// [`Error::Unusable`] that names the holder.
pub(super) fn check_free(path: &Path) -> Result<()> {
    let name = name_of(path);
    if name.try_exists().unwrap_or(true) {
        locked(path, &name)?;
    }
    Ok(())
}

fn name_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

fn locked(path: &Path, name: &Path) -> Result<File> {
    let unusable = |error| unusable(name, &error);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(name)
        .map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::Error(error)) => Err(unusable(error)),
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            file.read_to_string(&mut holder).map_err(unusable)?;
            Err(Error::Unusable(format!(
                "another daemon serves `{}` ({}); stop it first, or give this one a database of its own",
                path.display(),
                holder.trim()
            )))
        }
    }
}

fn write(file: &mut File, words: &str) -> io::Result<()> {
    file.rewind()?;
    file.write_all(words.as_bytes())?;
    file.set_len(words.len() as u64)
}

fn unusable(name: &Path, error: &io::Error) -> Error {
    Error::Unusable(format!(
        "the lock file `{}` can't be used: {error}",
        name.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_taker_is_told_who_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalog.sqlite");
        let held = take(&path).unwrap();
        let refused = take(&path).unwrap_err().to_string();
        assert!(
            refused.contains(&format!("process {}", std::process::id())),
            "{refused}"
        );
        drop(held);
        take(&path).unwrap();
    }

    #[test]
    fn only_an_end_in_order_is_taken_for_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalog.sqlite");
        assert!(!take(&path).unwrap().follows_order(), "a new lock");
        take(&path).unwrap().ended_well();
        check_free(&path).unwrap();
        // As if this holder were killed.
        assert!(take(&path).unwrap().follows_order());
        check_free(&path).unwrap();
        assert!(!take(&path).unwrap().follows_order());
    }
}
