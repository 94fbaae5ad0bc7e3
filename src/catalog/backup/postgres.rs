//! A copy of a Postgres catalog is an archive of `pg_dump`, which reads one snapshot; `pg_restore` puts it back in one
//! transaction.

use std::{
    io::{self, BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

use url::Url;

use super::Contents;
use crate::{
    catalog::{
        error::{Error, Result},
        open::Migration,
    },
    config::Database,
};

/// The first bytes of such an archive.
pub(super) const MAGIC: &[u8] = b"PGDMP";

/// Parameters of an address that are sqlx's own and that PostgreSQL's programs refuse.
const FOREIGN: [&str; 1] = ["statement-cache-capacity"];

/// Writes every table of `schema` into the empty file `copy`, and reads the copy back.
pub(super) fn dump(settings: &Database, schema: &str, copy: &Path) -> Result<Contents> {
    let mut command = program("pg_dump", settings)?;
    command
        .args(["--format=custom", "--no-owner", "--no-privileges"])
        .arg(tables_of(schema))
        .arg("--file")
        .arg(copy);
    run(command)?;
    read(copy)
}

/// Fills the database with the archive. Its empty tables give way to the archive's.
pub(super) fn restore(
    settings: &Database,
    schema: &str,
    copy: &Path,
    known: &[Migration],
) -> Result<Contents> {
    let contents = read(copy)?;
    contents.check(copy, known)?;
    let mut command = program("pg_restore", settings)?;
    command
        .args([
            "--single-transaction",
            "--exit-on-error",
            "--clean",
            "--if-exists",
            "--no-owner",
            "--no-privileges",
        ])
        .arg(copy);
    run(command)?;
    let mut command = program("pg_dump", settings)?;
    command
        .args(["--data-only", "--format=plain"])
        .arg(tables_of(schema));
    contents.check_same(&counted(command)?)?;
    Ok(contents)
}

/// All tables of a schema, by pattern: an archive of them makes neither the schema nor extensions, which an empty database
/// has.
fn tables_of(schema: &str) -> String {
    format!("--table=\"{}\".*", schema.replace('"', "\"\""))
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
        .arg("--no-password");
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    Ok(command)
}

/// The address without its password and without what is sqlx's own; and the password.
fn address(url: &str) -> Option<(String, Option<String>)> {
    let mut url = Url::parse(url).ok()?;
    let mut password = url.password().map(decoded);
    // An address without a host holds no password.
    let _kept = url.set_password(None);
    let mut kept = Vec::new();
    for (name, value) in url.query_pairs() {
        match &*name {
            "password" => password = Some(value.into_owned()),
            name if FOREIGN.contains(&name) || name.starts_with("options[") => {}
            _ => kept.push(format!("{name}={}", encoded(&value))),
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

/// Runs a program to its end.
fn run(mut command: Command) -> Result<()> {
    command.stdout(Stdio::null());
    let child = start(&mut command)?;
    ended(&command, child, String::new())
}

/// Runs a program that prints data as `COPY` takes it, and counts the rows.
fn counted(mut command: Command) -> Result<Contents> {
    command.stdout(Stdio::piped());
    let mut child = start(&mut command)?;
    let out = child.stdout.take().expect("standard output is piped");
    let mut err = child.stderr.take().expect("standard error is piped");
    // Read beside the data: a program that waits for room to complain would wait for ever.
    let complaints = thread::spawn(move || {
        let mut said = String::new();
        let _cut = err.read_to_string(&mut said);
        said
    });
    let contents = count(BufReader::new(out));
    let said = complaints.join().unwrap_or_default();
    ended(&command, child, said)?;
    contents.map_err(|error| Error::Backup(format!("the backup can't be read: {error}")))
}

fn start(command: &mut Command) -> Result<Child> {
    let started = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn();
    started.map_err(|error| {
        let name = command.get_program().display();
        Error::Backup(match error.kind() {
            io::ErrorKind::NotFound => format!(
                "`{name}` is not on this machine; install PostgreSQL's client programs (on Debian the package \
                 `postgresql-client`), not older than the server, or run this where they are"
            ),
            _ => format!("`{name}` can't be run: {error}"),
        })
    })
}

fn ended(command: &Command, child: Child, said: String) -> Result<()> {
    let name = command.get_program().display().to_string();
    let output = child
        .wait_with_output()
        .map_err(|error| Error::Backup(format!("`{name}` can't be waited for: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = said + &String::from_utf8_lossy(&output.stderr);
    Err(Error::Backup(format!("{name} failed: {}", said.trim())))
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

const MIGRATIONS: &str = "_sqlx_migrations";

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
}
