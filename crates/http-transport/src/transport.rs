//! One request, tried a few times.

use std::cell::Cell;
use std::io::{ErrorKind, Read as _};
use std::sync::Once;
use std::time::{Duration, Instant};

use reqwest::blocking::Response;
use reqwest::redirect::Policy;

use crate::address::{Address, Target};
use crate::headers::Headers;

/// How many times as long as one try all requests together may take, with all their pauses.
const TRIES_LONG: u32 = 10;

/// How far a server may hold up its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long one try may take. A server that answers in drops can hold it up for twice as long. All
    /// requests together may take ten times as long.
    pub timeout: Duration,
    /// How often a request is tried, where another try may help.
    pub tries: u32,
    /// How long to wait before the second try; twice as long before the third, and so on.
    pub pause: Duration,
    /// The longest pause that a server may ask for. Who asks for more is not asked again.
    pub longest_pause: Duration,
    /// The most bytes of an answer.
    pub largest: u64,
    /// How often one is sent on, on the same host. None where an address is signed, or something is put.
    pub redirects: usize,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Writes what is the same when it is written twice.
    Put,
    /// Asks with a body. A question that changes something must not be tried twice: its caller says so.
    Post,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// What is done.
    pub method: Method,
    /// Where.
    pub target: Target,
    /// What goes along, beside the headers of the transport.
    pub headers: Headers,
    /// What is sent.
    pub body: Vec<u8>,
}

impl Request {
    /// A question without headers of its own.
    pub fn get(target: Target) -> Self {
        Self { method: Method::Get, target, headers: Headers::new(), body: Vec::new() }
    }
}

/// What a server answers, whatever its status.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Headers,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Answer {
    /// Whether the status is one of success.
    pub fn is_success(&self) -> bool {
        (200..=299).contains(&self.status)
    }
}

/// Whether and when to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// This is the answer, or another try would bring the same.
    Never,
    /// After the usual pause.
    Soon,
    /// After the pause that the server asks for.
    After(Duration),
}

/// A request that brought no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Why.
    pub kind: FailureKind,
    /// The words of the system, or of what stands between.
    pub said: Vec<u8>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The server cannot be reached, its certificate is not trusted, or it hung up.
    Network,
    /// The time was over.
    TimedOut,
    /// The answer is longer than is read, which is this many bytes.
    TooLarge(u64),
}

/// The way to one server.
#[derive(Debug)]
pub struct Transport {
    limits: Limits,
    http: reqwest::blocking::Client,
    until: Cell<Option<Instant>>,
    requests: Cell<u32>,
}

impl Transport {
    /// The way to the server at `address`; `headers` go with every request. Nothing is sent yet.
    ///
    /// # Errors
    /// When this machine cannot do TLS, for it has no certificates.
    pub fn new(address: &Address, headers: &Headers, limits: Limits) -> Result<Self, Failure> {
        let most = limits.redirects;
        let policy = Policy::custom(move |attempt| {
            // Never to another server: the token is not theirs.
            let before = attempt.previous();
            let is_same = before.last().is_some_and(|last| last.origin() == attempt.url().origin());
            if is_same && before.len() <= most { attempt.follow() } else { attempt.stop() }
        });
        let mut builder = reqwest::blocking::Client::builder()
            .user_agent("signalbox")
            .default_headers(headers.to_map())
            .timeout(limits.timeout)
            .redirect(policy)
            .referer(false);
        if address.is_this_machine() {
            // No proxy is asked to reach this machine.
            builder = builder.no_proxy();
        }
        if address.is_plain() {
            // No certificate is looked at, so that none has to be there.
            builder = builder.tls_certs_only([]);
        }
        cryptography();
        let http = builder.build().map_err(|error| Failure {
            kind: FailureKind::Network,
            said: innermost(&error).into_bytes(),
        })?;
        let transport = Self { limits, http, until: Cell::new(None), requests: Cell::new(0) };
        transport.begin_again();
        Ok(transport)
    }

    /// From now on all requests together may take as long as they might at first. It is for who asks again
    /// and again over a long time.
    pub fn begin_again(&self) {
        self.begin_for(self.limits.timeout.saturating_mul(TRIES_LONG));
    }

    /// From now on all requests together may take this long, but that one which has begun may end.
    pub fn begin_for(&self, at_most: Duration) {
        self.until.set(now().checked_add(at_most));
    }

    /// How many requests were sent, each try being one.
    pub fn requests(&self) -> u32 {
        self.requests.get()
    }

    /// The server's answer, which is the last one that it gave if `again` is never content with one.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn send(
        &self,
        request: &Request,
        again: impl Fn(&Answer) -> Again,
    ) -> Result<Answer, Failure> {
        let mut pause = self.limits.pause;
        let mut tried = 1;
        loop {
            let (outcome, next) = match self.tried(request) {
                Ok(answer) => {
                    let next = again(&answer);
                    (Ok(answer), next)
                }
                Err((failure, next)) => (Err(failure), next),
            };
            let wait = match next {
                Again::Soon => Some(pause),
                Again::After(asked) => {
                    Some(asked).filter(|asked| *asked <= self.limits.longest_pause)
                }
                Again::Never => None,
            };
            match wait.filter(|_| tried < self.limits.tries) {
                Some(wait) => std::thread::sleep(wait),
                None => return outcome,
            }
            tried += 1;
            pause = pause.saturating_mul(2);
        }
    }

    fn tried(&self, request: &Request) -> Result<Answer, (Failure, Again)> {
        let begun = now();
        if self.until.get().is_some_and(|until| begun >= until) {
            let kind = FailureKind::TimedOut;
            return Err((Failure { kind, said: Vec::new() }, Again::Never));
        }
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Put => reqwest::Method::PUT,
            Method::Post => reqwest::Method::POST,
        };
        let mut asked =
            self.http.request(method, request.target.url()).headers(request.headers.to_map());
        if request.method != Method::Get {
            asked = asked.body(request.body.clone());
        }
        self.requests.set(self.requests.get().saturating_add(1));
        let response = asked.send().map_err(|error| {
            let kind =
                if error.is_timeout() { FailureKind::TimedOut } else { FailureKind::Network };
            (Failure { kind, said: innermost(&error).into_bytes() }, Again::Soon)
        })?;
        let status = response.status().as_u16();
        let headers = Headers::from_map(response.headers().clone());
        let deadline = begun.checked_add(self.limits.timeout);
        let body = body(response, self.limits.largest, deadline)?;
        Ok(Answer { status, headers, body })
    }
}

/// How long the server asks to wait, in seconds (RFC 9110, 10.2.3); a date is no reason to wait for it.
pub fn retry_after(answer: &Answer) -> Option<Duration> {
    let asked = answer.headers.get("retry-after")?;
    asked.trim().parse().ok().map(Duration::from_secs)
}

#[expect(clippy::disallowed_methods, reason = "a server may not take longer than it is given")]
fn now() -> Instant {
    Instant::now()
}

/// Makes ring the cryptography of TLS in this process.
fn cryptography() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Somebody else's choice is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
    });
}

/// The words of the error that began it all: those around it only say that there was one.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// The whole body, if it is short enough and comes in time.
fn body(
    mut response: Response,
    largest: u64,
    deadline: Option<Instant>,
) -> Result<Vec<u8>, (Failure, Again)> {
    let too_large =
        || (Failure { kind: FailureKind::TooLarge(largest), said: Vec::new() }, Again::Never);
    if response.content_length().is_some_and(|length| length > largest) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    let mut part = vec![0; 64 << 10];
    loop {
        let read = match response.read(&mut part) {
            Ok(0) => return Ok(body),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => {
                let cause = error.get_ref().and_then(|it| it.downcast_ref::<reqwest::Error>());
                let is_late = cause.is_some_and(reqwest::Error::is_timeout);
                let kind = if is_late { FailureKind::TimedOut } else { FailureKind::Network };
                return Err((Failure { kind, said: innermost(&error).into_bytes() }, Again::Soon));
            }
        };
        body.extend(part.iter().take(read));
        if u64::try_from(body.len()).is_ok_and(|length| length > largest) {
            return Err(too_large());
        }
        if deadline.is_some_and(|deadline| now() >= deadline) {
            let kind = FailureKind::TimedOut;
            return Err((Failure { kind, said: Vec::new() }, Again::Soon));
        }
    }
}
