//! Services: found in the head, affected by their files and by what they depend on, as a matrix.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};
use testkit::{Repository, Scratch, Told};

use crate::events::Story;
use crate::tool::{
    GONE, ZERO, check_no_answer, errors, local, look, only_error, other, plan, pull_request, push,
};

const MAIN: &str = "refs/heads/main";

/// Services api, web and worker, and libraries beside them.
fn made() -> Repository {
    let it = Repository::new();
    it.write("services/api/Dockerfile", "1").write("services/api/src/start.go", "1");
    it.write("services/web/package.json", "{}").write("services/worker/go.mod", "1");
    it.write("services/docs/README.md", "1").write("services/README.md", "1");
    it.write("libs/common/x", "1").write("libs/auth/x", "1");
    it.commit("one");
    it
}

/// The last commit, with services asked for.
#[track_caller]
fn asked(it: &Repository, inputs: &[(&str, &str)]) -> Told {
    let event = push(MAIN, &it.id("HEAD~1"), &it.head());
    let asked = look(it, event).input("services", "services/*");
    inputs.iter().fold(asked, |asked, (name, value)| asked.input(name, value)).run()
}

/// The affected services, the deleted ones, and whether there are any.
#[track_caller]
fn check(told: &Told, affected: &[&str], deleted: &[&str]) {
    assert_eq!(told.exit, 0, "{}", told.stdout);
    assert_eq!(told.outputs["services"], json!(affected).to_string(), "{}", told.summary);
    assert_eq!(told.outputs["services-deleted"], json!(deleted).to_string());
    assert_eq!(told.outputs["any-services"], (!affected.is_empty()).to_string());
    let matrix: Value = serde_json::from_str(&told.outputs["matrix"]).unwrap();
    let names: Vec<&str> = matrix["include"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| job["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, affected);
    assert_eq!(told.outputs["has-matrix"], (!affected.is_empty()).to_string());
}

#[test]
fn a_service_is_affected_by_a_file_of_its_own() {
    let it = made();
    it.write("services/api/src/deep/er.go", "1").commit("two");
    let told = asked(&it, &[]);
    check(&told, &["api"], &[]);
    // A folder without a file that marks it is none, and that is told.
    assert_eq!(told.outputs["services-all"], r#"["api","web","worker"]"#);
    let notices: Vec<_> =
        told.commands().into_iter().filter(|command| command.name == "notice").collect();
    assert_eq!(notices.len(), 1, "{}", told.stdout);
    assert!(notices[0].data.contains("1 folder is no service, because"), "{}", notices[0].data);
    assert!(notices[0].data.contains("is in it: `services/docs`"), "{}", notices[0].data);
    assert_eq!(
        told.outputs["matrix"],
        r#"{"include":[{"name":"api","path":"services/api","kind":"service","reason":"file"}]}"#
    );
}

#[test]
fn what_is_beside_services_affects_none() {
    let it = made();
    it.write("services/README.md", "2")
        .write("services/docs/README.md", "2")
        .write("libs/auth/x", "2");
    it.commit("two");
    check(&asked(&it, &[]), &[], &[]);
}

#[test]
fn a_name_that_begins_the_same_is_another_service() {
    let it = made();
    it.write("services/api-v2/go.mod", "1").commit("two");
    check(&asked(&it, &[]), &["api-v2"], &[]);
}

#[test]
fn services_are_those_of_the_head_and_not_of_the_disk() {
    let it = made();
    it.write("services/api/Dockerfile", "2").commit("two");
    it.write("services/made-by-a-build/go.mod", "1").remove("services/web");
    let told = asked(&it, &[]);
    check(&told, &["api"], &[]);
    assert_eq!(told.outputs["services-all"], r#"["api","web","worker"]"#);
    // Unless the disk is asked for.
    let told = asked(&it, &[("worktree", "true"), ("base", "HEAD")]);
    check(&told, &["made-by-a-build"], &["web"]);
    assert_eq!(told.outputs["services-all"], r#"["api","made-by-a-build","worker"]"#);
}

#[test]
fn other_paths_affect_a_service_that_depends_on_them() {
    let it = made();
    it.write("libs/auth/x", "2").commit("two");
    let depends = "api: libs/auth/**\n'w*': [libs/common/**, '!**/*.md']\n";
    check(&asked(&it, &[("service-depends", depends)]), &["api"], &[]);
    it.write("libs/common/x", "2").commit("three");
    check(&asked(&it, &[("service-depends", depends)]), &["web", "worker"], &[]);
    it.write("libs/common/x.md", "2").commit("four");
    check(&asked(&it, &[("service-depends", depends)]), &[], &[]);
    check(&asked(&it, &[("service-depends", "'*': '**'")]), &["api", "web", "worker"], &[]);
    // From a file, as well.
    it.write("depends.yml", depends).write("libs/auth/x", "3").commit("five");
    check(&asked(&it, &[("service-depends", "depends.yml")]), &["api"], &[]);
}

#[test]
fn paths_may_be_named_for_a_service_by_its_folder() {
    let it = made();
    it.write("libs/auth/x", "2").commit("two");
    for key in ["services/api", "services/api/", "./services/api", "services/a*", "*/api"] {
        let depends = format!("'{key}': libs/auth/**");
        check(&asked(&it, &[("service-depends", &depends)]), &["api"], &[]);
    }
    // A pattern that takes out does so by name and by folder.
    for key in ["!api", "!services/api"] {
        let depends = format!("'{key}': libs/auth/**");
        check(&asked(&it, &[("service-depends", &depends)]), &["web", "worker"], &[]);
    }
    // A service of the same name elsewhere changes the names, and not the folders.
    it.write("legacy/api/go.mod", "1").write("libs/auth/x", "3").commit("three");
    let more = [("services", "{services,legacy}/*"), ("service-depends", "services/api: libs/**")];
    check(&asked(&it, &more), &["legacy-api", "services-api"], &[]);
}

#[test]
fn paths_for_a_service_that_is_not_there_are_no_answer() {
    let it = made();
    it.write("legacy/web/go.mod", "1").write("libs/auth/x", "2").commit("two");
    let depends = "api: libs/**\napy: libs/**\nservices/wroker: libs/**\nweb: libs/**\nother: x\n";
    it.write("depends.yml", depends);
    let inputs = [("services", "{services,legacy}/*"), ("service-depends", "depends.yml")];
    let told = asked(&it, &inputs);
    check_no_answer(&told, "`service-depends` names `apy`, but no service has that name or folder");
    let commands = told.commands();
    let errors: Vec<_> = commands.iter().filter(|command| command.name == "error").collect();
    for (error, (place, help)) in errors.iter().zip([
        ("2:1", "is `api` meant?"),
        ("3:1", "is `services/worker` meant?"),
        ("4:1", "`legacy/web`, `services/web`"),
        ("5:1", "see the names of `services-all`"),
    ]) {
        let properties = &error.properties;
        assert_eq!(format!("{}:{}", properties["line"], properties["col"]), place);
        assert!(error.data.contains(help), "{}", error.data);
    }
    assert_eq!(errors.len(), 4, "{}", told.stdout);
    // A pattern may be for services that are still to come.
    let told = asked(&it, &[("service-depends", "'x*': libs/**")]);
    check(&told, &[], &[]);
    let commands = told.commands().into_iter();
    let warnings: Vec<_> = commands.filter(|command| command.name == "warning").collect();
    assert_eq!(warnings.len(), 1, "{}", told.stdout);
    assert!(warnings[0].data.contains("`x*`"), "{}", warnings[0].data);
    // Where the branch is gone nothing says which services there are.
    let told = look(&it, push(MAIN, &it.head(), ZERO)).input("services", "services/*");
    let told = told.input("service-depends", "apy: libs/**").run();
    assert_eq!((told.exit, told.outputs["services"].as_str()), (0, "[]"), "{}", told.stdout);
}

#[test]
fn names_are_those_of_the_services_that_are_there() {
    let it = made();
    it.write("legacy/api/go.mod", "1").write("old/api/go.mod", "1").write("old/web/go.mod", "1");
    it.commit("two");
    it.remove("legacy/api").remove("old/api").remove("old/web").remove("services/worker");
    it.write("services/api/Dockerfile", "2").commit("three");
    // What is gone shares no name with what is there: whoever takes it down takes down the right one.
    let told = asked(&it, &[("services", "{services,legacy,old}/*")]);
    check(&told, &["api"], &["legacy-api", "old-api", "old-web", "worker"]);
    assert_eq!(told.outputs["services-all"], r#"["api","web"]"#);
}

#[test]
fn a_service_that_is_deleted_or_moved_is_no_job() {
    let it = made();
    it.remove("services/worker").commit("two");
    check(&asked(&it, &[]), &[], &["worker"]);
    it.remove("services/web").write("services/site/package.json", "{}").commit("three");
    check(&asked(&it, &[]), &["site"], &["web"]);
    // Without what marks it, it is none any more, though its folder is there.
    it.remove("services/api/Dockerfile").commit("four");
    check(&asked(&it, &[]), &[], &["api"]);
    // With any file as a mark, it was one and still is.
    check(&asked(&it, &[("service-markers", "*")]), &["api"], &[]);
}

#[test]
fn a_file_for_all_affects_all() {
    let it = made();
    it.write("toolchain.txt", "1").commit("two");
    let told = asked(&it, &[("global-files", "toolchain*\nci/**")]);
    check(&told, &["api", "web", "worker"], &[]);
    assert_eq!(told.outputs["all"], "true");
    let matrix: Value = serde_json::from_str(&told.outputs["matrix"]).unwrap();
    assert_eq!(matrix["include"][0]["reason"], "global");
}

#[test]
fn a_file_that_is_ignored_affects_no_service_and_filters_all_the_same() {
    let it = made();
    it.write("services/api/README.md", "1").commit("two");
    let told = asked(&it, &[("ignore", "**/*.md"), ("filters", "md: '**/*.md'")]);
    check(&told, &[], &[]);
    assert_eq!(told.outputs["changes"], r#"["md"]"#);
    assert_eq!(told.outputs["files"], r#"["services/api/README.md"]"#);
}

#[test]
fn where_nothing_is_known_every_service_is_affected() {
    let it = made();
    let told = look(&it, other("schedule")).input("services", "services/*").run();
    check(&told, &["api", "web", "worker"], &[]);
    let gone = look(&it, push(MAIN, GONE, &it.head())).input("services", "services/*").run();
    check(&gone, &["api", "web", "worker"], &[]);
}

#[test]
fn folders_may_be_looked_for_anywhere() {
    let it = made();
    it.write("apps/site/package.json", "{}").write("legacy/old/go.mod", "1").commit("two");
    let told = asked(&it, &[("services", "{apps,services}/*\nlegacy/*\n!legacy/old*")]);
    check(&told, &["site"], &[]);
    assert_eq!(told.outputs["services-all"], r#"["api","site","web","worker"]"#);
    let told = asked(&it, &[("services", "**")]);
    assert_eq!(told.outputs["services-all"], r#"["api","old","site","web","worker"]"#);
    check(&told, &["old", "site"], &[]);
}

#[test]
fn services_that_share_a_name_have_that_of_their_folder() {
    let it = Repository::new();
    it.write("a/api/go.mod", "1")
        .write("b/api/go.mod", "1")
        .write("c/web/go.mod", "1")
        .commit("one");
    it.write("b/api/go.mod", "2").commit("two");
    let told = asked(&it, &[("services", "*/*")]);
    check(&told, &["b-api"], &[]);
    assert_eq!(told.outputs["services-all"], r#"["a-api","b-api","web"]"#);
}

#[test]
fn no_two_services_have_one_name() {
    let it = Repository::new();
    let head = |folders: &[&str]| {
        for folder in folders {
            it.write(format!("{folder}/go.mod"), "1");
        }
        it.commit("one");
        let told = asked(&it, &[("services", "**")]);
        let mut names: Vec<String> = serde_json::from_str(&told.outputs["services-all"]).unwrap();
        let count = names.len();
        names.dedup();
        assert_eq!((names.len(), count), (folders.len(), folders.len()), "{names:?}");
        for folder in folders {
            it.remove(folder);
        }
    };
    it.commit("nothing");
    head(&["svc/api", "lib/api", "other/svc-api"]);
    head(&["a/b-c/s", "a-b/c/s"]);
}

#[test]
fn a_service_of_a_bad_name_is_no_answer() {
    let it = made();
    it.write("services/a b/go.mod", "1")
        .write("services/$(x)/go.mod", "1")
        .write("services/-x/go.mod", "1");
    it.write(b"services/caf\xe9/go.mod", "1").commit("two");
    let told = asked(&it, &[]);
    check_no_answer(&told, "could be taken for a command");
    // All at once.
    assert_eq!(errors(&told).len(), 4, "{}", told.stdout);
    // Or as they are, in JSON.
    let told = asked(&it, &[("service-names", "any")]);
    check(&told, &["$(x)", "-x", "a b", "caf\u{fffd}"], &[]);
}

#[test]
fn more_services_than_a_matrix_has_jobs_come_in_chunks() {
    let it = Repository::new();
    it.commit("nothing");
    for number in 0..300 {
        it.write(format!("services/s-{number:03}/Dockerfile"), "1");
    }
    it.commit("many");
    let told = asked(&it, &[]);
    assert_eq!(told.exit, 0);
    let chunks: Vec<Value> = serde_json::from_str(&told.outputs["matrix-chunks"]).unwrap();
    let sizes: Vec<usize> =
        chunks.iter().map(|chunk| chunk["include"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [256, 44]);
    let names = chunks.iter().flat_map(|chunk| chunk["include"].as_array().unwrap());
    let names: Vec<String> = names.map(|job| job["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, (0..300).map(|number| format!("s-{number:03}")).collect::<Vec<_>>());
    let warnings: Vec<_> =
        told.commands().into_iter().filter(|command| command.name == "warning").collect();
    assert_eq!(warnings.len(), 1, "{}", told.stdout);
    assert!(
        warnings[0].data.contains("The matrix has 300 jobs, more than the 256 of one matrix"),
        "{}",
        warnings[0].data
    );
    let told = asked(&it, &[("matrix-limit", "100")]);
    let chunks: Vec<Value> = serde_json::from_str(&told.outputs["matrix-chunks"]).unwrap();
    assert_eq!(chunks.len(), 3);
    let told = asked(&it, &[("matrix-overflow", "fail")]);
    check_no_answer(&told, "The matrix would have 300 jobs; 256 are allowed");
    assert!(only_error(&told).contains("matrix-overflow: chunk"));
    // Exactly as many as are allowed.
    let told =
        asked(&it, &[("matrix-overflow", "fail"), ("services", "services/s-{0,1,200,201}*")]);
    assert_eq!(told.exit, 0, "{}", told.stdout);
}

#[test]
fn the_matrix_may_be_one_of_filters() {
    let it = made();
    it.write("services/api/Dockerfile", "2").commit("two");
    let told =
        asked(&it, &[("matrix", "filters"), ("filters", "svc: 'services/**'\ndocs: 'docs/**'")]);
    assert_eq!(
        told.outputs["matrix"],
        r#"{"include":[{"name":"svc","path":"","kind":"filter","reason":"file"}]}"#
    );
    assert_eq!(told.outputs["services"], r#"["api"]"#);
}

#[test]
fn a_service_knows_why_it_is_affected() {
    let it = made();
    it.write("services/api/Dockerfile", "2")
        .write("libs/auth/x", "2")
        .write("toolchain", "1")
        .commit("two");
    let told = asked(&it, &[("service-depends", "web: libs/auth/**")]);
    let services = plan(&told)["services"].clone();
    // The files are libs/auth/x, services/api/Dockerfile, toolchain.
    assert_eq!(
        services[0],
        json!({"name": "api", "path": "services/api", "affected": true, "why": {"kind": "file", "file": 1}})
    );
    assert_eq!(
        services[1],
        json!({"name": "web", "path": "services/web", "affected": true,
            "why": {"kind": "depends", "file": 0, "pattern": "libs/auth/**"}})
    );
    assert_eq!(
        services[2],
        json!({"name": "worker", "path": "services/worker", "affected": false})
    );
}

#[test]
fn a_clone_without_contents_has_services() {
    let origin = made();
    origin.write("services/api/Dockerfile", "2").commit("two");
    let clone = origin.cloned(&["--filter=blob:none", "--no-checkout"]);
    drop(origin);
    check(&asked(&clone, &[]), &["api"], &[]);
}

#[test]
fn the_command_for_services_needs_no_pattern() {
    let it = made();
    it.write("services/api/Dockerfile", "2").commit("two");
    let told = local(&it, &["services", "--base", "HEAD~1", "--format", "args"]).run();
    assert_eq!((told.exit, told.stdout.as_str()), (0, "api\n"), "{}", told.stderr);
    let told = local(&it, &["services", "--base", "HEAD", "--format", "args"]).run();
    assert_eq!((told.exit, told.stdout.trim()), (0, ""), "{}", told.stderr);
}

#[test]
fn no_services_where_none_are_asked_for() {
    let it = Story::new();
    let told = look(&it.clone, pull_request(&it.d, &it.f)).run();
    assert_eq!(told.outputs["services-all"], "[]");
    let told = look(&it.clone, pull_request(&it.d, &it.f)).input("services", "none/*").run();
    assert_eq!((told.exit, told.outputs["services-all"].as_str()), (0, "[]"));
}

#[test]
fn links_are_read_where_contents_are_elsewhere() {
    let origin = made();
    origin.symlink("services/web/common", "../../libs/common").commit("links");
    origin.write("libs/common/x", "2").commit("two");
    let clone = origin.cloned(&["--filter=blob:none", "--no-checkout"]);
    check(&asked(&clone, &[]), &["web"], &[]);
    // What is not to be had is not nothing.
    check_no_answer(
        &asked(&clone, &[("fetch", "never")]),
        "Where the link `services/web/common` leads cannot be read",
    );
    // The disk has links too.
    let inputs = [("worktree", "true"), ("base", "HEAD")];
    origin.write("libs/common/new", "1");
    check(&asked(&origin, &inputs), &["web"], &[]);
}

/// What of a level is annotated.
fn remarks(told: &Told, level: &str) -> Vec<String> {
    let commands = told.commands().into_iter();
    commands.filter(|command| command.name == level).map(|command| command.data).collect()
}

#[test]
fn what_a_link_leads_to_affects_the_service() {
    let it = made();
    it.write("libs/common/deep/y", "1").symlink("libs/common/more", "../more/");
    it.write("libs/more/z", "1").write("libs/v2/x", "1").symlink("libs/current", "v2");
    it.symlink("services/api/common", "../../libs/common");
    it.symlink("services/web/one.txt", "../../libs/auth/x");
    it.symlink("services/worker/deep/current", "../../../libs/./current/x").commit("links");
    let mut turn = 1;
    let mut check_change = |path: &str, services: &[&str]| {
        turn += 1;
        it.write(path, turn.to_string()).commit("more");
        let told = asked(&it, &[]);
        check(&told, services, &[]);
        told
    };
    let told = check_change("libs/common/deep/y", &["api"]);
    let why = json!({"kind": "link", "file": 0, "link": {"path": "services/api/common"}});
    assert_eq!(plan(&told)["services"][0]["why"], why);
    let said = "`libs/common/deep/y` through the link `services/api/common`";
    assert!(told.summary.contains(said), "{}", told.summary);
    let matrix: Value = serde_json::from_str(&told.outputs["matrix"]).unwrap();
    assert_eq!(matrix["include"][0]["reason"], "link");
    check_change("libs/auth/x", &["web"]);
    check_change("libs/auth/y", &[]);
    // Through a link behind the link, and one on the way.
    check_change("libs/more/z", &["api"]);
    check_change("libs/v2/x", &["worker"]);
    check_change("libs/v2/y", &[]);
    it.remove("libs/current").symlink("libs/current", "auth").commit("another");
    check(&asked(&it, &[]), &["worker"], &[]);
    check_change("libs/auth/x", &["web", "worker"]);
    it.remove("libs/more").commit("gone");
    check(&asked(&it, &[]), &["api"], &[]);
    // What is ignored is so behind a link too.
    it.write("libs/auth/x", "0").commit("last");
    check(&asked(&it, &[("ignore", "libs/**")]), &[], &[]);
}

#[test]
fn a_package_behind_a_link_affects_the_service() {
    let it = made();
    it.remove("services/worker")
        .write("go.mod", "module m\n")
        .write("libs/common/c.go", "package c\nimport \"m/libs/auth\"\n");
    it.write("libs/auth/a.go", "package a\n");
    it.symlink("services/web/common", "../../libs/common").commit("links");
    it.write("libs/auth/a.go", "package a // 2\n").commit("two");
    check(&asked(&it, &[("graph", "go")]), &["web"], &[]);
}

#[test]
fn a_link_that_leads_nowhere_is_remarked_on() {
    let it = made();
    it.symlink("services/api/out", "../../../x").symlink("services/api/etc", "/etc/hosts");
    it.symlink("services/api/loop", "../web/loop").symlink("services/web/loop", "../api/loop");
    it.symlink("services/web/to-come", "dist/x").symlink("elsewhere", "/etc").commit("links");
    it.write("libs/auth/x", "2").commit("two");
    let told = asked(&it, &[("service-markers", "*"), ("services", "services/{api,web}")]);
    check(&told, &[], &[]);
    let notices = remarks(&told, "notice");
    let [notice] = notices.as_slice() else { panic!("{notices:?}") };
    for said in [
        "`services/api/out` leads out of the repository",
        "`services/api/etc` is absolute",
        "`services/api/loop` leads on without an end",
        "`services/web/loop` leads on without an end",
    ] {
        assert!(notice.contains(said), "{notice} should say {said}");
    }
    assert!(!notice.contains("to-come") && !notice.contains("elsewhere"), "{notice}");
    assert!(notice.contains("service-depends"), "{notice}");
}

#[test]
fn a_linked_folder_is_no_service_and_told() {
    let it = made();
    it.write("libs/svc/go.mod", "1").symlink("services/linked", "../libs/svc");
    // Neither a file, nor a folder that would be none, nor what is a service already.
    it.symlink("services/LICENSE", "../LICENSE").write("LICENSE", "1");
    it.symlink("services/common", "../libs/common").symlink("services/latest", "api");
    it.commit("links");
    let told = asked(&it, &[]);
    check(&told, &[], &[]);
    assert_eq!(told.outputs["services-all"], r#"["api","web","worker"]"#);
    let notices = remarks(&told, "notice");
    let about: Vec<_> = notices.iter().filter(|it| it.contains("services/linked")).collect();
    assert_eq!(about.len(), 1, "{notices:?}");
    assert!(about[0].contains("name `libs/svc` in `services`"), "{about:?}");
    for other in ["LICENSE", "services/common", "services/latest"] {
        assert!(!notices.concat().contains(other), "{notices:?}");
    }
    let told = asked(&it, &[("services", "services/*\nlibs/svc")]);
    assert_eq!(told.outputs["services-all"], r#"["api","svc","web","worker"]"#);
    assert!(!remarks(&told, "notice").concat().contains("services/linked"));
}

#[test]
fn a_submodule_is_a_service() {
    let it = made();
    let (one, two) = (it.id("HEAD"), "1".repeat(40));
    it.submodule("services/sub", &one).submodule("libs/sub", &one).commit_index("in");
    let told = asked(&it, &[]);
    check(&told, &["sub"], &[]);
    assert_eq!(told.outputs["services-all"], r#"["api","sub","web","worker"]"#);
    it.submodule("services/sub", &two).submodule("libs/sub", &two).commit_index("bump");
    check(&asked(&it, &[]), &["sub"], &[]);
    check(&asked(&it, &[("include-submodules", "false")]), &[], &[]);
    // What leads into a submodule changes with it.
    it.symlink("services/web/inner", "../../libs/sub/inner");
    it.git(&["add", "services/web/inner"]);
    it.commit_index("link");
    it.submodule("libs/sub", &one).commit_index("bump");
    check(&asked(&it, &[]), &["web"], &[]);
    it.git(&["rm", "-q", "--cached", "services/sub"]);
    it.commit_index("out");
    check(&asked(&it, &[]), &[], &["sub"]);
}

#[test]
fn links_cost_a_process_only_where_there_are_some() {
    let it = made();
    it.write("services/api/Dockerfile", "2").symlink("elsewhere", "libs").commit("two");
    let scratch = Scratch::new();
    let log = scratch.at("processes");
    let processes = |it: &Repository| {
        let path = it.variables().into_iter().find(|(name, _)| name == "PATH").unwrap().1;
        let path = path.into_string().unwrap();
        let script =
            format!("#!/bin/sh\necho x >> {}\nPATH='{path}' exec git \"$@\"\n", log.display());
        let fake = scratch.write("fake/git", script);
        scratch.write("processes", "");
        std::fs::set_permissions(&fake, std::fs::Permissions::from_mode(0o755)).unwrap();
        let fakes = format!("{}:{path}", scratch.at("fake").display());
        let event = push(MAIN, &it.id("HEAD~1"), &it.head());
        let told = look(it, event).input("services", "services/*").env("PATH", fakes).run();
        check(&told, &["api"], &[]);
        scratch.read_text(&log).lines().count()
    };
    assert_eq!(processes(&it), 4);
    it.write("services/api/Dockerfile", "3").symlink("services/web/x", "../../elsewhere/x");
    it.commit("three");
    it.write("services/api/Dockerfile", "4").commit("four");
    assert!(processes(&it) <= 5);
}
