"""Encrypt and decrypt credentials with KMS, in a context that binds each to its user, provider and item.

A ciphertext copied to another row does not decrypt. The plain text is only returned, never stored or logged.
"""

from collections.abc import Mapping

from botocore.exceptions import BotoCoreError, ClientError

from tidings import settings
from tidings.aws import clients
from tidings.errors import StoreUnavailable
from tidings.model import Access
from tidings.store.sources import SourceKey


def _context(source: SourceKey) -> dict[str, str]:
    return {"user_id": source.user_id, "provider": source.provider, "item": str(source.item)}


def decrypt_access(source: SourceKey, item_id: str, app: Mapping[str, str], ciphertext: bytes) -> Access:
    """Decrypt an item's credential into what calls need. Raises the errors of `decrypt`."""
    return Access(app, item_id, decrypt(source, ciphertext))


def encrypt(source: SourceKey, credential: str) -> bytes:
    """Encrypt an item's credential for its owner. Raises StoreUnavailable if KMS fails."""
    try:
        response = clients.aws_client("kms").encrypt(
            KeyId=settings.credential_key_id(), Plaintext=credential.encode(), EncryptionContext=_context(source)
        )
    except (BotoCoreError, ClientError):
        raise StoreUnavailable("The credential can't be stored now.") from None
    ciphertext: bytes = response["CiphertextBlob"]
    return ciphertext


def decrypt(source: SourceKey, ciphertext: bytes) -> str:
    """Decrypt an item's credential. Raises StoreUnavailable if KMS fails or rejects the context."""
    try:
        response = clients.aws_client("kms").decrypt(
            KeyId=settings.credential_key_id(), CiphertextBlob=ciphertext, EncryptionContext=_context(source)
        )
    except (BotoCoreError, ClientError):
        raise StoreUnavailable("The credential can't be read now.") from None
    plaintext: bytes = response["Plaintext"]
    return plaintext.decode()
