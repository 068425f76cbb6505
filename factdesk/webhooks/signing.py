"""The secrets of endpoints, and what is signed with them, by the Standard Webhooks specification (v1, symmetric).

The bargain: to sign, the desk needs a secret in clear, so it cannot keep a digest alone. It is encrypted with a key
made of SECRET_KEY, which is in no backup: whoever finds a backup can send nothing in the desk's name. The price: a desk
that was restored with another key cannot read them, and each endpoint needs a new one.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PREFIX = "whsec_"


class SecretLost(Exception):
    """It was encrypted with another key than the desk has."""


def new_secret() -> str:
    """A secret as its receiver keeps it: ``whsec_`` and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def _box() -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"factdesk webhooks").derive(settings.SECRET_KEY.encode())
    return Fernet(base64.urlsafe_b64encode(key))


def locked_up(secret: str) -> str:
    """The secret as the database keeps it."""
    return _box().encrypt(secret.encode()).decode()


def taken_out(kept: str) -> str:
    """The secret again, or SecretLost."""
    try:
        return _box().decrypt(kept).decode()
    except InvalidToken:
        raise SecretLost from None


def headers(message_id: str, at: datetime, body: bytes, with_secrets: Iterable[str]) -> dict[str, str]:
    """The three headers of a message that is sent at that moment, signed with each of the secrets."""
    timestamp = str(int(at.timestamp()))
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = " ".join(f"v1,{_signature(secret, signed)}" for secret in with_secrets)
    return {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": signatures}


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
