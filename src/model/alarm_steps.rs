//! From what is wrong now to alarms that open, fold, come back and resolve.

use std::collections::{HashMap, HashSet};

use super::{AlarmId, AlarmRule, Finding, KeptAlarm, News, Timestamp};

/// An alarm as it is from now on, and what is to be told of it, if anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlarmStep {
    pub alarm: KeptAlarm,
    pub news: Option<News>,
}

/// What changes when this is found while these alarms are open. What is folded into another alarm is not told; when it
/// outlasts that one, it is: as opened for the first time, else as still so. Nobody is told of what is snoozed before it
/// ends, nor again of what somebody looks after. What was told of once is told when it is over.
pub fn alarm_steps(
    findings: &[Finding],
    open: &[KeptAlarm],
    now: Timestamp,
    mut new_id: impl FnMut() -> AlarmId,
) -> Vec<AlarmStep> {
    let found: HashSet<_> = findings.iter().map(Finding::key).collect();
    let known: HashMap<_, _> = open.iter().map(|alarm| (alarm.key(), alarm)).collect();
    let over = open.iter().filter(|alarm| !found.contains(&alarm.key()));
    let mut steps: Vec<_> = over.map(|alarm| resolved(alarm, now)).collect();
    let mut heads: Vec<(AlarmRule, AlarmId)> = Vec::new();
    let (folded, whole): (Vec<_>, Vec<_>) = findings
        .iter()
        .partition(|finding| finding.rule.folds_into().is_some());
    for finding in whole.into_iter().chain(folded) {
        let into = finding.rule.folds_into();
        let head = heads.iter().find(|(rule, _)| Some(*rule) == into);
        let group = head.map(|(_, id)| id.clone());
        let before = known.get(&finding.key()).copied();
        let step = match before {
            Some(alarm) => going_on(alarm, finding, group, now),
            None => opened(finding, new_id(), group, now),
        };
        if into.is_none() {
            heads.push((finding.rule, step.alarm.id.clone()));
        }
        if Some(&step.alarm) != before {
            steps.push(step);
        }
    }
    steps
}

fn resolved(alarm: &KeptAlarm, now: Timestamp) -> AlarmStep {
    AlarmStep {
        alarm: KeptAlarm {
            resolved_at: Some(now),
            snoozed_until: None,
            ..alarm.clone()
        },
        news: alarm.told.then_some(News::Resolved),
    }
}

fn opened(finding: &Finding, id: AlarmId, group: Option<AlarmId>, now: Timestamp) -> AlarmStep {
    AlarmStep {
        news: group.is_none().then_some(News::Opened),
        alarm: KeptAlarm {
            id,
            rule: finding.rule,
            subject: finding.subject.clone(),
            sentence: finding.sentence.clone(),
            opened_at: now,
            told: group.is_none(),
            group,
            acknowledged: None,
            snoozed_until: None,
            resolved_at: None,
        },
    }
}

fn going_on(
    alarm: &KeptAlarm,
    finding: &Finding,
    group: Option<AlarmId>,
    now: Timestamp,
) -> AlarmStep {
    let snoozed_until = alarm.snoozed_until.filter(|until| now < *until);
    let unfolded = alarm.group.is_some() && alarm.acknowledged.is_none();
    let awake = alarm.snoozed_until.is_some();
    let news = match group.is_none() && snoozed_until.is_none() {
        true if !alarm.told => Some(News::Opened),
        true if unfolded || awake => Some(News::Reminded),
        _ => None,
    };
    AlarmStep {
        alarm: KeptAlarm {
            sentence: finding.sentence.clone(),
            told: alarm.told || news.is_some(),
            group,
            snoozed_until,
            ..alarm.clone()
        },
        news,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Acknowledged, AlarmStanding};

    const NOW: Timestamp = Timestamp::from_millis(1_000);

    fn found(rule: AlarmRule, subject: &str) -> Finding {
        Finding {
            rule,
            subject: subject.to_owned(),
            sentence: format!("{rule} of {subject}"),
        }
    }

    /// Judges, and says what is open afterwards and what was told.
    fn judge(findings: &[Finding], open: &mut Vec<KeptAlarm>) -> Vec<(String, Option<News>)> {
        let mut next = open.len();
        let steps = alarm_steps(findings, open, NOW, || {
            next += 1;
            AlarmId::from(next.to_string())
        });
        for step in &steps {
            open.retain(|alarm| alarm.id != step.alarm.id);
            open.push(step.alarm.clone());
        }
        open.retain(|alarm| alarm.resolved_at.is_none());
        let told = |step: AlarmStep| (step.alarm.sentence, step.news);
        steps.into_iter().map(told).collect()
    }

    #[test]
    fn an_alarm_opens_once_and_resolves_once() {
        let (mut open, wrong) = (Vec::new(), [found(AlarmRule::DiskLow, "")]);
        let told = judge(&wrong, &mut open);
        assert_eq!(told, [("disk_low of ".to_owned(), Some(News::Opened))]);
        assert_eq!(judge(&wrong, &mut open), []);
        let told = judge(&[], &mut open);
        assert_eq!(told, [("disk_low of ".to_owned(), Some(News::Resolved))]);
        assert_eq!((judge(&[], &mut open), open), (Vec::new(), Vec::new()));
    }

    #[test]
    fn silence_of_all_folds_the_silences_of_each() {
        let each = [
            found(AlarmRule::CreatorSilent, "a"),
            found(AlarmRule::CreatorSilent, "b"),
        ];
        let mut open = Vec::new();
        judge(&each[..1], &mut open);
        let all = [
            each[1].clone(),
            each[0].clone(),
            found(AlarmRule::CrawlerSilent, ""),
        ];
        let told = judge(&all, &mut open);
        let news: Vec<_> = told.iter().map(|(_, news)| *news).collect();
        assert_eq!(news, [Some(News::Opened), None, None], "{told:?}");
        let head = open
            .iter()
            .find(|alarm| alarm.rule == AlarmRule::CrawlerSilent);
        let head = head.unwrap().id.clone();
        assert_eq!(
            open.iter()
                .filter(|alarm| alarm.group == Some(head.clone()))
                .count(),
            2
        );
        // What outlasts the silence of all is told for itself; what ends with it and was never told is not.
        let told = judge(&each[..1], &mut open);
        assert!(
            told.contains(&("creator_silent of a".to_owned(), Some(News::Reminded))),
            "{told:?}"
        );
        assert!(
            told.contains(&("creator_silent of b".to_owned(), None)),
            "{told:?}"
        );
    }

    /// One creator's silence, told or not, folded into the silence of all.
    fn folded(told: bool) -> (Vec<Finding>, Vec<KeptAlarm>) {
        let (one, all) = (
            found(AlarmRule::CreatorSilent, "a"),
            found(AlarmRule::CrawlerSilent, ""),
        );
        let (one, both, mut open) = (vec![one.clone()], vec![one, all], Vec::new());
        if told {
            judge(&one, &mut open);
        }
        judge(&both, &mut open);
        open.sort_by_key(|alarm| alarm.rule != AlarmRule::CreatorSilent);
        assert_eq!((open[0].told, open[0].group.is_some()), (told, true));
        (one, open)
    }

    /// What is told of the creator's silence when it outlasts the silence of all.
    fn told_when_unfolded(one: &[Finding], open: &mut Vec<KeptAlarm>) -> Option<News> {
        let told = judge(one, open);
        assert_eq!(open.len(), 1, "{told:?}");
        told.iter().find(|(of, _)| of.contains("of a")).unwrap().1
    }

    #[test]
    fn what_was_never_told_is_told_as_opened_when_it_outlasts_the_fold() {
        let (one, mut open) = folded(false);
        assert_eq!(told_when_unfolded(&one, &mut open), Some(News::Opened));
        assert_eq!(judge(&[], &mut open)[0].1, Some(News::Resolved));
    }

    #[test]
    fn what_was_told_and_folded_is_told_when_it_is_over() {
        let (_, mut open) = folded(true);
        let told = judge(&[], &mut open);
        assert_eq!(told.len(), 2);
        assert!(
            told.iter().all(|(_, news)| *news == Some(News::Resolved)),
            "{told:?}"
        );
        let (_, mut open) = folded(false);
        let told: Vec<_> = judge(&[], &mut open).iter().map(|told| told.1).collect();
        assert_eq!(told, [None, Some(News::Resolved)]);
    }

    #[test]
    fn nobody_is_told_of_what_outlasts_the_fold_while_it_is_snoozed_or_looked_after() {
        let (one, mut open) = folded(true);
        open[0].snoozed_until = Some(Timestamp::from_millis(1_001));
        assert_eq!(told_when_unfolded(&one, &mut open), None);
        open[0].snoozed_until = Some(NOW);
        assert_eq!(judge(&one, &mut open)[0].1, Some(News::Reminded));
        let (one, mut open) = folded(true);
        open[0].acknowledged = Some(Acknowledged {
            at: NOW,
            by: "cli:ann".to_owned(),
        });
        assert_eq!(told_when_unfolded(&one, &mut open), None);
    }

    #[test]
    fn a_snoozed_alarm_comes_back_when_its_time_is_over() {
        let (mut open, wrong) = (Vec::new(), [found(AlarmRule::Orphans, "")]);
        judge(&wrong, &mut open);
        open[0].snoozed_until = Some(Timestamp::from_millis(1_001));
        assert_eq!(judge(&wrong, &mut open), []);
        open[0].snoozed_until = Some(NOW);
        let told = judge(&wrong, &mut open);
        assert_eq!(told, [("orphans of ".to_owned(), Some(News::Reminded))]);
        assert_eq!(open[0].standing(), AlarmStanding::Open);
    }

    #[test]
    fn a_sentence_that_changes_is_kept_and_not_told() {
        let (mut open, mut wrong) = (Vec::new(), [found(AlarmRule::Orphans, "")]);
        judge(&wrong, &mut open);
        wrong[0].sentence = "two of them".to_owned();
        assert_eq!(judge(&wrong, &mut open), [("two of them".to_owned(), None)]);
    }
}
