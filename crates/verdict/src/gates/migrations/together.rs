//! Migrations among each other: their versions, their names, and what the base has of them.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::{Foreign, Place, text};

use super::styles::{Role, Style, Version, split};
use super::{Judge, Migration, Tree, sql};
use crate::{Reason, State, Verdict};

impl Judge<'_> {
    /// The versions among each other.
    pub(super) fn versions(&mut self, migrations: &[Migration<'_>], base: Option<&Tree<'_>>) {
        let mut highest: BTreeMap<&[u8], &Version> = BTreeMap::new();
        for (_, named) in base.iter().flat_map(|base| base.named()) {
            if matches!(named.role, Role::Up | Role::Both) {
                let version = highest.entry(named.folder).or_insert(&named.version);
                *version = (*version).max(&named.version);
            }
        }
        let same = |one: &&Migration<'_>, other: &&Migration<'_>| {
            one.named.folder == other.named.folder && one.named.version == other.named.version
        };
        let all: Vec<&Migration<'_>> = migrations.iter().collect();
        for group in all.chunk_by(same).filter(|group| group.len() > 1) {
            // The one that was there first keeps its version.
            let keeps = group.iter().find(|migration| !migration.is_new).or(group.first());
            let others =
                group.iter().filter(|one| keeps.is_some_and(|it| it.file.path != one.file.path));
            for one in others {
                let other = keeps.map_or(Foreign::from(""), |it| Foreign::from(it.file.path));
                let message = text!["it has the version of ", other];
                self.fail(
                    "migration-version",
                    Place::file(one.file.path),
                    message,
                    "give it a version of its own",
                );
                if one.is_same
                    && let Some(reason) = self.reasons.last_mut()
                {
                    reason.state = State::Known;
                }
            }
        }
        for migration in
            migrations.iter().filter(|migration| migration.is_new && self.policy.ordered)
        {
            let highest = highest.get(migration.named.folder);
            if highest.is_some_and(|highest| migration.named.version < **highest) {
                self.fail(
                    "migration-order",
                    Place::file(migration.file.path),
                    text!["it is new, and its version is below one of the base"],
                    "give it a version above all that are there: where those have run, it never would",
                );
            }
        }
    }

    /// Files that are named otherwise than they have to be.
    pub(super) fn names(&mut self, head: &Tree<'_>) {
        let mut styles: BTreeMap<&[u8], BTreeSet<Style>> = BTreeMap::new();
        let mut ups = BTreeSet::new();
        for (_, named) in head.named() {
            // Both name files in the same way.
            let style = if named.style == Style::Sqlx { Style::GolangMigrate } else { named.style };
            styles.entry(named.folder).or_default().insert(style);
            if matches!(named.role, Role::Up | Role::Both) {
                ups.insert((named.folder, &named.version));
            }
        }
        for (folder, styles) in &styles {
            if let [one, other, ..] = *styles.iter().collect::<Vec<_>>() {
                let message = text![
                    "the folder holds migrations of two styles, ",
                    one.name(),
                    " and ",
                    other.name()
                ];
                self.fail(
                    "migration-style",
                    Place::file(*folder),
                    message,
                    "keep each style in a folder of its own, or set `style`",
                );
            }
        }
        let mut unknown: BTreeSet<&[u8]> = BTreeSet::new();
        for (path, (_, named)) in &head.files {
            let (folder, name) = split(path);
            match named {
                Some(named) if named.role == Role::Down => {
                    if !ups.contains(&(named.folder, &named.version)) {
                        self.fail(
                            "migration-name",
                            Place::file(*path),
                            text!["it undoes a migration that is not there"],
                            "give it the version of the migration that it belongs to",
                        );
                    }
                }
                Some(_) => {}
                None if name.ends_with(b".sql")
                    && (styles.contains_key(folder) || self.policy.style.is_some()) =>
                {
                    self.fail(
                        "migration-name",
                        Place::file(*path),
                        text!["it is not named as a migration, so no tool runs it"],
                        "name it as the others, or keep it in another folder",
                    );
                }
                None => {
                    if name.first().is_some_and(u8::is_ascii_digit) && name.contains(&b'.') {
                        unknown.insert(folder);
                    }
                }
            }
        }
        for folder in unknown {
            let message =
                text!["the folder holds migrations in a language that this gate does not read"];
            let verdict = self.policy.mode.soften(Verdict::Inconclusive);
            let reason = Reason::new("migration-style", verdict, message);
            self.reasons.push(reason.at(Place::file(folder)).help("leave it out of `paths`"));
        }
    }

    /// What ran stays as it is.
    pub(super) fn kept(&mut self, base: &Tree<'_>, head: &Tree<'_>) {
        for (file, named) in base.named().filter(|(_, named)| named.role != Role::Repeatable) {
            let now = head.files.get(file.path);
            let message = match now {
                Some((now, _)) if now.bytes == file.bytes => continue,
                // What could not be undone may be given a way down later.
                Some((_, _)) if named.role == Role::Down && sql::is_empty(file.bytes) => continue,
                Some(_) => text!["it is on the base, where it may have run, and is changed here"],
                None => text!["it is on the base, where it may have run, and is not here any more"],
            };
            let help = "take it back as it was, and write a new migration";
            self.fail("migration-changed", Place::file(file.path), message, help);
        }
    }
}
