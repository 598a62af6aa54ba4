//! A folder that is gone when the test is over.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A temporary folder. Everything below it is removed when this value is dropped.
#[derive(Debug)]
pub struct Scratch {
    folder: TempDir,
    path: PathBuf,
}

impl Scratch {
    /// An empty folder.
    ///
    /// # Panics
    /// When the disk refuses.
    #[expect(clippy::new_without_default, reason = "a default that makes a folder would surprise")]
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("signalbox-test-").tempdir();
        let folder = folder.unwrap_or_else(|error| panic!("no scratch folder: {error}"));
        // macOS hands out a path with a link in it, and what a program prints has none.
        let path = fs::canonicalize(folder.path());
        let path = path.unwrap_or_else(|error| panic!("no path of the scratch folder: {error}"));
        Self { folder, path }
    }

    /// Where it is: absolute and without links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The absolute path of `name` in the folder.
    pub fn at(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file, with the folders above it.
    ///
    /// # Panics
    /// When the disk refuses.
    pub fn write(&self, name: impl AsRef<Path>, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at(name);
        make_folder_of(&path);
        fs::write(&path, contents).unwrap_or_else(|error| refused("write", &path, &error));
        path
    }

    /// Reads a file whole.
    ///
    /// # Panics
    /// When there is no such file.
    #[track_caller]
    pub fn read(&self, name: impl AsRef<Path>) -> Vec<u8> {
        let path = self.at(name);
        fs::read(&path).unwrap_or_else(|error| refused("read", &path, &error))
    }

    /// Reads a file whole, as text.
    ///
    /// # Panics
    /// When there is no such file, or when it is not UTF-8.
    #[track_caller]
    pub fn read_text(&self, name: impl AsRef<Path>) -> String {
        let path = self.at(name);
        fs::read_to_string(&path).unwrap_or_else(|error| refused("read", &path, &error))
    }

    /// Whether the folder has such a file or folder.
    pub fn has(&self, name: impl AsRef<Path>) -> bool {
        self.at(name).exists()
    }

    /// The relative paths of all files below the folder, with `/`, in byte order.
    ///
    /// # Panics
    /// When the disk refuses.
    pub fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        collect_files(&self.path, &mut found);
        let relative = |path: &PathBuf| {
            let inner = path.strip_prefix(&self.path).unwrap_or(path);
            inner.to_string_lossy().replace('\\', "/")
        };
        let mut names: Vec<String> = found.iter().map(relative).collect();
        names.sort();
        names
    }

    /// Copies a folder's contents into this one.
    ///
    /// # Panics
    /// When the disk refuses.
    pub fn copy_from(&self, folder: &Path) {
        copy_folder(folder, &self.path);
    }

    /// Leaves the folder on the disk and says where: to look into a failed run.
    pub fn keep(self) -> PathBuf {
        self.folder.keep()
    }
}

/// Copies the contents of the folder `from` into the folder `to`, which is made if it is missing.
///
/// # Panics
/// When the disk refuses.
pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap_or_else(|error| refused("make", to, &error));
    for entry in entries(from) {
        let Some(name) = entry.file_name() else { continue };
        let target = to.join(name);
        if entry.is_dir() {
            copy_folder(&entry, &target);
        } else {
            let copied = fs::copy(&entry, &target);
            copied.unwrap_or_else(|error| refused("copy", &entry, &error));
        }
    }
}

/// The path of a fixture below `testdata/`.
///
/// # Panics
/// When there is none of that name.
#[track_caller]
pub fn test_data(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(name);
    assert!(path.exists(), "no fixture `{name}` in testdata/");
    path
}

fn collect_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in entries(folder) {
        if entry.is_dir() && !entry.is_symlink() {
            collect_files(&entry, found);
        } else {
            found.push(entry);
        }
    }
}

pub(crate) fn entries(folder: &Path) -> Vec<PathBuf> {
    let listed = fs::read_dir(folder).unwrap_or_else(|error| refused("list", folder, &error));
    let path = |entry: std::io::Result<fs::DirEntry>| match entry {
        Ok(entry) => entry.path(),
        Err(error) => refused("list", folder, &error),
    };
    listed.map(path).collect()
}

pub(crate) fn make_folder_of(path: &Path) {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).unwrap_or_else(|error| refused("make", parent, &error));
    }
}

#[track_caller]
fn refused(action: &str, path: &Path, error: &std::io::Error) -> ! {
    panic!("failed to {action} `{}`: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scratch_folder_holds_what_was_written_and_is_gone_afterwards() {
        let scratch = Scratch::new();
        scratch.write("b/c.txt", "c");
        scratch.write("a.bin", [0xff, 0x00]);
        assert_eq!(scratch.files(), ["a.bin", "b/c.txt"]);
        assert_eq!(scratch.read("a.bin"), [0xff, 0x00]);
        assert_eq!(scratch.read_text("b/c.txt"), "c");
        let path = scratch.path().to_owned();
        drop(scratch);
        assert!(!path.exists());
    }

    #[test]
    fn a_folder_is_copied_with_everything_below_it() {
        let (from, to) = (Scratch::new(), Scratch::new());
        from.write("a/b/c", "deep");
        to.write("a/kept", "");
        to.copy_from(from.path());
        assert_eq!(to.files(), ["a/b/c", "a/kept"]);
    }
}
