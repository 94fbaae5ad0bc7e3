//! How deep JSON is nested, counted before anybody parses it: a parser's own stack is no place to find out.

/// The deepest level of brackets in a text of JSON; 0 for a scalar. Brackets inside strings do not count.
pub fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut quoted, mut escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_brackets_outside_strings_count() {
        for (text, levels) in [
            ("5", 0),
            ("[]", 1),
            (r#"{"a":[{}],"b":[]}"#, 3),
            (r#"["[[[", "\"[", "\\"]"#, 1),
            ("]]][", 1),
        ] {
            assert_eq!(nesting(text), levels, "{text}");
        }
        assert_eq!(nesting(&"[".repeat(100_000)), 100_000);
    }
}
