//! The operators' face. Every route stands in [`table`] beside what it asks of whoever calls it; the router is built from
//! the table alone, so that a route without a row does not exist.

mod api;
mod api_table;
mod arriving;
mod bulk_query;
mod cookie;
mod download;
mod fields;
mod guard;
mod json;
mod once;
mod pace;
mod page_table;
mod pages;
mod parameters;
mod protection;
mod schemas;

use std::sync::Arc;

use axum::{
    Router,
    http::Method,
    middleware::from_fn_with_state,
    routing::{MethodRouter, get, post},
};
use utoipa::openapi::{OpenApi, PathItem};
use utoipa_axum::router::UtoipaMethodRouter;

use super::{Faces, ops};
use crate::model::Right;

use guard::Guarded;
pub(super) use pace::Pace;
use pages::{
    account, creator, creator_edit, creators, docs, enter, home, sign_in, sign_up, video,
    video_edit, videos,
};
pub(super) use protection::protect;

/// What a route asks of whoever calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: whoever reaches the listener.
    Nothing,
    /// To be let in, as whoever.
    Somebody,
    /// To be signed in, as whoever: what people do with their own account. No key will do.
    Person,
    /// This right.
    Right(Right),
    /// One of these two; which one, the route sees from what is asked of it.
    Either(Right, Right),
    /// This right, and the password given again lately. A key has none; its scope is enough.
    Confirmed(Right),
    /// This right, and the password given again lately by somebody who is signed in. No key will do.
    PersonConfirmed(Right),
}

/// How a route speaks to whoever it turns away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speech {
    /// With problem details (RFC 9457).
    Api,
    /// With a page, or by leading to one.
    Page,
}

/// One route of the face.
pub(super) struct Row {
    method: Method,
    path: String,
    needs: Needs,
    speech: Speech,
    handler: MethodRouter<Arc<Faces>>,
    /// Whether it makes something, so that it heeds `Idempotency-Key`.
    makes: bool,
    /// What the API's document says of it.
    described: Option<Described>,
}

type Described = (
    Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>,
    utoipa::openapi::Paths,
);

/// A route as tests and documents see it: its method, the template of its path, what it asks for and how it speaks.
pub type ListedRoute = (Method, String, Needs, Speech);

/// Every route of the operators' face.
fn table() -> Vec<Row> {
    [
        pages(),
        places(),
        page_table::inbox(),
        page_table::settings(),
        page_table::rules(),
        page_table::work(),
        api_table::access(),
        api_table::network(),
        api_table::looked_at(),
        api_table::rules(),
        api_table::bulk(),
        api_table::imports(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What machines ask, and pages for people.
fn pages() -> Vec<Row> {
    use Needs::{Nothing, Person, Right as Needed};
    vec![
        probe("/healthz", get(ops::alive)),
        probe("/readyz", get(ops::ready)),
        probe("/metrics", get(ops::metrics)),
        page(Method::GET, "/style.css", Nothing, get(pages::style)),
        page(Method::GET, "/script.js", Nothing, get(pages::script)),
        page(Method::GET, "/icon.svg", Nothing, get(pages::icon)),
        page(Method::GET, "/sign-in", Nothing, get(sign_in::show)),
        page(Method::POST, "/sign-in", Nothing, post(sign_in::sign_in)),
        page(
            Method::POST,
            "/sign-in/code",
            Nothing,
            post(sign_in::give_code),
        ),
        page(
            Method::GET,
            "/sign-up/{secret}",
            Nothing,
            get(sign_up::show),
        ),
        page(
            Method::POST,
            "/sign-up/{secret}",
            Nothing,
            post(sign_up::sign_up),
        ),
        page(Method::GET, "/enter/{secret}", Nothing, get(enter::enter)),
        page(Method::POST, "/sign-out", Person, post(account::sign_out)),
        page(Method::GET, "/confirm", Person, get(account::ask_password)),
        page(Method::POST, "/confirm", Person, post(account::confirm)),
        page(Method::GET, "/", Needed(Right::Read), get(home::show)),
        page(
            Method::GET,
            "/api/docs",
            Needed(Right::Read),
            get(docs::show),
        ),
        page(
            Method::GET,
            "/api/docs/{file}",
            Needed(Right::Read),
            get(docs::file),
        ),
    ]
}

/// Pages of creators and videos. No id of a creator has an underscore, so names with one stand beside them.
fn places() -> Vec<Row> {
    use Needs::Right as Needed;
    use Right::{Catalog, Read};
    let shown = |path, handler| page(Method::GET, path, Needed(Read), handler);
    let asked = |path, handler| page(Method::GET, path, Needed(Catalog), handler);
    let sent = |path, handler| page(Method::POST, path, Needed(Catalog), handler);
    vec![
        shown("/creators", get(creators::list)),
        asked("/creators/_status", get(creators::ask_status)),
        sent("/creators/_status", post(creators::set_status)),
        asked("/creators/_new", get(creator_edit::ask_new)),
        sent("/creators/_new", post(creator_edit::add)),
        shown("/creators/{id}", get(creator::show)),
        shown("/creators/{id}/feed", get(creator::show_feed)),
        asked("/creators/{id}/edit", get(creator_edit::ask)),
        sent("/creators/{id}/edit", post(creator_edit::change)),
        shown("/videos", get(videos::list)),
        shown("/videos/{guid}", get(video::show)),
        asked("/videos/{guid}/edit", get(video_edit::ask)),
        sent("/videos/{guid}/edit", post(video_edit::change)),
        sent("/videos/{guid}/retry", post(video::retry)),
        asked("/videos/{guid}/take-down", get(video::ask_take_down)),
        sent("/videos/{guid}/take-down", post(video::take_down)),
    ]
}

/// Paths to which files are sent, which may take longer than other bodies.
pub(super) const TAKES_FILES: [&str; 2] = ["/api/v1/imports", "/imports"];

/// The face's router.
pub(super) fn router(faces: &Arc<Faces>) -> Router<Arc<Faces>> {
    table().into_iter().fold(Router::new(), |router, row| {
        let guarded = Guarded {
            faces: Arc::clone(faces),
            needs: row.needs,
            speech: row.speech,
            makes: row.makes,
        };
        let handler = row
            .handler
            .route_layer(from_fn_with_state(guarded, guard::pass));
        router.route(&row.path, handler)
    })
}

/// Every route, as tests walk them.
pub fn routes() -> Vec<ListedRoute> {
    let rows = table().into_iter();
    rows.map(|row| (row.method, row.path, row.needs, row.speech))
        .collect()
}

/// The API's document (OpenAPI 3.1).
pub fn openapi() -> OpenApi {
    api::document::document(table().into_iter().filter_map(|row| row.described))
}

fn page(method: Method, path: &str, needs: Needs, handler: MethodRouter<Arc<Faces>>) -> Row {
    Row {
        method,
        path: path.to_owned(),
        needs,
        speech: Speech::Page,
        handler,
        makes: false,
        described: None,
    }
}

/// What machines ask: open to whoever reaches the listener.
fn probe(path: &str, handler: MethodRouter<Arc<Faces>>) -> Row {
    Row {
        speech: Speech::Api,
        ..page(Method::GET, path, Needs::Nothing, handler)
    }
}

fn api(needs: Needs, (schemas, paths, handler): UtoipaMethodRouter<Arc<Faces>>) -> Row {
    let (path, item) = paths
        .paths
        .first_key_value()
        .expect("a described handler has a path");
    Row {
        method: method_of(item),
        path: path.clone(),
        needs,
        speech: Speech::Api,
        handler,
        makes: false,
        described: Some((schemas, paths.clone())),
    }
}

/// A route of the API that makes something: once for each `Idempotency-Key`.
fn maker(needs: Needs, (schemas, mut paths, handler): UtoipaMethodRouter<Arc<Faces>>) -> Row {
    let operations = paths
        .paths
        .values_mut()
        .filter_map(|item| item.post.as_mut());
    for operation in operations {
        let parameters = operation.parameters.get_or_insert_default();
        parameters.push(once::parameter().into());
    }
    Row {
        makes: true,
        ..api(needs, (schemas, paths, handler))
    }
}

fn method_of(item: &PathItem) -> Method {
    let methods = [
        (&item.get, Method::GET),
        (&item.post, Method::POST),
        (&item.put, Method::PUT),
        (&item.patch, Method::PATCH),
        (&item.delete, Method::DELETE),
    ];
    let found = methods
        .into_iter()
        .find(|(operation, _)| operation.is_some());
    found
        .map(|(_, method)| method)
        .expect("a described handler has one of the methods that the face uses")
}
