"""Settings and their one reader."""

from dataclasses import fields
from pathlib import Path

import pytest

from classifier.errors import SettingsError
from classifier.server.settings import Settings, read_settings
from tests.conftest import ROOT

ENVIRONMENT = {
    "WURAO_ADDRESS": "0.0.0.0:1",
    "WURAO_BUNDLE": "/b",
    "WURAO_GRACE_SECONDS": "2.5",
    "WURAO_DRAIN_SECONDS": "0.25",
    "WURAO_REFLECTION": "FALSE",
    "WURAO_SECOND_READER": "false",
    "WURAO_RELOAD_SECONDS": "1",
    "WURAO_CALLS_IN_FLIGHT": "5",
    "WURAO_OPEN_STREAMS": "6",
    "WURAO_WORKERS": "3",
    "WURAO_INSECURE": "true",
    "WURAO_TOKENS": "/t",
    "WURAO_TLS_CERTIFICATE": "/c",
    "WURAO_TLS_KEY": "/k",
    "WURAO_TLS_CLIENT_CA": "/a",
    "WURAO_CALLS_PER_SECOND": "2.5",
    "WURAO_CALL_BURST": "7",
    "WURAO_METRICS_ADDRESS": "0.0.0.0:9464",
    "WURAO_LOG_FORMAT": "json",
    "WURAO_LOG_LEVEL": "WARNING",
    "WURAO_ACCESS_LOG": "0.01",
    "WURAO_TRACING": "http://127.0.0.1:4317",
    "WURAO_REGISTRY": "/r",
    "WURAO_REGISTRY_KEYS": "/s",
    "WURAO_POLICY": "/p",
    "WURAO_NOTICES": "/n",
    "WURAO_REGION": "tw",
    "WURAO_DECISION_LOG": "/d",
    "WURAO_DECISION_KEYS": "/e",
    "WURAO_DECISION_SAMPLE": "0.25",
    "WURAO_DECISION_SAMPLE_OBJECTIONS": "0.5",
    "WURAO_DECISION_DAYS": "7",
}
EVERY_SETTING = Settings(
    address="0.0.0.0:1",
    bundle=Path("/b"),
    grace_seconds=2.5,
    drain_seconds=0.25,
    reflection=False,
    second_reader=False,
    workers=3,
    insecure=True,
    tokens=Path("/t"),
    tls_certificate=Path("/c"),
    tls_key=Path("/k"),
    tls_client_ca=Path("/a"),
    calls_per_second=2.5,
    call_burst=7,
    metrics_address="0.0.0.0:9464",
    log_format="json",
    log_level="warning",
    access_log=0.01,
    tracing="http://127.0.0.1:4317",
    registry="/r",
    registry_keys=Path("/s"),
    policy=Path("/p"),
    notices=Path("/n"),
    region="TW",
    decision_log=Path("/d"),
    decision_keys=Path("/e"),
    decision_sample=0.25,
    decision_sample_objections=0.5,
    decision_days=7,
    reload_seconds=1.0,
    calls_in_flight=5,
    open_streams=6,
)


def test_empty_environment_gives_the_defaults() -> None:
    """Nothing needs to be set."""
    assert read_settings({}) == Settings()


def test_every_setting_is_read() -> None:
    """Each field has its variable."""
    assert read_settings(ENVIRONMENT) == EVERY_SETTING
    assert len(ENVIRONMENT) == len(fields(Settings))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WURAO_ADDRESS", "localhost"),
        ("WURAO_ADDRESS", "localhost:65536"),
        ("WURAO_ADDRESS", ":50051"),
        ("WURAO_ADDRESS", "*:50051"),
        ("WURAO_ADDRESS", "unix:50051"),
        ("WURAO_ADDRESS", "wurao..svc:50051"),
        ("WURAO_ADDRESS", f"{'w' * 64}:50051"),
        ("WURAO_ADDRESS", "[localhost]:50051"),
        ("WURAO_ADDRESS", "IPv4:50051"),
        ("WURAO_ADDRESS", "127.0.0.1,10.0.0.1:50051"),
        ("WURAO_METRICS_ADDRESS", "*:9464"),
        ("WURAO_GRACE_SECONDS", "soon"),
        ("WURAO_GRACE_SECONDS", "-1"),
        ("WURAO_GRACE_SECONDS", "inf"),
        ("WURAO_DRAIN_SECONDS", "-0.1"),
        ("WURAO_REFLECTION", "yes"),
        ("WURAO_SECOND_READER", "1"),
        ("WURAO_RELOAD_SECONDS", "0"),
        ("WURAO_RELOAD_SECONDS", "0_1"),
        ("WURAO_RELOAD_SECONDS", "１"),
        ("WURAO_CALLS_IN_FLIGHT", "0"),
        ("WURAO_OPEN_STREAMS", "0"),
        ("WURAO_WORKERS", "0"),
        ("WURAO_WORKERS", "65"),
        ("WURAO_WORKERS", "two"),
        ("WURAO_WORKERS", "1" * 4_301),
        ("WURAO_INSECURE", "no"),
        ("WURAO_CALLS_PER_SECOND", "-1"),
        ("WURAO_CALLS_PER_SECOND", "nan"),
        ("WURAO_CALLS_PER_SECOND", "1_0"),
        ("WURAO_CALLS_PER_SECOND", "1e999"),
        ("WURAO_CALL_BURST", "0"),
        ("WURAO_CALL_BURST", "1.5"),
        ("WURAO_METRICS_ADDRESS", "9464"),
        ("WURAO_LOG_FORMAT", "xml"),
        ("WURAO_LOG_LEVEL", "loud"),
        ("WURAO_ACCESS_LOG", "1.5"),
        ("WURAO_ACCESS_LOG", "0_0"),
        ("WURAO_TRACING", "127.0.0.1:4317"),
        ("WURAO_TRACING", "http://[::1"),
        ("WURAO_TRACING", "http://collector:otlp"),
        ("WURAO_TRACING", "https://"),
        ("WURAO_TRACING", "http://wurao:secret@collector:4317"),
        ("WURAO_REGION", "86"),
        ("WURAO_REGISTRY", "postgresql+psycopg://wurao:secret@db.example/wurao"),
        ("WURAO_REGISTRY", "POSTGRESQL://wurao:secret@db.example/wurao"),
        ("WURAO_REGISTRY", "sqlite:///registry.db"),
        ("WURAO_DECISION_SAMPLE", "2"),
        ("WURAO_DECISION_SAMPLE_OBJECTIONS", "-0.1"),
        ("WURAO_DECISION_DAYS", "0"),
    ],
)
def test_wrong_value_names_the_variable(name: str, value: str) -> None:
    """The message says which variable and what it takes."""
    with pytest.raises(SettingsError, match=f"{name}: must be"):
        read_settings({name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WURAO_ADDRESS", "wurao-0.wurao_pods.svc:50051"),
        ("WURAO_ADDRESS", "[fe80::1%eth0]:50051"),
        ("WURAO_TRACING", "http://[::1]:4317"),
        ("WURAO_TRACING", "https://collector.example/v1"),
    ],
)
def test_odd_but_sound_value_is_taken(name: str, value: str) -> None:
    """Names with dashes and underscores, addresses with a zone, URLs without a port."""
    settings = read_settings({name: value})
    assert getattr(settings, name.removeprefix("WURAO_").lower()) == value


def test_readme_lists_every_setting() -> None:
    """An operator finds each variable in the README."""
    readme = (ROOT / "README.md").read_text("utf-8")
    for field in fields(Settings):
        assert f"`WURAO_{field.name.upper()}`" in readme
