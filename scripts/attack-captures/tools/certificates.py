"""certificates.py DIR: an authority and certificates of intranet.example.com: good, rsa (good), expired, future, self(-signed), weak."""

import datetime
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

folder, now, day = Path(sys.argv[1]), datetime.datetime.utcnow(), datetime.timedelta(days=1)


def name(common):
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Lab"), x509.NameAttribute(NameOID.COMMON_NAME, common)])


def write(base, key, certificate):
    (folder / f"{base}.key").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    (folder / f"{base}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def make(base, key, begin, end, issuer=None, issuer_key=None, common="intranet.example.com", ca=False, digest=None):
    builder = (x509.CertificateBuilder().subject_name(name(common)).issuer_name(issuer or name(common)).public_key(key.public_key())
               .serial_number(x509.random_serial_number()).not_valid_before(now + begin * day).not_valid_after(now + end * day)
               .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True))
    if not ca:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(common)]), critical=False)
    certificate = builder.sign(issuer_key or key, digest or hashes.SHA256())
    write(base, key, certificate)
    return certificate


def curve():
    return ec.generate_private_key(ec.SECP256R1())


root_key = curve()
root = make("root", root_key, -400, 3000, common="Lab Root", ca=True)
signed = {"issuer": root.subject, "issuer_key": root_key}
make("good", curve(), -10, 80, **signed)
make("rsa", rsa.generate_private_key(65537, 2048), -10, 80, **signed)
make("expired", curve(), -395, -30, **signed)
make("future", curve(), 30, 120, **signed)
make("self", curve(), -10, 3000)
old = rsa.generate_private_key(65537, 2048)
make("weak", rsa.generate_private_key(65537, 1024), -10, 80, issuer=name("Old Root"), issuer_key=old, digest=hashes.SHA1())
