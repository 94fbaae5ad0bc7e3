//! Secret canaries (reliability.md G20, 6.9): each secret that there is, planted and used while everything is logged, is
//! found nowhere but where it has to be.

mod addresses;
mod canary;
mod commands;
mod nest;
mod people;
mod places;
mod programs;
mod reads;

use mcnd::{
    clock::{Clock as _, SystemClock},
    model::Timestamp,
};

use canary::Canary;
use nest::Nest;
use places::{Known, Place};

use crate::harness::both;

/// Where tokens that stand in the address of a video's media are told: Dailymotion fetches the media by it.
const OF_MEDIA: &[Place] = &[
    Place::Api,
    Place::Page,
    Place::Face,
    Place::Export,
    Place::Command,
    Place::Backup,
];

/// Everything secret that is kept so that it can be read, and why. Whatever is not here is kept as a digest or not at all.
const KNOWN: [Known; 3] = [
    Known {
        what: "token of a media address",
        to: OF_MEDIA,
        why: "Dailymotion fetches the media by it, so those who look after videos see it",
    },
    Known {
        what: "token of a source",
        to: &[Place::Backup],
        why: "it is sent again at every pull",
    },
    Known {
        what: "secret of codes",
        to: &[Place::Backup],
        why: "the device and the daemon have to know the same",
    },
];

/// The columns in which they are.
const COLUMNS: [(&str, &str); 3] = [
    ("videos", "media_url"),
    ("sources", "url"),
    ("totp_devices", "secret"),
];

/// Where what is no secret has to be found, or nothing is proved. Spans name no things.
const TRACED: &str = "GET /c/{secret}/users.json";

fn now() -> Timestamp {
    SystemClock.now()
}

both!(
    async fn no_secret_is_told_or_kept_where_it_need_not_be(db: TestDatabase) {
        let mut nest = Nest::new(db).await;
        let (browser, password, link) = people::first_owner(&mut nest).await;
        let (browser, password) = people::passwords(&mut nest, browser, &password).await;
        people::enter(&mut nest, &password).await;
        people::invitations(&mut nest, &browser).await;
        let key = programs::keys(&mut nest, &browser).await;
        addresses::videos(&mut nest, &browser).await;
        addresses::sources(&mut nest, &browser, &key).await;
        programs::credentials(&mut nest, &browser).await;
        people::codes(&mut nest, &browser, &password).await;
        reads::refusals(&mut nest, &key).await;
        reads::everything(&mut nest, &browser, &key).await;
        commands::reads(&mut nest).await;
        let (installation, canaries, mut places, parrot) = nest.stop(&link).await;
        commands::kept(&installation, &mut places, &COLUMNS);

        let leaks = places.leaks(&canaries, &KNOWN);
        assert!(leaks.is_empty(), "{leaks:#?}");
        assert!(canaries.len() > 80, "{}", canaries.len());
        for known in &KNOWN {
            let canary = canaries.iter().find(|canary| canary.what == known.what);
            let places = places.holding(canary.expect("it is planted"));
            let needed = known.to.iter().all(|place| places.contains(place));
            assert!(
                needed,
                "`{}` is told less ({}): {places:?}",
                known.what, known.why
            );
        }
        let mut heard = places.holding(&Canary::new("parrot", parrot));
        heard.extend(places.holding(&Canary::new("route", TRACED)));
        for place in Place::ALL {
            assert!(
                heard.contains(&place),
                "nothing would be found in {place:?}"
            );
        }
    }
);
