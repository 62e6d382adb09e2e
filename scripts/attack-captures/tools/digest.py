"""digest.py PORT: HTTP with digest authentication (RFC 7616): asks, and takes any answer."""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        known = self.headers.get("Authorization", "").startswith("Digest ")
        body = b"a report\n" if known else b"who are you?\n"
        self.send_response(200 if known else 401)
        if not known:
            self.send_header("WWW-Authenticate", f'Digest realm="lab", qop="auth", algorithm=SHA-256, nonce="{os.urandom(16).hex()}"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("", int(sys.argv[1])), Handler).serve_forever()
