//! Foundry's `forge test`: files are shared out, and only those that are too large are opened into
//! contracts and tests.
//!
//! An item is `path`, `path:Contract` or `path:Contract:test`. The list is `forge test --list --json`,
//! a map of paths to maps of contracts to tests. The filters are patterns: a glob for the path, in
//! braces because forge takes one without them for a part of a file's name too, and anchored regular
//! expressions for contracts and tests (Foundry's reference, "forge test"; seen with 1.7.1).

use std::collections::BTreeMap;

use bstr::{BString, ByteSlice as _};

use super::{About, Owner, Unit};
use crate::filter::{CannotFilter, FilterFile, Part};
use crate::list::document;
use crate::probe::{Answers, Discovered, NotDiscovered, Probe};
use crate::script::{Script, alternatives, pieces, quoted};

pub(super) const ABOUT: About =
    About { name: "forge", default_unit: Unit::File, finest_unit: Unit::Test };

const USAGE: &str = "bash \"$FILTER\" [options of forge test]";

pub(super) fn discovery() -> Vec<Probe> {
    let arguments = ["test", "--list", "--json"];
    vec![Probe::new("forge", &arguments, "the list of tests from forge")]
}

pub(super) fn discovered(answers: &Answers<'_>) -> Result<Discovered, NotDiscovered> {
    let unreadable = NotDiscovered::Unreadable { wanted: "the JSON of `forge test --list`" };
    let files: BTreeMap<String, BTreeMap<String, Vec<String>>> =
        document(answers.output(0), b'{').ok_or(unreadable)?;
    let mut tests = Vec::new();
    for (file, contracts) in &files {
        for (contract, names) in contracts {
            let named = |test: &String| BString::from(format!("{file}:{contract}:{test}"));
            tests.extend(names.iter().map(named));
        }
    }
    Ok(Discovered::tests(tests))
}

/// An item taken apart.
struct Parts<'n> {
    path: &'n [u8],
    contract: Option<&'n [u8]>,
    test: Option<&'n [u8]>,
}

fn parts(item: &[u8]) -> Parts<'_> {
    let Some((before, name)) = cut(item) else {
        return Parts { path: item, contract: None, test: None };
    };
    match cut(before) {
        Some((path, contract)) => Parts { path, contract: Some(contract), test: Some(name) },
        None => Parts { path: before, contract: Some(name), test: None },
    }
}

/// What stands before the last colon, and the name behind it: Solidity's names have neither dots nor
/// slashes, and its files have one of them.
fn cut(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = text.rfind_byte(b':')?;
    let (before, name) = (text.get(..at)?, text.get(at + 1..)?);
    let is_name = !name.is_empty() && !name.iter().any(|byte| b"./".contains(byte));
    (is_name && !before.is_empty()).then_some((before, name))
}

pub(super) fn owners(item: &[u8]) -> Vec<Owner<'_>> {
    let Parts { path, contract, test } = parts(item);
    let file = contract.map(|_| Owner { unit: Unit::File, name: path });
    let class = test.and_then(|test| item.get(..item.len() - test.len() - 1));
    let class = class.map(|name| Owner { unit: Unit::Class, name });
    file.into_iter().chain(class).collect()
}

/// Names of one kind.
type Names<'n> = Vec<&'n [u8]>;

pub(super) fn filter(part: &Part<'_>) -> Result<FilterFile, CannotFilter> {
    let mut files: Vec<&[u8]> = Vec::new();
    let mut contracts: BTreeMap<&[u8], Names<'_>> = BTreeMap::new();
    let mut tests: BTreeMap<(&[u8], &[u8]), Names<'_>> = BTreeMap::new();
    for item in part.own {
        let Parts { path, contract, test } = parts(item);
        if path.is_empty() {
            return Err(CannotFilter::new(item, "has no path"));
        }
        match (contract, test) {
            (Some(contract), Some(test)) => tests.entry((path, contract)).or_default().push(test),
            (Some(contract), None) => contracts.entry(path).or_default().push(contract),
            (None, _) => files.push(path),
        }
    }
    let mut script = Script::new("Runs this shard's files, contracts and tests.", USAGE);
    for piece in pieces(&files)? {
        script.call("forge test \"$@\" --match-path", &[&glob(piece)])?;
    }
    for (path, names) in &contracts {
        for piece in pieces(names)? {
            script.call(&of_contracts(path, piece)?, &[])?;
        }
    }
    for ((path, contract), names) in &tests {
        for piece in pieces(names)? {
            // A test is matched with or without its arguments, depending on the version.
            let names = [b"^(".as_slice(), &alternatives(piece), br")(\(.*)?$"].concat();
            let command = of_contracts(path, &[contract])? + " --match-test";
            script.call(&command, &[&names])?;
        }
    }
    Ok(FilterFile { bytes: script.finish(), name: "forge-test.sh", usage: USAGE })
}

/// The command for these contracts of a file.
fn of_contracts(path: &[u8], contracts: &[&[u8]]) -> Result<String, CannotFilter> {
    let names = [b"^(".as_slice(), &alternatives(contracts), b")$"].concat();
    let (path, names) = (quoted(&glob(&[path]))?, quoted(&names)?);
    let text = |bytes: Vec<u8>, item: &[u8]| {
        String::from_utf8(bytes).map_err(|_| CannotFilter::new(item, "has a name that is not UTF-8"))
    };
    let first = contracts.first().copied().unwrap_or_default();
    let (path, names) = (text(path, first)?, text(names, first)?);
    Ok(format!("forge test \"$@\" --match-path {path} --match-contract {names}"))
}

/// The paths as one glob that matches them and nothing else.
fn glob(paths: &[&[u8]]) -> Vec<u8> {
    let literal = |path: &&[u8]| -> Vec<u8> {
        let is_special = |byte: u8| br"*?[]{},!\".contains(&byte);
        let escape = |byte: &u8| if is_special(*byte) { vec![b'\\', *byte] } else { vec![*byte] };
        path.iter().flat_map(escape).collect()
    };
    let paths: Vec<Vec<u8>> = paths.iter().map(literal).collect();
    [b"{".as_slice(), &bstr::join(",", paths), b"}"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frameworks::Framework;
    use crate::frameworks::tests::discovered;
    use crate::list::lines_of;

    #[test]
    fn the_list_is_a_map_of_files_and_contracts() {
        let answer = b"No files changed\n{\"test/A.t.sol\":{\"ATest\":[\"test_b\",\"test_a\"]}}\n";
        let found = discovered(Framework::Forge, answer);
        let wanted = ["test/A.t.sol:ATest:test_a", "test/A.t.sol:ATest:test_b"];
        assert_eq!(found, Ok(Discovered::Tests(wanted.map(Into::into).to_vec())));
    }

    #[test]
    fn a_test_is_in_its_contract_and_its_file() {
        let names = |item| -> Vec<&[u8]> { owners(item).iter().map(|owner| owner.name).collect() };
        assert_eq!(names(b"a:b/A.t.sol"), [b""; 0]);
        assert_eq!(names(b"A.t.sol:C"), [b"A.t.sol"]);
        assert_eq!(names(b"A.t.sol:C:t"), [&b"A.t.sol"[..], b"A.t.sol:C"]);
    }

    #[test]
    fn each_contract_has_a_call_of_its_own() {
        let own: [&[u8]; 5] =
            [b"a[1].sol", b"b.sol", b"c.sol:C", b"d.sol:D:test_x", b"d.sol:D:test_y"];
        let script = filter(&Part { own: &own, others: &[] }).unwrap().bytes;
        let calls: Vec<&[u8]> =
            lines_of(&script).filter(|line| line.starts_with(b"forge ")).collect();
        let wanted: [&[u8]; 3] = [
            br#"forge test "$@" --match-path '{a\[1\].sol,b.sol}' || failed=1"#,
            br#"forge test "$@" --match-path '{c.sol}' --match-contract '^(C)$' || failed=1"#,
            br#"forge test "$@" --match-path '{d.sol}' --match-contract '^(D)$' --match-test '^(test_x|test_y)(\(.*)?$' || failed=1"#,
        ];
        assert_eq!(calls, wanted);
    }
}
