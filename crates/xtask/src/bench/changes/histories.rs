//! How long a push takes: few and many changed files in a long history, and very many in a short one.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;

use super::dorny::Dorny;
use super::import::{Import, cloned};
use super::job::{Push, outputs};
use super::place::{Place, names, said};
use super::turns::{Row, table};
use crate::bench::measure::peak_kilobytes;
use crate::bench::verdict::Verdict;

/// Files and commits of the usual repository.
const FILES: u64 = 1_500;
const COMMITS: u64 = 10_000;
/// Its last files are in another folder before this commit.
const MOVED_FROM: u64 = 1_300;
const MOVED_AT: u64 = 8_000;
/// How far back all files have changed: 1 300 in place, and 200 that moved count twice.
const FAR: &str = "HEAD~5000";
const FAR_FILES: usize = 1_700;
/// How many gits a push may start.
const MOST_GITS: usize = 4;

/// How many files the huge change has, how many filters look at them, and the most memory for it.
const HUGE_FILES: u64 = 100_000;
const HUGE_FILTERS: u64 = 50;
const MOST_KILOBYTES: u64 = 150_000;

/// Filters as people write them: folders, endings, negations, predicates and lists.
const FILTERS: &[(&str, &str)] = &[
    ("all", "'**'"),
    ("rust", "['**/*.rs', '**/Cargo.toml', Cargo.lock]"),
    ("docs", "['docs/**', '**/*.md']"),
    ("ci", "['.github/**', 'scripts/**']"),
    ("network", "crates/network/**"),
    ("storage", "crates/storage/**"),
    ("engine", "['crates/engine/**', 'crates/chain/**']"),
    ("rpc", "crates/rpc/**/src/**"),
    ("node", "crates/node/*/src/*.rs"),
    ("cli", "crates/cli/**"),
    ("trie", "'crates/trie/{common,db,sparse}/**'"),
    ("transactions", "'crates/{pool,payload}/**'"),
    ("evm", "['crates/evm/**', '!crates/evm/**/tests/**']"),
    ("not-docs", "['**', '!**/*.md', '!docs/**']"),
    ("tests", "'**/tests/**'"),
    ("benches", "'**/benches/*.rs'"),
    ("manifests", "['**/Cargo.toml', 'Cargo.lock', 'rust-toolchain*']"),
    ("added", "[added: '**/*.rs']"),
    ("deleted", "[deleted: '**']"),
    ("renamed-or-new", "[added|modified: 'crates/**/src/*.rs']"),
    ("build-scripts", "'**/build.rs'"),
    ("letters", "'crates/[a-m]*/**'"),
    ("dotfiles", "'**/.*'"),
    ("extended", "'crates/!(cli|node)/**/*.@(rs|toml)'"),
];

const AREAS: [&str; 10] =
    ["network", "storage", "engine", "rpc", "node", "cli", "trie", "pool", "evm", "chain"];
const CRATES: [&str; 10] =
    ["common", "db", "sparse", "api", "types", "core", "util", "server", "client", "primitives"];
const PLACES: [&str; 15] = [
    "Cargo.toml",
    "README.md",
    "build.rs",
    "src/lib.rs",
    "src/error.rs",
    "src/config.rs",
    "src/metrics.rs",
    "src/state/mod.rs",
    "src/state/cache.rs",
    "src/state/provider.rs",
    "src/task/mod.rs",
    "src/task/runner.rs",
    "tests/it/main.rs",
    "tests/it/support.rs",
    "benches/speed.rs",
];

/// The path of a file of the usual repository, before or after some of them moved.
fn path(file: u64, is_moved: bool) -> anyhow::Result<String> {
    let pick = |list: &'static [&'static str], at: u64| {
        usize::try_from(at).ok().and_then(|at| list.get(at).copied()).context("no such file")
    };
    let of_crate = u64::try_from(PLACES.len())?;
    let place = pick(&PLACES, file % of_crate)?;
    let name = pick(&CRATES, file / of_crate % 10)?;
    let area = pick(&AREAS, file / of_crate / 10)?;
    let top = if is_moved || file < MOVED_FROM { "crates" } else { "legacy" };
    Ok(format!("{top}/{area}/{name}/{place}"))
}

fn usual_repository(place: &Place) -> anyhow::Result<std::path::PathBuf> {
    let mut import = Import::begin(place, "usual.origin")?;
    import.commit()?;
    let body = "// A line of a file as long as others.\n".repeat(40);
    for file in 0..FILES {
        import.write(&path(file, false)?, &format!("{body}// {file}\n"))?;
    }
    for commit in 1..COMMITS {
        import.commit()?;
        if commit == MOVED_AT {
            for file in MOVED_FROM..FILES {
                import.rename(&path(file, false)?, &path(file, true)?)?;
            }
            continue;
        }
        // Seven has no divisor in common with the number of files, so each has its turn.
        let file = commit * 7 % FILES;
        let text = format!("{body}// {file} in {commit}\n");
        import.write(&path(file, commit > MOVED_AT)?, &text)?;
    }
    cloned(place, &import.end()?, "usual")
}

fn filters_text() -> String {
    let mut text = String::new();
    for (name, patterns) in FILTERS {
        let _ = writeln!(text, "{name}: {patterns}");
    }
    text
}

/// One and many changed files in a long history.
pub(crate) fn usual(place: &Place, verdict: &mut Verdict) -> anyhow::Result<()> {
    let repository = &usual_repository(place)?;
    let filters = filters_text();
    let dorny = Dorny::named(place);
    println!("\na push in {FILES} files and {COMMITS} commits, {} filters", FILTERS.len());
    for (base, files, bar) in [("HEAD~1", 1, 12), (FAR, FAR_FILES, 20)] {
        let push = Push::new(place, repository, base, "HEAD")?;
        let ours = || {
            let mut tool = place.tool(repository, &["detect"]);
            tool.env("SIGNALBOX_FILTERS", &filters);
            push.step(place, tool)
        };
        said(&mut ours()?)?;
        let told = outputs(place)?;
        let count = told.get("count").map_or("nothing", String::as_str);
        verdict.hold(count == files.to_string(), || format!("{base}: {count} files, not {files}"));
        let gits = place.gits(ours()?)?;
        verdict.hold(gits <= MOST_GITS, || format!("{base}: {gits} gits, limit {MOST_GITS}"));
        println!("\n  {files} changed; processes of git: {gits} (limit {MOST_GITS})");
        let mut rows = vec![Row::new("git diff -z", || Ok(push.floor(place, repository)))];
        if let Some(node) = &place.node {
            rows.push(Row::new("node -e 0", move || {
                let mut node = place.alone(node, repository);
                node.args(["-e", "0"]);
                Ok(node)
            }));
        }
        rows.push(Row::new("change-detector detect", ours).bar(bar));
        if let Some(dorny) = &dorny {
            let step = || push.step(place, dorny.step(place, repository, &filters));
            said(&mut step()?)?;
            let theirs = names(&outputs(place)?, "changes")?;
            compared(&theirs, &ours_as_dorny(place, &push, repository, &filters)?, base, verdict);
            rows.push(Row::new("dorny/paths-filter", step));
        }
        table(rows)?;
    }
    if dorny.is_none() {
        println!(
            "\n  dorny/paths-filter: name a checkout of it by {} to see it here",
            super::dorny::NAMED_BY
        );
    }
    Ok(())
}

/// The filters that match, when patterns are put together as dorny/paths-filter does.
fn ours_as_dorny(
    place: &Place,
    push: &Push,
    repository: &Path,
    filters: &str,
) -> anyhow::Result<BTreeSet<String>> {
    let mut tool = place.tool(repository, &["detect", "--quantifier", "some"]);
    tool.env("SIGNALBOX_FILTERS", filters);
    said(&mut push.step(place, tool)?)?;
    names(&outputs(place)?, "changes")
}

fn compared(theirs: &BTreeSet<String>, ours: &BTreeSet<String>, base: &str, verdict: &mut Verdict) {
    verdict.hold(theirs == ours, || {
        let odd: Vec<&String> = theirs.symmetric_difference(ours).collect();
        format!("{base}: dorny/paths-filter answers otherwise about {odd:?}")
    });
}

/// Very many changed files.
pub(crate) fn huge(place: &Place, verdict: &mut Verdict) -> anyhow::Result<()> {
    let mut import = Import::begin(place, "huge")?;
    for text in ["before\n", "after\n"] {
        import.commit()?;
        for file in 0..HUGE_FILES {
            let (package, folder, file) = (file / 1_000, file / 100 % 10, file % 100);
            let path = format!("packages/p{package:03}/src/part{folder}/file{file:02}.ts");
            import.write(&path, text)?;
        }
    }
    let repository = import.end()?;
    let mut filters = String::new();
    for filter in 0..HUGE_FILTERS {
        let pattern = match filter % 5 {
            0 => format!("packages/p0{filter:02}/**"),
            1 => format!("**/part{}/*.ts", filter % 10),
            2 => format!("packages/*/src/**/file{filter:02}.ts"),
            3 => format!("packages/p{{0,1}}{filter:02}/**/*.@(ts|tsx)"),
            _ => format!("'!packages/p0{filter:02}/**'"),
        };
        writeln!(filters, "f{filter:02}: ['{}']", pattern.trim_matches('\''))?;
    }
    let list = place.at("job/filters.yml");
    std::fs::write(&list, filters)?;
    let push = Push::new(place, &repository, "main~1", "main")?;
    let ours = || {
        let mut tool = place.tool(&repository, &["detect"]);
        tool.env("SIGNALBOX_FILTERS", &list);
        push.step(place, tool)
    };
    println!("\n{HUGE_FILES} changed files, {HUGE_FILTERS} filters");
    said(&mut ours()?)?;
    let told = outputs(place)?;
    let count = told.get("count").map_or("nothing", String::as_str);
    verdict.hold(count == HUGE_FILES.to_string(), || format!("{count} files of {HUGE_FILES}"));
    let rows = vec![
        Row::new("git diff -z", || Ok(push.floor(place, &repository))),
        Row::new("change-detector detect", ours).bar(300),
    ];
    table(rows)?;
    let peak = peak_kilobytes(&mut ours()?)?;
    let peak = peak.context("this system does not tell how much memory a process held")?;
    println!("  peak memory: {peak} kB (limit {MOST_KILOBYTES} kB)");
    verdict.hold(peak <= MOST_KILOBYTES, || format!("{peak} kB, limit {MOST_KILOBYTES} kB"));
    Ok(())
}
