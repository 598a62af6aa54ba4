"""Compares what crates/placement/data says with two other sources; `scripts/bench gpu-facts` runs it.

gpuhunt says of models how much memory they have and what they can compute, and ptxas itself says for which
chips each toolkit of CUDA makes code. Every difference is printed. One that is known has its reason below,
and is told when it is gone; any other makes the answer "no" (exit code 1).

Only `ptxas --help` is run, from wheels whose SHA-256 .config/bench-peers/gpu.txt names. gpuhunt's lists are
read, not run.
"""

import ast
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

try:
    import tomllib
except ModuleNotFoundError:
    sys.exit("error: Python 3.11 or newer is needed, for `tomllib`")

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DATA = ROOT / "crates/placement/data"
PINS = ROOT / ".config/bench-peers/gpu.txt"
STORE = ROOT / "target/bench-peers/gpu"

# gpuhunt's names that are not ours with other letters between: ours, and the size if the name says one.
NAMES = {
    "a4000": "rtx-a4000",
    "a4500": "rtx-a4500",
    "a5000": "rtx-a5000",
    "a6000": "rtx-a6000",
    "h100nvl": "h100",
    "h200nvl": "h200",
    "rtx6000": "quadro-rtx-6000",
}

# What differs, and why ours stays.
KNOWN = {
    "b300: capability 10.3, gpuhunt 10.0": "NVIDIA's table of compute capabilities has 10.3",
    "gb300: capability 10.3, gpuhunt 10.0": "NVIDIA's table of compute capabilities has 10.3",
    "b300: 269 GB, gpuhunt 270": "NVIDIA's guide to MIG has 269, as the profile `7g.269gb`",
    "gb300: no GB, gpuhunt 270": "no maker's table that was read says its size",
    "gb200: 186/189 GB, gpuhunt 186": "NVIDIA's guide to MIG has both",
    "gh200: 96/144 GB, gpuhunt 96": "nvidia-smi prints `GH200 144G HBM3e` too",
    "h100: 80/94/96 GB, gpuhunt 80/94": "NVIDIA's guide to MIG has one of 96 GB too",
    "rtx-3080: 10/12 GB, gpuhunt 10": "it was sold again with 12 GB; nvidia-smi reports 12288 MiB",
    "mi308x: not listed, gpuhunt CDNA3 with 128 GB": "no maker's table that was read names it",
    "mi325x: 256 GB, gpuhunt 288": "AMD's specifications for ROCm have 256",
}


def failed(message):
    print(f"error: {message}", file=sys.stderr)
    sys.exit(3)


def wheels():
    """The pinned wheels, each with its package and version, downloaded if they are not there."""
    STORE.mkdir(parents=True, exist_ok=True)
    found = []
    for line in PINS.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        pin = re.fullmatch(r"([a-z0-9-]+)==([0-9.]+) --hash=sha256:[0-9a-f]{64}", line)
        if pin is None:
            failed(f"{PINS.name}: not a pinned package: {line}")
        name, version = pin.groups()
        folder = STORE / f"{name}-{version}"
        # Asked for each time, so that what lies there has the hash that is pinned.
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as wanted:
            wanted.write(line + "\n")
            wanted.flush()
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
            command += ["--no-input", "--require-hashes", "--no-deps", "--only-binary", ":all:"]
            for platform in ("manylinux1", "manylinux2014", "manylinux_2_17", "manylinux_2_28"):
                command += ["--platform", f"{platform}_x86_64"]
            command += ["--dest", str(folder), "--requirement", wanted.name]
            if subprocess.run(command, check=False).returncode != 0:
                failed(f"pip could not download {name} {version}; see its words above")
        wheel = list(folder.glob("*.whl"))
        if len(wheel) != 1:
            failed(f"{folder}: {len(wheel)} wheels where one is wanted; remove the folder")
        found.append((name, version, wheel[0]))
    return found


def hunted(wheel):
    """gpuhunt's lists: of each model its sizes in GB, and its capability or architecture."""
    source = zipfile.ZipFile(wheel).read("gpuhunt/_internal/constraints.py").decode()
    models = {}
    for call in ast.walk(ast.parse(source)):
        kind = call.func.id if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) else None
        if kind not in ("NvidiaGPUInfo", "AMDGPUInfo"):
            continue
        said = {keyword.arg: keyword.value for keyword in call.keywords}
        name, memory = ast.literal_eval(said["name"]), ast.literal_eval(said["memory"])
        if kind == "NvidiaGPUInfo":
            major, minor = ast.literal_eval(said["compute_capability"])
            made = f"{major}.{minor}"
        else:
            made = said["architecture"].attr
        models.setdefault(name, (made, set()))[1].add(memory)
    if len(models) < 50:
        failed(f"gpuhunt has {len(models)} models: its lists are not where they were")
    return models


def models_differ(wheel):
    """What our catalogue says otherwise than gpuhunt, and which models only one of them has."""
    ours = {}
    for group in tomllib.loads((DATA / "gpus.toml").read_text())["group"]:
        made = group["capability"] if group["vendor"] == "nvidia" else group["family"]
        for name, sizes in group["models"].items():
            ours[name] = (made, set(sizes))
    plain = {name.replace("-", ""): name for name in ours}
    differences, seen, theirs = [], set(), {}
    for name, (made, sizes) in hunted(wheel).items():
        name = NAMES.get(name.lower()) or plain.get(name.lower()) or name.lower()
        had = theirs.setdefault(name, (made, set()))
        had[1].update(sizes)
        if had[0] != made:
            differences.append(f"{name}: gpuhunt says both {had[0]} and {made}")
    for name, (made, sizes) in sorted(theirs.items()):
        if name not in ours:
            differences.append(f"{name}: not listed, gpuhunt {made} with {listed(sizes)} GB")
            continue
        seen.add(name)
        own, own_sizes = ours[name]
        if own != made:
            differences.append(f"{name}: capability {own}, gpuhunt {made}")
        if own_sizes != sizes:
            differences.append(f"{name}: {listed(own_sizes)} GB, gpuhunt {listed(sizes)}")
    print(f"{len(seen)} of {len(ours)} models are in gpuhunt's lists too")
    return differences


def listed(numbers):
    return "/".join(str(number) for number in sorted(numbers)) or "no"


def chips(ptxas):
    """The chips that a ptxas makes machine code for, as numbers, and its suffixes by chip."""
    said = subprocess.run([ptxas, "--help"], capture_output=True, text=True, timeout=60, check=False)
    # All that the option for the target allows, which stands between its name and the next option.
    part = re.search(r"--gpu-name .*?\n(?=--)", said.stdout, re.DOTALL)
    if said.returncode != 0 or part is None:
        failed(f"{ptxas}: `ptxas --help` does not name its targets")
    targets = re.findall(r"'sm_([0-9]+)([af]?)'", part.group())
    plain = {int(number) for number, suffix in targets if not suffix}
    suffixed = {suffix: {int(n) for n, s in targets if s == suffix} for suffix in "af"}
    return plain, suffixed


def toolkits_differ(found):
    """What our list of toolkits says otherwise than ptxas."""
    ours = {it["version"]: it for it in tomllib.loads((DATA / "cuda.toml").read_text())["toolkit"]}
    differences, asked = [], set()
    for name, version, wheel in found:
        toolkit = ".".join(version.split(".")[:2])
        asked.add(toolkit)
        with tempfile.TemporaryDirectory() as folder:
            names = [it for it in zipfile.ZipFile(wheel).namelist() if it.endswith("/bin/ptxas")]
            if len(names) != 1:
                failed(f"{wheel.name}: {len(names)} files are called ptxas")
            ptxas = pathlib.Path(zipfile.ZipFile(wheel).extract(names[0], folder))
            ptxas.chmod(0o700)
            plain, suffixed = chips(ptxas)
        own = set(ours.get(toolkit, {}).get("sm", []))
        if own != plain:
            differences.append(f"CUDA {toolkit}: without sm {listed(plain - own)}, and with sm {listed(own - plain)} too many")
        # The rule of `Toolkit::makes`: `a` from CUDA 12.0 and 9.0 on, `f` from CUDA 12.9 and 10.0 on.
        number = tuple(int(part) for part in toolkit.split("."))
        rule = {
            "a": {sm for sm in plain if sm >= 90 and number >= (12, 0)},
            "f": {sm for sm in plain if sm >= 100 and number >= (12, 9)},
        }
        for suffix, wanted in rule.items():
            if wanted != suffixed[suffix]:
                differences.append(f"CUDA {toolkit}: suffix {suffix} for sm {listed(suffixed[suffix])}, the rule says {listed(wanted)}")
    unasked = sorted(set(it for it in ours if "sm" in ours[it]) - asked)
    differences.extend(f"CUDA {it}: no ptxas was asked" for it in unasked)
    print(f"{len(asked)} toolkits were asked for their targets")
    return differences


def main():
    found = wheels()
    hunt = [wheel for name, _, wheel in found if name == "gpuhunt"]
    if len(hunt) != 1:
        failed(f"{PINS.name}: gpuhunt is pinned {len(hunt)} times")
    differences = models_differ(hunt[0])
    differences += toolkits_differ([it for it in found if it[0] != "gpuhunt"])
    for difference in differences:
        reason = KNOWN.get(difference)
        print(f"known: {difference}: {reason}" if reason else f"DIFFERS: {difference}")
    gone = [it for it in KNOWN if it not in differences]
    for it in gone:
        print(f"GONE: {it}: is no difference any more; take it out of {pathlib.Path(__file__).name}")
    if gone or any(it not in KNOWN for it in differences):
        sys.exit(1)
    print("the data agrees with both sources, but for what is known")


main()
