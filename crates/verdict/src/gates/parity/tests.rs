//! What both sides come to.

use bstr::ByteSlice as _;
use diagnostics::config::Config;
use ecosystems::compose::{Fetched, read};

use super::*;

fn policy(text: &str) -> Policy {
    Config::read("c.toml", text.as_bytes(), Policy::read).unwrap()
}

fn project(text: &str) -> Project {
    read(&["c.yml".to_owned()], &mut |_| Fetched::File(text.as_bytes().to_vec()))
}

/// Services that have nothing but a name and an image.
fn services(names: &[&str]) -> String {
    let one = |name: &&str| format!("  {name}: {{image: 'o/{name}:1'}}\n");
    format!("services:\n{}", names.iter().map(one).collect::<String>())
}

fn workload(name: &str, labels: &str, container: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, labels: {{{labels}}}}}\nspec: {{template: {{spec: {{containers: [{container}]}}}}}}\n"
    )
}

fn workloads(names: &[&str]) -> String {
    names.iter().map(|name| workload(name, "", "{name: main, image: 'x/main'}")).collect()
}

fn decided(text: &str, compose: &str, manifests: &str, base: Option<(&str, &str)>) -> Outcome {
    let compose = project(compose);
    let manifests = [ManifestFile::read("m.yaml", manifests.as_bytes())];
    let base = base.map(|(compose, manifests)| {
        (project(compose), [ManifestFile::read("m.yaml", manifests.as_bytes())])
    });
    let facts = Facts {
        compose: &compose,
        manifests: &manifests,
        compose_base: base.as_ref().map(|(compose, _)| compose),
        manifests_base: base.as_ref().map(|(_, manifests)| &manifests[..]),
    };
    decide(&policy(text), &facts)
}

fn shown(outcome: &Outcome) -> Vec<String> {
    let of = |reason: &Reason| {
        let about = reason.package.as_ref().map_or(b"-".as_bstr(), |it| it.raw().as_bstr());
        format!("{} {} {about}", reason.rule.raw().as_bstr(), reason.verdict.name())
    };
    outcome.reasons.iter().map(of).collect()
}

/// Against a base without anything, where all that has no partner is new.
#[track_caller]
fn check(text: &str, compose: &str, manifests: &str, wanted: &[&str]) {
    let nothing = ("services: {}\n", "apiVersion: v1\nkind: Service\n");
    assert_eq!(shown(&decided(text, compose, manifests, Some(nothing))), wanted);
}

#[test]
fn each_side_has_what_the_other_has() {
    check("", &services(&["api", "worker"]), &workloads(&["worker", "api"]), &[]);
    check("", &services(&["api", "db"]), &workloads(&["api"]), &["workload-missing fail db"]);
    check("", &services(&["api"]), &workloads(&["api", "extra"]), &["service-missing fail extra"]);
    check("only-compose = ['db']", &services(&["api", "db"]), &workloads(&["api"]), &[]);
    check("only-kubernetes = ['ex*']", &services(&["api"]), &workloads(&["api", "extra"]), &[]);
    check(
        "missing-new = 'warn'",
        &services(&["api", "db"]),
        &workloads(&["api"]),
        &["workload-missing warn db"],
    );
    check(
        "mode = 'warn'",
        &services(&["api", "db"]),
        &workloads(&["api"]),
        &["workload-missing warn db"],
    );
}

#[test]
fn what_was_missing_before_only_warns() {
    let (compose, manifests) = (services(&["api", "db"]), workloads(&["api", "extra"]));
    let old = ["workload-missing warn db", "service-missing warn extra"];
    assert_eq!(shown(&decided("", &compose, &manifests, Some((&compose, &manifests)))), old);
    let new = ["workload-missing fail db", "service-missing fail extra", "no-base inconclusive -"];
    assert_eq!(shown(&decided("", &compose, &manifests, None)), new);
    // Without anything missing, nobody needs the base.
    assert_eq!(shown(&decided("", &services(&["api"]), &workloads(&["api"]), None)), [""; 0]);
    // A workload that goes away leaves its service without one: that is not new.
    let gone = decided("", &compose, &workloads(&["api"]), Some((&compose, &manifests)));
    assert_eq!(shown(&gone), ["workload-missing warn db"]);
}

#[test]
fn names_are_the_same_in_more_than_one_way() {
    let compose = services(&["kms_connector"]);
    let main = "{name: main, image: 'x/main'}";
    check("", &compose, &workload("kms-connector", "", main), &[]);
    check("", &compose, &workload("release-x", "", "{name: kms-connector, image: y}"), &[]);
    check("", &compose, &workload("x", "app.kubernetes.io/component: kms-connector", main), &[]);
    check("", &compose, &workload("x", "app.kubernetes.io/name: kms-connector", main), &[]);
    check("", &compose, &workload("x", "app: kms-connector", main), &[]);
    check(
        "",
        &compose,
        &workload("x", "", "{name: main, image: 'ghcr.io/z/kms_connector:v2'}"),
        &[],
    );
    let pair = "[[pair]]\nservice = 'kms_connector'\nworkload = 'x'";
    check(pair, &compose, &workload("x", "", main), &[]);
    let neither = ["workload-missing fail kms_connector", "service-missing fail x"];
    check("", &compose, &workload("x", "", main), &neither);
}

#[test]
fn a_name_that_fits_several_fits_none() {
    let main = "{name: main, image: 'x/main'}";
    let two = workload("x", "app: api", main) + &workload("y", "app: api", main);
    check(
        "",
        &services(&["api"]),
        &two,
        &["workload-missing fail api", "service-missing fail x", "service-missing fail y"],
    );
    // The name says more than a label.
    let both = workload("api", "app: other", main) + &workload("y", "app: api", main);
    check("", &services(&["api"]), &both, &["service-missing fail y"]);
}

#[test]
fn one_workload_may_be_several_services() {
    let shared = workload("pod", "", "{name: api, image: a}, {name: worker, image: b}");
    check("", &services(&["api", "worker"]), &shared, &[]);
}

#[test]
fn tasks_and_profiles_are_told_apart() {
    let job = "---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: tidy}\nspec: {jobTemplate: {spec: {template: {spec: {containers: []}}}}}\n";
    let compose = services(&["api"]) + "  debug: {image: d, profiles: [debug]}\n";
    check("", &compose, &(workloads(&["api"]) + job), &["profile-only pass -"]);
}

#[test]
fn differences_warn() {
    let compose = "services:\n  api:\n    image: a\n    ports: ['8080:80']\n    environment: {A: 1, B: 2}\n    volumes: ['x:/data']\n";
    let with = |rest: &str| workload("api", "", &format!("{{name: api, image: a, {rest}}}"));
    let same = "ports: [{containerPort: 80}], env: [{name: A}, {name: B}], volumeMounts: [{mountPath: /data}]";
    check("", compose, &with(same), &[]);
    let other = "ports: [{containerPort: 81}], env: [{name: A}, {name: C}], volumeMounts: []";
    let all = ["ports-differ warn api", "variables-differ warn api", "volumes-differ warn api"];
    check("", compose, &with(other), &all);
    check("differences = 'off'", compose, &with(other), &[]);
    let from = "ports: [{containerPort: 80}], env: [{name: A}], envFrom: [{configMapRef: {name: c}}], volumeMounts: [{mountPath: /data}]";
    check("", compose, &with(from), &[]);
}

#[test]
fn without_both_sides_there_is_no_answer() {
    check("", "services: {}\n", &workloads(&["a"]), &["no-services error -"]);
    check("", &services(&["a"]), "apiVersion: v1\nkind: Service\n", &["no-workloads error -"]);
    check("mode = 'report'", "services: [\n", &workloads(&["a"]), &["unreadable-compose error -"]);
    check("", &services(&["a"]), "a: {{ b }}\n", &["unreadable-manifest error -"]);
    check("", &services(&["a"]), "image: b\n", &["unreadable-manifest error -"]);
    for wrong in ["[[pair]]\nservice = 'a'", "missing = 'fail'", "onlycompose = 'a'"] {
        assert!(Config::read("c.toml", wrong.as_bytes(), Policy::read).is_err(), "{wrong}");
    }
}
