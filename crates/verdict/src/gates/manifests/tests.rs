//! What each manifest comes to. The expected verdicts follow from what a cluster does, and were written
//! before the rules.

use bstr::ByteSlice as _;
use diagnostics::config::Config;

use super::*;

mod whole;

fn policy(text: &str) -> Policy {
    Config::read("c.toml", text.as_bytes(), Policy::read).unwrap()
}

fn file(text: &str) -> ManifestFile {
    ManifestFile::read("m.yaml", text.as_bytes())
}

fn decided(policy_text: &str, manifests: &[&str], base: Option<&[&str]>) -> Outcome {
    let head: Vec<ManifestFile> = manifests.iter().map(|text| file(text)).collect();
    let base: Option<Vec<ManifestFile>> =
        base.map(|base| base.iter().map(|text| file(text)).collect());
    let today = "2026-11-22".parse().unwrap();
    let facts = Facts { head: &head, base: base.as_deref(), today, most_waiver_days: 180 };
    decide(&policy(policy_text), &facts)
}

/// The open reasons as rule and verdict; notes are left out.
fn shown(outcome: &Outcome) -> Vec<String> {
    let open = outcome.reasons.iter().filter(|it| it.state == State::Open);
    let open = open.filter(|it| it.verdict != Verdict::Pass);
    open.map(|it| format!("{} {}", it.rule.raw().as_bstr(), it.verdict.name())).collect()
}

#[track_caller]
fn check_with(policy: &str, manifests: &str, wanted: &[&str]) {
    assert_eq!(shown(&decided(policy, &[manifests], None)), wanted, "{manifests}");
}

#[track_caller]
fn check(manifests: &str, wanted: &[&str]) {
    check_with("", manifests, wanted);
}

const PROBES: &str = "livenessProbe: {httpGet: {path: /l, port: 80}}, readinessProbe: {httpGet: {path: /r, port: 80}}";
const LIMITS: &str = "resources: {limits: {cpu: 1, memory: 1Gi}}";

/// A container that every rule is content with, and more keys.
fn container(more: &str) -> String {
    format!("{{name: a, image: 'o/a:v1', {PROBES}, {LIMITS}{more}}}")
}

/// A pod that is right but for what is given.
fn pod(containers: &str, more: &str) -> String {
    format!(
        "{{metadata: {{labels: {{app: a}}}}, spec: {{terminationGracePeriodSeconds: 30, containers: [{containers}]{more}}}}}"
    )
}

fn workload(kind: &str, spec: &str, pod: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: a}}\nspec: {{{spec}, template: {pod}}}\n"
    )
}

/// A budget for the pods of `workload`.
fn budget(name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n"
    )
}

const FITS: &str = "selector: {matchLabels: {app: a}}";

fn one_free() -> String {
    budget("b", &format!("maxUnavailable: 1, {FITS}"))
}

/// A Deployment of three, with a budget, whose one container is given.
fn with_container(container: &str) -> String {
    workload("Deployment", "replicas: 3", &pod(container, "")) + &one_free()
}

/// A Deployment that is right but for its pod.
fn with_pod(more: &str) -> String {
    workload("Deployment", "replicas: 3", &pod(&container(""), more)) + &one_free()
}

/// A Deployment that is right, with these replicas, and other objects.
fn with(replicas: &str, others: &str) -> String {
    workload("Deployment", replicas, &pod(&container(""), "")) + others
}

const LIVE: &str = "liveness-probe fail";
const READY: &str = "readiness-probe fail";
const LIMIT: &str = "resource-limits fail";
const PDB: &str = "pdb fail";
const END: &str = "termination fail";
const TAG: &str = "image-tag fail";

#[test]
fn what_has_everything_passes() {
    check(&with("replicas: 3", &one_free()), &[]);
}

#[test]
fn a_deployment_with_nothing_fails_for_each_thing() {
    let pheme = include_str!("../../../../../testdata/kubernetes/deployment-without-anything.yaml");
    check(pheme, &[LIVE, READY, LIMIT, TAG, END, PDB]);
}

#[test]
fn probes_need_something_to_ask() {
    let live = |probe: &str| {
        format!(
            "{{name: a, image: 'o/a:v1', livenessProbe: {probe}, readinessProbe: {{httpGet: {{path: /r, port: 80}}}}, {LIMITS}}}"
        )
    };
    let check_live = |probe: &str, wanted: &[&str]| check(&with_container(&live(probe)), wanted);
    check_live("{tcpSocket: {port: 80}}", &[]);
    check_live("{grpc: {port: 80}}", &[]);
    check_live("{exec: {command: [x]}}", &[]);
    check_live("null", &[LIVE]);
    check_live("{}", &[LIVE]);
    check_live("{periodSeconds: 5}", &[LIVE]);
    check_live("{httpGet: {}}", &[LIVE]);
    check_live("{httpGet: {path: /x}}", &[LIVE]);
    check_live("{exec: {command: []}}", &[LIVE]);
    check_live("{exec: {command: [x]}, tcpSocket: {port: 80}}", &[LIVE]);
    let neither = format!(
        "{{name: a, image: 'o/a:v1', startupProbe: {{tcpSocket: {{port: 80}}}}, {LIMITS}}}"
    );
    check(&with_container(&neither), &[LIVE, READY]);
}

#[test]
fn every_container_that_runs_on_is_asked_and_no_other() {
    let bare = format!("{{name: b, image: 'o/b:v1', {LIMITS}}}");
    // One probe anywhere is not one for all.
    check(&with_container(&format!("{}, {bare}", container(""))), &[LIVE, READY]);
    check(&with_pod(&format!(", initContainers: [{bare}]")), &[]);
    let sidecar = bare.replace("name: b", "name: b, restartPolicy: Always");
    check(
        &with_pod(&format!(", initContainers: [{sidecar}]")),
        &["liveness-probe warn", "readiness-probe warn"],
    );
    check_with(
        "liveness-probe = 'off'",
        &with_pod(&format!(", initContainers: [{sidecar}]")),
        &["readiness-probe warn"],
    );
    let job = format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: j}}\nspec: {{template: {{spec: {{containers: [{bare}]}}}}}}\n"
    );
    check(&job, &[]);
    let lone = |policy: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{{policy}containers: [{bare}]}}\n"
        )
    };
    check(&lone("restartPolicy: Never, "), &[]);
    check(&lone(""), &[LIVE, READY, END]);
    check(&with_container(""), &[LIVE, READY, LIMIT]);
}

#[test]
fn probes_are_different_questions_at_ports_that_are_there() {
    let probes = |live: &str, ready: &str, ports: &str| {
        let it = format!(
            "{{name: a, image: 'o/a:v1', livenessProbe: {live}, readinessProbe: {ready}, ports: [{ports}], {LIMITS}}}"
        );
        with_container(&it)
    };
    let get = "{httpGet: {path: /h, port: http}}";
    let port = "{name: http, containerPort: 80}";
    check(&probes(get, get, port), &["probes-identical warn"]);
    let patient = "{httpGet: {path: /h, port: http}, failureThreshold: 9}";
    check(&probes(patient, get, port), &[]);
    // The default said aloud is the same.
    let said = "{httpGet: {port: http, path: /h}, periodSeconds: 10}";
    check(&probes(said, get, port), &["probes-identical warn"]);
    let unknown = ["probe-port-unknown warn", "probe-port-unknown warn"];
    check(&probes(patient, get, "{name: web, containerPort: 80}"), &unknown);
    check(&probes(patient, get, ""), &unknown);
    check(&probes("{tcpSocket: {port: 80}}", "{tcpSocket: {port: 81}}", ""), &[]);
    check(
        &probes("{tcpSocket: {port: 80}}", "{tcpSocket: {port: 81}}", port),
        &["probe-port-unknown warn"],
    );
}

#[test]
fn limits_are_more_than_nothing() {
    let limits =
        |limits: &str| format!("{{name: a, image: 'o/a:v1', {PROBES}, resources: {limits}}}");
    let check_limits = |it: &str, wanted: &[&str]| check(&with_container(&limits(it)), wanted);
    check_limits("{limits: {cpu: 100m, memory: 64Mi}}", &[]);
    check_limits("{limits: {cpu: 0.1, memory: 1e6}}", &[]);
    check_limits("{}", &[LIMIT]);
    check_limits("{requests: {cpu: 1, memory: 1Gi}}", &[LIMIT]);
    check_limits("{limits: {memory: 1Gi}}", &[LIMIT]);
    check_limits("{limits: {cpu: 1}}", &[LIMIT]);
    check_limits("{limits: {cpu: '0', memory: 1Gi}}", &[LIMIT]);
    check_limits("{limits: {cpu: 0m, memory: 0Gi}}", &[LIMIT]);
    check_limits("{limits: {cpu: -1, memory: 1Gi}}", &[LIMIT]);
    check_limits("{limits: {cpu: 1, memory: 1 Gi}}", &[LIMIT]);
    check_limits("{limits: {cpu: 1, memory: null}}", &[LIMIT]);
    check_with("limits.cpu = 'off'", &with_container(&limits("{limits: {memory: 1Gi}}")), &[]);
    check_with(
        "limits.cpu = 'warn'",
        &with_container(&limits("{limits: {memory: 1Gi}}")),
        &["resource-limits warn"],
    );
    check_with("limits.cpu = 'warn'", &with_container(&limits("{}")), &[LIMIT]);
    check_with("resource-limits = 'off'", &with_container(&limits("{}")), &[]);
}

#[test]
fn limits_of_the_pod_count_and_first_containers_have_them_too() {
    let bare = format!("{{name: b, image: 'o/b:v1', {PROBES}}}");
    let whole = |more: &str| workload("Deployment", "replicas: 3", &pod(&bare, more)) + &one_free();
    check(&whole(", resources: {limits: {cpu: 1, memory: 1Gi}}"), &[]);
    check(&whole(", resources: {limits: {cpu: 1}}"), &[LIMIT]);
    check(&with_pod(", initContainers: [{name: i, image: 'o/i:v1'}]"), &[LIMIT]);
    let job = "apiVersion: batch/v1\nkind: Job\nspec: {template: {spec: {containers: [{name: j, image: 'o/j:v1'}]}}}\n";
    check(job, &[LIMIT]);
}

#[test]
fn a_budget_means_the_pods_and_lets_one_go() {
    let budget_of = |spec: &str| with("replicas: 3", &budget("b", spec));
    let check_budget = |spec: &str, wanted: &[&str]| check(&budget_of(spec), wanted);
    check_budget(&format!("minAvailable: 2, {FITS}"), &[]);
    check_budget(&format!("minAvailable: 3, {FITS}"), &[PDB]);
    check_budget(&format!("maxUnavailable: 0, {FITS}"), &[PDB]);
    check_budget(&format!("maxUnavailable: 0%, {FITS}"), &[PDB]);
    check_budget(&format!("minAvailable: 100%, {FITS}"), &[PDB]);
    // 50 % of 3 is 2, 90 % is 3; 1 % that may go is 1.
    check_budget(&format!("minAvailable: 50%, {FITS}"), &[]);
    check_budget(&format!("minAvailable: 90%, {FITS}"), &[PDB]);
    check_budget(&format!("maxUnavailable: 1%, {FITS}"), &[]);
    check_budget(&format!("minAvailable: 1, maxUnavailable: 1, {FITS}"), &[PDB]);
    check_budget(FITS, &[PDB]);
    check_budget(&format!("minAvailable: '2', {FITS}"), &[PDB]);
    check_budget(&format!("minAvailable: 150%, {FITS}"), &[PDB]);
    check_budget("maxUnavailable: 1, selector: {}", &[]);
    check_budget("maxUnavailable: 1", &[PDB, "pdb-orphan warn"]);
    check_budget("maxUnavailable: 1, selector: {matchLabels: {app: b}}", &[PDB, "pdb-orphan warn"]);
    check_budget(
        "maxUnavailable: 1, selector: {matchExpressions: [{key: app, operator: In, values: [a, b]}]}",
        &[],
    );
    check_budget(
        "maxUnavailable: 1, selector: {matchExpressions: [{key: app, operator: In}]}",
        &[PDB, PDB],
    );
}

#[test]
fn two_budgets_for_a_pod_let_none_go() {
    let two = with("replicas: 3", &(one_free() + &budget("c", "maxUnavailable: 1, selector: {}")));
    check(&two, &[PDB]);
}

#[test]
fn a_budget_counts_in_its_namespace() {
    let other = one_free().replace("name: b", "name: b, namespace: other");
    check(&with("replicas: 3", &other), &[PDB, "pdb-orphan warn"]);
    let default = one_free().replace("name: b", "name: b, namespace: default");
    check(&with("replicas: 3", &default), &[]);
    check_with("namespace = 'other'", &with("replicas: 3", &other), &[]);
}

#[test]
fn a_budget_is_counted_at_the_fewest_replicas() {
    let scaled = |kind: &str, spec: &str, budget_spec: &str| {
        let (api, target) = if kind == "ScaledObject" {
            ("keda.sh/v1alpha1", "{name: a}")
        } else {
            ("autoscaling/v2", "{kind: Deployment, name: a}")
        };
        let scaler = format!(
            "---\napiVersion: {api}\nkind: {kind}\nspec: {{scaleTargetRef: {target}, {spec}}}\n"
        );
        with("replicas: 9", &(scaler + &budget("b", &format!("{budget_spec}, {FITS}"))))
    };
    let hpa = "HorizontalPodAutoscaler";
    check(&scaled(hpa, "minReplicas: 3, maxReplicas: 9", "minAvailable: 2"), &[]);
    check(&scaled(hpa, "minReplicas: 2, maxReplicas: 9", "minAvailable: 2"), &[PDB]);
    check(&scaled(hpa, "maxReplicas: 9", "minAvailable: 1"), &["replicas-below-2 warn", PDB]);
    check(&scaled("ScaledObject", "minReplicaCount: 3", "minAvailable: 2"), &[]);
    // Without a number it goes down to none, and then up by one.
    check(
        &scaled("ScaledObject", "maxReplicaCount: 5", "minAvailable: 1"),
        &["replicas-below-2 warn", PDB],
    );
    check(
        &scaled("ScaledObject", "maxReplicaCount: 5", "maxUnavailable: 1"),
        &["replicas-below-2 warn"],
    );
}

#[test]
fn a_budget_of_two_workloads_counts_both() {
    let second = workload("StatefulSet", "replicas: 1", &pod(&container(""), ""))
        .replace("name: a}\nspec", "name: s}\nspec");
    let both = with(
        "replicas: 2",
        &format!("---\n{second}{}", budget("b", &format!("minAvailable: 2, {FITS}"))),
    );
    check(&both, &["replicas-below-2 warn"]);
}

#[test]
fn few_replicas_need_less() {
    check(&with("replicas: 1", ""), &["pdb warn"]);
    check(&with("replicas: 1", &one_free()), &["replicas-below-2 warn"]);
    check(
        &with("replicas: 1", &budget("b", &format!("minAvailable: 1, {FITS}"))),
        &["replicas-below-2 warn", PDB],
    );
    check(&with("replicas: 0", ""), &[]);
    // The API's default is one.
    check(&with("paused: false", ""), &["pdb warn"]);
    check(&with("replicas: 2", ""), &[PDB]);
    check(&with("replicas: many", ""), &[PDB]);
    check(&workload("DaemonSet", "minReadySeconds: 1", &pod(&container(""), "")), &[]);
    let hpa = "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nspec: {scaleTargetRef: {kind: Deployment, name: a}, maxReplicas: 4}\n";
    check(&with("replicas: 1", hpa), &[PDB, "replicas-below-2 warn"]);
    // The replicas of a Deployment that a Rollout takes over are the Rollout's.
    let rollout = "---\napiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: r}\nspec: {replicas: 3, workloadRef: {kind: Deployment, name: a}}\n";
    check(&with("replicas: 0", rollout), &[PDB]);
}

#[test]
fn what_scales_a_rollout_scales_the_deployment_whose_pods_it_has() {
    let rollout = |spec: &str| {
        format!(
            "---\napiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {{name: r}}\nspec: {{{spec}workloadRef: {{apiVersion: apps/v1, kind: Deployment, name: a}}}}\n"
        )
    };
    let hpa = |name: &str, least: u64| {
        format!(
            "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {{name: h}}\nspec: {{scaleTargetRef: {{apiVersion: argoproj.io/v1alpha1, kind: Rollout, name: {name}}}, minReplicas: {least}, maxReplicas: 4}}\n"
        )
    };
    let keda = "---\napiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: k}\nspec: {scaleTargetRef: {kind: Rollout, name: r}, minReplicaCount: 2}\n";
    let strict = budget("b", &format!("minAvailable: 2, {FITS}"));
    let judged =
        |parts: &[&str], wanted: &[&str]| check(&with("replicas: 0", &parts.concat()), wanted);
    // Three at least: of two that must be there, one may go.
    judged(&[&rollout(""), &hpa("r", 3), &strict], &[]);
    judged(&[&hpa("r", 3), &rollout("replicas: 1, "), &strict], &[]);
    // Two at least: none may go.
    judged(&[&rollout(""), &hpa("r", 2), &strict], &[PDB]);
    judged(&[&rollout("replicas: 5, "), keda, &strict], &[PDB]);
    // The scaler of another Rollout, and of a Rollout of another namespace, say nothing of it.
    judged(&[&rollout("replicas: 1, "), &hpa("other", 3)], &["pdb warn"]);
    let elsewhere = hpa("r", 3).replace("name: h}", "name: h, namespace: n}");
    judged(&[&rollout("replicas: 1, "), &elsewhere], &["pdb warn"]);
}

#[test]
fn pods_say_how_they_end_and_have_the_time() {
    let ends = |grace: &str, pre_stop: &str| {
        let hook = if pre_stop.is_empty() {
            String::new()
        } else {
            format!(", lifecycle: {{preStop: {pre_stop}}}")
        };
        let pod = pod(&container(&hook), "").replace("terminationGracePeriodSeconds: 30, ", grace);
        workload("Deployment", "replicas: 3", &pod) + &one_free()
    };
    let grace = |seconds: &str| format!("terminationGracePeriodSeconds: {seconds}, ");
    check(&ends("", ""), &[END]);
    check(&ends(&grace("30"), ""), &[]);
    check(&ends(&grace("0"), ""), &[END]);
    check(&ends(&grace("-1"), ""), &[END]);
    check(&ends(&grace("soon"), ""), &[END]);
    check(&ends(&grace("null"), ""), &[END]);
    check(&ends("", "{sleep: {seconds: 5}}"), &[]);
    check(&ends("", "{}"), &[END]);
    // Thirty seconds are the API's default.
    check(&ends("", "{sleep: {seconds: 30}}"), &[END]);
    check(&ends(&grace("10"), "{exec: {command: [sleep, '10']}}"), &[END]);
    check(&ends(&grace("11"), "{exec: {command: [sleep, '10']}}"), &[]);
    check(
        &ends(&grace("10"), "{exec: {command: [/bin/sh, -c, sleep 15 && nginx -s quit]}}"),
        &[END],
    );
    check(&ends(&grace("10"), "{exec: {command: [/stop.sh]}}"), &[]);
    // Tasks end by themselves.
    let job = format!(
        "apiVersion: batch/v1\nkind: CronJob\nspec: {{jobTemplate: {{spec: {{template: {{spec: {{containers: [{}]}}}}}}}}}}\n",
        container("")
    );
    check(&job, &[]);
}

#[test]
fn what_a_service_asks_is_told_to_wait_for_it() {
    let service =
        "---\napiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {app: a}}\n";
    let notes = |manifests: &str| {
        let outcome = decided("", &[manifests], None);
        let notes = outcome.reasons.iter().filter(|it| it.verdict == Verdict::Pass);
        notes.map(|it| it.rule.raw().as_bstr().to_string()).collect::<Vec<_>>()
    };
    let good = with("replicas: 3", &one_free());
    assert_eq!(notes(&(good.clone() + service)), ["termination"]);
    assert_eq!(notes(&good), [""; 0]);
    assert_eq!(notes(&(good + &service.replace("{app: a}", "{app: b}"))), [""; 0]);
}

#[test]
fn images_say_which_version_they_are() {
    let image = |image: &str| with_container(&container("").replace("'o/a:v1'", image));
    let digest = "0".repeat(64);
    check(&image("o/a:v1.2.3"), &[]);
    check(&image("o/a"), &[TAG]);
    check(&image("o/a:latest"), &[TAG]);
    check(&image("localhost:5000/a"), &[TAG]);
    check(&image("'o/a:'"), &[TAG]);
    check(&image(&format!("o/a@sha256:{digest}")), &[]);
    check(&image(&format!("o/a:latest@sha256:{digest}")), &[]);
    check(&image("o/a@sha256:12"), &[TAG]);
    check(&image("null"), &[TAG]);
    check_with("image-tag = 'warn'", &image("o/a"), &["image-tag warn"]);
    let names = "image-names = ['ghcr.io/zama-ai/fhevm-<service>:v<version>']";
    check_with(names, &image("ghcr.io/zama-ai/fhevm-gateway:v1.2.3"), &[]);
    check_with(names, &image("ghcr.io/zama-ai/fhevm-gateway:1.2.3"), &["image-name fail"]);
    check_with(names, &image("redis:7"), &["image-name fail"]);
}

#[test]
fn rules_that_are_off_are_turned_on() {
    let good = with("replicas: 3", &one_free());
    check_with("run-as-root = 'block'", &good, &["run-as-root fail"]);
    let user = with_pod(", securityContext: {runAsNonRoot: true}");
    check_with("run-as-root = 'block'", &user, &[]);
    check_with("run-as-root = 'block'", &with_pod(", securityContext: {runAsUser: 1000}"), &[]);
    check_with(
        "run-as-root = 'block'",
        &with_pod(", securityContext: {runAsUser: 0}"),
        &["run-as-root fail"],
    );
    check_with("network-policy = 'warn'", &good, &["network-policy warn"]);
    let guard =
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nspec: {podSelector: {}}\n";
    check_with("network-policy = 'warn'", &(good.clone() + guard), &[]);
    check_with("pdb-unhealthy-policy = 'warn'", &good, &["pdb-unhealthy-policy warn"]);
    let healthy = with(
        "replicas: 3",
        &one_free().replace(
            "maxUnavailable: 1",
            "maxUnavailable: 1, unhealthyPodEvictionPolicy: AlwaysAllow",
        ),
    );
    check_with("pdb-unhealthy-policy = 'warn'", &healthy, &[]);
    let recreate = "replicas: 3, strategy: {type: Recreate}";
    let recreate = workload("Deployment", recreate, &pod(&container(""), "")) + &one_free();
    check(&recreate, &["recreate-strategy warn"]);
}

#[test]
fn secrets_are_not_written_into_manifests() {
    let variable = |variable: &str| with_container(&container(&format!(", env: [{variable}]")));
    check(&variable("{name: DB_PASSWORD, value: hunter2}"), &["secret-literal warn"]);
    check(&variable("{name: DB_PASSWORD, value: ''}"), &[]);
    check(&variable("{name: DB_PASSWORD_FILE, value: /run/x}"), &[]);
    check(&variable("{name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: s, key: k}}}"), &[]);
    check(&variable("{name: DB_PASSWORD, value: $(OTHER)}"), &[]);
    check(&variable("{name: LOG_LEVEL, value: info}"), &[]);
}
