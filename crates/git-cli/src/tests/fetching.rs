//! Fetching: what comes, and that nothing of the clone is touched.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::channel;

use testkit::Repository as Scripted;

use super::{id, open, open_to_fetch, settings, since};
use crate::{FailureKind, MergeBase, Name, RefName, Repository, Settings};

fn origin() -> (Scripted, String, String) {
    let origin = Scripted::new();
    let base = origin.write("a", "1").commit("one");
    let head = origin.write("a", "2").commit("two");
    (origin, base, head)
}

#[test]
fn a_commit_is_fetched_and_the_clone_is_as_it_was() {
    let (origin, base, head) = origin();
    let clone = origin.cloned(&["--depth=1"]);
    let before = clone.snapshot();
    let repository = open_to_fetch(&clone);
    assert_eq!(repository.find(&Name::Id(id(&base))).unwrap(), None);
    assert_eq!(repository.fetch_commit(&id(&base)).unwrap(), Some(id(&base)));
    assert_eq!(repository.find(&Name::Id(id(&base))).unwrap(), Some(id(&base)));
    assert_eq!(repository.changes(&since(&base), &id(&head)).unwrap().len(), 1);
    assert_eq!(repository.fetch_commit(&id(&"a".repeat(40))).unwrap(), None);
    assert_eq!(repository.fetch_commit(&id(&"0".repeat(40))).unwrap(), None);
    assert_eq!(repository.head().unwrap(), Some(id(&head)));
    drop(repository);
    assert_eq!(clone.snapshot(), before);
    let temporary = clone.scratch().at("temporary");
    std::fs::create_dir(&temporary).unwrap();
    let options = Settings { fetch: true, temporary: Some(temporary.clone()), ..settings(&clone) };
    let repository = Repository::open(&clone.path(), options).unwrap();
    repository.fetch_commit(&id(&base)).unwrap();
    assert_eq!(temporary.read_dir().unwrap().count(), 1);
    drop(repository);
    assert_eq!(temporary.read_dir().unwrap().count(), 0, "something is left behind");
}

#[test]
fn a_commit_that_no_branch_names_any_more_is_fetched() {
    let (origin, base, head) = origin();
    let clone = origin.cloned(&[]);
    origin.git(&["checkout", "--quiet", "--detach", &base]);
    let pushed = origin.write("b", "1").commit("pushed, and pushed over");
    origin.checkout("main");
    let before = clone.snapshot();
    let repository = open_to_fetch(&clone);
    assert_eq!(repository.fetch_commit(&id(&pushed)).unwrap(), Some(id(&pushed)));
    // The clone was whole, and still is.
    let found = repository.merge_base(&id(&pushed), &id(&head)).unwrap();
    assert_eq!(found, MergeBase::Found(id(&base)));
    assert_eq!(clone.snapshot(), before);
}

#[test]
fn a_ref_is_fetched_by_its_full_name() {
    let (origin, base, _) = origin();
    origin.git(&["update-ref", "refs/pull/7/head", &base]);
    origin.git(&["update-ref", "refs/heads/nested/refs/pull/7/head", "HEAD"]);
    origin.git(&["tag", "--no-sign", "-a", "-m", "x", "v1", &base]);
    let clone = origin.cloned(&["--depth=1", "--no-tags"]);
    let newer = origin.write("a", "3").commit("three");
    for clone in [clone, origin.cloned(&["--no-tags", "--single-branch"])] {
        let before = clone.snapshot();
        let repository = open_to_fetch(&clone);
        let fetch =
            |name: &str| repository.fetch_ref(&RefName::new(name.as_bytes()).unwrap()).unwrap();
        assert_eq!(fetch("refs/heads/main"), Some(id(&newer)));
        assert_eq!(fetch("refs/pull/7/head"), Some(id(&base)));
        assert_eq!(fetch("refs/tags/v1"), Some(id(&base)));
        assert_eq!(fetch("refs/heads/none"), None);
        assert_eq!(fetch("refs/heads/main"), Some(id(&newer)));
        assert_eq!(clone.snapshot(), before);
    }
}

/// `main` and `side` of many commits each since they parted.
fn far_apart(commits: usize) -> (Scripted, String, String, String) {
    let origin = Scripted::new();
    let fork = origin.history(20, 30);
    let stream = |branch: &str| {
        let mut stream = format!("reset refs/heads/{branch}\nfrom {fork}\n");
        for number in 0..commits {
            let second = (1_800_000_000 + number).to_string();
            stream.extend(["commit refs/heads/", branch, "\ncommitter T <t> ", &second]);
            stream.extend([" +0000\ndata 1\nx\nM 100644 inline ", branch, "\ndata 5\n"]);
            stream.extend([format!("{number:05}\n")]);
        }
        stream
    };
    origin.git_bytes(&["fast-import", "--quiet", "--force"], stream("main").as_bytes());
    origin.git_bytes(&["fast-import", "--quiet", "--force"], stream("side").as_bytes());
    let (main, side) = (origin.id("refs/heads/main"), origin.id("refs/heads/side"));
    (origin, fork, main, side)
}

#[test]
fn history_is_fetched_until_the_common_ancestor_is_certain() {
    let (origin, fork, main, side) = far_apart(200);
    let clone = origin.cloned(&["--depth=1"]);
    let before = clone.snapshot();
    let repository = open_to_fetch(&clone);
    assert_eq!(repository.fetch_commit(&id(&side)).unwrap(), Some(id(&side)));
    assert_eq!(repository.merge_base(&id(&main), &id(&side)).unwrap(), MergeBase::Unknown);
    let found = repository.deepen_until_merge_base(&id(&main), &id(&side)).unwrap();
    assert_eq!(found, MergeBase::Found(id(&fork)));
    // The folders of what was found are fetched when they are compared.
    assert_eq!(repository.changes(&since(&fork), &id(&side)).unwrap().len(), 1);
    assert_eq!(clone.snapshot(), before);
    // Without leave to fetch it stays unknown.
    let unknown = open(&origin.cloned(&["--depth=1", "--no-single-branch"]))
        .deepen_until_merge_base(&id(&main), &id(&side))
        .unwrap();
    assert_eq!(unknown, MergeBase::Unknown);
}

#[test]
fn histories_without_anything_in_common_are_told_so_in_the_end() {
    let (origin, _, main, _) = far_apart(3);
    origin.git(&["checkout", "--quiet", "--orphan", "other"]);
    let other = origin.write("z", "1").commit("alone");
    let clone = origin.cloned(&["--depth=1", "--no-single-branch"]);
    let found = open_to_fetch(&clone).deepen_until_merge_base(&id(&main), &id(&other)).unwrap();
    assert_eq!(found, MergeBase::None);
}

#[test]
fn a_server_that_serves_only_its_branches_is_asked_for_them() {
    let (origin, fork, main, side) = far_apart(100);
    origin.git(&["config", "uploadpack.allowFilter", "false"]);
    origin.git(&["config", "uploadpack.allowAnySHA1InWant", "false"]);
    let old = origin.id("main~50");
    let clone = origin.cloned(&["--depth=1"]);
    // The older protocol, in which a server may refuse a commit that none of its refs names.
    clone.git(&["config", "protocol.version", "0"]);
    let before = clone.snapshot();
    let repository = open_to_fetch(&clone);
    assert_eq!(repository.fetch_commit(&id(&old)).unwrap(), Some(id(&old)));
    assert_eq!(repository.fetch_commit(&id(&"a".repeat(40))).unwrap(), None);
    let found = repository.deepen_until_merge_base(&id(&main), &id(&side)).unwrap();
    assert_eq!(found, MergeBase::Found(id(&fork)));
    assert_eq!(clone.snapshot(), before);
}

#[test]
fn a_shallow_fetch_brings_only_what_is_new() {
    let origin = Scripted::bare();
    let head = origin.history(300, 2000);
    let before = origin.id("main~1");
    let clone = origin.cloned(&["--depth=1", "--no-checkout"]);
    let temporary = clone.scratch().at("temporary");
    std::fs::create_dir(&temporary).unwrap();
    let options = Settings { fetch: true, temporary: Some(temporary.clone()), ..settings(&clone) };
    let repository = Repository::open(&clone.path(), options).unwrap();
    assert_eq!(repository.fetch_commit(&id(&before)).unwrap(), Some(id(&before)));
    assert_eq!(repository.changes(&since(&before), &id(&head)).unwrap().len(), 1);
    // Of the 2500 objects there are: the commit, the folder at its root and the one with the file, and
    // what the two folders were sent as differences from.
    let store = temporary.read_dir().unwrap().next().unwrap().unwrap().path();
    let counted = clone.git(&["--git-dir", store.to_str().unwrap(), "count-objects", "-v"]);
    let in_pack = counted.lines().find_map(|line| line.strip_prefix("in-pack: ")).unwrap();
    assert!((3..=5).contains(&in_pack.parse::<u32>().unwrap()), "{counted}");
    assert!(counted.contains("count: 0\n"), "{counted}");
}

#[test]
fn an_address_that_is_relative_is_relative_to_the_clone() {
    let (origin, base, _) = origin();
    let clone = origin.cloned(&["--depth=1"]);
    let name = origin.scratch().path().file_name().unwrap().to_str().unwrap().to_owned();
    clone.git(&["remote", "set-url", "origin", &format!("../../{name}/work")]);
    clone.write("d/e", "1");
    let options = Settings { fetch: true, ..settings(&clone) };
    let repository = Repository::open(&clone.at("d"), options).unwrap();
    assert_eq!(repository.fetch_commit(&id(&base)).unwrap(), Some(id(&base)));
}

#[test]
fn fetching_has_to_be_allowed_and_to_be_possible() {
    let (origin, base, _) = origin();
    let clone = origin.cloned(&["--depth=1"]);
    let kind = |repository: &Repository| repository.fetch_commit(&id(&base)).unwrap_err().kind;
    assert_eq!(kind(&open(&clone)), FailureKind::FetchNotAllowed);
    clone.git(&["remote", "set-url", "origin", "file:///nowhere/at/all"]);
    assert_eq!(kind(&open_to_fetch(&clone)), FailureKind::Refused);
    clone.git(&["remote", "remove", "origin"]);
    assert_eq!(kind(&open_to_fetch(&clone)), FailureKind::NoRemote);
}

#[test]
fn several_commits_come_at_once_and_those_that_do_not_exist_are_no_obstacle() {
    let (origin, base, head) = origin();
    origin.git(&["checkout", "--quiet", "--detach", &base]);
    let other = origin.write("b", "1").commit("three");
    origin.checkout("main");
    let clone = origin.cloned(&["--depth=1"]);
    let repository = open_to_fetch(&clone);
    let none = "a".repeat(40);
    let ids = [&base, &none, &other, &head].map(|text| id(text));
    let found = repository.fetch_commits(&ids.each_ref()).unwrap();
    assert_eq!(found, [Some(id(&base)), None, Some(id(&other)), Some(id(&head))]);
    // Asked for the common ancestor at once, what is missing comes too.
    let repository = open_to_fetch(&clone);
    let found = repository.deepen_until_merge_base(&id(&other), &id(&head)).unwrap();
    assert_eq!(found, MergeBase::Found(id(&base)));
    assert!(repository.deepen_until_merge_base(&id(&none), &id(&head)).is_err());
}

/// A server that answers everything with `status`, and tells what it was sent.
fn server(status: &'static str) -> (u16, std::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = Vec::new();
            let mut chunk = [0; 4096];
            while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                let length = stream.read(&mut chunk).unwrap_or(0);
                if length == 0 {
                    break;
                }
                request.extend_from_slice(&chunk[..length]);
            }
            let answer =
                format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes());
            let _ = sender.send(String::from_utf8_lossy(&request).into_owned());
        }
    });
    (port, receiver)
}

#[test]
fn credentials_go_along_once_and_are_not_said_again() {
    let (origin, base, _) = origin();
    let clone = origin.cloned(&["--depth=1"]);
    let (port, requests) = server("403 Forbidden");
    let address = format!("http://127.0.0.1:{port}/");
    clone.git(&["remote", "set-url", "origin", &format!("{address}org/repository")]);
    // As actions/checkout keeps it since v6: in a file of its own.
    let key = format!("http.{address}.extraheader");
    clone.scratch().write("credentials", "");
    let file = clone.scratch().at("credentials");
    clone.git(&["config", "--file", file.to_str().unwrap(), &key, "AUTHORIZATION: basic c2VjcmV0"]);
    let include = format!("includeIf.gitdir:{}.path", clone.at(".git").display());
    clone.git(&["config", &include, file.to_str().unwrap()]);
    let failure = open_to_fetch(&clone).fetch_commit(&id(&base)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
    let request = requests.recv().unwrap();
    assert_eq!(request.matches("AUTHORIZATION: basic c2VjcmV0").count(), 1, "{request}");
    assert!(!format!("{failure:?}{:?}", failure.problem()).contains("c2VjcmV0"));
    // And it is not asked again: the answer would be the same.
    assert!(requests.try_recv().is_err());
    // A header of the user's own file comes once too, though git reads that file in each repository.
    clone.git(&["config", "--unset-all", &include]);
    let header = format!("[http \"{address}\"]\n extraheader = X-Own: word\n");
    clone.scratch().write("home/.gitconfig", header);
    let mut options = Settings { fetch: true, ..settings(&clone) };
    options.variables.retain(|(name, _)| name != "GIT_CONFIG_GLOBAL" && name != "XDG_CONFIG_HOME");
    let repository = Repository::open(&clone.path(), options).unwrap();
    assert!(repository.fetch_commit(&id(&base)).is_err());
    let request = requests.recv().unwrap();
    assert_eq!(request.matches("X-Own: word").count(), 1, "{request}");
    assert_eq!(request.matches("AUTHORIZATION").count(), 0, "{request}");
    // Nor is a password said that stands in the address.
    let address = format!("http://user:pa55word@127.0.0.1:{port}/x");
    clone.git(&["remote", "set-url", "origin", &address]);
    let failure = open_to_fetch(&clone).fetch_commit(&id(&base)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(!format!("{failure:?}").contains("pa55word"), "{failure:?}");
}

#[test]
fn a_server_in_trouble_is_asked_three_times() {
    let (origin, base, _) = origin();
    let clone = origin.cloned(&["--depth=1"]);
    let (port, requests) = server("503 Service Unavailable");
    clone.git(&["remote", "set-url", "origin", &format!("http://127.0.0.1:{port}/x")]);
    let failure = open_to_fetch(&clone).fetch_commit(&id(&base)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Network);
    assert_eq!(requests.try_iter().count(), 3);
}
