//! The whole flow with two programs: a network puts its catalog in, a pretend Dailymotion crawls it and
//! reports with every fault it knows, the daemon is killed in the middle, and nothing is lost or done twice.

use std::{collections::BTreeMap, time::Duration};

use mcnd::simulator::{
    Callback, Crawler, Credential, Faults, Handle, Injector, Settings, Simulator,
};
use serde_json::Value;

use crate::harness::{both, databases::TestDatabase, installation::Installation, wait_until};

const VIDEOS: usize = 120;
const LIMIT: Duration = Duration::from_mins(1);

/// A catalog of three creators, a third of the videos each.
async fn onboarded(database: TestDatabase) -> Installation {
    let installation = Installation::new(database).await;
    for creator in ["a", "b", "c"] {
        installation.creator(creator).await;
    }
    let row = |number: usize| {
        let creator = ["a", "b", "c"][number % 3];
        format!("s{number},{creator},Títle {number} 😀,news,https://media.example/{number}.mp4,no")
    };
    let header = "guid,creator,title,category,media_url,made_for_kids".to_owned();
    let rows: Vec<_> = [header].into_iter().chain((0..VIDEOS).map(row)).collect();
    installation.write("catalog.csv", rows.join("\n"));
    installation.done(&["import", "catalog.csv"]).await;
    installation
}

/// A pretend Dailymotion that is impatient and gets everything wrong now and then.
async fn dailymotion(installation: &Installation, address: std::net::SocketAddr) -> Handle {
    let reading = installation.credential("crawler", "bearer").await;
    let reporting = installation.credential("callback", "path").await;
    let settings = Settings {
        seed: 9,
        crawler: Crawler {
            user_list: format!("http://{address}/users.json"),
            credential: Credential::Bearer { token: reading },
            period_ms: 100,
            ..Crawler::default()
        },
        injector: Injector {
            import_ms: 50,
            jitter_ms: 2_000,
            refuse_share: 0.1,
            progress_share: 0.3,
        },
        callback: Callback {
            address: format!("http://{address}/callbacks/dailymotion/{reporting}"),
            array_max: 5,
            gather_ms: 20,
            first_wait_ms: 50,
            longest_wait_ms: 400,
            timeout_ms: 3_000,
            ..Callback::default()
        },
        faults: Faults {
            slow_body_ms: 100,
            ..Faults::all(0.2)
        },
        script: Vec::new(),
    };
    Simulator::start(settings).unwrap()
}

fn acknowledged(simulator: &Handle) -> u64 {
    simulator.report().callbacks.events_acknowledged
}

fn by_guid<'v>(videos: &'v [Value], state: &str, column: &str) -> BTreeMap<&'v str, &'v str> {
    let wanted = videos.iter().filter(|video| video["state"] == state);
    wanted
        .map(|video| {
            (
                video["guid"].as_str().unwrap(),
                video[column].as_str().unwrap(),
            )
        })
        .collect()
}

both!(
    async fn a_catalog_empties_itself_although_the_daemon_is_killed(db: TestDatabase) {
        let installation = onboarded(db).await;
        let served = installation.serve().await;
        let simulator = dailymotion(&installation, served.public).await;
        wait_until("half of the reports", LIMIT, async || {
            (acknowledged(&simulator) >= 60).then_some(())
        })
        .await;
        served.process.kill().await;
        let before = acknowledged(&simulator);
        let served = installation.serve().await;
        wait_until("the end of every story", LIMIT, async || {
            let report = simulator.report();
            let over = report.items.len() == VIDEOS
                && report.items.values().all(|item| item.unacknowledged == 0);
            let told = report.imported().len() + report.refused().len() == VIDEOS;
            (over && told).then_some(())
        })
        .await;
        let report = simulator.stop().await;
        assert!(report.callbacks.events_acknowledged > before);
        let videos = installation.lines(&["video", "export"]).await;
        assert_eq!(by_guid(&videos, "imported", "remote_id"), report.imported());
        assert_eq!(by_guid(&videos, "refused", "refusal"), report.refused());
        assert_eq!(videos.len(), VIDEOS);
        assert!(videos.iter().all(|video| video["conflict"] == false));
        let again: Vec<_> = report
            .items
            .iter()
            .filter(|(_, item)| item.attempts > 1)
            .collect();
        assert!(again.is_empty(), "imported twice: {again:?}");
        for creator in ["a", "b", "c"] {
            let feed = installation.done(&["feed", "show", creator]).await;
            assert!(!feed.contains("<item>"), "{feed}");
        }
        served.process.signal("TERM");
        let ended = served.process.ends_within(LIMIT).await;
        assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    }
);
