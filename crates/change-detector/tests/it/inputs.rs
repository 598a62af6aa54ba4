//! Inputs that are wrong, missing or unreadable: every mistake at once with its place, and nothing written.

use std::collections::BTreeMap;

use serde_json::Value;
use testkit::Repository;

use crate::events::{B_TO_F, E_TO_F, Story};
use crate::tool::{
    ZERO, check_failed, check_no_answer, errors, local, look, only_error, other, pull_request,
    push, step,
};

fn made() -> (Repository, (String, Value)) {
    let it = Repository::new();
    it.write("src/a", "1").write("docs/b", "1");
    let head = it.commit("one");
    (it, push("refs/heads/main", ZERO, &head))
}

#[test]
fn a_value_that_an_input_does_not_take_is_no_answer() {
    let (it, event) = made();
    for (input, value, message) in [
        ("quantifier", "any", "expected one of `some-with-excludes, some, every`"),
        ("since", "yesterday", "xpected `event`, `last-push`, `last-success`, or a moment such as"),
        ("since", "2026-02-30", "or a moment such as"),
        ("pr-mode", "two-dot", "expected one of `three-dot, merge-parent`"),
        ("on-unknown-base", "none", "expected one of `all, fail, last-commit`"),
        ("fetch", "always", "expected one of `auto, never`"),
        ("worktree", "yes", "expected one of `true, false`"),
        ("worktree", "TRUE", "expected one of `true, false`"),
        ("renames", "R", "expected one of `split, pairs`"),
        ("status", "AX", "`X` is none of the letters A, D, M and T"),
        ("include-symlinks", "no", "expected one of `true, false`"),
        ("include-submodules", "1", "expected one of `true, false`"),
        ("list-files", "escape", "expected one of `none, json, csv, shell`"),
        ("matrix", "everything", "expected one of `auto, services, packages, filters`"),
        ("matrix-limit", "0", "xpected a whole number from 1 to 256"),
        ("matrix-limit", "257", "xpected a whole number from 1 to 256"),
        ("matrix-limit", "many", "xpected a whole number from 1 to 256"),
        ("matrix-overflow", "cut", "expected one of `chunk, fail`"),
        ("service-names", "all", "expected one of `plain, any`"),
        ("graph", "rust", "is none of cargo, npm, go, foundry, auto and none"),
        ("graph", "cargo;npm", "is none of cargo, npm, go, foundry, auto and none"),
        ("cargo-graph", "lock", "expected one of `manifests, metadata`"),
        ("directory-depth", "-1", "`directory-depth`"),
        ("explain", "maybe", "expected one of `true, false`"),
    ] {
        let told = look(&it, event.clone()).input(input, value).run();
        check_no_answer(&told, message);
        let error = only_error(&told);
        assert!(error.contains(&format!("`{input}`")), "{error:?} should name the input {input}");
    }
}

#[test]
fn an_input_that_is_empty_is_not_given() {
    let (it, event) = made();
    let asked = look(&it, event);
    let asked = [
        "base",
        "head",
        "since",
        "status",
        "services",
        "service-depends",
        "graph",
        "rules",
        "global-files",
        "ignore",
        "tags-pattern",
        "matrix-limit",
        "worktree",
        "plan-file",
        "event-name",
        "into",
        "workflow",
    ]
    .iter()
    .fold(asked, |asked, name| asked.input(name, ""));
    let told = asked.run();
    assert_eq!((told.exit, told.outputs["count"].as_str()), (0, "2"), "{}", told.stdout);
}

/// Each mistake in these filters, as `line:column`, and what it says.
#[track_caller]
fn check_filters(filters: &str, wanted: &[(&str, &str)]) {
    let (it, event) = made();
    // In the input, and in a file, where the annotation stands at the place itself.
    let inline = look(&it, event.clone()).input("filters", filters).run();
    it.write("filters.yml", filters);
    let of_file = look(&it, event).input("filters", "filters.yml").run();
    for (told, name) in [(&inline, None), (&of_file, Some("filters.yml"))] {
        check_no_answer(told, wanted[0].1);
        let commands = told.commands();
        let found: Vec<_> = commands.iter().filter(|command| command.name == "error").collect();
        let texts: Vec<&String> = found.iter().map(|error| &error.data).collect();
        assert_eq!(found.len(), wanted.len(), "{texts:?}");
        for (error, (place, message)) in found.iter().zip(wanted) {
            assert!(error.data.contains(message), "{:?} should say {message:?}", error.data);
            let Some(name) = name else { continue };
            let property = |name: &str| error.properties[name].as_str();
            assert_eq!(property("file"), name, "{}", error.data);
            assert_eq!(
                format!("{}:{}", property("line"), property("col")),
                *place,
                "{}",
                error.data
            );
        }
    }
}

#[test]
fn a_mistake_in_the_filters_has_its_place() {
    check_filters("a: 'src/**'\nb: [\n", &[("3:1", "")]);
    check_filters(
        "a: 'src/**'\na: 'docs/**'\n",
        &[("2:1", "The key `a` stands here for the second time; the first is at line 1, column 1")],
    );
    check_filters("- 'src/**'\n- x: y\n", &[("1:1", "Expected names of filters, found a list")]);
    check_filters("a:\nb: 'x'\n", &[("1:2", "found nothing")]);
    check_filters(
        "a: [addded: 'src/**']\n",
        &[("1:5", "`addded` is nothing that can happen to a file")],
    );
    check_filters("a: ['src/**', '!']\n", &[("1:15", "nothing stands behind the `!`")]);
    check_filters("a: ['']\n", &[("1:5", "it is empty")]);
    check_filters(
        "a: [added: {b: c}]\n",
        &[("1:12", "Expected a pattern or a list of patterns, found names")],
    );
    check_filters("a: *nobody\nb: x\n", &[("1:4", "")]);
    // All of them.
    check_filters(
        "a: [x, modifed: y]\nb:\nc: ['!']\n",
        &[
            ("1:8", "is nothing that can happen to a file"),
            ("2:2", "found nothing"),
            ("3:5", "cannot be read"),
        ],
    );
}

#[test]
fn a_pattern_that_nobody_can_have_meant_is_told() {
    // picomatch takes them, and they match nothing but a file of that name: a filter that never matches.
    let (it, event) = made();
    for pattern in ["src/{a,b", "x{1", "[z-a]"] {
        let told =
            look(&it, event.clone()).input("filters", &format!("a: ['{pattern}', 'x']")).run();
        assert_eq!(told.exit, 0, "{}", told.stdout);
        let commands = told.commands();
        let warnings: Vec<_> =
            commands.iter().filter(|command| command.name == "warning").collect();
        assert_eq!(warnings.len(), 1, "{pattern}: {}", told.stdout);
        assert!(
            warnings[0].data.contains("This pattern matches nothing but itself"),
            "{}",
            warnings[0].data
        );
        // Where no other tool's files are read, it is a mistake.
        for input in ["services", "global-files", "ignore"] {
            let told = look(&it, event.clone()).input(input, pattern).run();
            check_no_answer(&told, "matches nothing but itself");
        }
    }
}

#[test]
fn a_status_that_is_nearly_one_is_shown_the_right_one() {
    let (it, event) = made();
    let told = look(&it, event).input("filters", "a: [addded: 'src/**']").run();
    assert!(only_error(&told).contains("is `added` meant?"), "{}", only_error(&told));
}

#[test]
fn filters_that_explode_are_refused_quickly() {
    // Each line names the one before ten times.
    let line = |level: usize| {
        let names = vec![format!("*l{}", level - 1); 10].join(", ");
        format!("l{level}: &l{level} [{names}]\n")
    };
    let lines: Vec<String> = (1..12).map(line).collect();
    let filters = format!("l0: &l0 ['x']\n{}", lines.concat());
    let (it, event) = made();
    let told = look(&it, event.clone()).input("filters", &filters).run();
    check_no_answer(&told, "These filters have more than 20,000 patterns");
    let deep = format!("a: {}'x'{}", "[".repeat(5000), "]".repeat(5000));
    check_no_answer(&look(&it, event).input("filters", &deep).run(), "");
}

#[test]
fn filters_may_stand_in_a_file() {
    let it = Story::new();
    it.clone.write(".github/filters.yml", "src: 'src/**'\n").write("docs/sub/x", "1");
    let told =
        look(&it.clone, pull_request(&it.d, &it.f)).input("filters", ".github/filters.yml").run();
    assert_eq!(told.outputs["filters"], r#"{"src":true}"#, "{}", told.stdout);
    // Relative to where the step works.
    let told = look(&it.clone, pull_request(&it.d, &it.f))
        .input("filters", "../../.github/filters.yml")
        .at(it.clone.at("docs/sub"))
        .run();
    assert_eq!(told.outputs["filters"], r#"{"src":true}"#, "{}", told.stdout);
    let told =
        look(&it.clone, pull_request(&it.d, &it.f)).input("filters", ".github/none.yml").run();
    check_no_answer(&told, "The file of filters `.github/none.yml`: reading failed");
    it.clone.write("latin.yml", b"a: 'caf\xe9'\n");
    let told = look(&it.clone, pull_request(&it.d, &it.f)).input("filters", "latin.yml").run();
    check_no_answer(&told, "is not UTF-8");
    let told = look(&it.clone, pull_request(&it.d, &it.f)).input("filters", "docs").run();
    check_no_answer(&told, "The file of filters `docs`");
}

#[test]
fn all_mistakes_of_all_inputs_are_told_at_once() {
    let (it, event) = made();
    let told = look(&it, event)
        .input("filters", "a: ['!']\nb:\n")
        .input("services", "services/{a")
        .input("rules", "none.toml")
        .input("global-files", "ok/**\n!")
        .input("ignore", "[z-a]")
        .run();
    check_no_answer(&told, "of the input `services` matches nothing but itself");
    let errors = errors(&told);
    for message in [
        "found nothing",
        "`!` cannot be read",
        "none.toml",
        "the input `global-files`",
        "the input `ignore`",
    ] {
        assert!(
            errors.iter().any(|error| error.contains(message)),
            "{errors:?} should say {message:?}"
        );
    }
}

#[test]
fn dependencies_of_services_are_checked() {
    let (it, event) = made();
    let asked = |depends: &str| {
        look(&it, event.clone())
            .input("services", "services/*")
            .input("service-depends", depends)
            .run()
    };
    check_no_answer(&asked("- a\n- b: c\n"), "Expected names of services");
    check_no_answer(&asked("a: ['!']\n"), "This pattern cannot be read");
    check_no_answer(&asked("a: {b: c}\n"), "Expected a pattern or a list of patterns");
    check_no_answer(&asked("a: [\n"), "");
    check_no_answer(
        &asked("none.yml"),
        "The file of services' dependencies `none.yml`: reading failed",
    );
    let alone = look(&it, event.clone()).input("service-depends", "a: b").run();
    check_no_answer(&alone, "`service-depends` is given, but no services are");
}

#[test]
fn rules_are_checked() {
    let (it, event) = made();
    let asked = |rules: &str| {
        it.write("rules.toml", rules);
        look(&it, event.clone()).input("graph", "cargo").input("rules", "rules.toml").run()
    };
    check_no_answer(&asked("[[path-rule]\n"), "is no TOML");
    let told = asked("[[path-rule]]\nglobs = [\"x\"]\nmark-chanegd = \"all\"\n");
    check_no_answer(&told, "mark-chan");
    let commands = told.commands();
    let error = commands.iter().find(|command| command.data.contains("mark-chanegd")).unwrap();
    assert_eq!(
        (error.properties["file"].as_str(), error.properties["line"].as_str()),
        ("rules.toml", "3")
    );
}

#[test]
fn a_payload_that_cannot_be_understood_is_no_answer() {
    let (it, _) = made();
    let told = |name: &str, payload: &str| step(&it, &[]).event(name, payload).run();
    check_no_answer(&told("push", "{"), "The payload of the event `push` is not JSON");
    check_no_answer(&told("push", "{}"), "The payload of the event `push` has no `before`");
    check_no_answer(&told("push", ""), "The payload of the event `push` is not JSON");
    check_no_answer(&told("pull_request", "[]"), "The payload of the event `pull_request` has no");
    let (name, mut payload) = pull_request(ZERO, ZERO);
    payload["pull_request"]["base"]["sha"] = "main; touch x".into();
    check_no_answer(
        &told(&name, &payload.to_string()),
        "expected a commit id of 40 or 64 hexadecimal digits",
    );
    // One that is not known needs none.
    let told = step(&it, &[]).event("issue_comment", "not even JSON").run();
    assert_eq!((told.exit, told.outputs["all"].as_str()), (0, "true"));
    let gone = step(&it, &[]).env("GITHUB_EVENT_PATH", it.at("none.json")).run();
    check_failed(&gone, 3, "The payload of the event `push` cannot be read");
}

#[test]
fn an_event_may_be_replayed() {
    let it = Story::new();
    let (name, payload) = push("refs/heads/topic", &it.e, &it.f);
    let path = it.clone.scratch().write("event.json", payload.to_string());
    let path = path.to_str().unwrap();
    let words = ["detect", "--event-name", &name, "--event-path", path, "--format", "args"];
    let told = local(&it.clone, &words).run();
    assert_eq!((told.exit, told.stdout.trim_end()), (0, "docs/guide.md"), "{}", told.stderr);
    let alone = local(&it.clone, &["detect", "--event-name", "push"]).run();
    assert_eq!(alone.exit, 2);
    assert!(alone.stderr.contains("--event-path"), "{}", alone.stderr);
    let missing =
        local(&it.clone, &["detect", "--event-name", "push", "--event-path", "none"]).run();
    assert_eq!(missing.exit, 2);
    assert!(
        missing.stderr.contains("the payload of the event cannot be read"),
        "{}",
        missing.stderr
    );
}

#[test]
fn a_command_line_that_is_wrong_says_what_is_right() {
    let (it, _) = made();
    for words in [
        &[][..],
        &["nonsense"],
        &["detect", "--bse", "x"],
        &["detect", "extra"],
        &["recover"],
        &["import-dorny"],
    ] {
        let told = local(&it, words).run();
        assert_eq!((told.exit, told.stdout.as_str()), (2, ""), "{words:?}: {}", told.stderr);
        assert!(!told.stderr.is_empty(), "{words:?}");
    }
    let told = local(&it, &["detect", "--bse", "x"]).run();
    assert!(told.stderr.contains("--base"), "{}", told.stderr);
}

#[test]
fn every_format_says_the_same() {
    let it = Story::new();
    let words = |format: &'static str| {
        ["detect", "--base", "main", "--filters", "src: 'src/**'", "--format", format]
    };
    let told = |format: &'static str| {
        let told = local(&it.clone, &words(format)).run();
        assert_eq!(told.exit, 0, "{}", told.stderr);
        told
    };
    let json: Value = serde_json::from_str(&told("json").stdout).unwrap();
    let of_json: BTreeMap<String, String> =
        serde_json::from_value(json["outputs"].clone()).unwrap();
    // Read as the runner reads its file.
    let github = local(&it.clone, &words("github")).bytes();
    let mut of_github = testkit::runner::outputs(&String::from_utf8(github).unwrap());
    of_github.remove("json");
    assert_eq!(of_json, of_github);
    assert_eq!(of_json["files"], r#"["docs/guide.md","src/topic.txt"]"#);
    assert_eq!(of_json["base"], it.b);
    assert_eq!(told("args").stdout, "docs/guide.md src/topic.txt\n");
    let human = told("human").stdout;
    for words in ["src/topic.txt", "src/**", "2 files"] {
        assert!(human.contains(words), "{human}");
    }
    // A failure is JSON too.
    let failed = local(&it.clone, &["detect", "--base", "none", "--format", "json"]).run();
    let json: Value = serde_json::from_str(&failed.stdout).unwrap();
    assert_eq!((failed.exit, &json["exit_code"]), (2, &Value::from(2)));
    assert!(json["problems"][0].to_string().contains("there is no commit"), "{json}");
    let failed = local(&it.clone, &["detect", "--base", "none", "--format", "args"]).run();
    assert_eq!((failed.exit, failed.stdout.as_str()), (2, ""));
}

#[test]
fn a_plan_is_written_where_it_is_asked_for() {
    let it = Story::new();
    let words = ["detect", "--base", "main", "--plan-file", "out/plan.json"];
    let told = local(&it.clone, &words).run();
    assert_eq!(told.exit, 0, "{}", told.stderr);
    let plan: Value =
        serde_json::from_slice(&it.clone.scratch().read("work/out/plan.json")).unwrap();
    assert_eq!(
        (&plan["signalbox-changes"], &plan["reason"]),
        (&Value::from(1), &Value::from("given-branch"))
    );
    // Where a folder is, nothing can be written.
    let told = local(&it.clone, &["detect", "--base", "main", "--plan-file", "docs"]).run();
    assert_eq!(told.exit, 2, "{}", told.stderr);
    assert!(told.stderr.contains("docs"), "{}", told.stderr);
}

#[test]
fn explaining_shows_every_file_and_every_step() {
    let it = Repository::new();
    it.commit("nothing");
    for number in 0..60 {
        it.write(format!("src/{number}"), "1");
    }
    it.commit("many");
    let told = |explain: &str| {
        let asked = look(&it, other("schedule")).input("base", "HEAD~1").input("explain", explain);
        asked.input("filters", "src: 'src/**'").run().summary
    };
    let (short, long) = (told("false"), told("true"));
    assert!(short.contains("10 more are in the file of `files-path`"), "{short}");
    assert!(!short.contains("Files of"));
    assert!(long.contains("Files of") && !long.contains("more are in"), "{long}");
    assert!((0..60).all(|number| long.contains(&format!("`src/{number}`"))), "{long}");
    for summary in [short, long] {
        assert!(
            summary.contains("How the base was found")
                && summary.contains("the base that was asked for")
        );
    }
}

#[test]
fn every_step_to_the_base_is_told() {
    let it = Story::new();
    let told = look(&it.clone, push("refs/heads/topic", crate::tool::GONE, &it.f)).run();
    assert!(
        told.summary.contains("the commit before the push is neither here nor on the server"),
        "{}",
        told.summary
    );
    assert!(told.summary.contains("where the branch left the default branch"));
    let steps = crate::tool::plan(&told)["steps"].clone();
    assert_eq!(
        steps[0],
        serde_json::json!({"reason": "before-gone", "about": crate::tool::GONE, "taken": false})
    );
    assert_eq!(
        steps[1],
        serde_json::json!({"reason": "left-default-branch", "about": it.b, "taken": true})
    );
}

#[test]
fn filters_may_be_named_as_people_like() {
    let it = Story::new();
    let filters = "my filter: 'src/**'\nc++: 'docs/**'\n'unit: api, web': 'x'";
    let told = look(&it.clone, pull_request(&it.d, &it.f)).input("filters", filters).run();
    assert_eq!(told.outputs["changes"], r#"["my filter","c++"]"#, "{}", told.stdout);
    // They are the words of the workflow itself, so that none is refused, matched or not.
    for name in ["$(touch x)", "a`b`", "a;b", "-rf", "a\\nb"] {
        let filters = format!("src: 'src/**'\n\"{name}\": 'src/**'");
        let told = look(&it.clone, pull_request(&it.d, &it.f)).input("filters", &filters).run();
        assert_eq!(told.exit, 0, "{}", told.stdout);
        let names: Vec<String> = serde_json::from_str(&told.outputs["changes"]).unwrap();
        assert_eq!(names, ["src", &name.replace("\\n", "\n")]);
    }
}

#[test]
fn a_screen_tells_a_person_what_changed_and_why() {
    let it = Story::new();
    let told = local(
        &it.clone,
        &[
            "detect",
            "--base",
            "main",
            "--filters",
            "src: 'src/**'\ndocs: 'docs/**'\nci: '.github/**'",
        ],
    )
    .run();
    insta::assert_snapshot!(told.stdout, @r#"
    Changes: 2 files since `ecc8d3d2ef`

    notice: Compared with where the head left the branch that was asked for.

     filter   matches   files   why
    ─────────────────────────────────────────────────────────
     `src`    yes           1   `src/topic.txt` by `src/**`
     `docs`   yes           1   `docs/guide.md` by `docs/**`
     `ci`     no            0

    2 changed files:
      - modified `docs/guide.md`
      - added `src/topic.txt`

    How the base was found:
      - taken: where the head left the branch that was asked for (`ecc8d3d2ef748dae3e4f92061b3ab0324532c6cf`)
    "#);
    let (e, f) = (it.e.as_str(), it.f.as_str());
    look(&it.clone, push("refs/heads/topic", e, f)).check(e, f, "before-push", E_TO_F);
    look(&it.clone, pull_request(&it.d, f)).check(&it.b, f, "merge-base", B_TO_F);
}

#[test]
fn the_help_names_every_command() {
    let (it, _) = made();
    let told = local(&it, &["--help"]).run();
    assert_eq!(told.exit, 0);
    let lines: Vec<&str> = told.stdout.lines().map(str::trim_end).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    Says what changed, and which filters, services and packages are affected

    Usage: change-detector [OPTIONS] <COMMAND>

    Commands:
      detect        Say everything that the inputs ask for: filters, services, packages
      services      The same for services: without `--services`, every folder below `services`
      crates        The same for packages: without `--graph`, those of every ecosystem that is found
      recover       Write the files that the change deletes again, as they were, into a folder of their own
      import-dorny  Print the step that does what a step of dorny/paths-filter does
      help          Print this message or the help of the given subcommand(s)

    Options:
      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    Common options:
      -C, --working-directory <DIR>
              Run as if started in this directory

          --summary <BOOL>
              Write the report to the job's step summary

              [default: true]
              [possible values: true, false]

          --annotations <BOOL>
              Show problems as annotations at their file and line

              [default: true]
              [possible values: true, false]

          --format <FORMAT>
              What to print on standard output

              Possible values:
              - human:  A report for people
              - json:   One JSON document with everything
              - github: The outputs in the form of the file that `GITHUB_OUTPUT` names
              - args:   Words for another program's command line, ready for a shell

              [default: human]

      -v, --verbose
              Say more about what is read and why something is decided
    "#);
}
