//! The sample catalog: creators and videos made by constants alone, the same at every run.
//!
//! Ordinary videos come from a table of channels; those that are odd on purpose stand in [`special`].

mod special;

use serde_json::{Map, Value, json};

use crate::{
    app::NewCreator,
    model::{CreatorId, FeedMode, Guid, IdFault},
};

pub(super) use special::{HELD, WITHDRAWN};

/// A creator whose feed has something of everything.
pub(super) const CREATOR: &str = "brass";
/// The creator whose videos wait for the end of a pause.
pub(super) const PAUSED: &str = "old-trams";

/// Columns of a video by name, as a line of JSON Lines has them.
type Row = Map<String, Value>;

/// What an operator has decided about a creator of the sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Active,
    Paused,
    /// Active, and the network's account has not adopted it yet.
    NotAdopted,
}

/// A creator of the sample and the pattern of their ordinary videos.
struct Channel {
    id: &'static str,
    name: &'static str,
    dailymotion_id: &'static str,
    standing: Standing,
    language: &'static str,
    country: &'static str,
    category: &'static str,
    subjects: [&'static str; 5],
    /// Titles, with `{}` for the subject.
    forms: [&'static str; 3],
}

const CHANNELS: [Channel; 6] = [
    Channel {
        id: "atelier-nord",
        name: "Atelier Nord",
        dailymotion_id: "x2atn01",
        standing: Standing::Active,
        language: "fr",
        country: "FR",
        category: "creation",
        subjects: [
            "une chaise en frêne",
            "un tabouret d’écolier",
            "une étagère sans vis",
            "un établi pliant",
            "une boîte à œufs",
        ],
        forms: [
            "Fabriquer {}",
            "Réparer {} à l’ancienne",
            "Tout sur {} : plans & cotes",
        ],
    },
    Channel {
        id: "nour",
        name: "نور للعلوم",
        dailymotion_id: "x2nou02",
        standing: Standing::Active,
        language: "ar",
        country: "MA",
        category: "school",
        subjects: ["المغناطيس", "الضوء", "الماء", "الصوت", "القمر"],
        forms: ["ما هو {}؟", "تجربة في المنزل: {}", "{} في دقيقتين"],
    },
    Channel {
        id: "hoshi",
        name: "ほしの台所",
        dailymotion_id: "x2hos03",
        standing: Standing::Active,
        language: "ja",
        country: "JP",
        category: "lifestyle",
        subjects: ["味噌汁", "だし巻き卵", "おにぎり", "漬物", "抹茶プリン"],
        forms: ["{}の作り方", "十分でできる{}", "失敗しない{} 🍙"],
    },
    Channel {
        id: CREATOR,
        name: "Brass & <Strings>",
        dailymotion_id: "x2bra04",
        standing: Standing::Active,
        language: "en",
        country: "GB",
        category: "music",
        subjects: [
            "Overture in G",
            "The \"Long\" Waltz",
            "Rain on Tin",
            "Five > Four",
            "Night Tram",
        ],
        forms: ["{} (live)", "{} – rehearsal", "How we arranged {} 🎺"],
    },
    Channel {
        id: PAUSED,
        name: "Straßenbahn früher",
        dailymotion_id: "x2str05",
        standing: Standing::Paused,
        language: "de",
        country: "DE",
        category: "auto",
        subjects: [
            "Linie 1",
            "der Großraumwagen",
            "das Depot Süd",
            "die Bügelschleife",
            "der Nachtbus",
        ],
        forms: [
            "{}: eine Fahrt",
            "Wie {} gebaut wurde",
            "{} – Fundstücke aus dem Archiv",
        ],
    },
    Channel {
        id: "lagoa",
        name: "Lagoa Azul",
        dailymotion_id: "x2lag06",
        standing: Standing::NotAdopted,
        language: "pt",
        country: "BR",
        category: "travel",
        subjects: [
            "Jericoacoara",
            "São Luís",
            "Chapada dos Guimarães",
            "Paraty",
            "Olinda",
        ],
        forms: ["Um dia em {}", "{} a pé", "O que ninguém conta sobre {}"],
    },
];

/// The creators of the sample with their standing.
///
/// # Errors
/// None but a mistake in the table, which a test rules out.
pub(super) fn creators() -> Result<Vec<(NewCreator, Standing)>, IdFault> {
    CHANNELS
        .iter()
        .map(|channel| {
            let creator = NewCreator {
                id: channel.id.parse::<CreatorId>()?,
                name: channel.name.to_owned(),
                dailymotion_id: Some(channel.dailymotion_id.to_owned()),
                username: Some(channel.id.to_owned()),
                link: Some(format!("https://{}.example/", channel.id)),
                adopted: channel.standing != Standing::NotAdopted,
                mode: FeedMode::Drain,
            };
            Ok((creator, channel.standing))
        })
        .collect()
}

/// The guids of the sample, in the order of its lines.
///
/// # Errors
/// None but a mistake in the tables, which a test rules out.
pub(super) fn guids() -> Result<Vec<Guid>, IdFault> {
    rows()
        .iter()
        .map(|row| row["guid"].as_str().unwrap_or_default().parse())
        .collect()
}

/// The videos of the sample as a file that `mcnd import` reads.
pub(super) fn json_lines() -> Vec<u8> {
    let mut lines = String::new();
    for row in rows() {
        lines.push_str(&Value::Object(row).to_string());
        lines.push('\n');
    }
    lines.into_bytes()
}

fn rows() -> Vec<Row> {
    let ordinary = CHANNELS.iter().flat_map(ordinary);
    ordinary
        .chain(special::rows().into_iter().map(odd))
        .collect()
}

/// Every subject in every form.
fn ordinary(channel: &Channel) -> impl Iterator<Item = Row> {
    let pairs = channel
        .forms
        .iter()
        .flat_map(|form| channel.subjects.iter().map(move |subject| (form, subject)));
    (1..).zip(pairs).map(|(number, (form, subject))| {
        let title = form.replace("{}", subject);
        row(
            channel,
            &format!("{}-{number:02}", channel.id),
            &title,
            number,
        )
    })
}

/// A video like the others of its channel, but for the columns that make it special; `null` leaves one out.
fn odd(special: special::Special) -> Row {
    let channel = CHANNELS
        .iter()
        .find(|channel| channel.id == special.creator)
        .unwrap_or(&CHANNELS[0]);
    let mut row = row(channel, special.guid, special.title, 16);
    if let Value::Object(columns) = special.columns {
        row.extend(columns);
    }
    row.retain(|_column, value| !value.is_null());
    row
}

fn row(channel: &Channel, guid: &str, title: &str, number: u32) -> Row {
    let (width, height) =
        [(1920, 1080), (1280, 720), (1080, 1920), (640, 480)][number as usize % 4];
    let seconds = 40 + number * 137 % 3_000;
    let columns = json!({
        "guid": guid,
        "creator": channel.id,
        "title": title,
        "description": format!("{title}\n\n{}", channel.name),
        "category": channel.category,
        "tags": [channel.id, channel.category, format!("part {number}")],
        "language": channel.language,
        "country": channel.country,
        "link": format!("https://{}.example/{guid}", channel.id),
        "media_url": format!("https://media.example/{}/{guid}.mp4", channel.id),
        "media_type": "video/mp4",
        "media_size": u64::from(seconds) * 312_500,
        "duration": seconds,
        "width": width,
        "height": height,
        "thumbnail_url": format!("https://media.example/{}/{guid}.jpg", channel.id),
        "published_at": format!("2026-01-{:02}T{:02}:30:00Z", 1 + number % 28, number % 24),
        "made_for_kids": false,
    });
    match columns {
        Value::Object(row) => row,
        _ => Row::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        config::Config,
        model::{
            Column, CreatorStatus, FeedPolicy, Fields, Hold, Needs, Preflight, Rule, State,
            Timestamp, Video, VideoId, holds,
        },
    };

    fn videos() -> Vec<Video> {
        let preflight = Preflight {
            categories: Some(Config::default().preflight.categories),
        };
        rows()
            .iter()
            .map(|row| {
                let mut fields = Fields::default();
                for column in Column::ALL {
                    let text = row.get(column.name()).map(|value| match value {
                        Value::String(text) => text.clone(),
                        Value::Array(tags) => {
                            let tags = tags.iter().map(|tag| tag.as_str().unwrap());
                            tags.collect::<Vec<_>>().join(",")
                        }
                        other => other.to_string(),
                    });
                    fields.set(column, text.as_deref()).unwrap();
                }
                Video::new(
                    VideoId::from("id".to_owned()),
                    row["guid"].as_str().unwrap().parse().unwrap(),
                    row["creator"].as_str().unwrap().parse().unwrap(),
                    preflight.judge(fields),
                    Timestamp::from_millis(0),
                )
            })
            .collect()
    }

    #[test]
    fn the_sample_is_the_same_every_time_and_names_no_guid_twice() {
        assert_eq!(json_lines(), json_lines());
        let guids = guids().unwrap();
        let different: BTreeSet<_> = guids.iter().map(ToString::to_string).collect();
        assert_eq!((guids.len(), different.len()), (123, 123));
        assert!(different.contains(WITHDRAWN));
    }

    #[test]
    fn every_line_names_a_creator_of_the_sample() {
        let creators = creators().unwrap();
        let known: BTreeSet<_> = creators.iter().map(|(new, _)| new.id.to_string()).collect();
        assert_eq!(known.len(), CHANNELS.len());
        for row in rows() {
            assert!(known.contains(row["creator"].as_str().unwrap()), "{row:?}");
        }
    }

    #[test]
    fn every_preflight_rule_blocks_a_video_of_its_own() {
        let blocked: Vec<_> = videos()
            .into_iter()
            .filter(|video| video.standing.state == State::Draft)
            .map(|video| video.broken)
            .collect();
        for rule in Rule::ALL {
            assert!(
                blocked.contains(&vec![rule]),
                "nothing breaks `{rule}` alone"
            );
        }
        assert_eq!(blocked.len(), Rule::ALL.len());
    }

    #[test]
    fn what_the_default_settings_hold_back_appears() {
        let policy = FeedPolicy {
            met: Needs::GEO.with(Needs::EXPLICIT),
            ..FeedPolicy::default()
        };
        let now = Timestamp::from_millis(1_790_000_000_000);
        let found: BTreeSet<_> = videos()
            .iter()
            .flat_map(|video| holds(video, CreatorStatus::Active, policy, None, now))
            .map(|hold: Hold| hold.code())
            .collect();
        let expected = ["ended", "kids", "not_yet", "private", "private_media"];
        assert_eq!(found, BTreeSet::from(expected));
    }

    #[test]
    fn texts_are_as_varied_as_the_world() {
        let text = String::from_utf8(json_lines()).unwrap();
        for part in [
            "œufs",
            "الضوء",
            "味噌汁",
            "🎺",
            "]]>",
            "&amp;",
            "\u{200f}",
            "deny DE AT",
            "sftp://",
        ] {
            assert!(text.contains(part), "{part}");
        }
    }
}
