//! Names for what differs from run to run, so that a snapshot can hold a whole screen.

use std::path::Path;

/// How many hexadecimal digits a random token has: 128 bits.
const TOKEN_DIGITS: usize = 32;

/// `text` with each mention of `folder` as `[SCRATCH]` and each random token as `[TOKEN]`.
pub fn placed(text: &str, folder: &Path) -> String {
    let folder = folder.to_string_lossy();
    tokens_hidden(&text.replace(folder.as_ref(), "[SCRATCH]"))
}

/// `text` with `[TOKEN]` for each run of exactly 32 lower-case hexadecimal digits. Longer ones,
/// like a SHA-256, and shorter ones stay: they are part of the answer.
pub fn tokens_hidden(text: &str) -> String {
    let mut hidden = String::with_capacity(text.len());
    let mut run = String::new();
    for character in text.chars() {
        if matches!(character, '0'..='9' | 'a'..='f') {
            run.push(character);
        } else {
            push_run(&mut hidden, &mut run);
            hidden.push(character);
        }
    }
    push_run(&mut hidden, &mut run);
    hidden
}

fn push_run(hidden: &mut String, run: &mut String) {
    let shown = if run.len() == TOKEN_DIGITS { "[TOKEN]" } else { run.as_str() };
    hidden.push_str(shown);
    run.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_and_the_tokens_get_names() {
        let token = "0123456789abcdef".repeat(2);
        let told = format!("/tmp/x1/plan.json <<signalbox-{token}\n");
        assert_eq!(
            placed(&told, Path::new("/tmp/x1")),
            "[SCRATCH]/plan.json <<signalbox-[TOKEN]\n"
        );
    }

    #[test]
    fn a_digest_is_an_answer_and_stays() {
        for digits in [31, 33, 40, 64] {
            let text = "a".repeat(digits);
            assert_eq!(tokens_hidden(&text), text);
        }
    }
}
