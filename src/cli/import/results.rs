//! The result file on its way to the disk, and the wrong rows that are printed beside it.

use std::{
    io::{self, BufWriter, Write},
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use serde::Deserialize;

/// Wrong rows that are printed; the result file has all.
const SHOWN: usize = 20;
/// A line of the result file that is longer is not looked at for printing.
const LONGEST: usize = 1024 * 1024;

/// A line of the result file, as far as it is printed.
#[derive(Debug, Deserialize)]
pub(super) struct WrongRow {
    pub(super) row: u64,
    pub(super) guid: Option<String>,
    pub(super) outcome: String,
    pub(super) message: Option<String>,
}

/// The result file, and the first wrong rows that went into it.
pub(super) struct Results<W: Write> {
    file: BufWriter<W>,
    /// What was written of a line that has not ended.
    line: Vec<u8>,
    wrong: Arc<Mutex<Vec<WrongRow>>>,
    /// Whether enough wrong rows were seen.
    full: bool,
}

impl<W: Write> Results<W> {
    pub(super) fn new(file: W, wrong: Arc<Mutex<Vec<WrongRow>>>) -> Self {
        Self {
            file: BufWriter::new(file),
            line: Vec::new(),
            wrong,
            full: false,
        }
    }

    fn look_at(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.full {
                return;
            }
            if self.line.len() + part.len() <= LONGEST {
                self.line.extend_from_slice(part);
            }
            if part.ends_with(b"\n") {
                let line = mem::take(&mut self.line);
                self.keep_if_wrong(&line);
            }
        }
    }

    fn keep_if_wrong(&mut self, line: &[u8]) {
        let wrong = serde_json::from_slice::<WrongRow>(line)
            .ok()
            .filter(|row| matches!(row.outcome.as_str(), "conflict" | "error"));
        if let Some(row) = wrong {
            let mut kept = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
            kept.push(row);
            self.full = kept.len() == SHOWN;
        }
    }
}

impl<W: Write> Write for Results<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.look_at(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_wrong_rows_are_kept_however_they_are_written() {
        let wrong = Arc::default();
        let mut file = Vec::new();
        let mut results = Results::new(&mut file, Arc::clone(&wrong));
        let mut text =
            String::from("{\"row\":1,\"guid\":\"a\",\"outcome\":\"created\",\"message\":null}\n");
        for row in 2..100 {
            let wrong = json!({ "row": row, "outcome": "error", "message": "`tags`: too many" });
            text.push_str(&wrong.to_string());
            text.push('\n');
        }
        for piece in text.as_bytes().chunks(7) {
            results.write_all(piece).unwrap();
        }
        results.flush().unwrap();
        drop(results);
        let rows: Vec<u64> = wrong
            .lock()
            .unwrap()
            .iter()
            .map(|row: &WrongRow| row.row)
            .collect();
        assert_eq!(rows, (2..22).collect::<Vec<_>>());
        assert_eq!(file, text.as_bytes());
    }
}
