//! What the gate of tests wants: `[gate.tests]`.

use diagnostics::config::Table;
use repo_model::Glob;

use crate::Mode;
use crate::globs::globs;

/// Which of several runs of one test counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reruns {
    /// Every one: it failed if one of them did.
    #[default]
    All,
    /// Any: one pass is enough, and makes it flaky.
    Any,
}

/// What the gate wants.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What it does with what it finds.
    pub mode: Mode,
    /// How many tests must have run, skipped ones not counted.
    pub min_tests: u64,
    /// How many tests may have passed only after they failed.
    pub max_flaky: Option<u64>,
    /// How many tests may have been skipped.
    pub max_skipped: Option<u64>,
    /// How many tests of the base may be in no report here.
    pub max_vanished: u64,
    /// Tests that may vanish, as patterns for their names.
    pub allow_removed: Vec<Glob>,
    /// Whether there is no answer without a list of the base's tests.
    pub needs_base: bool,
    /// Which of several runs of one test counts.
    pub reruns: Reruns,
    /// What it does where a report claims more tests than it has.
    pub totals: Mode,
    /// Parts of the tests with limits of their own; a test belongs to the first that holds it.
    pub components: Vec<Component>,
}

/// A part of the tests: `[[gate.tests.component]]`. All other limits hold for its tests too.
#[derive(Clone, Debug)]
pub struct Component {
    /// What people call it.
    pub name: String,
    /// Its tests, as patterns for their files.
    pub paths: Vec<Glob>,
    /// Its tests, as patterns for their classes, packages, binaries or suites.
    pub suites: Vec<Glob>,
    /// What the gate does with what it finds here.
    pub mode: Mode,
    /// How many of its tests must have run.
    pub min_tests: u64,
    /// How many of its tests may be flaky.
    pub max_flaky: Option<u64>,
    /// How many of its tests may have been skipped.
    pub max_skipped: Option<u64>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            mode: Mode::Block,
            min_tests: 1,
            max_flaky: None,
            max_skipped: None,
            max_vanished: 0,
            allow_removed: Vec::new(),
            needs_base: false,
            reruns: Reruns::All,
            totals: Mode::Warn,
            components: Vec::new(),
        }
    }
}

impl Policy {
    /// Reads the table.
    pub fn read(table: &mut Table<'_, '_>) -> Self {
        let usual = Self::default();
        let mode = table.choice("mode", &Mode::WORDS).unwrap_or(usual.mode);
        let reruns = [("all", Reruns::All), ("any", Reruns::Any)];
        Self {
            mode,
            min_tests: table.count("min-tests").unwrap_or(usual.min_tests),
            max_flaky: table.count("max-flaky"),
            max_skipped: table.count("max-skipped"),
            max_vanished: table.count("max-vanished").unwrap_or(usual.max_vanished),
            allow_removed: globs(table, "allow-removed").unwrap_or_default(),
            needs_base: table.flag("needs-base").unwrap_or(usual.needs_base),
            reruns: table.choice("reruns", &reruns).unwrap_or_default(),
            totals: table.choice("totals", &Mode::WORDS).unwrap_or(usual.totals),
            components: components(table, mode),
        }
    }

    /// The mode that counts for a test of this component.
    pub(super) fn mode_of(&self, component: Option<usize>) -> Mode {
        let component = component.and_then(|at| self.components.get(at));
        component.map_or(self.mode, |component| component.mode)
    }
}

fn components(table: &mut Table<'_, '_>, mode: Mode) -> Vec<Component> {
    let mut components = Vec::new();
    for mut part in table.tables("component") {
        let name = part.string("name");
        let name = part.required("name", name);
        let paths = globs(&mut part, "paths").unwrap_or_default();
        let suites = globs(&mut part, "suites").unwrap_or_default();
        let mode = part.choice("mode", &Mode::WORDS).unwrap_or(mode);
        let min_tests = part.count("min-tests").unwrap_or(1);
        let (max_flaky, max_skipped) = (part.count("max-flaky"), part.count("max-skipped"));
        let Some(name) = name else { continue };
        if paths.is_empty() && suites.is_empty() {
            let help = "write `paths = [\"...\"]` or `suites = [\"...\"]`";
            part.wrong(&name, "a component without paths or suites", help);
        }
        let name = name.text;
        components.push(Component { name, paths, suites, mode, min_tests, max_flaky, max_skipped });
    }
    components
}
