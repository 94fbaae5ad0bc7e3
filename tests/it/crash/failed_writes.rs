//! Writes that fail, one after the other and whichever it is: what was acknowledged is there, what was not is told to come
//! back, and the next is stored.

use std::{
    fs::{File, OpenOptions},
    os::unix::fs::FileExt as _,
};

use reqwest::{Client, StatusCode};

use super::site::Site;
use crate::harness::{
    cycles, databases::TestDatabase, http::client, installation::Served, preload::Preload,
};

/// How a write fails: the system's number, and what the daemon says of it.
const FAULTS: [(i32, &str); 2] = [(28, "database or disk is full"), (5, "disk I/O error")];
/// Each of so many writes fails, counted from the last time that one did.
const WRITES: usize = 25;
/// After so many of them the daemon is killed, and its catalog is looked at from outside.
const IN_A_LIFE: usize = 25;
/// Deliveries after which a write must have failed.
const MANY: usize = 1_000;
/// Makes a write fail that a file tells: how many there are until then, the error, whether it happened, and to which file.
const FAULTY: &str = r#"
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct { int left, error, happened; char file[244]; } *fault;

static __attribute__((constructor)) void look(void) {
    int file = open(getenv("FAULT_FILE"), O_RDWR);
    fault = mmap(NULL, sizeof *fault, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off_t at) {
    char link[64];
    if (fault->left <= 0 || __sync_sub_and_fetch(&fault->left, 1) != 0)
        return syscall(SYS_pwrite64, file, bytes, size, at);
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    if (readlink(link, fault->file, sizeof fault->file) < 0) abort();
    fault->happened = 1;
    errno = fault->error;
    return -1;
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t at) {
    return pwrite64(file, bytes, size, at);
}
"#;

/// The fault that a running daemon is to meet.
struct Fault(File);

impl Fault {
    const SIZE: usize = 256;

    async fn serve(site: &Site, library: &Preload) -> (Served, Self) {
        site.installation.write("fault", [0; Self::SIZE]);
        let path = site.installation.path("fault");
        let variables = [("LD_PRELOAD", library.path()), ("FAULT_FILE", path.clone())];
        let variables = variables
            .each_ref()
            .map(|(name, path)| (*name, path.to_str().unwrap()));
        let served = site.installation.serve_with(&variables).await;
        let file = OpenOptions::new().read(true).write(true).open(path);
        (served, Self(file.unwrap()))
    }

    /// Lets the write of this number fail from now on, which is 1 for the next.
    fn set(&self, number: usize, error: i32) {
        let rest = [&error.to_ne_bytes()[..], &[0; Self::SIZE - 8]].concat();
        self.0.write_all_at(&rest, 4).unwrap();
        let number = i32::try_from(number).unwrap();
        self.0.write_all_at(&number.to_ne_bytes(), 0).unwrap();
    }

    /// The file whose write failed, once one has.
    fn happened(&self) -> Option<String> {
        let mut shared = [0; Self::SIZE];
        self.0.read_exact_at(&mut shared, 0).unwrap();
        let name = String::from_utf8_lossy(&shared[12..]).into_owned();
        (shared[8..12] != [0; 4]).then(|| name.trim_end_matches('\0').to_owned())
    }
}

/// Posts deliveries until a write fails; answers whether one had to be told to come back.
async fn refuses(site: &Site, client: &Client, served: &Served, fault: &Fault) -> bool {
    for _ in 0..MANY {
        let status = site.post(client, served.public, 5).await.unwrap();
        let Some(file) = fault.happened() else {
            assert_eq!(status, StatusCode::OK);
            continue;
        };
        // What can't be copied from the log into the database stays in the log, and a write of the log may be a job's.
        let refused = status == StatusCode::SERVICE_UNAVAILABLE;
        let in_the_log = file.ends_with("-wal");
        assert!(in_the_log || !refused, "{file}");
        assert!(refused || status == StatusCode::OK, "{file}: {status}");
        return refused;
    }
    panic!("{MANY} deliveries were stored in spite of the fault");
}

/// Serves while each of these writes fails, one after the other.
async fn a_life(site: &Site, library: &Preload, writes: &[usize], (error, words): (i32, &str)) {
    let (served, fault) = Fault::serve(site, library).await;
    let client = client();
    let mut refused = 0;
    for number in writes {
        fault.set(*number, error);
        refused += usize::from(refuses(site, &client, &served, &fault).await);
        site.post_is_stored(&client, served.public).await;
        let check = "SELECT quick_check FROM pragma_quick_check";
        assert_eq!(site.installation.database.value(check), "ok", "{number}");
    }
    let said = served.process.kill().await.err;
    let told = said.lines().filter(|line| {
        let of_callbacks = line.contains("could not store 1 callbacks");
        of_callbacks && line.contains(words)
    });
    assert_eq!(told.count(), refused, "{said}");
    assert!(refused > 0, "no write of the log failed");
    assert_eq!(site.lost().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_fails_is_rolled_back_wherever_it_happens() {
    let site = Site::new(TestDatabase::sqlite()).await;
    let library = Preload::of(FAULTY);
    let writes: Vec<_> = (1..=cycles(WRITES)).collect();
    for fault in FAULTS {
        for writes in writes.chunks(IN_A_LIFE) {
            a_life(&site, &library, writes, fault).await;
        }
    }
}
