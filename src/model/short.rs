//! Foreign texts as messages repeat them: their beginning is enough to find them by.

/// Characters of a foreign text that a message repeats.
const REPEATED: usize = 80;

/// A foreign text as messages repeat it: its first 80 characters, and `…` where there are more.
pub fn short(text: &str) -> String {
    match text.char_indices().nth(REPEATED) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// As [`short`], with quotes, backslashes and what can't be seen escaped.
pub fn short_escaped(text: &str) -> String {
    short(text).escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eighty_characters_are_repeated_and_no_more() {
        let eighty = "é".repeat(80);
        assert_eq!(short(&eighty), eighty);
        assert_eq!(short(&format!("{eighty}é")), format!("{eighty}…"));
        assert_eq!(short_escaped("\n`é\""), "\\n`é\\\"");
    }
}
