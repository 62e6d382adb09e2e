"""tls_old.py server|client VERSION CIPHER (CERT KEY | HOST): one old version and one old cipher, by tlslite-ng."""

import socket
import sys

from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey

way, version, cipher = sys.argv[1], sys.argv[2], sys.argv[3]
settings = HandshakeSettings()
settings.minVersion = settings.maxVersion = {"3.0": (3, 0), "1.1": (3, 2), "1.2": (3, 3)}[version]
settings.versions = [settings.minVersion]
settings.cipherNames, settings.macNames = [cipher], ["sha", "md5"]
if way == "server":
    chain = X509CertChain()
    chain.parsePemList(open(sys.argv[4]).read())
    key = parsePEMKey(open(sys.argv[5]).read(), private=True)
    listener = socket.create_server(("", 443))
    while True:
        connection = TLSConnection(listener.accept()[0])
        try:
            connection.handshakeServer(certChain=chain, privateKey=key, settings=settings)
            connection.write(b"HTTP/1.0 200 OK\r\n\r\n" + connection.read(max=200))
            connection.close()
        except Exception as error:
            print("server:", error, flush=True)
else:
    connection = TLSConnection(socket.create_connection((sys.argv[4], 443), timeout=4))
    connection.handshakeClientCert(settings=settings, serverName="intranet.example.com")
    connection.write(b"GET / HTTP/1.0\r\n\r\n")
    print(connection.version, connection.session.cipherSuite, connection.read(max=200))
