//! Promises shown under faults that need the machine's own means: run by `.ci/proofs`, ignored elsewhere.
