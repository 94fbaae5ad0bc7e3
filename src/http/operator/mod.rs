//! The operators' face. Every route stands in [`table`] beside what it asks of whoever calls it; the router is built from
//! the table alone, so that a route without a row does not exist.

mod api;
mod arriving;
mod cookie;
mod fields;
mod guard;
mod json;
mod pages;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::Method,
    middleware::from_fn_with_state,
    routing::{MethodRouter, get, post},
};
use utoipa::openapi::{OpenApi, PathItem};
use utoipa_axum::{router::UtoipaMethodRouter, routes};

use super::{Faces, ops};
use crate::model::Right;

use guard::Guarded;
use pages::{account, docs, home, imports, sign_in, sign_up};

/// What a route asks of whoever calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: whoever reaches the listener.
    Nothing,
    /// To be let in, as whoever.
    Somebody,
    /// This right.
    Right(Right),
    /// This right, and the password given again lately. A key has none; its scope is enough.
    Confirmed(Right),
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
    [pages(), access(), network(), import_rows()]
        .into_iter()
        .flatten()
        .collect()
}

/// What machines ask, and pages for people.
fn pages() -> Vec<Row> {
    use Needs::{Nothing, Right as Needed, Somebody};
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
        page(Method::POST, "/sign-out", Somebody, post(account::sign_out)),
        page(
            Method::GET,
            "/confirm",
            Somebody,
            get(account::ask_password),
        ),
        page(Method::POST, "/confirm", Somebody, post(account::confirm)),
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

/// The API of who may come in, and of what was done.
fn access() -> Vec<Row> {
    use Needs::{Confirmed, Right as Needed, Somebody};
    use Right::{Admin, Read};
    vec![
        api(Needed(Read), routes!(api::document::show_document)),
        api(Somebody, routes!(api::me::show_me)),
        api(Needed(Admin), routes!(api::operators::list_operators)),
        api(Confirmed(Admin), routes!(api::operators::add_operator)),
        api(Confirmed(Admin), routes!(api::operators::change_operator)),
        api(Confirmed(Admin), routes!(api::operators::invite_operator)),
        api(Needed(Admin), routes!(api::sessions::list_sessions)),
        api(Needed(Admin), routes!(api::sessions::end_session)),
        api(Needed(Admin), routes!(api::keys::list_keys)),
        api(Confirmed(Admin), routes!(api::keys::add_key)),
        api(Confirmed(Admin), routes!(api::keys::remove_key)),
        api(Confirmed(Admin), routes!(api::audit::list_audit)),
        api(Confirmed(Admin), routes!(api::audit::list_seals)),
    ]
}

/// The API of the network's creators, videos and events.
fn network() -> Vec<Row> {
    use Needs::Right as Needed;
    use Right::{Catalog, Credentials, Events, RawEvents, Read};
    vec![
        api(Needed(Read), routes!(api::creators::list_creators)),
        api(Needed(Catalog), routes!(api::creators::add_creator)),
        api(Needed(Read), routes!(api::creators::show_creator)),
        api(Needed(Catalog), routes!(api::creators::change_creator)),
        api(Needed(Read), routes!(api::videos::show_video)),
        api(Needed(Read), routes!(api::videos::show_timeline)),
        api(Needed(Read), routes!(api::videos::explain_video)),
        api(Needed(Catalog), routes!(api::videos::retry_video)),
        api(Needed(Catalog), routes!(api::videos::take_down_video)),
        api(Needed(Read), routes!(api::events::list_events)),
        api(Needed(RawEvents), routes!(api::events::show_event)),
        api(Needed(Events), routes!(api::events::replay_event)),
        api(
            Needed(Credentials),
            routes!(api::credentials::list_credentials),
        ),
        api(
            Needed(Credentials),
            routes!(api::credentials::add_credential),
        ),
        api(
            Needed(Credentials),
            routes!(api::credentials::rotate_credential),
        ),
        api(
            Needed(Credentials),
            routes!(api::credentials::remove_credential),
        ),
        api(Needed(Read), routes!(api::status::show_status)),
    ]
}

/// Imports: for people, and for programs.
fn import_rows() -> Vec<Row> {
    use Needs::Right as Needed;
    use Right::{Catalog, Export, Read};
    let takes_file = post(imports::send).layer(DefaultBodyLimit::disable());
    vec![
        page(Method::GET, "/imports", Needed(Read), get(imports::list)),
        page(Method::POST, "/imports", Needed(Catalog), takes_file),
        page(
            Method::GET,
            "/imports/{id}",
            Needed(Read),
            get(imports::show),
        ),
        page(
            Method::GET,
            "/imports/{id}/rows",
            Needed(Read),
            get(imports::rows),
        ),
        page(
            Method::POST,
            "/imports/{id}/plan",
            Needed(Catalog),
            post(imports::plan),
        ),
        page(
            Method::GET,
            "/imports/{id}/apply",
            Needed(Catalog),
            get(imports::ask_to_apply),
        ),
        page(
            Method::POST,
            "/imports/{id}/apply",
            Needed(Catalog),
            post(imports::apply),
        ),
        page(
            Method::GET,
            "/imports/{id}/cancel",
            Needed(Catalog),
            get(imports::ask_to_cancel),
        ),
        page(
            Method::POST,
            "/imports/{id}/cancel",
            Needed(Catalog),
            post(imports::cancel),
        ),
        api(Needed(Read), routes!(api::imports::list_imports)),
        api(Needed(Catalog), routes!(api::imports::add_import)),
        api(Needed(Read), routes!(api::imports::show_import)),
        api(Needed(Catalog), routes!(api::imports::plan_import)),
        api(Needed(Catalog), routes!(api::imports::apply_import)),
        api(Needed(Catalog), routes!(api::imports::cancel_import)),
        api(Needed(Read), routes!(api::imports::list_import_rows)),
        api(
            Needed(Export),
            routes!(api::imports::download_import_result),
        ),
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
        described: Some((schemas, paths.clone())),
    }
}

fn method_of(item: &PathItem) -> Method {
    let methods = [
        (&item.get, Method::GET),
        (&item.post, Method::POST),
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
