"""The contract and its stubs."""

import re
from itertools import pairwise
from pathlib import Path

from google.protobuf import descriptor_pb2
from wurao.v1 import classifier_pb2, optouts_pb2, subjects_pb2

from protos.generate import generate
from tests.conftest import ROOT

PROTOS = ROOT / "protos"


def test_committed_stubs_are_what_the_compiler_makes(tmp_path: Path) -> None:
    """Nobody edits a stub or forgets to regenerate it."""
    generate(tmp_path)
    made = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*_pb2*"))
    assert made
    for path in made:
        assert (PROTOS / path).read_text("utf-8") == (tmp_path / path).read_text("utf-8"), path


def test_every_element_is_commented() -> None:
    """A reader of the proto needs no other page: messages, calls and enums carry a comment."""
    for proto in PROTOS.glob("wurao/v*/*.proto"):
        for before, line in pairwise(proto.read_text("utf-8").splitlines()):
            if line.strip().startswith(("message ", "enum ", "rpc ", "service ")):
                assert before.strip().startswith("//"), line


def test_enums_start_at_unspecified() -> None:
    """A field that nobody set is never taken for a choice."""
    for file in (classifier_pb2, optouts_pb2, subjects_pb2):
        for name, enum in file.DESCRIPTOR.enum_types_by_name.items():
            words = re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper()
            assert enum.values_by_number[0].name == f"{words}_UNSPECIFIED"
            assert all(value.name.startswith(f"{words}_") for value in enum.values)


def test_writes_can_be_repeated_and_lists_are_paged() -> None:
    """Every write takes a request_id, and no list grows without end."""
    reads = ("Check", "Get", "List", "Report")
    for method in optouts_pb2.DESCRIPTOR.services_by_name["OptOutService"].methods:
        fields = set(method.input_type.fields_by_name)
        if method.name == "RecordOptOuts":
            fields = set(optouts_pb2.RecordOptOutRequest.DESCRIPTOR.fields_by_name)
        if method.name.startswith("List"):
            assert {"page_size", "page_token"} <= fields, method.name
            assert "next_page_token" in method.output_type.fields_by_name
        elif not method.name.startswith(reads):
            assert "request_id" in fields, method.name
        assert "tenant" in fields, method.name


def contract() -> list[str]:
    """Return what the wire is made of: a line for each field, value and call."""
    lines = []
    for file in (classifier_pb2, optouts_pb2, subjects_pb2):
        described = descriptor_pb2.FileDescriptorProto()
        file.DESCRIPTOR.CopyToProto(described)
        for message in described.message_type:
            for field in message.field:
                kind = field.type_name or type_name(field.type)
                many = "repeated " * (field.label == field.LABEL_REPEATED)
                choice = ""
                if field.HasField("oneof_index"):
                    choice = f"{message.oneof_decl[field.oneof_index].name} "
                lines.append(f"{message.name}.{field.name} = {field.number} {choice}{many}{kind}")
        for enum in described.enum_type:
            lines += [f"{enum.name}.{value.name} = {value.number}" for value in enum.value]
        for service in described.service:
            for call in service.method:
                streams = f"{call.client_streaming:d}{call.server_streaming:d}"
                types = f"{call.input_type} {call.output_type} {streams}"
                lines.append(f"{service.name}.{call.name} {types}")
    return lines


def type_name(number: int) -> str:
    """Return how a type of field is called, such as string."""
    name = descriptor_pb2.FieldDescriptorProto.Type.Name(number)  # type: ignore[arg-type]
    return name.removeprefix("TYPE_").lower()


def test_the_contract_only_grows() -> None:
    """Whatever a client was built against is there still: nothing removed, renumbered, retyped.

    A new element is added to protos/contract.txt; a line of it is never changed.
    """
    promised = (PROTOS / "contract.txt").read_text("utf-8").splitlines()
    now = contract()
    broken = [line for line in promised if line not in now]
    assert not broken, "clients are built against these; bring them back"
    new = [line for line in now if line not in promised]
    assert not new, "add these lines to protos/contract.txt"
