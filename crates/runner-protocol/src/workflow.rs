//! Steps of a workflow that do what an action of ours does, and how ours is written instead.
//!
//! Source: the GitHub documentation page "Workflow syntax for GitHub Actions", `jobs.<job_id>.steps[*]`.

use diagnostics::yaml::{At, Kind, Node, Yaml};
use diagnostics::{Foreign, Place, Problem};

use crate::Failure;

/// How many parts of a workflow are looked at: an anchor counts each time it is named.
const MOST_PARTS: usize = 1 << 20;

/// What a step may have besides, which stays as it is.
const KEPT: &[&str] = &["name", "if", "continue-on-error", "timeout-minutes"];

/// A step that uses an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where it stands.
    pub at: At,
    /// The action, as it is written.
    pub uses: String,
    /// Its name for later steps.
    pub id: Option<String>,
    /// Its inputs that are texts, in their order.
    pub with: Vec<(String, String)>,
    /// Its other keys that stay as they are.
    pub kept: Vec<(String, String)>,
    /// Its other keys that somebody has to look at.
    pub others: Vec<String>,
}

/// The steps of a workflow that are meant, in its order, each once: those for which `is_meant`, given the
/// action and the inputs, says so.
///
/// # Errors
/// When the text is no YAML, or unfolds to more than a million parts.
pub fn steps(
    file: &Foreign,
    text: &str,
    is_meant: impl Fn(&str, &[(String, String)]) -> bool,
) -> Result<Vec<Step>, Failure> {
    let yaml =
        Yaml::read(text).map_err(|error| Failure::no_answer(error.problem(file.clone(), text)))?;
    let mut search = Search { is_meant, found: Vec::new(), budget: MOST_PARTS };
    search.look(yaml.root());
    if search.budget == 0 {
        return Err(Failure::no_answer(
            Problem::error("the anchors of this workflow unfold to more than a million parts")
                .at(Place::file(file.clone()))
                .help("write the steps out"),
        ));
    }
    Ok(search.found)
}

struct Search<F> {
    is_meant: F,
    found: Vec<Step>,
    budget: usize,
}

impl<F: Fn(&str, &[(String, String)]) -> bool> Search<F> {
    fn look(&mut self, node: Node<'_>) {
        self.budget = self.budget.saturating_sub(1);
        if self.budget == 0 {
            return;
        }
        match node.kind() {
            Kind::Nothing | Kind::Text(_) => {}
            Kind::List(items) => items.into_iter().for_each(|item| self.look(item)),
            Kind::Map(pairs) => {
                let step = Step::of(node).filter(|step| (self.is_meant)(&step.uses, &step.with));
                match step {
                    // An anchor may name one step twice.
                    Some(step) if self.found.iter().any(|known| known.at == step.at) => {}
                    Some(step) => self.found.push(step),
                    None => pairs.into_iter().for_each(|(_, value)| self.look(value)),
                }
            }
        }
    }
}

impl Step {
    fn of(node: Node<'_>) -> Option<Self> {
        let Kind::Map(pairs) = node.kind() else { return None };
        let uses = node.get("uses").and_then(Node::text)?.trim().to_owned();
        let with = match node.get("with").map(Node::kind) {
            Some(Kind::Map(pairs)) => pairs
                .into_iter()
                .filter_map(|(key, value)| Some((key.text()?.to_owned(), value.text()?.to_owned())))
                .collect(),
            Some(Kind::Nothing | Kind::Text(_) | Kind::List(_)) | None => Vec::new(),
        };
        let id = node.get("id").and_then(Node::text).map(str::to_owned);
        let (mut kept, mut others) = (Vec::new(), Vec::new());
        for (key, value) in pairs {
            let key = key.text().unwrap_or_default();
            match value.text() {
                _ if matches!(key, "id" | "uses" | "with") => {}
                Some(value) if KEPT.contains(&key) => kept.push((key.to_owned(), value.to_owned())),
                Some(_) | None => others.push(key.to_owned()),
            }
        }
        Some(Self { at: node.at(), uses, id, with, kept, others })
    }

    /// Its place in a file.
    pub fn place(&self, file: &Foreign) -> Place {
        Place::at(file.clone(), self.at.line, self.at.column)
    }

    /// The step that uses `action` of ours instead, with remarks above it, and the lines of its inputs (see
    /// [`input`] and [`long_input`]).
    pub fn instead(&self, action: &str, remarks: &[&str], inputs: Vec<String>) -> String {
        let mut lines = vec![format!("# line {}: {}", self.at.line, one_line(&self.uses))];
        lines.extend(remarks.iter().map(|remark| format!("# {remark}")));
        lines.push(format!("- uses: org/actions/{action}@v1"));
        lines.extend(self.kept.iter().map(|(key, value)| format!("  {key}: {}", scalar(value))));
        lines.extend(self.id.iter().map(|id| format!("  id: {}", scalar(id))));
        if !inputs.is_empty() {
            lines.push("  with:".to_owned());
        }
        lines.extend(inputs);
        lines.into_iter().map(|line| line.trim_end().to_owned() + "\n").collect()
    }
}

/// The lines of an input of a step.
pub fn input(name: &str, value: &str) -> Vec<String> {
    vec![format!("    {name}: {}", scalar(value.trim()))]
}

/// The lines of an input that may have several.
pub fn long_input(name: &str, value: &str) -> Vec<String> {
    let value = value.trim_end();
    // What YAML also takes for the end of a line, or refuses (YAML 1.2.2, 5.1 and 5.4; 1.1, 4.2).
    let is_odd = |it: char| it.is_control() && !matches!(it, '\n' | '\t');
    let is_break = |it: char| matches!(it, '\u{2028}' | '\u{2029}');
    if !value.contains('\n') || value.contains(|it| is_odd(it) || is_break(it)) {
        return input(name, value);
    }
    // The indentation is named, because the first line may begin with a space.
    let lines = value.lines().map(|line| format!("      {line}"));
    [format!("    {name}: |2")].into_iter().chain(lines).collect()
}

/// A text as a YAML scalar: as it is where nothing in it means something, else in double quotes, in
/// which JSON's escapes are YAML's (YAML 1.2.2, 7.3.1).
fn scalar(text: &str) -> String {
    let is_letter =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b'-' | b',');
    let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    if begins && text.bytes().all(is_letter) {
        return text.to_owned();
    }
    let is_expression = text.starts_with("${{") && text.ends_with("}}");
    if is_expression && !text.contains([':', '#', '\n', '"']) && text.matches("${{").count() == 1 {
        return text.to_owned();
    }
    serde_json::to_string(text).unwrap_or_else(|error| unreachable!("a text is JSON: {error}"))
}

fn one_line(text: &str) -> String {
    text.lines().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_mean_nothing_to_yaml_stay_as_they_are() {
        assert_eq!(scalar("registry,deps"), "registry,deps");
        assert_eq!(scalar("${{ matrix.os }}"), "${{ matrix.os }}");
        assert_eq!(scalar("true"), "true");
        assert_eq!(scalar("a: b"), "\"a: b\"");
        assert_eq!(scalar("${{ a }} # ${{ b }}"), "\"${{ a }} # ${{ b }}\"");
    }

    fn found(text: &str) -> Vec<Step> {
        steps(&Foreign::from("w.yml"), text, |uses, _| uses.starts_with("a/b@")).unwrap()
    }

    #[test]
    fn a_step_is_found_wherever_it_stands_and_once() {
        let text = "jobs:\n  j:\n    steps:\n      - &it\n        uses: ' a/b@v1'\n        id: x\n        \
                    with: {p: q, l: [1]}\n        if: always()\n        env: {}\n      - *it\n      - uses: c@v1\n";
        let found = found(text);
        let [step] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((step.uses.as_str(), step.id.as_deref()), ("a/b@v1", Some("x")));
        assert_eq!(step.with, [("p".to_owned(), "q".to_owned())]);
        assert_eq!(step.kept, [("if".to_owned(), "always()".to_owned())]);
        assert_eq!(step.others, ["env"]);
        let written = step.instead("c", &["so"], long_input("p", " q\nr\n"));
        let wanted = "# line 4: a/b@v1\n# so\n- uses: org/actions/c@v1\n  if: \"always()\"\n  id: x\n  with:\n    p: |2\n       q\n      r\n";
        assert_eq!(written, wanted);
    }

    #[test]
    fn an_input_never_leaves_its_lines() {
        assert_eq!(input("p", "q\n- run: x"), ["    p: \"q\\n- run: x\""]);
        for end in ["\r", "\u{85}", "\u{2028}", "\0"] {
            let lines = long_input("p", &format!("q\n{end}- run: x"));
            let [line] = lines.as_slice() else { panic!("{lines:?}") };
            assert!(line.starts_with("    p: \"q\\n"), "{line}");
        }
    }

    #[test]
    fn anchors_that_unfold_without_end_are_refused() {
        let first = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n".to_owned();
        let later = (1..9).map(|level| {
            let before = format!("*a{}, ", level - 1).repeat(10);
            format!("a{level}: &a{level} [{before}]\n")
        });
        let text: String = [first].into_iter().chain(later).collect();
        let failure = steps(&Foreign::from("w.yml"), &text, |_, _| true).unwrap_err();
        assert_eq!(failure.problems.len(), 1, "{failure:?}");
    }
}
