//! The result file of an import: written on a thread of its own, while the next rows are applied.

use std::io::{self, Write};

use tokio::{sync::mpsc, task::JoinHandle};

use super::RowResult;

/// A result file that is being written: one JSON line for every row.
pub(super) struct ResultFile {
    rows: mpsc::Sender<Vec<RowResult>>,
    written: JoinHandle<io::Result<()>>,
}

impl ResultFile {
    pub(super) fn open(mut file: Box<dyn Write + Send>) -> Self {
        let (rows, mut incoming) = mpsc::channel::<Vec<RowResult>>(1);
        let written = tokio::task::spawn_blocking(move || {
            while let Some(rows) = incoming.blocking_recv() {
                write(&mut file, &rows)?;
            }
            file.flush()
        });
        Self { rows, written }
    }

    /// Hands rows over. False says that the file can't be written; [`Self::close`] tells why.
    pub(super) async fn take(&self, rows: Vec<RowResult>) -> bool {
        self.rows.send(rows).await.is_ok()
    }

    /// Waits until everything is written.
    pub(super) async fn close(self) -> io::Result<()> {
        drop(self.rows);
        self.written.await.map_err(io::Error::other)?
    }
}

fn write(file: &mut impl Write, results: &[RowResult]) -> io::Result<()> {
    results.iter().try_for_each(|result| {
        serde_json::to_writer(&mut *file, result)?;
        file.write_all(b"\n")
    })
}
