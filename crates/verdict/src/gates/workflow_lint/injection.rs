//! Expressions in scripts. The runner puts what `${{ }}` comes to into the script before a shell reads it,
//! so what somebody wrote in a title is run (GitHub documentation, "Script injections"; GitHub Security
//! Lab, "Untrusted input").

use diagnostics::yaml::Node;
use diagnostics::{Foreign, text};

use super::Lint;
use super::document::{Document, Step};
use crate::Verdict;

/// Who chooses what an expression comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Chosen {
    /// Whoever calls the workflow, or what a step before found somewhere.
    Caller,
    /// Anybody who can open an issue or a pull request.
    Anybody,
}

/// Judges the scripts of a step.
pub(super) fn judge(lint: &mut Lint<'_>, document: &Document<'_>, step: &Step<'_>) {
    let is_script = step.action().is_some_and(|action| action == "actions/github-script");
    let script = step.input("script").filter(|_| is_script);
    for node in [step.run, script].into_iter().flatten() {
        judge_text(lint, document, node);
    }
}

fn judge_text(lint: &mut Lint<'_>, document: &Document<'_>, node: Node<'_>) {
    let Some(script) = node.text() else { return };
    // Where the next expression can stand in the file.
    let mut from = Some(document.start_of(node.at().line));
    for expression in expressions(script) {
        let rest = from.and_then(|from| document.source.get(from..));
        let found = rest.and_then(|rest| rest.find(expression));
        let at = from.zip(found).map(|(from, found)| from + found);
        // A text in double quotes may be written in another way: then none of the rest is looked for.
        from = at.map(|at| at + expression.len());
        let place = at.map_or_else(|| document.place(node.at()), |at| document.place_at(at));
        let worst = paths(expression)
            .into_iter()
            .filter_map(|path| chosen(&path, document).map(|chosen| (chosen, path.join("."))));
        let Some((chosen, path)) = worst.max() else { continue };
        let path = Foreign::from(path.as_str());
        let help = "hand it over in `env:`, and read the variable in the script";
        match chosen {
            Chosen::Anybody => {
                let message = text!["anybody can put commands into this script through ", path];
                lint.say("template-injection", Verdict::Fail, place, message, help);
            }
            Chosen::Caller => {
                let message = text![path, " becomes a part of this script, whatever it holds"];
                lint.say("template-expansion", Verdict::Warn, place, message, help);
            }
        }
    }
}

/// The expressions of a text, each with what is around it.
fn expressions(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    while let Some(open) = text.get(start..).and_then(|rest| rest.find("${{")) {
        let open = start + open;
        let mut is_text = false;
        let mut end = None;
        for (at, byte) in text.bytes().enumerate().skip(open + 3) {
            is_text ^= byte == b'\'';
            if !is_text && byte == b'}' && text.as_bytes().get(at + 1) == Some(&b'}') {
                end = Some(at + 2);
                break;
            }
        }
        let Some(end) = end else { break };
        found.extend(text.get(open..end));
        start = end;
    }
    found
}

/// What an expression reads: each a path in small letters, `*` for what is not known. What is only
/// compared with something, and so comes to `true` or `false`, is left out.
fn paths(expression: &str) -> Vec<Vec<String>> {
    const YES_OR_NO: [&str; 4] = ["contains", "startswith", "endswith", "hashfiles"];
    let bytes = expression.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    // The depth of brackets from which on a function says yes or no.
    let (mut depth, mut quiet) = (0_usize, None);
    while let Some(byte) = bytes.get(at).copied() {
        match byte {
            b'\'' => at = end_of_text(bytes, at),
            b'(' => {
                depth += 1;
                at += 1;
            }
            b')' => {
                depth = depth.saturating_sub(1);
                if quiet.is_some_and(|from| depth <= from) {
                    quiet = None;
                }
                at += 1;
            }
            _ if byte.is_ascii_alphabetic() || byte == b'_' => {
                let (path, end) = path(expression, at);
                at = end;
                let is_call = bytes.iter().skip(at).find(|byte| **byte != b' ') == Some(&b'(');
                if !is_call {
                    found.extend(Some(path).filter(|_| quiet.is_none()));
                } else if quiet.is_none()
                    && path.first().is_some_and(|name| YES_OR_NO.contains(&&**name))
                {
                    quiet = Some(depth);
                }
            }
            b'0'..=b'9' => {
                at += bytes.iter().skip(at).take_while(|byte| is_letter(**byte)).count();
            }
            _ => at += 1,
        }
    }
    found
}

fn end_of_text(bytes: &[u8], start: usize) -> usize {
    let length = bytes.iter().skip(start + 1).position(|byte| *byte == b'\'');
    length.map_or(bytes.len(), |length| start + length + 2)
}

/// The path that begins here, and where it ends.
fn path(expression: &str, start: usize) -> (Vec<String>, usize) {
    let bytes = expression.as_bytes();
    let mut at = start;
    let mut path = Vec::new();
    let word = |at: usize| {
        let length = bytes.iter().skip(at).take_while(|byte| is_letter(**byte)).count();
        (expression.get(at..at + length).unwrap_or_default().to_ascii_lowercase(), at + length)
    };
    let (name, end) = word(at);
    path.push(name);
    at = end;
    loop {
        match bytes.get(at) {
            Some(b'.') if bytes.get(at + 1) == Some(&b'*') => {
                path.push("*".to_owned());
                at += 2;
            }
            Some(b'.') => {
                let (name, end) = word(at + 1);
                if name.is_empty() {
                    return (path, at + 1);
                }
                path.push(name);
                at = end;
            }
            Some(b'[') => {
                let inner = expression.get(at + 1..).unwrap_or_default();
                let length = inner.find(']').unwrap_or(inner.len());
                let key = inner.get(..length).unwrap_or_default().trim();
                let name = key.strip_prefix('\'').and_then(|key| key.strip_suffix('\''));
                path.push(name.map_or_else(|| "*".to_owned(), str::to_ascii_lowercase));
                at = (at + length + 2).min(bytes.len());
            }
            Some(_) | None => return (path, at),
        }
    }
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// Who chooses what a path comes to; nothing if it holds no text of anybody's choice.
fn chosen(path: &[String], document: &Document<'_>) -> Option<Chosen> {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["github" | "needs"] | ["github", "event" | "head_ref"] => Some(Chosen::Anybody),
        ["github", "event", "inputs" | "client_payload" | "release" | "milestone", rest @ ..] => {
            let is_plain = rest.first().is_some_and(|name| document.plain_inputs.contains(*name));
            (!is_plain).then_some(Chosen::Caller)
        }
        ["github", "event", rest @ ..] => of_event(rest),
        ["inputs", rest @ ..] => {
            let is_plain = rest.first().is_some_and(|name| document.plain_inputs.contains(*name));
            (!is_plain).then_some(Chosen::Caller)
        }
        ["steps", _, "outcome" | "conclusion"] | ["needs", _, "result"] => None,
        ["steps" | "needs", ..] | ["github", "ref_name" | "ref" | "base_ref"] => {
            Some(Chosen::Caller)
        }
        _ => None,
    }
}

/// What in an event is no text that somebody writes freely, by its last name.
const PLAIN: [&str; 29] = [
    "action",
    "additions",
    "after",
    "author_association",
    "before",
    "changed_files",
    "comments",
    "conclusion",
    "deletions",
    "draft",
    "event",
    "fork",
    "full_name",
    "head_sha",
    "id",
    "login",
    "merge_commit_sha",
    "merged",
    "node_id",
    "number",
    "private",
    "run_attempt",
    "run_id",
    "run_number",
    "sha",
    "size",
    "state",
    "status",
    "type",
];

/// Whoever opens, comments or pushes chooses these.
fn of_event(path: &[&str]) -> Option<Chosen> {
    const TEXTS: [&str; 8] = [
        "title",
        "body",
        "message",
        "head_ref",
        "head_branch",
        "display_title",
        "page_name",
        "email",
    ];
    const WHOLES: [&str; 12] = [
        "pull_request",
        "issue",
        "comment",
        "review",
        "discussion",
        "head_commit",
        "commits",
        "author",
        "committer",
        "workflow_run",
        "pages",
        "*",
    ];
    let last = path.last()?;
    let is_head = path.contains(&"head");
    let before = path.len().checked_sub(2).and_then(|at| path.get(at)).copied();
    let is_it = TEXTS.contains(last)
        || WHOLES.contains(last)
        || (*last == "name" && matches!(before, Some("author" | "committer")))
        || (is_head
            && matches!(
                *last,
                "ref" | "label" | "head" | "repo" | "default_branch" | "description" | "homepage"
            ));
    // Numbers, names of accounts, addresses, words of GitHub's own.
    let is_plain = PLAIN.contains(last) || last.ends_with("_at") || last.ends_with("url");
    if is_it {
        Some(Chosen::Anybody)
    } else if is_plain {
        None
    } else {
        Some(Chosen::Caller)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn expressions_end_where_they_end() {
        assert_eq!(expressions("a ${{ b }} ${{ '}}' }} ${{ c"), ["${{ b }}", "${{ '}}' }}"]);
    }

    #[track_caller]
    fn check(expression: &str, wanted: &[&str]) {
        let joined: Vec<String> = paths(expression).iter().map(|path| path.join(".")).collect();
        assert_eq!(joined, wanted, "{expression}");
    }

    #[test]
    fn what_an_expression_reads_is_found_however_it_is_written() {
        check("${{ github.event.issue.title }}", &["github.event.issue.title"]);
        check("${{ GitHub['event'][ 'issue' ].Title }}", &["github.event.issue.title"]);
        check("${{ github.event.commits[0].message }}", &["github.event.commits.*.message"]);
        check(
            "${{ github.event.commits.*.message || 'x.y' }}",
            &["github.event.commits.*.message"],
        );
        check("${{ toJSON(needs) }}", &["needs"]);
        check("${{ contains(github.event.issue.body, (a)) && b }}", &["b"]);
        check("${{ format('{0}', inputs.a-b) }}", &["inputs.a-b"]);
    }

    proptest! {
        #[test]
        fn any_expression_ends(text in "[a-z.*\\[\\]'(){}$ 0]{0,40}") {
            for expression in expressions(&format!("${{{{ {text} }}}}")) {
                let _ = paths(expression);
            }
        }
    }
}
