"""Audit lines of refusals that depend on a field of the request, asked of a real server."""

import signal
from pathlib import Path

import grpc
import pytest
from wurao.v1 import optouts_pb2, optouts_pb2_grpc
from wurao.v1.subjects_pb2 import Subject

from classifier.server.security.permissions import Role
from classifier.server.security.token_file import add_token
from classifier.server.security.tokens import new_token
from tests.new_registry import new_registry
from tests.server_process import start_server


def test_a_look_without_the_role_has_an_audit_line(bundle_folder: Path, tmp_path: Path) -> None:
    """Though the role is asked for by a field of the request; no number is in it."""
    text, token = new_token("nosy", [Role.REGISTRY_READ])
    add_token(tmp_path / "tokens", token)
    settings = new_registry(tmp_path) | {
        "WURAO_TOKENS": str(tmp_path / "tokens"),
        "WURAO_LOG_LEVEL": "error",
    }
    look = optouts_pb2.GetSubjectRequest(subject=Subject(value="13800138000"), reveal=True)
    with start_server(bundle_folder, **settings) as server:
        with grpc.insecure_channel(server.address) as channel:
            stub = optouts_pb2_grpc.OptOutServiceStub(channel)
            with pytest.raises(grpc.RpcError) as caught:
                stub.GetSubject(look, metadata=(("authorization", f"Bearer {text}"),))
        server.process.send_signal(signal.SIGTERM)
        log = server.process.communicate()[1]
    assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED
    who = f"reason=WRONG_ROLE caller=nosy token_id={token.id} machine=127.0.0.1 times=1"
    assert f"refused method=/wurao.v1.OptOutService/GetSubject {who}" in log
    assert "13800138000" not in log
