package main

// What a client keeps outside of conversations: encrypted files (spec/client/content.md), recovery codes and
// bundles (spec/client/recovery-codes.md), and the receipts of a server (spec/crypto/identity.md).

import (
	"bytes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"filippo.io/edwards25519"
	"golang.org/x/crypto/chacha20poly1305"
)

const (
	formatVersion  = 1 // of hybrid envelopes, files and bundles
	nonceSize      = chacha20poly1305.NonceSize
	tagSize        = chacha20poly1305.Overhead
	boxOverhead    = 1 + nonceSize + tagSize
	largestBlob    = 52_428_800
	codeCharacters = 28
	secretSize     = 16
)

func box(key []byte) cipher.AEAD {
	made, err := chacha20poly1305.New(key)
	if err != nil {
		panic(err) // a key of another length
	}
	return made
}

// openBox opens version, nonce and ciphertext.
func openBox(key, sealed []byte) ([]byte, error) {
	if sealed[0] != formatVersion {
		return nil, refuseAt("local.invalid", "version")
	}
	plaintext, err := box(key).Open(nil, sealed[1:1+nonceSize], sealed[1+nonceSize:], sealed[:1])
	if err != nil {
		return nil, refuseAt("local.invalid", "open")
	}
	return plaintext, nil
}

func attachmentOpen(in struct {
	Blob, Key Bytes
	BlobID    Bytes `json:"blob_id"`
}) (any, error) {
	if !bytes.Equal(hash(in.Blob), in.BlobID) {
		return nil, refuseAt("blob.hash", "blob-id")
	}
	if len(in.Blob) < boxOverhead || len(in.Blob) > largestBlob {
		return nil, refuseAt("local.invalid", "size")
	}
	file, err := openBox(in.Key, in.Blob)
	return map[string]any{"file": Bytes(file)}, err
}

var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

func recoveryCode(in struct{ Text Bytes }) (any, error) {
	typed, err := normalised(string(in.Text))
	if err != nil {
		return nil, err
	}
	data, err := crockford.DecodeString(typed)
	if err != nil {
		return nil, refuseAt("local.invalid", "character")
	}
	secret := data[:secretSize]
	if crockford.EncodeToString(append(slices.Clone(secret), hash(secret)[0])) != typed {
		return nil, refuseAt("local.invalid", "check")
	}
	groups := []string{}
	for group := range slices.Chunk([]byte(typed), 4) {
		groups = append(groups, string(group))
	}
	token := derived(secret, "qpc recovery token v1")
	return map[string]any{
		"secret": Bytes(secret), "code": strings.Join(groups, "-"), "token": token, "token_hash": hash(token),
		"key": derived(secret, "qpc recovery key v1"),
	}, nil
}

// normalised is the code as it is written: people type it in lower case, and O for 0.
func normalised(text string) (string, error) {
	typed := ""
	for _, character := range text {
		switch {
		case character == '-' || unicode.IsSpace(character):
			continue
		case character >= 'a' && character <= 'z':
			character += 'A' - 'a'
		case character > unicode.MaxASCII:
			return "", refuseAt("local.invalid", "character")
		}
		typed += strings.NewReplacer("O", "0", "I", "1", "L", "1").Replace(string(character))
	}
	if len(typed) != codeCharacters {
		return "", refuseAt("local.invalid", "length")
	}
	return typed, nil
}

func derived(secret []byte, info string) Bytes {
	key, err := hkdf.Key(sha256.New, secret, nil, info, 32)
	if err != nil {
		panic(err) // no length here is over the limit of HKDF
	}
	return key
}

func recoveryOpen(in struct{ Secret, Bundle Bytes }) (any, error) {
	padded := len(in.Bundle) - boxOverhead
	if padded <= 0 || padded > largestBucket || bucket(padded) != padded {
		return nil, refuseAt("local.invalid", "size")
	}
	plaintext, err := openBox(derived(in.Secret, "qpc recovery key v1"), in.Bundle)
	if err != nil {
		return nil, err
	}
	wrong := refuseAt("local.invalid", "contents")
	contents, err := unpad(plaintext)
	if err != nil {
		return nil, wrong
	}
	username, rest, first := takeText(contents)
	if !first || len(rest) < ed25519.SeedSize {
		return nil, wrong
	}
	password, left, second := takeText(rest[ed25519.SeedSize:])
	if !second || len(left) > 0 {
		return nil, wrong
	}
	seed := Bytes(rest[:ed25519.SeedSize])
	return map[string]any{"username": username, "identity_seed": seed, "password": password}, nil
}

// takeText reads a text that is not empty, with its length in front.
func takeText(data []byte) (text string, rest []byte, ok bool) {
	if len(data) < 2 {
		return "", nil, false
	}
	end := 2 + int(binary.BigEndian.Uint16(data))
	if end == 2 || end > len(data) || !utf8.Valid(data[2:end]) {
		return "", nil, false
	}
	return string(data[2:end]), data[end:], true
}

func verifyDeliveryProof(in struct {
	Proof, Payload Bytes
	SigningKey     Bytes  `json:"signing_key"`
	RecipientKey   Bytes  `json:"recipient_key"`
	ChannelID      Bytes  `json:"channel_id"`
	Seq            uint64 `json:"seq,string"`
}) (any, error) {
	if len(in.Proof) != 8+ed25519.SignatureSize {
		return nil, refuseAt("local.invalid", "length")
	}
	time, signature := in.Proof[:8], in.Proof[8:]
	statement := concat(
		[]byte("qpc delivery proof v1"), []byte{byte(len(in.ChannelID))}, in.ChannelID, in.RecipientKey,
		binary.BigEndian.AppendUint64(nil, in.Seq), hash(in.Payload), time,
	)
	if !isStrictKey(in.SigningKey) || !ed25519.Verify(ed25519.PublicKey(in.SigningKey), statement, signature) {
		return nil, refuseAt("local.invalid", "signature")
	}
	milliseconds := binary.BigEndian.Uint64(time)
	return map[string]any{"time_ms": strconv.FormatUint(milliseconds, 10), "statement": Bytes(statement)}, nil
}

// isStrictKey makes up for what crypto/ed25519 leaves out: it takes keys that are not encoded canonically,
// and those of small order.
func isStrictKey(key []byte) bool {
	point, err := new(edwards25519.Point).SetBytes(key)
	if err != nil || !bytes.Equal(point.Bytes(), key) {
		return false
	}
	return point.MultByCofactor(point).Equal(edwards25519.NewIdentityPoint()) == 0
}
