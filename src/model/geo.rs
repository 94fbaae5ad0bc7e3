//! Where a video may be watched: an allow or deny list of countries.

use std::{fmt, str::FromStr};

use super::short;

/// Whether the listed countries are the only ones or the excluded ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GeoMode {
    Allow,
    Deny,
}

impl GeoMode {
    /// The word that both the catalog and `media:restriction` use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}

/// A geo rule. Its text form is `allow FR BE` or `deny DE`: upper-case ISO 3166 codes, single blanks, never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Geo {
    pub mode: GeoMode,
    /// Upper-case two-letter codes, sorted, each once.
    pub countries: Vec<String>,
}

impl FromStr for Geo {
    type Err = String;

    /// Reads `allow` or `deny` and two-letter codes, parted by blanks, commas, semicolons or colons, in any case.
    ///
    /// # Errors
    /// A sentence that says which part is wrong.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text
            .split([' ', ',', ';', ':', '\t'])
            .filter(|word| !word.is_empty());
        let mode = match words.next().map(str::to_ascii_lowercase).as_deref() {
            Some("allow") => GeoMode::Allow,
            Some("deny") => GeoMode::Deny,
            _ => {
                return Err(format!(
                    "geo rule `{}` must start with `allow` or `deny`",
                    short(text)
                ));
            }
        };
        let mut countries = words.map(str::to_ascii_uppercase).collect::<Vec<_>>();
        if let Some(odd) = countries.iter().find(|code| !is_country(code)) {
            return Err(format!(
                "geo rule names `{}`, which is no ISO 3166 country code of two letters",
                short(odd)
            ));
        }
        if countries.is_empty() {
            return Err(format!("geo rule `{}` names no country", short(text)));
        }
        countries.sort_unstable();
        countries.dedup();
        Ok(Self { mode, countries })
    }
}

impl fmt::Display for Geo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.mode.as_str(), self.countries.join(" "))
    }
}

/// Whether this is an assigned upper-case ISO 3166-1 code, or `XK`, which is user-assigned and in wide use for Kosovo.
pub(super) fn is_country(code: &str) -> bool {
    code == "XK" || (code.len() == 2 && rust_iso3166::from_alpha2(code).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_reads_tolerantly_and_prints_one_way() {
        for text in ["deny DE AT", "deny at,de", "DENY:de;AT", "deny  de de at"] {
            assert_eq!(
                text.parse::<Geo>().unwrap().to_string(),
                "deny AT DE",
                "{text}"
            );
        }
        assert_eq!("allow xk".parse::<Geo>().unwrap().to_string(), "allow XK");
    }

    #[test]
    fn an_empty_or_unknown_rule_is_refused() {
        for text in [
            "",
            "allow",
            "deny ,",
            "FR",
            "allow FRA",
            "deny ZZ",
            "allow EU",
            "deny é",
        ] {
            assert!(text.parse::<Geo>().is_err(), "{text}");
        }
    }
}
