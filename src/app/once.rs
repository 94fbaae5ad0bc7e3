//! Requests that are carried out once (`Idempotency-Key`): the key is taken in the transaction of what is asked for, so that
//! a request that failed, or was cut short by a kill, can be made again under the same key.

use std::time::Duration;

use super::{App, Error, Result, panicked};
use crate::{
    catalog::{KeptAnswer, Tx},
    model::{Actor, Once, Timestamp},
};

/// How long a key stands for its request.
const LASTS: Duration = Duration::from_hours(24);
/// How often it is looked for an answer that is just being written, and how long apart.
const LOOKS: u32 = 40;
const PAUSE: Duration = Duration::from_millis(50);

/// What is known of a request under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// Nothing: it is to be carried out.
    Nothing,
    /// It was carried out, and answered so.
    Answered(KeptAnswer),
    /// It was carried out; a daemon that ended just then took the answer with it.
    AnswerLost,
    /// The key stands for another request.
    OtherRequest,
}

impl App {
    /// What is known of a request; waits a moment for the answer to one that was just carried out.
    pub async fn known_request(&self, once: &Once) -> Result<Known> {
        for _look in 0..LOOKS {
            let kept = self.catalog.kept_request(once, self.expired_keys()).await?;
            let Some(kept) = kept else {
                return Ok(Known::Nothing);
            };
            if kept.request != once.request {
                return Ok(Known::OtherRequest);
            }
            if let Some(answer) = kept.answer {
                return Ok(Known::Answered(answer));
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(Known::AnswerLost)
    }

    /// Keeps what a request that was carried out is answered. It must hold no secret.
    pub async fn keep_answer(&self, once: &Once, answer: &KeptAnswer) -> Result<()> {
        let mut tx = self.catalog.begin().await?;
        tx.keep_answer(once, answer).await?;
        Ok(tx.commit().await?)
    }

    /// Runs a request to its end, though whoever sent it goes away.
    pub async fn to_the_end<T: Send + 'static>(
        &self,
        request: impl Future<Output = T> + Send + 'static,
    ) -> Result<T> {
        self.tasks.spawn(request).await.map_err(panicked)
    }

    /// Begins the transaction of something that is made once: for the actor's key, if they gave one.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the key was taken already.
    pub(super) async fn begin_once(&self, by: &Actor) -> Result<Tx> {
        let mut tx = self.catalog.begin().await?;
        if let Some(once) = &by.once
            && !tx
                .claim_once(once, self.clock.now(), self.expired_keys())
                .await?
        {
            return Err(Error::Conflict(
                "a request under this `Idempotency-Key` is carried out already".to_owned(),
            ));
        }
        Ok(tx)
    }

    /// Lets go of keys whose time is over, and says how many.
    pub(super) async fn forget_old_requests(&self) -> Result<u64> {
        let mut tx = self.catalog.begin().await?;
        let gone = tx.forget_requests(self.expired_keys()).await?;
        tx.commit().await?;
        Ok(gone)
    }

    /// Keys taken then or before are free again.
    fn expired_keys(&self) -> Timestamp {
        self.clock.now().before(LASTS)
    }
}
