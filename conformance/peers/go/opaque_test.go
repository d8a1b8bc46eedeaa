package main

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
)

// TestOpaqueVectors goes through what a client does, and what it must refuse.
func TestOpaqueVectors(t *testing.T) {
	text, err := os.ReadFile("../../../vectors/opaque/flow.json")
	if err != nil {
		t.Skip("the vectors are not here")
	}
	var file struct {
		Vectors []struct {
			ID, Step string
			Stage    *string
			Bytes    Bytes
			Inputs   json.RawMessage
			Decoded  *struct{ Outputs map[string]Bytes }
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	steps := map[string]bool{
		"CreateRegistrationRequest": true, "FinalizeRegistrationRequest": true, "GenerateKE1": true, "GenerateKE3": true,
	}
	for _, vector := range file.Vectors {
		if !steps[vector.Step] {
			continue
		}
		t.Run(vector.ID, func(t *testing.T) {
			message, _ := json.Marshal(map[string]any{"step": vector.Step, "message": vector.Bytes, "inputs": vector.Inputs})
			outputs, err := runWithoutNetwork("opaque.client", message)
			if vector.Stage != nil {
				if refusal, ok := err.(*Refusal); !ok || refusal.Stage != *vector.Stage {
					t.Error(err, "is no refusal at", *vector.Stage)
				}
				return
			}
			got := map[string]Bytes{}
			encoded, _ := json.Marshal(outputs)
			if err := json.Unmarshal(encoded, &got); err != nil {
				t.Fatal(err)
			}
			for name, expected := range vector.Decoded.Outputs {
				if !bytes.Equal(got[name], expected) {
					t.Errorf("%s is %x", name, got[name])
				}
			}
		})
	}
}
