//! The program as an operator has it: a folder with its settings, a database, commands beside a daemon.

use std::{fs, net::SocketAddr, path::PathBuf, process::Command, time::Duration};

use serde_json::Value;
use tempfile::TempDir;

use super::{
    databases::TestDatabase,
    port::KeptPort,
    process::{Ended, Process, mcnd},
};

const PATIENCE: Duration = Duration::from_mins(1);

/// A folder with settings, and the database that they name. Both are gone when the value is.
pub(crate) struct Installation {
    pub(crate) database: TestDatabase,
    folder: TempDir,
    public: KeptPort,
}

/// A daemon that answers.
pub(crate) struct Served {
    pub(crate) process: Process,
    pub(crate) public: SocketAddr,
    pub(crate) operator: SocketAddr,
}

impl Installation {
    /// An up-to-date database and settings for a public port of its own.
    pub(crate) async fn new(database: TestDatabase) -> Self {
        let installation = Self::bare(database);
        installation.done(&["migrate"]).await;
        installation
    }

    /// The same with the database as it is.
    pub(crate) fn bare(database: TestDatabase) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("mcnd-installation-")
            .tempdir()
            .unwrap();
        let installation = Self {
            database,
            folder,
            public: KeptPort::take(),
        };
        installation.configure("");
        installation
    }

    /// Writes the settings file: what every installation needs, and more.
    pub(crate) fn configure(&self, more: &str) {
        let (url, public) = (&self.database.url, self.public.address);
        let server = format!(
            "public_url = \"http://{public}\"\npublic = \"{public}\"\noperator = \"127.0.0.1:0\"\nlame_duck = \"0s\""
        );
        self.write(
            "mcnd.toml",
            format!("[database]\nurl = \"{url}\"\nconnections = 5\n[server]\n{server}\n{more}\n"),
        );
    }

    /// Writes a file into the folder, where commands find it by its name.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.folder.path().join(name), content).unwrap();
    }

    /// Gives a file of the folder these rights.
    pub(crate) fn restrict(&self, name: &str, rights: fs::Permissions) {
        fs::set_permissions(self.folder.path().join(name), rights).unwrap();
    }

    /// What a file of the folder holds.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    /// Where a file of the folder lies.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = mcnd();
        command
            .current_dir(self.folder.path())
            .args(["--config", "mcnd.toml"])
            .args(arguments);
        command
    }

    /// Starts a command with these variables.
    pub(crate) fn start(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Process {
        let mut command = self.command(arguments);
        command.envs(variables.iter().copied());
        Process::start(command, "")
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ended {
        self.fed(arguments, "").await
    }

    /// Runs a command that reads this.
    pub(crate) async fn fed(&self, arguments: &[&str], input: &str) -> Ended {
        Process::start(self.command(arguments), input)
            .ends_within(PATIENCE)
            .await
    }

    /// Runs a command to its end, with these variables in its environment.
    pub(crate) async fn run_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Ended {
        let mut command = self.command(arguments);
        command.envs(variables.iter().copied());
        Process::start(command, "").ends_within(PATIENCE).await
    }

    /// Runs a command that must succeed; returns what it printed.
    pub(crate) async fn done(&self, arguments: &[&str]) -> String {
        self.ends(arguments, 0).await.out
    }

    /// Runs a command that must end with this code.
    pub(crate) async fn ends(&self, arguments: &[&str], code: i32) -> Ended {
        let ended = self.run(arguments).await;
        assert_eq!(ended.status.code(), Some(code), "{arguments:?}: {ended:?}");
        ended
    }

    /// The JSON lines that a command prints.
    pub(crate) async fn lines(&self, arguments: &[&str]) -> Vec<Value> {
        lines_of(&self.done(arguments).await)
    }

    /// An active, adopted creator.
    pub(crate) async fn creator(&self, id: &str) {
        let (remote, user) = (format!("x{id}"), format!("user-{id}"));
        self.done(&[
            "creator",
            "add",
            id,
            "--dailymotion-id",
            &remote,
            "--username",
            &user,
            "--adopted",
        ])
        .await;
    }

    /// Imports so many videos that may go out, of the creator `a`; their guids are the prefix and a number from 0.
    pub(crate) async fn import_videos(&self, prefix: &str, count: usize) {
        let rows = (0..count).map(|number| {
            format!("{prefix}{number},Title,news,https://media.example/{number}.mp4,no")
        });
        let rows = ["guid,title,category,media_url,made_for_kids".to_owned()]
            .into_iter()
            .chain(rows);
        self.write("rows.csv", rows.collect::<Vec<_>>().join("\n"));
        self.done(&["import", "rows.csv", "--creator", "a"]).await;
    }

    /// Makes a credential and returns its secret.
    pub(crate) async fn credential(&self, kind: &str, form: &str) -> String {
        let made = self
            .lines(&["credential", "add", kind, "--form", form, "--json"])
            .await;
        made[0]["secret"].as_str().unwrap().to_owned()
    }

    /// Starts the daemon and waits until both faces answer.
    pub(crate) async fn serve(&self) -> Served {
        self.serve_with(&[]).await
    }

    /// Starts another daemon on the same database, at a port of its own.
    pub(crate) async fn serve_elsewhere(&self) -> Served {
        self.serve_with(&[("MCND__SERVER__PUBLIC", "127.0.0.1:0")])
            .await
    }

    /// Starts the daemon from a shell that does this first, and waits until both faces answer.
    pub(crate) async fn serve_after(&self, first: &str) -> Served {
        let daemon = self.command(&["serve"]);
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{first}; exec \"$0\" \"$@\"")]);
        shell.arg(daemon.get_program()).args(daemon.get_args());
        shell.current_dir(self.folder.path());
        for (name, _removed) in daemon.get_envs() {
            shell.env_remove(name);
        }
        Served::answering(Process::start(shell, "")).await
    }

    /// Starts the daemon with these variables and waits until both faces answer.
    pub(crate) async fn serve_with(&self, variables: &[(&str, &str)]) -> Served {
        Served::answering(self.start(&["serve"], variables)).await
    }
}

impl Served {
    /// Waits until both faces of a daemon answer.
    pub(crate) async fn answering(mut process: Process) -> Self {
        let public = address(&process.says("the public listener answers on").await);
        let operator = address(&process.says("the operator listener answers on").await);
        Self {
            process,
            public,
            operator,
        }
    }
}

/// The JSON values of a text, one a line.
pub(crate) fn lines_of(text: &str) -> Vec<Value> {
    let value = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    text.lines().map(value).collect()
}

/// The address that a listener's line names.
fn address(line: &str) -> SocketAddr {
    let (_, rest) = line.split_once("answers on ").unwrap();
    // Behind it the sentence goes on, or a value of JSON ends.
    rest.split([' ', '"']).next().unwrap().parse().unwrap()
}
