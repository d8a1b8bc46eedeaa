"""Operations without a network, with the standard library alone."""

import formats
import frames

FEATURES = ["frame", "kt", "safety-number", "padding"]


def hello(*more):
    features = [*FEATURES, *more]
    about = {"name": "qpc-python", "version": "0.1.0", "language": "python"}
    return {"adapter": 1, **about, "features": features, "max_parallel": 32}


OPERATIONS = {
    "hello": hello,
    "bye": lambda: {},
    "frame.decode": frames.frame_decode,
    "frame.encode": frames.frame_encode,
    "kt.entry": formats.kt_entry,
    "kt.root": formats.kt_root,
    "kt.inclusion": formats.kt_inclusion,
    "kt.consistency": formats.kt_consistency,
    "safety-number": formats.safety_number,
    "padding.pad": formats.padding_pad,
    "padding.unpad": formats.padding_unpad,
}
