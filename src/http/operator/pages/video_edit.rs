//! A video's fields, written by somebody who sees which are pinned, what the source says of those, and what it was that they
//! change.

use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use axum::{extract::State, response::Response};

use super::{
    Form,
    forms::{Differing, Wrong, differing, refused, stale},
    frame::Frame,
    lists::done,
    page,
    signed::SignedForm,
    text::{Choice, GuidInPath, Shown, Words, video_path},
};
use crate::{
    app::Error,
    http::{Faces, Problem, path::Path},
    model::{Column, Video, VideoPatch},
};

#[derive(Template)]
#[template(
    path = "video_edit.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct Edit {
    frame: Frame,
    path: String,
    guid: Shown,
    /// What whoever edits has seen.
    edition: String,
    fields: Vec<Field>,
    /// Slugs that the rules take.
    categories: Vec<String>,
    wrong: Wrong,
    /// Where somebody else has changed the video meanwhile: the fields that stand otherwise by now.
    changed: Option<Vec<Differing>>,
}

impl Edit {
    fn here(&self) -> String {
        format!("{}/edit", self.path)
    }
}

/// A field of the form.
struct Field {
    column: Column,
    text: String,
    wrong: Vec<Words>,
    pin: Option<Pin>,
}

/// That a field is held against imports.
struct Pin {
    /// What the source last said of it.
    source: Shown,
    /// Whether it is to follow the source again.
    ends: bool,
}

impl Field {
    fn name(&self) -> &'static str {
        self.column.name()
    }

    fn is_long(&self) -> bool {
        has_lines(self.column)
    }

    /// What may be chosen of a field that is true or false.
    fn choices(&self) -> Option<[Choice; 3]> {
        let flags = [Column::MadeForKids, Column::Private, Column::Explicit];
        let choice = |(value, words): (&'static str, _)| (value, words, self.text == value);
        let words = [("", "not stated"), ("true", "yes"), ("false", "no")];
        flags.contains(&self.column).then(|| words.map(choice))
    }

    fn help(&self) -> Option<Words> {
        help(self.column).map(Words::from)
    }

    /// The ids of what is said about it.
    fn described(&self) -> String {
        let name = self.name();
        let said = [
            (self.help().is_some(), "help"),
            (self.pin.is_some(), "pin"),
            (!self.wrong.is_empty(), "wrong"),
        ];
        let said = said.into_iter().filter(|(is_said, _)| *is_said);
        let ids: Vec<_> = said.map(|(_, what)| format!("{name}-{what}")).collect();
        ids.join(" ")
    }
}

/// How a field is written.
fn help(column: Column) -> Option<&'static str> {
    Some(match column {
        Column::Category => "One of the categories that the rules take.",
        Column::Tags => "Parted by commas.",
        Column::Language => "Two or three letters, such as `fr`.",
        Column::Country => "Two letters, such as `FR`.",
        Column::Link => "The video's page on your own site.",
        Column::MediaUrl => "A direct link to the file, that Dailymotion can fetch.",
        Column::MediaType => "Such as `video/mp4`.",
        Column::MediaSize => "Bytes.",
        Column::Duration => "Seconds.",
        Column::Width | Column::Height => "Pixels.",
        Column::ThumbnailUrl => "A direct link to a picture.",
        Column::PublishedAt => "In UTC, such as `2026-09-01T09:00:00Z` or `2026-09-01`.",
        Column::StartsAt => "Listed from then on; in UTC.",
        Column::EndsAt => "Listed until then; in UTC.",
        Column::Geo => "Such as `allow FR BE` or `deny DE`.",
        Column::Title
        | Column::Description
        | Column::MadeForKids
        | Column::Private
        | Column::Explicit => return None,
    })
}

fn has_lines(column: Column) -> bool {
    column == Column::Description
}

/// What is asked of the video. A field that the form does not have stays as it is.
struct Typed {
    texts: BTreeMap<Column, String>,
    unpin: Vec<Column>,
}

impl Typed {
    fn of(form: &Form) -> Self {
        let text = |column: Column| {
            let text = form.each(column.name()).next()?;
            Some((column, as_sent(column, text)))
        };
        Self {
            texts: Column::ALL.into_iter().filter_map(text).collect(),
            unpin: form.each("unpin").flat_map(str::parse).collect(),
        }
    }

    /// The form as it is before anybody has typed.
    fn untouched(video: &Video) -> Self {
        let text = |column| (column, standing(video, column));
        Self {
            texts: Column::ALL.map(text).into(),
            unpin: Vec::new(),
        }
    }

    fn text(&self, video: &Video, column: Column) -> String {
        let typed = self.texts.get(&column);
        typed.cloned().unwrap_or_else(|| standing(video, column))
    }

    /// What it changes of a video: the fields that say something else than what stands there.
    fn patch(&self, video: &Video) -> Result<VideoPatch, Wrong> {
        let (mut patch, mut wrong) = (VideoPatch::default(), Wrong::default());
        for (column, text) in &self.texts {
            if *text != standing(video, *column) {
                let read = patch.set(*column, Some(text.clone()));
                wrong.take(column.name(), read, ());
            }
        }
        for column in &self.unpin {
            wrong.take(column.name(), patch.unpin(*column), ());
        }
        wrong.unless_wrong(patch)
    }

    fn told(&self, video: &Video) -> Vec<(&'static str, String)> {
        let told = |column: Column| (column.name(), self.text(video, column));
        Column::ALL.map(told).into()
    }
}

/// A field of a video as a browser sends it back when nobody has touched it.
fn standing(video: &Video, column: Column) -> String {
    let text = video.fields.show(column).unwrap_or_default();
    as_sent(column, &text)
}

/// Browsers send one kind of line end, and none from a field of one line.
fn as_sent(column: Column, text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    if has_lines(column) {
        text
    } else {
        text.replace('\n', "")
    }
}

/// The form as it stands after what came of it.
struct Outcome {
    edition: String,
    wrong: Wrong,
    changed: Option<Vec<Differing>>,
}

impl Outcome {
    /// Nothing came of it yet.
    fn none(edition: String) -> Self {
        Self {
            edition,
            wrong: Wrong::default(),
            changed: None,
        }
    }
}

fn shown(faces: &Faces, frame: Frame, video: &Video, typed: &Typed, outcome: Outcome) -> Response {
    let field = |column: Column| Field {
        column,
        text: typed.text(video, column),
        wrong: outcome.wrong.at(column.name()),
        pin: video.pins.hold(column).then(|| Pin {
            source: Shown::from(video.pins.source(column).unwrap_or_default()),
            ends: typed.unpin.contains(&column),
        }),
    };
    page(&Edit {
        frame,
        path: video_path(&video.guid),
        guid: Shown::from(video.guid.as_str()),
        fields: Column::ALL.map(field).into(),
        categories: faces.app.rules().value.categories,
        edition: outcome.edition,
        wrong: outcome.wrong,
        changed: outcome.changed,
    })
}

/// `GET /videos/{guid}/edit`
pub(in crate::http::operator) async fn ask(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    Path(GuidInPath(guid)): Path<GuidInPath>,
) -> Result<Response, Problem> {
    let video = faces.app.video(&guid).await?;
    let (typed, outcome) = (Typed::untouched(&video), Outcome::none(video.edition()));
    Ok(shown(&faces, frame, &video, &typed, outcome))
}

/// `POST /videos/{guid}/edit`
pub(in crate::http::operator) async fn change(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    Path(GuidInPath(guid)): Path<GuidInPath>,
    SignedForm(mut form): SignedForm,
) -> Result<Response, Problem> {
    let (seen, typed) = (form.field("edition"), Typed::of(&form));
    let video = faces.app.video(&guid).await?;
    let patch = match typed.patch(&video) {
        Ok(patch) => patch,
        Err(wrong) => {
            let outcome = Outcome {
                wrong,
                ..Outcome::none(seen)
            };
            return Ok(refused(shown(&faces, frame, &video, &typed, outcome)));
        }
    };
    let by = frame.caller.actor.clone();
    let edited = faces.app.edit_video(by, guid, patch, Some(seen.clone()));
    match edited.await {
        Ok(video) if video.edition() == seen => Ok(led_to(&video, "video-unchanged")),
        Ok(video) => Ok(led_to(&video, "video-changed")),
        Err(Error::Changed(_)) => {
            let now = faces.app.video(&video.guid).await?;
            Ok(stale(beside(&faces, frame, &now, &typed)))
        }
        Err(error) => Err(error.into()),
    }
}

/// Both, what stands there now and what was typed. Whoever saves again has seen it.
fn beside(faces: &Faces, frame: Frame, now: &Video, typed: &Typed) -> Response {
    let there = Typed::untouched(now).told(now);
    let outcome = Outcome {
        changed: Some(differing(there, typed.told(now))),
        ..Outcome::none(now.edition())
    };
    shown(faces, frame, now, typed, outcome)
}

fn led_to(video: &Video, word: &str) -> Response {
    done(&video_path(&video.guid), word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Preflight, Timestamp, VideoId};

    fn video(cells: &[(Column, &str)]) -> Video {
        let mut fields = crate::model::Fields::default();
        for (column, text) in cells {
            fields.set(*column, Some(text)).unwrap();
        }
        let (guid, creator) = ("g".parse().unwrap(), "a".parse().unwrap());
        let judged = Preflight::default().judge(fields);
        let (id, at) = (VideoId::from("v".to_owned()), Timestamp::from_millis(1));
        Video::new(id, guid, creator, judged, at)
    }

    fn form(fields: &[(&str, &str)]) -> Form {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Form(fields.iter().map(own).collect())
    }

    #[test]
    fn what_a_browser_sends_back_untouched_changes_nothing() {
        let video = video(&[
            (Column::Title, "Paper\nboats"),
            (Column::Description, "one\ntwo\r\nthree"),
            (Column::MadeForKids, "false"),
        ]);
        let sent = form(&[
            ("title", "Paperboats"),
            ("description", "one\r\ntwo\r\nthree"),
            ("geo", ""),
            ("made_for_kids", "false"),
        ]);
        let patch = Typed::of(&sent).patch(&video).unwrap();
        assert!(patch.is_empty());
    }

    #[test]
    fn everything_wrong_is_told_at_its_field() {
        let video = video(&[(Column::Title, "Boats")]);
        let sent = form(&[
            ("width", "wide"),
            ("starts_at", "soon"),
            ("title", "Kites"),
            ("unpin", "title"),
            ("unpin", "nothing"),
        ]);
        let wrong = Typed::of(&sent).patch(&video).unwrap_err();
        for (field, faults) in [("width", 1), ("starts_at", 1), ("title", 1), ("geo", 0)] {
            assert_eq!(wrong.at(field).len(), faults, "{field}");
        }
    }
}
