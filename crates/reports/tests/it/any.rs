//! Every fixture is known by what it holds.

use std::fs;

use reports::{AnyFormat, Format, unpacked};
use testkit::test_data;

/// Reports without anything in them, which several tools write alike: their format has to be given.
const NOBODYS: [&str; 4] = [
    "gitleaks/no-leaks.json",
    "gitleaks/null-of-version-8.json",
    "tfsec/null.json",
    "trivy/looked-at-nothing.json",
];

#[test]
fn every_report_is_recognised_as_what_it_is() {
    let mut wrong = Vec::new();
    for format in AnyFormat::all() {
        // Maps from tests to times are no reports of how tests ended.
        if let AnyFormat::Tests(Format::CypressSplit | Format::PytestSplit | Format::Knapsack) =
            format
        {
            continue;
        }
        let Ok(files) = fs::read_dir(test_data(format.name())) else {
            wrong.push(format!("{} has no fixtures", format.name()));
            continue;
        };
        for file in files {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|it| it == "bad" || it == "md") {
                continue;
            }
            let bytes = fs::read(&path).unwrap();
            let found = unpacked(&bytes, 1 << 30).and_then(|bytes| AnyFormat::recognised(&bytes));
            let is_nobodys = NOBODYS.iter().any(|file| path.ends_with(file));
            if is_nobodys != found.is_err() || (!is_nobodys && found != Ok(format)) {
                wrong.push(format!("{}: {found:?}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
