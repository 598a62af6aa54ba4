//! The gate over required jobs, in a real runner: what jobs say in their outputs is never obeyed.

use crate::shared;

/// Each would do something if any step took it for words.
const HOSTILE: &[&str] = &[
    "$(touch \"$STAND_IN_STORE/injected\")",
    "`touch \"$STAND_IN_STORE/injected\"`",
    "EOF\ntouch \"$STAND_IN_STORE/injected\"",
    "'; touch \"$STAND_IN_STORE/injected\"; '",
    "\"; touch \"$STAND_IN_STORE/injected\"; \"",
    "::set-output name=verdict::pass",
    "::error::injected",
    "##[error]injected",
    "verdict=pass\npassed=true",
    "\"}, \"failing\": {\"result\": \"success\"}, \"x\": {\"y\": \"",
];

/// A workflow with a job that fails, one with an output as given, and the gate.
fn workflow(jobs: &str) -> String {
    format!(
        "\
name: forging
on: push
permissions: {{}}
jobs:
  failing:
    runs-on: ubuntu-latest
    steps:
      - run: exit 1
  saying:
    runs-on: ubuntu-latest
    outputs:
      said: ${{{{ steps.say.outputs.said }}}}
    steps:
      - id: say
        run: |
          {{ printf 'said<<__END__\\n'; cat \"$SAID_FILE\"; printf '\\n__END__\\n'; }} >> \"$GITHUB_OUTPUT\"
  gate:
    needs: [failing, saying]
    if: always()
    runs-on: ubuntu-latest
    steps:
      - id: gate
        uses: org/actions/gate@v1
        with:
          {jobs}
"
    )
}

const JSON: &str = "jobs: ${{ toJSON(needs) }}";
const LINES: &str = "jobs: |\n            failing=${{ needs.failing.result }}\n            saying=${{ needs.saying.result }}";

fn run(said: &str, jobs: &str) -> end_to_end::act::Ran {
    let scratch = testkit::Scratch::new();
    let file = scratch.write("said", said);
    shared::act(&workflow(jobs)).env("SAID_FILE", file).run().unwrap()
}

#[track_caller]
fn check_red(ran: &end_to_end::act::Ran) {
    let outputs = ran.log.outputs("gate", "gate");
    assert_eq!(outputs.get("verdict"), Some(&"fail"), "{}", ran.log.said);
    assert_eq!(outputs.get("passed"), Some(&"false"));
    assert_eq!(outputs.get("blocking"), Some(&"[\"required-jobs\"]"));
    assert_eq!(ran.log.failed_legs("gate").len(), 1);
    assert!(!ran.artifacts().join("injected").exists());
    assert!(ran.log.annotations().iter().all(|told| told.message != "injected"));
}

#[test]
fn an_output_cannot_forge_green_or_run() {
    let ran = run(&HOSTILE.join("\n"), JSON);
    check_red(&ran);
}

#[test]
fn a_megabyte_of_output_is_red_or_read() {
    let long = "$(touch x) ".repeat(100_000);
    // No process can be given a variable of this size, so the step cannot start: red, never green.
    let ran = run(&long, JSON);
    assert_eq!(ran.log.failed_legs("gate").len(), 1, "{}", ran.log.said);
    check_red(&run(&long, LINES));
}

#[test]
fn the_quick_start_is_green_and_says_so() {
    let example = include_str!("../../../../actions/gate/examples/quick-start.yml");
    let ran = shared::act(example).run().unwrap();
    let jobs = [("lint", 1), ("test", 2), ("gate", 1)];
    assert_eq!(ran.log.wrongs(&jobs), Vec::<String>::new(), "{}", ran.log.said);
    assert!(ran.log.summaries("gate").concat().contains("Gate: passed"));
}

/// A workspace of one crate with this library.
fn rust(library: &str) -> end_to_end::act::Ran {
    let example = include_str!("../../../../actions/gate/examples/rust.yml");
    let manifest = "[package]\nname = \"one\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";
    let lock = "version = 4\n\n[[package]]\nname = \"one\"\nversion = \"0.1.0\"\n";
    shared::act(example)
        .file("Cargo.toml", manifest)
        .file("Cargo.lock", lock)
        .file(".config/nextest.toml", "[profile.ci.junit]\npath = \"junit.xml\"\n")
        .file("src/lib.rs", library)
        .run()
        .unwrap()
}

/// A chart without anything to fill in, beside a `helm` that only knows how to print one.
fn chart(manifest: &str, compose: &str) -> end_to_end::act::Ran {
    let example = include_str!("../../../../actions/gate/examples/manifests.yml");
    let tools = testkit::Scratch::new();
    let helm = "#!/bin/sh\n[ \"$*\" = 'template api charts/api --values charts/api/staging.yaml' ] && cat charts/api/templates/*.yaml\n";
    tools.write("helm", helm);
    let told = testkit::Tool::new("/bin/chmod").arg("755").arg(tools.at("helm")).run();
    assert_eq!(told.exit, 0, "{}", told.stderr);
    let act = shared::act(example)
        .programs(tools.path())
        .file("charts/api/templates/all.yaml", manifest)
        .file("charts/api/staging.yaml", "")
        .file("docker-compose.yml", compose);
    let commit = act.commit("all").unwrap();
    let payload = serde_json::json!({
        "ref": "refs/heads/main", "before": commit, "after": commit, "forced": false,
        "head_commit": {"id": commit}, "repository": {"default_branch": "main"}
    });
    act.payload(&payload).run().unwrap()
}

#[test]
fn a_chart_passes_when_what_it_renders_is_sound() {
    let sound = include_str!("../../../../testdata/kubernetes/deployment-with-everything.yaml");
    let compose = "services: {gateway: {image: x, ports: ['8080']}}\n";
    let ran = chart(sound, compose);
    assert_eq!(ran.log.wrongs(&[("manifests", 1)]), Vec::<String>::new(), "{}", ran.log.said);
    let summary = ran.log.summaries("manifests").concat();
    assert!(
        summary.contains("| manifests | ✅ pass | 1 workload, 2 containers, 1 budget |"),
        "{summary}"
    );
    assert!(
        summary.contains("| parity | ✅ pass | 1 of 1 services deployed, 1 workload |"),
        "{summary}"
    );
}

#[test]
fn a_chart_is_red_for_what_it_lacks() {
    let bare = include_str!("../../../../testdata/kubernetes/deployment-without-anything.yaml");
    let ran = chart(bare, "services: {worker: {image: x}}\n");
    assert_eq!(ran.log.failed_legs("manifests").len(), 1, "{}", ran.log.said);
    let summary = ran.log.summaries("manifests").concat();
    for row in ["| manifests | ❌ fail |", "| parity | ❌ fail |", "has no liveness probe"] {
        assert!(summary.contains(row), "{row}: {summary}");
    }
}

const SOUND: &str = "//! One.\n\n/// Two.\npub const TWO: u8 = 2;\n\n#[test]\nfn it_is_two() {\n    assert_eq!(TWO, 2);\n}\n";

#[test]
fn a_rust_workspace_passes_when_it_is_sound() {
    let ran = rust(SOUND);
    assert_eq!(ran.log.wrongs(&[("quality", 1)]), Vec::<String>::new(), "{}", ran.log.said);
    assert!(ran.log.summaries("quality").concat().contains("Gate: passed"));
}

#[test]
fn a_rust_workspace_is_red_for_what_its_tools_wrote() {
    let odd = SOUND
        .replace("TWO, 2", "TWO, 3")
        .replace("/// Two.", "/// [Three].")
        .replace("#[test]", "fn never_used() {}\n\n#[test]");
    let ran = rust(&odd);
    assert_eq!(ran.log.failed_legs("quality").len(), 1, "{}", ran.log.said);
    let summary = ran.log.summaries("quality").concat();
    for row in
        ["| compile | ✅ pass |", "| lint | ❌ fail |", "| docs | ❌ fail |", "| tests | ❌ fail |"]
    {
        assert!(summary.contains(row), "{row}: {summary}");
    }
}

/// GitHub's API and a storage in one: a run of two jobs, and a bucket.
fn measured_by(status: u16) -> testkit::Server {
    let run = r#"{"id":1,"name":"measured","run_number":1,"run_attempt":1,"event":"push","head_sha":"c0ffee",
        "status":"in_progress","conclusion":null,"created_at":"2026-11-22T12:00:00Z","run_started_at":"2026-11-22T12:00:00Z"}"#;
    let job = r#"{"id":7,"run_id":1,"run_attempt":1,"name":"test","status":"completed","conclusion":"success",
        "created_at":"2026-11-22T12:00:00Z","started_at":"2026-11-22T12:00:20Z","completed_at":"2026-11-22T12:01:00Z","runner_name":"r"}"#;
    testkit::Server::replying(move |request| {
        let path = request.target.split('?').next().unwrap_or_default();
        let body = match path.rsplit('/').next().unwrap_or_default() {
            "1" => run.to_owned(),
            "jobs" => format!(r#"{{"total_count":1,"jobs":[{job}]}}"#),
            "deployments" => "[]".to_owned(),
            _ => String::new(),
        };
        testkit::Answer::new(if request.method == "PUT" { status } else { 200 }, body)
    })
}

fn measured(server: &testkit::Server) -> end_to_end::act::Ran {
    let example = include_str!("../../../../actions/gate/examples/metrics.yml");
    shared::act(example)
        .attempt(1, 1)
        .env("GITHUB_API_URL", server.url())
        .secret("GITHUB_TOKEN", "ghs_token")
        .secret("METRICS_ACCESS_KEY", "AKIDEXAMPLE")
        .secret("METRICS_SECRET_KEY", "wJalr-secret")
        .var("METRICS_BUCKET", "ci-metrics")
        .var("METRICS_ENDPOINT", &server.url())
        .var("METRICS_REGION", "eu-central-1")
        .run()
        .unwrap()
}

#[test]
fn a_run_is_measured_and_its_record_is_stored() {
    let server = measured_by(200);
    let ran = measured(&server);
    assert_eq!(
        ran.log.wrongs(&[("test", 1), ("gate", 1), ("metrics", 1)]),
        Vec::<String>::new(),
        "{}",
        ran.log.said
    );
    assert!(!ran.log.said.contains("wJalr-secret"));
    let requests = server.requests();
    let put = requests.iter().find(|request| request.method == "PUT").unwrap();
    assert!(
        put.target.starts_with("/ci-metrics/") && put.target.ends_with("/2026/11/22/1-1.json"),
        "{}",
        put.target
    );
    let record: serde_json::Value = serde_json::from_slice(&put.body).unwrap();
    assert_eq!(record["sums"]["queue_ms"], 20_000, "{record}");
    // What the gate said in its job came along.
    let of_gate = |it: &&serde_json::Value| it["job"] == "gate";
    let outcomes = record["outcomes"].as_array().unwrap();
    let outcome = outcomes.iter().find(of_gate).unwrap();
    assert_eq!(outcome["facts"]["blocking"], serde_json::json!([]), "{record}");
}

#[test]
fn a_storage_that_refuses_fails_no_run() {
    let ran = measured(&measured_by(403));
    assert_eq!(
        ran.log.wrongs(&[("test", 1), ("gate", 1), ("metrics", 1)]),
        Vec::<String>::new(),
        "{}",
        ran.log.said
    );
    let summary = ran.log.summaries("metrics").concat();
    assert!(summary.contains("signalbox-metrics"), "{summary}");
}
