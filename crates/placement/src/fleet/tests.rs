//! What sources say of a machine, alone and together, and who gets to it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::*;
use crate::config::{Fleet, Form, Home, Source, read};
use crate::made::need;
use crate::{Fit, Gpu, Mig, Need, Sharing, Vendor, judge};

#[track_caller]
fn fleet(text: &str) -> Fleet {
    let source = Source {
        file: "fleet.toml".into(),
        bytes: text.as_bytes(),
        form: Form::Toml,
        home: Home::Top,
    };
    match read(&[source]) {
        Ok(written) => written.fleet,
        Err(problems) => panic!("{problems:#?}"),
    }
}

fn listed(id: u64, name: &str, labels: &[&str]) -> Listed {
    Listed {
        id,
        name: name.to_owned(),
        os: Some("linux".to_owned()),
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        is_online: true,
        is_busy: false,
        group: None,
        scope: Scope::Repository,
    }
}

#[track_caller]
fn merged(text: &str, gathered: &Gathered<'_>) -> Merged {
    match entries(&fleet(text), gathered) {
        Ok(merged) => merged,
        Err(conflicts) => panic!("{conflicts:#?}"),
    }
}

/// The machine of one runner with these labels, with this file.
#[track_caller]
fn machine(text: &str, labels: &[&str]) -> Machine {
    let listed = [listed(7, "gpu-a", labels)];
    let merged = merged(text, &Gathered { listed: Some(&listed), ..Gathered::default() });
    merged.entries.into_iter().next().unwrap().machine
}

/// The mistakes for one runner with these labels: the fact, and who says what.
#[track_caller]
fn check_conflict(text: &str, labels: &[&str], wanted: &[&str]) {
    let listed = [listed(7, "gpu-a", labels)];
    let found = entries(&fleet(text), &Gathered { listed: Some(&listed), ..Gathered::default() });
    let told = |conflict: &Conflict| conflict.problem().message.unescaped();
    let found: Vec<String> = found.err().unwrap_or_default().iter().map(told).collect();
    assert_eq!(found, wanted, "{labels:?}");
}

/// The GPUs as `model GB capability`, and `+` if there may be more.
fn gpus(machine: &Machine) -> String {
    let Some(gpus) = &machine.gpus else { return "?".to_owned() };
    let gpu = |gpu: &Gpu| {
        let mut said = gpu.model.clone().unwrap_or_else(|| "?".to_owned());
        if let Some(size) = gpu.memory.nominal_gb {
            write!(said, " {size}GB").unwrap();
        }
        if let Some(capability) = gpu.capability {
            write!(said, " {capability}").unwrap();
        }
        match &gpu.mig {
            Some(Mig::Whole) => {}
            Some(Mig::Sliced(slices)) => {
                for slice in slices {
                    write!(said, " {}", slice.profile).unwrap();
                }
            }
            None => said.push_str(" mig?"),
        }
        match gpu.sharing {
            Some(Sharing::Exclusive) => {}
            Some(Sharing::Shared) => said.push_str(" shared"),
            Some(Sharing::Prohibited) => said.push_str(" prohibited"),
            None => said.push_str(" shared?"),
        }
        said
    };
    let mut all: Vec<String> = gpus.iter().map(gpu).collect();
    all.extend(machine.has_more.then(|| "+".to_owned()));
    all.join(", ")
}

fn of(model: &str) -> Need {
    Need { models: BTreeSet::from([model.to_owned()]), ..need(1) }
}

#[test]
fn a_model_as_a_label_says_that_there_is_one() {
    let found = machine("", &["self-hosted", "Linux", "X64", "L40S"]);
    assert_eq!(gpus(&found), "l40s 48GB 8.9, +");
    assert_eq!((found.os.as_deref(), found.arch.as_deref()), (Some("Linux"), Some("X64")));
    assert!(found.labels.contains("l40s"));
    assert_eq!(judge(&of("l40s"), &found).fit(), Fit::Yes);
    // There may be another GPU in it, and nobody says how many there are.
    assert_eq!(judge(&of("l40"), &found).fit(), Fit::Unknown);
    assert_eq!(judge(&need(2), &found).fit(), Fit::Unknown);
    let windows = Need { os: Some("Windows".to_owned()), ..need(1) };
    assert_eq!(judge(&windows, &found).fit(), Fit::No);
}

#[test]
fn labels_speak_for_themselves() {
    #[track_caller]
    fn check(labels: &[&str], wanted: &str) {
        assert_eq!(gpus(&machine("", labels)), wanted, "{labels:?}");
    }
    check(&[], "?");
    check(&["self-hosted", "linux", "gpu", "cuda", "vram-lots", "sm-x", "gpus-many"], "?");
    // Not a label that has a model in it.
    check(&["team-l40s", "no-l40s", "l40s-fast"], "?");
    check(&["no-gpu"], "");
    check(&["t4", "a10g"], "a10g 24GB 8.6, t4 16GB 7.5, +");
    check(&["a100"], "a100 8.0, +");
    check(&["a100-80gb"], "a100 80GB 8.0, +");
    check(&["l40s", "gpus-2"], "l40s 48GB 8.9, l40s 48GB 8.9");
    check(&["nvidia", "gpus-2", "vram-24gb", "sm-86"], "? 24GB 8.6, ? 24GB 8.6");
    check(&["vram-24gb", "sm-86"], "? 24GB 8.6 mig? shared?, +");
    check(&["t4", "sm-75"], "t4 16GB 7.5 mig? shared?, +");
    check(&["vram-24gb"], "?");
    check(&["gpus-2"], "?");
    check(&["gfx942"], "? mig? shared?, +");
    check(&["mig-1g.10gb", "mig-1g.10gb.me", "h100"], "h100 9.0 1g.10gb 1g.10gb+me, +");
    check(&["gpus-999999", "t4"], "t4 16GB 7.5 mig? shared?, +");
    check(&["vram-ge-16gb", "nvidia", "gpus-ge-1"], "?");
    // A probe that sees a GPU that is shared says so much, and a person says less.
    check(&["gpu", "nvidia", "t4"], "t4 16GB 7.5 mig? shared?, +");
    check(&["gpu", "amd", "mi300x"], "mi300x 192GB mig? shared?, +");
    check(&["gpu", "t4"], "t4 16GB 7.5, +");
    check(&["nvidia", "t4"], "t4 16GB 7.5, +");
}

#[test]
fn our_own_labels_say_what_they_were_made_of() {
    let known = crate::made::machine(vec![crate::made::gpu("l40s"); 2]);
    let own: Vec<String> = crate::own_labels(&known).into_iter().collect();
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    let found = machine("", &own);
    assert_eq!(gpus(&found), "l40s 48GB 8.9, l40s 48GB 8.9");
    assert_eq!((found.driver, found.driver_branch), (None, Some(550)));
    assert_eq!(found.cuda, known.cuda);
    let driver = |text: &str| Need { min_driver: Some(text.parse().unwrap()), ..need(2) };
    assert_eq!(judge(&driver("550.0"), &found).fit(), Fit::Yes);
    assert_eq!(judge(&driver("550.54.14"), &found).fit(), Fit::Unknown);
    assert_eq!(judge(&driver("560"), &found).fit(), Fit::No);
    let program = |toolkit: &str, jit| Need {
        program: Some(crate::cuda::Program {
            toolkit: toolkit.parse().unwrap(),
            archs: vec!["89".parse().unwrap()],
            jit,
            compat_package: crate::cuda::CompatPackage::Absent,
        }),
        ..need(1)
    };
    assert_eq!(judge(&program("12.0", true), &found).fit(), Fit::Yes);
    // 12.4 came with 550.54.14: an older one of the branch does not compile for it.
    assert_eq!(judge(&program("12.4", true), &found).fit(), Fit::Unknown);
    assert_eq!(judge(&program("12.4", false), &found).fit(), Fit::Yes);
    assert_eq!(judge(&program("13.0", false), &found).fit(), Fit::No);
}

#[test]
fn tables_and_meanings_say_more() {
    let table = "[[runner]]\nname = 'GPU-A'\nmodel = 'l40s'\ngpus = 2\ndriver = '580.65.06'\nnvlink = true\n";
    let found = machine(table, &["x"]);
    assert_eq!(gpus(&found), "l40s 48GB 8.9, l40s 48GB 8.9");
    assert_eq!(found.driver, Some("580.65.06".parse().unwrap()));
    let meaning = "[[label]]\nname = 'Big'\nmodel = 'h100'\nmemory = '80GB'\n";
    assert_eq!(gpus(&machine(meaning, &["big"])), "h100 80GB 9.0, +");
    assert_eq!(gpus(&machine(meaning, &["bigger"])), "?");
    let exact = "[[label]]\nname = 'quad'\ngpus = 4\nmodel = 't4'\n";
    assert_eq!(gpus(&machine(exact, &["quad"])), ["t4 16GB 7.5"; 4].join(", "));
    // Of a label whose meaning is written, its name says nothing.
    let other = "[[label]]\nname = 't4'\nmodel = 'l4'\n";
    assert_eq!(gpus(&machine(other, &["t4"])), "l4 24GB 8.9, +");
    let many = "[[runner]]\nname-pattern = 'gpu-*'\nlabels = ['Fast']\nmodel = 't4'\ngpus = 1\n";
    assert_eq!(gpus(&machine(many, &["fast"])), "t4 16GB 7.5");
    assert_eq!(gpus(&machine(many, &["slow"])), "?");
    let none = "[[runner]]\nlabels = ['cpu']\ngpus = 0\n";
    assert_eq!(gpus(&machine(none, &["cpu"])), "");
    let mixed = "[[runner]]\nid = 7\n[[runner.gpu]]\nmodel = 't4'\ncount = 2\n[[runner.gpu]]\nmodel = 'l4'\nmig = false\nsharing = 'shared'\n";
    assert_eq!(gpus(&machine(mixed, &[])), "t4 16GB 7.5, t4 16GB 7.5, l4 24GB 8.9 shared");
    let sliced = "[[runner]]\nid = 7\nmodel = 'h100'\nmemory = '80GB'\ngpus = 1\nmig = ['1g.10gb', '3g.40gb']\n";
    assert_eq!(gpus(&machine(sliced, &[])), "h100 80GB 9.0 1g.10gb 3g.40gb");
    // A table speaks of all GPUs, and a label says how many they are.
    let open = "[[runner]]\nname = 'gpu-a'\nmodel = 't4'\n";
    assert_eq!(gpus(&machine(open, &["x"])), "t4 16GB 7.5, +");
    assert_eq!(gpus(&machine(open, &["gpus-3"])), ["t4 16GB 7.5"; 3].join(", "));
}

#[test]
fn who_says_something_else_is_named() {
    let table = "[[runner]]\nname = 'gpu-a'\nmodel = 'l40s'\ngpus = 1\ndriver = '550.54.14'\n";
    check_conflict(
        table,
        &["l40s", "vram-48gb", "sm-89", "driver-550", "gpus-1", "vram-ge-24gb"],
        &[],
    );
    let of = |rest: &str| format!("of the runner gpu-a, {rest}");
    let check = |labels: &[&str], wanted: &str| {
        let wanted = of(&format!("the table in line 1 of fleet.toml says {wanted}"));
        check_conflict(table, labels, &[wanted.as_str()]);
    };
    check(&["l40"], "l40s, and the label l40 says l40");
    check(&["vram-ge-64gb"], "48GB, and the label vram-ge-64gb says at least 64GB");
    let wanted =
        "the catalogue of GPUs, of l40s, says 8.9, and the label sm-ge-90 says at least 9.0";
    check_conflict(table, &["sm-ge-90"], &[of(wanted).as_str()]);
    check(&["driver-ge-560"], "550, and the label driver-ge-560 says at least 560");
    check(&["driver-535"], "550, and the label driver-535 says 535");
    check(&["gpus-2"], "1, and the label gpus-2 says 2");
    check(&["gpus-ge-2"], "1, and the label gpus-ge-2 says at least 2");
    check(&["no-gpu"], "1, and the label no-gpu says 0");
    check(&["amd"], "nvidia, and the label amd says amd");
    check_conflict(
        "",
        &["vram-48gb", "vram-24gb", "nvidia"],
        &[of("the label vram-24gb says 24, and the label vram-48gb says 48").as_str()],
    );
    check_conflict(
        "",
        &["l40s", "sm-80"],
        &[of("the label sm-80 says 8.0, and the catalogue of GPUs, of l40s, says 8.9").as_str()],
    );
    check_conflict(
        "",
        &["no-gpu", "t4"],
        &[of("the label no-gpu says none, and the label t4 says t4").as_str()],
    );
    let meaning = "[[label]]\nname = 'big'\nmodel = 'h100'\ngpus = 1\n";
    let wanted = "the meaning of the label big says h100, and the label t4 says t4";
    check_conflict(meaning, &["big", "t4"], &[of(wanted).as_str()]);
    let sliced = "[[runner]]\nid = 7\nmodel = 'h100'\ngpus = 1\nmig = ['3g.40gb']\n";
    let wanted =
        "the table in line 1 of fleet.toml says 3g.40gb, and the label mig-1g.10gb says 1g.10gb";
    check_conflict(sliced, &["mig-1g.10gb"], &[of(wanted).as_str()]);
    let two = "[[runner]]\nid = 7\nmodel = 't4'\n[[runner]]\nname = 'gpu-a'\nmodel = 'l4'\n";
    let wanted =
        "the table in line 1 of fleet.toml says t4, and the table in line 4 of fleet.toml says l4";
    check_conflict(two, &["x"], &[of(wanted).as_str()]);
    let system = "[[runner]]\nid = 7\nos = 'Windows'\n";
    let wanted =
        "the table in line 1 of fleet.toml says Windows, and GitHub's list of runners says Linux";
    check_conflict(system, &["x"], &[of(wanted).as_str()]);
}

#[test]
fn a_probe_is_heard_first() {
    let table = "[[runner]]\nid = 7\nprobe = 'a.toml'\nmodel = 'l40'\n";
    let gpu = Gpu { mig: None, sharing: None, ..crate::made::gpu("l40s") };
    let seen = Machine { gpus: Some(vec![gpu]), ..Machine::default() };
    let probes = BTreeMap::from([("a.toml".to_owned(), seen)]);
    let listed = [listed(7, "gpu-a", &["x"])];
    let gathered = Gathered { listed: Some(&listed), probes: Some(&probes), ..Gathered::default() };
    let conflicts = entries(&fleet(table), &gathered).unwrap_err();
    let wanted = "of the runner gpu-a, the probe's file a.toml says l40s, and the table in line 1 of fleet.toml says l40";
    assert_eq!(conflicts[0].problem().message.unescaped(), wanted);
    // What a probe does not see is not known.
    let found = merged("[[runner]]\nid = 7\nprobe = 'a.toml'\n", &gathered);
    assert_eq!(gpus(&found.entries[0].machine), "l40s 48GB 8.9 mig? shared?");
}

#[test]
fn groups_hide_runners() {
    let group = |id, name: &str, allows_public, workflows: Option<&[&str]>| Group {
        id,
        name: name.to_owned(),
        allows_public,
        workflows: workflows.map(|all| all.iter().map(|it| (*it).to_owned()).collect()),
    };
    let groups = [
        group(1, "open", true, None),
        group(2, "closed", false, None),
        group(3, "ours", true, Some(&["o/r/.github/workflows/ci.yml@refs/heads/main"])),
        group(4, "tagged", true, Some(&["O/R/.github/workflows/ci.yml@main", "o/r/x.yml@v1"])),
        group(5, "nobody", true, Some(&[])),
    ];
    let of_group = |id, number| Listed {
        group: Some(number),
        scope: Scope::Organization,
        ..listed(id, &format!("r{id}"), &["t4"])
    };
    let mut runners: Vec<Listed> = (1..=6).map(|id| of_group(id, id)).collect();
    // The same one is the repository's too.
    runners.push(of_group(7, 9));
    runners.push(listed(7, "r7", &["t4"]));
    let workflow = |at: &str| vec![format!("o/r/.github/workflows/ci.yml@{at}")];
    let hidden = |workflow: &[String], is_public| -> Vec<String> {
        let gathered = Gathered {
            listed: Some(&runners),
            groups: Some(&groups),
            workflow,
            is_public,
            ..Gathered::default()
        };
        let merged = merged("", &gathered);
        let why = |entry: &Entry| match &entry.hidden {
            None => "-".to_owned(),
            Some(Hidden::Group { group }) => format!("group {group}"),
            Some(Hidden::Workflows { group }) => format!("workflow {group}"),
            Some(Hidden::PublicRepository { group }) => format!("public {group}"),
            Some(Hidden::PerhapsPublicRepository { group }) => format!("perhaps public {group}"),
            Some(Hidden::Enterprise) => "enterprise".to_owned(),
            Some(Hidden::NoLabels) => "no labels".to_owned(),
        };
        merged.entries.iter().map(why).collect()
    };
    let main = workflow("refs/heads/main");
    let wanted = ["-", "-", "-", "-", "workflow nobody", "group #6", "-"];
    assert_eq!(hidden(&main, Some(false)), wanted);
    let wanted = ["-", "public closed", "-", "-", "workflow nobody", "group #6", "-"];
    assert_eq!(hidden(&main, Some(true)), wanted);
    let wanted = ["-", "perhaps public closed", "-", "-", "workflow nobody", "group #6", "-"];
    assert_eq!(hidden(&main, None), wanted);
    let wanted = ["-", "-", "workflow ours", "-", "workflow nobody", "group #6", "-"];
    assert_eq!(hidden(&workflow("refs/tags/main"), Some(false)), wanted);
    let wanted = ["-", "-", "workflow ours", "workflow tagged", "workflow nobody", "group #6", "-"];
    assert_eq!(hidden(&workflow("refs/heads/other"), Some(false)), wanted);
    assert_eq!(hidden(&[], Some(false)), wanted);
}

#[test]
fn an_enterprises_runner_is_ours_only_where_somebody_says_so() {
    // Its group has the number of one of the organization's.
    let groups = [Group { id: 1, name: "open".to_owned(), allows_public: true, workflows: None }];
    let runners =
        [Listed { group: Some(1), scope: Scope::Enterprise, ..listed(1, "shared", &["t4"]) }];
    let gathered =
        Gathered { listed: Some(&runners), groups: Some(&groups), ..Gathered::default() };
    let [entry] = &merged("", &gathered).entries[..] else { panic!("one runner") };
    assert_eq!((entry.group.as_deref(), &entry.hidden), (None, &Some(Hidden::Enterprise)));
    let said = "[[runner]]\nname = \"shared\"\ngroup = \"lent\"\n";
    let [entry] = &merged(said, &gathered).entries[..] else { panic!("one runner") };
    assert_eq!((entry.group.as_deref(), &entry.hidden), (Some("lent"), &None));
}

#[test]
fn two_owners_may_count_from_one() {
    let ours = listed(1, "ours", &["gpu", "h100"]);
    let theirs = Listed { scope: Scope::Organization, ..listed(1, "theirs", &["gpu", "t4"]) };
    let again = Listed { scope: Scope::Organization, ..listed(1, "Ours", &["gpu", "h100"]) };
    let all = [ours, theirs, again];
    let merged = merged("", &Gathered { listed: Some(&all), ..Gathered::default() });
    let names: Vec<&str> = merged.entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["ours", "theirs"]);
}

#[test]
fn what_runners_do_is_their_state() {
    let state = |is_online, is_busy| {
        let listed = [Listed { is_online, is_busy, ..listed(1, "a", &["t4"]) }];
        merged("", &Gathered { listed: Some(&listed), ..Gathered::default() }).entries[0].state
    };
    assert_eq!(state(true, false), State::Idle);
    assert_eq!(state(true, true), State::Busy);
    assert_eq!(state(false, true), State::Offline);
    assert_eq!(state(false, false), State::Offline);
}

#[test]
fn runners_without_labels_are_those_of_a_scale_set() {
    let sets = "[[scale-set]]\nname = 'gpu'\nmodel = 't4'\nmax = 3\nprice = 4\n[[scale-set]]\nname = 'gpu-big'\nmodel = 'h100'\n";
    let pod = |id, name: &str, is_busy| Listed { is_busy, ..listed(id, name, &[]) };
    let of = |pods: &[Listed]| {
        merged(sets, &Gathered { listed: Some(pods), ..Gathered::default() }).entries
    };
    let found =
        of(&[pod(1, "gpu-x1-runner", true), pod(2, "gpu-big-x2", false), pod(3, "gpux", true)]);
    let told: Vec<_> = found.iter().map(|it| (it.name.as_str(), it.kind, it.state)).collect();
    let set = |most| Kind::ScaleSet { most };
    assert_eq!(
        told,
        [
            ("gpux", Kind::Runner, State::Busy),
            ("gpu", set(Some(2)), State::Assumed),
            ("gpu-big", set(None), State::Idle),
        ]
    );
    assert_eq!(found[0].hidden, Some(Hidden::NoLabels));
    assert_eq!((found[1].price, found[1].hidden.clone()), (4, None));
    let all: Vec<Listed> = (1..=3).map(|id| pod(id, &format!("gpu-{id}"), true)).collect();
    let found = of(&all);
    assert_eq!((found[0].state, found[0].kind), (State::Busy, set(Some(3))));
    assert_eq!(gpus(&found[0].machine), "t4 16GB 7.5, +");
}

#[test]
fn without_a_list_the_file_is_believed() {
    let text = "[[runner]]\nname = 'a'\nlabels = ['t4', 'X']\ngpus = 1\nmodel = 't4'\nprice = 2\ngroup = 'g'\n\
                [[runner]]\nlabels = ['fast', 'l4']\n[[runner]]\nname-pattern = 'b*'\nmodel = 't4'\n\
                [[runner]]\nid = 5\n[[hosted]]\nlabel = 'gpu-t4'\nmax = 9\nmodel = 't4'\ngpus = 1\nos = 'windows'\n";
    let found = merged(text, &Gathered::default()).entries;
    let told: Vec<_> =
        found.iter().map(|it| (it.name.as_str(), it.state, gpus(&it.machine))).collect();
    let gpu = |text: &str| text.to_owned();
    assert_eq!(
        told,
        [
            ("a", State::Assumed, gpu("t4 16GB 7.5")),
            ("fast l4", State::Assumed, gpu("l4 24GB 8.9, +")),
            ("#5", State::Assumed, gpu("?")),
            ("gpu-t4", State::Assumed, gpu("t4 16GB 7.5")),
        ]
    );
    assert_eq!((found[0].price, found[0].group.as_deref()), (2, Some("g")));
    assert_eq!(found[0].machine.labels, BTreeSet::from(["t4".to_owned(), "x".to_owned()]));
    assert_eq!(found[2].hidden, Some(Hidden::NoLabels));
    assert_eq!(found[3].kind, Kind::Hosted { most: Some(9) });
    assert_eq!(found[3].machine.gpus.as_ref().unwrap()[0].vendor, Vendor::Nvidia);
}

#[test]
fn what_nobody_is_is_remarked_on() {
    let text =
        "[[runner]]\nname = 'gone'\n[[runner]]\nlabels = ['t4']\n[[hosted]]\nlabel = 'gpu-t4'\n";
    let listed = [listed(1, "a", &["t4"])];
    let hosted = ["GPU-L4".to_owned()];
    let gathered = Gathered { listed: Some(&listed), hosted: Some(&hosted), ..Gathered::default() };
    let remarks = merged(text, &gathered).remarks;
    let lines: Vec<_> = remarks.iter().map(|it| it.place.as_ref().unwrap().line.unwrap()).collect();
    assert_eq!(lines, [1, 6]);
    assert_eq!(merged(text, &Gathered::default()).remarks, []);
}

#[test]
fn patterns_of_names_are_matched() {
    use crate::config::is_match;
    for (pattern, name, wanted) in [
        ("*", "", true),
        ("?", "", false),
        ("gpu-*", "GPU-1", true),
        ("gpu-*", "gpu", false),
        ("*-a*b?", "x-aab-abc", true),
        ("*-a*b?", "x-aab-ab", false),
        ("a*a*a*b", &"a".repeat(200), false),
        ("é?", "Éa", true),
    ] {
        assert_eq!(is_match(pattern, name), wanted, "{pattern} {name}");
    }
}

mod properties {
    use proptest::prelude::*;

    use super::merge::Merge;
    use super::spoken::Spoken;
    use super::*;
    use crate::made::{forget, machines, needs};
    use crate::own_labels;

    /// What is known of a runner by its labels alone.
    fn by_labels(labels: &BTreeSet<String>) -> Machine {
        let mut runner = listed(1, "r", &[]);
        runner.labels = labels.iter().cloned().collect();
        runner.os = None;
        let listed = [runner];
        let gathered = Gathered { listed: Some(&listed), ..Gathered::default() };
        let found = entries(&Fleet::default(), &gathered).unwrap();
        found.entries.into_iter().next().unwrap().machine
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_our_own_labels_say_is_so(
            machine in machines(),
            need in needs(),
            turns in prop::collection::vec(any::<bool>(), 0..20),
        ) {
            // Labels say what somebody knew of the machine, and it is what it is.
            let labels = own_labels(&forget(&machine, &turns));
            let found = by_labels(&labels);
            match (judge(&need, &found).fit(), judge(&need, &machine).fit()) {
                (Fit::Yes, fit) => prop_assert_eq!(fit, Fit::Yes, "{:?}", labels),
                (Fit::No, fit) => prop_assert!(fit != Fit::Yes, "{labels:?}"),
                (Fit::Unknown, _) => {}
            }
        }

        #[test]
        fn what_is_true_is_no_conflict(
            machine in machines(),
            turns in prop::collection::vec(any::<bool>(), 0..20),
        ) {
            let labels = own_labels(&machine);
            let spoken = Spoken::of(labels.iter());
            let mut merge = Merge::new("r");
            merge.hear(&Said::Probe("p".to_owned()), &forget(&machine, &turns));
            merge.hear(&Said::Probe("q".to_owned()), &machine);
            merge.listen(&spoken);
            let found = merge.finish(&spoken);
            prop_assert!(found.is_ok(), "{labels:?} {found:?}");
        }

        #[test]
        fn any_labels_are_heard(labels in prop::collection::btree_set(
            "(gpus|vram|sm|driver|cuda|rocm|mig|gfx)(-ge)?-?[0-9.a-z]{0,6}(gb)?|[ -~]{0,8}|no-gpu|t4|l40s", 0..8,
        )) {
            let mut runner = listed(1, "r", &[]);
            runner.labels = labels.iter().cloned().collect();
            let listed = [runner];
            let gathered = Gathered { listed: Some(&listed), ..Gathered::default() };
            if let Err(conflicts) = entries(&Fleet::default(), &gathered) {
                prop_assert!(!conflicts.is_empty());
            }
        }
    }
}
