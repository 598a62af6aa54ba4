//! The results of a run (§3.27), each made into a finding where it stands.

use std::borrow::Cow;
use std::fmt;

use bstr::BString;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::components::{Components, Reference, Rule};
use super::places::{ArtifactLocation, Artifacts, Bases, Places};
use super::{Fold, Folded, Whole};
use crate::family::{Fault, Sink};
use crate::findings::json::{First, Scalar, Words};
use crate::findings::{Finding, Kind, Severity, Standing, is_placeholder};

/// What the results of a run refer to.
pub(super) struct Context<'r, 'a> {
    pub(super) components: Option<&'r Components<'a>>,
    pub(super) bases: Option<&'r Bases<'a>>,
    pub(super) artifacts: Option<&'r Artifacts<'a>>,
}

/// Reads the list of results and hands each over; whether it is a list, and not `null`.
pub(super) struct Results<'r, 'a, 's, 't> {
    pub(super) context: Context<'r, 'a>,
    pub(super) sink: &'s mut Sink<'t, Finding>,
    pub(super) fault: &'s mut Option<Fault>,
}

impl<'a> DeserializeSeed<'a> for Results<'_, 'a, '_, '_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Results<'_, 'a, '_, '_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of results")
    }

    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut list: A) -> Result<bool, A::Error> {
        let Some(components) = self.context.components else {
            return Err(A::Error::missing_field("tool"));
        };
        let run = RunFacts {
            components,
            tool: components.name(),
            places: Places::new(self.context.bases, self.context.artifacts),
        };
        while let Some(result) = list.next_element::<SarifResult<'a>>()? {
            if let Some(finding) = run.finding(result) {
                self.sink.push(finding, 0).map_err(|fault| {
                    *self.fault = Some(fault);
                    A::Error::custom("refused")
                })?;
            }
        }
        Ok(true)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult<'a> {
    #[serde(borrow)]
    rule_id: Option<Words<'a>>,
    rule_index: Option<Whole>,
    #[serde(borrow)]
    rule: Option<Reference<'a>>,
    #[serde(borrow)]
    kind: Option<Words<'a>>,
    #[serde(borrow)]
    level: Option<Words<'a>>,
    #[serde(borrow)]
    message: Option<Message<'a>>,
    #[serde(borrow, default)]
    locations: First<Location<'a>>,
    #[serde(borrow)]
    fingerprints: Option<Fingerprint<'a>>,
    #[serde(borrow)]
    partial_fingerprints: Option<Fingerprint<'a>>,
    #[serde(borrow, default)]
    suppressions: Folded<Suppressions<'a>>,
    #[serde(borrow)]
    baseline_state: Option<Words<'a>>,
    properties: Option<Properties>,
}

/// A message (§3.11) or a text for several media (§3.12).
#[derive(Deserialize)]
pub(super) struct Message<'a> {
    #[serde(borrow)]
    pub(super) text: Option<Words<'a>>,
    #[serde(borrow)]
    markdown: Option<Words<'a>>,
    #[serde(borrow)]
    id: Option<Words<'a>>,
    #[serde(borrow, default)]
    arguments: Folded<Arguments<'a>>,
}

/// What stands for `{0}`, `{1}` and so on (§3.11.5): those of one digit, and no more of them.
#[derive(Default)]
struct Arguments<'a>(Vec<Words<'a>>);

impl<'a> Fold for Arguments<'a> {
    type Element = Words<'a>;

    fn add(&mut self, argument: Words<'a>) -> bool {
        if self.0.len() < 10 {
            self.0.push(argument);
        }
        true
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Location<'a> {
    #[serde(borrow)]
    physical_location: Option<PhysicalLocation<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation<'a> {
    #[serde(borrow)]
    artifact_location: Option<ArtifactLocation<'a>>,
    #[serde(borrow)]
    region: Option<Region<'a>>,
    #[serde(borrow)]
    context_region: Option<Region<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Region<'a> {
    start_line: Option<Whole>,
    start_column: Option<Whole>,
    #[serde(borrow)]
    snippet: Option<Message<'a>>,
}

/// The fingerprint to go by, of a map of them by name.
struct Fingerprint<'a>(Option<(Words<'a>, Words<'a>)>);

impl<'de: 'a, 'a> Deserialize<'de> for Fingerprint<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FingerprintVisitor;

        impl<'de> Visitor<'de> for FingerprintVisitor {
            type Value = Fingerprint<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of fingerprints")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut best: Option<(Words<'de>, Words<'de>)> = None;
                while let Some(name) = map.next_key::<Words<'de>>()? {
                    // What is no text, such as an object of Black Duck's, tells nothing apart.
                    let value = map.next_value::<&'de RawValue>()?.get();
                    if !value.starts_with('"') {
                        continue;
                    }
                    let value: Words<'de> = serde_json::from_str(value).map_err(Error::custom)?;
                    if is_placeholder(&value) {
                        continue;
                    }
                    // GitHub's own; it stands beside one of the column, which changes by itself.
                    let rank = |name: &Words<'_>| !name.starts_with(b"primaryLocationLineHash");
                    let is_better = best
                        .as_ref()
                        .is_none_or(|(other, _)| (rank(&name), &name) < (rank(other), other));
                    if is_better {
                        best = Some((name, value));
                    }
                }
                Ok(Fingerprint(best))
            }
        }

        deserializer.deserialize_map(FingerprintVisitor)
    }
}

/// Who says that a result does not count (§3.35).
#[derive(Default)]
struct Suppressions<'a> {
    is_any: bool,
    is_open: bool,
    why: Option<Words<'a>>,
}

#[derive(Deserialize)]
struct Suppression<'a> {
    #[serde(borrow)]
    status: Option<Words<'a>>,
    #[serde(borrow)]
    justification: Option<Words<'a>>,
}

impl<'a> Fold for Suppressions<'a> {
    type Element = Suppression<'a>;

    fn add(&mut self, it: Suppression<'a>) -> bool {
        self.is_any = true;
        // Without a status it is accepted (§3.35.3); `underReview` and `rejected` are not, whatever
        // else there is.
        self.is_open |= it.status.is_some_and(|status| &*status != b"accepted");
        self.why = self.why.take().or(it.justification);
        true
    }
}

/// The properties, of results and of rules, that scanners have in common.
#[derive(Deserialize)]
pub(super) struct Properties {
    #[serde(rename = "security-severity")]
    security_severity: Option<Scalar>,
    #[serde(default)]
    pub(super) tags: Folded<Tags>,
}

impl Properties {
    /// GitHub reads a number here, as text; Semgrep writes a word. What is neither is unknown.
    pub(super) fn severity(&self) -> Option<Severity> {
        let text = self.security_severity.as_ref()?.0.as_ref()?.trim_ascii();
        let read = || Severity::of_decimal(text).or_else(|| Severity::of_word(text));
        (!text.is_empty()).then(|| read().unwrap_or(Severity::Unknown))
    }
}

/// What the tags say.
#[derive(Default)]
pub(super) struct Tags {
    pub(super) kind: Option<Kind>,
    pub(super) advisories: Vec<BString>,
}

impl Fold for Tags {
    type Element = Scalar;

    fn add(&mut self, tag: Scalar) -> bool {
        let Some(tag) = tag.0 else { return true };
        let kind = match tag.to_ascii_lowercase().as_slice() {
            b"secret" | b"secrets" => Some(Kind::Secret),
            b"vulnerability" => Some(Kind::Vulnerability),
            b"misconfiguration" => Some(Kind::Misconfiguration),
            b"license" => Some(Kind::License),
            _ => None,
        };
        self.kind = self.kind.or(kind);
        if is_advisory(&tag) && self.advisories.len() < 100 {
            self.advisories.push(tag);
        }
        true
    }
}

/// Whether a name is that of an advisory on a package.
fn is_advisory(name: &[u8]) -> bool {
    let begins = |with: &[u8]| name.get(..with.len()).is_some_and(|it| it.eq_ignore_ascii_case(with));
    begins(b"CVE-") || begins(b"GHSA-") || begins(b"RUSTSEC-") || begins(b"MAL-")
}

impl<'a> Message<'a> {
    pub(super) fn words(&self) -> Option<&Words<'a>> {
        self.text.as_ref().or(self.markdown.as_ref())
    }
}

/// What holds for all results of a run.
struct RunFacts<'r, 'a> {
    components: &'r Components<'a>,
    tool: BString,
    places: Places<'r, 'a>,
}

impl<'a> RunFacts<'_, 'a> {
    fn finding(&self, result: SarifResult<'a>) -> Option<Finding> {
        // §3.27.9: what passed, does not apply, or is only told is no finding.
        let is_none = |kind: &Words<'_>| {
            matches!(&**kind, b"pass" | b"notApplicable" | b"informational")
        };
        if result.kind.as_ref().is_some_and(is_none) {
            return None;
        }
        // §3.27.24: the base had it, and it is gone.
        let baseline = result.baseline_state.as_deref();
        if baseline == Some(b"absent") {
            return None;
        }
        let named = result.rule.as_ref();
        let id = result.rule_id.as_ref().or_else(|| named.and_then(|rule| rule.id.as_ref()));
        let index = result.rule_index.and_then(Whole::index);
        let index = index.or_else(|| named.and_then(|rule| rule.index).and_then(Whole::index));
        let component = named.and_then(|rule| rule.tool_component.as_ref());
        let rule = self.components.rule(id, index, component);
        let id = id.or_else(|| rule.and_then(|rule| rule.id.as_ref()));
        let id = id.map_or_else(|| "no-rule".into(), Words::owned);

        let own = result.properties.as_ref().and_then(Properties::severity);
        let severity = own.or_else(|| rule.and_then(Rule::severity)).unwrap_or_else(|| {
            level(result.level.as_ref().or_else(|| rule.and_then(Rule::level)))
        });
        let suppressed = &result.suppressions.0;
        let standing = if suppressed.is_any && !suppressed.is_open {
            Standing::Suppressed(suppressed.why.as_ref().map(Words::owned))
        } else if matches!(baseline, Some(b"unchanged" | b"updated")) {
            Standing::Existing
        } else {
            Standing::Open
        };
        let tags = result.properties.as_ref().and_then(|it| it.tags.0.kind);
        let kind = tags.or_else(|| rule.and_then(Rule::kind)).unwrap_or_else(|| self.kind(&id));
        let fingerprint = result
            .fingerprints
            .and_then(|it| it.0)
            .or_else(|| result.partial_fingerprints.and_then(|it| it.0));
        let place = result.locations.0.and_then(|location| location.physical_location);
        let message = text(result.message.as_ref(), rule)
            .filter(|text| !text.trim_ascii().is_empty())
            .map_or_else(|| id.clone(), |text| text.into_owned().into());
        let region = place.as_ref().and_then(|place| place.region.as_ref());
        let around = place.as_ref().and_then(|place| place.context_region.as_ref());
        let source = [region, around].into_iter().flatten().find_map(|it| it.snippet.as_ref());
        Some(Finding {
            tool: self.tool.clone(),
            aliases: rule.map(Rule::aliases).unwrap_or_default(),
            message,
            path: place
                .as_ref()
                .and_then(|place| place.artifact_location.as_ref())
                .and_then(|location| self.places.path(location)),
            line: region.and_then(|it| it.start_line?.0).filter(|line| *line > 0),
            column: region.and_then(|it| it.start_column?.0).filter(|column| *column > 0),
            package: None,
            severity,
            kind,
            standing,
            fingerprint: fingerprint.map(|(_, value)| value.owned()),
            source: source
                .and_then(|snippet| snippet.text.as_ref())
                .map(|text| text.trim_ascii().into()),
            rule: id,
        })
    }

    /// What sort of thing a rule finds, where no tag says so.
    fn kind(&self, rule: &[u8]) -> Kind {
        match self.tool.to_ascii_lowercase().as_slice() {
            b"gitleaks" | b"trufflehog" | b"detect-secrets" => Kind::Secret,
            _ if is_advisory(rule) => Kind::Vulnerability,
            _ => Kind::Code,
        }
    }
}

/// What a level comes to (§3.27.10); without any it is a warning.
fn level(level: Option<&Words<'_>>) -> Severity {
    match level.map_or(&b"warning"[..], |level| level) {
        b"error" => Severity::High,
        b"warning" => Severity::Medium,
        b"note" => Severity::Low,
        // `none`: it has no severity; anything else: nobody knows.
        _ => Severity::Unknown,
    }
}

/// The message of a result, or what its rule is about.
fn text<'m>(message: Option<&'m Message<'_>>, rule: Option<&'m Rule<'_>>) -> Option<Cow<'m, [u8]>> {
    let string = || rule?.string(message?.id.as_ref()?);
    let said = message.and_then(Message::words).or_else(string);
    let Some(said) = said else {
        return rule.and_then(Rule::about).map(|text| Cow::Borrowed(&**text));
    };
    let arguments = message.map_or(&[][..], |message| &message.arguments.0.0);
    Some(if arguments.is_empty() { Cow::Borrowed(said) } else { filled(said, arguments) })
}

/// A text with its arguments in place of `{0}`, `{1}`; `{{` stands for `{` (§3.11.5).
fn filled<'t>(text: &'t [u8], arguments: &[Words<'_>]) -> Cow<'t, [u8]> {
    let mut filled = Vec::new();
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after) {
            (b'{', [digit @ b'0'..=b'9', b'}', behind @ ..]) => {
                if let Some(argument) = arguments.get(usize::from(digit - b'0')) {
                    filled.extend_from_slice(argument);
                }
                rest = behind;
            }
            (b'{', [b'{', behind @ ..]) | (b'}', [b'}', behind @ ..]) => {
                filled.push(*byte);
                rest = behind;
            }
            _ => filled.push(*byte),
        }
        // A short text can name a long argument many times, and nobody reads so much.
        if filled.len() > 1 << 16 {
            break;
        }
    }
    Cow::Owned(filled)
}
