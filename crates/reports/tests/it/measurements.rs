//! Every file of `testdata/<format of measurements>/` is read as expected, every `.bad` one refused.
//!
//! What is expected of files that a real tool wrote was taken from them by hand, or with Python's `json`;
//! of everything made by hand, by reading it.

mod k6;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use reports::measurements::{Format, Measurement, Side, Spread};
use reports::quantity::Direction;
use reports::{Bounds, Found, Malformed, Reading, unpacked};

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata")
}

fn format_of(file: &str) -> Format {
    let folder = file.split('/').next().unwrap();
    *Format::ALL.iter().find(|format| format.name() == folder).unwrap()
}

fn read(format: Format, bytes: &[u8]) -> Result<(Vec<Measurement>, Reading), Malformed> {
    let bytes = unpacked(bytes, 1 << 20)?;
    let mut found = Vec::new();
    let reading = format.read(&bytes, Bounds::default(), &mut |it| found.push(it))?;
    assert_eq!(usize::try_from(reading.entries), Ok(found.len()));
    Ok((found, reading))
}

/// `key | values in base units | unit | which is better | what else`.
fn line(it: &Measurement) -> String {
    let values: Vec<String> = it.values.iter().map(|value| value.get().to_string()).collect();
    let direction = match it.direction {
        Some(Direction::SmallerIsBetter) => "smaller",
        Some(Direction::BiggerIsBetter) => "bigger",
        None => "-",
    };
    let mut rest = String::new();
    if it.spread == Spread::WithinRun {
        rest += " within";
    }
    match it.side {
        Side::Alone => {}
        Side::Base => rest += " base",
        Side::Head => rest += " head",
    }
    for best in &it.best {
        let _ = write!(rest, " best:{}", best.get());
    }
    if it.is_deterministic {
        rest += " same";
    }
    for broken in &it.broken {
        let _ = write!(rest, " broke:{broken}");
    }
    format!("{} | {} | {} | {direction} |{rest}", it.key(), values.join(" "), it.unit.name())
}

/// All files of the lists.
fn good() -> impl Iterator<Item = &'static Good> {
    GOOD.iter().chain(k6::GOOD)
}

type Good = (&'static str, &'static [&'static str], &'static [&'static str]);

/// The file, its lines, and what it complains of.
const GOOD: &[(&str, &[&str], &[&str])] = &[
    (
        "signalbox-rounds/three-rounds.json",
        &[
            "wall | 0.1 0.11 0.1 | s | smaller | base",
            "wall | 0.12 0.13 0.12 | s | smaller | head",
            "stoq/throughput | 3000000000 2950000000 2950000000 | bit/s | bigger | head",
        ],
        &[],
    ),
    (
        "signalbox-rounds/sorted-keys.json",
        &[
            "sums | 1 2 | instructions | - | base same",
            "sums | 1 3 | instructions | - | head same",
            "hits | 0.5 0.25 | % | - | base",
        ],
        &[],
    ),
    (
        "criterion/flat-without-slope.json",
        &["slow/flat | 0.0010016946341463416 | s | smaller |"],
        &[],
    ),
    (
        "criterion/name-that-is-no-folder.json",
        &[
            "xor/all: <sizes>/fold/1000 | 0.000000676486983253782 | s | smaller |",
            "xor/all: <sizes>/fold/1000/throughput | 94606402760.58438 | bit/s | - |",
        ],
        &[],
    ),
    (
        "criterion/sample.json",
        &[
            "sum of 100 | 0.00000003993933305210808 0.00000004370120001776159 0.00000002945498175736181 0.00000004881294820274861 0.00000004096209453608934 0.00000004664098821074133 0.00000009614733877387904 0.00000010006745659510225 0.00000012307154469137997 0.00000005568948180546613 0.0000000214479797194879 0.00000005223471485239374 | s | smaller | within",
        ],
        &[],
    ),
    (
        "criterion-messages/three-groups.jsonl",
        &[
            "sum of 100 | 0.00000003474681970142371 | s | smaller | best:0.0000000171609718139374",
            "xor/all: <sizes>/fold/1000 | 0.00000030835071701965877 | s | smaller | best:0.00000015909526942168533",
            "xor/all: <sizes>/fold/1000/throughput | 207555865666.82025 | bit/s | - |",
            "slow/flat | 0.0007360826547619047 | s | smaller | best:0.0006262974285714285",
        ],
        &[],
    ),
    (
        "criterion-messages/throughput.jsonl",
        &[
            "norm | 0.0000041365 | s | smaller | best:0.000004133341666666666",
            "norm/throughput | 247552278.4963133 | op/s | - |",
        ],
        &[],
    ),
    ("github-action-benchmark/data.js", &["sums | 0.0000001655 | s | smaller |"], &[]),
    ("github-action-benchmark/data.json", &["sums | 0.0000001655 | s | smaller |"], &[]),
    (
        "github-action-benchmark/three-suites.js",
        &[
            "Python/sums | 4485.25 | op/s | bigger |",
            "Rate/hits | 97.5 | Percent | bigger |",
            "Size/sums | 12 | points | smaller |",
            "Size/wasm | 1500000 | B | smaller |",
        ],
        &[],
    ),
    (
        "benchmark-list/times-and-rates.json",
        &["parse | 0.00169 | s | smaller |", "send | 2950000000 | bit/s | bigger |"],
        &[],
    ),
    (
        "benchmark-list/value-as-text.json",
        &["memory | 1074266112 | B | smaller |", "::error::x\n | 3 | frames | - |"],
        &[],
    ),
    (
        "benchmark-list/same-name-twice.json",
        &["a | 1 | s | smaller |", "a#2 | 2 | s | smaller |"],
        &[],
    ),
    (
        "hyperfine/two-commands.json",
        &[
            "sleep 0.01 | 0.015686767 0.08780890200000001 0.019959621 | s | smaller |",
            "sleep 0.01/memory | 3010560 3010560 3010560 | B | smaller |",
            "sleep 0.02 | 0.026947404 0.059392084000000005 0.030835388000000002 | s | smaller |",
            "sleep 0.02/memory | 3141632 3141632 3141632 | B | smaller |",
        ],
        &[],
    ),
    (
        "hyperfine/command-that-fails.json",
        &[
            "false | 0.046716132 0.012798061000000001 0.002045022 | s | smaller |",
            "false/memory | 3006464 3006464 3006464 | B | smaller |",
            "true | 0.00175689 0.031125548000000003 0.000823369 | s | smaller |",
            "true/memory | 3137536 3137536 3137536 | B | smaller |",
        ],
        &["a command failed while it was timed: false"],
    ),
    (
        "hyperfine/parameters.json",
        &[
            "sleep 0.01 | 0.012668784499999999 0.038844526500000004 | s | smaller |",
            "sleep 0.01/memory | 3284992 3284992 | B | smaller |",
            "sleep 0.02 | 0.0207077825 0.0246013555 | s | smaller |",
            "sleep 0.02/memory | 3284992 3284992 | B | smaller |",
        ],
        &[],
    ),
    (
        "k6/summary-export.json",
        &[
            "checks/value | 1 | % | bigger | within",
            "data_received/count | 81000 |  | - | within",
            "data_received/rate | 16000 | bit/s | - | within",
            "http_req_duration/avg | 0.14036 | s | smaller | within broke:p(95)<100",
            "http_req_duration/max | 0.15463 | s | - | within",
            "http_req_duration/med | 0.14096 | s | smaller | within",
            "http_req_duration/min | 0.11908 | s | smaller | within",
            "http_req_duration/p(90) | 0.14688 | s | smaller | within",
            "http_req_duration/p(95) | 0.14821 | s | smaller | within",
            "http_req_failed/value | 0 | % | smaller | within",
            "iterations/count | 45 |  | - | within",
            "iterations/rate | 6.561 | op/s | bigger | within",
            "vus/max | 19 |  | - | within",
            "vus/min | 1 |  | - | within",
            "vus/value | 1 |  | - | within",
        ],
        &[],
    ),
    (
        "k6/handle-summary.json",
        &[
            "checks/rate | 1 | % | bigger | within",
            "custom_wait/avg | 3.5 |  | - | within",
            "custom_wait/med | 3 |  | - | within",
            "data_sent/count | 4000 |  | - | within",
            "data_sent/rate | 4000 | bit/s | - | within",
            "http_req_duration/avg | 0.14036 | s | smaller | within broke:p(95)<100",
            "http_req_duration/max | 0.15463 | s | - | within",
            "http_req_duration/med | 0.14096 | s | smaller | within",
            "http_req_duration/min | 0.11908 | s | smaller | within",
            "http_req_duration/p(90) | 0.14688 | s | smaller | within",
            "http_req_duration/p(95) | 0.14821 | s | smaller | within",
            "http_reqs/count | 45 |  | - | within",
            "http_reqs/rate | 6.561 | op/s | bigger | within",
            "iterations/count | 45 |  | - | within",
            "iterations/rate | 6.561 | op/s | bigger | within",
            "vus/max | 19 |  | - | within",
            "vus/min | 1 |  | - | within",
            "vus/value | 1 |  | - | within",
        ],
        &[],
    ),
    (
        "k6/no-iteration.json",
        &[
            "vus/max | 1 |  | - | within",
            "vus/min | 1 |  | - | within",
            "vus/value | 1 |  | - | within",
        ],
        &["the tool says of no iteration that it ran"],
    ),
    (
        "gungraun/first-run.jsonl",
        &[
            "counts::all::sums short | 479 | instructions | smaller | same",
            "counts::all::sums long | 45029 | instructions | smaller | same",
        ],
        &[],
    ),
    (
        "gungraun/second-run.jsonl",
        &[
            "counts::all::sums short | 479 | instructions | smaller | same",
            "counts::all::sums long | 45029 | instructions | smaller | same",
        ],
        &[],
    ),
    (
        "gungraun/regressed.jsonl",
        &[
            "counts::all::sums short | 715 | instructions | smaller | same broke:the limits of its regression check",
            "counts::all::sums long | 67534 | instructions | smaller | same broke:the limits of its regression check",
        ],
        &[],
    ),
    (
        "gungraun-text/first-run.txt",
        &[
            "counts::all::sums short | 269 | instructions | smaller | same",
            "counts::all::sums long | 23771 | instructions | smaller | same",
        ],
        &[],
    ),
    (
        "gungraun-text/no-change.txt",
        &[
            "counts::all::sums short | 479 | instructions | smaller | same",
            "counts::all::sums long | 45029 | instructions | smaller | same",
        ],
        &[],
    ),
    (
        "gungraun-text/regressed.txt",
        &[
            "counts::all::sums short | 640 | instructions | smaller | same broke:Callgrind: Instructions (479 -> 640): +33.6117% exceeds limit of +0.10000%",
            "counts::all::sums long | 60040 | instructions | smaller | same broke:Callgrind: Instructions (45029 -> 60040): +33.3363% exceeds limit of +0.10000%",
        ],
        &[],
    ),
    (
        "libtest-bench/decimals-and-throughput.txt",
        &[
            "does_nothing | 0.00000000231 | s | smaller |",
            "sums_a_hundred | 0.00000003057 | s | smaller |",
            "sums_a_million | 0.00103829507 | s | smaller |",
            "sums_a_million/throughput | 61632000000 | bit/s | - |",
        ],
        &[],
    ),
    (
        "libtest-bench/older-without-decimals.txt",
        &[
            "b::parse | 0.000018149 | s | smaller |",
            "b::send | 0.001201 | s | smaller |",
            "b::send/throughput | 664000000 | bit/s | - |",
        ],
        &[],
    ),
    (
        "libtest-bench/bencher-by-criterion.txt",
        &[
            "sum of 100 | 0.000000047 | s | smaller |",
            "xor/all: <sizes>/fold/1000 | 0.000000676 | s | smaller |",
            "slow/flat | 0.001001694 | s | smaller |",
        ],
        &[],
    ),
    (
        "libtest-bench/one-fails.txt",
        &["works | 0.0000000012 | s | smaller |"],
        &[
            "a benchmark failed: fails",
            "the tool says that it failed: FAILED. 0 passed; 1 failed; 0 ignored; 1 measured; 0 filtered out; finished in 0.46s",
        ],
    ),
    (
        "go-bench/count-3.txt",
        &[
            "example.com/stoq.BenchmarkSum | 0.0000003376 | s | smaller | within",
            "example.com/stoq.BenchmarkSum/MB/s | 18957600000 | bit/s | - | within",
            "example.com/stoq.BenchmarkSum | 0.0000004745 | s | smaller | within",
            "example.com/stoq.BenchmarkSum/MB/s | 13486880000 | bit/s | - | within",
            "example.com/stoq.BenchmarkSum | 0.0000002399 | s | smaller | within",
            "example.com/stoq.BenchmarkSum/MB/s | 26676320000 | bit/s | - | within",
            "example.com/stoq.BenchmarkSizes/size-8 | 0.000025476 | s | smaller | within",
            "example.com/stoq.BenchmarkSizes/size-8/B/op | 65536 | B | smaller | within",
            "example.com/stoq.BenchmarkSizes/size-8/allocs/op | 1 |  | smaller | within",
            "example.com/stoq.BenchmarkSizes/size-8 | 0.000036469 | s | smaller | within",
            "example.com/stoq.BenchmarkSizes/size-8/B/op | 65536 | B | smaller | within",
            "example.com/stoq.BenchmarkSizes/size-8/allocs/op | 1 |  | smaller | within",
            "example.com/stoq.BenchmarkSizes/size-8 | 0.000056611 | s | smaller | within",
            "example.com/stoq.BenchmarkSizes/size-8/B/op | 65536 | B | smaller | within",
            "example.com/stoq.BenchmarkSizes/size-8/allocs/op | 1 |  | smaller | within",
            "example.com/stoq.BenchmarkSizes/size-16 | 0.000071552 | s | smaller | within",
            "example.com/stoq.BenchmarkSizes/size-16/B/op | 131072 | B | smaller | within",
            "example.com/stoq.BenchmarkSizes/size-16/allocs/op | 1 |  | smaller | within",
            "example.com/stoq.BenchmarkSizes/size-16 | 0.000092402 | s | smaller | within",
            "example.com/stoq.BenchmarkSizes/size-16/B/op | 131072 | B | smaller | within",
            "example.com/stoq.BenchmarkSizes/size-16/allocs/op | 1 |  | smaller | within",
            "example.com/stoq.BenchmarkSizes/size-16 | 0.000325654 | s | smaller | within",
            "example.com/stoq.BenchmarkSizes/size-16/B/op | 131072 | B | smaller | within",
            "example.com/stoq.BenchmarkSizes/size-16/allocs/op | 1 |  | smaller | within",
            "example.com/stoq.BenchmarkGone | 0.000000002946 | s | smaller | within",
            "example.com/stoq.BenchmarkGone | 0.000000002141 | s | smaller | within",
            "example.com/stoq.BenchmarkGone | 0.000000001487 | s | smaller | within",
            "example.com/stoq.BenchmarkMetric | 0.00000004167 | s | smaller | within",
            "example.com/stoq.BenchmarkMetric/p95-ns | 0.0000000125 | s | smaller | within",
            "example.com/stoq.BenchmarkMetric/req/s | 1000000 | op/s | bigger | within",
            "example.com/stoq.BenchmarkMetric | 0.00000001584 | s | smaller | within",
            "example.com/stoq.BenchmarkMetric/p95-ns | 0.0000000125 | s | smaller | within",
            "example.com/stoq.BenchmarkMetric/req/s | 1000000 | op/s | bigger | within",
            "example.com/stoq.BenchmarkMetric | 0.00000004228 | s | smaller | within",
            "example.com/stoq.BenchmarkMetric/p95-ns | 0.0000000125 | s | smaller | within",
            "example.com/stoq.BenchmarkMetric/req/s | 1000000 | op/s | bigger | within",
        ],
        &[],
    ),
    (
        "go-bench/cpu-1-2-4.txt",
        &[
            "example.com/stoq.BenchmarkSum | 0.0000001127 | s | smaller | within",
            "example.com/stoq.BenchmarkSum/MB/s | 56801680000 | bit/s | - | within",
            "example.com/stoq.BenchmarkSum-2 | 0.0000001075 | s | smaller | within",
            "example.com/stoq.BenchmarkSum-2/MB/s | 59522240000 | bit/s | - | within",
            "example.com/stoq.BenchmarkSum-4 | 0.0000001336 | s | smaller | within",
            "example.com/stoq.BenchmarkSum-4/MB/s | 47921120000 | bit/s | - | within",
            "example.com/stoq.BenchmarkMetric | 0.00000001145 | s | smaller | within",
            "example.com/stoq.BenchmarkMetric/p95-ns | 0.0000000125 | s | smaller | within",
            "example.com/stoq.BenchmarkMetric/req/s | 1000000 | op/s | bigger | within",
            "example.com/stoq.BenchmarkMetric-2 | 0.00000001173 | s | smaller | within",
            "example.com/stoq.BenchmarkMetric-2/p95-ns | 0.0000000125 | s | smaller | within",
            "example.com/stoq.BenchmarkMetric-2/req/s | 1000000 | op/s | bigger | within",
            "example.com/stoq.BenchmarkMetric-4 | 0.00000001033 | s | smaller | within",
            "example.com/stoq.BenchmarkMetric-4/p95-ns | 0.0000000125 | s | smaller | within",
            "example.com/stoq.BenchmarkMetric-4/req/s | 1000000 | op/s | bigger | within",
        ],
        &[],
    ),
    (
        "go-bench/one-fails.txt",
        &[
            "example.com/stoq.BenchmarkSum | 0.00000009322 | s | smaller | within",
            "example.com/stoq.BenchmarkSum/MB/s | 68653760000 | bit/s | - | within",
            "example.com/stoq.BenchmarkSum/B/op | 0 | B | smaller | within",
            "example.com/stoq.BenchmarkSum/allocs/op | 0 |  | smaller | within",
            "example.com/stoq.BenchmarkSizes/size-8 | 0.000157595 | s | smaller | within",
            "example.com/stoq.BenchmarkSizes/size-8/B/op | 65536 | B | smaller | within",
            "example.com/stoq.BenchmarkSizes/size-8/allocs/op | 1 |  | smaller | within",
            "example.com/stoq.BenchmarkSizes/size-16 | 0.000089592 | s | smaller | within",
            "example.com/stoq.BenchmarkSizes/size-16/B/op | 131072 | B | smaller | within",
            "example.com/stoq.BenchmarkSizes/size-16/allocs/op | 1 |  | smaller | within",
            "example.com/stoq.BenchmarkGone | 0.000000001831 | s | smaller | within",
            "example.com/stoq.BenchmarkGone/B/op | 0 | B | smaller | within",
            "example.com/stoq.BenchmarkGone/allocs/op | 0 |  | smaller | within",
            "example.com/stoq.BenchmarkMetric | 0.00000002421 | s | smaller | within",
            "example.com/stoq.BenchmarkMetric/p95-ns | 0.0000000125 | s | smaller | within",
            "example.com/stoq.BenchmarkMetric/req/s | 1000000 | op/s | bigger | within",
            "example.com/stoq.BenchmarkMetric/B/op | 0 | B | smaller | within",
            "example.com/stoq.BenchmarkMetric/allocs/op | 0 |  | smaller | within",
            "example.com/stoq/bad.BenchmarkWorks | 0.000000002944 | s | smaller | within",
            "example.com/stoq/bad.BenchmarkWorks/B/op | 0 | B | smaller | within",
            "example.com/stoq/bad.BenchmarkWorks/allocs/op | 0 |  | smaller | within",
        ],
        &[
            "a benchmark failed: --- FAIL: BenchmarkFails",
            "the tool says that it failed: FAIL",
            "the tool says that it failed: FAIL\texample.com/stoq/bad\t0.136s",
            "the tool says that it failed: FAIL",
        ],
    ),
    (
        "go-bench/benchmark-lines-alone.txt",
        &[
            "BenchmarkEncode/size-8 | 0.000001234 | s | smaller | within",
            "BenchmarkTiny | 0.0000000003 | s | smaller | within",
        ],
        &[],
    ),
];

const BAD: &[(&str, Found)] = &[
    (
        "signalbox-rounds/a-round-is-missing.json.bad",
        Found::Wrong("a figure without a value for each round"),
    ),
    ("signalbox-rounds/truncated.json.bad", Found::End),
    ("signalbox-rounds/version-2.json.bad", Found::Wrong("another version than gate-bench/v1")),
    ("criterion/benchmark-alone.json.bad", Found::End),
    (
        "criterion/estimates-alone.json.bad",
        Found::Wrong(
            "figures without a name: the benchmark.json beside them has it, and goes first",
        ),
    ),
    ("criterion/truncated.json.bad", Found::End),
    (
        "criterion/two-names.json.bad",
        Found::Wrong(
            "a name without figures: the estimates.json beside it has them, and goes behind",
        ),
    ),
    ("criterion-messages/group-does-not-end.jsonl.bad", Found::End),
    ("criterion-messages/truncated.jsonl.bad", Found::End),
    (
        "criterion-messages/without-a-figure.jsonl.bad",
        Found::Wrong("a benchmark without a name or a figure"),
    ),
    ("github-action-benchmark/suite-without-a-run.js.bad", Found::Wrong("a suite without a run")),
    ("github-action-benchmark/truncated.js.bad", Found::End),
    ("github-action-benchmark/value-is-null.json.bad", Found::OtherJson),
    ("benchmark-list/below-zero.json.bad", Found::OtherJson),
    ("benchmark-list/beyond-numbers.json.bad", Found::OtherJson),
    ("benchmark-list/nan.json.bad", Found::BrokenJson),
    ("benchmark-list/truncated.json.bad", Found::End),
    ("hyperfine/below-zero.json.bad", Found::OtherJson),
    ("hyperfine/truncated.json.bad", Found::End),
    ("hyperfine/without-times.json.bad", Found::Wrong("a command without a time")),
    (
        "k6/machine-readable-of-version-2.json.bad",
        Found::Wrong("a summary of a version other than 1"),
    ),
    ("k6/threshold-is-a-text.json.bad", Found::Wrong("a metric of another shape")),
    ("k6/truncated.json.bad", Found::End),
    ("gungraun/truncated.jsonl.bad", Found::End),
    (
        "gungraun/without-instructions.jsonl.bad",
        Found::Wrong("a benchmark without its instructions"),
    ),
    (
        "gungraun-text/one-is-missing.txt.bad",
        Found::Wrong("another number of benchmarks than its result says"),
    ),
    ("gungraun-text/without-result.txt.bad", Found::End),
    ("libtest-bench/line-cut-off.txt.bad", Found::Wrong("a benchmark's line that is not whole")),
    (
        "libtest-bench/one-is-missing.txt.bad",
        Found::Wrong("another number of benchmarks than its result says"),
    ),
    ("libtest-bench/without-result.txt.bad", Found::End),
    (
        "go-bench/log-in-a-line.txt.bad",
        Found::Wrong("a benchmark's line that is not whole, or has a log in it"),
    ),
    ("go-bench/without-pass.txt.bad", Found::End),
];

fn bytes(file: &str) -> Vec<u8> {
    fs::read(testdata().join(file)).unwrap()
}

#[test]
fn every_good_file_is_read_as_expected() {
    for (file, lines, complaints) in good() {
        let read = read(format_of(file), &bytes(file));
        let (found, reading) = read.unwrap_or_else(|malformed| panic!("{file}: {malformed}"));
        assert_eq!(found.iter().map(line).collect::<Vec<_>>(), *lines, "{file}");
        let told: Vec<String> = reading
            .complaints
            .into_iter()
            .map(|it| match it.said {
                Some(said) => format!("{}: {said}", it.why),
                None => it.why.to_owned(),
            })
            .collect();
        assert_eq!(told, *complaints, "{file}");
    }
}

#[test]
fn every_bad_file_is_refused() {
    for (file, wanted) in BAD {
        match read(format_of(file), &bytes(file)) {
            Ok((found, _)) => panic!("{file} was read: {found:?}"),
            Err(malformed) => assert_eq!(malformed.found, *wanted, "{file}: {malformed}"),
        }
    }
}

#[test]
fn every_file_is_in_a_list_above_and_in_the_readme() {
    let readme = fs::read_to_string(testdata().join("README.md")).unwrap();
    let listed: BTreeSet<String> =
        good().map(|it| it.0).chain(BAD.iter().map(|it| it.0)).map(str::to_owned).collect();
    let mut files = BTreeSet::new();
    for format in Format::ALL {
        for file in fs::read_dir(testdata().join(format.name())).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            files.insert(format!("{}/{name}", format.name()));
        }
    }
    assert_eq!(files, listed);
    for (file, ..) in good() {
        assert!(readme.contains(&format!("| `{file}` |")), "testdata/README.md: {file}");
    }
}

/// Formats whose files may end after any line, so that a line too few cannot be seen.
const WITHOUT_END: &[&str] = &[
    "libtest-bench/bencher-by-criterion.txt",
    "go-bench/benchmark-lines-alone.txt",
    // Groups and packages follow each other without an end of all.
    "criterion-messages/three-groups.jsonl",
    "go-bench/one-fails.txt",
    "gungraun/first-run.jsonl",
    "gungraun/second-run.jsonl",
    "gungraun/regressed.jsonl",
];

/// Whether these are the first of all values. A name may lose a `-8` that others do not have.
fn is_start(all: &[Measurement], first: &[Measurement]) -> bool {
    first.len() <= all.len() && all.iter().zip(first).all(|(all, first)| all.values == first.values)
}

#[test]
fn half_a_report_is_none() {
    for (file, ..) in good() {
        let format = format_of(file);
        let whole = bytes(file);
        let (wanted, reading) = read(format, &whole).unwrap();
        for cut in (0..whole.len()).step_by(1 + whole.len() / 600) {
            let Ok((found, cut_reading)) = read(format, &whole[..cut]) else { continue };
            let is_line =
                whole[cut - 1] == b'\n' || whole[cut] == b'\n' || format == Format::GoBench;
            let is_same = found == wanted
                && cut_reading.complaints.is_empty() == reading.complaints.is_empty();
            let is_known = WITHOUT_END.contains(file) && is_line && is_start(&wanted, &found);
            // What failed may go on after its first word of it; it is no evidence either way.
            let is_failed = !cut_reading.complaints.is_empty();
            assert!(is_same || is_known || is_failed, "{file} cut at {cut}: {found:?}");
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for format in Format::ALL {
            let _ = read(*format, &bytes);
        }
    }

    #[test]
    fn any_change_of_a_byte_is_read_or_refused(
        file in 0..GOOD.len(), at in any::<proptest::sample::Index>(), byte in any::<u8>(),
    ) {
        let (file, ..) = GOOD[file];
        let mut bytes = bytes(file);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = read(format_of(file), &bytes);
    }
}
