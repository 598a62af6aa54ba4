//! What a person adds: their own ingredients, and further folders to keep.

mod commands;
mod config;
mod files;
mod line;

use std::path::Path;

use bstr::BString;
use diagnostics::{Foreign, Problem, text};
use ecosystems::caches::{Found, Ingredient, Layer, Level, Source};
use repo_model::Tree;
use runner_protocol::{Cause, Failure, Out};

use self::line::{Line, NotALine};
use crate::args::ComputeArgs;

pub(super) use config::configured;

/// Why all of it counts.
const WHY: &str = "somebody says that the cache depends on it";

/// What a person adds. `tree` is the repository, `top` where its root is.
pub(super) fn own(
    args: &ComputeArgs,
    kept: Option<Layer>,
    (tree, top): (&dyn Tree, &Path),
    out: &Out,
) -> Result<Found, Failure> {
    let mut problems = Vec::new();
    let mut found = Found::default();
    for text in lines(&args.recipe.paths) {
        match line::place(text, kept.unwrap_or(Layer::Dependencies)) {
            Ok(place) => found.places.push(place),
            Err(wrong) => problems.push(told(text, "paths", &wrong)),
        }
    }
    let mut recipe = Vec::new();
    for text in lines(&args.recipe.recipe) {
        match line::read(text) {
            Ok(line) => recipe.push(line),
            Err(wrong) => problems.push(told(text, "recipe", &wrong)),
        }
    }
    // The order of files alone says something: a later pattern takes back.
    let (patterns, mut recipe): (Vec<Line>, Vec<Line>) =
        recipe.into_iter().partition(|line| matches!(line, Line::Files(_)));
    recipe.sort();
    recipe.dedup();
    let patterns = patterns.into_iter().filter_map(|line| match line {
        Line::Files(glob) => Some(glob),
        Line::Value(..) | Line::Variable(_) | Line::Command(_) => None,
    });
    let add = |level, name: &str| Ingredient::new(level, name, Source::Input("recipe"), WHY);
    let mut read = add(Level::Dependencies, "files");
    files::read(patterns.collect(), (tree, top), args.recipe.allow_empty, &mut read, &mut problems);
    let mut values = add(Level::Toolchain, "values");
    let mut variables = add(Level::Toolchain, "variables");
    let mut asked = Vec::new();
    for line in recipe {
        match line {
            Line::Value(name, value) => values.shown(name, value),
            Line::Variable(name) => {
                let is_it = |it: &[u8]| it == name.as_bytes();
                if let Some(value) = out.variables(&is_it).into_values().next() {
                    variables.hidden(name, value);
                }
            }
            Line::Command(words) => asked.push(words),
            Line::Files(_) => {}
        }
    }
    if !problems.is_empty() {
        return Err(Failure { cause: Cause::NoAnswer, problems });
    }
    let mut said = add(Level::Toolchain, "commands");
    for (words, output) in commands::run(&asked)? {
        said.hidden(BString::from(words.join(" ")), output);
    }
    let all = [read, values, variables, said];
    found.ingredients.extend(all.into_iter().filter(|it| !it.facts.is_empty()));
    Ok(found)
}

/// The lines of an input that say something; `#` begins a comment.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// A line that cannot be used.
fn told(line: &str, input: &'static str, wrong: &NotALine) -> Problem {
    let message = text!["a line of the input `", input, "` cannot be used: ", Foreign::from(line)];
    Problem::error(message).label(wrong.found.clone()).help(wrong.help)
}

/// The arguments of images: names and values. Of one that stands twice the last counts.
pub(super) fn build_args(
    args: &ComputeArgs,
) -> Result<std::collections::BTreeMap<String, String>, Failure> {
    let mut problems = Vec::new();
    let mut read = std::collections::BTreeMap::new();
    for text in lines(&args.recipe.build_args) {
        match text.split_once('=') {
            Some((name, value)) if line::is_name(name) => {
                read.insert(name.to_owned(), value.to_owned());
            }
            _ => {
                // What stands there may be a secret.
                let problem = Problem::error("a line of the input `build-args` cannot be used")
                    .label("expected `NAME=VALUE`")
                    .help("write one argument a line, as for docker/build-push-action");
                problems.push(problem);
            }
        }
    }
    if problems.is_empty() { Ok(read) } else { Err(Failure { cause: Cause::NoAnswer, problems }) }
}
