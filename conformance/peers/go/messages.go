package main

// The messages of the protocol, found by the numbers of the frames (spec/methods.md, spec/events.md).

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "quicprochat/peers/go/gen/qpc/client/v1"
	qpcv1 "quicprochat/peers/go/gen/qpc/v1"
)

var eventMessages = map[uint16]protoreflect.Name{
	1000: "NewMessage", 1001: "TypingIndicator", 1002: "PresenceUpdate", 1003: "GroupMembershipChange",
}

// answers holds the response message of each method, out of the options in methods.proto.
var answers = func() map[uint16]protoreflect.FullName {
	found := map[uint16]protoreflect.FullName{}
	services := qpcv1.File_qpc_v1_methods_proto.Services()
	for i := range services.Len() {
		methods := services.Get(i).Methods()
		for j := range methods.Len() {
			method := methods.Get(j)
			contract := proto.GetExtension(method.Options(), qpcv1.E_Method).(*qpcv1.MethodContract)
			found[uint16(contract.Id)] = method.Output().FullName()
		}
	}
	return found
}()

// decode refuses bytes that are no message of the type; it panics when there is no such type.
func decode(name protoreflect.FullName, data []byte) (proto.Message, error) {
	kind, err := protoregistry.GlobalTypes.FindMessageByName(name)
	if err != nil {
		panic(err)
	}
	message := kind.New().Interface()
	if err := proto.Unmarshal(data, message); err != nil {
		return nil, &Refusal{Class: "msg.decode", Stage: "message", Msg: err.Error()}
	}
	return message, nil
}
