"""Flows that say something about other flows: FTP's data connections, names that were resolved before."""

from captures.frames import noise, v4
from captures.names import A, POINTER_TO_QUESTION, query, record, response
from captures.talk import LAPTOP, MS, ROUTER, SERVER, WEB, Tcp, Trace


def related():
    trace = Trace()

    def opaque(src_port, dst_port, name, server=WEB, client=LAPTOP):
        tcp = Tcp(trace, client, server, src_port, dst_port)
        tcp.open()
        tcp.ask(noise(name, 60), noise(name + " answer", 200))
        tcp.close()
        trace.wait(100 * MS)

    # A connection before its name was asked for, and one after.
    opaque(46001, 7443, "before")
    trace.wait(2_000 * MS)
    trace.udp(LAPTOP, ROUTER, 46100, 53, query(0x0C01, "plc.example.com", A))
    trace.wait(12 * MS)
    answers = [record(POINTER_TO_QUESTION, A, v4("198.51.100.10"))]
    trace.udp(ROUTER, LAPTOP, 53, 46100, response(0x0C01, "plc.example.com", A, answers))
    trace.wait(3_000 * MS)
    opaque(46002, 7443, "after")
    # Another client did not ask.
    opaque(46003, 7443, "other", client=SERVER)

    # FTP: a passive data connection, then an active one.
    control = Tcp(trace, LAPTOP, SERVER, 46010, 21, rtt=1 * MS)
    control.open()
    control.send("s", b"220 files.example.net FTP server ready.\r\n")
    control.ack("c")
    control.ask(b"USER example\r\n", b"331 Password required for example.\r\n")
    control.ask(b"PASS example\r\n", b"230 User example logged in.\r\n")
    control.ask(b"TYPE I\r\n", b"200 Type set to I.\r\n")
    control.ask(b"PASV\r\n", b"227 Entering Passive Mode (192,168,10,5,195,80).\r\n")
    data = Tcp(trace, LAPTOP, SERVER, 46011, 195 * 256 + 80, rtt=1 * MS)
    data.open()
    control.ask(b"RETR recipe.bin\r\n", b"150 Opening BINARY mode data connection.\r\n")
    data.send("s", noise("recipe", 3000))
    data.ack("c")
    data.close("s")
    control.send("s", b"226 Transfer complete.\r\n")
    control.ack("c")
    control.ask(b"PORT 192,168,10,20,179,190\r\n", b"200 PORT command successful.\r\n")
    control.ask(b"STOR recipe.bin\r\n", b"150 Opening BINARY mode data connection.\r\n")
    data = Tcp(trace, SERVER, LAPTOP, 20, 179 * 256 + 190, rtt=1 * MS)
    data.open()
    data.send("s", noise("recipe 2", 3000))
    data.ack("c")
    data.close("s")
    control.send("s", b"226 Transfer complete.\r\n")
    control.ack("c")
    control.ask(b"QUIT\r\n", b"221 Goodbye.\r\n")
    control.close()
    return trace.packets
