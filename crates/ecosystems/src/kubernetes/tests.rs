//! What is read of manifests.

use proptest::prelude::*;

use super::*;
use crate::yaml;

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
  namespace: shop
  labels: {app: api}
  annotations:
    note: x
spec:
  replicas: 3
  strategy:
    type: Recreate
  template:
    metadata:
      labels:
        app: api
    spec:
      terminationGracePeriodSeconds: 45
      initContainers:
        - name: migrate
          image: m:1
        - name: proxy
          image: p:1
          restartPolicy: Always
      containers:
        - name: api
          image: ghcr.io/o/api:v1.2.3
          ports:
            - name: http
              containerPort: 8080
          env:
            - name: TOKEN
              value: abc
            - name: OTHER
              value: $(TOKEN)
            - name: FROM
              valueFrom: {secretKeyRef: {name: s, key: k}}
          livenessProbe:
            httpGet: {path: /live, port: http}
          readinessProbe:
            periodSeconds: 5
          lifecycle:
            preStop:
              exec:
                command: [sh, -c, sleep 5 && nginx -s quit]
          resources:
            limits:
              cpu: 500m
              memory: 1 Gi
";

fn only(text: &str) -> Manifests {
    read(text.as_bytes()).unwrap()
}

#[test]
fn a_deployment_is_read_with_its_places() {
    let found = only(DEPLOYMENT);
    let workload = &found.workloads[0];
    assert_eq!((workload.kind, workload.name.as_str()), (Kind::Deployment, "api"));
    assert_eq!(workload.namespace.as_deref(), Some("shop"));
    assert_eq!(workload.replicas.as_ref().unwrap().text, "3");
    assert_eq!(workload.recreates, Some(At { line: 12, column: 11 }));
    assert_eq!(workload.annotations["note"].at, At { line: 8, column: 11 });
    let pod = &workload.pod;
    assert_eq!(pod.at, At { line: 18, column: 7 });
    assert_eq!(pod.grace.as_ref().unwrap().text, "45");
    let roles: Vec<_> = pod.containers.iter().map(|it| (it.name.as_str(), it.role)).collect();
    assert_eq!(roles, [("migrate", Role::Init), ("proxy", Role::Sidecar), ("api", Role::Main)]);
    let api = &pod.containers[2];
    assert_eq!(api.at, At { line: 26, column: 11 });
    assert_eq!(api.image.as_ref().unwrap().text, "ghcr.io/o/api:v1.2.3");
    let live = api.liveness.as_ref().unwrap();
    assert_eq!((live.handlers, live.is_usable), (1, true));
    assert_eq!(live.port.as_ref().unwrap().text, "http");
    assert_eq!(api.readiness.as_ref().unwrap().handlers, 0);
    assert_eq!(api.pre_stop.as_ref().unwrap().sleeps, Some(5));
    assert!(api.limits.cpu.as_ref().unwrap().quantity.unwrap().is_some());
    assert_eq!(api.limits.memory.as_ref().unwrap().quantity, Err(NotAQuantity));
    let literal: Vec<bool> = api.variables.iter().map(|it| it.is_literal).collect();
    assert_eq!(literal, [true, false, false]);
}

#[test]
fn streams_lists_and_json_are_read_alike() {
    let one = "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a}]}\n";
    assert_eq!(only(&format!("---\n{one}---\n# nothing\n---\n{one}")).workloads.len(), 2);
    let list = "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"spec\": {\"containers\": [{\"name\": \"a\"}]}}, {\"apiVersion\": \"v1\", \"kind\": \"Secret\"}]}";
    let found = only(list);
    assert_eq!((found.workloads.len(), found.others["Secret"]), (1, 1));
    let nested = "apiVersion: v1\nkind: List\nitems:\n  - apiVersion: apps/v1\n    kind: DeploymentList\n    items: []\n";
    assert_eq!(only(nested), Manifests::default());
}

#[test]
fn only_objects_of_the_right_group_are_workloads() {
    let other = "apiVersion: example.org/v1\nkind: Deployment\nspec: {}\n";
    assert_eq!(only(other).others["Deployment"], 1);
    let rollout = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nspec: {template: {spec: {}}}\n";
    assert_eq!(only(rollout).workloads[0].kind, Kind::Rollout);
    let cron = "apiVersion: batch/v1\nkind: CronJob\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{name: a}]}}}}}\n";
    assert_eq!(only(cron).workloads[0].pod.containers[0].name, "a");
}

#[test]
fn what_is_no_object_is_a_fault() {
    let fault = |text: &str| {
        let fault = only(text).faults.remove(0);
        (fault.at.line, fault.is_unknown)
    };
    assert_eq!(fault("image: x\n"), (1, true));
    assert_eq!(fault("kind: Deployment\n"), (1, true));
    assert_eq!(fault("- a\n"), (1, true));
    assert_eq!(fault("apiVersion: apps/v1\nkind: Deployment\n"), (1, false));
    assert_eq!(fault("apiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: 1\n"), (4, false));
}

#[test]
fn a_key_that_stands_twice_is_refused_with_its_place() {
    let twice = "apiVersion: v1\nkind: Pod\nspec:\n  containers: []\n  containers: []\n";
    assert_eq!(read(twice.as_bytes()).unwrap_err().at, At { line: 5, column: 3 });
}

#[test]
fn chart_tests_are_left_out_and_other_hooks_are_not() {
    let hook = |hook: &str| {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  annotations:\n    helm.sh/hook: {hook}\nspec: {{containers: []}}\n"
        );
        let found = only(&text);
        (found.tests, found.workloads.len())
    };
    assert_eq!(hook("test"), (1, 0));
    assert_eq!(hook("test-success"), (1, 0));
    assert_eq!(hook("pre-install, test"), (1, 0));
    assert_eq!(hook("pre-install"), (0, 1));
    assert_eq!(hook("testing"), (0, 1));
}

#[test]
fn budgets_say_numbers_or_percent() {
    let share = |value: &str| {
        let text = format!(
            "apiVersion: policy/v1\nkind: PodDisruptionBudget\nspec:\n  minAvailable: {value}\n  selector: {{}}\n"
        );
        only(&text).budgets[0].min_available.as_ref().and_then(|part| part.share)
    };
    assert_eq!(share("2"), Some(Share::Count(2)));
    assert_eq!(share("50%"), Some(Share::Percent(50)));
    assert_eq!(share("'50%'"), Some(Share::Percent(50)));
    for refused in ["'2'", "-1", "101%", "1.5", "50 %", "'%'", "[]"] {
        assert_eq!(share(refused), None, "{refused}");
    }
    assert_eq!(Share::Percent(25).of(3), 1);
    assert_eq!(Share::Percent(50).of(3), 2);
    assert_eq!(Share::Percent(0).of(3), 0);
    assert_eq!(Share::Percent(100).of(3), 3);
}

/// Whether a selector means pods with these labels.
#[track_caller]
fn check_selector(selector: &str, pods: &str, wanted: bool) {
    let text = format!(
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nspec:\n  selector: {selector}\n---\napiVersion: v1\nkind: Pod\nmetadata: {{labels: {pods}}}\nspec: {{}}\n"
    );
    let found = only(&text);
    let is_match = found.budgets[0].selector.is_match(&found.workloads[0].pod.labels);
    assert_eq!(is_match, wanted, "{selector} {pods}");
}

#[test]
fn selectors_mean_what_the_api_means() {
    check_selector("{}", "{a: b}", true);
    check_selector("{}", "{}", true);
    check_selector("null", "{a: b}", false);
    for refused in [
        "app",
        "[a]",
        "{matchLabels: [a]}",
        "{matchLabels: a}",
        "{matchLabels: {a: [b]}}",
        "{matchExpressions: {a: b}}",
    ] {
        check_selector(refused, "{a: b}", false);
    }
    check_selector("{matchLabels: {a: b}}", "{a: b, c: d}", true);
    check_selector("{matchLabels: {a: b, c: d}}", "{a: b}", false);
    let expression = |rest: &str| format!("{{matchExpressions: [{{key: a, {rest}}}]}}");
    check_selector(&expression("operator: In, values: [b, c]"), "{a: c}", true);
    check_selector(&expression("operator: In, values: [b]"), "{a: c}", false);
    check_selector(&expression("operator: In, values: [b]"), "{}", false);
    check_selector(&expression("operator: NotIn, values: [b]"), "{a: b}", false);
    check_selector(&expression("operator: NotIn, values: [b]"), "{a: c}", true);
    check_selector(&expression("operator: NotIn, values: [b]"), "{}", true);
    check_selector(&expression("operator: Exists"), "{a: c}", true);
    check_selector(&expression("operator: Exists"), "{b: c}", false);
    check_selector(&expression("operator: DoesNotExist"), "{a: c}", false);
    check_selector(&expression("operator: DoesNotExist"), "{}", true);
    // What the API refuses means no pod.
    check_selector(&expression("operator: In"), "{a: b}", false);
    check_selector(&expression("operator: Exists, values: [b]"), "{a: b}", false);
    check_selector(&expression("operator: in, values: [b]"), "{a: b}", false);
    check_selector("{app: api}", "{app: api}", false);
}

#[test]
fn an_empty_selector_of_the_old_api_means_no_pods() {
    let text = "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nspec: {selector: {}}\n";
    assert_eq!(only(text).budgets[0].selector, Selector::Nobody);
}

#[test]
fn scalers_say_the_fewest_and_the_most() {
    let scaler = |text: &str| {
        let scaler = only(text).scalers.remove(0);
        (scaler.kind, scaler.name, scaler.least, scaler.most)
    };
    let hpa = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nspec:\n  scaleTargetRef: {kind: Rollout, name: api}\n  maxReplicas: 5\n";
    assert_eq!(scaler(hpa), ("Rollout".to_owned(), "api".to_owned(), 1, 5));
    let keda =
        "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nspec:\n  scaleTargetRef: {name: api}\n";
    assert_eq!(scaler(keda), ("Deployment".to_owned(), "api".to_owned(), 0, 100));
    let idle = format!("{keda}  minReplicaCount: 3\n  idleReplicaCount: 0\n");
    assert_eq!(scaler(&idle).2, 0);
    let reference = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nspec:\n  replicas: 4\n  workloadRef: {kind: Deployment, name: api}\n";
    assert_eq!(scaler(reference), ("Deployment".to_owned(), "api".to_owned(), 4, 4));
}

#[test]
fn a_sleep_is_known_where_it_is_sure() {
    let sleeps = |pre_stop: &str| {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n      lifecycle:\n        preStop: {pre_stop}\n"
        );
        let found = only(&text).workloads.remove(0);
        found.pod.containers[0].pre_stop.as_ref().map(|it| it.sleeps)
    };
    assert_eq!(sleeps("{sleep: {seconds: 7}}"), Some(Some(7)));
    assert_eq!(sleeps("{exec: {command: [sleep, '15']}}"), Some(Some(15)));
    assert_eq!(sleeps("{exec: {command: [/bin/sleep, 2m]}}"), Some(Some(120)));
    assert_eq!(
        sleeps("{exec: {command: [/bin/sh, -c, 'sleep 5; kill 1; sleep 6']}}"),
        Some(Some(11))
    );
    assert_eq!(sleeps("{exec: {command: [sh, -c, 'sleep 60 & kill 1']}}"), Some(None));
    assert_eq!(sleeps("{exec: {command: [sh, -c, 'if x; then sleep 60; fi']}}"), Some(None));
    assert_eq!(sleeps("{exec: {command: [sh, -c, 'sleep $N']}}"), Some(None));
    assert_eq!(sleeps("{exec: {command: [/stop.sh]}}"), Some(None));
    assert_eq!(sleeps("{httpGet: {port: 80}}"), Some(None));
    assert_eq!(sleeps("{}"), None);
    assert_eq!(sleeps("{exec: {command: []}}"), None);
}

#[test]
fn documents_are_read_one_by_one_with_their_places() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers: []\n";
    let lines = |text: &str| -> Vec<u64> {
        only(text).workloads.iter().map(|it| it.spec_at.line).collect()
    };
    assert_eq!(lines(&format!("# top\n---\n{pod}---\n\n---   # c\n{pod}...\n")), [7, 15]);
    assert_eq!(lines(&format!("{pod}--- \r\n{}", pod.replace('\n', "\r\n"))), [5, 11]);
    assert_eq!(lines(&format!("%YAML 1.2\n---\n{pod}...\n%YAML 1.2\n---\n{pod}")), [7, 15]);
    // Within a text in quotes as well a document ends, and is no document then.
    assert!(read(b"a: 'x\n---\ny'\n").is_err());
    assert_eq!(lines(&format!("---\n{pod}----\n").replace("----\n", "x: '----'\n")), [6]);
    assert_eq!(lines(&format!("\u{feff}---\n{pod}")), [6]);
    let many = "---\na\n".repeat(100_001);
    assert_eq!(read(many.as_bytes()).unwrap_err().at.line, 200_001);
    assert_eq!(only(&"---\n".repeat(200_000)), Manifests::default());
}

#[test]
fn what_is_kept_of_a_file_has_a_bound() {
    let containers = "{},".repeat(100_001);
    let pod = format!("apiVersion: v1\nkind: Pod\nspec: {{containers: [{containers}]}}\n");
    assert!(read(pod.as_bytes()).is_err());
    let faults = format!("apiVersion: v1\nkind: List\nitems: [{}]\n", "a,".repeat(5000));
    assert_eq!(only(&faults).faults.len(), 1000);
}

proptest! {
    #[test]
    fn documents_are_the_same_together_and_one_by_one(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "apiVersion: v1\nkind: Pod\nspec: {containers: []}\n", "---\n", "--- \n", "---\r\n", "...\n", "# c\n",
            "kind: x\napiVersion: v1\n", "a: |\n  ---\n", "\n", "a: 1\n", "\"---\"\n",
        ]), 0..8),
    ) {
        let text = pieces.concat();
        let together = yaml::read(text.as_bytes()).map(|stream| {
            let mut found = Manifests::default();
            for document in stream.documents() {
                found.document(document);
            }
            found
        });
        if let Ok(together) = together {
            prop_assert_eq!(read(text.as_bytes()).unwrap(), together);
        }
    }


    #[test]
    fn any_text_is_read_or_refused(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "apiVersion: apps/v1\n", "kind: Deployment\n", "kind: List\n", "spec:\n", "  template:\n",
            "    spec:\n", "      containers:\n", "        - name: a\n", "          livenessProbe: {}\n",
            "items:\n", "- ", "---\n", "*a", "&a ", "[", "]", "{", "}", "null", "\u{e9}", "  ",
        ]), 0..24),
    ) {
        let _ = read(pieces.concat().as_bytes());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = read(&bytes);
    }
}
