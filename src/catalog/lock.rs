//! The lock of a SQLite file: one daemon serves it, other commands may work beside it.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::Path,
};

use super::error::{Error, Result};

/// Held for as long as the daemon serves the file. The system lets go of it also when the process is killed.
#[derive(Debug)]
pub struct ServeLock(
    #[expect(
        dead_code,
        reason = "held, not read: closing the file lets go of the lock"
    )]
    File,
);

/// Takes the lock of the database file at `path`, and leaves a word on who holds it.
///
/// # Errors
/// [`Error::Unusable`] that names the holder.
pub(super) fn take(path: &Path) -> Result<ServeLock> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let unusable = |error: std::io::Error| {
        Error::Unusable(format!(
            "the lock file `{}` can't be used: {error}",
            Path::new(&name).display()
        ))
    };
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&name)
        .map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            file.read_to_string(&mut holder).map_err(unusable)?;
            return Err(Error::Unusable(format!(
                "another daemon serves `{}` ({}); stop it first, or give this one a database of its own",
                path.display(),
                holder.trim()
            )));
        }
        Err(TryLockError::Error(error)) => return Err(unusable(error)),
    }
    file.set_len(0)
        .and_then(|()| file.rewind())
        .map_err(unusable)?;
    writeln!(file, "process {}", std::process::id()).map_err(unusable)?;
    Ok(ServeLock(file))
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
}
