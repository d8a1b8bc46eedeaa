package main

// Exported conversations (spec/client/transcript.md): the file, and the hash chain inside.

import (
	"bytes"
	"encoding/binary"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20"
)

const (
	transcriptMagic  = "QPCT"
	transcriptHeader = len(transcriptMagic) + 1 + 16 + nonceSize
	smallestBody     = 36
	largestRecord    = 4_194_304
)

type transcript struct {
	Records []Bytes `json:"records"`
	Hashes  []Bytes `json:"hashes,omitempty"`
	Key     Bytes   `json:"key,omitempty"`
}

func transcriptRead(in struct {
	Body           Bytes
	ConversationID Bytes `json:"conversation_id"`
}) (any, error) {
	read, fault := readBody(in.Body, in.ConversationID)
	if fault != nil {
		return nil, fault
	}
	return read, nil
}

// readBody follows the chain as far as it holds. What it read comes beside a fault, which says from which
// record on the body is another one.
func readBody(body, conversation []byte) (*transcript, *Refusal) {
	last := hash([]byte("qpc transcript v1"), []byte{byte(len(conversation))}, conversation)
	read := &transcript{Records: []Bytes{}, Hashes: []Bytes{last}}
	fault := func(stage string) (*transcript, *Refusal) {
		return read, &Refusal{Class: "local.invalid", Stage: stage, Record: len(read.Records) + 1}
	}
	if len(body) < 4 {
		return fault("truncated")
	}
	count, rest := body[:4], body[4:]
	for range binary.BigEndian.Uint32(count) {
		if len(rest) < 4 {
			return fault("truncated")
		}
		length := int(binary.BigEndian.Uint32(rest))
		if length > largestRecord {
			return fault("changed")
		}
		end := 4 + length
		if len(rest) < end+32 {
			return fault("truncated")
		}
		last = hash(last, rest[:end])
		if !bytes.Equal(last, rest[end:end+32]) {
			return fault("changed")
		}
		read.Records, read.Hashes = append(read.Records, rest[4:end]), append(read.Hashes, last)
		rest = rest[end+32:]
	}
	if len(rest) < 32 {
		return fault("truncated")
	}
	final := hash([]byte("qpc transcript end"), count, last)
	if !bytes.Equal(final, rest) {
		return fault("changed")
	}
	read.Hashes = append(read.Hashes, final)
	return read, nil
}

// transcriptOpen shows nothing of a file that does not hold as a whole. What it decrypts without the tag
// only tells a wrong passphrase from a damaged file: one hash that holds is enough.
func transcriptOpen(in struct {
	File           Bytes
	Passphrase     string
	ConversationID Bytes `json:"conversation_id"`
}) (any, error) {
	file := in.File
	if !bytes.HasPrefix(file, []byte(transcriptMagic)) {
		return nil, refuseAt("local.invalid", "format")
	}
	if len(file) > len(transcriptMagic) && file[len(transcriptMagic)] != formatVersion {
		return nil, refuseAt("local.invalid", "version")
	}
	if len(file) < transcriptHeader+smallestBody+tagSize {
		return nil, &Refusal{Class: "local.invalid", Stage: "truncated", Record: 1}
	}
	header, sealed := file[:transcriptHeader], file[transcriptHeader:]
	salt, nonce := header[5:21], header[21:]
	key := argon2.IDKey([]byte(in.Passphrase), salt, 3, 65_536, 1, 32)
	if body, err := box(key).Open(nil, nonce, sealed, header); err == nil {
		read, fault := readBody(body, in.ConversationID)
		if fault != nil {
			return nil, fault
		}
		read.Hashes, read.Key = nil, key
		return read, nil
	}
	decrypted := withoutTag(key, nonce, sealed)
	read, fault := readBody(decrypted, in.ConversationID)
	if len(read.Records) == 0 {
		return nil, refuseAt("local.invalid", "passphrase")
	}
	// Behind the last record: a part of the tag may be all that is left.
	_, cut := readBody(decrypted[:len(decrypted)-tagSize], in.ConversationID)
	if cut != nil && cut.Stage == "truncated" && (fault == nil || cut.Record == fault.Record) {
		fault = cut
	}
	return nil, fault
}

func withoutTag(key, nonce, sealed []byte) []byte {
	stream, err := chacha20.NewUnauthenticatedCipher(key, nonce)
	if err != nil {
		panic(err) // a key or nonce of another length
	}
	stream.SetCounter(1) // block 0 keys the tag
	body := make([]byte, len(sealed))
	stream.XORKeyStream(body, sealed)
	return body
}
