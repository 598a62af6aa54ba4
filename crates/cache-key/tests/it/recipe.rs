//! What a person adds, and what is told of it.

use testkit::{Repository, Tool};

fn repository() -> Repository {
    let repository = Repository::new();
    repository.write("proto/a.proto", "message A {}\n");
    repository.write("Dockerfile", "FROM scratch\nCOPY . .\n");
    repository.commit("first");
    repository
}

fn compute(repository: &Repository) -> Tool {
    let tool = Tool::new(env!("CARGO_BIN_EXE_cache-key")).in_actions().at(repository.path());
    let tool = tool.env("GITHUB_WORKSPACE", repository.path());
    tool.env("HOME", repository.scratch().at("home")).env("PATH", "/usr/bin:/bin").arg("compute")
}

#[test]
fn folders_of_a_person_are_kept_and_fit_the_very_key_alone() {
    let repository = repository();
    let told = compute(&repository)
        .args([
            "--paths",
            "~/.cache/protoc\nout/gen -> workspace any",
            "--recipe",
            "files: proto/**",
        ])
        .run();
    assert_eq!(told.exit, 0, "{}", told.stderr);
    assert!(told.outputs["key"].contains("/recipe/registry+deps/"), "{}", told.outputs["key"]);
    assert!(told.outputs["paths"].lines().any(|path| path == "~/.cache/protoc"));
    assert!(!told.outputs["paths"].contains("out/gen"), "its layer is not kept");
    assert_eq!(told.outputs["restore-keys"], "");
    let told = compute(&repository)
        .args(["--paths", "~/.cache/protoc -> same-system", "--recipe", "files: proto/**"])
        .run();
    assert_eq!(told.outputs["restore-keys"].lines().count(), 2);
}

#[test]
fn paths_begin_where_the_runner_starts() {
    let repository = repository();
    let paths = |workspace: &std::path::Path| {
        let tool = compute(&repository).env("GITHUB_WORKSPACE", workspace);
        let told = tool.args(["--paths", "x", "--recipe", "value: a=1"]).run();
        told.outputs["paths"].lines().find(|path| !path.starts_with('~')).unwrap().to_owned()
    };
    let root = repository.path().canonicalize().unwrap();
    let name = root.file_name().unwrap().to_str().unwrap();
    assert_eq!(paths(&root), "x");
    assert_eq!(paths(root.parent().unwrap()), format!("{name}/x"));
    // actions/checkout refuses it, and a step of a person's own does not.
    let elsewhere = testkit::Scratch::new();
    assert_eq!(paths(elsewhere.path()), format!("{}/x", root.display()));
}

#[test]
fn folders_of_a_person_are_kept_alone_where_nothing_else_is_wanted() {
    let repository = repository();
    repository.write("Cargo.toml", "[package]\nname = \"a\"\n");
    let told = compute(&repository)
        .args(["--ecosystems", "none", "--paths", "x", "--recipe", "value: a=1"])
        .run();
    assert_eq!(told.exit, 0, "{}", told.stdout);
    assert_eq!(told.outputs["paths"].lines().filter(|path| !path.starts_with('~')).count(), 1);
    let told = compute(&repository).args(["--ecosystems", "none"]).run();
    assert_eq!(told.exit, 2);
    assert!(told.stdout.contains("there is nothing to keep"), "{}", told.stdout);
}

#[test]
fn all_lines_that_are_none_are_told_at_once() {
    let repository = repository();
    let told = compute(&repository)
        .args(["--paths", "x -> dep", "--recipe", "file: a\ncommand: a | b\nfiles: gone/**"])
        .run();
    assert_eq!(told.exit, 2);
    for words in ["x -> dep", "file: a", "command: a | b", "gone/**"] {
        assert!(
            told.stderr.contains(words) || told.stdout.contains(words),
            "{words}: {}{}",
            told.stdout,
            told.stderr
        );
    }
}

#[test]
fn a_pattern_may_match_nothing_where_somebody_says_so() {
    let repository = repository();
    let tool =
        || compute(&repository).args(["--paths", "x", "--recipe", "files: gone/**\nvalue: a=1"]);
    assert_eq!(tool().run().exit, 2);
    assert_eq!(tool().args(["--allow-empty", "true"]).run().exit, 0);
}

#[test]
#[cfg(unix)]
fn a_link_to_a_folder_is_not_taken_for_what_is_in_it() {
    let repository = repository();
    std::os::unix::fs::symlink("proto", repository.path().join("linked")).unwrap();
    repository.commit("second");
    let compute = |pattern: &str| {
        compute(&repository).args(["--paths", "x", "--recipe", &format!("files: {pattern}")]).run()
    };
    for named in ["linked/**", "linked"] {
        let told = compute(named);
        assert_eq!(told.exit, 2, "{named}");
        assert!(told.stdout.contains("name the folder that it leads to"), "{}", told.stdout);
    }
    assert_eq!(compute("**").exit, 0);
}

#[test]
fn a_file_that_git_does_not_know_counts_where_its_path_is_written_out() {
    let repository = repository();
    let key = || {
        let told =
            compute(&repository).args(["--paths", "x", "--recipe", "files: gen/version.txt"]).run();
        assert_eq!(told.exit, 0, "{}", told.stderr);
        told.outputs["key"].clone()
    };
    repository.write(".gitignore", "gen\n");
    repository.write("gen/version.txt", "1\n");
    let first = key();
    repository.write("gen/version.txt", "1\r\n");
    assert_eq!(first, key());
    repository.write("gen/version.txt", "2\n");
    assert_ne!(first, key());
}

#[test]
fn a_command_that_fails_is_no_answer() {
    let repository = repository();
    let told = compute(&repository)
        .args([
            "--paths",
            "x",
            "--recipe",
            "command: [\"sh\", \"-c\", \"echo no such thing >&2; exit 3\"]",
        ])
        .run();
    assert_eq!(told.exit, 2);
    assert!(told.stderr.contains("no such thing") || told.stdout.contains("no such thing"));
}

#[test]
fn the_configuration_tells_all_its_mistakes_with_their_places() {
    let repository = repository();
    repository.write(
        ".github/signalbox.toml",
        "[cache-key]\nlayers = ['dep']\nrecipe = ['file: a', 'command: a']\npath = 'x'\nworkspaces = 'api'\n",
    );
    let told = compute(&repository).args(["--paths", "x"]).run();
    assert_eq!(told.exit, 2);
    let all = told.stdout + &told.stderr;
    for line in [2, 3, 4] {
        assert!(
            all.contains(&format!("line={line}"))
                || all.contains(&format!("signalbox.toml:{line}")),
            "{line}: {all}"
        );
    }
}

#[test]
fn inputs_stand_in_place_of_the_configuration() {
    let repository = repository();
    repository.write(
        ".github/signalbox.toml",
        "[cache-key]\nlayers = ['registry']\npaths = ['y -> registry']\nrecipe = ['value: a=1']\n",
    );
    let told = compute(&repository).run();
    assert!(told.outputs["key"].contains("/registry/"), "{} {}", told.stderr, told.outputs["key"]);
    let told = compute(&repository).args(["--layers", "registry,workspace", "--paths", "x"]).run();
    assert!(told.outputs["key"].contains("/registry+workspace/"), "{}", told.outputs["key"]);
    assert!(told.outputs["paths"].lines().any(|it| it == "x"));
    assert!(told.outputs["paths"].lines().any(|it| it == "y"));
}

#[test]
fn images_have_names_instead_of_folders() {
    let repository = repository();
    let tool = || compute(&repository).args(["--ecosystems", "docker", "--shared-key", "api"]);
    let told = tool().run();
    assert_eq!(told.exit, 0, "{}", told.stderr);
    assert_eq!((told.outputs["paths"].as_str(), told.outputs["restore"].as_str()), ("", "false"));
    let from: Vec<&str> = told.outputs["docker-cache-from"].lines().collect();
    let to: Vec<&str> = told.outputs["docker-cache-to"].lines().collect();
    let [exact, general] = from.as_slice() else { panic!("{from:?}") };
    assert!(
        exact.starts_with(&format!("{general}-")) && exact.starts_with("type=gha,scope=signalbox-")
    );
    assert_eq!(to, [format!("{exact},mode=max"), format!("{general},mode=max")]);
    let name = exact.rsplit('=').next().unwrap();
    let is_of_tag = |it: char| it.is_ascii_alphanumeric() || ".-_".contains(it);
    assert!(name.len() <= 128 && name.chars().all(is_of_tag), "{name}");
    repository.write("Dockerfile", "FROM scratch\nCOPY a .\n");
    let other = tool().run();
    let [another, same] =
        *other.outputs["docker-cache-from"].lines().collect::<Vec<_>>().as_slice()
    else {
        panic!("two names")
    };
    assert_ne!(another, *exact);
    assert_eq!(same, *general);
    let told = tool()
        .args(["--docker-cache", "type=registry,ref=ghcr.io/me/app:{scope}", "--save-if", "false"])
        .run();
    assert!(
        told.outputs["docker-cache-from"]
            .starts_with("type=registry,ref=ghcr.io/me/app:signalbox-")
    );
    assert_eq!(told.outputs["docker-cache-to"], "");
}

#[test]
fn images_share_no_key_with_folders() {
    let repository = repository();
    repository.write("go.mod", "module m\n");
    repository.commit("second");
    let told = compute(&repository).args(["--ecosystems", "docker,go"]).run();
    assert_eq!(told.exit, 2);
    let told = compute(&repository).run();
    assert!(told.outputs["key"].contains("/go/"), "{}", told.outputs["key"]);
    assert_eq!(told.outputs["docker-cache-from"], "");
}
