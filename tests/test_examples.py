"""The plain hook of examples/, against a real server; the adapters have `make adapters`."""

import asyncio
import os
import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from wurao.v1.optouts_pb2 import CheckContactsRequest
from wurao.v1.subjects_pb2 import Contact, Subject

from classifier.client.async_client import AsyncClient
from classifier.errors import CallError
from classifier.turns import Action
from examples import turn_hook
from examples.turn_hook import GOODBYE, TurnHook, wait_for_records
from tests.conftest import ROOT
from tests.new_registry import new_registry
from tests.postgres_server import PostgresServer, stoppable_postgres
from tests.server_process import free_port, start_server

_ONLY_LOCKED = """
import sys
from importlib import metadata

known, locked = metadata.packages_distributions(), {"wurao", *sys.argv[1:]}

class OnlyLocked:
    def find_spec(self, name, path=None, target=None):
        homes = {home.lower().replace("_", "-") for home in known.get(name.partition(".")[0], ())}
        if homes and not homes & locked:
            raise ModuleNotFoundError(f"{name} is not in the lock", name=name)

sys.meta_path.insert(0, OnlyLocked())
import classifier.client.client, classifier.client.async_client
"""


def test_talk_of_the_example_ends_with_a_goodbye(server_address: str) -> None:
    """The example as a reader would run it."""
    result = subprocess.run(
        [sys.executable, "-m", "examples.turn_hook"],
        cwd=ROOT,
        env=os.environ | {"WURAO_ADDRESS": server_address},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.splitlines()[-1] == GOODBYE


def test_hook_remembers_what_the_bot_asked(server_address: str) -> None:
    """A bare 對 is obeyed after the question, and is talk before it."""

    async def talk() -> list[Action]:
        async with AsyncClient(server_address) as client:
            hook = TurnHook(client)
            before = await hook.user_said("對")
            hook.bot_said("請問您是要取消後續來電嗎")
            return [before, await hook.user_said("對"), await hook.user_said("  ")]

    assert asyncio.run(talk()) == [Action.CONTINUE, Action.STOP, Action.CONTINUE]


def test_hook_that_knows_the_contact_records_before_it_says_goodbye(
    bundle_folder: Path, tmp_path: Path
) -> None:
    """The next campaign is told no; a hook without a contact only asks."""
    who = [Subject(value="13800138000"), Subject(value="13900139000")]

    async def talk(address: str) -> list[bool]:
        async with AsyncClient(address, timeout_seconds=30) as client:
            known = Contact(subject=who[0], call_reference="call-7")
            for contact in (known, None):
                hook = TurnHook(client, contact=contact)
                assert await hook.user_said("以后别再打了") is Action.STOP
            checked = CheckContactsRequest(subjects=who)
            answer = await client.opt_outs.CheckContacts(checked)
            return [one.answer.allowed for one in answer.results]

    with start_server(bundle_folder, **new_registry(tmp_path)) as server:
        assert asyncio.run(talk(server.address)) == [False, True]


@pytest.mark.parametrize("pause", [1, 3_600])
def test_opt_out_is_obeyed_while_the_registry_is_away_and_recorded_when_it_is_back(
    bundle_folder: Path, tmp_path: Path, pause: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bot stops at once, and the next campaign is told no as soon as anybody can know.

    However long it would pause by itself: who waits for what is not recorded yet has it tried.
    """
    monkeypatch.setattr(turn_hook, "_FIRST_PAUSE_SECONDS", pause)
    who = Subject(value="13800138000")

    async def talk(address: str, postgres: PostgresServer) -> list[bool]:
        async with AsyncClient(address, timeout_seconds=30) as client:
            hook = TurnHook(client, contact=Contact(subject=who, call_reference="call-7"))
            assert await hook.user_said("喂 你好") is Action.CONTINUE
            postgres.stop()
            assert await hook.user_said("以后别再打了") is Action.STOP
            assert await wait_for_records(0) == 1
            postgres.start()
            assert await wait_for_records(300) == 0
            answer = await client.opt_outs.CheckContacts(CheckContactsRequest(subjects=[who]))
            return [one.answer.allowed for one in answer.results]

    with stoppable_postgres() as postgres:
        variables = new_registry(tmp_path, postgres.url)
        with start_server(bundle_folder, **variables) as server:
            assert asyncio.run(talk(server.address, postgres)) == [False]


@pytest.mark.parametrize(
    ("code", "reason", "passes"),
    [
        ("UNAVAILABLE", "STORE_UNAVAILABLE", True),
        ("INTERNAL", "", True),
        ("FAILED_PRECONDITION", "KEY_MISSING", True),
        ("FAILED_PRECONDITION", "REGISTRY_NOT_CONFIGURED", False),
        ("PERMISSION_DENIED", "WRONG_ROLE", False),
    ],
)
def test_what_may_pass_is_tried_again(code: str, reason: str, passes: bool) -> None:
    """A key file that lags behind a rotation is mended by somebody; a missing registry is not."""
    assert turn_hook._may_pass(CallError("no", reason=reason, code=code)) is passes


def test_contact_that_cannot_be_recorded_makes_no_hook_deaf(
    server_address: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Asked of a server without a registry, the hook obeys, and nothing waits to be sent again."""

    async def talk() -> Action:
        async with AsyncClient(server_address, timeout_seconds=30) as client:
            contact = Contact(subject=Subject(value="13800138000"), call_reference="call-7")
            action = await TurnHook(client, contact=contact).user_said("以后别再打了")
            assert await wait_for_records(0) == 0
            return action

    assert asyncio.run(talk()) is Action.STOP
    assert "not recorded" in caplog.text


def test_turn_that_no_server_heard_is_recorded_once_one_is_there(
    bundle_folder: Path, tmp_path: Path
) -> None:
    """A bot that goes on in an outage does not forget what was said to it."""
    who = Subject(value="13800138000")

    async def talk(address: str, server: ExitStack) -> list[bool]:
        async with AsyncClient(address, timeout_seconds=30) as client:
            hook = TurnHook(client, contact=Contact(subject=who, call_reference="call-7"))
            assert await hook.user_said("以后别再打了") is Action.CONTINUE
            server.enter_context(
                start_server(bundle_folder, address=address, **new_registry(tmp_path))
            )
            assert await wait_for_records(300) == 0
            answer = await client.opt_outs.CheckContacts(CheckContactsRequest(subjects=[who]))
            return [one.answer.allowed for one in answer.results]

    with ExitStack() as server:
        assert asyncio.run(talk(f"127.0.0.1:{free_port()}", server)) == [False]


def test_what_a_program_ends_without_recording_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """Who forgets to wait finds it in the log."""
    contact = Contact(subject=Subject(value="13800138000"), call_reference="call-7")

    async def talk() -> None:
        async with AsyncClient(f"127.0.0.1:{free_port()}") as client:
            await TurnHook(client, contact=contact).user_said("以后别再打了")
            assert await wait_for_records(0) == 1

    asyncio.run(talk())
    assert "the program ends, a turn of a contact is not recorded" in caplog.text


@pytest.mark.parametrize("before", ["保险条款如下" * 1_700, "好的\ud83d"])
def test_no_text_makes_the_hook_deaf(before: str, server_address: str) -> None:
    """Neither a long one nor half a character, of the bot or of the subject, hides an opt-out."""

    async def talk() -> list[Action]:
        async with AsyncClient(server_address, timeout_seconds=30) as client:
            hook = TurnHook(client)
            hook.bot_said(before)
            return [
                await hook.user_said("以后别再打了"),
                await hook.user_said(f"{before} 别再打了"),
            ]

    assert asyncio.run(talk()) == [Action.STOP, Action.STOP]


def test_hook_goes_on_without_a_server(caplog: pytest.LogCaptureFixture) -> None:
    """A bot never falls silent because we are away, and the log tells of it."""

    async def talk() -> Action:
        async with AsyncClient(f"127.0.0.1:{free_port()}") as client:
            return await TurnHook(client).user_said("以后别再打了")

    assert asyncio.run(talk()) is Action.CONTINUE
    assert "not asked, the talk goes on" in caplog.text


def test_platforms_have_what_a_client_loads() -> None:
    """`make adapters` installs no package of ours, so its lock names what the clients import."""
    lock = (ROOT / "requirements-adapters.lock").read_text("utf-8")
    locked = re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)
    command = [sys.executable, "-c", _ONLY_LOCKED, *locked]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr


def test_stubs_made_anew_are_those_that_a_bot_loads(server_address: str, tmp_path: Path) -> None:
    """The steps of the README one after another, but that what pip would install is there."""
    for name in ("classifier", "examples", "protos"):
        (tmp_path / name).symlink_to(ROOT / name)
    readme = (ROOT / "examples" / "README.md").read_text("utf-8")
    (steps,) = re.findall(r"^```\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    assert "python -m pip install --no-deps .\n" in steps
    told = re.sub(r"^python -m pip .+\n", "", steps, flags=re.MULTILINE)
    where = "PYTHONPATH=stubs:protos python -c 'from wurao.v1 import classifier_pb2 as a; print(a)'"
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    ran = subprocess.run(
        ["/bin/sh", "-e", "-c", f"{told}{where}"],
        cwd=tmp_path,
        env=os.environ | {"WURAO_ADDRESS": server_address, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    goodbye, loaded = ran.stdout.splitlines()[-2:]
    assert goodbye == GOODBYE
    assert "/stubs/wurao/v1/" in loaded
