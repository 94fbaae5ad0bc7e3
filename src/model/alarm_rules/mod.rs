//! What makes an alarm: one function a rule, over facts that cost the same however large the catalog is.

use std::time::Duration;

use super::{
    AlarmLimits, AlarmRule, Circumstances, Credential, FailingJob, FeedLosses, Finding, Reports,
};

/// So many creators whose feeds nobody asks for are one silence.
const MANY_SILENT: usize = 25;
/// Failures in a row before a job counts as failing.
const FAILURES: i64 = 3;
/// What was never to last longer is no credential that somebody has to replace.
const SHORT_LIFE: Duration = Duration::from_mins(10);
/// Counts end here; beyond it there are "more than" so many.
const COUNTED_TO: i64 = 10_000;

impl Circumstances {
    /// What is wrong. While an alarm of a rule `is_open`, it takes more than the limit to be well again where a number
    /// that swings would open and resolve it all day.
    pub fn findings(
        &self,
        limits: &AlarmLimits,
        is_open: impl Fn(AlarmRule) -> bool,
    ) -> Vec<Finding> {
        let single = [
            self.crawler_silent(limits),
            self.refusals(limits, is_open(AlarmRule::Refusals)),
            self.orphans(),
            self.conflicts(),
            self.feed_losses(limits),
            self.disk_low(limits, is_open(AlarmRule::DiskLow)),
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
        let ending = self.credentials.iter();
        let ending = ending.filter_map(|credential| self.credential_ends(credential, limits));
        let failing = self.failing_jobs.iter().filter_map(job_failing);
        let all = single.into_iter().flatten();
        all.chain(silent).chain(ending).chain(failing).collect()
    }

    fn crawler_silent(&self, limits: &AlarmLimits) -> Option<Finding> {
        let silent = self.crawler.filter(|rhythm| {
            let from = rhythm.silent_from(limits.silence);
            from.is_some_and(|from| from <= self.now)
        });
        let sentence = match silent {
            Some(rhythm) => format!(
                "no crawler has come since {}, usually one does {}; see whether the public address can be reached \
                 (`mcnd doctor`), then ask Dailymotion",
                rhythm.last_at,
                rhythm.every()
            ),
            None if self.silent.len() >= MANY_SILENT => format!(
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
        let ease = if is_open { 2 } else { 1 };
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
        let sentence = format!(
            "{} about videos that the catalog does not have; import those videos, or ask Dailymotion where they come from \
             (`mcnd event list --troubled`)",
            counted(self.orphans, "report", "reports")
        );
        (self.orphans > 0).then(|| found(AlarmRule::Orphans, "", sentence))
    }

    fn conflicts(&self) -> Option<Finding> {
        let sentence = format!(
            "{} on Dailymotion more than once; `mcnd video list --conflicts` shows the ids",
            counted(self.conflicts, "video is", "videos are")
        );
        (self.conflicts > 0).then(|| found(AlarmRule::Conflicts, "", sentence))
    }

    fn feed_losses(&self, limits: &AlarmLimits) -> Option<Finding> {
        let FeedLosses { videos, most } = &self.losses;
        if *videos < limits.lost_videos {
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

    fn credential_ends(&self, credential: &Credential, limits: &AlarmLimits) -> Option<Finding> {
        let end = credential.expires_at?;
        let soon = end > self.now && end <= self.now.after(limits.credential_ends);
        if !soon || end <= credential.added_at.after(SHORT_LIFE) {
            return None;
        }
        let outlasts = |other: &Credential| {
            other.kind == credential.kind && other.expires_at.is_none_or(|other| other > end)
        };
        let cure = if self.credentials.iter().any(outlasts) {
            "see that Dailymotion uses its successor by then".to_owned()
        } else {
            format!(
                "nothing takes its place: `mcnd credential add {}`",
                credential.kind.as_str()
            )
        };
        let sentence = format!(
            "the {} credential `{}` ends at {end}; {cure}",
            credential.kind.as_str(),
            credential.id
        );
        Some(found(
            AlarmRule::CredentialEnds,
            credential.id.as_str(),
            sentence,
        ))
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

fn counted(count: i64, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        _ if count > COUNTED_TO => format!("more than {COUNTED_TO} {many}"),
        _ => format!("{count} {many}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CredentialForm, CredentialKind, Digest, Rhythm, Timestamp};

    const HOUR: i64 = 3_600_000;
    const DAY: Duration = Duration::from_hours(24);

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn limits() -> AlarmLimits {
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
    fn well() -> Circumstances {
        Circumstances {
            now: at(100 * HOUR),
            crawler: Some(hourly(99)),
            silent: Vec::new(),
            reports: Reports {
                ready: 100,
                refused: 10,
            },
            orphans: 0,
            conflicts: 0,
            losses: FeedLosses {
                videos: 99,
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

    fn credential(id: &str, expires_at: Option<Timestamp>) -> Credential {
        Credential {
            id: id.to_owned().into(),
            kind: CredentialKind::Crawler,
            form: CredentialForm::Bearer,
            digest: Digest::of(id.as_bytes()),
            added_at: at(0),
            expires_at,
        }
    }

    fn judged(circumstances: &Circumstances, is_open: bool) -> Vec<Finding> {
        circumstances.findings(&limits(), |_rule| is_open)
    }

    /// The one thing that is wrong.
    fn only(circumstances: &Circumstances, is_open: bool) -> (AlarmRule, String) {
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
        let rules = |facts: &Circumstances| {
            let rules = judged(facts, false).into_iter().map(|found| found.rule);
            rules
                .filter(|rule| *rule == AlarmRule::CrawlerSilent)
                .count()
        };
        assert_eq!(rules(&facts), 0);
        facts.silent.push(silent(24));
        assert_eq!(rules(&facts), 1);
        assert_eq!(judged(&facts, false).len(), 26);
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
    fn each_orphan_and_conflict_counts() {
        let orphan = Circumstances {
            orphans: 1,
            ..well()
        };
        assert!(only(&orphan, false).1.starts_with("1 report about"));
        let conflicts = Circumstances {
            conflicts: 10_001,
            ..well()
        };
        let (rule, sentence) = only(&conflicts, false);
        assert_eq!(rule, AlarmRule::Conflicts);
        assert!(
            sentence.starts_with("more than 10000 videos are"),
            "{sentence}"
        );
    }

    #[test]
    fn videos_that_leave_their_feeds_count_in_numbers() {
        let most = Some(("paper".parse().unwrap(), 70));
        let lost = Circumstances {
            losses: FeedLosses { videos: 100, most },
            ..well()
        };
        let (rule, sentence) = only(&lost, false);
        assert_eq!(rule, AlarmRule::FeedLosses);
        assert!(sentence.contains("70 of them of `paper`"), "{sentence}");
    }

    #[test]
    fn a_credential_is_told_of_before_its_end() {
        let ends = |end: i64| Circumstances {
            credentials: vec![credential("old", Some(at(end)))],
            ..well()
        };
        let (rule, sentence) = only(&ends(172 * HOUR), false);
        assert_eq!(rule, AlarmRule::CredentialEnds);
        assert!(sentence.contains("nothing takes its place"), "{sentence}");
        assert_eq!(judged(&ends(173 * HOUR), false), []);
        assert_eq!(judged(&ends(100 * HOUR), false), []);
        let mut rotated = ends(101 * HOUR);
        rotated.credentials.push(credential("new", None));
        assert!(only(&rotated, false).1.contains("successor"));
        // One that was made for a minute is nobody's to replace.
        let mut short = ends(100 * HOUR + 60_000);
        short.credentials[0].added_at = at(100 * HOUR - 1);
        assert_eq!(judged(&short, false), []);
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
