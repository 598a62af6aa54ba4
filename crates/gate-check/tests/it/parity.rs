//! Compose files beside manifests: what is on one side alone, and what of it is new.

use insta::assert_snapshot;
use testkit::Told;

use crate::place::{Place, fixture};
use crate::tool::{check, tool};

const MANIFESTS: &str = "kubernetes/deployment-with-everything.yaml";
const COMPOSE: &str = "compose/two-files-and-a-profile.yaml";

fn place() -> Place {
    Place::with("[gate.parity]\nonly-compose = ['postgres']\ndifferences = 'off'\n")
        .file("k8s/gateway.yaml", fixture(MANIFESTS))
        .file("compose.yaml", fixture(COMPOSE))
        .file("compose.workers.yaml", fixture("compose/workers.yaml"))
}

fn judged(place: &Place, inputs: &[(&str, &str)]) -> Told {
    place.started(tool(), inputs)
}

const INPUTS: [(&str, &str); 2] = [("gate", "parity"), ("manifests", "k8s")];

#[test]
fn a_service_that_is_not_deployed_is_told_with_what_to_do() {
    let place = place();
    place.repository.commit("base");
    place.repository.write(
        "compose.workers.yaml",
        "services: {worker: {image: 'o/worker:1'}, mailer: {image: m}}\n",
    );
    let told = judged(&place, &[&INPUTS[..], &[("diff", "HEAD")]].concat());
    check(&told, 1, "fail");
    assert_eq!(told.outputs["counts"], "{\"parity\":{\"fail\":1,\"pass\":1,\"warn\":1}}");
    assert_snapshot!(told.summary, @r#"
    ### Gate: blocked

    > [!CAUTION]
    > `parity` blocks: the service `mailer` of Compose has no workload in the manifests (`workload-missing`). First: add a template for it, and see that the values of this environment turn it on; if its workload has another name, or there is to be none (`only-compose`), say so:<pre>&#91;&#91;gate&#46;parity&#46;pair&#93;&#93;&#10;service &#61; &#34;mailer&#34;&#10;workload &#61; &#34;mailer&#34;</pre>.

    | gate | verdict | measured | limit | found |
    | --- | --- | --- | --- | --- |
    | parity | ❌ fail | 1 of 5 services deployed, 1 workload | each in Compose and in manifests | 1 fail, 1 warn |

    <details><summary>Worth knowing: 1</summary>

    - 1 service of a profile has no workload: `tracing` (`profile-only`)

    </details>

    - error: the service `mailer` of Compose has no workload in the manifests (`workload-missing`) at `compose.workers.yaml` line 1 column 43; help: add a template for it, and see that the values of this environment turn it on; if its workload has another name, or there is to be none (`only-compose`), say so:<pre>&#91;&#91;gate&#46;parity&#46;pair&#93;&#93;&#10;service &#61; &#34;mailer&#34;&#10;workload &#61; &#34;mailer&#34;</pre>
    - warning: the service `worker` of Compose has no workload in the manifests (`workload-missing`) at `compose.workers.yaml` line 1 column 12; help: add a template for it, and see that the values of this environment turn it on; if its workload has another name, or there is to be none (`only-compose`), say so:<pre>&#91;&#91;gate&#46;parity&#46;pair&#93;&#93;&#10;service &#61; &#34;worker&#34;&#10;workload &#61; &#34;worker&#34;</pre>
    "#);
}

#[test]
fn what_was_there_before_only_warns() {
    let place = place();
    place.repository.commit("base");
    check(&judged(&place, &[&INPUTS[..], &[("diff", "HEAD")]].concat()), 0, "warn");
    // Nobody knows what is new.
    check(&judged(&place, &INPUTS), 1, "fail");
    check(&judged(&place, &[&INPUTS[..], &[("mode", "report")]].concat()), 0, "fail");
}

#[test]
fn the_command_alone_and_named_files() {
    let place = place();
    let inputs = [("command", "parity"), ("manifests", "k8s"), ("compose", "compose.workers.yaml")];
    check(&judged(&place, &inputs), 1, "fail");
    let config = "[gate.parity]\nonly-compose = ['*']\nonly-kubernetes = ['*']\n";
    place.repository.write(".github/signalbox.toml", config);
    check(&judged(&place, &inputs), 0, "pass");
}

#[test]
fn without_one_side_there_is_no_answer() {
    let place = place();
    check(&judged(&place, &[("gate", "parity")]), 2, "error");
    check(&judged(&place, &[("gate", "parity"), ("manifests", "none/*.yaml")]), 2, "error");
    for compose in ["gone.yaml", "compose.yaml\n../up.yaml", "k8s/gateway.yaml"] {
        let told =
            judged(&place, &[&INPUTS[..], &[("compose", compose), ("mode", "report")]].concat());
        check(&told, 2, "error");
    }
    place.repository.write("compose.yaml", "include: [/etc/passwd]\n");
    check(&judged(&place, &INPUTS), 2, "error");
}
