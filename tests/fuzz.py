"""Explores bytes by what code they reach, with atheris: `python -m tests.fuzz BUNDLE MINUTES`.

Each input is taken as a request of the wire and as a line of a file. Anything but a prediction
that holds or an error of ours ends the run, with the input kept in ``build/fuzz``.
"""

import sys
from pathlib import Path

from google.protobuf.message import DecodeError
from wurao.v1 import classifier_pb2 as pb

from classifier.errors import InvalidTurnError
from classifier.model_bundle import load_bundle
from classifier.records import parse_line, turn_from_record
from classifier.server.messages import turn_from_request
from classifier.turn_classifier import TurnClassifier
from classifier.turns import Turn
from tests.test_bad_input import check_prediction

FOLDER = Path("build/fuzz")
SEEDS = (
    pb.ClassifyRequest(
        turn=pb.Turn(
            text="以后别再打了 \u202eTD\u200d",
            context=[pb.ContextTurn(speaker=pb.SPEAKER_BOT, text="您好")],
            alternatives=[pb.Alternative(text="以后别在打了", confidence=0.5)],
        )
    ).SerializeToString(),
    '{"text": "别打了", "channel": "sms", "context": [{"speaker": "bot", "text": "喂"}]}'.encode(),
    b'{"text": "\\ud83d", "alternatives": [{"text": "TD", "confidence": 1e-3}]}',
)


def from_wire(content: bytes) -> Turn | None:
    """Return the turn of a request, if the bytes are one."""
    try:
        return turn_from_request(pb.ClassifyRequest.FromString(content))
    except (DecodeError, InvalidTurnError):
        return None


def from_line(content: bytes) -> Turn | None:
    """Return the turn of a line, if the bytes are one."""
    try:
        return turn_from_record(parse_line(content))
    except InvalidTurnError:
        return None


def main() -> None:
    """Fuzz until the time is over."""
    bundle, minutes = Path(sys.argv[1]), float(sys.argv[2])
    try:
        import atheris
    except ImportError:
        sys.exit("fuzz: atheris is not installed; the properties were tried by hypothesis alone")
    atheris.instrument_all()
    classifier = TurnClassifier(load_bundle(bundle, second_reader=False))

    def try_bytes(content: bytes) -> None:
        for turn in (from_wire(content), from_line(content)):
            if turn is not None:
                check_prediction(turn.text, classifier.classify(turn))

    corpus = FOLDER / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS):
        (corpus / f"seed-{number}").write_bytes(seed)
    limits = [f"-max_total_time={round(minutes * 60)}", "-timeout=5", "-max_len=4096"]
    atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={FOLDER}/", str(corpus)], try_bytes)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
