//! Several jobs at once with one home, and jobs that end in the middle.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use testkit::Answer;

use super::world::{World, evil, good, ok, sha256};

/// Jobs at once, as a machine with several runners has them.
const JOBS: usize = 8;

/// Runs the step so often at once; each must run the binary and say nothing.
#[track_caller]
fn all_at_once(world: &World) {
    let told: Vec<_> = thread::scope(|scope| {
        let jobs: Vec<_> = (0..JOBS).map(|_| scope.spawn(|| world.step().run())).collect();
        jobs.into_iter().map(|job| job.join().unwrap()).collect()
    });
    for told in told {
        assert_eq!(
            (told.exit, told.stdout.as_str(), told.stderr.as_str()),
            (0, "good\n", ""),
            "{}",
            told.stderr
        );
    }
    assert!(!world.scratch.has("evil"));
    let left: Vec<String> = world.scratch.files();
    let left: Vec<&String> = left.iter().filter(|it| it.starts_with("cache/")).collect();
    assert_eq!(left, [&world.installed()]);
}

#[test]
fn eight_jobs_with_one_home_do_not_disturb_each_other() {
    let mut world = World::new();
    world.serve((0..20 * JOBS).map(|_| ok()));
    let mut asked = 0;
    for round in 0..20 {
        all_at_once(&world);
        let now = world.requests().len();
        assert!((1..=JOBS).contains(&(now - asked)), "round {round}: {} requests", now - asked);
        asked = now;
        std::fs::remove_dir_all(world.scratch.at("cache/signalbox")).unwrap();
    }
}

#[test]
fn eight_jobs_at_a_warm_cache_ask_nobody() {
    let world = World::new();
    world.program(world.installed(), &good());
    all_at_once(&world);
}

/// One fetches the right binary, the other is told another one: each gets what it deserves.
#[test]
fn a_job_that_fails_takes_nothing_from_one_that_does_not() {
    let mut world = World::new();
    world.serve((0..JOBS).map(|job| if job % 2 == 0 { Answer::new(200, evil()) } else { ok() }));
    let codes: Vec<i32> = thread::scope(|scope| {
        let jobs: Vec<_> = (0..JOBS).map(|_| scope.spawn(|| world.step().run().exit)).collect();
        jobs.into_iter().map(|job| job.join().unwrap()).collect()
    });
    assert!(codes.iter().all(|code| [0, 2].contains(code)) && codes.contains(&0), "{codes:?}");
    assert!(!world.scratch.has("evil"));
    assert_eq!(world.scratch.read(world.installed()), good());
}

/// Starts the script, lets a server keep it waiting, and ends it with a signal.
fn ended_by(world: &World, signal: &str) -> Option<i32> {
    let asked = world.requests().len();
    let mut bash = Command::new("/usr/bin/env");
    bash.args(["bash", "-p"]).arg(world.scratch.at("tree/lib/install.sh")).arg("shard-splitter");
    bash.env_clear().envs(world.all_variables());
    bash.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut job = bash.spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while world.requests().len() == asked {
        assert!(Instant::now() < deadline, "nothing was asked");
        thread::sleep(Duration::from_millis(5));
    }
    let kill = Command::new("kill").args([signal, &job.id().to_string()]).status();
    assert!(kill.unwrap().success());
    job.wait().unwrap().code()
}

fn endless() -> Answer {
    ok().slowly(100, Duration::from_secs(2))
}

#[test]
fn a_job_that_is_killed_leaves_nothing_that_is_used() {
    let mut world = World::new();
    world.serve([endless(), ok()]);
    assert_eq!(ended_by(&world, "-KILL"), None);
    assert!(!world.scratch.has(world.installed()));
    let told = world.step().run();
    assert_eq!((told.exit, told.stdout.as_str()), (0, "good\n"), "{}", told.stderr);
    assert_eq!(told.stderr, "");
    assert_eq!(sha256(&world.scratch.read(world.installed())), sha256(&good()));
}

#[test]
fn a_job_that_is_cancelled_clears_up() {
    for (signal, code) in [("-TERM", 143), ("-HUP", 129)] {
        let mut world = World::new();
        world.serve([endless()]);
        assert_eq!(ended_by(&world, signal), Some(code));
        let left = world.scratch.files();
        assert!(!left.iter().any(|name| name.starts_with("cache/")), "{left:?}");
    }
}
