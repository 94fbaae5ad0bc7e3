//! A Postgres cluster of the tests' own, from the PostgreSQL programs of the machine.

use std::{
    env, fs,
    io::Write,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use url::Url;

use super::postgres::Server;

/// The programs a cluster is made and run with.
const PROGRAMS: &[&str] = &["initdb", "pg_ctl", "postgres", "psql"];

/// What a cluster differs in from the defaults of PostgreSQL. `fsync` stays on: the daemon refuses
/// a server that is told not to sync.
const SETTINGS: &str = "listen_addresses = ''\nmax_connections = 400\n";

/// A server of its own, in a temporary folder behind a Unix socket. It is gone when the value or
/// the process is.
pub(crate) struct Cluster {
    server: Server,
    bin: PathBuf,
    folder: PathBuf,
    watchdog: Child,
}

impl Cluster {
    pub(crate) fn start_new() -> Self {
        Self::start_in(&parent())
    }

    /// A server whose folder lies within this one.
    pub(crate) fn start_in(parent: &Path) -> Self {
        Self::made(parent, init)
    }

    /// A server whose files are made by `make`, which is given the programs' folder and the server's.
    fn made(parent: &Path, make: impl FnOnce(&Path, &Path)) -> Self {
        let bin = folder_of(PROGRAMS);
        let folder = tempfile::Builder::new()
            .prefix("mcnd-pg-")
            .tempdir_in(parent)
            .unwrap()
            .keep();
        if privileged() {
            done(Command::new("chown").arg("postgres").arg(&folder));
        }
        let watchdog = watchdog(&pg_ctl(&bin, &folder), &folder);
        make(&bin, &folder);
        let url = format!(
            "postgres://postgres@localhost/postgres?host={}",
            folder.display()
        );
        let server = Server::at(Url::parse(&url).unwrap());
        let cluster = Self {
            server,
            bin,
            folder,
            watchdog,
        };
        cluster.start();
        cluster
    }

    /// A server that follows this one, and is asked for its word on every commit from now on.
    pub(crate) fn standby(&self) -> Self {
        let backup = |_bin: &Path, folder: &Path| {
            let mut copy = as_owner(&folder_of(&["pg_basebackup"]).join("pg_basebackup"));
            copy.args(["--username=postgres", "--write-recovery-conf", "--no-sync"]);
            copy.args(["--checkpoint=fast", "--pgdata"])
                .arg(folder.join("data"));
            done(copy.arg("--host").arg(&self.folder));
            settle(folder);
        };
        let standby = Self::made(&parent(), backup);
        self.alter("SET synchronous_standby_names = '*'");
        standby
    }

    /// Commits without a standby again.
    pub(crate) fn attend_nobody(&self) {
        self.alter("RESET synchronous_standby_names");
    }

    /// Changes a setting for whatever is connected, too.
    pub(crate) fn alter(&self, change: &str) {
        let reload = "SELECT pg_reload_conf()";
        self.server.run(&format!("ALTER SYSTEM {change}; {reload}"));
    }

    /// Makes a standby a server of its own.
    pub(crate) fn promote(&self) {
        done(pg_ctl(&self.bin, &self.folder).arg("promote"));
    }

    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    /// Starts a stopped server and returns when it takes connections.
    pub(crate) fn start(&self) {
        self.start_with(&[]).unwrap();
    }

    /// Starts a stopped server with these variables; answers what it complains about.
    pub(crate) fn start_with(&self, variables: &[(&str, &str)]) -> Result<(), String> {
        let log = self.folder.join("data/server.log");
        let mut start = pg_ctl(&self.bin, &self.folder);
        start.envs(variables.iter().copied());
        outcome(start.arg("--log").arg(log).arg("start")).map(drop)
    }

    /// The server's folder: its data and its socket.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Stops the server as a crash would: clients lose their connections, nothing is tidied up.
    pub(crate) fn stop(&self) {
        done(pg_ctl(&self.bin, &self.folder).args(["--mode=immediate", "stop"]));
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        let _ = self.watchdog.wait();
    }
}

/// Where clusters lie: in memory where there is plenty, else with other temporary files. Hundreds of databases are made and
/// dropped, and a disk takes longer over their files than the tests do; what a loss of power leaves is asked elsewhere. What is
/// measured lies on a disk.
fn parent() -> PathBuf {
    const MEMORY: &str = "/dev/shm";
    const PLENTY: u64 = 4 << 30;
    match rustix::fs::statvfs(MEMORY) {
        Ok(memory) if cfg!(test) && memory.f_bavail * memory.f_frsize >= PLENTY => {
            PathBuf::from(MEMORY)
        }
        _little_or_none => env::temp_dir(),
    }
}

/// Stops the server and removes its folder once our end of a pipe closes, however this process
/// ends.
fn watchdog(pg_ctl: &Command, folder: &Path) -> Child {
    let mut shell = Command::new("sh");
    shell
        .args([
            "-c",
            r#"read -r _; "$@" --mode=immediate stop; rm -rf "$0""#,
        ])
        .arg(folder);
    shell.arg(pg_ctl.get_program()).args(pg_ctl.get_args());
    // In a group of its own it outlives Ctrl-C at the terminal. It keeps standard error open, so
    // that whoever reads the output of the tests to its end finds the server gone.
    shell
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null());
    shell.spawn().expect("a shell starts")
}

/// Makes the cluster's files.
fn init(bin: &Path, folder: &Path) {
    let data = folder.join("data");
    let mut initdb = as_owner(&bin.join("initdb"));
    initdb.args([
        "--username=postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
    ]);
    done(initdb.args(collation(bin)).arg("--pgdata").arg(&data));
    settle(folder);
}

/// Adds our settings to a cluster's own; later ones win.
fn settle(folder: &Path) {
    let data = folder.join("data");
    let settings = format!(
        "{SETTINGS}unix_socket_directories = '{}'\n",
        folder.display()
    );
    let file = fs::OpenOptions::new()
        .append(true)
        .open(data.join("postgresql.conf"));
    file.unwrap().write_all(settings.as_bytes()).unwrap();
}

/// Sorts as people do rather than as bytes do, so that a statement which forgets `COLLATE "C"`
/// shows.
fn collation(bin: &Path) -> &'static [&'static str] {
    let version = done(Command::new(bin.join("postgres")).arg("--version"));
    let major = version
        .split(|letter: char| !letter.is_ascii_digit())
        .find(|part| !part.is_empty());
    match major.and_then(|major| major.parse::<u32>().ok()) {
        Some(15..) => &["--locale-provider=icu", "--icu-locale=en-US"],
        _ => &[],
    }
}

fn pg_ctl(bin: &Path, folder: &Path) -> Command {
    let mut command = as_owner(&bin.join("pg_ctl"));
    command
        .args(["--silent", "--wait", "--timeout=60", "--pgdata"])
        .arg(folder.join("data"));
    command
}

/// A program run by the user who owns the cluster: PostgreSQL refuses to serve as root.
fn as_owner(program: &Path) -> Command {
    let mut command = if privileged() {
        let mut setpriv = Command::new("setpriv");
        setpriv
            .args([
                "--reuid=postgres",
                "--regid=postgres",
                "--clear-groups",
                "--",
            ])
            .arg(program);
        setpriv
    } else {
        Command::new(program)
    };
    command.current_dir("/");
    command
}

fn privileged() -> bool {
    done(Command::new("id").arg("-u")).trim() == "0"
}

/// Runs a program to its end and returns what it printed; panics with its complaint when it fails.
pub(crate) fn done(command: &mut Command) -> String {
    outcome(command).unwrap_or_else(|complaint| panic!("{complaint}"))
}

/// Runs a program to its end and returns what it printed, or what it complained about when it failed.
pub(crate) fn outcome(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    let complaint = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{command:?} failed: {complaint}"));
    }
    Ok(String::from_utf8(output.stdout).unwrap())
}

/// The folder that holds all of these programs of PostgreSQL.
pub(crate) fn folder_of(programs: &[&str]) -> PathBuf {
    let holds_all = |folder: &PathBuf| {
        programs
            .iter()
            .all(|program| folder.join(program).is_file())
    };
    candidates().into_iter().find(holds_all).unwrap_or_else(|| {
        panic!("no folder holds {programs:?} of PostgreSQL; `.ci/test` installs them and runs every test")
    })
}

/// Where the programs may be: as PostgreSQL says itself, on the PATH, in Debian's folders (newest
/// first).
fn candidates() -> Vec<PathBuf> {
    let told = Command::new("pg_config").arg("--bindir").output().ok();
    let told = told
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map(|path| PathBuf::from(path.trim()));
    let path = env::var_os("PATH").unwrap_or_default();
    let debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut debian: Vec<PathBuf> = debian.map(|version| version.path().join("bin")).collect();
    debian.sort_unstable_by(|one, other| other.cmp(one));
    told.into_iter()
        .chain(env::split_paths(&path))
        .chain(debian)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::{fs, time::Duration};

    use super::Cluster;
    use crate::harness::{databases::TestDatabase, wait_until};

    #[tokio::test]
    async fn a_cluster_syncs_and_keeps_what_it_has_through_a_crash() {
        let cluster = Cluster::start_new();
        let database = TestDatabase::on(cluster.server());
        let fsync = database.value("SELECT setting FROM pg_settings WHERE name = 'fsync'");
        assert_eq!(fsync, "on");
        database.sql("CREATE TABLE kept (id BIGINT); INSERT INTO kept VALUES (1)");
        cluster.stop();
        cluster.start();
        assert_eq!(database.value("SELECT count(*) FROM kept"), "1");
    }

    #[tokio::test]
    async fn a_cluster_leaves_nothing_behind() {
        let cluster = Cluster::start_new();
        let folder = cluster.folder.clone();
        let lines = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap();
        let process = lines.lines().next().unwrap();
        drop(cluster);
        assert!(!folder.exists());
        // A process that has ended but is not yet reaped has no command line any more.
        wait_until(
            "the end of the server",
            Duration::from_secs(10),
            async || {
                let running = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
                running.is_empty().then_some(())
            },
        )
        .await;
    }
}
