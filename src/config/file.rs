//! Files that settings and secrets come from, read with a limit and refused with words that help.

use std::{
    fs::{self, File},
    io::{ErrorKind, Read as _},
    path::Path,
};

use super::faults::{Refusal, refusal};

/// Opens a regular file. Looking before opening keeps a named pipe from hanging the start.
pub(super) fn open(path: &Path) -> Result<File, Refusal> {
    let metadata = fs::metadata(path).map_err(|fault| unreadable(path, &fault))?;
    if metadata.is_dir() {
        return Err(refusal(
            "a directory stands where a file belongs",
            "name a file in it",
        ));
    }
    if !metadata.is_file() {
        return Err(refusal("not a regular file", "name a regular file"));
    }
    File::open(path).map_err(|fault| unreadable(path, &fault))
}

/// All of a file as text, at most `limit` bytes.
pub(super) fn text(file: File, limit: u64) -> Result<String, Refusal> {
    let mut bytes = Vec::new();
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|fault| {
            refusal(
                format!("the file cannot be read: {fault}"),
                "check the disk it is on",
            )
        })?;
    if bytes.len() as u64 > limit {
        let problem = format!("the file is larger than {} KiB", limit / 1024);
        return Err(refusal(problem, "check that it is the right one"));
    }
    String::from_utf8(bytes).map_err(|fault| {
        let valid = &fault.as_bytes()[..fault.utf8_error().valid_up_to()];
        let line = 1 + valid.split(|byte| *byte == b'\n').skip(1).count();
        refusal(
            format!("line {line} of the file is not UTF-8"),
            "save the file as UTF-8",
        )
    })
}

fn unreadable(path: &Path, fault: &std::io::Error) -> Refusal {
    match fault.kind() {
        ErrorKind::NotFound if path.is_symlink() => refusal(
            "a link that leads to no file",
            "repair the link or name the file itself",
        ),
        ErrorKind::NotFound => refusal(
            "there is no such file",
            "check the path, or create the file",
        ),
        ErrorKind::PermissionDenied => refusal(
            "this user may not read the file",
            "make it readable for the user that runs `mcnd`",
        ),
        _ => refusal(
            format!("the file cannot be opened: {fault}"),
            "check the path",
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn problem(path: &Path) -> String {
        open(path)
            .and_then(|file| text(file, 1024))
            .unwrap_err()
            .problem
    }

    #[test]
    fn what_is_no_readable_text_is_refused_with_its_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        symlink(path("nowhere"), path("link")).unwrap();
        fs::write(path("latin1"), b"one\ntwo\ncaf\xe9").unwrap();
        fs::write(path("large"), vec![b'#'; 1025]).unwrap();
        assert_eq!(
            problem(folder.path()),
            "a directory stands where a file belongs"
        );
        assert_eq!(problem(&path("absent")), "there is no such file");
        assert_eq!(problem(&path("link")), "a link that leads to no file");
        assert_eq!(problem(&path("latin1")), "line 3 of the file is not UTF-8");
        assert_eq!(problem(&path("large")), "the file is larger than 1 KiB");
        assert_eq!(problem(Path::new("/dev/null")), "not a regular file");
    }

    #[test]
    fn a_file_of_exactly_the_limit_is_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), vec![b'#'; 1024]).unwrap();
        assert_eq!(
            open(file.path())
                .and_then(|file| text(file, 1024))
                .unwrap()
                .len(),
            1024
        );
    }
}
