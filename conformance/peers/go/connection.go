package main

// Calls and events on one connection (spec/transport.md, spec/framing.md, spec/events.md).

import (
	"context"
	"crypto/tls"
	"errors"
	"sync/atomic"
	"time"

	"github.com/quic-go/quic-go"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// connection is one of QUIC; nil stands for one that is not open.
type connection struct {
	quic     *quic.Conn
	requests atomic.Uint32
	arrivals chan arrival
}

// arrival is a push event, or the class of what was dropped in its place.
type arrival struct {
	Event   uint16 `json:"event"`
	Body    Bytes  `json:"body"`
	dropped string
}

const (
	noAlpn         = 0x100 + 120 // TLS alert no_application_protocol
	badCertificate = 0x100 + 42  // TLS alert bad_certificate, before anything could be verified
	patience       = 50 * time.Millisecond
)

// call is one stream with one request and its answer. When ctx ends it drops the stream.
func (c *connection) call(ctx context.Context, method uint16, body []byte) (frame, error) {
	if c == nil {
		return frame{}, refuse("conn.closed")
	}
	stream, err := c.quic.OpenStreamSync(ctx)
	if err != nil {
		return frame{}, c.failed(ctx, err)
	}
	stop := context.AfterFunc(ctx, func() { drop(stream) })
	defer stop()
	request := frame{Code: method, RequestID: c.requests.Add(1), Payload: body}
	go func() {
		if _, err := stream.Write(requestFrame.encode(request)); err != nil {
			stream.CancelWrite(0)
			return
		}
		stream.Close()
	}()
	answer, err := responseFrame.read(stream)
	if err == nil && answer.RequestID != request.RequestID {
		err = refuse("frame.req_id")
	}
	if err != nil {
		drop(stream)
		return frame{}, c.failed(ctx, err)
	}
	// Who answers early may never read the rest of the request.
	stream.SetWriteDeadline(time.Now().Add(patience))
	return answer, nil
}

// failed waits for the end of the connection, if that is why: streams hear of it first.
func (c *connection) failed(ctx context.Context, err error) error {
	refusal := classify(ctx, err)
	if refusal.Class == "conn.closed" {
		<-c.quic.Context().Done()
	}
	return refusal
}

// answer is a call whose answer, if it is Ok, is the message of the method.
func (c *connection) answer(ctx context.Context, method uint16, body []byte) (any, error) {
	answer, err := c.call(ctx, method, body)
	if err != nil {
		return nil, err
	}
	if name, known := answers[method]; known && answer.Code == 0 {
		if _, err := decode(name, answer.Payload); err != nil {
			return nil, err
		}
	}
	return map[string]any{"status": answer.Code, "treat_as": treatAs(answer.Code), "body": Bytes(answer.Payload)}, nil
}

// receive reads one pushed stream after the other, so that their order is kept. One that does not end is
// left to itself after a moment.
func (c *connection) receive() {
	for {
		stream, err := c.quic.AcceptUniStream(context.Background())
		if err != nil {
			return
		}
		read := make(chan struct{})
		go func() {
			defer close(read)
			arrived := readPush(stream)
			for {
				select {
				case c.arrivals <- arrived:
					return
				default: // full, so the oldest goes
					select {
					case <-c.arrivals:
					default:
					}
				}
			}
		}()
		select {
		case <-read:
		case <-time.After(patience):
		}
	}
}

func readPush(stream *quic.ReceiveStream) arrival {
	push, err := pushFrame.read(stream)
	name, known := eventMessages[push.Code]
	if err == nil && known {
		_, err = decode("qpc.v1."+protoreflect.FullName(name), push.Payload)
		if err != nil {
			return arrival{dropped: "push.decode"}
		}
	}
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		stream.CancelRead(0)
		return arrival{dropped: refusal.Class}
	case err != nil:
		return arrival{dropped: "stream.reset"}
	case !known:
		return arrival{dropped: "push.unknown"}
	}
	return arrival{Event: push.Code, Body: push.Payload}
}

// events waits for so many that were not handed out before; what there is counts when ctx or c ends.
func (c *connection) events(ctx context.Context, want int) (any, error) {
	if !c.isOpen() {
		return nil, refuse("conn.closed")
	}
	events, dropped := []arrival{}, []map[string]string{}
	for len(events) < want {
		select {
		case arrived := <-c.arrivals:
			if arrived.dropped == "" {
				events = append(events, arrived)
			} else {
				dropped = append(dropped, map[string]string{"class": arrived.dropped})
			}
			continue
		case <-ctx.Done():
		case <-c.quic.Context().Done():
		}
		break
	}
	return map[string]any{"events": events, "dropped": dropped}, nil
}

func (c *connection) state() any {
	if c == nil {
		return map[string]any{"open": false}
	}
	if cause := context.Cause(c.quic.Context()); cause != nil {
		return map[string]any{"open": false, "err": classify(context.Background(), cause)}
	}
	return map[string]any{"open": true}
}

func (c *connection) isOpen() bool {
	return c != nil && c.quic.Context().Err() == nil
}

func (c *connection) close() error {
	if c != nil {
		c.quic.CloseWithError(0, "")
	}
	return nil
}

func drop(stream *quic.Stream) {
	stream.CancelRead(0)
	stream.CancelWrite(0)
}

// classify says in the words of the adapter protocol why something with a network failed.
func classify(ctx context.Context, err error) *Refusal {
	var (
		refusal     *Refusal
		certificate *tls.CertificateVerificationError
		transport   *quic.TransportError
		stream      *quic.StreamError
	)
	class := "conn.closed"
	switch {
	case errors.As(err, &refusal), errors.As(context.Cause(ctx), &refusal):
		return refusal
	case errors.As(err, &stream):
		class = "stream.reset"
	case errors.As(err, &certificate):
		class = "conn.cert"
	case errors.As(err, &transport) && transport.ErrorCode == noAlpn:
		class = "conn.alpn"
	case errors.As(err, &transport) && transport.ErrorCode == badCertificate && !transport.Remote:
		class = "conn.cert"
	}
	return refuse(class, err.Error())
}
