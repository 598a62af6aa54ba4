//! A Dockerfile as far as it says which images and steps there are (Docker, "Dockerfile reference").

/// What it says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Dockerfile {
    /// Parser directives: names in lower case, and values.
    pub(super) directives: Vec<(String, String)>,
    /// The `ARG` lines before the first stage, which `FROM` lines may name.
    pub(super) arguments: Vec<Vec<u8>>,
    pub(super) stages: Vec<Stage>,
}

/// A stage.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stage {
    /// Its place, from 1.
    at: usize,
    /// What follows `FROM`, without the name of the stage.
    pub(super) from: Vec<u8>,
    /// Its name, if it has one.
    name: Option<String>,
    /// Its instructions in order, their names in upper case.
    pub(super) steps: Vec<Vec<u8>>,
}

impl Stage {
    /// What it is called.
    pub(super) fn title(&self) -> String {
        match &self.name {
            Some(name) => format!("stage {name}"),
            None => format!("stage {}", self.at),
        }
    }
}

/// Where something is not as it should be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) at: usize,
    pub(super) why: &'static str,
}

/// Reads a Dockerfile.
pub(super) fn read(bytes: &[u8]) -> Result<Dockerfile, Wrong> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut read = Dockerfile::default();
    let mut lines = Lines { rest: bytes, at: 0 };
    let escape = directives(&mut lines, &mut read);
    while let Some((at, instruction)) = lines.instruction(escape) {
        let end = instruction.iter().position(u8::is_ascii_whitespace);
        let (name, rest) = instruction.split_at(end.unwrap_or(instruction.len()));
        let name = name.to_ascii_uppercase();
        let rest = rest.trim_ascii_start();
        if !name.iter().all(u8::is_ascii_alphabetic) {
            return Err(Wrong { at, why: "found a line that begins with no instruction" });
        }
        if name == b"FROM" {
            let place = read.stages.len() + 1;
            read.stages.push(stage(place, rest).ok_or(Wrong {
                at,
                why: "found `FROM` without an image",
            })?);
            continue;
        }
        let mut step = [name.as_slice(), b" ", rest].concat();
        lines.documents(&mut step);
        match read.stages.last_mut() {
            Some(stage) => stage.steps.push(step),
            None if name == b"ARG" => read.arguments.push(step),
            None => return Err(Wrong { at, why: "found an instruction before the first `FROM`" }),
        }
    }
    if read.stages.is_empty() {
        return Err(Wrong { at: 0, why: "found no `FROM`" });
    }
    Ok(read)
}

/// Reads the directives at the top (`# syntax=`, `# escape=`, `# check=`); which letter escapes a line's
/// end. What comes after the first other line is a comment.
fn directives(lines: &mut Lines<'_>, read: &mut Dockerfile) -> u8 {
    let mut escape = b'\\';
    while let Some(line) = lines.peek() {
        let line = line.trim_ascii();
        let Some(text) = line.strip_prefix(b"#") else { break };
        let Some(equal) = text.iter().position(|byte| *byte == b'=') else { break };
        let (name, value) = text.split_at(equal);
        let name = String::from_utf8_lossy(name.trim_ascii()).to_lowercase();
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        if !matches!(name.as_str(), "syntax" | "escape" | "check") {
            break;
        }
        if name == "escape" && value == b"`" {
            escape = b'`';
        }
        // Checks only tell of a build.
        if name != "check" {
            read.directives.push((name, String::from_utf8_lossy(value).into_owned()));
        }
        lines.take();
    }
    escape
}

/// The stage of what follows `FROM`: options, an image, and perhaps `AS` and a name.
fn stage(at: usize, text: &[u8]) -> Option<Stage> {
    let words: Vec<&[u8]> =
        text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
    let image = words.iter().find(|word| !word.starts_with(b"--"))?;
    let options = words.iter().take_while(|word| word.starts_with(b"--"));
    let from = options.copied().chain([*image]).collect::<Vec<_>>().join(&b' ');
    let behind = words.iter().skip_while(|word| word.starts_with(b"--")).skip(1);
    let name = match behind.copied().collect::<Vec<_>>().as_slice() {
        [word, name] if word.eq_ignore_ascii_case(b"as") => {
            Some(String::from_utf8_lossy(name).to_lowercase())
        }
        _ => None,
    };
    Some(Stage { at, from, name, steps: Vec::new() })
}

struct Lines<'b> {
    rest: &'b [u8],
    at: usize,
}

impl<'b> Lines<'b> {
    /// The next line without its end.
    fn peek(&self) -> Option<&'b [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let line = self.rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }

    fn take(&mut self) -> Option<&'b [u8]> {
        let line = self.peek()?;
        let end = self.rest.iter().position(|byte| *byte == b'\n');
        let length = end.map_or(self.rest.len(), |end| end + 1);
        self.rest = self.rest.get(length..).unwrap_or_default();
        self.at += length;
        Some(line)
    }

    /// The next instruction, with lines that a line's end does not end joined, and without comments and
    /// blank lines in between; and where it begins.
    fn instruction(&mut self, escape: u8) -> Option<(usize, Vec<u8>)> {
        let mut begun: Option<(usize, Vec<u8>)> = None;
        loop {
            let at = self.at;
            let Some(line) = self.take() else { return begun };
            let text = line.trim_ascii_start();
            if text.is_empty() || text.starts_with(b"#") {
                continue;
            }
            let ended = text.trim_ascii_end();
            let (text, goes_on) = match ended.strip_suffix(&[escape]) {
                Some(before) => (before, true),
                None => (text, false),
            };
            let (_, instruction) = begun.get_or_insert_with(|| (at, Vec::new()));
            // The first line's blanks are no part of it; those of later ones separate words.
            if !instruction.is_empty() {
                instruction.push(b' ');
            }
            instruction.extend_from_slice(text);
            if !goes_on {
                return begun;
            }
        }
    }

    /// Adds the here-documents that a step opens, as they stand: `<<WORD`, `<<-WORD`, `<<"WORD"`.
    fn documents(&mut self, step: &mut Vec<u8>) {
        if !["RUN ", "COPY ", "ADD "].iter().any(|it| step.starts_with(it.as_bytes())) {
            return;
        }
        for (word, is_indented) in opened(step) {
            while let Some(line) = self.take() {
                step.push(b'\n');
                step.extend_from_slice(line);
                let line =
                    if is_indented { line.trim_ascii_start() } else { line };
                if line == word {
                    break;
                }
            }
        }
    }
}

/// The words that end the here-documents which a step opens, and whether they may be indented.
fn opened(step: &[u8]) -> Vec<(Vec<u8>, bool)> {
    let mut found = Vec::new();
    for (at, _) in step.windows(2).enumerate().filter(|(_, pair)| pair == b"<<") {
        // `<<<` is a string of the shell's.
        let before = at.checked_sub(1).and_then(|it| step.get(it));
        let rest = step.get(at + 2..).unwrap_or_default();
        if before == Some(&b'<') || rest.first() == Some(&b'<') {
            continue;
        }
        let (rest, is_indented) = match rest.strip_prefix(b"-") {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let is_quote = |byte: &u8| matches!(byte, b'"' | b'\'');
        let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
        let end = rest.iter().position(|byte| is_quote(byte) || byte.is_ascii_whitespace() || b";|&)".contains(byte));
        let (word, _) = rest.split_at(end.unwrap_or(rest.len()));
        let is_word = word.first().is_some_and(|it| it.is_ascii_alphabetic() || *it == b'_');
        if is_word {
            found.push((word.to_vec(), is_indented));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check_same(one: &str, other: &str) {
        assert_eq!(read(one.as_bytes()).unwrap(), read(other.as_bytes()).unwrap());
    }

    #[test]
    fn comments_blanks_and_line_ends_say_nothing() {
        let plain = "FROM a AS b\nRUN x  y\nCOPY . .\n";
        check_same(plain, "# c\n\nfrom a as B\r\n  run x  y\r\n\r\n# c\r\nCOPY . .");
        check_same("FROM a\nRUN x \\\n  y\n", "FROM a\nRUN x \\\n\n# c\n    y\n");
        check_same("# check=skip=all\nFROM a\n", "FROM a\n");
    }

    #[track_caller]
    fn check_other(one: &str, other: &str) {
        assert_ne!(read(one.as_bytes()).unwrap(), read(other.as_bytes()).unwrap());
    }

    #[test]
    fn what_is_in_a_here_document_counts_as_it_stands() {
        check_other("FROM a\nRUN <<E\n# c\nx\nE\n", "FROM a\nRUN <<E\nx\nE\n");
        check_other("FROM a\nRUN <<E\nx\n\nE\n", "FROM a\nRUN <<E\nx\nE\n");
        let two = read(b"FROM a\nCOPY <<one <<-'two' /x\n1\none\n2\n\ttwo\nRUN y\n").unwrap();
        assert_eq!(two.stages[0].steps.len(), 2);
        let none = read(b"FROM a\nRUN cat <<< x\nRUN y\n").unwrap();
        assert_eq!(none.stages[0].steps.len(), 2);
    }

    #[test]
    fn what_is_built_from_what_is_told_apart() {
        check_other("FROM a\n", "FROM a@sha256:1\n");
        check_other("FROM a\n", "FROM --platform=linux/arm64 a\n");
        check_other("FROM a\nRUN x\nRUN y\n", "FROM a\nRUN y\nRUN x\n");
        check_other("# syntax=docker/dockerfile:1\nFROM a\n", "FROM a\n");
        check_other("ARG V=1\nFROM a:$V\n", "ARG V=2\nFROM a:$V\n");
    }

    #[test]
    fn a_file_that_is_none_says_where() {
        assert_eq!(read(b"").unwrap_err().at, 0);
        assert_eq!(read(b"# x\nRUN x\nFROM a\n").unwrap_err().at, 4);
        assert_eq!(read(b"FROM a\n<<<<<<< ours\n").unwrap_err().at, 7);
        assert_eq!(read(b"FROM\n").unwrap_err().at, 0);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[FROMaru# =<E\\\\`\n\r-]{0,60}") {
            let _ = read(text.as_bytes());
        }

        #[test]
        fn a_dockerfile_without_its_last_step_is_another(steps in prop::collection::vec("[a-z]{1,5}", 1..6)) {
            let text = |steps: &[String]| {
                let lines: Vec<String> = steps.iter().map(|it| format!("RUN {it}\n")).collect();
                format!("FROM a\n{}", lines.concat())
            };
            let whole = read(text(&steps).as_bytes()).unwrap();
            prop_assert_ne!(whole, read(text(&steps[..steps.len() - 1]).as_bytes()).unwrap());
        }
    }
}
