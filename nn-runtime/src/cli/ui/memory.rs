//! How much memory this process takes; knows Linux only, and says nothing elsewhere.

/// Bytes of this process that are in memory.
pub(super) fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn this_process_takes_some() {
        assert!(super::resident().is_some_and(|bytes| bytes > 1 << 16));
    }
}
