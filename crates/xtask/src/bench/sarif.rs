//! A SARIF log of any size, in the shape that `CodeQL` gives its own: rules first, then results with
//! fingerprints, related places and a path of data flow.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use super::random::Random;

/// Words of which the text of messages is made.
const WORDS: [&str; 8] =
    ["value", "from a request", "reaches", "a query", "without", "being", "checked", "first"];
const LEVELS: [&str; 3] = ["error", "warning", "note"];
const SCORES: [&str; 4] = ["9.8", "7.5", "5.3", "2.1"];

/// Writes a log of at least `bytes` bytes, the same for the same size; how many results it has. One of
/// fifty is suppressed.
pub(crate) fn write(path: &Path, bytes: u64) -> anyhow::Result<u64> {
    let mut file = BufWriter::new(fs::File::create(path)?);
    let mut random = Random(5);
    let mut text = String::from(
        r#"{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{"tool":{"driver":{"name":"sample","semanticVersion":"1.2.3","rules":["#,
    );
    for rule in 0..400 {
        let comma = if rule == 0 { "" } else { "," };
        let score = SCORES.get(rule % SCORES.len()).unwrap_or(&"1");
        write!(
            text,
            r#"{comma}{{"id":"sample/rule-{rule}","name":"rule-{rule}","shortDescription":{{"text":"Rule number {rule}"}},"defaultConfiguration":{{"level":"warning"}},"properties":{{"security-severity":"{score}","tags":["security","external/cwe/cwe-079"]}}}}"#
        )?;
    }
    text.push_str(r#"]}},"results":["#);
    let mut written = 0_u64;
    let mut results = 0_u64;
    while written + u64::try_from(text.len())? < bytes {
        if results > 0 {
            text.push(',');
        }
        result(&mut text, &mut random, results)?;
        results += 1;
        if text.len() > 1 << 20 {
            file.write_all(text.as_bytes())?;
            written += u64::try_from(text.len())?;
            text.clear();
        }
    }
    text.push_str(r#"],"columnKind":"utf16CodeUnits"}]}"#);
    file.write_all(text.as_bytes())?;
    file.flush()?;
    Ok(results)
}

/// One result, of some 1200 bytes.
fn result(text: &mut String, random: &mut Random, number: u64) -> anyhow::Result<()> {
    let rule = random.below(400);
    let path = format!("services/part-{}/src/module_{}.rs", random.below(40), random.below(2000));
    let line = random.between(1, 3000);
    let level = usize::try_from(random.below(3))?;
    let level = LEVELS.get(level).unwrap_or(&"error");
    write!(
        text,
        r#"{{"ruleId":"sample/rule-{rule}","ruleIndex":{rule},"level":"{level}","message":{{"text":"Result {number}:"#
    )?;
    for _ in 0..random.between(8, 16) {
        let word = usize::try_from(random.below(8))?;
        write!(text, " {}", WORDS.get(word).unwrap_or(&""))?;
    }
    text.push_str(r#"."},"locations":["#);
    place(text, &path, line)?;
    write!(
        text,
        r#"],"partialFingerprints":{{"primaryLocationLineHash":"{:016x}:1","primaryLocationStartColumnFingerprint":"{}"}},"codeFlows":[{{"threadFlows":[{{"locations":["#,
        random.below(u64::MAX) ^ number << 32,
        random.below(80)
    )?;
    for step in 0..3 {
        if step > 0 {
            text.push(',');
        }
        text.push_str(r#"{"location":"#);
        place(text, &path, line + step)?;
        text.push('}');
    }
    text.push_str("]}]}]");
    if number.is_multiple_of(50) {
        text.push_str(r#","suppressions":[{"kind":"inSource"}]"#);
    }
    text.push('}');
    Ok(())
}

fn place(text: &mut String, path: &str, line: u64) -> anyhow::Result<()> {
    let end = line + 1;
    write!(
        text,
        r#"{{"physicalLocation":{{"artifactLocation":{{"uri":"{path}","uriBaseId":"%SRCROOT%"}},"region":{{"startLine":{line},"startColumn":5,"endLine":{end},"endColumn":40}}}}}}"#
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test reads what it wrote")]
    fn the_same_size_is_the_same_log() {
        let folder = testkit::Scratch::new();
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        let results = write(&one, 3 << 20).unwrap();
        assert_eq!(write(&other, 3 << 20).unwrap(), results);
        let log = fs::read(&one).unwrap();
        assert_eq!(log, fs::read(&other).unwrap());
        assert!(log.len() > 3 << 20 && results > 2000);
        assert!(log.ends_with(b"}]}"));
    }
}
