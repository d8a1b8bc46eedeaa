package main

// Bytes, errors and operations as the adapter protocol writes them (conformance/adapter/README.md).

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
)

// Bytes are read in each of the forms of a request, and written as hex or, over 64 KiB, as a hash.
type Bytes []byte

var nothing = struct{}{}

func (b *Bytes) UnmarshalJSON(text []byte) error {
	var form struct {
		Hex   *string
		Fill  *int
		Byte  byte
		Parts []Bytes
	}
	if err := json.Unmarshal(text, &form); err != nil {
		return err
	}
	var err error
	switch {
	case form.Hex != nil:
		*b, err = hex.DecodeString(*form.Hex)
	case form.Fill != nil:
		*b = bytes.Repeat([]byte{form.Byte}, *form.Fill)
	case form.Parts != nil:
		*b = nil
		for _, part := range form.Parts {
			*b = append(*b, part...)
		}
	default:
		err = errors.New("bytes of no form")
	}
	return err
}

func (b Bytes) MarshalJSON() ([]byte, error) {
	if len(b) <= 64<<10 {
		return json.Marshal(map[string]string{"hex": hex.EncodeToString(b)})
	}
	sum := sha256.Sum256(b)
	return json.Marshal(map[string]any{"sha256": hex.EncodeToString(sum[:]), "len": len(b)})
}

// fullHex is for answers that are read whatever their size.
func fullHex(data []byte) map[string]string {
	return map[string]string{"hex": hex.EncodeToString(data)}
}

// Refusal is what the client says no to: a class of the protocol, and what more is known.
type Refusal struct {
	Class  string `json:"class"`
	Stage  string `json:"stage,omitempty"`
	Msg    string `json:"msg,omitempty"`
	Status uint8  `json:"status,omitempty"`
	Record int    `json:"record,omitempty"`
}

func (r *Refusal) Error() string {
	return strings.TrimSpace(r.Class + " " + r.Stage + " " + r.Msg)
}

func refuse(class string, msg ...string) *Refusal {
	return &Refusal{Class: class, Msg: strings.Join(msg, " ")}
}

func refuseAt(class, stage string) *Refusal {
	return &Refusal{Class: class, Stage: stage}
}
