//! What the settings let a feed say, and so which videos it may list, and for how long.

use crate::{
    config::{DmAttribute, Feed},
    model::{FeedPolicy, Needs},
};

/// The policy that follows from the settings: a need is met where an element says it, or a switch lifts it.
pub(in crate::app) fn policy(feed: &Feed) -> FeedPolicy {
    let mapped = |attribute| feed.dm.iter().any(|mapping| mapping.attribute == attribute);
    let met = [
        (mapped(DmAttribute::MadeForKids), Needs::KIDS),
        (mapped(DmAttribute::Private), Needs::PRIVATE),
        (feed.geo_restriction || mapped(DmAttribute::Geo), Needs::GEO),
        (
            feed.explicit_rating || mapped(DmAttribute::Explicit),
            Needs::EXPLICIT,
        ),
        (feed.allow_private_media, Needs::PRIVATE_MEDIA),
    ];
    let met = met
        .into_iter()
        .filter_map(|(meets, need)| meets.then_some(need))
        .fold(Needs::default(), Needs::with);
    FeedPolicy {
        met,
        delta_window: feed.delta_window,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn a_switch_or_a_mapping_meets_a_need() {
        let mut feed = Config::default().feed;
        assert!(policy(&feed).meets(Needs::GEO.with(Needs::EXPLICIT)));
        for need in [
            Needs::KIDS,
            Needs::PRIVATE,
            Needs::PRIVATE_MEDIA,
            Needs::NEVER,
        ] {
            assert!(!policy(&feed).meets(need), "{need:?}");
        }
        feed.geo_restriction = false;
        feed.allow_private_media = true;
        assert!(!policy(&feed).meets(Needs::GEO));
        assert!(policy(&feed).meets(Needs::PRIVATE_MEDIA));
    }
}
