//! What makes a whole input unusable: the caller applies nothing of it.

use std::io;

/// Why an input was given up.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// It has not the shape of its format. Lines count from 1, the header included.
    #[error("line {line}: {message}")]
    Malformed { line: u64, message: String },
    /// It passes a limit of `[import]`.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// It is packed and can't be unpacked.
    #[error("the gzip data is damaged or cut off; pack the file again")]
    Damaged(#[source] io::Error),
    /// It can't be read.
    #[error("the input can't be read to its end")]
    Read(#[source] io::Error),
}

/// Which limit of `[import]` an input passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooLarge {
    #[error("more than {0} bytes, unpacked; split it, or raise `import.max_file_bytes`")]
    File(u64),
    #[error(
        "unpacks to more than {0} times its size; unpack it yourself, or raise `import.max_ratio`"
    )]
    Ratio(u64),
    #[error("more than {0} rows; split it, or raise `import.max_rows`")]
    Rows(u64),
    #[error("line {line}: longer than {limit} bytes; shorten it, or raise `import.max_line_bytes`")]
    Line { line: u64, limit: usize },
    #[error("{count} columns; leave out some, or raise `import.max_columns` above {limit}")]
    Columns { count: usize, limit: usize },
}

impl Fault {
    pub(super) fn malformed(line: u64, message: impl Into<String>) -> Self {
        Self::Malformed {
            line,
            message: message.into(),
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.downcast::<TooLarge>() {
            Ok(limit) => Self::TooLarge(limit),
            Err(error) => Self::Read(error),
        }
    }
}
