//! What is asked: every page with a list, every list of the API, and why a video is not out.

use mcnd::model::{ListCursor, Timestamp, VideoId, VideoOrder};

use crate::support::network::{Network, creator, guid, id};

/// Milliseconds that the median of a list may take, and of the answer to why a video is not out.
const LIST: f64 = 200.0;
const WHY: f64 = 20.0;

/// Who answers.
#[derive(Clone, Copy)]
pub(super) enum Face {
    Page,
    Api,
}

/// Something that is asked over and over, at these addresses in turns.
pub(super) struct Asked {
    pub(super) name: String,
    pub(super) face: Face,
    pub(super) paths: Vec<String>,
    /// Milliseconds.
    pub(super) most: f64,
}

/// Pages beside those of videos, each by its address.
const PAGES: [&str; 37] = [
    "/",
    "/creators",
    "/creators?sort=oldest_waiting",
    "/creators?sort=failure_rate",
    "/creators?status=paused",
    "/creators?search=lantern",
    "/creators?search=lantern&sort=oldest_waiting",
    "/creators?search=lantern&sort=failure_rate",
    "/creators/channel-10000",
    "/creators/channel-12345",
    "/creators/channel-12345/feed",
    "/callbacks",
    "/callbacks?part=orphans",
    "/callbacks?part=malformed",
    "/callbacks?part=conflicts",
    "/callbacks?part=alarms",
    "/callbacks/reasons",
    "/crawler",
    "/crawler?creator=channel-10000",
    "/crawler?creator=channel-12345",
    "/crawler/silent",
    "/crawler/creators",
    "/crawler/creators?after=channel-12345",
    "/crawler/blocked",
    "/alarms",
    "/alarms?all=true",
    "/alarms/webhooks",
    "/imports",
    "/jobs",
    "/settings",
    "/settings/credentials",
    "/settings/operators",
    "/settings/keys",
    "/settings/audit",
    "/settings/audit?actor=operator-7",
    "/settings/audit?object=vid-100000012345",
    "/settings/audit/seals",
];

/// Lists of the API beside those of videos.
const LISTS: [&str; 37] = [
    "status",
    "creators",
    "creators?sort=oldest_waiting",
    "creators?sort=failure_rate",
    "creators?search=lantern&sort=failure_rate",
    "creators?limit=500",
    "creators/channel-10000/visits",
    "visits",
    "visits/silent",
    "visits/turned-away",
    "events",
    "events?sort=newest",
    "events?sort=newest&troubled=true",
    "events?sort=newest&alarms=true",
    "events?sort=newest&outcome=refused",
    "events?sort=newest&outcome=progress",
    "events?sort=newest&outcome=orphan",
    "events?sort=newest&outcome=recorded",
    "events?guid=vid-100000001005",
    "events?sort=newest&guid=vid-100000001005&outcome=refused",
    "events/reasons",
    "alarms",
    "alarms?standing=resolved",
    "webhooks",
    "webhooks/deliveries",
    "webhooks/deliveries?webhook=chat",
    "imports",
    "bulk",
    "jobs",
    "jobs/job_12/runs",
    "audit",
    "audit?actor=operator-7",
    "audit/seals",
    "credentials",
    "sessions",
    "keys",
    "rules/what-if",
];

/// Lists of videos, each by its order and what narrows it: from an index alone, by words, and by what no index holds together.
const VIDEOS: [&str; 31] = [
    "newest",
    "oldest",
    "longest_waiting",
    "newest&state=draft",
    "newest&state=waiting",
    "newest&state=imported",
    "newest&state=refused",
    "newest&state=removed",
    "newest&creator=channel-10000",
    "newest&creator=channel-12345",
    "longest_waiting&creator=channel-12345",
    "newest&reason=failed",
    "newest&held=true",
    "newest&held=false",
    "newest&conflicts=true",
    "newest&broken=true",
    "newest&search=how",
    "newest&search=how+paper",
    "newest&search=shadowo",
    "newest&search=vid+100000012345",
    "newest&search=zzyzx",
    "newest&search=shadowo&state=refused",
    "newest&search=how&state=draft",
    "newest&search=zzyzx&state=imported",
    "newest&search=paper&creator=channel-10000",
    "newest&search=zzyzx&creator=channel-10000",
    "newest&search=paper&state=removed&held=false",
    "newest&creator=channel-10000&state=draft",
    "newest&creator=channel-10000&held=true",
    "newest&state=imported&held=true",
    "newest&state=waiting&held=true",
];

/// All of it.
pub(super) fn all(network: &Network) -> Vec<Asked> {
    let page = |path: &str| listed(Face::Page, path.to_owned());
    let list = |path: &str| listed(Face::Api, format!("/api/v1/{path}"));
    let deep = deep(network);
    let narrowed = || VIDEOS.into_iter().chain(deep.iter().map(String::as_str));
    let videos = narrowed().map(|query| page(&format!("/videos?sort={query}")));
    let listed = narrowed().map(|query| list(&format!("videos?count=true&sort={query}")));
    let early = [
        page(&format!("/callbacks?before={}", event_place(network))),
        list(&format!("events?after={}", event_place(network))),
    ];
    PAGES
        .map(page)
        .into_iter()
        .chain(videos)
        .chain(LISTS.map(list))
        .chain(listed)
        .chain(early)
        .chain(whys(network))
        .collect()
}

fn listed(face: Face, path: String) -> Asked {
    Asked {
        name: path.clone(),
        face,
        paths: vec![path],
        most: LIST,
    }
}

/// Lists that are gone into as far as their middle.
fn deep(network: &Network) -> Vec<String> {
    let middle = |order| ListCursor {
        order,
        listed_from: network.days_ago(3),
        id: VideoId::from(id(network.size.videos / 2)),
    };
    let newest = ListCursor {
        listed_from: Timestamp::from_millis(0),
        ..middle(VideoOrder::Newest)
    };
    let waiting = middle(VideoOrder::LongestWaiting);
    vec![
        format!("newest&after={newest}"),
        format!("newest&state=refused&after={newest}"),
        format!("newest&search=how&after={newest}"),
        format!("newest&search=shadowo&after={newest}"),
        format!("longest_waiting&after={waiting}"),
    ]
}

/// A place in the middle of what was reported.
fn event_place(network: &Network) -> String {
    let at = network.days_ago(20).as_millis();
    format!("{at}.{}", "0".repeat(64))
}

/// Why a video is not out, by how it stands: some of each, of the network's old and new days.
fn whys(network: &Network) -> Vec<Asked> {
    let stands = [
        ("listed", 50),
        ("held", 68),
        ("draft", 73),
        ("refused", 5),
        ("imported", 600),
        ("in conflict", 78),
    ];
    let thousands = network.size.videos / 1000;
    let of = |face, name: &str, class: usize, before: &str, behind: &str| Asked {
        name: format!("{before}… of one that is {name}{behind}"),
        face,
        paths: (0..20)
            .map(|at| guid(at * thousands / 20 * 1000 + class))
            .map(|guid| format!("{before}{guid}{behind}"))
            .collect(),
        most: WHY,
    };
    let asked = stands.into_iter().flat_map(|(name, class)| {
        [
            of(Face::Page, name, class, "/videos/", ""),
            of(Face::Api, name, class, "/api/v1/videos/", "/why"),
        ]
    });
    // The busiest creator's, of which the crawler has seen the most.
    let busiest = creator(0);
    let fresh = network.waiting_of(&busiest);
    let busy = Asked {
        name: format!("why, of those that wait at {busiest}"),
        face: Face::Api,
        paths: fresh
            .into_iter()
            .map(|guid| format!("/api/v1/videos/{guid}/why"))
            .collect(),
        most: WHY,
    };
    asked.chain([busy]).collect()
}
