//! A repository with a report in it, in which the built tool is a step of a job.

use std::collections::BTreeSet;

use reports::{AnyFormat, Bounds, unpacked};
use serde_json::Value;
use testkit::{Repository, Told, Tool, test_data};

use crate::tool::{as_step, check, tool};

/// A report that its gate can judge.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Good {
    pub(crate) gate: &'static str,
    pub(crate) format: &'static str,
    pub(crate) file: &'static str,
}

const fn good(gate: &'static str, format: &'static str, file: &'static str) -> Good {
    Good { gate, format, file }
}

/// One of each format.
pub(crate) const GOOD: &[Good] = &[
    good("lint", "cargo-json", "check-warns.jsonl"),
    good("lint", "rustc-json", "warns.jsonl"),
    good("security", "sarif", "zizmor-tool-behind-results.sarif"),
    good("security", "cargo-audit", "two-versions-of-a-crate.json"),
    good("security", "cargo-deny", "advisories.jsonl"),
    good("security", "osv-scanner", "groups.json"),
    good("security", "npm-audit", "version-2.json"),
    good("security", "trivy", "results.json"),
    good("security", "snyk", "rows-are-paths.json"),
    good("security", "gitleaks", "git-history.json"),
    good("security", "trufflehog", "with-its-log.jsonl"),
    good("security", "semgrep", "both-scales.json"),
    good("security", "tfsec", "version-1.json"),
    good("terraform", "terraform-validate", "error-and-warning.json"),
    good("terraform", "tflint", "three-severities.json"),
    good("coverage", "lcov", "nyc.info"),
    good("coverage", "cobertura", "nyc.xml"),
    good("coverage", "jacoco", "groups-and-six-levels.xml"),
    good("coverage", "llvm-cov", "clang-14.json"),
    good("coverage", "tarpaulin", "engine-llvm.json"),
    good("coverage", "go-cover", "set.out"),
    good("coverage", "istanbul", "nyc.json"),
    good("coverage", "istanbul-summary", "nyc-with-tests.json"),
    good("coverage", "coverage-py", "branches.json"),
    good("tests", "junit", "pytest-xunit2.xml"),
    good("tests", "go-json", "cached.jsonl"),
    good("tests", "libtest-json", "nextest-flaky-and-failed.jsonl"),
    good("tests", "jest-json", "jest-flaky-and-places.json"),
    good("tests", "playwright-json", "two-projects-and-retries.json"),
    good("tests", "mocha-json", "flaky-and-hook.json"),
    good("performance", "benchmark-list", "times-and-rates.json"),
    good("performance", "criterion", "sample.json"),
    good("performance", "criterion-messages", "throughput.jsonl"),
    good("performance", "github-action-benchmark", "data.json"),
    good("performance", "hyperfine", "two-commands.json"),
    good("performance", "k6", "handle-summary.json"),
    good("performance", "gungraun", "second-run.jsonl"),
    good("performance", "gungraun-text", "no-change.txt"),
    good("performance", "libtest-bench", "decimals-and-throughput.txt"),
    good("performance", "go-bench", "count-3.txt"),
    good("performance", "signalbox-rounds", "three-rounds.json"),
];

/// How what is found may be softened. Nothing of it makes evidence of what is none.
const MODES: [&str; 2] = ["warn", "report"];

/// Formats that say how long tests took, and not how they ended.
pub(crate) const TIMES: &[&str] = &["cypress-split", "pytest-split", "knapsack"];

/// What a report needs that is alone: no other tool's, and every file.
const POLICY: &str =
    "[gate.terraform]\nrequire = []\n[gate.coverage]\nexclude = []\npatch-min = 80\n";

impl Good {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        fixture(&format!("{}/{}", self.format, self.file))
    }

    /// Whether it is one document of JSON, or one a line.
    pub(crate) fn is_json(&self) -> bool {
        ["json", "sarif", "jsonl"].contains(&self.ending())
    }

    pub(crate) fn is_lines_of_json(&self) -> bool {
        self.ending() == "jsonl"
    }

    pub(crate) fn is_xml(&self) -> bool {
        self.ending() == "xml"
    }

    /// Whether it is text that people read, as it is printed.
    pub(crate) fn is_text(&self) -> bool {
        self.ending() == "txt"
    }

    fn ending(&self) -> &str {
        self.file.rsplit_once('.').map_or("", |(_, ending)| ending)
    }
}

/// A fixture's bytes.
#[track_caller]
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    system::read_file(&test_data(name), 1 << 30).unwrap()
}

/// A repository of the files that reports of coverage name.
pub(crate) struct Place {
    pub(crate) repository: Repository,
}

impl Place {
    pub(crate) fn new() -> Self {
        let repository = Repository::new();
        repository.write(".github/signalbox.toml", POLICY);
        repository.write("src/code.rs", "fn main() {}\n");
        Self { repository }
    }

    /// A place with this configuration.
    pub(crate) fn with(policy: &str) -> Self {
        let place = Self::new();
        place.repository.write(".github/signalbox.toml", policy);
        place
    }

    /// Adds a report, or any other file.
    pub(crate) fn file(self, name: &str, contents: impl AsRef<[u8]>) -> Self {
        self.repository.write(name, contents);
        self
    }

    /// Makes it a workspace of cargo with these members, as far as anybody asks cargo.
    pub(crate) fn members(self, names: &[&str]) -> Self {
        let packages: Vec<Value> =
            names.iter().map(|name| serde_json::json!({"name": name})).collect();
        let said = serde_json::json!({"packages": packages});
        self.repository.write("Cargo.toml", "");
        self.repository.scratch().write("bin/cargo", format!("#!/bin/sh\necho '{said}'\n"));
        let cargo = self.repository.scratch().at("bin/cargo");
        let told = Tool::new("/bin/chmod").arg("755").arg(cargo).run();
        assert_eq!(told.exit, 0, "{}", told.stderr);
        self
    }

    /// The place of a report, with the files that it names.
    pub(crate) fn of(good: &Good) -> Self {
        let place = Self::new();
        if let Some(AnyFormat::Coverage(format)) = AnyFormat::named(good.format) {
            let bytes = good.bytes();
            let plain = unpacked(&bytes, 1 << 30).unwrap();
            let mut paths = Vec::new();
            let mut take = |file: reports::coverage::FileCoverage| paths.push(file.name.path);
            format.read(&plain, Bounds::default(), &mut take).unwrap();
            for path in paths.iter().filter(|path| !path.is_empty()) {
                let path: Vec<u8> =
                    path.iter().map(|byte| if *byte == b'\\' { b'/' } else { *byte }).collect();
                let path = path.strip_prefix(b"/").unwrap_or(&path);
                place.repository.write(path, "");
            }
        }
        place
    }

    /// A run over the line of `reports`, for one gate.
    pub(crate) fn run(&self, gate: &str, reports: &str, inputs: &[(&str, &str)]) -> Told {
        let all = [&[("gate", gate), ("reports", reports)][..], inputs].concat();
        self.started(tool(), &all)
    }

    /// A run of a program here, as a step with these inputs.
    pub(crate) fn started(&self, program: Tool, inputs: &[(&str, &str)]) -> Told {
        let tool = as_step(program, inputs).at(self.repository.path());
        let variables = self.repository.variables().into_iter();
        let mut path = self.repository.scratch().at("bin").into_os_string();
        let tool = variables.fold(tool, |tool, (name, value)| {
            if name == "PATH" {
                path.push(":");
                path.push(&value);
            }
            tool.env(name, value)
        });
        tool.env("PATH", path).run()
    }

    /// The files for which a run over the lines of `reports` says that there is no answer.
    #[track_caller]
    pub(crate) fn without_answer(&self, gate: &str, reports: &str, mode: &str) -> BTreeSet<String> {
        let told = self.run(gate, reports, &[("mode", mode), ("verdict-file", "verdict.json")]);
        check(&told, 2, "error");
        let said = system::read_file(&self.repository.at("verdict.json"), 1 << 30).unwrap();
        let said: Value = serde_json::from_slice(&said).unwrap();
        let gates = said["gates"].as_array().unwrap().iter();
        let reasons = gates.flat_map(|gate| gate["reasons"].as_array().unwrap());
        let errors = reasons.filter(|reason| reason["verdict"] == "error");
        errors.filter_map(|reason| reason["file"].as_str().map(str::to_owned)).collect()
    }

    /// There is no answer, in whatever mode.
    #[track_caller]
    pub(crate) fn check_no_answer(&self, gate: &str, reports: &str, what: &str) {
        for mode in MODES {
            let told = self.run(gate, reports, &[("mode", mode)]);
            let verdict = told.outputs.get("verdict").map_or("none", String::as_str);
            let said: String = told.stderr.chars().take(600).collect();
            let found = (told.exit, verdict);
            assert_eq!(found, (2, "error"), "{what} of {reports} with mode {mode}: {said}");
            check(&told, 2, "error");
        }
    }
}
