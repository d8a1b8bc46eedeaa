// Command go is the adapter of a client in Go: requests in lines, and what to do for each. The client is in
// the other files; the adapter protocol is in conformance/adapter/README.md.
package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/quic-go/quic-go"
)

var hello = map[string]any{
	"adapter": 1, "name": "qpc-go", "version": "0.1.0", "language": "go", "max_parallel": 32,
	"features": append([]string{"call", "cancel", "user"}, withoutNetwork...),
}

// request has the arguments of the operations with a network; the others read theirs from raw.
type request struct {
	ID, Call     int64
	Op           string
	Conn, User   string
	Host         string
	Port, Want   int
	ServerName   string `json:"server_name"`
	CA           string `json:"ca_pem"`
	ALPN         string
	Milliseconds int64 `json:"timeout_ms"`
	Method       uint16
	Body         Bytes
	Username     string
	Password     string
	IdentitySeed Bytes `json:"identity_seed"`
	raw          json.RawMessage
}

type adapter struct {
	conns, users, underway sync.Map // by name: *connection, *user; by id: context.CancelCauseFunc
	output                 *json.Encoder
	writing                sync.Mutex
}

func main() {
	a := &adapter{output: json.NewEncoder(os.Stdout)}
	for input := json.NewDecoder(os.Stdin); ; {
		var r request
		if input.Decode(&r.raw) != nil {
			return
		}
		err := json.Unmarshal(r.raw, &r)
		ctx, cancel := context.WithCancelCause(context.Background())
		a.underway.Store(r.ID, cancel)
		if r.Op == "bye" {
			a.conns.Range(func(_, conn any) bool { return conn.(*connection).close() == nil })
			a.reply(r, nothing, err)
			return
		}
		go func() {
			result, failure := any(nil), err
			if err == nil {
				result, failure = a.run(ctx, r)
			}
			a.reply(r, result, failure)
		}()
	}
}

func (a *adapter) reply(r request, result any, err error) {
	a.underway.Delete(r.ID)
	reply := map[string]any{"id": r.ID}
	if refusal := (*Refusal)(nil); errors.As(err, &refusal) {
		reply["err"] = refusal
	} else if errors.Is(err, errors.ErrUnsupported) {
		reply["unsupported"] = r.Op
	} else if err != nil {
		reply["crash"] = err.Error()
	} else {
		reply["ok"] = result
	}
	a.writing.Lock()
	defer a.writing.Unlock()
	a.output.Encode(reply)
}

// run is told by ctx when to give up, and why.
func (a *adapter) run(ctx context.Context, r request) (result any, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("panic: %v", fault)
		}
	}()
	limit := time.Duration(cmp.Or(r.Milliseconds, 15_000)) * time.Millisecond
	ctx, stop := context.WithTimeoutCause(ctx, limit, refuse("deadline"))
	defer stop()
	named, _ := a.conns.Load(r.Conn)
	conn, _ := named.(*connection) // nil, if there is none of this name
	switch r.Op {
	case "hello":
		return hello, nil
	case "open":
		conn.close()
		opened, err := dial(ctx, r)
		a.conns.Store(r.Conn, opened)
		return nothing, err
	case "call":
		return conn.answer(ctx, r.Method, r.Body)
	case "events":
		return conn.events(ctx, r.Want)
	case "state":
		return conn.state(), nil
	case "close":
		return nothing, conn.close()
	case "cancel":
		if cancel, ok := a.underway.Load(r.Call); ok {
			cancel.(context.CancelCauseFunc)(refuse("cancelled"))
		}
		return nothing, nil
	case "user.open", "user.reopen", "user.register", "user.login", "user.call", "user.close":
		return a.user(ctx, r)
	}
	return runWithoutNetwork(r.Op, r.raw)
}

// dial trusts the certificates given and no others, checks the name, and keeps what the server pushes.
func dial(ctx context.Context, r request) (*connection, error) {
	trust := &tls.Config{RootCAs: x509.NewCertPool(), ServerName: r.ServerName, NextProtos: []string{r.ALPN}}
	if !trust.RootCAs.AppendCertsFromPEM([]byte(r.CA)) {
		return nil, refuse("local.invalid", "there is no certificate in ca_pem")
	}
	limits := &quic.Config{HandshakeIdleTimeout: time.Hour, KeepAlivePeriod: 10 * time.Second, MaxIncomingUniStreams: 1024}
	raw, err := quic.DialAddr(ctx, net.JoinHostPort(r.Host, strconv.Itoa(r.Port)), trust, limits)
	if err != nil {
		return nil, classify(ctx, err)
	}
	conn := &connection{quic: raw, arrivals: make(chan arrival, 4096)}
	go conn.receive()
	return conn, nil
}
