//! What the reports say, collected gate by gate as they are read.

use bstr::BString;
use diagnostics::Foreign;
use reports::coverage::{self, Merge};
use reports::findings::{self, Finding};
use reports::{AnyFormat, Bounds, Malformed, Reading};
use verdict::gates::security::Findings;
use verdict::{Gate, Trouble};

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
    pub(crate) coverage: Merge,
    pub(crate) findings: Findings,
    pub(crate) terraform: Vec<TerraformReport>,
    /// The gates that are asked for, for trouble with a report that could be for any.
    wanted: Vec<Gate>,
}

/// A report that was read for these gates; nothing where it is none that the gate looks at.
type Taken = Result<Option<(Vec<Gate>, Reading)>, Malformed>;

impl Evidence {
    /// Nothing yet. `roots` are the absolute paths of the work tree.
    pub(crate) fn new(roots: Vec<BString>, wanted: Vec<Gate>) -> Self {
        Self {
            reports: Vec::new(),
            troubles: Vec::new(),
            coverage: Merge::default(),
            findings: Findings::new(roots),
            terraform: Vec::new(),
            wanted,
        }
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
            AnyFormat::Tests(_) | AnyFormat::Messages(_) => Ok(None),
        };
        match read {
            Ok(Some((gates, reading))) => {
                for complaint in &reading.complaints {
                    for gate in &gates {
                        self.troubles.push(Trouble::complaint(*gate, file.clone(), complaint));
                    }
                }
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

    fn of_coverage(&mut self, format: coverage::Format, gate: Option<Gate>, bytes: &[u8]) -> Taken {
        if gate.is_some_and(|gate| gate != Gate::Coverage) {
            return Ok(None);
        }
        let merge = &mut self.coverage;
        let reading = format.read(bytes, Bounds::default(), &mut |file| merge.add(file))?;
        Ok(Some((vec![Gate::Coverage], reading)))
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
            Gate::RequiredJobs
            | Gate::Compile
            | Gate::Lint
            | Gate::Docs
            | Gate::Tests
            | Gate::Coverage
            | Gate::Performance
            | Gate::Migrations
            | Gate::WorkflowLint
            | Gate::Waivers => return Ok(None),
        };
        Ok(Some((vec![gate], reading)))
    }

    /// The gates that a report is for, as far as that is known: all that run, where it is not.
    fn gates(&self, gate: Option<Gate>, format: Option<AnyFormat>) -> Vec<Gate> {
        let of_format = |format| match format {
            AnyFormat::Tests(_) => vec![Gate::Tests],
            AnyFormat::Coverage(_) => vec![Gate::Coverage],
            AnyFormat::Findings(findings::Format::TerraformValidate | findings::Format::Tflint) => {
                vec![Gate::Terraform]
            }
            AnyFormat::Findings(_) => vec![Gate::Security],
            AnyFormat::Messages(_) => vec![Gate::Compile],
        };
        match (gate, format) {
            (Some(gate), _) => vec![gate],
            (None, Some(format)) => of_format(format),
            (None, None) => {
                let looks = |gate: &&Gate| {
                    !matches!(gate, Gate::RequiredJobs | Gate::WorkflowLint | Gate::Migrations)
                };
                let all: Vec<Gate> = self.wanted.iter().filter(looks).copied().collect();
                // Whoever hands over a report wants it to be looked at.
                if all.is_empty() { vec![Gate::Tests] } else { all }
            }
        }
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

    /// Whether anything was handed over for a gate, readable or not.
    pub(crate) fn has(&self, gate: Gate) -> bool {
        self.reports.iter().any(|report| report.gates.contains(&gate))
            || self.troubles.iter().any(|trouble| trouble.gate == gate)
    }
}
