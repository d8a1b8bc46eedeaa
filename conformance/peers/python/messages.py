"""Which message answers a method and which an event carries, read out of the generated code."""

import pathlib
import sys

from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from frames import EVENTS
from protocol import Refused

sys.path.append(str(pathlib.Path(__file__).parent / "gen"))

from qpc.v1 import methods_pb2, options_pb2, push_pb2  # noqa: E402 (found only now)

RESPONSES = {
    method.GetOptions().Extensions[options_pb2.method].id: GetMessageClass(method.output_type)
    for service in methods_pb2.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}
PUSHES = {number: getattr(push_pb2, name) for number, name in EVENTS.items()}


def check_response(method, status, payload):
    """check_response raises when the payload of an Ok is not the answer of the method."""
    if status == 0 and method in RESPONSES:
        _check(RESPONSES[method], payload, "msg.decode")


def check_push(event, payload):
    """check_push raises unless the event is known and the payload is its message."""
    if event not in PUSHES:
        raise Refused("push.unknown")
    _check(PUSHES[event], payload, "push.decode")


def _check(message, payload, error_class):
    try:
        message.FromString(payload)
    except DecodeError:
        raise Refused(error_class) from None
