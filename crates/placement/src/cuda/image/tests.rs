//! What images ask for, and what hosts are.

use proptest::prelude::*;

use super::*;
use crate::catalogue;
use crate::cuda::properties::{any_driver, any_version};

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

/// The brands and branches of the image of CUDA 12.9.
fn image_of_12_9() -> String {
    let brands = [
        "unknown",
        "grid",
        "tesla",
        "nvidia",
        "quadro",
        "quadrortx",
        "nvidiartx",
        "vapps",
        "vpc",
        "vcs",
        "vws",
        "cloudgaming",
    ];
    let mut text = "cuda>=12.9".to_owned();
    for branch in [535, 550, 560, 565, 570] {
        for brand in brands {
            let next = branch + 1;
            text.extend([format!(" brand={brand},driver>={branch},driver<{next}")]);
        }
    }
    text
}

#[test]
fn an_image_says_where_it_starts() {
    let requirement: Requirement = image_of_12_9().parse().unwrap();
    let check = |model: Option<&str>, cuda: &str, driver: &str| {
        let model = model.and_then(|name| catalogue::known().model(name));
        let known = |text: &str| (!text.is_empty()).then(|| version(text));
        let host = ImageHost {
            cuda: known(cuda),
            driver: known(driver),
            capability: model.and_then(|model| model.capability),
            brands: model.map_or(&[], catalogue::Model::brands),
        };
        match requirement.check(&host) {
            Checked::Met(conditions) => {
                conditions.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
            }
            Checked::NotMet => "no".to_owned(),
            Checked::Unknown => "unknown".to_owned(),
        }
    };
    assert_eq!(check(Some("a100"), "12.9", "575.51.03"), "cuda>=12.9");
    assert_eq!(check(Some("rtx-4090"), "13.0", "580.65.06"), "cuda>=12.9");
    // Either of the brands that an A100 may have will do.
    let by_branch = "brand=nvidia,driver>=535.0,driver<536.0";
    assert_eq!(check(Some("a100"), "12.2", "535.274.02"), by_branch);
    assert_eq!(check(Some("rtx-6000-ada"), "12.2", "535.274.02"), by_branch);
    assert_eq!(check(Some("rtx-4090"), "12.2", "535.274.02"), "no");
    assert_eq!(check(Some("a100"), "12.3", "545.23.06"), "no");
    assert_eq!(check(Some("a100"), "12.0", "525.60.13"), "no");
    assert_eq!(check(None, "12.2", "535.274.02"), "unknown");
    assert_eq!(check(None, "12.9", ""), "cuda>=12.9");
    assert_eq!(check(None, "12.3", "545.23.06"), "no");
    assert_eq!(check(Some("a100"), "", "575.51.03"), "unknown");
    assert_eq!(check(Some("a100"), "12.2", ""), "unknown");
    assert_eq!(check(Some("rtx-4090"), "12.2", ""), "no");
}

#[test]
fn every_comparison_of_an_image_is_understood() {
    let host = ImageHost {
        cuda: Some(version("12.4")),
        driver: Some(version("550.54.14")),
        capability: Some(Capability::new(8, 9)),
        brands: &["tesla"],
    };
    for (text, is_met) in [
        ("cuda=12.4", true),
        ("cuda!=12.4", false),
        ("cuda<12.4", false),
        ("cuda<=12.4", true),
        ("cuda>12.4", false),
        ("cuda>12.3", true),
        ("cuda>=12", true),
        ("cuda>=12.10", false),
        ("arch>=8.9", true),
        ("arch>=9.0", false),
        ("arch<10.0", true),
        ("brand=tesla", true),
        ("brand!=tesla", false),
        ("brand!=geforce", true),
        ("driver>=550,driver<551", true),
        ("driver>=550,driver<550.54.14", false),
        ("cuda>=13.0 arch>=8.0", true),
        ("  cuda>=13.0  arch>=8.0 ", true),
        ("cuda>=13.0,arch>=8.0", false),
    ] {
        let requirement: Requirement = text.parse().unwrap();
        let found = requirement.check(&host);
        assert!(matches!(found, Checked::Met(_)) == is_met && found != Checked::Unknown, "{text}");
    }
}

#[test]
fn a_text_that_asks_nothing_is_refused() {
    let at = |at| NotARequirement::Condition { at };
    for (text, error) in [
        ("", NotARequirement::Empty),
        ("   ", NotARequirement::Empty),
        ("cuda", at(0)),
        ("cuda>=", at(0)),
        ("cuda>=x", at(0)),
        ("cuda=>12", at(0)),
        ("CUDA>=12.4", at(0)),
        ("cuda>=12.4 colour=red", at(11)),
        ("cuda>=12.4,,driver>=1", at(11)),
        ("cuda>=12.4,", at(11)),
        (" cuda>=12.4\tx", at(1)),
        ("cuda>=12.4 brand<tesla", at(11)),
        ("cuda>=12.4 brand=", at(11)),
        ("brand=\u{1b}[31m", at(0)),
        ("brand=tesla%0A::error::", at(0)),
    ] {
        assert_eq!(text.parse::<Requirement>(), Err(error), "{text:?}");
    }
    let long = "cuda>=12.4 ".repeat(10_000);
    assert_eq!(long.parse::<Requirement>(), Err(NotARequirement::TooLong));
}

proptest! {
    #[test]
    fn no_text_is_too_odd(text in "[a-z0-9<>=!., _]{0,40}", any in any::<String>()) {
        let _ = (text.parse::<Requirement>(), any.parse::<Requirement>());
    }

    /// What an image is said to start on, it starts on whichever brand the GPU turns out to have.
    #[test]
    fn any_brand_agrees(driver in any_driver(), cuda in any_version(), index in 0_usize..4) {
        let requirement: Requirement = image_of_12_9().parse().unwrap();
        let brands = ["nvidia", "geforce", "tesla", "quadro"];
        let host = ImageHost { cuda: Some(cuda), driver: Some(driver), capability: None, brands: &brands };
        let one = ImageHost { brands: &brands[index..=index], ..host };
        match requirement.check(&host) {
            Checked::Met(_) => {
                let is_met = matches!(requirement.check(&one), Checked::Met(_));
                prop_assert!(is_met);
            }
            Checked::NotMet => prop_assert_eq!(requirement.check(&one), Checked::NotMet),
            Checked::Unknown => {}
        }
    }
}
