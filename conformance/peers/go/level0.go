package main

// The operations without a network: what each takes and answers (conformance/adapter/README.md).

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

var withoutNetwork = []string{
	"frame", "msg.roundtrip", "kt", "opaque.client", "safety-number", "padding",
	"hybrid", "attachment", "recovery", "delivery-proof", "content", "transcript",
}

func runWithoutNetwork(op string, raw json.RawMessage) (any, error) {
	run, known := map[string]func(json.RawMessage) (any, error){
		"frame.decode":          taking(frameDecode),
		"frame.encode":          taking(frameEncode),
		"msg.roundtrip":         taking(roundtrip),
		"opaque.client":         taking(opaqueStep),
		"kt.entry":              taking(ktEntry),
		"kt.root":               taking(ktRoot),
		"kt.inclusion":          taking(ktInclusion),
		"kt.consistency":        taking(ktConsistency),
		"safety-number":         taking(safetyNumber),
		"padding.pad":           taking(paddingPad),
		"padding.unpad":         taking(paddingUnpad),
		"hybrid.public-key":     taking(hybridPublicKey),
		"hybrid.check-key":      taking(hybridCheckKey),
		"hybrid.seal":           taking(hybridSeal),
		"hybrid.open":           taking(hybridOpen),
		"attachment.open":       taking(attachmentOpen),
		"content.roundtrip":     taking(contentRoundtrip),
		"recovery.code":         taking(recoveryCode),
		"recovery.open":         taking(recoveryOpen),
		"delivery-proof.verify": taking(verifyDeliveryProof),
		"transcript.read":       taking(transcriptRead),
		"transcript.open":       taking(transcriptOpen),
	}[op]
	if !known {
		return nil, errors.ErrUnsupported
	}
	return run(raw)
}

// taking reads the arguments of an operation.
func taking[A any](run func(A) (any, error)) func(json.RawMessage) (any, error) {
	return func(raw json.RawMessage) (any, error) {
		var arguments A
		if err := json.Unmarshal(raw, &arguments); err != nil {
			return nil, err
		}
		return run(arguments)
	}
}

var frameKinds = map[string]struct {
	kind kind
	code string
}{
	"request": {requestFrame, "method_id"}, "response": {responseFrame, "status"}, "push": {pushFrame, "event_type"},
}

func frameDecode(in struct {
	Kind  string
	Bytes Bytes
}) (any, error) {
	known, ok := frameKinds[in.Kind]
	if !ok {
		return nil, fmt.Errorf("no frame is a %q", in.Kind)
	}
	read, err := known.kind.read(bytes.NewReader(in.Bytes))
	if err != nil {
		return nil, err
	}
	fields := map[string]any{known.code: read.Code, "payload": Bytes(read.Payload)}
	if known.kind.hasID {
		fields["request_id"] = read.RequestID
	}
	if in.Kind == "response" {
		fields["treat_as"] = treatAs(read.Code)
	}
	if in.Kind == "push" {
		fields["message"] = nil
		if name, known := eventMessages[read.Code]; known {
			fields["message"] = name
		}
	}
	return fields, nil
}

func frameEncode(in struct {
	Kind      string
	MethodID  uint16 `json:"method_id"`
	Status    uint16
	EventType uint16 `json:"event_type"`
	RequestID uint32 `json:"request_id"`
	Payload   Bytes
}) (any, error) {
	known, ok := frameKinds[in.Kind]
	if !ok {
		return nil, fmt.Errorf("no frame is a %q", in.Kind)
	}
	code := max(in.MethodID, in.Status, in.EventType) // the two others are absent
	encoded := known.kind.encode(frame{code, in.RequestID, in.Payload})
	return map[string]any{"bytes": Bytes(encoded)}, nil
}

func roundtrip(in struct {
	Type  protoreflect.FullName
	Bytes Bytes
}) (any, error) {
	message, err := decode(in.Type, in.Bytes)
	if err != nil {
		return nil, err
	}
	encoded, err := proto.Marshal(message)
	return map[string]any{"bytes": fullHex(encoded)}, err
}

func opaqueStep(in struct {
	Step    string
	Message Bytes
	Inputs  struct {
		Password, Blind Bytes
		EnvelopeNonce   Bytes `json:"envelope_nonce"`
		ClientNonce     Bytes `json:"client_nonce"`
		ClientSecret    Bytes `json:"client_secret"`
		ClientKeyshare  Bytes `json:"client_keyshare_seed"`
		Ke1             Bytes
	}
}) (any, error) {
	client := newOpaqueClient(string(in.Inputs.Password))
	if err := client.blind.Decode(in.Inputs.Blind); err != nil {
		return nil, err
	}
	client.envelopeNonce, client.nonce, client.ke1 = in.Inputs.EnvelopeNonce, in.Inputs.ClientNonce, in.Inputs.Ke1
	switch in.Step {
	case "CreateRegistrationRequest":
		return map[string]any{"request": Bytes(client.request())}, nil
	case "FinalizeRegistrationRequest":
		record, exportKey, err := client.upload(in.Message)
		return map[string]any{"record": Bytes(record), "export_key": Bytes(exportKey)}, err
	case "GenerateKE1":
		client.secret, client.keyShare = deriveKeyPair(in.Inputs.ClientKeyshare)
		return map[string]any{"ke1": Bytes(client.start()), "client_secret": Bytes(client.secret.Encode(nil))}, nil
	case "GenerateKE3":
		if err := client.secret.Decode(in.Inputs.ClientSecret); err != nil {
			return nil, err
		}
		return client.finish(in.Message)
	}
	return nil, errors.ErrUnsupported
}
