//! Values as they may be shown: on one line, and never a secret.

use std::fmt;

use toml::de::DeValue;

use super::{
    faults::Origin,
    layers::{Setting, Value},
    name::Name,
    secret::{MASK, is_secret},
};

/// One setting in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// `section.key`.
    pub key: String,
    /// The value as it is written in a file; `"[secret]"` for secrets.
    pub value: String,
    pub origin: Origin,
}

impl Effective {
    pub(super) fn new(name: &Name, setting: &Setting<'_>) -> Self {
        Self {
            key: name.to_string(),
            value: shown(name, &setting.value),
            origin: setting.origin(),
        }
    }
}

impl fmt::Display for Effective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}  # {}", self.key, self.value, self.origin)
    }
}

/// A value of the setting `name`, or a part of one.
pub(super) fn shown(name: &Name, value: &Value<'_>) -> String {
    if is_secret(name) {
        format!("{MASK:?}")
    } else {
        written(value.get_ref())
    }
}

fn written(value: &DeValue<'_>) -> String {
    match value {
        // It ends the user part of an address: put into this setting by mistake, but still not for the screen.
        DeValue::String(text) if text.contains('@') => format!("{MASK:?}"),
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(moment) => moment.to_string(),
        DeValue::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| written(item.get_ref())).collect();
            format!("[{}]", items.join(", "))
        }
        DeValue::Table(pairs) => {
            let pairs: Vec<_> = pairs
                .iter()
                .map(|(key, value)| {
                    format!(
                        "{} = {}",
                        key.get_ref().escape_debug(),
                        written(value.get_ref())
                    )
                })
                .collect();
            format!("{{ {} }}", pairs.join(", "))
        }
    }
}
