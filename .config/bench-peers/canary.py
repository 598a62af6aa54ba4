"""Holds gate-check's canary against a real Prometheus server: usage: canary.py GATE-CHECK

Writes samples of canaries that are healthy, ill or silent as OpenMetrics, lets promtool make a database of them, serves
it on this machine, and compares what gate-check decides with what is right. Needs `prometheus` and `promtool`
(Debian: apt-get install --no-install-recommends prometheus).
"""

import pathlib
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

END = 1763726400
WINDOW, INTERVAL, SCRAPE = 300, 30, 15
SERIES = 200

POLICY = """
[canary]
window = "5m"
interval = "30s"
[[canary.metric]]
name = "health"
query = 'min(up{case="CASE"})'
min = 1
consecutive = 3
[[canary.metric]]
name = "error-rate"
query = 'sum(rate(http_requests_total{case="CASE",code="500"}[1m])) / sum(rate(http_requests_total{case="CASE"}[1m]))'
max = "1%"
[[canary.metric]]
name = "latency"
query = 'latency_seconds{case="CASE",version="new"}'
baseline = 'latency_seconds{case="CASE",version="old"}'
max-ratio = 2.0
[[canary.metric]]
name = "latency-rank"
query = 'latency_seconds{case="CASE",version="new"}'
baseline = 'latency_seconds{case="CASE",version="old"}'
compare = "rank"
direction = "increase"
confidence = 0.99
allowed = 1.2
critical = true
"""


class Case:
    """One canary: what is scraped of it, and what is right."""

    def __init__(self, name, right, *, errors=0.0, latency=0.1, base=0.1, noise=0.05, traffic=20, spike_from=0.0, gap=(2.0, 2.0), from_=0.0):
        self.name, self.right, self.errors, self.latency = name, right, errors, latency
        self.base, self.noise, self.traffic, self.spike_from = base, noise, traffic, spike_from
        self.gap, self.from_ = gap, from_

    def samples(self, chance):
        """Lines of each metric family, the oldest first."""
        families = {"up": [], "http_requests_total": [], "latency_seconds": []}
        good = bad = 0
        rows = {key: [] for key in ("up", "200", "500", "new", "old")}
        for at in range(END - 2 * WINDOW, END + 1, SCRAPE):
            share = (at - (END - WINDOW)) / WINDOW
            requests = self.traffic * SCRAPE
            errors = requests * self.errors if share >= self.spike_from else 0
            good, bad = good + requests - errors, bad + errors
            if share < self.from_ - 1e-9 and self.from_ > 0 or self.gap[0] <= share <= self.gap[1]:
                continue
            jitter = lambda mean: mean * (1 + self.noise * chance.gauss(0, 1))
            rows["up"].append((at, 1))
            rows["200"].append((at, good))
            rows["500"].append((at, bad))
            rows["new"].append((at, jitter(self.latency)))
            rows["old"].append((at, jitter(self.base)))
        line = lambda name, labels, rows: [f'{name}{{case="{self.name}"{labels}}} {value!r} {at}' for at, value in rows]
        families["up"] += line("up", "", rows["up"])
        for code in ("200", "500"):
            families["http_requests_total"] += line("http_requests_total", f',code="{code}"', rows[code])
        for version in ("new", "old"):
            families["latency_seconds"] += line("latency_seconds", f',version="{version}"', rows[version])
        return families


NAMED = [
    Case("healthy", "promote"),
    Case("error-spike", "rollback", errors=0.05, spike_from=0.6),
    Case("latency-doubled", "rollback", latency=0.22, noise=0.01),
    Case("no-traffic", "hold", traffic=0),
    Case("gap", "hold", gap=(0.1, 0.8)),
    Case("too-few-samples", "hold", from_=0.8),
    Case("equal-noise", "promote", noise=0.15),
    # The comparison by ranks is critical: without any sample it fails.
    Case("no-series", "rollback", gap=(-9.0, 9.0)),
]


def decide(tool, url, name, folder):
    (folder / "c.toml").write_text(POLICY.replace("CASE", name))
    command = [tool, "canary", "judge", "--config=c.toml", f"--window-end={END}", "--prometheus", url]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    answers = {0: "promote", 1: "rollback", 4: "hold"}
    return answers.get(ran.returncode, f"exit code {ran.returncode}: {ran.stderr}"), ran.stdout


def step(tool, url, query, limit, folder):
    """Watches the server as it is now, through a window of two seconds."""
    (folder / "c.toml").write_text(
        f"[canary]\nwindow = '2s'\ninterval = '500ms'\nsettle = '0s'\n[[canary.metric]]\nname = 'm'\nquery = '{query}'\n{limit}\n"
    )
    ran = subprocess.run([tool, "canary", "step", "--config=c.toml", "--prometheus", url], cwd=folder, capture_output=True, text=True)
    return {0: "promote", 1: "rollback", 2: "refused", 4: "hold"}.get(ran.returncode, str(ran.returncode))


def serve(folder, cases):
    chance = random.Random(20251121)
    families = {"up": [], "http_requests_total": [], "latency_seconds": []}
    for case in cases:
        for family, lines in case.samples(chance).items():
            families[family] += lines
    types = {"up": "gauge", "http_requests_total": "counter", "latency_seconds": "gauge"}
    text = ""
    for family, lines in families.items():
        text += f"# TYPE {family.removesuffix('_total')} {types[family]}\n" + "".join(f"{line}\n" for line in lines)
    (folder / "samples").write_text(text + "# EOF\n")
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "samples", "data"], cwd=folder, check=True, capture_output=True)
    (folder / "prom.yml").write_text("global:\n  scrape_interval: 15s\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        ["prometheus", "--config.file=prom.yml", "--storage.tsdb.path=data", "--storage.tsdb.retention.time=100y", f"--web.listen-address=127.0.0.1:{port}"],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    for _ in range(100):
        try:
            urllib.request.urlopen(f"{url}/-/ready", timeout=1)
            return server, url
        except OSError:
            time.sleep(0.1)
    server.kill()
    sys.exit("error: prometheus does not begin")


def main():
    tool = str(pathlib.Path(sys.argv[1]).resolve())
    missing = [name for name in ("prometheus", "promtool") if not shutil.which(name)]
    if missing:
        sys.exit(f"error: not installed: {', '.join(missing)}; try: apt-get install --no-install-recommends prometheus")
    like = [Case(f"like-{at}", "promote", noise=0.08) for at in range(SERIES)]
    slow = [Case(f"slow-{at}", "rollback", latency=0.22, noise=0.08) for at in range(SERIES // 2)]
    failing = [Case(f"failing-{at}", "rollback", errors=0.012 + at * 0.0005, noise=0.08) for at in range(SERIES // 2)]
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        server, url = serve(folder, [case for case in NAMED + like + slow + failing if case.name != "no-series"])
        try:
            for case in NAMED:
                found, page = decide(tool, url, case.name, folder)
                wrong += found != case.right
                print(f"{'ok ' if found == case.right else 'NOT'} {case.name}: {found}")
                if found != case.right:
                    print(page)
            for query, limit, right in [
                ("vector(1)", "min = 1", "promote"),
                ("vector(0)", "min = 1", "rollback"),
                ("vector(0) / 0", "min = 1", "hold"),
                ("vector(1) / 0", "max = 1", "rollback"),
                ("nothing_of_this_name", "min = 1", "hold"),
                ("up{", "min = 1", "refused"),
            ]:
                found = step(tool, url, query, limit, folder)
                wrong += found != right
                print(f"{'ok ' if found == right else 'NOT'} while it is watched, {query}: {found}")
            for what, cases, is_wrong in [
                ("like their baseline, rolled back", like, lambda found: found == "rollback"),
                ("like their baseline, not promoted", like, lambda found: found != "promote"),
                ("beyond a limit, not rolled back", slow + failing, lambda found: found != "rollback"),
            ]:
                count = sum(is_wrong(decide(tool, url, case.name, folder)[0]) for case in cases)
                is_fine = count <= len(cases) // 100 or "promoted" in what
                wrong += not is_fine
                print(f"{'ok ' if is_fine else 'NOT'} {what}: {count} of {len(cases)}")
        finally:
            server.terminate()
            server.wait()
    sys.exit(1 if wrong else 0)


main()
