//! Time that a process spent, as the kernel counts it.

use std::fs;

/// What `/proc` counts in, on every Linux of the last twenty years.
const TICKS_PER_SECOND: f64 = 100.0;

/// Seconds of CPU that a process has used, in user and kernel mode, all threads together.
pub(crate) fn cpu_seconds(process: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // The name, in parentheses, may hold anything. Behind it, utime and stime are the 12th and 13th field.
    let (_name, fields) = stat
        .rsplit_once(')')
        .expect("the name stands in parentheses");
    let ticks = fields
        .split_ascii_whitespace()
        .skip(11)
        .take(2)
        .map(|field| field.parse::<f64>().unwrap());
    ticks.sum::<f64>() / TICKS_PER_SECOND
}

/// Bytes of memory of a process that lie in RAM.
pub(crate) fn resident_bytes(process: u32) -> f64 {
    memory(process, "VmRSS:").expect("a running process has memory")
}

/// The most bytes that a process has had in RAM so far; none once it has ended.
pub(crate) fn peak_bytes(process: u32) -> Option<f64> {
    memory(process, "VmHWM:")
}

/// Begins the peak of a process's memory anew.
pub(crate) fn forget_peak(process: u32) {
    // As proc_pid_clear_refs(5) has it.
    fs::write(format!("/proc/{process}/clear_refs"), "5").unwrap();
}

fn memory(process: u32, name: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes = line.trim().split(' ').next()?;
    kibibytes.parse::<f64>().ok().map(|count| count * 1024.0)
}
