//! A copy of a Postgres catalog is an archive of `pg_dump`, which reads one snapshot; the script that `pg_restore` makes of
//! it runs in one transaction of `psql`.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, Command, Stdio},
    thread::{self, JoinHandle},
};

use url::Url;

use super::{Contents, Copy, outdate};
use crate::{
    catalog::{
        error::{Error, Result},
        vacant::{MIGRATIONS, OURS},
    },
    config::Database,
    fault_points,
};

/// The first bytes of such an archive.
pub(super) const MAGIC: &[u8] = b"PGDMP";

/// Parameters of an address that only sqlx knows, and what PostgreSQL's programs call the same, if they have it.
const FOREIGN: [(&str, Option<&str>); 7] = [
    ("ssl-mode", Some("sslmode")),
    ("ssl-root-cert", Some("sslrootcert")),
    ("ssl-ca", Some("sslrootcert")),
    ("ssl-cert", Some("sslcert")),
    ("ssl-key", Some("sslkey")),
    ("statement-cache-capacity", None),
    ("options[", None),
];

/// Writes the catalog's tables of `schema` into the empty file `copy`, and reads the copy back.
///
/// An archive of named tables makes neither the schema nor extensions, which an empty database has.
pub(super) fn dump(settings: &Database, schema: &str, copy: &Path) -> Result<Contents> {
    let mut command = program("pg_dump", settings)?;
    command
        .args(["--format=custom", "--no-owner", "--no-privileges"])
        .args(ours(schema).map(|table| format!("--table={table}")))
        .arg("--file")
        .arg(copy);
    Program::start(&mut command)?.end()?;
    read(copy)
}

/// Fills the database with the archive, in one transaction. Its empty tables give way to the archive's.
pub(super) fn restore(settings: &Database, schema: &str, copy: &Copy<'_>) -> Result<Contents> {
    let contents = read(copy.file)?;
    contents.check(copy.file, copy.known)?;
    let mut command = program("psql", settings)?;
    command.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]);
    let mut session = Program::start(command.stdin(Stdio::piped()))?;
    let mut script = session.child.stdin.take().expect("standard input is piped");
    let before = format!(
        "BEGIN;\nDROP TABLE IF EXISTS {};\n",
        ours(schema).collect::<Vec<_>>().join(", ")
    );
    let after = contents.check_in(schema) + &outdate(&quoted(schema), copy.now);
    let finished = hand(&mut script, &before)
        .and_then(|()| unpack(copy.file, &mut script))
        .and_then(|()| hand(&mut script, &after))
        .inspect(|()| fault_points::pass("restore.before_commit"))
        .and_then(|()| hand(&mut script, "COMMIT;\n"));
    // A session that ends without its last line has changed nothing.
    drop(script);
    // What it says goes first: whoever fed it only met its end.
    session.end()?;
    finished?;
    fault_points::pass("restore.after_commit");
    Ok(contents)
}

/// Writes the archive as a script.
fn unpack(copy: &Path, script: &mut impl Write) -> Result<()> {
    let mut command = Command::new("pg_restore");
    command
        .args(["--no-owner", "--no-privileges", "--file=-"])
        .arg(copy)
        .stdout(Stdio::piped());
    let mut archive = Program::start(&mut command)?;
    let mut out = archive
        .child
        .stdout
        .take()
        .expect("standard output is piped");
    let copied = io::copy(&mut out, script);
    drop(out);
    let ended = archive.end();
    copied.map_err(|error| unfed(&error))?;
    ended
}

fn hand(script: &mut impl Write, text: &str) -> Result<()> {
    script
        .write_all(text.as_bytes())
        .map_err(|error| unfed(&error))
}

fn unfed(error: &io::Error) -> Error {
    Error::Backup(format!("the backup can't be handed to `psql`: {error}"))
}

impl Contents {
    /// SQL that fails when the tables of `schema` hold another number of rows.
    fn check_in(&self, schema: &str) -> String {
        let migrations = (MIGRATIONS, self.versions.len() as u64);
        let rows = self
            .rows
            .iter()
            .map(|(table, rows)| (table.as_str(), *rows));
        let checks = rows.chain([migrations]).map(|(table, rows)| {
            let place = format!("{}.{}", quoted(schema), quoted(table));
            format!(
                "DO $check$ BEGIN IF (SELECT COUNT(*) FROM {place}) <> {rows} THEN\n\
                 RAISE EXCEPTION 'the restored table has not the {rows} rows of the backup'; END IF; END $check$;\n"
            )
        });
        checks.collect()
    }
}

/// The catalog's tables as SQL and patterns of `pg_dump` name them, also those that an older schema has not.
fn ours(schema: &str) -> impl Iterator<Item = String> {
    let schema = quoted(schema);
    OURS.into_iter()
        .map(move |table| format!("{schema}.{}", quoted(table)))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// What an archive holds, once all of it was unpacked.
fn read(copy: &Path) -> Result<Contents> {
    let mut command = Command::new("pg_restore");
    command.args(["--data-only", "--file=-"]).arg(copy);
    counted(command)
}

/// One of PostgreSQL's programs, connected as the settings say. The password is in no argument, which every user of the
/// machine could read.
fn program(name: &str, settings: &Database) -> Result<Command> {
    let (address, password) = address(settings.url.expose()).ok_or_else(|| {
        Error::Unusable("`database.url` is no address of a Postgres database".to_owned())
    })?;
    let mut command = Command::new(name);
    command
        .arg(format!("--dbname={address}"))
        .arg("--no-password")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    Ok(command)
}

/// The address without its password, with sqlx's own parameters in the words of PostgreSQL's programs; and the password.
fn address(url: &str) -> Option<(String, Option<String>)> {
    let mut url = Url::parse(url).ok()?;
    let mut password = url.password().map(decoded);
    // An address without a host holds no password.
    let _kept = url.set_password(None);
    let mut kept = Vec::new();
    for (name, value) in url.query_pairs() {
        let foreign = FOREIGN.iter().find(|(known, _theirs)| {
            *known == name || known.ends_with('[') && name.starts_with(known)
        });
        match (&*name, foreign) {
            ("password", _) => password = Some(value.into_owned()),
            (_, Some((_ours, None))) => {}
            (_, Some((_ours, Some(theirs)))) => kept.push(format!("{theirs}={}", encoded(&value))),
            (name, None) => kept.push(format!("{name}={}", encoded(&value))),
        }
    }
    url.set_query((!kept.is_empty()).then(|| kept.join("&")).as_deref());
    Some((url.to_string(), password))
}

fn decoded(text: &str) -> String {
    // A query is decoded the same way, but for `+`, which stands for itself here.
    let query = format!("v={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(query.as_bytes())
        .next()
        .map_or_else(String::new, |(_name, value)| value.into_owned())
}

/// PostgreSQL's programs read `+` as itself, so a blank becomes `%20`.
fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

/// Counts the rows that a program prints as `COPY` takes them.
fn counted(mut command: Command) -> Result<Contents> {
    let mut program = Program::start(command.stdout(Stdio::piped()))?;
    let out = program
        .child
        .stdout
        .take()
        .expect("standard output is piped");
    let contents = count(BufReader::new(out));
    program.end()?;
    contents.map_err(|error| Error::Backup(format!("the backup can't be read: {error}")))
}

/// One of PostgreSQL's programs under way.
struct Program {
    name: String,
    child: Child,
    /// Read beside the data: a program that waits for room to complain would wait for ever.
    complaints: JoinHandle<String>,
}

impl Program {
    fn start(command: &mut Command) -> Result<Self> {
        let name = command.get_program().display().to_string();
        let started = command.stderr(Stdio::piped()).spawn();
        let mut child = started.map_err(|error| {
            Error::Backup(match error.kind() {
                io::ErrorKind::NotFound => format!(
                    "`{name}` is not on this machine; install PostgreSQL's client programs (on Debian the package \
                     `postgresql-client`), not older than the server, or run this where they are"
                ),
                _ => format!("`{name}` can't be run: {error}"),
            })
        })?;
        let mut err = child.stderr.take().expect("standard error is piped");
        let complaints = thread::spawn(move || {
            let mut said = Vec::new();
            let _cut = err.read_to_end(&mut said);
            String::from_utf8_lossy(&said).into_owned()
        });
        Ok(Self {
            name,
            child,
            complaints,
        })
    }

    /// Waits for its end, which must be a good one.
    fn end(mut self) -> Result<()> {
        let (name, said) = (self.name, self.complaints.join().unwrap_or_default());
        let status = self
            .child
            .wait()
            .map_err(|error| Error::Backup(format!("`{name}` can't be waited for: {error}")))?;
        if status.success() {
            return Ok(());
        }
        Err(Error::Backup(format!("{name} failed: {}", said.trim())))
    }
}

/// Counts the lines of each `COPY` block: one is one row, for line ends inside values are written as escapes.
fn count(mut script: impl BufRead) -> io::Result<Contents> {
    let mut contents = Contents::default();
    let mut table: Option<String> = None;
    let mut line = Vec::new();
    while script.read_until(b'\n', &mut line)? > 0 {
        match &table {
            None => {
                table = copied_table(&line);
                if let Some(name) = table.as_deref().filter(|name| *name != MIGRATIONS) {
                    contents.rows.entry(name.to_owned()).or_default();
                }
            }
            Some(_table) if line == b"\\.\n" => table = None,
            Some(name) if name == MIGRATIONS => contents.versions.extend(first_number(&line)),
            Some(name) => *contents.rows.entry(name.clone()).or_default() += 1,
        }
        line.clear();
    }
    contents.versions.sort_unstable();
    Ok(contents)
}

/// The table of a line such as `COPY public.videos (id, guid) FROM stdin;`.
fn copied_table(line: &[u8]) -> Option<String> {
    let rest = std::str::from_utf8(line).ok()?.strip_prefix("COPY ")?;
    let (name, end) = rest.split_once(" (")?;
    let table = name.rsplit('.').next()?.trim_matches('"').to_owned();
    end.trim_end().ends_with("FROM stdin;").then_some(table)
}

fn first_number(line: &[u8]) -> Option<i64> {
    let first = line.split(|byte| *byte == b'\t').next()?;
    std::str::from_utf8(first).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_by_table_whatever_they_hold() {
        let script = "SET x = 1;\nCOPY public._sqlx_migrations (version, success) FROM stdin;\n2\tt\n1\tt\n\\.\n\n\
                      COPY public.events (digest, raw) FROM stdin;\n1\tCOPY a (b) FROM stdin;\n2\t\\\\.\n\\.\n\
                      COPY public.visits (id) FROM stdin;\n\\.\n";
        let contents = count(script.as_bytes()).unwrap();
        assert_eq!(contents.versions, [1, 2]);
        let rows = [("events".to_owned(), 2), ("visits".to_owned(), 0)];
        assert_eq!(contents.rows, rows.into());
    }

    #[test]
    fn a_password_is_no_part_of_the_address() {
        let url = "postgres://mcnd:a%20%2Bb+@db.example:5433/mcnd?sslmode=require&statement-cache-capacity=5";
        let (address, password) = address(url).unwrap();
        assert_eq!(
            address,
            "postgres://mcnd@db.example:5433/mcnd?sslmode=require"
        );
        assert_eq!(password.as_deref(), Some("a +b+"));
        let (address, password) =
            super::address("postgres:///mcnd?host=/run/a b&password=hunter2").unwrap();
        assert_eq!(address, "postgres:///mcnd?host=%2Frun%2Fa%20b");
        assert_eq!(password.as_deref(), Some("hunter2"));
    }

    #[test]
    fn parameters_of_sqlx_are_told_in_the_words_of_libpq() {
        let translated = |query: &str| {
            let (address, _password) =
                address(&format!("postgres://mcnd@db/mcnd?{query}")).unwrap();
            address.split_once('?').map(|(_, query)| query.to_owned())
        };
        for (ours, theirs) in [
            ("ssl-mode=require", "sslmode=require"),
            ("ssl-root-cert=/a", "sslrootcert=%2Fa"),
            ("ssl-ca=/a", "sslrootcert=%2Fa"),
            ("ssl-cert=/a", "sslcert=%2Fa"),
            ("ssl-key=/a", "sslkey=%2Fa"),
            ("sslmode=disable", "sslmode=disable"),
        ] {
            assert_eq!(translated(ours).as_deref(), Some(theirs));
        }
        assert_eq!(
            translated("options[search_path]=a&statement-cache-capacity=1"),
            None
        );
    }
}
