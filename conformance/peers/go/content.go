package main

// The rules of application messages (spec/client/content.md) and of exported ones (spec/client/transcript.md).

import (
	"regexp"
	"strings"
	"unicode"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	clientv1 "quicprochat/peers/go/gen/qpc/client/v1"
)

const (
	latestTime  = 253_402_300_799_999 // the end of the year 9999, in milliseconds
	largestFile = largestBlob - boxOverhead
)

var mediaType = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$`)

func contentRoundtrip(in struct {
	Type  protoreflect.FullName
	Bytes Bytes
}) (any, error) {
	message, err := decode(in.Type, in.Bytes)
	if err != nil {
		return nil, err
	}
	if !keepsRules(message) {
		// To Go a field of another wire type is one that it does not know, so there is no stage to tell.
		return nil, refuse("msg.decode", "a rule is broken")
	}
	encoded, err := proto.Marshal(message)
	return map[string]any{"bytes": fullHex(encoded)}, err
}

func keepsRules(message proto.Message) bool {
	switch m := message.(type) {
	case *clientv1.Content:
		return len(m.Id) == 16 && m.SentAtMs <= latestTime && bodyKeepsRules(m)
	case *clientv1.TranscriptRecord:
		name := len(m.SenderName)
		isComplete := len(m.SenderKey) == 32 && name > 0 && name <= 512 && m.Content != nil
		return isComplete && m.ReceivedAtMs <= latestTime && keepsRules(m.Content)
	}
	return false
}

func bodyKeepsRules(content *clientv1.Content) bool {
	switch body := content.Body.(type) {
	case *clientv1.Content_Text:
		return body.Text != ""
	case *clientv1.Content_Reaction:
		emoji := len(body.Reaction.Emoji)
		return len(body.Reaction.TargetId) == 16 && emoji > 0 && emoji <= 64
	case *clientv1.Content_Edit:
		return len(body.Edit.TargetId) == 16 && body.Edit.Text != ""
	case *clientv1.Content_Deletion:
		return len(body.Deletion.TargetId) == 16
	case *clientv1.Content_File:
		f := body.File
		isWhole := len(f.BlobId) == 32 && len(f.Key) == 32 && f.Size <= largestFile
		return isWhole && isFileName(f.Name) && mediaType.MatchString(f.MimeType)
	case *clientv1.Content_Timer:
		return true
	}
	return false
}

func isFileName(name string) bool {
	isHarmful := func(r rune) bool {
		return strings.ContainsRune(`/\`, r) || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
	}
	isShort := len(name) > 0 && len(name) <= 255
	return isShort && name != "." && name != ".." && !strings.ContainsFunc(name, isHarmful)
}
