//! CSV that spreadsheets open without running anything.

use std::{borrow::Cow, io};

/// The cell with an apostrophe in front where a spreadsheet would take it for a formula.
///
/// A cell that begins with an apostrophe of its own gets another only if a formula follows it: text stays as it is
/// wherever that is safe.
fn harmless(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

/// Writes one record, with an apostrophe in front of each cell that a spreadsheet would take for a formula.
pub fn write_record<W: io::Write>(
    out: &mut csv::Writer<W>,
    cells: impl IntoIterator<Item = impl AsRef<str>>,
) -> io::Result<()> {
    for cell in cells {
        out.write_field(harmless(cell.as_ref()).as_bytes())?;
    }
    Ok(out.write_record(None::<&[u8]>)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text_and_text_stays() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(harmless(formula), format!("'{formula}"));
        }
        for text in ["", "a=1", "1-2", "'quoted'", "é"] {
            assert_eq!(harmless(text), text);
        }
    }

    #[test]
    fn a_record_is_quoted_where_it_must_be() {
        let mut out = csv::Writer::from_writer(Vec::new());
        write_record(&mut out, ["a,b", "=x\"y", "plain"]).unwrap();
        assert_eq!(
            String::from_utf8(out.into_inner().unwrap()).unwrap(),
            "\"a,b\",\"'=x\"\"y\",plain\n"
        );
    }
}
