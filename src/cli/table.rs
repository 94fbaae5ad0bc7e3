//! Aligned columns for a terminal, page by page.

use std::io::{self, Write};

use super::text::shown;

/// The columns of a table. Rows may come in pages: widths only grow, and the head is printed once.
pub(super) struct Table {
    heads: Vec<&'static str>,
    widths: Vec<usize>,
    begun: bool,
}

impl Table {
    pub(super) fn new(heads: &[&'static str]) -> Self {
        Self {
            heads: heads.to_vec(),
            widths: heads.iter().map(|head| head.chars().count()).collect(),
            begun: false,
        }
    }

    /// Writes rows that have a cell for each column. Two blanks part columns; the last one is not filled up.
    pub(super) fn write(&mut self, out: &mut impl Write, rows: &[Vec<String>]) -> io::Result<()> {
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|row| row.iter().map(|cell| shown(cell).into_owned()).collect())
            .collect();
        for row in &rows {
            for (width, cell) in self.widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        if !self.begun {
            self.begun = true;
            write_row(out, &self.widths, self.heads.iter().copied())?;
        }
        rows.iter()
            .try_for_each(|row| write_row(out, &self.widths, row.iter().map(String::as_str)))
    }
}

fn write_row<'a>(
    out: &mut impl Write,
    widths: &[usize],
    cells: impl Iterator<Item = &'a str>,
) -> io::Result<()> {
    let filled: Vec<_> = widths
        .iter()
        .zip(cells)
        .map(|(width, cell)| format!("{cell:width$}"))
        .collect();
    writeln!(out, "{}", filled.join("  ").trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut out = Vec::new();
        let rows = [row(&["é", "waiting"]), row(&["a long one", "draft"])];
        Table::new(&["GUID", "STATE"])
            .write(&mut out, &rows)
            .unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "GUID        STATE\né           waiting\na long one  draft\n"
        );
    }

    #[test]
    fn a_second_page_has_no_second_head() {
        let mut out = Vec::new();
        let mut table = Table::new(&["ID"]);
        table.write(&mut out, &[row(&["a"])]).unwrap();
        table.write(&mut out, &[row(&["b"])]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "ID\na\nb\n");
    }

    #[test]
    fn a_cell_can_neither_break_its_line_nor_the_terminal() {
        let mut out = Vec::new();
        let rows = [row(&["a\nb\x1b[31m"])];
        Table::new(&["TITLE"]).write(&mut out, &rows).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "TITLE\na\\nb\\u{1b}[31m\n");
    }
}
