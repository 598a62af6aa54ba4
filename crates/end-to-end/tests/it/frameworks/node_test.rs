//! `node --test`, which lists nothing and takes files: the files of each shard, by the list of `files`.

use std::fs;
use std::process::Command;

use ecosystems::{Framework, Part};
use testkit::Scratch;

/// Files whose names a shell, a pattern or an option parser would take for something else.
const FILES: &[&str] = &[
    "a b.test.mjs",
    "b.test.mjs",
    "[c].test.mjs",
    "sub/b.test.mjs",
    "ü$(x).test.mjs",
    "xb.test.mjs",
];

fn project() -> Scratch {
    let scratch = Scratch::new();
    for file in FILES {
        let name = serde_json::json!(file);
        let text = format!(
            "import test from 'node:test';\nimport fs from 'node:fs';\n\
             test('runs', () => fs.appendFileSync(process.env.RAN, {name} + '\\n'));\n"
        );
        scratch.write(file, text);
    }
    scratch
}

#[test]
fn each_file_runs_on_one_shard() {
    let scratch = project();
    let ran = scratch.at("ran.txt");
    for part in 0..3 {
        let is_own = |at: &usize| at % 3 == part;
        let names = |own: bool| -> Vec<&[u8]> {
            let files = FILES.iter().enumerate().filter(|(at, _)| is_own(at) == own);
            files.map(|(_, file)| file.as_bytes()).collect()
        };
        let (own, others) = (names(true), names(false));
        let filter = Framework::Files.filter(&Part { own: &own, others: &others }).unwrap();
        scratch.write("filter.txt", &filter.bytes);
        // As the guide says: a line a file, with what it is to be done in the loop.
        let script = "files=(); while IFS= read -r file; do files+=(\"$PWD/$file\"); done < filter.txt\n\
                      node --test \"${files[@]}\"";
        let status = Command::new("bash")
            .args(["-c", script])
            .current_dir(scratch.path())
            .env("RAN", &ran)
            .output()
            .unwrap();
        assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stdout));
    }
    let mut found: Vec<String> =
        fs::read_to_string(ran).unwrap().lines().map(str::to_owned).collect();
    found.sort();
    let mut wanted: Vec<String> = FILES.iter().map(|file| (*file).to_owned()).collect();
    wanted.sort();
    assert_eq!(found, wanted);
}
