//! What all manifests together come to: without an answer, beside the base, waived, told.

use bstr::ByteSlice as _;
use diagnostics::Piece;
use proptest::prelude::*;

use super::*;

#[test]
fn without_workloads_or_objects_there_is_no_answer() {
    check("", &["no-workloads error"]);
    check("apiVersion: v1\nkind: Service\n", &["no-workloads error"]);
    check("image: a\n", &["not-a-manifest error"]);
    check("a: 1\na: 2\n", &["unreadable-manifest error"]);
    check(
        "kind: Deployment\napiVersion: apps/v1\n",
        &["manifest-refused fail", "no-workloads error"],
    );
    check_with("mode = 'report'", "", &["no-workloads error"]);
    let outcome = decided("", &[], None);
    assert_eq!(shown(&outcome), ["no-workloads error"]);
    let kustomization = ManifestFile::read("k8s/kustomization.yaml", b"resources: [a.yaml]\n");
    let head = [kustomization, file(&with("replicas: 3", &one_free()))];
    let today = "2026-11-22".parse().unwrap();
    let facts = Facts { head: &head, base: None, today, most_waiver_days: 180 };
    assert_eq!(shown(&decide(&Policy::default(), &facts)), [""; 0]);
}

#[test]
fn a_template_that_nobody_filled_in_is_named_as_one() {
    let outcome = decided("", &["kind: {{ .Values.kind }}\n"], None);
    let help = outcome.reasons[0].help.as_ref().unwrap().unescaped();
    assert!(help.contains("helm template"), "{help}");
}

#[test]
fn what_the_base_has_too_does_not_count_and_what_was_right_is_not_lost() {
    let bare = workload(
        "Deployment",
        "replicas: 3",
        &pod(&format!("{{name: a, image: 'o/a:v1', {LIMITS}}}"), ""),
    ) + &one_free();
    let check = |head: &str, base: Option<&[&str]>, wanted: &[&str]| {
        assert_eq!(shown(&decided("only-new = true", &[head], base)), wanted);
    };
    check(&bare, Some(&[&bare]), &[]);
    check(&bare, Some(&[""]), &[LIVE, READY]);
    check(&bare, None, &["no-base inconclusive", LIVE, READY]);
    let other = bare.replace("metadata: {name: a}", "metadata: {name: z}");
    check(&other, Some(&[&bare]), &[LIVE, READY]);
    // It had a limit, and has none now.
    let lost = bare.replace(LIMITS, "x: y");
    check(&lost, Some(&[&bare]), &[LIMIT]);
    // It had everything.
    check(&bare, Some(&[&with("replicas: 3", &one_free())]), &[LIVE, READY]);
    // Without the key, all counts.
    assert_eq!(shown(&decided("", &[&bare], Some(&[&bare]))), [LIVE, READY]);
}

#[test]
fn annotations_waive_a_rule_for_a_while() {
    let annotated = |annotation: &str, value: &str| {
        let bare = pod(&format!("{{name: a, image: 'o/a:v1', {LIMITS}}}"), "");
        let text = workload("Deployment", "replicas: 3", &bare) + &one_free();
        text.replacen(
            "metadata: {name: a}",
            &format!("metadata: {{name: a, annotations: {{{annotation}: '{value}'}}}}"),
            1,
        )
    };
    let live = "gate-check/waive.liveness-probe";
    check(&annotated(live, "no port, it is a worker, 2027-01-31"), &[READY]);
    let odd = "annotation-waiver warn";
    check(&annotated(live, "no port, 2026-11-21"), &[LIVE, READY, odd]);
    check(&annotated(live, "no port, 2027-12-31"), &[LIVE, READY, odd]);
    check(&annotated(live, "no port"), &[LIVE, READY, odd]);
    check(&annotated(live, "2027-01-31"), &[LIVE, READY, odd]);
    check(&annotated(live, ", 2027-01-31"), &[LIVE, READY, odd]);
    check(&annotated("gate-check/waive.livenes-probe", "x, 2027-01-31"), &[LIVE, READY, odd]);
    check(&annotated("gate-check/waive.pdb", "x, 2027-01-31"), &[LIVE, READY, odd]);
    check(&annotated("other/waive.pdb", "x"), &[LIVE, READY]);
    let outcome = decided("", &[&annotated(live, "no port, 2027-01-31")], None);
    let why = outcome.reasons.iter().find_map(|it| match &it.state {
        State::Suppressed(why) => why.clone(),
        State::Open | State::Waived(_) | State::Acknowledged | State::Known => None,
    });
    assert_eq!(why.unwrap().raw(), b"waived by its manifest until 2027-01-31: no port");
}

#[test]
fn modes_and_levels_soften() {
    let bare = with_container(&format!("{{name: a, image: 'o/a:v1', {PROBES}}}"));
    check_with("mode = 'warn'", &bare, &["resource-limits warn"]);
    check_with("mode = 'report'", &bare, &[]);
    check_with("resource-limits = 'warn'", &bare, &["resource-limits warn"]);
    for wrong in [
        "resource-limits = 'fail'",
        "livenes-probe = 'off'",
        "limits.gpu = 'off'",
        "image-names = ['a/<x>']",
    ] {
        assert!(Config::read("c.toml", wrong.as_bytes(), Policy::read).is_err(), "{wrong}");
    }
}

#[test]
fn each_reason_says_where_and_what_to_add() {
    let outcome = decided(
        "",
        &["\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  replicas: 3
  template:
    metadata:
      labels:
        app: api
        app.kubernetes.io/version: '1.2'
        app.kubernetes.io/managed-by: Helm
    spec:
      containers:
        - name: web
          image: o/web:v1
          ports:
            - name: http
              containerPort: 8080
"],
        None,
    );
    let reason = |rule: &str| {
        let reason = outcome.reasons.iter().find(|it| it.rule.raw() == rule.as_bytes()).unwrap();
        let place = reason.place.clone().unwrap();
        let lines = reason.help.as_ref().unwrap().pieces().iter().find_map(|piece| match piece {
            Piece::Lines(lines) => Some(lines.raw().to_str().unwrap().to_owned()),
            Piece::Ours(_)
            | Piece::Number(_)
            | Piece::Thousandths(_)
            | Piece::Micros(_)
            | Piece::Foreign(_)
            | Piece::Said(_) => None,
        });
        (reason.message.unescaped(), (place.line.unwrap(), place.column.unwrap()), lines.unwrap())
    };
    let (message, place, lines) = reason("liveness-probe");
    assert_eq!(message, "container web of Deployment api has no liveness probe");
    assert_eq!(place, (15, 11));
    assert_eq!(
        lines,
        "          livenessProbe:\n            httpGet:\n              path: /healthz\n              port: http\n            periodSeconds: 10"
    );
    let (message, place, lines) = reason("resource-limits");
    assert_eq!(message, "container web of Deployment api has no limit of cpu and memory");
    assert_eq!(place, (15, 11));
    assert_eq!(
        lines,
        "          resources:\n            limits:\n              cpu: 500m\n              memory: 512Mi"
    );
    let (_, place, lines) = reason("termination");
    assert_eq!(place, (14, 7));
    assert_eq!(lines, "      terminationGracePeriodSeconds: 30");
    let (_, place, lines) = reason("pdb");
    assert_eq!(place, (1, 1));
    assert_eq!(
        lines,
        "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: api\nspec:\n  maxUnavailable: 1\n  selector:\n    matchLabels:\n      app: api\n"
    );
}

#[test]
fn many_budgets_of_the_same_pods_end_without_an_answer() {
    let many = |count: usize, line: &str| line.repeat(count);
    let pods = many(
        5000,
        "---\napiVersion: v1\nkind: Pod\nmetadata: {labels: {app: a}}\nspec: {restartPolicy: Never, containers: []}\n",
    );
    let budgets = many(2500, &one_free());
    let outcome = decided("", &[&pods, &budgets], None);
    assert_eq!(outcome.verdict(), Verdict::Error);
}

#[test]
fn more_reasons_than_anybody_reads_are_no_answer() {
    let pod =
        "---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a}]}\n";
    // Both probes, limits, image, end.
    assert_eq!(decided("", &[&pod.repeat(4000)], None).verdict(), Verdict::Fail);
    let outcome = decided("", &[&pod.repeat(4001)], None);
    assert_eq!((outcome.verdict(), outcome.reasons.len()), (Verdict::Error, 20_001));
}

proptest! {
    #[test]
    fn any_manifest_is_judged_twice_alike(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "apiVersion: apps/v1\nkind: Deployment\nspec: {template: {spec: {containers: [{name: a}]}}}\n",
            "apiVersion: policy/v1\nkind: PodDisruptionBudget\nspec: {selector: {}, minAvailable: 99999999999999999999}\n",
            "apiVersion: policy/v1\nkind: PodDisruptionBudget\nspec: {selector: {}, minAvailable: 18446744073709551615}\n",
            "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nspec: {scaleTargetRef: {kind: Deployment, name: ''}, minReplicas: 18446744073709551615}\n",
            "kind: x\n", "---\n", "- [", "\u{202e}: 1\n",
        ]), 0..8),
    ) {
        let text = pieces.join("---\n");
        prop_assert_eq!(decided("", &[&text], None), decided("", &[&text], None));
    }
}
