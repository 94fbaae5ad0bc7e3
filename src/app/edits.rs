//! What operators write into a video's fields, and hold there against imports.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use url::Url;

use super::{App, Error, Result, audit::told, network_settings::preflight};
use crate::{
    catalog::Save,
    model::{
        Action, Actor, AuditLine, Change, Column, Guid, State, TimelineLine, Timestamp, Video,
        VideoPatch,
    },
};

/// What is asked of a video, and by whom.
struct Edit {
    by: Actor,
    guid: Guid,
    patch: VideoPatch,
    /// As whoever edits it has seen it; none when any will do.
    edition: Option<String>,
}

impl App {
    /// Changes fields of a video. Those that change are pinned: imports keep the source's value beside them. Unpinned ones
    /// get the source's last value. It is judged again at once.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Changed`] when it is not any more of the edition that was seen; [`Error::Conflict`] for
    /// one that was taken down; [`Error::Invalid`] with everything that is wrong with the patch.
    pub async fn edit_video(
        self: &Arc<Self>,
        by: Actor,
        guid: Guid,
        patch: VideoPatch,
        edition: Option<String>,
    ) -> Result<Video> {
        let app = Arc::clone(self);
        let edit = Edit {
            by,
            guid,
            patch,
            edition,
        };
        self.detached(async move {
            app.uncontended(Change::Edited.as_str(), || app.edit_once(&edit))
                .await
        })
        .await
    }

    async fn edit_once(&self, edit: &Edit) -> Result<Video> {
        let now = self.clock.now();
        let mut tx = self.catalog.begin().await?;
        let rules = self.rules_within(&mut tx).await?;
        let policy = tx.feed_policy().await?;
        let mut found = tx.videos_of(std::slice::from_ref(&edit.guid)).await?;
        let before = found
            .pop()
            .ok_or_else(|| super::videos::unknown(&edit.guid))?;
        check(&before, edit)?;
        let mut video = before.clone();
        let changed = video.edit(&edit.patch, &preflight(&rules.value), now);
        let changed = changed.map_err(Error::Invalid)?;
        if video == before {
            return Ok(before);
        }
        let save = self.edited(&edit.by, &before, video, &changed, now);
        tx.save(std::slice::from_ref(&save), policy, now).await?;
        tx.add_audit(&self.told_of_edit(&edit.by, &before, &save.video))
            .await?;
        tx.commit().await?;
        Ok(save.video)
    }

    fn edited(
        &self,
        by: &Actor,
        before: &Video,
        video: Video,
        changed: &[Column],
        now: Timestamp,
    ) -> Save {
        let unpinned = before.pins.iter().map(|(column, _)| column);
        let unpinned = unpinned.filter(|column| !video.pins.hold(*column));
        let unpinned = unpinned.map(|column| format!("{} unpinned", column.name()));
        let names = changed.iter().map(|column| column.name().to_owned());
        let names = names.chain(unpinned).collect::<Vec<_>>();
        let state = before.standing.state;
        Save {
            before: Some(state),
            line_id: self.random.id(now),
            line: TimelineLine {
                at: now,
                what: Change::Edited,
                from: Some(state),
                to: video.standing.state,
                by: by.name.clone(),
                detail: Some(names.join(", ")),
            },
            video,
        }
    }

    fn told_of_edit(&self, by: &Actor, before: &Video, after: &Video) -> AuditLine {
        let columns = after.fields.differing(&before.fields);
        let mut line = self.audit_line(by, Action::EditVideo, after.guid.as_str());
        line.before = told(&facts(before, &columns));
        line.after = told(&facts(after, &columns));
        line
    }
}

fn check(video: &Video, edit: &Edit) -> Result<()> {
    let guid = &edit.guid;
    if edit
        .edition
        .as_ref()
        .is_some_and(|seen| *seen != video.edition())
    {
        return Err(Error::Changed(format!(
            "`{guid}` was changed since it was read; read it again"
        )));
    }
    if video.standing.state == State::Removed {
        return Err(Error::Conflict(format!(
            "`{guid}` was taken down; it can't be changed any more"
        )));
    }
    Ok(())
}

/// What the audit says of a video before or after an edit of these columns.
fn facts(video: &Video, columns: &[Column]) -> Value {
    let told = columns.iter().map(|column| {
        let value = video.fields.show(*column);
        let value = value.map_or(Value::Null, |text| masked(*column, &text).into());
        (column.name().to_owned(), value)
    });
    let pinned: Vec<_> = video.pins.iter().map(|(column, _)| column.name()).collect();
    json!({ "state": video.standing.state.as_str(), "pinned": pinned, "fields": told.collect::<Map<_, _>>() })
}

/// An address without its user, password and query, where secrets stand; any other text as it is.
fn masked(column: Column, text: &str) -> String {
    if !matches!(
        column,
        Column::Link | Column::MediaUrl | Column::ThumbnailUrl
    ) {
        return text.to_owned();
    }
    let url = Url::parse(text).ok();
    let Some((url, host)) = url.as_ref().and_then(|url| Some((url, url.host_str()?))) else {
        return "no address".to_owned();
    };
    let query = if url.query().is_some() { "?…" } else { "" };
    format!("{}://{host}{}{query}", url.scheme(), url.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_audit_holds_no_secret_of_an_address() {
        let masked = |text| masked(Column::MediaUrl, text);
        let address = "https://ann:hunter2@media.example/a.mp4?token=hunter2#hunter2";
        assert_eq!(masked(address), "https://media.example/a.mp4?…");
        assert_eq!(masked("ftp://media.example/a"), "ftp://media.example/a");
        assert_eq!(masked("ann:hunter2 at home"), "no address");
    }
}
