"""Writes botocore.json beside this file: uploads as botocore signs them, for crates/object-store.

    python3 -m venv venv && venv/bin/pip install botocore==1.44.5 && venv/bin/python make.py
"""

import datetime
import hashlib
import json
import pathlib
from unittest import mock
from urllib.parse import quote

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

HOST = "127.0.0.1:9000"
NOW = 1795348800

CASES = [
    {},
    {"key": "o/r/2026/11/22/4711-1.json"},
    {"key": "with space/plus+and=equals.json"},
    {"key": "ünïcødé/日本.json"},
    {"key": "a!b'c(d)e*f,g;h:i@j&k$l.json"},
    {"key": "percent%20already/~tilde_-.json"},
    {"session_token": "FwoGZXIvYXdzEBc/+==token"},
    {"region": "eu-central-1", "body": "x" * 10000},
    {"body": ""},
    {"body": "ünïcødé\n"},
    {"secret_key": "short", "access_key": "A"},
    {"secret_key": "k" * 100},
    {"seconds": 951782400},
    {"seconds": 4107542399},
    {"bucket": "with.dots-and-1"},
]
WHOLE = {
    "access_key": "AKIAIOSFODNN7EXAMPLE",
    "secret_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "session_token": None,
    "region": "us-east-1",
    "bucket": "metrics",
    "key": "a.json",
    "body": '{"version":1}',
    "seconds": NOW,
}


def signed(case):
    path = "/" + case["bucket"] + "/" + quote(case["key"], safe="/~")
    body = case["body"].encode()
    request = AWSRequest(
        method="PUT",
        url=f"http://{HOST}{path}",
        headers={"content-type": "application/json"},
        data=body,
    )
    # The digest of the body goes along, as over TLS it need not.
    request.context["client_config"] = mock.Mock(s3={"payload_signing_enabled": True})
    keys = Credentials(case["access_key"], case["secret_key"], case["session_token"])
    moment = datetime.datetime.fromtimestamp(case["seconds"], datetime.timezone.utc)
    with mock.patch("botocore.auth.get_current_datetime", lambda **_: moment):
        S3SigV4Auth(keys, "s3", case["region"]).add_auth(request)
    assert request.headers["x-amz-content-sha256"] == hashlib.sha256(body).hexdigest()
    assert request.headers["X-Amz-Date"] == moment.strftime("%Y%m%dT%H%M%SZ")
    return {"host": HOST, "path": path, "authorization": request.headers["Authorization"]}


vectors = [{**WHOLE, **case} for case in CASES]
vectors = [{**case, **signed(case)} for case in vectors]
text = "[\n" + ",\n".join(json.dumps(vector) for vector in vectors) + "\n]\n"
pathlib.Path(__file__).with_name("botocore.json").write_text(text)
