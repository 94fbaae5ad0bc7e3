//! What the benchmarks share: sites with daemons, load, clocks and the table.

pub(crate) mod clock;
pub(crate) mod daemon;
pub(crate) mod import;
pub(crate) mod load;
pub(crate) mod rows;
pub(crate) mod site;
pub(crate) mod table;
