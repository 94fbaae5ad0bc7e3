//! What the handlers share, and every route of the daemon on one page.

use std::{
    num::NonZeroU32,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Router, middleware::from_fn_with_state, routing::get};

use super::{
    Gate, Limits, WrongTries, callback,
    feeds::{show_feed, show_feed_by_secret},
    lanes,
    layers::dress,
    operator, ops,
    user_list::{show_user_list, show_user_list_by_secret},
};
use crate::app::App;

/// What the handlers share.
#[derive(Debug)]
pub struct Faces {
    pub(super) app: Arc<App>,
    pub(super) wrong_tries: WrongTries,
    /// How much one session or key may ask of the operators' face.
    pub(super) pace: operator::Pace,
    stopping: AtomicBool,
    /// When a request from outside the expected addresses was last logged.
    outsider_logged: Mutex<Option<Instant>>,
}

/// A request from outside the expected addresses is worth a log line this often.
const OUTSIDER_EVERY: Duration = Duration::from_mins(1);

impl Faces {
    /// The faces of a service.
    pub fn new(app: Arc<App>) -> Self {
        let per_minute =
            NonZeroU32::new(app.config().access.wrong_per_minute).unwrap_or(NonZeroU32::MIN);
        let pace = operator::Pace::new(&app.config().operators);
        Self {
            app,
            wrong_tries: WrongTries::new(per_minute),
            pace,
            stopping: AtomicBool::new(false),
            outsider_logged: Mutex::new(None),
        }
    }

    /// Turns readiness red, so that nobody new is sent here.
    pub fn set_stopping(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Whether a line about an outsider is due.
    pub(super) fn may_log_outsider(&self) -> bool {
        let mut logged = self
            .outsider_logged
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let due = logged.is_none_or(|moment| moment.elapsed() >= OUTSIDER_EVERY);
        if due {
            *logged = Some(Instant::now());
        }
        due
    }
}

/// What Dailymotion reaches.
pub fn public(faces: &Arc<Faces>) -> Router {
    let callbacks = get(callback::show).post(callback::receive);
    let crawled = Router::new()
        .route("/users.json", get(show_user_list))
        .route("/feeds/{file}", get(show_feed))
        .route("/c/{secret}/users.json", get(show_user_list_by_secret))
        .route("/c/{secret}/feeds/{file}", get(show_feed_by_secret));
    let router = lanes::crawls(crawled, faces.app.config().server.max_crawls)
        .route("/callbacks/dailymotion", callbacks)
        .route(
            "/callbacks/dailymotion/{secret}",
            get(callback::show_by_secret).post(callback::receive_by_secret),
        )
        .route("/healthz", get(ops::alive));
    dressed("public", router, &[], faces)
}

/// What operators and their machines reach.
pub fn operator_face(faces: &Arc<Faces>) -> Router {
    let router = operator::router(faces);
    dressed("operator", router, &operator::TAKES_FILES, faces)
        .layer(from_fn_with_state(Arc::clone(faces), operator::protect))
}

fn dressed(
    face: &'static str,
    router: Router<Arc<Faces>>,
    takes_files: &'static [&'static str],
    faces: &Arc<Faces>,
) -> Router {
    let config = faces.app.config();
    let app = Arc::clone(&faces.app);
    let gate = Gate {
        face,
        takes_files,
        limits: Limits::of(&config.server),
        trusted_proxies: config.server.trusted_proxies.clone(),
        request_ids: Box::new(move || app.new_id()),
    };
    dress(router.with_state(Arc::clone(faces)), gate)
}
