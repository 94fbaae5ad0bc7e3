//! The body of a callback: taken apart into elements, within limits (contracts/dailymotion-pull.md 8.6, 1).

use std::sync::Arc;

use bytes::Bytes;
use serde_json::value::RawValue;

use super::{App, Error, Stored};
use crate::{
    config::Callback,
    fault_points,
    model::{Element, nesting},
};

/// Bytes that are read in less time than a change of threads takes to pay off.
const SMALL: usize = 64 * 1024;

/// Why a body is no callback. Nothing of it is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyFault {
    /// Not JSON, or not UTF-8; worth a look by a person.
    #[error("the body is no JSON in UTF-8")]
    NotJson,
    #[error("the body is nested deeper than {0} levels")]
    TooDeep(usize),
    #[error("the body holds more than {0} events")]
    TooMany(usize),
    #[error("an event is larger than {0} bytes")]
    TooLong(usize),
}

/// Why a callback was not stored.
#[derive(Debug, thiserror::Error)]
pub enum CallbackFault {
    #[error(transparent)]
    Body(#[from] BodyFault),
    #[error(transparent)]
    App(#[from] Error),
}

impl App {
    /// Stores the body of a callback that came from `address`; answers when its events are on disk. What is no JSON is
    /// put aside first. The work goes on when the caller goes away.
    ///
    /// # Errors
    /// What the body breaks, or [`Error::Busy`] when nothing could be stored and the sender should repeat.
    pub async fn receive_callback(
        self: &Arc<Self>,
        body: Bytes,
        address: String,
    ) -> Result<Stored, CallbackFault> {
        let app = Arc::clone(self);
        let done = self
            .tasks
            .spawn(async move { app.take_callback(body, address).await })
            .await;
        done.map_err(|panic| CallbackFault::App(super::panicked(panic)))?
    }

    async fn take_callback(
        self: &Arc<Self>,
        body: Bytes,
        address: String,
    ) -> Result<Stored, CallbackFault> {
        fault_points::pass("callback.task");
        match self.read_off_thread(body.clone()).await? {
            Ok(elements) => Ok(self.deliver(elements).await?),
            Err(fault) => {
                if fault == BodyFault::NotJson {
                    self.quarantine(address, fault.to_string(), body.into())
                        .await?;
                }
                Err(fault.into())
            }
        }
    }

    /// Reads small bodies in place and large ones on a thread that may block.
    async fn read_off_thread(&self, body: Bytes) -> Result<Result<Vec<Element>, BodyFault>, Error> {
        let config = self.config.load_full();
        if body.len() <= SMALL {
            return Ok(read_callback(&body, &config.callback));
        }
        let reading = tokio::task::spawn_blocking(move || read_callback(&body, &config.callback));
        reading.await.map_err(super::panicked)
    }
}

/// Takes the body of a callback apart: an array of events, or a single one.
///
/// # Errors
/// The limit it breaks, or that it is no JSON at all.
pub fn read_callback(body: &[u8], limits: &Callback) -> Result<Vec<Element>, BodyFault> {
    let text = std::str::from_utf8(body).map_err(|_odd| BodyFault::NotJson)?;
    let text = text
        .strip_prefix('\u{feff}')
        .unwrap_or(text)
        .trim_matches([' ', '\t', '\r', '\n']);
    // `serde_json` takes raw values of any depth.
    if nesting(text) > limits.max_depth {
        return Err(BodyFault::TooDeep(limits.max_depth));
    }
    let elements: Vec<&RawValue> = if text.starts_with('[') {
        serde_json::from_str(text).map_err(|_odd| BodyFault::NotJson)?
    } else {
        vec![serde_json::from_str(text).map_err(|_odd| BodyFault::NotJson)?]
    };
    if elements.len() > limits.max_events {
        return Err(BodyFault::TooMany(limits.max_events));
    }
    if elements
        .iter()
        .any(|element| element.get().len() > limits.max_event_bytes)
    {
        return Err(BodyFault::TooLong(limits.max_event_bytes));
    }
    Ok(elements
        .into_iter()
        .map(|element| Element::read(element.get().as_bytes()))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    const EVENT: &str = r#"{"type":"t","data":{"status":"ready","uid":"g","remote_id":"x1"}}"#;

    fn read(body: impl AsRef<[u8]>) -> Result<Vec<Element>, BodyFault> {
        read_callback(body.as_ref(), &Config::default().callback)
    }

    #[test]
    fn an_array_a_single_object_and_odd_wrapping_are_read() {
        assert_eq!(read("[]").unwrap(), []);
        assert_eq!(read(EVENT).unwrap().len(), 1);
        assert_eq!(
            read(format!("\u{feff}[{EVENT}, {EVENT}]\r\n"))
                .unwrap()
                .len(),
            2
        );
    }

    #[test]
    fn an_element_is_known_by_its_own_bytes() {
        let pair = read(format!("[ {EVENT} ,\n{EVENT}]")).unwrap();
        assert_eq!(pair[0].digest, pair[1].digest);
        assert_eq!(pair[0].raw, EVENT.as_bytes());
    }

    #[test]
    fn a_bad_element_stands_beside_good_ones() {
        let elements = read(format!(r#"["text", null, 5, {{}}, {EVENT}]"#)).unwrap();
        assert_eq!(
            elements
                .iter()
                .filter(|element| element.report.is_ok())
                .count(),
            1
        );
        assert_eq!(elements.len(), 5);
    }

    #[test]
    fn what_is_no_json_is_told_from_what_is_too_much() {
        let limits = Config::default().callback;
        for body in ["", " ", "{", "[1,]", "[1] 2", "nonsense", "[\"\u{1}\"]"] {
            assert_eq!(read(body).unwrap_err(), BodyFault::NotJson, "{body}");
        }
        assert_eq!(
            read([0xff, 0xfe, b'[', 0, b']', 0]).unwrap_err(),
            BodyFault::NotJson
        );
        assert_eq!(
            read("[".repeat(1000)).unwrap_err(),
            BodyFault::TooDeep(limits.max_depth)
        );
        assert_eq!(
            read(format!("[{}1]", "1,".repeat(limits.max_events))).unwrap_err(),
            BodyFault::TooMany(limits.max_events)
        );
        let long = format!("[\"{}\"]", "a".repeat(limits.max_event_bytes));
        assert_eq!(
            read(long).unwrap_err(),
            BodyFault::TooLong(limits.max_event_bytes)
        );
    }

    #[test]
    fn brackets_in_text_are_no_depth() {
        assert_eq!(
            read(format!("[\"{}\\\"[\"]", "[".repeat(100)))
                .unwrap()
                .len(),
            1
        );
    }
}
