//! What is said of whole folders of migrations.

use diagnostics::config::Config;
use proptest::prelude::*;

use super::*;

type Files<'a> = &'a [(&'a str, &'a str)];

fn files(files: Files<'_>) -> Vec<File<'_>> {
    files
        .iter()
        .map(|(path, text)| File { path: path.as_bytes(), bytes: text.as_bytes() })
        .collect()
}

fn decided(policy: &str, head: Files<'_>, base: Option<Files<'_>>) -> Outcome {
    let policy = Config::read("c.toml", policy.as_bytes(), Policy::read).unwrap();
    let (head, base) = (files(head), base.map(files));
    decide(&policy, &Facts { head: &head, base: base.as_deref() })
}

/// Each open reason as its rule, verdict, path and line.
#[track_caller]
fn check(policy: &str, head: Files<'_>, base: Option<Files<'_>>, wanted: &[&str]) {
    let outcome = decided(policy, head, base);
    let open = outcome.reasons.iter().filter(|reason| reason.state == State::Open);
    let shown: Vec<String> = open
        .map(|reason| {
            let place = reason.place.as_ref();
            let path =
                place.map_or(String::new(), |place| place.file.raw().to_str_lossy().into_owned());
            let line =
                place.and_then(|place| place.line).map_or(String::new(), |line| format!(":{line}"));
            let rule = reason.rule.raw().to_str_lossy();
            format!("{rule} {} {path}{line}", reason.verdict.name()).trim_end().to_owned()
        })
        .collect();
    assert_eq!(shown, wanted);
}

const UP: &str = "CREATE TABLE a (b int);\n";
const DOWN: &str = "DROP TABLE a;\n";

#[test]
fn a_migration_with_a_way_down_passes_in_every_style() {
    let both = "-- migrate:up\nCREATE TABLE a (b int);\n-- migrate:down\nDROP TABLE a;\n";
    let goose = "-- +goose Up\nCREATE TABLE a (b int);\n-- +goose Down\nDROP TABLE a;\n";
    let script = "exports.up = k => k.createTable('a');\nexports.down = k => k.dropTable('a');\n";
    for head in [
        &[("migrations/1_a.up.sql", UP), ("migrations/1_a.down.sql", DOWN)][..],
        &[
            ("x/migrations/2020-01-01-000000_a/up.sql", UP),
            ("x/migrations/2020-01-01-000000_a/down.sql", DOWN),
        ],
        &[
            ("migrations/V1__a.sql", UP),
            ("migrations/U1__a.sql", DOWN),
            ("migrations/R__v.sql", "x"),
        ],
        &[("db/migrations/1_a.sql", both)],
        &[("migrations/1_a.sql", goose)],
        &[("migrations/1-a.js", script)],
    ] {
        check("", head, Some(&[]), &[]);
        check("", head, Some(head), &[]);
    }
}

#[test]
fn a_way_down_that_is_missing_or_empty_fails() {
    let wanted = ["migration-irreversible fail migrations/1_a.up.sql"];
    check("", &[("migrations/1_a.up.sql", UP)], Some(&[]), &wanted);
    for down in ["", "-- later\n", "BEGIN;\nCOMMIT;\n"] {
        let head = [("migrations/1_a.up.sql", UP), ("migrations/1_a.down.sql", down)];
        check("", &head, Some(&[]), &wanted);
        check("reversible = false", &head, Some(&[]), &[]);
    }
    check(
        "",
        &[("migrations/1_a.sql", UP)],
        Some(&[]),
        &["migration-irreversible fail migrations/1_a.sql"],
    );
    check(
        "",
        &[("migrations/1_a.js", "exports.up = k => k.a()")],
        Some(&[]),
        &["migration-irreversible fail migrations/1_a.js"],
    );
    check(
        "mode = 'warn'",
        &[("migrations/1_a.sql", UP)],
        Some(&[]),
        &["migration-irreversible warn migrations/1_a.sql"],
    );
}

#[test]
fn a_migration_may_say_why_it_cannot_be_undone() {
    let head =
        [("migrations/1_a.sql", "-- irreversible: the mails are sent\nCREATE TABLE a (b int);")];
    check("", &head, Some(&[]), &["migration-irreversible warn migrations/1_a.sql"]);
    check(
        "irreversible = 'block'",
        &head,
        Some(&[]),
        &["migration-irreversible fail migrations/1_a.sql"],
    );
    check(
        "irreversible = 'allow'",
        &head,
        Some(&[]),
        &["migration-irreversible pass migrations/1_a.sql"],
    );
    let bare = [("migrations/1_a.sql", "-- irreversible:\nCREATE TABLE a (b int);")];
    check(
        "irreversible = 'allow'",
        &bare,
        Some(&[]),
        &["migration-irreversible fail migrations/1_a.sql"],
    );
}

#[test]
fn what_is_on_the_base_stays_as_it_is() {
    let base: Files<'_> = &[("migrations/1_a.up.sql", UP), ("migrations/1_a.down.sql", DOWN)];
    check("", base, Some(base), &[]);
    let changed = [("migrations/1_a.up.sql", "CREATE TABLE b (c int);"), base[1]];
    check("", &changed, Some(base), &["migration-changed fail migrations/1_a.up.sql"]);
    check("immutable = false", &changed, Some(base), &[]);
    let renamed = [("migrations/2_a.up.sql", UP), ("migrations/2_a.down.sql", DOWN)];
    check(
        "",
        &renamed,
        Some(base),
        &[
            "migration-changed fail migrations/1_a.down.sql",
            "migration-changed fail migrations/1_a.up.sql",
        ],
    );
    check(
        "",
        &[],
        Some(base),
        &[
            "migration-changed fail migrations/1_a.down.sql",
            "migration-changed fail migrations/1_a.up.sql",
        ],
    );
    let repeatable = ["a", "b"].map(|text| [("migrations/R__v.sql", text)]);
    check("", &repeatable[0], Some(&repeatable[1]), &[]);
}

#[test]
fn a_way_down_may_be_added_later() {
    let base = [("migrations/1_a.up.sql", UP)];
    check("", &base, Some(&base), &[]);
    check("", &[base[0], ("migrations/1_a.down.sql", DOWN)], Some(&base), &[]);
}

#[test]
fn versions_are_unique_and_increase() {
    let base = [("migrations/2_a.sql", UP)];
    let new = |path| [base[0], (path, UP)];
    check("reversible = false", &new("migrations/3_b.sql"), Some(&base), &[]);
    check(
        "reversible = false",
        &new("migrations/1_b.sql"),
        Some(&base),
        &["migration-order fail migrations/1_b.sql"],
    );
    check("reversible = false\nordered = false", &new("migrations/1_b.sql"), Some(&base), &[]);
    check(
        "reversible = false",
        &new("migrations/02_b.sql"),
        Some(&base),
        &["migration-version fail migrations/02_b.sql"],
    );
    check("reversible = false", &new("other/migrations/1_b.sql"), Some(&base), &[]);
}

#[test]
fn statements_that_lose_data_are_told_at_their_line() {
    let head = [
        ("migrations/1_a.up.sql", "-- one\nSELECT 1;\nDROP TABLE a;\n"),
        ("migrations/1_a.down.sql", UP),
    ];
    check("", &head, Some(&[]), &["drop-table warn migrations/1_a.up.sql:3"]);
    check("destructive = 'block'", &head, Some(&[]), &["drop-table fail migrations/1_a.up.sql:3"]);
    check("destructive = 'allow'", &head, Some(&[]), &[]);
    check("", &head, Some(&head), &[]);
    let both =
        [("migrations/1_a.sql", "-- migrate:up\n\nTRUNCATE a;\n-- migrate:down\nDROP TABLE a;")];
    check("", &both, Some(&[]), &["truncate warn migrations/1_a.sql:3"]);
    let index = [("migrations/1_a.sql", "CREATE INDEX i ON a (b);")];
    let policy = "reversible = false\nconcurrent-indexes = true";
    check(policy, &index, Some(&[]), &["index-blocks fail migrations/1_a.sql:1"]);
    let open = [("migrations/1_a.sql", "SELECT 'a")];
    check(
        "reversible = false",
        &open,
        Some(&[]),
        &["migration-unreadable fail migrations/1_a.sql"],
    );
}

#[test]
fn files_that_no_tool_runs_are_told() {
    let head = [("migrations/1_a.sql", UP), ("migrations/b.sql", UP), ("migrations/README.md", "")];
    check("reversible = false", &head, Some(&[]), &["migration-name fail migrations/b.sql"]);
    let down = [("migrations/1_a.down.sql", DOWN)];
    check("", &down, Some(&[]), &["migration-name fail migrations/1_a.down.sql"]);
    let mixed = [("migrations/1_a.sql", UP), ("migrations/V2__b.sql", UP)];
    check("reversible = false", &mixed, Some(&[]), &["migration-style fail migrations"]);
    check(
        "style = 'flyway'\nreversible = false",
        &mixed,
        Some(&[]),
        &["migration-name fail migrations/1_a.sql"],
    );
    check(
        "",
        &[("app/migrations/0001_initial.py", "")],
        Some(&[]),
        &["migration-style inconclusive app/migrations", "no-migrations pass"],
    );
}

#[test]
fn an_empty_migration_fails() {
    let head = [("migrations/1_a.sql", "-- later")];
    check("reversible = false", &head, Some(&[]), &["migration-empty fail migrations/1_a.sql"]);
}

#[test]
fn without_a_base_there_is_no_answer_about_changes() {
    let head = [("migrations/1_a.up.sql", UP), ("migrations/1_a.down.sql", DOWN)];
    check("", &head, None, &["no-base fail"]);
    check("mode = 'warn'", &head, None, &["no-base warn"]);
    check("needs-base = false", &head, None, &["no-base inconclusive"]);
    check("immutable = false", &head, None, &["no-base fail"]);
    check("ordered = false", &head, None, &["no-base fail"]);
    check("immutable = false\nordered = false", &head, None, &[]);
}

#[test]
fn no_migrations_are_an_error_where_they_were_named() {
    check("", &[("src/a.rs", "")], Some(&[]), &["no-migrations pass"]);
    check("paths = 'db/**'", &[("src/a.rs", "")], Some(&[]), &["no-migrations error"]);
    check(
        "paths = 'db/**'\nmode = 'report'",
        &[("db/a.md", "")],
        Some(&[]),
        &["no-migrations error"],
    );
}

proptest! {
    #[test]
    fn any_files_are_judged_and_the_same_twice(
        paths in prop::collection::vec("migrations/[0-9VUR]{1,2}(_|__)[ab](.up|.down|)(.sql|.js|.py)", 0..6),
        text in "[ -~\n]{0,40}",
    ) {
        let pairs: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), text.as_str())).collect();
        let (head, base) = pairs.split_at(pairs.len() / 2);
        prop_assert_eq!(decided("", head, Some(base)), decided("", head, Some(base)));
        prop_assert_eq!(decided("", &pairs, Some(&pairs)).reasons.iter().filter(|reason| reason.rule.raw() == b"migration-changed").count(), 0);
    }
}
