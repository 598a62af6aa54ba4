//! One question to the API, tried a few times.

use std::cell::Cell;
use std::io::{ErrorKind, Read as _};
use std::sync::Once;
use std::time::{Duration, Instant};

use diagnostics::Secret;
use reqwest::blocking::Response;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, LOCATION,
    RETRY_AFTER, USER_AGENT,
};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{StatusCode, Url};
use serde::Deserialize;

use crate::address::Address;
use crate::answer::NotAnAnswer;
use crate::failure::{ApiFailure, FailureKind, Question};
use crate::remembered::{Kept, Remembered};

/// The most bytes of an answer. A page of a hundred runs has two million.
pub(crate) const LARGEST: u64 = 32 << 20;

/// The longest pause that a server may ask for: a minute is what GitHub asks for where it names none
/// ("Rate limits for the REST API").
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// How many times as long as one try a question may take in all, with all its pages and pauses.
const TRIES_LONG: u32 = 10;

/// How often one is sent on, on the same host: a repository that was renamed has another address.
const MOST_REDIRECTS: usize = 3;

/// The version of the API that is asked for ("API Versions"); a server that knows none ignores it.
const VERSION: (&str, &str) = ("x-github-api-version", "2022-11-28");

/// How the API is asked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it is (`GITHUB_API_URL`): over https, or on this machine.
    pub api_url: String,
    /// Who asks. Without a token only what everybody may see is answered.
    pub token: Option<Secret>,
    /// How long one try may take. A server that answers in drops can hold it up for twice as long.
    pub timeout: Duration,
    /// How often a question is tried, where another try may help.
    pub tries: u32,
    /// How long to wait before the second try; twice as long before the third, and so on. A server may
    /// ask for up to a minute.
    pub pause: Duration,
}

impl Settings {
    /// The API at an address: three tries of up to thirty seconds.
    pub fn new(api_url: impl Into<String>, token: Option<Secret>) -> Self {
        Self {
            api_url: api_url.into(),
            token,
            timeout: Duration::from_secs(30),
            tries: 3,
            pause: Duration::from_secs(1),
        }
    }
}

/// One who asks the API.
#[derive(Debug)]
pub struct Client {
    settings: Settings,
}

/// A try that brought nothing.
struct Trouble {
    kind: FailureKind,
    said: Vec<u8>,
    next: Next,
}

/// Whether and when to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// It would be the same.
    Never,
    /// After the usual pause.
    Soon,
    /// After the pause that the server asks for.
    After(Duration),
}

impl Client {
    /// One who asks as `settings` say. Nothing is sent yet.
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    /// The API's address and a connection to it.
    pub(crate) fn open<'a>(&'a self, question: Question<'a>) -> Result<Connection<'a>, ApiFailure> {
        let settings = &self.settings;
        let failed =
            |kind, said: &[u8]| ApiFailure::new(&question, kind, said, settings.token.as_ref());
        let address = Address::new(&settings.api_url)
            .map_err(|why| failed(FailureKind::Address(why), b""))?;
        let headers =
            headers(settings.token.as_ref()).ok_or_else(|| failed(FailureKind::Token, b""))?;
        let mut builder = reqwest::blocking::Client::builder()
            .default_headers(headers)
            .timeout(settings.timeout)
            .redirect(Policy::custom(same_origin))
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
        let http = builder
            .build()
            .map_err(|error| failed(FailureKind::Network, innermost(&error).as_bytes()))?;
        let until = now().checked_add(settings.timeout.saturating_mul(TRIES_LONG));
        Ok(Connection { settings, question, address, http, until, requests: Cell::new(0) })
    }
}

/// A connection, for one question at a time.
pub(crate) struct Connection<'a> {
    settings: &'a Settings,
    question: Question<'a>,
    address: Address,
    http: reqwest::blocking::Client,
    until: Option<Instant>,
    requests: Cell<u32>,
}

impl<'a> Connection<'a> {
    /// What is asked from now on. All questions together may take as long as one may.
    pub(crate) fn turn_to(&mut self, question: Question<'a>) {
        self.question = question;
    }

    /// Whether the server is one of GitHub's customers' own, which has fewer questions: the path of its API
    /// says so ("Getting started with the REST API", for Enterprise Server).
    pub(crate) fn is_enterprise_server(&self) -> bool {
        self.address.is_enterprise_server()
    }

    /// How many requests were sent, each try being one.
    pub(crate) fn requests(&self) -> u32 {
        self.requests.get()
    }

    /// A failure of this question.
    pub(crate) fn failure(&self, kind: FailureKind, said: &[u8]) -> ApiFailure {
        ApiFailure::new(&self.question, kind, said, self.settings.token.as_ref())
    }

    /// The failure of an answer that is none.
    pub(crate) fn malformed(&self, wrong: &NotAnAnswer) -> ApiFailure {
        let place = FailureKind::Malformed { line: wrong.line, column: wrong.column };
        self.failure(place, wrong.why.as_bytes())
    }

    /// The two names of a repository.
    pub(crate) fn owner_and_name<'r>(
        &self,
        repository: &'r str,
    ) -> Result<(&'r str, &'r str), ApiFailure> {
        let names = repository.split_once('/').filter(|(_, name)| !name.contains('/'));
        let wrong = FailureKind::Name("the repository is not `owner/name`");
        names.ok_or_else(|| self.failure(wrong, repository.as_bytes()))
    }

    /// The answer's body.
    pub(crate) fn get(
        &self,
        segments: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Vec<u8>, ApiFailure> {
        let url = self.url(segments, query)?;
        self.answer(&url, None).map(|answer| answer.body)
    }

    /// The answer's body, which is the one of `before` if the server says that it still is. It is added to
    /// `after`, if the server gives it a tag.
    pub(crate) fn get_or_remember(
        &self,
        segments: &[&str],
        query: &[(&str, &str)],
        before: &Remembered,
        after: &mut Remembered,
    ) -> Result<Vec<u8>, ApiFailure> {
        let url = self.url(segments, query)?;
        let answer = self.answer(&url, before.from(url.as_str()))?;
        if let Some(tag) = answer.tag {
            after.insert(url, Kept { tag, body: answer.body.clone() });
        }
        Ok(answer.body)
    }

    fn url(&self, segments: &[&str], query: &[(&str, &str)]) -> Result<Url, ApiFailure> {
        let wrong = FailureKind::Name("a part of its address would lead somewhere else");
        self.address.at(segments, query).ok_or_else(|| self.failure(wrong, b""))
    }

    fn answer(&self, url: &Url, kept: Option<&Kept>) -> Result<Answer, ApiFailure> {
        let mut pause = self.settings.pause;
        let mut tried = 1;
        loop {
            let trouble = match self.tried(url, kept) {
                Ok(answer) => return Ok(answer),
                Err(trouble) => trouble,
            };
            let wait = match trouble.next {
                Next::Soon => Some(pause),
                Next::After(asked) => Some(asked).filter(|asked| *asked <= LONGEST_PAUSE),
                Next::Never => None,
            };
            match wait.filter(|_| tried < self.settings.tries) {
                Some(wait) => std::thread::sleep(wait),
                None => return Err(self.failure(trouble.kind, &trouble.said)),
            }
            tried += 1;
            pause = pause.saturating_mul(2);
        }
    }

    fn tried(&self, url: &Url, kept: Option<&Kept>) -> Result<Answer, Trouble> {
        let begun = now();
        if self.until.is_some_and(|until| begun >= until) {
            let kind = FailureKind::TimedOut;
            return Err(Trouble { kind, said: Vec::new(), next: Next::Never });
        }
        let mut request = self.http.get(url.clone());
        let known = kept.and_then(|kept| Some((kept, HeaderValue::from_str(&kept.tag).ok()?)));
        if let Some((_, tag)) = &known {
            request = request.header(IF_NONE_MATCH, tag);
        }
        self.requests.set(self.requests.get().saturating_add(1));
        let response = request.send().map_err(|error| unsent(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = body(response, begun.checked_add(self.settings.timeout))?;
        if let Some((kept, _)) = known.filter(|_| status == StatusCode::NOT_MODIFIED) {
            return Ok(Answer { body: kept.body.clone(), tag: Some(kept.tag.clone()) });
        }
        match refused(status, &headers, &body) {
            Some(trouble) => Err(trouble),
            None => Ok(Answer { body, tag: header(&headers, &ETAG).map(str::to_owned) }),
        }
    }
}

/// What a server answers.
struct Answer {
    body: Vec<u8>,
    tag: Option<String>,
}

#[expect(clippy::disallowed_methods, reason = "a server may not take longer than it is given")]
fn now() -> Instant {
    Instant::now()
}

/// What goes with every question; nothing where the token cannot be part of a header.
fn headers(token: Option<&Secret>) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/vnd.github+json"));
    // GitHub refuses whoever does not say who asks ("Troubleshooting the REST API").
    headers.insert(USER_AGENT, HeaderValue::from_static("signalbox"));
    headers.insert(HeaderName::from_static(VERSION.0), HeaderValue::from_static(VERSION.1));
    if let Some(token) = token {
        let mut value = HeaderValue::from_str(&format!("Bearer {}", token.reveal())).ok()?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    Some(headers)
}

/// Makes ring the cryptography of TLS in this process.
fn cryptography() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Somebody else's choice is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
    });
}

/// Goes on where the same server says that something has moved, and never to another one: the token is
/// not theirs.
fn same_origin(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let before = attempt.previous();
    let is_same = before.last().is_some_and(|last| last.origin() == attempt.url().origin());
    if is_same && before.len() <= MOST_REDIRECTS { attempt.follow() } else { attempt.stop() }
}

/// A question that did not get there.
fn unsent(error: &reqwest::Error) -> Trouble {
    let kind = if error.is_timeout() { FailureKind::TimedOut } else { FailureKind::Network };
    Trouble { kind, said: innermost(error).into_bytes(), next: Next::Soon }
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
fn body(mut response: Response, deadline: Option<Instant>) -> Result<Vec<u8>, Trouble> {
    let too_large =
        || Trouble { kind: FailureKind::TooLarge(LARGEST), said: Vec::new(), next: Next::Never };
    if response.content_length().is_some_and(|length| length > LARGEST) {
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
                let said = innermost(&error).into_bytes();
                return Err(Trouble { kind, said, next: Next::Soon });
            }
        };
        body.extend(part.iter().take(read));
        if u64::try_from(body.len()).is_ok_and(|length| length > LARGEST) {
            return Err(too_large());
        }
        if deadline.is_some_and(|deadline| now() >= deadline) {
            return Err(Trouble {
                kind: FailureKind::TimedOut,
                said: Vec::new(),
                next: Next::Soon,
            });
        }
    }
}

/// Why the status is no answer; nothing where it is one.
fn refused(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Option<Trouble> {
    /// What GitHub says beside a status ("Troubleshooting the REST API").
    #[derive(Deserialize)]
    struct Said {
        message: String,
    }
    if status.is_success() {
        return None;
    }
    let said = serde_json::from_slice::<Said>(body).map(|said| said.message).unwrap_or_default();
    let asked = header(headers, &RETRY_AFTER).and_then(|text| text.trim().parse().ok());
    let asked = asked.map(|seconds| Next::After(Duration::from_secs(seconds)));
    let is_spent = header(headers, &HeaderName::from_static("x-ratelimit-remaining")) == Some("0");
    let is_limit = asked.is_some() || is_spent || said.to_ascii_lowercase().contains("rate limit");
    let (kind, next) = match status.as_u16() {
        429 | 403 if is_limit || status == StatusCode::TOO_MANY_REQUESTS => {
            // Without a word on when, a limit for the hour lasts for the hour, any other a minute.
            let without = if is_spent { Next::Never } else { Next::After(LONGEST_PAUSE) };
            (FailureKind::RateLimited, asked.unwrap_or(without))
        }
        401 => (FailureKind::Unauthorized, Next::Never),
        403 => (FailureKind::Forbidden, Next::Never),
        404 => (FailureKind::NotFound, Next::Never),
        // Nothing was said to be known, or this would not be a refusal.
        304 => (FailureKind::Status(304), Next::Never),
        300..=399 => {
            let said = header(headers, &LOCATION).unwrap_or_default().as_bytes().to_vec();
            return Some(Trouble { kind: FailureKind::Redirected, said, next: Next::Never });
        }
        other @ (408 | 500..=599) => (FailureKind::Status(other), asked.unwrap_or(Next::Soon)),
        other => (FailureKind::Status(other), Next::Never),
    };
    Some(Trouble { kind, said: said.into_bytes(), next })
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(
        status: u16,
        headers: &[(&'static str, &'static str)],
        body: &str,
        kind: FailureKind,
        next: Next,
    ) {
        let status = StatusCode::from_u16(status).unwrap();
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        let trouble = refused(status, &headers, body.as_bytes()).unwrap();
        assert_eq!((trouble.kind, trouble.next), (kind, next), "{status} {headers:?} {body}");
    }

    #[test]
    fn a_status_says_whether_another_try_helps() {
        let limited = FailureKind::RateLimited;
        let second = r#"{"message": "You have exceeded a secondary rate limit."}"#;
        let seconds = |seconds| Next::After(Duration::from_secs(seconds));
        check(401, &[], "", FailureKind::Unauthorized, Next::Never);
        check(403, &[], "", FailureKind::Forbidden, Next::Never);
        check(403, &[("x-ratelimit-remaining", "4999")], "", FailureKind::Forbidden, Next::Never);
        check(404, &[], "", FailureKind::NotFound, Next::Never);
        check(403, &[("x-ratelimit-remaining", "0")], "", limited, Next::Never);
        check(403, &[("retry-after", "7")], "", limited, seconds(7));
        check(403, &[], second, limited, seconds(60));
        check(429, &[], "", limited, seconds(60));
        check(429, &[("retry-after", "3600")], "", limited, seconds(3600));
        check(429, &[("retry-after", "soon")], "", limited, seconds(60));
        check(500, &[], "", FailureKind::Status(500), Next::Soon);
        check(503, &[("retry-after", "5")], "", FailureKind::Status(503), seconds(5));
        check(408, &[], "", FailureKind::Status(408), Next::Soon);
        check(422, &[], "", FailureKind::Status(422), Next::Never);
        check(301, &[("location", "https://e/")], "", FailureKind::Redirected, Next::Never);
        check(304, &[], "", FailureKind::Status(304), Next::Never);
    }

    #[test]
    fn a_token_that_could_forge_a_header_is_refused() {
        for odd in ["a\nb", "a\r\nX: y", "\0"] {
            assert!(headers(Some(&Secret::new(odd))).is_none(), "{odd:?}");
        }
        let sent = headers(Some(&Secret::new("ghs_abc"))).unwrap();
        assert_eq!(sent[AUTHORIZATION].to_str().ok(), Some("Bearer ghs_abc"));
        assert!(!format!("{sent:?}").contains("ghs_abc"));
    }
}
