"""What is heard on a line counts, whenever it is cut."""

import asyncio
from collections.abc import Awaitable

import pytest
from wurao.v1 import classifier_pb2 as pb
from wurao.v1.subjects_pb2 import Contact

from classifier.server.conversation import Conversation
from classifier.turn_classifier import TurnClassifier
from classifier.turns import Label, Prediction, Turn

PLAIN, ORDINARY = "以后别再打电话给我了", "嗯 好的"


def heard(text: str, *, final: bool, turn_id: str = "") -> pb.ClassifyStreamRequest:
    """Return a message with a hypothesis."""
    hypothesis = pb.Hypothesis(turn_id=turn_id, text=text, final=final)
    return pb.ClassifyStreamRequest(hypothesis=hypothesis)


class Line:
    """A conversation with a classifier whose reading and keeping can be held up."""

    def __init__(self, classifier: TurnClassifier, held: str = "") -> None:
        """Hold up `predict`, `keep` or nothing."""
        self.kept: list[tuple[str, Label]] = []
        self.reached, self.let_go = asyncio.Event(), asyncio.Event()
        self._classifier, self._held = classifier, held
        first = pb.ClassifyStreamRequest(contact=Contact())
        self.conversation = Conversation(first, self._predict, self._keep)

    async def _predict(self, turn: Turn) -> Prediction:
        await self._pass("predict")
        return self._classifier.classify(turn)

    async def _keep(
        self, turn: Turn, _id: str, prediction: Prediction, _us: int
    ) -> pb.Recorded | None:
        await self._pass("keep")
        self.kept.append((turn.text, prediction.label))
        return pb.Recorded(opt_out_id="1") if prediction.label is Label.OPT_OUT else None

    async def _pass(self, place: str) -> None:
        if place == self._held:
            self.reached.set()
            await self.let_go.wait()


async def cut(line: Line, hearing: Awaitable[object]) -> None:
    """Cut a line while the server is at what was heard, and let it go on."""
    task = asyncio.ensure_future(hearing)
    await line.reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    line.let_go.set()
    await line.conversation.end()


@pytest.mark.parametrize(("held", "final"), [("predict", False), ("predict", True), ("keep", True)])
def test_what_is_heard_counts_wherever_the_line_is_cut(
    classifier: TurnClassifier, held: str, final: bool
) -> None:
    """While it is read or written down too; once, and no longer after it."""

    async def run() -> None:
        line = Line(classifier, held)
        await cut(line, line.conversation.hear(heard(PLAIN, final=final)))
        assert line.kept == [(PLAIN, Label.OPT_OUT)]

    asyncio.run(run())


def test_a_turn_before_is_kept_though_the_line_is_cut_meanwhile(
    classifier: TurnClassifier,
) -> None:
    """The next turn ends it; both count."""

    async def run() -> None:
        line = Line(classifier, "keep")
        await line.conversation.hear(heard(PLAIN, final=False, turn_id="1"))
        await cut(line, line.conversation.hear(heard(ORDINARY, final=False, turn_id="2")))
        assert line.kept == [(PLAIN, Label.OPT_OUT), (ORDINARY, Label.NORMAL)]

    asyncio.run(run())


@pytest.mark.parametrize("turn_id", ["", "1"])
def test_a_refused_final_hypothesis_ends_its_turn(classifier: TurnClassifier, turn_id: str) -> None:
    """The last good one of the turn counts, and the next turn does not take it back."""

    async def run() -> None:
        line = Line(classifier)
        await line.conversation.hear(heard(PLAIN, final=False, turn_id=turn_id))
        refused = await line.conversation.hear(heard("", final=True, turn_id=turn_id))
        assert refused is not None
        assert refused.error.violations[0].field == "hypothesis.text"
        assert refused.recorded.opt_out_id
        await line.conversation.hear(heard(ORDINARY, final=True, turn_id=turn_id))
        await line.conversation.end()
        assert line.kept == [(PLAIN, Label.OPT_OUT), (ORDINARY, Label.NORMAL)]

    asyncio.run(run())


def test_what_another_turn_left_is_not_told_as_this_ones(classifier: TurnClassifier) -> None:
    """A refused final hypothesis ends the turn before it; a bot files records by their turns."""

    async def run() -> None:
        line = Line(classifier)
        await line.conversation.hear(heard(PLAIN, final=False, turn_id="1"))
        refused = await line.conversation.hear(heard("", final=True, turn_id="2"))
        assert refused is not None
        assert not refused.HasField("recorded")
        assert line.kept == [(PLAIN, Label.OPT_OUT)]

    asyncio.run(run())
