//! `since: last-success`, with a server on this machine in GitHub's place.

use serde_json::json;
use testkit::{Answer, Repository, Server, Told, Tool};

use crate::tool::{local, only_error, other, pull_request, step};

/// A token that nothing may show but the command that masks it.
const TOKEN: &str = "ghs_Sesame0123456789";

/// A repository of three commits, of which the last two change `b` and `c`.
struct Three {
    repository: Repository,
    commits: [String; 3],
}

impl Three {
    fn new() -> Self {
        let repository = Repository::new();
        let commits = ["a", "b", "c"].map(|name| {
            repository.write(name, name);
            repository.commit(name)
        });
        Self { repository, commits }
    }

    /// A step of a scheduled run on `main`, with a token, that asks `server`.
    fn step(&self, server: &Server) -> Tool {
        let inputs = [("since", "last-success"), ("token", TOKEN)];
        let (name, payload) = other("schedule");
        step(&self.repository, &inputs)
            .event(&name, payload.to_string())
            .env("GITHUB_API_URL", server.url())
            .env("GITHUB_WORKFLOW_REF", "org/mono/.github/workflows/nightly.yml@refs/heads/main")
            // Whoever has a proxy must not see the token pass to this machine.
            .env("HTTP_PROXY", "http://127.0.0.1:1")
            .env("http_proxy", "http://127.0.0.1:1")
    }
}

fn runs(id: u64, branch: &str, head: &str, repository: &str) -> Answer {
    let body = format!(
        r#"{{"total_count": 1, "workflow_runs": [{{"id": {id}, "head_branch": "{branch}", "head_sha": "{head}",
          "event": "schedule", "conclusion": "success", "head_repository": {{"full_name": "{repository}"}}}}]}}"#
    );
    Answer::new(200, body)
}

fn problems(told: &Told, level: &str) -> Vec<String> {
    let commands = told.commands().into_iter();
    commands.filter(|command| command.name == level).map(|command| command.data).collect()
}

/// The token is masked, and then never said.
#[track_caller]
fn check_secret(told: &Told) {
    assert_eq!(problems(told, "add-mask"), [TOKEN]);
    let mentions = |text: &str| text.matches(TOKEN).count();
    assert_eq!(mentions(&told.stdout), 1, "{}", told.stdout);
    assert_eq!(mentions(&told.stderr) + mentions(&told.summary), 0);
    for (name, value) in &told.outputs {
        assert_eq!(mentions(value), 0, "{name}");
    }
}

/// The step's answer, by its base, its reason and its files.
#[track_caller]
fn check_answer(told: &Told, base: &str, reason: &str, files: &str) {
    let output = |name: &str| told.outputs[name].as_str();
    assert_eq!(told.exit, 0, "{}\n{}", told.stdout, told.stderr);
    assert_eq!((output("base"), output("reason"), output("files")), (base, reason, files));
    assert_eq!(output("all"), if base.is_empty() { "true" } else { "false" });
    check_secret(told);
}

#[test]
fn a_scheduled_run_looks_at_all_since_the_last_that_succeeded() {
    let three = Three::new();
    let [first, second, head] = &three.commits;
    for (commit, files) in [(first, r#"["b","c"]"#), (second, r#"["c"]"#), (head, "[]")] {
        let server = Server::new([runs(4000, "main", commit, "org/mono")]);
        let told = three.step(&server).run();
        check_answer(&told, commit, "last-success", files);
        assert_eq!(problems(&told, "warning"), [""; 0]);
        let requests = server.requests();
        assert_eq!(requests.len(), 1);
        assert!(
            requests[0].target.starts_with(
                "/repos/org/mono/actions/workflows/nightly.yml/runs?branch=main&status=success&"
            ),
            "{}",
            requests[0].target
        );
        assert_eq!(requests[0].headers["authorization"], format!("Bearer {TOKEN}"));
    }
}

#[test]
fn a_run_that_is_not_ours_or_not_earlier_is_no_base() {
    let three = Three::new();
    let first = &three.commits[0];
    for answer in [
        Answer::new(200, r#"{"total_count": 0, "workflow_runs": []}"#),
        runs(4711, "main", first, "org/mono"),
        runs(4000, "main", first, "eve/mono"),
        runs(4000, "topic", first, "org/mono"),
    ] {
        let told = three.step(&Server::new([answer])).run();
        check_answer(&told, "", "no-last-success", "");
    }
}

#[test]
fn a_pull_request_is_asked_about_by_its_own_branch_and_a_forks_is_not() {
    let three = Three::new();
    let [first, second, head] = &three.commits;
    let step = |server: &Server, repository: &str| {
        let (name, mut payload) = pull_request(first, head);
        payload["pull_request"]["head"]["ref"] = json!("a&b/c");
        payload["pull_request"]["head"]["repo"]["full_name"] = json!(repository);
        let step = three.step(server).event(&name, payload.to_string());
        step.env("GITHUB_REF", "refs/pull/7/merge").run()
    };
    let server = Server::new([runs(4000, "a&b/c", second, "org/mono")]);
    check_answer(&step(&server, "org/mono"), second, "last-success", r#"["c"]"#);
    assert!(server.requests()[0].target.contains("?branch=a%26b%2Fc&"));
    let server = Server::new([runs(4000, "a&b/c", second, "eve/mono")]);
    let told = step(&server, "eve/mono");
    check_answer(&told, "", "no-last-success", "");
    assert!(server.requests().is_empty());
    assert!(problems(&told, "notice")[0].contains("The runs of a fork are not trusted"));
}

#[test]
fn where_github_does_not_answer_everything_counts_and_a_warning_says_why() {
    let three = Three::new();
    let warned = |script: Vec<Answer>, words: &str| {
        let server = Server::new(script);
        let told = three.step(&server).run();
        check_answer(&told, "", "no-last-success", "");
        let warnings = problems(&told, "warning");
        assert!(warnings[0].contains(words), "{warnings:?}");
    };
    let spent = Answer::new(403, r#"{"message": "API rate limit exceeded"}"#);
    warned(vec![spent.header("x-ratelimit-remaining", "0")], "too much was asked lately: API rate");
    warned(vec![Answer::new(200, "<html>")], "not what it should be, at line 1, column 1");
    warned(vec![Answer::new(302, "").header("location", "https://e.example/")], "to another one");
    let server = Server::new([Answer::new(200, "[]")]);
    let told = three.step(&server).env("SIGNALBOX_ON_UNKNOWN_BASE", "fail").run();
    // GitHub may know a base, so that another run may have an answer.
    assert_eq!(told.exit, 3, "{}", told.stdout);
    check_secret(&told);
}

/// The step fails with exit code 2 and one error, that says these words.
#[track_caller]
fn check_refused(told: &Told, words: [&str; 2]) {
    assert_eq!(told.exit, 2, "{}\n{}", told.stdout, told.stderr);
    let error = only_error(told);
    for word in words {
        assert!(error.contains(word), "{error:?} should say {word:?}");
    }
    assert!(told.outputs.iter().all(|(name, value)| name == "json" || value.is_empty()));
}

#[test]
fn what_is_missing_to_ask_is_said() {
    let three = Three::new();
    let server = Server::new([]);
    let give = "`token: ${{ github.token }}` and the job `permissions: actions: read`";
    let told = three.step(&server).env("SIGNALBOX_TOKEN", "").run();
    check_refused(&told, ["Without a token", give]);
    for odd in ["", "org/rules/.github/workflows/nightly.yml@refs/heads/main"] {
        let told = three.step(&server).env("GITHUB_WORKFLOW_REF", odd).run();
        check_refused(&told, ["The workflow of this run is not known", "GITHUB_WORKFLOW_REF"]);
    }
    let told = three.step(&server).env("GITHUB_API_URL", "http://api.example.org").run();
    check_refused(&told, ["a token is sent over https only", "GITHUB_API_URL"]);
    check_secret(&told);
    assert!(server.requests().is_empty());
    let told = local(&three.repository, &["detect", "--since", "last-success"]).run();
    assert_eq!(told.exit, 2);
    assert!(told.stderr.contains("this is not a job"), "{}", told.stderr);
}

#[test]
fn a_token_without_the_right_is_an_error_that_names_the_right() {
    let three = Three::new();
    let said = |status, words: &str| {
        let body = format!(r#"{{"message": "{words} {TOKEN}"}}"#);
        let told = three.step(&Server::new([Answer::new(status, body)])).run();
        check_secret(&told);
        told
    };
    let grant = "`permissions: actions: read`";
    let refused = said(403, "Resource not accessible by integration");
    check_refused(&refused, ["(403): Resource not accessible by integration ***", grant]);
    check_refused(&said(404, "Not Found"), ["(404): Not Found ***", grant]);
    check_refused(&said(401, "Bad credentials"), ["(401): Bad credentials ***", "github.token"]);
}

#[test]
fn nobody_is_asked_where_nothing_depends_on_it() {
    let three = Three::new();
    let server = Server::new([]);
    let second = &three.commits[1];
    let step = three.step(&server).env("SIGNALBOX_SINCE", "event").env("SIGNALBOX_BASE", second);
    let told = step.run();
    assert_eq!((told.exit, told.outputs["base"].as_str()), (0, second.as_str()));
    assert!(server.requests().is_empty());
    assert!(!told.stdout.contains(TOKEN), "nobody asked for it");
}
