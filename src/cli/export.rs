//! Exports into a file or onto standard output.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use super::{
    console::Console,
    failure::{Done, Failure},
};
use crate::app::Pieces;

/// How an export is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// One JSON object a line
    Jsonl,
    /// A header, then a record for each
    Csv,
}

/// Writes an export to its end, into a file where one is named.
pub(super) async fn write_export(
    pieces: Pieces,
    path: Option<&Path>,
    console: &mut Console,
) -> Done {
    let Some(path) = path else {
        return copy(pieces, console.out()).await;
    };
    let refused = |error: io::Error| {
        Failure::Refused(format!("`{}` can't be written: {error}", path.display()))
    };
    let mut file = BufWriter::new(File::create(path).map_err(refused)?);
    copy(pieces, &mut file).await?;
    let file = file.into_inner().map_err(|error| refused(error.into()))?;
    file.sync_all().map_err(refused)
}

async fn copy(mut pieces: Pieces, out: &mut dyn Write) -> Done {
    while let Some(piece) = pieces.recv().await {
        out.write_all(&piece?)?;
    }
    Ok(out.flush()?)
}
