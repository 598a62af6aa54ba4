//! The runner's side: what it understands of the files and the log that a step leaves behind.
//!
//! The reading follows actions/runner: `FileCommandManager.cs` (`NAME<<DELIMITER`, line by line)
//! and `ActionCommand.cs`, `ActionCommandManager.cs` (`::name key=value::data` at the start of a
//! line, the older `##[name key=value]data` anywhere in one, and `::stop-commands::`). It is
//! stricter in one way: what the runner accepts but our tools must never write is a panic.

use std::collections::BTreeMap;

/// The random part of a delimiter: 128 bits, nobody can guess it.
const DELIMITER_DIGITS: usize = 32;

/// The outputs that the text of a `GITHUB_OUTPUT` file gives to a step.
///
/// # Panics
/// When the runner would refuse the file, and where the text could be used to forge an output:
/// the one-line form `name=value`, a delimiter without 128 random bits, a name that is set twice
/// or is not `[a-z0-9-]+`.
#[track_caller]
pub fn outputs(text: &str) -> BTreeMap<String, String> {
    values(text, |byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The variables that the text of a `GITHUB_ENV` file gives to later steps.
///
/// # Panics
/// As [`outputs`], for names that are not `[A-Z0-9_]+`.
#[track_caller]
pub fn variables(text: &str) -> BTreeMap<String, String> {
    values(text, |byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

#[track_caller]
fn values(text: &str, is_letter: impl Fn(u8) -> bool) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    let mut lines = text.split('\n');
    while let Some(line) = lines.next() {
        if line.is_empty() {
            continue;
        }
        let (name, delimiter) = head(line, &is_letter);
        let value = value(&mut lines, name, delimiter);
        let earlier = values.insert(name.to_owned(), value);
        assert!(earlier.is_none(), "`{name}` is set twice");
    }
    values
}

#[track_caller]
fn head(line: &str, is_letter: impl Fn(u8) -> bool) -> (&str, &str) {
    let heredoc = line.find("<<").unwrap_or(usize::MAX);
    let equals = line.find('=').unwrap_or(usize::MAX);
    assert!(heredoc < equals, "not a line `name<<delimiter`: {line:?}");
    let (name, delimiter) = line.split_once("<<").unwrap_or((line, ""));
    assert!(!name.is_empty() && name.bytes().all(is_letter), "not a name: {name:?}");
    let random = delimiter.rsplit('-').next().unwrap_or_default();
    let is_random = random.len() == DELIMITER_DIGITS
        && random.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    assert!(is_random, "`{name}` has a delimiter that can be guessed: {delimiter:?}");
    (name, delimiter)
}

#[track_caller]
fn value<'a>(lines: &mut impl Iterator<Item = &'a str>, name: &str, delimiter: &str) -> String {
    let mut value: Vec<&str> = Vec::new();
    for line in lines.by_ref() {
        if line == delimiter {
            return value.join("\n");
        }
        value.push(line);
    }
    panic!("the value of `{name}` is never closed by its delimiter {delimiter:?}")
}

/// One line of a step's log that the runner obeys instead of showing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// `error`, `warning`, `notice`, `debug`, `group`, `add-mask`, ...
    pub name: String,
    /// The words between name and data, decoded.
    pub properties: BTreeMap<String, String>,
    /// What follows, decoded.
    pub data: String,
}

/// The commands that the runner knows (`IActionCommandExtension` in actions/runner).
const KNOWN: &[&str] = &[
    "add-mask",
    "add-matcher",
    "add-path",
    "debug",
    "echo",
    "endgroup",
    "error",
    "group",
    "internal-set-repo-path",
    "notice",
    "remove-matcher",
    "save-state",
    "set-env",
    "set-output",
    "warning",
];

/// The commands that the runner finds in a step's log, without those that stand between
/// `::stop-commands::TOKEN` and `::TOKEN::`.
///
/// # Panics
/// When a token to stop commands can be guessed, or is never taken back.
#[track_caller]
pub fn commands(log: &str) -> Vec<Command> {
    let mut found = Vec::new();
    let mut stopped: Option<String> = None;
    for line in log.split(['\n', '\r']) {
        // A name that the runner does not know is no command, and then the other form is looked for.
        let is_known = |command: &Command| {
            KNOWN.contains(&command.name.as_str())
                || command.name == "stop-commands"
                || stopped.as_ref() == Some(&command.name)
        };
        let command = modern(line).filter(is_known).or_else(|| old(line).filter(is_known));
        match (&stopped, command) {
            (Some(token), Some(command)) if command.name == *token => stopped = None,
            (None, Some(command)) if command.name == "stop-commands" => {
                let random = command.data.len() >= DELIMITER_DIGITS;
                assert!(random, "a token that can be guessed: {:?}", command.data);
                stopped = Some(command.data);
            }
            (None, Some(command)) => found.push(command),
            (Some(_), Some(_)) | (_, None) => {}
        }
    }
    assert!(stopped.is_none(), "commands are stopped and never resumed");
    found
}

/// `::name key=value,key=value::data`, with white space before it.
fn modern(line: &str) -> Option<Command> {
    let (head, data) = line.trim_start().strip_prefix("::")?.split_once("::")?;
    let (name, words) = head.split_once(' ').unwrap_or((head, ""));
    Some(Command {
        name: name.to_lowercase(),
        properties: properties(words, ','),
        data: decoded_data(data),
    })
}

/// `##[name key=value;key=value]data`, anywhere in a line.
fn old(line: &str) -> Option<Command> {
    let (_, rest) = line.split_once("##[")?;
    let (head, data) = rest.split_once(']')?;
    let (name, words) = head.split_once(' ').unwrap_or((head, ""));
    Some(Command {
        name: name.to_lowercase(),
        properties: properties(words, ';'),
        data: decoded_data(data),
    })
}

fn properties(words: &str, separator: char) -> BTreeMap<String, String> {
    let pairs = words.split(separator).filter_map(|word| word.split_once('='));
    pairs.map(|(key, value)| (key.trim().to_owned(), decoded(value))).collect()
}

/// The characters that a property's escapes stand for; `%25` last, so that nothing is decoded
/// twice.
fn decoded(text: &str) -> String {
    decoded_data(&text.replace("%3A", ":").replace("%2C", ","))
}

/// Data has fewer escapes: what a property must escape would be shown as it is.
fn decoded_data(text: &str) -> String {
    let pairs = [("%0D", "\r"), ("%0A", "\n"), ("%25", "%")];
    pairs.iter().fold(text.to_owned(), |text, (escape, plain)| text.replace(escape, plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn an_output_may_have_many_lines_and_look_like_an_output() {
        let text = format!("a<<x-{TOKEN}\none\nb=2\n\nx-{TOKEN}\nc<<x-{TOKEN}\n\nx-{TOKEN}\n");
        let read = outputs(&text);
        assert_eq!(read["a"], "one\nb=2\n");
        assert_eq!(read["c"], "");
        assert_eq!(read.len(), 2);
    }

    #[track_caller]
    fn check_refused(text: &str) {
        let refused = std::panic::catch_unwind(|| outputs(text));
        assert!(refused.is_err(), "{text:?} was accepted");
    }

    #[test]
    fn a_file_that_could_be_forged_is_refused() {
        check_refused("a=b\n");
        check_refused("a=<<b\n");
        check_refused("a<<EOF\nb\nEOF\n");
        check_refused(&format!("a<<x-{TOKEN}\nb\n"));
        check_refused(&format!("A b<<x-{TOKEN}\nb\nx-{TOKEN}\n"));
        check_refused(&format!("a<<x-{TOKEN}\n\nx-{TOKEN}\na<<x-{TOKEN}\n\nx-{TOKEN}\n"));
    }

    #[test]
    fn a_variable_has_another_name_than_an_output() {
        let text = format!("CUDA_VISIBLE_DEVICES<<x-{TOKEN}\nGPU-1\nx-{TOKEN}\n");
        assert_eq!(variables(&text)["CUDA_VISIBLE_DEVICES"], "GPU-1");
        check_refused(&text);
    }

    #[track_caller]
    fn check_commands(log: &str, wanted: &[(&str, &str)]) {
        let found = commands(log);
        let shown: Vec<(&str, &str)> =
            found.iter().map(|command| (command.name.as_str(), command.data.as_str())).collect();
        assert_eq!(shown, wanted, "{log:?}");
    }

    #[test]
    fn a_command_stands_at_the_start_of_a_line() {
        check_commands("::error::no", &[("error", "no")]);
        check_commands("  ::error title=a%2Cb::no%0Away", &[("error", "no\nway")]);
        check_commands("item ::error::no", &[]);
        check_commands("::unknown::no", &[]);
        check_commands("::error", &[]);
        check_commands("x\r::warning::no", &[("warning", "no")]);
        assert_eq!(commands("::error file=a%3Ab,line=3::x")[0].properties["file"], "a:b");
    }

    #[test]
    fn the_older_form_stands_anywhere() {
        check_commands("item ##[error]no", &[("error", "no")]);
        check_commands("item ##[other]no", &[]);
        check_commands("::unknown::x ##[error]no", &[("error", "no")]);
        check_commands("::error::a%3Ab%25", &[("error", "a%3Ab%")]);
    }

    #[test]
    fn nothing_is_obeyed_while_commands_are_stopped() {
        let log =
            format!("::stop-commands::{TOKEN}\n::error::in\n::other::\n::{TOKEN}::\n::notice::out");
        check_commands(&log, &[("notice", "out")]);
    }
}
