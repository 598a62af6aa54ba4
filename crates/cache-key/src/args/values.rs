//! Values of inputs that are more than a word.

use clap::ValueEnum;
use ecosystems::caches::{Ecosystem, Layer};

/// Which ecosystems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Chosen {
    /// Whatever the repository has.
    Auto,
    /// These, each of which must be there; in the order of [`Ecosystem::ALL`]. Without any, what a person
    /// names is kept alone.
    These(Vec<Ecosystem>),
}

/// A layer, as the input `layers` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LayerName {
    /// Downloads.
    Registry,
    /// What was built or installed from elsewhere.
    Deps,
    /// What was built from the repository's own sources.
    Workspace,
}

impl LayerName {
    /// The layer that is meant.
    pub(crate) fn layer(self) -> Layer {
        match self {
            Self::Registry => Layer::Registry,
            Self::Deps => Layer::Dependencies,
            Self::Workspace => Layer::Workspace,
        }
    }
}

/// Where caches are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Backend {
    /// The runner's own store, through actions/cache, which keeps branches apart by itself.
    #[default]
    Actions,
    /// A bucket, in which everybody who may write can write everything.
    S3,
    /// A folder that machines or jobs share, the same.
    Local,
}

/// `auto`, `none`, or names separated by commas.
pub(crate) fn ecosystems(text: &str) -> Result<Chosen, String> {
    let words: Vec<&str> =
        text.split([',', '\n', ' ']).map(str::trim).filter(|word| !word.is_empty()).collect();
    if words == ["auto"] {
        return Ok(Chosen::Auto);
    }
    if words == ["none"] {
        return Ok(Chosen::These(Vec::new()));
    }
    let known = || Ecosystem::ALL.iter().map(|ecosystem| ecosystem.name());
    for word in &words {
        if !known().any(|name| name == *word) {
            let nearest = diagnostics::nearest(word, known().chain(["auto", "none"]));
            let hint = nearest.map_or_else(String::new, |it| format!("; did you mean `{it}`?"));
            let known: Vec<&str> = known().collect();
            return Err(format!(
                "`{word}` is not one of auto and none (alone), {}{hint}",
                known.join(", ")
            ));
        }
    }
    let chosen = Ecosystem::ALL.iter().filter(|it| words.contains(&it.name()));
    let chosen: Vec<Ecosystem> = chosen.copied().collect();
    if chosen.is_empty() {
        Err("expected at least one name".to_owned())
    } else {
        Ok(Chosen::These(chosen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_in_any_order_and_each_once() {
        assert_eq!(ecosystems(" auto "), Ok(Chosen::Auto));
        assert_eq!(ecosystems("none"), Ok(Chosen::These(Vec::new())));
        assert_eq!(ecosystems("cargo, cargo"), Ok(Chosen::These(vec![Ecosystem::Cargo])));
    }

    #[test]
    fn a_wrong_name_is_told_with_the_nearest() {
        let told = ecosystems("crago").unwrap_err();
        assert!(told.contains("did you mean `cargo`?"), "{told}");
        assert!(ecosystems("auto,cargo").is_err());
        assert!(ecosystems("none,cargo").is_err());
        assert!(ecosystems("").is_err());
    }
}
