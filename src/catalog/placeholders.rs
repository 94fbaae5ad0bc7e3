//! Counts the arguments of every call: a forgotten one is silently NULL on SQLite.

use super::error::{Error, Result};

/// Refuses a call whose arguments are not as many as its statement's placeholders.
pub(super) fn counted(text: &str, given: usize) -> Result<()> {
    let expected = highest_placeholder(text);
    if expected == given {
        Ok(())
    } else {
        Err(Error::Arguments { expected, given })
    }
}

/// The `n` of the highest `$n` in a statement.
pub(super) fn highest_placeholder(text: &str) -> usize {
    text.split('$')
        .skip(1)
        .filter_map(|rest| {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            rest[..digits].parse::<usize>().ok()
        })
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forgotten_argument_is_refused_before_it_becomes_null() {
        assert!(counted("SELECT $2, $1, $2", 2).is_ok());
        assert!(counted("SELECT json_extract(value, '$.a'), $1", 1).is_ok());
        assert!(counted("SELECT $2, $1", 1).is_err());
        assert!(counted("SELECT $1", 2).is_err());
    }
}
