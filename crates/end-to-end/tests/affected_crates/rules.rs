//! Rules that are made up, in determinator's format, for files that its places say nothing of and for
//! sources of members.

use std::fmt::Write as _;

use crate::world::{Random, World, name};

/// Files that members do not own, and files that they do; with what takes each of them.
const GLOBS: [&str; 9] = [
    "docs/**",
    ".github/**",
    "scripts/*",
    "**/src/more.rs",
    "**/README.md",
    "**/member1/**",
    "**/Cargo.toml",
    "{Cargo.toml,Cargo.lock}",
    "{docs,scripts}/**/*.{md,sh}",
];

/// A file of rules, which names members as they are now.
pub(crate) fn rules(random: &mut Random, world: &World) -> String {
    let numbers: Vec<usize> = world.members.keys().copied().collect();
    let mut text = String::new();
    if random.one_in(3) {
        text.push_str("use-default-rules = false\n");
    }
    let mark = |random: &mut Random| match random.below(6) {
        0 => "\"all\"".to_owned(),
        1 => "[]".to_owned(),
        _ => format!("[\"{}\"]", name(random.of(&numbers))),
    };
    for _ in 0..random.below(4) {
        let globs = [random.of(&GLOBS), random.of(&GLOBS)];
        let post = random.of(&["skip", "skip-rules", "fallthrough"]);
        let mark = mark(random);
        let _ = write!(
            text,
            "[[path-rule]]\nglobs = {globs:?}\nmark-changed = {mark}\npost-rule = \"{post}\"\n"
        );
    }
    for _ in 0..random.below(3) {
        let on = name(random.of(&numbers));
        let mark = mark(random);
        let _ = write!(text, "[[package-rule]]\non-affected = [\"{on}\"]\nmark-changed = {mark}\n");
    }
    text
}
