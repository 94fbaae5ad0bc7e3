//! The built program as a process of its own: started, watched, stopped, killed.

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread::JoinHandle,
    time::Duration,
};

use tempfile::TempDir;

use super::wait_until;

/// Longest wait for a program to say something or to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running program. Dropped before its end, it is killed.
pub(crate) struct Process {
    child: Child,
    out: Lines,
    err: Lines,
    /// Holds the configuration file for as long as the program may read it.
    folder: Option<TempDir>,
}

/// How a program ended and all it said.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Process {
    /// Starts `mcnd` with a configuration file of this content.
    pub(crate) fn mcnd(config: &str, arguments: &[&str]) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("mcnd-config-")
            .tempdir()
            .unwrap();
        let file = folder.path().join("mcnd.toml");
        std::fs::write(&file, config).unwrap();
        let mut command = mcnd();
        command.args(arguments).arg("--config").arg(file);
        let mut process = Self::start(command, "");
        process.folder = Some(folder);
        process
    }

    /// Starts any program and gives it `input` to read.
    pub(crate) fn start(mut command: Command, input: &str) -> Self {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        let out = Lines::of(child.stdout.take().expect("standard output is piped"));
        let err = Lines::of(child.stderr.take().expect("standard error is piped"));
        // A program may end without reading its input.
        let _ = child
            .stdin
            .take()
            .expect("standard input is piped")
            .write_all(input.as_bytes());
        Self {
            child,
            out,
            err,
            folder: None,
        }
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line that contains `words`, on standard output or standard error, and returns
    /// that line.
    pub(crate) async fn says(&mut self, words: &str) -> String {
        let said = self.hears(words).await;
        said.unwrap_or_else(|err| panic!("ended before it said `{words}`: {err}"))
    }

    /// Waits for such a line, or for the end of the program and what it said on standard error until then.
    pub(crate) async fn hears(&mut self, words: &str) -> Result<String, String> {
        wait_until(words, PATIENCE, async || {
            let ended = self.child.try_wait().unwrap();
            if ended.is_some() {
                self.out.finish();
                self.err.finish();
            }
            let line = self.out.find(words).or_else(|| self.err.find(words));
            match line {
                Some(line) => Some(Ok(line)),
                None => ended.map(|_status| Err(self.err.text())),
            }
        })
        .await
    }

    /// Sends a signal by name, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        // The shell's own `kill`, since small machines have no program of that name.
        let mut shell = Command::new("sh");
        shell.args(["-c", r#"kill -s "$0" "$1""#, name, &self.id().to_string()]);
        let sent = shell.status().expect("a shell starts");
        assert!(sent.success(), "the program is gone before `{name}`");
    }

    /// Kills it, as `kill -9` does.
    pub(crate) async fn kill(mut self) -> Ended {
        self.child.kill().unwrap();
        self.ends_within(PATIENCE).await
    }

    /// Waits for its end.
    pub(crate) async fn ends_within(mut self, limit: Duration) -> Ended {
        let status = wait_until("the end of the program", limit, async || {
            self.child.try_wait().unwrap()
        })
        .await;
        self.out.finish();
        self.err.finish();
        Ended {
            status,
            out: self.out.text(),
            err: self.err.text(),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The built program, free of settings from the environment of the tests.
pub(crate) fn mcnd() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcnd"));
    for (name, _) in
        std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("MCND_"))
    {
        command.env_remove(name);
    }
    command
}

/// Runs `mcnd` to its end.
pub(crate) async fn run(arguments: &[&str], input: &str) -> Ended {
    let mut command = mcnd();
    command.args(arguments);
    Process::start(command, input).ends_within(PATIENCE).await
}

/// The lines that came out of one end of a program so far.
struct Lines {
    lines: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

impl Lines {
    fn of(end: impl Read + Send + 'static) -> Self {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(end).split(b'\n').map_while(Result::ok) {
                kept.lock()
                    .unwrap()
                    .push(String::from_utf8_lossy(&line).into_owned());
            }
        });
        Self {
            lines,
            reader: Some(reader),
        }
    }

    fn find(&self, words: &str) -> Option<String> {
        self.lines
            .lock()
            .unwrap()
            .iter()
            .find(|line| line.contains(words))
            .cloned()
    }

    fn text(&self) -> String {
        self.lines.lock().unwrap().join("\n")
    }

    /// Waits until the program has closed its end, so that everything it said is here.
    fn finish(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{os::unix::process::ExitStatusExt, path::Path, process::Command, time::Duration};

    use super::{Process, run};

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn words_are_heard_on_both_ends_before_the_program_stops() {
        let mut process = Process::start(
            shell(
                "trap 'echo bye; exit 7' TERM; echo ready 1; echo warm >&2; read -r word; echo got $word; while :; do sleep 0.01; done",
            ),
            "tea\n",
        );
        assert_eq!(process.says("ready").await, "ready 1");
        assert_eq!(process.says("warm").await, "warm");
        process.says("got tea").await;
        process.signal("TERM");
        let ended = process.ends_within(Duration::from_secs(10)).await;
        assert_eq!((ended.status.code(), ended.err.as_str()), (Some(7), "warm"));
        assert_eq!(ended.out, "ready 1\ngot tea\nbye");
    }

    #[tokio::test]
    async fn a_killed_program_is_gone() {
        let process = Process::start(shell("exec sleep 600"), "");
        let id = process.id().to_string();
        assert_eq!(process.kill().await.status.signal(), Some(9));
        assert!(!Path::new("/proc").join(id).exists());
    }

    #[tokio::test]
    #[should_panic(expected = "before it said `hello`: no more")]
    async fn an_early_end_is_told_with_its_reason() {
        Process::start(shell("echo no more >&2; exit 3"), "")
            .says("hello")
            .await;
    }

    #[tokio::test]
    async fn the_program_is_built_and_runs() {
        let ended = run(&["--version"], "").await;
        assert!(ended.status.success(), "{ended:?}");
    }

    #[tokio::test]
    async fn the_program_is_given_its_configuration() {
        let ended = Process::mcnd("", &["--version"])
            .ends_within(Duration::from_secs(10))
            .await;
        assert!(ended.status.success(), "{ended:?}");
    }
}
