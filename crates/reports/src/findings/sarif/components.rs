//! The tool, its extensions, and their rules (§3.18, §3.19, §3.49).

use std::collections::BTreeMap;

use bstr::BString;
use serde::Deserialize;

use super::results::{Message, Properties};
use super::{Fold, Folded, Whole};
use crate::findings::json::Words;
use crate::findings::{Kind, Severity};

/// More rules than any tool has: for each, more is kept than is written.
const MOST_RULES: usize = 200_000;

#[derive(Deserialize)]
pub(super) struct Components<'a> {
    #[serde(borrow)]
    driver: Component<'a>,
    #[serde(borrow, default)]
    extensions: Folded<Extensions<'a>>,
}

#[derive(Default)]
struct Extensions<'a>(Vec<Component<'a>>);

impl<'a> Fold for Extensions<'a> {
    type Element = Component<'a>;

    fn add(&mut self, extension: Component<'a>) -> bool {
        self.0.push(extension);
        self.0.len() <= MOST_RULES
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Component<'a> {
    #[serde(borrow)]
    name: Option<Words<'a>>,
    #[serde(borrow)]
    guid: Option<Words<'a>>,
    #[serde(borrow)]
    semantic_version: Option<Words<'a>>,
    #[serde(borrow)]
    version: Option<Words<'a>>,
    #[serde(borrow, default)]
    rules: Folded<Rules<'a>>,
}

#[derive(Default)]
struct Rules<'a> {
    list: Vec<Rule<'a>>,
    by_id: BTreeMap<Words<'a>, usize>,
}

impl<'a> Fold for Rules<'a> {
    type Element = Rule<'a>;

    fn add(&mut self, rule: Rule<'a>) -> bool {
        if let Some(id) = &rule.id {
            self.by_id.entry(id.clone()).or_insert(self.list.len());
        }
        self.list.push(rule);
        self.list.len() <= MOST_RULES
    }
}

/// What is known of a rule.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule<'a> {
    #[serde(borrow)]
    pub(super) id: Option<Words<'a>>,
    #[serde(borrow)]
    name: Option<Words<'a>>,
    #[serde(borrow)]
    short_description: Option<Message<'a>>,
    #[serde(borrow)]
    full_description: Option<Message<'a>>,
    #[serde(borrow)]
    message_strings: Option<BTreeMap<Words<'a>, Message<'a>>>,
    #[serde(borrow)]
    default_configuration: Option<Configuration<'a>>,
    properties: Option<Properties>,
    #[serde(borrow)]
    deprecated_ids: Option<Vec<Words<'a>>>,
}

#[derive(Deserialize)]
struct Configuration<'a> {
    #[serde(borrow)]
    level: Option<Words<'a>>,
}

impl<'a> Rule<'a> {
    pub(super) fn severity(&self) -> Option<Severity> {
        self.properties.as_ref().and_then(Properties::severity)
    }

    pub(super) fn level(&self) -> Option<&Words<'a>> {
        self.default_configuration.as_ref().and_then(|it| it.level.as_ref())
    }

    pub(super) fn kind(&self) -> Option<Kind> {
        self.properties.as_ref().and_then(|it| it.tags.0.kind)
    }

    /// A message by its identifier (§3.49.11).
    pub(super) fn string(&self, id: &Words<'a>) -> Option<&Words<'a>> {
        self.message_strings.as_ref()?.get(id)?.words()
    }

    /// What the rule is about.
    pub(super) fn about(&self) -> Option<&Words<'a>> {
        self.short_description
            .as_ref()
            .and_then(Message::words)
            .or_else(|| self.full_description.as_ref().and_then(Message::words))
            .or(self.name.as_ref())
    }

    /// Other names of the same: earlier ones (§3.49.4), and those of advisories among the tags.
    pub(super) fn aliases(&self) -> Vec<BString> {
        let earlier = self.deprecated_ids.iter().flatten().map(Words::owned);
        let tags = self.properties.iter().flat_map(|it| it.tags.0.advisories.iter().cloned());
        earlier.chain(tags).take(100).collect()
    }
}

/// Which rule a result is about (§3.27.5 to §3.27.7).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reference<'a> {
    #[serde(borrow)]
    pub(super) id: Option<Words<'a>>,
    pub(super) index: Option<Whole>,
    #[serde(borrow)]
    pub(super) tool_component: Option<ComponentReference<'a>>,
}

#[derive(Deserialize)]
pub(super) struct ComponentReference<'a> {
    index: Option<Whole>,
    #[serde(borrow)]
    name: Option<Words<'a>>,
    #[serde(borrow)]
    guid: Option<Words<'a>>,
}

impl<'a> Components<'a> {
    pub(super) fn name(&self) -> BString {
        self.driver.name.as_ref().map_or_else(|| "a tool without a name".into(), Words::owned)
    }

    pub(super) fn driver(&self) -> (BString, Option<BString>) {
        let version = self.driver.semantic_version.as_ref().or(self.driver.version.as_ref());
        (self.name(), version.map(Words::owned))
    }

    fn all(&self) -> impl Iterator<Item = &Component<'a>> {
        std::iter::once(&self.driver).chain(&self.extensions.0.0)
    }

    fn component(&self, reference: &ComponentReference<'a>) -> Option<&Component<'a>> {
        if let Some(index) = reference.index.and_then(Whole::index) {
            return self.extensions.0.0.get(index);
        }
        let is_it = |it: &&Component<'a>| match (&reference.guid, &reference.name) {
            (Some(guid), _) => it.guid.as_ref() == Some(guid),
            (None, name) => it.name.is_some() && it.name == *name,
        };
        self.all().find(is_it)
    }

    /// The rule of a result. An index that points at a rule with another identifier is believed only
    /// where no rule has the identifier.
    pub(super) fn rule(
        &self,
        id: Option<&Words<'a>>,
        index: Option<usize>,
        component: Option<&ComponentReference<'a>>,
    ) -> Option<&Rule<'a>> {
        let named = component.and_then(|reference| self.component(reference));
        let home = named.unwrap_or(&self.driver);
        let by_index = index.and_then(|index| home.rules.0.list.get(index));
        match (by_index, id) {
            (Some(rule), Some(id)) if rule.id.as_ref().is_none_or(|own| is_below(id, own)) => {
                Some(rule)
            }
            (Some(rule), None) => Some(rule),
            (_, Some(id)) => named.and_then(|it| it.by_id(id)).or_else(|| {
                // A rule of an extension that the result does not name.
                self.all().take(1000).find_map(|it| it.by_id(id)).or(by_index)
            }),
            (None, None) => None,
        }
    }
}

impl<'a> Component<'a> {
    /// The rule with this identifier, or that of which it is a part: `CA1000/1` of `CA1000` (§3.5.4).
    fn by_id(&self, id: &[u8]) -> Option<&Rule<'a>> {
        let mut id = id;
        for _ in 0..8 {
            let found = self.rules.0.by_id.get(id);
            if let Some(rule) = found.and_then(|index| self.rules.0.list.get(*index)) {
                return Some(rule);
            }
            id = id.get(..memchr::memrchr(b'/', id)?)?;
        }
        None
    }
}

/// Whether an identifier is another's, or that of a part of it.
fn is_below(id: &[u8], whole: &[u8]) -> bool {
    id.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}
