//! Migrations in JavaScript and TypeScript, as Sequelize and Knex have them: a module that exports `up`
//! and `down`. What each does is read so far that nothing at all, and a `throw`, are known.

/// A function of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Function {
    /// The bytes of its body.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether it does nothing, or only fails.
    pub(super) is_empty: bool,
}

/// The source with spaces in place of what comments and texts hold, byte by byte.
pub(super) fn masked(source: &[u8]) -> Vec<u8> {
    let mut masked = source.to_vec();
    let mut at = 0;
    while let Some(byte) = source.get(at).copied() {
        let rest = source.get(at..).unwrap_or_default();
        let length = match byte {
            b'/' if rest.starts_with(b"//") => {
                rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())
            }
            b'/' if rest.starts_with(b"/*") => {
                let inner = rest.get(2..).unwrap_or_default();
                bstr::ByteSlice::find(inner, b"*/").map_or(rest.len(), |length| length + 4)
            }
            b'\'' | b'"' | b'`' => quoted(rest, byte),
            _ => {
                at += 1;
                continue;
            }
        };
        for byte in masked.iter_mut().skip(at).take(length).filter(|byte| **byte != b'\n') {
            *byte = b' ';
        }
        // The quotes stay: a text is something.
        if matches!(byte, b'\'' | b'"' | b'`')
            && let Some(first) = masked.get_mut(at)
        {
            *first = b'\'';
        }
        at += length.max(1);
    }
    masked
}

/// How long a text is, with its quotes. One in `'` or `"` ends with its line.
fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while let Some(byte) = rest.get(at).copied() {
        match byte {
            b'\\' => at += 1,
            b'\n' if quote != b'`' => return at,
            _ if byte == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    rest.len()
}

/// The function of this name in a masked source, however it is exported.
pub(super) fn function(masked: &[u8], name: &str) -> Option<Function> {
    let mut start = 0;
    // Each is looked at to its end, and no module names it often.
    for _ in 0..100 {
        let found = bstr::ByteSlice::find(masked.get(start..)?, name)?;
        let at = start + found;
        start = at + name.len();
        let before = masked.get(..at).unwrap_or_default();
        let after = masked.get(start..).unwrap_or_default();
        let is_member = before.ends_with(b".") && !before.ends_with(b"exports.");
        let is_part = |byte: Option<&u8>| byte.is_some_and(|byte| is_letter(*byte));
        if is_member || is_part(before.last()) || is_part(after.first()) {
            continue;
        }
        if let Some(function) = body(masked, start) {
            return Some(function);
        }
    }
    None
}

/// The body of what is defined after a name that ends at `start`.
fn body(masked: &[u8], start: usize) -> Option<Function> {
    let mut depth = 0_usize;
    let mut is_first = true;
    for (at, byte) in masked.iter().copied().enumerate().skip(start) {
        if byte.is_ascii_whitespace() {
            continue;
        }
        if is_first && !matches!(byte, b'(' | b':' | b'=' | b'<') {
            return None;
        }
        is_first = false;
        let is_arrow = byte == b'=' && masked.get(at + 1) == Some(&b'>');
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.checked_sub(1)?,
            b'{' if depth == 0 => return block(masked, at),
            b';' | b'}' if depth == 0 => return None,
            _ if is_arrow && depth == 0 => return arrow(masked, at + 2),
            _ => {}
        }
    }
    None
}

fn arrow(masked: &[u8], start: usize) -> Option<Function> {
    let rest = masked.get(start..)?;
    let start = start + rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
    if masked.get(start) == Some(&b'{') {
        return block(masked, start);
    }
    let mut depth = 0_usize;
    let is_end = |byte: &u8| {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth > 0 => depth -= 1,
            b')' | b']' | b'}' | b',' | b';' if depth == 0 => return true,
            _ => {}
        }
        false
    };
    let rest = masked.get(start..)?;
    let end = start + rest.iter().position(is_end).unwrap_or(rest.len());
    Some(Function { start, end, is_empty: does_nothing(masked, start, end) })
}

/// The block that begins at `open`, if it ends.
fn block(masked: &[u8], open: usize) -> Option<Function> {
    let mut depth = 0_usize;
    for (at, byte) in masked.iter().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let start = open + 1;
            return Some(Function { start, end: at, is_empty: does_nothing(masked, start, at) });
        }
    }
    None
}

fn does_nothing(masked: &[u8], start: usize, end: usize) -> bool {
    const NOTHING: [&[u8]; 9] = [
        b"",
        b"return",
        b"returnnull",
        b"returnundefined",
        b"returnPromise.resolve()",
        b"null",
        b"undefined",
        b"Promise.resolve()",
        b"returntrue",
    ];
    let body = masked.get(start..end).unwrap_or_default();
    let is_kept = |byte: &u8| !byte.is_ascii_whitespace() && *byte != b';';
    let body: Vec<u8> = body.iter().copied().filter(is_kept).collect();
    NOTHING.contains(&body.as_slice()) || body.starts_with(b"throw")
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

/// Calls that lose data, as Sequelize and Knex name them.
const CALLS: [(&str, &str, &str); 11] = [
    ("dropTable", "drop-table", "drops a table"),
    ("dropTableIfExists", "drop-table", "drops a table"),
    ("dropAllTables", "drop-table", "drops every table"),
    ("dropSchema", "drop-schema", "drops a schema"),
    ("dropColumn", "drop-column", "drops a column"),
    ("dropColumns", "drop-column", "drops columns"),
    ("removeColumn", "drop-column", "drops a column"),
    ("renameColumn", "rename", "renames what a running program uses"),
    ("renameTable", "rename", "renames what a running program uses"),
    ("changeColumn", "change-type", "changes the type of a column"),
    ("truncate", "truncate", "empties a table"),
];

/// The calls in a part of a masked source that lose data.
pub(super) fn dangers(masked: &[u8], function: Function) -> Vec<super::destructive::Danger> {
    let body = masked.get(..function.end).unwrap_or_default();
    let mut found = Vec::new();
    let mut at = function.start;
    while let Some(byte) = body.get(at) {
        if !is_letter(*byte) {
            at += 1;
            continue;
        }
        let rest = body.get(at..).unwrap_or_default();
        let length = rest.iter().take_while(|byte| is_letter(**byte)).count();
        let word = rest.get(..length).unwrap_or_default();
        let known = CALLS.iter().find(|(call, ..)| call.as_bytes() == word);
        found.extend(known.map(|(_, rule, does)| super::destructive::Danger { at, rule, does }));
        at += length;
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Whether `down` is there, and empty.
    #[track_caller]
    fn check(source: &str, wanted: Option<bool>) {
        let function = function(&masked(source.as_bytes()), "down");
        assert_eq!(function.map(|function| function.is_empty), wanted, "{source}");
    }

    #[test]
    fn a_function_is_found_however_it_is_exported() {
        for source in [
            "module.exports = { async up(q) { a(); }, async down(q, S) { await q.dropTable('a'); } };",
            "module.exports = { up: async (q) => {}, down: async (q) => { await q.b({}); } };",
            "exports.down = function (knex) { return knex.schema.dropTable('a'); };",
            "exports.down = knex => knex.schema.dropTable('a');",
            "export async function down(knex: Knex): Promise<void> { await knex.x(); }",
            "export const down = async (knex) => { await knex.x(); }",
        ] {
            check(source, Some(false));
        }
    }

    #[test]
    fn a_function_that_does_nothing_is_empty() {
        check("exports.down = function () {};", Some(true));
        check("exports.down = async () => { /* later */ return; };", Some(true));
        check("module.exports = { down: () => Promise.resolve() };", Some(true));
        check("exports.down = () => { throw new Error('irreversible'); };", Some(true));
        check("exports.up = () => { migrator.down(); };", None);
        check("exports.up = () => {}; // exports.down = () => { a(); }", None);
        check("exports.up = () => 'down: () => { a(); }';", None);
        check("const shutdown = () => { a(); }; exports.downs = () => { a(); }", None);
    }

    #[test]
    fn calls_that_lose_data_are_found() {
        let source =
            masked(b"exports.up = k => k.a.table('t', t => { t.dropColumn('a'); }) // dropTable");
        let up = function(&source, "up").unwrap();
        let rules: Vec<_> = dangers(&source, up).iter().map(|danger| danger.rule).collect();
        assert_eq!(rules, ["drop-column"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read(source in "(down|up|[=(){}:>;,.'\"`/* \n]|=>|//){0,60}") {
            let masked = masked(source.as_bytes());
            prop_assert_eq!(masked.len(), source.len());
            if let Some(function) = function(&masked, "down") {
                prop_assert!(function.start <= function.end && function.end <= source.len());
                let _ = dangers(&masked, function);
            }
        }
    }
}
