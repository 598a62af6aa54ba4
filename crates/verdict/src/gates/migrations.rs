//! Can each migration of a database be undone, and is none changed that ran?
//!
//! A migration that is on the base may have run somewhere, so its file stays as it is, and a new one comes
//! after all that are there: tools go by the highest version that has run, and leave out what comes
//! later with a lower one (golang-migrate, Flyway and dbmate documentation).

mod destructive;
mod script;
mod sql;
mod styles;
mod together;

use std::collections::BTreeMap;

use bstr::ByteSlice as _;
use diagnostics::config::Table;
use diagnostics::{Foreign, Place, Text, text};
use repo_model::Glob;

use self::destructive::Danger;
pub use self::styles::Style;
use self::styles::{Named, Parts, Role, Version, named};
use crate::globs::{globs, is_in};
use crate::{File, Gate, Mode, Outcome, Reason, State, Verdict};

/// What the gate wants: `[gate.migrations]`.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the table")]
pub struct Policy {
    /// What it does with what it finds.
    pub mode: Mode,
    /// Which files are looked at.
    pub paths: Vec<Glob>,
    /// Whether somebody has named the paths: then there must be migrations.
    pub is_named: bool,
    /// How migrations are named; nothing means that each file shows it.
    pub style: Option<Style>,
    /// Whether each must have a way down.
    pub reversible: bool,
    /// Whether those on the base stay as they are.
    pub immutable: bool,
    /// Whether new ones come after all of the base.
    pub ordered: bool,
    /// Whether it blocks where the base is not known, which both of these are about.
    pub needs_base: bool,
    /// What to do with statements that lose data; [`Mode::Report`] is not to look for them.
    pub destructive: Mode,
    /// What to do with one that says `irreversible: why` in a comment; [`Mode::Report`] is to allow it.
    pub irreversible: Mode,
    /// Whether an index must be built while others can write.
    pub concurrent_indexes: bool,
}

/// The words of `destructive` and `irreversible`.
const HARSHNESS: [(&str, Mode); 3] =
    [("block", Mode::Block), ("warn", Mode::Warn), ("allow", Mode::Report)];

/// Where frameworks keep migrations: most below `migrations`, Rails and dbmate below `db`.
const PATHS: [&str; 2] = ["**/migrations/**", "**/db/migrate/**"];

impl Default for Policy {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            paths: PATHS.iter().filter_map(|path| Glob::new(path).ok()).collect(),
            is_named: false,
            style: None,
            reversible: true,
            immutable: true,
            ordered: true,
            needs_base: true,
            destructive: Mode::Warn,
            irreversible: Mode::Warn,
            concurrent_indexes: false,
        }
    }
}

impl Policy {
    /// Reads the table.
    pub fn read(table: &mut Table<'_, '_>) -> Self {
        let other = Self::default();
        let paths = globs(table, "paths");
        Self {
            mode: table.choice("mode", &Mode::WORDS).unwrap_or_default(),
            is_named: paths.is_some(),
            paths: paths.unwrap_or(other.paths),
            style: table.choice("style", &Style::WORDS).flatten(),
            reversible: table.flag("reversible").unwrap_or(other.reversible),
            immutable: table.flag("immutable").unwrap_or(other.immutable),
            ordered: table.flag("ordered").unwrap_or(other.ordered),
            needs_base: table.flag("needs-base").unwrap_or(other.needs_base),
            destructive: table.choice("destructive", &HARSHNESS).unwrap_or(other.destructive),
            irreversible: table.choice("irreversible", &HARSHNESS).unwrap_or(other.irreversible),
            concurrent_indexes: table
                .flag("concurrent-indexes")
                .unwrap_or(other.concurrent_indexes),
        }
    }

    /// Whether a path of the repository is one to hand over.
    pub fn wants(&self, path: &[u8]) -> bool {
        is_in(&self.paths, path)
    }
}

/// What the gate looks at. Files that the policy does not want are passed over.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The files as they are to be.
    pub head: &'a [File<'a>],
    /// The files as they were, if the base is known.
    pub base: Option<&'a [File<'a>]>,
}

/// A migration that goes up.
struct Migration<'a> {
    file: File<'a>,
    named: Named<'a>,
    /// Whether the base does not have it.
    is_new: bool,
    /// Whether the base has it as it is.
    is_same: bool,
}

/// One way of a migration.
#[derive(Clone, Copy)]
struct Way<'a> {
    file: File<'a>,
    start: usize,
    end: usize,
}

/// Decides.
pub fn decide(policy: &Policy, facts: &Facts<'_>) -> Outcome {
    let head = Tree::of(policy, facts.head);
    let base = facts.base.map(|base| Tree::of(policy, base));
    let mut judge = Judge { policy, reasons: Vec::new() };
    let migrations = head.migrations(base.as_ref());
    for migration in &migrations {
        judge.migration(migration, &head);
    }
    judge.versions(&migrations, base.as_ref());
    judge.names(&head);
    match &base {
        Some(base) if policy.immutable => judge.kept(base, &head),
        None if policy.immutable || policy.ordered => judge.reasons.push(no_base(policy)),
        Some(_) | None => {}
    }
    judge.nothing(&migrations, &head, base.as_ref());
    let new = migrations.iter().filter(|migration| migration.is_new).count();
    let mut measured = text![migrations.len(), " migrations"];
    if base.is_some() {
        measured.text(", ").number(u64::try_from(new).unwrap_or(u64::MAX)).text(" new");
    }
    let limit = match (policy.reversible, policy.immutable) {
        (true, true) => "each can be undone, none that ran is changed",
        (true, false) => "each can be undone",
        (false, true) => "none that ran is changed",
        (false, false) => "versions in order",
    };
    Outcome { gate: Gate::Migrations, measured, limit: limit.into(), reasons: judge.reasons }
}

/// Nobody knows what ran. Whoever wants that to pass has to say so.
fn no_base(policy: &Policy) -> Reason {
    let verdict = if policy.needs_base { Verdict::Fail } else { Verdict::Inconclusive };
    Reason::new(
        "no-base",
        policy.mode.soften(verdict),
        "what is on the base is not known, so nobody can say whether migrations that ran were changed",
    )
    .help(
        "say what to compare with: `diff: BASE...HEAD`, or for a new branch check out with `fetch-depth: 0`; `needs-base = false` of `[gate.migrations]` lets runs pass that have no base, as those of a schedule",
    )
}

/// The files of a side, and what their names say.
struct Tree<'a> {
    files: BTreeMap<&'a [u8], (File<'a>, Option<Named<'a>>)>,
    /// Those that go down, by folder and version.
    downs: BTreeMap<(&'a [u8], Version), File<'a>>,
}

impl<'a> Tree<'a> {
    fn of(policy: &Policy, files: &'a [File<'a>]) -> Self {
        let wanted = files.iter().filter(|file| policy.wants(file.path));
        let files = wanted.map(|file| (file.path, (*file, named(file, policy.style)))).collect();
        let mut tree = Self { files, downs: BTreeMap::new() };
        let downs = tree.named().filter(|(_, named)| named.role == Role::Down);
        tree.downs =
            downs.map(|(file, named)| ((named.folder, named.version.clone()), *file)).collect();
        tree
    }

    fn named(&self) -> impl Iterator<Item = (&File<'a>, &Named<'a>)> {
        self.files.values().filter_map(|(file, named)| Some((file, named.as_ref()?)))
    }

    /// Those that go up, in the order of their folders and versions.
    fn migrations(&self, base: Option<&Self>) -> Vec<Migration<'a>> {
        let ups = self.named().filter(|(_, named)| matches!(named.role, Role::Up | Role::Both));
        let mut migrations: Vec<Migration<'a>> = ups
            .map(|(file, named)| {
                let before = base.map(|base| base.files.get(file.path));
                let is_new = matches!(before, Some(None));
                let is_same = matches!(before, Some(Some((old, _))) if old.bytes == file.bytes);
                Migration { file: *file, named: named.clone(), is_new, is_same }
            })
            .collect();
        let key = |migration: &Migration<'a>| {
            (migration.named.folder, migration.named.version.clone(), migration.file.path)
        };
        migrations.sort_by_key(key);
        migrations
    }
}

struct Judge<'p> {
    policy: &'p Policy,
    reasons: Vec<Reason>,
}

impl Judge<'_> {
    fn fail(&mut self, rule: &'static str, place: Place, message: Text, help: &'static str) {
        let verdict = self.policy.mode.soften(Verdict::Fail);
        self.reasons.push(Reason::new(rule, verdict, message).at(place).help(help));
    }

    /// One migration by itself.
    fn migration(&mut self, migration: &Migration<'_>, head: &Tree<'_>) {
        let first = self.reasons.len();
        let (up, down) = ways(migration, head);
        let mut dangers = Some(Vec::new());
        if migration.named.style == Style::Script {
            self.script(migration, &mut dangers);
        } else {
            self.ways(migration, up, down);
            dangers = up.and_then(|up| {
                let text = up.file.bytes.get(up.start..up.end).unwrap_or_default();
                let moved = |danger: Danger| Danger { at: danger.at + up.start, ..danger };
                Some(destructive::find(text)?.into_iter().map(moved).collect())
            });
        }
        match dangers {
            Some(dangers) => self.dangers(migration, &dangers),
            None if up.is_some() => self.fail(
                "migration-unreadable",
                Place::file(migration.file.path),
                text!["a quote or a comment in it is not closed"],
                "close it; what stands behind it is never run",
            ),
            None => {}
        }
        // What is on the base already is for another day.
        if migration.is_same {
            for reason in self.reasons.iter_mut().skip(first) {
                reason.state = State::Known;
            }
        }
    }

    fn ways(&mut self, migration: &Migration<'_>, up: Option<Way<'_>>, down: Option<Way<'_>>) {
        let is_empty = |way: &Way<'_>| {
            sql::is_empty(way.file.bytes.get(way.start..way.end).unwrap_or_default())
        };
        if up.as_ref().is_none_or(is_empty) {
            let message = text!["the migration does nothing"];
            let place = Place::file(migration.file.path);
            self.fail("migration-empty", place, message, "write its statements, or take it out");
        }
        if !self.policy.reversible || down.as_ref().is_some_and(|way| !is_empty(way)) {
            return;
        }
        let whole = Way { file: migration.file, start: 0, end: migration.file.bytes.len() };
        let reason = [Some(whole), down].into_iter().flatten().find_map(marker);
        let message = no_way(down.is_some());
        self.irreversible(migration, message, reason);
    }

    fn script(&mut self, migration: &Migration<'_>, dangers: &mut Option<Vec<Danger>>) {
        let masked = script::masked(migration.file.bytes);
        match script::function(&masked, "up") {
            Some(up) => *dangers = Some(script::dangers(&masked, up)),
            None => self.fail(
                "migration-empty",
                Place::file(migration.file.path),
                text!["it exports no function `up`"],
                "export `up` and `down`",
            ),
        }
        let down = script::function(&masked, "down");
        if self.policy.reversible && down.is_none_or(|down| down.is_empty) {
            let whole = Way { file: migration.file, start: 0, end: migration.file.bytes.len() };
            let message = no_way(down.is_some());
            self.irreversible(migration, message, marker(whole));
        }
    }

    fn irreversible(&mut self, migration: &Migration<'_>, message: Text, why: Option<Foreign>) {
        let place = Place::file(migration.file.path);
        let Some(why) = why else {
            let help = match migration.named.style {
                Style::GolangMigrate => "write what undoes it into the `.down.sql` file beside it",
                Style::Sqlx => {
                    "make it one of two files, `.up.sql` and `.down.sql` (`sqlx migrate add -r`)"
                }
                Style::Diesel => "write what undoes it into `down.sql`",
                Style::Flyway => "write what undoes it into a file `U<version>__<name>.sql`",
                Style::Script => "write what undoes it into `down`",
                Style::Dbmate => "write what undoes it behind `-- migrate:down`",
                Style::Goose => "write what undoes it behind `-- +goose Down`",
            };
            return self.fail("migration-irreversible", place, message, help);
        };
        let verdict = self.policy.mode.soften(self.policy.irreversible.soften(Verdict::Fail));
        let message = text!["it says that it cannot be undone: ", why];
        self.reasons.push(Reason::new("migration-irreversible", verdict, message).at(place));
    }

    fn dangers(&mut self, migration: &Migration<'_>, dangers: &[Danger]) {
        let policy = self.policy;
        let verdict = policy.mode.soften(policy.destructive.soften(Verdict::Fail));
        let bytes = migration.file.bytes;
        let (mut line, mut from) = (1, 0);
        for danger in dangers {
            let between = bytes.get(from..danger.at).unwrap_or_default();
            line += between.iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
            from = danger.at;
            let is_index = danger.rule == "index-blocks";
            let is_wanted = if is_index {
                policy.concurrent_indexes
            } else {
                policy.destructive != Mode::Report
            };
            if !is_wanted {
                continue;
            }
            let place = Place { line: Some(line), ..Place::file(migration.file.path) };
            let verdict = if is_index { policy.mode.soften(Verdict::Fail) } else { verdict };
            let help = if is_index {
                "build it with `CREATE INDEX CONCURRENTLY`, outside of a transaction"
            } else {
                "see that no running program needs it and that there is a backup, then waive it"
            };
            let message = text!["the migration ", danger.does];
            self.reasons.push(Reason::new(danger.rule, verdict, message).at(place).help(help));
        }
    }

    /// Says so where there is nothing to judge.
    fn nothing(&mut self, migrations: &[Migration<'_>], head: &Tree<'_>, base: Option<&Tree<'_>>) {
        let is_any =
            head.named().next().is_some() || base.is_some_and(|base| base.named().next().is_some());
        if !migrations.is_empty() || is_any {
            return;
        }
        let reason = if self.policy.is_named {
            Reason::new("no-migrations", Verdict::Error, "no file below `paths` is a migration")
                .help("see the patterns of `paths`, and the names of the files")
        } else {
            Reason::new("no-migrations", Verdict::Pass, "there are no migrations")
                .help("if there are, name their folders in `paths`")
        };
        self.reasons.push(reason);
    }
}

/// The way up and the way down of a migration that is not a script.
fn ways<'a>(migration: &Migration<'a>, head: &Tree<'a>) -> (Option<Way<'a>>, Option<Way<'a>>) {
    let file = migration.file;
    let whole = |file: File<'a>| Way { file, start: 0, end: file.bytes.len() };
    if migration.named.role == Role::Both {
        let parts = Parts::of(file.bytes, migration.named.style);
        let way = |part: Option<(usize, usize)>| part.map(|(start, end)| Way { file, start, end });
        return (way(parts.up), way(parts.down));
    }
    let key = (migration.named.folder, migration.named.version.clone());
    (Some(whole(file)), head.downs.get(&key).copied().map(whole))
}

fn no_way(is_there: bool) -> Text {
    if is_there { "its way down does nothing".into() } else { "it has no way down".into() }
}

/// Why a migration says that it cannot be undone: a comment `irreversible: why`.
fn marker(way: Way<'_>) -> Option<Foreign> {
    let text = way.file.bytes.get(way.start..way.end).unwrap_or_default();
    text.lines().find_map(|line| {
        let line = line.trim_ascii();
        let line =
            [&b"--"[..], b"//", b"/*", b"#"].iter().find_map(|begin| line.strip_prefix(*begin))?;
        let (word, why) = line.trim_ascii().split_once_str(":")?;
        let why = why.strip_suffix(b"*/").unwrap_or(why).trim_ascii();
        let is_it = word.eq_ignore_ascii_case(b"irreversible") && !why.is_empty();
        is_it.then(|| Foreign::from(why))
    })
}

#[cfg(test)]
mod tests;
