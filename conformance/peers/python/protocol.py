"""Bytes and errors as the adapter protocol writes them (conformance/adapter/README.md)."""

import hashlib


class Refused(Exception):
    """Refused carries a class of the protocol, and the stage of the vector."""


def take(value):
    if "parts" in value:
        return b"".join(map(take, value["parts"]))
    return bytes.fromhex(value["hex"]) if "hex" in value else bytes([value["byte"]]) * value["fill"]


def give(data):
    return {"hex": data.hex()} if len(data) <= 65_536 else {"sha256": sha256(data).hex(), "len": len(data)}


def sha256(data):
    return hashlib.sha256(data).digest()
