"""Holds the gate `manifests` against checkov, over charts that helm renders; `scripts/bench manifests` runs it.

helm makes its own chart (`helm create`) and renders it with several sets of values. For each, the rules that
both have are compared; every difference is printed. One that is known has its reason below, and is told when it
is gone; any other makes the answer "no" (exit code 1). Then 2,000 manifests of 20 MB are judged, in a file each
and in one: the time is printed beside its bar, and never fails.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

GATE, HELM, CHECKOV = (pathlib.Path(word).resolve() for word in sys.argv[1:4])

# The rules that both have, and what a reason of ours must say besides.
SAME = {
    "CKV_K8S_8": ("liveness-probe", ""),
    "CKV_K8S_9": ("readiness-probe", ""),
    "CKV_K8S_11": ("resource-limits", "cpu"),
    "CKV_K8S_13": ("resource-limits", "memory"),
    "CKV_K8S_14": ("image-tag", ""),
}

PROBES = {name: {"httpGet": {"path": "/", "port": "http"}} for name in ("livenessProbe", "readinessProbe")}
TIMES_ALONE = {"httpGet": None, "periodSeconds": 5}
LIMITS = {"resources": {"limits": {"cpu": "500m", "memory": "512Mi"}}}

# A name, the values, and whether the pods of `helm test` stay in.
CASES = [
    ("defaults", {}, False),
    ("limits", LIMITS, False),
    ("memory alone", {"resources": {"limits": {"memory": "512Mi"}}}, False),
    ("requests alone", {"resources": {"requests": {"cpu": "1", "memory": "1Gi"}}}, False),
    ("limits of 0", {"resources": {"limits": {"cpu": "0", "memory": "0"}}}, False),
    ("no probes", {"livenessProbe": None, "readinessProbe": None}, False),
    ("times alone", {"livenessProbe": TIMES_ALONE, "readinessProbe": TIMES_ALONE, **LIMITS}, False),
    ("latest", {"image": {"tag": "latest"}, **LIMITS}, False),
    ("a digest", {"image": {"tag": "1.2.3@sha256:" + "0" * 64}, **LIMITS}, False),
    ("scaled", {"autoscaling": {"enabled": True, "minReplicas": 3}, **LIMITS}, False),
    ("tests stay", LIMITS, True),
]

# What differs, and why ours stays.
KNOWN = {
    "limits of 0: CKV_K8S_11": "a limit of 0 is none for the kubelet",
    "limits of 0: CKV_K8S_13": "a limit of 0 is none for the kubelet",
    "times alone: CKV_K8S_8": "a probe without a handler asks nothing, and the API refuses it",
    "times alone: CKV_K8S_9": "a probe without a handler asks nothing, and the API refuses it",
    "tests stay: CKV_K8S_8": "the pod of `helm test` is not deployed",
    "tests stay: CKV_K8S_9": "the pod of `helm test` is not deployed",
    "tests stay: CKV_K8S_11": "the pod of `helm test` is not deployed",
    "tests stay: CKV_K8S_13": "the pod of `helm test` is not deployed",
    "tests stay: CKV_K8S_14": "the pod of `helm test` is not deployed",
}


def said(words, folder, codes=(0,)):
    environment = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    ran = subprocess.run(words, cwd=folder, capture_output=True, env={**environment, "HOME": str(folder)})
    if ran.returncode not in codes:
        print(f"error: {words[0]} ended with {ran.returncode}:", file=sys.stderr)
        sys.stderr.write(ran.stderr.decode(errors="replace")[-4000:])
        sys.exit(3)
    return ran.stdout


def ours(file, folder):
    """The rules of ours that fail."""
    said([GATE, "manifests", "--manifests", file, "--verdict-file", "verdict.json"], folder, (0, 1))
    gate = json.loads((folder / "verdict.json").read_text())["gates"][0]
    reasons = [it for it in gate["reasons"] if it["verdict"] == "fail"]
    return {check for check, (rule, word) in SAME.items()
            if any(it["rule"] == rule and word in it["message"] for it in reasons)}


def theirs(file, folder):
    """The checks of checkov that fail."""
    words = [CHECKOV, "-f", file, "--framework", "kubernetes", "--compact", "-o", "json", "-c", ",".join(SAME)]
    report = json.loads(said(words, folder, (0, 1)))
    return {check["check_id"] for check in report["results"]["failed_checks"]}


def compared(folder):
    said([HELM, "create", "api"], folder)
    differences, looked_at = {}, 0
    for name, values, keeps_tests in CASES:
        (folder / "values.json").write_text(json.dumps({**PROBES, **values}))
        words = [HELM, "template", "api", "./api", "--values", "values.json"]
        rendered = said(words + ([] if keeps_tests else ["--skip-tests"]), folder)
        (folder / "rendered.yaml").write_bytes(rendered)
        mine, other = ours("rendered.yaml", folder), theirs("rendered.yaml", folder)
        looked_at += len(SAME)
        for check in sorted(mine ^ other):
            differences[f"{name}: {check}"] = "we fail it, checkov does not" if check in mine else "checkov fails it, we do not"
    is_right = True
    for what, how in differences.items():
        if what in KNOWN:
            print(f"known      {what}: {how}: {KNOWN[what]}")
        else:
            print(f"DIFFERENCE {what}: {how}")
            is_right = False
    for what in KNOWN.keys() - differences.keys():
        print(f"gone       {what}: take it out")
    print(f"{looked_at - len(differences)} of {looked_at} verdicts are those of checkov, {len(differences)} differ")
    return is_right


def manifest(number):
    variables = "".join(f"            - name: SETTING_{it}\n              value: \"the value of setting {it}\"\n" for it in range(130))
    return f"""apiVersion: apps/v1
kind: Deployment
metadata:
  name: service-{number}
  labels:
    app.kubernetes.io/name: service-{number}
spec:
  replicas: 3
  selector:
    matchLabels:
      app.kubernetes.io/name: service-{number}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: service-{number}
    spec:
      terminationGracePeriodSeconds: 30
      containers:
        - name: service
          image: registry.example.com/services/service-{number}:v1.2.3
          ports:
            - name: http
              containerPort: 8080
          livenessProbe:
            httpGet: {{path: /healthz, port: http}}
          readinessProbe:
            httpGet: {{path: /readyz, port: http}}
          resources:
            limits: {{cpu: 500m, memory: 512Mi}}
          env:
{variables}---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: service-{number}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app.kubernetes.io/name: service-{number}
"""


def measured(folder):
    (folder / "many").mkdir()
    texts = [manifest(number) for number in range(2000)]
    for number, text in enumerate(texts):
        (folder / f"many/{number}.yaml").write_text(text)
    (folder / "all.yaml").write_text("---\n".join(texts))
    size = sum(map(len, texts)) / 1e6
    for what, manifests in (("a file each", "many"), ("one file", "all.yaml")):
        times = []
        for _ in range(5):
            start = time.monotonic()
            said([GATE, "manifests", "--manifests", manifests], folder)
            times.append(time.monotonic() - start)
        print(f"2,000 manifests of {size:.1f} MB, {what}: {statistics.median(times):.2f} s (bar 1 s)")


with tempfile.TemporaryDirectory() as scratch:
    here = pathlib.Path(scratch)
    is_right = compared(here)
    measured(here)
sys.exit(0 if is_right else 1)
