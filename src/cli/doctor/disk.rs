//! Whether a SQLite file has room to grow.

use std::{fs, path::Path};

use super::report::Finding;
use crate::{config::Config, daemon};

const MIB: u64 = 1024 * 1024;
/// Below this, callbacks are about to be refused.
const TIGHT: u64 = 256 * MIB;
/// Below this, somebody should make room while there is time.
const SCARCE: u64 = 2048 * MIB;

pub(super) fn check(config: &Config) -> Finding {
    match daemon::database_file(config) {
        Ok(Some(file)) => room_for(&file),
        Ok(None) => Finding::ok("the database's own server looks after its disk"),
        Err(error) => Finding::fail(error.to_string()),
    }
}

fn room_for(file: &Path) -> Finding {
    let size = fs::metadata(file).map_or(0, |found| found.len());
    match rustix::fs::statvfs(file) {
        Ok(disk) => judged(disk.f_bavail.saturating_mul(disk.f_frsize), size),
        Err(error) => Finding::warn(format!(
            "the room left beside `{}` is unknown: {error}",
            file.display()
        )),
    }
}

/// A judgement on `free` bytes beside a database of `size` bytes.
fn judged(free: u64, size: u64) -> Finding {
    let room = format!("{} MiB are free", free / MIB);
    if free < TIGHT {
        Finding::fail(format!(
            "{room}: callbacks will soon be refused; make room now"
        ))
    } else if free < SCARCE {
        Finding::warn(format!("{room}; make room"))
    } else if free < size {
        Finding::warn(format!(
            "{room}, less than the database itself takes ({} MiB): no backup fits beside it",
            size / MIB
        ))
    } else {
        Finding::ok(format!("{room}, the database takes {}", size / MIB))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::report::Verdict, *};

    #[test]
    fn room_is_judged_before_it_is_gone() {
        assert_eq!(judged(TIGHT - 1, 0).verdict, Verdict::Fail);
        assert_eq!(judged(SCARCE - 1, 0).verdict, Verdict::Warn);
        assert_eq!(judged(SCARCE, SCARCE + 1).verdict, Verdict::Warn);
        assert_eq!(judged(SCARCE, SCARCE).verdict, Verdict::Ok);
    }

    #[test]
    fn the_room_of_a_real_disk_is_known() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(!room_for(file.path()).words.contains("unknown"));
        assert!(
            room_for(Path::new("/nonexistent"))
                .words
                .contains("unknown")
        );
    }
}
