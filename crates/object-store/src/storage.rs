//! One object, put whole.

use std::collections::BTreeMap;
use std::time::Duration;

use diagnostics::{Foreign, Secret};
use http_transport::{
    Address, Again, Answer, Headers, Limits, Method, Request, Transport, Trust, retry_after,
};

use crate::failure::{FailureKind, PutFailure};
use crate::signature::{Scope, Signed, authorization, escaped, sha256};
use crate::time::stamp;

/// The most bytes of an object.
pub const LARGEST: u64 = 64 << 20;

/// The most bytes of an answer: it is an error, or nothing.
const LARGEST_ANSWER: u64 = 1 << 20;

/// The most bytes that are kept of a server's words.
const LONGEST_WORDS: usize = 300;

/// Where a bucket stands in an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// In the host, unless the host is a number or the bucket's name has a dot: certificates are for one name.
    #[default]
    Auto,
    /// At the beginning of the path: what most storages beside Amazon's understand.
    Path,
    /// In the host.
    Virtual,
}

/// Where objects are put.
#[derive(Clone, Debug)]
pub struct Storage {
    /// The address of the storage, without a bucket: over https, or on this machine.
    pub endpoint: String,
    /// The region that signatures are for.
    pub region: String,
    /// The bucket.
    pub bucket: String,
    /// Where the bucket stands in an address.
    pub style: Style,
    /// How long one try may take.
    pub timeout: Duration,
    /// How often it is tried, where another try may help.
    pub tries: u32,
    /// How long to wait before the second try, at least; up to twice as long, by the object's name.
    pub pause: Duration,
}

/// Who puts it.
#[derive(Clone, Debug)]
pub struct Keys {
    /// `AWS_ACCESS_KEY_ID`.
    pub access: Secret,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret: Secret,
    /// `AWS_SESSION_TOKEN`, of keys that are lent for a while.
    pub session: Option<Secret>,
}

/// What is put.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a> {
    /// Its name within the bucket, without a slash at its beginning.
    pub key: &'a str,
    /// What it is: `application/json`.
    pub content_type: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// Puts an object; one of the same name is replaced. `now` is in seconds since 1970. Answers with its address.
///
/// # Errors
/// When it was not stored, as far as anybody said.
pub fn put(
    storage: &Storage,
    keys: &Keys,
    object: &Object<'_>,
    now: u64,
) -> Result<String, PutFailure> {
    let failed = |kind| PutFailure { kind, said: Foreign::from("") };
    if u64::try_from(object.bytes.len()).map_or(true, |length| length > LARGEST) {
        return Err(failed(FailureKind::TooLarge(LARGEST)));
    }
    let place = Place::new(storage, object.key).map_err(failed)?;
    let (stamp, date) = stamp(now);
    let body = sha256(object.bytes);
    let mut signed: BTreeMap<&str, String> = BTreeMap::from([
        ("content-type", object.content_type.to_owned()),
        ("host", place.address.host()),
        ("x-amz-content-sha256", body.clone()),
        ("x-amz-date", stamp.clone()),
    ]);
    if let Some(session) = &keys.session {
        signed.insert("x-amz-security-token", session.reveal().to_owned());
    }
    let request =
        Signed { method: "PUT", path: &place.path, query: "", headers: &signed, body: &body };
    let scope = Scope {
        access_key: keys.access.reveal(),
        secret_key: keys.secret.reveal(),
        region: &storage.region,
        stamp: &stamp,
        date: &date,
    };
    let authorization = Secret::new(authorization(&request, scope));
    let mut headers = Headers::new().with_secret("authorization", &authorization);
    for (name, value) in signed.iter().filter(|(name, _)| **name != "host") {
        let is_secret = *name == "x-amz-security-token";
        headers = headers.and_then(|headers| {
            if is_secret {
                headers.with_secret(name, &Secret::new(value))
            } else {
                headers.with(name, value)
            }
        });
    }
    let headers = headers.ok_or(failed(FailureKind::Keys))?;
    let target = place
        .address
        .exactly(&place.path, None)
        .ok_or(failed(FailureKind::Name("the object's name would lead somewhere else")))?;
    let address = target.as_str().to_owned();
    let request = Request { method: Method::Put, target, headers, body: object.bytes.to_vec() };
    let said = |bytes: &[u8]| harmless(bytes, keys);
    let broken = |failure: http_transport::Failure| {
        let kind = match failure.kind {
            http_transport::FailureKind::TimedOut => FailureKind::TimedOut,
            http_transport::FailureKind::Network | http_transport::FailureKind::TooLarge(_) => {
                FailureKind::Network
            }
        };
        PutFailure { kind, said: said(&failure.said) }
    };
    let transport = Transport::new(&place.address, &Headers::new(), limits(storage, object.key));
    let answer = transport.map_err(broken)?.send(&request, again).map_err(broken)?;
    if answer.is_success() {
        return Ok(address);
    }
    Err(PutFailure { kind: kind(&answer), said: said(&words(&answer)) })
}

/// Where an object is put.
struct Place {
    address: Address,
    path: String,
}

impl Place {
    fn new(storage: &Storage, key: &str) -> Result<Self, FailureKind> {
        let bucket = storage.bucket.as_str();
        let is_letter = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.'
        };
        if !(3..=63).contains(&bucket.len())
            || !bucket.bytes().all(is_letter)
            || bucket.starts_with(['.', '-'])
            || bucket.ends_with(['.', '-'])
            || bucket.contains("..")
        {
            return Err(FailureKind::Bucket);
        }
        let is_odd = |part: &str| matches!(part, "" | "." | "..");
        if key.len() > 1024 || key.split('/').any(is_odd) {
            return Err(FailureKind::Name("the name of the object is none"));
        }
        let own = Address::new(&storage.endpoint, Trust::Secret).map_err(FailureKind::Address)?;
        let base = own.path().trim_end_matches('/').to_owned();
        let is_in_host = match storage.style {
            Style::Virtual => true,
            Style::Path => false,
            Style::Auto => !own.is_this_machine() && !is_number(&own) && !bucket.contains('.'),
        };
        if !is_in_host {
            return Ok(Self { address: own, path: format!("{base}/{bucket}/{}", escaped(key)) });
        }
        let (scheme, rest) = storage
            .endpoint
            .split_once("://")
            .filter(|(_, rest)| !rest.is_empty())
            .ok_or(FailureKind::Address("it has no `://`"))?;
        let in_host = format!("{scheme}://{bucket}.{rest}");
        let address = Address::new(&in_host, Trust::Secret).map_err(FailureKind::Address)?;
        Ok(Self { address, path: format!("{base}/{}", escaped(key)) })
    }
}

/// Whether the host is a number, and so cannot have a name before it.
fn is_number(address: &Address) -> bool {
    let host = address.host();
    let host = host.rsplit_once(':').map_or(host.as_str(), |(host, _)| host);
    host.starts_with('[') || host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// A pause that is the object's own, between once and twice the one that is asked for: it is spread by the name,
/// and the same in each run.
fn limits(storage: &Storage, key: &str) -> Limits {
    let spread =
        u32::from_str_radix(sha256(key.as_bytes()).get(..2).unwrap_or("0"), 16).unwrap_or(0);
    Limits {
        timeout: storage.timeout,
        tries: storage.tries,
        pause: storage.pause.saturating_add(storage.pause.saturating_mul(spread) / 256),
        longest_pause: Duration::from_mins(1),
        largest: LARGEST_ANSWER,
        redirects: 0,
    }
}

fn again(answer: &Answer) -> Again {
    match answer.status {
        408 | 429 | 500..=599 => retry_after(answer).map_or(Again::Soon, Again::After),
        // A request that took too long on its way is none that is wrong ("Error responses").
        400 if code(answer).as_deref() == Some("RequestTimeout") => Again::Soon,
        _ => Again::Never,
    }
}

fn kind(answer: &Answer) -> FailureKind {
    match (answer.status, code(answer).as_deref()) {
        (_, Some("AuthorizationHeaderMalformed" | "PermanentRedirect")) | (301 | 307, _) => {
            FailureKind::Elsewhere
        }
        (401 | 403, _) => FailureKind::Forbidden,
        (404, _) => FailureKind::NotFound,
        (other, _) => FailureKind::Status(other),
    }
}

/// The code of an error, such as `SignatureDoesNotMatch`.
fn code(answer: &Answer) -> Option<String> {
    let code = element(&answer.body, "Code")?;
    let is_word = code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_word.then_some(code)
}

/// The code and the message of an error, and the region that the storage names. Nothing else of what it sends
/// is kept: it sends back what was signed.
fn words(answer: &Answer) -> Vec<u8> {
    let region =
        answer.headers.get("x-amz-bucket-region").map(|region| format!("it is in {region}"));
    let parts = [code(answer), element(&answer.body, "Message"), region];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(": ").into_bytes()
}

/// What stands between the first pair of these tags. Errors are small and flat; whoever sends something else
/// gets nothing of it shown.
fn element(body: &[u8], name: &str) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (inner, _) = rest.split_once(&format!("</{name}>"))?;
    (!inner.contains('<')).then(|| inner.to_owned())
}

fn harmless(bytes: &[u8], keys: &Keys) -> Foreign {
    let mut bytes = bytes.to_vec();
    for secret in [&keys.secret, &keys.access].into_iter().chain(&keys.session) {
        bytes = secret.removed_from(&bytes);
    }
    bytes.truncate(LONGEST_WORDS);
    Foreign::new(bytes)
}
