//! A file on its way into the folder: counted, digested and on disk before anybody hears of it.

use sha2::{Digest as _, Sha256};
use tempfile::TempPath;
use tokio::{fs::File, io::AsyncWriteExt as _};

use super::folder::{Folder, no_room};
use crate::{
    app::{App, Error, Result},
    model::{Digest, ImportId},
};

/// Between two looks at how full the folder is: other files arrive beside this one.
const LOOK: u64 = 8 * 1024 * 1024;

/// A file that arrives piece by piece. Dropped before it is whole, it is gone.
#[derive(Debug)]
pub struct Arrival {
    file: File,
    path: TempPath,
    hash: Sha256,
    bytes: u64,
    /// Bytes that it may have.
    most: u64,
    folder: Folder,
    /// Bytes that all files of the folder may have.
    folder_bytes: u64,
    /// At how many bytes of this file the folder is looked at again.
    next_look: u64,
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
        let in_folder = folder.clone();
        let made = tokio::task::spawn_blocking(move || {
            in_folder.make()?;
            in_folder.arriving()
        });
        let (file, path) = made.await.map_err(Error::internal)??.into_parts();
        let arrival = Arrival {
            file: File::from_std(file),
            path,
            hash: Sha256::new(),
            bytes: 0,
            most: config.import.max_file_bytes,
            folder,
            folder_bytes: config.import.folder_bytes,
            next_look: LOOK,
        };
        arrival.check(announced)?;
        arrival.check_folder(announced).await?;
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
        written.map_err(|error| no_room(&error))?;
        if self.bytes >= self.next_look {
            self.next_look = self.bytes + LOOK;
            self.check_folder(0).await?;
        }
        Ok(())
    }

    /// Ends the file, which is on disk from here on.
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
        self.check_folder(0).await?;
        let digest = <[u8; 32]>::from(self.hash.finalize()).to_vec();
        Ok(ArrivedFile {
            path: self.path,
            bytes: i64::try_from(self.bytes).unwrap_or(i64::MAX),
            digest: Digest::try_from(digest).expect("SHA-256 gives 32 bytes"),
        })
    }

    fn check(&self, bytes: u64) -> Result<()> {
        if bytes <= self.most {
            return Ok(());
        }
        Err(Error::TooLarge(format!(
            "the file has more than {} bytes; split it, pack it with gzip, or raise `import.max_file_bytes`",
            self.most
        )))
    }

    /// Makes sure that the folder has room for so many bytes more than are in it.
    async fn check_folder(&self, more: u64) -> Result<()> {
        let folder = self.folder.clone();
        let bytes = tokio::task::spawn_blocking(move || folder.bytes()).await;
        let bytes = bytes.map_err(Error::internal)?.map_err(Error::internal)?;
        if bytes.saturating_add(more) <= self.folder_bytes {
            return Ok(());
        }
        Err(Error::NoRoom(
            "the folder of imports is full; discard imports that are not needed, or raise `import.folder_bytes`".to_owned(),
        ))
    }
}

impl ArrivedFile {
    /// Makes it the input of an import.
    pub(super) fn keep(self, folder: &Folder, id: &ImportId) -> Result<()> {
        folder.keep(self.path, id)
    }
}
