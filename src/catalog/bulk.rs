//! Insertions of many rows by a statement for one: faster than rows as JSON, which SQLite searches for every cell.

use super::{
    Tx,
    db::{Arg, Sql},
    error::Result,
    placeholders::highest_placeholder,
};

/// Rows in one statement, most first. There are few sizes, because the databases keep the plan of each.
const SIZES: [usize; 3] = [64, 8, 1];

impl Tx {
    /// Adds rows. `one` adds one of them and ends in `VALUES ($1, $2, …)`; each row has as many cells, in that order. While
    /// the database takes some rows, `rows` makes the next ones.
    pub(super) async fn add_all(
        &mut self,
        one: Sql,
        mut rows: impl ExactSizeIterator<Item = Vec<Arg>>,
    ) -> Result<()> {
        let numbered = self.is_postgres();
        let one = if numbered { one.postgres } else { one.sqlite };
        let (mut size, mut text) = (0, String::new());
        let mut batch = next_batch(&mut rows);
        while !batch.cells.is_empty() {
            if size != batch.rows {
                (size, text) = (batch.rows, repeated(one, batch.rows, numbered));
            }
            let adding = self.run_text(text.clone(), batch.cells);
            let (added, next) = tokio::join!(adding, async { next_batch(&mut rows) });
            added?;
            batch = next;
        }
        Ok(())
    }
}

/// Cells of as many rows as one statement takes.
struct Batch {
    rows: usize,
    cells: Vec<Arg>,
}

/// The largest batch that the rows left fill; without a cell at their end.
fn next_batch(rows: &mut impl ExactSizeIterator<Item = Vec<Arg>>) -> Batch {
    let size = SIZES.into_iter().find(|size| rows.len() >= *size);
    let size = size.unwrap_or_default();
    Batch {
        rows: size,
        cells: rows.take(size).flatten().collect(),
    }
}

/// The statement for so many rows. SQLite looks names of placeholders up one by one, so they have none there.
fn repeated(one: &str, rows: usize, numbered: bool) -> String {
    let (head, cells) = one
        .rsplit_once("VALUES")
        .expect("an insertion of one row has its values at the end");
    let width = highest_placeholder(cells);
    let row = |row: usize| {
        let cell = |cell: usize| {
            if numbered {
                format!("${}", row * width + cell)
            } else {
                "?".to_owned()
            }
        };
        let cells = (1..=width).map(cell).collect::<Vec<_>>();
        format!("({})", cells.join(","))
    };
    let rows = (0..rows).map(row).collect::<Vec<_>>();
    format!("{head}VALUES {}", rows.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_one_row_are_repeated() {
        let one = "INSERT INTO a (b, c)\nVALUES ($1, $2)\n";
        assert_eq!(
            repeated(one, 2, true),
            "INSERT INTO a (b, c)\nVALUES ($1,$2),($3,$4)"
        );
        assert_eq!(
            repeated(one, 2, false),
            "INSERT INTO a (b, c)\nVALUES (?,?),(?,?)"
        );
    }
}
