//! Floors and ceilings that hold whatever the base says.

use std::collections::BTreeMap;

use bstr::BString;
use diagnostics::{Foreign, text};
use reports::quantity::{Quantity, Unit};

use super::policy::is_match;
use super::series::{Figures, Series};
use super::{Decision, Limit, name, words};
use crate::{Reason, Verdict};

const RULE: &str = "performance-limit";

impl Decision<'_> {
    /// Holds every limit against the median of each figure that it names.
    pub(super) fn hold_limits(&mut self, series: &BTreeMap<BString, Series>) {
        let policy = self.policy;
        for limit in &policy.limits {
            let mut has_figure = false;
            for (key, series) in series {
                let head = series.head().filter(|_| is_match(&limit.metric, key));
                if let Some(head) = head {
                    has_figure = true;
                    self.hold(limit, key, head);
                }
            }
            if !has_figure {
                let message = text![
                    "the limit of ",
                    Foreign::from(limit.metric.as_str()),
                    " holds nothing: it was not measured"
                ];
                let keys = series.keys().map(|key| String::from_utf8_lossy(key).into_owned());
                let keys: Vec<String> = keys.take(1000).collect();
                let near = diagnostics::nearest(&limit.metric, keys.iter().map(String::as_str));
                let help = match near {
                    Some(near) => text!["did you mean ", Foreign::from(near), "?"],
                    None => "run that benchmark, or correct the limit's `metric`".into(),
                };
                self.reasons.push(Reason::new(RULE, Verdict::Error, message).help(help));
            }
        }
    }

    fn hold(&mut self, limit: &Limit, key: &BString, head: &Figures) {
        let measured = head.quantity();
        for (bound, is_floor) in [(&limit.min, true), (&limit.max, false)] {
            let Some(bound) = bound else { continue };
            let Some(bound) = in_unit(bound, &measured.unit) else {
                let message = text![
                    name(key),
                    " is in ",
                    words::unit(&measured.unit),
                    ", and its limit in ",
                    words::unit(&bound.unit)
                ];
                let help = "write the limit in the unit of what is measured";
                self.push(key, Reason::new(RULE, Verdict::Error, message).help(help));
                continue;
            };
            self.limits_held += 1;
            let is_held = if is_floor {
                measured.value >= bound.value
            } else {
                measured.value <= bound.value
            };
            if is_held {
                continue;
            }
            let [is, should] = words::both(&measured, &bound);
            let mut message = text![name(key), " is "];
            message.append(is);
            message.text(if is_floor {
                ", below the floor of "
            } else {
                ", above the ceiling of "
            });
            message.append(should);
            let help = "make it faster, or move the limit with a reason";
            self.push(key, Reason::new(RULE, Verdict::Fail, message).help(help));
        }
    }
}

/// A bound in the unit of what is measured. A bare number is in whatever unit that is, if it is one of
/// those that have no prefixes.
fn in_unit(bound: &Quantity, unit: &Unit) -> Option<Quantity> {
    let is_bare = bound.unit == Unit::Count && matches!(unit, Unit::Other(_) | Unit::Instructions);
    (bound.unit == *unit || is_bare).then(|| Quantity { value: bound.value, unit: unit.clone() })
}
