package main

// The transparency log (spec/crypto/key-transparency.md), safety numbers (spec/crypto/identity.md) and
// padding (spec/client/padding.md).

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
)

type entryFields struct {
	Kind, Username, Reason string
	IdentityKey            Bytes  `json:"identity_key"`
	TimeMs                 uint64 `json:"time_ms,string"`
}

var revocationReasons = map[string]byte{"compromised": 1, "superseded": 2, "user_revoked": 3}

func (e entryFields) bytes() []byte {
	if e.Kind == "revocation" {
		end := append([]byte{revocationReasons[e.Reason]}, binary.BigEndian.AppendUint64(nil, e.TimeMs)...)
		return concat([]byte{2}, e.IdentityKey, end)
	}
	return concat([]byte{1}, sized([]byte(e.Username)), e.IdentityKey, binary.BigEndian.AppendUint64(nil, e.TimeMs))
}

func ktEntry(in entryFields) (any, error) {
	return map[string]any{"entry": Bytes(in.bytes()), "leaf_hash": hash([]byte{0}, in.bytes())}, nil
}

func ktRoot(in struct{ Leaves []Bytes }) (any, error) {
	return map[string]any{"root": rootOf(in.Leaves)}, nil
}

// rootOf is that of RFC 9162, 2.1.1.
func rootOf(leaves []Bytes) Bytes {
	switch len(leaves) {
	case 0:
		return hash()
	case 1:
		return leaves[0]
	}
	split := 1 << (bits.Len(uint(len(leaves)-1)) - 1)
	return hash([]byte{1}, rootOf(leaves[:split]), rootOf(leaves[split:]))
}

func ktInclusion(in struct {
	Username    string
	IdentityKey Bytes `json:"identity_key"`
	Proof       struct {
		LeafIndex uint64  `json:"leaf_index,string"`
		TreeSize  uint64  `json:"tree_size,string"`
		TimeMs    uint64  `json:"timestamp_ms,string"`
		LeafHash  Bytes   `json:"leaf_hash"`
		Path      []Bytes `json:"audit_path"`
		Root      Bytes
	}
}) (any, error) {
	proof := in.Proof
	entry := entryFields{Username: in.Username, IdentityKey: in.IdentityKey, TimeMs: proof.TimeMs}
	leaf := hash([]byte{0}, entry.bytes())
	if !slices.Equal(leaf, proof.LeafHash) {
		return nil, refuseAt("kt.mismatch", "leaf")
	}
	if proof.LeafIndex >= proof.TreeSize {
		return nil, refuseAt("kt.mismatch", "path")
	}
	return nothing, climb(proof.LeafIndex, proof.TreeSize-1, []Bytes{leaf}, proof.Path, []Bytes{proof.Root})
}

func ktConsistency(in struct {
	Proof struct {
		OldSize uint64 `json:"old_size,string"`
		NewSize uint64 `json:"new_size,string"`
		OldRoot Bytes  `json:"old_root"`
		NewRoot Bytes  `json:"new_root"`
		Path    []Bytes
	}
}) (any, error) {
	proof, path := in.Proof, in.Proof.Path
	if proof.OldSize == proof.NewSize && proof.OldSize > 0 && len(path) == 0 && slices.Equal(proof.OldRoot, proof.NewRoot) {
		return nothing, nil
	}
	if bits.OnesCount64(proof.OldSize) == 1 {
		path = slices.Insert(slices.Clone(path), 0, proof.OldRoot)
	}
	if proof.OldSize == 0 || proof.OldSize >= proof.NewSize || len(path) == 0 {
		return nil, refuseAt("kt.mismatch", "path")
	}
	shift := bits.TrailingZeros64(proof.OldSize)
	start := []Bytes{path[0], path[0]}
	roots := []Bytes{proof.OldRoot, proof.NewRoot}
	return nothing, climb((proof.OldSize-1)>>shift, (proof.NewSize-1)>>shift, start, path[1:], roots)
}

// climb is RFC 9162, 2.1.3.2 with one hash (inclusion) and 2.1.4.2 with two (consistency: old, new).
func climb(index, last uint64, hashes, path, roots []Bytes) error {
	wrong := refuseAt("kt.mismatch", "path")
	for _, one := range slices.Concat(hashes, path, roots) {
		if len(one) != sha256.Size {
			return wrong
		}
	}
	for _, sibling := range path {
		if last == 0 {
			return wrong
		}
		if index&1 == 1 || index == last {
			for i := range hashes {
				hashes[i] = hash([]byte{1}, sibling, hashes[i])
			}
			for index&1 == 0 && index > 0 {
				index, last = index>>1, last>>1
			}
		} else {
			newest := len(hashes) - 1
			hashes[newest] = hash([]byte{1}, hashes[newest], sibling)
		}
		index, last = index>>1, last>>1
	}
	if last != 0 || !slices.EqualFunc(hashes, roots, func(a, b Bytes) bool { return slices.Equal(a, b) }) {
		return wrong
	}
	return nil
}

func safetyNumber(in struct {
	OwnKey  Bytes `json:"own_key"`
	PeerKey Bytes `json:"peer_key"`
}) (any, error) {
	if len(in.OwnKey) != 32 || len(in.PeerKey) != 32 {
		return nil, refuseAt("local.invalid", "length")
	}
	halves := []string{half(in.OwnKey), half(in.PeerKey)}
	slices.Sort(halves)
	return map[string]any{"number": halves[0] + halves[1]}, nil
}

func half(key []byte) string {
	digest := concat([]byte{0, 0}, key, key)
	for range 5200 {
		sum := sha512.Sum512(concat(digest, key))
		digest = sum[:]
	}
	digits := ""
	for group := range 6 {
		five := concat(make([]byte, 3), digest[group*5:group*5+5])
		digits += fmt.Sprintf("%05d", binary.BigEndian.Uint64(five)%100_000)
	}
	return digits
}

const largestBucket = 4_128_768

// bucket is the size into which so many bytes are padded.
func bucket(size int) int {
	if size > 65_536 {
		return (size + 65_535) / 65_536 * 65_536
	}
	return max(256, 1<<bits.Len(uint(size-1)))
}

func paddingPad(in struct{ Content Bytes }) (any, error) {
	size := bucket(len(in.Content) + 4)
	if size > largestBucket {
		return nil, refuseAt("local.invalid", "size")
	}
	padded := append(binary.BigEndian.AppendUint32(nil, uint32(len(in.Content))), in.Content...)
	return map[string]any{"bytes": append(Bytes(padded), make([]byte, size-len(padded))...)}, nil
}

func paddingUnpad(in struct{ Bytes Bytes }) (any, error) {
	content, err := unpad(in.Bytes)
	return map[string]any{"content": Bytes(content)}, err
}

func unpad(data []byte) ([]byte, error) {
	if len(data) == 0 || len(data) > largestBucket || bucket(len(data)) != len(data) {
		return nil, refuseAt("local.invalid", "size")
	}
	end := 4 + uint64(binary.BigEndian.Uint32(data))
	if end > uint64(len(data)) {
		return nil, refuseAt("local.invalid", "length")
	}
	if bucket(int(end)) != len(data) {
		return nil, refuseAt("local.invalid", "bucket")
	}
	if slices.ContainsFunc(data[end:], func(b byte) bool { return b != 0 }) {
		return nil, refuseAt("local.invalid", "padding")
	}
	return data[4:end], nil
}

func hash(parts ...[]byte) Bytes {
	sum := sha256.Sum256(concat(parts...))
	return sum[:]
}
