//! Secrets: given in the file, a variable or a file of their own, and never shown.

use std::{fmt, fs::File, os::unix::fs::PermissionsExt as _, path::Path};

use super::{
    faults::{Refusal, refusal},
    file,
    name::Name,
    parse,
    read::Section,
};

pub(super) const MASK: &str = "[secret]";
/// Every setting whose value is never shown; what is secret of it can be given in a file.
const SECRETS: [(&str, &str); 2] = [("database", "url"), ("webhooks", "endpoints")];
const MAX_FILE_BYTES: u64 = 64 * 1024;
/// Group and others: reading would tell the secret, writing would change it.
const OPEN_TO_OTHERS: u32 = 0o066;

/// A text that prints as `[secret]`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the one call that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

pub(super) fn is_secret(name: &Name) -> bool {
    SECRETS
        .iter()
        .any(|(section, key)| name.section == *section && name.key == *key)
}

/// Whether secret files may be open to other users of the machine.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Openness {
    Refused,
    Accepted,
}

/// Reads `key`, or the file that `key_file` names. Relative paths start at the working directory.
pub(super) fn read(
    section: &Section<'_>,
    key: &str,
    open: Openness,
    check: fn(&str) -> Result<(), Refusal>,
) -> Secret {
    let inline = || {
        let text = section.value(key, |value| {
            parse::text(value).and_then(|text| check(&text).map(|()| text))
        });
        Secret(text)
    };
    let file_key = format!("{key}_file");
    let path = section.text(&file_key);
    if path.is_empty() {
        return inline();
    }
    if section.is_given(key) {
        let cure = format!("keep either `{key}` or `{file_key}`");
        section.refuse(&file_key, refusal(format!("`{key}` is given too"), cure));
        return inline();
    }
    match read_file(Path::new(&path), open).and_then(|text| check(&text).map(|()| text)) {
        Ok(text) => Secret(text),
        Err(refusal) => {
            section.refuse(&file_key, refusal);
            inline()
        }
    }
}

/// Reads a secret from a file that no other user of this machine may read or change.
///
/// # Errors
/// A sentence that says what is wrong with the file.
pub fn secret_file(path: &Path) -> Result<Secret, String> {
    read_file(path, Openness::Refused)
        .map(Secret)
        .map_err(|refusal| {
            format!(
                "`{}`: {}; {}",
                path.display(),
                refusal.problem,
                refusal.cure
            )
        })
}

pub(super) fn read_file(path: &Path, open: Openness) -> Result<String, Refusal> {
    let file = file::open(path)?;
    if open == Openness::Refused && is_open_to_others(&file)? {
        let cure = "take the rights of group and others away (`chmod go= FILE`)";
        return Err(refusal(
            "other users of this machine can read or change the file",
            cure,
        ));
    }
    let text = file::text(file, MAX_FILE_BYTES)?;
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return Err(refusal("the file is empty", "write the secret into it"));
    }
    Ok(text.to_owned())
}

fn is_open_to_others(file: &File) -> Result<bool, Refusal> {
    let metadata = file.metadata();
    let metadata = metadata.map_err(|fault| {
        refusal(
            format!("the file's mode is unknown: {fault}"),
            "check the disk",
        )
    })?;
    Ok(metadata.permissions().mode() & OPEN_TO_OTHERS != 0)
}
