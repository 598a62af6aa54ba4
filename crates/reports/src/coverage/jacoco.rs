//! `JaCoCo`'s XML (`report.dtd` 1.1 in its sources; its documentation, "Coverage Counters").
//!
//! The same counters stand at six levels, from the report to the method; each line stands once, in its
//! `sourcefile`. A line with any instruction run is covered, as in `JaCoCo`'s own counter. Groups, one
//! for each module, may be nested. Instructions are no metric of ours.
//!
//! A path is that of the package and the file; in which folder of sources it lies, no report says.

use super::FileCoverage;
use super::xml::{Element, Elements, Item, root};
use crate::Found;
use crate::family::{Fault, Sink};
use crate::head::Head;

pub(super) const NAME: &str = "jacoco";
pub(super) const WANTED: &str = "JaCoCo's XML";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    let words = [&b"JACOCO"[..], b"<sessioninfo", b"<package", b"<group"];
    let has = |word: &&[u8]| memchr::memmem::find(head.text, word).is_some();
    root(head.text) == Some(b"report") && words.iter().any(has)
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, FileCoverage>) -> Result<(), Fault> {
    let mut elements = Elements::new(bytes, "report", sink)?;
    let mut package = String::new();
    let mut file: Option<FileCoverage> = None;
    let (mut has_class, mut has_line) = (false, false);
    while let Some(item) = elements.next()? {
        match item {
            Item::Open(element) => match (element.name(), &mut file) {
                ("package", None) => package = attribute(&element, "name")?,
                ("sourcefile", None) => {
                    let name = attribute(&element, "name")?;
                    let is_root = package.is_empty();
                    let path = if is_root { name } else { format!("{package}/{name}") };
                    file = Some(FileCoverage::new(path));
                }
                ("sourcefile", Some(_)) => {
                    return Err(Fault::wrong("a file within a file", element.at));
                }
                ("line", Some(file)) => {
                    has_line = true;
                    line(file, &element)?;
                }
                ("counter", Some(file)) => counter(file, &element)?,
                ("class", None) => has_class = true,
                _ => {}
            },
            Item::Close(name) if name == "sourcefile" => {
                if let Some(file) = file.take() {
                    sink.push(file.finished(), elements.at)?;
                }
            }
            Item::Close(_) | Item::Text(_) => {}
        }
    }
    if has_class && !has_line {
        let found = Found::Wrong("classes without lines, compiled without debug information");
        return Err(Fault::new(found, bytes.len()));
    }
    Ok(())
}

fn attribute(element: &Element<'_>, wanted: &str) -> Result<String, Fault> {
    let mut found = None;
    element.attributes(|name, value| {
        if name == wanted {
            found = Some(value.into_owned());
        }
    })?;
    found.ok_or(Fault::wrong("an element without its name", element.at))
}

/// `<line nr="3" mi="0" ci="2" mb="1" cb="1"/>`: instructions and branches, missed and covered. gcovr,
/// which knows no instructions, leaves `mi` and `ci` out, and branches where there are none.
fn line(file: &mut FileCoverage, element: &Element<'_>) -> Result<(), Fault> {
    let (mut numbers, mut is_whole) = ([None::<u32>; 5], true);
    element.attributes(|name, value| {
        let at = ["nr", "mi", "ci", "mb", "cb"].iter().position(|known| *known == name);
        if let Some(number) = at.and_then(|at| numbers.get_mut(at)) {
            *number = value.parse().ok();
            is_whole &= number.is_some();
        }
    })?;
    let wrong = || Fault::wrong("a line without its numbers", element.at);
    let [line, missed, covered, missed_ways, ways] = numbers;
    let line = line.ok_or_else(wrong)?;
    if !is_whole || missed.is_some() != covered.is_some() || missed_ways.is_some() != ways.is_some() {
        return Err(wrong());
    }
    let is_hit = covered.is_some_and(|covered| covered > 0);
    let has_code = is_hit || missed.is_some_and(|missed| missed > 0);
    if has_code && !file.lines.add(line.into(), is_hit) {
        return Err(Fault::wrong("a line number beyond any file", element.at));
    }
    let ways = ways.unwrap_or_default();
    let all = ways.checked_add(missed_ways.unwrap_or_default()).ok_or_else(wrong)?;
    if all > 0 {
        file.branches.add_some(line.into(), ways, all);
    }
    Ok(())
}

/// The methods of a file are only counted, nowhere listed with it. The counter of its lines is used
/// where the lines themselves do not say whether they were run.
fn counter(file: &mut FileCoverage, element: &Element<'_>) -> Result<(), Fault> {
    let (mut kind, mut missed, mut covered) = (String::new(), None::<u32>, None::<u32>);
    element.attributes(|name, value| match name {
        "type" => kind = value.into_owned(),
        "missed" => missed = value.parse().ok(),
        "covered" => covered = value.parse().ok(),
        _ => {}
    })?;
    let all = missed.and_then(|missed| missed.checked_add(covered?));
    let (Some(covered), Some(all)) = (covered, all) else {
        return Err(Fault::wrong("a counter without its numbers", element.at));
    };
    match kind.as_str() {
        "METHOD" => file.functions.add_some(0, covered, all),
        "LINE" => file.unnumbered.add_some(0, covered, all),
        _ => {}
    }
    Ok(())
}
