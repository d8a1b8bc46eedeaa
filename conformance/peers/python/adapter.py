"""A level-0 adapter in Python's standard library: frames, the transparency log, safety numbers, padding.

It shows how little an adapter needs, and it shares no code with the reference implementation.
The protocol is in conformance/adapter/README.md.
"""

import json
import struct
import sys

import formats
from protocol import Refused, give, take

LIMIT = 4_194_304
LAYOUTS = {
    "request": (">HII", ("method_id", "request_id")),
    "response": (">BII", ("status", "request_id")),
    "push": (">HI", ("event_type",)),
}
MESSAGES = {1000: "NewMessage", 1001: "TypingIndicator", 1002: "PresenceUpdate", 1003: "GroupMembershipChange"}


def frame_decode(kind, bytes):
    layout, names = LAYOUTS[kind]
    data, size = take(bytes), struct.calcsize(layout)
    if len(data) < size:
        raise Refused("frame.truncated", "header")
    *values, length = struct.unpack(layout, data[:size])
    if length > LIMIT:
        raise Refused("frame.too_large", "header")
    if len(data) != size + length:
        short = len(data) < size + length
        raise Refused("frame.truncated", "payload") if short else Refused("frame.trailing", "end")
    fields = dict(zip(names, values))
    if kind == "response":
        fields["treat_as"] = values[0] if values[0] in (0, 1, 2, 3, 4, 5, 8, 9, 10, 11) else 10
    if kind == "push":
        fields["message"] = MESSAGES.get(values[0])
    return {**fields, "payload": give(data[size:])}


def frame_encode(kind, payload, **fields):
    layout, names = LAYOUTS[kind]
    data = take(payload)
    return {"bytes": give(struct.pack(layout, *(fields[name] for name in names), len(data)) + data)}


def hello(**_):
    features = ["frame", "kt", "safety-number", "padding"]
    return {"adapter": 1, "name": "qpc-python", "version": "0.1.0", "language": "python", "features": features}


OPERATIONS = {
    "hello": hello, "bye": lambda: {}, "frame.decode": frame_decode, "frame.encode": frame_encode,
    "kt.entry": formats.kt_entry, "kt.root": formats.kt_root,
    "kt.inclusion": formats.kt_inclusion, "kt.consistency": formats.kt_consistency,
    "safety-number": formats.safety_number,
    "padding.pad": formats.padding_pad, "padding.unpad": formats.padding_unpad,
}


def reply(id, op, case=None, **arguments):
    operation = OPERATIONS.get(op)
    if operation is None:
        return {"id": id, "unsupported": op}
    names = operation.__code__.co_varnames[: operation.__code__.co_argcount]
    open_ended = operation.__code__.co_flags & 8  # it takes **fields
    known = arguments if open_ended else {name: arguments[name] for name in names if name in arguments}
    try:
        return {"id": id, "ok": operation(**known)}
    except Refused as refused:
        return {"id": id, "err": {"class": refused.args[0], "stage": refused.args[1]}}
    except Exception as error:
        return {"id": id, "crash": repr(error)}


for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(reply(**request)), flush=True)
    if request["op"] == "bye":
        break
