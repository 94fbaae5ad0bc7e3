//! The settings: read in layers, checked once, and handed out as types that cannot be wrong.
//!
//! The embedded `config/mcnd.toml` is the default, a user's file overrides it, and variables named
//! `MCND__SECTION__KEY` override both. Every mistake is reported in one go, with its place and its cure.
//! Nothing here logs, and nothing but [`environment`] reads the process's environment.

mod access;
mod alarms;
mod callback;
mod database;
mod dm;
mod faults;
mod feed;
mod file;
#[cfg(test)]
mod given;
mod import;
mod layers;
mod log;
mod name;
mod operators;
mod outbound;
mod parse;
mod preflight;
mod read;
mod retention;
mod secret;
mod server;
mod shown;
mod traces;
mod unknown;
mod user_list;
mod warnings;
mod webhooks;

use std::path::{Path, PathBuf};

pub use access::{Access, AddressCheck};
pub use alarms::Alarms;
pub use callback::Callback;
pub use database::{Database, DatabaseKind};
pub use dm::{DmAttribute, DmForm, DmMapping};
pub use faults::{Fault, Faults, Origin};
pub use feed::{CategoryCarrier, Feed, Level};
pub use import::Import;
pub use log::{Log, LogFormat};
pub use operators::Operators;
pub use outbound::Outbound;
pub use preflight::Preflight;
pub use retention::Retention;
pub use secret::{Secret, secret_file};
pub use server::Server;
pub use shown::Effective;
pub use traces::Traces;
pub use user_list::{ListAttribute, ListShape, UserList};
pub use webhooks::{KINDS, Webhook, Webhooks};

use self::{layers::Settings, read::Reader};

const VARIABLE_PREFIX: &str = "MCND__";
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// What may override the embedded settings.
#[derive(Clone, Default)]
pub struct Source {
    /// The file given with `--config`.
    pub file: Option<PathBuf>,
    /// Variables by name and value; those that do not begin with `MCND__` are ignored.
    pub environment: Vec<(String, String)>,
}

/// Every setting of `config/mcnd.toml`, checked. Its default is that file.
#[derive(Clone, Debug)]
pub struct Config {
    pub database: Database,
    pub server: Server,
    pub access: Access,
    pub operators: Operators,
    pub user_list: UserList,
    pub feed: Feed,
    pub preflight: Preflight,
    pub callback: Callback,
    pub import: Import,
    pub outbound: Outbound,
    pub alarms: Alarms,
    pub webhooks: Webhooks,
    pub retention: Retention,
    pub log: Log,
    pub traces: Traces,
    effective: Vec<Effective>,
}

/// Reads and checks all layers. The error holds every fault that was found.
pub fn load(source: Source) -> Result<Config, Faults> {
    let mut faults = Vec::new();
    let file = source.file.map(|path| (path.display().to_string(), path));
    let text = file.as_ref().and_then(|(_, path)| match read_file(path) {
        Ok(text) => Some(text),
        Err(fault) => {
            faults.push(fault);
            None
        }
    });
    let mut settings = Settings::embedded();
    if let (Some((path, _)), Some(text)) = (&file, &text) {
        faults.extend(settings.add_file(path, text));
    }
    faults.extend(settings.add_variables(&source.environment));
    let reader = Reader::new(&settings);
    let config = Config::read(&reader, settings.effective());
    debug_assert_eq!(
        reader.unread(),
        Vec::<String>::new(),
        "settings of `config/mcnd.toml` that nothing reads"
    );
    faults.extend(reader.into_faults());
    if faults.is_empty() {
        Ok(config)
    } else {
        Err(Faults::new(faults))
    }
}

/// The variables of this process that are meant for `mcnd`.
///
/// Bytes that are not UTF-8 come out as U+FFFD, which [`load`] refuses.
pub fn environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value))
        .filter(|(name, _)| name.starts_with(VARIABLE_PREFIX))
        .map(|(name, value)| (name, value.to_string_lossy().into_owned()))
        .collect()
}

fn read_file(path: &Path) -> Result<String, Fault> {
    file::open(path)
        .and_then(|file| file::text(file, MAX_FILE_BYTES))
        .map_err(|refusal| Fault::at(path.display()).refused(refusal))
}

impl Config {
    fn read(reader: &Reader<'_>, effective: Vec<Effective>) -> Self {
        Self {
            database: Database::read(&reader.section("database")),
            server: Server::read(&reader.section("server")),
            access: Access::read(&reader.section("access")),
            operators: Operators::read(&reader.section("operators")),
            user_list: UserList::read(&reader.section("user_list")),
            feed: Feed::read(&reader.section("feed")),
            preflight: Preflight::read(&reader.section("preflight")),
            callback: Callback::read(&reader.section("callback")),
            import: Import::read(&reader.section("import")),
            outbound: Outbound::read(&reader.section("outbound")),
            alarms: Alarms::read(&reader.section("alarms")),
            webhooks: Webhooks::read(&reader.section("webhooks")),
            retention: Retention::read(&reader.section("retention")),
            log: Log::read(&reader.section("log")),
            traces: Traces::read(&reader.section("traces")),
            effective,
        }
    }

    /// Whether a file or a variable says something of a setting, by its dotted name.
    pub fn says(&self, key: &str) -> bool {
        let given = |one: &Effective| one.key == key && one.origin != Origin::Default;
        self.effective.iter().any(given)
    }

    /// Every setting in force with its origin, secrets masked, in the order of their names.
    pub fn effective(&self) -> &[Effective] {
        &self.effective
    }

    /// The settings that differ from those before: each as it was, and as it is.
    pub fn changed_from<'a>(&'a self, before: &'a Self) -> Vec<(&'a Effective, &'a Effective)> {
        let both = before.effective.iter().zip(&self.effective);
        both.filter(|(old, new)| old.value != new.value || self.hides_a_change(before, &new.key))
            .collect()
    }

    /// Whether a setting that is shown masked has another value than before.
    fn hides_a_change(&self, before: &Self, key: &str) -> bool {
        match key {
            "database.url" => self.database.url != before.database.url,
            "webhooks.endpoints" => self.webhooks.endpoints != before.webhooks.endpoints,
            _shown => false,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        load(Source::default()).expect("the embedded settings pass the checks, which a test proves")
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::{prop_assert, proptest};

    use super::*;

    const SHIPPED: &str = include_str!("../../config/mcnd.toml");
    const CANARY: &str = "hunter2";

    fn key(line: &str) -> Option<&str> {
        line.split_once(" = ")
            .map(|(key, _)| key)
            .filter(|key| !key.starts_with(['#', ' ']))
    }

    #[test]
    fn the_shipped_file_is_the_default() {
        let (shipped, default) = (given::config(SHIPPED), Config::default());
        let values = |config: &Config| {
            config
                .effective()
                .iter()
                .map(|one| (one.key.clone(), one.value.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(values(&shipped), values(&default));
        assert_eq!(
            default.effective().len(),
            SHIPPED.lines().filter_map(key).count()
        );
        assert!(
            default
                .effective()
                .iter()
                .all(|one| one.origin == Origin::Default)
        );
    }

    #[test]
    fn every_setting_of_the_shipped_file_is_read_and_none_beyond_it() {
        let settings = Settings::embedded();
        let reader = Reader::new(&settings);
        Config::read(&reader, Vec::new());
        assert_eq!(reader.unread(), Vec::<String>::new());
        assert_eq!(reader.into_faults(), []);
    }

    #[test]
    fn every_setting_of_the_shipped_file_says_why() {
        let mut before = "";
        for line in SHIPPED.lines() {
            if let Some(key) = key(line) {
                assert!(before.starts_with("# "), "`{key}` has no comment");
            }
            before = line;
        }
    }

    #[test]
    fn all_faults_are_told_at_once_with_their_lines() {
        let text = "[feed]\nlimit = \"many\"\ndaily_cap = 1.5\nmax_bytes = -1\n\n[acess]\nopen = true\n\n\
                    [server]\npulbic = 1\noperator = \"localhost\"\noperator = \"127.0.0.1:1\"\n";
        let faults = given::loaded(text.as_bytes(), &[("MCND__LOG__FORMAT", "xml")]).unwrap_err();
        let found: Vec<_> = faults
            .iter()
            .map(|fault| {
                let line = fault.to_string();
                let line = line
                    .rsplit_once("/mcnd.toml:")
                    .map_or(line.clone(), |(_, rest)| rest.to_owned());
                line.split_once(": ")
                    .map(|(place, rest)| (place.to_owned(), rest.to_owned()))
                    .unwrap()
            })
            .collect();
        let expected = [
            (
                "12",
                "this key or section is there already; keep one of the two",
            ),
            (
                "6",
                "`acess`: there is no such section; did you mean `[access]`?",
            ),
            (
                "10",
                "`server.pulbic`: there is no such setting; did you mean `server.public`?",
            ),
            (
                "11",
                "`server.operator` is `\"localhost\"`: not an IP address with a port; write an IP address with a port such as `127.0.0.1:8080`",
            ),
            (
                "2",
                "`feed.limit` is `\"many\"`: not a whole number; write a whole number such as `0`",
            ),
            (
                "4",
                "`feed.max_bytes` is `-1`: out of range; choose a value from 0 to 1000000000",
            ),
            (
                "3",
                "`feed.daily_cap` is `1.5`: not a whole number; write a whole number such as `0`",
            ),
            (
                "MCND__LOG__FORMAT",
                "`log.format` is `\"xml\"`: not a value of this setting; choose one of `text`, `json`",
            ),
        ];
        assert_eq!(
            found,
            expected.map(|(place, rest)| (place.to_owned(), rest.to_owned()))
        );
    }

    #[test]
    fn a_file_that_is_no_settings_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let refused = |path: &Path| {
            load(Source {
                file: Some(path.into()),
                environment: Vec::new(),
            })
            .unwrap_err()
            .to_string()
        };
        assert!(refused(folder.path()).contains("a directory stands where a file belongs"));
        assert!(refused(&folder.path().join("absent")).contains("there is no such file"));
        let large = folder.path().join("large");
        fs::write(&large, vec![b'\n'; 1024 * 1024 + 1]).unwrap();
        assert!(
            refused(&large)
                .ends_with("the file is larger than 1024 KiB; check that it is the right one")
        );
        assert!(
            given::loaded(b"[feed]\n# caf\xe9", &[])
                .unwrap_err()
                .to_string()
                .contains("line 2 of the file is not UTF-8")
        );
    }

    #[test]
    fn a_secret_shows_nowhere() {
        let url = format!("postgres://mcnd:{CANARY}@db.example/mcnd");
        let config = given::loaded(b"", &[("MCND__DATABASE__URL", &url)]).unwrap();
        let shown: Vec<_> = config.effective().iter().map(ToString::to_string).collect();
        assert!(shown.contains(&"database.url = \"[secret]\"  # MCND__DATABASE__URL".to_owned()));
        assert_eq!(config.database.url.to_string(), "[secret]");
        assert!(!format!("{shown:?}{config:?}{:?}", config.warnings()).contains(CANARY));
    }

    #[test]
    fn a_secret_in_the_wrong_place_shows_in_no_fault() {
        let url = format!("postgres://mcnd:{CANARY}@db.example/mcnd");
        let texts = [
            format!("database.url = [{url:?}]"),
            format!("database.ulr = {url:?}"),
            format!("database.url_file = {url:?}"),
            format!("databse.url = {url:?}"),
            format!("url = {url:?}"),
            format!("server.public_url = {url:?}"),
            format!("server.trusted_proxies = [{url:?}]"),
            format!("database.url = {url}"),
            format!("database.url = \"{url}"),
            format!("database.url = {url:?}\ndatabase.url = {url:?}"),
        ];
        for text in texts {
            let faults = given::loaded(text.as_bytes(), &[]).unwrap_err();
            assert!(!format!("{faults} {faults:?}").contains(CANARY), "{faults}");
        }
    }

    proptest! {
        #[test]
        fn no_file_and_no_variable_breaks_the_reading(text: String, value: String) {
            let variables = [("MCND__FEED__DM", value.as_str()), ("MCND__SERVER__PUBLIC", value.as_str())];
            if let Err(faults) = given::loaded(text.as_bytes(), &variables) {
                prop_assert!(faults.iter().all(|fault| !fault.to_string().contains('\n')));
            }
        }
    }
}
