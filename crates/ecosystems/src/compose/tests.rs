//! What is read of Compose files.

use proptest::prelude::*;

use super::*;

fn project(files: &[(&str, &str)], first: &[&str]) -> Project {
    let first: Vec<String> = first.iter().map(|it| (*it).to_owned()).collect();
    read(&first, &mut |path| {
        let found = files.iter().find(|(name, _)| *name == path);
        found.map_or(Fetched::Missing, |(_, text)| Fetched::File(text.as_bytes().to_vec()))
    })
}

fn only(text: &str) -> Project {
    project(&[("c.yml", text)], &["c.yml"])
}

fn words(set: &BTreeSet<String>) -> Vec<&str> {
    set.iter().map(String::as_str).collect()
}

#[test]
fn a_service_says_what_it_is() {
    let found = only(
        "services:\n  api:\n    image: ${REG:-ghcr.io}/o/api:${TAG}\n    profiles: [debug]\n    ports: ['127.0.0.1:8080:80/tcp', 443, '3000-3001:4000-4001', {target: 9000, published: 1}]\n    expose: ['7000']\n    environment: {A: 1, B: null}\n    env_file: .env\n    volumes: ['data:/var/lib', '/cache', {type: bind, source: ., target: /src}, './c:/etc/c:ro']\n  worker:\n    environment: [A=1, B]\n",
    );
    let api = &found.services["api"];
    assert_eq!((api.file.as_str(), api.at), ("c.yml", At { line: 2, column: 3 }));
    assert_eq!(api.image.as_deref(), Some("ghcr.io/o/api:"));
    assert_eq!(words(&api.profiles), ["debug"]);
    assert_eq!(words(&api.ports), ["4000", "4001", "443", "7000", "80", "9000"]);
    assert_eq!((words(&api.variables), api.has_more_variables), (vec!["A", "B"], true));
    assert_eq!(words(&api.mounts), ["/cache", "/etc/c", "/src", "/var/lib"]);
    let worker = &found.services["worker"];
    assert_eq!((words(&worker.variables), worker.has_more_variables), (vec!["A", "B"], false));
    assert_eq!(found.faults, []);
}

#[test]
fn later_files_add_and_win() {
    let one = "services:\n  a: {image: x:1, ports: ['80'], environment: [A]}\n";
    let two = "services:\n  a: {image: x:2, ports: ['81'], environment: {B: 1}}\n  b: {image: y}\n";
    let found = project(&[("1.yml", one), ("2.yml", two)], &["1.yml", "2.yml"]);
    let a = &found.services["a"];
    assert_eq!((a.image.as_deref(), a.file.as_str()), (Some("x:2"), "1.yml"));
    assert_eq!((words(&a.ports), words(&a.variables)), (vec!["80", "81"], vec!["A", "B"]));
    assert_eq!(found.services["b"].file, "2.yml");
}

#[test]
fn services_extend_others_here_and_elsewhere() {
    let common =
        "services:\n  base: {image: b:1, environment: [X]}\n  mid: {extends: base, ports: ['1']}\n";
    let main = "services:\n  a:\n    extends: {file: ../common/c.yml, service: mid}\n    ports: ['2']\n  b:\n    extends: {service: a}\n    image: own\n";
    let found = project(&[("app/c.yml", main), ("common/c.yml", common)], &["app/c.yml"]);
    assert_eq!(found.faults, []);
    let a = &found.services["a"];
    assert_eq!(
        (a.image.as_deref(), words(&a.ports), words(&a.variables)),
        (Some("b:1"), vec!["1", "2"], vec!["X"])
    );
    assert_eq!(found.services["b"].image.as_deref(), Some("own"));
    assert_eq!(found.services.len(), 2);
}

#[test]
fn files_include_others() {
    let main = "include:\n  - infra/c.yml\n  - path: [x.yml, y.yml]\nservices: {a: {image: a}}\n";
    let infra = "include: [../more.yml]\nservices: {db: {image: d}}\n";
    let one = |name: &str| format!("services: {{{name}: {{image: i}}}}\n");
    let files = [
        ("c.yml", main),
        ("infra/c.yml", infra),
        ("x.yml", &one("x")),
        ("y.yml", &one("y")),
        ("more.yml", &one("m")),
    ];
    let found = project(&files, &["c.yml"]);
    assert_eq!(found.services.keys().collect::<Vec<_>>(), ["a", "db", "m", "x", "y"]);
    assert_eq!(found.faults, []);
}

#[test]
fn what_is_not_known_is_a_fault() {
    let fault = |files: &[(&str, &str)]| -> Vec<(String, u64)> {
        let found = project(files, &["c.yml"]);
        found.faults.into_iter().map(|it| (it.file, it.at.line)).collect()
    };
    let one = |line| vec![("c.yml".to_owned(), line)];
    assert_eq!(fault(&[]), one(1));
    assert_eq!(fault(&[("c.yml", "a: 1\n")]), one(1));
    assert_eq!(fault(&[("c.yml", "services:\n  a: {}\n  a: {}\n")]), one(3));
    assert_eq!(fault(&[("c.yml", "include:\n  - gone.yml\n")]), one(2));
    assert_eq!(fault(&[("c.yml", "include:\n  - oci://x/y\n")]), one(2));
    assert_eq!(fault(&[("c.yml", "include:\n  - ../up.yml\n")]), one(2));
    assert_eq!(fault(&[("c.yml", "include:\n  - /etc/passwd\n")]), one(2));
    assert_eq!(fault(&[("c.yml", "services:\n  a: {extends: b}\n")]), one(2));
    assert_eq!(fault(&[("c.yml", "services:\n  a: {extends: a}\n")]), one(2));
    // Files may include each other.
    assert_eq!(fault(&[("c.yml", "include: [d.yml]\n"), ("d.yml", "include: [c.yml]\n")]), []);
    assert_eq!(fault(&[("c.yml", "")]), []);
}

/// `count` services that extend one of `variables` variables, each on a line of its own from the second on.
fn extending(count: usize, variables: usize) -> Project {
    let services = (0..count)
        .map(|it| format!("  s{it}: {{extends: base, environment: [OWN]}}\n"))
        .collect::<Vec<_>>();
    let names = (0..variables).map(|it| format!("      V{it}: 1\n")).collect::<Vec<_>>();
    let base = "  base:\n    environment:\n";
    only(&["services:\n", &services.concat(), base, &names.concat()].concat())
}

#[test]
fn what_services_take_over_has_an_end() {
    let usual = extending(200, 200);
    assert_eq!(usual.faults, []);
    assert!(usual.services.values().all(|it| it.variables.len() >= 200));
    let many = extending(9_999, 20_000);
    let [fault] = many.faults.as_slice() else { panic!("not once: {}", many.faults.len()) };
    // In the order of their names, some are whole; the next one is where it ends.
    let whole: Vec<_> = many.services.iter().filter(|(_, it)| it.variables.len() > 1).collect();
    assert!((5..100).contains(&whole.len()), "{}", whole.len());
    let next = many.services.iter().find(|(_, it)| it.variables.len() == 1).unwrap().1;
    assert_eq!((fault.file.as_str(), fault.at.line), ("c.yml", next.at.line));
    let kept: usize = many.services.values().map(|it| it.variables.len()).sum();
    assert!(kept < 400_000, "{kept}");
    assert_eq!(many.services.len(), 10_000);
    // Few names that are long are as many.
    let long = format!("services:\n  base: {{image: {}}}\n", "x".repeat(1 << 20));
    let others = (0..1000).map(|it| format!("  s{it}: {{extends: base}}\n"));
    let found = only(&[long, others.collect()].concat());
    assert_eq!(found.faults.len(), 1);
    let kept: usize =
        found.services.values().filter_map(|it| it.image.as_ref()).map(String::len).sum();
    assert!(kept < 32 << 20, "{kept}");
}

#[test]
fn ranges_of_ports_have_an_end() {
    let ranges: Vec<String> =
        (0..200).map(|it| format!("{0}-{1},", it * 100, it * 100 + 99)).collect();
    let ranges = ranges.concat();
    let file = |from: usize, count: usize| -> String {
        let services = (from..from + count).map(|it| format!("  s{it}: {{ports: [{ranges}]}}\n"));
        ["services:\n".to_owned(), services.collect()].concat()
    };
    let found = only(&file(0, 40));
    assert_eq!((found.faults.len(), found.services["s39"].ports.len()), (0, 20_000));
    let told = |files: &[(&str, &str)], first: &[&str]| -> Vec<(String, u64)> {
        let found = project(files, first);
        found.faults.into_iter().map(|it| (it.file, it.at.line)).collect()
    };
    let many = told(&[("c.yml", &file(0, 60))], &["c.yml"]);
    assert!(matches!(many.as_slice(), [(_, 40..61)]), "{many:?}");
    let files = [("a.yml", &*file(0, 40)), ("b.yml", &*file(40, 20))];
    let many = told(&files, &["a.yml", "b.yml"]);
    assert!(matches!(many.as_slice(), [(name, 2..21)] if name == "b.yml"), "{many:?}");
}

#[test]
fn faults_have_an_end() {
    let lines: Vec<String> = (0..9_000).map(|it| format!("  s{it}: {{extends: gone}}\n")).collect();
    assert_eq!(only(&["services:\n", &lines.concat()].concat()).faults.len(), 1000);
}

#[test]
fn variables_have_their_defaults() {
    assert_eq!(service::with_defaults("a$$b${X}c${Y:-d}e${Z-f}$G.h${"), "a$bcdef.h");
    assert_eq!(repository("ghcr.io:5000/o/api:v1@sha256:0"), "api");
    assert_eq!(repository("api"), "api");
}

proptest! {
    #[test]
    fn any_files_are_read(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "services:\n", "  a:\n", "    extends: b\n", "  b:\n", "    extends: {file: c.yml, service: a}\n", "include: [c.yml, d.yml]\n",
            "    ports: ['1-9:${A:-3-4}']\n", "    volumes: [':']\n", "    environment: [=]\n", "---\n", "[", "    image: '${'\n",
        ]), 0..12),
    ) {
        let text = pieces.concat();
        let _ = project(&[("c.yml", &text), ("d.yml", "services: {a: {extends: {file: c.yml, service: a}}}\n")], &["c.yml"]);
    }
}
