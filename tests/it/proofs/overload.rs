//! Three times the crawls that the daemon can answer: it goes on answering as many as it can, and tells the rest at once.

use std::{
    convert::Infallible,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use reqwest::{Client, StatusCode};
use tokio::{task::JoinSet, time::interval};

use super::{p99, say};
use crate::{
    crash::site::Site,
    harness::{both, cycles, http::client, installation::Served, passes},
};

/// Crawls that may be under way.
const MAX: &str = "4";
const AT_ONCE: usize = 4;
/// How often the most that is served is held against what is served when more is asked, each for so long.
const ROUNDS: usize = 15;
const SPAN: Duration = Duration::from_millis(500);
/// How much more is asked than can be done, and how much of that must be done then.
const OVERLOAD: f64 = 3.0;
const GOODPUT: f64 = 0.8;
/// Whoever is shed is told so within this.
const SHED_WITHIN: Duration = Duration::from_millis(50);
/// Between two callbacks.
const PAUSE: Duration = Duration::from_millis(20);

/// A feed of a daemon, and somebody who reads it.
struct Crawler {
    client: Client,
    url: String,
    secret: String,
}

/// What a flood of crawls came to: how many were served in a second, and when each of the others was told to come back.
struct Flooded {
    served: f64,
    shed: Vec<Duration>,
}

fn rate(count: usize, time: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap()) / time.as_secs_f64()
}

impl Crawler {
    /// Reads the feed; answers how that ended, and how long it took to begin.
    async fn crawl(&self) -> (StatusCode, Duration) {
        let asked = Instant::now();
        let request = self.client.get(&self.url).bearer_auth(&self.secret);
        let answer = request.send().await.unwrap();
        let (status, took) = (answer.status(), asked.elapsed());
        if status != StatusCode::OK {
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(answer.headers()["retry-after"], "5");
        }
        answer.bytes().await.unwrap();
        (status, took)
    }

    /// How many crawls are served in a second where as many go on as may, and no more.
    async fn peak(&self) -> f64 {
        let begun = Instant::now();
        let crawlers = (0..AT_ONCE).map(|_| async {
            let mut served = 0;
            while begun.elapsed() < SPAN {
                // The one before may still be on its way out of the lane.
                served += usize::from(self.crawl().await.0 == StatusCode::OK);
            }
            served
        });
        let served = join_all(crawlers).await.iter().sum();
        rate(served, begun.elapsed())
    }

    /// Asks so many times in a second, whether there are answers or not.
    async fn flood(self: &Arc<Self>, times: f64) -> Flooded {
        let (begun, mut crawls) = (Instant::now(), JoinSet::new());
        let mut pace = interval(Duration::from_secs_f64(1.0 / times));
        while begun.elapsed() < SPAN {
            pace.tick().await;
            let crawler = Arc::clone(self);
            crawls.spawn(async move { crawler.crawl().await });
        }
        let asked = begun.elapsed();
        let answers = crawls.join_all().await;
        let all = begun.elapsed();
        assert!(all < 2 * asked, "asked for {asked:?}, answered for {all:?}");
        let (served, shed): (Vec<_>, Vec<_>) = answers
            .into_iter()
            .partition(|(status, _)| *status == StatusCode::OK);
        Flooded {
            served: rate(served.len(), all),
            shed: shed.into_iter().map(|(_, took)| took).collect(),
        }
    }

    async fn is_served_in_spite_of_more(self: Arc<Self>) {
        let (mut shares, mut shed) = (Vec::new(), Vec::new());
        for _ in 0..cycles(ROUNDS) {
            let peak = self.peak().await;
            let flooded = self.flood(OVERLOAD * peak).await;
            shares.push(flooded.served / peak);
            shed.extend(flooded.shed);
        }
        shares.sort_by(f64::total_cmp);
        let (share, count) = (shares[shares.len() / 2], shed.len());
        let shed = p99(shed);
        say(&format!(
            "asked for {OVERLOAD} times its peak, it serves {:.0} % of that; {count} are shed, p99 after {shed:?}",
            share * 100.0
        ));
        assert!(share >= GOODPUT, "{shares:?}");
        assert!(shed <= SHED_WITHIN);
    }
}

/// Posts callbacks, which must all be stored.
async fn keep_posting(site: &Site, served: &Served) -> Infallible {
    let client = client();
    loop {
        let status = site.post(&client, served.public, 1).await.unwrap();
        assert_eq!(status, StatusCode::OK);
        passes(PAUSE).await;
    }
}

both!(
    #[ignore = "figures are of release builds; run by `.ci/proofs`"]
    async fn asked_for_three_times_what_it_can_do_the_daemon_goes_on_doing_it(db: TestDatabase) {
        let site = Site::new(db).await;
        let secret = site.installation.credential("crawler", "bearer").await;
        let settings = [
            ("MCND__SERVER__MAX_CRAWLS", MAX),
            ("MCND__FEED__CACHE_BYTES", "0"),
            // What a flood from one address meets otherwise is that limit.
            ("MCND__SERVER__MAX_CONNECTIONS_PER_ADDRESS", "12000"),
        ];
        let served = site.installation.serve_with(&settings).await;
        let crawler = Arc::new(Crawler {
            client: client(),
            url: format!("http://{}/feeds/a.xml", served.public),
            secret,
        });
        tokio::select! {
            never = keep_posting(&site, &served) => match never {},
            () = crawler.is_served_in_spite_of_more() => {}
        }
        served.process.kill().await;
        assert_eq!(site.lost().await, 0);
    }
);
