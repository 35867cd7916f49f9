"""The blocking and the asynchronous client, against a real server."""

import asyncio
import contextlib
import doctest
import io
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from wurao.v1 import classifier_pb2 as pb

from classifier.client import async_client, client
from classifier.client.async_client import AsyncClient
from classifier.client.client import Client
from classifier.errors import CallError, InvalidTurnError
from classifier.turn_classifier import TurnClassifier
from classifier.turns import Action, Channel, ContextTurn, Label, Speaker, Turn
from tests.conftest import ROOT
from tests.server_process import free_port, start_server

SAID = "我的电话是13800138000，以后别再打了"
PAGE = (ROOT / "docs" / "client.md").read_text("utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
TOO_LONG = "好" * 10_001


def test_a_client_loads_nothing_of_the_server() -> None:
    """Whoever only calls starts fast and needs neither registry nor settings."""
    program = (
        "import sys, classifier.client.async_client, classifier.client.client;"
        "rooms = ('classifier.server', 'classifier.optouts');"
        "print([name for name in sys.modules if name.startswith(rooms)])"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout == "[]\n"


def test_one_turn_is_answered_as_by_the_classifier(
    server_address: str, classifier: TurnClassifier
) -> None:
    """Both clients give the very prediction, context and channel included."""
    turn = Turn("對 取消吧", Channel.CHAT, (ContextTurn(Speaker.BOT, "請問您要取消後續來電嗎"),))

    async def ask() -> object:
        async with AsyncClient(server_address) as asking:
            return await asking.classify(turn)

    with Client(server_address) as asking:
        assert asking.classify(turn) == classifier.classify(turn)
    assert asyncio.run(ask()) == classifier.classify(turn)


def test_more_turns_than_a_call_takes(server_address: str) -> None:
    """A batch of any size comes back whole and in order; none asks nothing."""
    turns = [Turn("好的" if i % 50 else "TD", Channel.SMS) for i in range(2_001)]

    async def ask() -> list[object]:
        async with AsyncClient(server_address, timeout_seconds=30) as asking:
            return list(await asking.classify_batch(turns))

    with Client(server_address, timeout_seconds=30) as asking:
        answers = asking.classify_batch(turns)
        assert asking.classify_batch([]) == []
    assert [answer.label for answer in answers if not isinstance(answer, InvalidTurnError)] == [
        Label.NORMAL if i % 50 else Label.OPT_OUT for i in range(2_001)
    ]
    assert asyncio.run(ask()) == answers


def test_conversation_keeps_its_context(server_address: str) -> None:
    """A bare 對 is understood by what the bot had asked on the same stream."""
    bot = ContextTurn(Speaker.BOT, "請問您是要取消後續來電嗎")

    async def follow() -> list[Label]:
        async with AsyncClient(server_address) as asking, asking.conversation() as talk:
            before = await talk.heard("對", final=False)
            await talk.said(bot)
            return [before.label, (await talk.heard("對")).label]

    with Client(server_address) as asking, asking.conversation() as talk:
        before = talk.heard("對", final=False)
        talk.said(bot)
        labels = [before.label, talk.heard("對").label]
    assert labels == [Label.NORMAL, Label.OPT_OUT]
    assert asyncio.run(follow()) == labels


def test_refused_text_leaves_the_conversation_open(server_address: str) -> None:
    """A turn that breaks a limit is an error of that turn alone."""

    async def follow() -> Action:
        async with AsyncClient(server_address) as asking, asking.conversation() as talk:
            with pytest.raises(InvalidTurnError, match="text: has 10,001 characters"):
                await talk.heard(TOO_LONG)
            return (await talk.heard(SAID)).action

    with Client(server_address) as asking, asking.conversation() as talk:
        with pytest.raises(InvalidTurnError, match="text: is empty"):
            talk.heard(" ")
        assert talk.heard(SAID).action is Action.STOP
    assert asyncio.run(follow()) is Action.STOP


def test_a_conversation_is_heard_as_on_its_channel(server_address: str) -> None:
    """TD is a refusal as an SMS and nothing on the phone; what is no channel is named at once."""

    async def follow(channel: Channel) -> str:
        async with AsyncClient(server_address) as asking, asking.conversation(channel) as talk:
            return (await talk.heard("TD")).rule

    def block(channel: Channel) -> str:
        with Client(server_address) as asking, asking.conversation(channel) as talk:
            return talk.heard("TD").rule

    for ask in (block, lambda channel: asyncio.run(follow(channel))):
        assert [ask(Channel.SMS), ask(Channel.VOICE)] == ["sms_refusal_word", ""]
        with pytest.raises(InvalidTurnError, match="channel: must be a Channel"):
            ask("phone")  # type: ignore[arg-type]


def test_the_model_that_answers_is_told(server_address: str, classifier: TurnClassifier) -> None:
    """Both clients ask which model it is, and get its thresholds."""

    async def ask() -> pb.GetModelResponse:
        async with AsyncClient(server_address) as asking:
            return await asking.model()

    with Client(server_address) as asking:
        model = asking.model()
    assert model.version == classifier.manifest.version
    assert model.thresholds.stop == classifier.thresholds.stop
    assert asyncio.run(ask()) == model


def test_absent_server_is_named_with_a_remedy() -> None:
    """Nobody there: the error says where and what to do, and repeats nothing that was said."""
    address = f"127.0.0.1:{free_port()}"

    async def ask() -> None:
        async with AsyncClient(address) as asking:
            await asking.classify(Turn(SAID))

    for failing in (lambda: asyncio.run(ask()), lambda: Client(address).classify(Turn(SAID))):
        with pytest.raises(CallError) as caught:
            failing()
        assert str(caught.value).startswith(f"{address}: no server answers; start one with")
        assert (caught.value.retry_seconds, caught.value.code) == (None, "UNAVAILABLE")
        assert "13800138000" not in str(caught.value)


def test_a_full_server_says_when_to_come_back(bundle_folder: Path) -> None:
    """What the server asks for reaches the caller of either client; no other failure has it."""
    limit = {"WURAO_CALLS_PER_SECOND": "0.1", "WURAO_CALL_BURST": "1"}

    async def ask(address: str) -> None:
        async with AsyncClient(address) as asking:
            await asking.classify(Turn(SAID))

    with start_server(bundle_folder, **limit) as server, Client(server.address) as asking:
        asking.classify(Turn(SAID))
        for failing in (
            lambda: asking.classify(Turn(SAID)),
            lambda: asyncio.run(ask(server.address)),
        ):
            with pytest.raises(CallError, match="RESOURCE_EXHAUSTED") as caught:
                failing()
            assert caught.value.retry_seconds is not None
            assert 0 < caught.value.retry_seconds <= 10


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_a_deadline_is_a_length_of_time(seconds: float) -> None:
    """Anything else is refused before it is used."""
    for kind in (Client, AsyncClient):
        with pytest.raises(CallError, match=r"timeout_seconds: must be above 0 and at most 86,400"):
            kind("127.0.0.1:1", timeout_seconds=seconds)


def test_silent_server_costs_no_more_than_the_deadline(silent_address: str) -> None:
    """Calls and conversations give up in time."""

    async def follow() -> None:
        async with (
            AsyncClient(silent_address, timeout_seconds=0.3) as asking,
            asking.conversation() as talk,
        ):
            await talk.heard(SAID)

    def block() -> None:
        with Client(silent_address, timeout_seconds=0.3) as asking, asking.conversation() as talk:
            talk.heard(SAID)

    for failing, told in (
        (lambda: asyncio.run(follow()), "no answer in 0.3 s"),
        (block, "no answer in 0.3 s"),
        (
            lambda: Client(silent_address, timeout_seconds=0.3).classify(Turn(SAID)),
            "DEADLINE_EXCEEDED",
        ),
    ):
        began = time.monotonic()
        with pytest.raises(CallError, match=told):
            failing()
        assert time.monotonic() - began < 3


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_of_the_page_runs(example: str, server_address: str, tmp_path: Path) -> None:
    """Each example works as it is printed, and says what the page says."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(  # ruff: ignore[exec-builtin]
            compile(example.replace("127.0.0.1:50051", server_address), "client.md", "exec"),
            {"__name__": "example"},
        )
    expected = {"classify(": "opt_out stop\n", "batch": "opt_out", "follow": "say goodbye"}
    assert any(word in example and said in printed.getvalue() for word, said in expected.items())


@pytest.mark.parametrize("module", [client, async_client])
def test_example_of_the_class_runs(module: object, server_address: str) -> None:
    """The docstrings' examples work as they stand."""
    names = {"Turn": Turn, "asyncio": asyncio} | vars(module)
    for test in doctest.DocTestFinder().find(module, extraglobs=names):
        for example in test.examples:
            example.source = example.source.replace("127.0.0.1:50051", server_address)
        assert doctest.DocTestRunner().run(test).failed == 0
