//! `mcnd completions` and `mcnd man`: both follow from the command tree, so they can't fall behind it.

use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory as _};
use clap_complete::{Shell, generate};
use clap_mangen::{Man, generate_to};

use super::{
    Cli,
    console::Console,
    failure::{Done, Failure},
};

#[derive(Debug, clap::Args)]
pub(super) struct Completions {
    /// Whose completions
    shell: Shell,
}

#[derive(Debug, clap::Args)]
pub(super) struct Pages {
    /// Write a page for every command into this folder, instead of the first page to standard output
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// Prints the script that a shell reads.
pub(super) fn completions(args: &Completions, console: &mut Console) -> Done {
    // The generator gives up loudly when its output goes away, so it writes to memory.
    let mut script = Vec::new();
    generate(args.shell, &mut Cli::command(), "mcnd", &mut script);
    console.bytes(&script)
}

/// Writes manual pages.
pub(super) fn pages(args: &Pages, console: &mut Console) -> Done {
    match &args.folder {
        None => Ok(Man::new(Cli::command()).render(console.out())?),
        Some(folder) => write(Cli::command(), folder),
    }
}

fn write(command: Command, folder: &Path) -> Done {
    std::fs::create_dir_all(folder)
        .and_then(|()| generate_to(command, folder))
        .map_err(|error| {
            Failure::Refused(format!(
                "no pages can be written into `{}`: {error}",
                folder.display()
            ))
        })
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};

    use clap::ValueEnum;

    use super::*;

    /// Output that is thrown away.
    fn nowhere() -> Console {
        Console::writing(Box::new(io::sink()) as Box<dyn Write>)
    }

    #[test]
    fn every_shell_gets_a_script_that_knows_the_commands() {
        for shell in Shell::value_variants() {
            let mut script = Vec::new();
            generate(*shell, &mut Cli::command(), "mcnd", &mut script);
            let script = String::from_utf8(script).unwrap();
            assert!(script.contains("take-down"), "{shell}");
            completions(&Completions { shell: *shell }, &mut nowhere()).unwrap();
        }
    }

    #[test]
    fn every_command_gets_a_page() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("man1");
        let args = Pages {
            folder: Some(inside.clone()),
        };
        pages(&args, &mut nowhere()).unwrap();
        for page in ["mcnd.1", "mcnd-serve.1", "mcnd-video-retry.1"] {
            let text = std::fs::read_to_string(inside.join(page)).unwrap();
            assert!(text.contains(".TH"), "{page}");
        }
    }
}
