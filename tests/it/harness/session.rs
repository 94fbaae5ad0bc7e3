//! A connection to Postgres beside the daemon's, which stays open: what it locks stays locked.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout},
};

use super::postgres::Server;

/// Said by psql once everything before it is done.
const DONE: &str = "done";

/// An open session of psql. Dropped, it ends and whatever it did not commit is undone.
pub(crate) struct Session {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Session {
    pub(super) fn on(server: &Server) -> Self {
        let mut child = server.client().arg("--tuples-only").spawn().unwrap();
        let input = child.stdin.take().expect("standard input is piped");
        let output = child.stdout.take().expect("standard output is piped");
        Self {
            child,
            input,
            output: BufReader::new(output),
        }
    }

    /// Runs statements to their end.
    pub(crate) fn run(&mut self, statements: &str) {
        self.begin(statements);
        self.finish();
    }

    /// Begins statements that may have to wait; [`Self::finish`] waits with them.
    pub(crate) fn begin(&mut self, statements: &str) {
        writeln!(self.input, "{statements};\n\\echo {DONE}").unwrap();
    }

    /// Waits until what was begun is done.
    pub(crate) fn finish(&mut self) {
        let mut line = String::new();
        while line.trim() != DONE {
            line.clear();
            let read = self.output.read_line(&mut line).unwrap();
            assert!(read > 0, "a statement of the session failed");
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
