//! How much one session or one key may ask of the operators' face.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::http::StatusCode;

use crate::{
    app::{Caller, Via},
    config::Operators,
    http::{Problem, rate::Rate},
};

/// How long whoever has too much under way should wait.
const A_MOMENT: Duration = Duration::from_secs(1);

/// What sessions and keys have left.
#[derive(Debug)]
pub(in crate::http) struct Pace {
    rate: Rate<String>,
    at_once: NonZeroU32,
    /// Requests under way; whoever has none is not in it.
    under_way: Arc<Mutex<HashMap<String, u32>>>,
}

/// A request under way, until it is dropped.
pub(super) struct UnderWay {
    who: String,
    all: Arc<Mutex<HashMap<String, u32>>>,
}

impl Pace {
    /// By the settings that the daemon starts with.
    pub(in crate::http) fn new(settings: &Operators) -> Self {
        Self {
            rate: Rate::new(settings.requests_per_minute),
            at_once: settings.requests_at_once,
            under_way: Arc::default(),
        }
    }

    /// Counts a request, which is under way until what is answered is dropped.
    ///
    /// # Errors
    /// 429 that says how long to wait.
    pub(super) fn begin(&self, caller: &Caller) -> Result<UnderWay, Problem> {
        let who = match &caller.via {
            Via::Session(session) => format!("session {}", session.id),
            Via::Key(key) => format!("key {key}"),
        };
        if let Err(wait) = self.rate.count(&who) {
            return Err(too_much("too many requests in a minute", wait));
        }
        let mut all = self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let count = all.get(&who).copied().unwrap_or(0);
        if count >= self.at_once.get() {
            return Err(too_much("too many requests at one time", A_MOMENT));
        }
        all.insert(who.clone(), count + 1);
        Ok(UnderWay {
            who,
            all: Arc::clone(&self.under_way),
        })
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get_mut(&self.who) {
            Some(count) if *count > 1 => *count -= 1,
            _last => {
                all.remove(&self.who);
            }
        }
    }
}

fn too_much(what: &str, wait: Duration) -> Problem {
    Problem::new(StatusCode::TOO_MANY_REQUESTS, what).retry_after(wait)
}
