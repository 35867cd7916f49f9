"""Tokens, roles and allowances, asked of a real server."""

import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)
from grpc_status import rpc_status
from wurao.v1 import classifier_pb2 as pb
from wurao.v1 import classifier_pb2_grpc

from classifier.server.security.permissions import Role
from classifier.server.security.token_file import add_token, remove_token
from classifier.server.security.tokens import new_token
from tests.classifier.server.test_app import failed_start
from tests.server_process import ServerProcess, start_server

REQUEST = pb.ClassifyRequest(turn=pb.Turn(text="以后别再打了"))


@dataclass(frozen=True)
class Guarded:
    """A server that asks for tokens, and the tokens by role."""

    server: ServerProcess
    file: Path
    tokens: dict[Role, str]
    ids: dict[Role, str]


@pytest.fixture(scope="module")
def guarded(bundle_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """One server with one token a role."""
    file = tmp_path_factory.mktemp("access") / "tokens"
    made = {role: new_token(f"the-{role}", [role]) for role in Role}
    for _text, token in made.values():
        add_token(file, token)
    texts = {role: text for role, (text, _token) in made.items()}
    ids = {role: token.id for role, (_text, token) in made.items()}
    with start_server(bundle_folder, WURAO_TOKENS=str(file)) as server:
        yield Guarded(server, file, texts, ids)


def with_token(text: str) -> tuple[tuple[str, str], ...]:
    """Return the metadata of a call with a token."""
    return (("authorization", f"Bearer {text}"),)


def reason_of(error: grpc.RpcError) -> str:
    """Return the reason of the ErrorInfo that came with an error."""
    assert isinstance(error, grpc.Call)
    status = rpc_status.from_call(error)
    assert status is not None
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    assert info.domain == "wurao"
    return info.reason


def refusal(
    address: str, metadata: tuple[tuple[str, str], ...], text: str = "好"
) -> tuple[str, str]:
    """Return code and reason of a refused Classify."""
    with grpc.insecure_channel(address) as channel:
        stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
        with pytest.raises(grpc.RpcError) as caught:
            stub.Classify(pb.ClassifyRequest(turn=pb.Turn(text=text)), metadata=metadata, timeout=5)
    return caught.value.code().name, reason_of(caught.value)


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds, at most five seconds."""
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_right_role_is_answered(guarded: Guarded) -> None:
    """Unary, batch and stream; whatever the case of the scheme."""
    with grpc.insecure_channel(guarded.server.address) as channel:
        stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
        token = guarded.tokens[Role.CLASSIFY]
        answer = stub.Classify(REQUEST, metadata=(("authorization", f"bEARER {token}"),))
        assert answer.prediction.label == pb.LABEL_OPT_OUT
        batch = pb.ClassifyBatchRequest(requests=[REQUEST])
        assert len(stub.ClassifyBatch(batch, metadata=with_token(token)).results) == 1
        heard = pb.ClassifyStreamRequest(hypothesis=pb.Hypothesis(text="喂"))
        assert len(list(stub.ClassifyStream(iter([heard]), metadata=with_token(token)))) == 1
        for text in guarded.tokens.values():
            assert stub.GetModel(pb.GetModelRequest(), metadata=with_token(text)).version


def test_nobody_without_a_known_token_is_let_in(guarded: Guarded) -> None:
    """UNAUTHENTICATED with the reason, also for two tokens and other schemes."""
    address, token = guarded.server.address, guarded.tokens[Role.CLASSIFY]
    unknown = new_token("x", [Role.CLASSIFY])[0]
    assert refusal(address, ()) == ("UNAUTHENTICATED", "NO_TOKEN")
    for metadata in (
        with_token(unknown),
        with_token(token[:-1]),
        with_token(""),
        (("authorization", token),),
        (("authorization", f"Basic {token}"),),
        with_token(token) + with_token(unknown),
    ):
        assert refusal(address, metadata) == ("UNAUTHENTICATED", "UNKNOWN_TOKEN")


def test_the_wrong_role_is_refused(guarded: Guarded) -> None:
    """PERMISSION_DENIED for each role but the one."""
    for role in set(Role) - {Role.CLASSIFY}:
        answer = refusal(guarded.server.address, with_token(guarded.tokens[role]))
        assert answer == ("PERMISSION_DENIED", "WRONG_ROLE")


def test_a_stream_is_refused_before_it_says_anything(guarded: Guarded) -> None:
    """A caller without a token gets the answer at once, even one that never sends a message."""
    with grpc.insecure_channel(guarded.server.address) as channel:
        stub = classifier_pb2_grpc.ClassifierServiceStub(channel)

        def silence() -> Iterator[pb.ClassifyStreamRequest]:
            time.sleep(3)
            yield from ()

        began = time.monotonic()
        with pytest.raises(grpc.RpcError) as caught:
            next(stub.ClassifyStream(silence(), timeout=2))
        assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
        assert time.monotonic() - began < 2


def test_probes_need_no_token_and_reflection_does(guarded: Guarded) -> None:
    """Kubernetes asks without a token; the contract is shown to holders of one."""
    with grpc.insecure_channel(guarded.server.address) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        status = health.Check(health_pb2.HealthCheckRequest()).status
        assert status == health_pb2.HealthCheckResponse.SERVING
        with pytest.raises(grpc.RpcError) as caught:
            list(ProtoReflectionDescriptorDatabase(channel).get_services())
        assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


def test_reflection_can_be_turned_off(bundle_folder: Path) -> None:
    """The service is then not there, for anyone."""
    with (
        start_server(bundle_folder, WURAO_REFLECTION="false") as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        with pytest.raises(grpc.RpcError) as caught:
            list(ProtoReflectionDescriptorDatabase(channel).get_services())
        assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_tokens_change_without_a_restart(guarded: Guarded) -> None:
    """A new token is let in and a revoked one refused, soon, by the same process."""
    text, token = new_token("late", [Role.CLASSIFY])
    assert refusal(guarded.server.address, with_token(text))[1] == "UNKNOWN_TOKEN"
    add_token(guarded.file, token)
    with grpc.insecure_channel(guarded.server.address) as channel:
        stub = classifier_pb2_grpc.ClassifierServiceStub(channel)

        def let_in() -> bool:
            try:
                stub.Classify(REQUEST, metadata=with_token(text))
            except grpc.RpcError:
                return False
            return True

        wait_for(let_in)
        remove_token(guarded.file, token.id)
        wait_for(lambda: not let_in())


def test_a_token_expires_while_the_server_runs(bundle_folder: Path, tmp_path: Path) -> None:
    """Let in until its time, then told what a stranger is told; the audit line says the rest."""
    file, changed = tmp_path / "tokens", tmp_path / "changed"
    (text, token), (stays, other) = (new_token(name, [Role.CLASSIFY]) for name in ("bot", "qa"))
    for known in (token, other):
        add_token(file, known)
    with (
        start_server(bundle_folder, WURAO_TOKENS=str(file)) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        stub = classifier_pb2_grpc.ClassifierServiceStub(channel)

        def refused(text: str) -> grpc.RpcError | None:
            try:
                stub.Classify(REQUEST, metadata=with_token(text))
            except grpc.RpcError as error:
                return error
            return None

        assert refused(text) is None
        expires_at = datetime.now(UTC) + timedelta(seconds=1.5)
        for known in (replace(token, expires_at=expires_at), other):
            add_token(changed, known)
        changed.replace(file)
        wait_for(lambda: refused(text) is not None)
        assert datetime.now(UTC) >= expires_at
        expired, unknown = refused(text), refused(new_token("x", [Role.CLASSIFY])[0])
        assert isinstance(expired, grpc.Call)
        assert isinstance(unknown, grpc.Call)
        assert expired.code() is grpc.StatusCode.UNAUTHENTICATED
        assert rpc_status.from_call(expired) == rpc_status.from_call(unknown)
        assert refused(text[:-1]) is not None
        assert refused(stays) is None
        server.process.send_signal(signal.SIGTERM)
        log = server.process.communicate()[1]
    assert f"reason=EXPIRED_TOKEN caller=bot token_id={token.id} machine=127.0.0.1" in log
    assert text.split("_", 2)[2] not in log


def test_a_broken_token_file_stops_the_start(bundle_folder: Path, tmp_path: Path) -> None:
    """A server that was to ask for tokens never runs without them."""
    message = failed_start(bundle_folder, WURAO_TOKENS=str(tmp_path / "none"))
    assert "none: cannot be read" in message
    assert "wurao tokens new" in message


def test_each_refusal_has_an_audit_line(bundle_folder: Path, tmp_path: Path) -> None:
    """Who, what and why, at any level, a flood counted, not repeated; no secret, nothing said."""
    file = tmp_path / "tokens"
    text, token = new_token("reviewer", [Role.REVIEW])
    add_token(file, token)
    unknown = new_token("x", [Role.CLASSIFY])[0]
    settings = {"WURAO_TOKENS": str(file), "WURAO_LOG_LEVEL": "error"}
    with start_server(bundle_folder, **settings) as server:
        refusal(server.address, (), "秘密")
        refusal(server.address, with_token(unknown))
        for _ in range(20):
            refusal(server.address, with_token(text))
        time.sleep(1.2)
        server.process.send_signal(signal.SIGTERM)
        lines = [line for line in server.process.communicate()[1].splitlines() if "refused" in line]
    log = "\n".join(lines)
    method = "method=/wurao.v1.ClassifierService/Classify"
    assert f"{method} reason=NO_TOKEN machine=127.0.0.1 times=1" in log
    assert f"{method} reason=UNKNOWN_TOKEN machine=127.0.0.1 times=1" in log
    who = f"reason=WRONG_ROLE caller=reviewer token_id={token.id} machine=127.0.0.1"
    told = [line for line in lines if f"{method} {who}" in line]
    assert sum(int(line.rpartition("times=")[2].split()[0]) for line in told) == 20
    assert len(told) <= 6
    for secret in (text, unknown, text.split("_", 2)[2], unknown.split("_")[1], "秘密"):
        assert secret not in log


@pytest.mark.parametrize("by_token", [True, False])
def test_a_client_over_its_allowance_is_told_when_to_come_back(
    bundle_folder: Path, tmp_path: Path, by_token: bool
) -> None:
    """RESOURCE_EXHAUSTED with RetryInfo; another token goes on; probes are never refused."""
    file = tmp_path / "tokens"
    texts = []
    for name in ("one", "other"):
        text, token = new_token(name, [Role.CLASSIFY])
        add_token(file, token)
        texts.append(text)
    tokens = {"WURAO_TOKENS": str(file)} if by_token else {}
    limit = {"WURAO_CALLS_PER_SECOND": "0.5", "WURAO_CALL_BURST": "3"}
    with (
        start_server(bundle_folder, **tokens, **limit) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
        for _ in range(3):
            stub.Classify(REQUEST, metadata=with_token(texts[0]))
        with pytest.raises(grpc.RpcError) as caught:
            stub.Classify(REQUEST, metadata=with_token(texts[0]))
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert reason_of(caught.value) == "TOO_MANY_CALLS"
        status, retry = rpc_status.from_call(caught.value), error_details_pb2.RetryInfo()
        assert status.details[1].Unpack(retry)
        assert 0 < retry.retry_delay.ToTimedelta().total_seconds() <= 2
        heard = pb.ClassifyStreamRequest(hypothesis=pb.Hypothesis(text="喂"))
        with pytest.raises(grpc.RpcError) as caught_in_stream:
            list(stub.ClassifyStream(iter([heard]), metadata=with_token(texts[0])))
        assert caught_in_stream.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        if by_token:
            assert stub.Classify(REQUEST, metadata=with_token(texts[1])).prediction.model_version
        health = health_pb2_grpc.HealthStub(channel)
        for _ in range(10):
            health.Check(health_pb2.HealthCheckRequest())
        time.sleep(2.1)
        assert stub.Classify(REQUEST, metadata=with_token(texts[0])).prediction.model_version
