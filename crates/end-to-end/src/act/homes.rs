//! The folders that programs take for the user's own.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Doing as _, Trouble};

/// One set of such folders, by the variable that names each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Homes(Vec<(&'static str, PathBuf)>);

impl Homes {
    /// Private ones, below `folder`.
    pub fn below(folder: &Path) -> Self {
        Self(vec![
            ("HOME", folder.join("home")),
            ("CARGO_HOME", folder.join("home/.cargo")),
            ("XDG_CACHE_HOME", folder.join("home/.cache")),
            ("XDG_CONFIG_HOME", folder.join("config")),
            ("TMPDIR", folder.join("tmp")),
        ])
    }

    /// Those of the user who started this: the variables, and where programs look without them.
    pub fn of_user() -> Self {
        let named = ["HOME", "CARGO_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"];
        let mut homes: Vec<(&'static str, PathBuf)> = named
            .into_iter()
            .filter_map(|name| Some((name, PathBuf::from(env::var_os(name)?))))
            .collect();
        if let Some(home) = env::var_os("HOME").map(PathBuf::from) {
            homes.push(("CARGO_HOME", home.join(".cargo")));
            homes.push(("XDG_CACHE_HOME", home.join(".cache")));
            homes.push(("XDG_CONFIG_HOME", home.join(".config")));
        }
        Self(homes)
    }

    /// Refuses folders that are the user's, or hold them.
    ///
    /// # Errors
    /// When a workflow that cleans one of these folders would delete the user's files.
    pub fn refuse_those_of(&self, user: &Self) -> Result<(), Trouble> {
        for (name, private) in &self.0 {
            let private = resolved(private);
            for (users_name, users) in &user.0 {
                if resolved(users).starts_with(&private) {
                    return Err(Trouble::new(format!(
                        "act does not start: its {name} would be `{}`, and the user's {users_name} \
                         is `{}`, which a workflow could empty",
                        private.display(),
                        users.display()
                    )));
                }
            }
        }
        Ok(())
    }

    /// Makes the folders and names them to a program.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn set(&self, command: &mut Command) -> Result<(), Trouble> {
        for (name, folder) in &self.0 {
            fs::create_dir_all(folder).doing(|| format!("make `{}`", folder.display()))?;
            command.env(name, folder);
        }
        Ok(())
    }
}

/// The path without links, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    if let Ok(real) = fs::canonicalize(path) {
        return real;
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => resolved(parent).join(name),
        (Some(_) | None, Some(_) | None) => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use testkit::Scratch;

    use super::*;

    #[test]
    fn private_folders_are_accepted() {
        let (private, user) = (Scratch::new(), Scratch::new());
        let user = Homes(vec![("HOME", user.path().to_owned())]);
        assert_eq!(Homes::below(private.path()).refuse_those_of(&user), Ok(()));
    }

    #[test]
    fn the_users_folder_is_refused_under_any_name() {
        let scratch = Scratch::new();
        let private = Homes::below(scratch.path());
        let user = Homes(vec![("CARGO_HOME", scratch.at("x/../home/.cargo"))]);
        fs::create_dir_all(scratch.at("x")).unwrap();
        fs::create_dir_all(scratch.at("home/.cargo")).unwrap();
        let refused = private.refuse_those_of(&user).unwrap_err();
        assert!(refused.to_string().contains("a workflow could empty"), "{refused}");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_the_users_folder_is_refused() {
        let scratch = Scratch::new();
        fs::create_dir_all(scratch.at("users/.cargo")).unwrap();
        std::os::unix::fs::symlink(scratch.at("users"), scratch.at("private")).unwrap();
        let private = Homes(vec![("CARGO_HOME", scratch.at("private/.cargo"))]);
        let user = Homes(vec![("CARGO_HOME", scratch.at("users/.cargo"))]);
        assert!(private.refuse_those_of(&user).is_err());
    }
}
