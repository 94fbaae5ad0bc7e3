//! What makes an alarm: one function a rule, over facts that cost the same however large the catalog is.

mod credentials;

use super::{
    AlarmLimits, AlarmRule, Appeared, Circumstances, FailingJob, FeedLosses, Finding, Reports,
};

/// So many creators whose feeds nobody asks for are one silence.
const MANY_SILENT: usize = 25;
/// Failures in a row before a job counts as failing.
const FAILURES: i64 = 3;
/// Counts end here; beyond it there are "more than" so many.
const COUNTED_TO: i64 = 10_000;

impl Circumstances {
    /// What is wrong. While the alarm of a rule and a subject `is_open`, it takes more than the limit to be well again where
    /// a number that swings would open and resolve it all day.
    pub fn findings(
        &self,
        limits: &AlarmLimits,
        is_open: impl Fn(AlarmRule, &str) -> bool,
    ) -> Vec<Finding> {
        let single = [
            self.crawler_silent(limits, is_open(AlarmRule::CrawlerSilent, "")),
            self.refusals(limits, is_open(AlarmRule::Refusals, "")),
            self.orphans(),
            self.conflicts(),
            self.feed_losses(limits, is_open(AlarmRule::FeedLosses, "")),
            self.disk_low(limits, is_open(AlarmRule::DiskLow, "")),
        ];
        let silent = self.silent.iter().map(|(creator, rhythm)| {
            let sentence = format!(
                "nobody has asked for the feed of `{creator}` since {}, usually somebody does {}; \
                 see whether Dailymotion still has its address",
                rhythm.last_at,
                rhythm.every()
            );
            found(AlarmRule::CreatorSilent, creator.as_str(), sentence)
        });
        let ending = self.credentials_end(limits, |subject| {
            is_open(AlarmRule::CredentialEnds, subject)
        });
        let failing = self.failing_jobs.iter().filter_map(job_failing);
        let all = single.into_iter().flatten();
        all.chain(silent).chain(ending).chain(failing).collect()
    }

    fn crawler_silent(&self, limits: &AlarmLimits, is_open: bool) -> Option<Finding> {
        let silent = self.crawler.filter(|rhythm| {
            let from = rhythm.silent_from(limits.silence);
            from.is_some_and(|from| from <= self.now)
        });
        let many = if is_open {
            MANY_SILENT.div_ceil(2)
        } else {
            MANY_SILENT
        };
        let sentence = match silent {
            Some(rhythm) => format!(
                "no crawler has come since {}, usually one does {}; see whether the public address can be reached \
                 (`mcnd doctor`), then ask Dailymotion",
                rhythm.last_at,
                rhythm.every()
            ),
            None if self.silent.len() >= many => format!(
                "the feeds of {} creators were not asked for for longer than usual; see what the user list says of them, \
                 then ask Dailymotion",
                self.silent.len()
            ),
            None => return None,
        };
        Some(found(AlarmRule::CrawlerSilent, "", sentence))
    }

    fn refusals(&self, limits: &AlarmLimits, is_open: bool) -> Option<Finding> {
        let Reports { ready, refused } = self.reports;
        let ease = eased(is_open);
        let share = refused * 100 * ease >= (ready + refused) * i64::from(limits.refused_percent);
        if refused * ease < limits.refused_least || refused == 0 || !share {
            return None;
        }
        let sentence = format!(
            "Dailymotion refused {refused} of the {} videos it reported within the last hour; \
             `mcnd video list --state refused` shows why",
            ready + refused
        );
        Some(found(AlarmRule::Refusals, "", sentence))
    }

    fn orphans(&self) -> Option<Finding> {
        let Appeared { lately, all } = self.orphans;
        let sentence = format!(
            "{} of the last hour about videos that the catalog does not have, {} in all; import those videos, or ask \
             Dailymotion where they come from (`mcnd event list --troubled`)",
            counted(lately, "report", "reports"),
            number(all)
        );
        (lately > 0).then(|| found(AlarmRule::Orphans, "", sentence))
    }

    fn conflicts(&self) -> Option<Finding> {
        let Appeared { lately, all } = self.conflicts;
        let sentence = format!(
            "{} of the last hour gave a video another id than it has; {} on Dailymotion more than once, and \
             `mcnd video list --conflicts` shows the ids",
            counted(lately, "report", "reports"),
            counted(all, "video is", "videos are")
        );
        (lately > 0).then(|| found(AlarmRule::Conflicts, "", sentence))
    }

    fn feed_losses(&self, limits: &AlarmLimits, is_open: bool) -> Option<Finding> {
        let FeedLosses { videos, most } = &self.losses;
        if *videos * eased(is_open) < limits.lost_videos {
            return None;
        }
        let most = most.as_ref().map_or_else(String::new, |(creator, lost)| {
            format!(", {lost} of them of `{creator}`")
        });
        let sentence = format!(
            "{videos} videos left their feeds as held or draft within the last hour{most}; look at what was changed of \
             settings and rules (`mcnd video why GUID`)"
        );
        Some(found(AlarmRule::FeedLosses, "", sentence))
    }

    fn disk_low(&self, limits: &AlarmLimits, is_open: bool) -> Option<Finding> {
        let free = self.disk_free?;
        let ease = if is_open { limits.disk_free / 10 } else { 0 };
        // Rounded, so that the sentence does not change with every page.
        let sentence = format!(
            "less than {} MiB are free beside the database or its imports; make room before callbacks are refused",
            (limits.disk_free.saturating_add(ease)).div_ceil(1024 * 1024)
        );
        (free < limits.disk_free.saturating_add(ease))
            .then(|| found(AlarmRule::DiskLow, "", sentence))
    }
}

fn job_failing(job: &FailingJob) -> Option<Finding> {
    let sentence = format!(
        "the job `{}` does not succeed any more; the log says why",
        job.name
    );
    (job.failures >= FAILURES).then(|| found(AlarmRule::JobFailing, &job.name, sentence))
}

fn found(rule: AlarmRule, subject: &str, sentence: String) -> Finding {
    Finding {
        rule,
        subject: subject.to_owned(),
        sentence,
    }
}

/// What a count is taken times before it is held against its limit: while its alarm is open, half the limit is enough.
fn eased(is_open: bool) -> i64 {
    if is_open { 2 } else { 1 }
}

fn counted(count: i64, one: &str, many: &str) -> String {
    let noun = if count == 1 { one } else { many };
    format!("{} {noun}", number(count))
}

fn number(count: i64) -> String {
    if count > COUNTED_TO {
        format!("more than {COUNTED_TO}")
    } else {
        count.to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{Credential, CredentialForm, CredentialKind, Digest, Rhythm, Timestamp};

    pub(super) const HOUR: i64 = 3_600_000;
    const DAY: Duration = Duration::from_hours(24);

    pub(super) fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    pub(super) fn limits() -> AlarmLimits {
        AlarmLimits {
            silence: 3,
            refused_percent: 20,
            refused_least: 10,
            lost_videos: 100,
            credential_ends: 3 * DAY,
            disk_free: 1_000,
        }
    }

    /// All is well at the hundredth hour.
    pub(super) fn well() -> Circumstances {
        Circumstances {
            now: at(100 * HOUR),
            crawler: Some(hourly(99)),
            silent: Vec::new(),
            reports: Reports {
                ready: 100,
                refused: 10,
            },
            orphans: Appeared { lately: 0, all: 7 },
            conflicts: Appeared { lately: 0, all: 7 },
            losses: FeedLosses {
                videos: 49,
                most: None,
            },
            credentials: vec![credential("c1", None)],
            disk_free: Some(2_000),
            failing_jobs: vec![FailingJob {
                name: "sweep".to_owned(),
                failures: 2,
            }],
        }
    }

    fn hourly(last: i64) -> Rhythm {
        (last - 9..=last).fold(Rhythm::beginning(at((last - 10) * HOUR)), |rhythm, hour| {
            rhythm.seen(at(hour * HOUR))
        })
    }

    pub(super) fn credential(id: &str, expires_at: Option<Timestamp>) -> Credential {
        Credential {
            id: id.to_owned().into(),
            kind: CredentialKind::Crawler,
            form: CredentialForm::Bearer,
            digest: Digest::of(id.as_bytes()),
            added_at: at(0),
            expires_at,
        }
    }

    pub(super) fn judged(circumstances: &Circumstances, is_open: bool) -> Vec<Finding> {
        circumstances.findings(&limits(), |_rule, subject| is_open && subject.is_empty())
    }

    /// The one thing that is wrong.
    pub(super) fn only(circumstances: &Circumstances, is_open: bool) -> (AlarmRule, String) {
        let mut found = judged(circumstances, is_open);
        assert_eq!(found.len(), 1, "{found:?}");
        let found = found.remove(0);
        (found.rule, found.sentence)
    }

    #[test]
    fn nothing_is_found_where_all_is_well() {
        assert_eq!(judged(&well(), false), []);
        let new = Circumstances {
            crawler: None,
            disk_free: None,
            ..well()
        };
        assert_eq!(judged(&new, false), []);
    }

    #[test]
    fn a_crawler_that_stays_away_for_three_pauses_is_silent() {
        let mut facts = well();
        facts.crawler = Some(hourly(97));
        let (rule, sentence) = only(&facts, false);
        assert_eq!(rule, AlarmRule::CrawlerSilent);
        assert!(sentence.contains("every 60 minutes"), "{sentence}");
        facts.crawler = Some(hourly(98));
        assert_eq!(judged(&facts, false), []);
    }

    #[test]
    fn many_silent_creators_are_one_silence() {
        let mut facts = well();
        let silent = |number| (format!("c{number}").parse().unwrap(), hourly(90));
        facts.silent = (0..24).map(silent).collect();
        let rules = |facts: &Circumstances, is_open| {
            let rules = judged(facts, is_open).into_iter().map(|found| found.rule);
            rules
                .filter(|rule| *rule == AlarmRule::CrawlerSilent)
                .count()
        };
        assert_eq!(rules(&facts, false), 0);
        facts.silent.push(silent(24));
        assert_eq!(rules(&facts, false), 1);
        assert_eq!(judged(&facts, false).len(), 26);
        // It takes half as many to be well again.
        facts.silent.truncate(13);
        assert_eq!(rules(&facts, true), 1);
        facts.silent.truncate(12);
        assert_eq!(rules(&facts, true), 0);
    }

    #[test]
    fn refusals_count_by_their_share_and_from_some_on() {
        let with = |ready, refused| Circumstances {
            reports: Reports { ready, refused },
            ..well()
        };
        assert_eq!(only(&with(40, 10), false).0, AlarmRule::Refusals);
        assert_eq!(judged(&with(41, 10), false), []);
        assert_eq!(judged(&with(0, 9), false), []);
        // It takes half of both to be well again.
        assert_eq!(only(&with(45, 5), true).0, AlarmRule::Refusals);
        assert_eq!(judged(&with(46, 5), true), []);
        assert_eq!(judged(&with(0, 4), true), []);
        assert_eq!(judged(&with(0, 0), true), []);
    }

    #[test]
    fn orphans_and_conflicts_count_while_they_are_new() {
        let orphan = Circumstances {
            orphans: Appeared { lately: 1, all: 3 },
            ..well()
        };
        let (_, sentence) = only(&orphan, false);
        assert!(sentence.starts_with("1 report of the last hour about"));
        assert!(sentence.contains("3 in all"), "{sentence}");
        let conflicts = Circumstances {
            conflicts: Appeared {
                lately: 2,
                all: 10_001,
            },
            ..well()
        };
        let (rule, sentence) = only(&conflicts, false);
        assert_eq!(rule, AlarmRule::Conflicts);
        assert!(sentence.starts_with("2 reports of"), "{sentence}");
        assert!(
            sentence.contains("more than 10000 videos are"),
            "{sentence}"
        );
    }

    #[test]
    fn videos_that_leave_their_feeds_count_in_numbers() {
        let with = |videos| Circumstances {
            losses: FeedLosses {
                videos,
                most: Some(("paper".parse().unwrap(), 70)),
            },
            ..well()
        };
        let (rule, sentence) = only(&with(100), false);
        assert_eq!(rule, AlarmRule::FeedLosses);
        assert!(sentence.contains("70 of them of `paper`"), "{sentence}");
        // It takes half as many to be well again.
        assert_eq!(only(&with(50), true).0, AlarmRule::FeedLosses);
        assert_eq!(judged(&with(49), true), []);
        assert_eq!(judged(&with(0), true), []);
    }

    #[test]
    fn a_disk_takes_a_tenth_more_to_be_well_again() {
        let with = |free| Circumstances {
            disk_free: Some(free),
            ..well()
        };
        assert_eq!(only(&with(999), false).0, AlarmRule::DiskLow);
        assert_eq!(only(&with(1_099), true).0, AlarmRule::DiskLow);
        assert_eq!(judged(&with(1_100), true), []);
    }

    #[test]
    fn a_job_that_failed_three_times_is_failing() {
        let mut facts = well();
        facts.failing_jobs[0].failures = 3;
        let found = judged(&facts, false);
        assert_eq!(found[0].key(), (AlarmRule::JobFailing, "sweep"));
    }
}
