//! One question to the server, tried a few times.

use std::time::Duration;

use diagnostics::Secret;
use http_transport::{
    Address, Again, Answer, Headers, Limits, Method, Request, Transport, Trust, retry_after,
};

use crate::failure::{FailureKind, PrometheusFailure};
use crate::forms::forms;

/// The most samples that a server gives of one series ("exceeded maximum resolution of 11,000 points per
/// timeseries").
pub const MOST_POINTS: u64 = 11_000;

/// The most bytes of an answer.
pub const LARGEST: u64 = 32 << 20;

/// The longest query that stands in an address; a longer one is posted, as the documentation says ("this is
/// useful when specifying a large query that may breach server-side URL character limits").
const LONGEST_IN_ADDRESS: usize = 2000;

/// The shortest form of a secret that is looked for in an answer.
const SHORTEST_SECRET: usize = 8;

/// How the server is asked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it is, without `/api/v1`. With a token or a password: over https, or on this machine.
    pub url: String,
    /// Who asks.
    pub auth: Auth,
    /// How long one try may take.
    pub timeout: Duration,
    /// How often a question is tried, where another try may help.
    pub tries: u32,
    /// How long to wait before the second try; twice as long before the third, and so on.
    pub pause: Duration,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// Somebody.
    Nobody,
    /// Who has this token.
    Bearer(Secret),
    /// Who knows this password.
    Basic {
        /// The name that goes with it.
        user: String,
        /// The password.
        password: Secret,
    },
}

impl Auth {
    /// Everything that nobody else may read: the secret and what is sent in its place, in each form in which another
    /// may send it back.
    pub fn forms(&self) -> Vec<Secret> {
        match self {
            Self::Nobody => Vec::new(),
            Self::Bearer(token) => forms(token.reveal()),
            Self::Basic { user, password } => {
                let pair = pair(user, password);
                // Without what fills it up, which need not come back with it. Both, as one may be a part of the other.
                let mut all = forms(pair.trim_end_matches('='));
                all.extend(forms(password.reveal()));
                all
            }
        }
    }
}

impl Auth {
    /// Words of another without any form of the secret that has so many bytes.
    pub(crate) fn removed_from(&self, said: Vec<u8>, shortest: usize) -> Vec<u8> {
        let forms = self.forms().into_iter().filter(|form| form.reveal().len() >= shortest);
        forms.fold(said, |said, form| form.removed_from(&said))
    }
}

/// A name and a password as they are sent (RFC 7617).
fn pair(user: &str, password: &Secret) -> String {
    base64(format!("{user}:{}", password.reveal()).as_bytes())
}

/// An answer as it came, which can be kept and read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raw {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// From when to when, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first moment, in milliseconds since 1970 in UTC.
    pub start: i64,
    /// The last moment, which counts where the steps reach it.
    pub end: i64,
    /// From one sample to the next, in milliseconds.
    pub step: u64,
}

impl Range {
    /// How many samples it asks for of each series.
    pub fn points(&self) -> u64 {
        let length = u64::try_from(self.end.saturating_sub(self.start)).unwrap_or(0);
        length.checked_div(self.step).map_or(u64::MAX, |steps| steps.saturating_add(1))
    }
}

/// One who asks a server.
#[derive(Debug)]
pub struct Client {
    address: Address,
    transport: Transport,
    auth: Auth,
}

impl Client {
    /// One who asks as `settings` say. Nothing is sent yet.
    ///
    /// # Errors
    /// When the address or the token cannot be used.
    pub fn new(settings: Settings) -> Result<Self, PrometheusFailure> {
        let Settings { url, auth, timeout, tries, pause } = settings;
        let failed = |kind, said: &[u8]| PrometheusFailure::new(kind, said, &auth);
        let trust = if auth == Auth::Nobody { Trust::Nothing } else { Trust::Secret };
        let address =
            Address::new(&url, trust).map_err(|why| failed(FailureKind::Address(why), b""))?;
        let headers = headers(&auth).ok_or_else(|| failed(FailureKind::Token, b""))?;
        let longest_pause = timeout;
        let limits =
            Limits { timeout, tries, pause, longest_pause, largest: LARGEST, redirects: 3 };
        let transport = Transport::new(&address, &headers, limits)
            .map_err(|failure| failed(failure.kind.into(), &failure.said))?;
        Ok(Self { address, transport, auth })
    }

    /// From now on all questions together may take this long.
    pub fn begin_for(&self, at_most: Duration) {
        self.transport.begin_for(at_most);
    }

    /// How many requests were sent, each try being one.
    pub fn requests(&self) -> u32 {
        self.transport.requests()
    }

    /// What a query comes to now, or at a moment: milliseconds since 1970 in UTC.
    ///
    /// # Errors
    /// When nobody answers who is Prometheus.
    pub fn query(&self, query: &str, at: Option<i64>) -> Result<Raw, PrometheusFailure> {
        let at = at.map(seconds);
        let mut words = vec![("query", query)];
        words.extend(at.as_deref().map(|at| ("time", at)));
        self.ask("query", &words)
    }

    /// What a query comes to from one moment to another.
    ///
    /// # Errors
    /// As [`Self::query`], and before anything is sent where the server would refuse so many samples.
    pub fn query_range(&self, query: &str, range: Range) -> Result<Raw, PrometheusFailure> {
        let points = range.points();
        if points > MOST_POINTS {
            return Err(self.failure(FailureKind::TooManyPoints(points), b""));
        }
        let (start, end) = (seconds(range.start), seconds(range.end));
        let step = seconds(i64::try_from(range.step).unwrap_or(i64::MAX));
        let words = [("query", query), ("start", &start), ("end", &end), ("step", &step)];
        self.ask("query_range", &words)
    }

    fn ask(&self, what: &str, words: &[(&str, &str)]) -> Result<Raw, PrometheusFailure> {
        let segments = ["api", "v1", what];
        let is_long =
            words.iter().map(|(_, value)| value.len()).sum::<usize>() > LONGEST_IN_ADDRESS;
        let wrong = || self.failure(FailureKind::Address("it leads somewhere else"), b"");
        let request = if is_long {
            let target = self.address.at(&segments, &[]).ok_or_else(wrong)?;
            let form = "application/x-www-form-urlencoded";
            let headers = Headers::new().with("content-type", form).ok_or_else(wrong)?;
            // The form is what would stand in the address, escaped in the same way.
            let address = self.address.at(&segments, words).ok_or_else(wrong)?;
            let body = address.as_str().split_once('?').map_or("", |(_, query)| query);
            Request { method: Method::Post, target, headers, body: body.as_bytes().to_vec() }
        } else {
            Request::get(self.address.at(&segments, words).ok_or_else(wrong)?)
        };
        let answer = self
            .transport
            .send(&request, again)
            .map_err(|failure| self.failure(failure.kind.into(), &failure.said))?;
        match answer.status {
            401 => Err(self.failure(FailureKind::Unauthorized, b"")),
            403 => Err(self.failure(FailureKind::Forbidden, b"")),
            404 | 405 => Err(self.failure(FailureKind::NotPrometheus(answer.status), b"")),
            300..=399 => {
                let place = answer.headers.get("location").unwrap_or_default();
                Err(self.failure(FailureKind::Redirected, place.as_bytes()))
            }
            status => Ok(Raw { status, body: self.without_secrets(answer.body) }),
        }
    }

    /// An answer that may be kept. A secret so short that any number may hold it stays.
    fn without_secrets(&self, body: Vec<u8>) -> Vec<u8> {
        self.auth.removed_from(body, SHORTEST_SECRET)
    }

    fn failure(&self, kind: FailureKind, said: &[u8]) -> PrometheusFailure {
        PrometheusFailure::new(kind, said, &self.auth)
    }
}

/// A server that is overloaded, or that begins, may answer later; a query that it refuses stays refused.
fn again(answer: &Answer) -> Again {
    match (answer.status, retry_after(answer)) {
        (408 | 429 | 500..=599, Some(asked)) => Again::After(asked),
        (408 | 429 | 500..=599, None) => Again::Soon,
        _ => Again::Never,
    }
}

/// Milliseconds as the seconds that the API takes.
fn seconds(millis: i64) -> String {
    let sign = if millis < 0 { "-" } else { "" };
    let millis = millis.unsigned_abs();
    format!("{sign}{}.{:03}", millis / 1000, millis % 1000)
}

/// What goes with every question; nothing where a secret cannot be part of a header.
fn headers(auth: &Auth) -> Option<Headers> {
    let headers = Headers::new().with("accept", "application/json")?;
    let words = match auth {
        Auth::Nobody => return Some(headers),
        Auth::Bearer(token) => format!("Bearer {}", token.reveal()),
        // The name ends at the first colon (RFC 7617).
        Auth::Basic { user, .. } if user.contains(':') => return None,
        Auth::Basic { user, password } => format!("Basic {}", pair(user, password)),
    };
    headers.with_secret("authorization", &Secret::new(words))
}

/// Bytes in base 64 (RFC 4648, 4).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let letter = usize::try_from(bits >> (18 - 6 * place) & 63).ok();
            let letter = letter.and_then(|it| LETTERS.get(it)).filter(|_| place <= group.len());
            text.push(letter.map_or('=', |letter| char::from(*letter)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        for (plain, wanted) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
            ("Aladdin:open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ] {
            assert_eq!(base64(plain.as_bytes()), wanted);
        }
        assert_eq!(base64(&[0xfb, 0xff]), "+/8=");
    }

    #[test]
    fn seconds_are_written_with_their_milliseconds() {
        assert_eq!(seconds(1_435_781_451_781), "1435781451.781");
        assert_eq!(seconds(-1500), "-1.500");
        assert_eq!(seconds(5), "0.005");
    }

    #[test]
    fn the_points_of_a_range_are_known_beforehand() {
        let points = |end, step| Range { start: 0, end, step }.points();
        assert_eq!(points(300_000, 30_000), 11);
        assert_eq!(points(299_999, 30_000), 10);
        assert_eq!(points(-1, 30_000), 1);
        assert_eq!(points(1, 0), u64::MAX);
    }
}
