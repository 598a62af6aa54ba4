//! Words of a workflow: scalars, and the expressions in them.

/// A text as a YAML scalar: as it is where nothing in it means something, else in double quotes, in
/// which JSON's escapes are YAML's (YAML 1.2.2, 7.3.1).
pub(super) fn scalar(text: &str) -> String {
    let is_letter =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b'-' | b',');
    let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    if begins && text.bytes().all(is_letter) {
        return text.to_owned();
    }
    let is_expression = text.starts_with("${{") && text.ends_with("}}");
    if is_expression && !text.contains([':', '#', '\n', '"']) && text.matches("${{").count() == 1 {
        return text.to_owned();
    }
    serde_json::to_string(text).unwrap_or_else(|error| unreachable!("a text is JSON: {error}"))
}

/// The text in one line.
pub(super) fn one_line(text: &str) -> String {
    text.lines().collect::<Vec<_>>().join(" ")
}

/// The expressions in a text, without their braces.
pub(super) fn expressions(text: &str) -> Vec<&str> {
    let parts = text.split("${{").skip(1);
    parts.filter_map(|part| part.split_once("}}")).map(|(inside, _)| inside.trim()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_mean_nothing_to_yaml_stay_as_they_are() {
        assert_eq!(scalar("registry,deps"), "registry,deps");
        assert_eq!(scalar("${{ matrix.os }}"), "${{ matrix.os }}");
        assert_eq!(scalar("true"), "true");
        assert_eq!(scalar("a: b"), "\"a: b\"");
        assert_eq!(scalar("${{ a }} # ${{ b }}"), "\"${{ a }} # ${{ b }}\"");
    }

    #[test]
    fn expressions_are_found() {
        assert_eq!(expressions("a-${{ b }}-${{c}}-${{ d"), ["b", "c"]);
    }
}
