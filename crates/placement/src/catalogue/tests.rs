//! The data holds together and agrees with a second list; names mean what they say.

use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Catalogue {
    Catalogue::read(text).unwrap()
}

fn model(name: &str) -> &'static Model {
    known().model(name).unwrap_or_else(|| panic!("{name} is not listed"))
}

#[test]
fn the_data_has_no_mistake() {
    let read = read(include_str!("../../data/gpus.toml"));
    assert_eq!(known(), &read);
    assert!(read.models.len() > 100);
    let is_name = |text: &str| {
        text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    for model in read.models() {
        assert!(is_name(&model.name), "{}", model.name);
        // A name is its own normal form, so that people may write it.
        assert_eq!(read.identify(&model.name).map(|it| it.model), Ok(model));
    }
}

#[test]
fn mistakes_are_refused() {
    const GROUP: &str =
        "[[group]]\nfamily='F'\nvendor='nvidia'\nline='consumer'\ncapability='8.0'\n";
    let group = |more: &str| Catalogue::read(&format!("{GROUP}{more}")).unwrap_err();
    assert_eq!(read(&format!("{GROUP}[group.models]\nx=[1]")).models.len(), 1);

    assert!(matches!(group("colour='red'\n[group.models]\nx=[]"), Mistake::Form(_)));
    assert!(matches!(group("[group.models]\nx=['1']"), Mistake::Form(_)));
    assert_eq!(group("gfx='gfx90a'\n[group.models]\nx=[]"), Mistake::Architecture("x".into()));
    let amd = GROUP.replace("nvidia", "amd");
    let error = Catalogue::read(&format!("{amd}[group.models]\nx=[]")).unwrap_err();
    assert_eq!(error, Mistake::Architecture("x".into()));
    let odd = GROUP.replace("8.0", "8");
    let error = Catalogue::read(&format!("{odd}[group.models]\nx=[]")).unwrap_err();
    assert_eq!(error, Mistake::Value("8".into()));

    let twice = format!("{GROUP}[group.models]\nx=[]\n{GROUP}[group.models]\nx=[]");
    assert_eq!(Catalogue::read(&twice).unwrap_err(), Mistake::Twice("x".into()));
    let name = |text: &str| group(&format!("[group.models]\nx=[1]\n[[name]]\n{text}"));
    assert_eq!(name("text='X'\nmodels=['x']"), Mistake::Name("X".into()));
    assert_eq!(name("text='-'\nmodels=['x']"), Mistake::Name("-".into()));
    assert_eq!(name("text='Z'\nmodels=[]"), Mistake::Name("Z".into()));
    let not_listed = |model: &str, memory_gb| Mistake::NotListed { model: model.into(), memory_gb };
    assert_eq!(name("text='Z'\nmodels=['y']"), not_listed("y", None));
    assert_eq!(name("text='Z'\nmodels=['x']\nmemory=2"), not_listed("x", Some(2)));

    let mig = |text: &str| group(&format!("[group.models]\nx=[8]\n{text}"));
    let block = |memory: u32, profile: &str| {
        format!("[[mig]]\nmodels=['x']\nmemory={memory}\ninstances={{'{profile}'=1}}\n")
    };
    assert_eq!(mig(&block(9, "1g.1gb")), not_listed("x", Some(9)));
    assert_eq!(mig(&block(8, "1g")), Mistake::Value("1g".into()));
    assert_eq!(mig(&(block(8, "1g.1gb") + &block(8, "2g.2gb"))), Mistake::Twice("x".into()));
}

/// Model, compute capability and sizes as the research for this tool wrote them down, from other sources.
const NVIDIA: &[(&str, &str, &[u32])] = &[
    ("v100", "7.0", &[16, 32]),
    ("t4", "7.5", &[16]),
    ("a100", "8.0", &[40, 80]),
    ("a30", "8.0", &[24]),
    ("a10", "8.6", &[24]),
    ("a10g", "8.6", &[24]),
    ("a40", "8.6", &[48]),
    ("a16", "8.6", &[16]),
    ("a2", "8.6", &[]),
    ("rtx-3090", "8.6", &[24]),
    ("rtx-a4000", "8.6", &[16]),
    ("rtx-a6000", "8.6", &[48]),
    ("orin", "8.7", &[]),
    ("l4", "8.9", &[24]),
    ("l40", "8.9", &[48]),
    ("l40s", "8.9", &[48]),
    ("rtx-4090", "8.9", &[24]),
    ("rtx-4000-ada", "8.9", &[20]),
    ("rtx-4000-sff-ada", "8.9", &[20]),
    ("rtx-6000-ada", "8.9", &[48]),
    ("h100", "9.0", &[80, 94, 96]),
    ("gh200", "9.0", &[96, 144]),
    ("h20", "9.0", &[96]),
    ("h200", "9.0", &[141]),
    ("b200", "10.0", &[180]),
    ("gb200", "10.0", &[186, 189]),
    ("b300", "10.3", &[269]),
    ("gb300", "10.3", &[]),
    ("thor", "11.0", &[]),
    ("rtx-5090", "12.0", &[32]),
    ("rtx-pro-2000", "12.0", &[]),
    ("rtx-pro-6000", "12.0", &[96]),
    ("gb10", "12.1", &[]),
    ("p100", "6.0", &[16]),
    ("p4", "6.1", &[]),
    ("p40", "6.1", &[]),
    ("gtx-1080", "6.1", &[]),
    ("m60", "5.2", &[]),
    ("rtx-4000", "7.5", &[]),
];

#[test]
fn nvidias_models_agree_with_a_second_list() {
    for (name, capability, sizes) in NVIDIA {
        let model = model(name);
        assert_eq!(model.vendor, Vendor::Nvidia, "{name}");
        assert_eq!(model.capability, Some(capability.parse().unwrap()), "{name}");
        assert_eq!(&model.memory_gb, sizes, "{name}");
    }
}

/// The same of AMD's.
const AMD: &[(&str, &str)] = &[
    ("mi50", "gfx906"),
    ("mi60", "gfx906"),
    ("mi100", "gfx908"),
    ("mi210", "gfx90a"),
    ("mi250", "gfx90a"),
    ("mi300a", "gfx942"),
    ("mi300x", "gfx942"),
    ("mi325x", "gfx942"),
    ("mi350x", "gfx950"),
    ("mi355x", "gfx950"),
    ("rx-6800", "gfx1030"),
    ("rx-6900-xt", "gfx1030"),
    ("rx-6700-xt", "gfx1031"),
    ("rx-7900-xtx", "gfx1100"),
    ("rx-9070", "gfx1201"),
];

#[test]
fn amds_models_agree_with_a_second_list() {
    for (name, gfx) in AMD {
        assert_eq!(model(name).gfx.as_deref(), Some(*gfx), "{name}");
        assert_eq!(model(name).vendor, Vendor::Amd, "{name}");
    }
    assert_eq!(model("mi325x").memory_gb, [256]);
}

/// The models and sizes that names mean.
const NAMES: &[(&str, &str, Option<u32>)] = &[
    ("NVIDIA L40S", "l40s", Some(48)),
    ("NVIDIA L40", "l40", Some(48)),
    ("NVIDIA L4", "l4", Some(24)),
    ("Tesla T4", "t4", Some(16)),
    ("NVIDIA A10G", "a10g", Some(24)),
    ("NVIDIA A100-SXM4-80GB", "a100", Some(80)),
    ("NVIDIA A100-SXM4-40GB", "a100", Some(40)),
    ("NVIDIA A100 80GB PCIe", "a100", Some(80)),
    ("A100-PCIE-40GB", "a100", Some(40)),
    ("a100", "a100", None),
    ("Tesla V100-SXM2-16GB", "v100", Some(16)),
    ("Tesla V100S-PCIE-32GB", "v100s", Some(32)),
    ("NVIDIA H100 80GB HBM3", "h100", Some(80)),
    ("NVIDIA H100 PCIe", "h100", Some(80)),
    ("NVIDIA H100 NVL", "h100", Some(94)),
    ("NVIDIA H100", "h100", None),
    ("NVIDIA H200", "h200", Some(141)),
    ("NVIDIA GH200 480GB", "gh200", Some(96)),
    ("NVIDIA GH200 144G HBM3e", "gh200", Some(144)),
    ("NVIDIA B200", "b200", Some(180)),
    ("NVIDIA B300 SXM6 AC", "b300", Some(269)),
    ("NVIDIA GeForce RTX 4090", "rtx-4090", Some(24)),
    ("NVIDIA GeForce RTX 2080 Ti", "rtx-2080-ti", Some(11)),
    ("GeForce GTX 1060 6GB", "gtx-1060", Some(6)),
    ("NVIDIA GeForce RTX 3080", "rtx-3080", None),
    ("Quadro RTX 4000", "rtx-4000", None),
    ("RTX 4000", "rtx-4000", None),
    ("Quadro RTX 6000", "quadro-rtx-6000", Some(24)),
    ("NVIDIA RTX A4000", "rtx-a4000", Some(16)),
    ("NVIDIA RTX 4000 Ada Generation", "rtx-4000-ada", Some(20)),
    ("NVIDIA RTX 4000 SFF Ada Generation", "rtx-4000-sff-ada", Some(20)),
    ("NVIDIA RTX 6000 Ada Generation", "rtx-6000-ada", Some(48)),
    ("NVIDIA RTX PRO 6000 Blackwell Server Edition", "rtx-pro-6000", Some(96)),
    ("NVIDIA TITAN X (Pascal)", "titan-x-pascal", None),
    ("GeForce GTX TITAN X", "gtx-titan-x", None),
    ("NVIDIA GB10", "gb10", None),
    ("Orin (nvgpu)", "orin", None),
    ("AMD Instinct MI300X", "mi300x", Some(192)),
    ("AMD Instinct MI300X OAM", "mi300x", Some(192)),
    ("AMD INSTINCT MI250 (MCM) OAM AC MBA", "mi250", Some(128)),
    ("AMD Instinct(TM) MI210", "mi210", Some(64)),
    ("AMD Radeon™ RX 7900 XTX", "rx-7900-xtx", None),
];

#[test]
fn names_mean_their_model_and_no_other() {
    for (name, model, memory_gb) in NAMES {
        let found = known().identify(name).map(|it| (it.model.name.as_str(), it.memory_gb));
        assert_eq!(found, Ok((*model, *memory_gb)), "{name}");
    }
}

#[test]
fn a_name_that_cannot_be_told_is_unknown_with_a_reason() {
    use Unidentified::{
        Ambiguous, CutOff, NotAName, NotListed, NotReported, Placeholder, Slice, Virtual,
    };
    let many =
        |names: &[&str]| -> Vec<String> { names.iter().map(|name| (*name).to_owned()).collect() };
    let all_2080 = many(&["rtx-2080", "rtx-2080-super", "rtx-2080-ti"]);
    let long = "A100 ".repeat(40);
    let table: &[(&str, Unidentified)] = &[
        ("", NotReported),
        ("  ", NotReported),
        ("N/A", NotReported),
        ("[N/A]", NotReported),
        ("[Unknown Error]", NotReported),
        ("L4\u{41e}", NotAName),
        ("Tesla T4\n::error::", NotAName),
        ("Tesla T4\u{fffd}", NotAName),
        (&long, NotAName),
        ("NVIDIA GeForce RTX 2080 ...", CutOff { could_be: all_2080.clone() }),
        ("NVIDIA GeForce RTX 208…", CutOff { could_be: all_2080 }),
        ("NVIDIA A100-SXM4-40GB...", CutOff { could_be: Vec::new() }),
        ("...", CutOff { could_be: Vec::new() }),
        ("Graphics Device", Placeholder),
        ("NVIDIA Graphics Device", Placeholder),
        ("GRID A100-10C", Virtual),
        ("NVIDIA A40-48Q", Virtual),
        ("NVIDIA A100-1-5CME", Virtual),
        ("NVIDIA A100-SXM4-40GB MIG 1g.5gb", Slice),
        ("NVIDIA TITAN X", Ambiguous { could_be: many(&["gtx-titan-x", "titan-x-pascal"]) }),
        ("RTX 6000", Ambiguous { could_be: many(&["quadro-rtx-6000", "rtx-6000-ada"]) }),
        ("Instinct MI300", Ambiguous { could_be: many(&["mi300a", "mi300x"]) }),
        ("NVIDIA GeForce RTX 4090 Laptop GPU", NotListed),
        ("NVIDIA RTX 6090", NotListed),
        ("NVIDIA L40X", NotListed),
        ("L4 0S", NotListed),
        ("NVIDIA A100-SXM4-60GB", NotListed),
        ("NVIDIA A100 40GB 80GB", NotListed),
        ("NVIDIA A100 0GB", NotListed),
        ("NVIDIA H100 NVL 80GB", NotListed),
        ("NVIDIA GeForce RTX 4090 SXM5", NotListed),
        ("AMD L40S", NotListed),
        ("NVIDIA Instinct MI300X", NotListed),
        ("NVIDIA", NotListed),
        ("no-gpu", NotListed),
        ("H100 or L40S", NotListed),
    ];
    for (name, why) in table {
        assert_eq!(known().identify(name).map(|it| &it.model.name), Err(why.clone()), "{name}");
    }
}

/// What cards were seen to report in MiB, and what is written on them.
#[test]
fn the_size_on_the_box_is_told_from_what_is_reported() {
    let table: &[(&str, u32, Option<u32>)] = &[
        ("l40s", 46_068, Some(48)),
        ("t4", 15_360, Some(16)),
        ("t4", 15_109, Some(16)),
        ("a10g", 23_028, Some(24)),
        ("h100", 81_559, Some(80)),
        ("h100", 95_830, Some(94)),
        ("h200", 143_771, Some(141)),
        ("rtx-4000-sff-ada", 20_475, Some(20)),
        ("a100", 40_536, Some(40)),
        ("a100", 81_920, Some(80)),
        ("a100", 36_864, Some(40)),
        ("a100", 36_863, None),
        ("a100", 43_008, Some(40)),
        ("a100", 43_009, None),
        ("a100", 60_000, None),
        ("a100", 0, None),
        ("a100", u32::MAX, None),
        ("rtx-5090", 32_607, Some(32)),
    ];
    for (name, reported, nominal) in table {
        assert_eq!(model(name).nominal_gb(*reported), *nominal, "{name} {reported}");
    }
}

/// The profiles of NVIDIA's guide: model, size, profile, how many.
const MIG: &[(&str, u32, &str, u32)] = &[
    ("a30", 24, "1g.6gb", 4),
    ("a30", 24, "2g.12gb", 2),
    ("a30", 24, "4g.24gb", 1),
    ("a100", 40, "1g.5gb", 7),
    ("a100", 40, "1g.10gb", 4),
    ("a100", 40, "2g.10gb", 3),
    ("a100", 40, "3g.20gb", 2),
    ("a100", 40, "4g.20gb", 1),
    ("a100", 40, "7g.40gb", 1),
    ("a100", 80, "1g.10gb", 7),
    ("h100", 80, "1g.20gb", 4),
    ("h100", 80, "7g.80gb", 1),
    ("h100", 94, "1g.12gb", 7),
    ("h100", 94, "3g.47gb", 2),
    ("h200", 141, "1g.18gb", 7),
    ("h200", 141, "1g.35gb", 4),
    ("h200", 141, "2g.35gb", 3),
    ("h200", 141, "3g.71gb", 2),
    ("h200", 141, "4g.71gb", 1),
    ("h200", 141, "7g.141gb", 1),
    ("b200", 180, "1g.23gb", 7),
    ("b200", 180, "2g.45gb", 3),
    ("b200", 180, "3g.90gb", 2),
    ("b200", 180, "7g.180gb", 1),
    ("gb200", 186, "1g.47gb", 4),
    ("gb200", 186, "3g.93gb", 2),
    ("gb200", 186, "7g.186gb", 1),
    ("b300", 269, "1g.34gb", 7),
    ("b300", 269, "2g.67gb", 3),
    ("b300", 269, "3g.135gb", 2),
    ("b300", 269, "7g.269gb", 1),
    ("rtx-pro-6000", 96, "1g.24gb", 4),
    ("rtx-pro-6000", 96, "2g.48gb", 2),
    ("rtx-pro-6000", 96, "4g.96gb", 1),
];

#[test]
fn profiles_agree_with_a_second_list() {
    for (name, size, profile, count) in MIG {
        let found = model(name).instances(*size, profile.parse().unwrap());
        assert_eq!(found, Some(*count), "{name} {size} {profile}");
    }
    let h200 = |profile: &str| model("h200").instances(141, profile.parse().unwrap());
    assert_eq!(h200("1g.18gb+me"), Some(7));
    assert_eq!(h200("1c.3g.71gb"), Some(2));
    assert_eq!(h200("1g.10gb"), None);
    assert_eq!(model("a100").instances(60, "1g.10gb".parse().unwrap()), None);
    assert!(!model("l40s").has_mig() && model("a30").has_mig());
}

/// The rule that makes the names holds for every profile that is listed, so each card of the second list has
/// the eighths of its size, and counts never ask for more than the whole.
#[test]
fn every_profile_is_some_eighths_of_its_card() {
    let mut seen = 0;
    for model in known().models() {
        for (size, profiles) in &model.instances {
            for (profile, count) in profiles {
                let mib = size * 1024;
                let eighths: Vec<u32> = (1..=8)
                    .filter(|part| slice_gb(mib / 8 * part, mib) == Some(profile.memory_gb))
                    .collect();
                let [eighths] = eighths[..] else {
                    panic!("{} {profile}: {eighths:?}", model.name)
                };
                assert!(count * eighths <= 8, "{} {size} {profile}", model.name);
                assert!(count * u32::from(profile.slices) <= 7, "{} {size} {profile}", model.name);
                seen += 1;
            }
        }
    }
    assert!(seen > 60);
}

/// What slices of an H200 and of an A100 report in MiB, beside their cards, and the edges.
#[test]
fn the_name_of_a_slice_is_told_from_what_it_reports() {
    let table: &[(u32, u32, Option<u32>)] = &[
        (16_384, 143_771, Some(18)),
        (71_424, 143_771, Some(71)),
        (4_864, 40_536, Some(5)),
        (9_856, 40_536, Some(10)),
        (20_096, 40_536, Some(20)),
        (9_856, 81_559, Some(10)),
        (143_771, 143_771, Some(141)),
        (0, 81_559, None),
        (81_560, 81_559, None),
        (1, 81_559, None),
        (1, 0, None),
        (u32::MAX, u32::MAX, Some(4_194_304)),
    ];
    for (slice, card, gb) in table {
        assert_eq!(slice_gb(*slice, *card), *gb, "{slice} of {card}");
    }
}

#[test]
fn a_profile_is_read_and_told() {
    for text in [
        "1g.10gb",
        "7g.141gb",
        "1g.24gb+me.all",
        "1g.5gb+me",
        "2g.48gb-me",
        "4g.96gb+gfx",
        "1c.3g.71gb",
        "3c.3g.71gb",
    ] {
        assert_eq!(text.parse::<Profile>().map(|it| it.to_string()), Ok(text.to_owned()));
    }
    for text in [
        "",
        "gb",
        "1g",
        "1g.gb",
        "g.10gb",
        "1g.10",
        "1g.10GB",
        "1g.10gb ",
        "1g.10gb+x",
        "01g.10gb",
        "1g.0gb",
        "0g.10gb",
        "+1g.10gb",
        "1g.+1gb",
        "300g.1gb",
        "2c.1g.10gb",
        "c.1g.10gb",
        "1c.1c.1g.10gb",
        "1g.10gb+me+me",
        "1g.99999999999gb",
    ] {
        assert_eq!(text.parse::<Profile>(), Err(NotAProfile), "{text}");
    }
}

proptest! {
    #[test]
    fn no_name_is_too_odd(name in any::<String>()) {
        let _ = known().identify(&name);
    }

    #[test]
    fn no_profile_is_too_odd(text in "[0-9cg.+a-z-]{0,12}") {
        if let Ok(profile) = text.parse::<Profile>() {
            prop_assert_eq!(profile.to_string(), text);
        }
    }

    /// One more letter makes another word, which is another model or none.
    #[test]
    fn a_longer_word_is_another_model(
        (name, model, _) in proptest::sample::select(NAMES),
        letter in "[a-z0-9]",
    ) {
        let longer = format!("{name}{letter}");
        // The one word that a letter turns into another that says nothing of the model.
        prop_assume!(!longer.ends_with("HBM3e"));
        if let Ok(found) = known().identify(&longer) {
            prop_assert_ne!(found.model.name.as_str(), model, "{}", longer);
        }
    }

    /// How a name is spelt does not matter, as long as its words stay.
    #[test]
    fn case_and_separators_do_not_matter(
        (name, model, memory_gb) in proptest::sample::select(NAMES),
        separator in "[ _-]{1,3}",
        upper in any::<bool>(),
    ) {
        let name = name.replace(' ', &separator);
        let name = if upper { name.to_uppercase() } else { name.to_lowercase() };
        let found = known().identify(&name).map(|it| (it.model.name.as_str(), it.memory_gb));
        prop_assert_eq!(found, Ok((model, memory_gb)), "{}", name);
    }

    /// A slice is never larger than its card, and the whole card keeps its size.
    #[test]
    fn a_slice_is_a_part(card in 1_u32..=400_000, part in 1_u32..=400_000) {
        let whole = slice_gb(card, card);
        if let Some(gb) = slice_gb(part, card) {
            prop_assert!(part <= card && Some(gb) <= whole);
        }
    }
}
