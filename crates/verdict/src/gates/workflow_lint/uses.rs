//! What a workflow uses: actions and other workflows, at which version.

use diagnostics::text;
use repo_model::Glob;

use super::document::Document;
use super::{Floor, Lint, Pin};
use crate::Verdict;
use crate::globs::is_in;
use diagnostics::yaml::Node;

/// A version as far as it is written: `v4` is `[4]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version(Vec<u64>);

impl Version {
    /// Reads `v4`, `4.1.2`, `v5.0.0-rc.1`.
    pub(super) fn read(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let end = if digits.contains('.') || digits.len() < text.len() {
            digits.find(['-', '+']).unwrap_or(digits.len())
        } else {
            digits.len()
        };
        let parts = digits.get(..end)?.split('.');
        let parts: Option<Vec<u64>> = parts
            .map(|part| {
                part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())?
            })
            .collect();
        parts.map(Self)
    }

    /// Whether it is at least `floor`. What it does not say may be anything: the tag `v4` moves on.
    pub(super) fn reaches(&self, floor: &Self) -> bool {
        for (part, least) in self.0.iter().zip(&floor.0) {
            if part != least {
                return part > least;
            }
        }
        true
    }
}

/// What stands behind the `@`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Reference {
    /// A commit, and the version that the comment behind it names.
    Commit(Option<Version>),
    Version(Version),
    /// A branch, or a tag that is no version.
    Name,
}

impl Reference {
    fn of(text: &str, comment: &str) -> Self {
        let is_commit =
            matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_commit {
            let mut words = comment.split([' ', '\t', '=', '@', ':', ',', '(', ')']);
            return Self::Commit(words.find_map(Version::read));
        }
        Version::read(text).map_or(Self::Name, Self::Version)
    }
}

/// Judges one `uses:`.
pub(super) fn judge(lint: &mut Lint<'_>, document: &Document<'_>, node: Node<'_>) {
    let Some(uses) = node.text().map(str::trim) else { return };
    let place = document.place(node.at());
    let foreign = diagnostics::Foreign::from(uses);
    if uses.starts_with("./") {
        return;
    }
    // The same repository at the running commit: GitHub's "Workflow syntax", `jobs.<job_id>.steps[*].uses`.
    if uses.starts_with("$/") {
        if uses.contains('@') {
            let message = text![foreign, " names a version, which `$/` has none of"];
            let help = "leave out what begins with `@`: it is the commit that runs";
            lint.say("action-not-pinned", Verdict::Fail, place, message, help);
        }
        return;
    }
    if let Some(image) = uses.strip_prefix("docker://") {
        if !image.contains("@sha256:") {
            let message = text!["the image ", foreign, " may be another one tomorrow"];
            let help = "name it by its digest: `docker://image@sha256:...`";
            lint.say("image-not-pinned", Verdict::Warn, place, message, help);
        }
        return;
    }
    let Some((action, reference)) = uses.split_once('@') else {
        let message = text![foreign, " names no version"];
        lint.say(
            "action-not-pinned",
            Verdict::Fail,
            place,
            message,
            "write `owner/name@v4`, or `$/` or `./` before a path of this repository",
        );
        return;
    };
    let mut names = action.splitn(3, '/');
    let name =
        [names.next(), names.next()].map(Option::unwrap_or_default).join("/").to_ascii_lowercase();
    let behind =
        document.line(node.at()).split_once(uses).map(|(_, behind)| behind).unwrap_or_default();
    let comment = behind.split_once('#').map(|(_, comment)| comment).unwrap_or_default();
    let reference = Reference::of(reference, comment);
    let matches = |glob: &Glob| glob.is_match(name.as_bytes());
    let is_trusted = is_in(&lint.policy.trusted, name.as_bytes());
    match (&reference, lint.policy.require_pin) {
        _ if is_trusted => {}
        (Reference::Commit(_), _) | (_, Pin::Any) | (Reference::Version(_), Pin::Version) => {}
        (Reference::Name, Pin::Version) => {
            let message = text![foreign.clone(), " is a branch, which changes under the workflow"];
            lint.say(
                "action-not-pinned",
                Verdict::Fail,
                place.clone(),
                message,
                "name a version or a commit",
            );
        }
        (Reference::Name | Reference::Version(_), Pin::Commit) => {
            let message = text![foreign.clone(), " can be moved to other code"];
            lint.say(
                "action-not-pinned",
                Verdict::Fail,
                place.clone(),
                message,
                "name the commit, with its version in a comment: `owner/name@<40 digits> # v4.1.0`",
            );
        }
    }
    let Some(floor) = lint.policy.floors.iter().find(|floor| matches(&floor.action)) else {
        return;
    };
    let Floor { version: least, written, .. } = floor;
    let least_said = diagnostics::Foreign::from(written.as_str());
    match reference {
        Reference::Version(version) | Reference::Commit(Some(version)) => {
            if !version.reaches(least) {
                let message = text![foreign, " is older than ", least_said];
                lint.say(
                    "action-too-old",
                    Verdict::Fail,
                    place,
                    message,
                    "see its release notes for what has changed, and move on",
                );
            }
        }
        Reference::Commit(None) => {
            let message = text!["nobody can tell whether ", foreign, " is at least ", least_said];
            lint.say(
                "action-version-unknown",
                Verdict::Warn,
                place,
                message,
                "write its version in a comment behind it: ` # v4.1.0`",
            );
        }
        Reference::Name => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(version: &str, floor: &str, wanted: bool) {
        let [version, floor] = [version, floor].map(|text| Version::read(text).unwrap());
        assert_eq!(version.reaches(&floor), wanted);
    }

    #[test]
    fn versions_are_compared_as_far_as_they_are_written() {
        check("v4", "v4", true);
        check("v4", "v4.2", true);
        check("v4.1.9", "v4.2", false);
        check("4.10.0", "v4.2", true);
        check("v10", "v4", true);
        check("v3.6.0", "v4", false);
        check("v5.0.0-rc.1", "v5", true);
    }

    #[test]
    fn a_branch_is_no_version() {
        for text in
            ["main", "release/v1", "v", "", "v4x", "2024-01-01", "v4.", "99999999999999999999"]
        {
            assert_eq!(Version::read(text), None, "{text}");
        }
    }

    #[test]
    fn the_comment_behind_a_commit_names_its_version() {
        let commit = "8f4b7f84864484a7bf31766abe9204da3cbe65b3";
        for comment in
            [" v4.1.2", "tag=v4.1.2", " pin@v4.1.2", " ratchet:actions/checkout@v4.1.2", " 4.1.2"]
        {
            let wanted = Reference::Commit(Version::read("v4.1.2"));
            assert_eq!(Reference::of(commit, comment), wanted, "{comment}");
        }
        assert_eq!(Reference::of(commit, " of last week"), Reference::Commit(None));
        assert_eq!(Reference::of("8f4b7f8", ""), Reference::Name);
    }
}
