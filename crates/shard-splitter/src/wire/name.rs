//! How tests are named in documents that other runs read.

use std::rc::Rc;

use bstr::{BString, ByteSlice as _};
use reports::{Case, Identity};
use serde::{Deserialize, Serialize};

/// The names that a report gave a test: one text, or those of a JUnit case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TestName {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    class: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    suite: Option<String>,
}

impl TestName {
    /// The names of a test. Reports are text, so nothing of them is lost.
    pub(super) fn of(identity: &Identity) -> Self {
        let text = |bytes: &BString| bytes.to_str_lossy().into_owned();
        match identity {
            Identity::Key(key) => Self { key: Some(text(key)), ..Self::default() },
            Identity::Case(Case { file, suite, host, class, name }) => Self {
                class: class.as_ref().map(text),
                file: file.as_deref().map(text),
                key: None,
                name: name.as_ref().map(text),
                host: host.as_deref().map(text),
                suite: suite.as_deref().map(text),
            },
        }
    }

    /// A total order: first what most names begin with.
    pub(super) fn order(&self) -> [&Option<String>; 6] {
        [&self.key, &self.file, &self.class, &self.suite, &self.name, &self.host]
    }

    /// What a report says of such a test.
    pub(super) fn identity(self) -> Identity {
        let Self { class, file, key, name, host, suite } = self;
        match key {
            Some(key) => Identity::Key(key.into()),
            None => Identity::Case(Case {
                file: file.map(|file| Rc::new(file.into())),
                suite: suite.map(|suite| Rc::new(suite.into())),
                host: host.map(|host| Rc::new(host.into())),
                class: class.map(BString::from),
                name: name.map(BString::from),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_was_written_is_read_again() {
        let some = |text: &str| Some(BString::from(text));
        let case = Case {
            file: some("a").map(Rc::new),
            host: some("p").map(Rc::new),
            suite: None,
            class: some("b"),
            name: some("c\n"),
        };
        for identity in
            [Identity::Key("a::b".into()), Identity::Case(case), Identity::Case(Case::default())]
        {
            let written = serde_json::to_string(&TestName::of(&identity)).unwrap();
            let read: TestName = serde_json::from_str(&written).unwrap();
            assert_eq!(read.identity(), identity);
        }
    }
}
