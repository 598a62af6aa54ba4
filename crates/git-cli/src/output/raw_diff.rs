//! `git diff-tree -r -z --raw` and `git diff -z --raw`: what differs.
//!
//! Source: git-diff-tree(1), "RAW OUTPUT FORMAT". A record is `:old-mode new-mode old-id new-id
//! status`, a NUL, a path and a NUL; of a rename there are two paths.

use repo_model::{Change, ChangeSet, Kind, ObjectId, Rename, RepoPath, Side, Status};

use super::{Malformed, Reader};

/// The mode that stands where nothing is.
const NOTHING: &[u8] = b"000000";

/// The changes of a run without search for renames.
///
/// # Errors
/// When it was cut off, or holds a status that such a run never gives.
pub fn changes(output: &[u8]) -> Result<ChangeSet, Malformed> {
    // A record is two modes, two ids of 40 digits and a path: about 120 bytes.
    let mut changes = Vec::with_capacity(output.len() / 120);
    let mut reader = Reader::new(output);
    while !reader.is_done() {
        let start = reader.at;
        let record = record(&mut reader)?;
        let path = reader.path()?;
        let expected = "a status of A, M, D, T or U that fits its modes";
        changes.push(change(&record, path).ok_or(Malformed { at: start, expected })?);
    }
    Ok(ChangeSet::new(changes))
}

/// The renames of a run with `-M`, in the order of the new paths; other changes are passed over.
///
/// # Errors
/// When it was cut off.
pub fn renames(output: &[u8]) -> Result<Vec<Rename>, Malformed> {
    let mut renames = Vec::new();
    let mut reader = Reader::new(output);
    while !reader.is_done() {
        let start = reader.at;
        let record = record(&mut reader)?;
        let from = reader.path()?;
        if !matches!(record.letter, b'R' | b'C') {
            continue;
        }
        let to = reader.path()?;
        let Some(similarity) = percent(record.score) else {
            return Err(Malformed { at: start, expected: "a similarity of 0 to 100" });
        };
        if record.letter == b'R' {
            renames.push(Rename { from, to, similarity });
        }
    }
    renames.sort_by(|one, other| one.to.cmp(&other.to));
    Ok(renames)
}

struct Record<'a> {
    old: Option<Side>,
    new: Option<Side>,
    letter: u8,
    score: &'a [u8],
}

fn record<'a>(reader: &mut Reader<'a>) -> Result<Record<'a>, Malformed> {
    if !reader.until(b':', "a record that begins with a colon")?.is_empty() {
        return reader.wrong("a record that begins with a colon");
    }
    let old = mode(reader)?;
    let new = mode(reader)?;
    let (old_id, new_id) = (reader.id(b' ')?, reader.id(b' ')?);
    let status = reader.until(0, "a status that ends in NUL")?;
    let Some((letter, score)) = status.split_first() else { return reader.wrong("a status") };
    let side = |kind: Option<Kind>, id: ObjectId| {
        kind.map(|kind| Side { kind, id: (!id.is_zero()).then_some(id) })
    };
    Ok(Record { old: side(old, old_id), new: side(new, new_id), letter: *letter, score })
}

fn mode(reader: &mut Reader<'_>) -> Result<Option<Kind>, Malformed> {
    let at = reader.at;
    let digits = reader.until(b' ', "a mode")?;
    match Kind::from_mode(digits) {
        Some(kind) => Ok(Some(kind)),
        None if digits == NOTHING => Ok(None),
        None => Err(Malformed { at, expected: "the mode of a file, a link or a submodule" }),
    }
}

fn change(record: &Record<'_>, path: RepoPath) -> Option<Change> {
    let (old, new) = (record.old, record.new);
    let status = match (record.letter, old.is_some(), new.is_some()) {
        (b'A', false, true) => Status::Added,
        (b'D', true, false) => Status::Deleted,
        // `U` is a path that a merge left open: it differs, and nobody can say yet how.
        (b'M', true, true) | (b'U', _, _) => Status::Modified,
        (b'T', true, true) => Status::TypeChanged,
        _ => return None,
    };
    Some(Change { path, status, old, new })
}

fn percent(digits: &[u8]) -> Option<u8> {
    let number: u8 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (number <= 100).then_some(number)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const ONE: &str = "1111111111111111111111111111111111111111";
    const ZERO: &str = "0000000000000000000000000000000000000000";

    #[track_caller]
    fn check(output: &str, wanted: &[(&[u8], Status)]) {
        let changes = changes(output.as_bytes()).unwrap();
        let found: Vec<(&[u8], Status)> =
            changes.iter().map(|change| (change.path.as_bytes(), change.status)).collect();
        assert_eq!(found, wanted);
    }

    #[track_caller]
    fn check_refused(output: &str, at: usize) {
        assert_eq!(changes(output.as_bytes()).map_err(|malformed| malformed.at), Err(at));
    }

    #[test]
    fn each_status_is_read() {
        check("", &[]);
        let added = format!(":000000 100644 {ZERO} {ONE} A\0b\nc\0");
        check(&added, &[(b"b\nc", Status::Added)]);
        let gone = format!(":120000 000000 {ONE} {ZERO} D\0a\0");
        check(&format!("{added}{gone}"), &[(b"a", Status::Deleted), (b"b\nc", Status::Added)]);
        let typed = format!(":100644 120000 {ONE} {ONE} T\0a\0");
        check(&typed, &[(b"a", Status::TypeChanged)]);
        let of_disk = format!(":160000 160000 {ONE} {ZERO} M\0a\0");
        let changes = changes(of_disk.as_bytes()).unwrap();
        let new = changes.as_slice()[0].new.unwrap();
        assert_eq!(new, Side { kind: Kind::Submodule, id: None });
    }

    #[test]
    fn what_was_cut_off_or_contradicts_itself_is_refused() {
        let whole = format!(":000000 100644 {ZERO} {ONE} A\0name\0");
        for length in 1..whole.len() {
            assert!(changes(&whole.as_bytes()[..length]).is_err(), "{length}");
        }
        check_refused("x:", 2);
        check_refused(&format!(":000000 000000 {ZERO} {ONE} A\0name\0"), 0);
        check_refused(&format!(":000000 040000 {ZERO} {ONE} A\0name\0"), 8);
        check_refused(&format!(":100644 100644 {ONE} {ONE} R100\0a\0b\0"), 0);
        check_refused(&format!(":000000 100644 {ZERO} {ONE} A\0a/../b\0"), 99);
    }

    #[test]
    fn renames_are_read_and_copies_are_not() {
        let output = format!(
            ":100644 100644 {ONE} {ONE} R086\0b\0z\0:100644 100644 {ONE} {ONE} C100\0b\0q\0\
             :100644 100644 {ONE} {ONE} M\0m\0:100644 100755 {ONE} {ONE} R100\0a\0y\0"
        );
        let found: Vec<(Vec<u8>, Vec<u8>, u8)> = renames(output.as_bytes())
            .unwrap()
            .into_iter()
            .map(|it| (it.from.as_bytes().to_vec(), it.to.as_bytes().to_vec(), it.similarity))
            .collect();
        assert_eq!(found, [(b"a".into(), b"y".into(), 100), (b"b".into(), b"z".into(), 86)]);
        assert!(renames(format!(":100644 100644 {ONE} {ONE} R101\0b\0z\0").as_bytes()).is_err());
        assert!(renames(format!(":100644 100644 {ONE} {ONE} R\0b\0z\0").as_bytes()).is_err());
    }

    fn side() -> impl Strategy<Value = (&'static str, u8)> {
        (proptest::sample::select(vec!["100644", "100755", "120000", "160000"]), 1_u8..=255)
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            records in vec((vec(1_u8..=255, 1..9), proptest::option::of(side()), side()), 0..9),
        ) {
            let mut output = Vec::new();
            let mut wanted = Vec::new();
            for (name, old, (mode, byte)) in records {
                let Ok(path) = RepoPath::of_git(&name) else { continue };
                let id = |byte: u8| format!("{byte:02x}").repeat(32);
                let (old_mode, old_id) = old.map_or(("000000", 0), |old| old);
                let letter = if old.is_some() { 'M' } else { 'A' };
                let head = format!(":{old_mode} {mode} {} {} {letter}\0", id(old_id), id(byte));
                output.extend_from_slice(head.as_bytes());
                output.extend_from_slice(&name);
                output.push(0);
                let side = |mode: &str, byte: u8| Side {
                    kind: Kind::from_mode(mode.as_bytes()).unwrap(),
                    id: Some(id(byte).parse().unwrap()),
                };
                let status = if old.is_some() { Status::Modified } else { Status::Added };
                let old = old.map(|(mode, byte)| side(mode, byte));
                wanted.push(Change { path, status, old, new: Some(side(mode, byte)) });
            }
            prop_assert_eq!(changes(&output), Ok(ChangeSet::new(wanted)));
        }
    }
}
