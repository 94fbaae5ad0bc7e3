//! When credentials are used: gathered in memory, and written no more than once a minute for each.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use super::{App, Result};
use crate::model::{CredentialId, CredentialUse, Timestamp};

/// Time between two notes of a credential's last use.
const NOTED_EVERY: Duration = Duration::from_mins(1);

#[derive(Debug, Default)]
pub(super) struct Uses(Mutex<HashMap<CredentialId, Use>>);

#[derive(Clone, Copy, Debug)]
struct Use {
    last_at: Timestamp,
    /// What was written last; none before the first time.
    written: Option<Timestamp>,
}

impl Use {
    fn is_worth_noting(&self) -> bool {
        self.written
            .is_none_or(|written| self.last_at >= written.after(NOTED_EVERY))
    }
}

impl Uses {
    /// Notes that a credential let somebody in.
    pub(super) fn note(&self, credential: &CredentialId, at: Timestamp) {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = uses.get_mut(credential) {
            known.last_at = known.last_at.max(at);
            return;
        }
        let first = Use {
            last_at: at,
            written: None,
        };
        uses.insert(credential.clone(), first);
    }

    fn unwritten(&self) -> Vec<(CredentialId, Timestamp)> {
        let uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = uses.iter().filter(|(_, used)| used.is_worth_noting());
        let mut due: Vec<_> = due.map(|(id, used)| (id.clone(), used.last_at)).collect();
        // Always in the same order, so that two daemons never wait for each other in a circle.
        due.sort_unstable_by(|one, other| one.0.as_str().cmp(other.0.as_str()));
        due
    }

    fn settle(&self, written: &[(CredentialId, Timestamp)]) {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, at) in written {
            if let Some(known) = uses.get_mut(id) {
                known.written = Some(*at);
            }
        }
    }
}

impl App {
    /// Writes when credentials were last used, and says of how many. What can't be written is written the next time.
    pub async fn write_uses(&self) -> Result<usize> {
        let due = self.uses.unwritten();
        if due.is_empty() {
            return Ok(0);
        }
        let mut tx = self.catalog.begin().await?;
        for (id, at) in &due {
            tx.note_credential(id, *at).await?;
        }
        tx.commit().await?;
        self.uses.settle(&due);
        Ok(due.len())
    }

    /// When each credential was first and last used; those that never were are not among them.
    pub async fn credential_uses(&self) -> Result<Vec<CredentialUse>> {
        Ok(self.catalog.credential_uses().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_use_is_written_at_once_and_later_ones_by_the_minute() {
        let (uses, id) = (Uses::default(), CredentialId::from("c".to_owned()));
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1_000);
        uses.note(&id, at(0));
        let due = uses.unwritten();
        assert_eq!(due, [(id.clone(), at(0))]);
        uses.settle(&due);
        uses.note(&id, at(59));
        assert_eq!(uses.unwritten(), []);
        uses.note(&id, at(60));
        assert_eq!(uses.unwritten(), [(id, at(60))]);
    }
}
