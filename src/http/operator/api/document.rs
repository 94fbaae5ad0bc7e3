//! The document that describes the API (OpenAPI 3.1), put together from what every route says of itself.

use utoipa::{
    OpenApi as _, PartialSchema as _, ToSchema,
    openapi::{
        ContentBuilder, OpenApi, PathItem, Paths, Ref, RefOr, ResponseBuilder, Schema,
        path::Operation,
        security::{
            ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
        },
    },
};

use crate::http::operator::{self, json::Json};

/// The parts of the document that no route brings.
#[derive(utoipa::OpenApi)]
#[openapi(info(
    title = "mcnd",
    description = "What operators of a network and their programs ask of the daemon. Errors are problem details (RFC 9457)."
))]
struct Head;

/// This document: OpenAPI 3.1
#[utoipa::path(get, path = "/api/openapi.json", tag = "document", responses((status = 200, body = Object)))]
pub(in crate::http::operator) async fn show_document() -> Json<OpenApi> {
    Json::of(operator::openapi())
}

/// The API's document, of what every route says of itself.
pub(in crate::http::operator) fn document(
    routes: impl Iterator<Item = (Vec<(String, RefOr<Schema>)>, Paths)>,
) -> OpenApi {
    let mut document = Head::openapi();
    let mut components = document.components.take().unwrap_or_default();
    components
        .schemas
        .insert("ProblemDetails".to_owned(), ProblemDetails::schema());
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
    document.security = Some(["key", "session"].map(either).to_vec());
    document
        .paths
        .paths
        .values_mut()
        .flat_map(operations)
        .for_each(tell_of_errors);
    document
}

/// One of the ways to be let in.
fn either(scheme: &str) -> SecurityRequirement {
    SecurityRequirement::new::<_, [&str; 0], &str>(scheme, [])
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.post,
        &mut item.put,
        &mut item.patch,
        &mut item.delete,
    ]
    .into_iter()
    .flatten()
}

/// Whatever goes wrong is told in the same way, at every route.
fn tell_of_errors(operation: &mut Operation) {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("ProblemDetails")))
        .build();
    let problem = ResponseBuilder::new()
        .description("What is wrong, and what now")
        .content("application/problem+json", content)
        .build();
    let answers = &mut operation.responses.responses;
    answers.insert("default".to_owned(), problem.into());
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
