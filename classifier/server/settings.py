"""The settings of a server, and the one reader of the environment."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from classifier.server.variables import Variables

_MAX_BURST = 1_000_000

DEFAULT_REGION = "CN"


@dataclass(frozen=True, slots=True)
class Settings:
    """How a server runs. Each field is read from ``WURAO_`` and its name in capitals.

    Attributes:
        address: Host and port to listen on; port 0 takes a free one. Default 127.0.0.1:50051.
        bundle: Folder of the model bundle. Default models/champion.
        grace_seconds: How long calls in flight may finish after a stop, 0 or more. Default 10.
        drain_seconds: How long, within the grace, new calls are still answered after a stop, while
            health already says NOT_SERVING and balancers turn away, 0 or more. Default 0.5.
        reflection: Whether clients may ask for the contract, true or false. Default true.
        second_reader: Whether the bundle's second reader, where it has one, is used, true or
            false. Default true.
        reload_seconds: How often the bundle's files are looked at, 0.1 or more; a new bundle is
            taken without a restart, on SIGHUP at once. Default 2.
        calls_in_flight: Calls of one service that a worker answers at once, 1 to 10,000; what is
            more is refused with RESOURCE_EXHAUSTED and RetryInfo at once. Default 32.
        open_streams: Streams that a worker holds open, 1 to 100,000. Default 1,000.
        workers: Processes that share the port, 1 to 64; from 2 on a supervisor starts a dead one
            again. Default 1.
        insecure: Whether others than this machine may be served without TLS or without tokens,
            true or false. Default false.
        tokens: File of the tokens that callers need; none lets everyone in. Default none.
        tls_certificate: PEM file of the server's certificate and those above it; none serves
            unencrypted. Default none.
        tls_key: PEM file of its key. Default none.
        tls_client_ca: PEM file of the authorities of clients; then a client needs a certificate.
            Default none.
        calls_per_second: How fast one client may call a worker, 0 for no limit. Default 0.
        call_burst: How many calls a client may make at once before that, at least 1. Default 100.
        metrics_address: Host and port where Prometheus is answered over HTTP; empty for nowhere.
            Default empty.
        log_format: ``text`` or ``json``. Default text.
        log_level: ``debug``, ``info``, ``warning`` or ``error``; the audit line of a refused call
            is written at any. Default info.
        access_log: Share of the calls that end well which get a line in the log, 0 to 1; failures
            always get one. Default 0.
        tracing: Where spans are sent, an OTLP endpoint such as ``http://127.0.0.1:4317``; empty for
            nowhere. Default empty.
        registry: Where opt-outs are kept: path of an SQLite file or a postgresql:// address; none
            serves without a registry. Default none.
        registry_keys: File of the registry's keys. Default registry.keys.
        policy: TOML file of the registry's rules; none takes those that come with the program.
            Default none.
        notices: TOML file of what people are told about refusing; none takes the texts that come
            with the program. Default none.
        region: Two letters: how a number without a country code is read. Default CN.
        decision_log: Folder of the log of decisions, masked and encrypted; none keeps no such log.
            Default none.
        decision_keys: File of the keys that encrypt it. Default decision.keys.
        decision_sample: Share of the ordinary turns that it gets, 0 to 1. Default 0.1.
        decision_sample_objections: Share of the turns with another answer than normal, doubtful
            ones included, 0 to 1. Default 1.
        decision_days: How many days it is kept, 1 to 3,650. Default 30.
    """

    address: str = "127.0.0.1:50051"
    bundle: Path = Path("models/champion")
    grace_seconds: float = 10.0
    drain_seconds: float = 0.5
    reflection: bool = True
    second_reader: bool = True
    reload_seconds: float = 2.0
    calls_in_flight: int = 32
    open_streams: int = 1_000
    workers: int = 1
    insecure: bool = False
    tokens: Path | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_client_ca: Path | None = None
    calls_per_second: float = 0.0
    call_burst: int = 100
    metrics_address: str = ""
    log_format: str = "text"
    log_level: str = "info"
    access_log: float = 0.0
    tracing: str = ""
    registry: str = ""
    registry_keys: Path = Path("registry.keys")
    policy: Path | None = None
    notices: Path | None = None
    region: str = DEFAULT_REGION
    decision_log: Path | None = None
    decision_keys: Path = Path("decision.keys")
    decision_sample: float = 0.1
    decision_sample_objections: float = 1.0
    decision_days: int = 30


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings that an environment asks for.

    Args:
        environment: Such as ``os.environ``.

    Raises:
        SettingsError: A value cannot be read; the message names the variable and what it takes.
    """
    read = Variables(environment, asdict(Settings()))
    return Settings(
        address=read.address("address"),
        bundle=read.path("bundle"),
        grace_seconds=read.seconds("grace_seconds"),
        drain_seconds=read.seconds("drain_seconds"),
        reflection=read.switch("reflection"),
        second_reader=read.switch("second_reader"),
        reload_seconds=read.seconds("reload_seconds", 0.1),
        calls_in_flight=read.whole("calls_in_flight", range(1, 10_001)),
        open_streams=read.whole("open_streams", range(1, 100_001)),
        workers=read.whole("workers", range(1, 65)),
        insecure=read.switch("insecure"),
        tokens=read.file("tokens"),
        tls_certificate=read.file("tls_certificate"),
        tls_key=read.file("tls_key"),
        tls_client_ca=read.file("tls_client_ca"),
        calls_per_second=read.rate("calls_per_second"),
        call_burst=read.whole("call_burst", range(1, _MAX_BURST + 1)),
        metrics_address=read.address("metrics_address"),
        log_format=read.one_of("log_format", ("text", "json")),
        log_level=read.one_of("log_level", ("debug", "info", "warning", "error")),
        access_log=read.share("access_log"),
        tracing=read.endpoint("tracing"),
        registry=read.store("registry"),
        registry_keys=read.path("registry_keys"),
        policy=read.file("policy"),
        notices=read.file("notices"),
        region=read.region("region"),
        decision_log=read.file("decision_log"),
        decision_keys=read.path("decision_keys"),
        decision_sample=read.share("decision_sample"),
        decision_sample_objections=read.share("decision_sample_objections"),
        decision_days=read.whole("decision_days", range(1, 3_651)),
    )
