package main

// Registration and login (spec/services/auth.md).

import (
	"context"
	"crypto/ed25519"

	"google.golang.org/protobuf/proto"

	qpcv1 "quicprochat/peers/go/gen/qpc/v1"
)

const sessionTokenSize = 32

// register makes the account and logs in. The user has the identity from then on.
func (u *user) register(ctx context.Context, username, password string, identity ed25519.PrivateKey) error {
	client := newOpaqueClient(password)
	started := &qpcv1.OpaqueRegisterStartResponse{}
	start := &qpcv1.OpaqueRegisterStartRequest{Username: username, Request: client.request()}
	if err := u.ask(ctx, qpcv1.MethodId_METHOD_ID_OPAQUE_REGISTER_START, start, started); err != nil {
		return err
	}
	record, _, err := client.upload(started.Response)
	if err != nil {
		return err
	}
	finished := &qpcv1.OpaqueRegisterFinishResponse{}
	finish := &qpcv1.OpaqueRegisterFinishRequest{Username: username, Upload: record, IdentityKey: publicKey(identity)}
	if err := u.ask(ctx, qpcv1.MethodId_METHOD_ID_OPAQUE_REGISTER_FINISH, finish, finished); err != nil {
		return err
	}
	if !finished.Success {
		return refuse("local.invalid", "the name is taken")
	}
	u.identity = identity
	return u.login(ctx, username, password, identity)
}

// login sends nothing after an answer that does not prove that the server knows the password. It leaves
// the user as it was unless it succeeds.
func (u *user) login(ctx context.Context, username, password string, identity ed25519.PrivateKey) error {
	client := newOpaqueClient(password)
	started := &qpcv1.OpaqueLoginStartResponse{}
	start := &qpcv1.OpaqueLoginStartRequest{Username: username, Request: client.start()}
	if err := u.ask(ctx, qpcv1.MethodId_METHOD_ID_OPAQUE_LOGIN_START, start, started); err != nil {
		return err
	}
	done, err := client.finish(started.Response)
	if err != nil {
		return err
	}
	finished := &qpcv1.OpaqueLoginFinishResponse{}
	finish := &qpcv1.OpaqueLoginFinishRequest{Username: username, Finalization: done.KE3, IdentityKey: publicKey(identity)}
	if err := u.ask(ctx, qpcv1.MethodId_METHOD_ID_OPAQUE_LOGIN_FINISH, finish, finished); err != nil {
		return err
	}
	if len(finished.SessionToken) != sessionTokenSize {
		return refuse("msg.decode", "the session token has another length")
	}
	u.identity, u.token, u.bound = identity, finished.SessionToken, u.conn
	return nil
}

// ask is a typed call, on a new connection if there is none. A status is refused as it is.
func (u *user) ask(ctx context.Context, method qpcv1.MethodId, request, answer proto.Message) error {
	if err := u.connect(ctx); err != nil {
		return err
	}
	body, err := proto.Marshal(request)
	if err != nil {
		return refuse("local.invalid", err.Error())
	}
	got, err := u.conn.call(ctx, uint16(method), body)
	if err != nil {
		return err
	}
	if got.Code != 0 {
		return &Refusal{Class: "local.invalid", Status: uint8(got.Code), Msg: "the server refused"}
	}
	if err := proto.Unmarshal(got.Payload, answer); err != nil {
		return refuse("msg.decode", err.Error())
	}
	return nil
}

func publicKey(identity ed25519.PrivateKey) ed25519.PublicKey {
	return identity.Public().(ed25519.PublicKey)
}
