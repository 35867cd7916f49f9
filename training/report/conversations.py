"""Whole conversations, as far as the frozen turns hold them: at which turn the stop was heard.

A labelled turn carries what was said before it. Where one labelled turn of a scene is the context
of a later one, both belong to one conversation. Turns of the subject that stand in a context only
have no label; they are asked about too, and an opt-out is taken to be first said at the first turn
that is labelled so.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from classifier.turn_classifier import TurnClassifier
from classifier.turns import Action, ContextTurn, Label, Speaker, Turn
from training.answers import Answer
from training.report.headline import Rate, rate

_Said = tuple[ContextTurn, ...]


@dataclass(frozen=True, slots=True)
class Conversation:
    """What the subject says in one conversation, turn by turn.

    Attributes:
        group: The scene.
        turns: Each turn of the subject with all that was said before.
        labels: Their labels; None for a turn without one.
    """

    group: str
    turns: tuple[Turn, ...]
    labels: tuple[Label | None, ...]

    @property
    def asked_at(self) -> int | None:
        """Place of the first turn labelled opt_out; None where there is none."""
        return self.labels.index(Label.OPT_OUT) if Label.OPT_OUT in self.labels else None


@dataclass(frozen=True, slots=True)
class ConversationScores:
    """How the model does on conversations.

    Attributes:
        conversations: How many there are.
        longer: How many hold two or more turns of the subject.
        unlabelled_turns: Turns of the subject, in longer ones, that have no label.
        missed: Conversations with an opt-out and no stop, of those with an opt-out.
        false_stops: Conversations without an opt-out and with a stop, of those without one.
        longer_missed: The same as `missed`, of the longer ones.
        longer_false_stops: The same as `false_stops`, of the longer ones.
        heard_after: In longer conversations with an opt-out: turns from the request to the stop ->
            how often; negative where the stop came before the labelled request, ``never`` apart.
    """

    conversations: int
    longer: int
    unlabelled_turns: int
    missed: Rate
    false_stops: Rate
    longer_missed: Rate
    longer_false_stops: Rate
    heard_after: dict[str, int]


def find_conversations(answers: Sequence[Answer]) -> list[Conversation]:
    """Return the conversations that labelled turns make up, in the order of their last turns.

    Args:
        answers: To one split.
    """
    said = {_said(answer): answer for answer in answers}
    followed = {
        (group, known[:size])
        for group, known in said
        for size in range(1, len(known))
        if (group, known[:size]) in said
    }
    return [_conversation(answer, said) for place, answer in said.items() if place not in followed]


def score_conversations(
    classifier: TurnClassifier, answers: Sequence[Answer]
) -> ConversationScores:
    """Play each conversation and see where it is stopped.

    Args:
        classifier: Asked about the turns without a label.
        answers: To one split.
    """
    known = {answer.turn.turn: answer.prediction.action for answer in answers}
    conversations = find_conversations(answers)
    stops: list[int | None] = []
    for conversation in conversations:
        actions = [known.get(t) or classifier.classify(t).action for t in conversation.turns]
        stops.append(actions.index(Action.STOP) if Action.STOP in actions else None)
    played = list(zip(conversations, stops, strict=True))
    longer = [(c, stop) for c, stop in played if len(c.turns) > 1]
    return ConversationScores(
        conversations=len(played),
        longer=len(longer),
        unlabelled_turns=sum(c.labels.count(None) for c, _stop in longer),
        missed=_missed(played),
        false_stops=_false_stops(played),
        longer_missed=_missed(longer),
        longer_false_stops=_false_stops(longer),
        heard_after=_delays(longer),
    )


_Played = Sequence[tuple[Conversation, int | None]]


def _missed(played: _Played) -> Rate:
    wanting = [(c, stop) for c, stop in played if c.asked_at is not None]
    return rate([stop is None for _c, stop in wanting], [c.group for c, _stop in wanting])


def _false_stops(played: _Played) -> Rate:
    ordinary = [(c, stop) for c, stop in played if c.asked_at is None]
    return rate([stop is not None for _c, stop in ordinary], [c.group for c, _stop in ordinary])


def _delays(played: _Played) -> dict[str, int]:
    counts = Counter(
        None if stop is None else stop - c.asked_at for c, stop in played if c.asked_at is not None
    )
    measured = sorted(delay for delay in counts if delay is not None)
    return {str(delay): counts[delay] for delay in measured} | {"never": counts[None]}


def _said(answer: Answer) -> tuple[str, _Said]:
    turn = answer.turn.turn
    return answer.turn.group, (*turn.context, ContextTurn(Speaker.USER, turn.text))


def _conversation(answer: Answer, said: dict[tuple[str, _Said], Answer]) -> Conversation:
    group, everything = _said(answer)
    turns: list[Turn] = []
    labels: list[Label | None] = []
    for place, line in enumerate(everything):
        if line.speaker is not Speaker.USER:
            continue
        known = said.get((group, everything[: place + 1]))
        if known is not None:
            turns.append(known.turn.turn)
            labels.append(known.turn.label)
        elif line.text.strip():
            turns.append(Turn(line.text, answer.turn.turn.channel, everything[:place]))
            labels.append(None)
    return Conversation(group, tuple(turns), tuple(labels))
