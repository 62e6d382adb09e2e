"""smtp.py PORT: takes mail, after AUTH PLAIN or LOGIN without TLS if the client wants (aiosmtpd)."""

import sys
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Take:
    async def handle_DATA(self, server, session, envelope):
        return "250 OK"


Controller(Take(), hostname="0.0.0.0", port=int(sys.argv[1]), auth_require_tls=False,
           authenticator=lambda *_: AuthResult(success=True)).start()
time.sleep(3600)
