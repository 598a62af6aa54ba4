//! Names made to break things, through every list: each comes out byte by byte, and none is a command.

use std::collections::BTreeSet;

use serde_json::Value;
use testkit::{Repository, Scratch, Told, Tool};

use crate::tool::{ZERO, left, local, look, of_digits, plan, push};

/// Names of files. What is not UTF-8 is text in Latin-1.
const NAMES: &[&[u8]] = &[
    b"plain.txt",
    b"with space",
    b" leading space",
    b"trailing space ",
    b"trailing dot.",
    b"new\nline",
    b"safe\n$(touch PWNED)",
    b"\n",
    b"carriage\rreturn",
    b"both\r\n::error::x",
    b"tab\there",
    b"single'quote",
    b"double\"quote",
    b"'\"'\"'",
    b"back`touch PWNED`tick",
    b"$(touch PWNED)",
    b"$HOME",
    b"${HOME:-x}",
    b"-rf",
    b"-p",
    b"--",
    b"--output=x",
    b"@file",
    b"a=b",
    b"PATH=x",
    b"a;touch PWNED",
    b"a&touch PWNED",
    b"a|touch PWNED",
    b"a>PWNED",
    b"a<b",
    b"(touch PWNED)",
    b"{a,b}",
    b"*",
    b"?",
    b"[a]",
    b"[",
    b"!x",
    b"!!",
    b"~",
    b"~root",
    b"#comment",
    b"..a",
    b"...",
    b".git-x",
    b"back\\slash",
    b"back\\",
    b"percent%0Aescape",
    b"%n%s%d",
    b"::set-output name=a::b",
    b"::stop-commands::x",
    b"::add-mask::a",
    b"##[error]x",
    b"##[set-output name=a]b",
    b"${{ secrets.TOKEN }}",
    b"signalbox-<<EOF",
    b"a<<EOF",
    b"\x1b[2J\x1b]0;owned\x07",
    b"del\x7f",
    b"bell\x07\x08\x0b\x0c\x01",
    b"\xef\xbb\xbfbom",
    "bidi \u{202e}gnp.exe\u{2066}".as_bytes(),
    "line\u{2028}paragraph\u{2029}".as_bytes(),
    "e\u{301} combining".as_bytes(),
    "zero\u{200b}width\u{feff}".as_bytes(),
    "emoji \u{1f600}\u{1f468}\u{200d}\u{1f469}".as_bytes(),
    "caf\u{e9}".as_bytes(),
    b"caf\xe9",
    b"\xff\xfe",
    b"cut \xf0\x9f\x98",
    b"\xc0\xaf overlong",
    b"\xed\xa0\x80 surrogate",
    b"|a|b|",
    b"![x](http:evil)",
    b"<script>alert(1)</script>",
    b"\"quoted,\"\"csv\"",
    b"a,b",
    b"null",
    b"*yaml",
    b"&anchor",
    b"key: value",
];

/// Names of folders.
const FOLDERS: &[&[u8]] = &[
    b"dir with space",
    b"new\nfolder",
    b"$(touch PWNED) here",
    b"-dash",
    b"caf\xe9 folder",
    b"a'b\"c",
    "\u{202e}bidi".as_bytes(),
    b"::error::folder",
    b"...d",
];

/// All of them, sorted as git does, with one path of 4 KiB.
fn paths() -> Vec<Vec<u8>> {
    let in_folders = FOLDERS.iter().flat_map(|folder| {
        [&b"file"[..], b"a b", b"\xff"].map(|name| [folder, &b"/"[..], name].concat())
    });
    let long = [b"long/", [b'x'; 250].as_slice(), b"/"].concat().repeat(16);
    let long = [long.as_slice(), b"'end"].concat();
    let all: BTreeSet<Vec<u8>> =
        NAMES.iter().map(|name| name.to_vec()).chain(in_folders).chain([long]).collect();
    all.into_iter().collect()
}

/// A repository whose only commit has these files.
fn made(paths: &[Vec<u8>]) -> (Repository, String) {
    let it = Repository::new();
    let blob = String::from_utf8(it.git_bytes(&["hash-object", "-w", "--stdin"], b"1")).unwrap();
    let entry = |path: &Vec<u8>| [b"100644 ", blob.trim().as_bytes(), b"\t", path, b"\0"].concat();
    let entries: Vec<u8> = paths.iter().flat_map(entry).collect();
    it.git_bytes(&["update-index", "-z", "--index-info"], &entries);
    let head = it.commit_index("all of them");
    (it, head)
}

fn lossy(paths: &[Vec<u8>]) -> Vec<String> {
    paths.iter().map(|path| String::from_utf8_lossy(path).into_owned()).collect()
}

/// What a shell takes a list of paths for: one that begins with a dash is the same file and no option.
fn as_words(paths: &[Vec<u8>]) -> Vec<u8> {
    let word = |path: &Vec<u8>| {
        let dash: &[u8] = if path.starts_with(b"-") { b"./" } else { b"" };
        [dash, path, b"\0"].concat()
    };
    paths.iter().flat_map(word).collect()
}

/// The words that real shells make of a list, in every locale that matters.
#[track_caller]
fn check_shells(list: &[u8], wanted: &[u8]) {
    let (scripts, canary) = (Scratch::new(), Scratch::new());
    let script = scripts.write("script", [b"printf '%s\\0' ", list, b"\n"].concat());
    for (shell, locale) in [("bash", "C"), ("bash", "C.UTF-8"), ("dash", "C")] {
        let tool = Tool::new(format!("/bin/{shell}")).at(canary.path()).arg(&script);
        let said = tool.env("LC_ALL", locale).env("PATH", "/usr/bin:/bin").bytes();
        let is_same = said == wanted;
        let difference = || first_difference(&said, wanted);
        assert!(is_same, "{shell} in {locale} takes it for other words: {}", difference());
    }
    // What a name started would have been made here.
    assert_eq!(canary.files(), [""; 0]);
}

fn first_difference(said: &[u8], wanted: &[u8]) -> String {
    let mut pairs = said.split(|byte| *byte == 0).zip(wanted.split(|byte| *byte == 0));
    let found = pairs.find(|(said, wanted)| said != wanted);
    found.map_or_else(String::new, |(said, wanted)| {
        format!("{:?} and not {:?}", String::from_utf8_lossy(said), String::from_utf8_lossy(wanted))
    })
}

/// The fields of one record, by RFC 4180.
fn fields(record: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut is_quoted = false;
    let mut letters = record.chars().peekable();
    while let Some(letter) = letters.next() {
        let field = fields.last_mut().unwrap();
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => field.push(letters.next().unwrap()),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => fields.push(String::new()),
            '\r' | '\n' if !is_quoted => panic!("a record ends in the middle: {record:?}"),
            other => field.push(other),
        }
    }
    assert!(!is_quoted, "{record:?}");
    fields
}

/// Nobody obeys a name, and no terminal does.
#[track_caller]
fn check_log(told: &Told, ours: &[&str]) {
    let commands = told.commands();
    let obeyed: Vec<&str> = commands.iter().map(|command| command.name.as_str()).collect();
    assert_eq!(obeyed, ours, "{}", told.stdout);
    for text in [&told.stdout, &told.stderr, &told.summary] {
        for wild in
            ['\u{1b}', '\u{7}', '\u{202e}', '\u{2066}', '\u{2028}', '\u{7f}', '\r', '\u{feff}']
        {
            assert!(!text.contains(wild), "{wild:?} is in {text:?}");
        }
    }
    assert!(!told.outputs.contains_key("a"));
}

const NOTICE: &[&str] = &["notice"];

#[test]
fn every_name_comes_out_of_every_list() {
    let paths = paths();
    assert!(NAMES.len() >= 46 && FOLDERS.len() >= 7 && paths.iter().any(|path| path.len() > 4000));
    let (it, head) = made(&paths);
    let asked = |list: &str| {
        let asked = look(&it, push("refs/heads/main", ZERO, &head)).input("explain", "true");
        asked.input("filters", "all: '**'\nnone: 'x/**'").input("list-files", list).run()
    };

    let told = asked("json");
    assert_eq!(told.exit, 0, "{}", told.stdout);
    // That a name is not UTF-8 is told, and nothing else.
    check_log(&told, NOTICE);
    // What stands between backticks is no Markdown and no HTML.
    for name in ["![x](http:evil)", "<script>alert(1)</script>"] {
        assert!(told.summary.contains(&format!("`{name}`")), "{}", told.summary);
    }
    let files: Vec<String> = serde_json::from_str(&told.outputs["files"]).unwrap();
    assert_eq!(files, lossy(&paths));
    assert_eq!(told.outputs["files-lossy"], "true");
    let lists: Value = serde_json::from_str(&told.outputs["filter-files"]).unwrap();
    let of_filter: Vec<String> = serde_json::from_value(lists["all"].clone()).unwrap();
    assert_eq!(of_filter, lossy(&paths));
    assert_eq!(lists["none"], Value::Array(Vec::new()));

    let nul = left(&told, "files.nul");
    let nul: Vec<&[u8]> = nul.strip_suffix(b"\0").unwrap().split(|byte| *byte == 0).collect();
    assert_eq!(nul, paths);
    assert_eq!(of_plan(&plan(&told)), paths);

    let told = asked("csv");
    check_log(&told, NOTICE);
    let lists: Value = serde_json::from_str(&told.outputs["filter-files"]).unwrap();
    assert_eq!(fields(lists["all"].as_str().unwrap()), lossy(&paths));

    let told = asked("shell");
    check_log(&told, NOTICE);
    let lists: Value = serde_json::from_str(&told.outputs["filter-files"]).unwrap();
    let words: Vec<Vec<u8>> = lossy(&paths).into_iter().map(String::into_bytes).collect();
    check_shells(lists["all"].as_str().unwrap().as_bytes(), &as_words(&words));
}

/// The exact paths of a plan's files.
fn of_plan(plan: &Value) -> Vec<Vec<u8>> {
    let exact = |file: &Value| match (file["path"].as_str(), file["path_hex"].as_str()) {
        (Some(path), None) => path.as_bytes().to_vec(),
        (None, Some(digits)) => of_digits(digits),
        other => panic!("{other:?}"),
    };
    plan["files"].as_array().unwrap().iter().map(exact).collect()
}

#[test]
fn words_for_a_shell_are_exact_also_where_they_are_not_utf_8() {
    let paths = paths();
    let (it, _) = made(&paths);
    // A person asks; the base is a commit with nothing.
    let root = it.git(&["commit-tree", "-m", "nothing", &empty_tree(&it)]);
    let list = local(&it, &["detect", "--base", &root, "--format", "args"]).bytes();
    check_shells(&list, &as_words(&paths));
}

fn empty_tree(it: &Repository) -> String {
    String::from_utf8(it.git_bytes(&["mktree"], b"")).unwrap().trim().to_owned()
}

#[cfg(unix)]
#[test]
fn names_on_the_disk_are_the_same() {
    let it = Repository::new();
    let root = it.commit("nothing");
    let paths: Vec<Vec<u8>> = paths().into_iter().filter(|path| path.len() < 250).collect();
    for (place, path) in paths.iter().enumerate() {
        it.write(path, "1");
        // Some are known to git, some are not.
        if place % 3 == 0 {
            let word = [b":(literal)", path.as_slice()].concat();
            let list = [word.as_slice(), b"\0"].concat();
            it.git_bytes(&["add", "--pathspec-from-file=-", "--pathspec-file-nul"], &list);
        }
    }
    let list = local(&it, &["detect", "--base", &root, "--worktree", "--format", "args"]).bytes();
    check_shells(&list, &as_words(&paths));
    assert_eq!(it.scratch().files().iter().filter(|name| name.contains("PWNED")).count(), {
        paths.iter().filter(|path| path.windows(5).any(|part| part == b"PWNED")).count()
    });
}

#[test]
fn hostile_names_of_other_things_are_not_obeyed() {
    let it = Repository::new();
    it.write("a", "1").commit("one");
    let head = it.write("b", "1").commit("two");
    let odd = "::error::x\n##[error]y\u{1b}[2J";
    // A branch, a tag pattern, a base and a filter with such names.
    let (name, mut event) = push("refs/heads/main", ZERO, &head);
    event["ref"] = "refs/heads/::error::x%0A##[error]y".into();
    let told = look(&it, (name, event)).run();
    check_log(&told, &["warning"; 0]);
    for input in ["base", "head"] {
        let told = look(&it, push("refs/heads/main", ZERO, &head)).input(input, odd).run();
        assert_eq!(told.exit, 2, "{}", told.stdout);
        check_log(&told, &["error"]);
    }
    let told = look(&it, push("refs/heads/main", ZERO, &head))
        .input("filters", "'::error::x': ['::error::y', '[']")
        .run();
    let names: BTreeSet<String> = told.commands().into_iter().map(|command| command.name).collect();
    assert!(names.iter().all(|name| name == "error" || name == "warning"), "{}", told.stdout);
    let told = look(&it, push("refs/heads/main", ZERO, &head)).input("tags-pattern", odd).run();
    check_log(&told, &["warning"; 0]);
    let told = look(&it, ("::error::x".to_owned(), Value::Null)).run();
    check_log(&told, &["warning"; 0]);
}

/// Numbers that look random and are the same on every machine (Steele, Lea and Flood, "Fast Splittable
/// Pseudorandom Number Generators", 2014).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit).unwrap()).unwrap()
    }
}

/// What a name may be made of: every byte but NUL, and what means something to somebody.
const PIECES: &[&str] = &[
    "'",
    "\"",
    "`",
    "$(",
    ")",
    "$",
    "{",
    "}",
    "\\",
    "\n",
    "\r",
    "\t",
    " ",
    "-",
    "--",
    ";",
    "&",
    "|",
    "<",
    ">",
    "*",
    "?",
    "[",
    "]",
    "!",
    "~",
    "#",
    "=",
    "%",
    "%0A",
    "::",
    "##[",
    "@",
    ",",
    ".",
    "..",
    "a",
    "b",
    "\u{202e}",
    "\u{2028}",
    "\u{1f600}",
    "\u{301}",
    "\u{1b}",
    "touch PWNED",
    "${{",
    "}}",
    "EOF",
    "$'",
    "<<",
];

/// So many names that git could have.
fn generated(numbers: &mut Numbers, count: usize) -> Vec<Vec<u8>> {
    let mut names = BTreeSet::new();
    while names.len() < count {
        let mut name = Vec::new();
        for _ in 0..=numbers.below(8) {
            if numbers.below(4) == 0 {
                name.push(u8::try_from(1 + numbers.below(255)).unwrap());
            } else {
                name.extend_from_slice(PIECES[numbers.below(PIECES.len())].as_bytes());
            }
        }
        name.retain(|byte| *byte != b'/');
        let is_name = !matches!(name.as_slice(), b"" | b"." | b"..") && !name.starts_with(b".git");
        if is_name {
            names.insert(name);
        }
    }
    names.into_iter().collect()
}

#[test]
fn a_hundred_thousand_names_come_out_of_every_list() {
    let mut numbers = Numbers(4);
    for _ in 0..10 {
        let names = generated(&mut numbers, 10_000);
        let list = || names.iter().map(Vec::as_slice);
        let read: Vec<String> = serde_json::from_str(&change_detector::wire::json(list())).unwrap();
        assert_eq!(read, lossy(&names));
        let nul = change_detector::wire::nul(list());
        assert!(nul.strip_suffix(b"\0").unwrap().split(|byte| *byte == 0).eq(list()));
        let texts: Vec<Vec<u8>> = lossy(&names).into_iter().map(String::into_bytes).collect();
        let csv = change_detector::wire::csv(texts.iter().map(Vec::as_slice));
        assert_eq!(fields(&String::from_utf8(csv).unwrap()), lossy(&names));
        check_shells(&change_detector::wire::shell(list()), &as_words(&names));
    }
}

#[test]
fn thousands_of_names_go_through_git_and_back() {
    let mut numbers = Numbers(7);
    let names = generated(&mut numbers, 3000);
    let (it, head) = made(&names);
    let told = look(&it, push("refs/heads/main", ZERO, &head))
        .input("filters", "all: '**'\nat: '*'")
        .run();
    assert_eq!(told.exit, 0, "{}", told.stdout);
    let of_git = it.git_bytes(&["ls-tree", "-r", "-z", "--name-only", "HEAD"], b"");
    assert_eq!(left(&told, "files.nul"), of_git);
    assert_eq!(of_plan(&plan(&told)), names);
    // `*` takes no name that begins with a dot; `**` does.
    let counts: Value = serde_json::from_str(&told.outputs["counts"]).unwrap();
    assert_eq!(counts["all"], names.len());
    check_log(&told, NOTICE);
}
