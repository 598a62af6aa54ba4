//! Kubernetes manifests: found, judged, and told with what to add.

use insta::assert_snapshot;
use testkit::{Told, Tool};

use crate::place::{Place, fixture};
use crate::tool::{check, tool};

const BARE: &str = "kubernetes/deployment-without-anything.yaml";
const SOUND: &str = "kubernetes/deployment-with-everything.yaml";

fn with(files: &[(&str, &str)]) -> Place {
    let place = Place::with("[gate.manifests]\n");
    files.iter().fold(place, |place, (path, name)| place.file(path, fixture(name)))
}

fn judged(place: &Place, inputs: &[(&str, &str)]) -> Told {
    place.started(tool(), inputs)
}

#[test]
fn what_has_nothing_is_told_what_to_add() {
    let place = with(&[("rendered/api.yaml", BARE)]);
    let told = judged(&place, &[("manifests", "rendered/*.yaml")]);
    check(&told, 1, "fail");
    assert_eq!(told.outputs["blocking"], "[\"manifests\"]");
    assert_eq!(told.outputs["counts"], "{\"manifests\":{\"fail\":6}}");
    assert_snapshot!(told.summary, @r#"
    ### Gate: blocked

    > [!CAUTION]
    > `manifests` blocks: container `api` of Deployment `pheme-api` has no liveness probe (`liveness-probe`). First: add, with the path that answers<pre>          livenessProbe&#58;&#10;            httpGet&#58;&#10;              path&#58; &#47;healthz&#10;              port&#58; 3000&#10;            periodSeconds&#58; 10</pre>.

    | gate | verdict | measured | limit | found |
    | --- | --- | --- | --- | --- |
    | manifests | ❌ fail | 1 workload, 1 container, 0 budgets | liveness-probe, readiness-probe, resource-limits, pdb, termination, image-tag | 6 fail |

    - error: container `api` of Deployment `pheme-api` has no liveness probe (`liveness-probe`) at `rendered/api.yaml` line 16 column 11; help: add, with the path that answers<pre>          livenessProbe&#58;&#10;            httpGet&#58;&#10;              path&#58; &#47;healthz&#10;              port&#58; 3000&#10;            periodSeconds&#58; 10</pre>
    - error: container `api` of Deployment `pheme-api` has no readiness probe (`readiness-probe`) at `rendered/api.yaml` line 16 column 11; help: add, with the path that answers<pre>          readinessProbe&#58;&#10;            httpGet&#58;&#10;              path&#58; &#47;readyz&#10;              port&#58; 3000&#10;            periodSeconds&#58; 10</pre>
    - error: container `api` of Deployment `pheme-api` has no limit of cpu and memory (`resource-limits`) at `rendered/api.yaml` line 16 column 11; help: add, with what it needs at most<pre>          resources&#58;&#10;            limits&#58;&#10;              cpu&#58; 500m&#10;              memory&#58; 512Mi</pre>
    - error: container `api` of Deployment `pheme-api` uses `pheme-api:latest`, which is another image tomorrow (`image-tag`) at `rendered/api.yaml` line 17 column 18; help: name the version that was tested, or its digest:<pre>          image&#58; pheme&#45;api&#58;v1&#46;0&#46;0</pre>
    - error: Deployment `pheme-api` does not say how it ends: no grace period and no `preStop` (`termination`) at `rendered/api.yaml` line 15 column 7; help: add, with the seconds that its longest request takes<pre>      terminationGracePeriodSeconds&#58; 30</pre>
    - error: Deployment `pheme-api` has no disruption budget: all of its pods may be evicted at once (`pdb`) at `rendered/api.yaml` line 1 column 1; help: add<pre>&#45;&#45;&#45;&#10;apiVersion&#58; policy&#47;v1&#10;kind&#58; PodDisruptionBudget&#10;metadata&#58;&#10;  name&#58; pheme&#45;api&#10;spec&#58;&#10;  maxUnavailable&#58; 1&#10;  selector&#58;&#10;    matchLabels&#58;&#10;      app&#58; pheme&#45;api</pre>
    "#);
}

#[test]
fn a_person_sees_the_yaml_to_add() {
    let place = with(&[("rendered/api.yaml", BARE)]);
    let local = tool().args(["manifests", "--manifests", "rendered"]).at(place.repository.path());
    let told = local.run();
    assert_eq!(told.exit, 1);
    assert_snapshot!(told.stderr, @r#"
    error: container `api` of Deployment `pheme-api` has no liveness probe (`liveness-probe`)
     --> rendered/api.yaml:16:11
      = help: add, with the path that answers
              livenessProbe:
                httpGet:
                  path: /healthz
                  port: 3000
                periodSeconds: 10
    error: container `api` of Deployment `pheme-api` has no readiness probe (`readiness-probe`)
     --> rendered/api.yaml:16:11
      = help: add, with the path that answers
              readinessProbe:
                httpGet:
                  path: /readyz
                  port: 3000
                periodSeconds: 10
    error: container `api` of Deployment `pheme-api` has no limit of cpu and memory (`resource-limits`)
     --> rendered/api.yaml:16:11
      = help: add, with what it needs at most
              resources:
                limits:
                  cpu: 500m
                  memory: 512Mi
    error: container `api` of Deployment `pheme-api` uses `pheme-api:latest`, which is another image tomorrow (`image-tag`)
     --> rendered/api.yaml:17:18
      = help: name the version that was tested, or its digest:
              image: pheme-api:v1.0.0
    error: Deployment `pheme-api` does not say how it ends: no grace period and no `preStop` (`termination`)
     --> rendered/api.yaml:15:7
      = help: add, with the seconds that its longest request takes
          terminationGracePeriodSeconds: 30
    error: Deployment `pheme-api` has no disruption budget: all of its pods may be evicted at once (`pdb`)
     --> rendered/api.yaml:1:1
      = help: add
    ---
    apiVersion: policy/v1
    kind: PodDisruptionBudget
    metadata:
      name: pheme-api
    spec:
      maxUnavailable: 1
      selector:
        matchLabels:
          app: pheme-api
    "#);
}

#[test]
fn the_same_from_a_pattern_a_folder_and_standard_input() {
    let place = with(&[("rendered/deep/api.yaml", SOUND), ("rendered/notes.txt", BARE)]);
    for manifests in ["rendered", "rendered/", "rendered/**/*.yaml", "rendered/deep/api.yaml"] {
        check(&judged(&place, &[("manifests", manifests)]), 0, "pass");
        check(&judged(&place, &[("command", "manifests"), ("manifests", manifests)]), 0, "pass");
    }
    let piped = place.started(tool().stdin(fixture(BARE)), &[("manifests", "-")]);
    check(&piped, 1, "fail");
    let both = place.started(tool().stdin(fixture(BARE)), &[("manifests", "-\nrendered")]);
    check(&both, 1, "fail");
}

#[test]
fn files_of_the_configuration_are_read_where_the_input_names_none() {
    let place =
        Place::with("[gate.manifests]\nfiles = ['k8s']\n").file("k8s/a.json", fixture(SOUND));
    check(&judged(&place, &[]), 0, "pass");
    let place = Place::with("[gate.manifests]\n");
    check(&judged(&place, &[("gate", "manifests")]), 2, "error");
}

#[test]
fn without_files_there_is_no_answer() {
    let place = with(&[("rendered/api.yaml", SOUND)]);
    for manifests in ["other/*.yaml", "rendered/missing.yaml", "rendered\nother/*.yaml"] {
        check(&judged(&place, &[("manifests", manifests), ("mode", "report")]), 2, "error");
    }
    let broken = Place::with("").file("a.yaml", "a: [\n").file("b.yaml", b"\xff\xfe");
    check(&judged(&broken, &[("manifests", "*.yaml"), ("mode", "report")]), 2, "error");
    let refused = judged(&broken, &[("manifests", "[")]);
    assert_eq!(refused.exit, 2, "{}", refused.stderr);
}

#[test]
fn a_waiver_covers_a_workload_and_a_rule() {
    let waived = |package: &str| {
        let rules = [
            "liveness-probe",
            "readiness-probe",
            "resource-limits",
            "pdb",
            "termination",
            "image-tag",
        ];
        let one = |rule: &&str| {
            format!(
                "[[gate.waiver]]\ngate = 'manifests'\nrule = '{rule}'\npackage = '{package}'\nowner = '@o'\nreason = 'r'\nexpires = 2027-01-31\n"
            )
        };
        let place =
            Place::with(&rules.iter().map(one).collect::<String>()).file("a.yaml", fixture(BARE));
        judged(&place, &[("manifests", "a.yaml")])
    };
    check(&waived("Deployment/pheme-api"), 0, "pass");
    check(&waived("Deployment/other"), 1, "fail");
}

#[test]
fn what_is_new_counts_against_files_or_commits_of_the_base() {
    let config = "[gate.manifests]\nonly-new = true\n";
    let place =
        Place::with(config).file("k8s/a.yaml", fixture(BARE)).file("old/a.yaml", fixture(BARE));
    let told = judged(&place, &[("manifests", "k8s"), ("manifests-base", "old")]);
    check(&told, 0, "pass");
    check(&judged(&place, &[("manifests", "k8s"), ("manifests-base", "none/*.yaml")]), 1, "fail");
    place.repository.commit("base");
    check(&judged(&place, &[("manifests", "k8s"), ("diff", "HEAD")]), 0, "pass");
    place.repository.write("k8s/b.yaml", fixture(BARE));
    check(&judged(&place, &[("manifests", "k8s"), ("diff", "HEAD")]), 0, "pass");
    let other = String::from_utf8(fixture(BARE)).unwrap().replace("pheme-api", "other");
    place.repository.write("k8s/b.yaml", other);
    check(&judged(&place, &[("manifests", "k8s"), ("diff", "HEAD")]), 1, "fail");
}

#[test]
fn what_was_worth_a_warning_on_the_base_may_not_become_a_fault() {
    let bare = String::from_utf8(fixture(BARE)).unwrap();
    // One pod without a budget is a warning, three are a fault.
    let place = Place::with("[gate.manifests]\nonly-new = true\n")
        .file("old/a.yaml", bare.replace("replicas: 3", "replicas: 1"))
        .file("k8s/a.yaml", &bare);
    let inputs = [("manifests", "k8s"), ("manifests-base", "old")];
    check(&judged(&place, &inputs), 1, "fail");
    let place = Place::with("[gate.manifests]\nonly-new = true\n")
        .file("old/a.yaml", &bare)
        .file("k8s/a.yaml", bare.replace("replicas: 3", "replicas: 1"));
    check(&judged(&place, &inputs), 0, "pass");
}

/// A `helm` that prints what it was asked, and a file.
fn with_helm(script: &str) -> Place {
    let place = with(&[("sound.yaml", SOUND), ("bare.yaml", BARE)]);
    place
        .repository
        .scratch()
        .write("bin/helm", format!("#!/bin/sh\necho \"$@\" > asked\n{script}\n"));
    let helm = place.repository.scratch().at("bin/helm");
    assert_eq!(Tool::new("/bin/chmod").arg("755").arg(helm).run().exit, 0);
    place
}

#[test]
fn helm_renders_a_chart() {
    let place = with_helm("cat sound.yaml");
    let inputs = [("helm-chart", "charts/api"), ("helm-values", "a.yaml\n-b.yaml")];
    check(&judged(&place, &inputs), 0, "pass");
    let asked = system::read_file(&place.repository.at("asked"), 1 << 20).unwrap();
    assert_eq!(
        String::from_utf8(asked).unwrap(),
        "template --skip-tests --values=a.yaml --values=-b.yaml -- api ./charts/api\n"
    );
    check(&judged(&with_helm("cat bare.yaml"), &inputs), 1, "fail");
}

#[test]
fn a_helm_that_fails_is_the_environments_fault_in_its_words() {
    let told =
        judged(&with_helm("echo 'Error: chart is broken' >&2; exit 1"), &[("helm-chart", "c")]);
    assert_eq!(told.exit, 3);
    assert!(told.stdout.contains("Error: chart is broken%0A"), "{}", told.stdout);
    let place = with(&[]);
    let none = judged(&place, &[("helm-chart", "c"), ("PATH", "")]);
    assert_eq!(none.exit, 3, "{}", none.stdout);
}
