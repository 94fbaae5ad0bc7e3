//! From what is wrong now to alarms that open, fold, come back and resolve.

use std::collections::{HashMap, HashSet};

use super::{AlarmId, AlarmRule, Finding, KeptAlarm, News, Timestamp};

/// An alarm as it is from now on, and what is to be told of it, if anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlarmStep {
    pub alarm: KeptAlarm,
    pub news: Option<News>,
}

/// What changes when this is found while these alarms are open. What is folded into another alarm is not told; it is, as
/// opened, when it outlasts that one.
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
        news: alarm.group.is_none().then_some(News::Resolved),
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
    let unfolded = alarm.group.is_some() && group.is_none();
    let awake = alarm.snoozed_until.is_some_and(|until| until <= now);
    let news = match (unfolded, awake && group.is_none()) {
        (true, _) => Some(News::Opened),
        (false, true) => Some(News::Reminded),
        (false, false) => None,
    };
    AlarmStep {
        alarm: KeptAlarm {
            sentence: finding.sentence.clone(),
            group,
            snoozed_until: alarm.snoozed_until.filter(|_until| !awake),
            ..alarm.clone()
        },
        news,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        // What outlasts the silence of all is told for itself; what ends with it is not told.
        let told = judge(&each[..1], &mut open);
        assert!(
            told.contains(&("creator_silent of a".to_owned(), Some(News::Opened))),
            "{told:?}"
        );
        assert!(
            told.contains(&("creator_silent of b".to_owned(), None)),
            "{told:?}"
        );
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
