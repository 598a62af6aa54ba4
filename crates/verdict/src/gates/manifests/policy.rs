//! What the gate wants: `[gate.manifests]`.

use std::collections::BTreeMap;

use diagnostics::config::Table;
use diagnostics::{Text, text};

use super::image::ImageName;
use crate::{Mode, Verdict};

/// What the gate wants.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What it does with what it finds.
    pub mode: Mode,
    /// The files, where the input does not name any.
    pub files: Vec<String>,
    /// Whether what the base has too does not count.
    pub only_new: bool,
    /// The namespace of objects that name none.
    pub namespace: String,
    /// How images are named; nothing for any way.
    pub image_names: Vec<ImageName>,
    /// What a container without a limit of processors or of memory comes to, where it is another than
    /// that of the rule.
    pub limits: [Option<Level>; 2],
    levels: BTreeMap<Rule, Level>,
}

/// What a rule comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// It blocks.
    Block,
    /// It warns.
    Warn,
    /// It is not looked at.
    Off,
}

impl Level {
    /// The words of the configuration.
    pub const WORDS: [(&'static str, Self); 3] =
        [("block", Self::Block), ("warn", Self::Warn), ("off", Self::Off)];

    /// The verdict; nothing where it is not looked at.
    pub fn verdict(self) -> Option<Verdict> {
        match self {
            Self::Block => Some(Verdict::Fail),
            Self::Warn => Some(Verdict::Warn),
            Self::Off => None,
        }
    }
}

macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident = $name:literal, $level:ident;)+) => {
        /// A rule.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rule { $($(#[$doc])* $rule,)+ }

        impl Rule {
            /// Every rule, with its name and what it comes to where nobody says otherwise.
            pub const ALL: &'static [(&'static str, Self, Level)] =
                &[$(($name, Self::$rule, Level::$level),)+];

            /// The name, which is its key in the configuration and in annotations.
            pub fn name(self) -> &'static str {
                match self { $(Self::$rule => $name,)+ }
            }
        }
    };
}

rules! {
    /// Each container that runs on has a liveness probe that can be asked.
    LivenessProbe = "liveness-probe", Block;
    /// Each container that runs on has a readiness probe that can be asked.
    ReadinessProbe = "readiness-probe", Block;
    /// Each container has limits of processors and memory.
    ResourceLimits = "resource-limits", Block;
    /// Exactly one budget holds for the pods, and lets one go.
    Pdb = "pdb", Block;
    /// Pods say how they end, and have the time for it.
    Termination = "termination", Block;
    /// Each image has a tag that stays what it is, or a digest.
    ImageTag = "image-tag", Block;
    /// Each image is named as the policy says.
    ImageName = "image-name", Block;
    /// Liveness and readiness are not the same question.
    ProbesIdentical = "probes-identical", Warn;
    /// Probes ask ports that the container has.
    ProbePortUnknown = "probe-port-unknown", Warn;
    /// There are two replicas or more.
    ReplicasBelow2 = "replicas-below-2", Warn;
    /// Old pods stay until new ones are ready.
    RecreateStrategy = "recreate-strategy", Warn;
    /// Each budget means some pod.
    PdbOrphan = "pdb-orphan", Warn;
    /// Pods that are not ready may always be moved.
    PdbUnhealthyPolicy = "pdb-unhealthy-policy", Off;
    /// A network policy holds for the pods.
    NetworkPolicy = "network-policy", Off;
    /// No secret is written into a manifest.
    SecretLiteral = "secret-literal", Warn;
    /// No process may run as root.
    RunAsRoot = "run-as-root", Off;
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            files: Vec::new(),
            only_new: false,
            namespace: "default".to_owned(),
            image_names: Vec::new(),
            limits: [None; 2],
            levels: BTreeMap::new(),
        }
    }
}

impl Policy {
    /// Reads the table.
    pub fn read(table: &mut Table<'_, '_>) -> Self {
        let default = Self::default();
        let mode = table.choice("mode", &Mode::WORDS).unwrap_or_default();
        let mut levels = BTreeMap::new();
        for (name, rule, _) in Rule::ALL {
            levels.extend(table.choice(name, &Level::WORDS).map(|level| (*rule, level)));
        }
        let files = table.strings("files").unwrap_or_default();
        let names = table.strings("image-names").unwrap_or_default();
        let image_names = names.iter().filter_map(|word| ImageName::read(table, word)).collect();
        let mut inner = table.table("limits");
        let limits = ["cpu", "memory"].map(|key| inner.choice(key, &Level::WORDS));
        drop(inner);
        Self {
            mode,
            files: files.into_iter().map(|word| word.text).collect(),
            only_new: table.flag("only-new").unwrap_or(default.only_new),
            namespace: table.string("namespace").map_or(default.namespace, |word| word.text),
            image_names,
            limits,
            levels,
        }
    }

    /// What a rule comes to.
    pub fn level(&self, rule: Rule) -> Level {
        let default =
            || Rule::ALL.iter().find(|(_, it, _)| *it == rule).map(|(_, _, level)| *level);
        self.levels.get(&rule).copied().or_else(default).unwrap_or(Level::Block)
    }

    /// What it is held against, for the table: the rules that block.
    pub(super) fn blocking(&self) -> Text {
        let names = Rule::ALL.iter().filter(|(_, rule, _)| {
            let has_names = *rule != Rule::ImageName || !self.image_names.is_empty();
            self.level(*rule) == Level::Block && has_names
        });
        let mut said = Text::new();
        for (at, (name, _, _)) in names.enumerate() {
            said.text(if at == 0 { "" } else { ", " }).text(name);
        }
        if said.is_empty() { text!["nothing blocks"] } else { said }
    }
}
