//! The values that people write: sizes, versions, models, systems. What is wrong with one is told at its
//! place, with what was probably meant.

use std::collections::BTreeSet;

use diagnostics::config::{Table, Word};
use diagnostics::{Foreign, Piece, Problem, Text, text};

use crate::catalogue::{self, Profile, Unidentified};
use crate::cuda::{self, Arch};
use crate::{Capability, Vendor, Version};

/// The words for makers.
pub(super) const VENDORS: [(&str, Vendor); 2] = [("nvidia", Vendor::Nvidia), ("amd", Vendor::Amd)];

/// The words of `RUNNER_OS`.
const SYSTEMS: [&str; 3] = ["Linux", "Windows", "macOS"];

/// The words of `RUNNER_ARCH`.
const PROCESSORS: [&str; 4] = ["X64", "ARM64", "X86", "ARM"];

/// More than any GPU or machine has.
const MOST_GB: u32 = 1_000_000;

/// A word as code in a sentence.
#[expect(
    clippy::needless_pass_by_value,
    reason = "numbers and texts alike are made where they are said"
)]
pub(super) fn code(word: impl ToString) -> Foreign {
    Foreign::from(word.to_string().as_str())
}

/// Some words, each as code, with commas between them.
pub(super) fn codes<T: ToString>(words: impl IntoIterator<Item = T>) -> Text {
    let mut all = Text::new();
    for word in words {
        if !all.is_empty() {
            all.text(", ");
        }
        all.foreign(code(word));
    }
    all
}

/// How many remarks are told. Nobody reads more.
const MOST_REMARKS: usize = 100;

fn remark_on(table: &Table<'_, '_>, word: &Word, remark: Problem, remarks: &mut Vec<Problem>) {
    if remarks.len() < MOST_REMARKS {
        remarks.push(table.spot_of(word).problem(remark));
    }
}

/// A number and the unit behind it.
fn split(text: &str) -> Option<(&str, String)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    Some((number, unit.trim().to_ascii_lowercase()))
}

/// A size in GB, as written on the box.
pub(super) fn gigabytes(table: &mut Table<'_, '_>, key: &'static str) -> Option<u32> {
    let word = table.amount(key)?;
    let label = "expected a size as it is written on the box, such as \"16GB\"";
    let (number, unit) = split(&word.text)?;
    let size = number.parse::<u32>().ok().filter(|size| (1..=MOST_GB).contains(size));
    match (size, unit.as_str()) {
        (Some(size), "gb") => return Some(size),
        (Some(_), "") => {
            let help = text!["write the unit too: ", code(format!("{key} = \"{number}GB\""))];
            table.wrong(&word, label, help);
        }
        (Some(_), "mib" | "mb" | "gib") => {
            table.wrong(
                &word,
                label,
                "what a driver reports is written in MiB, as the key that ends in `-mib`: \
                 `nvidia-smi` says 15360 MiB of a GPU of 16 GB",
            );
        }
        (Some(_) | None, _) => table.wrong(&word, label, "write a whole number from 1 and `GB`"),
    }
    None
}

/// A size in MiB, as reported.
pub(super) fn mebibytes(table: &mut Table<'_, '_>, key: &'static str) -> Option<u32> {
    let word = table.amount(key)?;
    let (number, unit) = split(&word.text)?;
    let size = number.parse::<u32>().ok().filter(|size| *size > 0);
    if size.is_none() || !["", "mib"].contains(&unit.as_str()) {
        let label = "expected a size in MiB as the driver reports it, such as 15360";
        table.wrong(
            &word,
            label,
            "`nvidia-smi` shows it; sizes in GB belong to the key without `-mib`",
        );
        return None;
    }
    size
}

/// A version with as many numbers as people write.
pub(super) fn version(table: &mut Table<'_, '_>, key: &'static str) -> Option<Version> {
    let word = table.amount(key)?;
    read_version(table, &word)
}

fn read_version(table: &Table<'_, '_>, word: &Word) -> Option<Version> {
    let read = word.text.parse();
    if read.is_err() {
        table.wrong(
            word,
            "expected a version of one to four numbers, such as \"12.9\" or \"535.104.05\"",
            "write it in quotes, with points between the numbers",
        );
    }
    read.ok()
}

/// The version of a CUDA toolkit. One that is not listed is remarked on.
pub(super) fn toolkit(
    table: &mut Table<'_, '_>,
    key: &'static str,
    remarks: &mut Vec<Problem>,
) -> Option<Version> {
    let word = table.amount(key)?;
    let version = read_version(table, &word)?;
    if cuda::known().toolkit(version).is_none() {
        let remark = text!["the CUDA toolkit ", code(&word.text), " is not listed"];
        let remark = Problem::notice(remark)
            .label("nothing is known of the drivers that its programs run on")
            .help("no machine is known to run them until this tool knows it");
        remark_on(table, &word, remark, remarks);
    }
    Some(version)
}

/// A compute capability.
pub(super) fn capability(table: &mut Table<'_, '_>, key: &'static str) -> Option<Capability> {
    let word = table.amount(key)?;
    let read = word.text.parse();
    if read.is_err() {
        let meant = word.text.parse::<Arch>().ok().map(|arch| arch.capability);
        let help = match meant {
            Some(meant) => text!["did you mean ", code(meant), "?"],
            None => "NVIDIA's page \"CUDA GPU Compute Capability\" lists them".into(),
        };
        table.wrong(&word, "expected a compute capability such as \"8.9\"", help);
    }
    read.ok()
}

/// Which GPUs the code in a program was made for.
pub(super) fn archs(table: &mut Table<'_, '_>, key: &'static str) -> Option<Vec<Arch>> {
    let words = table.amounts(key, "a list of architectures such as [80, \"90a\"]")?;
    let mut archs = Vec::new();
    for word in &words {
        if let Ok(arch) = word.text.parse::<Arch>() {
            archs.push(arch);
        } else {
            let capability = word.text.parse::<Capability>().ok();
            let help = match capability {
                Some(Capability { major, minor }) => {
                    text!["did you mean ", code(format!("{major}{minor}")), "?"]
                }
                None => "write what `nvcc` was told: `89` or `sm_89` is machine code, \
                             `compute_89` is PTX"
                    .into(),
            };
            table.wrong(
                word,
                "expected an architecture such as 89, \"90a\" or \"compute_80\"",
                help,
            );
        }
    }
    archs.sort_unstable();
    archs.dedup();
    Some(archs)
}

/// The name of a slice of a GPU.
pub(super) fn profile(table: &Table<'_, '_>, word: &Word) -> Option<Profile> {
    let read = word.text.to_ascii_lowercase().parse();
    if read.is_err() {
        table.wrong(
            word,
            "expected a MIG profile such as \"1g.10gb\", \"1g.10gb+me\" or \"1c.3g.40gb\"",
            "`nvidia-smi mig -lgip` lists those of a GPU",
        );
    }
    read.ok()
}

/// An architecture of AMD, such as `gfx942`.
pub(super) fn gfx(table: &Table<'_, '_>, word: &Word) -> Option<String> {
    let text = word.text.to_ascii_lowercase();
    let is_one = text.strip_prefix("gfx").is_some_and(|number| {
        (3..=8).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_hexdigit())
    });
    if !is_one {
        let label = "expected an architecture such as \"gfx942\"";
        table.wrong(word, label, "`rocminfo` shows that of a GPU");
    }
    is_one.then_some(text)
}

/// A model, and its size if its name says one of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) model: String,
    pub(super) memory_gb: Option<u32>,
}

/// A model's name. One that is not in the catalogue is remarked on, and stays a name.
pub(super) fn model(
    table: &Table<'_, '_>,
    word: &Word,
    remarks: &mut Vec<Problem>,
) -> Option<Named> {
    let could_be = |models: &[String]| match models {
        [] => Text::from("write the whole name, as `nvidia-smi -L` prints it"),
        models => text!["write one of "].append(codes(models.iter().take(10))).clone(),
    };
    let error = match catalogue::known().identify(&word.text) {
        Ok(identified) => {
            let is_size_said = identified.model.memory_gb.len() > 1;
            return Some(Named {
                model: identified.model.name.clone(),
                memory_gb: identified.memory_gb.filter(|_| is_size_said),
            });
        }
        Err(error) => error,
    };
    let help = match &error {
        Unidentified::NotListed => {
            let plain = catalogue::plain_name(&word.text);
            let known = catalogue::known().models().map(|model| model.name.as_str());
            let mut help = Text::from("only machines that name it in the same way have it");
            if let Some(near) = diagnostics::nearest(&plain, known) {
                help.text("; did you mean ").foreign(near).text("?");
            }
            if !plain.is_empty() {
                let remark = Problem::notice(text![
                    "the model ",
                    code(&word.text),
                    " is not in the catalogue of GPUs"
                ]);
                let remark = remark.label("nothing is known of it but its name").help(help);
                remark_on(table, word, remark, remarks);
                return Some(Named { model: plain, memory_gb: None });
            }
            help
        }
        Unidentified::Ambiguous { could_be: models }
        | Unidentified::CutOff { could_be: models } => could_be(models),
        Unidentified::Slice => "write a slice as `mig`: mig = \"1g.10gb\"".into(),
        Unidentified::NotReported
        | Unidentified::NotAName
        | Unidentified::Placeholder
        | Unidentified::Virtual => could_be(&[]),
    };
    table.wrong(word, text!["expected the name of a model; ", Piece::said(&error)], help);
    None
}

/// The models of a list.
pub(super) fn models(
    table: &mut Table<'_, '_>,
    key: &'static str,
    remarks: &mut Vec<Problem>,
) -> Option<BTreeSet<String>> {
    let words = table.strings(key)?;
    let mut models = BTreeSet::new();
    for word in &words {
        let Some(named) = model(table, word, remarks) else { continue };
        match named.memory_gb {
            // Whether the size is the least or the only one is for the person to say.
            Some(gb) => table.wrong(
                word,
                "this name says a size too",
                text![
                    "write ",
                    code(format!("\"{}\"", named.model)),
                    " and ",
                    code(format!("min-memory = \"{gb}GB\""))
                ],
            ),
            None => {
                models.insert(named.model);
            }
        }
    }
    Some(models)
}

/// One of a few words, whose cases do not matter, as they are written here.
fn word_of(table: &mut Table<'_, '_>, key: &'static str, words: &[&'static str]) -> Option<String> {
    let mut word = table.string(key)?;
    if let Some(known) = words.iter().find(|known| known.eq_ignore_ascii_case(&word.text)) {
        (*known).clone_into(&mut word.text);
    }
    let choices: Vec<(&'static str, &'static str)> = words.iter().map(|it| (*it, *it)).collect();
    table.chosen(&word, key, &choices).map(str::to_owned)
}

/// A system, as `RUNNER_OS` says it.
pub(super) fn os(table: &mut Table<'_, '_>) -> Option<String> {
    word_of(table, "os", &SYSTEMS)
}

/// A processor, as `RUNNER_ARCH` says it.
pub(super) fn arch(table: &mut Table<'_, '_>) -> Option<String> {
    word_of(table, "arch", &PROCESSORS)
}

/// Labels, in lower case because GitHub does not tell cases apart.
pub(super) fn labels(table: &mut Table<'_, '_>, key: &'static str) -> Option<BTreeSet<String>> {
    let words = table.strings(key)?;
    let mut labels = BTreeSet::new();
    for word in &words {
        if is_line(&word.text) {
            labels.insert(word.text.to_lowercase());
        } else {
            let label = "expected a label: a text that is not empty, on one line, and short";
            table.wrong(word, label, "write each label as a string of its own");
        }
    }
    Some(labels)
}

/// More bytes than a name has.
const LONGEST: usize = 256;

/// A text that is not empty, on one line, and not longer than names are.
pub(super) fn line(table: &Table<'_, '_>, word: Word) -> Option<Word> {
    if !is_line(&word.text) {
        let label =
            text!["expected a text that is not empty, on one line, of up to ", LONGEST, " bytes"];
        table.wrong(&word, label, "write its name");
        return None;
    }
    Some(word)
}

fn is_line(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= LONGEST && !text.chars().any(char::is_control)
}

/// A number that is not above `most`.
pub(super) fn count<T: TryFrom<u64>>(
    table: &mut Table<'_, '_>,
    key: &'static str,
    least: u64,
    most: u64,
) -> Option<T> {
    let number = table.count(key)?;
    let fitting = Some(number).filter(|number| (least..=most).contains(number));
    if fitting.is_none() {
        let label = text!["expected a whole number from ", least, " to ", most, ", found ", number];
        table.wrong_value(key, label, "write one of them");
    }
    fitting.and_then(|number| T::try_from(number).ok())
}
