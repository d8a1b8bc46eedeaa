module quicprochat/peers/go

go 1.26.0

require (
	filippo.io/edwards25519 v1.2.0
	github.com/gtank/ristretto255 v0.1.2
	github.com/quic-go/quic-go v0.65.0
	golang.org/x/crypto v0.58.0
	google.golang.org/protobuf v1.36.10
)

require (
	golang.org/x/net v0.60.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)
