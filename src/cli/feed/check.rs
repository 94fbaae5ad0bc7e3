//! `mcnd feed check`.

use std::{
    fs::File,
    io::{self, Read},
};

use serde::Serialize;

use crate::{
    app::{FeedDocument, FeedFindings, MOST_FEED_BYTES, check_feed, fetch_feed},
    cli::{
        Settings, address,
        console::Console,
        failure::{Done, Failure},
        text::counted,
    },
    config::Config,
    outbound,
};

/// Bytes that are read of a file: one more than are looked at, so that a longer one is a finding.
const READ: u64 = MOST_FEED_BYTES + 1;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// A file, `-` for standard input, or an address; `https://user:password@host/…` where it asks for Basic
    #[arg(value_name = "FILE-OR-URL")]
    source: String,
}

/// What was read, and where from.
#[derive(Debug, Default)]
struct Source {
    bytes: Vec<u8>,
    shown: String,
    address: Option<String>,
    content_type: Option<String>,
}

/// What programs get.
#[derive(Serialize)]
struct Answer<'a> {
    source: &'a str,
    #[serde(flatten)]
    findings: &'a FeedFindings,
}

pub(super) async fn run(args: &Args, settings: &Settings, console: &mut Console) -> Done {
    let config = settings.load()?;
    let read = read(&args.source, &config).await?;
    let document = FeedDocument {
        bytes: &read.bytes,
        address: read.address.as_deref(),
        content_type: read.content_type.as_deref(),
    };
    let findings = check_feed(&document, &config);
    if console.json {
        console.object(&Answer {
            source: &read.shown,
            findings: &findings,
        })?;
    } else {
        print(&read.shown, &findings, console)?;
    }
    if findings.errors > 0 {
        return Err(Failure::Incomplete);
    }
    Ok(())
}

/// Reads a whole source.
async fn read(source: &str, config: &Config) -> Done<Source> {
    if let Some(url) = address::of_web(source)? {
        let fetched = fetch_feed(&url, config).await?;
        return Ok(Source {
            bytes: fetched.bytes,
            shown: outbound::shown(&fetched.address),
            address: Some(fetched.address.to_string()),
            content_type: fetched.content_type,
        });
    }
    let (shown, read) = if source == "-" {
        ("standard input", whole(io::stdin().lock()))
    } else {
        (source, File::open(source).and_then(whole))
    };
    let bytes =
        read.map_err(|error| Failure::Refused(format!("`{shown}` can't be read: {error}")))?;
    Ok(Source {
        bytes,
        shown: shown.to_owned(),
        ..Source::default()
    })
}

fn whole(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(READ).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn print(source: &str, findings: &FeedFindings, console: &mut Console) -> Done {
    for finding in &findings.findings {
        let (line, severity, rule) = (finding.line, finding.severity, finding.rule);
        let place = match finding.element.as_str() {
            "" => String::new(),
            element => format!("`{element}`: "),
        };
        let (message, objector) = (&finding.message, finding.objector);
        console.line(format!(
            "{source}:{line}: {severity}: {place}{message} ({objector}; {rule})"
        ))?;
        if let Some(reason) = finding.expected {
            console.line(format!("    expected: {reason}"))?;
        }
    }
    if findings.left_out > 0 {
        let left_out = counted(findings.left_out, "finding", "findings");
        console.line(format!(
            "{left_out} more of rules that are listed often enough above"
        ))?;
    }
    console.line(format!(
        "{source}: {}, {} ({} expected), {}",
        counted(findings.errors, "error", "errors"),
        counted(findings.warnings, "warning", "warnings"),
        findings.expected_warnings,
        counted(findings.notes, "note", "notes"),
    ))
}
