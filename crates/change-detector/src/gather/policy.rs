//! What the inputs want, read and checked before anything is asked: all mistakes at once.

use std::path::Path;

use affected::filters::{Filters, Mistake};
use affected::impact::Graph;
use affected::services::{Links, Service, Services};
use affected::{Facts, Known, Scope, services};
use bstr::ByteSlice as _;
use diagnostics::yaml::{Kind, Node, Yaml, snippet};
use diagnostics::{Foreign, Level, Piece, Place, Problem, Snippet, Text, nearest, text};
use ecosystems::rules::Rules;
use repo_model::{Glob, NotRead, Tree};
use runner_protocol::{Cause, Failure, Out};

use super::{Gathered, text_file};
use crate::args::{GraphName, LookArgs, MatrixOf, RenameMode, ServiceNames};

/// What the inputs want.
pub(crate) struct Policy {
    filters: Option<Filters>,
    quantifier: affected::filters::Quantifier,
    scope: Scope,
    services: Option<services::Wanted>,
    /// The keys of `service-depends`, in their order.
    keys: Vec<DependsKey>,
    /// Whose packages are read.
    pub(crate) graphs: Vec<GraphName>,
    rules: Option<Rules>,
    global: Vec<Glob>,
    ignore: Vec<Glob>,
}

/// For whom `service-depends` says something, as it is written.
struct DependsKey {
    written: String,
    /// Whether it may mean many.
    is_pattern: bool,
    place: Place,
    snippet: Snippet,
}

/// A text that an input holds or names, and what it is called.
struct Source {
    text: String,
    file: Foreign,
}

impl Policy {
    /// Reads and checks the inputs.
    pub(crate) fn read(args: &LookArgs, out: &mut Out) -> Result<Self, Failure> {
        let mut failures = Vec::new();
        let mut keep = |failure: Failure| failures.push(failure);
        let filters = filters(args, out).map_err(&mut keep).ok().flatten();
        let services = wanted(args).map_err(&mut keep).ok().flatten();
        let (services, keys) = services.unzip();
        let rules = match &args.graph.rules {
            Some(path) => rules(path).map_err(&mut keep).ok(),
            None => None,
        };
        let mut globs = |patterns: &[String], input: &'static str| {
            globs(patterns, input).map_err(&mut keep).unwrap_or_default()
        };
        let global = globs(&args.graph.global_files, "global-files");
        let ignore = globs(&args.graph.ignore, "ignore");
        if let Some(problem) = contradiction(args, &global) {
            keep(Failure::no_answer(problem));
        }
        let cause =
            failures.iter().map(|failure| failure.cause).max_by_key(|cause| cause.exit_code());
        if let Some(cause) = cause {
            let problems = failures.into_iter().flat_map(|failure| failure.problems).collect();
            return Err(Failure { cause, problems });
        }
        Ok(Self {
            filters,
            quantifier: args.quantifier.quantifier(),
            scope: Scope {
                statuses: args.scope.status,
                symlinks: args.scope.include_symlinks,
                submodules: args.scope.include_submodules,
            },
            services,
            keys: keys.unwrap_or_default(),
            graphs: args.graph.graph.clone().map(|graphs| graphs.0).unwrap_or_default(),
            rules,
            global,
            ignore,
        })
    }

    /// Refuses rules about packages that do not exist: a rule that nobody meant protects nobody.
    pub(super) fn check_rules(&self, graphs: &[Graph]) -> Result<(), Failure> {
        let Some(rules) = &self.rules else { return Ok(()) };
        let known = || graphs.iter().flat_map(|graph| &graph.reading.packages);
        let problem = |name: &ecosystems::rules::Name| {
            let shown = Foreign::from(name.name.as_str());
            let mut help = text!["name packages as their manifests do"];
            let names = known().map(|package| package.name.as_str());
            if let Some(near) = nearest(&name.name, names) {
                help.text("; is ").foreign(near).text(" meant?");
            }
            Problem::error(text!["a rule names ", shown, ", but there is no such package"])
                .at(name.place.clone())
                .help(help)
        };
        let problems: Vec<Problem> =
            affected::unknown_names(rules, graphs).into_iter().map(problem).collect();
        if problems.is_empty() { Ok(()) } else { Err(Failure { cause: Cause::NoAnswer, problems }) }
    }

    /// Whether services are asked for.
    pub(crate) fn wants_services(&self) -> bool {
        self.services.is_some()
    }

    /// Where the links lead that services depend on. Only those contents are asked for: most services
    /// have no link.
    pub(super) fn links(&self, head: &dyn Tree) -> Result<Links, Failure> {
        let mut links = Links::default();
        let Some(wanted) = &self.services else { return Ok(links) };
        loop {
            let unread = links.unread(wanted, head.entries());
            if unread.is_empty() {
                return Ok(links);
            }
            let targets =
                head.read(&unread).map_err(|error| Failure::no_answer(not_read(&error)))?;
            for (entry, target) in unread.iter().zip(targets) {
                links.add(entry.path.as_bytes(), &target);
            }
        }
    }

    /// The facts that the inputs decide.
    pub(super) fn facts(&self) -> Facts<'_> {
        Facts {
            known: Known::Nothing,
            renames: None,
            head: &[],
            links: None,
            filters: self.filters.as_ref(),
            quantifier: self.quantifier,
            scope: self.scope,
            services: self.services.as_ref(),
            graphs: &[],
            rules: self.rules.as_ref(),
            global: &self.global,
            ignore: &self.ignore,
        }
    }
}

/// Inputs that are nothing without another: whoever gives one expects something of it.
fn contradiction(args: &LookArgs, global: &[Glob]) -> Option<Problem> {
    let has_graph = args.graph.graph.as_ref().is_some_and(|graphs| !graphs.0.is_empty());
    let has_services = args.service.services.iter().any(|it| !it.trim().is_empty());
    if args.graph.rules.is_some() && !has_graph {
        let problem = Problem::error("`rules` mark packages, but no packages are asked for");
        return Some(problem.help("say whose packages are read: `graph: cargo`"));
    }
    if args.tell.matrix == MatrixOf::Packages && !has_graph {
        let problem =
            Problem::error("the matrix is to be made of packages, but none are asked for");
        return Some(problem.help("say whose packages are read: `graph: cargo`"));
    }
    if args.tell.matrix == MatrixOf::Services && !has_services {
        let problem =
            Problem::error("the matrix is to be made of services, but none are asked for");
        return Some(problem.help("say which folders are services: `services: services/*`"));
    }
    if !global.is_empty() && global.iter().all(Glob::is_negated) {
        let problem = Problem::error("`global-files` has only patterns that exclude");
        return Some(problem.help("write a pattern without `!` as well"));
    }
    None
}

/// The text of an input that holds YAML or names a file of it. One line without a colon is a path, as
/// for dorny/paths-filter.
fn source(input: &str, name: &'static str, what: &'static str) -> Result<Source, Failure> {
    let written = input.trim();
    if written.contains('\n') || written.contains(':') {
        let file = Foreign::from(["the input ", name].concat().as_str());
        return Ok(Source { text: input.to_owned(), file });
    }
    let path = Path::new(written);
    Ok(Source { text: text_file(path, what)?, file: Foreign::path(path) })
}

fn filters(args: &LookArgs, out: &mut Out) -> Result<Option<Filters>, Failure> {
    let Some(input) = args.filters.as_ref().filter(|input| !input.trim().is_empty()) else {
        return Ok(None);
    };
    let source = source(input, "filters", "the file of filters")?;
    let filters = Filters::read(&source.text).map_err(|mistakes| {
        let problems = mistakes.into_iter();
        let problems = problems.map(|mistake| told(Level::Error, mistake, &source)).collect();
        Failure { cause: Cause::NoAnswer, problems }
    })?;
    let renames_are_paired = args.scope.renames == RenameMode::Pairs;
    for odd in filters.oddities(args.quantifier.quantifier(), renames_are_paired) {
        out.problem(told(Level::Warning, odd, &source));
    }
    Ok(Some(filters))
}

fn told(level: Level, mistake: Mistake, source: &Source) -> Problem {
    Problem { level, ..Problem::error(mistake.why) }
        .at(Place::at(source.file.clone(), mistake.at.line, mistake.at.column))
        .snippet(snippet(&source.text, mistake.at))
        .help(mistake.help)
}

/// A pattern that means something: one that nobody could have meant protects nobody.
fn glob(written: &str) -> Result<Glob, (&'static str, &'static str, usize)> {
    let read = Glob::new(written).and_then(|glob| glob.without_negation().map(|it| (glob, it)));
    let (glob, inner) = read.map_err(|error| (" cannot be read: ", error.why, error.at))?;
    match inner.only_itself() {
        None => Ok(glob),
        Some(odd) => Err((" matches nothing but itself: ", odd.why, odd.at)),
    }
}

pub(super) fn globs(patterns: &[String], input: &'static str) -> Result<Vec<Glob>, Failure> {
    let lines = patterns.iter().flat_map(|lines| lines.lines()).map(str::trim);
    let mut globs = Vec::new();
    let mut problems = Vec::new();
    for line in lines.filter(|line| !line.is_empty()) {
        match glob(line) {
            Ok(glob) => globs.push(glob),
            Err((what, why, at)) => problems.push(
                Problem::error(text![
                    "the pattern ",
                    Foreign::from(line),
                    " of the input `",
                    input,
                    "`",
                    what,
                    why,
                    " (at its byte ",
                    at,
                    ")"
                ])
                .help("write one pattern a line, such as `services/*`"),
            ),
        }
    }
    if problems.is_empty() { Ok(globs) } else { Err(Failure { cause: Cause::NoAnswer, problems }) }
}

/// Folders have no `/` at either end, but people write them so.
fn bare(folder: &str) -> &str {
    folder.trim_end_matches('/').trim_start_matches("./").trim_start_matches('/')
}

/// Services that are asked for, and for whom paths are named.
type Asked = (services::Wanted, Vec<DependsKey>);

fn wanted(args: &LookArgs) -> Result<Option<Asked>, Failure> {
    let lines = args.service.services.iter().flat_map(|lines| lines.lines()).map(str::trim);
    let bare: Vec<String> = lines.map(|line| bare(line).to_owned()).collect();
    let folders = globs(&bare, "services")?;
    if folders.is_empty() {
        let depends = args.service.service_depends.as_ref();
        if depends.is_none_or(|depends| depends.trim().is_empty()) {
            return Ok(None);
        }
        return Err(Failure::no_answer(
            Problem::error("`service-depends` is given, but no services are")
                .help("say which folders are services: `services: services/*`"),
        ));
    }
    let markers: Vec<String> =
        args.service.service_markers.split(['|', '\n']).map(str::to_owned).collect();
    let is_any = markers.iter().any(|marker| marker.trim() == "*");
    let (depends, keys) = match &args.service.service_depends {
        Some(input) if !input.trim().is_empty() => depends(input)?,
        Some(_) | None => (Vec::new(), Vec::new()),
    };
    let wanted = services::Wanted {
        folders,
        markers: if is_any { Vec::new() } else { globs(&markers, "service-markers")? },
        depends,
        any_name: args.service.service_names == ServiceNames::Any,
    };
    Ok(Some((wanted, keys)))
}

/// `'*': libs/common/**` and so on.
fn depends(input: &str) -> Result<(Vec<services::Depends>, Vec<DependsKey>), Failure> {
    let source = source(input, "service-depends", "the file of services' dependencies")?;
    let yaml = Yaml::read(&source.text)
        .map_err(|error| Failure::no_answer(error.problem(source.file.clone(), &source.text)))?;
    let mut reader = DependsReader { source: &source, keys: Vec::new(), problems: Vec::new() };
    let depends = reader.read(yaml.root());
    if reader.problems.is_empty() {
        return Ok((depends, reader.keys));
    }
    Err(Failure { cause: Cause::NoAnswer, problems: reader.problems })
}

struct DependsReader<'a> {
    source: &'a Source,
    /// One for each that is read.
    keys: Vec<DependsKey>,
    problems: Vec<Problem>,
}

impl DependsReader<'_> {
    fn wrong(&mut self, node: Node<'_>, why: Text) {
        let help = Text::from("write a name and a list of patterns: `api: libs/**`");
        let mistake = Mistake { at: node.at(), why, help };
        self.problems.push(told(Level::Error, mistake, self.source));
    }

    fn read(&mut self, root: Node<'_>) -> Vec<services::Depends> {
        let Kind::Map(pairs) = root.kind() else {
            self.wrong(root, text!["expected names of services"]);
            return Vec::new();
        };
        let mut depends = Vec::new();
        for (key, value) in pairs {
            let mut paths = Vec::new();
            match value.kind() {
                Kind::Text(_) => paths.extend(self.glob(value)),
                Kind::List(items) => {
                    for item in items {
                        paths.extend(self.glob(item));
                    }
                }
                Kind::Map(_) | Kind::Nothing => {
                    self.wrong(value, text!["expected a pattern or a list of patterns"]);
                }
            }
            if let Some(services) = self.services(key) {
                depends.push(services::Depends { services, paths });
            }
        }
        depends
    }

    /// A name, a folder or a pattern for either.
    fn services(&mut self, node: Node<'_>) -> Option<Glob> {
        let written = bare(node.text().unwrap_or_default());
        let glob = self.glob_of(node, written)?;
        self.keys.push(DependsKey {
            written: written.to_owned(),
            is_pattern: written.contains(['*', '?', '[', '{', '(', '!', '\\']),
            place: Place::at(self.source.file.clone(), node.at().line, node.at().column),
            snippet: snippet(&self.source.text, node.at()),
        });
        Some(glob)
    }

    fn glob(&mut self, node: Node<'_>) -> Option<Glob> {
        let Kind::Text(written) = node.kind() else {
            self.wrong(node, text!["expected a pattern"]);
            return None;
        };
        self.glob_of(node, written)
    }

    fn glob_of(&mut self, node: Node<'_>, written: &str) -> Option<Glob> {
        match glob(written) {
            Ok(glob) => Some(glob),
            Err((what, why, at)) => {
                self.wrong(node, text!["this pattern", what, why, " (at its byte ", at, ")"]);
                None
            }
        }
    }
}

/// How many keys of `service-depends` are told to be nobody's: each is compared with every service.
const MOST_KEYS: usize = 50;

/// Looks for services that cannot be, or that nobody meant.
pub(crate) fn check_services(
    args: &LookArgs,
    gathered: &Gathered,
    decision: &affected::Decision<'_>,
    out: &mut Out,
) -> Result<(), Failure> {
    let services = &decision.services;
    let bad = services.bad_names.iter().map(|folder| {
        Problem::error(text![
            "the name of the service in ",
            Foreign::new(folder.to_vec()),
            " could be taken for a command where a script pastes it"
        ])
        .help("rename the folder, or set `service-names` to `any` and quote every use")
    });
    let mut problems: Vec<Problem> = bad.collect();
    let keys = &gathered.policy.keys;
    let (patterns, names): (Vec<&DependsKey>, Vec<&DependsKey>) =
        services.unmet.iter().filter_map(|place| keys.get(*place)).partition(|key| key.is_pattern);
    // Without a commit to look at there are no services, which is no fault of the names.
    if gathered.resolution.head.is_some() {
        let names = names.into_iter().take(MOST_KEYS);
        problems.extend(names.map(|key| nobody(key, Level::Error, services)));
    }
    if !problems.is_empty() {
        return Err(Failure { cause: Cause::NoAnswer, problems });
    }
    if args.service.services.iter().any(|it| !it.trim().is_empty()) && services.all.is_empty() {
        let problem = Problem::warning("no folder is a service");
        out.problem(problem.help(
            "see `services`, a pattern for folders such as `services/*`, and `service-markers`",
        ));
    }
    if !services.without_marker.is_empty() {
        let count = services.without_marker.len();
        let are = if count == 1 { " folder is no service" } else { " folders are no services" };
        let them = if count == 1 { "it:" } else { "them:" };
        let mut message =
            text![count, are, ", because none of the files of `service-markers` is in ", them];
        for folder in services.without_marker.iter().take(5) {
            message.text(" ").foreign(folder.to_vec().as_slice());
        }
        let problem = Problem { level: Level::Notice, ..Problem::notice(message) };
        out.problem(problem.help("set `service-markers` to `*` if any file will do"));
    }
    links(services, out);
    if gathered.resolution.head.is_some() {
        for key in patterns.into_iter().take(MOST_KEYS) {
            out.problem(nobody(key, Level::Warning, services));
        }
    }
    Ok(())
}

/// Remarks on links that bring nothing into a service, and on those that somebody may take for one.
fn links(services: &Services, out: &mut Out) {
    if !services.odd_links.is_empty() {
        let mut message = text!["what some links in services lead to is not known: "];
        for (place, (link, odd)) in services.odd_links.iter().take(5).enumerate() {
            message.text(if place == 0 { "" } else { ", " });
            message.foreign(link.as_slice()).text(" ").text(odd.says());
        }
        more(services.odd_links.len(), &mut message);
        let help = "a change of it affects no service: name it in `service-depends` if it is here";
        out.problem(Problem::notice(message).help(help));
    }
    if !services.linked_folders.is_empty() {
        let mut message = text!["a link to a folder is no service: "];
        let mut help = text!["name "];
        for (place, (link, folder)) in services.linked_folders.iter().take(5).enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            message.text(comma).foreign(link.as_slice());
            help.text(comma).foreign(folder.as_slice());
        }
        more(services.linked_folders.len(), &mut message);
        help.text(" in `services`, or exclude the link there with `!`");
        out.problem(Problem::notice(message).help(help));
    }
}

/// That a list of five goes on.
fn more(all: usize, message: &mut Text) {
    if let Some(rest) = all.checked_sub(5).filter(|rest| *rest > 0) {
        message.text(" and ").push(rest).text(" more");
    }
}

/// That the contents of a link cannot be had.
fn not_read(error: &NotRead) -> Problem {
    let path = error.path.as_bytes();
    Problem::error(text![
        "where the link ",
        Foreign::from(path),
        " leads cannot be read: ",
        Piece::said(&error.why)
    ])
    .help("fetch the commit with all files of its tree, then run again")
}

/// That no service is meant by a key of `service-depends`.
fn nobody(key: &DependsKey, level: Level, services: &Services) -> Problem {
    let message = text![
        "`service-depends` names ",
        Foreign::from(key.written.as_str()),
        ", but no service has that name or folder"
    ];
    Problem { level, ..Problem::error(message) }
        .at(key.place.clone())
        .snippet(key.snippet.clone())
        .help(meant(&key.written, services))
}

/// The services that a word may mean: those whose folder ends in it, because a name that many share is
/// none, or else the nearest.
fn meant(written: &str, services: &Services) -> Text {
    let ends = |service: &&Service| {
        service.folder.strip_suffix(written.as_bytes()).is_some_and(|rest| rest.ends_with(b"/"))
    };
    let sharing: Vec<&Service> = services.all.iter().filter(ends).take(5).collect();
    if !sharing.is_empty() && !written.is_empty() {
        let mut help = text!["name the whole folder:"];
        for (place, service) in sharing.iter().enumerate() {
            help.text(if place == 0 { " " } else { ", " }).foreign(service.folder.as_slice());
        }
        return help;
    }
    let folders = services.all.iter().filter_map(|service| service.folder.to_str().ok());
    let names = services.all.iter().map(|service| service.name.as_str());
    let near = nearest(written, names.chain(folders));
    near.map_or_else(
        || text!["see the names of `services-all`"],
        |near| text!["is ", Foreign::from(near), " meant?"],
    )
}

fn rules(path: &Path) -> Result<Rules, Failure> {
    let text = text_file(path, "the file of rules")?;
    Rules::read(path.as_os_str().as_encoded_bytes(), text.as_bytes())
        .map_err(|problems| Failure { cause: Cause::NoAnswer, problems })
}
