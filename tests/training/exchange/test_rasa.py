"""Rasa's training data as Rasa's users write it."""

import json
from pathlib import Path

import pytest

from classifier.errors import DataError
from training.exchange.rasa import read_rasa, write_rasa


def test_what_rasa_users_write(tmp_path: Path) -> None:
    """The short form, entities marked, with other entries between."""
    path = tmp_path / "nlu.yml"
    path.write_text(
        'version: "3.1"\nnlu:\n- intent: opt_out/unsubscribe\n  examples: |\n    - 退订\n'
        "    - 别往[北京](city)寄了\n"
        '    - 别往[上海][{"entity": "city", "role": "to"}, {"entity": "place"}]寄\n'
        "- synonym: 北京\n  examples: |\n    - 帝都\n"
        "- intent: normal\n  examples:\n  - text: |\n      在忙\n",
        "utf-8",
    )
    found = [entry.record for entry in read_rasa(path)]
    assert found == [
        {"label": "opt_out", "kind": "unsubscribe", "text": "退订"},
        {"label": "opt_out", "kind": "unsubscribe", "text": "别往北京寄了"},
        {"label": "opt_out", "kind": "unsubscribe", "text": "别往上海寄"},
        {"label": "normal", "text": "在忙"},
    ]


def test_yaml_runs_nothing(tmp_path: Path) -> None:
    """A tag that would build a Python object is refused."""
    path = tmp_path / "nlu.yml"
    path.write_text("nlu: !!python/object/apply:os.system ['true']\n", "utf-8")
    with pytest.raises(DataError, match="is not YAML"):
        list(read_rasa(path))


@pytest.mark.parametrize("value", ["!!int abc", "!!int ''", "!!float abc", "!!bool abc"])
def test_a_value_that_is_not_of_its_tag_is_named(tmp_path: Path, value: str) -> None:
    """The library has an error of another kind for each."""
    path = tmp_path / "nlu.yml"
    path.write_text(f"nlu:\n- intent: normal\n  metadata: {{n: {value}}}\n", "utf-8")
    with pytest.raises(DataError, match="is not YAML"):
        list(read_rasa(path))


def test_metadata_does_not_change_how_a_text_is_read(tmp_path: Path) -> None:
    """Entities and line ends go with metadata too, which an intent may give to all its examples."""
    path = tmp_path / "nlu.yml"
    path.write_text(
        "nlu:\n- intent: complaint\n  metadata:\n    channel: sms\n    created: 2024-01-01\n"
        "  examples:\n  - text: |\n      帮我把[月报](report)退掉\n    metadata:\n"
        "      industry: loan\n"
        "- intent: normal\n  examples: |\n    -没有空格\n",
        "utf-8",
    )
    found = [entry.record for entry in read_rasa(path)]
    assert json.loads(json.dumps(found)) == [
        {
            "text": "帮我把月报退掉", "channel": "sms", "created": "2024-01-01", "industry": "loan",
            "label": "complaint",
        },
        {"text": "没有空格", "label": "normal"},
    ]  # fmt: skip


def test_texts_that_rasa_would_change_are_kept_word_for_word(tmp_path: Path) -> None:
    """What looks like an entity in our own turns comes back as it was."""
    path = tmp_path / "nlu.yml"
    records = [{"text": " 去[北京](city) ", "label": "normal"}, {"text": "去", "label": "normal"}]
    write_rasa(path, records)
    assert [entry.record for entry in read_rasa(path)] == records
    assert path.read_text("utf-8").count("metadata: {}") == 1


def test_an_edited_text_does_not_lose_to_the_one_before(tmp_path: Path) -> None:
    """Whoever mends an example's words is told that the metadata holds the old ones."""
    path = tmp_path / "nlu.yml"
    write_rasa(path, [{"text": "去[北京](city)", "label": "normal"}])
    written = path.read_text("utf-8")
    path.write_text(written.replace("text: 去[北京]", "text: 不去[北京]", 1), "utf-8")
    [entry] = read_rasa(path)
    assert entry.problem.startswith("text: differs from metadata.text, the same word for word; ")
    path.write_text(written.replace("text: 去", "text: 不去"), "utf-8")
    [entry] = read_rasa(path)
    assert entry.record == {"text": "不去[北京](city)", "label": "normal"}


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ("nlu:\n- intent: normal\n  examples: |\n    - 在忙\nnlu:\n- intent: normal\n", (5, 1)),
        ("nlu:\n- intent: normal\n  examples: |\n    - 在忙\n  'examples': |\n    - 好\n", (5, 3)),
        ("nlu:\n- intent: normal\n  examples:\n  - text: 好\n    metadata: {a: 1, a: 2}\n", (5, 5)),
    ],
)
def test_a_key_that_stands_twice_is_named(
    tmp_path: Path, content: str, lines: tuple[int, int]
) -> None:
    """YAML keeps the last, so that of two files put together only one would go in."""
    path = tmp_path / "nlu.yml"
    path.write_text(content, "utf-8")
    with pytest.raises(DataError, match=r"yml:{}: the key of line {} again".format(*lines)):
        list(read_rasa(path))


def test_aliases_are_read_unless_they_repeat_without_end(tmp_path: Path) -> None:
    """What labels share may be written once; a few lines may not stand for millions."""
    path = tmp_path / "nlu.yml"
    shared = "base: &base {channel: sms}\nother: &other {industry: loan}\n"
    intent = "nlu:\n- intent: normal\n  examples:\n  - text: 好\n    metadata: "
    path.write_text(
        f"{shared}{intent}{{<<: *base, <<: *other}}\n  - text: 在忙\n    metadata: *base"
    )
    assert [entry.record for entry in read_rasa(path)] == [
        {"text": "好", "channel": "sms", "industry": "loan", "label": "normal"},
        {"text": "在忙", "channel": "sms", "label": "normal"},
    ]
    layers = "".join(f"a{n}: &a{n} [{f'*a{n - 1},' * 9}]\n" for n in range(1, 7))
    for bomb in (f"a0: &a0 [x]\n{layers}{intent}{{x: *a6}}\n", f"{intent}{{x: &x [*x]}}\n"):
        path.write_text(bomb, "utf-8")
        with pytest.raises(DataError, match=r"nlu\.yml: its aliases repeat too much"):
            list(read_rasa(path))


def test_what_cannot_be_read_is_told_with_its_line(tmp_path: Path) -> None:
    """Nothing is passed over in silence: no line without a dash, no intent without examples."""
    path = tmp_path / "nlu.yml"
    path.write_text(
        "nlu:\n- intent: normal\n  examples: |\n    - 在忙\n\n    晚点\n"
        "- intent: normal\n  examples:\n  - text: 在吗\n    metadata: {half: .nan}\n  - 110\n"
        "- intent: complaint\n- intent: normal\n  metadata: 3\n  examples: |\n    - 好\n",
        "utf-8",
    )
    good, *bad = read_rasa(path)
    assert (good.place.line, good.record) == (4, {"text": "在忙", "label": "normal"})
    assert [str(entry.place) for entry in bad] == [f"{path}:{n}" for n in (6, 9, 11, 12, 16)]
    examples, metadata = (
        "examples: must each be a text behind a dash",
        "metadata: must be an object",
    )
    wanted = (examples, metadata, examples, examples, metadata)
    for entry, problem in zip(bad, wanted, strict=True):
        assert entry.problem.startswith(problem)
