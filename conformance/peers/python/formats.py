"""The transparency log (spec/services/kt.md), safety numbers and padding, with hashlib alone."""

import hashlib
import struct

from protocol import Refused, give, sha256, take

REASONS = {"compromised": 1, "superseded": 2, "user_revoked": 3}
LARGEST_BUCKET = 4_128_768


def entry_of(kind, identity_key, time_ms, username="", reason=None):
    name = username.encode()
    middle = struct.pack(">BH", 1, len(name)) + name if kind == "binding" else b"\x02"
    end = bytes([REASONS[reason]]) if kind == "revocation" else b""
    return middle + take(identity_key) + end + struct.pack(">Q", int(time_ms))


def kt_entry(kind, identity_key, time_ms, username="", reason=None):
    entry = entry_of(kind, identity_key, time_ms, username, reason)
    return {"entry": give(entry), "leaf_hash": give(sha256(b"\x00" + entry))}


def root_of(leaves):
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"")
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + root_of(leaves[:split]) + root_of(leaves[split:]))


def kt_root(leaves):
    return {"root": give(root_of([take(leaf) for leaf in leaves]))}


def kt_inclusion(username, identity_key, proof, bytes):
    leaf = sha256(b"\x00" + entry_of("binding", identity_key, proof["timestamp_ms"], username))
    if leaf != take(proof["leaf_hash"]):
        raise Refused("kt.mismatch", "leaf")
    index, last, path = (
        int(proof["leaf_index"]),
        int(proof["tree_size"]) - 1,
        map(take, proof["audit_path"]),
    )
    if index > last or not climb(index, last, [leaf], list(path), [take(proof["root"])]):
        raise Refused("kt.mismatch", "path")
    return {}


def kt_consistency(proof, bytes):
    old, new = int(proof["old_size"]), int(proof["new_size"])
    roots, path = [take(proof["old_root"]), take(proof["new_root"])], list(
        map(take, proof["path"])
    )
    if 0 < old == new and not path and roots[0] == roots[1]:
        return {}
    path = path if old & old - 1 else [roots[0], *path]
    shift = ((old - 1) ^ old).bit_length() - 1 if old > 0 else 0
    if (
        not 0 < old < new
        or not path
        or not climb(old - 1 >> shift, new - 1 >> shift, [path[0]] * 2, path[1:], roots)
    ):
        raise Refused("kt.mismatch", "path")
    return {}


def climb(index, last, hashes, path, roots):
    """RFC 9162, 2.1.3.2 with one hash (inclusion) and 2.1.4.2 with two (consistency: old, new)."""
    if any(len(one) != 32 for one in [*hashes, *path, *roots]):
        return False
    for sibling in path:
        if last == 0:
            return False
        if index & 1 or index == last:
            hashes = [sha256(b"\x01" + sibling + one) for one in hashes]
            while index & 1 == 0 and index:
                index, last = index >> 1, last >> 1
        else:
            hashes[-1] = sha256(b"\x01" + hashes[-1] + sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and hashes == roots


def half(key):
    if len(key) != 32:
        raise Refused("local.invalid", "length")
    digest = b"\x00\x00" + key + key
    for _ in range(5200):
        digest = hashlib.sha512(digest + key).digest()
    return "".join(
        f"{int.from_bytes(digest[at:at + 5], 'big') % 100_000:05d}" for at in range(0, 30, 5)
    )


def safety_number(own_key, peer_key):
    return {"number": "".join(sorted([half(take(own_key)), half(take(peer_key))]))}


def is_bucket(size):
    if size > 65_536:
        return size % 65_536 == 0 and size <= LARGEST_BUCKET
    return size >= 256 and size & size - 1 == 0


def bucket(size):
    return (
        max(256, 1 << (size - 1).bit_length()) if size <= 65_536 else -(-size // 65_536) * 65_536
    )


def padding_pad(content):
    data = take(content)
    return {
        "bytes": give((struct.pack(">I", len(data)) + data).ljust(bucket(len(data) + 4), b"\x00"))
    }


def padding_unpad(bytes):
    data = take(bytes)
    if not is_bucket(len(data)):
        raise Refused("local.invalid", "size")
    end = 4 + int.from_bytes(data[:4], "big")
    if end > len(data):
        raise Refused("local.invalid", "length")
    if bucket(end) != len(data):
        raise Refused("local.invalid", "bucket")
    if any(data[end:]):
        raise Refused("local.invalid", "padding")
    return {"content": give(data[4:end])}
