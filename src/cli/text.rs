//! Foreign text made fit for a terminal.

use std::borrow::Cow;

/// The text on one line, with everything escaped that could move the cursor or turn the reading direction around.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unfit) {
        return Cow::Borrowed(text);
    }
    let mut fit = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_unfit(character) {
            fit.extend(character.escape_default());
        } else {
            fit.push(character);
        }
    }
    Cow::Owned(fit)
}

/// Control characters, line separators, and the marks that override or isolate the reading direction.
fn is_unfit(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The first `limit` characters; the last of them is `…` where some were left out.
pub(super) fn shortened(text: &str, limit: usize) -> Cow<'_, str> {
    match text.char_indices().nth(limit) {
        None => Cow::Borrowed(text),
        Some(_more) => {
            let kept: String = text.chars().take(limit.saturating_sub(1)).collect();
            Cow::Owned(kept + "…")
        }
    }
}

/// `1 video`, `2 videos`.
pub(super) fn counted(count: impl Into<u64>, one: &str, many: &str) -> String {
    let count = count.into();
    let word = if count == 1 { one } else { many };
    format!("{count} {word}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_harm_a_terminal_is_escaped_and_nothing_else() {
        assert_eq!(shown("Été à Évry 🎬 עברית"), "Été à Évry 🎬 עברית");
        assert_eq!(shown("a\x1b[2Jb\nc\td"), "a\\u{1b}[2Jb\\nc\\td");
        assert_eq!(shown("\u{202e}gpj.exe\u{9b}"), "\\u{202e}gpj.exe\\u{9b}");
    }

    #[test]
    fn a_long_text_loses_its_end() {
        assert_eq!(shortened("éééé", 4), "éééé");
        assert_eq!(shortened("ééééé", 4), "ééé…");
    }

    #[test]
    fn counts_agree_with_their_word() {
        assert_eq!(counted(1_u64, "video", "videos"), "1 video");
        assert_eq!(counted(0_u64, "video", "videos"), "0 videos");
    }
}
