"""A certificate in DER, byte for byte the same at every run.

Its private key is the number 1 and so is the nonce of its signature: the public key is then the generator of P-256
and the signature is an addition. It is valid, and everybody can forge it: for captures only.
"""

import hashlib

# P-256: the generator, and the order of its group (FIPS 186-4 D.1.2.3).
GX = 0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296
GY = 0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

ECDSA_WITH_SHA256 = "2a8648ce3d040302"
EC_PUBLIC_KEY = "2a8648ce3d0201"
P256 = "2a8648ce3d030107"
COMMON_NAME = "550403"
SUBJECT_ALT_NAME = "551d11"


def der(tag, *contents):
    body = b"".join(contents)
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    length = bytes([len(body)]) if len(body) < 128 else bytes([0x80 | len(size)]) + size
    return bytes([tag]) + length + body


def sequence(*contents):
    return der(0x30, *contents)


def integer(value):
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(encoded):
    return der(0x06, bytes.fromhex(encoded))


def bits(data):
    return der(0x03, b"\0" + data)


def self_signed(name):
    algorithm = sequence(oid(ECDSA_WITH_SHA256))
    who = sequence(der(0x31, sequence(oid(COMMON_NAME), der(0x0C, name.encode()))))
    validity = sequence(der(0x17, b"260101000000Z"), der(0x17, b"280101000000Z"))
    point = b"\x04" + GX.to_bytes(32, "big") + GY.to_bytes(32, "big")
    key = sequence(sequence(oid(EC_PUBLIC_KEY), oid(P256)), bits(point))
    names = sequence(der(0x82, name.encode()))
    extensions = der(0xA3, sequence(sequence(oid(SUBJECT_ALT_NAME), der(0x04, names))))
    version = der(0xA0, integer(2))
    body = sequence(version, integer(0x4E4D), algorithm, who, validity, who, key, extensions)
    digest = int.from_bytes(hashlib.sha256(body).digest(), "big")
    signature = sequence(integer(GX % ORDER), integer((digest + GX) % ORDER))
    return sequence(body, algorithm, bits(signature))
