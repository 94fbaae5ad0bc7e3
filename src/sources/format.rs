//! Which of the formats an input is in.

/// A format of foreign rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A header, then records of comma-separated cells (RFC 4180).
    Csv,
    /// One JSON object on each line.
    JsonLines,
    /// A feed: RSS with Media RSS, RSS 1.0, podcasts, Atom.
    Mrss,
}

impl Format {
    /// The format that a file's name tells, else the one that its first bytes, unpacked, look like.
    pub fn guess(name: &str, start: &[u8]) -> Self {
        let name = name.to_ascii_lowercase();
        let plain = name.strip_suffix(".gz").unwrap_or(&name);
        match plain.rsplit_once('.').map(|(_, extension)| extension) {
            Some("csv") => Self::Csv,
            Some("jsonl" | "ndjson" | "json") => Self::JsonLines,
            Some("xml" | "rss" | "mrss" | "atom" | "rdf") => Self::Mrss,
            _ => Self::of(start),
        }
    }

    fn of(start: &[u8]) -> Self {
        // Marks of byte order go by, and the zeros of UTF-16.
        let passed = |byte: &u8| {
            byte.is_ascii_whitespace() || matches!(byte, 0 | 0xEF | 0xBB | 0xBF | 0xFE | 0xFF)
        };
        match start.iter().find(|byte| !passed(byte)) {
            Some(b'<') => Self::Mrss,
            // An array is no JSON Lines, but its reader says so best.
            Some(b'{' | b'[') => Self::JsonLines,
            _ => Self::Csv,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_decides_and_the_content_where_it_says_nothing() {
        for (name, start, format) in [
            ("a.csv", "{", Format::Csv),
            ("A.CSV.GZ", "{", Format::Csv),
            ("a.jsonl", "guid", Format::JsonLines),
            ("a.ndjson.gz", "guid", Format::JsonLines),
            ("-", " \n{\"guid\"", Format::JsonLines),
            ("-", "[{", Format::JsonLines),
            ("feed.xml.gz", "guid", Format::Mrss),
            ("FEED.RSS", "", Format::Mrss),
            ("-", "\u{feff}\n<rss", Format::Mrss),
            ("-", "\0<\0?", Format::Mrss),
            ("export.txt", "guid,title", Format::Csv),
            ("", "", Format::Csv),
        ] {
            assert_eq!(
                Format::guess(name, start.as_bytes()),
                format,
                "{name} {start}"
            );
        }
    }
}
