package main

// The hybrid envelope around messages (spec/crypto/hybrid-envelope.md): X25519 and ML-KEM-768.

import (
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/mlkem"
	"crypto/sha256"
)

const (
	hybridHeader = 1 + 32 + mlkem.CiphertextSize768 + nonceSize
	hybridLabel  = "quicnprotochat-hybrid-v1"
)

func hybridPublicKey(in struct {
	PrivateKey Bytes `json:"private_key"`
}) (any, error) {
	classical, quantum, err := hybridPrivate(in.PrivateKey)
	if err != nil {
		return nil, err
	}
	public := concat(classical.PublicKey().Bytes(), quantum.EncapsulationKey().Bytes())
	return map[string]any{"public_key": Bytes(public)}, nil
}

func hybridPrivate(key []byte) (*ecdh.PrivateKey, *mlkem.DecapsulationKey768, error) {
	wrong := refuseAt("local.invalid", "key")
	if len(key) != 32+mlkem.SeedSize {
		return nil, nil, wrong
	}
	classical, err := ecdh.X25519().NewPrivateKey(key[:32])
	if err != nil {
		return nil, nil, wrong
	}
	quantum, err := mlkem.NewDecapsulationKey768(key[32:])
	if err != nil {
		return nil, nil, wrong
	}
	return classical, quantum, nil
}

type hybridKeyArguments struct {
	PublicKey Bytes `json:"public_key"`
	Aad       Bytes
	Plaintext Bytes
}

func hybridCheckKey(in hybridKeyArguments) (any, error) {
	_, _, err := hybridSecrets(in.PublicKey)
	return nothing, err
}

func hybridSeal(in hybridKeyArguments) (any, error) {
	header, secrets, err := hybridSecrets(in.PublicKey)
	if err != nil {
		return nil, err
	}
	header = concat(header, random(nonceSize))
	key, err := hkdf.Key(sha256.New, secrets, nil, hybridLabel, 32)
	if err != nil {
		return nil, err
	}
	sealed := box(key).Seal(header, header[hybridHeader-nonceSize:], in.Plaintext, concat(header, in.Aad))
	return map[string]any{"envelope": Bytes(sealed)}, nil
}

// hybridSecrets makes what stands before the nonce, and both secrets. It refuses a key that is none.
func hybridSecrets(publicKey []byte) (header, secrets []byte, err error) {
	wrong := refuseAt("local.invalid", "key")
	if len(publicKey) != 32+mlkem.EncapsulationKeySize768 {
		return nil, nil, wrong
	}
	theirs, err := ecdh.X25519().NewPublicKey(publicKey[:32])
	if err != nil {
		return nil, nil, wrong
	}
	ours, err := ecdh.X25519().GenerateKey(nil)
	if err != nil {
		return nil, nil, err
	}
	classical, err := ours.ECDH(theirs) // fails for a key of low order
	if err != nil {
		return nil, nil, wrong
	}
	encapsulation, err := mlkem.NewEncapsulationKey768(publicKey[32:])
	if err != nil {
		return nil, nil, wrong
	}
	quantum, ciphertext := encapsulation.Encapsulate()
	return concat([]byte{formatVersion}, ours.PublicKey().Bytes(), ciphertext), concat(classical, quantum), nil
}

// hybridOpen has one refusal for all that can be wrong behind the version.
func hybridOpen(in struct {
	PrivateKey    Bytes `json:"private_key"`
	Aad, Envelope Bytes
}) (any, error) {
	wrong := refuseAt("hybrid.auth", "open")
	classical, quantum, err := hybridPrivate(in.PrivateKey)
	if err != nil {
		return nil, err
	}
	if len(in.Envelope) < hybridHeader+tagSize {
		return nil, wrong
	}
	if in.Envelope[0] != formatVersion {
		return nil, refuseAt("hybrid.version", "open")
	}
	ephemeral, err := ecdh.X25519().NewPublicKey(in.Envelope[1:33])
	if err != nil {
		return nil, wrong
	}
	first, err := classical.ECDH(ephemeral)
	if err != nil {
		return nil, wrong
	}
	second, err := quantum.Decapsulate(in.Envelope[33 : hybridHeader-nonceSize])
	if err != nil {
		return nil, wrong
	}
	key, err := hkdf.Key(sha256.New, concat(first, second), nil, hybridLabel, 32)
	if err != nil {
		return nil, err
	}
	header, sealed := in.Envelope[:hybridHeader], in.Envelope[hybridHeader:]
	plaintext, err := box(key).Open(nil, header[hybridHeader-nonceSize:], sealed, concat(header, in.Aad))
	if err != nil {
		return nil, wrong
	}
	return map[string]any{"plaintext": Bytes(plaintext)}, nil
}
