//! Windows that are over: asked for at once, recorded, and judged again from the record, hostile ones among them.

use testkit::{Answer, Scratch, Server, Told};

use crate::canary::{POLICY, check, empty, healthy, platform, watch};
use crate::tool::local;

#[test]
fn what_is_recorded_is_judged_again_without_a_network() {
    let scratch = platform(POLICY);
    let server = Server::replying(|request| {
        if request.target.contains("errors") { empty() } else { healthy(request) }
    });
    let told = watch(&scratch, &server, &["--record=kept", "--format=json"]);
    assert_eq!(told.exit, 4);
    drop(server);
    let again = |more: &[&str]| {
        local(&[
            "canary",
            "judge",
            "--config=c.toml",
            "--triggered=smoke-test=false",
            "--replay=kept",
        ])
        .args(more)
        .at(scratch.path())
        .run()
    };
    assert_eq!(again(&["--format=json"]).stdout, told.stdout);
    // No series means no errors, somebody finds: the same answers, and another decision.
    scratch.write("c.toml", POLICY.replace("max = \"1%\"", "max = \"1%\"\nempty = \"zero\""));
    check(&again(&[]), 0, &["promote"]);
    scratch.write("c.toml", POLICY.replace("\"errors\"", "\"other_errors\""));
    check(&again(&[]), 2, &["another query of the metric `error-rate`"]);
    scratch.write("c.toml", POLICY.replace("\"10ms\"", "\"20ms\""));
    check(&again(&[]), 2, &["a sample every 10 ms, and the policy every 20 ms"]);
    scratch.write("c.toml", POLICY);
    let full = watch(&scratch, &Server::new([]), &["--record=kept"]);
    check(&full, 2, &["is not empty"]);
}

/// What the server answers to the question what time it is.
fn clock(at: u64) -> Answer {
    let body = format!(
        r#"{{"status":"success","data":{{"resultType":"scalar","result":[{at},"{at}"]}}}}"#
    );
    Answer::new(200, body)
}

/// A window that is over, as the server gives it at once.
#[test]
fn a_window_that_is_over_is_asked_for_at_once() {
    let policy = POLICY.replace("40ms", "4m").replace("10ms", "1m");
    let scratch = platform(&policy);
    let server = Server::replying(|request| {
        if request.target.contains("time%28%29") {
            return clock(1_763_726_430);
        }
        let value = if request.target.contains("new") { "0.15" } else { "1" };
        let value = if request.target.contains("errors") { "0" } else { value };
        let points: Vec<String> =
            (0..5).map(|at| format!("[{},\"{value}\"]", 1_763_726_160 + 60 * at)).collect();
        let series = format!(r#"{{"metric":{{}},"values":[{}]}}"#, points.join(","));
        let body = format!(
            r#"{{"status":"success","data":{{"resultType":"matrix","result":[{series}]}}}}"#
        );
        Answer::new(200, body)
    });
    let judge = |end: &str, more: &[&str]| {
        local(&["canary", "judge", "--config=c.toml", "--triggered=smoke-test=false"])
            .args(["--prometheus", &server.url(), "--window-end", end])
            .args(more)
            .at(scratch.path())
            .run()
    };
    let told = judge("2025-11-21T12:00:00Z", &["--record=kept"]);
    check(&told, 0, &["promote"]);
    let asked = |at: usize| server.requests()[at].target.clone();
    let range = "&start=1763726160.000&end=1763726400.000&step=60.000";
    assert!(asked(1).ends_with(range), "{}", asked(1));
    let replayed = local(&[
        "canary-judge",
        "--config=c.toml",
        "--triggered=smoke-test=false",
        "--replay=kept",
    ])
    .at(scratch.path())
    .run();
    assert_eq!(replayed.stdout, told.stdout);
    // Samples of other moments than those that were asked for are none.
    check(&judge("1763726000", &[]), 4, &["samples of other moments"]);
    check(&judge("yesterday", &[]), 2, &["is no time"]);
    // The window ends where the server's clock is, not this machine's; what is to come is not judged.
    let before = server.requests().len();
    let told = local(&["canary", "judge", "--config=c.toml", "--triggered=smoke-test=false"])
        .args(["--prometheus", &server.url()])
        .at(scratch.path())
        .run();
    check(&told, 4, &["samples of other moments"]);
    let range = "&start=1763726190.000&end=1763726430.000&step=60.000";
    assert!(asked(before + 1).ends_with(range), "{}", asked(before + 1));
    let later = "2025-11-21T12:01:31Z";
    check(&judge(later, &[]), 2, &["the window is not over", "61 s", "Prometheus' clock"]);
    let silent = Server::replying(|_| empty());
    let told = local(&["canary", "judge", "--config=c.toml", "--prometheus", &silent.url()])
        .at(scratch.path())
        .run();
    check(&told, 2, &["what time it is"]);
}

/// A policy of one metric whose window has three moments.
const SHORT: &str = "[canary]\nwindow = '20ms'\ninterval = '10ms'\n[[canary.metric]]\nname = 'errors'\nquery = 'e'\nmax = 1\nmin-samples = 1\n";

/// Judges a record with this list, of whose answers each file holds a good sample.
fn replayed(list: &str) -> Told {
    let scratch: Scratch = platform(SHORT);
    scratch.write("kept/record.json", list);
    for file in ["00000", "00001", "00002", "00003"] {
        let good =
            r#"{"status":"success","data":{"resultType":"scalar","result":[1763726400,"0"]}}"#;
        scratch.write(format!("kept/{file}.json"), good);
    }
    local(&["canary-judge", "--config=c.toml", "--replay=kept"]).at(scratch.path()).run()
}

/// The list of a record: the moments that it is of, whether its window was over, and the moments and files of its
/// answers.
fn list(moments: u64, is_over: bool, answers: &[(&str, &str)]) -> String {
    let answers = answers.iter().map(|(moment, file)| {
        format!(r#"{{"metric":"errors","side":"canary","query":"e",{moment}"status":200,"file":"{file}.json"}}"#)
    });
    let answers: Vec<String> = answers.collect();
    format!(
        "{{\"signalbox-canary-record\":1,\"interval\":10,\"moments\":{moments},\"is-over\":{is_over},\"answers\":[\n{}]}}",
        answers.join(",\n")
    )
}

const FIRST: (&str, &str) = (r#""moment":0,"#, "00000");
const SECOND: (&str, &str) = (r#""moment":1,"#, "00001");
const THIRD: (&str, &str) = (r#""moment":2,"#, "00002");

#[test]
fn a_record_that_contradicts_itself_is_no_evidence() {
    check(&replayed(&list(3, true, &[FIRST, SECOND, THIRD])), 0, &["promote"]);
    // A window that was cut off is not over, whatever else is known.
    check(&replayed(&list(2, false, &[FIRST, SECOND])), 4, &["the window is not over"]);
    let window = "the record has 2 moments, and the policy's window 3";
    check(&replayed(&list(2, true, &[FIRST, SECOND])), 2, &[window]);
    check(&replayed(&list(3, false, &[FIRST, SECOND, THIRD])), 2, &["was not over"]);
    check(&replayed(&list(0, false, &[])), 4, &["the window is not over"]);
    let order = "answers of one query do not follow each other";
    let place = |number: usize| format!("its answer {number}: ");
    for (answers, number) in [
        (vec![SECOND, FIRST, THIRD], 1),
        (vec![FIRST, FIRST, SECOND, THIRD], 2),
        (vec![FIRST, THIRD], 2),
    ] {
        check(&replayed(&list(3, true, &answers)), 2, &[order, &place(number)]);
    }
    // Fewer and more than there were moments.
    check(&replayed(&list(3, true, &[FIRST, SECOND])), 2, &["has 2 answers", "`errors`"]);
    let late = (r#""moment":3,"#, "00003");
    check(&replayed(&list(3, true, &[FIRST, SECOND, THIRD, late])), 2, &["has 4 answers"]);
    let twice = (THIRD.0, FIRST.1);
    let told = replayed(&list(3, true, &[FIRST, SECOND, twice]));
    check(&told, 2, &["names a file twice", &place(3)]);
    // An answer about the whole window stands alone, and says when it began.
    let whole = ("", "00000");
    check(&replayed(&list(3, true, &[whole])), 2, &["no `start`"]);
    let started = |answers: &[(&str, &str)]| {
        list(3, true, answers).replace("\"moments\"", "\"start\":0,\"moments\"")
    };
    let again = ("", "00001");
    check(&replayed(&started(&[whole, again])), 2, &[order, &place(2)]);
    check(&replayed(&started(&[whole, FIRST])), 2, &[order]);
    check(&replayed(&started(&[FIRST, SECOND, THIRD])), 2, &["has a `start`"]);
    check(&replayed(&started(&[whole])), 4, &["samples of other moments"]);
}

/// What makes much of little is refused before it is made.
#[test]
fn a_record_does_not_eat_memory() {
    let many: String =
        (0..200_000).map(|_| r#"{"metric":"errors","side":"canary","query":"e"},"#).collect();
    let bomb = format!(
        r#"{{"signalbox-canary-record":1,"start":0,"interval":10,"moments":11000,"is-over":true,"answers":[{}]}}"#,
        many.trim_end_matches(',')
    );
    check(&replayed(&bomb), 2, &["do not follow each other"]);
    check(&replayed(&list(u64::MAX, true, &[FIRST])), 2, &["more than 11000 moments"]);
    let scratch = platform(SHORT);
    let zeros = "0,".repeat(20_000);
    let samples = format!(
        r#"{{"signalbox-canary-samples":1,"metrics":{{"errors":{{"canary":[{}]}}}}}}"#,
        zeros.trim_end_matches(',')
    );
    scratch.write("s.json", samples);
    let told =
        local(&["canary-judge", "--config=c.toml", "--samples=s.json"]).at(scratch.path()).run();
    check(&told, 2, &["more than 11000 samples"]);

    // What a server says at length is not kept for each of many moments.
    let long = "x".repeat(1 << 20);
    let body = format!(
        r#"{{"status":"success","warnings":["{long}"],"data":{{"resultType":"vector","result":[]}}}}"#
    );
    let server = Server::replying(move |request| {
        if request.target.contains("time%28%29") {
            return clock(1_763_726_430);
        }
        Answer::new(200, body.clone())
    });
    scratch.write("c.toml", SHORT.replace("20ms", "100s").replace("min-samples = 1\n", ""));
    let told = local(&[
        "canary-judge",
        "--config=c.toml",
        "--window-end=1763726400",
        "--prometheus",
        &server.url(),
    ])
    .at(scratch.path())
    .run();
    check(&told, 4, &["Prometheus warns: xxx"]);
    assert!(told.stdout.len() + told.stderr.len() < 10_000);
}
