//! Texts cut at the length that Dailymotion takes, at a place where a reader sees whole characters.

use super::escape::is_dropped;

/// Characters of a title (contracts/dailymotion-pull.md 9.1).
pub(super) const TITLE: usize = 255;
/// Characters of a description (contracts/dailymotion-pull.md 9.1).
pub(super) const DESCRIPTION: usize = 3000;

/// How far a cut moves back to spare a sequence; longer ones are no writing of any language.
const REACH: usize = 32;

/// The longest start of `text` that has at most `limit` characters, those that are never written apart.
///
/// It ends before a letter that the next character would have marked, or an emoji that it would have joined.
pub(super) fn cut(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let over = text
        .char_indices()
        .filter(|(_, character)| !is_dropped(*character))
        .nth(limit);
    match over {
        Some((end, _)) => &text[..whole(text, end)],
        None => text,
    }
}

/// `end`, or the start of the sequence that `end` would part.
fn whole(text: &str, end: usize) -> usize {
    let mut place = end;
    for _ in 0..REACH {
        let joined = text[..place].ends_with(JOINER);
        if !joined && !text[place..].starts_with(continues) {
            return place;
        }
        let Some((start, _)) = text[..place].char_indices().next_back() else {
            break;
        };
        place = start;
    }
    end
}

const JOINER: char = '\u{200d}';

/// Whether a character belongs to the one before it: joiner, combining mark, variation, skin tone or tag. The scripts
/// and marks in wide use, not all of Unicode's.
fn continues(character: char) -> bool {
    matches!(
        character,
        JOINER
            | '\u{200c}'
            | '\u{0300}'..='\u{036f}'
            | '\u{0483}'..='\u{0489}'
            | '\u{0591}'..='\u{05bd}'
            | '\u{0610}'..='\u{061a}'
            | '\u{064b}'..='\u{065f}'
            | '\u{0670}'
            | '\u{0900}'..='\u{0903}'
            | '\u{093a}'..='\u{093c}'
            | '\u{093e}'..='\u{094f}'
            | '\u{0e31}'
            | '\u{0e34}'..='\u{0e3a}'
            | '\u{0e47}'..='\u{0e4e}'
            | '\u{1160}'..='\u{11ff}'
            | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{3099}'..='\u{309a}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{fe20}'..='\u{fe2f}'
            | '\u{1f3fb}'..='\u{1f3ff}'
            | '\u{e0020}'..='\u{e007f}'
            | '\u{e0100}'..='\u{e01ef}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn characters_are_counted_not_bytes() {
        assert_eq!(cut("ééé", 3), "ééé");
        assert_eq!(cut("éééa", 3), "ééé");
        assert_eq!(cut("abc", 0), "");
        assert_eq!(cut(&"😀".repeat(300), TITLE), "😀".repeat(255));
    }

    #[test]
    fn what_is_never_written_does_not_count() {
        assert_eq!(cut("\0\0\0abc", 3), "\0\0\0abc");
        assert_eq!(cut("\0a\0b\0c", 2), "\0a\0b\0");
    }

    #[test]
    fn sequences_stay_whole() {
        assert_eq!(cut("abe\u{301}", 3), "ab");
        assert_eq!(cut("a👩\u{200d}🚒", 2), "a");
        assert_eq!(cut("a👩\u{200d}🚒", 3), "a");
        assert_eq!(cut("a👍\u{1f3fd}b", 2), "a");
        assert_eq!(cut("a👍\u{1f3fd}b", 3), "a👍\u{1f3fd}");
    }

    #[test]
    fn endless_marks_are_cut_where_the_limit_is() {
        let text = format!("a{}", "\u{301}".repeat(100));
        assert_eq!(cut(&text, 50).chars().count(), 50);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_cut_text_is_a_start_within_the_limit(text in any::<String>(), limit in 0_usize..20) {
            let short = cut(&text, limit);
            prop_assert!(text.starts_with(short));
            let kept = |text: &str| text.chars().filter(|character| !is_dropped(*character)).count();
            prop_assert!(kept(short) <= limit);
            prop_assert!(kept(short) + REACH >= limit.min(kept(&text)));
        }
    }
}
