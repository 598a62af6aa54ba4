//! What ends up where, with buffers in place of the streams and files in place of the runner's.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::Value;
use testkit::{Scratch, placeholders, runner};

use super::*;
use crate::{Action, Cause, ExitCode, Output};

const OUTPUTS: &[Output] = &[
    Output { name: "first", doc: "", commands: &["do"] },
    Output { name: "second", doc: "", commands: &["do", "other"] },
    Output { name: "json", doc: "", commands: &["do", "other"] },
];

const INTERFACE: Interface = Interface {
    tool: "tool",
    action: Action {
        name: "tool",
        title: "signalbox tool",
        description: "",
        icon: "",
        color: "",
        permissions: &[],
    },
    command: || clap::Command::new("tool"),
    choose: |_| "do",
    choice: "",
    token: None,
    outputs: OUTPUTS,
    further: crate::Further::NOTHING,
    exit_codes: &[ExitCode { code: 0, doc: "" }],
};

/// A stream that can be looked at after the tool is done with it.
#[derive(Clone, Default)]
struct Buffer(Rc<RefCell<Vec<u8>>>);

impl Buffer {
    fn text(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).unwrap()
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where the tool runs, and what it said.
struct Runner {
    scratch: Scratch,
    stdout: Buffer,
    stderr: Buffer,
    variables: Vec<(&'static str, std::ffi::OsString)>,
    destination: Destination,
}

impl Runner {
    fn terminal() -> Self {
        let destination = Destination {
            actions: false,
            format: Format::Human,
            summary: true,
            annotations: true,
            watched: false,
        };
        let (stdout, stderr) = (Buffer::default(), Buffer::default());
        Self { scratch: Scratch::new(), stdout, stderr, variables: Vec::new(), destination }
    }

    fn job() -> Self {
        let mut place = Self::terminal();
        place.destination.actions = true;
        for (variable, file) in [("GITHUB_OUTPUT", "output"), ("GITHUB_STEP_SUMMARY", "summary")] {
            place.variables.push((variable, place.scratch.write(file, "").into()));
        }
        place
    }

    fn json(mut self) -> Self {
        self.destination.format = Format::Json;
        self
    }

    fn out(&self) -> Out {
        let streams = Streams {
            stdout: Box::new(self.stdout.clone()),
            stderr: Box::new(self.stderr.clone()),
            exact: Box::new(self.stdout.clone()),
        };
        let environment = self.variables.iter().cloned().collect();
        let mut out = Out::new(INTERFACE, environment, self.destination, streams);
        out.set_subcommand("do".to_owned(), false);
        out
    }

    /// A run that sets what it promised and does `more`.
    fn run(&self, more: impl FnOnce(&mut Out)) -> u8 {
        let mut out = self.out();
        out.output("first", "1\n2");
        out.output("second", "two");
        more(&mut out);
        out.finish(Ok(Answer::Yes))
    }

    fn outputs(&self) -> BTreeMap<String, String> {
        runner::outputs(&self.scratch.read_text("output"))
    }

    fn log(&self) -> String {
        placeholders::tokens_hidden(&self.stdout.text())
    }
}

#[test]
fn words_and_outputs_are_printed_as_others_read_them() {
    let mut place = Runner::terminal();
    place.destination.format = Format::Args;
    assert_eq!(place.run(|out| out.words("-p a -p 'b c'")), 0);
    assert_eq!(place.stdout.text(), "-p a -p 'b c'\n");
    let mut place = Runner::terminal();
    place.destination.format = Format::Args;
    assert_eq!(place.run(|_| {}), 2);
    assert_eq!(place.stdout.text(), "");
    let asked = Runner::terminal();
    assert_eq!(asked.run(|out| out.only_words("-p a")), 0);
    assert_eq!(asked.stdout.text(), "-p a\n");
    let job = Runner::job();
    assert_eq!(job.run(|out| out.only_words("-p a")), 0);
    assert!(!job.stdout.text().contains("-p a"), "{}", job.stdout.text());
    let mut place = Runner::terminal();
    place.destination.format = Format::Github;
    assert_eq!(place.run(|_| {}), 0);
    let printed = runner::outputs(&place.stdout.text());
    assert_eq!(printed["first"], "1\n2");
}

#[test]
fn outputs_that_are_too_long_for_json_are_named_there() {
    let place = Runner::job();
    assert_eq!(place.run(|out| out.output("second", "\"".repeat(500_000))), 0);
    let outputs = place.outputs();
    assert_eq!(outputs["second"].len(), 500_000);
    let json: Value = serde_json::from_str(&outputs["json"]).unwrap();
    assert_eq!(json["outputs"], serde_json::json!({"first": "1\n2"}));
    assert_eq!(json["outputs_left_out"], serde_json::json!(["second"]));
}

#[test]
fn every_output_is_handed_over_with_all_of_them_in_json() {
    let place = Runner::job();
    assert_eq!(place.run(|_| {}), 0);
    let outputs = place.outputs();
    assert_eq!((outputs["first"].as_str(), outputs["second"].as_str()), ("1\n2", "two"));
    let json: Value = serde_json::from_str(&outputs["json"]).unwrap();
    assert_eq!(json["outputs"]["first"], "1\n2");
    assert_eq!(json["exit_code"], 0);
}

#[test]
fn the_output_json_stays_short_and_the_document_is_whole() {
    let place = Runner::job().json();
    place.run(|out| {
        for _ in 0..1000 {
            out.problem(Problem::notice("a notice"));
        }
        out.problem(Problem::warning("the worst"));
    });
    let output: Value = serde_json::from_str(&place.outputs()["json"]).unwrap();
    assert_eq!(output["problems"].as_array().unwrap().len(), 200);
    assert_eq!(output["problems"][0]["message"], "the worst");
    assert_eq!(output["problems_left_out"], 801);
    let document: Value = serde_json::from_str(&place.stdout.text()).unwrap();
    assert_eq!(document["problems"].as_array().unwrap().len(), 1001);
    assert_eq!(document["problems_left_out"], Value::Null);
}

#[test]
fn an_output_that_github_would_cut_off_is_a_failure() {
    let place = Runner::job();
    assert_eq!(place.run(|out| out.output("first", "x".repeat((1 << 20) + 1))), 3);
    assert!(place.log().contains("longer than the 1 MiB"), "{}", place.log());
    assert_eq!(place.scratch.read_text("output"), "");
}

#[test]
fn an_answer_that_is_no_keeps_its_outputs() {
    for (answer, code) in [(Answer::No, 1), (Answer::NotYet, 4)] {
        let place = Runner::job();
        let mut out = place.out();
        out.output("first", "x");
        out.output("second", "y");
        assert_eq!(out.finish(Ok(answer)), code);
        assert_eq!(place.outputs()["first"], "x");
    }
}

#[test]
fn after_a_failure_nothing_is_left_but_what_is_wrong() {
    let place = Runner::job();
    let mut out = place.out();
    out.output("first", "x");
    out.summary(|page| {
        page.paragraph("half a report");
    });
    out.annotate(Level::Warning, None, |say| {
        say.text("seen before");
    });
    let failure = Failure::environment(Problem::error("the disk is gone"));
    assert_eq!(out.finish(Err(failure)), 3);
    let outputs = place.outputs();
    assert_eq!((outputs["first"].as_str(), outputs["second"].as_str()), ("", ""));
    let json: Value = serde_json::from_str(&outputs["json"]).unwrap();
    assert_eq!(json["exit_code"], 3);
    let summary = place.scratch.read_text("summary");
    assert!(!summary.contains("half a report"), "{summary}");
    assert!(summary.contains("the disk is gone") && summary.contains("seen before"), "{summary}");
    let names: Vec<String> =
        runner::commands(&place.stdout.text()).into_iter().map(|command| command.name).collect();
    assert_eq!(names, ["error", "warning"]);
}

#[test]
fn a_tool_that_forgets_an_output_has_no_answer() {
    let place = Runner::job();
    let mut out = place.out();
    out.output("first", "x");
    out.output("third", "y");
    assert_eq!(out.finish(Ok(Answer::Yes)), Cause::NoAnswer.exit_code());
    assert_eq!(place.outputs()["first"], "");
    assert!(place.log().contains("second undeclared: third"), "{}", place.log());
}

#[test]
fn a_subcommand_need_not_set_the_outputs_of_another() {
    let place = Runner::job();
    let mut out = place.out();
    out.set_subcommand("other".to_owned(), false);
    out.output("second", "y");
    assert_eq!(out.finish(Ok(Answer::Yes)), 0);
    assert_eq!(place.outputs()["first"], "");
}

#[test]
fn groups_masks_and_traces_are_commands_in_a_job_only() {
    let say = |out: &mut Out| {
        out.mask("one\ntwo");
        let title = text!["Reading ", Foreign::from("a\n::error::b")];
        let inside = out.group(&title, |out| {
            out.trace(|say| {
                say.text("why");
            });
            Ok(7)
        });
        assert_eq!(inside.unwrap(), 7);
    };
    let mut job = Runner::job();
    job.variables.push(("RUNNER_DEBUG", "1".into()));
    job.run(say);
    insta::assert_snapshot!(job.log(), @r"
    ::add-mask::one
    ::add-mask::two
    ::group::Reading `a\n::error::b`
    ::debug::why
    ::endgroup::
    ::stop-commands::[TOKEN]

    ::[TOKEN]::
    ");
    let terminal = Runner::terminal();
    terminal.run(say);
    assert_eq!(terminal.stdout.text(), "");
    assert_eq!(terminal.stderr.text(), "Reading `a\\n::error::b`\n");
}

#[track_caller]
fn check_token(given: Option<&str>, takes_one: bool, wanted: Option<&str>) {
    let mut job = Runner::job();
    job.variables.extend(given.map(|token| ("SIGNALBOX_TOKEN", token.into())));
    let mut out = job.out();
    out.interface.token = takes_one.then_some("The token.");
    let token = out.token();
    assert_eq!(token.as_ref().map(Secret::reveal), wanted, "{given:?}");
    let masked: Vec<String> =
        runner::commands(&job.stdout.text()).into_iter().map(|command| command.data).collect();
    assert_eq!(masked, wanted.as_slice(), "{given:?}");
}

#[test]
fn a_token_is_masked_before_anybody_has_it() {
    check_token(Some("ghs_abc"), true, Some("ghs_abc"));
    check_token(Some(" ghs_abc\n"), true, Some("ghs_abc"));
    check_token(Some(" \n"), true, None);
    check_token(Some(""), true, None);
    check_token(None, true, None);
    check_token(Some("ghs_abc"), false, None);
}

#[test]
fn a_group_is_closed_when_what_is_in_it_fails() {
    let place = Runner::job();
    let mut out = place.out();
    let failed: Result<(), Failure> =
        out.group(&"Trying".into(), |_| Err(Failure::no_answer(Problem::error("no"))));
    assert_eq!(out.finish(failed.map(|()| Answer::Yes)), 2);
    assert!(place.log().starts_with("::group::Trying\n::endgroup::\n"), "{}", place.log());
}

#[test]
fn another_programs_words_are_shown_and_not_obeyed() {
    let place = Runner::job();
    place.run(|out| {
        let words = Foreign::from("plain\n::set-output name=x::y\n::stop-commands::no\x1b[31m");
        out.quote(&words).unwrap();
    });
    assert!(place.log().contains("::set-output name=x::y"), "{}", place.log());
    assert_eq!(runner::commands(&place.stdout.text()), []);
}

#[test]
fn the_summary_stays_within_what_the_runner_keeps() {
    let mut place = Runner::job();
    let taken = SUMMARY_LIMIT - 400;
    place.scratch.write("summary", "x".repeat(taken));
    place.run(|out| {
        out.summary(|page| {
            page.heading("Many");
            page.list((0..1000_u64).map(|number| text!["point ", number]).collect());
        });
    });
    let summary = place.scratch.read_text("summary");
    assert!(summary.len() <= SUMMARY_LIMIT, "{}", summary.len());
    assert!(summary.len() > taken, "what fits is written");
    // Switched off: nothing at all.
    place = Runner::job();
    place.destination.summary = false;
    place.run(|out| {
        out.summary(|page| {
            page.heading("Many");
        });
    });
    assert_eq!(place.scratch.read_text("summary"), "");
}

#[test]
fn json_is_alone_on_standard_output() {
    for place in [Runner::job().json(), Runner::terminal().json()] {
        place.run(|out| {
            out.result(&serde_json::json!({"plan": [1, 2]}));
            out.annotate(Level::Notice, Some(Place::file("a.xml")), |say| {
                say.text("look");
            });
            out.summary(|page| {
                page.heading("For people");
            });
        });
        let json: Value = serde_json::from_str(&place.stdout.text()).unwrap();
        assert_eq!(json["result"]["plan"][1], 2);
        assert_eq!(json["outputs"]["second"], "two");
        assert!(place.stderr.text().contains("ook"), "{}", place.stderr.text());
    }
}

/// Without a summary the answer is what it was, and its outputs are there.
#[test]
fn a_summary_that_cannot_be_written_is_a_warning() {
    for summary in [None, Some("no/such/folder")] {
        let mut place = Runner::job();
        place.variables.retain(|(name, _)| *name != "GITHUB_STEP_SUMMARY");
        if let Some(summary) = summary {
            place.variables.push(("GITHUB_STEP_SUMMARY", place.scratch.at(summary).into()));
        }
        let code = place.run(|out| {
            out.summary(|page| {
                page.heading("Report");
            });
        });
        assert_eq!(code, 0);
        assert_eq!(place.outputs()["first"], "1\n2");
        let commands = runner::commands(&place.stdout.text());
        let warned: Vec<&str> = commands.iter().map(|command| command.name.as_str()).collect();
        assert_eq!(warned, ["warning"]);
    }
}

#[test]
fn a_log_that_cannot_be_written_changes_no_answer_of_a_job() {
    let place = Runner::job();
    let mut out = place.out();
    out.streams.stdout = Box::new(Broken(io::ErrorKind::StorageFull));
    out.output("first", "x");
    out.output("second", "y");
    assert_eq!(out.finish(Ok(Answer::Yes)), 0);
    assert_eq!(place.outputs()["first"], "x");
    // Who asked for JSON on standard output has no answer without it, and the outputs say the same.
    let place = Runner::job().json();
    let mut out = place.out();
    out.streams.stdout = Box::new(Broken(io::ErrorKind::StorageFull));
    out.output("first", "x");
    out.output("second", "y");
    assert_eq!(out.finish(Ok(Answer::Yes)), 3);
    assert_eq!(place.outputs()["first"], "");
    assert!(place.outputs()["json"].contains("\"exit_code\":3"));
}

#[test]
fn what_is_appended_begins_a_line_of_its_own() {
    let place = Runner::job();
    place.scratch.write("output", "earlier=value");
    place.scratch.write("summary", "earlier words");
    place.run(|out| {
        out.summary(|page| {
            page.heading("Report");
        });
    });
    let output = place.scratch.read_text("output");
    let ours = output.strip_prefix("earlier=value\n").unwrap();
    assert_eq!(runner::outputs(ours)["second"], "two");
    assert!(place.scratch.read_text("summary").starts_with("earlier words\n### Report"));
}

/// The runner finds this form of a command anywhere in a line.
#[test]
fn json_in_a_job_holds_no_command() {
    let place = Runner::job().json();
    place.run(|out| out.result(&serde_json::json!(["###[set-output name=x;]y", "##[error]z"])));
    let line = place.stdout.text();
    assert_eq!(runner::commands(&line), []);
    let document: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(document["result"][0], "###[set-output name=x;]y");
}

#[test]
fn places_and_paths_are_seen_from_where_the_run_was_started() {
    let place = Runner::job();
    place.run(|out| {
        out.set_start(Path::new("sub/dir"));
        assert_eq!(out.reach(Path::new("plan.json")), Path::new("sub/dir/plan.json"));
        assert_eq!(out.reach(Path::new("/plan.json")), Path::new("/plan.json"));
        for file in ["a.xml", "/b.xml", "-"] {
            out.problem(Problem::warning("odd").at(Place::file(file)));
        }
    });
    let commands = runner::commands(&place.stdout.text());
    let files: Vec<&str> =
        commands.iter().map(|command| command.properties["file"].as_str()).collect();
    assert_eq!(files, ["sub/dir/a.xml", "/b.xml", "-"]);
}

#[test]
fn an_argument_is_named_as_it_was_given() {
    let mut place = Runner::terminal();
    assert_eq!(plain(&place.out().argument("index")), "`--index`");
    place.variables.push(("SIGNALBOX_INDEX", "7".into()));
    assert_eq!(plain(&place.out().argument("index")), "input `index`");
}

#[test]
fn a_runner_that_gives_no_file_fails_the_step() {
    let mut place = Runner::job();
    place.variables.retain(|(name, _)| *name != "GITHUB_OUTPUT");
    assert_eq!(place.run(|_| {}), Cause::Environment.exit_code());
    assert!(place.log().contains("::error title=signalbox tool::"), "{}", place.log());
    place.variables.push(("GITHUB_OUTPUT", place.scratch.at("no/such/folder").into()));
    assert_eq!(place.run(|_| {}), Cause::Environment.exit_code());
}

#[test]
fn variables_are_handed_over_where_there_is_an_answer() {
    let set = |out: &mut Out| {
        out.variable("CUDA_VISIBLE_DEVICES", "GPU-1,GPU-2");
        out.variable("ROCR_VISIBLE_DEVICES", "a\nEVIL=b");
    };
    let mut place = Runner::job();
    place.variables.push(("GITHUB_ENV", place.scratch.write("env", "").into()));
    assert_eq!(place.run(set), 0);
    let read = runner::variables(&place.scratch.read_text("env"));
    assert_eq!(read["CUDA_VISIBLE_DEVICES"], "GPU-1,GPU-2");
    assert_eq!(read["ROCR_VISIBLE_DEVICES"], "a\nEVIL=b");
    assert_eq!((read.len(), place.outputs()["first"].as_str()), (2, "1\n2"));

    let mut failing = Runner::job();
    failing.variables.push(("GITHUB_ENV", failing.scratch.write("env", "").into()));
    let mut out = failing.out();
    set(&mut out);
    assert_eq!(out.finish(Err(Failure::no_answer(Problem::error("no")))), 2);
    assert_eq!(failing.scratch.read_text("env"), "");
}

#[test]
fn a_runner_that_takes_no_variables_fails_a_step_that_has_some() {
    let place = Runner::job();
    assert_eq!(place.run(|_| {}), 0);
    let place = Runner::job();
    assert_eq!(place.run(|out| out.variable("A", "b")), Cause::Environment.exit_code());
    assert_eq!(place.outputs()["first"], "");
    // Outside a job there is nobody to take them.
    assert_eq!(Runner::terminal().run(|out| out.variable("A", "b")), 0);
}

/// A reader that is gone, or a disk that is full.
struct Broken(io::ErrorKind);

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(self.0.into())
    }
}

#[test]
fn a_closed_pipe_changes_no_answer_and_a_full_disk_does() {
    for (kind, code) in [(io::ErrorKind::BrokenPipe, 0), (io::ErrorKind::StorageFull, 3)] {
        let place = Runner::terminal();
        let mut out = place.out();
        out.streams.stdout = Box::new(Broken(kind));
        out.output("first", "");
        out.output("second", "");
        out.summary(|page| {
            page.heading("Report");
        });
        assert_eq!(out.finish(Ok(Answer::Yes)), code);
    }
}

/// What the run left for those who measure the pipeline.
fn outcomes(place: &Runner) -> Vec<Value> {
    let folder = place.scratch.at("temporary/signalbox-metrics");
    let Ok(files) = folder.read_dir() else { return Vec::new() };
    let read = |file: io::Result<std::fs::DirEntry>| {
        let name = file.unwrap().file_name().into_string().unwrap();
        let text = place.scratch.read_text(format!("temporary/signalbox-metrics/{name}"));
        serde_json::from_str(&text).unwrap()
    };
    files.map(read).collect()
}

#[test]
fn a_run_leaves_a_line_for_those_who_measure() {
    let mut place = Runner::job();
    place.variables.push(("RUNNER_TEMP", place.scratch.at("temporary").into()));
    place.variables.push(("GITHUB_JOB", "build".into()));
    place.variables.push(("GITHUB_RUN_ATTEMPT", "3".into()));
    place.run(|out| out.fact("family", "Linux-rust-"));
    let wanted = serde_json::json!({"signalbox-outcome": 1, "tool": "tool", "command": "do", "job": "build",
        "attempt": 3, "exit": 0, "facts": {"family": "Linux-rust-", "second": "two"}});
    assert_eq!(outcomes(&place), [wanted]);
}

#[test]
fn a_run_without_an_answer_leaves_its_exit_code_and_no_facts() {
    let mut place = Runner::job();
    place.variables.push(("RUNNER_TEMP", place.scratch.at("temporary").into()));
    let mut out = place.out();
    out.output("second", "two");
    out.fact("family", "x");
    assert_eq!(out.finish(Err(Failure::no_answer(Problem::error("no")))), 2);
    let left = outcomes(&place);
    assert_eq!(
        (left.len(), &left[0]["exit"], &left[0]["facts"]),
        (1, &2.into(), &serde_json::json!({}))
    );
}

#[test]
fn a_line_that_cannot_be_written_changes_nothing() {
    let mut place = Runner::job();
    place.variables.push(("RUNNER_TEMP", place.scratch.write("temporary", "a file").into()));
    assert_eq!(place.run(|_| ()), 0);
    assert_eq!(place.outputs()["second"], "two");
    assert_eq!(Runner::terminal().run(|_| ()), 0);
}
