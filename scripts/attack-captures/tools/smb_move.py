"""smb_move.py HOST USER PASSWORD: what psexec does first, by impacket: list shares, put a programme into ADMIN$, open svcctl."""

import io
import sys

from impacket.smb3structs import SMB2_DIALECT_21
from impacket.smbconnection import SMBConnection
from impacket.dcerpc.v5 import scmr, transport

host, user, password = sys.argv[1:4]
smb = SMBConnection(host, host, timeout=5, preferredDialect=SMB2_DIALECT_21)  # 3.x would encrypt
smb.login(user, password)
for share in smb.listShares():
    print(share["shi1_netname"])
smb.putFile("ADMIN$", "PSEXESVC.exe", io.BytesIO(b"MZ" + b"\0" * 6000).read)
try:
    pipe = transport.DCERPCTransportFactory(rf"ncacn_np:{host}[\pipe\svcctl]")
    pipe.set_smb_connection(smb)
    service = pipe.get_dce_rpc()
    service.connect()
    service.bind(scmr.MSRPC_UUID_SCMR)
    handle = scmr.hROpenSCManagerW(service)["lpScHandle"]
    scmr.hRCreateServiceW(service, handle, "PSEXESVC", "PSEXESVC", lpBinaryPathName="%SystemRoot%\\PSEXESVC.exe")
except Exception as error:  # Samba's service manager refuses to make services
    print(error)
smb.deleteFile("ADMIN$", "PSEXESVC.exe")
smb.logoff()
