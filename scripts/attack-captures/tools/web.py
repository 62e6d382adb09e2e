"""web.py PORT [CERT KEY [tls1.2|tls1.3]]: a small web server: / gives 2 kB, /NUMBER gives so many bytes, uploads are read; /private asks for a password."""

import base64
import hashlib
import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET6

USERS = {"anna": "correct-horse", "admin": "Zebra-4711"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "lab-web/1.0"

    def allowed(self):
        given = self.headers.get("Authorization", "")
        if not given.startswith("Basic "):
            return False
        name, _, password = base64.b64decode(given[6:]).decode(errors="replace").partition(":")
        return USERS.get(name) == password

    def answer(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        path = self.path.split("?")[0].strip("/")
        if path.startswith("private") and not self.allowed():
            return self.answer(401, b"who are you?\n", WWW_Authenticate='Basic realm="lab"')
        size = int(path) if path.isdigit() else 2000
        block = hashlib.sha256(path.encode()).hexdigest().encode()
        self.answer(200, (block * (size // len(block) + 1))[:size], Content_Type="text/html")

    do_HEAD = do_GET

    def do_PUT(self):
        left = int(self.headers.get("Content-Length", 0))
        read = b""
        while left > 0:
            data = self.rfile.read(min(left, 65536))
            if not data:
                break
            left -= len(data)
            read = (read + data)[:4096]
        if self.path.startswith("/login"):
            good = b"password=correct-horse" in read
            return self.answer(200 if good else 403, b"welcome\n" if good else b"wrong password\n")
        self.answer(200, b"thanks\n")

    do_POST = do_PUT

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    address_family = AF_INET6
    request_queue_size = 128
    daemon_threads = True


server = Server(("::", int(sys.argv[1])), Handler)
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    if "tls1.2" in sys.argv:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
