//! `install.sh` and `install.ps1` decide alike: what both say, with which exit code, their lists, limits and
//! patterns are the same words. So one cannot change without the other.
//!
//! There is no PowerShell here. What it would do is not seen, only what is written.

use std::collections::BTreeSet;

use end_to_end::workspace_root;

fn bash() -> String {
    std::fs::read_to_string(workspace_root().join("actions/lib/install.sh")).unwrap()
}

fn powershell() -> String {
    let part = |name: &str| std::fs::read_to_string(workspace_root().join(name)).unwrap();
    part("actions/lib/download.ps1") + &part("actions/lib/install.ps1")
}

/// An exit code and what is said with it, with `{}` for every value.
type Said = BTreeSet<(char, String)>;

/// What one of these commands says: the word after it is an exit code, the next is a text.
fn said(script: &str, commands: &[&str], escape: char) -> Said {
    let mut said = Said::new();
    for command in commands {
        for (at, _) in script.match_indices(command) {
            let mut rest = script.split_at(at + command.len()).1.chars();
            let (Some(code @ '2'..='3'), Some(' ')) = (rest.next(), rest.next()) else { continue };
            let quote = rest.next().unwrap();
            if quote == '"' || quote == '\'' {
                said.insert((code, quoted(rest.as_str(), quote, escape)));
            }
        }
    }
    said
}

/// The text up to the closing quote.
fn quoted(text: &str, quote: char, escape: char) -> String {
    let mut made = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            it if it == quote => return made,
            it if it == escape && quote == '"' => made.extend(characters.next()),
            '$' if quote == '"' => {
                made.push_str("{}");
                let mut depth = 0;
                while let Some(next) = characters.peek().copied() {
                    match next {
                        '(' | '{' => depth += 1,
                        ')' | '}' if depth > 0 => depth -= 1,
                        _ if depth > 0 || next.is_ascii_alphanumeric() || next == '_' => {}
                        _ => break,
                    }
                    characters.next();
                    if depth == 0 && matches!(next, ')' | '}') {
                        break;
                    }
                }
            }
            other => made.push(other),
        }
    }
    panic!("a text without an end: {text}");
}

#[test]
fn both_say_the_same_with_the_same_exit_code() {
    let bash = said(&bash(), &["fail ", "cannot "], '\\');
    let powershell = said(&powershell(), &["Stop-Install ", "Set-Trouble "], '`');
    let only = |one: &Said, other: &Said| -> Vec<String> {
        one.difference(other).map(|(code, text)| format!("{code} {text}")).collect()
    };
    // What programs of the system do in the one and .NET in the other, and modes of files.
    assert_eq!(
        only(&bash, &powershell),
        [
            "2 usage: install.sh <tool>; expected one of: {}",
            "3 \"{}/{}\" cannot be run; is the disk mounted with noexec?",
            "3 \"{}/{}\" cannot be written",
            "3 the folder of install.sh cannot be entered; see the permissions of the actions folder of the runner",
            "3 the mode of \"{}/{}\" cannot be set",
            "3 there is no curl or wget in {}, so {} cannot be fetched; install one of them",
            "3 there is no sha256sum, shasum or openssl in {}, so nothing that is prebuilt can be verified; install one of them",
            "3 {} cannot be fetched: {} ended with exit code {}, \"{}\"",
        ]
    );
    assert_eq!(
        only(&powershell, &bash),
        [
            "2 usage: install.ps1 <tool>; expected one of: {}",
            "3 \"{}\" cannot be written: {}",
            "3 install.ps1 failed at line {}: {}. {}",
            "3 the variable {} is no address of a proxy; expected http://host:port",
            "3 {} cannot be fetched: .NET says \"{}\"",
        ]
    );
    assert!(bash.intersection(&powershell).count() > 25);
}

/// The value of a constant: what follows `=` on the first line that begins so.
fn constant(script: &str, begins: &str) -> String {
    let line = script.lines().find_map(|line| line.strip_prefix(begins));
    let value = line.unwrap_or_else(|| panic!("no line begins with {begins}"));
    let value = value.trim_start_matches([' ', '=']);
    match value.strip_prefix('\'') {
        Some(text) => text.split('\'').next().unwrap().to_owned(),
        None => value.split_whitespace().next().unwrap().to_owned(),
    }
}

#[test]
fn both_have_the_same_lists_and_limits() {
    let (bash, powershell) = (bash(), powershell());
    for name in [
        "TOOLS",
        "TARGETS",
        "PAUSES",
        "CONNECT_SECONDS",
        "STALL_BYTES",
        "STALL_SECONDS",
        "TRY_SECONDS",
        "LARGEST_KIB",
        "MOST_REDIRECTS",
        "WAYS_OUT",
    ] {
        let of_bash = constant(&bash, &format!("readonly {name}="));
        assert_eq!(of_bash, constant(&powershell, &format!("${name} =")), "{name}");
        assert!(!of_bash.is_empty(), "{name}");
    }
}

/// A pattern, with the anchors of .NET as those of bash, where a text holds no line break.
fn pattern(text: &str) -> String {
    text.replace("\\A", "^").replace("\\z", "$")
}

#[test]
fn both_read_by_the_same_patterns() {
    let (bash, powershell) = (bash(), powershell());
    for (of_bash, of_powershell) in
        [("readonly LOOPBACK=", "$LOOPBACK ="), ("readonly HTTPS=", "$HTTPS =")]
    {
        assert_eq!(constant(&bash, of_bash), pattern(&constant(&powershell, of_powershell)));
    }
    for part in [
        "^([0-9A-Fa-f]{64}) [ *]([A-Za-z0-9._-]+)$",
        "^(version|repository)=([0-9A-Za-z._+/-]+)$",
        "^[0-9]+\\.[0-9]+\\.[0-9]+([-+][0-9A-Za-z.+-]+)?$",
        "^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$",
        "/\\.\\.?$",
    ] {
        assert!(bash.contains(part), "{part}");
        assert!(pattern(&powershell).contains(part), "{part}");
    }
    // A dollar would let a line break through, and a pattern without case the wrong letters.
    for line in
        powershell.lines().filter(|line| line.contains("match '") || line.contains("::Match("))
    {
        assert!(!line.contains("$'"), "{line}");
    }
}

#[test]
fn both_take_the_same_inputs() {
    let variables = |script: &str| -> BTreeSet<String> {
        let code = script.lines().filter(|line| !line.trim_start().starts_with('#'));
        let words =
            code.flat_map(|line| line.split(|c: char| !(c.is_ascii_uppercase() || c == '_')));
        let ours =
            words.filter(|word| word.starts_with("SIGNALBOX_") || word.starts_with("RUNNER_"));
        ours.map(str::to_owned).collect()
    };
    assert_eq!(variables(&bash()), variables(&powershell()));
    assert_eq!(variables(&bash()).len(), 7);
}

/// Comparisons that pass over case, commands of modules and texts that are run have no place in it.
#[test]
fn the_one_for_windows_is_written_in_few_words() {
    let powershell = powershell();
    let code = powershell.lines().filter(|line| !line.trim_start().starts_with('#'));
    let code: Vec<&str> = code.collect();
    let functions: BTreeSet<&str> = code
        .iter()
        .filter_map(|line| line.strip_prefix("function "))
        .map(|rest| rest.split(['(', ' ']).next().unwrap())
        .collect();
    assert!(functions.len() > 25);
    for line in &code {
        for word in line.split(|c: char| !(c.is_ascii_alphanumeric() || "-$".contains(c))) {
            let vague =
                ["-match", "-notmatch", "-replace", "-split", "-like", "-notcontains", "-in"];
            assert!(!vague.contains(&word), "{line}");
            let of_text = ["Invoke-Expression", "iex", "Invoke-Command", "Add-Type", "ScriptBlock"];
            assert!(!of_text.contains(&word), "{line}");
            // A verb, a dash and a noun: a function of the script, or the one command that is named in full.
            let is_command = word.split_once('-').is_some_and(|(verb, noun)| {
                let starts = |part: &str| part.starts_with(|c: char| c.is_ascii_uppercase());
                starts(verb)
                    && starts(noun)
                    && verb.len() > 1
                    && verb.chars().skip(1).all(|c| c.is_ascii_lowercase())
            });
            if is_command && !line.contains('\'') {
                let known = functions.contains(word) || word == "Set-StrictMode";
                assert!(known, "{word} in {line}");
            }
        }
        // What a variable holds is compared as it is: a number has no case.
        for (at, _) in line.match_indices("-eq ").chain(line.match_indices("-ne ")) {
            assert!(!line.split_at(at + 4).1.starts_with(['\'', '"']), "{line}");
        }
    }
    assert!(powershell.contains("\nMicrosoft.PowerShell.Core\\Set-StrictMode -Version Latest\n"));
    assert!(powershell.ends_with("\n$found\nexit 0\n"));
    assert!(
        powershell.is_ascii(),
        "Windows PowerShell reads a file without a mark in the system's encoding"
    );
}
