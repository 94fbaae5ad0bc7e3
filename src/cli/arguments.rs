//! Arguments that clap does not know by itself.

use std::time::Duration;

const UNITS: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

/// Reads `500ms`, `90s`, `15m`, `24h` or `7d`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let odd = || format!("`{text}` is no duration; write `90s`, `15m`, `24h` or `7d`");
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .ok_or_else(odd)?;
    let (number, unit) = text.split_at(end);
    let (_, millis) = UNITS
        .iter()
        .find(|(name, _)| *name == unit)
        .ok_or_else(odd)?;
    let number = number.parse::<u64>().map_err(|_not_one| odd())?;
    number
        .checked_mul(*millis)
        .map(Duration::from_millis)
        .ok_or_else(odd)
}

/// Reads a name of 1 to 255 characters, without control characters and outer blanks.
pub(super) fn name(text: &str) -> Result<String, String> {
    let fits = (1..=255).contains(&text.chars().count())
        && text.trim() == text
        && !text.chars().any(char::is_control);
    if fits {
        Ok(text.to_owned())
    } else {
        Err("write 1 to 255 characters, without control characters and blanks around".to_owned())
    }
}

/// Reads an absolute web address without user and password.
pub(super) fn web_address(text: &str) -> Result<String, String> {
    let odd = || "write an absolute address such as `https://mcn.example/demo`".to_owned();
    let url = url::Url::parse(text).map_err(|_odd| odd())?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none();
    plain.then(|| url.to_string()).ok_or_else(odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_numbers_with_a_unit() {
        assert_eq!(duration("24h"), Ok(Duration::from_hours(24)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("0s"), Ok(Duration::ZERO));
        for odd in ["", "24", "h", "-1h", "1.5h", "1 h", "99999999999999999d"] {
            assert!(duration(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn names_are_clean_texts() {
        assert!(name("Chaîne de démonstration").is_ok());
        for odd in ["", " a", "a\nb", &"a".repeat(256)] {
            assert!(name(odd).is_err(), "{odd:?}");
        }
    }

    #[test]
    fn addresses_are_absolute_and_hold_no_password() {
        assert!(web_address("https://mcn.example/a").is_ok());
        for odd in [
            "mcn.example",
            "ftp://mcn.example",
            "https://a:b@mcn.example",
            "/a",
        ] {
            assert!(web_address(odd).is_err(), "{odd}");
        }
    }
}
