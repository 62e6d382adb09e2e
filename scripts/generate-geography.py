#!/usr/bin/env python3
"""generate-geography.py COUNTRIES ASNS [--check]

Writes data/geography.bin, the table of countries and autonomous systems of addresses, from the folders of the npm packages
@ip-location-db/geo-whois-asn-country and @ip-location-db/asn (`npm pack`, unpacked). The date is that in the packages'
version. The same packages always give the same file. --check compares the written table with the packages
at the boundaries of every 37th range instead of writing it.

Where ranges of a package overlap, the narrower one holds, and of equal ones the later. IPv6 is kept to 48 bits, the
longest prefix that is routed: a /48 that is divided gets the value that most of it has.

All numbers are big-endian. The header: 8 bytes that name the format, 16 of the date, 24 of the version (both ASCII, filled
up with NUL), 16 counts of 4 bytes, in the order of what follows: countries, systems, bytes of names, ranges of IPv4 by
country and by system, ranges of IPv6 by country and by system.

  countries         2 letters each; the first is none
  systems           their numbers (4 bytes), ascending, the first is none; where their names start (3 bytes)
  names             each its length (1 byte) and UTF-8
  IPv4, twice       for each upper half of an address and one more, the number of the first range there (3 bytes);
                    the lower half of each range's start (2 bytes); its country (1) or system (3)
  IPv6, twice       upper 48 bits of each range's start (6 bytes); its country (1) or system (3)

A range ends where the next one starts.
"""
import argparse, bisect, csv, heapq, json, pathlib, re, struct

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAGIC = b"nms-geo1"
V6_SHIFT = 128 - 48


def read(path):
    """(start, end, value, name) of each row."""
    with open(path, encoding="utf-8", newline="") as file:
        return [(int(row[0]), int(row[1]), row[2], row[3] if len(row) > 3 else "") for row in csv.reader(file)]


def flat(rows):
    """[(start, value)] without overlaps and without neighbours of one value; the value of a gap is None."""
    rows = sorted(enumerate(rows), key=lambda r: r[1][0])
    points = sorted({p for _, (start, end, *_) in rows for p in (start, end + 1)} | {0})
    active, out, at = [], [], 0
    for point in points:
        while at < len(rows) and rows[at][1][0] <= point:
            i, (start, end, value, _) = rows[at]
            heapq.heappush(active, (end - start, -i, end, value))
            at += 1
        while active and active[0][2] < point:
            heapq.heappop(active)
        value = active[0][3] if active else None
        if not out or out[-1][1] != value:
            out.append((point, value))
    return out


def coarse(ranges, shift=V6_SHIFT):
    """The same with the lower bits cut off."""
    parts = {}
    ends = [start for start, _ in ranges[1:]] + [1 << 128]
    for (start, value), end in zip(ranges, ends):
        for key in {start >> shift, (end - 1) >> shift}:
            low, high = key << shift, (key + 1) << shift
            if (start, end) != (low, high):
                inside = min(end, high) - max(start, low)
                of = parts.setdefault(key, {})
                of[value] = of.get(value, 0) + inside
    # Where a block starts or ends on its border alone, it has one value, which is right as well.
    most = {key: max(of.items(), key=lambda v: (v[1], str(v[0])))[0] for key, of in parts.items()}
    points = {}
    starts = [start for start, _ in ranges]
    for start, value in ranges:
        if start & ((1 << shift) - 1) == 0:
            points[start >> shift] = value
    for key, value in most.items():
        points[key] = value
        after = (key + 1) << shift
        if key + 1 not in most and after < 1 << 128:
            points[key + 1] = ranges[bisect.bisect_right(starts, after) - 1][1]
    out = []
    for key in sorted(points):
        if not out or out[-1][1] != points[key]:
            out.append((key, points[key]))
    return out


def fixed(numbers, width):
    return b"".join(n.to_bytes(width, "big") for n in numbers)


def v4(ranges, number, width):
    first, at = [], 0
    for upper in range(0x10001):
        while at < len(ranges) and ranges[at][0] >> 16 < upper:
            at += 1
        first.append(at)
    return (fixed(first, 3) + fixed((s & 0xFFFF for s, _ in ranges), 2) + fixed((number[v] for _, v in ranges), width))


def v6(ranges, number, width):
    return fixed((s for s, _ in ranges), 6) + fixed((number[v] for _, v in ranges), width)


def names_of(rows):
    """Names are one for a system; one that has several keeps the most frequent."""
    count = {}
    for start, end, asn, name in rows:
        of = count.setdefault(asn, {})
        name = " ".join(name.split())
        of[name] = of.get(name, 0) + 1
    return {asn: max(of.items(), key=lambda v: (v[1], v[0]))[0] for asn, of in count.items()}


def pool(names):
    data, where = bytearray(b"\0"), {"": 0}
    for name in names:
        if name not in where:
            text = name.encode()[:255].decode(errors="ignore").encode()
            where[name] = len(data)
            data += bytes([len(text)]) + text
    return bytes(data), where


def version(folder, name):
    about = json.loads((folder / "package.json").read_text())
    if about["name"] != name:
        raise SystemExit(f"{folder} is {about['name']}, not {name}")
    return about["version"]


def load(args):
    v = version(args.countries, "@ip-location-db/geo-whois-asn-country")
    w = version(args.asns, "@ip-location-db/asn")
    if v != w:
        raise SystemExit(f"the packages are of different days: {v}, {w}")
    date = re.fullmatch(r".*\.(\d{4})(\d\d)(\d\d)\d\d", v)
    if not date:
        raise SystemExit(f"no date in version {v}")
    rows = {}
    for family in ("4", "6"):
        rows["c" + family] = read(args.countries / f"geo-whois-asn-country-ipv{family}-num.csv")
        rows["a" + family] = read(args.asns / f"asn-ipv{family}-num.csv")
    return v, "-".join(date.groups()), rows


def build(v, date, rows):
    c4, a4 = flat(rows["c4"]), flat(rows["a4"])
    c6, a6 = coarse(flat(rows["c6"])), coarse(flat(rows["a6"]))
    countries = sorted({value for _, value in c4 + c6 if value})
    if len(countries) > 255 or any(not re.fullmatch("[A-Z]{2}", c) for c in countries):
        raise SystemExit(f"not 255 countries of two letters: {countries}")
    names = names_of(rows["a4"] + rows["a6"])
    systems = sorted({int(value) for _, value in a4 + a6 if value})
    country = {None: 0} | {c: i + 1 for i, c in enumerate(countries)}
    system = {None: 0} | {str(n): i + 1 for i, n in enumerate(systems)}
    text, where = pool(names[str(n)] for n in systems)
    counts = [len(countries) + 1, len(systems) + 1, len(text), len(c4), len(a4), len(c6), len(a6)]
    return b"".join([
        struct.pack(">8s16s24s16I", MAGIC, date.encode(), v.encode(), *counts, *[0] * 9),
        b"\0\0" + "".join(countries).encode(),
        fixed([0] + systems, 4), fixed([0] + [where[names[str(n)]] for n in systems], 3),
        text,
        v4(c4, country, 1), v4(a4, system, 3), v6(c6, country, 1), v6(a6, system, 3),
    ]), counts


class Table:
    """Reads a written table, once more and as simply as can be."""

    def __init__(self, data):
        counts, at = struct.unpack(">16I", data[48:112]), 112

        def cut(n, width):
            nonlocal at
            piece = data[at:at + n * width]
            at += n * width
            return lambda i: int.from_bytes(piece[i * width:(i + 1) * width], "big")

        country, number = cut(counts[0], 2), cut(counts[1], 4)
        cut(counts[1], 3), cut(counts[2], 1)
        kinds = [(country, 1), (number, 3)]
        self.v4 = [(names, cut(0x10001, 3), cut(counts[3 + k], 2), cut(counts[3 + k], w))
                   for k, (names, w) in enumerate(kinds)]
        self.v6 = [(names, counts[5 + k], cut(counts[5 + k], 6), cut(counts[5 + k], w))
                   for k, (names, w) in enumerate(kinds)]

    def look(self, address, family, kind):
        if family == 4:
            names, first, low, value = self.v4[kind]
            span = range(first(address >> 16), first((address >> 16) + 1))
            return names(value(span.start + bisect.bisect_right(span, address & 0xFFFF, key=low) - 1))
        names, count, start, value = self.v6[kind]
        return names(value(bisect.bisect_right(range(count), address >> V6_SHIFT, key=start) - 1))


def check(data, rows, every=37):
    """First and last address of every so-manieth range. Inside a /48 that is divided they may differ."""
    table = Table(data)
    for family in (4, 6):
        asked = divided = wrong = 0
        for kind, key in enumerate("ca"):
            ranges = flat(rows[f"{key}{family}"])
            starts = [s for s, _ in ranges]
            for start in starts[1::every]:
                for address in (start - 1, start):
                    value = ranges[bisect.bisect_right(starts, address) - 1][1]
                    wanted = 0 if value is None else int(value) if key == "a" else int.from_bytes(value.encode(), "big")
                    low = address >> V6_SHIFT << V6_SHIFT
                    last = low + (1 << V6_SHIFT) - 1
                    whole = family == 4 or bisect.bisect_right(starts, low) == bisect.bisect_right(starts, last)
                    asked += 1
                    divided += not whole
                    wrong += whole and table.look(address, family, kind) != wanted
        print(f"IPv{family}: {asked} addresses at boundaries, {divided} of them inside divided blocks, {wrong} wrong")
        if wrong:
            raise SystemExit("the table is wrong")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("countries", type=pathlib.Path)
    parser.add_argument("asns", type=pathlib.Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("-o", type=pathlib.Path, default=ROOT / "data/geography.bin")
    args = parser.parse_args()
    v, date, rows = load(args)
    if args.check:
        return check(args.o.read_bytes(), rows)
    data, counts = build(v, date, rows)
    args.o.write_bytes(data)
    print(f"{args.o}: {len(data)} bytes of {date}; countries, systems, names, ranges: {counts}")


if __name__ == "__main__":
    main()
