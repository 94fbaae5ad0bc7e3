//! The other side for the tests: a network that serves pages, notes every request and answers
//! callbacks as it is told.

use std::collections::{HashMap, VecDeque};
use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

/// When every page changed last.
pub(super) const CHANGED: &str = "Tue, 01 Sep 2026 09:00:00 GMT";

/// A running network; it ends with the test's runtime.
#[derive(Clone)]
pub(super) struct Network {
    state: Arc<Mutex<Inner>>,
    origin: String,
}

#[derive(Default)]
struct Inner {
    pages: HashMap<String, Page>,
    requests: Vec<Request>,
    /// Statuses of the next callbacks; 204 when there are none left.
    answers: VecDeque<StatusCode>,
}

/// What one address serves.
#[derive(Clone, Default)]
pub(super) struct Page {
    pub(super) body: String,
    pub(super) etag: Option<&'static str>,
    pub(super) gzip: bool,
    /// The transfer is broken off after the body.
    pub(super) breaks_off: bool,
}

/// One request as it arrived.
#[derive(Clone)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) target: String,
    headers: HeaderMap,
    pub(super) body: String,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

impl Network {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::<Mutex<Inner>>::default();
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&state));
        TaskTracker::new().spawn(async { axum::serve(listener, router).await });
        Self { state, origin }
    }

    pub(super) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    pub(super) fn serve(&self, path: &str, page: Page) {
        let mut state = self.state.lock().unwrap();
        state.pages.insert(path.to_owned(), page);
    }

    /// A user list with one user, `u`, whose feed lists these guids.
    pub(super) fn list(&self, guids: &[&str]) {
        self.serve("/users.json", Page::of(self.users(&["u"]).to_string()));
        self.serve("/feeds/u.xml", Page::of(feed(guids, "")));
    }

    pub(super) fn users(&self, ids: &[&str]) -> Value {
        ids.iter()
            .map(|id| json!({ "id": id, "mrss": self.address(&format!("/feeds/{id}.xml")) }))
            .collect()
    }

    pub(super) fn answer_next(&self, statuses: impl IntoIterator<Item = StatusCode>) {
        self.state.lock().unwrap().answers.extend(statuses);
    }

    pub(super) fn requests(&self, method: &Method) -> Vec<Request> {
        let requests = self.state.lock().unwrap().requests.clone();
        let wanted = requests.into_iter();
        wanted.filter(|request| request.method == method).collect()
    }

    /// Every event of every callback, in order of arrival.
    pub(super) fn events(&self) -> Vec<Value> {
        self.requests(&Method::POST)
            .iter()
            .flat_map(|post| serde_json::from_str::<Vec<Value>>(&post.body).unwrap())
            .collect()
    }
}

impl Page {
    pub(super) fn of(body: impl Into<String>) -> Self {
        Self {
            body: body.into(),
            ..Self::default()
        }
    }
}

/// A feed with an item for each guid and `extra` in its channel.
pub(super) fn feed(guids: &[&str], extra: &str) -> String {
    let item = |guid: &&str| {
        format!(
            "<item><title>Title of {guid}</title><guid>{guid}</guid>\
             <media:content url=\"http://media.example/{guid}.mp4\"/></item>"
        )
    };
    let items: String = guids.iter().map(item).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rss version=\"2.0\" \
         xmlns:media=\"http://search.yahoo.com/mrss/\" xmlns:atom=\"http://www.w3.org/2005/Atom\">\
         <channel><title>c</title>{extra}{items}</channel></rss>"
    )
}

async fn answer(
    State(state): State<Arc<Mutex<Inner>>>,
    method: Method,
    target: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = Request {
        method,
        target: target.to_string(),
        headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    let mut state = state.lock().unwrap();
    state.requests.push(request.clone());
    if request.method == Method::POST {
        let status = state.answers.pop_front();
        return status.unwrap_or(StatusCode::NO_CONTENT).into_response();
    }
    match state.pages.get(&request.target) {
        Some(page) => page.answer(&request),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

impl Page {
    fn answer(&self, request: &Request) -> Response {
        let tag = self.etag.unwrap_or_default();
        if !tag.is_empty() && request.header("if-none-match") == tag {
            return StatusCode::NOT_MODIFIED.into_response();
        }
        let body = self.body.clone();
        if self.breaks_off {
            let parts = [Ok(body), Err(std::io::Error::other("broken off"))];
            return Body::from_stream(futures_util::stream::iter(parts)).into_response();
        }
        if self.gzip && request.header("accept-encoding").contains("gzip") {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packed.write_all(body.as_bytes()).unwrap();
            return ([("content-encoding", "gzip")], packed.finish().unwrap()).into_response();
        }
        ([("etag", tag), ("last-modified", CHANGED)], body).into_response()
    }
}
