//! Uploads against servers that refuse, fail and stall, and signatures against botocore's.

use std::time::Duration;

use diagnostics::Secret;
use proptest::prelude::*;
use testkit::{Answer, Request, Server};

use crate::{FailureKind, Keys, Object, PutFailure, Storage, Style, put};

const NOW: u64 = 1_795_348_800;

fn storage(endpoint: &str) -> Storage {
    Storage {
        endpoint: endpoint.to_owned(),
        region: "eu-central-1".to_owned(),
        bucket: "metrics".to_owned(),
        style: Style::Auto,
        timeout: Duration::from_secs(5),
        tries: 3,
        pause: Duration::from_millis(1),
    }
}

fn keys() -> Keys {
    let (access, secret) = (Secret::new("AKIDEXAMPLE"), Secret::new("wJalr/secret+key"));
    Keys { access, secret, session: None }
}

fn object(key: &str) -> Object<'_> {
    Object { key, content_type: "application/json", bytes: b"{}" }
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    let body = format!(
        "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    Answer::new(status, body)
}

#[test]
fn an_upload_is_tried_until_the_server_takes_it() {
    let server = Server::new([Answer::new(503, ""), Answer::none(), Answer::new(200, "")]);
    let address = put(&storage(&server.url()), &keys(), &object("o/r/1 2.json"), NOW).unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    let last = &requests[2];
    assert_eq!((last.method.as_str(), last.body.as_slice()), ("PUT", &b"{}"[..]));
    assert_eq!(last.target, "/metrics/o/r/1%202.json");
    assert_eq!(address, format!("{}{}", server.url(), last.target));
    assert_eq!(last.headers["x-amz-date"], "20261122T120000Z");
    let all = format!("{:?}", last.headers);
    assert!(!all.contains("wJalr"), "{all}");
}

#[track_caller]
fn check_refused(answer: Answer, kind: FailureKind, words: &str) {
    let server = Server::new([answer]);
    let failure = put(&storage(&server.url()), &keys(), &object("a"), NOW).unwrap_err();
    assert_eq!(failure.kind, kind);
    let shown = failure.problem().message.unescaped();
    assert!(shown.contains(words), "{shown}");
    assert!(!shown.contains("wJalr") && !shown.contains("AKID"), "{shown}");
    assert_eq!(server.requests().len(), 1, "another try would have been the same");
}

#[test]
fn a_refusal_is_told_without_what_was_signed() {
    let echoed = "no wJalr/secret+key of AKIDEXAMPLE";
    check_refused(
        error(403, "SignatureDoesNotMatch", echoed),
        FailureKind::Forbidden,
        "SignatureDoesNotMatch: no *** of ***",
    );
    check_refused(error(404, "NoSuchBucket", "x"), FailureKind::NotFound, "NoSuchBucket");
    let moved = error(301, "PermanentRedirect", "x").header("x-amz-bucket-region", "eu-west-1");
    check_refused(
        moved.header("location", "https://example.com"),
        FailureKind::Elsewhere,
        "it is in eu-west-1",
    );
    check_refused(
        Answer::new(403, "<Code>a b</Code><Message><x></Message>"),
        FailureKind::Forbidden,
        "refuses the keys",
    );
    check_refused(Answer::new(418, vec![0xff; 10]), FailureKind::Status(418), "418");
}

#[test]
fn keys_go_over_tls_or_to_this_machine_only() {
    let kind =
        |endpoint: &str| put(&storage(endpoint), &keys(), &object("a"), NOW).unwrap_err().kind;
    for odd in ["http://example.com", "ftp://127.0.0.1", "x", "", "https://u:p@example.com"] {
        assert!(matches!(kind(odd), FailureKind::Address(_)), "{odd}");
    }
}

#[test]
fn names_that_lead_elsewhere_are_refused_before_anything_is_sent() {
    let server = Server::new([]);
    let wrong = |bucket: &str, key: &str, is_of_object: bool| {
        let storage = Storage { bucket: bucket.to_owned(), ..storage(&server.url()) };
        let failure = put(&storage, &keys(), &object(key), NOW).unwrap_err();
        let is_name = matches!(failure.kind, FailureKind::Bucket | FailureKind::Name(_));
        assert!(is_name, "{bucket} {key}");
        assert_eq!(failure.is_of_object(), is_of_object, "{bucket} {key}");
    };
    for bucket in ["", "ab", "A-b", "a/b", "..", "a..b", "-ab", "a@b.c/"] {
        wrong(bucket, "a", false);
    }
    let long = "a".repeat(1025);
    for key in ["", "/a", "a/", "a//b", "../a", "a/./b", &long] {
        wrong("abc", key, true);
    }
    let broken = Keys { session: Some(Secret::new("a\nb")), ..keys() };
    let failure = put(&storage(&server.url()), &broken, &object("a"), NOW).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Keys);
    assert!(server.requests().is_empty());
}

#[test]
fn a_server_that_stalls_is_left() {
    let slow = || Answer::new(200, "abcdefgh").slowly(1, Duration::from_secs(2));
    let server = Server::new([slow(), slow()]);
    let storage =
        Storage { timeout: Duration::from_millis(200), tries: 2, ..storage(&server.url()) };
    let failure = put(&storage, &keys(), &object("a"), NOW).unwrap_err();
    assert_eq!((failure.kind, failure.is_wrong_input()), (FailureKind::TimedOut, false));
}

/// What a server was sent for a vector.
fn sent(vector: &serde_json::Value) -> Result<Request, PutFailure> {
    let text = |name: &str| vector[name].as_str().unwrap().to_owned();
    let server = Server::new([Answer::new(200, "")]);
    let storage = Storage {
        region: text("region"),
        bucket: text("bucket"),
        style: Style::Path,
        ..storage(&server.url())
    };
    let keys = Keys {
        access: Secret::new(text("access_key")),
        secret: Secret::new(text("secret_key")),
        session: vector["session_token"].as_str().map(Secret::new),
    };
    let (key, body) = (text("key"), text("body"));
    let object = Object { key: &key, content_type: "application/json", bytes: body.as_bytes() };
    put(&storage, &keys, &object, vector["seconds"].as_u64().unwrap())?;
    Ok(server.requests().remove(0))
}

/// The vectors of `testdata/sigv4`, which botocore signed for the host `127.0.0.1:PORT`: the port is the test's
/// own, so that what is compared is everything before the signature, and the signature of the same request with
/// the vector's host.
#[test]
fn signatures_are_those_of_botocore() {
    let folder = testkit::Scratch::new();
    folder.copy_from(&testkit::test_data("sigv4"));
    let bytes = folder.read("botocore.json");
    let vectors: Vec<serde_json::Value> = serde_json::from_slice(&bytes).unwrap();
    assert!(vectors.len() >= 10);
    for vector in &vectors {
        let request = sent(vector).unwrap();
        let text = |name: &str| vector[name].as_str().unwrap();
        assert_eq!(request.target, text("path"), "{vector}");
        let (head, _) = request.headers["authorization"].rsplit_once("Signature=").unwrap();
        let (wanted, _) = text("authorization").rsplit_once("Signature=").unwrap();
        assert_eq!(head.replace(", ", ","), wanted.replace(", ", ","), "{vector}");
        let signed = crate::signature::Signed {
            method: "PUT",
            path: &request.target,
            query: "",
            headers: &request
                .headers
                .iter()
                .filter(|(name, _)| wanted.contains(name.as_str()))
                .map(|(name, value)| {
                    let is_host = name == "host";
                    (name.as_str(), if is_host { text("host").to_owned() } else { value.clone() })
                })
                .collect(),
            body: &request.headers["x-amz-content-sha256"],
        };
        let stamp = request.headers["x-amz-date"].as_str();
        let scope = crate::signature::Scope {
            access_key: text("access_key"),
            secret_key: text("secret_key"),
            region: text("region"),
            stamp,
            date: stamp.get(..8).unwrap(),
        };
        let made = crate::signature::authorization(&signed, scope);
        assert_eq!(made.replace(", ", ","), text("authorization").replace(", ", ","), "{vector}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_answer_is_stored_or_refused(status in 200_u16..600, body in prop::collection::vec(any::<u8>(), 0..100)) {
        let server = Server::replying(move |_| Answer::new(status, body.clone()));
        let storage = Storage { tries: 1, ..storage(&server.url()) };
        let stored = put(&storage, &keys(), &object("a"), NOW);
        prop_assert!(stored.is_ok() == (200..300).contains(&status));
    }
}
