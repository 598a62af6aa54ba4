//! The table `[cache-key]` of the configuration.
//!
//! What names ingredients, folders and variables comes to what the inputs name: left out, a key would
//! forget what somebody says it depends on. Other inputs stand in place of the table.

use std::path::Path;

use diagnostics::Foreign;
use diagnostics::config::{Config, Table, Word};
use runner_protocol::{Cause, Failure};

use super::line::{self, Line};
use crate::args::{Chosen, ComputeArgs, LayerName, ecosystems};
use crate::gather::disk;

/// Where the configuration is where nobody says it.
const DEFAULT: &str = ".github/signalbox.toml";
/// The most bytes of it.
const LARGEST: u64 = 16 << 20;
/// What the table says.
#[derive(Default)]
struct Written {
    ecosystems: Option<Chosen>,
    layers: Vec<LayerName>,
    workspaces: Vec<String>,
    env_vars: Vec<String>,
    paths: Vec<String>,
    recipe: Vec<String>,
    require_lock: Option<bool>,
}

/// The inputs, with what the configuration says.
pub(in crate::gather) fn configured(args: &ComputeArgs) -> Result<ComputeArgs, Failure> {
    let named = args.recipe.config.as_deref();
    let path = named.unwrap_or(Path::new(DEFAULT));
    let help = "`--config` (input `config`) names a file that can be read";
    let is_there =
        system::exists(path).map_err(|failure| disk(&failure, "the configuration", help))?;
    let mut args = args.clone();
    if named.is_none() && !is_there {
        return Ok(args);
    }
    let bytes = system::read_file(path, LARGEST)
        .map_err(|failure| disk(&failure, "the configuration", help))?;
    let written =
        Config::read(Foreign::path(path), &bytes, |top| read(&mut top.of_suite("cache-key")))
            .map_err(|problems| Failure { cause: Cause::NoAnswer, problems })?;
    if let (Chosen::Auto, Some(chosen)) = (&args.ecosystems, written.ecosystems) {
        args.ecosystems = chosen;
    }
    if args.layers == [LayerName::Registry, LayerName::Deps] && !written.layers.is_empty() {
        args.layers = written.layers;
    }
    if args.workspaces.iter().all(|line| line.trim().is_empty()) {
        args.workspaces = written.workspaces;
    }
    args.require_lock |= written.require_lock.unwrap_or(false);
    let add = |all: &mut String, more: &[String]| {
        for line in more {
            all.push('\n');
            all.push_str(line);
        }
    };
    add(&mut args.env_vars, &written.env_vars);
    add(&mut args.recipe.paths, &written.paths);
    add(&mut args.recipe.recipe, &written.recipe);
    Ok(args)
}

fn read(table: &mut Table<'_, '_>) -> Written {
    let mut written = Written::default();
    if let Some(words) = table.strings("ecosystems") {
        let mut names = Vec::new();
        for word in &words {
            match ecosystems(&word.text) {
                Ok(_) => names.push(word.text.as_str()),
                Err(why) => table.wrong(word, "not an ecosystem", help(&why)),
            }
        }
        match ecosystems(&names.join(",")) {
            Ok(chosen) => written.ecosystems = Some(chosen),
            Err(why) if names.len() == words.len() => {
                table.wrong_value("ecosystems", "not a choice of ecosystems", help(&why));
            }
            Err(_) => {}
        }
    }
    for word in table.strings("layers").unwrap_or_default() {
        let choices = [
            ("registry", LayerName::Registry),
            ("deps", LayerName::Deps),
            ("workspace", LayerName::Workspace),
        ];
        written.layers.extend(table.chosen(&word, "layers", &choices));
    }
    written.workspaces = texts(table, "workspaces", |_| Ok(()));
    written.env_vars = texts(table, "env-vars", |name| {
        if name.split_whitespace().count() == 1 {
            return Ok(());
        }
        Err(line::NotALine {
            found: "expected the beginning of a variable's name".into(),
            help: "write one a string",
        })
    });
    written.paths = texts(table, "paths", |text| {
        line::place(text, ecosystems::caches::Layer::Registry).map(|_| ())
    });
    written.recipe = texts(table, "recipe", |text| match line::read(text)? {
        Line::Files(_) | Line::Value(..) | Line::Variable(_) => Ok(()),
        // A pull request brings its own file, and would choose what runs before anybody looked at it.
        Line::Command(_) => Err(line::NotALine {
            found: "commands are not taken from a file of the repository".into(),
            help: "write it into the input `recipe`, which stands in the workflow",
        }),
    });
    written.require_lock = table.flag("require-lock");
    written
}

fn help(why: &str) -> diagnostics::Text {
    diagnostics::Text::from(Foreign::from(why))
}

/// The strings of a key, each on one line; those that are wrong are told.
fn texts(
    table: &mut Table<'_, '_>,
    key: &'static str,
    check: impl Fn(&str) -> Result<(), line::NotALine>,
) -> Vec<String> {
    let words: Vec<Word> = table.strings(key).unwrap_or_default();
    for word in &words {
        if word.text.contains(['\n', '\r']) {
            table.wrong(word, "expected one line", "write one string for each line");
        } else if let Err(wrong) = check(word.text.trim()) {
            table.wrong(word, wrong.found, wrong.help);
        }
    }
    words.into_iter().map(|word| word.text).collect()
}
