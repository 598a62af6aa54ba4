//! Records on their way into S3-compatible storage.

use std::time::Duration;

use bstr::BString;
use diagnostics::{Foreign, Place, Problem, Secret};
use object_store::{Keys, Object, Storage, put};
use pipeline_metrics::Record;
use runner_protocol::{Failure, Out};

use super::records;
use crate::args::PushArgs;
use crate::wire::{MetricsDocument, line_of};

/// What became of records.
#[derive(Default)]
pub(crate) struct Pushed {
    /// The addresses of those that are stored.
    pub(crate) stored: Vec<String>,
    /// Those that are not.
    pub(crate) left: Vec<Record>,
    /// Why they are not: each that cannot be, and the first that was refused.
    pub(crate) why: Option<Failure>,
}

/// Stores the records, each under the name of its attempt: one that is stored again takes its own place.
pub(crate) fn pushed(args: &PushArgs, out: &mut Out) -> Result<Pushed, Failure> {
    let records = records(&args.records)?;
    let mut pushed = Pushed::default();
    let keys = keys(out)?;
    let region = args.storage_region.as_str();
    let amazon = || format!("https://s3.{region}.amazonaws.com");
    let storage = Storage {
        endpoint: args.storage_endpoint.clone().unwrap_or_else(amazon),
        region: region.to_owned(),
        bucket: args.bucket.clone(),
        style: args.storage_style.style(),
        timeout: Duration::from_secs(30),
        tries: 4,
        pause: Duration::from_secs(1),
    };
    let mut is_refused = false;
    for (path, record) in records {
        // Whoever refuses one of them refuses all; and nobody waits for a server that is not there.
        if is_refused {
            pushed.left.push(record);
            continue;
        }
        // A signature is good for some minutes.
        let now = u64::try_from(system::seconds_since_1970()).unwrap_or_default();
        let mut line = line_of(&MetricsDocument::new(&record));
        line.push('\n');
        let key = key(&record, args.storage_prefix.as_deref());
        let object = Object { key: &key, content_type: "application/json", bytes: line.as_bytes() };
        match put(&storage, &keys, &object, now) {
            Ok(address) => pushed.stored.push(address),
            Err(failure) => {
                is_refused = !failure.is_of_object();
                let problem = failure.problem().at(Place::file(Foreign::path(&path)));
                let why = Failure::outside(failure.is_wrong_input(), problem);
                match &mut pushed.why {
                    Some(first) => first.problems.extend(why.problems),
                    none => *none = Some(why),
                }
                pushed.left.push(record);
            }
        }
    }
    Ok(pushed)
}

/// `{prefix}/{owner}/{name}/{yyyy}/{mm}/{dd}/{run}-{attempt}.json`: the same for the same attempt, and sorted by
/// day.
fn key(record: &Record, prefix: Option<&str>) -> String {
    let (year, month, day) = record.run.started.day();
    let prefix = prefix.unwrap_or_default().trim_matches('/');
    let (repository, run) = (&record.repository, &record.run);
    let own = format!("{repository}/{year:04}/{month:02}/{day:02}/{}-{}.json", run.id, run.attempt);
    if prefix.is_empty() { own } else { format!("{prefix}/{own}") }
}

/// The keys of the environment, kept out of the log from here on.
fn keys(out: &mut Out) -> Result<Keys, Failure> {
    let names = [&b"AWS_ACCESS_KEY_ID"[..], b"AWS_SECRET_ACCESS_KEY", b"AWS_SESSION_TOKEN"];
    let mut set = out.variables(&|name| names.contains(&name));
    let mut take = |name: &[u8]| {
        let value = set.remove(&BString::from(name))?;
        let value = String::from_utf8(value.into()).ok()?;
        let value = value.trim();
        (!value.is_empty()).then(|| Secret::new(value))
    };
    let [access, secret, session] = names.map(&mut take);
    for secret in secret.iter().chain(&session) {
        out.mask(secret.reveal());
    }
    let (Some(access), Some(secret)) = (access, secret) else {
        return Err(Failure::no_answer(
            Problem::error("there are no keys for the storage").help(
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in `env` of the step, from secrets or from OpenID Connect",
            ),
        ));
    };
    Ok(Keys { access, secret, session })
}
