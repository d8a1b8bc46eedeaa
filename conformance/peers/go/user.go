package main

// What the adapter keeps of a user: a local state, of which nothing outlives the process.

import (
	"context"
	"crypto/ed25519"
	"sync"

	"google.golang.org/protobuf/proto"

	qpcv1 "quicprochat/peers/go/gen/qpc/v1"
)

// user has its server, its identity once it has one, its connection, and its session.
type user struct {
	busy     sync.Mutex
	server   request
	identity ed25519.PrivateKey
	conn     *connection
	token    []byte
	bound    *connection // the one that the login of the token bound to its session
}

func (a *adapter) user(ctx context.Context, r request) (any, error) {
	if r.Op == "user.open" {
		older, _ := a.users.Swap(r.User, &user{server: r})
		if older != nil {
			older.(*user).disconnect()
		}
		return nothing, nil
	}
	found, known := a.users.Load(r.User)
	if !known && r.Op == "user.close" {
		return nothing, nil
	}
	if !known {
		return nil, refuse("local.invalid", "no such user: "+r.User)
	}
	u := found.(*user)
	switch r.Op {
	case "user.register", "user.login":
		return u.enter(ctx, r)
	case "user.call":
		conn, trailer, err := u.session(ctx)
		if err != nil {
			return nil, err
		}
		return conn.answer(ctx, r.Method, concat(r.Body, trailer))
	case "user.close":
		a.users.Delete(r.User)
	}
	u.disconnect() // all that user.reopen needs
	return nothing, nil
}

// enter registers or logs in, with the identity of the seed if there is one.
func (u *user) enter(ctx context.Context, r request) (any, error) {
	u.busy.Lock()
	defer u.busy.Unlock()
	identity := u.identity
	if len(r.IdentitySeed) == ed25519.SeedSize {
		identity = ed25519.NewKeyFromSeed(r.IdentitySeed)
	} else if r.IdentitySeed != nil {
		return nil, refuse("local.invalid", "an identity_seed has 32 bytes")
	} else if identity == nil || r.Op == "user.register" {
		identity = ed25519.NewKeyFromSeed(random(ed25519.SeedSize))
	}
	if r.Op == "user.login" {
		return nothing, u.login(ctx, r.Username, r.Password, identity)
	}
	if err := u.register(ctx, r.Username, r.Password, identity); err != nil {
		return nil, err
	}
	return map[string]any{"identity_key": Bytes(publicKey(identity))}, nil
}

// session is a connection, and what shows the session to it unless a login did.
func (u *user) session(ctx context.Context) (*connection, []byte, error) {
	u.busy.Lock()
	defer u.busy.Unlock()
	if err := u.connect(ctx); err != nil {
		return nil, nil, err
	}
	if u.token == nil || u.bound == u.conn {
		return u.conn, nil, nil
	}
	trailer, err := proto.Marshal(&qpcv1.SessionTrailer{Auth: &qpcv1.Auth{AccessToken: u.token}})
	return u.conn, trailer, err
}

func (u *user) connect(ctx context.Context) error {
	if u.conn.isOpen() {
		return nil
	}
	conn, err := dial(ctx, u.server)
	u.conn = conn
	return err
}

func (u *user) disconnect() {
	u.busy.Lock()
	defer u.busy.Unlock()
	u.conn.close()
}
