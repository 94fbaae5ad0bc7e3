//! Videos and feeds for the tests of this folder.

use super::{Channel, Writer};
use crate::{
    config::Feed,
    model::{ListedVideo, Timestamp},
};

/// 2026-09-01T09:00:00Z.
pub(super) const NINE: Timestamp = Timestamp::from_millis(1_788_253_200_000);

/// The item of contracts/dailymotion-pull.md 4.5.
pub(super) fn paper_boats() -> ListedVideo<'static> {
    ListedVideo {
        id: "0190-1",
        listed_from: NINE,
        guid: "mcn-7f3a-000123",
        title: "Paper boats",
        description: Some("Folding three kinds of boat."),
        category: Some("creation"),
        tags: Some("paper,boats"),
        language: None,
        country: None,
        link: None,
        media_url: "https://media.example/b/123.mp4",
        media_type: Some("video/mp4"),
        media_size: Some(73_400_320),
        duration: Some(185),
        width: None,
        height: None,
        thumbnail_url: Some("https://media.example/b/123.jpg"),
        published_at: Some(NINE),
        starts_at: Some(NINE),
        ends_at: None,
        geo: Some("deny AT DE"),
        made_for_kids: Some(false),
        private: None,
        explicit: None,
    }
}

/// A whole feed of these videos.
pub(super) fn feed(settings: &Feed, next_url: Option<&str>, videos: &[ListedVideo<'_>]) -> String {
    let writer = Writer::new(settings);
    let mut out = Vec::new();
    let channel = Channel {
        title: "Demo & Creator",
        link: "https://demo.example/?a=1&b=2",
        description: "Videos of <Demo>",
        self_url: "https://mcn.example/feeds/demo.xml?a=1&b=2",
        next_url,
        changed_at: NINE,
    };
    writer.open(&mut out, &channel);
    for video in videos {
        assert!(writer.item(&mut out, video), "{video:?} was left out");
    }
    writer.close(&mut out);
    String::from_utf8(out).unwrap()
}
