//! `[database]`: where the catalog lives.

use std::time::Duration;

use url::Url;

use super::{
    faults::{Refusal, refusal},
    parse::{HOUR, MINUTE},
    read::Section,
    secret::{self, Openness, Secret},
};

const MILLISECOND: Duration = Duration::from_millis(1);

/// Where the catalog lives, and the cost of reaching it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Database {
    /// `sqlite:FILE` or `postgres://…`, from `url` or `url_file`.
    pub url: Secret,
    /// Whether `serve` brings the tables up to date.
    pub migrate: bool,
    /// Readers of an SQLite file.
    pub read_connections: u32,
    /// Connections to Postgres, beside those for callbacks.
    pub connections: u32,
    pub statement_timeout: Duration,
    pub acquire_timeout: Duration,
    /// Secret files may be open to other users of the machine.
    pub dangerous_open_secret_files: bool,
}

/// The two back ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseKind {
    Sqlite,
    Postgres,
}

impl Database {
    pub(super) fn read(section: &Section<'_>) -> Self {
        let dangerous_open_secret_files = section.flag("dangerous_open_secret_files");
        let open = if dangerous_open_secret_files {
            Openness::Accepted
        } else {
            Openness::Refused
        };
        Self {
            url: secret::read(section, "url", open, check_url),
            migrate: section.flag("migrate"),
            read_connections: section.number("read_connections", 1..=256),
            connections: section.number("connections", 2..=1000),
            statement_timeout: section.duration("statement_timeout", MILLISECOND..=HOUR),
            acquire_timeout: section.duration("acquire_timeout", MILLISECOND..=10 * MINUTE),
            dangerous_open_secret_files,
        }
    }

    /// Which back end the address names.
    pub fn kind(&self) -> DatabaseKind {
        if self.url.expose().starts_with("sqlite:") {
            DatabaseKind::Sqlite
        } else {
            DatabaseKind::Postgres
        }
    }
}

/// Everything but the question whether somebody answers there. The refusals never quote the address.
fn check_url(url: &str) -> Result<(), Refusal> {
    const CURE: &str = "write `sqlite:FILE` or `postgres://user:password@host/name`";
    if url.chars().any(char::is_control) {
        return Err(refusal(
            "the address holds a line break or another control character",
            "write it on one line",
        ));
    }
    match url.split_once(':') {
        Some(("sqlite", rest)) => check_file(rest),
        Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
            let parsed = Url::parse(url);
            parsed
                .map(drop)
                .map_err(|fault| refusal(format!("not an address: {fault}"), CURE))
        }
        _ => Err(refusal("not the address of a database", CURE)),
    }
}

fn check_file(rest: &str) -> Result<(), Refusal> {
    let (file, options) = rest.split_once('?').unwrap_or((rest, ""));
    if file.trim_start_matches('/').is_empty() {
        return Err(refusal("the address names no file", "write `sqlite:FILE`"));
    }
    if file.trim_start_matches('/') == ":memory:" || options.contains("mode=memory") {
        return Err(refusal(
            "a database in memory is gone at the next stop",
            "write `sqlite:FILE`",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{
        fs::{self, Permissions},
        os::unix::fs::PermissionsExt as _,
        path::{Path, PathBuf},
    };

    use super::*;
    use crate::config::{Config, given};

    const URL: &str = "postgres://mcnd:hunter2@db.example/mcnd";

    fn secret_file(folder: &Path, content: &[u8], mode: u32) -> PathBuf {
        let path = folder.join("secret");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    }

    fn with_file(path: &Path) -> String {
        format!("[database]\nurl_file = {path:?}\n")
    }

    #[test]
    fn the_address_tells_the_back_end() {
        assert_eq!(Config::default().database.kind(), DatabaseKind::Sqlite);
        for url in [
            URL,
            "postgresql://db.example/mcnd",
            "postgres:///mcnd?host=/run/postgresql",
        ] {
            let config = given::config(&format!("database.url = {url:?}"));
            assert_eq!(config.database.kind(), DatabaseKind::Postgres);
            assert_eq!(config.database.url.expose(), url);
        }
    }

    #[test]
    fn an_address_that_is_no_database_is_refused_without_being_quoted() {
        for url in [
            "",
            "mcnd",
            "mysql://u:hunter2@h/d",
            "sqlite:",
            "sqlite::memory:",
            "sqlite://?mode=rwc",
            "postgres:mcnd",
            "postgres://u:hunter2@[h/d",
            "sqlite:a\\nb",
        ] {
            let faults = given::faults(&format!("[database]\nurl = \"{url}\""));
            assert_eq!(faults.len(), 1, "`{url}`");
            assert!(
                faults[0].contains(":2: `database.url` is `\"[secret]\"`: "),
                "{}",
                faults[0]
            );
            assert!(!faults[0].contains("hunter2"));
        }
    }

    #[test]
    fn a_secret_file_is_read_without_its_line_break() {
        let folder = tempfile::tempdir().unwrap();
        let path = secret_file(folder.path(), format!("{URL}\n").as_bytes(), 0o600);
        assert_eq!(given::config(&with_file(&path)).database.url.expose(), URL);
    }

    #[test]
    fn a_secret_given_twice_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = secret_file(folder.path(), URL.as_bytes(), 0o600);
        let faults = given::faults(&format!("{}url = {URL:?}", with_file(&path)));
        assert_eq!(faults.len(), 1);
        assert!(
            faults[0].ends_with("`url` is given too; keep either `url` or `url_file`"),
            "{}",
            faults[0]
        );
    }

    #[test]
    fn a_secret_file_that_cannot_serve_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let cases: [(&[u8], &str); 4] = [
            (b"\n", "the file is empty"),
            (&vec![b'x'; 65_537], "the file is larger than 64 KiB"),
            (b"postgres://\xff", "line 1 of the file is not UTF-8"),
            (
                b"postgres://a/b\npostgres://c/d",
                "the address holds a line break",
            ),
        ];
        for (content, problem) in cases {
            let faults = given::faults(&with_file(&secret_file(folder.path(), content, 0o600)));
            assert_eq!(faults.len(), 1);
            assert!(faults[0].contains(problem), "{}", faults[0]);
        }
        for (path, problem) in [
            (folder.path().join("absent"), "there is no such file"),
            (folder.path().into(), "a directory stands"),
        ] {
            assert!(given::faults(&with_file(&path))[0].contains(problem));
        }
    }

    #[test]
    fn a_secret_file_open_to_others_is_refused_unless_the_danger_is_accepted() {
        let folder = tempfile::tempdir().unwrap();
        for mode in [0o640, 0o604, 0o620, 0o602, 0o644] {
            let path = secret_file(folder.path(), URL.as_bytes(), mode);
            let faults = given::faults(&with_file(&path));
            assert!(
                faults[0].contains("other users of this machine"),
                "{}",
                faults[0]
            );
            let config = given::config(&format!(
                "{}dangerous_open_secret_files = true",
                with_file(&path)
            ));
            assert_eq!(config.database.url.expose(), URL);
        }
    }
}
