"""SM2 with SM3 (GB/T 32918), as OpenSSL writes it: the library computes, this module knows the files' form.

`cryptography` has no SM2. A key file has one form for every key (SEC1 inside PKCS#8, RFC 5208 and 5915), so what stands
around the numbers is compared, not parsed.
"""

from __future__ import annotations

from gmalg import SM2

from buildpacks.errors import Refused

IDENTITY = b"1234567812345678"
"""What GB/T 35276 signs with where nobody agreed on another; `openssl` is told it as distid."""
_NUMBER = 32
_POINT = 1 + 2 * _NUMBER
_PUBLIC = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
_PRIVATE = bytes.fromhex("308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420")
_WITH_PUBLIC = bytes.fromhex("a144034200")


def make() -> bytes:
    """Give a new private key (PKCS#8, DER)."""
    secret: bytes
    public: bytes
    secret, public = SM2().generate_keypair()
    return _PRIVATE + secret.rjust(_NUMBER, b"\0") + _WITH_PUBLIC + public


def is_private(key: bytes) -> bool:
    return key.startswith(_PRIVATE) and len(key) == len(_PRIVATE) + _NUMBER + len(_WITH_PUBLIC) + _POINT


def is_public(key: bytes) -> bool:
    return key.startswith(_PUBLIC) and len(key) == len(_PUBLIC) + _POINT


def public_of(private: bytes) -> bytes:
    """Give the public key (SubjectPublicKeyInfo, DER) that belongs to a private one."""
    return _PUBLIC + private[-_POINT:]


def sign(private: bytes, message: bytes) -> bytes:
    """Give the signature of a message: the two numbers in DER, as ECDSA's."""
    secret = private[len(_PRIVATE) : len(_PRIVATE) + _NUMBER]
    r, s = SM2(secret, IDENTITY).sign(message)
    return _sequence(r, s)


def verifies(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the signature is this key's for this message. Raises Refused `bundle-signature.key` for a point that is
    not on the curve.
    """
    point = public[-_POINT:]
    numbers = _numbers(signature)
    if not SM2().verify_pk(point):
        raise Refused("bundle-signature.key")
    return numbers is not None and bool(SM2(None, IDENTITY, point).verify(message, *numbers))


def _number(value: bytes) -> bytes:
    """Give a number in DER: without leading zeros, but for the one that keeps it positive."""
    least = value.lstrip(b"\0") or b"\0"
    if least[0] >= 0x80:  # noqa: PLR2004 - the sign bit
        least = b"\0" + least
    return bytes((0x02, len(least))) + least


def _numbers(signature: bytes) -> tuple[bytes, bytes] | None:
    """Give the two numbers of a signature; None where it is not written as `sign` and OpenSSL write it."""
    first = signature[4 : 4 + signature[3]] if len(signature) > _NUMBER else b""
    rest = signature[4 + len(first) :]
    second = rest[2:]
    if not first or not second or signature != _sequence(first, second):
        return None
    return first.lstrip(b"\0"), second.lstrip(b"\0")


def _sequence(first: bytes, second: bytes) -> bytes:
    numbers = _number(first) + _number(second)
    return bytes((0x30, len(numbers))) + numbers
