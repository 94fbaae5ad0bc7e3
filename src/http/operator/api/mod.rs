//! The REST API under `/api/v1`: a file per resource, and the document that describes them all.

pub(super) mod audit;
pub(super) mod creators;
pub(super) mod credentials;
pub(super) mod events;
pub(super) mod imports;
pub(super) mod keys;
pub(super) mod me;
pub(super) mod operators;
pub(super) mod sessions;
pub(super) mod status;
pub(super) mod videos;

use serde::Serialize;
use utoipa::{
    OpenApi as _, ToSchema,
    openapi::{
        OpenApi, Paths, RefOr, Schema,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::json::Json;
use crate::http::{Problem, Query};

/// Things in a list at the most.
const MOST: i64 = 500;
const USUAL: i64 = 50;

/// The parts of the document that no route brings.
#[derive(utoipa::OpenApi)]
#[openapi(info(
    title = "mcnd",
    description = "What operators of a network and their programs ask of the daemon. Errors are problem details (RFC 9457)."
))]
struct Head;

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub(super) struct Page<T> {
    /// The things of this page.
    items: Vec<T>,
    /// What to send as `after` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl<T> Page<T> {
    /// A page that was asked for one thing beyond its limit, which says whether there is more.
    pub(super) fn of<S>(
        mut found: Vec<S>,
        limit: i64,
        cursor: impl Fn(&S) -> String,
        shown: impl FnMut(S) -> T,
    ) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = found.len() > limit;
        found.truncate(limit);
        Self {
            next: found.last().filter(|_last| more).map(cursor),
            items: found.into_iter().map(shown).collect(),
        }
    }
}

/// The `limit` of a list.
///
/// # Errors
/// 400 unless it is a number from 1 to 500.
pub(super) fn limit(query: &Query) -> Result<i64, Problem> {
    let Some(text) = query.one("limit")? else {
        return Ok(USUAL);
    };
    let limit = text.parse().ok().filter(|limit| (1..=MOST).contains(limit));
    limit.ok_or_else(|| Problem::bad_request(format!("`limit` must be a number from 1 to {MOST}")))
}

/// This document: OpenAPI 3.1
#[utoipa::path(get, path = "/api/openapi.json", tag = "document", responses((status = 200, body = Object)))]
pub(super) async fn show_document() -> Json<OpenApi> {
    Json::of(super::openapi())
}

/// The API's document, of what every route says of itself.
pub(super) fn document(
    routes: impl Iterator<Item = (Vec<(String, RefOr<Schema>)>, Paths)>,
) -> OpenApi {
    let mut document = Head::openapi();
    let mut components = document.components.take().unwrap_or_default();
    components.schemas.extend(problem_schemas());
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    components.add_security_scheme("key", SecurityScheme::Http(bearer));
    let cookie = ApiKey::Cookie(ApiKeyValue::new("__Host-mcnd-operator"));
    components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    for (schemas, paths) in routes {
        components.schemas.extend(schemas);
        for (path, item) in paths.paths {
            match document.paths.paths.get_mut(&path) {
                Some(known) => known.merge_operations(item),
                None => {
                    document.paths.paths.insert(path, item);
                }
            }
        }
    }
    document.components = Some(components);
    document
}

/// Problem details (RFC 9457), as every error of the API is told.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "a description; the problems themselves are written elsewhere"
)]
pub(super) struct ProblemDetails {
    r#type: String,
    title: String,
    status: u16,
    detail: Option<String>,
    /// The request's id, which finds it in the log.
    instance: Option<String>,
    /// One sentence for each thing that is wrong.
    problems: Option<Vec<String>>,
}

fn problem_schemas() -> [(String, RefOr<Schema>); 1] {
    use utoipa::PartialSchema as _;
    [("ProblemDetails".to_owned(), ProblemDetails::schema())]
}
