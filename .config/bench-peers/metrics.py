"""Holds `gate-check metrics push` against a storage that checks signatures, which is moto's with its check on,
and what `metrics collect` writes for Prometheus against Prometheus' own reader of OpenMetrics.

    metrics.py GATE-CHECK
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

import boto3
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError
from prometheus_client.openmetrics.parser import text_string_to_metric_families

TOOL = os.path.abspath(sys.argv[1])
BUCKET = "metrics"
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
)

RUN = {
    "id": 4711, "name": "ci", "run_number": 1, "run_attempt": 1, "event": "push", "head_branch": "main",
    "head_sha": "c0ffee", "status": "completed", "conclusion": "success", "created_at": "2026-11-22T12:00:00Z",
    "run_started_at": "2026-11-22T12:00:00Z", "updated_at": "2026-11-22T12:10:00Z",
}


def job(number):
    return {
        "id": number, "run_id": 4711, "run_attempt": 1, "name": f'test "{number}" \\ ü\n# EOF', "status": "completed",
        "conclusion": "success", "created_at": "2026-11-22T12:00:00Z", "started_at": "2026-11-22T12:00:30Z",
        "completed_at": "2026-11-22T12:05:00Z", "labels": ["ubuntu-latest"], "runner_name": "r", "steps": [],
    }


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def client(name, endpoint, access="x", secret="x"):
    config = Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"})
    return boto3.client(
        name, endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=access,
        aws_secret_access_key=secret, config=config,
    )


def started(endpoint):
    """A user with a key who may do everything with S3, and a bucket: the four calls that nobody checks."""
    for _ in range(300):
        try:
            client("iam", endpoint).create_user(UserName="ci")
            break
        except EndpointConnectionError:
            time.sleep(0.1)
    key = client("iam", endpoint).create_access_key(UserName="ci")["AccessKey"]
    client("iam", endpoint).put_user_policy(UserName="ci", PolicyName="all", PolicyDocument=POLICY)
    client("s3", endpoint).create_bucket(Bucket=BUCKET)
    return key["AccessKeyId"], key["SecretAccessKey"]


def push(endpoint, folder, access, secret, prefix):
    words = ["metrics", "push", "--metrics", "record.json", "--bucket", BUCKET, "--storage-endpoint", endpoint,
             "--storage-prefix", prefix, "--strict-metrics=true", "--format", "json"]
    keys = {"AWS_ACCESS_KEY_ID": access, "AWS_SECRET_ACCESS_KEY": secret}
    ran = subprocess.run([TOOL, *words], cwd=folder, env={**os.environ, **keys}, capture_output=True, text=True)
    assert secret not in ran.stdout + ran.stderr, "a secret was shown"
    return ran


def measured(folder):
    (folder / "answers.json").write_text(json.dumps(RUN) + json.dumps({"total_count": 40, "jobs": [job(n) for n in range(40)]}))
    words = ["metrics", "collect", "--responses", "answers.json", "--repository", "o/r", "--metrics-file",
             "record.json", "--openmetrics-file", "record.txt", "--strict-metrics=true"]
    subprocess.run([TOOL, *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def check(what, holds, found=""):
    print("ok  " if holds else "FAIL", what, "" if holds else found)
    if not holds:
        sys.exit(1)


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        measured(folder)
        families = {it.name: it for it in text_string_to_metric_families((folder / "record.txt").read_text())}
        waits = families["signalbox_job_queue_seconds"].samples
        names = {sample.labels["job"] for sample in waits}
        check("Prometheus reads 40 waits of 30 s", [it.value for it in waits] == [30.0] * 40, waits)
        check("and every name as it was", names == {job(n)["name"] for n in range(40)}, names)
        port = free_port()
        endpoint = f"http://127.0.0.1:{port}"
        server = pathlib.Path(sys.executable).with_name("moto_server")
        with subprocess.Popen(
            [server, "-H", "127.0.0.1", "-p", str(port)],
            env={**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": "4"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ) as running:
            try:
                access, secret = started(endpoint)
                for prefix in ["ci", "with space/ü/a+b=c&d", "a~b!c'(d)*"]:
                    ran = push(endpoint, folder, access, secret, prefix)
                    check(f"a record is stored below {prefix!r}", ran.returncode == 0, ran.stdout + ran.stderr)
                    key = f"{prefix}/o/r/2026/11/22/4711-1.json"
                    stored = client("s3", endpoint, access, secret).get_object(Bucket=BUCKET, Key=key)["Body"].read()
                    check("and read again as it was", json.loads(stored)["run"]["id"] == 4711, stored)
                ran = push(endpoint, folder, access, secret[:-1] + "x", "ci")
                refused = ran.returncode == 2 and "SignatureDoesNotMatch" in ran.stdout
                check("a wrong secret is refused", refused, ran.stdout + ran.stderr)
                ran = push(endpoint, folder, "AKIAIOSFODNN7EXAMPLE", secret, "ci")
                check("a wrong key is refused", ran.returncode == 2, ran.stdout + ran.stderr)
            finally:
                running.terminate()


main()
