"""Whether the files that a server needs are there, whole, current and out of others' reach."""

import datetime
import math
import stat
from pathlib import Path

from cryptography import x509

from classifier.decision_log.log_keys import read_log_keys
from classifier.errors import (
    BundleError,
    CertificateError,
    KeyFileError,
    SettingsError,
    TokensError,
)
from classifier.model_bundle import load_bundle
from classifier.server.checkup.findings import (
    Finding,
    failed,
    may_be_made,
    ok,
    secret_file,
    warning,
)
from classifier.server.security.certificates import CertificateFiles
from classifier.server.security.token_file import read_tokens
from classifier.server.security.transport import certificate_and_key
from classifier.server.settings import Settings

_RENEW_DAYS = 21
_NEW_TOKEN_DAYS = 14


def check_bundle(settings: Settings) -> list[Finding]:
    """Return whether the bundle would be served: digests, fingerprint, second reader.

    Args:
        settings: Of the server.
    """
    check, folder = "bundle", settings.bundle
    try:
        bundle = load_bundle(folder, settings.second_reader)
    except BundleError as error:
        return [failed(check, str(error), "do as it says, or point WURAO_BUNDLE to another")]
    reader = "with its second reader" if bundle.second_reader else "without a second reader"
    findings = [ok(check, f"{folder}: model {bundle.manifest.version}, whole, {reader}")]
    if folder.stat().st_mode & stat.S_IWOTH:
        found = f"{folder}: anyone may change the model"
        findings.append(failed(check, found, f"chmod o-w {folder}"))
    return findings


def check_certificate(settings: Settings) -> list[Finding]:
    """Return whether the certificate fits its key and for how long it holds.

    Args:
        settings: Of the server.
    """
    check = "TLS"
    try:
        pair = certificate_and_key(settings)
    except SettingsError as error:
        return [failed(check, str(error), "correct or unset the variables")]
    if pair is None:
        return [ok(check, "not set; the connection is not encrypted")]
    path, key = pair
    try:
        CertificateFiles(path, key, settings.tls_client_ca).read()
    except CertificateError as error:
        remedy = "put files there that belong together and are valid now"
        return [failed(check, str(error), remedy)]
    days = min(_days_left(path))  # with those above it, clients trust it no longer than each
    if days <= 0:
        found = f"{path}: holds a certificate above the server's that has run out"
        findings = [failed(check, found, "put the one that its authority gives now in its place")]
    elif days < _RENEW_DAYS:
        found = f"{path}: runs out in {days:.0f} days"
        findings = [warning(check, found, "renew it; a running server takes the new one")]
    else:
        findings = [ok(check, f"{path}: fits its key, good for {days:.0f} days")]
    return findings + _client_authorities(check, settings.tls_client_ca) + secret_file(check, key)


def check_tokens(settings: Settings) -> list[Finding]:
    """Return whether the token file can be used, and which tokens expire soon or have expired.

    Args:
        settings: Of the server.
    """
    check, path = "tokens", settings.tokens
    if path is None:
        return [ok(check, "not set; everyone who reaches the port may call")]
    try:
        tokens = read_tokens(path)
    except TokensError as error:
        return [failed(check, str(error), "`wurao tokens new`, or correct WURAO_TOKENS")]
    found = [ok(check, f"{path}: {len(tokens)} tokens")]
    for token in tokens.values():
        days = math.inf if token.expires_at is None else _days_until(token.expires_at)
        if days < _NEW_TOKEN_DAYS:
            when = f"expires in {days:.0f} days" if days > 0 else "has expired"
            remedy = (
                f"`wurao tokens new` if it is still used; then `wurao tokens revoke {token.id}`"
            )
            found.append(warning(check, f"{path}: {token.id} of {token.name} {when}", remedy))
    return found + secret_file(check, path)


def check_decision_log(settings: Settings) -> list[Finding]:
    """Return whether the decision log could be written: its folder and its key.

    Args:
        settings: Of the server.
    """
    check, folder, path = "decision log", settings.decision_log, settings.decision_keys
    if folder is None:
        return [ok(check, "not set; decisions are not kept for `wurao monitor`")]
    try:
        keys = read_log_keys(path)
    except KeyFileError as error:
        remedy = "`wurao decisions new-key`; WURAO_DECISION_KEYS is for the server's user to read"
        return [failed(check, str(error), remedy)]
    if not may_be_made(folder):
        found = f"{folder}: cannot be written"
        return [failed(check, found, f"make the folder {folder} and give it to the server's user")]
    shares = (settings.decision_sample, settings.decision_sample_objections)
    told = "{:.3g} of ordinary and {:.3g} of other turns".format(*shares)
    kept = f"{folder}: {told}, masked, for {settings.decision_days} days; {len(keys)} keys"
    return [ok(check, kept), *secret_file(check, path)]


def _client_authorities(check: str, path: Path | None) -> list[Finding]:
    if path is None:
        return []
    days = min(left for left in _days_left(path) if left > 0)
    if days >= _RENEW_DAYS:
        return [ok(check, f"{path}: authorities of clients, good for {days:.0f} days")]
    found = f"{path}: an authority of clients runs out in {days:.0f} days, and lets none in then"
    return [warning(check, found, "put the next one beside it; a running server takes it")]


def _days_left(path: Path) -> list[float]:
    held = x509.load_pem_x509_certificates(path.read_bytes())
    return [_days_until(certificate.not_valid_after_utc) for certificate in held]


def _days_until(moment: datetime.datetime) -> float:
    return (moment - datetime.datetime.now(datetime.UTC)) / datetime.timedelta(days=1)
