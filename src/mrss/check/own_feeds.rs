//! No feed that the writer makes draws an error, with any settings and any catalog that may go out; and what it draws
//! warnings for, it writes on purpose.

use std::{collections::BTreeSet, sync::LazyLock};

use proptest::prelude::*;

use super::{Given, Report, Severity, check};
use crate::{
    config::{CategoryCarrier, Config, DmAttribute, DmForm, DmMapping, Feed, Level},
    model::{Column, Fields, Guid, ListedVideo, Preflight, Timestamp},
    mrss::{
        Channel, Writer,
        escape::is_dropped,
        round_trip::text,
        samples::{NINE, feed, paper_boats},
    },
};

/// Warnings that repeat what the catalog says: a lost character, a date long ago or far ahead, a number as guid.
const OF_THE_CATALOG: [&str; 3] = ["text_replaced", "date_implausible", "guid_digits"];

const ATTRIBUTES: [DmAttribute; 11] = [
    DmAttribute::MadeForKids,
    DmAttribute::Private,
    DmAttribute::Explicit,
    DmAttribute::Language,
    DmAttribute::Country,
    DmAttribute::Geo,
    DmAttribute::Category,
    DmAttribute::Tags,
    DmAttribute::PublishedAt,
    DmAttribute::StartsAt,
    DmAttribute::EndsAt,
];

/// Every attribute as an element of its own, at both levels.
fn every_mapping() -> Vec<DmMapping> {
    let at = |level| {
        ATTRIBUTES.into_iter().map(move |attribute| DmMapping {
            attribute,
            element: format!("{attribute:?}"),
            level,
            form: DmForm::Text,
        })
    };
    at(Level::Item).chain(at(Level::Content)).collect()
}

/// The settings as they are shipped, read once.
static SHIPPED: LazyLock<Config> = LazyLock::new(Config::default);

/// Every combination of the settings that change what a feed says.
static EVERY_SETTING: LazyLock<Vec<Feed>> = LazyLock::new(every_setting);

fn every_setting() -> Vec<Feed> {
    use CategoryCarrier::{Category, MediaCategory};
    let carriers = [
        vec![MediaCategory],
        vec![Category],
        vec![MediaCategory, Category],
        vec![],
    ];
    let mut all = Vec::new();
    for switches in 0..128_u8 {
        let on = |switch: u8| switches & (1 << switch) != 0;
        for category in &carriers {
            if category.is_empty() && !on(0) {
                continue;
            }
            let mut settings = SHIPPED.feed.clone();
            settings.dm = if on(0) { every_mapping() } else { vec![] };
            settings.declare_dm = on(1) || on(0);
            settings.level = if on(2) { Level::Content } else { Level::Item };
            settings.html_description = on(3);
            settings.geo_restriction = on(4);
            settings.explicit_rating = on(5);
            settings.generator = on(6);
            settings.category.clone_from(category);
            all.push(settings);
        }
    }
    all
}

fn checked(feed: &str) -> Report {
    let given = Given {
        now: NINE,
        categories: Some(&SHIPPED.preflight.categories),
        address: None,
        content_type: None,
    };
    check(feed.as_bytes(), &given)
}

/// What is found that no setting asks for.
fn unexpected(report: &Report) -> Vec<String> {
    let odd = |finding: &&super::Finding| match finding.severity {
        Severity::Error => true,
        Severity::Warning => finding.expected.is_none() && !OF_THE_CATALOG.contains(&finding.rule),
        Severity::Note => false,
    };
    let told = |finding: &super::Finding| format!("{}: {}", finding.rule, finding.message);
    report.findings.iter().filter(odd).map(told).collect()
}

/// A video that says everything, in ways that draw every expected warning.
fn talkative() -> ListedVideo<'static> {
    ListedVideo {
        title: "<live> </title> &amp; & <b>bold</b>",
        description: Some("3 < 5 <script>x()</script> <a href='/x'>x</a> ?a=1&b=2 &nbsp <live>"),
        tags: Some("paper,<b>,&amp;"),
        language: Some("cmn"),
        country: Some("XK"),
        link: Some("https://demo.example/?a=1&b=2#c"),
        media_url: "sftp://media.example:22/a.mp4",
        media_type: Some("application/octet-stream"),
        width: Some(1920),
        height: Some(1080),
        ends_at: Some(NINE.after(std::time::Duration::from_hours(1))),
        geo: Some("allow AL AX BL BQ CW FR GG IM JE ME MF RS SS SX TL XK"),
        private: Some(true),
        explicit: Some(true),
        ..paper_boats()
    }
}

#[test]
fn no_setting_makes_an_error_and_each_warning_has_its_reason() {
    assert!(EVERY_SETTING.len() > 400);
    let mut drawn = BTreeSet::new();
    for settings in EVERY_SETTING.iter() {
        for next in [None, Some("https://mcn.example/feeds/demo.xml?after=x")] {
            for videos in [vec![], vec![talkative()]] {
                let report = checked(&feed(settings, next, &videos));
                let odd = unexpected(&report);
                assert!(odd.is_empty(), "{odd:#?} with {settings:#?}");
                drawn.extend(report.findings.iter().map(|one| one.rule));
            }
        }
    }
    let expected = [
        "category_in_dm",
        "description_not_html",
        "description_relative",
        "description_unsafe",
        "items_none",
        "namespace_dm",
        "namespace_dm_missing",
        "restriction_new_country",
        "text_html",
        "url_transfer",
    ];
    assert_eq!(drawn, BTreeSet::from(expected));
}

#[test]
fn a_plain_video_draws_no_warning_when_the_settings_ask_for_none() {
    let mut settings = SHIPPED.feed.clone();
    settings.declare_dm = false;
    settings.html_description = true;
    let report = checked(&feed(&settings, None, &[paper_boats()]));
    assert_eq!((report.errors, report.warnings), (0, 0), "{report:#?}");
}

fn chosen(texts: &[&str]) -> impl Strategy<Value = String> + use<> {
    let texts: Vec<_> = texts.iter().map(|text| (*text).to_owned()).collect();
    prop::sample::select(texts)
}

fn moment() -> impl Strategy<Value = String> {
    (-62_167_219_200_000_i64..253_402_300_800_000)
        .prop_map(|millis| Timestamp::from_millis(millis).to_string())
}

fn address() -> impl Strategy<Value = String> {
    prop_oneof![
        chosen(&[
            "https://m.example/a.mp4",
            "sftp://m.example:22/a",
            "ftps://m.example/a?b=c",
            "HTTP://M.EXAMPLE/%41"
        ]),
        "(https|http|ftp)://[a-z0-9]{1,12}\\.example(:[0-9]{1,4})?/[!$-;=?-Z_a-z~]{0,20}",
    ]
}

/// A column that may be empty, and a text that an import could have filled it with.
fn optional() -> impl Strategy<Value = (Column, String)> {
    let tags = prop::collection::vec("[ -~é]{1,20}", 1..6).prop_map(|tags| tags.join(","));
    let language = prop_oneof!["[a-z]{2,3}", chosen(&["cmn", "fr", "fil"])];
    let kind = prop_oneof![
        "video/[a-z0-9!#$&^_.+-]{1,10}",
        chosen(&["application/octet-stream"])
    ];
    prop_oneof![
        (Just(Column::Description), text()),
        (Just(Column::Tags), tags),
        (Just(Column::Language), language),
        (Just(Column::Country), chosen(&["FR", "XK", "AX"])),
        (Just(Column::Link), prop_oneof![address(), text()]),
        (Just(Column::MediaType), kind),
        (Just(Column::MediaSize), "[0-9]{1,12}"),
        (Just(Column::Duration), "[0-9]{1,6}"),
        (Just(Column::Width), "[0-9]{1,4}"),
        (Just(Column::ThumbnailUrl), address()),
        (Just(Column::PublishedAt), moment()),
        (Just(Column::StartsAt), moment()),
        (Just(Column::EndsAt), moment()),
        (Just(Column::Geo), "(allow|deny)( [A-Z]{2}){1,3}"),
        (Just(Column::Private), chosen(&["true", "false"])),
        (Just(Column::Explicit), chosen(&["true", "false"])),
    ]
}

/// Columns of a whole row.
fn filled() -> impl Strategy<Value = Vec<(Column, String)>> {
    let category = chosen(&["creation", "news"]);
    let kids = chosen(&["true", "false"]);
    let needed = (text(), category, address(), kids);
    (needed, prop::collection::vec(optional(), 0..16)).prop_map(
        |((title, category, media, kids), mut columns)| {
            let title = title.chars().take(255).collect();
            columns.push((Column::Title, title));
            columns.push((Column::Category, category));
            columns.push((Column::MediaUrl, media));
            columns.push((Column::MadeForKids, kids));
            columns
        },
    )
}

/// The row of a video that preflight lets go out, nearest to these cells; none without a file.
fn sound(columns: Vec<(Column, String)>) -> Option<Fields> {
    let mut fields = Fields::default();
    for (column, text) in columns {
        let _refused = fields.set(column, Some(&text));
    }
    let preflight = Preflight {
        categories: Some(SHIPPED.preflight.categories.clone()),
    };
    for rule in preflight.broken(&fields) {
        match rule.code() {
            "title_missing" => fields.title = Some("t".to_owned()),
            "description_long" => fields.description = None,
            "tags_many" | "tag_long" => fields.tags = None,
            "media_type" => fields.media_type = None,
            "language_unknown" => fields.language = None,
            "thumbnail_url" => fields.thumbnail_url = None,
            "geo_malformed" => fields.geo = None,
            "window_empty" => fields.ends_at = None,
            _ => return None,
        }
    }
    Some(fields)
}

fn listed<'a>(guid: &'a str, fields: &'a Fields) -> ListedVideo<'a> {
    ListedVideo {
        guid,
        title: fields.title.as_deref().unwrap(),
        description: fields.description.as_deref(),
        category: fields.category.as_deref(),
        tags: fields.tags.as_deref(),
        language: fields.language.as_deref(),
        country: fields.country.as_deref(),
        link: fields.link.as_deref(),
        media_url: fields.media_url.as_deref().unwrap(),
        media_type: fields.media_type.as_deref(),
        media_size: fields.media_size,
        duration: fields.duration,
        width: fields.width,
        height: fields.height,
        thumbnail_url: fields.thumbnail_url.as_deref(),
        published_at: fields.published_at,
        starts_at: fields.starts_at,
        ends_at: fields.ends_at,
        geo: fields.geo.as_deref(),
        made_for_kids: fields.made_for_kids,
        private: fields.private,
        explicit: fields.explicit,
        ..paper_boats()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_passes_preflight_draws_no_error(
        columns in filled(), guid in text(), name in text(), link in text(), changed in any::<i64>(), setting in any::<prop::sample::Index>(),
    ) {
        let guid: String = guid.chars().filter(|one| !is_dropped(*one) && !one.is_control()).take(200).collect();
        let guid = format!("g-{}", guid.trim());
        prop_assert!(guid.parse::<Guid>().is_ok());
        let fields = sound(columns);
        prop_assume!(fields.is_some());
        let fields = fields.unwrap();
        let writer = Writer::new(setting.get(&EVERY_SETTING));
        let mut out = Vec::new();
        writer.open(&mut out, &Channel {
            title: &name,
            link: &link,
            description: &format!("Videos of {name}"),
            self_url: "https://mcn.example/feeds/demo.xml",
            next_url: None,
            changed_at: Timestamp::from_millis(changed),
        });
        prop_assert!(writer.item(&mut out, &listed(&guid, &fields)), "{fields:?} was left out");
        writer.close(&mut out);
        let feed = String::from_utf8(out).unwrap();
        let odd = unexpected(&checked(&feed));
        prop_assert!(odd.is_empty(), "{odd:#?} in\n{feed}");
    }
}
