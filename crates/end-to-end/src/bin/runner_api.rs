//! Holds the reader of runners against GitHub's own description of its API (`OpenAPI`): each question is one
//! of the description, and whatever it allows as an answer is read: its example, the least, and everything.
//!
//! `scripts/bench gpu-api` fetches the descriptions and starts it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use end_to_end::Trouble;
use end_to_end::suite::read_json;
use github_api::runners::{
    self, HostedRunner, HostedStatus, Listed, Owner, RunnerQuery, groups, hosted_runners,
};
use github_api::{Client, Remembered, Settings};
use serde_json::{Map, Value, json};
use testkit::{Answer, Server};

const USAGE: &str = "usage: scripts/bench gpu-api";

/// The questions in the order in which they are asked, as the descriptions name them. The last is in the one
/// for enterprises only.
const QUESTIONS: [&str; 5] = [
    "/repos/{owner}/{repo}/actions/runners",
    "/orgs/{org}/actions/runners",
    "/orgs/{org}/actions/runner-groups",
    "/orgs/{org}/actions/hosted-runners",
    "/enterprises/{enterprise}/actions/runners",
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let seen = match words.as_slice() {
        [general, enterprise] => seen(Path::new(general), Path::new(enterprise)),
        _ => Err(Trouble::new(USAGE)),
    };
    match seen {
        Ok(said) => {
            say(&said);
            ExitCode::SUCCESS
        }
        Err(trouble) => {
            say(&trouble.to_string());
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "a person started it and wants to know")]
fn say(text: &str) {
    eprintln!("{text}");
}

/// A description of an API.
struct Description(Value);

/// How much an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Much {
    /// What the description has as its example.
    Example,
    /// What it requires, and null where it may be.
    Least,
    /// All that it names.
    Everything,
}

fn seen(general: &Path, enterprise: &Path) -> Result<String, Trouble> {
    let general = Description(read_json(general)?);
    let enterprise = Description(read_json(enterprise)?);
    let of = |question: &str| {
        if question.starts_with("/enterprises/") { &enterprise } else { &general }
    };
    for much in [Much::Example, Much::Least, Much::Everything] {
        let answers: Vec<Value> = QUESTIONS
            .iter()
            .map(|question| of(question).answer(question, much))
            .collect::<Result<_, _>>()?;
        let script = answers.iter().map(|answer| Answer::new(200, one_page(answer).to_string()));
        let server = Server::new(script);
        let client = Client::new(Settings { tries: 1, ..Settings::new(server.url(), None) });
        let query = RunnerQuery {
            repository: "acme/mono",
            own: true,
            organization: Some("acme"),
            enterprise: Some("acme-inc"),
            hosted: true,
        };
        let listed = client
            .list_runners(&query, &mut Remembered::new())
            .map_err(|failure| Trouble::new(failure.problem().message.unescaped()))?;
        all_read(&listed, &answers, much)?;
        let requests = server.requests();
        for (question, request) in QUESTIONS.iter().zip(&requests) {
            of(question).asks(question, &request.target)?;
        }
    }
    let states = general.states_of_hosted_runners()?;
    Ok(format!(
        "{} questions are those of the description, and its examples, the least and the most that it allows are read; {states} states of larger runners are known",
        QUESTIONS.len()
    ))
}

/// An answer whose total is that of its entries: the examples count as they like.
fn one_page(answer: &Value) -> Value {
    let mut answer = answer.clone();
    let entries = entries(&answer).len();
    if let Some(total) = answer.get_mut("total_count") {
        *total = json!(entries);
    }
    answer
}

/// The entries of an answer.
fn entries(answer: &Value) -> &[Value] {
    let mut fields = answer.as_object().into_iter().flat_map(Map::values);
    fields.find_map(Value::as_array).map_or(&[], Vec::as_slice)
}

/// That every entry of the answers was read, with what distinguishes it.
fn all_read(listed: &Listed, answers: &[Value], much: Much) -> Result<(), Trouble> {
    let owned = |owner| listed.runners.get(&owner).map_or(0, Vec::len);
    let read = [
        owned(Owner::Repository),
        owned(Owner::Organization),
        listed.groups.as_ref().map_or(0, Vec::len),
        listed.hosted.as_ref().map_or(0, Vec::len),
        owned(Owner::Enterprise),
    ];
    for ((question, answer), read) in QUESTIONS.iter().zip(answers).zip(read) {
        let said = entries(answer).len();
        if said == 0 || said != read {
            return Err(Trouble::new(format!(
                "{question}: {read} entries were read of {said} ({much:?})"
            )));
        }
    }
    let labels = listed.runners.values().flatten().flat_map(|runner| &runner.labels);
    let has_all = listed.hosted.iter().flatten().all(|hosted| {
        let HostedRunner { machine, image, maximum, .. } = hosted;
        machine.is_some() && (much == Much::Least || (image.is_some() && maximum.is_some()))
    });
    if labels.count() == 0 || !has_all {
        return Err(Trouble::new(format!("labels, machines or images were not read ({much:?})")));
    }
    Ok(())
}

impl Description {
    /// What stands at a path of keys, behind a reference if there is one.
    fn at<'v>(&'v self, from: &'v Value, keys: &[&str]) -> Option<&'v Value> {
        let mut value = self.meant(from);
        for key in keys {
            value = self.meant(value.get(key)?);
        }
        Some(value)
    }

    /// What a value is, or refers to: a chain of references has an end.
    fn meant<'v>(&'v self, value: &'v Value) -> &'v Value {
        let mut value = value;
        for _ in 0..8 {
            let Some(pointer) = value.get("$ref").and_then(Value::as_str) else { break };
            let target = pointer.strip_prefix('#').and_then(|pointer| self.0.pointer(pointer));
            let Some(target) = target else { break };
            value = target;
        }
        value
    }

    fn content(&self, question: &str) -> Result<&Value, Trouble> {
        let keys = ["paths", question, "get", "responses", "200", "content", "application/json"];
        self.at(&self.0, &keys)
            .ok_or_else(|| Trouble::new(format!("{question} is not in the description")))
    }

    /// An answer to a question.
    fn answer(&self, question: &str, much: Much) -> Result<Value, Trouble> {
        let content = self.content(question)?;
        let missing = || Trouble::new(format!("{question} has no example and no schema"));
        if much == Much::Example {
            let examples = self.at(content, &["examples"]).and_then(Value::as_object);
            let example = examples.and_then(|examples| examples.values().next());
            let value = example.and_then(|example| self.at(example, &["value"]));
            return value.cloned().ok_or_else(missing);
        }
        let schema = self.at(content, &["schema"]).ok_or_else(missing)?;
        Ok(self.made(schema, much, 0))
    }

    /// A value that a schema allows.
    fn made(&self, schema: &Value, much: Much, depth: usize) -> Value {
        let schema = self.meant(schema);
        let is = |key: &str| schema.get(key).and_then(Value::as_bool) == Some(true);
        if depth > 16 || (much == Much::Least && is("nullable")) {
            return Value::Null;
        }
        for choice in ["allOf", "anyOf", "oneOf"] {
            if let Some(first) = schema.get(choice).and_then(|of| of.get(0)) {
                return self.made(first, much, depth + 1);
            }
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("object") => {
                let required: BTreeSet<&str> = schema
                    .get("required")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .collect();
                let fields = schema.get("properties").and_then(Value::as_object);
                // Where nothing is required, nobody wrote down what is.
                let is_whole = much == Much::Everything || required.is_empty();
                let wanted = |name: &str| is_whole || required.contains(name);
                let fields = fields.into_iter().flatten().filter(|(name, _)| wanted(name));
                let made = fields.map(|(name, of)| (name.clone(), self.made(of, much, depth + 1)));
                Value::Object(made.collect())
            }
            Some("array") => {
                let item = schema.get("items").unwrap_or(&Value::Null);
                json!([self.made(item, much, depth + 1)])
            }
            Some("integer" | "number") => json!(1),
            Some("boolean") => json!(true),
            _ => schema.get("enum").and_then(|of| of.get(0)).cloned().unwrap_or_else(|| json!("x")),
        }
    }

    /// That a request is the question: its path, and words that it knows.
    fn asks(&self, question: &str, target: &str) -> Result<(), Trouble> {
        let (path, words) = target.split_once('?').unwrap_or((target, ""));
        let same = |(asked, known): (&str, &str)| known.starts_with('{') || asked == known;
        let is_path = path.split('/').count() == question.split('/').count()
            && path.split('/').zip(question.split('/')).all(same);
        let parameters = self.at(&self.0, &["paths", question, "get", "parameters"]);
        let known: BTreeSet<&str> = parameters
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|parameter| self.at(parameter, &["name"])?.as_str())
            .collect();
        let asked = words.split('&').filter_map(|word| Some(word.split_once('=')?.0));
        let unknown: Vec<&str> = asked.filter(|word| !known.contains(word)).collect();
        if !is_path || !unknown.is_empty() {
            return Err(Trouble::new(format!(
                "{target} is not {question}, or has words that it does not know: {unknown:?}"
            )));
        }
        Ok(())
    }

    /// How many states of a larger runner the description names, each of which is one of ours.
    fn states_of_hosted_runners(&self) -> Result<usize, Trouble> {
        let question = "/orgs/{org}/actions/hosted-runners";
        let keys = ["schema", "properties", "runners", "items", "properties", "status", "enum"];
        let states = self.at(self.content(question)?, &keys).and_then(Value::as_array);
        let states = states.ok_or_else(|| Trouble::new(format!("{question}: no states")))?;
        for state in states {
            let mut answer = one_page(&self.answer(question, Much::Least)?);
            let entry = answer.pointer_mut("/runners/0/status");
            *entry.ok_or_else(|| Trouble::new(format!("{question}: no state")))? = state.clone();
            let page = hosted_runners(answer.to_string().as_bytes())
                .map_err(|wrong| Trouble::new(format!("{question}: {}", wrong.why)))?;
            let other = page.entries.iter().find(|it| matches!(it.status, HostedStatus::Other(_)));
            if let Some(other) = other {
                return Err(Trouble::new(format!("{question}: {:?} is not known", other.status)));
            }
        }
        // A reader that takes anything would show nothing.
        let empty = b"{\"total_count\": 1, \"runners\": [{}], \"runner_groups\": [{}]}";
        if runners::runners(empty).is_ok() || groups(empty).is_ok() {
            return Err(Trouble::new("an entry without anything was read"));
        }
        Ok(states.len())
    }
}
