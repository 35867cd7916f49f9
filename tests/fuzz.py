"""Explores bytes by what code they reach, with atheris: `python -m tests.fuzz BUNDLE MINUTES`.

Each input is taken as a request of the wire and as a line of a file. Anything but a prediction
that holds or an error of ours ends the run, with the input kept in ``build/fuzz``. The second
reader is left out: what it costs would leave time for few inputs.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from google.protobuf.message import DecodeError
from wurao.v1 import classifier_pb2 as pb

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


def attempt(bundle: Path) -> Callable[[bytes], None]:
    """Return what is done with each input; to be called while imports are watched.

    Args:
        bundle: Folder of the model bundle.
    """
    from classifier.errors import InvalidTurnError
    from classifier.messages import turn_from_request
    from classifier.model_bundle import load_bundle
    from classifier.records import parse_line, turn_from_record
    from classifier.turn_classifier import TurnClassifier
    from classifier.turns import Turn
    from tests.hostile import check_prediction

    classifier = TurnClassifier(load_bundle(bundle, second_reader=False))
    read: tuple[Callable[[bytes], Turn], ...] = (
        lambda content: turn_from_request(pb.ClassifyRequest.FromString(content)),
        lambda content: turn_from_record(parse_line(content)),
    )

    def try_bytes(content: bytes) -> None:
        for turn_from in read:
            try:
                turn = turn_from(content)
            except (DecodeError, InvalidTurnError):
                continue
            check_prediction(turn.text, classifier.classify(turn))

    return try_bytes


def main() -> None:
    """Fuzz until the time is over."""
    bundle, minutes = Path(sys.argv[1]), float(sys.argv[2])
    try:
        import atheris
    except ImportError:
        sys.exit("fuzz: atheris is not installed; the properties were tried by hypothesis alone")
    with atheris.instrument_imports(include=["classifier"]):
        try_bytes = attempt(bundle)
    corpus = FOLDER / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS):
        (corpus / f"seed-{number}").write_bytes(seed)
    limits = [f"-max_total_time={round(minutes * 60)}", "-timeout=5", "-max_len=4096"]
    atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={FOLDER}/", str(corpus)], try_bytes)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
