package main

// The three frames (spec/framing.md).

import (
	"encoding/binary"
	"errors"
	"io"
)

const largestPayload = 4_194_304

// kind says how many bytes the first number of a header has, and whether a request_id follows it.
type kind struct {
	codeSize int
	hasID    bool
}

var (
	requestFrame  = kind{2, true}
	responseFrame = kind{1, true}
	pushFrame     = kind{2, false}
)

// frame has in Code what its kind begins with: method_id, status or event_type.
type frame struct {
	Code      uint16
	RequestID uint32
	Payload   []byte
}

func (k kind) encode(f frame) []byte {
	header := binary.BigEndian.AppendUint16(nil, f.Code)[2-k.codeSize:]
	if k.hasID {
		header = binary.BigEndian.AppendUint32(header, f.RequestID)
	}
	header = binary.BigEndian.AppendUint32(header, uint32(len(f.Payload)))
	return append(header, f.Payload...)
}

// read takes one frame and the end of the stream. It returns a Refusal for what is no frame, and an error
// of the stream as it is.
func (k kind) read(stream io.Reader) (frame, error) {
	idSize := 0
	if k.hasID {
		idSize = 4
	}
	header := make([]byte, k.codeSize+idSize+4)
	if _, err := io.ReadFull(stream, header); err != nil {
		return frame{}, truncated(err, "header")
	}
	code, rest := header[:k.codeSize], header[k.codeSize:]
	f := frame{Code: uint16(code[len(code)-1])}
	if k.codeSize == 2 {
		f.Code = binary.BigEndian.Uint16(code)
	}
	if k.hasID {
		f.RequestID = binary.BigEndian.Uint32(rest)
	}
	length := binary.BigEndian.Uint32(rest[idSize:])
	if length > largestPayload {
		return f, refuseAt("frame.too_large", "header")
	}
	f.Payload = make([]byte, length)
	if _, err := io.ReadFull(stream, f.Payload); err != nil {
		return f, truncated(err, "payload")
	}
	if n, err := io.ReadFull(stream, make([]byte, 1)); n > 0 {
		return f, refuseAt("frame.trailing", "end")
	} else if err != io.EOF {
		return f, err
	}
	return f, nil
}

func truncated(err error, stage string) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return refuseAt("frame.truncated", stage)
	}
	return err
}

// treatAs is the status that a client acts on: one that is not assigned counts as Internal.
func treatAs(status uint16) uint16 {
	switch status {
	case 0, 1, 2, 3, 4, 5, 8, 9, 10, 11:
		return status
	}
	return 10
}
