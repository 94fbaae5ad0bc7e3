//! The power goes: what was acknowledged is there when the machine is back.
//!
//! Everything is frozen, the image of the disk is copied, and the copy is mounted in its place: pages that nobody
//! synced are not in it. The control runs with syncing that does nothing must lose; else the proof is blind.

use std::{fs, path::Path, process::Command, time::Duration};

use super::{say, volume::Volume};
use crate::{
    crash::site::Site,
    harness::{
        cluster::{Cluster, done},
        databases::{Kind, TestDatabase},
        installation::Served,
        preload::Preload,
        process::Process,
        wait_until,
    },
};

/// Cycles on SQLite.
const SQLITE: usize = 20;
/// Cycles on Postgres.
const POSTGRES: usize = 10;
/// Events that are acknowledged in a cycle before the cut, at the most.
const EVENTS: usize = 300;
const MEGABYTES: u32 = 512;
const LIMIT: Duration = Duration::from_secs(30);

/// A daemon with all its data on a volume; dropped in this order.
struct Machine {
    site: Site,
    cluster: Option<Cluster>,
    volume: Volume,
}

impl Machine {
    async fn new(kind: Kind) -> Self {
        let volume = Volume::new(MEGABYTES);
        let cluster = (kind == Kind::Postgres).then(|| Cluster::start_in(&volume.path()));
        let database = match &cluster {
            Some(cluster) => TestDatabase::on(cluster.server()),
            None => TestDatabase::sqlite_in(&volume.path()),
        };
        let site = Site::new(database).await;
        volume.sync();
        Self {
            site,
            cluster,
            volume,
        }
    }

    /// Cuts the power under load, and brings the machine back.
    async fn cycle(&self, variables: &[(&str, &str)]) {
        let served = self.site.installation.serve_with(variables).await;
        let enough = self.site.oracle.acknowledged() + rand::random_range(1..EVENTS);
        let Served {
            process, public, ..
        } = served;
        let cutting = async {
            wait_until("acknowledged events", LIMIT, async || {
                (self.site.oracle.acknowledged() >= enough).then_some(())
            })
            .await;
            self.cut(process).await;
        };
        tokio::join!(self.site.send(public), cutting);
        self.volume.go_back().await;
        self.start_cluster();
    }

    /// Freezes whoever writes, copies the disk and kills them.
    async fn cut(&self, daemon: Process) {
        let writers = match &self.cluster {
            Some(cluster) => frozen_family(&postmaster(cluster)),
            None => frozen_family(&daemon.id().to_string()),
        };
        self.volume.freeze();
        signal("KILL", &writers);
        daemon.kill().await;
        wait_until("the end of all writers", LIMIT, async || {
            writers.iter().all(|id| is_gone(id)).then_some(())
        })
        .await;
    }

    fn start_cluster(&self) {
        let Some(cluster) = &self.cluster else {
            return;
        };
        // They name processes of before the cut.
        fs::remove_file(cluster.folder().join("data/postmaster.pid")).unwrap();
        for socket in [".s.PGSQL.5432", ".s.PGSQL.5432.lock"] {
            let _absent = fs::remove_file(cluster.folder().join(socket));
        }
        cluster.start();
    }
}

fn postmaster(cluster: &Cluster) -> String {
    let lines = fs::read_to_string(cluster.folder().join("data/postmaster.pid")).unwrap();
    lines.lines().next().unwrap().to_owned()
}

/// Stops a process, which then starts no more children, and those that it has.
fn frozen_family(parent: &str) -> Vec<String> {
    signal("STOP", &[parent.to_owned()]);
    let mut family = children(parent);
    signal("STOP", &family);
    family.push(parent.to_owned());
    family
}

fn children(parent: &str) -> Vec<String> {
    let mut children = Vec::new();
    for process in fs::read_dir("/proc").unwrap() {
        let process = process.unwrap();
        let status = fs::read_to_string(process.path().join("status")).unwrap_or_default();
        if status.contains(&format!("\nPPid:\t{parent}\n")) {
            children.push(process.file_name().into_string().unwrap());
        }
    }
    children
}

fn signal(name: &str, processes: &[String]) {
    let mut shell = Command::new("sh");
    shell.args([
        "-c",
        r#"name=$0; for id; do kill -s "$name" "$id"; done"#,
        name,
    ]);
    done(shell.args(processes));
}

/// A process that has ended but is not yet reaped has no command line any more.
fn is_gone(process: &str) -> bool {
    let line = fs::read(Path::new("/proc").join(process).join("cmdline"));
    line.unwrap_or_default().is_empty()
}

async fn nothing_is_lost(kind: Kind, cycles: usize) {
    let machine = Machine::new(kind).await;
    for cycle in 1..=cycles {
        machine.cycle(&[]).await;
        assert_eq!(machine.site.lost().await, 0, "after cut {cycle}");
        if kind == Kind::Sqlite {
            let check = "SELECT integrity_check FROM pragma_integrity_check";
            assert_eq!(machine.site.installation.database.value(check), "ok");
        }
    }
    say(&format!(
        "{kind:?}: {cycles} power cuts, {} events acknowledged, 0 lost",
        machine.site.oracle.acknowledged()
    ));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "mounts volumes; run by `.ci/proofs`"]
async fn sqlite_loses_nothing() {
    nothing_is_lost(Kind::Sqlite, SQLITE).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "mounts volumes; run by `.ci/proofs`"]
async fn postgres_loses_nothing() {
    nothing_is_lost(Kind::Postgres, POSTGRES).await;
}

/// Makes syncing do nothing, for whoever is started with it.
const UNSYNCED: &str = "int fsync(int f) { return 0; } int fdatasync(int f) { return 0; } int syncfs(int f) { return 0; }
int sync_file_range(int f, long a, long b, unsigned c) { return 0; }
";

async fn something_is_lost(kind: Kind) {
    let library = Preload::of(UNSYNCED);
    let path = library.path();
    let preload = [("LD_PRELOAD", path.to_str().unwrap())];
    let machine = Machine::new(kind).await;
    match &machine.cluster {
        Some(cluster) => {
            cluster.stop();
            cluster.start_with(&preload).unwrap();
            machine.volume.sync();
            machine.cycle(&[]).await;
        }
        None => machine.cycle(&preload).await,
    }
    let (lost, of) = (
        machine.site.lost().await,
        machine.site.oracle.acknowledged(),
    );
    assert!(
        lost > 0,
        "a disk that nobody syncs lost nothing: the proof is blind"
    );
    say(&format!(
        "{kind:?} that does not sync: {lost} of {of} acknowledged events lost by one power cut"
    ));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "mounts volumes; run by `.ci/proofs`"]
async fn sqlite_that_does_not_sync_loses() {
    something_is_lost(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "mounts volumes; run by `.ci/proofs`"]
async fn postgres_that_does_not_sync_loses() {
    something_is_lost(Kind::Postgres).await;
}
