//! What somebody wants to happen once, however often they ask for it.

use super::Digest;

/// A request under a key of its caller's (`Idempotency-Key`): the same key never has it carried out twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// As the audit names them; keys of others are others.
    pub caller: String,
    pub key: String,
    /// Of everything that is asked: another request under the same key is a mistake.
    pub request: Digest,
}
