//! Packages below others, and more manifests than are looked at.

use repo_model::ChangeSet;

use super::{Options, PACKAGE_A, PACKAGE_B, check_packages, files, listed, names, read, tree};
use crate::workspaces::Sides;

#[test]
fn what_takes_a_package_from_around_it_is_a_package_wherever_it_lies() {
    let uses = |name: &str, way: &str| {
        format!("package.name = '{name}'\ndependencies.root.path = '{way}'")
    };
    let up = |name: &str| uses(name, "../..");
    let own = |text: String| format!("{text}\n[workspace]");
    let root = ("Cargo.toml", "package.name = 'root'\n[workspace]\nexclude = ['examples/e']");
    let check = |files: &[(&str, &str)], wanted: &[&str]| {
        let mut given = vec![root];
        given.extend(files);
        check_packages(&given, wanted);
    };
    check(&[("bindings/py/Cargo.toml", &own(up("py")))], &["py", "root@"]);
    check(&[("examples/e/Cargo.toml", &up("e"))], &["e", "root@"]);
    check(&[("tests/it/Cargo.toml", &own(up("it")))], &["it", "root@"]);
    // Cargo would refuse it.
    check(&[("tests/it/Cargo.toml", &up("it"))], &["root@"]);
    // A fixture.
    check(&[("tests/it/Cargo.toml", "package.name = 'it'\nworkspace = {}")], &["root@"]);
    check(
        &[
            ("tests/it/Cargo.toml", "workspace.members = ['a', 'b']"),
            ("tests/it/a/Cargo.toml", "package.name = 'a'\ndependencies.b.path = '../b'"),
            ("tests/it/b/Cargo.toml", PACKAGE_B),
        ],
        &["root@"],
    );
    check(
        &[
            ("tests/it/Cargo.toml", "workspace.members = ['a', 'b']"),
            ("tests/it/a/Cargo.toml", &uses("a", "../../..")),
            ("tests/it/b/Cargo.toml", PACKAGE_B),
        ],
        &["a", "b", "root@"],
    );
    // Through another one.
    check(
        &[("x/Cargo.toml", &own(uses("x", "../y/z"))), ("y/z/Cargo.toml", &own(up("z")))],
        &["root@", "x", "z"],
    );
    // Nobody else would see what changes there.
    check(&[("ci/tool/Cargo.toml", "package.name = 'tool'\nworkspace = {}")], &["root@", "tool"]);
    check(&[("template/Cargo.toml", "{{ name }}")], &["root@"]);
    let alone = ("Cargo.toml", "package.name = 'root'");
    check_packages(&[alone, ("examples/e/Cargo.toml", &up("e"))], &["e", "root@"]);
    let member = [
        ("Cargo.toml", "[workspace]\nmembers = ['a']"),
        ("a/Cargo.toml", PACKAGE_A),
        ("a/fuzz/Cargo.toml", "package.name = 'fuzz'\ndependencies.a.path = '..'\nworkspace = {}"),
    ];
    check_packages(&member, &["a", "fuzz"]);
}

#[test]
fn many_manifests_below_a_package_are_fixtures() {
    let root = ("Cargo.toml", "package.name = 'root'\n[workspace]\nexclude = ['examples']");
    let of = |name: &str| {
        format!("package.name = '{name}'\nworkspace = {{}}\ndependencies.root.path = '../..'")
    };
    let own: Vec<(String, String)> =
        (0..101).map(|at| (format!("x/p{at}/Cargo.toml"), of(&format!("p{at}")))).collect();
    let e = of("e");
    let mut given = files(&[root, ("examples/e/Cargo.toml", &e), ("x/p7/Cargo.lock", "")]);
    given.extend(own.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    assert_eq!(names(&listed(&tree(&given))), ["e", "p7", "root@"]);
    given.remove("x/p1/Cargo.toml");
    assert_eq!(names(&listed(&tree(&given))).len(), 102);
}

#[test]
fn many_patterns_of_members_end_in_a_problem() {
    let patterns: Vec<String> = (0..1010).map(|at| format!("'c/?{at}*'")).collect();
    let root = format!("workspace.members = [{}]", patterns.join(","));
    let manifests: Vec<(String, String)> = (0..1010)
        .map(|at| (format!("c/-{at}/Cargo.toml"), format!("package.name = 'p{at}'")))
        .collect();
    let mut given = files(&[("Cargo.toml", &root)]);
    given.extend(manifests.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let tree = tree(&given);
    let changes = ChangeSet::default();
    let sides = Sides { base: None, head: &tree, changes: &changes };
    let problem = read(&sides, &Options::default()).unwrap_err();
    assert_eq!(problem.place.unwrap().file.raw(), b"Cargo.toml");
}
