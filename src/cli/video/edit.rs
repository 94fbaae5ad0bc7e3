//! `mcnd video edit` and `mcnd video unpin`.

use std::{str::FromStr, sync::Arc};

use super::show;
use crate::{
    app::App,
    cli::{
        console::Console,
        failure::{Done, Failure},
        whoever,
    },
    model::{Column, Guid, VideoPatch},
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Edit {
    /// The video's guid
    guid: Guid,
    /// What the fields get, written as in an import; nothing behind the `=` clears one
    #[arg(value_name = "FIELD=VALUE", required = true)]
    fields: Vec<Given>,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Unpin {
    /// The video's guid
    guid: Guid,
    /// The fields that follow the source again
    #[arg(value_name = "FIELD", required = true)]
    fields: Vec<Column>,
}

/// A field and what it gets.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Given(Column, String);

impl FromStr for Given {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| "write `field=value`, such as `title=Paper boats`".to_owned())?;
        Ok(Self(name.parse()?, value.to_owned()))
    }
}

/// Changes fields and pins them.
pub(super) async fn edit(args: Edit, app: &Arc<App>, console: &mut Console) -> Done {
    let mut patch = VideoPatch::default();
    let mut problems = Vec::new();
    for Given(column, value) in args.fields {
        if let Err(why) = patch.set(column, Some(value)) {
            problems.push(format!("`{}`: {why}", column.name()));
        }
    }
    if !problems.is_empty() {
        return Err(Failure::Usage(problems.join("; ")));
    }
    change(args.guid, patch, app, console).await
}

/// Gives fields back to their source.
pub(super) async fn unpin(args: Unpin, app: &Arc<App>, console: &mut Console) -> Done {
    let mut patch = VideoPatch::default();
    for column in args.fields {
        patch.unpin(column).map_err(Failure::Usage)?;
    }
    change(args.guid, patch, app, console).await
}

async fn change(guid: Guid, patch: VideoPatch, app: &Arc<App>, console: &mut Console) -> Done {
    let video = app.edit_video(whoever(), guid, patch, None).await?;
    show::video(&video.guid, app, console).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_and_its_value_are_parted_by_the_first_equals_sign() {
        let given = |text: &str| text.parse::<Given>();
        let link = Given(Column::Link, "https://a.example/?b=c".to_owned());
        assert_eq!(given("link=https://a.example/?b=c"), Ok(link));
        assert_eq!(given("title="), Ok(Given(Column::Title, String::new())));
        assert!(given("title").is_err());
        assert!(given("titel=a").is_err());
    }
}
