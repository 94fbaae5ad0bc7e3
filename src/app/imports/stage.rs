//! The first half of an import: the whole input is read and checked, and what it says lies in a temporary file.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Read, Seek, Write},
    mem,
    panic::resume_unwind,
    sync::mpsc,
    thread,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    config::Import,
    model::{Column, CreatorId, Digest, Fields, Guid, Judged, Preflight, Video},
    sources::{Fault, Format, Input, Mapping, Row, RowError, Rows},
};

/// Rows between two words about the progress.
const STEP: u64 = 5_000;

/// Rows handed at once to the thread that writes them.
const BATCH: usize = 16;
/// Bytes of staged rows after which a chunk is full, however few rows it has.
const MOST: usize = 8 * 1024 * 1024;

/// How an input is read.
pub(super) struct Stage<'a> {
    pub(super) name: &'a str,
    pub(super) format: Option<Format>,
    pub(super) mapping: Mapping,
    pub(super) limits: &'a Import,
}

/// An input that was read whole.
pub(in crate::app) struct Staged {
    lines: BufReader<File>,
    pub(in crate::app) rows: u64,
    /// Whose rows these are.
    pub(in crate::app) creators: BTreeSet<CreatorId>,
    /// Of the bytes that were read.
    pub(in crate::app) digest: Digest,
    /// Rows at the beginning that are not to be applied, because they were.
    pub(in crate::app) done: u64,
}

/// A row to be applied.
#[derive(Clone, Debug)]
pub(super) struct StagedRow {
    pub(super) number: u64,
    pub(super) guid: Guid,
    pub(super) source_guid: Option<String>,
    pub(super) creator: CreatorId,
    pub(super) patch: Vec<(Column, Option<String>)>,
    pub(super) warnings: Vec<String>,
    /// What the patch makes of no fields at all: those of a new video.
    pub(super) fresh: Judged,
}

impl StagedRow {
    /// Whether it says all that there is of a video, and nothing else. What it says of pinned fields is looked at closer.
    pub(super) fn says_nothing_new(&self, video: &Video) -> bool {
        let same = self.fresh.fields == video.fields && self.fresh.broken == video.broken;
        same && video.pins.is_empty()
    }
}

/// A row as it lies in the file: its cells, or why there are none.
#[derive(Serialize, Deserialize)]
struct Line {
    number: u64,
    guid: Option<String>,
    source_guid: Option<String>,
    creator: Option<String>,
    cells: Vec<(String, Option<String>)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    wrong: Option<String>,
}

impl Stage<'_> {
    /// Reads the whole input; `on_step` hears how many rows there are so far.
    ///
    /// # Errors
    /// What makes the input unusable.
    pub(super) fn read(self, reader: impl Read, on_step: impl Fn(u64)) -> Result<Staged, Fault> {
        let mut hashed = Hashed {
            reader,
            hash: Sha256::new(),
        };
        let file = tempfile::tempfile()?;
        let mut creators = BTreeSet::new();
        let note = |row: &Row| {
            if !creators.contains(&row.creator) {
                creators.insert(row.creator.clone());
            }
        };
        let (lines, incoming) = mpsc::sync_channel(1);
        // To read and check rows takes about as long as to write them.
        let (rows, file) = thread::scope(|scope| {
            let writing = thread::Builder::new().spawn_scoped(scope, || write(file, incoming))?;
            let rows = self.copy(&mut hashed, &lines, note, on_step);
            drop(lines);
            let written = writing.join();
            Ok::<_, io::Error>((rows, written.unwrap_or_else(|panic| resume_unwind(panic))))
        })?;
        let (file, rows) = (file?, rows?);
        let digest = <[u8; 32]>::from(hashed.hash.finalize()).to_vec();
        let digest = Digest::try_from(digest).expect("SHA-256 gives 32 bytes");
        Ok(Staged {
            lines: BufReader::new(file),
            rows,
            creators,
            digest,
            done: 0,
        })
    }

    /// Hands the rows over, some at a time. Nobody takes them any more once they can't be written.
    fn copy(
        self,
        reader: &mut impl Read,
        lines: &mpsc::SyncSender<Vec<Line>>,
        mut note: impl FnMut(&Row),
        on_step: impl Fn(u64),
    ) -> Result<u64, Fault> {
        let mut input = Input::open(reader, self.limits)?;
        let format = match self.format {
            Some(format) => format,
            None => Format::guess(self.name, input.start()?),
        };
        let mut count = 0;
        let mut batch = Vec::new();
        for row in Rows::read(input, format, self.mapping, self.limits)? {
            let row = row?;
            row.iter().for_each(&mut note);
            batch.push(row.map_or_else(Line::from, Line::from));
            count += 1;
            if batch.len() == BATCH && lines.send(mem::take(&mut batch)).is_err() {
                break;
            }
            if count % STEP == 0 {
                on_step(count);
            }
        }
        // If it is not taken, the writer says why.
        let _taken = lines.send(batch);
        Ok(count)
    }
}

/// Writes rows until no more come.
fn write(file: File, incoming: mpsc::Receiver<Vec<Line>>) -> io::Result<File> {
    let mut lines = BufWriter::new(file);
    for line in incoming.into_iter().flatten() {
        serde_json::to_writer(&mut lines, &line)?;
        lines.write_all(b"\n")?;
    }
    let mut file = lines.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.rewind()?;
    Ok(file)
}

/// Some rows to be applied. A wrong one comes with its message.
pub(super) type StagedChunk = Vec<Result<StagedRow, RowError>>;

impl Staged {
    /// All rows, at most `limit` at a time, read ahead on a thread that may block and looked at there by these rules. The
    /// first fault ends them.
    pub(super) fn into_chunks(
        mut self,
        limit: usize,
        preflight: Preflight,
    ) -> tokio::sync::mpsc::Receiver<io::Result<StagedChunk>> {
        let (chunks, receiver) = tokio::sync::mpsc::channel(1);
        tokio::task::spawn_blocking(move || {
            let mut broken = false;
            while !broken {
                let chunk = self
                    .pass_over_done()
                    .and_then(|()| self.next_chunk(limit, &preflight));
                broken = chunk.is_err();
                let is_last = chunk.as_ref().is_ok_and(Vec::is_empty);
                if is_last || chunks.blocking_send(chunk).is_err() {
                    return;
                }
            }
        });
        receiver
    }

    fn pass_over_done(&mut self) -> io::Result<()> {
        for _row in 0..mem::take(&mut self.done) {
            self.lines.skip_until(b'\n')?;
        }
        Ok(())
    }

    fn next_chunk(&mut self, limit: usize, preflight: &Preflight) -> io::Result<StagedChunk> {
        let (mut rows, mut taken) = (Vec::new(), 0);
        let mut text = String::new();
        while rows.len() < limit && taken < MOST && self.lines.read_line(&mut text)? > 0 {
            taken += text.len();
            rows.push(serde_json::from_str::<Line>(&text)?.into_row(preflight)?);
            text.clear();
        }
        Ok(rows)
    }
}

impl From<Row> for Line {
    fn from(row: Row) -> Self {
        let cells = row
            .patch
            .into_iter()
            .map(|(column, cell)| (column.name().to_owned(), cell));
        Self {
            number: row.number,
            guid: Some(row.guid.to_string()),
            source_guid: row.source_guid,
            creator: Some(row.creator.to_string()),
            cells: cells.collect(),
            warnings: row.warnings,
            wrong: None,
        }
    }
}

impl From<RowError> for Line {
    fn from(row: RowError) -> Self {
        Self {
            number: row.number,
            guid: row.guid,
            source_guid: None,
            creator: None,
            cells: Vec::new(),
            warnings: Vec::new(),
            wrong: Some(row.message),
        }
    }
}

impl Line {
    fn into_row(self, preflight: &Preflight) -> io::Result<Result<StagedRow, RowError>> {
        if let Some(message) = self.wrong {
            return Ok(Err(RowError {
                number: self.number,
                guid: self.guid,
                message,
            }));
        }
        self.into_right_row(preflight)
            .map(Ok)
            .ok_or_else(|| io::Error::other("the staged rows are damaged"))
    }

    /// A row that was right when it was staged; none if it is so no more.
    fn into_right_row(self, preflight: &Preflight) -> Option<StagedRow> {
        let column = |(name, cell): (String, _)| Column::named(&name).map(|column| (column, cell));
        let patch = self
            .cells
            .into_iter()
            .map(column)
            .collect::<Option<Vec<_>>>()?;
        let mut fields = Fields::default();
        for (column, cell) in &patch {
            fields.set(*column, cell.as_deref()).ok()?;
        }
        Some(StagedRow {
            number: self.number,
            guid: self.guid?.parse().ok()?,
            source_guid: self.source_guid,
            creator: self.creator?.parse().ok()?,
            patch,
            warnings: self.warnings,
            fresh: preflight.judge(fields),
        })
    }
}

/// A reader that digests what passes through it.
struct Hashed<R> {
    reader: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.hash.update(&buffer[..read]);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIBIBYTE: usize = 1024;

    #[test]
    fn a_chunk_ends_after_some_megabytes_however_few_rows_it_has() {
        let limits = Import {
            max_cell_bytes: 512 * KIBIBYTE,
            ..crate::config::Config::default().import
        };
        let title = "x".repeat(limits.max_cell_bytes);
        let rows = (0..20).map(|number| format!("g{number},{title}\n"));
        let text = format!("guid,title\n{}", rows.collect::<String>());
        let stage = Stage {
            name: "rows.csv",
            format: Some(Format::Csv),
            mapping: Mapping::default().for_creator("demo".parse().unwrap()),
            limits: &limits,
        };
        let mut staged = stage.read(text.as_bytes(), |_rows| ()).unwrap();
        let mut lengths = Vec::new();
        loop {
            let chunk = staged.next_chunk(1_000, &Preflight::default()).unwrap();
            if chunk.is_empty() {
                break;
            }
            lengths.push(chunk.len());
        }
        assert_eq!(lengths, [16, 4]);
    }
}
