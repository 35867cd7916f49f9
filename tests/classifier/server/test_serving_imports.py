"""What a running server has loaded: nothing that would run code out of data."""

import ast
import json
import signal
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)
from wurao.v1 import classifier_pb2 as pb
from wurao.v1 import classifier_pb2_grpc, subjects_pb2

from classifier.server.security.permissions import Role
from classifier.server.security.token_file import add_token
from classifier.server.security.tokens import new_token
from tests.certificates import issue
from tests.new_registry import new_registry
from tests.server_process import start_server

LOADERS = frozenset({
    "pickle",
    "_pickle",
    "marshal",
    "yaml",
    "shelve",
    "dill",
    "joblib",
    "cloudpickle",
})
CALLS = frozenset({"eval", "exec"})
NEVER = frozenset({
    "yaml",
    "shelve",
    "dill",
    "joblib",
    "cloudpickle",
    "sklearn",
    "scipy",
    "jieba",
    "training",
})

ALLOWED = {
    ("numpy", "pickle"): "for np.load(allow_pickle=True); every load here says False",
    ("numpy", "yaml"): "prints how numpy was built, on request; not installed here",
    ("msgspec", "yaml"): "reads YAML on request; nobody requests it here",
    ("typing_extensions", "eval"): "evaluates annotations on request; nobody requests it here",
    ("google", "pickle"): "raises its error, to refuse pickling; nothing is loaded",
}
"""Package and thing -> why it may stand there. The standard library is not looked through: named
tuples, data classes and imports are made by exec and marshal; the events below watch it at work.
"""

WATCH = """
import atexit, json, os, sys

events = {}


def hook(event, arguments):
    if event in ("pickle.find_class", "marshal.load"):
        events[event] = events.get(event, 0) + 1


def tell():
    files = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
    with open(os.environ["WATCH_OUTPUT"], "w") as output:
        json.dump({"files": files, "events": events}, output)


sys.addaudithook(hook)
atexit.register(tell)
"""
"""Runs before the server's own program, as ``sitecustomize``; the program itself is unchanged."""


@dataclass(frozen=True)
class Loaded:
    """What a server process had loaded when it ended.

    Attributes:
        files: Module -> its file, if it has one.
        events: Audit event of Python -> how often it came.
    """

    files: dict[str, str | None]
    events: dict[str, int]

    def packages(self) -> set[str]:
        """Names of what was loaded, without what is inside."""
        return {name.partition(".")[0] for name in self.files}


@pytest.fixture(scope="module")
def loaded(bundle_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """A server with TLS, tokens, a registry and a decision log that answered every kind of call."""
    folder = tmp_path_factory.mktemp("watched")
    authority = issue("authority")
    issue("server", authority).write(folder / "c.pem", folder / "k.pem")
    text, token = new_token("x", [Role.CLASSIFY])
    add_token(folder / "tokens", token)
    with start_server(
        bundle_folder,
        **watched(folder),
        WURAO_TLS_CERTIFICATE=str(folder / "c.pem"),
        WURAO_TLS_KEY=str(folder / "k.pem"),
        WURAO_TOKENS=str(folder / "tokens"),
        WURAO_DECISION_LOG=str(folder / "decisions"),
        WURAO_DECISION_KEYS=str(folder / "registry.keys"),
        **new_registry(folder),
    ) as server:
        ask_everything(server.address, authority.certificate_pem, text)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=20) == 0
    return read_loaded(folder)


def watched(folder: Path) -> dict[str, str]:
    """Return the environment of a server that tells there what it had loaded."""
    (folder / "sitecustomize.py").write_text(WATCH, "utf-8")
    return {"PYTHONPATH": str(folder), "WATCH_OUTPUT": str(folder / "loaded.json")}


def read_loaded(folder: Path) -> Loaded:
    """Return what it told."""
    return Loaded(**json.loads((folder / "loaded.json").read_text("utf-8")))


def ask_everything(address: str, authority: bytes, token: str) -> None:
    """Make every kind of call, well and badly."""
    credentials = grpc.composite_channel_credentials(
        grpc.ssl_channel_credentials(authority), grpc.access_token_call_credentials(token)
    )
    with grpc.secure_channel(address, credentials) as channel:
        stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
        request = pb.ClassifyRequest(turn=pb.Turn(text="你们这样我要考虑一下要不要投诉"))
        contact = subjects_pb2.Contact(subject=subjects_pb2.Subject(value="138 0013 8000"))
        heard_at = pb.ClassifyRequest(turn=pb.Turn(text="以后别再打了"), contact=contact)
        assert stub.Classify(heard_at).recorded.opt_out_id
        stub.Classify(request)
        stub.ClassifyBatch(pb.ClassifyBatchRequest(requests=[request, pb.ClassifyRequest()]))
        heard = pb.ClassifyStreamRequest(hypothesis=pb.Hypothesis(text="别打了", final=True))
        list(stub.ClassifyStream(iter([heard])))
        stub.GetModel(pb.GetModelRequest())
        list(ProtoReflectionDescriptorDatabase(channel).get_services())
        with pytest.raises(grpc.RpcError):
            stub.Classify(pb.ClassifyRequest())


def uses(path: str) -> Iterator[str]:
    """Yield the names of `LOADERS` that a source file imports and of `CALLS` that it calls."""
    with warnings.catch_warnings(action="ignore"):  # old escapes in other people's sources
        tree = ast.parse(Path(path).read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in CALLS:
                yield node.func.id
        elif isinstance(node, ast.Import):
            yield from (a.name.partition(".")[0] for a in node.names if a.name in LOADERS)
        elif isinstance(node, ast.ImportFrom) and node.module in LOADERS:
            yield node.module


def test_the_scan_sees_what_it_looks_for(tmp_path: Path) -> None:
    """A file that does each thing in some disguise is caught."""
    file = tmp_path / "bad.py"
    lines = ["import pickle as p", "from yaml import load", "def f(x):", "    import marshal"]
    file.write_text("\n".join([*lines, "    return eval(x)", "exec('1')"]), "utf-8")
    assert set(uses(str(file))) == {"pickle", "yaml", "marshal", "eval", "exec"}


def test_nothing_loaded_runs_code_out_of_data(loaded: Loaded) -> None:
    """No pickle, marshal, YAML, eval or exec in any module loaded, but for the reasons stated."""
    assert len(loaded.files) > 300
    found = {
        (name.partition(".")[0], what)
        for name, path in loaded.files.items()
        if path and path.endswith(".py") and name.partition(".")[0] not in sys.stdlib_module_names
        if not path.endswith("sitecustomize.py")
        for what in uses(path)
    }
    assert found == set(ALLOWED), "mend it, or say in ALLOWED why it is harmless"


def test_what_training_needs_is_not_loaded(loaded: Loaded) -> None:
    """Neither training nor what it brings, and no loader of the dangerous kind."""
    assert {"classifier", "grpc", "numpy", "cryptography"} <= loaded.packages()
    assert not loaded.packages() & NEVER


def test_no_pickle_was_opened(loaded: Loaded) -> None:
    """Python's own audit events: no class was looked up by a pickle, no file read by marshal."""
    assert loaded.events == {}


def test_a_server_without_a_registry_takes_no_memory_for_one(
    bundle_folder: Path, tmp_path: Path
) -> None:
    """Neither the registry nor what it needs is loaded, before a call that asks for it or after."""
    with start_server(bundle_folder, **watched(tmp_path)) as server:
        with grpc.insecure_channel(server.address) as channel:
            contact = subjects_pb2.Contact(subject=subjects_pb2.Subject(value="138 0013 8000"))
            asked = pb.ClassifyRequest(turn=pb.Turn(text="以后别再打了"), contact=contact)
            with pytest.raises(grpc.RpcError, match="no opt-out registry"):
                classifier_pb2_grpc.ClassifierServiceStub(channel).Classify(asked)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=20) == 0
    loaded = read_loaded(tmp_path)
    assert not loaded.packages() & {"cryptography", "phonenumbers", "sqlite3"}
    assert "classifier.optouts.registry" not in loaded.files
