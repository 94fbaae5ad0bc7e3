//! Numbers and flags as feeds write them.

/// The least size that a video file can have; less is a dummy.
const LEAST_BYTES: i64 = 1024;
/// The longest duration in seconds that is believed; more are milliseconds.
const MOST_SECONDS: i64 = 24 * 60 * 60;

/// A whole number above 0.
pub(super) fn positive(text: &str) -> Option<i64> {
    let whole = text.split('.').next().unwrap_or_default();
    whole.parse::<i64>().ok().filter(|number| *number > 0)
}

/// The size of a file, one that a video may have.
pub(super) fn bytes(text: &str) -> Option<i64> {
    let bytes = text.parse::<i64>().ok()?;
    (bytes >= LEAST_BYTES).then_some(bytes)
}

/// A duration in whole seconds, from seconds or `h:mm:ss`.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let whole = text.trim().split('.').next().unwrap_or_default();
    let mut seconds = 0_i64;
    let parts = whole.split(':').collect::<Vec<_>>();
    if parts.len() > 3 {
        return None;
    }
    for part in &parts {
        let number = part.trim().parse::<u32>().ok()?;
        seconds = seconds.checked_mul(60)?.checked_add(i64::from(number))?;
    }
    (1..=MOST_SECONDS).contains(&seconds).then_some(seconds)
}

/// Whether something is explicit, as iTunes says it.
pub(super) fn explicit(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "yes" | "true" | "explicit" => Some(true),
        "no" | "false" | "clean" => Some(false),
        _ => None,
    }
}

/// The language of a tag such as `en-US`, without its region.
pub(super) fn language(text: &str) -> String {
    let text = text.trim();
    let primary = text.split(['-', '_']).next().unwrap_or_default();
    if (2..=3).contains(&primary.len()) && primary.is_ascii() {
        primary.to_ascii_lowercase()
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_read_and_odd_numbers_are_none() {
        for (text, expected) in [
            ("185", Some(185)),
            ("12.5", Some(12)),
            ("00:12:03", Some(723)),
            ("12:03", Some(723)),
            ("1:00:00.5", Some(3600)),
            ("185000", None),
            ("0", None),
            ("PT12S", None),
            ("-1", None),
            ("1:2:3:4", None),
            ("99999999999999999999", None),
            ("", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
        for (text, expected) in [
            ("73400320", Some(73_400_320)),
            ("1GB", None),
            ("0", None),
            ("1", None),
        ] {
            assert_eq!(bytes(text), expected, "{text}");
        }
        assert_eq!(positive("1080"), Some(1080));
        assert_eq!(positive("29.97"), Some(29));
        assert_eq!(positive("100%"), None);
    }

    #[test]
    fn languages_lose_their_region() {
        for (text, expected) in [
            ("en-US", "en"),
            ("FR", "fr"),
            ("pt_BR", "pt"),
            ("French", "French"),
        ] {
            assert_eq!(language(text), expected);
        }
        assert_eq!(explicit("Clean"), Some(false));
        assert_eq!(explicit("maybe"), None);
    }
}
