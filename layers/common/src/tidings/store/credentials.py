"""Credentials at rest: KMS, with a context that binds each one to its user, provider and item.

A ciphertext copied to another row does not decrypt. The plain text is returned and nothing else is done with it.
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
    """What the item is called with. Errors as `unseal`."""
    return Access(app, item_id, decrypt(source, ciphertext))


def encrypt(source: SourceKey, credential: str) -> bytes:
    """Encrypt an item's credential for its owner. StoreUnavailable when KMS does not answer."""
    try:
        answer = clients.aws_client("kms").encrypt(
            KeyId=settings.credential_key_id(), Plaintext=credential.encode(), EncryptionContext=_context(source)
        )
    except (BotoCoreError, ClientError):
        raise StoreUnavailable("The credential can't be stored now.") from None
    ciphertext: bytes = answer["CiphertextBlob"]
    return ciphertext


def decrypt(source: SourceKey, ciphertext: bytes) -> str:
    """Decrypt an item's credential. StoreUnavailable when KMS does not answer, or refuses the context."""
    try:
        answer = clients.aws_client("kms").decrypt(
            KeyId=settings.credential_key_id(), CiphertextBlob=ciphertext, EncryptionContext=_context(source)
        )
    except (BotoCoreError, ClientError):
        raise StoreUnavailable("The credential can't be read now.") from None
    plain: bytes = answer["Plaintext"]
    return plain.decode()
