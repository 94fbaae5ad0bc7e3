//! Ready events as the injector sends them, one for each video of a site.

use crate::support::rows::{guid, id};

/// Hands out the events of a site's videos in their order.
pub(crate) struct Events {
    next: usize,
}

/// One event, and the video it speaks of.
pub(crate) struct Event {
    pub(crate) video: String,
    pub(crate) guid: String,
    pub(crate) remote_id: String,
    pub(crate) raw: String,
}

impl Events {
    pub(crate) fn new() -> Self {
        Self { next: 1 }
    }

    pub(crate) fn take(&mut self, count: usize) -> Vec<Event> {
        let first = self.next;
        self.next += count;
        (first..self.next).map(event).collect()
    }
}

fn event(number: usize) -> Event {
    let (guid, remote_id) = (guid(number), format!("x{number:06x}"));
    Event {
        video: id(number),
        raw: ready(number, &guid, &remote_id),
        guid,
        remote_id,
    }
}

/// An event that says that a video is ready under this id.
pub(crate) fn ready(number: usize, guid: &str, remote_id: &str) -> String {
    format!(
        r#"{{"timestamp":1900000000123,"type":"injector.item.ready","data":{{"status":"ready","user_id":"0123456789abcdef01234567","uid":"{guid}","remote_id":"{remote_id}","feed_id":"0123456789abcdef01234568","item_id":"{number:024x}"}}}}"#
    )
}
