//! An npm workspace of forty packages in chains of five, one of which changes.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::import::{Import, cloned};
use super::place::{Place, answer, names};
use super::turns::{beside_git, table};
use crate::bench::verdict::Verdict;

const PACKAGES: u64 = 40;
const CHAIN: u64 = 5;
/// The first of a chain: all of it follows.
const CHANGED: u64 = 20;
/// How many packages of the registry the lock file holds.
const FOREIGN: u64 = 600;
/// What an answer is meant to take, in milliseconds.
const BAR: u64 = 15;

fn name(number: u64) -> String {
    format!("p{number:02}")
}

fn manifest(number: u64) -> String {
    let mut needs = String::new();
    if !number.is_multiple_of(CHAIN) {
        let _ = write!(needs, "\"{}\": \"1.0.0\", ", name(number - 1));
    }
    let _ = write!(needs, "\"ext-{:03}\": \"^1.0.0\"", number * 7);
    format!(
        "{{\"name\": \"{}\", \"version\": \"1.0.0\", \"main\": \"src/index.js\", \"dependencies\": {{{needs}}}}}\n",
        name(number)
    )
}

/// As npm 7 and later write it (npm documentation, "package-lock.json").
fn lock() -> String {
    let mut text =
        "{\"name\": \"made\", \"lockfileVersion\": 3, \"requires\": true, \"packages\": {\
                    \"\": {\"name\": \"made\", \"workspaces\": [\"packages/*\"]}"
            .to_owned();
    for number in 0..PACKAGES {
        let name = name(number);
        let _ = write!(text, ",\n\"packages/{name}\": {}", manifest(number).trim_end());
        let _ = write!(
            text,
            ",\n\"node_modules/{name}\": {{\"resolved\": \"packages/{name}\", \"link\": true}}"
        );
    }
    for number in 0..FOREIGN {
        let needs = if number % 3 == 0 && number + 1 < FOREIGN {
            format!(", \"dependencies\": {{\"ext-{:03}\": \"^1.0.0\"}}", number + 1)
        } else {
            String::new()
        };
        let _ = write!(
            text,
            ",\n\"node_modules/ext-{number:03}\": {{\"version\": \"1.0.{number}\", \
             \"resolved\": \"https://registry.npmjs.org/ext-{number:03}/-/ext-{number:03}-1.0.{number}.tgz\", \
             \"integrity\": \"sha512-{number:086}==\"{needs}}}"
        );
    }
    text.push_str("}}\n");
    text
}

pub(crate) fn npm_workspace(place: &Place, verdict: &mut Verdict) -> anyhow::Result<()> {
    let mut import = Import::begin(place, "npm.origin")?;
    import.commit()?;
    let root = "{\"name\": \"made\", \"private\": true, \"workspaces\": [\"packages/*\"]}\n";
    import.write("package.json", root)?;
    import.write("package-lock.json", &lock())?;
    for number in 0..PACKAGES {
        import.write(&format!("packages/{}/package.json", name(number)), &manifest(number))?;
        for file in ["src/index.js", "src/more.js", "test/index.test.js", "README.md"] {
            import.write(&format!("packages/{}/{file}", name(number)), "// Made.\n")?;
        }
    }
    import.commit()?;
    import.write(&format!("packages/{}/src/index.js", name(CHANGED)), "// Made again.\n")?;
    let repository = cloned(place, &import.end()?, "npm")?;
    let words = ["crates", "--graph", "npm", "--base", "HEAD~1", "--head", "HEAD"];
    let found = names(&answer(&mut place.tool(&repository, &words))?, "packages")?;
    let wanted: BTreeSet<String> = (CHANGED..CHANGED + CHAIN).map(name).collect();
    verdict.hold(found == wanted, || format!("npm: {found:?}, not {wanted:?}"));
    println!("\n{PACKAGES} packages of npm, {} affected", found.len());
    let [git, ours] = beside_git(place, &repository, &words, ["HEAD~1", "HEAD"]);
    table(vec![git, ours.bar(BAR)])?;
    Ok(())
}
