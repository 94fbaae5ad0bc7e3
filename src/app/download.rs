//! Documents from addresses, read whole into a temporary file before anybody looks at them.

use std::{
    fs::File,
    io::{self, Seek as _},
};

use tokio::io::AsyncWriteExt as _;
use url::Url;

use super::{App, Error, Result, import_files::Arrival};
use crate::outbound::{self, Answer, Ask, Fault, Found, Outbound, Validators};

/// A document, from its first byte.
#[derive(Debug)]
pub struct Download {
    pub file: File,
    /// How the address is listed: without credentials, and without a query, which may hold a key.
    pub name: String,
    /// Where it was found in the end, without credentials: what its relative addresses are relative to.
    pub address: Url,
    pub(super) validators: Validators,
}

/// Why a document is not here.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoDownload {
    #[error("{0}")]
    Fault(#[from] Fault),
    #[error("there is no room for it: {0}")]
    Room(#[from] io::Error),
}

impl App {
    /// Reads what an address holds, at most `import.max_file_bytes`, under the rules of `[outbound]`. A user name and
    /// password in the address go out as HTTP Basic. `on_bytes` hears how many there are so far.
    ///
    /// # Errors
    /// [`Error::Invalid`] with what stood in the way, and without what may be secret in the address.
    pub async fn download(&self, url: &Url, on_bytes: impl Fn(u64)) -> Result<Download> {
        self.download_if_changed(url, Validators::default(), on_bytes)
            .await
            .map_err(|why| unread(url, &why.to_string()))?
            .ok_or_else(|| unread(url, NOTHING))
    }

    /// Reads what an address holds into a file that arrives, as [`Self::download`] does; answers where it was found in the
    /// end, without credentials.
    ///
    /// # Errors
    /// As [`Self::download`], and those of [`Arrival::take`].
    pub(super) async fn fetch_into(
        &self,
        url: &Url,
        arrival: &mut Arrival,
        on_bytes: impl Fn(u64),
    ) -> Result<Url> {
        let asked = self.ask(url, Validators::default()).await;
        let found = asked.map_err(|why| unread(url, &why.to_string()))?;
        let mut found = found.ok_or_else(|| unread(url, NOTHING))?;
        let mut bytes = 0;
        loop {
            let chunk = found.body.chunk().await;
            let chunk = chunk.map_err(|why| unread(url, &why.to_string()))?;
            let Some(chunk) = chunk else {
                return Ok(found.address.clone());
            };
            arrival.take(&chunk).await?;
            bytes += chunk.len() as u64;
            on_bytes(bytes);
        }
    }

    /// As [`Self::download`]; none when the document is still the one that is known.
    pub(super) async fn download_if_changed(
        &self,
        url: &Url,
        known: Validators,
        on_bytes: impl Fn(u64),
    ) -> Result<Option<Download>, NoDownload> {
        let Some(found) = self.ask(url, known).await? else {
            return Ok(None);
        };
        let (validators, address) = (found.validators.clone(), found.address.clone());
        Ok(Some(Download {
            address,
            file: kept(*found, on_bytes).await?,
            name: outbound::shown(url),
            validators,
        }))
    }

    /// Asks for a document; none when it is still the one that is known.
    async fn ask(&self, url: &Url, known: Validators) -> Result<Option<Box<Found>>, NoDownload> {
        let config = self.config.load_full();
        let ask = Ask {
            url: url.clone(),
            known,
            max_bytes: config.import.max_file_bytes,
        };
        let own = [config.server.public, config.server.operator];
        let outbound = Outbound::new(&config.outbound)?.but_not(&own);
        match outbound.get(&ask).await? {
            Answer::Unchanged => Ok(None),
            Answer::Found(found) => Ok(Some(found)),
        }
    }
}

const NOTHING: &str = "it sent nothing";

fn unread(url: &Url, why: &str) -> Error {
    let name = outbound::shown(url);
    Error::Invalid(format!("nothing was read from `{name}`: {why}"))
}

async fn kept(mut found: Found, on_bytes: impl Fn(u64)) -> Result<File, NoDownload> {
    let mut file = tokio::fs::File::from_std(tempfile::tempfile()?);
    let mut bytes = 0;
    while let Some(chunk) = found.body.chunk().await? {
        file.write_all(&chunk).await?;
        bytes += chunk.len() as u64;
        on_bytes(bytes);
    }
    file.flush().await?;
    let mut file = file.into_std().await;
    file.rewind()?;
    Ok(file)
}
