//! Paths as seen from the folder that a tool ran in, because tools print absolute ones.

use bstr::BString;

/// `path` as seen from `folder`; as it is, if it is not absolute. Both may have other spellings of
/// the same place on disk, which nothing here looks at.
pub(crate) fn relative(path: &[u8], folder: &[u8]) -> BString {
    if !path.starts_with(b"/") || !folder.starts_with(b"/") {
        return path.into();
    }
    let (path, folder) = (parts(path), parts(folder));
    let shared = path.iter().zip(&folder).take_while(|(one, other)| one == other).count();
    let up = std::iter::repeat_n(&b".."[..], folder.len() - shared);
    let parts: Vec<&[u8]> = up.chain(path.into_iter().skip(shared)).collect();
    bstr::join("/", parts).into()
}

/// The names in a path, without those that say nothing.
fn parts(path: &[u8]) -> Vec<&[u8]> {
    let says_nothing = |part: &[u8]| part.is_empty() || part == b".";
    path.split(|byte| *byte == b'/').filter(|part| !says_nothing(part)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, folder: &str, wanted: &str) {
        assert_eq!(relative(path.as_bytes(), folder.as_bytes()), wanted);
    }

    #[test]
    fn a_path_is_seen_from_the_folder() {
        check("/a/b/c.js", "/a", "b/c.js");
        check("/a/b/c.js", "/a/", "b/c.js");
        check("/a/b/c.js", "/a/bb", "../b/c.js");
        check("/c.js", "/", "c.js");
        check("b/c.js", "/a", "b/c.js");
        check("/a/b", "", "/a/b");
    }
}
