//! What a plan or a run said of each row, read back from its file: page by page, or whole as a stream.

use std::{
    fs::File,
    io::{self, BufReader, Read as _, Seek as _, SeekFrom},
};

use bytes::Bytes;
use tokio::sync::mpsc;

use super::{Folder, folder::Part};
use crate::{
    app::{App, Error, ExportFormat, Result, imports::RowResult, write_record},
    model::{Action, Actor, Column, ImportId, ImportState},
};

/// Rows that a page looks at when most of them are not wanted; it may then be short, or empty with more behind it.
const WALKED: usize = 20_000;
/// Bytes of one piece of a stream.
const PIECE: usize = 64 * 1024;

/// A page of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowPage {
    pub rows: Vec<RowResult>,
    /// Behind which byte the next page begins; none on the last one.
    pub next: Option<u64>,
}

impl App {
    /// What the last plan or run said of the rows of an import: of those behind the byte `after` at most `limit`, or only
    /// of those that did not go in.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such an import, or where its files are not here; [`Error::Conflict`] while it is worked
    /// on; [`Error::Invalid`] when `after` is not where a page ended.
    pub async fn import_rows(
        &self,
        id: &ImportId,
        only_wrong: bool,
        after: u64,
        limit: usize,
    ) -> Result<RowPage> {
        let file = self.open_rows(id).await?;
        let read = move || read_page(file, only_wrong, after, limit);
        let page = tokio::task::spawn_blocking(read).await;
        page.map_err(Error::internal)?.map_err(|error| {
            if error.kind() == io::ErrorKind::InvalidData {
                Error::Invalid("`after` must be the `next` of the page before".to_owned())
            } else {
                Error::internal(error)
            }
        })
    }

    /// The same for all rows, piece by piece; the audit notes that they were taken out.
    ///
    /// # Errors
    /// As [`Self::import_rows`].
    pub async fn import_result(
        &self,
        by: &Actor,
        id: &ImportId,
        format: ExportFormat,
    ) -> Result<mpsc::Receiver<Result<Bytes>>> {
        let file = self.open_rows(id).await?;
        self.note_look(by, Action::ExportImport, id.as_str())
            .await?;
        let (pieces, receiver) = mpsc::channel(2);
        tokio::task::spawn_blocking(move || {
            let send = |piece: Bytes| {
                let sent = pieces.blocking_send(Ok(piece));
                sent.map_err(|_gone| io::Error::from(io::ErrorKind::BrokenPipe))
            };
            let written = match format {
                ExportFormat::Csv => write_csv(file, send),
                ExportFormat::JsonLines => copy(file, send),
            };
            if let Err(error) = written {
                // Whoever reads sees a broken transfer, never a short file; one who has gone sees nothing.
                let _heard = pieces.blocking_send(Err(Error::internal(error)));
            }
        });
        Ok(receiver)
    }

    async fn open_rows(&self, id: &ImportId) -> Result<File> {
        let state = self.import_file(id).await?.state;
        if state.is_active() {
            return Err(Error::Conflict(format!(
                "import `{id}` is {state} just now; its rows are there once that has ended"
            )));
        }
        let folder = Folder::of(&self.config())?;
        // What a run said comes after what its plan said.
        let ran = state != ImportState::Planned && folder.has(id, Part::Rows);
        folder.open(id, if ran { Part::Rows } else { Part::Plan })
    }
}

fn read_page(mut file: File, only_wrong: bool, after: u64, limit: usize) -> io::Result<RowPage> {
    file.seek(SeekFrom::Start(after))?;
    let (mut lines, mut line) = (BufReader::new(file), Vec::new());
    let (mut rows, mut place, mut walked) = (Vec::new(), after, 0);
    while next_whole(&mut lines, &mut line)? {
        if rows.len() == limit || walked == WALKED {
            return Ok(RowPage {
                rows,
                next: Some(place),
            });
        }
        let row: RowResult = serde_json::from_slice(&line)
            .map_err(|odd| io::Error::new(io::ErrorKind::InvalidData, odd))?;
        walked += 1;
        place += line.len() as u64;
        if !only_wrong || row.outcome.is_wrong() {
            rows.push(row);
        }
    }
    Ok(RowPage { rows, next: None })
}

/// Reads the next line, its end included; false at the end of the file, and at a line that a kill or a full disk cut off.
pub(super) fn next_whole(lines: &mut impl io::BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    lines.read_until(b'\n', line)?;
    Ok(line.ends_with(b"\n"))
}

fn copy(mut file: File, send: impl Fn(Bytes) -> io::Result<()>) -> io::Result<()> {
    loop {
        let mut piece = Vec::with_capacity(PIECE);
        let most = u64::try_from(PIECE).unwrap_or(u64::MAX);
        if file.by_ref().take(most).read_to_end(&mut piece)? == 0 {
            return Ok(());
        }
        send(piece.into())?;
    }
}

fn write_csv(file: File, send: impl Fn(Bytes) -> io::Result<()>) -> io::Result<()> {
    let mut out = csv::Writer::from_writer(Vec::new());
    let heads = ["row", "guid", "outcome", "message", "warnings"].into_iter();
    write_record(&mut out, heads.chain(Column::ALL.map(Column::name)))?;
    let (mut lines, mut line) = (BufReader::new(file), Vec::new());
    while next_whole(&mut lines, &mut line)? {
        let row: RowResult = serde_json::from_slice(&line)?;
        write_record(&mut out, cells(&row))?;
        if out.get_ref().len() >= PIECE {
            out.flush()?;
            let whole = std::mem::replace(&mut out, csv::Writer::from_writer(Vec::new()));
            send(whole.into_inner().map_err(io::Error::other)?.into())?;
        }
    }
    send(out.into_inner().map_err(io::Error::other)?.into())
}

fn cells(row: &RowResult) -> impl Iterator<Item = String> {
    let own = [
        row.row.to_string(),
        row.guid.clone().unwrap_or_default(),
        row.outcome.as_str().to_owned(),
        row.message.clone().unwrap_or_default(),
        row.warnings.join("; "),
    ];
    let columns = Column::ALL.map(|column| {
        let cell = row.columns.iter().find(|(named, _)| *named == column);
        cell.and_then(|(_, text)| text.clone()).unwrap_or_default()
    });
    own.into_iter().chain(columns)
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, io::Write as _};

    use super::*;

    fn file(rows: usize) -> File {
        let mut file = tempfile::tempfile().unwrap();
        for row in 1..=rows {
            let outcome = if row % 3 == 0 { "error" } else { "created" };
            writeln!(file, "{{\"row\":{row},\"guid\":\"=g{row}\",\"outcome\":\"{outcome}\",\"columns\":{{\"title\":\"T, {row}\"}}}}").unwrap();
        }
        file.rewind().unwrap();
        file
    }

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let (mut after, mut seen) = (0, Vec::new());
        loop {
            let page = read_page(file(10), false, after, 4).unwrap();
            seen.extend(page.rows.iter().map(|row| row.row));
            match page.next {
                Some(next) => after = next,
                None => break,
            }
        }
        assert_eq!(seen, (1..=10).collect::<Vec<_>>());
        assert!(read_page(file(10), false, 3, 4).is_err());
    }

    #[test]
    fn a_line_that_was_cut_off_is_the_end() {
        let torn = || {
            let mut file = file(2);
            file.seek(SeekFrom::End(0)).unwrap();
            file.write_all(b"{\"row\":3,\"gu").unwrap();
            file.rewind().unwrap();
            file
        };
        let page = read_page(torn(), false, 0, 50).unwrap();
        assert_eq!((page.rows.len(), page.next), (2, None));
        write_csv(torn(), |_piece| Ok(())).unwrap();
    }

    #[test]
    fn only_wrong_rows_are_shown_where_that_is_asked_for() {
        let page = read_page(file(10), true, 0, 50).unwrap();
        let rows: Vec<_> = page.rows.iter().map(|row| row.row).collect();
        assert_eq!((rows, page.next), (vec![3, 6, 9], None));
    }

    #[test]
    fn a_spreadsheet_gets_every_row_and_no_formula() {
        let text = RefCell::new(Vec::new());
        let send = |piece: Bytes| {
            text.borrow_mut().extend_from_slice(&piece);
            Ok(())
        };
        write_csv(file(5_000), send).unwrap();
        let text = String::from_utf8(text.into_inner()).unwrap();
        assert_eq!(text.lines().count(), 5_001);
        assert!(text.starts_with("row,guid,outcome,message,warnings,title,"));
        assert!(
            text.contains("\n1,'=g1,created,,,\"T, 1\","),
            "{}",
            &text[..400]
        );
    }
}
