"""Who is in the office: name, last number of the address, MAC, and what it says when it asks for an address.

The prefixes are those of real makers, so that the devices look like some; the rest of each address is invented. What a
device asks DHCP for, and in which order, is a habit of its system (RFC 2132 s9.8); None means a fixed address.
"""

WINDOWS = ("MSFT 5.0", [1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252])
MACOS = ("", [1, 121, 3, 6, 15, 108, 114, 119, 252, 95, 44, 46])
IOS = ("", [1, 121, 3, 6, 15, 108, 114, 119, 252])
ANDROID = ("android-dhcp-14", [1, 3, 6, 15, 26, 28, 51, 58, 59, 43])
LINUX = ("", [1, 2, 6, 12, 15, 26, 28, 121, 3, 33, 40, 41, 42, 119, 249, 252])
SMALL = ("", [1, 3, 28, 6])
UDHCP = ("udhcp 1.19.4", [1, 3, 6, 12, 15, 28, 42])
HP = ("HP Printer", [1, 3, 6, 12, 15, 44])
BROTHER = ("", [1, 3, 6, 15, 44])
AXIS = ("AXIS,Network Camera,P3245-V,10.12.114", [1, 3, 6, 12, 15, 42])
YEALINK = ("yealink", [1, 3, 6, 15, 42, 66])

CAST = [
    # attribute, number, MAC, name, DHCP
    ("router", 1, "00:0d:b9:50:00:01", "router", None),
    ("switch_1", 2, "00:1b:54:50:00:02", "switch-1", None),
    ("ap", 3, "24:a4:3c:50:00:03", "ap-lobby", None),
    ("server", 10, "00:25:90:50:00:10", "server", None),
    ("nas", 11, "00:11:32:50:00:11", "DiskStation", None),
    ("printer_hp", 12, "3c:52:82:50:00:12", "NPI500012", HP),
    ("printer_brother", 13, "00:80:77:50:00:13", "BRN008077500013", BROTHER),
    ("tv", 14, "00:e0:91:50:00:14", "LGwebOSTV", SMALL),
    ("camera", 15, "00:40:8c:50:00:15", "axis-00408c500015", AXIS),
    ("voip", 16, "00:15:65:50:00:16", "yealink-reception", YEALINK),
    ("thermostat", 17, "00:d0:2d:50:00:17", "thermostat-hall", SMALL),
    ("plc", 18, "00:80:f4:50:00:18", "plc-heating", None),
    ("pi", 25, "b8:27:eb:50:00:25", "raspberrypi", LINUX),
    ("admin", 31, "f8:75:a4:50:00:31", "admin-linux", LINUX),
    ("pc_win", 32, "8c:ec:4b:50:00:32", "DESKTOP-7KQ2M4X", WINDOWS),
    ("laptop_win", 33, "3c:97:0e:50:00:33", "LAPTOP-9PLM4T2K", WINDOWS),
    ("macbook", 34, "f0:18:98:50:00:34", "MacBook-Carla", MACOS),
    ("iphone", 41, "7e:12:9a:50:00:41", "iPhone-Anna", IOS),
    ("galaxy", 42, "8c:77:12:50:00:42", "Galaxy-S23-Bert", ANDROID),
    ("pixel", 43, "da:33:7b:50:00:43", "Pixel-8", ANDROID),
    ("travel_router", 70, "50:c7:bf:50:00:70", "TL-WR802N", UDHCP),
    ("attacker", 66, "08:00:27:50:00:66", "visitor", LINUX),
]

# Two guests behind the access point, on a VLAN of their own.
GUEST_VLAN, GUEST_GATEWAY = 20, "192.168.60.1"
GUESTS = [("92:1f:c0:60:00:21", "192.168.60.21", "iPad-Dana.local"), ("c6:5a:11:60:00:22", "192.168.60.22", "Galaxy-A54.local")]

# The internet: names below the domains that are reserved for examples (RFC 2606), addresses for documentation.
INTERNET = {
    "www.example.com": "198.51.100.10", "news.example.org": "203.0.113.81", "video.example.net": "203.0.113.82",
    "mail.example.com": "203.0.113.83", "cloud.example.net": "203.0.113.84", "time.example.org": "203.0.113.85",
    "updates.example.org": "203.0.113.86", "shop.example.com": "203.0.113.87", "api.example.net": "203.0.113.88",
    "weather.example.org": "203.0.113.89", "sip.example.com": "203.0.113.90", "push.example.net": "203.0.113.91",
}
TUNNEL_SERVER, TUNNEL_DOMAIN = "203.0.113.92", "t.sync.example"

BROWSERS = {
    "pc_win": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "laptop_win": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "macbook": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15",
    "iphone": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
    "galaxy": "Mozilla/5.0 (Linux; Android 14; SM-S911B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
    "pixel": "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
    "admin": "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "tv": "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/94.0.4606.128 Safari/537.36",
}
