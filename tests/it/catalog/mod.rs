//! The guards of the store: what the catalog promises, said once and held on both databases.

mod audit;
mod creator_lists;
mod creators;
mod credentials;
mod event_ranges;
mod events;
mod feed;
mod imports;
mod life;
mod parity;
mod plans;
mod refused;
mod sources;
mod store;
mod subjects;
mod turning;
mod video_lists;
mod videos;
mod visits;
