"""Writes six novels of Jane Austen as one text: python3 convert.py Rdata.rdb austen.txt

The file of the R package is a row of records: the unpacked size in 4 bytes, then zlib. Inside, each line of a novel is a string:
4 bytes of flags (ASCII or UTF-8), its length in 4 bytes, its bytes.
"""

import re
import struct
import sys
import zlib

STRING = re.compile(rb"\x00\x04\x00\x09|\x00\x00\x80\x09")


def records(data):
    """The records that hold novels, unpacked."""
    while data:
        stream = zlib.decompressobj()
        unpacked = stream.decompress(data[4:])
        if len(unpacked) > 100_000:
            yield unpacked
        data = stream.unused_data


def lines(record):
    """The lines of a novel, in their order; an attribute such as a name behind them is left out."""
    at = STRING.search(record).start()
    while STRING.match(record, at):
        (size,) = struct.unpack_from(">i", record, at + 4)
        yield record[at + 8 : at + 8 + size].decode()
        at += 8 + size


source, target = sys.argv[1:]
novels = ["\n".join(lines(record)) for record in records(open(source, "rb").read())]
text = "\n".join(novels) + "\n"
with open(target, "w", encoding="utf-8", newline="\n") as file:
    file.write(text)
