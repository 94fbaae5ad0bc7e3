//! What the injector reported of a network's videos, as the daemon keeps it.

use mcnd::model::Digest;

use super::{Size, guid, quickly};
use crate::harness::databases::{Kind, TestDatabase};

/// Events that are written in one go.
const CHUNK: usize = 20_000;
/// Events of one statement.
const ROWS: usize = 500;

/// An event on its way in.
struct Reported {
    guid: Option<String>,
    outcome: &'static str,
    alarm: Option<&'static str>,
    at: i64,
    raw: String,
}

/// Adds what was reported lately, and of whatever was refused or is there twice.
pub(super) fn add(db: &TestDatabase, size: Size) {
    let mut events = (1..=size.videos).flat_map(|number| of_video(size, number));
    loop {
        let chunk: Vec<_> = events.by_ref().take(CHUNK).collect();
        if chunk.is_empty() {
            return;
        }
        let statements = chunk.chunks(ROWS).map(|rows| statement(db.kind(), rows));
        quickly(db, &statements.collect::<Vec<_>>().join(";\n"));
    }
}

/// What was reported of a video, which follows from the end of its number; beside some, what nobody can use.
fn of_video(size: Size, number: usize) -> Vec<Reported> {
    let at = size.added_at(number) + 3_600_000;
    let (class, lately) = (number % 1000, number > size.lately());
    let of = |outcome, status: &str| {
        let uid = guid(number);
        Reported::new(number, uid, outcome, status, at)
    };
    match class {
        0..20 => vec![of("refused", r#""status":"failed""#)],
        20..40 => vec![of("refused", r#""status":"timed_out""#)],
        40..42 => {
            let status = format!(r#""status":"rejected_{}""#, number / 1000 % 12);
            vec![of("refused", &status)]
        }
        78 => {
            let ready = |id: &str| format!(r#""status":"ready","remote_id":"{id}{number}""#);
            let mut second = of("ready", &ready("xy"));
            second.alarm = Some("conflict");
            vec![of("ready", &ready("x")), second]
        }
        // About videos that were never imported, and about nothing.
        79 if (number / 1000).is_multiple_of(4) => {
            let stray = format!("lost-{number}");
            let ready = r#""status":"ready","remote_id":"z1""#;
            vec![Reported::new(number, stray, "orphan", ready, at)]
        }
        80 if (number / 1000).is_multiple_of(16) => vec![Reported {
            guid: None,
            outcome: "malformed",
            alarm: None,
            at,
            raw: format!(r#"{{"ping":{number}}}"#),
        }],
        82.. if lately => {
            let ready = format!(r#""status":"ready","remote_id":"x{number}""#);
            let mut told = vec![of("ready", &ready)];
            if class % 8 == 0 {
                told.push(of("progress", r#""status":"processing""#));
            }
            told
        }
        _ => Vec::new(),
    }
}

impl Reported {
    fn new(number: usize, uid: String, outcome: &'static str, data: &str, at: i64) -> Self {
        let raw = format!(
            r#"{{"timestamp":{at},"type":"injector.item","data":{{"uid":"{uid}",{data},"user_id":"0123456789abcdef01234567","feed_id":"0123456789abcdef01234568","item_id":"{number:024x}"}}}}"#
        );
        Self {
            guid: Some(uid),
            outcome,
            alarm: None,
            at,
            raw,
        }
    }

    /// Its row; nothing in it needs quoting.
    fn row(&self, kind: Kind) -> String {
        let Self {
            outcome, at, raw, ..
        } = self;
        let digest = Digest::of(raw.as_bytes());
        let digest = match kind {
            Kind::Sqlite => format!("X'{digest}'"),
            Kind::Postgres => format!("'\\x{digest}'"),
        };
        let text = |text: Option<&str>| text.map_or("NULL".to_owned(), |text| format!("'{text}'"));
        let (guid, alarm) = (text(self.guid.as_deref()), text(self.alarm));
        let epoch = if matches!(*outcome, "orphan" | "malformed") {
            "NULL"
        } else {
            "0"
        };
        format!("({digest}, {at}, {guid}, '{outcome}', {alarm}, {epoch}, {at}, '{raw}')")
    }
}

fn statement(kind: Kind, events: &[Reported]) -> String {
    let rows: Vec<_> = events.iter().map(|event| event.row(kind)).collect();
    format!(
        "INSERT INTO events (digest, received_at, guid, outcome, alarm, epoch, sent_at, raw) VALUES {}",
        rows.join(", ")
    )
}
