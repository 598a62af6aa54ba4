//! A program that notes how it is started, and then is itself.

use std::env;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;

use crate::Scratch;

/// Notes its arguments on one line, and goes on as the program of its name that is found without it.
const NOTING: &str = r#"#!/bin/sh
printf '%s\n' "$*" | tr '\n' ' ' >>"$NOTES"
echo >>"$NOTES"
PATH=$PATH_WITHOUT exec "${0##*/}" "$@"
"#;

/// Notes of how a program is started, where a tool finds it on its path.
#[derive(Debug)]
pub struct Noted(Scratch);

impl Noted {
    /// Notes of the program with this name.
    ///
    /// # Panics
    /// When the disk does not do what it is told.
    #[expect(clippy::expect_used, reason = "a test cannot go on without its program")]
    pub fn new(program: &str) -> Self {
        let scratch = Scratch::new();
        scratch.write("notes", "");
        let path = scratch.write(format!("bin/{program}"), NOTING);
        let all = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(path, all).expect("a program of the test's own");
        Self(scratch)
    }

    /// The variables by which a tool finds it.
    pub fn variables(&self) -> Vec<(&'static str, OsString)> {
        let usual = env::var_os("PATH").unwrap_or_default();
        let mut path = self.0.at("bin").into_os_string();
        path.push(":");
        path.push(&usual);
        vec![
            ("PATH", path),
            ("PATH_WITHOUT", usual),
            ("NOTES", self.0.at("notes").into_os_string()),
        ]
    }

    /// The arguments of each start, in order.
    pub fn starts(&self) -> Vec<String> {
        self.0.read_text("notes").lines().map(str::to_owned).collect()
    }
}
