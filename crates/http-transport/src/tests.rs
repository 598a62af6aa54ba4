//! The transport against a server on this machine.

use std::time::Duration;

use diagnostics::Secret;
use testkit::{Answer as Scripted, Server};

use crate::{
    Address, Again, Answer, Failure, FailureKind, Headers, Limits, Method, Request, Transport,
    Trust, retry_after,
};

const LIMITS: Limits = Limits {
    timeout: Duration::from_millis(500),
    tries: 3,
    pause: Duration::from_millis(1),
    longest_pause: Duration::from_mins(1),
    largest: 1000,
    redirects: 3,
};

fn again(answer: &Answer) -> Again {
    match (answer.is_success(), retry_after(answer)) {
        (true, _) => Again::Never,
        (false, Some(asked)) => Again::After(asked),
        (false, None) => Again::Soon,
    }
}

fn transport(server: &Server, limits: Limits) -> (Address, Transport) {
    let address = Address::new(&server.url(), Trust::Secret).unwrap();
    let transport = Transport::new(&address, &Headers::new(), limits).unwrap();
    (address, transport)
}

fn asked(
    script: impl IntoIterator<Item = Scripted>,
    limits: Limits,
) -> (Result<Answer, Failure>, usize) {
    let server = Server::new(script);
    let (address, transport) = transport(&server, limits);
    let answer = transport.send(&Request::get(address.at(&["a"], &[]).unwrap()), again);
    assert_eq!(usize::try_from(transport.requests()).unwrap(), server.requests().len());
    (answer, server.requests().len())
}

#[test]
fn the_caller_judges_every_status() {
    for status in [200, 404, 503] {
        let server = Server::new([Scripted::new(status, "said").header("X-Odd", "b")]);
        let (address, transport) = transport(&server, LIMITS);
        let request = Request::get(address.at(&["a"], &[("q", "1")]).unwrap());
        let answer = transport.send(&request, |_| Again::Never).unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (status, b"said".as_slice()));
        assert_eq!(answer.headers.get("x-odd"), Some("b"));
        assert_eq!(server.requests()[0].target, "/a?q=1");
        assert_eq!(server.requests()[0].headers["user-agent"], "signalbox");
    }
}

#[test]
fn what_is_put_arrives_with_its_headers_and_is_put_again() {
    let server = Server::new([Scripted::new(503, "busy"), Scripted::new(200, "")]);
    let (address, transport) = transport(&server, LIMITS);
    let headers = Headers::new().with("x-amz-date", "20260101T000000Z").unwrap();
    let headers = headers.with_secret("authorization", &Secret::new("AWS4 x")).unwrap();
    let target = address.exactly("/bucket/a%20b", None).unwrap();
    let request =
        Request { method: Method::Put, target, headers, body: b"{\"a\": 1}\n\0".to_vec() };
    assert_eq!(transport.send(&request, again).unwrap().status, 200);
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    for request in &requests {
        assert_eq!((request.method.as_str(), request.target.as_str()), ("PUT", "/bucket/a%20b"));
        assert_eq!(request.body, b"{\"a\": 1}\n\0");
        assert_eq!(request.headers["authorization"], "AWS4 x");
        assert_eq!(request.headers["x-amz-date"], "20260101T000000Z");
        assert_eq!(request.headers["content-length"], "10");
    }
}

#[test]
fn tries_end_with_the_last_answer() {
    let busy = || Scripted::new(503, "busy");
    let (answer, tries) = asked([busy(), busy(), busy(), busy()], LIMITS);
    assert_eq!((answer.unwrap().status, tries), (503, 3));
    let (answer, tries) = asked([busy().header("Retry-After", "61")], LIMITS);
    assert_eq!((answer.unwrap().status, tries), (503, 1));
    let (answer, tries) = asked([Scripted::none(), Scripted::new(200, "")], LIMITS);
    assert_eq!((answer.unwrap().status, tries), (200, 2));
    let (answer, tries) = asked([Scripted::none(), Scripted::none(), Scripted::none()], LIMITS);
    assert_eq!((answer.unwrap_err().kind, tries), (FailureKind::Network, 3));
}

#[test]
fn the_largest_body_is_read_and_no_byte_more() {
    let (answer, _) = asked([Scripted::new(200, "a".repeat(1000))], LIMITS);
    assert_eq!(answer.unwrap().body.len(), 1000);
    for script in
        [Scripted::new(200, "a".repeat(1001)), Scripted::new(200, "a".repeat(1001)).unmeasured()]
    {
        let (answer, tries) = asked([script], LIMITS);
        assert_eq!((answer.unwrap_err().kind, tries), (FailureKind::TooLarge(1000), 1));
    }
    let (answer, _) = asked([Scripted::new(200, "abc").endless()], LIMITS);
    assert_eq!(answer.unwrap_err().kind, FailureKind::TooLarge(1000));
}

#[test]
fn who_signs_an_address_is_not_sent_on() {
    let moved = || Scripted::new(307, "").header("Location", "/b");
    let limits = Limits { redirects: 0, tries: 1, ..LIMITS };
    let (answer, tries) = asked([moved(), Scripted::new(200, "")], limits);
    assert_eq!((answer.unwrap().status, tries), (307, 1));
}

#[test]
fn who_asks_for_a_long_time_begins_again() {
    let limits = Limits { timeout: Duration::from_millis(50), ..LIMITS };
    let server = Server::new([Scripted::new(200, ""), Scripted::new(200, "")]);
    let (address, transport) = transport(&server, limits);
    let request = Request::get(address.at(&["a"], &[]).unwrap());
    std::thread::sleep(Duration::from_millis(510));
    let late = transport.send(&request, again).unwrap_err();
    assert_eq!((late.kind, transport.requests()), (FailureKind::TimedOut, 0));
    transport.begin_again();
    assert_eq!(transport.send(&request, again).unwrap().status, 200);
    transport.begin_for(Duration::ZERO);
    assert_eq!(transport.send(&request, again).unwrap_err().kind, FailureKind::TimedOut);
}
