//! Imports: a file is sent or an address given, then planned, applied, watched, and what became of its rows taken out.

mod options;
mod views;

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use url::Url;

use super::{Page, document::ProblemDetails};
use crate::{
    app::{Caller, ExportFormat, Format, NewImport, check_import_options},
    http::{
        Encoding, Faces, Problem, Query,
        document::streamed,
        operator::{
            arriving,
            fields::{Fields, is_json, is_multipart},
            json::{Answer, Json},
            parameters::{Parameters, not_a_place},
            schemas::{CategoryPair, ColumnPair, DefaultPair, GuidPrefix, Text},
        },
        path::Path,
    },
    model::{CreatorId, ImportId, PageSize},
};

use options::{AddressFields, FileBytes, OptionFields, flag, of_fields, of_query};
use views::{ImportView, RowView, brief};

/// Imports of files, commands and sources, newest first
#[utoipa::path(get, path = "/api/v1/imports", tag = "imports",
    params(("limit" = Option<PageSize>, Query), ("after" = Option<Text>, Query, description = "the `next` of the page before")),
    responses((status = 200, body = Page<ImportView>)))]
pub(in crate::http::operator) async fn list_imports(
    State(faces): State<Arc<Faces>>,
    mut given: Parameters,
) -> Answer<Page<ImportView>> {
    let (size, after) = (given.limit(), given.text("after"));
    let after = given.finish(after.map(ImportId::from))?;
    let entries = faces.app.list_imports(after.as_ref(), size.get() + 1);
    let now = faces.app.now();
    Ok(Json::of(Page::of(
        entries.await?,
        size,
        |entry| entry.id().to_string(),
        |entry| brief(entry, now),
    )))
}

/// Import a file, sent as the body itself, or what an address holds
///
/// Any content type but `application/json`, which is for an address. The file may be packed with gzip, and is kept on
/// disk for as long as `retention.import_files` says. It is planned in the background, or with `apply` applied at once;
/// options of a file are parameters, those of an address members of the object.
#[utoipa::path(post, path = "/api/v1/imports", tag = "imports",
    params(("name" = Option<String>, Query, description = "the file's name, which may tell its format"),
        ("creator" = Option<CreatorId>, Query, description = "whose videos these are; without it, a column `creator` must say so"),
        ("format" = Option<Format>, Query, description = "where neither name nor content tells it"),
        ("map" = Option<Vec<ColumnPair>>, Query, description = "take their columns for ours; none of theirs twice"),
        ("default" = Option<Vec<DefaultPair>>, Query, description = "what absent columns or empty cells stand for; no field twice"),
        ("category" = Option<Vec<CategoryPair>>, Query, description = "take their categories for ours; none of theirs twice"),
        ("guid_prefix" = Option<GuidPrefix>, Query, description = "put this before every guid, for ever"),
        ("derive_guid" = Option<bool>, Query, description = "derive the guid of a feed's item that has none"),
        ("apply" = Option<bool>, Query, description = "apply without a plan before")),
    request_body(content((FileBytes = "application/octet-stream"), (AddressFields = "application/json"))),
    responses((status = 202, body = ImportView)))]
pub(in crate::http::operator) async fn add_import(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    query: Query,
    request: Request,
) -> Answer<ImportView> {
    if is_multipart(request.headers()) {
        return Err(arriving::no_form());
    }
    let file = if is_json(request.headers()) {
        if request.uri().query().is_some_and(|query| !query.is_empty()) {
            let words =
                "the options of an address are members of the object; leave the parameters out";
            return Err(Problem::bad_request(words));
        }
        let fields = Fields::of_request(request).await?;
        let (new, url) = of_address(fields)?;
        faces.app.fetch_import(caller.actor, new, url).await?
    } else {
        let new = NewImport {
            name: query.one("name")?.unwrap_or_default().to_owned(),
            options: of_query(&query)?,
            apply: flag(&query, "apply")?.unwrap_or_default(),
        };
        // What is packed stays so: a file is unpacked when it is read.
        Encoding::of(request.headers())?;
        check_import_options(&new.options)?;
        let arrived = arriving::body(&faces.app, request.into_body()).await?;
        faces.app.add_import(caller.actor, new, arrived).await?
    };
    Ok(Json::begun(ImportView::of_file(file, faces.app.now())))
}

fn of_address(mut fields: Fields) -> Result<(NewImport, Url), Problem> {
    let url: Option<Url> = fields.required("url");
    let (options, apply) = (of_fields(&mut fields), fields.flag("apply"));
    let new = NewImport {
        name: String::new(),
        options,
        apply: apply.unwrap_or_default(),
    };
    fields.finish(url.map(|url| (new, url)))
}

/// One import: where it stands, how far it is, what its plan found, what was applied
#[utoipa::path(get, path = "/api/v1/imports/{id}", tag = "imports", params(("id" = String, Path)),
    responses((status = 200, body = ImportView)))]
pub(in crate::http::operator) async fn show_import(
    State(faces): State<Arc<Faces>>,
    Path(id): Path<String>,
) -> Answer<ImportView> {
    let entry = faces.app.import_entry(&ImportId::from(id)).await?;
    Ok(Json::of(ImportView::of(entry, faces.app.now())))
}

/// Compare the file with the catalog again, which stays as it is; options that are given take the place of all
#[utoipa::path(post, path = "/api/v1/imports/{id}/plan", tag = "imports", params(("id" = String, Path)),
    request_body = Option<OptionFields>, responses((status = 202, body = ImportView)))]
pub(in crate::http::operator) async fn plan_import(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(id): Path<String>,
    fields: Option<Fields>,
) -> Answer<ImportView> {
    let mut options = None;
    if let Some(mut fields) = fields.filter(|fields| !fields.are_none()) {
        let given = of_fields(&mut fields);
        options = Some(fields.finish(Some(given))?);
    }
    let id = ImportId::from(id);
    let file = faces.app.plan_import(caller.actor, id, options).await?;
    Ok(Json::begun(ImportView::of_file(file, faces.app.now())))
}

/// Put the rows into the catalog, from where an earlier run of this import ended
#[utoipa::path(post, path = "/api/v1/imports/{id}/apply", tag = "imports", params(("id" = String, Path)),
    responses((status = 202, body = ImportView)))]
pub(in crate::http::operator) async fn apply_import(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Answer<ImportView> {
    let id = ImportId::from(id);
    let file = faces.app.apply_import(caller.actor, id).await?;
    Ok(Json::begun(ImportView::of_file(file, faces.app.now())))
}

/// Stop an import that is worked on; one that rests is discarded, and its files are removed
#[utoipa::path(post, path = "/api/v1/imports/{id}/cancel", tag = "imports", params(("id" = String, Path)),
    responses((status = 200, body = ImportView)))]
pub(in crate::http::operator) async fn cancel_import(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Answer<ImportView> {
    let id = ImportId::from(id);
    let file = faces.app.cancel_import(caller.actor, id).await?;
    Ok(Json::of(ImportView::of_file(file, faces.app.now())))
}

/// What the plan, or after it the run, said of each row, in the order of the file
///
/// A page looks at 20,000 rows at the most, so one of wrong rows only may be short, or empty with a `next`.
#[utoipa::path(get, path = "/api/v1/imports/{id}/rows", tag = "imports",
    params(("id" = String, Path),
        ("wrong" = Option<bool>, Query, description = "only rows that do not go in: errors and conflicts"),
        ("limit" = Option<PageSize>, Query), ("after" = Option<Text>, Query, description = "the `next` of the page before")),
    responses((status = 200, body = Page<RowView>),
        (status = 409, description = "It is worked on", body = ProblemDetails, content_type = "application/problem+json")))]
pub(in crate::http::operator) async fn list_import_rows(
    State(faces): State<Arc<Faces>>,
    Path(id): Path<String>,
    mut given: Parameters,
) -> Answer<Page<RowView>> {
    let limit = usize::try_from(given.limit().get()).unwrap_or_default();
    let (wrong, after) = (given.flag("wrong"), given.place());
    let (wrong, after) = given.finish((wrong.unwrap_or_default(), after.unwrap_or_default()))?;
    let id = ImportId::from(id);
    let page = faces.app.import_rows(&id, wrong, after, limit).await;
    let page = page.map_err(not_a_place)?;
    Ok(Json::of(Page {
        items: page.rows.into_iter().map(RowView::from).collect(),
        next: page.next.map(|place| place.to_string()),
    }))
}

/// Where a page of rows begins.
pub(in crate::http::operator) fn place(query: &Query) -> Result<u64, Problem> {
    let after = query.one("after")?.map(str::parse).transpose();
    let after = after
        .map_err(|_odd| Problem::bad_request("`after` must be the `next` of the page before"))?;
    Ok(after.unwrap_or_default())
}

/// The same for all rows, as a file; the audit notes that it was taken out
#[utoipa::path(get, path = "/api/v1/imports/{id}/result", tag = "imports",
    params(("id" = String, Path), ("format" = Option<ExportFormat>, Query, description = "`csv` when absent")),
    responses((status = 200, content((String = "text/csv"), (String = "application/x-ndjson"))),
        (status = 409, description = "It is worked on", body = ProblemDetails, content_type = "application/problem+json")))]
pub(in crate::http::operator) async fn download_import_result(
    State(faces): State<Arc<Faces>>,
    caller: Caller,
    Path(id): Path<String>,
    mut given: Parameters,
) -> Result<Response, Problem> {
    let format = given.word("format").unwrap_or(ExportFormat::Csv);
    let format = given.finish(format)?;
    let (ending, kind) = match format {
        ExportFormat::Csv => ("csv", "text/csv; charset=utf-8"),
        ExportFormat::JsonLines => ("jsonl", "application/x-ndjson"),
    };
    let id = ImportId::from(id);
    let rows = faces.app.import_result(&caller.actor, &id, format).await?;
    let name = format!("attachment; filename=\"import-{id}.{ending}\"");
    let headers = [(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, name)];
    Ok((headers, streamed(rows)).into_response())
}
