//! Imports: a file or an address is given, its plan read, applied and watched, and what became of its rows taken away.

mod form;
mod shown;

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};

use super::{Form, frame::Frame, page, signed::SignedForm, text};
use crate::{
    app::{Caller, ImportEntry},
    http::{Faces, Problem, Query, operator::api::imports::place, path::Path},
    model::{ImportFile, ImportId},
};

use form::options;
pub(in crate::http::operator) use form::send;
use shown::{Line, RowLine, Shown, Stage};

/// Imports on one page of the list.
const LISTED: usize = 30;
/// Rows on one page.
const ROWS: usize = 100;

#[derive(Template)]
#[template(path = "imports.html", config = "src/http/operator/pages/askama.toml")]
struct Imports {
    frame: Frame,
    lines: Vec<Line>,
    /// The address of the next page.
    next: Option<String>,
    /// The list from its beginning, where a file can be sent.
    first: bool,
    /// How large a file may be.
    most: String,
}

#[derive(Template)]
#[template(path = "import.html", config = "src/http/operator/pages/askama.toml")]
struct Import {
    frame: Frame,
    shown: Shown,
}

#[derive(Template)]
#[template(
    path = "import_rows.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct RowList {
    frame: Frame,
    id: ImportId,
    name: text::Shown,
    only_wrong: bool,
    rows: Vec<RowLine>,
    next: Option<String>,
}

/// A question before something is done.
#[derive(Template)]
#[template(
    path = "import_ask.html",
    config = "src/http/operator/pages/askama.toml"
)]
struct Ask {
    frame: Frame,
    file: ImportFile,
    /// What is to be done with it.
    verb: &'static str,
    sentences: Vec<String>,
    /// The last part of the form's address.
    action: &'static str,
}

/// `GET /imports`
pub(in crate::http::operator) async fn list(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    query: Query,
) -> Result<Response, Problem> {
    let after = query.one("after")?.map(|id| ImportId::from(id.to_owned()));
    let limit = i64::try_from(LISTED + 1).unwrap_or(i64::MAX);
    let mut entries = faces.app.list_imports(after.as_ref(), limit).await?;
    let more = entries.len() > LISTED;
    entries.truncate(LISTED);
    let last = entries.last().filter(|_last| more);
    let now = faces.app.now();
    Ok(page(&Imports {
        frame,
        next: last.map(|entry| format!("/imports?after={}", entry.id())),
        lines: entries
            .into_iter()
            .map(|entry| Line::of(entry, now))
            .collect(),
        first: after.is_none(),
        most: text::size(faces.app.config().import.max_file_bytes),
    }))
}

/// `GET /imports/{id}`
pub(in crate::http::operator) async fn show(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let entry = faces.app.import_entry(&ImportId::from(id)).await?;
    let shown = Shown::of(entry, faces.app.now());
    Ok(page(&Import { frame, shown }))
}

/// `GET /imports/{id}/rows`
pub(in crate::http::operator) async fn rows(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Problem> {
    let (id, after) = (ImportId::from(id), place(&query)?);
    let only_wrong = query.one("wrong")? == Some("true");
    let file = faces.app.import_file(&id).await?;
    let found = faces.app.import_rows(&id, only_wrong, after, ROWS).await?;
    let next = found.next.map(|place| {
        let wrong = if only_wrong { "wrong=true&" } else { "" };
        format!("/imports/{id}/rows?{wrong}after={place}")
    });
    Ok(page(&RowList {
        frame,
        id,
        name: file.name.into(),
        only_wrong,
        rows: found.rows.into_iter().map(Into::into).collect(),
        next,
    }))
}

/// `POST /imports/{id}/plan`
pub(in crate::http::operator) async fn plan(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(id): Path<String>,
    SignedForm(mut form): SignedForm,
) -> Result<Response, Problem> {
    let options = options(&mut form)?;
    let planned = faces
        .app
        .plan_import(caller.actor, ImportId::from(id), Some(options));
    Ok(back_to(&planned.await?, "planning"))
}

/// `GET /imports/{id}/apply`
pub(in crate::http::operator) async fn ask_to_apply(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let file = faces.app.import_file(&ImportId::from(id)).await?;
    Ok(page(&Ask {
        frame,
        verb: "Apply",
        sentences: shown::before_applying(&file),
        file,
        action: "apply",
    }))
}

/// `POST /imports/{id}/apply`
pub(in crate::http::operator) async fn apply(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(id): Path<String>,
    _form: SignedForm,
) -> Result<Response, Problem> {
    let id = ImportId::from(id);
    let file = faces.app.apply_import(caller.actor, id).await?;
    Ok(back_to(&file, "applying"))
}

/// `GET /imports/{id}/cancel`
pub(in crate::http::operator) async fn ask_to_cancel(
    State(faces): State<Arc<Faces>>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let entry = faces.app.import_entry(&ImportId::from(id)).await?;
    let ImportEntry::File(file, _) = entry else {
        let words = "this import was made by a command or a source, and is not cancelled here";
        return Err(Problem::bad_request(words));
    };
    let sentences = vec![
        "Its file, and what was said of its rows, are removed. What it has put into the catalog stays."
            .to_owned(),
    ];
    Ok(page(&Ask {
        frame,
        verb: "Discard",
        sentences,
        file: *file,
        action: "cancel",
    }))
}

/// `POST /imports/{id}/cancel`
pub(in crate::http::operator) async fn cancel(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(id): Path<String>,
    _form: SignedForm,
) -> Result<Response, Problem> {
    let id = ImportId::from(id);
    let file = faces.app.cancel_import(caller.actor, id).await?;
    let done = if file.cancelling {
        "stopping"
    } else {
        "discarded"
    };
    Ok(back_to(&file, done))
}

fn back_to(file: &ImportFile, done: &str) -> Response {
    Redirect::to(&format!("/imports/{}?done={done}", file.id)).into_response()
}
