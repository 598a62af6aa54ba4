//! How tools name migrations, and what in a file is the way up and the way down.
//!
//! golang-migrate: `1_name.up.sql`, `1_name.down.sql` (its `source/parse.go`). sqlx: the same, or
//! `1_name.sql` without a way down. diesel: `1_name/up.sql`, `1_name/down.sql`, the version with `-`.
//! Flyway: `V1.2__name.sql`, `U1.2__name.sql`, `R__name.sql`, `B1__name.sql` (documentation,
//! "Migrations"). dbmate: `-- migrate:up`, `-- migrate:down` in one file. goose: `-- +goose Up`,
//! `-- +goose Down`. Sequelize and Knex: `1-name.js` and `1_name.ts` that export `up` and `down`.

use bstr::ByteSlice as _;

use crate::File;

/// A way to name migrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Style {
    /// Two files, `.up.` and `.down.`.
    GolangMigrate,
    /// One file without a way down, or two.
    Sqlx,
    /// A folder with `up.sql` and `down.sql`.
    Diesel,
    /// `V1__`, `U1__`, `R__`.
    Flyway,
    /// A module that exports `up` and `down`: Sequelize and Knex.
    Script,
    /// One file in two parts, of dbmate.
    Dbmate,
    /// One file in two parts, of goose.
    Goose,
}

impl Style {
    /// The words of the configuration; nothing means that each folder shows it.
    pub const WORDS: [(&'static str, Option<Self>); 9] = [
        ("auto", None),
        ("golang-migrate", Some(Self::GolangMigrate)),
        ("sqlx", Some(Self::Sqlx)),
        ("diesel", Some(Self::Diesel)),
        ("flyway", Some(Self::Flyway)),
        ("sequelize", Some(Self::Script)),
        ("knex", Some(Self::Script)),
        ("dbmate", Some(Self::Dbmate)),
        ("goose", Some(Self::Goose)),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::GolangMigrate => "golang-migrate",
            Self::Sqlx => "sqlx",
            Self::Diesel => "diesel",
            Self::Flyway => "flyway",
            Self::Script => "sequelize or knex",
            Self::Dbmate => "dbmate",
            Self::Goose => "goose",
        }
    }
}

/// A version: numbers of any length, the first the most significant.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(Vec<(usize, Vec<u8>)>);

impl Version {
    fn of<'a>(parts: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut numbers: Vec<(usize, Vec<u8>)> = parts
            .map(|part| {
                let digits = part.trim_start_with(|digit| digit == '0');
                (digits.len(), digits.to_vec())
            })
            .collect();
        // 1.0 is 1.
        while numbers.len() > 1 && numbers.last().is_some_and(|(length, _)| *length == 0) {
            numbers.pop();
        }
        Self(numbers)
    }
}

/// Which way a file goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Up,
    Down,
    /// Both ways stand in it.
    Both,
    /// It may change and runs again when it does.
    Repeatable,
}

/// What a file's name says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named<'a> {
    /// The folder that versions are counted in, without a `/` at its end.
    pub(super) folder: &'a [u8],
    pub(super) style: Style,
    pub(super) version: Version,
    pub(super) role: Role,
}

/// What a file is, if it is a migration of the wanted style, or of any.
pub(super) fn named<'a>(file: &File<'a>, wanted: Option<Style>) -> Option<Named<'a>> {
    let (folder, name) = split(file.path);
    let (style, version, role, folder) = diesel(folder, name).or_else(|| {
        let (style, version, role) = flyway(name).or_else(|| numbered(name, file.bytes))?;
        Some((style, version, role, folder))
    })?;
    let style = match (wanted, style) {
        (None, style) => style,
        // Both name files in the same way.
        (Some(Style::Sqlx), Style::GolangMigrate | Style::Sqlx) => Style::Sqlx,
        // What has neither part is still a file of theirs, and is told for what it lacks.
        (Some(wanted @ (Style::Dbmate | Style::Goose)), Style::Sqlx) => {
            return Some(Named { folder, style: wanted, version, role: Role::Both });
        }
        (Some(wanted), style) if wanted == style => style,
        (Some(_), _) => return None,
    };
    Some(Named { folder, style, version, role })
}

/// The folder of a path, and the name in it.
pub(super) fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.rfind_byte(b'/') {
        Some(at) => (path.get(..at).unwrap_or_default(), path.get(at + 1..).unwrap_or_default()),
        None => (b"", path),
    }
}

type Found = (Style, Version, Role);

fn diesel<'a>(folder: &'a [u8], name: &[u8]) -> Option<(Style, Version, Role, &'a [u8])> {
    let role = match name {
        b"up.sql" => Role::Up,
        b"down.sql" => Role::Down,
        _ => return None,
    };
    let (outer, unit) = split(folder);
    let version = unit.split(|byte| *byte == b'_').next().unwrap_or_default();
    let digits: Vec<u8> = version.iter().copied().filter(|byte| *byte != b'-').collect();
    let is_version = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    is_version.then(|| (Style::Diesel, Version::of([&*digits].into_iter()), role, outer))
}

fn flyway(name: &[u8]) -> Option<Found> {
    let (version, _) = name.strip_suffix(b".sql")?.split_once_str("__")?;
    let (kind, version) = version.split_first()?;
    let role = match kind {
        b'V' | b'B' => Role::Up,
        b'U' => Role::Down,
        b'R' if version.is_empty() => {
            return Some((Style::Flyway, Version::default(), Role::Repeatable));
        }
        _ => return None,
    };
    let parts = || version.split(|byte| matches!(byte, b'.' | b'_'));
    let is_number = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    parts().all(is_number).then(|| (Style::Flyway, Version::of(parts()), role))
}

fn numbered(name: &[u8], bytes: &[u8]) -> Option<Found> {
    let digits = name.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (version, rest) = name.split_at(digits);
    if version.is_empty() || !matches!(rest.first(), Some(b'_' | b'-' | b'.')) {
        return None;
    }
    let version = Version::of([version].into_iter());
    let dot = rest.rfind_byte(b'.')?;
    let (stem, end) = rest.split_at(dot);
    match end {
        b".js" | b".cjs" | b".mjs" | b".ts" | b".cts" | b".mts" => {
            return (!stem.ends_with(b".d")).then_some((Style::Script, version, Role::Both));
        }
        _ => {}
    }
    if stem.ends_with(b".up") {
        Some((Style::GolangMigrate, version, Role::Up))
    } else if stem.ends_with(b".down") {
        Some((Style::GolangMigrate, version, Role::Down))
    } else if end != b".sql" {
        None
    } else if Parts::of(bytes, Style::Dbmate).has_marks() {
        Some((Style::Dbmate, version, Role::Both))
    } else if Parts::of(bytes, Style::Goose).has_marks() {
        Some((Style::Goose, version, Role::Both))
    } else {
        Some((Style::Sqlx, version, Role::Up))
    }
}

/// The two parts of a file that goes both ways, as ranges of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) up: Option<(usize, usize)>,
    pub(super) down: Option<(usize, usize)>,
}

impl Parts {
    /// The parts that dbmate or goose sees.
    pub(super) fn of(bytes: &[u8], style: Style) -> Self {
        let (up, down): (&[u8], &[u8]) = match style {
            Style::Goose => (b"+goose up", b"+goose down"),
            Style::GolangMigrate
            | Style::Sqlx
            | Style::Diesel
            | Style::Flyway
            | Style::Script
            | Style::Dbmate => (b"migrate:up", b"migrate:down"),
        };
        let mut parts = Self::default();
        let mut at = 0;
        let mut is_down = None;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let end = at + line.len();
            let words = line.trim_ascii().strip_prefix(b"--").map(<[u8]>::trim_ascii_start);
            let words = words.unwrap_or_default().to_ascii_lowercase();
            // A word may follow: `-- migrate:up transaction:false`.
            let is = |mark: &[u8]| {
                words
                    .strip_prefix(mark)
                    .is_some_and(|rest| rest.first().is_none_or(u8::is_ascii_whitespace))
            };
            match (is(up), is(down), is_down) {
                (true, ..) => (is_down, parts.up) = (Some(false), Some((end, end))),
                (_, true, _) => (is_down, parts.down) = (Some(true), Some((end, end))),
                (_, _, Some(true)) => parts.down = parts.down.map(|(start, _)| (start, end)),
                (_, _, Some(false)) => parts.up = parts.up.map(|(start, _)| (start, end)),
                (_, _, None) => {}
            }
            at = end;
        }
        parts
    }

    fn has_marks(self) -> bool {
        self.up.is_some() || self.down.is_some()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(
        path: &str,
        text: &str,
        wanted: Option<Style>,
    ) -> Option<(String, Style, Role, Version)> {
        let file = File { path: path.as_bytes(), bytes: text.as_bytes() };
        let named = named(&file, wanted)?;
        let folder = named.folder.to_str_lossy().into_owned();
        Some((folder, named.style, named.role, named.version))
    }

    #[track_caller]
    fn check(path: &str, text: &str, wanted: Option<(&str, Style, Role)>) {
        let told = shown(path, text, None);
        let told = told.as_ref().map(|(folder, style, role, _)| (folder.as_str(), *style, *role));
        assert_eq!(told, wanted, "{path}");
    }

    #[test]
    fn each_style_is_known_by_its_names() {
        use Role::{Both, Down, Repeatable, Up};
        check("db/000001_a.up.sql", "", Some(("db", Style::GolangMigrate, Up)));
        check("db/000001_a.down.sql", "", Some(("db", Style::GolangMigrate, Down)));
        check("m/20200101000000_a.sql", "", Some(("m", Style::Sqlx, Up)));
        check("m/2020-01-01-000000_a/up.sql", "", Some(("m", Style::Diesel, Up)));
        check(
            "m/00000000000000_diesel_initial_setup/down.sql",
            "",
            Some(("m", Style::Diesel, Down)),
        );
        check("m/V1_2__a.sql", "", Some(("m", Style::Flyway, Up)));
        check("m/U1.2__a.sql", "", Some(("m", Style::Flyway, Down)));
        check("m/R__view.sql", "", Some(("m", Style::Flyway, Repeatable)));
        check("m/20200101-a.js", "", Some(("m", Style::Script, Both)));
        check("20200101_a.ts", "", Some(("", Style::Script, Both)));
        check("m/1_a.sql", "-- migrate:up\n", Some(("m", Style::Dbmate, Both)));
        check("m/1_a.sql", "-- +goose Up\n", Some(("m", Style::Goose, Both)));
        for other in [
            "m/README.md",
            "m/schema.sql",
            "m/a/up.sql",
            "m/V1_a.sql",
            "m/Vx__a.sql",
            "m/1.d.ts",
            "1",
            "m/V__a.sql",
        ] {
            check(other, "", None);
        }
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        let version = |path: &str| shown(path, "", None).unwrap().3;
        assert!(version("2_a.up.sql") < version("10_a.up.sql"));
        assert_eq!(version("0002_a.up.sql"), version("2_a.up.sql"));
        assert!(version("V1.9__a.sql") < version("V1.10__a.sql"));
        assert_eq!(version("V1__a.sql"), version("V1.0__a.sql"));
        assert!(version("V1__a.sql") < version("V1.1__a.sql"));
        assert!(version("2020-01-02-000000_a/up.sql") > version("2020-01-01-000000_a/up.sql"));
        assert!(version("9_a.sql") < version("99999999999999999999999999999999999999999_a.sql"));
    }

    #[test]
    fn a_wanted_style_leaves_out_the_others() {
        let style = |path, wanted| shown(path, "", Some(wanted)).map(|(_, style, ..)| style);
        assert_eq!(style("1_a.up.sql", Style::Sqlx), Some(Style::Sqlx));
        assert_eq!(style("1_a.sql", Style::GolangMigrate), None);
        assert_eq!(style("1_a.sql", Style::Goose), Some(Style::Goose));
        assert_eq!(style("V1__a.sql", Style::Diesel), None);
    }

    #[test]
    fn a_file_has_two_parts() {
        let text = b"-- migrate:up transaction:false\nA\n\n--migrate:down\nB";
        let parts = Parts::of(text, Style::Dbmate);
        let part = |range: Option<(usize, usize)>| range.map(|(start, end)| &text[start..end]);
        assert_eq!(part(parts.up), Some(&b"A\n\n"[..]));
        assert_eq!(part(parts.down), Some(&b"B"[..]));
        assert_eq!(
            Parts::of(b"-- migrate:upper\n-- migrate: up\n", Style::Dbmate),
            Parts::default()
        );
        assert_eq!(Parts::of(b"-- +goose Up", Style::Goose).up, Some((12, 12)));
    }

    proptest! {
        #[test]
        fn any_name_is_a_migration_or_not(path in "[a-zVUR0-9_./-]{1,30}", bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = named(&File { path: path.as_bytes(), bytes: &bytes }, None);
        }
    }
}
