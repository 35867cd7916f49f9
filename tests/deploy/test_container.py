"""The container file, and a server under the conditions that it sets."""

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import grpc
from wurao.v1 import classifier_pb2 as pb
from wurao.v1 import classifier_pb2_grpc

from tests.conftest import ROOT
from tests.server_process import free_port
from training.store.model_store import Alias

FILE = ROOT / "deploy" / "Containerfile"
UNIT = ROOT / "deploy" / "systemd" / "wurao.service"
MANIFESTS = ROOT / "deploy" / "kubernetes" / "wurao.yaml"

DENY_WRITE_EXECUTE = (
    "import ctypes, os, sys;"
    "assert ctypes.CDLL(None).prctl(65, 1, 0, 0, 0) == 0;"
    "os.execv(sys.executable, [sys.executable, '-m', 'cli.main', 'serve'])"
)


def instructions() -> list[tuple[str, str]]:
    """Return name and rest of each instruction, lines that go on joined."""
    text = re.sub(r"\\\n\s*", " ", FILE.read_text("utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines]


def last_stage() -> list[tuple[str, str]]:
    """Return the instructions of the image that is shipped."""
    whole = instructions()
    return whole[max(i for i, (name, _rest) in enumerate(whole) if name == "FROM") :]


def test_image_is_built_from_pinned_hashes_alone() -> None:
    """Every package comes by its hash; what is copied exists and is let through to the build."""
    runs = [rest for name, rest in instructions() if name == "RUN"]
    installs = [run for run in runs if "pip install" in run]
    assert installs
    assert all("--require-hashes" in run or "--no-deps" in run for run in installs)
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    copies = [rest for name, rest in instructions() if name == "COPY" and "--from" not in rest]
    for copy in copies:
        for source in shlex.split(copy)[:-1]:
            assert (ROOT / source).exists()
            assert f"!{source}" in ignored
    assert "*" in ignored  # all else stays out: models, secrets, history
    assert {"**/*.so", "**/*.cpp"} <= set(ignored)  # of whoever builds, for another Python


def test_the_unit_is_installed_as_the_image_is() -> None:
    """The same steps of pip: each package comes by its hash, and what builds is removed."""
    pip = re.compile(r"/opt/wurao/bin/pip (.+?) *(?:&&|$)", re.MULTILINE)
    image = [pip.findall(rest) for name, rest in instructions() if name == "RUN"]
    wanted = [step.replace(" --no-cache-dir", "") for steps in image for step in steps]
    assert len(wanted) == 3
    assert pip.findall(UNIT.read_text("utf-8")) == wanted


def test_image_runs_as_nobody_in_particular() -> None:
    """A number that is not root's, so that a cluster can verify it; no shell in between."""
    users = [rest for name, rest in last_stage() if name == "USER"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[-1])
    assert ("ENTRYPOINT", '["wurao"]') in last_stage()
    bases = [rest for name, rest in instructions() if name == "ARG" and rest.startswith("BASE=")]
    assert bases
    assert not any(base.endswith(":latest") or ":" not in base for base in bases)


def test_a_promotion_is_seen_in_the_container() -> None:
    """The store is mounted with the link that a promotion moves, not what it points at today."""
    head = FILE.read_text("utf-8").partition("ARG BASE")[0]
    ((source, target),) = re.findall(r"-v (\S+?):(\S+?):ro", head)
    (environment,) = [rest for name, rest in last_stage() if name == "ENV"]
    (bundle,) = re.findall(r"WURAO_BUNDLE=(\S+)", environment)
    assert (Path(source).name, Path(target)) == ("models", Path(bundle).parent)
    assert Path(bundle).name == Alias.CHAMPION
    assert f"WURAO_BUNDLE: {bundle}\n" in MANIFESTS.read_text("utf-8")


def test_lock_of_the_image_has_what_serves_and_no_more() -> None:
    """The serving lock pins the same versions as the main one, and nothing that trains."""
    pins = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)
    serving = set(pins.findall((ROOT / "requirements-serving.lock").read_text("utf-8")))
    main = set(pins.findall((ROOT / "requirements.lock").read_text("utf-8")))
    assert serving <= main
    names = {name for name, _version in serving}
    assert {"grpcio", "numpy", "onnxruntime", "prometheus-client"} <= names
    assert not names & {"scikit-learn", "scipy", "joblib", "pytest", "ruff", "torch"}


def test_server_needs_no_capability_and_no_writable_root(bundle_folder: Path) -> None:
    """It serves with a root that is read only, /tmp in memory, no capability, no new executable.

    The mounts need root, which CI is; the last is what systemd's MemoryDenyWriteExecute asks for.
    """
    address = f"127.0.0.1:{free_port()}"
    metrics = f"127.0.0.1:{free_port()}"
    script = (
        "mount --make-rprivate / && mount -t tmpfs tmpfs /var/tmp && mount -o remount,ro,bind / && "
        f"exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs "
        f"{shlex.quote(sys.executable)} -c {shlex.quote(DENY_WRITE_EXECUTE)}"
    )
    env = os.environ | {
        "TMPDIR": "/var/tmp",  # ruff: ignore[hardcoded-temp-file]  # stands for the image's /tmp
        "WURAO_ADDRESS": address,
        "WURAO_BUNDLE": str(bundle_folder),
        "WURAO_WORKERS": "2",
        "WURAO_METRICS_ADDRESS": metrics,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = ["unshare", "--mount", "sh", "-c", script]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env, cwd=ROOT
    ) as process:
        try:
            assert process.stdout is not None
            announced = process.stdout.readline()
            assert announced.startswith("serving model "), process.stderr and process.stderr.read()
            mounts = Path(f"/proc/{process.pid}/mounts").read_text("utf-8").splitlines()
            root = [line.split()[3] for line in mounts if line.split()[1] == "/"][-1]
            assert "ro" in root.split(",")
            status = Path(f"/proc/{process.pid}/status").read_text("utf-8")
            assert "CapBnd:\t0000000000000000" in status
            with grpc.insecure_channel(address) as channel:
                stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
                turns = [
                    "以后别再打了",
                    "你好",
                    "能不能别老是给我打呀",
                ]  # some ask the second reader
                for text in turns:
                    stub.Classify(pb.ClassifyRequest(turn=pb.Turn(text=text)), timeout=5)
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
