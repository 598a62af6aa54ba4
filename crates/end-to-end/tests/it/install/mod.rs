//! `actions/lib/install.sh`: which binary an action runs, and why it runs none. And `install.ps1`, which is to
//! do the same on Windows.
//!
//! Most of it is a list of attacks and accidents, each against a release tree, a cache and servers of
//! its own on this machine. What is asserted of every one stands in [`world`].

mod cache;
mod inputs;
mod machine;
mod manifest;
mod network;
mod own_build;
mod redirects;
mod together;
mod twins;
mod wget;
mod world;

pub(crate) use world::sha256;
use world::{Cases, Script};

/// Runs a part of the list and tells all failures at once.
#[track_caller]
fn check(list: fn(&mut Cases)) {
    let mut cases = Cases::new(Script::Bash);
    list(&mut cases);
    cases.check();
}

/// The lists for both scripts.
const LISTS: [fn(&mut Cases); 6] =
    [manifest::list, network::list, redirects::list, cache::list, machine::list, inputs::list];

#[test]
#[ignore = "there is no pwsh among the pinned tools: set SIGNALBOX_PWSH to the path of one"]
fn powershell_does_what_bash_does() {
    let mut cases = Cases::new(Script::PowerShell);
    for list in LISTS {
        list(&mut cases);
    }
    cases.check();
}

#[test]
fn the_manifest_decides_or_nobody_does() {
    check(manifest::list);
}

#[test]
fn what_a_server_says_is_verified_and_bounded() {
    check(network::list);
}

#[test]
fn a_redirect_leads_to_https_or_nowhere() {
    check(redirects::list);
}

#[test]
fn what_lies_in_the_cache_is_not_believed() {
    check(cache::list);
}

#[test]
fn the_surroundings_of_a_step_change_nothing() {
    check(machine::list);
}

#[test]
fn an_input_is_data() {
    check(inputs::list);
}

#[test]
fn wget_does_what_curl_does() {
    check(wget::list);
}

/// The list is as long as it was promised to be.
#[test]
fn the_list_is_long() {
    let mut cases = Cases::new(Script::Bash);
    for list in LISTS.into_iter().chain([wget::list as fn(&mut Cases)]) {
        list(&mut cases);
    }
    assert!(cases.len() >= 150, "{} cases", cases.len());
    let mut cases = Cases::new(Script::PowerShell);
    for list in LISTS {
        list(&mut cases);
    }
    assert!(cases.len() >= 130, "{} cases", cases.len());
}
