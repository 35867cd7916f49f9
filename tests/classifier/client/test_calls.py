"""What the clients send."""

from itertools import starmap

import pytest
from wurao.v1 import classifier_pb2 as pb
from wurao.v1.subjects_pb2 import Contact, Subject

from classifier.client.calls import ConversationRequests, batches_of
from classifier.errors import InvalidTurnError
from classifier.messages import request_from_turn
from classifier.turns import Channel, ContextTurn, Speaker, Turn

CONTACT = Contact(subject=Subject(value="13800138000"), call_reference="recording-4711")


def test_hypotheses_of_one_turn_share_an_id() -> None:
    """The next turn has another, also after a text that was too long: one id records once."""
    requests = ConversationRequests(Channel.VOICE, CONTACT)
    said = (("以后", False), ("以后别打了", True), ("再见", True), ("喂", False))
    sent = list(starmap(requests.heard, said))
    ids = [request.hypothesis.turn_id for request in sent]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
    assert [request.hypothesis.final for request in sent] == [False, True, True, False]
    with pytest.raises(InvalidTurnError):
        requests.heard("长" * 10_001, final=True)
    assert requests.heard("别打了", final=True).hypothesis.turn_id not in ids


def test_each_message_names_channel_and_contact() -> None:
    """So that the first of them, whoever speaks, tells the server whom it is about."""
    said = ContextTurn(Speaker.BOT, "您好")
    requests = ConversationRequests(Channel.CHAT, CONTACT)
    wire = request_from_turn(Turn("喂", Channel.CHAT, (said,)), "").turn
    spoken, heard = requests.said(said), requests.heard("喂", final=True)
    assert spoken.said == wire.context[0]
    assert heard.hypothesis.text == "喂"
    assert {spoken.channel, heard.channel} == {wire.channel}
    assert (spoken.contact, heard.contact) == (CONTACT, CONTACT)
    assert not ConversationRequests(Channel.CHAT, None).said(said).HasField("contact")


def test_a_turn_is_open_until_it_is_answered_or_its_failure_told() -> None:
    """Only then the end of a conversation has nothing to tell; without a contact, never."""
    requests = ConversationRequests(Channel.VOICE, CONTACT)
    answers = [
        pb.ClassifyStreamResponse(
            turn_id=requests.heard(text, final).hypothesis.turn_id,
            final=final,
            prediction=pb.Prediction(label=pb.LABEL_NORMAL, action=pb.ACTION_CONTINUE),
        )
        for text, final in (("喂", True), ("以后", False), ("以后别打了", True))
    ]
    for answer, is_open in zip(answers, (True, True, False), strict=True):
        requests.answered(answer)
        assert requests.is_open is is_open
    requests.heard("喂", final=True)
    assert requests.is_open
    requests.failed()
    assert not requests.is_open
    nobody = ConversationRequests(Channel.VOICE, None)
    nobody.heard("喂", final=False)
    assert not nobody.is_open


def test_a_batch_is_small_enough_for_the_deadline() -> None:
    """A server reads doubtful turns twice, milliseconds each; a call has a second by default."""
    batches = list(batches_of([Turn("喂")] * 250))
    assert [len(batch.requests) for batch in batches] == [100, 100, 50]
