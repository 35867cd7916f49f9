"""The questions of the benchmarks: typical turns of the frozen test, serialised in advance."""

from pathlib import Path

from wurao.v1 import classifier_pb2 as pb

from classifier.messages import request_from_turn
from training.dataset import read_split
from training.goals.cost import typical_turns

_SERVICE = "/wurao.v1.ClassifierService/"
CLASSIFY, CLASSIFY_BATCH = f"{_SERVICE}Classify", f"{_SERVICE}ClassifyBatch"
CLASSIFY_STREAM = f"{_SERVICE}ClassifyStream"


def requests() -> list[pb.ClassifyRequest]:
    """Return up to 400 requests of about 15 characters with one bot turn before."""
    labelled, _problems = read_split(Path("data"), "test")
    return [request_from_turn(turn, str(i)) for i, turn in enumerate(typical_turns(labelled))]


def single_messages() -> list[bytes]:
    """Return each of them as `Classify` takes it."""
    return [request.SerializeToString() for request in requests()]


def batch_messages(turns: int) -> list[bytes]:
    """Return them as `ClassifyBatch` takes them.

    Args:
        turns: In each batch.
    """
    each = requests()
    return [
        pb.ClassifyBatchRequest(requests=each[i : i + turns]).SerializeToString()
        for i in range(0, len(each) - turns + 1, turns)
    ]


def stream_messages() -> list[bytes]:
    """Return their texts as final hypotheses, as `ClassifyStream` takes them."""
    return [
        pb.ClassifyStreamRequest(
            hypothesis=pb.Hypothesis(turn_id=one.turn.turn_id, text=one.turn.text, final=True)
        ).SerializeToString()
        for one in requests()
    ]
