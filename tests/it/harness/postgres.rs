//! Postgres for tests: the server named by `MCND_TEST_POSTGRES`, else a throwaway cluster of our
//! own.
//!
//! Both need programs of PostgreSQL; without them a test panics, it is never skipped.

use std::{
    env,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
    sync::OnceLock,
};

use url::Url;
use uuid::Uuid;

use super::cluster::{Cluster, folder_of};

/// A Postgres server as its clients see it, or one database of it.
#[derive(Clone)]
pub(crate) struct Server {
    url: Url,
    psql: PathBuf,
}

impl Server {
    /// The server that all tests of this process share, started when the first one asks.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<(Server, Option<Cluster>)> = OnceLock::new();
        let (server, _) = SHARED.get_or_init(|| {
            if let Some(url) = named_server() {
                return (Self::at(url), None);
            }
            let cluster = Cluster::start_new();
            (cluster.server().clone(), Some(cluster))
        });
        server
    }

    pub(crate) fn at(url: Url) -> Self {
        Self {
            url,
            psql: folder_of(&["psql"]).join("psql"),
        }
    }

    /// The address, as `database.url` and psql take it.
    pub(crate) fn url(&self) -> String {
        self.url.to_string()
    }

    /// Makes an empty database of a name that nobody else uses.
    pub(crate) fn create_database(&self) -> Self {
        let name = format!("mcnd_test_{}", Uuid::now_v7().simple());
        self.run(&format!("CREATE DATABASE {name}"));
        let mut url = self.url.clone();
        url.set_path(&name);
        Self {
            url,
            psql: self.psql.clone(),
        }
    }

    /// Drops a database, connected clients or not. A server that is gone took it along.
    pub(crate) fn drop_database(&self, database: &Self) {
        let name = database.url.path().trim_start_matches('/');
        let _ = self.psql(&format!("DROP DATABASE {name} WITH (FORCE)"));
    }

    /// Runs statements, one after the other, and stops at the first that fails.
    pub(crate) fn run(&self, statements: &str) {
        self.try_run(statements)
            .unwrap_or_else(|error| panic!("psql refused a statement: {error}"));
    }

    /// Runs statements, and answers what the server complains about.
    pub(crate) fn try_run(&self, statements: &str) -> Result<(), String> {
        self.psql(statements).map(drop)
    }

    /// The rows of one `SELECT`.
    pub(crate) fn rows(&self, select: &str) -> Vec<Vec<Option<String>>> {
        // COPY's text form is the one output of psql that tells null from empty and a line break
        // from a new row.
        let text = self.psql(&format!("COPY ({select}) TO STDOUT"));
        let text = text.unwrap_or_else(|error| panic!("psql refused `{select}`: {error}"));
        text.lines()
            .map(|line| line.split('\t').map(copied).collect())
            .collect()
    }

    /// A psql that ends at the first statement that fails.
    pub(super) fn client(&self) -> Command {
        let mut psql = Command::new(&self.psql);
        psql.args([
            "--no-psqlrc",
            "--quiet",
            "--set=ON_ERROR_STOP=1",
            "--dbname",
            self.url.as_str(),
        ]);
        psql.env("PGCLIENTENCODING", "UTF8");
        psql.stdin(Stdio::piped()).stdout(Stdio::piped());
        psql
    }

    /// What psql prints for a script, or what it complains about.
    fn psql(&self, script: &str) -> Result<String, String> {
        let mut child = self
            .client()
            .stderr(Stdio::piped())
            .spawn()
            .expect("psql starts");
        // A script that fails half way closes the pipe; the status tells.
        let _ = child
            .stdin
            .take()
            .expect("standard input is piped")
            .write_all(script.as_bytes());
        let output = child.wait_with_output().unwrap();
        let said = if output.status.success() {
            Ok(output.stdout)
        } else {
            Err(output.stderr)
        };
        let utf8 = |bytes| String::from_utf8(bytes).unwrap();
        said.map(utf8).map_err(utf8)
    }
}

/// A value as COPY writes it.
fn copied(field: &str) -> Option<String> {
    if field == "\\N" {
        return None;
    }
    let mut letters = field.chars();
    let mut text = String::new();
    while let Some(letter) = letters.next() {
        text.push(match letter {
            '\\' => match letters.next().expect("COPY ends no field with a backslash") {
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'v' => '\u{b}',
                other => other,
            },
            other => other,
        });
    }
    Some(text)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a setting of the tests, not of the daemon"
)]
fn named_server() -> Option<Url> {
    let url = env::var("MCND_TEST_POSTGRES").ok()?;
    Some(Url::parse(&url).expect(
        "`MCND_TEST_POSTGRES` holds an address such as `postgres://user:password@host/postgres`",
    ))
}
