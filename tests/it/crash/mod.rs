//! The daemon dies in the middle of its work, and what it promised holds: at random moments, and at each fault point.

mod callbacks;
mod imports;
pub(crate) mod oracle;
