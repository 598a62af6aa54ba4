//! The rules for containers: probes, limits, images, secrets, users.

use diagnostics::{Foreign, Text, text};
use ecosystems::kubernetes::{Amount, Container, Limits, Probe, Quantity, Role, Workload};

use super::image::Image;
use super::{About, Judge, Of, Rule, fragment, runs_on, stays};
use crate::Verdict;

/// Words in the names of variables that hold secrets.
const SECRET: [&str; 8] =
    ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY", "APIKEY", "PRIVATE_KEY", "CREDENTIALS"];
/// Ends of names that say where a secret is, and how long it lives.
const NO_SECRET: [&str; 9] =
    ["_FILE", "_PATH", "_NAME", "_URL", "_ENDPOINT", "_TTL", "_EXPIRY", "_ID", "_HEADER"];

impl Judge<'_> {
    /// All rules for one container.
    pub(super) fn container(&mut self, of: &Of<'_, Workload>, whole: About<'_>, it: &Container) {
        let about = About { container: &it.name, ..whole };
        let named = || {
            let mut named = text!["container ", Foreign::from(it.name.as_str()), " of "];
            named.append(about.named());
            named
        };
        if runs_on(of.what) && stays(it.role) {
            self.probe(of, about, it, Rule::LivenessProbe, &named);
            self.probe(of, about, it, Rule::ReadinessProbe, &named);
            self.both_probes(of, about, it, &named);
        }
        self.limits(of, about, it, &named);
        self.image(of, about, it, &named);
        for variable in it.variables.iter().filter(|it| it.is_literal && is_secret(&it.name)) {
            let mut message = named();
            message
                .text(" has the value of ")
                .foreign(variable.name.as_str())
                .text(" in its manifest");
            let lines = format!(
                "- name: {}\n  valueFrom:\n    secretKeyRef:\n      name: {}\n      key: {}\n",
                fragment::scalar(&variable.name),
                fragment::scalar(&it.name),
                fragment::scalar(&variable.name.to_ascii_lowercase().replace('_', "-"))
            );
            // The list's mark stands two columns before the keys.
            let at = diagnostics::yaml::At {
                column: variable.at.column.saturating_sub(2).max(1),
                ..variable.at
            };
            let help = text!["read it from a Secret:", fragment::at(at, &lines)];
            self.say(Rule::SecretLiteral, about, of.place(variable.at), message, help);
        }
        let user = (
            it.user.is_not_root.or(of.what.pod.user.is_not_root),
            it.user.id.or(of.what.pod.user.id),
        );
        if user.0 != Some(true) && user.1.is_none_or(|id| id == 0) {
            let mut message = named();
            message.text(" may run as root");
            let lines = fragment::at(it.at, "securityContext:\n  runAsNonRoot: true\n");
            self.say(Rule::RunAsRoot, about, of.place(it.at), message, text!["add", lines]);
        }
    }

    fn probe(
        &mut self,
        of: &Of<'_, Workload>,
        about: About<'_>,
        it: &Container,
        rule: Rule,
        named: &dyn Fn() -> Text,
    ) {
        let (probe, key, path, word) = if rule == Rule::LivenessProbe {
            (&it.liveness, "livenessProbe", "/healthz", "liveness")
        } else {
            (&it.readiness, "readinessProbe", "/readyz", "readiness")
        };
        let mut message = named();
        let at = probe.as_ref().map_or(it.at, |probe: &Probe| probe.at);
        match probe {
            None => message.text(" has no ").text(word).text(" probe"),
            Some(probe) if probe.handlers == 0 => {
                message.text(" has a ").text(word).text(" probe that asks nothing")
            }
            Some(probe) if probe.handlers > 1 => {
                message.text(" has a ").text(word).text(" probe with more than one handler")
            }
            Some(probe) if !probe.is_usable => {
                message.text(" has a ").text(word).text(" probe without a command or a port")
            }
            Some(_) => return,
        };
        let verdict = self.policy.level(rule).verdict();
        // The pod goes on without what stands beside it.
        let verdict =
            if it.role == Role::Sidecar { verdict.map(|_| Verdict::Warn) } else { verdict };
        let lines = fragment::at(it.at, &fragment::probe(key, path, it));
        let help = text!["add, with the path that answers", lines];
        self.say_as(verdict, rule, about, of.place(at), message, help);
    }

    fn both_probes(
        &mut self,
        of: &Of<'_, Workload>,
        about: About<'_>,
        it: &Container,
        named: &dyn Fn() -> Text,
    ) {
        for probe in [&it.liveness, &it.readiness].into_iter().flatten() {
            let Some(port) = probe.port.as_ref().filter(|_| probe.handlers == 1) else { continue };
            let is_number = port.text.bytes().all(|byte| byte.is_ascii_digit());
            let is_known = it.ports.iter().any(|known| {
                known.number == port.text || known.name.as_deref() == Some(port.text.as_str())
            });
            // A port need not be declared to be open, unless it is asked for by a name.
            if is_known || (is_number && it.ports.is_empty()) {
                continue;
            }
            let mut message = named();
            message
                .text(" is asked at port ")
                .foreign(port.text.as_str())
                .text(", which it does not have");
            let help = text!["name one of its `ports`, or add the port to them"];
            self.say(Rule::ProbePortUnknown, about, of.place(port.at), message, help);
        }
        if let (Some(live), Some(ready)) = (&it.liveness, &it.readiness)
            && live.handlers == 1
            && live.words == ready.words
        {
            let mut message = named();
            message.text(" is asked the same by both probes: what is only busy is restarted");
            let lines = fragment::at(live.at, "failureThreshold: 6\n");
            let help = text!["let liveness wait longer than readiness, or ask for less:", lines];
            self.say(Rule::ProbesIdentical, about, of.place(live.at), message, help);
        }
    }

    fn limits(
        &mut self,
        of: &Of<'_, Workload>,
        about: About<'_>,
        it: &Container,
        named: &dyn Fn() -> Text,
    ) {
        let Limits { cpu, memory } = &of.what.pod.limits;
        let lacks = [(&it.limits.cpu, cpu), (&it.limits.memory, memory)]
            .map(|(own, whole)| lack(own.as_ref().or(whole.as_ref())));
        let rule = self.policy.level(Rule::ResourceLimits);
        let verdicts = self.policy.limits.map(|level| level.unwrap_or(rule).verdict());
        let mut message = named();
        let (mut worst, mut place, mut is_first) = (None, None, true);
        let mut missing = [false; 2];
        for (((lack, verdict), word), missing) in
            lacks.iter().zip(verdicts).zip(["cpu", "memory"]).zip(&mut missing)
        {
            let (Some(lack), Some(verdict)) = (lack, verdict) else { continue };
            *missing = true;
            message.text(if is_first { " has no limit of " } else { " and " }).text(word);
            is_first = false;
            if let Lack::None(amount) = lack {
                message
                    .text(" (")
                    .foreign(amount.said.text.as_str())
                    .text(if amount.quantity.is_ok() { " is none)" } else { " is no quantity)" });
                place = place.or(Some(amount.said.at));
            }
            worst = worst.max(Some(verdict));
        }
        if worst.is_none() {
            return;
        }
        let [cpu, memory] = missing;
        let at = place.or(it.resources_at).unwrap_or(it.at);
        let lines = fragment::at(it.at, &fragment::limits(cpu, memory));
        let help = text!["add, with what it needs at most", lines];
        self.say_as(worst, Rule::ResourceLimits, about, of.place(at), message, help);
    }

    fn image(
        &mut self,
        of: &Of<'_, Workload>,
        about: About<'_>,
        it: &Container,
        named: &dyn Fn() -> Text,
    ) {
        let mut message = named();
        let Some(said) = &it.image else {
            message.text(" has no image");
            let lines = fragment::at(it.at, "image: registry/name:v1.0.0\n");
            return self.say(Rule::ImageTag, about, of.place(it.at), message, text!["add", lines]);
        };
        let image = Image::of(&said.text);
        if !image.is_fixed() {
            message.text(" uses ").foreign(said.text.as_str());
            message.text(match (image.digest, image.tag) {
                (Some(_), _) => ", whose digest is none",
                (None, Some("latest")) => ", which is another image tomorrow",
                (None, Some(_) | None) => " without a tag, which is `latest`",
            });
            let lines = format!("image: {}:v1.0.0\n", image.repository);
            let help = text![
                "name the version that was tested, or its digest:",
                fragment::at(it.at, &lines)
            ];
            self.say(Rule::ImageTag, about, of.place(said.at), message, help);
        }
        let wanted = &self.policy.image_names;
        if !wanted.is_empty() && !wanted.iter().any(|name| name.fits(&image)) {
            let mut message = named();
            message
                .text(" uses ")
                .foreign(said.text.as_str())
                .text(", which is not named as images are here");
            let mut help = text!["write it as "];
            for (at, name) in wanted.iter().enumerate() {
                help.text(if at == 0 { "" } else { " or " }).foreign(name.written.as_str());
            }
            self.say(Rule::ImageName, about, of.place(said.at), message, help);
        }
    }
}

/// A limit that there is not, or that is none.
enum Lack<'a> {
    Missing,
    None(&'a Amount),
}

fn lack(limit: Option<&Amount>) -> Option<Lack<'_>> {
    match limit {
        None => Some(Lack::Missing),
        Some(amount) if amount.quantity.is_ok_and(Quantity::is_some) => None,
        Some(amount) => Some(Lack::None(amount)),
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    SECRET.iter().any(|word| name.contains(word))
        && !NO_SECRET.iter().any(|end| name.ends_with(end))
}
