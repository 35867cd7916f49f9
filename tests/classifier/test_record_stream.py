"""Records one line at a time."""

import json

from classifier.record_stream import AnsweredLine, BadLine, classify_lines
from classifier.turn_classifier import TurnClassifier


def test_bad_lines_stop_no_other_and_order_is_kept(classifier: TurnClassifier) -> None:
    """Each line has its own outcome, whatever the batch it fell into."""
    lines = [
        b'{"text": "\xe5\xa5\xbd", "id": 7, "mine": [1]}\n',
        b"nonsense\n",
        b"\n",
        b'{"text": ""}\n',
        '{"text": "以后别再打了"}'.encode(),
    ]
    for batch_size in (1, 2, 10):
        outcomes = list(
            classify_lines(lines, lambda turns: [*map(classifier.classify, turns)], batch_size)
        )
        assert [outcome.line for outcome in outcomes] == [1, 2, 4, 5]
        assert [type(outcome) for outcome in outcomes] == [
            AnsweredLine,
            BadLine,
            BadLine,
            AnsweredLine,
        ]


def test_input_fields_are_kept(classifier: TurnClassifier) -> None:
    """A record comes back as it was, with a prediction."""
    line = json.dumps({"text": "以后别再打了", "id": "x", "label": "?", "half": "\ud800"}).encode()
    [outcome] = classify_lines([line], lambda turns: [*map(classifier.classify, turns)], 1)
    assert isinstance(outcome, AnsweredLine)
    record = json.loads(outcome.to_json())
    assert (record["id"], record["label"], record["half"]) == ("x", "?", "\ud800")
    assert record["prediction"]["label"] == "opt_out"
    assert abs(sum(record["prediction"]["scores"].values()) - 1) < 1e-12
    [span, *_] = record["prediction"]["evidence"]
    assert record["text"][span["start"] : span["end"]] == span["text"]


def test_fields_stand_as_they_were_written(classifier: TurnClassifier) -> None:
    """Numbers, escapes and order are the caller's; an older prediction gives way."""
    fields = b'{"n": 1.10, "text": "\\u597d",\t"prediction": 1 }'
    lines = [b"\xef\xbb\xbf" + fields.replace(b"prediction", b"p") + b"\r\n", fields]
    lines += [
        fields.replace(b"prediction", b"\\u0070rediction"),
        fields.replace(b"1.10", b"1e999"),
        fields.replace(b"1.10", b'"\\ud83d"'),  # only a part of what an older prediction leaves
    ]
    for line, outcome in zip(
        lines,
        classify_lines(lines, lambda turns: [*map(classifier.classify, turns)], 2),
        strict=True,
    ):
        assert isinstance(outcome, AnsweredLine)
        written = outcome.to_json()
        assert written.count(b"rediction") == 1
        assert json.loads(written)["prediction"]["label"] == "normal"
        assert line[line.index(b'"n": ') + 5 : line.index(b", ")] in written
        assert written.endswith(b"}\n")
        if b'"p"' in line:
            assert written.startswith(b'{"n": 1.10, "text": "\\u597d",\t"p": 1 , "prediction": {')
