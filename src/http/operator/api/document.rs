//! The document that describes the API (OpenAPI 3.1), put together from what every route says of itself.

use utoipa::{
    OpenApi as _, PartialSchema as _, ToSchema,
    openapi::{
        ContentBuilder, OpenApi, PathItem, Paths, Ref, RefOr, Response, ResponseBuilder, Schema,
        path::{Operation, ParameterIn},
        security::{
            ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
        },
    },
};

use crate::http::operator::{self, json::Json, schemas};

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
    components.schemas.extend(schemas::components());
    let problems = PROBLEMS.map(|(_, name, words)| (name.to_owned(), problem(words).into()));
    components.responses.extend(problems);
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

/// What can go wrong, with the name and the description of its answer.
const PROBLEMS: [(&str, &str, &str); 13] = [
    (
        "400",
        "BadRequest",
        "The request is not as this document says, or can never be carried out",
    ),
    ("401", "Unauthorized", "Nobody is let in so"),
    (
        "403",
        "Forbidden",
        "The role, or the scopes of the key, do not allow this",
    ),
    ("404", "NotFound", "There is no such thing"),
    ("408", "TooSlow", "The body took too long"),
    (
        "409",
        "Conflict",
        "What there is does not allow this, or somebody does it just now",
    ),
    ("412", "Changed", "It was changed since it was seen"),
    ("413", "TooLarge", "The body is too large"),
    (
        "415",
        "OtherType",
        "The body is of another type or encoding",
    ),
    (
        "422",
        "Unprocessable",
        "The parts of the request do not fit this document, each other, or what there is",
    ),
    ("428", "EditionMissing", "An edit names what it has seen"),
    (
        "429",
        "TooOften",
        "Asked too often; `Retry-After` says when it may be tried again",
    ),
    (
        "5XX",
        "Fault",
        "A fault of ours, or not now: `Retry-After` says when it may be tried again",
    ),
];
/// What can be wrong with a body.
const OF_BODIES: [&str; 5] = ["400", "408", "413", "415", "422"];

/// One of the ways to be let in.
fn either(scheme: &str) -> SecurityRequirement {
    SecurityRequirement::new::<_, [&str; 0], &str>(scheme, [])
}

/// The operations of a path, each with whether it changes something.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (&mut Operation, bool)> {
    let all = [
        (&mut item.get, false),
        (&mut item.post, true),
        (&mut item.put, true),
        (&mut item.patch, true),
        (&mut item.delete, true),
    ];
    all.into_iter()
        .filter_map(|(operation, changes)| Some((operation.as_mut()?, changes)))
}

/// Whatever goes wrong is told in the same way, at every route. What can go wrong follows from what a route takes.
fn tell_of_errors((operation, changes): (&mut Operation, bool)) {
    let mut statuses = vec!["401", "403", "429", "5XX"];
    statuses.extend(changes.then_some("409"));
    if operation.request_body.is_some() {
        statuses.extend(OF_BODIES);
    }
    for parameter in operation.parameters.iter().flatten() {
        let RefOr::T(parameter) = parameter else {
            continue;
        };
        let more: &[_] = match (&parameter.parameter_in, parameter.name.as_str()) {
            (ParameterIn::Path, _) => &["400", "404"],
            (_, "If-Match") => &["400", "412", "428"],
            (_, "Idempotency-Key") => &OF_BODIES,
            _ => &["400", "422"],
        };
        statuses.extend(more);
    }
    let answers = &mut operation.responses.responses;
    for (status, name, _) in PROBLEMS {
        if statuses.contains(&status) {
            let answer = || Ref::from_response_name(name).into();
            answers.entry(status.to_owned()).or_insert_with(answer);
        }
    }
    answers.iter_mut().for_each(tell_of_success);
}

/// An answer that says nothing more of itself is what was asked for.
fn tell_of_success((status, answer): (&String, &mut RefOr<Response>)) {
    if let RefOr::T(answer) = answer
        && answer.description.is_empty()
    {
        let words = match status.as_str() {
            "201" => "It is made",
            "202" => "It is begun",
            "204" => "It is done",
            _ => "What was asked for",
        };
        words.clone_into(&mut answer.description);
    }
}

/// The answer that tells of a problem.
fn problem(description: &str) -> Response {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("ProblemDetails")))
        .build();
    ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", content)
        .build()
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
