//! Which pods are meant (Kubernetes documentation, "Labels and Selectors").

use diagnostics::yaml::{At, Kind, Node};

use super::Labels;
use crate::yaml::entries;

/// Which pods are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Selector {
    /// None: it is not there.
    #[default]
    Nobody,
    /// Those for which all of this holds; all pods where it is nothing.
    All {
        /// Labels and their values.
        labels: Labels,
        /// What else has to hold.
        expressions: Vec<Expression>,
    },
    /// The API refuses it: where, and why.
    Refused(At, &'static str),
}

/// What has to hold of a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    /// The label.
    pub key: String,
    /// What has to hold.
    pub operator: Operator,
}

/// What has to hold of a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operator {
    /// It is one of these.
    In(Vec<String>),
    /// It is none of these, or not there.
    NotIn(Vec<String>),
    /// It is there.
    Exists,
    /// It is not there.
    DoesNotExist,
}

impl Selector {
    /// Reads a label selector.
    pub(super) fn read(node: Option<Node<'_>>) -> Self {
        let Some(node) = node.filter(|node| !super::read::is_nothing(*node)) else {
            return Self::Nobody;
        };
        if !matches!(node.kind(), Kind::Map(_)) {
            return Self::Refused(node.at(), "it is no map");
        }
        if let Some(wrong) = node.get("matchLabels").and_then(odd_label) {
            return Self::Refused(wrong.at(), "`matchLabels` is no map of texts");
        }
        let listed = node.get("matchExpressions").filter(|it| !super::read::is_nothing(*it));
        if let Some(other) = listed.filter(|it| !matches!(it.kind(), Kind::List(_))) {
            return Self::Refused(other.at(), "`matchExpressions` is no list");
        }
        let labels = node.get("matchLabels").map(labels).unwrap_or_default();
        let mut expressions = Vec::new();
        for item in node.get("matchExpressions").map(Node::items).unwrap_or_default() {
            match Expression::read(item) {
                Ok(expression) => expressions.push(expression),
                Err(why) => return Self::Refused(item.at(), why),
            }
        }
        let known = ["matchLabels", "matchExpressions"];
        let is_other = |key: &Node<'_>| !key.text().is_some_and(|key| known.contains(&key));
        if let Some((key, _)) = node.pairs().into_iter().find(|(key, _)| is_other(key)) {
            return Self::Refused(
                key.at(),
                "it has a key that is neither `matchLabels` nor `matchExpressions`",
            );
        }
        Self::All { labels, expressions }
    }

    /// The selector of a service: labels alone, and without any it means no pods.
    pub(super) fn of_labels(node: Option<Node<'_>>) -> Self {
        let labels = node.map(labels).unwrap_or_default();
        if labels.is_empty() {
            return Self::Nobody;
        }
        Self::All { labels, expressions: Vec::new() }
    }

    /// Whether pods with these labels are meant.
    pub fn is_match(&self, labels: &Labels) -> bool {
        match self {
            Self::Nobody | Self::Refused(..) => false,
            Self::All { labels: wanted, expressions } => {
                wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
                    && expressions.iter().all(|expression| expression.holds(labels))
            }
        }
    }
}

impl Expression {
    fn read(node: Node<'_>) -> Result<Self, &'static str> {
        let text = |key: &str| node.get(key).and_then(Node::text);
        let key = text("key").filter(|key| !key.is_empty()).ok_or("it has no `key`")?;
        let values = node.get("values").map(Node::items).unwrap_or_default();
        let values: Vec<String> =
            values.into_iter().filter_map(Node::text).map(str::to_owned).collect();
        let operator = match text("operator") {
            Some("In" | "NotIn") if values.is_empty() => return Err("it has no `values`"),
            Some("Exists" | "DoesNotExist") if !values.is_empty() => {
                return Err("it has `values`, which this operator does not take");
            }
            Some("In") => Operator::In(values),
            Some("NotIn") => Operator::NotIn(values),
            Some("Exists") => Operator::Exists,
            Some("DoesNotExist") => Operator::DoesNotExist,
            Some(_) | None => {
                return Err("its `operator` is none of In, NotIn, Exists, DoesNotExist");
            }
        };
        Ok(Self { key: key.to_owned(), operator })
    }

    fn holds(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        match &self.operator {
            Operator::In(values) => value.is_some_and(|value| values.contains(value)),
            Operator::NotIn(values) => value.is_none_or(|value| !values.contains(value)),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
        }
    }
}

/// What keeps a node from being a map of texts.
fn odd_label(node: Node<'_>) -> Option<Node<'_>> {
    match node.kind() {
        Kind::Nothing => None,
        Kind::Map(pairs) => {
            pairs.into_iter().map(|(_, value)| value).find(|value| value.text().is_none())
        }
        Kind::Text(_) | Kind::List(_) => Some(node),
    }
}

/// The texts of a map.
pub(super) fn labels(node: Node<'_>) -> Labels {
    let texts = entries(Some(node)).into_iter();
    texts.filter_map(|(key, value)| Some((key.to_owned(), value.text()?.to_owned()))).collect()
}
