//! Prometheus as it is asked here, what its answers come to, and the folder in which they are kept.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use diagnostics::{Foreign, Piece, Problem, Secret, text};
use prometheus_api::{Auth, Client, NotAnAnswer, Number, PrometheusFailure, Raw, Series, Settings};
use rollout::Decimal;
use rollout::canary::{Absent, Reading};
use runner_protocol::{Failure, Out};

use super::files;
use crate::args::PrometheusArgs;

/// How often a question is tried.
const TRIES: u32 = 3;

/// The most bytes that are kept of another's words.
const LONGEST_WORDS: usize = 300;

/// An answer, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// It.
    Answer(Raw),
    /// Why there is none, in words.
    Failed(String),
}

/// One who asks the server that is named, with the secrets of the environment.
pub(super) fn client(
    args: &PrometheusArgs,
    interval: Duration,
    out: &mut Out,
) -> Result<Client, Failure> {
    let Some(url) = &args.prometheus else {
        let message = text!["nobody is named who has the samples"];
        let help = "give the address of Prometheus with `--prometheus` (input `prometheus`)";
        return Err(Failure::no_answer(Problem::error(message).help(help)));
    };
    let settings = Settings {
        url: url.trim().to_owned(),
        auth: auth(out)?,
        timeout: (interval / 2).clamp(Duration::from_secs(1), Duration::from_secs(10)),
        tries: TRIES,
        pause: (interval / 20).min(Duration::from_secs(1)),
    };
    Client::new(settings).map_err(|failure| refused(&failure))
}

/// Who asks, as the environment says. A secret that was made with a shell ends in a line break.
fn auth(out: &mut Out) -> Result<Auth, Failure> {
    let given = out.variables(&|name| name.starts_with(b"SIGNALBOX_PROMETHEUS_"));
    let of = |name: &str| {
        let value = given.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
        let value = value.map(|value| String::from_utf8_lossy(value).trim().to_owned());
        value.filter(|value| !value.is_empty())
    };
    let token = of("SIGNALBOX_PROMETHEUS_TOKEN");
    let user = of("SIGNALBOX_PROMETHEUS_USERNAME");
    let password = of("SIGNALBOX_PROMETHEUS_PASSWORD");
    for secret in token.iter().chain(&password) {
        out.mask(secret);
    }
    match (token, user, password) {
        (None, None, None) => Ok(Auth::Nobody),
        (Some(token), None, None) => Ok(Auth::Bearer(Secret::new(token))),
        (None, Some(user), Some(password)) => {
            let auth = Auth::Basic { user, password: Secret::new(password) };
            // What is sent in place of the password is as good as it.
            for form in auth.forms() {
                out.mask(form.reveal());
            }
            Ok(auth)
        }
        _ => {
            let message = "the secrets for Prometheus contradict each other or are not complete";
            let help = "set either SIGNALBOX_PROMETHEUS_TOKEN, or SIGNALBOX_PROMETHEUS_USERNAME and SIGNALBOX_PROMETHEUS_PASSWORD";
            Err(Failure::no_answer(Problem::error(message).help(help)))
        }
    }
}

/// The server's time, in milliseconds since 1970: that of the samples, whatever this machine's clock says.
pub(super) fn now(client: &Client) -> Result<i64, Failure> {
    client.begin_for(Duration::from_mins(1));
    let raw = client.query("time()", None).map_err(|failure| refused(&failure))?;
    let found = series(&Asked::Answer(raw), &BTreeMap::new(), false);
    if let Ok(series) = &found
        && let [one] = series.as_slice()
        && let [point] = one.points.as_slice()
    {
        return Ok(point.at);
    }
    let mut problem = Problem::error("Prometheus does not say what time it is")
        .help("try the query `time()` in its own page");
    if let Err(why) = found {
        problem.message.text(": ").push(Piece::Said(why));
    }
    Err(Failure::no_answer(problem))
}

/// What to tell of a question that somebody has to change something for.
pub(super) fn refused(failure: &PrometheusFailure) -> Failure {
    Failure::outside(failure.is_wrong_input(), failure.problem())
}

/// What came of a question that may be asked again at another moment: a mistake in it, or in who asks, is told
/// at once if it is the `first`.
pub(super) fn asked(
    answer: Result<Raw, PrometheusFailure>,
    metric: &str,
    first: bool,
) -> Result<Asked, Failure> {
    let raw = match answer {
        Ok(raw) => raw,
        Err(failure) if first && failure.is_wrong_input() => return Err(refused(&failure)),
        Err(failure) => return Ok(Asked::Failed(failure.words().unescaped())),
    };
    // A query that cannot be read is wrong at every moment; one that fails may do so because of its data.
    if first
        && raw.status == 400
        && let Err(NotAnAnswer::Refused { said, .. }) = prometheus_api::read(&raw)
    {
        let message = text!["Prometheus refuses the query of the metric ", Foreign::from(metric)];
        let mut problem = Problem::error(message)
            .help("try the query in Prometheus' own page until it gives one series");
        if !said.is_empty() {
            problem.message.text(": ").push(Piece::Said(words(&said)));
        }
        return Err(Failure::no_answer(problem));
    }
    Ok(Asked::Answer(raw))
}

/// The series of an answer whose labels are those that are meant.
pub(super) fn series(
    asked: &Asked,
    select: &BTreeMap<String, String>,
    warnings_as_errors: bool,
) -> Result<Vec<Series>, Foreign> {
    let raw = match asked {
        Asked::Answer(raw) => raw,
        Asked::Failed(why) => return Err(words(why)),
    };
    let answer = prometheus_api::read(raw).map_err(|error| words(&error.to_string()))?;
    if let Some(warning) = answer.warnings.first().filter(|_| warnings_as_errors) {
        return Err(words(&format!("Prometheus warns: {warning}")));
    }
    let is_meant = |series: &Series| {
        select.iter().all(|(label, value)| series.labels.get(label) == Some(value))
    };
    let there_were = answer.series.len();
    let meant: Vec<Series> = answer.series.into_iter().filter(is_meant).collect();
    if meant.is_empty() && there_were > 0 {
        return Err(Foreign::from(
            format!("none of the {there_were} series has the labels of `select`").as_str(),
        ));
    }
    Ok(meant)
}

/// The beginning of another's words: they are kept once for each moment of a window.
fn words(said: &str) -> Foreign {
    let bytes = said.as_bytes();
    Foreign::new(bytes.get(..LONGEST_WORDS).unwrap_or(bytes))
}

/// What a sample comes to.
pub(super) fn reading(number: &Number) -> Reading {
    match number {
        Number::Finite(text) => match Decimal::parse(text) {
            Some(value) => Reading::Value(value),
            None => Reading::Error("the number has more digits than any measurement".into()),
        },
        Number::NotANumber => Reading::NoData(Absent::NotANumber),
        Number::Infinity => Reading::Infinity,
        Number::NegativeInfinity => Reading::NegativeInfinity,
        Number::Histogram => {
            Reading::Error("the query gives a histogram: use `histogram_quantile(...)`".into())
        }
    }
}

/// A folder in which answers are kept, or none.
#[derive(Debug)]
pub(super) struct Recorder<'a> {
    folder: Option<&'a Path>,
    kept: usize,
}

impl<'a> Recorder<'a> {
    /// Keeps answers in a folder that is new or empty: what is there is somebody's.
    pub(super) fn new(folder: Option<&'a Path>) -> Result<Self, Failure> {
        if let Some(path) = folder {
            let help = "see the folder and its permissions";
            let what = "the folder of the record";
            let is_empty = system::is_empty_folder(path)
                .map_err(|failure| files::refused(&failure, what, help))?;
            if !is_empty {
                let message = text!["the folder of the record is not empty: ", Foreign::path(path)];
                let help = "name a folder that is not there yet";
                return Err(Failure::no_answer(Problem::error(message).help(help)));
            }
        }
        Ok(Self { folder, kept: 0 })
    }

    /// Keeps an answer, and gives the name of its file; nothing where nothing is kept.
    pub(super) fn keep(&mut self, asked: &Asked) -> Result<Option<String>, Failure> {
        let (Some(folder), Asked::Answer(raw)) = (self.folder, asked) else { return Ok(None) };
        let name = format!("{:05}.json", self.kept);
        self.kept += 1;
        files::put(&folder.join(&name), &raw.body)?;
        Ok(Some(name))
    }

    /// Keeps the list of what was kept.
    pub(super) fn close(&self, document: &impl serde::Serialize) -> Result<(), Failure> {
        let Some(folder) = self.folder else { return Ok(()) };
        let mut text = crate::wire::line_of(document);
        text.push('\n');
        files::put(&folder.join(crate::wire::RECORD_FILE), text.as_bytes()).map(|_| ())
    }
}
