//! Values checked into their types, with every fault kept.
//!
//! A faulty value counts as its default, so that the checks after it go on; nothing is used when there is a fault.

use std::{
    cell::RefCell, collections::BTreeSet, fmt::Display, net::SocketAddr, ops::RangeInclusive,
    time::Duration,
};

use super::{
    faults::{Fault, Refusal},
    layers::{Setting, Settings, Value},
    name::Name,
    parse,
    shown::shown,
};

/// Reads settings and gathers what is wrong with them.
pub(super) struct Reader<'s> {
    settings: &'s Settings<'s>,
    faults: RefCell<Vec<Fault>>,
    read: RefCell<BTreeSet<Name>>,
}

impl<'s> Reader<'s> {
    pub(super) fn new(settings: &'s Settings<'s>) -> Self {
        Self {
            settings,
            faults: RefCell::default(),
            read: RefCell::default(),
        }
    }

    pub(super) fn section(&self, name: &'static str) -> Section<'_> {
        Section { reader: self, name }
    }

    /// Settings that nothing has asked for.
    pub(super) fn unread(&self) -> Vec<String> {
        let read = self.read.borrow();
        self.settings
            .names()
            .filter(|name| !read.contains(name))
            .map(Name::to_string)
            .collect()
    }

    pub(super) fn into_faults(self) -> Vec<Fault> {
        self.faults.into_inner()
    }
}

/// One section of the settings. Asking for a key that `config/mcnd.toml` lacks panics.
pub(super) struct Section<'r> {
    reader: &'r Reader<'r>,
    name: &'static str,
}

impl Section<'_> {
    /// A value through its own parser.
    pub(super) fn value<T>(
        &self,
        key: &str,
        parse: impl Fn(&Value<'_>) -> Result<T, Refusal>,
    ) -> T {
        let name = self.asked_for(key);
        let setting = self.reader.settings.in_force(&name);
        match parse(&setting.value) {
            Ok(value) => value,
            Err(refusal) => {
                self.keep(&name, setting, &setting.value, refusal);
                let default = parse(&self.reader.settings.default_of(&name).value);
                default.unwrap_or_else(|refusal| {
                    panic!("the default of `{name}`: {}", refusal.problem)
                })
            }
        }
    }

    /// A list, each item through a parser. Faulty items are left out and each is reported at its own line.
    pub(super) fn list<T>(
        &self,
        key: &str,
        parse: impl Fn(&Value<'_>) -> Result<T, Refusal>,
    ) -> Vec<T> {
        let name = self.asked_for(key);
        let setting = self.reader.settings.in_force(&name);
        let Some(items) = setting.value.get_ref().as_array() else {
            self.keep(&name, setting, &setting.value, parse::not("a list", "[]"));
            return Vec::new();
        };
        let kept = |item| {
            parse(item)
                .map_err(|refusal| self.keep(&name, setting, item, refusal))
                .ok()
        };
        items.iter().filter_map(kept).collect()
    }

    pub(super) fn text(&self, key: &str) -> String {
        self.value(key, parse::text)
    }

    pub(super) fn flag(&self, key: &str) -> bool {
        self.value(key, parse::flag)
    }

    pub(super) fn number<T>(&self, key: &str, range: RangeInclusive<T>) -> T
    where
        T: TryFrom<i64> + PartialOrd + Display,
    {
        self.value(key, |value| parse::number(value, &range))
    }

    pub(super) fn duration(&self, key: &str, range: RangeInclusive<Duration>) -> Duration {
        self.value(key, |value| parse::duration(value, &range))
    }

    pub(super) fn address(&self, key: &str) -> SocketAddr {
        self.value(key, parse::address)
    }

    pub(super) fn choice<T: Copy>(&self, key: &str, allowed: &[(&str, T)]) -> T {
        self.value(key, |value| parse::choice(value, allowed))
    }

    /// Whether a file or a variable sets the key.
    pub(super) fn is_given(&self, key: &str) -> bool {
        self.reader.settings.is_given(&self.asked_for(key))
    }

    /// Keeps a fault that only shows when several settings are seen together.
    pub(super) fn refuse(&self, key: &str, refusal: Refusal) {
        let name = Name::new(self.name, key);
        let setting = self.reader.settings.in_force(&name);
        self.keep(&name, setting, &setting.value, refusal);
    }

    fn asked_for(&self, key: &str) -> Name {
        let name = Name::new(self.name, key);
        self.reader.read.borrow_mut().insert(name.clone());
        name
    }

    fn keep(&self, name: &Name, setting: &Setting<'_>, part: &Value<'_>, refusal: Refusal) {
        let fault = Fault::at(setting.origin_of(part))
            .key(name)
            .value(shown(name, part))
            .refused(refusal);
        self.reader.faults.borrow_mut().push(fault);
    }
}
