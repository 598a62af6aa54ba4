//! What must run: a list that was given, or what the test tool itself lists.

use std::ffi::OsString;

use bstr::BString;
use diagnostics::{Foreign, Piece, Place, Problem, Snippet, counted, position, text};
use ecosystems::{Answers, Discovered, Framework, NotDiscovered, Probe, Unit};
use reports::{NotAnItemList, WhyNotAnItemList};
use runner_protocol::{Failure, Out};
use sharding::{Granularity, ItemId, Items, Suite};
use system::CommandFailure;

use super::{changes, disk};
use crate::args::{GranularityKind, ListArgs};

/// The longest list of items that is read, in bytes: a million names of 64.
const LONGEST_LIST: u64 = 64 << 20;

/// The longest answer of a test tool, in bytes: Playwright's and nextest's JSON say much of each test.
const LONGEST_ANSWER: u64 = 512 << 20;

/// The most items that are shared out. More of them are cases of parameters, not tests or files.
const MOST_ITEMS: usize = 2_000_000;

/// How often a tool may ask for more commands: cargo needs two rounds.
const MOST_ROUNDS: usize = 4;

/// The tests that must run, each once.
pub(crate) fn tests(args: &ListArgs, out: &mut Out) -> Result<Items, Failure> {
    let (names, file) = match (&args.items, args.framework) {
        (Some(path), framework) => (listed(path, framework)?, Some(Foreign::path(path))),
        (None, Some(framework)) => (discovered(framework, args, out)?, None),
        (None, None) => {
            let problem = Problem::error("nothing says what must run")
                .help("give the list of tests by `--items` (input `items`), or name the test tool by `--framework` (input `framework`)");
            return Err(Failure::no_answer(problem));
        }
    };
    let (names, is_chosen) = changes::necessary(names, args, out)?;
    let placed = |problem: Problem| match &file {
        Some(file) => problem.at(Place::file(file.clone())),
        None => problem,
    };
    let (items, repeated) = Items::listed(names.into_iter().filter_map(ItemId::new).collect());
    if let Some(first) = repeated.first() {
        let mut message = counted(repeated.len(), " item is", " items are");
        message.text(" listed more than once, the first is ").foreign(first.as_bytes());
        out.problem(
            placed(Problem::warning(message))
                .help("each runs once; if they are different tests, give them different names"),
        );
    }
    // That a change affects no test is an answer.
    if items.is_empty() && args.require_tests && !is_chosen {
        return Err(Failure::no_answer(placed(Problem::error("there are no items to share out")).help(
            "see why the discovery found no test; where nothing to run is fine, set `require-tests` to false",
        )));
    }
    Ok(items)
}

/// The tests with what holds them, as far as the framework tells it and the granularity asks for it.
pub(crate) fn suite(
    tests: Items,
    framework: Option<Framework>,
    granularity: GranularityKind,
) -> Result<(Suite, Granularity), Failure> {
    let Some(framework) = framework else {
        return match granularity {
            GranularityKind::Auto | GranularityKind::Item => {
                Ok((Suite::flat(tests), Granularity::Item))
            }
            GranularityKind::Class | GranularityKind::File | GranularityKind::Package => {
                let problem = Problem::error("nothing says what a test is part of");
                Err(Failure::no_answer(problem.help(
                    "`--granularity` (input `granularity`) needs `--framework` (input `framework`)",
                )))
            }
        };
    };
    let is_alone = framework.default_unit() == framework.finest_unit();
    let (finest, granularity) = match granularity {
        GranularityKind::Auto if is_alone => return Ok((Suite::flat(tests), Granularity::Item)),
        GranularityKind::Item => return Ok((Suite::flat(tests), Granularity::Item)),
        GranularityKind::Auto => (Unit::Test, Granularity::Auto),
        GranularityKind::Class => (Unit::Class, Granularity::Narrow),
        GranularityKind::File => (Unit::File, Granularity::Narrow),
        GranularityKind::Package => (Unit::Binary, Granularity::Narrow),
    };
    let holders = |name: &[u8]| -> Vec<BString> {
        let owners = framework.owners(name).into_iter().filter(|owner| owner.unit <= finest);
        owners.map(|owner| BString::from(owner.name)).collect()
    };
    let suite = Suite::nested(&tests, &holders);
    let is_coarse = granularity == Granularity::Narrow && finest < Unit::Class;
    if is_coarse && suite.nodes().len() == tests.len() && !tests.is_empty() {
        let message = text!["no test of ", framework.name(), " is in anything so large"];
        return Err(Failure::no_answer(Problem::error(message).help(
            "choose another `--granularity` (input `granularity`): `auto` is what the tool shares best",
        )));
    }
    Ok((suite, granularity))
}

/// Tells of tests that would run twice: by themselves, and in what holds them.
pub(crate) fn check_doubles(tests: &Items, framework: Option<Framework>, out: &mut Out) {
    let is_within = |test: &&ItemId| {
        let owners = framework.into_iter().flat_map(|framework| framework.owners(test.as_bytes()));
        let mut owners = owners;
        owners.any(|owner| tests.position(owner.name).is_some())
    };
    let mut doubled = tests.ids().iter().filter(is_within);
    if let Some(first) = doubled.next() {
        let mut message = counted(1 + doubled.count(), " item is", " items are");
        message.text(" listed by themselves and in what holds them, the first is ");
        message.foreign(first.as_bytes());
        out.problem(
            Problem::warning(message).help("list either the file or its tests, or they run twice"),
        );
    }
}

fn listed(path: &std::path::Path, framework: Option<Framework>) -> Result<Vec<BString>, Failure> {
    let bytes = system::read_whole(path, LONGEST_LIST).map_err(|failure| {
        disk(&failure, "the list of items").help_with(
            "`--items` (input `items`) names a file with the list that your test tool discovers",
        )
    })?;
    if let Some(names) = framework.and_then(|framework| framework.listed(&bytes)) {
        return Ok(names);
    }
    reports::read_item_list(&bytes, MOST_ITEMS)
        .map_err(|error| not_a_list(&Foreign::path(path), &bytes, error))
}

/// Asks the test tool.
fn discovered(
    framework: Framework,
    args: &ListArgs,
    out: &mut Out,
) -> Result<Vec<BString>, Failure> {
    let folder = system::whole_path(std::path::Path::new(".")).map_err(|failure| {
        disk(&failure, "the working directory").help_with("see its permissions")
    })?;
    let options = args.framework_args.iter().map(|word| word.trim());
    let options: Vec<OsString> =
        options.filter(|word| !word.is_empty()).map(OsString::from).collect();
    let mut probes = framework.discovery();
    let mut outputs = Vec::new();
    for _ in 0..MOST_ROUNDS {
        for probe in &probes {
            let probe = probe.clone().with_options(&options);
            outputs.push(answer(&probe, &folder, out)?);
        }
        let bytes = folder.as_os_str().as_encoded_bytes();
        let answers = Answers { outputs: &outputs, folder: bytes };
        match framework.discovered(&answers).map_err(|error| not_discovered(framework, error))? {
            Discovered::Tests(tests) if tests.len() > MOST_ITEMS => return Err(too_many()),
            Discovered::Tests(tests) => return Ok(tests),
            Discovered::More(more) => probes = more,
        }
    }
    Err(not_discovered(framework, NotDiscovered::CannotList))
}

fn answer(probe: &Probe, folder: &std::path::Path, out: &mut Out) -> Result<Vec<u8>, Failure> {
    let command = || {
        let words = probe.arguments.iter().map(|word| word.as_encoded_bytes());
        let words: Vec<&[u8]> = std::iter::once(probe.program.as_bytes()).chain(words).collect();
        Foreign::new(words.join(&b' '))
    };
    out.trace(|say| {
        say.text("asking ").foreign(command());
    });
    let what = text!["failed to get ", probe.what];
    let said = system::run(probe.program, &probe.arguments, folder, LONGEST_ANSWER).map_err(|failure| {
        let problem = Problem::error(what.clone()).label(text![command(), ": ", Piece::said(&failure)]);
        Failure::environment(problem.help(match failure {
            CommandFailure::Start(_) => {
                "install the tool before this step, or give the list of tests by `--items` (input `items`)"
            }
            CommandFailure::TooMuch(_) | CommandFailure::TimedOut(_) | CommandFailure::Read(_) => {
                "run the command by hand to see what it writes"
            }
        }))
    })?;
    if said.code.is_some_and(|code| probe.accepts.contains(&code)) {
        return Ok(said.stdout);
    }
    out.quote(&Foreign::new(said.stderr))?;
    out.quote(&Foreign::new(said.stdout.get(..4096).unwrap_or(&said.stdout)))?;
    let mut label = text![command()];
    match said.code {
        Some(code) => label.text(" ended with ").number(u64::from(code.unsigned_abs())),
        None => label.text(" was ended by a signal"),
    };
    let problem = Problem::error(what).label(label);
    Err(Failure::environment(problem.help(
        "its words are above; a test that cannot be listed is never a test that is not there",
    )))
}

fn not_discovered(framework: Framework, error: NotDiscovered) -> Failure {
    let message = text!["the tests of ", framework.name(), " are not known"];
    let help = match error {
        NotDiscovered::CannotList => "give the list by `--items` (input `items`)",
        NotDiscovered::Unreadable { .. } => {
            "see what the tool writes; with another version, give the list by `--items` (input `items`)"
        }
        NotDiscovered::Miscounted { .. } => {
            "does a test have a line break in its name? then give the list as JSON by `--items` (input `items`)"
        }
        NotDiscovered::Errors => {
            "run the tool by hand to see them; nothing is shared out until all tests load"
        }
    };
    Failure::no_answer(Problem::error(message).label(Piece::said(&error)).help(help))
}

fn too_many() -> Failure {
    Failure::no_answer(
        Problem::error(text!["the list has more than ", MOST_ITEMS, " items"])
            .help("list files or packages instead of single tests"),
    )
}

/// What to do with a list that begins as JSON and is none.
const JSON_OR_LINES: &str =
    "give a JSON array of strings, or one item a line; what begins as JSON does is read as JSON";

fn not_a_list(file: &Foreign, bytes: &[u8], error: NotAnItemList) -> Failure {
    let (label, help) = match error.why {
        WhyNotAnItemList::TooMany => {
            let mut failure = too_many();
            let place = Some(Place::file(file.clone()));
            failure.problems.iter_mut().for_each(|problem| problem.place.clone_from(&place));
            return failure;
        }
        WhyNotAnItemList::Utf16 => (
            "this is UTF-16 text",
            "write it as UTF-8, in PowerShell by `Out-File -Encoding utf8`; if each item is one character, write one a line",
        ),
        WhyNotAnItemList::Mixed => (
            "this is a NUL in a list of lines",
            "end each item with a NUL, or write one item a line without any; a name of several lines can stand in a JSON array",
        ),
        WhyNotAnItemList::CutOff => (
            "the JSON array ends too early",
            "see that the list is written whole before this step reads it",
        ),
        WhyNotAnItemList::NotJson => ("this is not JSON", JSON_OR_LINES),
        WhyNotAnItemList::NotText => ("this is not an array of strings", JSON_OR_LINES),
        WhyNotAnItemList::NoName => ("an item has no name", "give each item a name"),
    };
    let (line, column) = position(bytes, error.at);
    Failure::no_answer(
        Problem::error("the list of items cannot be read")
            .at(Place::at(file.clone(), line, column))
            .snippet(Snippet::of(bytes, error.at))
            .label(label)
            .help(help),
    )
}
