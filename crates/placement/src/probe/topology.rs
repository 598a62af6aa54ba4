//! What `nvidia-smi topo -m` prints: how each GPU reaches each other one, `NV4` if by four links of `NVLink`.

/// Whether each of so many GPUs reaches each other one by `NVLink`; `None` if only some do, or it does not say.
pub(super) fn joined(text: &str, gpus: usize) -> Option<bool> {
    let mut rows = Vec::new();
    for line in text.lines() {
        // The header is underlined by escape sequences.
        let cells: Vec<&str> = line.split('\t').map(str::trim).collect();
        let Some((name, cells)) = cells.split_first() else { continue };
        if *name == format!("GPU{}", rows.len()) {
            rows.push(cells.iter().take(gpus).map(|cell| (*cell).to_owned()).collect::<Vec<_>>());
        }
    }
    if gpus < 2 || rows.len() != gpus || rows.iter().any(|row| row.len() != gpus) {
        return None;
    }
    let mut links = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        for (to, cell) in row.iter().enumerate() {
            match (at == to, cell.as_str()) {
                (true, "X") => {}
                (false, cell) => links.push(is_link(cell)?),
                (true, _) => return None,
            }
        }
    }
    let first = *links.first()?;
    links.iter().all(|link| *link == first).then_some(first)
}

/// Whether this is a way by `NVLink`, if it is any of the ways that there are.
fn is_link(cell: &str) -> Option<bool> {
    match cell.strip_prefix("NV") {
        Some(count) => count.parse::<u32>().ok().map(|count| count > 0),
        None => ["SYS", "NODE", "PHB", "PXB", "PIX"].contains(&cell).then_some(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cells: [&str; 9], expected: Option<bool>) {
        let row = |(at, row): (usize, &[&str])| format!("GPU{at}\t {}\t0-7", row.join(" \t"));
        let rows: Vec<String> = cells.chunks(3).enumerate().map(row).collect();
        let text = format!(
            "\t\u{1b}[4mGPU0\tGPU1\tGPU2\tCPU Affinity\u{1b}[0m\n{}\n\nLegend:\n\n  X    = Self\n",
            rows.join("\n")
        );
        assert_eq!(joined(&text, 3), expected, "{text}");
    }

    #[test]
    fn gpus_are_joined_if_each_pair_is() {
        check(["X", "NV4", "NV4", "NV4", "X", "NV4", "NV4", "NV4", "X"], Some(true));
        check(["X", "PHB", "SYS", "PHB", "X", "SYS", "SYS", "SYS", "X"], Some(false));
        // A pair with a bridge and one without: which of them a job gets is open.
        check(["X", "NV4", "SYS", "NV4", "X", "SYS", "SYS", "SYS", "X"], None);
        check(["X", "NV", "NV4", "NV4", "X", "NV4", "NV4", "NV4", "X"], None);
        check(["X", "?", "NV4", "NV4", "X", "NV4", "NV4", "NV4", "X"], None);
        check(["NV4", "X", "NV4", "NV4", "X", "NV4", "NV4", "NV4", "X"], None);
    }

    #[test]
    fn of_other_gpus_than_there_are_it_says_nothing() {
        let two = "\tGPU0\tGPU1\nGPU0\t X \tNV4\nGPU1\tNV4\t X \n";
        assert_eq!(joined(two, 2), Some(true));
        assert_eq!(joined(two, 3), None);
        assert_eq!(joined("", 2), None);
    }
}
