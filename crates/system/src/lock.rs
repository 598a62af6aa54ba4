//! Locks between runs.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crate::DiskFailure;

/// A lock that nobody else has while this value lives, and while any program lives that was started meanwhile: where
/// this process is killed, what it has started still holds it.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "it is held, not read")] File);

/// Takes the lock that the file at `path` stands for; nothing where somebody else has it. The file is made, and stays.
///
/// # Errors
/// When the operating system refuses.
pub fn lock(path: &Path) -> Result<Option<Lock>, DiskFailure> {
    locked(path).map_err(|source| DiskFailure::new("locking", path, source))
}

#[expect(clippy::disallowed_methods, reason = "this crate is the disk's room")]
fn locked(path: &Path) -> std::io::Result<Option<Lock>> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    // Programs that are started inherit it.
    #[cfg(unix)]
    rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::empty())?;
    Ok(Some(Lock(file)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use testkit::Scratch;

    use super::*;
    use crate::perform;

    /// Takes the lock, for which another test's program may stand for a moment.
    #[track_caller]
    fn taken(path: &Path) -> Lock {
        for _ in 0..200 {
            if let Some(lock) = lock(path).unwrap() {
                return lock;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("somebody else has the lock");
    }

    #[test]
    fn a_lock_is_one_persons_until_it_goes() {
        let scratch = Scratch::new();
        let path = scratch.at("deep/state.lock");
        let first = taken(&path);
        assert!(lock(&path).unwrap().is_none());
        drop(first);
        drop(taken(&path));
    }

    #[cfg(unix)]
    #[test]
    fn what_was_started_meanwhile_holds_it_on() {
        let scratch = Scratch::new();
        let path = scratch.at("state.lock");
        let first = taken(&path);
        let line = "sleep 0.6 >/dev/null 2>&1 &";
        let ran = perform(line, &BTreeMap::new(), Duration::from_secs(5)).unwrap();
        assert_eq!(ran.code, Some(0));
        drop(first);
        assert!(lock(&path).unwrap().is_none());
        drop(taken(&path));
    }

    #[test]
    fn a_line_is_given_its_variables_and_the_end_of_what_it_says_is_kept() {
        let variables = BTreeMap::from([("VERSION".to_owned(), "a b;c".to_owned())]);
        let line = "echo \"$VERSION\"; echo no >&2; exit 3";
        let ran = perform(line, &variables, Duration::from_secs(5)).unwrap();
        assert_eq!(
            (ran.code, ran.stdout.as_slice(), ran.stderr.as_slice()),
            (Some(3), &b"a b;c\n"[..], &b"no\n"[..])
        );
        let much = "yes 0123456789 | head -c 1000000; echo end";
        let ran = perform(much, &variables, Duration::from_secs(20)).unwrap();
        assert!(ran.stdout.len() <= 64 << 10 && ran.stdout.ends_with(b"end\n"));
        let late = perform("sleep 5", &variables, Duration::from_millis(50));
        assert!(late.unwrap_err().to_string().contains("did not end"));
    }
}
