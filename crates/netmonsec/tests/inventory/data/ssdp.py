"""A UPnP device that announces itself, answers searches and takes its leave; and one who searches.

ssdp.py serve ADDRESS UUID | ssdp.py search ADDRESS
"""

import signal
import socket
import sys

GROUP, PORT = "239.255.255.250", 1900
SERVER = "Linux/5.10 UPnP/1.0 MiniDLNA/1.3.0"
DEVICE = "urn:schemas-upnp-org:device:MediaServer:1"


def message(first, *headers):
    return "\r\n".join([first, *headers, "", ""]).encode()


def names(uuid):
    """Type and unique name of everything that a device announces."""
    yield "upnp:rootdevice", f"uuid:{uuid}::upnp:rootdevice"
    yield f"uuid:{uuid}", f"uuid:{uuid}"
    yield DEVICE, f"uuid:{uuid}::{DEVICE}"


def serve(address, uuid):
    hears = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    hears.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    hears.bind(("", PORT))
    member = socket.inet_aton(GROUP) + socket.inet_aton(address)
    hears.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
    hears.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
    hears.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
    location = f"LOCATION: http://{address}:8200/rootDesc.xml"
    common = [location, "CACHE-CONTROL: max-age=1800", f"SERVER: {SERVER}"]
    host = f"HOST: {GROUP}:{PORT}"

    def leave(*_):
        for kind, name in names(uuid):
            bye = message("NOTIFY * HTTP/1.1", host, f"NT: {kind}", "NTS: ssdp:byebye", f"USN: {name}")
            hears.sendto(bye, (GROUP, PORT))
        sys.exit(0)

    signal.signal(signal.SIGTERM, leave)
    for kind, name in names(uuid):
        alive = ["NTS: ssdp:alive", f"NT: {kind}", f"USN: {name}"]
        hears.sendto(message("NOTIFY * HTTP/1.1", host, *alive, *common), (GROUP, PORT))
    print("announced", file=sys.stderr, flush=True)
    while True:
        data, peer = hears.recvfrom(2048)
        if data.startswith(b"M-SEARCH * HTTP/1.1"):
            for kind, name in names(uuid):
                hears.sendto(message("HTTP/1.1 200 OK", "EXT:", f"ST: {kind}", f"USN: {name}", *common), peer)


def search(address):
    asks = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asks.bind((address, 0))
    asks.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
    asks.settimeout(3)
    target = ["MAN: \"ssdp:discover\"", "MX: 1", f"ST: {DEVICE}"]
    agent = "USER-AGENT: Linux/6.1 UPnP/2.0 office-browser/7.2"
    asks.sendto(message("M-SEARCH * HTTP/1.1", f"HOST: {GROUP}:{PORT}", *target, agent), (GROUP, PORT))
    print(asks.recvfrom(2048))


{"serve": serve, "search": search}[sys.argv[1]](*sys.argv[2:])
