//! The configuration: every key, every mistake at its place.

use verdict::Policy;

use crate::place::Place;

/// Every key of every gate, each with a value that is allowed.
const EVERY_KEY: &str = include_str!("every-key.toml");

#[track_caller]
fn problems(text: &str) -> Vec<(u64, String)> {
    let Err(problems) = Policy::read("c.toml", text.as_bytes()) else { return Vec::new() };
    let told = problems.iter().map(|problem| {
        let line = problem.place.as_ref().and_then(|place| place.line).unwrap();
        (line, format!("{problem:?}"))
    });
    told.collect()
}

#[test]
fn every_key_is_known() {
    let found = problems(EVERY_KEY);
    let lines: Vec<u64> = found.iter().map(|(line, _)| *line).collect();
    assert!(lines.is_empty(), "{lines:?} {}", found.first().map_or("", |(_, said)| said));
}

/// The file with one of its lines changed.
fn changed(number: usize, line: &str) -> String {
    let lines = EVERY_KEY.lines().enumerate();
    lines.map(|(at, it)| if at == number { line } else { it }).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_wrong_value_of_every_key_is_told_at_its_line() {
    let mut silent = Vec::new();
    for (number, line) in EVERY_KEY.lines().enumerate() {
        let Some((key, _)) = line.split_once(" = ") else { continue };
        for value in ["{ odd = 1 }", "[[1]]", "'\u{202e}'", "-1"] {
            // Names, and patterns for them, may be any text.
            let is_text = value.starts_with('\'') && line.contains('"');
            let is_told = |(at, _): &(u64, String)| usize::try_from(*at).unwrap() == number + 1;
            let found = problems(&changed(number, &format!("{key} = {value}")));
            if !is_text && !found.iter().any(is_told) {
                silent.push(format!("{}: {key} = {value}", number + 1));
            }
        }
    }
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

#[test]
fn every_key_that_is_misspelt_is_told_with_the_one_that_is_meant() {
    let mut silent = Vec::new();
    for (number, line) in EVERY_KEY.lines().enumerate() {
        let Some((key, value)) = line.split_once(" = ") else { continue };
        let found = problems(&changed(number, &format!("{key}x = {value}")));
        let is_told = |(at, said): &(u64, String)| {
            usize::try_from(*at).unwrap() == number + 1 && said.contains(key)
        };
        if !found.iter().any(is_told) {
            silent.push(format!("{}: {key}", number + 1));
        }
    }
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

#[test]
fn a_table_that_is_misspelt_is_told() {
    for (number, line) in EVERY_KEY.lines().enumerate() {
        let Some(table) = line.trim_matches(['[', ']']).strip_prefix("gate.") else { continue };
        let wrong = line.replace(table, &format!("{table}x"));
        let found = problems(&changed(number, &wrong));
        let is_told = found.iter().any(|(at, _)| usize::try_from(*at).unwrap() == number + 1);
        assert!(is_told, "{wrong}");
    }
}

#[test]
fn all_mistakes_are_told_at_once_with_their_places_and_what_was_meant() {
    let policy = "[gate]\nmode = 'wran'\n\n[gate.coverage]\nmin = 101\nmetrik = 'line'\n\n[gate.securty]\n\n[[gate.waiver]]\ngate = 'security'\nrule = 'X'\nowner = ''\nexpires = 2027-02-30\n";
    let told = Place::with(policy).run("coverage", "", &[]);
    assert_eq!(told.exit, 2);
    assert_eq!(told.outputs["passed"], "");
    for command in told.commands().iter().filter(|it| it.name == "error") {
        assert_eq!(command.properties["file"], ".github/signalbox.toml");
    }
    let lines: Vec<&str> = told.stdout.lines().filter(|line| line.starts_with("::error")).collect();
    let all = lines.join("\n");
    for word in ["line=2", "line=5", "line=6", "line=8", "metric", "security", "warn"] {
        assert!(all.contains(word), "{word}: {all}");
    }
}

#[test]
fn a_configuration_that_another_folder_passes_over_is_told() {
    let report = "<testsuites><testsuite name='s'><testcase classname='c' name='a'/></testsuite></testsuites>";
    let place = Place::with("[gate.tests]\nmin-tests = 9\n").file("web/j.xml", report);
    let run = |more: &[(&str, &str)]| {
        let told = place.run("tests", "j.xml", &[&[("working-directory", "web")], more].concat());
        (told.exit, told.stdout.contains("`config`"))
    };
    assert_eq!(run(&[]), (0, true));
    assert_eq!(run(&[("config", "../.github/signalbox.toml")]), (1, false));
    place.repository.write("web/.github/signalbox.toml", "");
    assert_eq!(run(&[]), (0, false));
}
