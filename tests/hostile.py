"""Input as nobody should send it, for property tests and for the fuzzer."""

import json
import math
import os
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from wurao.v1 import classifier_pb2 as pb

from classifier.turns import Prediction

EXAMPLES = int(os.environ.get("WURAO_FUZZ_EXAMPLES", "0"))
"""Examples of each property; 0, as in the suite, is a short run that is the same each time."""


def property_settings(examples: int) -> settings:
    """Return how long a property is tried: `examples` in the suite, more under `make fuzz`."""
    return settings(
        max_examples=EXAMPLES or examples,
        derandomize=not EXAMPLES,
        deadline=None,
        database=None,
        # Making a failure smaller takes many slow calls; the example that failed tells enough.
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


_PHRASES = (
    "以后别再打了", "你们再打我就投诉", "喂", "TD", "退订", "stop calling me", "唔好再打嚟",
    "打", "不", "🙏", "我要考虑一下要不要投诉",
)  # fmt: skip
_BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
_INVISIBLE = (
    "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u115f\u3164\ufe0e\ufe0f\U000e0020\U000e0041"
)
_COMBINING = "\u0300\u0301\u0334\u0489\u20dd\u3099\u0e49\u093f\U0001d165"
_EMOJI = (
    "👨‍👩‍👧‍👦", "👍🏿", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🇹🇼", "🇨🇳🇨", "❤️‍🔥", "1️⃣", "🏻", "👩🏽‍🤝‍👨🏻",
)  # fmt: skip
_SPACES = " \t\n\r\v\f\u0085\u00a0\u1680\u2003\u2028\u2029\u3000"
_EXPANDING = "\ufdfa\u33a1\u3300\uff21\U0001d400\u1e9e\u0130\ufb03㌔㍿"
_ODD = (
    "\x00\x01\x1b\x7f\ufffe\uffff\ufffd\ue000\U000f0000\U0010ffff\u2ff0\U00020000\U0002fa1d\uac00"
)

_PIECES: SearchStrategy[str] = st.one_of(
    st.sampled_from(_PHRASES),
    st.sampled_from(_EMOJI),
    st.text(_BIDI, max_size=5),
    st.text(_INVISIBLE, max_size=5),
    st.text(_COMBINING, max_size=20),
    st.text(_SPACES, max_size=5),
    st.text(_EXPANDING, max_size=5),
    st.text(_ODD, max_size=5),
    st.text(max_size=10),
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Valid Unicode of 0 to some 12,000 characters, of pieces that are rarely seen together."""
    text = "".join(draw(st.lists(_PIECES, max_size=8)))
    if not text:
        return text
    length = draw(st.sampled_from((0, 0, 0, 300, 1_000, 2_500, 9_999, 10_000, 10_001, 12_000)))
    return (text * (length // len(text) + 1))[:length] if length else text


def broken_texts() -> SearchStrategy[str]:
    """The same with halves of surrogate pairs, which JSON can hold and no encoding can."""
    halves = st.text(st.characters(categories=["Cs"]), max_size=3)
    return st.builds(lambda text, half, place: text[:place] + half + text[place:], texts(), halves,
                     st.integers(0, 12))  # fmt: skip


_ENUMS = st.one_of(st.integers(-1, 8), st.sampled_from((77, 2**31 - 1, -(2**31))))
_CONFIDENCES = st.one_of(
    st.floats(0, 1), st.floats(), st.sampled_from((-0.0, 1.0, 1.0000001, float("nan"), 5e-324))
)


@st.composite
def requests(draw: st.DrawFn) -> pb.ClassifyRequest:
    """A message that protobuf can carry; half of them keep the limits but for the texts."""
    if draw(st.integers(0, 30)) == 0:
        return pb.ClassifyRequest(conversation_id=draw(st.text(max_size=200)))
    keeps_limits = draw(st.booleans())
    enums = st.integers(1, 3) if keeps_limits else _ENUMS
    confidences = st.floats(0, 1) if keeps_limits else _CONFIDENCES
    ids = ("", "t1", "t" * 128) if keeps_limits else ("t" * 129, "\u202e\x00")
    said = [(draw(enums), text) for text in draw(st.lists(texts(), max_size=3))]
    if draw(st.integers(0, 9)) == 0:
        said *= 60
    heard = [(draw(confidences), text) for text in draw(st.lists(texts(), max_size=3))]
    if draw(st.integers(0, 5)) == 0:
        heard = [(0.5, f"别打{i}") for i in range(20 if keeps_limits else 25)]
    turn = pb.Turn(
        turn_id=draw(st.sampled_from(ids)),
        text=draw(texts()),
        channel=draw(enums),  # type: ignore[arg-type]  # open enums carry any number
        context=[pb.ContextTurn(speaker=speaker, text=text) for speaker, text in said],  # type: ignore[arg-type]
        alternatives=[pb.Alternative(confidence=share, text=text) for share, text in heard],
    )
    return pb.ClassifyRequest(turn=turn)


@st.composite
def mangled_requests(draw: st.DrawFn) -> bytes:
    """Bytes that were a request once: cut, flipped, repeated, filled, or never one at all."""
    if draw(st.integers(0, 4)) == 0:
        return draw(st.binary(max_size=300))
    content = bytearray(draw(requests()).SerializeToString()[:5_000])
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, len(content)))
        kind = draw(st.integers(0, 4))
        if kind == 0:
            del content[place : place + draw(st.integers(1, 40))]
        elif kind == 1 and place < len(content):
            content[place] ^= 1 << draw(st.integers(0, 7))
        elif kind == 2:
            content[place:place] = draw(st.binary(max_size=12))
        elif kind == 3:
            content[place:place] = content[: draw(st.integers(0, 60))]
        else:
            content[place:place] = b"\xff" * draw(st.integers(1, 12))
    return bytes(content)


_STRINGS = st.one_of(
    st.sampled_from((
        "", "13800138000", "+886912345678", "１３８００１３８０００", "一三八零零一三八零零零",
        "a@b.cn", "r1", "default",
        "0" * 129, "9" * 10_000, "2026-11-27", "🙏", "\u202e1380\u200d0138000", "=1+1",
    )),
    texts(),
)  # fmt: skip
_NUMBERS = st.one_of(st.integers(-2, 1_100), st.sampled_from((2**31 - 1, -(2**31))))
_LIKELY_STRINGS = st.sampled_from(("13800138000", "a@b.cn", "r1", "r2", "default", "2026-11"))
_DEEPEST = 4


@st.composite
def messages(draw: st.DrawFn, kind: Descriptor) -> Message:
    """Any message of a kind: each field set or not, to something likely or something absurd."""
    return _message(draw, kind, draw(st.booleans()), 0)


def _message(draw: st.DrawFn, kind: Descriptor, likely: bool, depth: int) -> Message:
    message = GetMessageClass(kind)()
    for field in kind.fields:
        too_deep = field.message_type is not None and depth == _DEEPEST
        if too_deep or draw(st.integers(0, 5 if likely else 2)) == 0:
            continue
        values = [_value(draw, field, likely, depth) for _ in range(draw(st.integers(1, 3)))]
        if field.is_repeated and field.message_type is not None:
            getattr(message, field.name).extend(values)
        elif field.is_repeated:
            getattr(message, field.name)[:] = values
        elif field.message_type is not None:
            getattr(message, field.name).CopyFrom(values[0])
        else:
            setattr(message, field.name, values[0])
    return message


def _value(draw: st.DrawFn, field: FieldDescriptor, likely: bool, depth: int) -> Any:
    if field.message_type is not None:
        return _message(draw, field.message_type, likely, depth + 1)
    if field.enum_type is not None:
        return draw(st.integers(1, 4) if likely else _ENUMS)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return draw(st.binary(max_size=50))
    by_type: dict[int, SearchStrategy[Any]] = {
        FieldDescriptor.CPPTYPE_STRING: _LIKELY_STRINGS if likely else _STRINGS,
        FieldDescriptor.CPPTYPE_BOOL: st.booleans(),
        FieldDescriptor.CPPTYPE_DOUBLE: _CONFIDENCES,
    }
    return draw(by_type.get(field.cpp_type, st.integers(0, 90) if likely else _NUMBERS))


_SCALARS: SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), broken_texts(),
    st.sampled_from((10**400, "bot", "user", "voice", "sms", "opt_out", "normal", "", [], {})),
)  # fmt: skip
_VALUES: SearchStrategy[Any] = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
_CONTEXT = st.lists(
    st.fixed_dictionaries(
        {}, optional={"speaker": st.one_of(st.just("bot"), _VALUES), "text": broken_texts()}
    ),
    max_size=3,
)
_ALTERNATIVES = st.lists(
    st.fixed_dictionaries(
        {}, optional={"text": broken_texts(), "confidence": st.one_of(_CONFIDENCES, _VALUES)}
    ),
    max_size=3,
)
_LABELLED = {
    "id": st.one_of(st.just("a1"), broken_texts(), _VALUES),
    "group": st.one_of(st.just("g1"), broken_texts(), _VALUES),
    "channel": st.one_of(st.sampled_from(("voice", "sms", "chat")), _VALUES),
    "context": st.one_of(_CONTEXT, _VALUES),
    "alternatives": st.one_of(_ALTERNATIVES, _VALUES),
    "label": st.one_of(st.sampled_from(("opt_out", "normal", "complaint")), _VALUES),
    "kind": st.one_of(st.sampled_from(("other", "busy", "confirm")), _VALUES),
    "also_complaint": st.one_of(st.booleans(), _VALUES),
    "reasons": st.one_of(st.just([]), _VALUES),
    "industry": st.one_of(st.just("loan"), _VALUES),
    "script": st.one_of(st.just("hans"), _VALUES),
    "prediction": _VALUES,
}


_SOUND: dict[str, Any] = {
    "id": "a1", "group": "g1", "channel": "voice", "context": [], "text": "喂", "label": "normal",
    "also_complaint": False, "reasons": [], "kind": "other", "industry": "loan", "script": "hans",
}  # fmt: skip


@st.composite
def nearly_sound_lines(draw: st.DrawFn) -> bytes:
    """A line of a labelled file with one or two fields that are not as they should be."""
    record = dict(_SOUND)
    for name in draw(st.lists(st.sampled_from([*_LABELLED, "text"]), max_size=2)):
        record[name] = draw(broken_texts() if name == "text" else _LABELLED[name])
    line = json.dumps(record, ensure_ascii=draw(st.booleans()))
    return line.encode("utf-8", "surrogatepass")


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """One line of a file that should hold records: nearly one, damaged, or no JSON at all."""
    if draw(st.integers(0, 5)) == 0:
        return draw(st.binary(max_size=60)).replace(b"\n", b"")
    if draw(st.booleans()):
        return draw(nearly_sound_lines())
    record = draw(
        st.fixed_dictionaries(
            {"text": st.one_of(broken_texts(), broken_texts(), _VALUES)}, optional=_LABELLED
        )
    )
    line = json.dumps(record, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return line[: draw(st.integers(0, len(line)))]
    if kind == 1:
        return b"\xef\xbb\xbf" + line
    if kind == 2:
        return b"[" * draw(st.sampled_from((1, 100, 100_000))) + line
    return line.replace(b"\n", b"")


def check_prediction(text: str, prediction: Prediction) -> None:
    """Hold a prediction to what every one must be."""
    assert math.isclose(sum(prediction.scores), 1, abs_tol=1e-9)
    assert all(0 <= score <= 1 for score in prediction.scores)
    assert prediction.model_version
    last = 0
    for span in prediction.evidence:
        assert last <= span.start < span.end <= len(text)
        assert span.text == text[span.start : span.end]
        assert 0 < span.weight <= 1 + 1e-9
        last = span.end
