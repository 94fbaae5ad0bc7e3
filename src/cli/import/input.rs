//! What an import reads: a file, standard input or an address.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use url::Url;

use crate::{
    app::App,
    cli::{
        address,
        failure::{Done, Failure},
        progress::{Meter, Stage},
    },
};

/// What an import reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    Standard,
    File(PathBuf),
    /// May hold a user name and a password.
    Address(Url),
}

/// An input that is open, under the name by which it is listed.
pub(super) struct Open {
    pub(super) name: String,
    pub(super) reader: Box<dyn Read + Send>,
    /// What relative addresses in it are relative to.
    pub(super) base: Option<Url>,
}

impl Input {
    pub(super) fn of(argument: &Path) -> Done<Self> {
        if argument.as_os_str() == "-" {
            return Ok(Self::Standard);
        }
        Ok(match address::of_web(argument)? {
            Some(url) => Self::Address(url),
            None => Self::File(argument.to_owned()),
        })
    }

    /// The file that is read, also by another name of it.
    pub(super) fn file(&self) -> Option<PathBuf> {
        match self {
            Self::File(path) => Some(real(path)),
            Self::Standard | Self::Address(_) => None,
        }
    }

    /// Where to say what became of each row, unless somebody says otherwise.
    pub(super) fn result_name(&self) -> PathBuf {
        let mut name = match self {
            Self::Standard => "stdin".into(),
            Self::File(path) => path.file_name().unwrap_or_default().to_owned(),
            Self::Address(url) => {
                let last = url.path_segments().and_then(|mut parts| parts.next_back());
                let last = last.filter(|name| !name.is_empty());
                last.or(url.host_str()).unwrap_or_default().into()
            }
        };
        name.push(".result.jsonl");
        PathBuf::from(name)
    }

    pub(super) async fn open(&self, app: &App) -> Done<Open> {
        match self {
            Self::Standard => Ok(Open {
                name: "-".to_owned(),
                reader: Box::new(io::stdin()),
                base: None,
            }),
            Self::File(path) => Ok(Open {
                name: path.display().to_string(),
                reader: Box::new(open(path)?),
                base: None,
            }),
            Self::Address(url) => download(url, app).await,
        }
    }
}

/// The file that a path leads to.
pub(super) fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_absent| path.to_owned())
}

fn open(path: &Path) -> Done<File> {
    let refused = |why: String| {
        Failure::Refused(format!(
            "`{}` can't be read: {why}; check the path and its rights",
            path.display()
        ))
    };
    let opened = File::open(path).map_err(|error| refused(error.to_string()))?;
    if opened.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err(refused("it is a folder".to_owned()));
    }
    Ok(opened)
}

async fn download(url: &Url, app: &App) -> Done<Open> {
    let meter = Arc::new(Meter::new(url.host_str().unwrap_or_default(), "bytes"));
    let show = |done| {
        meter.show(Stage {
            name: "fetching",
            done,
            total: None,
        });
    };
    let downloaded = app.download(url, show).await;
    meter.end();
    let download = downloaded?;
    Ok(Open {
        name: download.name,
        reader: Box::new(download.file),
        base: Some(download.address),
    })
}
