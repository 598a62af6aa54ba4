//! One line of a person's recipe, or of the folders that they keep.

use diagnostics::{Foreign, Piece, Text, text};
use ecosystems::caches::{Layer, Place, Reuse};
use repo_model::Glob;

/// One ingredient.
#[derive(Clone, Debug)]
pub(super) enum Line {
    /// The contents of files.
    Files(Glob),
    /// A value that a person wrote down: its name and itself.
    Value(String, String),
    /// A variable, by its name.
    Variable(String),
    /// What a command says: its words.
    Command(Vec<String>),
}

/// Why a line is none.
#[derive(Clone, Debug)]
pub(super) struct NotALine {
    /// What was found, and what was expected.
    pub(super) found: Text,
    /// What to write.
    pub(super) help: &'static str,
}

const FORMS: &str =
    "write `files: GLOB`, `value: NAME=VALUE`, `env: NAME` or `command: WORDS`, one a line";

/// What only a shell understands.
const OF_SHELLS: &[char] =
    &['"', '\'', '\\', '$', '`', '|', '&', ';', '<', '>', '*', '?', '(', ')', '{', '}', '~', '#'];

/// Reads a line of a recipe.
pub(super) fn read(line: &str) -> Result<Line, NotALine> {
    let wrong = |found: Text, help| Err(NotALine { found, help });
    let Some((kind, rest)) = line.split_once(':') else {
        return wrong("expected one of `files:`, `value:`, `env:` and `command:`".into(), FORMS);
    };
    let rest = rest.trim();
    match kind.trim() {
        "files" => match Glob::new(rest) {
            Ok(glob) => Ok(Line::Files(glob)),
            Err(error) => wrong(
                text!["expected a pattern of paths; ", Piece::said(&error)],
                "write it as for paths-filter: `proto/**`, or `!proto/old/**` to take out",
            ),
        },
        "value" => match rest.split_once('=') {
            Some((name, value)) if is_word(name.trim()) => {
                Ok(Line::Value(name.trim().to_owned(), value.trim().to_owned()))
            }
            _ => wrong("expected a name, `=` and a value".into(), "write `value: NAME=VALUE`"),
        },
        "env" if is_name(rest) => Ok(Line::Variable(rest.to_owned())),
        "env" => wrong(
            "expected the name of one variable".into(),
            "write one a line; `env-vars` takes beginnings of names",
        ),
        "command" => command(rest),
        kind => {
            let kinds = ["files", "value", "env", "command"];
            let mut found = text!["expected one of `files`, `value`, `env` and `command`"];
            if let Some(near) = diagnostics::nearest(kind, kinds) {
                found.text("; did you mean ").foreign(near).text("?");
            }
            wrong(found, FORMS)
        }
    }
}

/// The words of a command: those of a JSON list, or those between blanks where no shell would see more
/// than that.
fn command(text: &str) -> Result<Line, NotALine> {
    let words = if text.starts_with('[') {
        serde_json::from_str::<Vec<String>>(text).map_err(|error| NotALine {
            found: text!["expected a JSON list of words; ", Piece::said(&error)],
            help: "write `command: [\"protoc\", \"--version\"]`",
        })?
    } else if let Some(sign) = text.chars().find(|it| OF_SHELLS.contains(it)) {
        return Err(NotALine {
            found: text![
                "no shell reads it, and ",
                Foreign::from(sign.to_string().as_str()),
                " means something to one"
            ],
            help: "write its words as a JSON list, `[\"sh\", \"-c\", \"...\"]` if a shell is meant",
        });
    } else {
        text.split_whitespace().map(str::to_owned).collect()
    };
    if words.first().is_none_or(String::is_empty) {
        return Err(NotALine {
            found: "expected a program".into(),
            help: "write `command: protoc --version`",
        });
    }
    Ok(Line::Command(words))
}

/// Whether this names a variable (POSIX, "Environment Variables").
pub(super) fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_word(name: &str) -> bool {
    !name.is_empty() && !name.contains(char::is_whitespace)
}

/// Reads a line of folders: `PATH`, or `PATH -> LAYER REUSE`. Without a layer it is of the `general` one.
pub(super) fn place(line: &str, general: Layer) -> Result<Place, NotALine> {
    let help = "write `~/.cache/x`, or `~/.cache/x -> deps same-system`";
    let (path, words) = line.split_once("->").unwrap_or((line, ""));
    let path = path.trim();
    let wrong = |found: Text| NotALine { found, help };
    if path.is_empty() {
        return Err(wrong("expected a path".into()));
    }
    if path.starts_with('!') {
        return Err(wrong("a folder cannot be taken out of another".into()));
    }
    let (mut layer, mut reuse) = (None, None);
    for word in words.split_whitespace() {
        let of_layer = Layer::ALL.into_iter().find(|it| it.name() == word);
        let of_reuse = REUSES.iter().find(|(name, ..)| *name == word);
        match (of_layer, of_reuse) {
            (Some(found), _) if layer.is_none() => layer = Some(found),
            (_, Some((_, found, why))) if reuse.is_none() => reuse = Some((*found, *why)),
            _ => {
                let layers = Layer::ALL.into_iter().map(Layer::name);
                let words = layers.chain(REUSES.iter().map(|(name, ..)| *name));
                let mut found = text![
                    "expected at most one layer (registry, deps, workspace) and one of exact, same-toolchain, same-system and any; found ",
                    Foreign::from(word)
                ];
                if let Some(near) = diagnostics::nearest(word, words).filter(|near| *near != word) {
                    found.text("; did you mean ").foreign(near).text("?");
                }
                return Err(wrong(found));
            }
        }
    }
    let (reuse, why) = reuse.unwrap_or((Reuse::Exact, "nobody says that it fits another key"));
    Ok(Place { path: path.as_bytes().to_vec(), layer: layer.unwrap_or(general), reuse, why })
}

/// How far a folder may be used, and why.
const REUSES: [(&str, Reuse, &str); 4] = [
    ("exact", Reuse::Exact, "`paths` says that it fits the very key alone"),
    ("same-toolchain", Reuse::SameToolchain, "`paths` says that it fits the same toolchain"),
    ("same-system", Reuse::SameSystem, "`paths` says that it fits the same system"),
    ("any", Reuse::Any, "`paths` says that it fits everywhere"),
];

impl Line {
    /// What tells it from others.
    fn key(&self) -> (u8, Vec<&str>) {
        match self {
            Self::Files(glob) => (0, vec![glob.as_str()]),
            Self::Value(name, value) => (1, vec![name, value]),
            Self::Variable(name) => (2, vec![name]),
            Self::Command(words) => (3, words.iter().map(String::as_str).collect()),
        }
    }
}

impl PartialEq for Line {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Line {}

impl PartialOrd for Line {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Line {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, wanted: &[&str]) {
        assert_eq!(read(line).unwrap().key().1, wanted);
    }

    #[test]
    fn a_line_is_one_of_four_things() {
        check("files: proto/**/*.proto", &["proto/**/*.proto"]);
        check("files: !proto/old/**", &["!proto/old/**"]);
        check("value:  a = b = c ", &["a", "b = c"]);
        check("value: a=", &["a", ""]);
        check("env: CFLAGS", &["CFLAGS"]);
        check("command: protoc  --version", &["protoc", "--version"]);
        check(r#"command: ["sh", "-c", "a | b"]"#, &["sh", "-c", "a | b"]);
    }

    #[test]
    fn anything_else_is_refused() {
        for line in [
            "proto/**",
            "file: x",
            "files:",
            "value: x",
            "value: =x",
            "env:",
            "env: A*",
            "env: A B",
            "command:",
            "command: a | b",
            "command: echo $X",
            "command: echo 'a b'",
            "command: []",
            "command: [1]",
            "command: [\"\"]",
        ] {
            assert!(read(line).is_err(), "{line}");
        }
        let told = format!("{:?}", read("file: x").unwrap_err().found);
        assert!(told.contains("files"), "{told}");
    }

    #[test]
    fn a_folder_fits_the_very_key_alone_unless_somebody_says_more() {
        let check = |line: &str, path: &str, layer, reuse| {
            let place = place(line, Layer::Registry).unwrap();
            assert_eq!(
                (place.path.as_slice(), place.layer, place.reuse),
                (path.as_bytes(), layer, reuse)
            );
        };
        check("~/.cache/x", "~/.cache/x", Layer::Registry, Reuse::Exact);
        check("a b -> deps", "a b", Layer::Dependencies, Reuse::Exact);
        check("/x->any", "/x", Layer::Registry, Reuse::Any);
        check("x -> same-system workspace", "x", Layer::Workspace, Reuse::SameSystem);
        for line in ["-> deps", "x -> dep", "x -> deps deps", "x -> any exact", "!x"] {
            assert!(place(line, Layer::Registry).is_err(), "{line}");
        }
    }
}
