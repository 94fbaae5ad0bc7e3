//! The XML declaration, as far as it says what a document is encoded in.

/// What a document says of its encoding at its start, where that is written in ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Declaration<'a> {
    Missing,
    /// It names no encoding.
    Silent,
    /// The name as it is written.
    Names(&'a [u8]),
}

/// Looks for the declaration at the start of a document; blanks before it are passed over.
pub(super) fn declaration(start: &[u8]) -> Declaration<'_> {
    let rest = start.trim_ascii_start().strip_prefix(b"<?xml");
    let rest = rest.filter(|rest| rest.first().is_some_and(u8::is_ascii_whitespace));
    let Some(rest) = rest else {
        return Declaration::Missing;
    };
    let inside = rest.split(|byte| *byte == b'>').next().unwrap_or_default();
    encoding(inside).map_or(Declaration::Silent, Declaration::Names)
}

/// What stands in quotes after `encoding`.
fn encoding(inside: &[u8]) -> Option<&[u8]> {
    const NAME: &[u8] = b"encoding";
    let at = inside.windows(NAME.len()).position(|name| name == NAME)?;
    let rest = inside[at + NAME.len()..].trim_ascii_start();
    let rest = rest.strip_prefix(b"=")?.trim_ascii_start();
    let (quote, rest) = rest.split_first()?;
    let end = rest.iter().position(|byte| byte == quote)?;
    matches!(quote, b'"' | b'\'').then(|| &rest[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_is_missing_silent_or_names_an_encoding() {
        for (start, said) in [
            ("<rss/>", Declaration::Missing),
            ("", Declaration::Missing),
            ("<?xml-stylesheet encoding='x'?>", Declaration::Missing),
            ("<?xml version='1.0'?>", Declaration::Silent),
            ("<?xml version='1.0' encoding?>", Declaration::Silent),
            ("<?xml version='1.0' encoding=x?>", Declaration::Silent),
            ("<?xml version='1.0' encoding='x?>", Declaration::Silent),
            (
                "\n<?xml version=\"1.0\" encoding = 'utf-8' ?>",
                Declaration::Names(b"utf-8"),
            ),
            (
                "<?xml encoding=\"Latin-1\"?><a b='encoding=\"c\"'/>",
                Declaration::Names(b"Latin-1"),
            ),
        ] {
            assert_eq!(declaration(start.as_bytes()), said, "{start}");
        }
    }
}
