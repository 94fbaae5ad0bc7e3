//! What others have written, against the real daemon: run by `.ci/clients`, which installs it.

mod schemathesis;
mod standard_webhooks;
