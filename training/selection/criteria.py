"""What makes a turn worth labelling: the model wavers, or the rule floor says otherwise."""

from classifier.rule_floor import RuleFloor
from classifier.text.fold import fold
from classifier.turns import LABELS, Label, Turn
from training.selection.candidates import CandidateAnswer

_TELLING_REPLY_CHARACTERS = 2


def uncertainty(answer: CandidateAnswer) -> float:
    """Return how near the two likeliest labels are: 1 where they are even, 0 where one is certain.

    Margin sampling, after Scheffer, Decomain and Wrobel (2001). What a rule decided is certain.

    Args:
        answer: What the model says.
    """
    if answer.rule:
        return 0.0
    second, first = sorted(answer.scores)[1:]
    return 1.0 - (first - second)


def why_uncertain(answer: CandidateAnswer) -> str:
    """Return the two likeliest labels with their probabilities.

    Args:
        answer: What the model says.
    """
    ranked = sorted(zip(answer.scores, LABELS, strict=True), reverse=True)
    (first, label), (second, other) = ranked[:2]
    return f"{label} {first:.2f} against {other} {second:.2f}"


class FloorDisagreement:
    """Holds the model against the rule floor of its bundle, in both directions."""

    def __init__(self, floor: RuleFloor, stop: float) -> None:
        """Read the replies of all rules.

        Args:
            floor: Of the bundle.
            stop: From which probability on the model alone says opt_out.
        """
        self._stop = stop
        self._replies = {
            (channel, reply)
            for rule in floor.rules
            for channel in rule.channels
            for reply in rule.replies
            if len(reply) >= _TELLING_REPLY_CHARACTERS
        }

    def find(self, turn: Turn, answer: CandidateAnswer) -> tuple[float, str]:
        """Return how far they are apart, from 0 to 1, and why; 0 where they agree.

        Args:
            turn: The turn.
            answer: What the model says of it.
        """
        doubt = 1.0 - answer.scores[0]
        if answer.rule:
            said = f"rule {answer.rule} says opt_out, the model {answer.scores[0]:.2f}"
            return (doubt, said) if answer.scores[0] < self._stop else (0.0, "")
        if answer.label is Label.OPT_OUT:
            return 0.0, ""
        clauses = fold(turn.text).clauses
        word = next((c for c in clauses if (turn.channel, c) in self._replies), "")
        said = f"{word} in it is an opt-out when it stands alone; the model {answer.scores[0]:.2f}"
        return (doubt, said) if word else (0.0, "")
