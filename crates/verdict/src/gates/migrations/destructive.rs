//! Statements that lose data, or that stop a running program: found by their words.

use super::sql::{Kind, Token, tokens};

/// What a statement does, by the name that waivers know it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Danger {
    /// The byte at which it shows.
    pub(super) at: usize,
    /// The rule: `drop-table`.
    pub(super) rule: &'static str,
    /// What it does, in words.
    pub(super) does: &'static str,
}

/// What is found in a text, in its order. Nothing if quotes and comments are not closed in it.
pub(super) fn find(text: &[u8]) -> Option<Vec<Danger>> {
    let mut found = Vec::new();
    let mut is_whole = false;
    for has_escapes in [false, true] {
        let (tokens, is_closed) = tokens(text, has_escapes);
        is_whole |= is_closed;
        look(&tokens, 0, has_escapes, true, &mut found);
    }
    found.sort();
    found.dedup();
    is_whole.then_some(found)
}

/// Looks at each statement. What a `DO` block holds is run like any other.
fn look(
    tokens: &[Token<'_>],
    start: usize,
    has_escapes: bool,
    is_outside: bool,
    found: &mut Vec<Danger>,
) {
    // In a block, a statement may also follow the word that opens what it stands in.
    const OPENING: [&str; 5] = ["BEGIN", "THEN", "ELSE", "LOOP", "DECLARE"];
    let is_end = |token: &Token<'_>| {
        token.kind == Kind::Sign(b';') || (!is_outside && OPENING.iter().any(|it| token.is(it)))
    };
    for statement in tokens.split(is_end) {
        let [first, rest @ ..] = statement else { continue };
        let mut note = |token: &Token<'_>, (rule, does)| {
            found.push(Danger { at: start + token.at, rule, does });
        };
        judge(first, rest, &mut note);
        let blocks = rest.iter().filter(|token| token.kind == Kind::Dollar);
        for block in blocks.filter(|_| is_outside && first.is("DO")) {
            let (inner, _) = super::sql::tokens(block.text, has_escapes);
            look(&inner, start + block.at, has_escapes, false, found);
        }
    }
}

type Note<'n> = dyn FnMut(&Token<'_>, (&'static str, &'static str)) + 'n;

fn judge(first: &Token<'_>, rest: &[Token<'_>], note: &mut Note<'_>) {
    let has = |word: &str| rest.iter().any(|token| token.is(word));
    let second = |word: &str| rest.first().is_some_and(|token| token.is(word));
    if first.is("DROP") {
        if second("TABLE") || (second("TEMPORARY") && has("TABLE")) {
            note(first, ("drop-table", "drops a table"));
        } else if second("SCHEMA") {
            note(first, ("drop-schema", "drops a schema"));
        } else if second("DATABASE") {
            note(first, ("drop-database", "drops a database"));
        }
    } else if first.is("TRUNCATE") {
        note(first, ("truncate", "empties a table"));
    } else if first.is("RENAME") {
        note(first, ("rename", "renames what a running program uses"));
    } else if (first.is("DELETE") || (first.is("WITH") && has("DELETE"))) && !has("WHERE") {
        note(first, ("delete-all", "deletes every row"));
    } else if first.is("ALTER") && (second("TABLE") || second("FOREIGN")) {
        alter(rest, note);
    } else if first.is("ALTER") && has("RENAME") {
        note(first, ("rename", "renames what a running program uses"));
    } else if first.is("CREATE") && has("INDEX") && has("ON") && !has("CONCURRENTLY") {
        note(first, ("index-blocks", "builds an index while nobody can write"));
    }
}

/// The parts of `ALTER TABLE`, which commas divide.
fn alter(tokens: &[Token<'_>], note: &mut Note<'_>) {
    let mut depth = 0_usize;
    let parts = tokens.split(|token| {
        match token.kind {
            Kind::Sign(b'(') => depth += 1,
            Kind::Sign(b')') => depth = depth.saturating_sub(1),
            Kind::Sign(_) | Kind::Word | Kind::Name | Kind::Text | Kind::Dollar => {}
        }
        depth == 0 && token.kind == Kind::Sign(b',')
    });
    for part in parts {
        alter_part(part, note);
    }
}

fn alter_part(part: &[Token<'_>], note: &mut Note<'_>) {
    const OTHERS: [&str; 12] = [
        "CONSTRAINT",
        "INDEX",
        "DEFAULT",
        "NOT",
        "PRIMARY",
        "FOREIGN",
        "KEY",
        "CHECK",
        "EXPRESSION",
        "IDENTITY",
        "UNIQUE",
        "STATISTICS",
    ];
    let has = |word: &str| part.iter().any(|token| token.is(word));
    let pair = |one: &str, other: &str| {
        part.windows(2).any(|pair| matches!(pair, [a, b] if a.is(one) && b.is(other)))
    };
    let (alters, is_required) = (has("ALTER"), pair("NOT", "NULL") && !is_filled(part));
    for (at, token) in part.iter().enumerate() {
        let next = part.get(at + 1);
        let next_is = |word: &str| next.is_some_and(|next| next.is(word));
        if token.is("DROP") && next_is("PARTITION") {
            note(token, ("drop-partition", "drops a partition"));
        } else if token.is("DROP") && next.is_some() && !OTHERS.iter().any(|word| next_is(word)) {
            note(token, ("drop-column", "drops a column"));
        } else if token.is("RENAME")
            && !next_is("CONSTRAINT")
            && !next_is("INDEX")
            && !next_is("KEY")
        {
            note(token, ("rename", "renames what a running program uses"));
        } else if (token.is("TYPE") && alters) || token.is("MODIFY") || token.is("CHANGE") {
            note(token, ("change-type", "changes the type of a column"));
        } else if token.is("SET") && next_is("NOT") {
            note(token, ("not-null", "refuses rows that hold nothing there"));
        } else if token.is("ADD") && is_required {
            note(token, ("not-null", "adds a column that rows which are there cannot fill"));
        }
    }
}

/// Whether a new column gets a value by itself.
fn is_filled(part: &[Token<'_>]) -> bool {
    const WORDS: [&str; 8] = [
        "DEFAULT",
        "GENERATED",
        "IDENTITY",
        "SERIAL",
        "BIGSERIAL",
        "SMALLSERIAL",
        "AUTO_INCREMENT",
        "CONSTRAINT",
    ];
    part.iter().any(|token| WORDS.iter().any(|word| token.is(word)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: &[&str]) {
        let found = find(text.as_bytes()).unwrap();
        assert_eq!(found.iter().map(|danger| danger.rule).collect::<Vec<_>>(), wanted, "{text}");
    }

    #[test]
    fn statements_that_lose_data_are_found() {
        check("DROP TABLE a; drop table if exists b;", &["drop-table", "drop-table"]);
        check("DROP SCHEMA a CASCADE; DROP DATABASE b", &["drop-schema", "drop-database"]);
        check("TRUNCATE a", &["truncate"]);
        check("DELETE FROM a; DELETE FROM a WHERE b = 1", &["delete-all"]);
        check("ALTER TABLE a DROP COLUMN b, DROP c, DROP IF EXISTS d", &["drop-column"; 3]);
        check("ALTER TABLE a ALTER COLUMN b TYPE int", &["change-type"]);
        check("ALTER TABLE a ALTER b SET DATA TYPE int", &["change-type"]);
        check("ALTER TABLE a MODIFY b int", &["change-type"]);
        check("ALTER TABLE a RENAME TO b; ALTER TYPE c RENAME TO d", &["rename"; 2]);
        check("ALTER TABLE a RENAME COLUMN b TO c", &["rename"]);
        check("ALTER TABLE a ADD COLUMN b int NOT NULL", &["not-null"]);
        check(
            "ALTER TABLE a ADD b int NOT NULL DEFAULT 0, ADD c numeric(1, 2) NOT NULL",
            &["not-null"],
        );
        check("ALTER TABLE a ALTER b SET NOT NULL", &["not-null"]);
        check(
            "DO $$ BEGIN DROP TABLE a; IF x THEN TRUNCATE b; END IF; END $$;",
            &["drop-table", "truncate"],
        );
        check("CREATE INDEX i ON a (b); CREATE INDEX CONCURRENTLY i ON a (b)", &["index-blocks"]);
    }

    #[test]
    fn what_only_looks_like_them_is_not() {
        check("CREATE TABLE a (b int NOT NULL, c text DEFAULT 'DROP TABLE a');", &[]);
        check("-- DROP TABLE a\n/* TRUNCATE b; */ SELECT 'DELETE FROM c';", &[]);
        check("ALTER TABLE a DROP CONSTRAINT b, ALTER c DROP NOT NULL, ALTER d DROP DEFAULT", &[]);
        check("CREATE FUNCTION f() RETURNS void AS $$ DROP TABLE a; $$ LANGUAGE sql", &[]);
        check("ALTER TABLE a ADD CONSTRAINT c CHECK (b IS NOT NULL)", &[]);
        check("DROP INDEX a; DROP VIEW b; INSERT INTO a VALUES (1)", &[]);
        check("SELECT truncate FROM \"drop\"", &[]);
    }

    #[test]
    fn nothing_hides_behind_a_quote_of_another_database() {
        // MySQL: a text, and a statement. PostgreSQL: another text.
        check(r"SELECT 'it\'; DROP TABLE a; --'", &["drop-table"]);
        check(r"SELECT 'it\'s'; DROP TABLE a; SELECT ''", &["drop-table"]);
        assert_eq!(find(b"SELECT 'a"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_looked_at(text in "(DROP|ALTER|TABLE|DO|NOT|NULL|ADD|\\$\\$|'|;|,|\\(|\\)| |\n|a){0,40}") {
            for danger in find(text.as_bytes()).unwrap_or_default() {
                prop_assert!(danger.at < text.len());
            }
        }
    }
}
