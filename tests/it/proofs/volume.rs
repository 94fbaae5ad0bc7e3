//! A small disk of its own: a file system in a file, mounted.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use tempfile::TempDir;

use crate::harness::{
    cluster::{done, outcome},
    wait_until,
};

/// Nothing but a sync brings anything to the disk: the journal is written every ten minutes. An error of the file
/// system makes it read-only, as Debian installs it.
const OPTIONS: &str = "loop,commit=600,errors=remount-ro";
const PATIENCE: Duration = Duration::from_secs(30);

/// A mounted file system. Unmounted and gone when the value is.
pub(crate) struct Volume {
    folder: TempDir,
}

impl Volume {
    /// An empty one of so many megabytes.
    pub(crate) fn new(megabytes: u32) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("mcnd-volume-")
            .permissions(Permissions::from_mode(0o755))
            .tempdir()
            .unwrap();
        let volume = Self { folder };
        fs::create_dir(volume.path()).unwrap();
        let size = format!("--size={megabytes}M");
        done(Command::new("truncate").arg(size).arg(volume.image()));
        let mut format = Command::new("mkfs.ext4");
        format.args(["-q", "-F", "-m", "0"]);
        format.args(["-E", "lazy_itable_init=0,lazy_journal_init=0"]);
        done(format.arg(volume.image()));
        volume.mount();
        volume
    }

    /// Where it is mounted.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("mounted")
    }

    fn image(&self) -> PathBuf {
        self.folder.path().join("image")
    }

    fn frozen(&self) -> PathBuf {
        self.folder.path().join("frozen")
    }

    fn mount(&self) {
        let mut mount = Command::new("mount");
        mount.args(["-o", OPTIONS]).arg(self.image());
        outcome(mount.arg(self.path())).unwrap_or_else(|complaint| {
            panic!("not proved, mounting is not permitted here: {complaint}")
        });
    }

    /// Brings everything to the disk.
    pub(crate) fn sync(&self) {
        done(Command::new("sync").arg("--file-system").arg(self.path()));
    }

    /// Sets aside what is on the disk at this moment. What was written and not synced is not in it.
    pub(crate) fn freeze(&self) {
        let mut copy = Command::new("cp");
        copy.arg("--sparse=always").arg(self.image());
        done(copy.arg(self.frozen()));
    }

    /// Goes back to what was set aside, once nobody uses the volume any more.
    pub(crate) async fn go_back(&self) {
        wait_until("the end of all who use the volume", PATIENCE, async || {
            outcome(Command::new("umount").arg(self.path())).ok()
        })
        .await;
        fs::rename(self.frozen(), self.image()).unwrap();
        self.mount();
    }

    /// Fills it to the last byte; removing the file frees it again.
    pub(crate) fn fill(&self) -> PathBuf {
        let filler = self.path().join("filler");
        let mut fill = Command::new("dd");
        fill.arg("if=/dev/zero")
            .arg(format!("of={}", filler.display()));
        let complaint = outcome(fill.args(["bs=1k", "status=none"])).unwrap_err();
        assert!(complaint.contains("No space left"), "{complaint}");
        filler
    }

    /// Makes the kernel meet an error in the file system, which turns it read-only under whoever uses it.
    pub(crate) fn break_down(&self) {
        let mut find = Command::new("findmnt");
        find.args(["--noheadings", "--output=SOURCE"]);
        let device = done(find.arg(self.path()));
        let device = Path::new(device.trim()).file_name().unwrap();
        let trigger = Path::new("/sys/fs/ext4")
            .join(device)
            .join("trigger_fs_error");
        fs::write(trigger, "a proof").unwrap();
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        // Whatever still uses it keeps it until its own end.
        let _ = outcome(Command::new("umount").arg("--lazy").arg(self.path()));
    }
}
