//! What filters find, what they refuse, and where.

use proptest::prelude::*;

use super::*;

/// `A path` is a file and what happened to it.
fn files(lines: &str) -> Vec<(String, Statuses)> {
    let status = |letter: &str| {
        let known = Statuses::WORDS.iter().find(|(_, of, _)| letter.starts_with(*of));
        let (_, letter, status) = known.unwrap();
        if *letter == 'T' { status.and(Statuses::MODIFIED) } else { *status }
    };
    let lines = lines.split(", ").filter_map(|line| line.split_once(' '));
    lines.map(|(letter, path)| (path.to_owned(), status(letter))).collect()
}

fn looked(files: &[(String, Statuses)]) -> Vec<Looked<'_>> {
    let mut all = Vec::new();
    for (path, statuses) in files {
        all.push(Looked { path: path.as_bytes(), statuses: *statuses });
    }
    all
}

#[track_caller]
fn check(yaml: &str, quantifier: Quantifier, lines: &str, wanted: &str) {
    let filters = Filters::read(yaml).unwrap();
    let files = files(lines);
    let found = filters.found(&looked(&files), quantifier);
    let shown: Vec<String> = found
        .iter()
        .map(|found| {
            let paths = found.files.iter().map(|at| files[*at as usize].0.as_str());
            format!("{}: {}", found.name, paths.collect::<Vec<_>>().join(" "))
        })
        .collect();
    assert_eq!(shown.join("; "), wanted, "{yaml}");
}

const SAFE: Quantifier = Quantifier::SomeWithExcludes;

#[test]
fn a_filter_is_a_pattern_a_list_or_lists() {
    let lines = "M src/a.js, M src/b/c.ts, M docs/x.md";
    check("src: 'src/**'", SAFE, lines, "src: src/a.js src/b/c.ts");
    check("a:\n  - '**/*.js'\n  - '**/*.md'\nb: none", SAFE, lines, "a: src/a.js docs/x.md; b: ");
    let anchors = "shared: &shared\n  - docs/**\nsrc:\n  - *shared\n  - '**/*.ts'\n";
    check(anchors, SAFE, lines, "shared: docs/x.md; src: src/b/c.ts docs/x.md");
    let nested = "a: [['src/*', ['docs/*']]]";
    check(nested, SAFE, lines, "a: src/a.js docs/x.md");
}

#[test]
fn a_pattern_may_ask_what_happened() {
    let lines = "A a, M b, D c, T d, R e";
    check("x:\n  - added: '*'", SAFE, lines, "x: a");
    check("x:\n  - added|modified: '*'", SAFE, lines, "x: a b d");
    check("x:\n  - ' Deleted | TYPE-changed ': ['*']", SAFE, lines, "x: c d");
    check("x:\n  added: a\n  deleted: ['b', 'c']", SAFE, lines, "x: a c");
    check("x:\n  - renamed: '*'\n  - copied: '*'", SAFE, lines, "x: a e");
    // js-yaml gives `modified: *list` a list.
    check("l: &l ['b', 'c']\nx:\n  - modified: *l", SAFE, lines, "l: b c; x: b");
}

#[test]
fn excludes_exclude() {
    let lines = "M src/a.js, M src/a.md, M docs/b.md, M x";
    let yaml = "f:\n  - 'src/**'\n  - '!**/*.md'";
    check(yaml, SAFE, lines, "f: src/a.js");
    check(yaml, Quantifier::Every, lines, "f: src/a.js");
    // As dorny says with its default: whatever is no Markdown matches too.
    check(yaml, Quantifier::Some, lines, "f: src/a.js src/a.md x");
    // The order does not matter, and an exclude is final.
    let turned = "f:\n  - '!**/*.md'\n  - 'src/**'\n  - '!!**/*.md'";
    check(turned, SAFE, lines, "f: src/a.js");
    check("f: '!docs/**'", SAFE, lines, "f: src/a.js src/a.md x");
    check("f:\n  - '!docs/**'\n  - '!src/**'", SAFE, lines, "f: x");
    check("f:\n  - added: 'src/**'\n  - '!**/*.md'", SAFE, lines, "f: ");
}

#[test]
fn every_asks_all_patterns_and_an_empty_list_never_matches() {
    let lines = "A src/a.js, M src/b.js, M x.js";
    let yaml = "f:\n  - 'src/**'\n  - modified: '**/*.js'";
    check(yaml, Quantifier::Every, lines, "f: src/b.js");
    for quantifier in [SAFE, Quantifier::Some, Quantifier::Every] {
        check("f: []\ng: [[], []]\nh:\n  - added: []", quantifier, lines, "f: ; g: ; h: ");
    }
}

#[track_caller]
fn check_wrong(yaml: &str, places: &[(u64, u64)]) {
    let mistakes = Filters::read(yaml).unwrap_err();
    let found: Vec<(u64, u64)> = mistakes.iter().map(|it| (it.at.line, it.at.column)).collect();
    assert_eq!(found, places, "{yaml}: {mistakes:?}");
}

#[test]
fn every_mistake_is_told_at_its_place() {
    check_wrong("text", &[(1, 1)]);
    check_wrong("", &[(1, 1)]);
    check_wrong("{}", &[(1, 1)]);
    check_wrong("a:\nb: ok", &[(1, 2)]);
    check_wrong("a: x\na: y", &[(2, 1)]);
    check_wrong("a:\n  - dict:\n      some: value", &[(2, 5), (3, 7)]);
    check_wrong("a:\n  - adedd: x\n  - modified: ~\n'': y", &[(2, 5), (3, 15), (4, 1)]);
    check_wrong("a:\n  - '': x", &[(2, 5)]);
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n\
        c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n\
        e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e]";
    assert_eq!(Filters::read(bomb).unwrap_err().len(), 1);
}

#[test]
fn a_word_that_is_nearly_right_is_guessed() {
    let mistakes = Filters::read("a:\n  - adedd: x").unwrap_err();
    let help = format!("{:?}", mistakes[0].help);
    assert!(help.contains("\"added\""), "{help}");
}

#[test]
fn what_is_odd_is_told() {
    let odd = |yaml: &str, quantifier, pairs| -> Vec<u64> {
        let odd = Filters::read(yaml).unwrap().oddities(quantifier, pairs);
        odd.iter().map(|mistake| mistake.at.line).collect()
    };
    let lines = "a: |\n  src/**\n  docs/**\nb: /src/**\nc: '!src/'\nd: 'x '\ne: 'src/**'\n";
    assert_eq!(odd(lines, SAFE, false), [2, 4, 5, 6]);
    let yaml = "a: []\nb:\n  - '!x'\nc:\n  - renamed: y\n";
    assert_eq!(odd(yaml, SAFE, false), [1, 5]);
    assert_eq!(odd(yaml, SAFE, true), [1]);
    assert_eq!(odd(yaml, Quantifier::Some, true), [1, 3]);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_with_places(yaml in "[-a: \\[\\]{}&*|!'\"\\n,x/]{0,50}") {
        match Filters::read(&yaml) {
            Ok(filters) => {
                let files = files("A a, M x/a, D b");
                for quantifier in [SAFE, Quantifier::Some, Quantifier::Every] {
                    let found = filters.found(&looked(&files), quantifier);
                    prop_assert_eq!(found.len(), filters.all().len());
                }
            }
            Err(mistakes) => prop_assert!(!mistakes.is_empty()),
        }
    }

    /// Whatever `every` finds, one pattern alone finds too.
    #[test]
    fn every_is_stricter_than_some(
        patterns in proptest::collection::vec("!?(\\*\\*|src|docs)/(\\*|a|\\*\\.md)", 1..4),
        paths in proptest::collection::vec("(src|docs|x)/(a|b)(\\.md)?", 1..6),
    ) {
        let quoted: Vec<String> = patterns.iter().map(|pattern| format!("  - '{pattern}'\n")).collect();
        let filters = Filters::read(&format!("f:\n{}", quoted.concat())).unwrap();
        let files: Vec<(String, Statuses)> =
            paths.into_iter().map(|path| (path, Statuses::MODIFIED)).collect();
        let find = |quantifier| filters.found(&looked(&files), quantifier).remove(0).files;
        let (every, some, safe) = (find(Quantifier::Every), find(Quantifier::Some), find(SAFE));
        prop_assert!(every.iter().all(|file| some.contains(file)));
        if patterns.iter().any(|pattern| !pattern.starts_with('!')) {
            prop_assert!(safe.iter().all(|file| some.contains(file)));
        }
    }
}
