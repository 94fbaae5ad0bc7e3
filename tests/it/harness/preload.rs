//! Libraries that stand between a program and the system, to show it another world.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Command, Stdio},
};

use tempfile::TempDir;

use super::cluster::done;

/// A compiled library, for `LD_PRELOAD` of whoever is started with it. Gone when the value is.
pub(crate) struct Preload(TempDir);

impl Preload {
    /// Compiles this C.
    pub(crate) fn of(source: &str) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("mcnd-preload-")
            .permissions(Permissions::from_mode(0o755))
            .tempdir()
            .unwrap();
        let file = folder.path().join("preload.c");
        fs::write(&file, source).unwrap();
        let library = Self(folder);
        let mut compiler = Command::new("cc");
        compiler.stderr(Stdio::inherit());
        compiler.args(["-shared", "-fPIC", "-o"]);
        done(compiler.arg(library.path()).arg(file));
        library
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.path().join("preload.so")
    }
}
