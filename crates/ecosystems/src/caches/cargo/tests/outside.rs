//! Configurations outside of the repository, and what stands in for other packages.

use super::*;

/// How often something is told, and the names of the ingredients.
fn told(told: &Told, files: &[(&str, &str)], words: &str) -> (usize, Vec<String>) {
    let found = told.read(&tree(files)).unwrap();
    let problems = found.problems.iter().map(|it| format!("{it:?}"));
    (problems.filter(|it| it.contains(words)).count(), names(&found))
}

#[test]
fn what_stands_in_for_others_by_a_configuration_outside_counts() {
    let app = "[package]\nname = 'app'\nversion = '0.1.0'\n[dependencies]\nitoa = '1'\n";
    let itoa = package("itoa");
    let files =
        [("app/Cargo.toml", app), ("app/Cargo.lock", "version = 4\n"), ("pat/Cargo.toml", itoa.as_str()), ("pat/src/lib.rs", "")];
    let check = |config: &str, counts: bool, unseen: usize| {
        let at_home = Told::default().at_home(&[("config.toml", config)]);
        let (told, names) = told(&at_home, &files, "is taken by path");
        let has = names.contains(&"sources of pat".to_owned());
        assert_eq!((has, told), (counts, unseen), "{config}: {names:?}");
    };
    // From the folder around cargo's home, as cargo 1.95 takes it.
    check("[patch.crates-io]\nitoa = { path = 'work/pat' }", true, 0);
    check("[patch.crates-io]\nitoa = { path = '/home/me/work/pat' }", true, 0);
    check("paths = ['work/pat']", true, 0);
    check("[patch.crates-io]\nitoa = { path = 'pat' }", false, 1);
    check("paths = ['/opt/pat', 'work/none']", false, 2);
    check("[patch.crates-io]\nitoa = '1'", false, 0);
}

#[test]
fn what_stands_in_for_others_and_lies_outside_is_told() {
    let check = |manifest: &str, config: &str, wanted: usize| {
        let manifest = package("a") + manifest;
        let files = [("Cargo.toml", manifest.as_str()), (".cargo/config.toml", config)];
        assert_eq!(told(&Told::default(), &files, "is taken by path").0, wanted, "{manifest} {config}");
    };
    check("[patch.crates-io]\no.path = '../o'\n", "", 1);
    check("", "[patch.crates-io]\no.path = '../o'\n", 1);
    check("", "paths = ['/opt/o']\n", 1);
    check("", "[patch.crates-io]\no.git = 'https://h/o'\n", 0);
}

#[test]
fn what_a_configuration_outside_includes_counts() {
    let a = package("a");
    let files = [("Cargo.toml", a.as_str())];
    let read = |beside: &[(&str, &str)]| Told::default().at_home(beside).read(&tree(&files));
    let include = "include = ['more.toml', { path = 'none.toml', optional = true }]";
    let name = "cargo's configuration outside of the repository";
    let flags = "build.rustflags = ['-Ca']";
    let found = read(&[("config.toml", include), ("more.toml", flags)]).unwrap();
    assert_eq!(facts(&found, name), facts(&read(&[("config.toml", flags)]).unwrap(), name));
    assert!(facts(&found, name).contains_key("build.rustflags"));
    let problems = read(&[("config.toml", include)]).unwrap_err();
    assert!(format!("{problems:?}").contains("which is not there"), "{problems:?}");
    // Of two in one folder the first counts, and what the other includes does not.
    let mut both = Told::default().at_home(&[("config.toml", include), ("more.toml", flags)]);
    let first = BeyondFile {
        wanted: Beyond { path: "config", ..both.beyond[0].wanted.clone() },
        at: b"/home/me/.cargo/config".to_vec(),
        by: None,
        shown: "~/.cargo/config".into(),
        bytes: Vec::new(),
    };
    both.beyond.push(first);
    assert!(!names(&both.read(&tree(&files)).unwrap()).contains(&name.to_owned()));
}

#[test]
fn included_files_are_named_from_the_file_that_includes_them() {
    let told = Told::default().at_home(&[("config.toml", "include = ['../x/./a.toml', '/b.toml']")]);
    let both = |at: &str, shown: &str| (at.as_bytes().to_vec(), shown.as_bytes().to_vec());
    let wanted = [both("/home/me/x/a.toml", "~/.cargo/../x/./a.toml"), both("/b.toml", "/b.toml")];
    assert_eq!(includes(&told.beyond[0]), wanted);
}
