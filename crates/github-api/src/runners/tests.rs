//! Lists of runners from a server on this machine.

mod refused;

use std::time::Duration;

use diagnostics::Secret;
use proptest::prelude::*;
use testkit::{Answer, Server};

use super::*;
use crate::{Kept, Settings};

const TOKEN: &str = "ghp_Sesame0123456789";

const QUERY: RunnerQuery<'_> = RunnerQuery {
    repository: "acme/mono",
    own: true,
    organization: None,
    enterprise: None,
    hosted: false,
};

const ORGANIZATION: RunnerQuery<'_> =
    RunnerQuery { own: false, organization: Some("acme"), ..QUERY };

fn settings(server: &Server, path: &str) -> Settings {
    Settings {
        timeout: Duration::from_secs(5),
        pause: Duration::from_millis(1),
        ..Settings::new(format!("{}{path}", server.url()), Some(Secret::new(TOKEN)))
    }
}

fn asked(server: &Server, query: &RunnerQuery<'_>) -> Result<Listed, ApiFailure> {
    Client::new(settings(server, "")).list_runners(query, &mut Remembered::new())
}

/// A runner as GitHub writes it; `changed` replaces words of it.
fn runner(id: u64, changed: &[(&str, &str)]) -> String {
    let text = format!(
        r#"{{"id": {id}, "runner_group_id": 1, "name": "gpu-{id}", "os": "linux", "status": "online",
          "busy": false, "ephemeral": true, "version": "2.331.0", "labels": [
            {{"id": 5, "name": "self-hosted", "type": "read-only"}}, {{"id": 6, "name": "L40S", "type": "custom"}}]}}"#
    );
    changed.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    })
}

fn page(total: u64, runners: &[String]) -> String {
    format!(r#"{{"total_count": {total}, "runners": [{}]}}"#, runners.join(", "))
}

fn page_of(total: u64, ids: impl IntoIterator<Item = u64>) -> Answer {
    let runners: Vec<String> = ids.into_iter().map(|id| runner(id, &[])).collect();
    Answer::new(200, page(total, &runners))
}

fn ids(listed: &Listed, owner: Owner) -> Vec<u64> {
    listed.runners[&owner].iter().map(|runner| runner.id).collect()
}

/// What is listed behind these answers, all of which are asked for, and counted.
#[track_caller]
fn check_listed(query: &RunnerQuery<'_>, script: impl IntoIterator<Item = Answer>) -> Listed {
    let script: Vec<Answer> = script.into_iter().collect();
    let requests = script.len();
    let server = Server::new(script);
    let listed = asked(&server, query).unwrap();
    assert_eq!(server.requests().len(), requests);
    assert_eq!(usize::try_from(listed.requests), Ok(requests));
    listed
}

fn said(status: u16, words: &str) -> Answer {
    Answer::new(status, format!(r#"{{"message": "{words}"}}"#))
}

#[test]
fn the_questions_are_the_documented_ones() {
    let group = r#"{"total_count": 1, "runner_groups": [{"id": 1, "name": "Default", "visibility": "all",
      "default": true, "inherited": false, "allows_public_repositories": false}]}"#;
    let hosted = r#"{"total_count": 0, "runners": []}"#;
    let server = Server::new([
        page_of(1, [7]),
        page_of(1, [7]),
        Answer::new(200, group),
        Answer::new(200, hosted),
        page_of(0, []),
    ]);
    let query = RunnerQuery {
        own: true,
        organization: Some("acme"),
        enterprise: Some("acme-inc"),
        hosted: true,
        ..QUERY
    };
    let listed = asked(&server, &query).unwrap();
    let targets: Vec<String> = server.requests().into_iter().map(|it| it.target).collect();
    assert_eq!(
        targets,
        [
            "/repos/acme/mono/actions/runners?per_page=100&page=1",
            "/orgs/acme/actions/runners?per_page=100&page=1",
            "/orgs/acme/actions/runner-groups?visible_to_repository=mono&per_page=100&page=1",
            "/orgs/acme/actions/hosted-runners?per_page=100&page=1",
            "/enterprises/acme-inc/actions/runners?per_page=100&page=1",
        ]
    );
    for request in server.requests() {
        assert_eq!(request.headers["authorization"], format!("Bearer {TOKEN}"));
        assert_eq!(request.headers["accept"], "application/vnd.github+json");
        assert!(!request.headers.contains_key("if-none-match"));
    }
    // The same id of two owners is two runners.
    assert_eq!(ids(&listed, Owner::Repository), [7]);
    assert_eq!(ids(&listed, Owner::Organization), [7]);
    assert_eq!(ids(&listed, Owner::Enterprise), [] as [u64; 0]);
    assert_eq!((listed.groups.unwrap().len(), listed.hosted), (1, Some(vec![])));
    assert_eq!((listed.incomplete, listed.requests), (vec![], 5));
}

#[test]
fn what_is_not_asked_for_is_not_known() {
    let listed = check_listed(&QUERY, [page_of(0, [])]);
    assert_eq!(listed.runners.keys().collect::<Vec<_>>(), [&Owner::Repository]);
    assert_eq!((listed.groups, listed.hosted), (None, None));
}

#[test]
fn a_runner_is_what_github_says_of_it() {
    let nothing = [
        ("\"runner_group_id\": 1", "\"runner_group_id\": null"),
        ("\"linux\"", "null"),
        ("\"online\"", "\"hibernating\""),
        ("\"busy\": false", "\"busy\": true"),
        ("\"ephemeral\": true, ", ""),
        ("\"2.331.0\"", "null"),
    ];
    let offline = [("\"online\"", "\"offline\""), ("\"busy\": false", "\"busy\": true")];
    let said = page(3, &[runner(1, &[]), runner(2, &nothing), runner(3, &offline)]);
    let listed = check_listed(&QUERY, [Answer::new(200, said)]);
    let label = |name: &str, kind: &str| Label { name: name.into(), kind: Some(kind.into()) };
    let first = Runner {
        id: 1,
        name: "gpu-1".into(),
        group: Some(1),
        os: Some("linux".into()),
        status: Status::Online,
        busy: false,
        labels: vec![label("self-hosted", "read-only"), label("L40S", "custom")],
        ephemeral: Some(true),
        version: Some("2.331.0".into()),
    };
    let second = Runner {
        id: 2,
        name: "gpu-2".into(),
        group: None,
        os: None,
        status: Status::Other("hibernating".into()),
        busy: true,
        ephemeral: None,
        version: None,
        ..first.clone()
    };
    let third = Runner {
        id: 3,
        name: "gpu-3".into(),
        status: Status::Offline,
        busy: true,
        ..first.clone()
    };
    assert_eq!(listed.runners[&Owner::Repository], [first, second, third]);
}

#[test]
fn labels_come_as_they_are_written() {
    let names =
        ["no-gpu", "a,b", "a b", "GPU", "gpu", "\\u001b[2J::error::", "${{ x }}", "\u{fc}", ""];
    let labels = |names: &[String]| {
        let labels = names.iter().map(|name| format!(r#"{{"name": "{name}"}}"#));
        format!("\"labels\": [{}]}}", labels.collect::<Vec<_>>().join(","))
    };
    let many: Vec<String> = names
        .iter()
        .map(|name| (*name).to_owned())
        .chain((0..150).map(|n| format!("l{n}")))
        .collect();
    let (before, _) =
        runner(1, &[]).split_once("\"labels\"").map(|(a, b)| (a.to_owned(), b.len())).unwrap();
    let body = page(
        2,
        &[
            format!("{before}{}", labels(&many)),
            format!("{}{}", before.replace("\"id\": 1", "\"id\": 2"), labels(&[])),
        ],
    );
    let listed = check_listed(&QUERY, [Answer::new(200, body)]);
    let runners = &listed.runners[&Owner::Repository];
    let told: Vec<&str> = runners[0].labels.iter().map(|label| label.name.as_str()).collect();
    assert_eq!(told.len(), 159);
    assert_eq!(
        told[..9],
        ["no-gpu", "a,b", "a b", "GPU", "gpu", "\u{1b}[2J::error::", "${{ x }}", "\u{fc}", ""]
    );
    assert_eq!((runners[0].labels[0].kind.clone(), runners[1].labels.len()), (None, 0));
}

#[test]
fn two_runners_may_have_one_name() {
    let said = page(2, &[runner(1, &[]), runner(2, &[("gpu-2", "gpu-1")])]);
    let listed = check_listed(&QUERY, [Answer::new(200, said)]);
    assert_eq!(ids(&listed, Owner::Repository), [1, 2]);
}

#[test]
fn every_page_is_read_and_no_more() {
    for (total, pages) in [(0_u64, 1_u64), (1, 1), (37, 1), (100, 1), (101, 2), (200, 2), (250, 3)]
    {
        let script = (0..pages).map(|n| page_of(total, n * 100 + 1..=total.min(n * 100 + 100)));
        let listed = check_listed(&QUERY, script);
        assert_eq!(ids(&listed, Owner::Repository), (1..=total).collect::<Vec<_>>());
        assert_eq!(listed.incomplete, []);
    }
}

#[test]
fn a_server_that_gives_less_a_page_is_asked_on() {
    let listed = check_listed(&QUERY, [page_of(37, 1..=30), page_of(37, 31..=37)]);
    assert_eq!(ids(&listed, Owner::Repository).len(), 37);
    assert_eq!(listed.incomplete, []);
}

#[test]
fn ten_thousand_runners_are_a_hundred_requests() {
    let script = (0..100).map(|n| page_of(10_000, n * 100 + 1..=n * 100 + 100));
    let listed = check_listed(&QUERY, script);
    assert_eq!(ids(&listed, Owner::Repository), (1..=10_000).collect::<Vec<_>>());
    assert_eq!(listed.incomplete, []);
}

#[test]
fn what_is_left_unread_is_said() {
    // More than a hundred pages.
    let script = (0..100).map(|n| page_of(10_001, n * 100 + 1..=n * 100 + 100));
    let list = List::Runners(Owner::Repository);
    let incomplete = |total, read| vec![Incomplete { list, total, read }];
    assert_eq!(check_listed(&QUERY, script).incomplete, incomplete(10_001, 10_000));
    // Pages that bring nothing new, whatever the server counts.
    let listed = check_listed(&QUERY, [page_of(u64::MAX, [1, 2]), page_of(u64::MAX, [2, 1])]);
    assert_eq!(listed.incomplete, incomplete(u64::MAX, 2));
    let listed = check_listed(&QUERY, [page_of(5, 1..=4), page_of(5, [])]);
    assert_eq!(listed.incomplete, incomplete(5, 4));
}

#[test]
fn a_list_may_change_while_it_is_read() {
    // One more registered at the front, so that the hundredth is on both pages; it was renamed in between.
    let second = [runner(100, &[("gpu-100", "renamed")]), runner(101, &[])];
    let script = [page_of(101, 1..=100), Answer::new(200, page(102, &second)), page_of(102, [102])];
    let listed = check_listed(&QUERY, script);
    let runners = &listed.runners[&Owner::Repository];
    assert_eq!((runners.len(), runners[99].name.as_str()), (102, "renamed"));
    assert_eq!(listed.incomplete, []);
    // Some went: what was seen of them stays, and what may have moved up is looked for.
    let script = [page_of(300, 1..=100), page_of(150, 101..=200), page_of(150, [])];
    let listed = check_listed(&QUERY, script);
    assert_eq!(ids(&listed, Owner::Repository).len(), 200);
    assert_eq!(listed.incomplete, []);
    let listed = check_listed(&QUERY, [page_of(300, 1..=100), page_of(101, [101])]);
    assert_eq!(ids(&listed, Owner::Repository).len(), 101);
}

#[test]
fn a_link_leads_nowhere() {
    let other = Server::new([page_of(1, [9])]);
    let link = format!("<{}/orgs/acme/actions/runners?page=2>; rel=\"next\"", other.url());
    let answer = || page_of(2, [1, 2]).header("Link", &link);
    assert_eq!(ids(&check_listed(&QUERY, [answer()]), Owner::Repository), [1, 2]);
    // Every page says that there is another, and is the same.
    let endless = || page_of(1_000, [1, 2]).header("Link", &link);
    assert_eq!(ids(&check_listed(&QUERY, [endless(), endless()]), Owner::Repository), [1, 2]);
    assert_eq!(other.requests(), []);
}

#[test]
fn groups_say_to_whom_they_are_open() {
    let groups = r#"{"total_count": 2, "runner_groups": [
      {"id": 2, "name": "gpu", "visibility": "selected", "default": false, "inherited": true,
       "allows_public_repositories": true, "restricted_to_workflows": true,
       "selected_workflows": ["acme/mono/.github/workflows/gpu.yml@refs/heads/main"],
       "runners_url": "https://e.example/"},
      {"id": 1, "name": "Default", "visibility": "everybody", "default": true,
       "allows_public_repositories": false, "selected_workflows": null}]}"#;
    let listed = check_listed(&ORGANIZATION, [page_of(0, []), Answer::new(200, groups)]);
    let default = Group {
        id: 1,
        name: "Default".into(),
        visibility: Visibility::Other("everybody".into()),
        default: true,
        inherited: None,
        allows_public_repositories: false,
        restricted_to_workflows: false,
        selected_workflows: vec![],
    };
    let gpu = Group {
        id: 2,
        name: "gpu".into(),
        visibility: Visibility::Selected,
        default: false,
        inherited: Some(true),
        allows_public_repositories: true,
        restricted_to_workflows: true,
        selected_workflows: vec!["acme/mono/.github/workflows/gpu.yml@refs/heads/main".into()],
    };
    assert_eq!(listed.groups, Some(vec![default, gpu]));
}

#[test]
fn larger_runners_have_their_image_under_either_key() {
    let machine = r#""machine_size_details": {"id": "4-core", "cpu_cores": 4, "memory_gb": 28, "storage_gb": 176}"#;
    let hosted = format!(
        r#"{{"total_count": 2, "runners": [
          {{"id": 5, "name": "gpu-t4", "runner_group_id": 2, "platform": "linux-x64", "status": "Ready",
            "maximum_runners": 10, {machine}, "public_ip_enabled": true, "last_active_on": "2026-11-20T10:00:00Z",
            "image": {{"id": "1", "size_gb": 86, "display_name": "NVIDIA GPU", "source": "partner"}}}},
          {{"id": 6, "name": "old", "runner_group_id": null, "platform": "win-x64", "status": "Resting",
            "machine_size_details": null, "image_details": {{"display_name": "20.04", "source": "github"}}}}]}}"#
    );
    let script = |status, hosted: &str| {
        let none = r#"{"total_count": 0, "runner_groups": []}"#;
        [page_of(0, []), Answer::new(200, none), Answer::new(status, hosted)]
    };
    let query = RunnerQuery { hosted: true, ..ORGANIZATION };
    let listed = check_listed(&query, script(200, &hosted));
    let image = |name: &str, source: &str| {
        Some(Image { display_name: Some(name.into()), source: Some(source.into()) })
    };
    let first = HostedRunner {
        id: 5,
        name: "gpu-t4".into(),
        group: Some(2),
        platform: "linux-x64".into(),
        status: HostedStatus::Ready,
        maximum: Some(10),
        machine: Some(MachineSize {
            id: "4-core".into(),
            cpu_cores: 4,
            memory_gb: 28,
            storage_gb: 176,
        }),
        image: image("NVIDIA GPU", "partner"),
        has_public_ip: Some(true),
        last_active: Some("2026-11-20T10:00:00Z".into()),
    };
    let second = HostedRunner {
        id: 6,
        name: "old".into(),
        group: None,
        platform: "win-x64".into(),
        status: HostedStatus::Other("Resting".into()),
        maximum: None,
        machine: None,
        image: image("20.04", "github"),
        has_public_ip: None,
        last_active: None,
    };
    assert_eq!(listed.hosted, Some(vec![first, second]));

    // A server of one's own has none. GitHub itself says the same of what the token may not see.
    let missing = || script(404, r#"{"message": "Not Found"}"#);
    let server = Server::new(missing());
    let client = Client::new(settings(&server, "/api/v3"));
    let listed = client.list_runners(&query, &mut Remembered::new()).unwrap();
    assert_eq!((listed.hosted, listed.requests), (None, 3));
    let failure = asked(&Server::new(missing()), &query).unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotFound);
}

#[test]
fn more_than_can_be_held_is_not_read() {
    let filler = "x".repeat(30 << 20);
    let script = (1..=3).map(|id| {
        let name = format!("gpu-{id}");
        Answer::new(200, page(1_000, &[runner(id, &[(&name, &filler)])]))
    });
    let server = Server::new(script);
    let patient = Settings { timeout: Duration::from_mins(1), ..settings(&server, "") };
    let failure = Client::new(patient).list_runners(&QUERY, &mut Remembered::new()).unwrap_err();
    assert_eq!(failure.kind, FailureKind::TooLarge(MOST_BYTES));
}

#[test]
fn what_has_not_changed_is_not_said_again() {
    let tagged = |ids: [u64; 1], tag: &str| page_of(1, ids).header("ETag", tag);
    let server = Server::new([
        tagged([1], "W/\"a1\""),
        Answer::new(304, ""),
        tagged([2], "\"b2\""),
        Answer::new(503, ""),
        Answer::new(304, ""),
        page_of(1, [3]),
        page_of(1, [4]),
    ]);
    let client = Client::new(settings(&server, ""));
    let mut remembered = Remembered::new();
    let mut seen = || {
        let listed = client.list_runners(&QUERY, &mut remembered).unwrap();
        (ids(&listed, Owner::Repository), listed.requests)
    };
    assert_eq!(seen(), (vec![1], 1));
    assert_eq!(seen(), (vec![1], 1));
    assert_eq!(seen(), (vec![2], 1));
    assert_eq!(seen(), (vec![2], 2));
    // Without a tag nothing is remembered.
    assert_eq!(seen(), (vec![3], 1));
    assert_eq!(seen(), (vec![4], 1));
    let sent: Vec<Option<String>> =
        server.requests().iter().map(|it| it.headers.get("if-none-match").cloned()).collect();
    let tag = |tag: &str| Some(tag.to_owned());
    let (a, b) = (tag("W/\"a1\""), tag("\"b2\""));
    assert_eq!(sent, [None, a.clone(), a, b.clone(), b.clone(), b, None]);
}

#[test]
fn a_failure_forgets_nothing() {
    let kept = Kept { tag: "\"a\"".into(), body: page(1, &[runner(1, &[])]).into_bytes() };
    let server = Server::new([said(403, "No"), Answer::new(304, "")]);
    let mut remembered = Remembered::new();
    let address = format!("{}/repos/acme/mono/actions/runners?per_page=100&page=1", server.url());
    remembered.insert(&address, kept.clone());
    let client = Client::new(settings(&server, ""));
    assert!(client.list_runners(&QUERY, &mut remembered).is_err());
    let listed = client.list_runners(&QUERY, &mut remembered).unwrap();
    assert_eq!(ids(&listed, Owner::Repository), [1]);
    assert_eq!(remembered.iter().collect::<Vec<_>>(), [(address.as_str(), &kept)]);
}

#[test]
fn that_nothing_changed_is_no_answer_to_who_knows_nothing() {
    let server = Server::new([Answer::new(304, "")]);
    let failure = asked(&server, &QUERY).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Status(304));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn all_pages_together_have_a_time() {
    // The rest of a page comes after the pause: each is in time, and all of them are not.
    let slow = |n: u64| page_of(1_000, [n]).slowly(200, Duration::from_millis(60));
    let server = Server::new((1..=60).map(slow));
    let hurried = Settings { timeout: Duration::from_millis(200), ..settings(&server, "") };
    let failure = Client::new(hurried).list_runners(&QUERY, &mut Remembered::new()).unwrap_err();
    assert_eq!(failure.kind, FailureKind::TimedOut);
    assert!(server.requests().len() < 60, "{}", server.requests().len());
}

proptest! {
    #[test]
    fn no_bytes_do_harm(body in ".{0,400}", place in 0..400_usize) {
        let whole = page(1, &[runner(1, &[])]);
        let cut = whole.get(..place.min(whole.len())).unwrap_or_default();
        for body in [body.as_str(), cut, &format!("{cut}{body}")] {
            for wrong in [
                runners(body.as_bytes()).err(),
                groups(body.as_bytes()).err(),
                hosted_runners(body.as_bytes()).err(),
            ].into_iter().flatten() {
                prop_assert!(wrong.line >= 1 && wrong.column >= 1 && !wrong.why.is_empty());
            }
        }
        prop_assert!(runners(cut.as_bytes()).is_err() || cut == whole);
    }
}
