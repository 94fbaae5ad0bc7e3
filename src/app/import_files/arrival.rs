//! A file on its way into the folder: counted, digested and on disk before anybody hears of it.

use std::io;

use sha2::{Digest as _, Sha256};
use tempfile::{Builder, TempPath};
use tokio::{fs::File, io::AsyncWriteExt as _};

use super::folder::{ARRIVING, Folder};
use crate::{
    app::{App, Error, Result},
    model::{Digest, ImportId},
};

use super::folder::Part;

/// A file that arrives piece by piece. Dropped before it is whole, it is gone.
#[derive(Debug)]
pub struct Arrival {
    file: File,
    path: TempPath,
    hash: Sha256,
    bytes: u64,
    /// Bytes that it may have, and what says so.
    limit: (u64, &'static str),
}

/// A file that is whole and on disk. Dropped before an import has it, it is gone.
#[derive(Debug)]
pub struct ArrivedFile {
    path: TempPath,
    pub(super) bytes: i64,
    pub(super) digest: Digest,
}

impl App {
    /// Makes ready for a file that announces so many bytes.
    ///
    /// # Errors
    /// [`Error::TooLarge`]; [`Error::NoRoom`] when the folder is full or can't be used.
    pub async fn expect_file(&self, announced: u64) -> Result<Arrival> {
        let config = self.config();
        let folder = Folder::of(&config)?;
        let made = tokio::task::spawn_blocking(move || {
            folder.make()?;
            let bytes = folder.bytes().map_err(Error::internal)?;
            let path = Builder::new().prefix(ARRIVING).tempfile_in(folder.place());
            Ok::<_, Error>((bytes, path.map_err(|error| no_room(&error))?))
        });
        let (kept, file) = made.await.map_err(Error::internal)??;
        let room = config.import.folder_bytes.saturating_sub(kept);
        let limit = if room < config.import.max_file_bytes {
            (room, "import.folder_bytes")
        } else {
            (config.import.max_file_bytes, "import.max_file_bytes")
        };
        let (file, path) = file.into_parts();
        let arrival = Arrival {
            file: File::from_std(file),
            path,
            hash: Sha256::new(),
            bytes: 0,
            limit,
        };
        arrival.check(announced)?;
        Ok(arrival)
    }
}

impl Arrival {
    /// Takes the next piece.
    ///
    /// # Errors
    /// As [`App::expect_file`].
    pub async fn take(&mut self, piece: &[u8]) -> Result<()> {
        self.bytes += piece.len() as u64;
        self.check(self.bytes)?;
        self.hash.update(piece);
        let written = self.file.write_all(piece).await;
        written.map_err(|error| no_room(&error))
    }

    /// Ends the file; it survives a loss of power from here on.
    ///
    /// # Errors
    /// [`Error::NoRoom`]; [`Error::Invalid`] for one without a byte.
    pub async fn finish(mut self) -> Result<ArrivedFile> {
        if self.bytes == 0 {
            let words = "the file is empty; send one with at least one row";
            return Err(Error::Invalid(words.to_owned()));
        }
        let synced = async {
            self.file.flush().await?;
            self.file.sync_all().await
        };
        synced.await.map_err(|error| no_room(&error))?;
        let digest = <[u8; 32]>::from(self.hash.finalize()).to_vec();
        Ok(ArrivedFile {
            path: self.path,
            bytes: i64::try_from(self.bytes).unwrap_or(i64::MAX),
            digest: Digest::try_from(digest).expect("SHA-256 gives 32 bytes"),
        })
    }

    fn check(&self, bytes: u64) -> Result<()> {
        match self.limit {
            (most, _) if bytes <= most => Ok(()),
            (most, name @ "import.folder_bytes") => Err(Error::NoRoom(format!(
                "the folder of imports has room for {most} bytes more; discard imports that are not needed, or raise `{name}`"
            ))),
            (most, name) => Err(Error::TooLarge(format!(
                "the file has more than {most} bytes; split it, pack it with gzip, or raise `{name}`"
            ))),
        }
    }
}

impl ArrivedFile {
    /// Makes it the input of an import.
    pub(super) fn keep(self, folder: &Folder, id: &ImportId) -> Result<()> {
        let kept = self.path.persist(folder.path(id, Part::Input));
        kept.map_err(|refused| no_room(&refused.error))
    }
}

fn no_room(error: &io::Error) -> Error {
    Error::NoRoom(format!(
        "the file can't be kept: {error}; look at the disk of `import.folder`"
    ))
}
