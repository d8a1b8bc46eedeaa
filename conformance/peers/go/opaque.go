package main

// The client of OPAQUE-3DH (RFC 9807) with the parameters of spec/crypto/opaque.md: ristretto255, SHA-512,
// Argon2id, an empty context, and the public keys as identities.

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/binary"

	"github.com/gtank/ristretto255"
	"golang.org/x/crypto/argon2"
)

const oprfContext = "OPRFV1-\x00-ristretto255-SHA512"

// opaqueClient is one registration or login. Its random values are chosen by newOpaqueClient.
type opaqueClient struct {
	password           []byte
	blind, secret      *ristretto255.Scalar
	nonce, keyShare    []byte // of the key exchange
	envelopeNonce, ke1 []byte
}

func newOpaqueClient(password string) *opaqueClient {
	secret, keyShare := deriveKeyPair(random(32))
	return &opaqueClient{
		password: []byte(password), blind: ristretto255.NewScalar().FromUniformBytes(random(64)),
		secret: secret, keyShare: keyShare, nonce: random(32), envelopeNonce: random(32),
	}
}

// request is CreateRegistrationRequest.
func (c *opaqueClient) request() []byte {
	point := ristretto255.NewElement().FromUniformBytes(expandMessage(c.password, "HashToGroup-"))
	return point.ScalarMult(c.blind, point).Encode(nil)
}

// upload is FinalizeRegistrationRequest.
func (c *opaqueClient) upload(response []byte) (record, exportKey []byte, err error) {
	if len(response) != 64 {
		return nil, nil, refuseAt("msg.decode", "length")
	}
	if _, err := element(response[32:]); err != nil {
		return nil, nil, err
	}
	hardened, err := c.randomizedPassword(response[:32])
	if err != nil {
		return nil, nil, err
	}
	sealed := openEnvelope(hardened, c.envelopeNonce, response[32:])
	record = concat(sealed.publicKey, expand(hardened, "MaskingKey", 64), c.envelopeNonce, sealed.tag)
	return record, sealed.exportKey, nil
}

// start is GenerateKE1.
func (c *opaqueClient) start() []byte {
	c.ke1 = concat(c.request(), c.nonce, c.keyShare)
	return c.ke1
}

// loggedIn is what comes of a login: the message to send, and what both sides or the client alone know.
type loggedIn struct {
	KE3             Bytes `json:"ke3"`
	SessionKey      Bytes `json:"session_key"`
	ExportKey       Bytes `json:"export_key"`
	ServerPublicKey Bytes `json:"server_public_key"`
}

// finish is GenerateKE3: it fails when the password is another one or the server does not know it.
func (c *opaqueClient) finish(ke2 []byte) (*loggedIn, error) {
	if len(ke2) != 320 {
		return nil, refuseAt("msg.decode", "length")
	}
	maskingNonce, masked, serverShare, serverMac := ke2[32:64], ke2[64:192], ke2[224:256], ke2[256:]
	hardened, err := c.randomizedPassword(ke2[:32])
	if err != nil {
		return nil, err
	}
	share, err := element(serverShare)
	if err != nil {
		return nil, err
	}
	credentials := make([]byte, 128)
	pad := expand(expand(hardened, "MaskingKey", 64), string(maskingNonce)+"CredentialResponsePad", 128)
	subtle.XORBytes(credentials, masked, pad)
	serverKey := credentials[:32]
	opened := openEnvelope(hardened, credentials[32:64], serverKey)
	server, err := element(serverKey)
	if err != nil || !hmac.Equal(opened.tag, credentials[64:]) {
		return nil, refuseAt("opaque.auth", "envelope")
	}
	shared := concat(times(c.secret, share), times(c.secret, server), times(opened.privateKey, share))
	transcript := sha512.New()
	transcript.Write(concat([]byte("OPAQUEv1-\x00\x00"), sized(opened.publicKey), c.ke1, sized(serverKey), ke2[:256]))
	soFar := transcript.Sum(nil)
	transcript.Write(serverMac)
	secret, _ := hkdf.Extract(sha512.New, shared, nil)
	handshake := expandLabel(secret, "HandshakeSecret", soFar)
	if !hmac.Equal(mac(expandLabel(handshake, "ServerMAC", nil), soFar), serverMac) {
		return nil, refuseAt("opaque.auth", "server-mac")
	}
	return &loggedIn{
		KE3:        mac(expandLabel(handshake, "ClientMAC", nil), transcript.Sum(nil)),
		SessionKey: expandLabel(secret, "SessionKey", soFar),
		ExportKey:  opened.exportKey, ServerPublicKey: serverKey,
	}, nil
}

// randomizedPassword is Finalize of the OPRF and the key stretching.
func (c *opaqueClient) randomizedPassword(evaluated []byte) ([]byte, error) {
	point, err := element(evaluated)
	if err != nil {
		return nil, err
	}
	unblinded := times(ristretto255.NewScalar().Invert(c.blind), point)
	output := sha512.Sum512(concat(sized(c.password), sized(unblinded), []byte("Finalize")))
	stretched := argon2.IDKey(output[:], make([]byte, 16), 2, 19_456, 1, 64)
	return hkdf.Extract(sha512.New, concat(output[:], stretched), nil)
}

type envelope struct {
	privateKey                *ristretto255.Scalar
	publicKey, exportKey, tag []byte
}

// openEnvelope makes what Store and Recover of the RFC have in common.
func openEnvelope(hardened, nonce, serverKey []byte) envelope {
	privateKey, publicKey := deriveKeyPair(expand(hardened, string(nonce)+"PrivateKey", 32))
	authKey := expand(hardened, string(nonce)+"AuthKey", 64)
	return envelope{
		privateKey: privateKey, publicKey: publicKey,
		exportKey: expand(hardened, string(nonce)+"ExportKey", 64),
		tag:       mac(authKey, concat(nonce, serverKey, sized(serverKey), sized(publicKey))),
	}
}

// deriveKeyPair is DeriveDiffieHellmanKeyPair. That the first scalar is 0 does not happen.
func deriveKeyPair(seed []byte) (*ristretto255.Scalar, []byte) {
	input := concat(seed, sized([]byte("OPAQUE-DeriveDiffieHellmanKeyPair")), []byte{0})
	private := ristretto255.NewScalar().FromUniformBytes(expandMessage(input, "DeriveKeyPair"))
	return private, ristretto255.NewElement().ScalarBaseMult(private).Encode(nil)
}

// expandMessage is expand_message_xmd of RFC 9380 for 64 bytes, which are one block of SHA-512.
func expandMessage(message []byte, domain string) []byte {
	domain += oprfContext
	suffix := append([]byte(domain), byte(len(domain)))
	first := sha512.Sum512(concat(make([]byte, 128), message, []byte{0, 64, 0}, suffix))
	block := sha512.Sum512(concat(first[:], []byte{1}, suffix))
	return block[:]
}

func element(encoded []byte) (*ristretto255.Element, error) {
	point := ristretto255.NewElement()
	if err := point.Decode(encoded); err != nil || bytes.Equal(encoded, make([]byte, 32)) {
		return nil, refuseAt("msg.decode", "element")
	}
	return point, nil
}

func times(scalar *ristretto255.Scalar, point *ristretto255.Element) []byte {
	return ristretto255.NewElement().ScalarMult(scalar, point).Encode(nil)
}

func expand(key []byte, info string, length int) []byte {
	out, err := hkdf.Expand(sha512.New, key, info, length)
	if err != nil {
		panic(err) // no length here is over the limit of HKDF
	}
	return out
}

func expandLabel(secret []byte, label string, context []byte) []byte {
	label = "OPAQUE-" + label
	info := concat([]byte{0, 64, byte(len(label))}, []byte(label), []byte{byte(len(context))}, context)
	return expand(secret, string(info), 64)
}

func mac(key, data []byte) []byte {
	tag := hmac.New(sha512.New, key)
	tag.Write(data)
	return tag.Sum(nil)
}

// sized puts the length in front, in two bytes.
func sized(data []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(data))), data...)
}

func concat(parts ...[]byte) []byte {
	return bytes.Join(parts, nil)
}

func random(length int) []byte {
	data := make([]byte, length)
	rand.Read(data)
	return data
}
