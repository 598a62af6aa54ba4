//! Patterns and paths that nobody wrote, the same ones for the same seed.

/// Numbers that look random: Marsaglia's xorshift with 64 bits (Journal of Statistical Software,
/// 2003, 8 (14)).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 16) % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    fn letter(&mut self, of: &str) -> char {
        of.chars().nth(self.below(of.chars().count())).unwrap()
    }
}

/// What stands in real filters, and everything that the dialect has in its plain form.
const REAL: &[&str] = &[
    "**",
    "*",
    "**/*",
    "*.md",
    "**/*.md",
    "**/*.{ts,tsx,js,jsx}",
    "src/**",
    "src/**/*.rs",
    "src/*",
    "!src/**",
    "!**/*.md",
    "!(src|docs)/**",
    "!docs/**/*.{md,mdx}",
    "./src/**",
    "!./src/**",
    ".github/**",
    ".github/workflows/*.yml",
    ".github/workflows/{ci,release}.{yml,yaml}",
    "**/.env*",
    "**/.*",
    ".*",
    ".*/**",
    "*.*",
    "*/*",
    "packages/*/src/**",
    "packages/{a,b,c}/**",
    "packages/!(docs)/**",
    "packages/**/!(*.test).ts",
    "**/!(*.d).ts",
    "**/!(*.spec|*.test).{ts,tsx}",
    "crates/@(core|cli)/**/*.rs",
    "crates/+([a-z])/Cargo.toml",
    "crates/*(a|b)/x",
    "a/?(b)/c",
    "**/Cargo.{toml,lock}",
    "{src,test}/**/*",
    "{package.json,package-lock.json,yarn.lock}",
    "a/**/b/**/c",
    "**/test/**",
    "**/__tests__/**/*.js",
    "v[0-9]/**",
    "v[0-9]*.[0-9]*",
    "[!a]*.txt",
    "[^a]*.txt",
    "[[:alpha:]]*/[[:digit:]].txt",
    "file[1-3].{txt,md}",
    "img{1..3}.png",
    "{a..c}/x",
    "docs/(a|b)/*.md",
    "(src|lib)/**",
    "app/[id]/page.tsx",
    "app/[[...slug]]/page.tsx",
    "app/(group)/page.tsx",
    "\"quoted name\"/*",
    "a\\*b",
    "a\\{b\\}",
    "dir/",
    "dir",
    "/src/**",
    "a//b",
    "***",
    "**/**",
    "a/***",
    "a**",
    "a/**b/c",
    "**a/b",
    "??",
    "a?c/*",
    "c++/**",
    "a+b",
    "c#/$x/^y",
    "~/x@1/y,z",
    "**/*(*.ts|*.tsx)",
    "**/@(*.test|*.spec).*",
    "!(*.md)",
    "!(a/**)",
    "!!(a)",
    "!!a/**",
    "*!(.md)",
    "**/(!(a))/b",
];

/// Everything that means something to the dialect, and a little that does not.
const ALPHABET: &str = "*?[]{}()!+@|,./\\\"-^$a-c1*?[]{}()!*/.ab";

/// What stands in a pattern as one thing.
const PIECES: &[&str] = &[
    "*",
    "**",
    "?",
    "/",
    "/",
    "/",
    ".",
    "a",
    "b",
    "ab",
    "c1",
    "A",
    "-",
    "_",
    "**/",
    "/**",
    "/**/",
    "./",
    "..",
    "[ab]",
    "[^ab]",
    "[!ab]",
    "[a-c]",
    "[^/]",
    "[]]",
    "[]a]",
    "[^]]",
    "[a-]",
    "[b-a]",
    "[[:alpha:]]",
    "[[:alpha:]1]",
    "[[:digit:]-]",
    "[^[:space:]]",
    "[[:punct:]]",
    "[[:nope:]]",
    "[:alpha:]",
    "[a.b]",
    "[*]",
    "[\\]]",
    "[\\w]",
    "[a/b]",
    "[\\d-x]",
    "{a,b}",
    "{a,b*}",
    "{,a}",
    "{a}",
    "{}",
    "{1..3}",
    "{a..c}",
    "{c..a}",
    "{1..10}",
    "{a,{b,c}}",
    "{a..b,c}",
    "{é..ü}",
    "{b-a..}",
    "{a,b",
    "a}",
    "{*,**}",
    "{a/,b/**}/",
    "?(a)",
    "*(a)",
    "+(a)",
    "@(a)",
    "!(a)",
    "!(a|b)",
    "+(a|b)",
    "*(a|aa)",
    "+(*(a)|b)",
    "*(*(a)*(b))",
    "@(a|b)*",
    "!(*.a)",
    "!(a*).a",
    "!(*a).{b,c}",
    "!(a/b)",
    "!(**/a)",
    "+(a|*)",
    "?(*(b))",
    "!(!(a))",
    "+(!(a))",
    "*(?(a)|b)",
    "@(**)",
    "?(**/)a",
    "(a|b)",
    "(a)",
    "(?:a)",
    "(?=a)",
    "(?!a)",
    "(?<=a)",
    "(?<!a)",
    "(?<x>a)",
    "(a)\\1",
    "(a|b)+",
    "(ab)?",
    "(a)*",
    "()",
    "(",
    ")",
    "|",
    "\\*",
    "\\?",
    "\\a",
    "\\\\",
    "\\[",
    "\\(",
    "\\)",
    "\\1",
    "\\2",
    "\\b",
    "\\w",
    "\\d+",
    "\\x61",
    "\\u0061",
    "\\cA",
    "\\0",
    "\\141",
    "\\k",
    "\\/",
    "\\.",
    "\\!",
    "\"a\"",
    "\"*\"",
    "\"",
    "\"a.b\"",
    "!",
    "!!",
    "@",
    "+",
    "++",
    "$",
    "^",
    "$$",
    ",",
    "|",
    "-",
    "~",
    "#",
    " ",
    "'",
    "=",
    ":",
    "<",
    ">",
    "%",
    "&",
    ";",
    "`",
    "é",
    "漢",
    "😀",
    "\u{2028}",
    "\n",
    "\u{feff}",
    "\u{a0}",
    "A1",
    "\u{85}",
];

/// A pattern.
pub(crate) fn pattern(random: &mut Random) -> String {
    match random.below(10) {
        0..3 => (0..=random.below(7)).map(|_| grown(random, 2)).collect(),
        3..6 => mutated(random.one(REAL), random),
        6 => (0..=random.below(4)).map(|_| random.one(PIECES)).collect(),
        7 => {
            let (one, other) = (random.one(REAL), random.one(REAL));
            mutated(&format!("{one}{}{other}", random.one(&["/", "", "|", ","])), random)
        }
        _ => (0..=random.below(12)).map(|_| random.letter(ALPHABET)).collect(),
    }
}

/// A piece, or one of those that hold others.
fn grown(random: &mut Random, depth: usize) -> String {
    if depth == 0 || random.below(5) > 0 {
        return random.one(PIECES).to_owned();
    }
    let open = random.one(&["{", "(", "?(", "*(", "+(", "@(", "!(", "[", "\"", "!(*"]);
    let (between, close) = match open {
        "{" => (",", "}"),
        "[" => ("", "]"),
        "\"" => ("", "\""),
        _ => ("|", ")"),
    };
    let branches: Vec<String> = (0..=random.below(3))
        .map(|_| {
            (0..random.below(3) + usize::from(random.below(8) > 0))
                .map(|_| grown(random, depth - 1))
                .collect()
        })
        .collect();
    format!("{open}{}{close}", branches.join(between))
}

/// The text with a few letters changed, or none.
fn mutated(text: &str, random: &mut Random) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    for _ in 0..random.below(4) {
        let at = random.below(letters.len() + 1);
        match random.below(4) {
            0 => letters.insert(at, random.letter(ALPHABET)),
            1 if at < letters.len() => letters[at] = random.letter(ALPHABET),
            2 if at < letters.len() => {
                letters.remove(at);
            }
            _ => {
                let piece: Vec<char> = random.one(PIECES).chars().collect();
                letters.splice(at..at, piece);
            }
        }
    }
    letters.into_iter().collect()
}

const NAMES: &[&str] = &[
    "a",
    "b",
    "ab",
    "c1",
    "src",
    "docs",
    "x.ts",
    "a.b",
    "x.test.ts",
    "README.md",
    ".env",
    ".a",
    "..a",
    "a.",
    "a..",
    "-",
    "a\nb",
    "é",
    "漢字",
    "😀",
    "*",
    "**",
    "[ab]",
    "{a,b}",
    "a\\b",
    " ",
    "\"",
    "1",
    "aa",
    "A",
    "$",
    "^",
    "(a)",
    "+",
    "!a",
    "lib",
    "c++",
    "a\u{2028}",
    "\r",
    "😀😀",
];

/// A path that git can have, made so that it is not far from what the pattern matches.
pub(crate) fn path(pattern: &str, random: &mut Random) -> String {
    let letters: Vec<char> = pattern.chars().collect();
    let mut path = match random.below(8) {
        0 => (0..=random.below(3)).map(|_| random.one(NAMES)).collect::<Vec<_>>().join("/"),
        1 => pattern.to_owned(),
        _ => instance(&letters, random),
    };
    if random.below(3) == 0 {
        let mut letters: Vec<char> = path.chars().collect();
        let at = random.below(letters.len() + 1);
        match random.below(4) {
            0 => letters.insert(at, random.letter("abc1./-\n*é😀 A_")),
            1 if at < letters.len() => {
                letters.remove(at);
            }
            2 => letters.truncate(at),
            _ => letters.extend(format!("/{}", random.one(NAMES)).chars()),
        }
        path = letters.into_iter().collect();
    }
    let names: Vec<&str> =
        path.split('/').filter(|name| !matches!(*name, "" | "." | "..")).collect();
    let path = names.join("/").replace('\0', "0");
    if path.is_empty() { random.one(NAMES).to_owned() } else { path }
}

/// Something that the pattern may match, by a loose reading.
fn instance(letters: &[char], random: &mut Random) -> String {
    let mut made = String::new();
    let mut at = 0;
    while let Some(letter) = letters.get(at) {
        at += 1;
        if *letter == '"' || (*letter == '?' && letters.get(at) == Some(&'(')) {
            continue;
        }
        match letter {
            '*' if letters.get(at) == Some(&'*') => {
                at += 1;
                let names: Vec<&str> = (0..random.below(3)).map(|_| random.one(NAMES)).collect();
                made.push_str(&names.join("/"));
            }
            '*' => made.push_str(random.one(&["", "a", "ab", "x", ".", "b.c", "é", "😀", "\n"])),
            '?' => made.push(random.letter("abc.é")),
            '\\' => {
                made.extend(letters.get(at));
                at += usize::from(random.below(4) > 0);
            }
            '[' => {
                let end = letters[at..].iter().skip(1).position(|letter| *letter == ']');
                let Some(end) = end.map(|end| at + end + 1) else { continue };
                let inside = &letters[at..end];
                match random.below(4) {
                    0 => made.push(random.letter("abcxz1.-😀")),
                    1 => made.extend(letters[at - 1..=end].iter()),
                    _ => made.push(inside[random.below(inside.len())]),
                }
                at = end + 1;
            }
            '{' | '(' => {
                let (end, branches) = branches(letters, at);
                let (begin, stop) = branches[random.below(branches.len())];
                let times = if letter == &'(' { [0, 1, 1, 2][random.below(4)] } else { 1 };
                for _ in 0..times {
                    made.push_str(&instance(&letters[begin..stop], random));
                }
                at = end;
            }
            '}' | ')' => {}
            '!' | '+' | '@' if letters.get(at) == Some(&'(') => {}
            '!' if at == 1 => {}
            letter => made.push(*letter),
        }
    }
    made
}

/// Where a group ends that begins at `at`, and its branches.
fn branches(letters: &[char], at: usize) -> (usize, Vec<(usize, usize)>) {
    let mut depth = 0;
    let mut found = Vec::new();
    let mut begin = at;
    for (index, letter) in letters.iter().enumerate().skip(at) {
        match letter {
            '{' | '(' => depth += 1,
            '}' | ')' if depth > 0 => depth -= 1,
            '}' | ')' => {
                found.push((begin, index));
                return (index + 1, found);
            }
            ',' | '|' if depth == 0 => {
                found.push((begin, index));
                begin = index + 1;
            }
            _ => {}
        }
    }
    found.push((begin, letters.len()));
    (letters.len(), found)
}
