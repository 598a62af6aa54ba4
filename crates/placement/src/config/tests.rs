//! Files of jobs and fleets, key by key, and all their mistakes.

mod properties;

use std::collections::BTreeSet;
use std::num::NonZeroU16;

use super::*;
use crate::cuda::{CompatPackage, Program};
use crate::{Capability, Need, OnNoMatch, Part, Policy, Vendor, Version};

fn source<'a>(file: &str, text: &'a str) -> Source<'a> {
    let form = if file.ends_with("json") { Form::Json } else { Form::Toml };
    let home = if file.starts_with("signalbox") { Home::Gpu } else { Home::Top };
    Source { file: file.into(), bytes: text.as_bytes(), form, home }
}

/// What one file of jobs says.
#[track_caller]
fn written(text: &str) -> Written {
    match read(&[source("jobs.toml", text)]) {
        Ok(written) => written,
        Err(problems) => panic!("{}", told(&problems)),
    }
}

/// The options of the only job, whose keys these are.
#[track_caller]
fn options(keys: &str) -> Vec<Need> {
    let mut written = written(&format!("[jobs.a]\n{keys}"));
    assert_eq!(written.jobs.len(), 1);
    written.jobs.remove(0).options
}

fn said(text: Option<&diagnostics::Text>) -> String {
    text.map(diagnostics::Text::unescaped).unwrap_or_default()
}

/// `line:column message | label | help`, a line each.
fn told(problems: &[Problem]) -> String {
    let line = |problem: &Problem| {
        let place = problem.place.clone().unwrap();
        assert!(problem.snippet.is_some() && problem.help.is_some(), "{problem:?}");
        format!(
            "{}:{} {} | {} | {}",
            place.line.unwrap(),
            place.column.unwrap(),
            problem.message.unescaped(),
            said(problem.label.as_ref()),
            said(problem.help.as_ref()),
        )
    };
    problems.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The mistakes of one file.
#[track_caller]
fn check_wrong(text: &str, wanted: &str) {
    let problems = read(&[source("jobs.toml", text)]).unwrap_err();
    let found = told(&problems);
    let wanted: Vec<&str> = wanted.lines().map(str::trim).filter(|it| !it.is_empty()).collect();
    let found: Vec<&str> = found.lines().collect();
    assert_eq!(found.len(), wanted.len(), "{found:#?}");
    for (found, wanted) in found.iter().zip(wanted) {
        // Words that are left out are `..`.
        let mut rest = *found;
        for part in wanted.split(" .. ") {
            let behind = rest.split_once(part);
            assert!(behind.is_some(), "{found}\nhas not\n{part}");
            rest = behind.unwrap().1;
        }
    }
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn need(gpus: u16) -> Need {
    Need::gpus(NonZeroU16::new(gpus).unwrap())
}

#[test]
fn every_key_of_a_job_is_read() {
    let all = r#"
        gpus = 2
        vendor = "nvidia"
        models = ["NVIDIA L40S", "h100"]
        exclude-models = ["t4"]
        min-memory = "40GB"
        min-memory-mib = 40000
        total-memory = "80 gb"
        min-cc = "8.9"
        max-cc = 9.0
        cuda = "12.9"
        cuda-archs = [89, "90a", "compute_80"]
        jit = true
        image-require = "cuda>=12.4"
        compat-package = "when-needed"
        min-driver = "535.104.05"
        allow-mig = true
        same-model = true
        nvlink = true
        os = "linux"
        arch = "X64"
        labels = ["Team-A"]
    "#;
    let wanted = Need {
        vendor: Some(Vendor::Nvidia),
        models: names(&["l40s", "h100"]),
        exclude_models: names(&["t4"]),
        min_memory_gb: Some(40),
        min_memory_mib: Some(40000),
        total_memory_gb: Some(80),
        min_capability: Some(Capability::new(8, 9)),
        max_capability: Some(Capability::new(9, 0)),
        program: Some(Program {
            toolkit: Version::new(12, 9, 0),
            archs: ["sm_89", "sm_90a", "compute_80"].map(|it| it.parse().unwrap()).into(),
            jit: true,
            compat_package: CompatPackage::WhenNeeded,
        }),
        image: Some("cuda>=12.4".parse().unwrap()),
        min_driver: Some("535.104.05".parse().unwrap()),
        part: Part::WholeOrSlice,
        same_model: true,
        nvlink: true,
        os: Some("Linux".to_owned()),
        arch: Some("X64".to_owned()),
        labels: names(&["team-a"]),
        ..need(2)
    };
    let mut found = options(all);
    for program in found.iter_mut().filter_map(|need| need.program.as_mut()) {
        program.archs.sort_unstable();
    }
    let mut wanted = wanted;
    wanted.program.as_mut().unwrap().archs.sort_unstable();
    assert_eq!(found, [wanted]);
    let amd = Need {
        vendor: Some(Vendor::Amd),
        gfx: names(&["gfx942", "gfx90a"]),
        models: names(&["mi300x", "mi250"]),
        ..need(1)
    };
    let keys =
        "vendor = 'amd'\ngfx = ['GFX942', 'gfx90a']\nmodel = ['AMD Instinct MI300X', 'mi250']";
    assert_eq!(options(keys), [amd]);
    let slice = Need { part: Part::Slice("1g.10gb+me".parse().unwrap()), ..need(1) };
    assert_eq!(options("mig = '1G.10GB+ME'"), [slice]);
    assert_eq!(options(""), [need(1)]);
}

#[test]
fn a_job_says_more_than_its_need() {
    let written = written(
        "on-no-match = 'skip'\non-busy = 'fallback'\n[jobs.test-gpu_1]\npriority = -3\nexact = true\non-no-match = 'wait'\n\
         needs-gpu-when = { paths = ['kernels/**'], crates = ['cuda'] }\n[jobs._]\n",
    );
    let job = |name: &str| written.jobs.iter().find(|job| job.name == name).unwrap();
    assert_eq!((job("test-gpu_1").priority, job("test-gpu_1").is_exact), (-3, true));
    assert_eq!(job("test-gpu_1").spot.place, diagnostics::Place::at("jobs.toml", 3, 7));
    let run = written.policies.over(Policy::default());
    assert_eq!((run.on_no_match, run.on_busy), (OnNoMatch::Skip, crate::OnBusy::Fallback));
    let request = job("test-gpu_1").request(run, None);
    assert_eq!(request.policy, Some(Policy { on_no_match: OnNoMatch::Wait, ..run }));
    assert_eq!(job("_").request(run, None).policy, Some(run));
    let when = job("test-gpu_1").when.clone().unwrap();
    let path: &[&[u8]] = &[b"kernels/a/b.cu"];
    let other: &[&[u8]] = &[b"docs/a.md"];
    assert!(when.needs_gpu(Some(path), Some(&["docs"])));
    assert!(when.needs_gpu(Some(other), Some(&["docs", "cuda"])));
    assert!(!when.needs_gpu(Some(other), Some(&["docs"])));
    assert!(!when.needs_gpu(Some(&[]), Some(&[])));
    // What is not known may be what it needs a GPU for.
    assert!(when.needs_gpu(None, Some(&["docs"])));
    assert!(when.needs_gpu(Some(other), None));
}

#[test]
fn json_and_the_common_file_say_the_same() {
    let toml =
        written("on-busy = 'fallback'\n[jobs.a]\nmin-cc = 8.9\ngpus = 2\n[jobs.b]\nmodel = 't4'\n");
    let json = r#"{"jobs": {"a": {"min-cc": 8.9, "gpus": 2}, "b": {"model": "t4"}}, "on-busy": "fallback"}"#;
    let common = "[gate]\nx = 1\n[gpu]\non-busy = 'fallback'\n[gpu.jobs.a]\nmin-cc = 8.9\ngpus = 2\n[gpu.jobs.b]\nmodel = 't4'\n";
    for (file, text) in [("jobs.json", json), ("signalbox.toml", common)] {
        let found = read(&[source(file, text)]).unwrap();
        assert_eq!(found.policies, toml.policies);
        let needs = |written: &Written| -> Vec<_> {
            written.jobs.iter().map(|job| (job.name.clone(), job.options.clone())).collect()
        };
        assert_eq!(needs(&found), needs(&toml));
    }
    assert_eq!(read(&[]), Ok(Written::default()));
    assert_eq!(read(&[source("jobs.toml", "")]), Ok(Written::default()));
    assert_eq!(read(&[source("signalbox.toml", "[shard]\nx = 1")]), Ok(Written::default()));
}

#[test]
fn fallbacks_stand_over_what_they_replace() {
    let t4 = |gpus| Need { models: names(&["t4"]), ..need(gpus) };
    let l4 = |gpus| Need { models: names(&["l4"]), ..need(gpus) };
    let any = |gpus| need(gpus);
    let found = options(
        "model = 't4'\ngpus = 2\nfallbacks = [{ gpus = 1 }, { model = 'l4' }, { models = [] }, { gpus = 1 }]",
    );
    assert_eq!(found, [t4(2), t4(1), l4(2), any(2)]);
    let profiles = "[[profile]]\nname = 'small'\nmodel = 't4'\nfallbacks = ['four']\n[[profile]]\nname = 'four'\nmodel = 'l4'\ngpus = 4\n";
    let with = |keys: &str| written(&format!("{profiles}[jobs.a]\n{keys}")).jobs.remove(0).options;
    assert_eq!(with("profile = 'small'"), [t4(1), l4(4)]);
    assert_eq!(with("profile = 'small'\ngpus = 2"), [t4(2), l4(4)]);
    assert_eq!(with("profile = 'small'\nexact = true"), [t4(1)]);
    assert_eq!(with("fallbacks = ['small']\ngpus = 3"), [any(3), t4(3), l4(4)]);
    assert_eq!(
        with("profile = 'four'\nfallbacks = ['small', { gpus = 1 }]"),
        [l4(4), t4(1), l4(1)]
    );
}

#[test]
fn a_profile_may_be_in_another_file() {
    let fleet = "[[profile]]\nname = 'big'\nmodel = 'h100'\n";
    let jobs = "[jobs.a]\nprofile = 'big'\n";
    let found = read(&[source("jobs.toml", jobs), source("fleet.toml", fleet)]).unwrap();
    assert_eq!(found.jobs[0].options, [Need { models: names(&["h100"]), ..need(1) }]);
    assert_eq!(found.remarks, []);
    let twice = read(&[
        source("jobs.toml", jobs),
        source("more.toml", "[jobs.A]"),
        source("fleet.toml", fleet),
    ]);
    let problems = twice.unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(said(problems[0].label.as_ref()), "the first is in line 1 of jobs.toml");
    assert_eq!(problems[0].place.as_ref().unwrap().file, Foreign::from("more.toml"));
}

#[test]
fn what_a_package_says_is_a_profile() {
    let manifest = "[package]\nname = 'kernels'\nedition = '2024'\n[package.metadata.docs]\nx = 1\n\
                    [package.metadata.gpu]\ngpu-features = ['cuda']\nmin-cc = '8.0'\n[dependencies]\n";
    let of = |text| Source {
        file: "k/Cargo.toml".into(),
        home: Home::Manifest,
        ..source("Cargo.toml", text)
    };
    let jobs = source("jobs.toml", "[jobs.a]\nprofile = 'kernels'\ngpus = 2\n");
    let found = read(&[jobs, of(manifest)]).unwrap();
    let capability = Some(Capability::new(8, 0));
    assert_eq!(found.jobs[0].options, [Need { min_capability: capability, ..need(2) }]);
    assert_eq!(read(&[of(manifest)]), Ok(Written::default()));
    assert_eq!(read(&[of("[workspace]\nmembers = []")]), Ok(Written::default()));
    assert_eq!(
        read(&[of("[package]\nname = 'a'\nversion.workspace = true")]),
        Ok(Written::default())
    );
    let wrong = manifest.replace("min-cc = '8.0'", "min-c = '8.0'");
    assert!(told(&read(&[of(&wrong)]).unwrap_err()).starts_with("8:1 unknown key min-c |"));
}

#[test]
fn all_mistakes_are_told_with_what_was_meant() {
    check_wrong(
        "[jobs.1a]\n[jobs.a]\nmin-memry = '1GB'\nmin-memory = 16\ntotal-memory = '16384MiB'\nmin-memory-mib = '16GB'\n\
         min-cc = '89'\nmax-cc = 'x'\ncuda = '12.x'\ncuda-archs = ['8.9', 'x']\nmin-driver = true\nmig = '1g'\n\
         gfx = 'mi300x'\nvendor = 'nvida'\nos = 'linus'\narch = 'amd64'\nlabels = ['']\nimage-require = 'cud>=1'\n\
         gpus = 0\npriority = 9999999999\non-busy = 'wiat'\ncompat-package = 'alway'\nneeds-gpu-when = {}\n",
        "1:7 the value 1a cannot be used | expected the id of a job | job ids begin with
         3:1 unknown key min-memry | .. | did you mean min-memory?
         4:14 the value 16 cannot be used | .. such as \"16GB\" | write the unit too: min-memory = \"16GB\"
         5:16 the value 16384MiB .. | .. written in MiB
         6:18 the value 16GB .. in MiB .. | .. GB belong to
         7:10 the value 89 .. such as \"8.9\" | did you mean 8.9?
         8:10 the value x .. such as \"8.9\"
         9:8 the value 12.x .. expected a version
         10:15 the value 8.9 .. expected an architecture .. | did you mean 89?
         10:22 the value x .. expected an architecture
         11:14 the value of min-driver .. expected a number, found boolean
         12:7 the value 1g .. expected a MIG profile
         13:7 the value mi300x .. such as \"gfx942\"
         14:10 the value nvida .. did you mean nvidia?
         15:6 the value linus .. did you mean Linux?
         16:8 the value amd64 .. write one of X64, ARM64, X86, ARM
         17:11 the value  cannot be used | expected a label
         18:17 the value cud>=1 .. NVIDIA_REQUIRE_CUDA; at byte 0
         19:8 the value of gpus .. from 1 to 1024, found 0
         20:12 the value of priority
         21:11 the value wiat .. did you mean wait?
         22:18 the value alway .. did you mean always?
         23:18 `needs-gpu-when` says nothing",
    );
}

#[test]
fn models_are_known_by_their_whole_names() {
    check_wrong(
        "[jobs.a]\nmodels = ['NVIDIA A100-SXM4-80GB', 'Graphics Device', 'NVIDIA GeForce RTX 2080 ...', 'MIG 1g.5gb', '']",
        "2:11 the value NVIDIA A100-SXM4-80GB .. says a size too | write \"a100\" and min-memory = \"80GB\"
         2:36 the value Graphics Device .. the driver does not know the card
         2:55 the value NVIDIA GeForce RTX 2080 ... .. cut off .. rtx-2080-ti
         2:86 the value MIG 1g.5gb .. | write a slice as `mig`
         2:100 the value  cannot be used | .. no name",
    );
    let found = written("[jobs.a]\nmodel = 'NVIDIA GeForce RTX 6090'\ncuda = '99.1'\n");
    assert_eq!(found.jobs[0].options[0].models, names(&["rtx-6090"]));
    let remarks = told(&found.remarks);
    let wanted = [
        "2:9 the model NVIDIA GeForce RTX 6090 is not in the catalogue of GPUs",
        "3:8 the CUDA toolkit 99.1 is not listed",
    ];
    for (remark, wanted) in remarks.lines().zip(wanted) {
        assert!(remark.starts_with(wanted), "{remark}");
    }
    assert_eq!(remarks.lines().count(), 2);
}

#[test]
fn what_no_machine_can_be_is_told_where_it_is_asked() {
    check_wrong(
        "[jobs.a]\nmin-cc = 9.0\nmodel = 't4'\nfallbacks = [{ max-cc = 8.0, model = [] },\n{ min-cc = 7.5, vendor = 'amd' }]\n\
         [jobs.b]\njit = true\n[jobs.c]\nmodel = 't4'\nexclude-models = ['t4']\n[jobs.d]\nmig = '1g.10gb'\nmin-memory = '20GB'\n\
         [jobs.e]\ngfx = 'gfx942'\ncuda = 12.9\n[jobs.f]\nmodels = ['t4', 'l4']\nmin-memory = '48GB'\n",
        "1:7 no machine can be what is asked for | t4 fails `min-cc`, which asks for 9.0: it has 7.5
         4:14 no machine .. `min-cc` 9.0 is newer than `max-cc` 8.0
         5:1 no machine .. `vendor` is amd, and only NVIDIA has what `min-cc`
         6:7 a program is described whose CUDA toolkit is not said
         8:7 no machine .. every model that will do stands in `exclude-models`
         11:7 no machine .. a slice `mig` = 1g.10gb has 10 GB
         14:7 no machine .. `gfx` is AMD's, and only NVIDIA has what `cuda`
         17:7 no machine .. l4 fails `min-memory`, which asks for 48 GB: it is sold with 24GB; t4 fails",
    );
}

#[test]
fn what_contradicts_itself_in_a_job_is_told() {
    check_wrong(
        "[jobs.a]\nexact = true\nfallbacks = [{ gpus = 2 }]\n[jobs.b]\nmodel = 'a100'\nmodels = ['h100']\nmig = '1g.10gb'\nallow-mig = false\n\
         [jobs.c]\nexact = true\non-no-match = 'cpu'\n[jobs.d]\nfallbacks = 'x'\n[jobs.e]\nfallbacks = [1]\n[jobs.f]\nfallbacks = [{ priority = 1 }]\n",
        "3:13 the value of fallbacks .. with `exact = true`
         6:10 the value of models .. `model` stands in the same table
         8:13 the value of allow-mig .. `mig` in the same table
         11:15 the value of on-no-match .. with `exact = true`
         13:13 the value of fallbacks .. expected a list of tables
         15:14 the value of fallbacks .. expected a list of tables
         17:16 unknown key priority",
    );
}

#[test]
fn profiles_that_lead_nowhere_or_back_are_told() {
    check_wrong(
        "[[profile]]\nname = 'a'\nfallbacks = ['a', 'ghost']\n[[profile]]\nname = 'b'\nfallbacks = ['c']\n[[profile]]\nname = 'c'\nfallbacks = ['d']\n\
         [[profile]]\nname = 'd'\nfallbacks = ['b']\n[[profile]]\nname = 'a'\n[[profile]]\ngpus = 1\n[jobs.j]\nprofile = 'bb'\nfallbacks = ['x']\n",
        "3:14 the profile a is its own fallback
         3:19 there is no profile ghost .. there are: a, b, c, d
         6:14 the fallbacks of b lead back to it: c, then d, then b
         14:8 there are two of the profile a | the first is in line 2
         15:1 the key name is missing
         18:11 there is no profile bb .. did you mean b?
         19:14 there is no profile x",
    );
    let found = written(
        "[[profile]]\nname = 'a'\nfallbacks = ['b']\n[[profile]]\nname = 'b'\n[[profile]]\nname = 'c'\n[jobs.j]\nprofile = 'a'\n",
    );
    assert_eq!(
        told(&found.remarks),
        "7:8 no job uses the profile c | neither a `profile` nor a fallback names it | remove it, or name it in a job"
    );
}

#[test]
fn a_chain_of_profiles_has_an_end() {
    let profile = |number: usize| {
        format!(
            "[[profile]]\nname = 'p{number}'\ngpus = {}\nfallbacks = ['p{}']\n",
            number + 2,
            number + 1
        )
    };
    let chain = |length: usize| -> String {
        let last =
            format!("[[profile]]\nname = 'p{length}'\ngpus = 900\n[jobs.a]\nfallbacks = ['p0']\n");
        (0..length).map(profile).collect::<String>() + &last
    };
    assert_eq!(written(&chain(62)).jobs[0].options.len(), 64);
    let problems = read(&[source("jobs.toml", &chain(63))]).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].message.unescaped(), "a job has more than 64 options");
    assert_eq!(read(&[source("jobs.toml", &chain(900))]).unwrap_err().len(), 1);
}

#[test]
fn a_fleet_is_read() {
    let text = "[[runner]]\nname = 'a'\nlabels = ['X']\ngroup = 'g'\nprice = 3\nprobe = 'a.toml'\nmodel = 'Tesla T4'\ngpus = 2\n\
                [[runner]]\nid = 12\n[[runner]]\nname-pattern = 'b-?'\nlabels = ['Y']\n[[scale-set]]\nname = 's'\nmax = 4\n\
                [[hosted]]\nlabel = 'h'\nmodel = 'a100'\nmemory = '80GB'\n[[label]]\nname = 'Fast'\nmodel = 'H100'\n";
    let fleet = written(text).fleet;
    let which: Vec<&Which> = fleet.runners.iter().map(|it| &it.which).collect();
    let all = Which::All { pattern: Some("b-?".to_owned()), labels: names(&["y"]) };
    assert_eq!(which, [&Which::Name("a".to_owned()), &Which::Id(12), &all]);
    let first = &fleet.runners[0];
    assert_eq!((&first.labels, first.group.as_deref()), (&names(&["x"]), Some("g")));
    assert_eq!((first.price, first.probe.as_deref()), (Some(3), Some("a.toml")));
    let gpus = first.machine.gpus.as_ref().unwrap();
    assert_eq!((gpus.len(), gpus[0].model.as_deref(), gpus[0].mig.as_ref()), (2, Some("t4"), None));
    assert_eq!((fleet.scale_sets[0].name.as_str(), fleet.scale_sets[0].most), ("s", Some(4)));
    assert_eq!(fleet.scale_sets[0].machine, Machine::default());
    let hosted = &fleet.hosted[0];
    assert_eq!(hosted.name, "h");
    assert_eq!(hosted.machine.gpus.as_ref().unwrap()[0].memory.nominal_gb, Some(80));
    assert!(hosted.machine.has_more);
    assert_eq!(fleet.labels[0].label, "fast");
    assert_eq!(fleet.runners[0].spot.place, diagnostics::Place::at("jobs.toml", 1, 1));
}

#[test]
fn mistakes_in_a_fleet_are_told() {
    check_wrong(
        "[[runner]]\nname = 'a'\nid = 1\n[[runner]]\nmodel = 't4'\n[[runner]]\nname-pattern = 'x'\n[[runner]]\nname = 'b'\ngpus = 33\n\
         [[runner]]\nname = 'B'\n[[scale-set]]\nmax = -1\n[[label]]\nname = 'x'\n[[hosted]]\nlabel = ''\n[[runners]]\n\
         [[runner]]\nname = 'c'\nmodel = 't4'\ncc = '8.0'\nmemory = '24GB'\nmig = ['1g.5gb']\nvendor = 'amd'\ngfx = 'gfx942'\n\
         [[runner]]\nname = 'd'\ngpus = 2\n[[runner]]\nname = 'e'\nmodel = 't4'\n[[runner.gpu]]\nmodel = 't4'\n\
         [[runner]]\nname = 'f'\nmig = true\nmodel = 'a100'\n[[runner]]\nname = 'g'\ngpus = 0\nmodel = 't4'\n\
         [[runner]]\nname = 'h'\n[[runner.gpu]]\nmodel = 't4'\ncount = 32\n[[runner.gpu]]\nmodel = 't4'\n[[runner]]\nname = 'i'\ngpu = [{}]\n\
         [[runner]]\nname = 'j'\nmodel = 'a100-80gb'\nmemory = '40GB'\n",
        "2:8 the value of name .. expected one of `id`, `name` and `name-pattern`
         4:1 it is not said which runner this is
         7:16 the value x .. expected a pattern
         10:8 the value of gpus .. from 0 to 32, found 33
         11:1 there are two of the runner B
         13:1 the key name is missing
         14:7 the value of max
         15:1 the label says nothing
         18:9 the value  cannot be used
         19:3 unknown key runners .. did you mean runner?
         23:6 the value of cc .. t4 has 7.5
         24:10 the value of memory .. t4 is sold with 16GB
         25:7 the value of mig .. t4 cannot be divided
         26:10 the value of vendor .. the other makes t4
         27:7 the value of gfx .. t4 has none, because it is NVIDIA's
         28:1 nobody says who makes the GPU
         33:9 the value of model .. lists its GPUs one by one
         38:7 the value of mig .. expected a list of MIG profiles
         43:9 the value of model .. `gpus = 0` stands
         46:1 the value of gpu .. up to 32
         53:8 nobody says who makes the GPU
         57:10 the value of memory .. the name of the model says 80GB",
    );
}

#[test]
fn what_a_probe_prints_is_read() {
    use crate::made::{gpu, machine, sliced};
    let gpus = vec![gpu("l40s"), sliced("h100", &["1g.10gb", "3g.40gb"]), gpu("mi300x")];
    let labels = BTreeSet::new();
    let known = Machine { labels: labels.clone(), ..machine(gpus) };
    let none = Machine { gpus: Some(Vec::new()), ..Machine::default() };
    for machine in [known, none, Machine::default(), Machine { labels, ..machine(vec![]) }] {
        let printed = print_machine(&machine);
        let read = read_machine("probe.toml", printed.as_bytes(), Form::Toml);
        assert_eq!(read.as_ref(), Ok(&machine), "{printed}");
    }
    // What is divided into nothing has no word.
    let open = machine(vec![sliced("a100", &[])]);
    let read = read_machine("p", print_machine(&open).as_bytes(), Form::Toml).unwrap();
    assert_eq!(read.gpus.unwrap()[0].mig, None);
    let json =
        r#"{"driver": "550.54.14", "gpu": [{"model": "t4", "uuid": "GPU-1", "mig": false}]}"#;
    let read = read_machine("probe.json", json.as_bytes(), Form::Json).unwrap();
    assert_eq!(read.gpus.unwrap()[0].uuid.as_deref(), Some("GPU-1"));
}

/// A file below `testdata/gpu-config`.
macro_rules! testdata {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/gpu-config/", $name))
    };
}

#[test]
fn the_examples_of_a_person_are_read() {
    let jobs = testdata!("jobs.toml");
    let fleet = testdata!("fleet.toml");
    let read_both = read(&[source("jobs.toml", jobs), source("fleet.toml", fleet)]).unwrap();
    assert_eq!(read_both.remarks, []);
    let told: Vec<_> =
        read_both.jobs.iter().map(|it| (it.name.as_str(), it.options.len())).collect();
    let wanted = [("unit-tests", 1), ("multi-gpu", 3), ("benchmark", 1), ("rocm", 1), ("slice", 1)];
    assert_eq!(told, wanted);
    let multi = &read_both.jobs[1].options;
    let gpus: Vec<u16> = multi.iter().map(|need| need.gpus.get()).collect();
    assert_eq!(gpus, [2, 1, 2]);
    assert_eq!(
        (&multi[0].models, &multi[2].models),
        (&names(&["h100", "h200"]), &names(&["l40s"]))
    );
    assert_eq!((multi[1].min_memory_gb, multi[1].total_memory_gb), (Some(80), Some(80)));
    let fleet = read_both.fleet;
    assert_eq!((fleet.runners.len(), fleet.scale_sets.len(), fleet.hosted.len()), (3, 1, 1));
    assert_eq!(fleet.runners[2].machine.gpus.as_ref().map(Vec::len), Some(4));
    let common = Source { home: Home::Gpu, ..source("common.json", testdata!("common.json")) };
    let common = read(&[common]).unwrap();
    assert_eq!((common.jobs[0].priority, common.fleet.labels[0].label.as_str()), (-1, "turing"));
}

#[test]
fn names_that_want_to_be_obeyed_are_told_as_they_are() {
    let text = testdata!("names-to-be-obeyed.bad");
    let problems = read(&[source("jobs.toml", text)]).unwrap_err();
    let places: Vec<_> =
        problems.iter().map(|it| it.place.as_ref().unwrap().line.unwrap()).collect();
    assert_eq!(places, [2, 3, 4, 5, 6]);
}

#[test]
fn what_a_file_may_hold_is_bounded() {
    let many = |count: usize| "'p', ".repeat(count);
    let told_of = |text: &str| told(&read(&[source("jobs.toml", text)]).unwrap_err());
    let profile = "[[profile]]\nname = 'p'\n";
    let job = format!("{profile}[jobs.a]\nfallbacks = [{}]", many(33));
    assert!(told_of(&job).contains("expected up to 32 of them, found 33"));
    let job = format!("{profile}fallbacks = [{}]\n[jobs.a]\nprofile = 'p'", many(33));
    assert!(told_of(&job).contains("expected up to 32 names, found 33"));
    let jobs: Vec<String> = (0..10_001).map(|number| format!("[jobs.j{number}]\n")).collect();
    assert!(told_of(&jobs.concat()).contains("there are more than 10000 jobs"));
    let patterns = "[[runner]]\nname-pattern = 'a*'\n".repeat(1001);
    assert!(told_of(&patterns).starts_with("2001:1 more than 1000 tables"));
    // Of many mistakes and remarks, the first ones are told.
    let wrong: Vec<String> =
        (0..1000).map(|number| format!("[jobs.j{number}]\nfallbacks = ['ghost']\n")).collect();
    assert_eq!(read(&[source("jobs.toml", &wrong.concat())]).unwrap_err().len(), 100);
    let models: Vec<String> = (0..1000).map(|number| format!("'ghost-{number}'")).collect();
    let found = written(&format!("[jobs.a]\nmodels = [{}]", models.join(", ")));
    assert_eq!((found.remarks.len(), found.jobs[0].options[0].models.len()), (100, 1000));
}

#[test]
fn circles_of_any_length_are_told_once() {
    let circle = |length: usize| -> String {
        let profile = |number: usize| {
            format!(
                "[[profile]]\nname = 'p{number:04}'\nfallbacks = ['p{:04}']\n",
                (number + 1) % length
            )
        };
        (0..length).map(profile).collect()
    };
    let told_of = |text: &str| told(&read(&[source("jobs.toml", text)]).unwrap_err());
    let two = told_of(&circle(2));
    assert!(two.starts_with("3:14 the fallbacks of p0000 lead back to it: p0001, then p0000 |"));
    let long = told_of(&circle(9_000));
    assert!(long.contains("p0010, then 8989 more, then p0000 |"), "{long}");
    assert_eq!(long.lines().count(), 1);
    // Two that share a profile are two.
    let shared = "[[profile]]\nname = 'a'\nfallbacks = ['b', 'c']\n[[profile]]\nname = 'b'\nfallbacks = ['a']\n\
                  [[profile]]\nname = 'c'\nfallbacks = ['a', 'b']\n";
    assert_eq!(told_of(shared).lines().count(), 2);
}
