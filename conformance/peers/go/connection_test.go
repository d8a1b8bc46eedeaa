package main

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
)

// health is an answer of status 0 to request 1: "ok", up for 60 s.
var health = []byte{0, 0, 0, 0, 1, 0, 0, 0, 6, 0x0a, 2, 'o', 'k', 0x10, 60}

func TestCallAnswers(t *testing.T) {
	conn := connected(t, func(s *quic.Stream) { finish(s, health) })
	answer, err := conn.call(t.Context(), 802, nil)
	if err != nil || answer.Code != 0 || len(answer.Payload) != 6 {
		t.Fatal(answer, err)
	}
}

func TestCallRefuses(t *testing.T) {
	tooLarge := binary.BigEndian.AppendUint32([]byte{0, 0, 0, 0, 1}, largestPayload+1)
	for class, answer := range map[string]func(*quic.Stream){
		"frame.truncated": func(s *quic.Stream) { finish(s, health[:12]) },
		"frame.trailing":  func(s *quic.Stream) { finish(s, append(health[:15:15], 0)) },
		"frame.too_large": func(s *quic.Stream) { s.Write(tooLarge) },
		"frame.req_id":    func(s *quic.Stream) { finish(s, []byte{0, 0, 0, 0, 9, 0, 0, 0, 0}) },
		"stream.reset":    func(s *quic.Stream) { s.Write(health); s.CancelWrite(10) },
		"deadline":        func(s *quic.Stream) { s.Write(health[:12]) },
	} {
		t.Run(class, func(t *testing.T) {
			conn := connected(t, answer)
			ctx, cancel := context.WithTimeoutCause(t.Context(), 500*time.Millisecond, refuse("deadline"))
			defer cancel()
			_, err := conn.call(ctx, 802, nil)
			is(t, err, class)
			if conn.quic.Context().Err() != nil {
				t.Error("the connection did not live on")
			}
		})
	}
}

func TestCallTakesAnAnswerBeforeItsRequestIsThrough(t *testing.T) {
	conn := connected(t, func(s *quic.Stream) { finish(s, health) }, withoutReading)
	if _, err := conn.call(t.Context(), 802, make([]byte, largestPayload)); err != nil {
		t.Fatal(err)
	}
}

func TestCallEndsWithItsConnection(t *testing.T) {
	conn := connected(t, func(*quic.Stream) {})
	time.AfterFunc(50*time.Millisecond, func() { conn.close() })
	_, err := conn.call(t.Context(), 802, nil)
	is(t, err, "conn.closed")
	_, err = conn.events(t.Context(), 1)
	is(t, err, "conn.closed")
}

func TestEventsKeepTheirOrder(t *testing.T) {
	conn := connected(t, func(s *quic.Stream) { finish(s, health) }, pushing)
	if _, err := conn.call(t.Context(), 802, nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	got, err := conn.events(ctx, pushed)
	if err != nil {
		t.Fatal(err)
	}
	events := got.(map[string]any)["events"].([]arrival)
	for i, event := range events {
		if event.Event != 1000 || len(event.Body) != 2 || event.Body[1] != byte(i) {
			t.Fatal(i, event)
		}
	}
	if len(events) != pushed {
		t.Error(len(events), "events")
	}
}

const pushed = 120

type behaviour int

const (
	withoutReading behaviour = iota
	pushing
)

// connected is a connection to a server that answers every stream alike, when it has read its request.
func connected(t *testing.T, answer func(*quic.Stream), behaviours ...behaviour) *connection {
	is := map[behaviour]bool{}
	for _, one := range behaviours {
		is[one] = true
	}
	certificate, caPEM := selfSigned(t)
	settings := &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"qpc"}}
	listener, err := quic.ListenAddr("127.0.0.1:0", settings, &quic.Config{InitialStreamReceiveWindow: 1 << 16})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		conn, err := listener.Accept(context.Background())
		if err != nil {
			return
		}
		for i := range pushed * len(is) {
			if stream, err := conn.OpenUniStream(); err == nil && is[pushing] {
				stream.Write([]byte{3, 232, 0, 0, 0, 2, 0x18, byte(i)})
				stream.Close()
			}
		}
		for {
			stream, err := conn.AcceptStream(context.Background())
			if err != nil {
				return
			}
			if !is[withoutReading] {
				io.ReadAll(stream)
			}
			answer(stream)
		}
	}()
	address := listener.Addr().(*net.UDPAddr)
	where := request{Host: "127.0.0.1", Port: address.Port, ServerName: "localhost", CA: caPEM, ALPN: "qpc"}
	conn, err := dial(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.close() })
	return conn
}

// selfSigned has no CA flag: it is trusted as itself.
func selfSigned(t *testing.T) (tls.Certificate, string) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(nil, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}, string(text)
}

func finish(stream *quic.Stream, data []byte) {
	stream.Write(data)
	stream.Close()
}

func is(t *testing.T, err error, class string) {
	t.Helper()
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Class != class {
		t.Errorf("%v, not %s", err, class)
	}
}
