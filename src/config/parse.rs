//! Single values: from what a file or variable holds to what the program means.

use std::{
    fmt::Display,
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    time::Duration,
};

use ipnet::IpNet;
use toml::de::DeValue;
use url::Url;

use super::{
    faults::{Refusal, refusal},
    layers::Value,
    name::nearest,
};

pub(super) const SECOND: Duration = Duration::from_secs(1);
pub(super) const MINUTE: Duration = Duration::from_mins(1);
pub(super) const HOUR: Duration = Duration::from_hours(1);
pub(super) const DAY: Duration = Duration::from_hours(24);

/// Units of a duration, largest first, in milliseconds.
const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// The refusal of a value that is of another kind altogether.
pub(super) fn not(expected: &str, example: &str) -> Refusal {
    refusal(
        format!("not {expected}"),
        format!("write {expected} such as `{example}`"),
    )
}

pub(super) fn text(value: &Value<'_>) -> Result<String, Refusal> {
    value
        .get_ref()
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| not("a text in quotes", "\"…\""))
}

pub(super) fn flag(value: &Value<'_>) -> Result<bool, Refusal> {
    value
        .get_ref()
        .as_bool()
        .ok_or_else(|| refusal("not a switch", "write `true` or `false`"))
}

pub(super) fn number<T>(value: &Value<'_>, range: &RangeInclusive<T>) -> Result<T, Refusal>
where
    T: TryFrom<i64> + PartialOrd + Display,
{
    let DeValue::Integer(written) = value.get_ref() else {
        return Err(not("a whole number", &range.start().to_string()));
    };
    i64::from_str_radix(written.as_str(), written.radix())
        .ok()
        .and_then(|number| T::try_from(number).ok())
        .filter(|number| range.contains(number))
        .ok_or_else(|| out_of_range(range.start(), range.end()))
}

/// A text of digits and a unit: `500ms`, `15s`, `10m`, `2h`, `14d`.
pub(super) fn duration(
    value: &Value<'_>,
    range: &RangeInclusive<Duration>,
) -> Result<Duration, Refusal> {
    let duration = value.get_ref().as_str().and_then(read_duration).ok_or_else(|| {
        refusal("not a duration", "write a whole number and one of `ms`, `s`, `m`, `h`, `d` in quotes, such as `\"15s\"`")
    })?;
    if range.contains(&duration) {
        return Ok(duration);
    }
    Err(out_of_range(
        &write_duration(*range.start()),
        &write_duration(*range.end()),
    ))
}

fn read_duration(text: &str) -> Option<Duration> {
    let digits = text.find(|character: char| !character.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit)?;
    number
        .parse::<u64>()
        .ok()?
        .checked_mul(*millis)
        .map(Duration::from_millis)
}

/// The shortest text that [`duration`] reads back.
pub(super) fn write_duration(duration: Duration) -> String {
    let millis = duration.as_millis();
    let fits = |(_, unit): &&(&str, u64)| {
        millis >= u128::from(*unit) && millis.is_multiple_of(u128::from(*unit))
    };
    match UNITS.iter().find(fits) {
        Some((name, unit)) => format!("{}{name}", millis / u128::from(*unit)),
        None => "0s".to_owned(),
    }
}

fn out_of_range(least: &dyn Display, most: &dyn Display) -> Refusal {
    refusal(
        "out of range",
        format!("choose a value from {least} to {most}"),
    )
}

/// One of a few words.
pub(super) fn choice<T: Copy>(value: &Value<'_>, allowed: &[(&str, T)]) -> Result<T, Refusal> {
    let word = value
        .get_ref()
        .as_str()
        .ok_or_else(|| not("a text in quotes", allowed[0].0))?;
    let found = allowed.iter().find(|(name, _)| *name == word);
    found
        .map(|(_, meaning)| *meaning)
        .ok_or_else(|| unknown_word(word, allowed.iter().map(|(name, _)| *name)))
}

/// The refusal of a word that is none of the allowed ones.
pub(super) fn unknown_word<'a>(
    word: &str,
    allowed: impl Iterator<Item = &'a str> + Clone,
) -> Refusal {
    let cure = match nearest(word, allowed.clone()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!(
            "choose one of {}",
            allowed
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    };
    refusal("not a value of this setting", cure)
}

pub(super) fn address(value: &Value<'_>) -> Result<SocketAddr, Refusal> {
    let parsed = value.get_ref().as_str().and_then(|text| text.parse().ok());
    parsed.ok_or_else(|| not("an IP address with a port", "127.0.0.1:8080"))
}

/// A network as `10.0.0.0/8`; a single address is a network of one.
pub(super) fn network(value: &Value<'_>) -> Result<IpNet, Refusal> {
    let text = text(value)?;
    let single = || text.parse::<IpAddr>().ok().map(IpNet::from);
    let network = text.parse::<IpNet>().ok().or_else(single);
    let network = network.ok_or_else(|| not("a network", "10.0.0.0/8"))?;
    if network.addr() != network.network() {
        let cure = format!("write `{}`", network.trunc());
        return Err(refusal("the address reaches beyond its prefix", cure));
    }
    Ok(network)
}

/// An address such as `example`, without secrets; empty for none.
pub(super) fn web_address(value: &Value<'_>, example: &str) -> Result<Option<Url>, Refusal> {
    let text = text(value)?;
    if text.is_empty() {
        return Ok(None);
    }
    let url = Url::parse(&text).map_err(|fault| {
        refusal(
            format!("not an address: {fault}"),
            format!("write one like `{example}`"),
        )
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(not("an address of the web", example));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refusal(
            "the address has a query or fragment",
            "end it before `?` and `#`",
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refusal(
            "the address holds a user or password",
            "remove them: others get to see it",
        ));
    }
    Ok(Some(url))
}

/// Two texts in a list.
pub(super) fn pair<'v>(value: &'v Value<'_>) -> Result<(&'v str, &'v Value<'v>), Refusal> {
    let pair = value
        .get_ref()
        .as_array()
        .map(|items| items.iter().collect::<Vec<_>>());
    let Some([first, second]) = pair.as_deref() else {
        return Err(not("a list of two texts", "[\"name\", \"value\"]"));
    };
    match first.get_ref().as_str() {
        Some("") | None => Err(refusal(
            "the first of the two is no name",
            "write a text that is not empty",
        )),
        Some(name) => Ok((name, second)),
    }
}

#[cfg(test)]
mod tests {
    use toml::Spanned;

    use super::*;

    fn value(text: &str) -> Value<'_> {
        DeValue::parse(text).unwrap()
    }

    fn quoted(text: &str) -> Value<'_> {
        Spanned::new(0..0, DeValue::String(text.into()))
    }

    fn web_address(value: &Value<'_>) -> Result<Option<Url>, Refusal> {
        super::web_address(value, "https://mcn.example")
    }

    #[test]
    fn durations_are_a_whole_number_and_a_unit() {
        let all = Duration::ZERO..=Duration::MAX;
        for (text, millis) in [
            ("500ms", 500),
            ("15s", 15_000),
            ("10m", 600_000),
            ("2h", 7_200_000),
            ("14d", 1_209_600_000),
            ("0s", 0),
        ] {
            let read = duration(&quoted(text), &all).unwrap();
            assert_eq!(read, Duration::from_millis(millis));
            assert_eq!(write_duration(read), text);
        }
        for text in [
            "",
            "15",
            "s",
            "-1s",
            "1.5s",
            " 1s",
            "1 s",
            "1w",
            "1S",
            "18446744073709551615d",
            "99999999999999999999s",
        ] {
            assert!(duration(&quoted(text), &all).is_err(), "`{text}`");
        }
        assert!(duration(&value("15"), &all).is_err());
    }

    #[test]
    fn the_bounds_of_a_range_are_in_it() {
        let minute = SECOND..=MINUTE;
        assert!(duration(&quoted("1s"), &minute).is_ok());
        assert!(duration(&quoted("60s"), &minute).is_ok());
        let refusal = duration(&quoted("61s"), &minute).unwrap_err();
        assert_eq!(refusal.cure, "choose a value from 1s to 1m");
        assert_eq!(number(&value("0x10"), &(1..=16_u32)), Ok(16));
        assert_eq!(
            number(&value("17"), &(1..=16_u32)).unwrap_err().cure,
            "choose a value from 1 to 16"
        );
        assert!(number(&value("-1"), &(0..=16_u32)).is_err());
        assert!(number(&value("99999999999999999999"), &(0..=u64::MAX)).is_err());
        assert!(number(&value("1.0"), &(0..=16_u32)).is_err());
    }

    #[test]
    fn networks_are_exact() {
        assert_eq!(
            network(&quoted("10.0.0.0/8")).unwrap().to_string(),
            "10.0.0.0/8"
        );
        assert_eq!(
            network(&quoted("2001:db8::1")).unwrap().to_string(),
            "2001:db8::1/128"
        );
        assert_eq!(
            network(&quoted("10.1.2.3/8")).unwrap_err().cure,
            "write `10.0.0.0/8`"
        );
        for text in ["10.0.0.0/33", "10.0.0", "example.com", ""] {
            assert!(network(&quoted(text)).is_err(), "`{text}`");
        }
    }

    #[test]
    fn a_public_address_is_absolute_and_bare() {
        assert_eq!(web_address(&quoted("")), Ok(None));
        assert_eq!(
            web_address(&quoted("https://mcn.example/x"))
                .unwrap()
                .unwrap()
                .path(),
            "/x"
        );
        for text in [
            "mcn.example",
            "/x",
            "ftp://mcn.example",
            "https://",
            "https://a?b",
            "https://a#b",
            "https://u:p@a",
        ] {
            assert!(web_address(&quoted(text)).is_err(), "`{text}`");
        }
    }

    #[test]
    fn an_unknown_word_meets_the_nearest_or_all() {
        let allowed = [("off", 0), ("report", 1)];
        assert_eq!(choice(&quoted("report"), &allowed), Ok(1));
        assert_eq!(
            choice(&quoted("reprot"), &allowed).unwrap_err().cure,
            "did you mean `report`?"
        );
        assert_eq!(
            choice(&quoted("xyz"), &allowed).unwrap_err().cure,
            "choose one of `off`, `report`"
        );
    }
}
