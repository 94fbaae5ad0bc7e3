//! `mcnd import` as a process of its own, timed and watched.

use std::{
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use super::{clock::peak_bytes, rows::CREATOR, site::Site};
use crate::harness::process;

/// How an import went.
pub(crate) struct Import {
    pub(crate) seconds: f64,
    /// Bytes in RAM at the most.
    pub(crate) peak: f64,
}

/// Imports a file into a site's catalog, which must end well; the result file lies beside it.
pub(crate) async fn import(site: &Site, file: &Path, more: &[&str]) -> Import {
    let mut command = process::mcnd();
    command
        .args(["import", "--creator", CREATOR, "--result"])
        .arg(file.with_extension("result.jsonl"))
        .arg("--config")
        .arg(site.config_file())
        .arg(file)
        .args(more)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let started = Instant::now();
    let mut child = command.spawn().unwrap();
    let mut peak = 0.0;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        peak = peak_bytes(child.id()).unwrap_or(peak);
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    assert!(status.success(), "the import ended with {status}");
    Import {
        seconds: started.elapsed().as_secs_f64(),
        peak,
    }
}
