"""The three frames (spec/framing.md), and what an unassigned status stands for (spec/status.md)."""

import asyncio
import struct

from protocol import Refused, give, take

LIMIT = 4_194_304
LAYOUTS = {
    "request": struct.Struct(">HII"),
    "response": struct.Struct(">BII"),
    "push": struct.Struct(">HI"),
}
FIELDS = {
    "request": ("method_id", "request_id"),
    "response": ("status", "request_id"),
    "push": ("event_type",),
}
EVENTS = {
    1000: "NewMessage",
    1001: "TypingIndicator",
    1002: "PresenceUpdate",
    1003: "GroupMembershipChange",
}
ASSIGNED = (0, 1, 2, 3, 4, 5, 8, 9, 10, 11)
INTERNAL = 10


def encode(kind, *values, payload):
    return LAYOUTS[kind].pack(*values, len(payload)) + payload


def check_header(kind, data):
    """check_header raises when the header is not whole, or announces too much."""
    layout = LAYOUTS[kind]
    if len(data) < layout.size:
        raise Refused("frame.truncated", "header")
    if layout.unpack_from(data)[-1] > LIMIT:
        raise Refused("frame.too_large", "header")


def decode(kind, data):
    """decode answers the header fields but the length, and the payload."""
    check_header(kind, data)
    layout = LAYOUTS[kind]
    *values, length = layout.unpack_from(data)
    end = layout.size + length
    if len(data) != end:
        raise (
            Refused("frame.truncated", "payload")
            if len(data) < end
            else Refused("frame.trailing", "end")
        )
    return *values, bytes(data[layout.size :])


async def read(kind, reader):
    """read decodes the one frame of a stream, refusing it as soon as it can be told to be none."""
    try:
        header = await reader.readexactly(LAYOUTS[kind].size)
        check_header(kind, header)
        payload = await reader.readexactly(LAYOUTS[kind].unpack(header)[-1])
        return decode(kind, header + payload + await reader.read(1))
    except asyncio.IncompleteReadError as error:
        raise Refused("frame.truncated") from error


def treat_as(status):
    return status if status in ASSIGNED else INTERNAL


def frame_decode(kind, bytes):
    *values, payload = decode(kind, take(bytes))
    fields = dict(zip(FIELDS[kind], values))
    if kind == "response":
        fields["treat_as"] = treat_as(values[0])
    if kind == "push":
        fields["message"] = EVENTS.get(values[0])
    return {**fields, "payload": give(payload)}


def frame_encode(kind, payload, method_id=None, request_id=None, status=None, event_type=None):
    given = {
        "method_id": method_id,
        "request_id": request_id,
        "status": status,
        "event_type": event_type,
    }
    return {"bytes": give(encode(kind, *map(given.get, FIELDS[kind]), payload=take(payload)))}
