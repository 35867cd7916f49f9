"""A server killed under load: whatever it had answered is in force when another one starts."""

import itertools
import os
import random
import threading
import time
from contextlib import suppress
from pathlib import Path

import grpc
from wurao.v1 import classifier_pb2 as pb
from wurao.v1 import classifier_pb2_grpc, optouts_pb2, optouts_pb2_grpc
from wurao.v1.subjects_pb2 import Contact, Subject

from classifier.optouts.open_registry import open_registry
from classifier.optouts.subjects.keys import keys_from_file
from tests.server_process import start_server

_KILLS = int(os.environ.get("WURAO_TEST_KILLS", "2"))
_WRITERS = 6
_numbers = itertools.count(18_600_000_000)


class _Writer(threading.Thread):
    """Records by both ways until the server is gone; keeps what was acknowledged."""

    def __init__(self, address: str, kill: int, writer: int) -> None:
        super().__init__()
        self._address = address
        self._name = f"killed-{kill}-{writer}"
        self.acknowledged: list[str] = []
        self.unanswered: optouts_pb2.RecordOptOutRequest | None = None

    def run(self) -> None:
        with grpc.insecure_channel(self._address) as channel, suppress(grpc.RpcError):
            registry = optouts_pb2_grpc.OptOutServiceStub(channel)
            classifier = classifier_pb2_grpc.ClassifierServiceStub(channel)
            for n in itertools.count():
                number = str(next(_numbers))
                subject = Subject(value=number)
                if n % 2:
                    turn = pb.Turn(text="以后别再打电话给我了")
                    asked = pb.ClassifyRequest(turn=turn, contact=Contact(subject=subject))
                    assert classifier.Classify(asked).recorded.opt_out_id
                else:
                    self.unanswered = optouts_pb2.RecordOptOutRequest(
                        request_id=f"{self._name}-{n}",
                        subject=subject,
                        intake=optouts_pb2.INTAKE_SMS,
                    )
                    registry.RecordOptOut(self.unanswered)
                    self.unanswered = None
                self.acknowledged.append(number)


def test_a_killed_server_loses_nothing_it_answered(
    bundle_folder: Path, registry_settings: dict[str, str]
) -> None:
    """After each kill -9 the next server blocks all that was acknowledged, and the chain holds."""
    chance = random.Random()  # ruff: ignore[suspicious-non-cryptographic-random-usage]
    acknowledged: list[str] = []
    unanswered: list[optouts_pb2.RecordOptOutRequest] = []
    for kill in range(_KILLS + 1):
        with (
            start_server(bundle_folder, **registry_settings) as server,
            grpc.insecure_channel(server.address) as channel,
        ):
            registry = optouts_pb2_grpc.OptOutServiceStub(channel)
            _check(registry, acknowledged, unanswered)
            if kill == _KILLS:
                break
            writers = [_Writer(server.address, kill, i) for i in range(_WRITERS)]
            for writer in writers:
                writer.start()
            time.sleep(chance.uniform(0.2, 1.0))
            server.process.kill()
            for writer in writers:
                writer.join()
        acknowledged = [number for writer in writers for number in writer.acknowledged]
        assert acknowledged
        unanswered = [w.unanswered for w in writers if w.unanswered is not None]
    ring = keys_from_file(Path(registry_settings["WURAO_REGISTRY_KEYS"]))
    store = open_registry(registry_settings["WURAO_REGISTRY"], ring)
    assert not store.store.verify().findings
    store.close()


def _check(
    registry: optouts_pb2_grpc.OptOutServiceStub,
    acknowledged: list[str],
    unanswered: list[optouts_pb2.RecordOptOutRequest],
) -> None:
    if acknowledged:
        subjects = [Subject(value=number) for number in acknowledged]
        results = registry.CheckContacts(optouts_pb2.CheckContactsRequest(subjects=subjects))
        assert not [1 for result in results.results if result.answer.allowed]
    for request in unanswered:
        registry.RecordOptOut(request)
        check = optouts_pb2.CheckContactRequest(subject=request.subject)
        assert not registry.CheckContact(check).allowed
