//! One question to the API, tried a few times.

use std::time::Duration;

use diagnostics::Secret;
use http_transport::{
    Address, Again, Answer, Headers, Limits, Request, Target, Transport, Trust, retry_after,
};
use serde::Deserialize;

use crate::answer::NotAnAnswer;
use crate::failure::{ApiFailure, FailureKind, Question};
use crate::remembered::{Kept, Remembered};

/// The most bytes of an answer. A page of a hundred runs has two million.
pub(crate) const LARGEST: u64 = 32 << 20;

/// The longest pause that a server may ask for: a minute is what GitHub asks for where it names none
/// ("Rate limits for the REST API").
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

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

/// An answer that is none.
struct Trouble {
    kind: FailureKind,
    said: Vec<u8>,
    next: Again,
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
        let address = Address::new(&settings.api_url, Trust::Secret)
            .map_err(|why| failed(FailureKind::Address(why), b""))?;
        let headers =
            headers(settings.token.as_ref()).ok_or_else(|| failed(FailureKind::Token, b""))?;
        let limits = Limits {
            timeout: settings.timeout,
            tries: settings.tries,
            pause: settings.pause,
            longest_pause: LONGEST_PAUSE,
            largest: LARGEST,
            redirects: MOST_REDIRECTS,
        };
        let transport = Transport::new(&address, &headers, limits)
            .map_err(|failure| failed(failure.kind.into(), &failure.said))?;
        Ok(Connection { settings, question, address, transport })
    }
}

/// A connection, for one question at a time.
pub(crate) struct Connection<'a> {
    settings: &'a Settings,
    question: Question<'a>,
    address: Address,
    transport: Transport,
}

impl<'a> Connection<'a> {
    /// What is asked from now on. All questions together may take as long as one may.
    pub(crate) fn turn_to(&mut self, question: Question<'a>) {
        self.question = question;
    }

    /// Whether the server is one of GitHub's customers' own, which has fewer questions: the path of its API
    /// says so ("Getting started with the REST API", for Enterprise Server).
    pub(crate) fn is_enterprise_server(&self) -> bool {
        self.address.path().trim_end_matches('/') == "/api/v3"
    }

    /// How many requests were sent, each try being one.
    pub(crate) fn requests(&self) -> u32 {
        self.transport.requests()
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
            after.insert(url.as_str(), Kept { tag, body: answer.body.clone() });
        }
        Ok(answer.body)
    }

    fn url(&self, segments: &[&str], query: &[(&str, &str)]) -> Result<Target, ApiFailure> {
        let wrong = FailureKind::Name("a part of its address would lead somewhere else");
        self.address.at(segments, query).ok_or_else(|| self.failure(wrong, b""))
    }

    fn answer(&self, url: &Target, kept: Option<&Kept>) -> Result<Known, ApiFailure> {
        let mut request = Request::get(url.clone());
        let with_tag = |kept: &Kept| Headers::new().with("if-none-match", &kept.tag);
        let known = kept.and_then(|kept| Some((kept, with_tag(kept)?)));
        if let Some((_, headers)) = &known {
            request.headers = headers.clone();
        }
        let is_known = |answer: &Answer| known.is_some() && answer.status == 304;
        let again = |answer: &Answer| match refused(answer) {
            Some(trouble) if !is_known(answer) => trouble.next,
            _ => Again::Never,
        };
        let answer = self
            .transport
            .send(&request, again)
            .map_err(|failure| self.failure(failure.kind.into(), &failure.said))?;
        if let Some((kept, _)) = known.as_ref().filter(|_| is_known(&answer)) {
            return Ok(Known { body: kept.body.clone(), tag: Some(kept.tag.clone()) });
        }
        if let Some(trouble) = refused(&answer) {
            return Err(self.failure(trouble.kind, &trouble.said));
        }
        let tag = answer.headers.get("etag").map(str::to_owned);
        Ok(Known { body: answer.body, tag })
    }
}

/// What a server answers.
struct Known {
    body: Vec<u8>,
    tag: Option<String>,
}

/// What goes with every question; nothing where the token cannot be part of a header. That `signalbox`
/// asks is said by the transport: GitHub refuses whoever does not say it ("Troubleshooting the REST API").
fn headers(token: Option<&Secret>) -> Option<Headers> {
    let headers =
        Headers::new().with("accept", "application/vnd.github+json")?.with(VERSION.0, VERSION.1)?;
    match token {
        Some(token) => {
            let value = Secret::new(format!("Bearer {}", token.reveal()));
            headers.with_secret("authorization", &value)
        }
        None => Some(headers),
    }
}

/// Why an answer is none; nothing where it is one.
fn refused(answer: &Answer) -> Option<Trouble> {
    /// What GitHub says beside a status ("Troubleshooting the REST API").
    #[derive(Deserialize)]
    struct Said {
        message: String,
    }
    if answer.is_success() {
        return None;
    }
    let said = serde_json::from_slice::<Said>(&answer.body).map(|said| said.message);
    let said = said.unwrap_or_default();
    let asked = retry_after(answer).map(Again::After);
    let is_spent = answer.headers.get("x-ratelimit-remaining") == Some("0");
    let is_limit = asked.is_some() || is_spent || said.to_ascii_lowercase().contains("rate limit");
    let (kind, next) = match answer.status {
        status @ (429 | 403) if is_limit || status == 429 => {
            // Without a word on when, a limit for the hour lasts for the hour, any other a minute.
            let without = if is_spent { Again::Never } else { Again::After(LONGEST_PAUSE) };
            (FailureKind::RateLimited, asked.unwrap_or(without))
        }
        401 => (FailureKind::Unauthorized, Again::Never),
        403 => (FailureKind::Forbidden, Again::Never),
        404 => (FailureKind::NotFound, Again::Never),
        // Nothing was said to be known, or this would not be a refusal.
        304 => (FailureKind::Status(304), Again::Never),
        300..=399 => {
            let said = answer.headers.get("location").unwrap_or_default().as_bytes().to_vec();
            return Some(Trouble { kind: FailureKind::Redirected, said, next: Again::Never });
        }
        other @ (408 | 500..=599) => (FailureKind::Status(other), asked.unwrap_or(Again::Soon)),
        other => (FailureKind::Status(other), Again::Never),
    };
    Some(Trouble { kind, said: said.into_bytes(), next })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Grant;

    #[track_caller]
    fn check(
        status: u16,
        headers: &[(&'static str, &'static str)],
        body: &str,
        kind: FailureKind,
        next: Again,
    ) {
        let with = |all: Headers, (name, value): &(&str, &str)| all.with(name, value).unwrap();
        let headers = headers.iter().fold(Headers::new(), with);
        let answer = Answer { status, headers, body: body.as_bytes().to_vec() };
        let trouble = refused(&answer).unwrap();
        assert_eq!((trouble.kind, trouble.next), (kind, next), "{answer:?}");
    }

    #[test]
    fn a_status_says_whether_another_try_helps() {
        let limited = FailureKind::RateLimited;
        let second = r#"{"message": "You have exceeded a secondary rate limit."}"#;
        let seconds = |seconds| Again::After(Duration::from_secs(seconds));
        check(401, &[], "", FailureKind::Unauthorized, Again::Never);
        check(403, &[], "", FailureKind::Forbidden, Again::Never);
        check(403, &[("x-ratelimit-remaining", "4999")], "", FailureKind::Forbidden, Again::Never);
        check(404, &[], "", FailureKind::NotFound, Again::Never);
        check(403, &[("x-ratelimit-remaining", "0")], "", limited, Again::Never);
        check(403, &[("retry-after", "7")], "", limited, seconds(7));
        check(403, &[], second, limited, seconds(60));
        check(429, &[], "", limited, seconds(60));
        check(429, &[("retry-after", "3600")], "", limited, seconds(3600));
        check(429, &[("retry-after", "soon")], "", limited, seconds(60));
        check(500, &[], "", FailureKind::Status(500), Again::Soon);
        check(503, &[("retry-after", "5")], "", FailureKind::Status(503), seconds(5));
        check(408, &[], "", FailureKind::Status(408), Again::Soon);
        check(422, &[], "", FailureKind::Status(422), Again::Never);
        check(301, &[("location", "https://e/")], "", FailureKind::Redirected, Again::Never);
        check(304, &[], "", FailureKind::Status(304), Again::Never);
    }

    #[test]
    fn a_token_that_could_forge_a_header_is_refused() {
        for odd in ["a\nb", "a\r\nX: y", "\0"] {
            assert!(headers(Some(&Secret::new(odd))).is_none(), "{odd:?}");
        }
        let sent = headers(Some(&Secret::new("ghs_abc"))).unwrap();
        assert_eq!(sent.get("authorization"), Some("Bearer ghs_abc"));
        assert!(!format!("{sent:?}").contains("ghs_abc"));
    }

    #[test]
    fn a_server_of_ones_own_is_known_by_its_path() {
        let is = |text: &str| {
            let client = Client::new(Settings::new(text, None));
            let words = "anything";
            let question = Question { words, of: None, grant: Grant::OfJob(words) };
            client.open(question).unwrap().is_enterprise_server()
        };
        assert!(is("https://ghes.example.org/api/v3") && is("https://ghes.example.org/api/v3/"));
        assert!(!is("https://api.github.com") && !is("https://api.acme.ghe.com/"));
    }
}
