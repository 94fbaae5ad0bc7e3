//! The videos of the sample that are odd on purpose: odd texts and rules that go out, what settings hold back, and one
//! for every preflight rule.

use serde_json::{Value, json};

/// The guid of the video that an operator takes down before anything is listed.
pub(in crate::cli::demo) const WITHDRAWN: &str = "atelier-nord-withdrawn";

/// The guid of a video that the settings hold back.
pub(in crate::cli::demo) const HELD: &str = "hoshi-kids";

/// How one video differs from the others of its channel.
pub(super) struct Special {
    pub(super) guid: &'static str,
    pub(super) creator: &'static str,
    pub(super) title: &'static str,
    /// An object of columns; `null` leaves one out.
    pub(super) columns: Value,
}

pub(super) fn rows() -> Vec<Special> {
    [
        going_out(),
        held_back(),
        blocked_by_texts(),
        blocked_by_the_rest(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn special(
    guid: &'static str,
    creator: &'static str,
    title: &'static str,
    columns: Value,
) -> Special {
    Special {
        guid,
        creator,
        title,
        columns,
    }
}

fn going_out() -> Vec<Special> {
    vec![
        special(
            "atelier-nord-geo",
            "atelier-nord",
            "Réservé à la France, la Belgique et la Suisse",
            json!({ "geo": "allow FR BE CH" }),
        ),
        special(
            "brass-geo",
            "brass",
            "Everywhere but in Germany and Austria",
            json!({ "geo": "deny DE AT" }),
        ),
        special(
            "nour-window",
            "nour",
            "متاح حتى 2049",
            json!({ "starts_at": "2020-01-01T00:00:00Z", "ends_at": "2049-01-01T00:00:00Z" }),
        ),
        special(
            "brass-explicit",
            "brass",
            "Night Tram (explicit)",
            json!({ "explicit": true }),
        ),
        special(
            "brass-markup",
            "brass",
            "Chords & <b>\"discords\"</b> ]]> &amp; 'more' <!-- --> <?xml?>",
            json!({ "description": "<p>Notes: 1 < 2 && 3 > 2 ]]></p>\r\n\tEnd." }),
        ),
        special("hoshi-emoji", "hoshi", "👩‍🍳👨‍👩‍👧 🍣🎌🇯🇵", json!({})),
        special(
            "nour-marks",
            "nour",
            "\u{200f}تجربة \u{202b}HD 4K\u{202c} (الصوت)\u{200e}!",
            json!({}),
        ),
        special(
            "hoshi-tags",
            "hoshi",
            "二十のタグ",
            json!({ "tags": (1..=20).map(|n| format!("タグ{n}")).collect::<Vec<_>>() }),
        ),
        special(
            "atelier-nord-limit",
            "atelier-nord",
            "Un titre de trop peu de mots",
            json!({ "title": "é".repeat(255), "description": "œ".repeat(3_000) }),
        ),
        special(
            "atelier-nord-sftp",
            "atelier-nord",
            "Le fichier attend sur un serveur SFTP",
            json!({ "media_url": "sftp://media.example:2222/atelier-nord/tour%20de%20bois.mov",
                    "media_type": "video/quicktime" }),
        ),
        special(WITHDRAWN, "atelier-nord", "Publié par erreur", json!({})),
    ]
}

fn held_back() -> Vec<Special> {
    vec![
        special(
            HELD,
            "hoshi",
            "こどもの台所",
            json!({ "made_for_kids": true }),
        ),
        special(
            "nour-private",
            "nour",
            "للمشتركين فقط",
            json!({ "private": true }),
        ),
        special(
            "nour-kids-private",
            "nour",
            "صف مغلق",
            json!({ "made_for_kids": true, "private": true }),
        ),
        special(
            "brass-premiere",
            "brass",
            "Premiere of the next decade",
            json!({ "starts_at": "2048-01-01T20:00:00Z" }),
        ),
        special(
            "brass-over",
            "brass",
            "Last season",
            json!({ "ends_at": "2021-06-30T22:00:00Z" }),
        ),
        special(
            "atelier-nord-inside",
            "atelier-nord",
            "Un fichier resté à la maison",
            json!({ "media_url": "http://192.168.1.20/tour.mp4" }),
        ),
    ]
}

fn blocked_by_texts() -> Vec<Special> {
    let title = "Blocked, and kept with its reason";
    let draft = |guid, columns| special(guid, "brass", title, columns);
    vec![
        draft("brass-no-title", json!({ "title": null })),
        draft("brass-long-title", json!({ "title": "la ".repeat(100) })),
        draft(
            "brass-long-description",
            json!({ "description": "la ".repeat(1_200) }),
        ),
        draft("brass-no-category", json!({ "category": null })),
        draft("brass-category", json!({ "category": "brassbands" })),
        draft(
            "brass-many-tags",
            json!({ "tags": (0..151).map(|n| format!("tag{n}")).collect::<Vec<_>>() }),
        ),
        draft("brass-long-tag", json!({ "tags": ["la".repeat(100)] })),
        draft("brass-language", json!({ "language": "English" })),
    ]
}

fn blocked_by_the_rest() -> Vec<Special> {
    let title = "Bloquée, et gardée avec sa raison";
    let draft = |guid, columns| special(guid, "atelier-nord", title, columns);
    vec![
        draft("atelier-nord-country", json!({ "country": "FRA" })),
        draft("atelier-nord-geo-rule", json!({ "geo": "allow France" })),
        draft("atelier-nord-kids", json!({ "made_for_kids": null })),
        draft(
            "atelier-nord-window",
            json!({ "starts_at": "2026-05-02T00:00:00Z", "ends_at": "2026-05-01T00:00:00Z" }),
        ),
        draft("atelier-nord-no-media", json!({ "media_url": null })),
        draft(
            "atelier-nord-password",
            json!({ "media_url": "https://atelier:hunter2@media.example/tour.mp4" }),
        ),
        draft("atelier-nord-type", json!({ "media_type": "image/jpeg" })),
        draft(
            "atelier-nord-thumbnail",
            json!({ "thumbnail_url": "thumbnails/tour.jpg" }),
        ),
    ]
}
