//! What the benchmarks share: sites with daemons, networks, load, clocks and the table.

pub(crate) mod access;
pub(crate) mod clock;
pub(crate) mod daemon;
pub(crate) mod import;
pub(crate) mod load;
pub(crate) mod network;
pub(crate) mod rows;
pub(crate) mod site;
pub(crate) mod table;
