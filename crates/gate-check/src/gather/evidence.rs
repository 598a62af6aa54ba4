//! What the reports say, collected gate by gate as they are read.

use bstr::BString;
use diagnostics::{Foreign, Piece, Problem};
use reports::coverage::{self, Merge};
use reports::findings::{self, Finding, Severity, Standing};
use reports::measurements::{self, Measurement};
use reports::messages::{self, Message, Spot};
use reports::{AnyFormat, Bounds, Format, Found, Malformed, Options, Reading, read_tests};
use runner_protocol::{Cause, Failure};
use system::DiskFailure;
use verdict::gates::security::Findings;
use verdict::gates::tests::TestsSeen;
use verdict::{CodeSeen, Gate, Policy, Reason, Remark, Trouble, Weight};

use super::reports::Report;

/// What the Terraform gate looks at: a report with its findings.
#[derive(Debug)]
pub(crate) struct TerraformReport {
    pub(crate) file: Foreign,
    pub(crate) format: findings::Format,
    pub(crate) findings: Vec<Finding>,
}

/// Everything that the reports say.
#[derive(Debug)]
pub(crate) struct Evidence {
    /// The reports that were read, in the order of reading.
    pub(crate) reports: Vec<Report>,
    /// What is wrong with reports.
    pub(crate) troubles: Vec<Trouble>,
    pub(crate) compile: CodeSeen,
    pub(crate) lint: CodeSeen,
    pub(crate) docs: CodeSeen,
    pub(crate) tests: TestsSeen,
    pub(crate) coverage: Merge,
    pub(crate) findings: Findings,
    pub(crate) measurements: Vec<Measurement>,
    pub(crate) terraform: Vec<TerraformReport>,
    /// The gates that are asked for, for trouble with a report that could be for any.
    wanted: Vec<Gate>,
    /// Whether a scanner's report may be one of nothing.
    allows_empty: bool,
    is_base: bool,
}

/// A report that was read for these gates; nothing where it is none that the gate looks at.
type Taken = Result<Option<(Vec<Gate>, Reading)>, Malformed>;

impl Evidence {
    /// Nothing yet. `roots` are the absolute paths of the work tree; the names of tests are kept where
    /// they are compared with a baseline or become one.
    pub(crate) fn new(
        roots: Vec<BString>,
        wanted: Vec<Gate>,
        policy: &Policy,
        keeps_names: bool,
    ) -> Self {
        Self {
            reports: Vec::new(),
            troubles: Vec::new(),
            compile: CodeSeen::default(),
            lint: CodeSeen::default(),
            docs: CodeSeen::default(),
            tests: TestsSeen::new(&policy.tests, keeps_names),
            coverage: Merge::default(),
            findings: Findings::new(roots),
            measurements: Vec::new(),
            terraform: Vec::new(),
            wanted,
            allows_empty: policy.security.allow_empty,
            is_base: false,
        }
    }

    /// Nothing yet of the base. What it does not hold counts as new, so that a report of nothing is one.
    pub(crate) fn of_base(roots: Vec<BString>, policy: &Policy) -> Self {
        Self { is_base: true, ..Self::new(roots, Vec::new(), policy, true) }
    }

    /// Takes in what a benchmark came to that ran here.
    pub(crate) fn of_bench(&mut self, measurements: Vec<Measurement>) {
        let entries = u64::try_from(measurements.len()).unwrap_or(u64::MAX);
        self.measurements = measurements;
        self.reports.push(Report {
            file: Foreign::from("the rounds"),
            format: AnyFormat::Measurements(measurements::Format::SignalboxRounds),
            gates: vec![Gate::Performance],
            reading: Reading { entries, ..Reading::default() },
        });
    }

    /// Takes a report in. The bytes are as [`reports::unpacked`] gives them.
    pub(super) fn take(
        &mut self,
        file: Foreign,
        format: AnyFormat,
        gate: Option<Gate>,
        bytes: &[u8],
    ) {
        let read = match format {
            AnyFormat::Coverage(format) => self.of_coverage(format, gate, bytes),
            AnyFormat::Findings(format) => self.of_findings(&file, format, gate, bytes),
            AnyFormat::Tests(format) => self.of_tests(format, gate, bytes),
            AnyFormat::Messages(format) => self.of_messages(format, gate, bytes),
            AnyFormat::Measurements(format) => self.of_measurements(format, gate, bytes),
        };
        match read {
            Ok(Some((gates, reading))) => {
                for complaint in &reading.complaints {
                    for gate in &gates {
                        self.troubles.push(Trouble::complaint(
                            Some(*gate),
                            file.clone(),
                            complaint,
                        ));
                    }
                }
                self.holds_nothing(&file, format, &gates, &reading);
                self.reports.push(Report { file, format, gates, reading });
            }
            Ok(None) => {
                let troubles = self.gates(gate, Some(format)).into_iter();
                let name = format.name();
                let troubles = troubles.map(|gate| Trouble::misplaced(gate, file.clone(), name));
                self.troubles.extend(troubles.collect::<Vec<_>>());
            }
            Err(malformed) => self.malformed(&file, gate, Some(format), &malformed),
        }
    }

    /// Tells a report that holds nothing, or may be of nothing. Where no other holds more, the gate itself
    /// has no answer.
    fn holds_nothing(
        &mut self,
        file: &Foreign,
        format: AnyFormat,
        gates: &[Gate],
        reading: &Reading,
    ) {
        let is_empty = match format {
            AnyFormat::Tests(_) | AnyFormat::Coverage(_) | AnyFormat::Measurements(_) => {
                reading.entries == 0 && reading.complaints.is_empty()
            }
            // Without findings is as it should be, and a build without messages is one.
            AnyFormat::Findings(_) | AnyFormat::Messages(_) => false,
        };
        for gate in gates.iter().filter(|_| !self.is_base) {
            if is_empty {
                self.troubles.push(Trouble::empty(*gate, file.clone()));
            }
            if let Some(why) = reading.nothing.filter(|_| !self.allows_empty) {
                self.troubles.push(Trouble::of_nothing(*gate, file.clone(), why));
            }
        }
    }

    fn of_tests(&mut self, format: Format, gate: Option<Gate>, mut bytes: &[u8]) -> Taken {
        if gate.is_some_and(|gate| gate != Gate::Tests) {
            return Ok(None);
        }
        let seen = &mut self.tests;
        let read = read_tests(&mut bytes, &Options::default(), &mut |told| seen.take(told))?;
        if read.format != format {
            let found = Found::Wrong("a report of tests in another format");
            return Err(Malformed { wanted: format.wanted(), found, line: 1, column: 1 });
        }
        let reading = Reading { entries: read.samples, ..Reading::default() };
        Ok(Some((vec![Gate::Tests], reading)))
    }

    fn of_messages(&mut self, format: messages::Format, gate: Option<Gate>, bytes: &[u8]) -> Taken {
        let mut all = Vec::new();
        let reading = format.read(bytes, Bounds::default(), &mut |message| all.push(message))?;
        let is_documentation = |message: &Message| match message {
            Message::Artifact(artifact) => artifact.is_documentation,
            Message::Diagnostic(_) | Message::BuildScript(_) | Message::Finished { .. } => false,
        };
        let gates = match gate {
            Some(gate) => vec![gate],
            None if all.iter().any(is_documentation) => vec![Gate::Docs],
            // Whether a linter ran cannot be told from what it did not find.
            None => vec![Gate::Compile],
        };
        for gate in &gates {
            let seen = match gate {
                Gate::Compile => &mut self.compile,
                Gate::Lint => &mut self.lint,
                Gate::Docs => &mut self.docs,
                Gate::RequiredJobs
                | Gate::Tests
                | Gate::Coverage
                | Gate::Security
                | Gate::Performance
                | Gate::Terraform
                | Gate::Migrations
                | Gate::Manifests
                | Gate::Parity
                | Gate::WorkflowLint
                | Gate::Waivers => return Ok(None),
            };
            for message in &all {
                seen.message(message);
            }
        }
        Ok(Some((gates, reading)))
    }

    fn of_coverage(&mut self, format: coverage::Format, gate: Option<Gate>, bytes: &[u8]) -> Taken {
        if gate.is_some_and(|gate| gate != Gate::Coverage) {
            return Ok(None);
        }
        let merge = &mut self.coverage;
        let reading = format.read(bytes, Bounds::default(), &mut |file| merge.add(file))?;
        Ok(Some((vec![Gate::Coverage], reading)))
    }

    fn of_measurements(
        &mut self,
        format: measurements::Format,
        gate: Option<Gate>,
        bytes: &[u8],
    ) -> Taken {
        if gate.is_some_and(|gate| gate != Gate::Performance) {
            return Ok(None);
        }
        let all = &mut self.measurements;
        let reading = format.read(bytes, Bounds::default(), &mut |one| all.push(one))?;
        Ok(Some((vec![Gate::Performance], reading)))
    }

    fn of_findings(
        &mut self,
        file: &Foreign,
        format: findings::Format,
        gate: Option<Gate>,
        bytes: &[u8],
    ) -> Taken {
        let gate = gate.unwrap_or(match format {
            findings::Format::TerraformValidate | findings::Format::Tflint => Gate::Terraform,
            findings::Format::Sarif
            | findings::Format::CargoAudit
            | findings::Format::CargoDeny
            | findings::Format::OsvScanner
            | findings::Format::NpmAudit
            | findings::Format::Trivy
            | findings::Format::Snyk
            | findings::Format::Gitleaks
            | findings::Format::Trufflehog
            | findings::Format::Semgrep
            | findings::Format::Tfsec => Gate::Security,
        });
        let bounds = Bounds::default();
        let reading = match gate {
            Gate::Security => {
                let findings = &mut self.findings;
                let reading = format.read(bytes, bounds, &mut |finding| findings.take(&finding))?;
                findings.report(&reading);
                reading
            }
            Gate::Terraform => {
                let mut found = Vec::new();
                let reading = format.read(bytes, bounds, &mut |finding| found.push(finding))?;
                let file = file.clone();
                self.terraform.push(TerraformReport { file, format, findings: found });
                reading
            }
            Gate::Lint => {
                let seen = &mut self.lint;
                let reading =
                    format.read(bytes, bounds, &mut |finding| take_remark(seen, finding))?;
                // A report that names no tool proves nothing.
                if !reading.tools.is_empty() {
                    seen.ran();
                }
                reading
            }
            Gate::RequiredJobs
            | Gate::Compile
            | Gate::Docs
            | Gate::Tests
            | Gate::Coverage
            | Gate::Performance
            | Gate::Migrations
            | Gate::Manifests
            | Gate::Parity
            | Gate::WorkflowLint
            | Gate::Waivers => return Ok(None),
        };
        Ok(Some((vec![gate], reading)))
    }

    /// The gates that a report is for, as far as that is known: all that are asked for, where it is not;
    /// nothing for none that is known.
    fn gates(&self, gate: Option<Gate>, format: Option<AnyFormat>) -> Vec<Option<Gate>> {
        let gates = match (gate, format) {
            (Some(gate), _) => vec![gate],
            (None, Some(format)) => gates_of(format),
            (None, None) => {
                self.wanted.iter().filter(|gate| gate.looks_at_reports()).copied().collect()
            }
        };
        // Whoever hands over a report wants it to be looked at.
        if gates.is_empty() { vec![None] } else { gates.into_iter().map(Some).collect() }
    }

    /// A report that cannot be read.
    pub(super) fn malformed(
        &mut self,
        file: &Foreign,
        gate: Option<Gate>,
        format: Option<AnyFormat>,
        malformed: &Malformed,
    ) {
        for gate in self.gates(gate, format) {
            self.troubles.push(Trouble::malformed(gate, file.clone(), malformed));
        }
    }

    /// A pattern or a file that was asked for, and that means nothing.
    pub(super) fn nothing(
        &mut self,
        pattern: &[u8],
        gate: Option<Gate>,
        format: Option<AnyFormat>,
    ) {
        for gate in self.gates(gate, format) {
            self.troubles.push(Trouble::nothing(gate, Foreign::from(pattern)));
        }
    }

    /// A report that the disk does not give.
    pub(super) fn unread(
        &mut self,
        file: &Foreign,
        gate: Option<Gate>,
        format: Option<AnyFormat>,
        failure: &DiskFailure,
    ) {
        for gate in self.gates(gate, format) {
            let why = Piece::said(&failure.source);
            self.troubles.push(Trouble::unread(gate, file.clone(), why));
        }
    }

    /// A report that is a link out of the folder.
    pub(super) fn outside(
        &mut self,
        file: &Foreign,
        gate: Option<Gate>,
        format: Option<AnyFormat>,
    ) {
        for gate in self.gates(gate, format) {
            self.troubles.push(Trouble::outside(gate, file.clone()));
        }
    }

    /// Refuses trouble that is of no gate that is known.
    pub(super) fn refuse_nobodys(&self) -> Result<(), Failure> {
        let nobodys = self.troubles.iter().filter(|trouble| trouble.gate.is_none());
        let problem = |trouble: &Trouble| {
            let Reason { message, place, help, .. } = trouble.reason.clone();
            Problem { place, help, ..Problem::error(message) }
        };
        let problems: Vec<Problem> = nobodys.map(problem).collect();
        if problems.is_empty() { Ok(()) } else { Err(Failure { cause: Cause::NoAnswer, problems }) }
    }

    /// Whether anything was handed over for a gate, readable or not.
    pub(crate) fn has(&self, gate: Gate) -> bool {
        self.reports.iter().any(|report| report.gates.contains(&gate))
            || self.troubles.iter().any(|trouble| trouble.gate == Some(gate))
    }
}

/// The gates that a report in this format is for, as far as the format says it.
pub(super) fn gates_of(format: AnyFormat) -> Vec<Gate> {
    match format {
        AnyFormat::Tests(_) => vec![Gate::Tests],
        AnyFormat::Coverage(_) => vec![Gate::Coverage],
        AnyFormat::Findings(findings::Format::TerraformValidate | findings::Format::Tflint) => {
            vec![Gate::Terraform]
        }
        AnyFormat::Findings(_) => vec![Gate::Security],
        AnyFormat::Messages(_) => vec![Gate::Compile],
        AnyFormat::Measurements(_) => vec![Gate::Performance],
    }
}

/// Takes a finding as a linter's remark. What the tool itself does not count is none.
fn take_remark(seen: &mut CodeSeen, finding: Finding) {
    let weight = match (&finding.standing, finding.severity) {
        (Standing::Suppressed(_) | Standing::Status(_), _) => return,
        (Standing::Open | Standing::Existing, Severity::Low | Severity::Medium) => Weight::Warning,
        (
            Standing::Open | Standing::Existing,
            Severity::High | Severity::Critical | Severity::Unknown,
        ) => Weight::Denied,
    };
    let spot = finding.path.map(|file| Spot {
        file,
        line: finding.line.unwrap_or(1),
        column: finding.column.unwrap_or(1),
    });
    seen.remark(&Remark {
        tool: finding.tool,
        rule: Some(finding.rule).filter(|rule| !rule.is_empty()),
        weight,
        message: finding.message,
        spot,
        package: finding.package.map(|package| package.name),
    });
}
