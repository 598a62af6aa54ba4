//! Rules for workflows and actions that can be read off their lines.
//!
//! A line scan is enough for these: our YAML is written one key a line, and a rule that is broken
//! in a way that this scan cannot see is broken in a way that zizmor sees.

/// What is wrong with a workflow, an action, or a README's YAML.
pub fn wrong(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_run: Option<usize> = None;
    for (number, line) in text.lines().enumerate() {
        let place = format!("{path}:{}", number + 1);
        let indent = line.len() - line.trim_start().len();
        if in_run.is_some_and(|run| indent <= run && !line.trim().is_empty()) {
            in_run = None;
        }
        let item = line.trim_start().strip_prefix("- ").unwrap_or_else(|| line.trim_start());
        if let Some(used) = item.strip_prefix("uses:")
            && let Err(why) = pin(used.trim())
        {
            found.push(format!("{place}: {why}"));
        }
        if item.starts_with("run:") {
            // The column of the key itself: its neighbours stand there, its script further in.
            in_run = Some(line.len() - item.len());
        }
        if in_run.is_some() && line.contains("${{") {
            found.push(format!(
                "{place}: an expression in `run:` lets its value be code; hand it over by `env:`"
            ));
        }
    }
    found
}

/// Whether `uses` names exactly what it will run.
fn pin(uses: &str) -> Result<(), String> {
    let (target, comment) = uses.split_once('#').unwrap_or((uses, ""));
    let (target, comment) = (target.trim(), comment.trim());
    if target.starts_with("./") || target.starts_with("$/") && !target.contains('@') {
        return Ok(());
    }
    let Some((action, version)) = target.split_once('@') else {
        return Err(format!("`{target}` names no version"));
    };
    let is_commit = version.len() == 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit());
    let ours = action.starts_with("org/actions/");
    if ours && (version == "v1" || is_commit) {
        return Ok(());
    }
    if !is_commit {
        return Err(format!("`{target}` is not pinned to a commit of 40 digits"));
    }
    let is_version = comment
        .strip_prefix('v')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if is_version {
        Ok(())
    } else {
        Err(format!("`{target}` does not say its version as `# v1.2.3`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: usize) {
        let found = wrong("a.yml", text);
        assert_eq!(found.len(), wanted, "{found:?}");
    }

    #[test]
    fn what_is_used_is_pinned() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        check("      - uses: ./.github/actions/x\n", 0);
        check("      - uses: $/actions/shard\n", 0);
        check("      - uses: $/actions/shard@v1\n", 1);
        check("      - uses: org/actions/shard@v1\n", 0);
        check(&format!("  uses: actions/checkout@{commit} # v4.2.2\n"), 0);
        check(&format!("  uses: actions/checkout@{commit}\n"), 1);
        check("  uses: actions/checkout@v4\n", 1);
        check("  uses: org/other/shard@v1\n", 1);
        check("  uses: actions/checkout\n", 1);
    }

    #[test]
    fn no_expression_stands_in_a_script() {
        check("  - run: echo ${{ inputs.a }}\n", 1);
        check(
            "  - run: |\n      echo\n      echo ${{ inputs.a }}\n    env:\n      A: ${{ inputs.a }}\n",
            1,
        );
        check("  - env:\n      A: ${{ inputs.a }}\n    run: echo \"$A\"\n", 0);
    }
}
