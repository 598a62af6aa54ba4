//! What a server answers.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::client::Raw;

/// The longest number that is read. The smallest that a double has takes 326 characters.
const LONGEST_NUMBER: usize = 400;

/// Why an answer holds no samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotAnAnswer {
    /// The server refuses the question, in its own words.
    Refused {
        /// The status.
        status: u16,
        /// Its kind: `bad_data`, `execution`, `timeout`; empty where there is none.
        kind: String,
        /// The words.
        said: String,
    },
    /// It is not what the documentation says, and what is wrong.
    Malformed(String),
    /// The query gives a string.
    Text,
}

/// The samples that a server has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Its series, in its order. A scalar is one without labels.
    pub series: Vec<Series>,
    /// What the server says is wrong with them: some may be missing.
    pub warnings: Vec<String>,
}

/// The samples with the same labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series {
    /// The labels, with the metric's name as `__name__`.
    pub labels: BTreeMap<String, String>,
    /// The samples, the oldest first.
    pub points: Vec<Point>,
}

/// A sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// When, in milliseconds since 1970 in UTC.
    pub at: i64,
    /// What.
    pub value: Number,
}

/// A sample's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Number {
    /// A number, as it is written: an optional sign, digits with an optional point, an optional exponent.
    Finite(String),
    /// `NaN`: nothing was divided by nothing.
    NotANumber,
    /// `+Inf`.
    Infinity,
    /// `-Inf`.
    NegativeInfinity,
    /// A histogram, which is no number.
    Histogram,
}

#[derive(Deserialize)]
struct Document {
    status: String,
    #[serde(default)]
    data: Option<Data>,
    #[serde(default, rename = "errorType")]
    kind: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    warnings: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Data {
    #[serde(rename = "resultType")]
    kind: String,
    result: Box<RawValue>,
}

/// A series of a vector has one sample, one of a matrix has many.
#[derive(Deserialize)]
struct RawSeries {
    #[serde(default)]
    metric: BTreeMap<String, String>,
    #[serde(default)]
    value: Option<RawPoint>,
    #[serde(default)]
    values: Vec<RawPoint>,
    #[serde(default)]
    histogram: Option<(Box<RawValue>, serde::de::IgnoredAny)>,
    #[serde(default)]
    histograms: Vec<(Box<RawValue>, serde::de::IgnoredAny)>,
}

#[derive(Deserialize)]
struct RawPoint(Box<RawValue>, String);

/// What an answer says.
///
/// # Errors
/// When it holds no samples: the server refuses, or says something that is not in its documentation.
pub fn read(raw: &Raw) -> Result<Answer, NotAnAnswer> {
    let is_success = (200..=299).contains(&raw.status);
    let document: Document = match serde_json::from_slice(&raw.body) {
        Ok(document) => document,
        // What stands between us and the server says it in its own way.
        Err(_) if !is_success => {
            let (kind, said) = (String::new(), String::new());
            return Err(NotAnAnswer::Refused { status: raw.status, kind, said });
        }
        Err(error) => return Err(NotAnAnswer::Malformed(error.to_string())),
    };
    if !is_success || document.status != "success" {
        let (kind, said) = (document.kind, document.error);
        return Err(NotAnAnswer::Refused { status: raw.status, kind, said });
    }
    let malformed = |words: &str| NotAnAnswer::Malformed(words.to_owned());
    let data = document.data.ok_or_else(|| malformed("it has no `data`"))?;
    let series = match data.kind.as_str() {
        "matrix" | "vector" => {
            let all: Vec<RawSeries> = typed(&data.result)?;
            all.into_iter().map(RawSeries::read).collect::<Result<_, _>>()?
        }
        "scalar" => {
            let point: RawPoint = typed(&data.result)?;
            vec![Series { points: vec![point.read()?], ..Series::default() }]
        }
        "string" => return Err(NotAnAnswer::Text),
        _ => return Err(malformed("its `resultType` is not known")),
    };
    Ok(Answer { series, warnings: document.warnings.unwrap_or_default() })
}

fn typed<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Result<T, NotAnAnswer> {
    serde_json::from_str(raw.get()).map_err(|error| NotAnAnswer::Malformed(error.to_string()))
}

impl RawSeries {
    fn read(self) -> Result<Series, NotAnAnswer> {
        let points = self.value.into_iter().chain(self.values);
        let mut points: Vec<Point> = points.map(|it| it.read()).collect::<Result<_, _>>()?;
        for (at, _) in self.histogram.into_iter().chain(self.histograms) {
            points.push(Point { at: millis(&at)?, value: Number::Histogram });
        }
        points.sort_by_key(|point| point.at);
        if points.windows(2).any(|pair| matches!(pair, [a, b] if a.at == b.at)) {
            let words = "a series has two samples of one moment";
            return Err(NotAnAnswer::Malformed(words.to_owned()));
        }
        Ok(Series { labels: self.metric, points })
    }
}

impl RawPoint {
    fn read(&self) -> Result<Point, NotAnAnswer> {
        Ok(Point { at: millis(&self.0)?, value: Number::parse(&self.1)? })
    }
}

impl Number {
    fn parse(text: &str) -> Result<Self, NotAnAnswer> {
        match text {
            "NaN" => Ok(Self::NotANumber),
            "+Inf" | "Inf" => Ok(Self::Infinity),
            "-Inf" => Ok(Self::NegativeInfinity),
            _ if is_number(text) => Ok(Self::Finite(text.to_owned())),
            _ => Err(NotAnAnswer::Malformed("the value of a sample is no number".to_owned())),
        }
    }
}

/// Whether a text is a sign, digits with a point, and an exponent, of which only the digits must be there.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = |text| str::strip_prefix(text, ['-', '+']).unwrap_or(text);
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(unsigned(exponent))),
        None => (text, None),
    };
    let (whole, part) = unsigned(number).split_once('.').unwrap_or((unsigned(number), ""));
    text.len() <= LONGEST_NUMBER
        && digits(whole)
        && digits(part)
        && !(whole.is_empty() && part.is_empty())
        && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent))
}

/// The milliseconds of a number of seconds, as it is written.
fn millis(seconds: &RawValue) -> Result<i64, NotAnAnswer> {
    let wrong =
        || NotAnAnswer::Malformed("the time of a sample is no number of seconds".to_owned());
    let text = seconds.get();
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let is_negative = whole.starts_with('-');
    let whole: i64 = whole.parse().map_err(|_| wrong())?;
    let part: i64 =
        format!("{part:0<3}").get(..3).and_then(|it| it.parse().ok()).ok_or_else(wrong)?;
    let part = if is_negative { -part } else { part };
    whole.checked_mul(1000).and_then(|whole| whole.checked_add(part)).ok_or_else(wrong)
}

impl fmt::Display for NotAnAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { status, kind, said } => {
                write!(f, "the server refuses the query with the status {status}")?;
                for words in [kind, said].into_iter().filter(|words| !words.is_empty()) {
                    write!(f, ": {words}")?;
                }
                Ok(())
            }
            Self::Malformed(why) => write!(f, "the answer is not one of Prometheus: {why}"),
            Self::Text => f.write_str("the query gives a string and no samples"),
        }
    }
}

impl std::error::Error for NotAnAnswer {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(status: u16, body: &str) -> Result<Answer, NotAnAnswer> {
        read(&Raw { status, body: body.as_bytes().to_vec() })
    }

    type Labels<'a> = &'a [(&'a str, &'a str)];
    type Points<'a> = &'a [(i64, Number)];

    #[track_caller]
    fn check(kind: &str, result: &str, wanted: &[(Labels<'_>, Points<'_>)]) {
        let body = format!(
            r#"{{"status": "success", "data": {{"resultType": "{kind}", "result": {result}}}, "infos": ["x"]}}"#
        );
        let series = |(labels, points): &(Labels<'_>, Points<'_>)| Series {
            labels: labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            points: points
                .iter()
                .map(|(at, value)| Point { at: *at, value: value.clone() })
                .collect(),
        };
        let wanted = wanted.iter().map(series).collect();
        assert_eq!(of(200, &body), Ok(Answer { series: wanted, warnings: vec![] }), "{body}");
    }

    fn finite(text: &str) -> Number {
        Number::Finite(text.to_owned())
    }

    #[test]
    fn every_type_of_result_is_read() {
        check("vector", "[]", &[]);
        check("scalar", r#"[1435781451.781, "1"]"#, &[(&[], &[(1_435_781_451_781, finite("1"))])]);
        check(
            "vector",
            r#"[{"metric": {"__name__": "up", "job": "a"}, "value": [1435781451, "0.010"]},
                {"metric": {}, "value": [1.5, "NaN"]}]"#,
            &[
                (&[("__name__", "up"), ("job", "a")], &[(1_435_781_451_000, finite("0.010"))]),
                (&[], &[(1500, Number::NotANumber)]),
            ],
        );
        check(
            "matrix",
            r#"[{"metric": {}, "values": [[1, "+Inf"], [2.25, "-Inf"], [3, "1e+21"], [4, "-2.5e-07"]]}]"#,
            &[(
                &[],
                &[
                    (1000, Number::Infinity),
                    (2250, Number::NegativeInfinity),
                    (3000, finite("1e+21")),
                    (4000, finite("-2.5e-07")),
                ],
            )],
        );
        check(
            "vector",
            r#"[{"metric": {}, "histogram": [1, {"count": "3", "sum": "1", "buckets": [[0, "1", "2", "3"]]}]}]"#,
            &[(&[], &[(1000, Number::Histogram)])],
        );
    }

    #[test]
    fn warnings_are_kept() {
        let body = r#"{"status": "success", "warnings": ["store is down"], "data": {"resultType": "vector", "result": []}}"#;
        assert_eq!(of(200, body).unwrap().warnings, ["store is down"]);
    }

    #[track_caller]
    fn check_refused(status: u16, body: &str, kind: &str, said: &str) {
        let (kind, said) = (kind.to_owned(), said.to_owned());
        assert_eq!(of(status, body), Err(NotAnAnswer::Refused { status, kind, said }), "{body}");
    }

    #[test]
    fn a_refusal_is_no_empty_answer() {
        let words = r#"{"status": "error", "errorType": "bad_data", "error": "1:1: parse error"}"#;
        check_refused(400, words, "bad_data", "1:1: parse error");
        check_refused(200, words, "bad_data", "1:1: parse error");
        let timeout = r#"{"status":"error","errorType":"timeout","error":"query timed out"}"#;
        check_refused(503, timeout, "timeout", "query timed out");
        check_refused(502, "<html>Bad Gateway</html>", "", "");
        // A success with the status of a failure is none.
        let odd = r#"{"status": "success", "data": {"resultType": "vector", "result": []}}"#;
        check_refused(500, odd, "", "");
    }

    #[test]
    fn what_is_not_in_the_documentation_is_no_answer() {
        let data = |kind: &str, result: &str| {
            format!(
                r#"{{"status": "success", "data": {{"resultType": "{kind}", "result": {result}}}}}"#
            )
        };
        assert_eq!(of(200, &data("string", r#"[1, "a"]"#)), Err(NotAnAnswer::Text));
        for odd in [
            "<html>".to_owned(),
            String::new(),
            r#"{"status": "success"}"#.to_owned(),
            data("streams", "[]"),
            data("vector", "{}"),
            data("vector", r#"[{"metric": {}, "value": [1, 2]}]"#),
            data("vector", r#"[{"metric": {}, "value": ["1", "2"]}]"#),
            data("vector", r#"[{"metric": {}, "value": [1e300, "2"]}]"#),
            data("vector", r#"[{"metric": {}, "value": [99999999999999999, "2"]}]"#),
            data("matrix", r#"[{"metric": {}, "values": [[1, "2"], [1, "3"]]}]"#),
            data("scalar", "[]"),
        ] {
            assert!(matches!(of(200, &odd), Err(NotAnAnswer::Malformed(_))), "{odd}");
        }
    }

    #[test]
    fn a_number_is_written_as_prometheus_writes_it() {
        for fine in ["0", "-0", "12", "0.5", ".5", "5.", "1e5", "1E-5", "+1"] {
            assert_eq!(Number::parse(fine), Ok(finite(fine)));
        }
        for odd in [
            "", " ", ".", "-", "1 ", "0x10", "1e", "e5", "nan", "inf", "1_0", "1e1.5", "--1",
            "\u{661}",
        ] {
            assert!(Number::parse(odd).is_err(), "{odd:?}");
        }
        assert!(Number::parse(&"1".repeat(401)).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_odd(status in 100_u16..600, body in prop::collection::vec(any::<u8>(), 0..200)) {
            let raw = Raw { status, body };
            prop_assert_eq!(read(&raw), read(&raw));
        }

        #[test]
        fn what_is_a_number_here_is_one_to_others(text in "[-+]?[0-9]{0,4}\\.?[0-9]{0,4}(e[-+]?[0-9]{0,3})?") {
            prop_assert_eq!(is_number(&text), text.parse::<f64>().is_ok(), "{}", text);
        }
    }
}
