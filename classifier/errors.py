"""The error tree. A message names what is wrong and what to do; it never repeats a caller's text.

WuraoError
├── InvalidInputError     what came breaks the contract: names the fields
│   ├── InvalidTurnError      a turn or record
│   └── InvalidSubjectError   a number, address or id that cannot be read
├── BundleError           a model bundle cannot be used
│   ├── BundleMissingError    there is none at that path
│   ├── BundleCorruptError    a file is missing, truncated or changed
│   ├── BundleStaleError      made by other code, dictionary or format than runs now
│   ├── BundleUnreadableError a file or the folder may not or cannot be read
│   └── ReaderMissingError    it has a second reader, and what runs it is not installed
├── TableError            a table is in an encoding that is not told: names the file and the remedy
├── DataError             the labelled data set breaks its rules: names file and line
├── ModelStoreError       the model store cannot do what was asked
│   └── PromotionRefusedError a gate failed
├── SettingsError         a setting cannot be read: names the setting
├── PolicyError           a file of the registry's rules is wrong: names file, table, key, remedy
├── WorkerError           a worker process cannot start, or keeps dying
├── ListError             a list of opt-outs cannot be read or written: names the file
├── TokensError           a token file cannot be used, or a token not be made
├── CertificateError      a certificate, key or authority file cannot be used
├── KeyFileError          a file of secret keys is missing or wrong
├── DecisionLogError      a decision log cannot be read: names folder or file
├── MonitorError          traffic cannot be held against a reference or thresholds
├── CallError             a server could not be asked
├── RegistryError         the opt-out registry cannot do what was asked
│   ├── InvalidRequestError   a request breaks the contract: names the field
│   ├── RequestConflictError  the same request_id came before with other content
│   ├── RecordMissingError    there is no such record in that tenant
│   ├── RecordChangedError    the record is no longer as the caller last saw it
│   ├── ClaimedError          somebody else has claimed the review
│   ├── ResolvedError         it is over already: decided, closed, confirmed, released
│   ├── RewordedError         a version of a notice is another text now than was given
│   ├── KeysError             the registry's keys are missing, wrong or unreadable
│   ├── ChainBrokenError      the log of events was tampered with
│   └── StoreError            the store cannot be opened, read or written
│       ├── StoreMissingError     no registry was ever made there
│       └── SchemaError           its tables are newer than this program, or damaged
├── ArchiveError          a large file of turns cannot be read
├── ClusterError          a Dask cluster cannot be used
│   └── ClusterLostError      it went away while it was in use: names the scheduler
├── TrackingError         MLflow cannot be told of a run
└── OutputError           answers cannot be written
"""

from dataclasses import dataclass
from pathlib import Path


class WuraoError(Exception):
    """The root of every error that this project raises on purpose."""


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One broken rule of one field.

    Attributes:
        field: Path of the field as the caller wrote it, such as ``context[3].speaker``.
        problem: What is wrong and what is allowed, without the value itself.
    """

    field: str
    problem: str

    def __str__(self) -> str:
        """Return ``field: problem``."""
        return f"{self.field}: {self.problem}"


class InvalidInputError(WuraoError):
    """What came breaks the contract."""

    def __init__(self, violations: list[FieldViolation]) -> None:
        """Keep every violation found, so that a caller can mend them all at once.

        Args:
            violations: At least one.
        """
        super().__init__("; ".join(str(violation) for violation in violations))
        self.violations = tuple(violations)


class InvalidTurnError(InvalidInputError):
    """A turn or record breaks the contract."""


class InvalidSubjectError(InvalidInputError):
    """A number, address or id cannot be read as one."""


class BundleError(WuraoError):
    """A model bundle cannot be used."""


class BundleMissingError(BundleError):
    """There is no bundle at the path that was asked for."""


class BundleCorruptError(BundleError):
    """A file of the bundle is missing, truncated or changed."""


class BundleStaleError(BundleError):
    """The bundle was made by other code, another dictionary or another format than runs now."""


class BundleUnreadableError(BundleError):
    """A file of the bundle, or its folder, may not or cannot be read."""

    def __init__(self, error: OSError, path: Path) -> None:
        """Say what, why and what to do.

        Args:
            error: What the system says.
            path: What was read, where that names none.
        """
        denied = isinstance(error, PermissionError)
        remedy = "; let the user who runs this read it" if denied else ""
        super().__init__(f"{error.filename or path}: cannot be read: {error.strerror}{remedy}")


class ReaderMissingError(BundleError):
    """The bundle has a second reader, and onnxruntime, which runs it, is not installed."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(
            "the second reader needs onnxruntime: `pip install wurao[reader]`, "
            "or do without it: `--no-second-reader`, WURAO_SECOND_READER=false"
        )


class TableError(WuraoError):
    """A table is in another encoding than was said, or in one that is not told."""


class DataError(WuraoError):
    """The labelled data set breaks its rules."""


class ModelStoreError(WuraoError):
    """The model store cannot do what was asked."""


class PromotionRefusedError(ModelStoreError):
    """A gate failed, and nobody overrode it who may."""


class SettingsError(WuraoError):
    """A setting cannot be read."""


class PolicyError(WuraoError):
    """A file of the registry's rules or notices is wrong."""


class WorkerError(WuraoError):
    """A worker process cannot start, or workers keep dying."""


class ListError(WuraoError):
    """A list of opt-outs cannot be read or written."""


class TokensError(WuraoError):
    """A token file cannot be used, or a token not be made."""


class CertificateError(WuraoError):
    """A certificate, key or authority file cannot be used."""


class KeyFileError(WuraoError):
    """A file of secret keys is missing or wrong."""


class DecisionLogError(WuraoError):
    """A decision log cannot be read."""


class MonitorError(WuraoError):
    """Traffic cannot be held against a reference: none is there, or thresholds are wrong."""


class CallError(WuraoError):
    """A server could not be asked.

    Attributes:
        retry_seconds: When an overloaded server wants to be asked again; None where it said none.
        reason: The server's own, such as ``STORE_UNAVAILABLE``; empty where it gave none.
        code: Of gRPC, such as ``DEADLINE_EXCEEDED``; empty where nothing was asked.
    """

    def __init__(
        self, message: str, retry_seconds: float | None = None, reason: str = "", code: str = ""
    ) -> None:
        """Say what failed.

        Args:
            message: For a person.
            retry_seconds: As above.
            reason: As above.
            code: As above.
        """
        super().__init__(message)
        self.retry_seconds = retry_seconds
        self.reason = reason
        self.code = code


class ArchiveError(WuraoError):
    """A large file of turns cannot be read, or its parts belong to something else."""


class ClusterError(WuraoError):
    """A Dask cluster cannot be reached, lacks something, or was lost."""


class ClusterLostError(ClusterError):
    """A Dask cluster went away while it was in use."""


class TrackingError(WuraoError):
    """MLflow is not installed, or its store cannot be used."""


class OutputError(WuraoError):
    """Answers cannot be written where they should go."""


class RegistryError(WuraoError):
    """The opt-out registry cannot do what was asked."""


class InvalidRequestError(InvalidInputError, RegistryError):
    """A request to the registry breaks the contract."""


class RequestConflictError(RegistryError):
    """The same request_id came before with other content."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__("request_id: was used before with other content; send a new one")


class RecordMissingError(RegistryError):
    """There is no such record in that tenant."""


class RecordChangedError(RegistryError):
    """The record is no longer as the caller last saw it."""


class ClaimedError(RegistryError):
    """Somebody else has claimed the review."""


class ResolvedError(RegistryError):
    """It is over already: decided, closed, confirmed or released."""


class RewordedError(RegistryError):
    """A version of a notice is another text now than was given under it."""


class KeysError(RegistryError):
    """The keys of the registry are missing, wrong or unreadable."""


class ChainBrokenError(RegistryError):
    """The log of events was tampered with."""


class StoreError(RegistryError):
    """The store of the registry cannot be opened, read or written.

    Its text goes into the server's log: it names a place and a cause, and no value of a row.
    """


class StoreMissingError(StoreError):
    """No registry was ever made there, so nobody knows who may not be contacted."""

    def __init__(self, name: str) -> None:
        """Say what to do.

        Args:
            name: Of the store, without a password.
        """
        super().__init__(
            f"{name}: no registry is there; correct WURAO_REGISTRY or mount what it stands on, "
            "or make a new, empty one: `wurao optouts create`"
        )


class SchemaError(StoreError):
    """The tables of the store are newer than this program, or damaged."""
