"""The table of roles against what is really served."""

import grpc
import pytest
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from classifier.server.security.permissions import ANY_ROLE, EVERYONE, METHOD_ROLES, Role, may_call


def test_every_served_method_is_in_the_table(server_address: str) -> None:
    """A new call is refused to all until somebody says in the table who may make it."""
    with grpc.insecure_channel(server_address) as channel:
        served = ProtoReflectionDescriptorDatabase(channel)
        pool = DescriptorPool(served)
        methods = {
            f"/{service}/{method.name}"
            for service in served.get_services()
            for method in pool.FindServiceByName(service).methods
        }
    assert len(methods) >= 8
    missing = methods - METHOD_ROLES.keys()
    assert not missing, "say in classifier/server/security/permissions.py which role each needs"


def test_who_needs_no_role_is_stated() -> None:
    """Only probes need no token; only what tells nothing of anyone is open to every role."""
    everyone = {method for method, roles in METHOD_ROLES.items() if roles is EVERYONE}
    assert {method.rpartition("/")[0] for method in everyone} == {"/grpc.health.v1.Health"}
    any_role = {method for method, roles in METHOD_ROLES.items() if roles == ANY_ROLE}
    assert any_role == {
        "/wurao.v1.ClassifierService/GetModel",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    }


@pytest.mark.parametrize(
    ("method", "role"),
    [
        ("/wurao.v1.ClassifierService/Classify", Role.CLASSIFY),
        ("/wurao.v1.OptOutService/RecordOptOut", Role.REGISTRY_WRITE),
        ("/wurao.v1.OptOutService/CheckContact", Role.REGISTRY_READ),
        ("/wurao.v1.OptOutService/ResolveReview", Role.REVIEW),
        ("/wurao.v1.OptOutService/EraseSubject", Role.ADMIN),
    ],
)
def test_a_role_opens_its_own_calls_alone(method: str, role: Role) -> None:
    """No role includes another."""
    assert [other for other in Role if may_call(method, frozenset({other}))] == [role]


def test_what_is_not_listed_is_refused_to_all() -> None:
    """A forgotten line shuts a call rather than opens it."""
    assert not may_call("/wurao.v1.ClassifierService/New", ANY_ROLE)
    assert may_call("/grpc.health.v1.Health/Check", frozenset())
