//! Parts of the code that are held to a policy of their own: by packages or by paths.

use bstr::BStr;
use diagnostics::config::Table;
use repo_model::Glob;

use crate::code_seen::Remark;
use crate::globs::{glob, globs, is_in};
use crate::{Counted, Mode, Reason, Verdict};

/// A part of the code with its own policy: `[[gate.<name>.component]]`.
#[derive(Clone, Debug)]
pub struct Component {
    /// What people call it.
    pub name: String,
    /// The packages in it, as patterns for their names.
    pub packages: Vec<Glob>,
    /// The files in it, as patterns for their paths.
    pub paths: Vec<Glob>,
    /// What the gate does with what it finds here.
    pub mode: Mode,
    /// How many warnings there may be.
    pub max_warnings: u64,
}

impl Component {
    /// Reads all of the list; what one does not say is as the gate has it.
    pub(crate) fn read(table: &mut Table<'_, '_>, mode: Mode, max_warnings: u64) -> Vec<Self> {
        let mut components = Vec::new();
        for mut part in table.tables("component") {
            let name = part.string("name");
            let name = part.required("name", name);
            let packages = globs(&mut part, "packages").unwrap_or_default();
            let paths = globs(&mut part, "paths").unwrap_or_default();
            let mode = part.choice("mode", &Mode::WORDS).unwrap_or(mode);
            let max_warnings = part.count("max-warnings").unwrap_or(max_warnings);
            let Some(name) = name else { continue };
            if packages.is_empty() && paths.is_empty() {
                part.wrong(&name, "a component without packages or paths", HELP);
            }
            components.push(Self { name: name.text, packages, paths, mode, max_warnings });
        }
        components
    }

    fn holds(&self, remark: &Remark) -> bool {
        let is_package = |name: &BStr| is_in(&self.packages, name);
        let is_path = |path: &BStr| is_in(&self.paths, path);
        remark.package.as_ref().is_some_and(|name| is_package(BStr::new(name)))
            || remark.spot.as_ref().is_some_and(|spot| is_path(BStr::new(&spot.file)))
    }
}

const HELP: &str = "write `packages = [\"...\"]` or `paths = [\"...\"]`";

/// The patterns for packages that a gate need not see.
pub(crate) fn excluded(table: &mut Table<'_, '_>) -> Vec<Glob> {
    let words = table.strings("exclude").unwrap_or_default();
    words.iter().filter_map(|word| glob(table, word)).collect()
}

/// Warnings that are held together against one number.
pub(crate) struct Part<'p> {
    /// The component's name; the rest of the code has none.
    pub(crate) name: Option<&'p str>,
    pub(crate) mode: Mode,
    pub(crate) max_warnings: u64,
    pub(crate) warnings: Vec<&'p Remark>,
}

impl Part<'_> {
    /// What each of the warnings comes to.
    pub(crate) fn verdict(&self) -> Verdict {
        let count = u64::try_from(self.warnings.len()).unwrap_or(u64::MAX);
        let verdict = if count > self.max_warnings { Verdict::Fail } else { Verdict::Warn };
        self.mode.soften(verdict)
    }

    /// The reason of one of its warnings; `number` is the part's place among the gate's.
    pub(crate) fn reason(&self, remark: &Remark, number: usize) -> Reason {
        let within = self.mode.soften(Verdict::Warn);
        let counted = Some(Counted { number, most: self.max_warnings, within });
        Reason { counted, ..remark.reason(self.verdict()) }
    }
}

/// Hands each remark to the first component that holds it; the last part is all the rest.
pub(crate) fn parts<'p>(
    components: &'p [Component],
    mode: Mode,
    max_warnings: u64,
    remarks: impl Iterator<Item = &'p Remark>,
) -> Vec<Part<'p>> {
    let mut parts: Vec<Part<'p>> = Vec::new();
    for component in components {
        let Component { name, mode, max_warnings, .. } = component;
        let (mode, max_warnings) = (*mode, *max_warnings);
        parts.push(Part { name: Some(name), mode, max_warnings, warnings: Vec::new() });
    }
    let mut rest = Part { name: None, mode, max_warnings, warnings: Vec::new() };
    for remark in remarks {
        let at = components.iter().position(|component| component.holds(remark));
        match at.and_then(|at| parts.get_mut(at)) {
            Some(part) => part.warnings.push(remark),
            None => rest.warnings.push(remark),
        }
    }
    parts.push(rest);
    parts
}
