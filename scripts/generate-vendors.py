#!/usr/bin/env python3
"""generate-vendors.py PACKAGE --date YYYY-MM-DD

Writes data/vendors.bin, the table of who registered which block of hardware addresses, from the folder PACKAGE of the npm
package oui-data (`npm pack oui-data`, unpacked). The package does not say when it was made: --date is the day on which
that version was published (`npm view oui-data time`). The same package and date always give the same file.

All numbers are big-endian. The header: 8 bytes that name the format, 16 of the date, 24 of the version (both ASCII, filled
up with NUL), 16 counts of 4 bytes: prefixes of 24, 28 and 36 bits, names, bytes of names. Then for 24, 28 and 36 bits the
sorted prefixes (3, 4, 5 bytes, aligned to the left) and the names' numbers (2 bytes each); where each name starts, and
where the last one ends (4 bytes each); the names, UTF-8.
"""
import argparse, datetime, json, pathlib, struct

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAGIC = b"nms-vnd1"
NOBODY = {"IEEE Registration Authority", "Private"}  # blocks that are given out in parts, and owners who did not want to be named
WIDTHS = {6: 3, 7: 4, 9: 5}  # hex digits of a key -> bytes that hold them


def header(magic, date, version, counts):
    counts = counts + [0] * (16 - len(counts))
    return struct.pack(">8s16s24s16I", magic, date.encode(), version.encode(), *counts)


def name_of(value):
    """The registered name: the first line, blanks made single. The address below it is not kept."""
    name = " ".join(value.split("\n")[0].split())
    return "" if name in NOBODY else name


def table(registry):
    names = sorted({name_of(value) for value in registry.values()} - {""})
    if len(names) > 0xFFFF:
        raise SystemExit(f"{len(names)} names are too many for 2 bytes")
    number = {name: i for i, name in enumerate(names)}
    body, counts = b"", []
    for digits, width in WIDTHS.items():
        rows = sorted((bytes.fromhex(key.ljust(width * 2, "0")), number[name_of(value)])
                      for key, value in registry.items() if len(key) == digits and name_of(value))
        body += b"".join(key for key, _ in rows) + b"".join(struct.pack(">H", n) for _, n in rows)
        counts.append(len(rows))
    pool, starts = b"", []
    for name in names:
        starts.append(len(pool))
        pool += name.encode()
    body += struct.pack(f">{len(starts) + 1}I", *starts, len(pool)) + pool
    return counts + [len(names), len(pool)], body


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=pathlib.Path)
    parser.add_argument("--date", type=datetime.date.fromisoformat, required=True)
    parser.add_argument("-o", type=pathlib.Path, default=ROOT / "data/vendors.bin")
    args = parser.parse_args()
    about = json.loads((args.package / "package.json").read_text())
    if about["license"] != "BSD-2-Clause":
        raise SystemExit(f"the licence has changed to {about['license']}: read it first")
    registry = json.loads((args.package / "index.json").read_text())
    strange = [key for key in registry if len(key) not in WIDTHS]
    if strange:
        raise SystemExit(f"prefixes of unknown length: {strange[:5]}")
    counts, body = table(registry)
    data = header(MAGIC, args.date.isoformat(), about["version"], counts) + body
    args.o.write_bytes(data)
    print(f"{args.o}: {len(data)} bytes, {counts[:3]} prefixes of 24, 28, 36 bits, {counts[3]} names")


if __name__ == "__main__":
    main()
