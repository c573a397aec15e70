// This file owns what is inside a record: text, the end of the call with its
// counts, and the empty signals. The same rules hold when sealing and when
// opening, so that neither end relies on the other's program.

package channel

import (
	"errors"
	"unicode"
	"unicode/utf8"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/wire"
)

// MaxText is the longest text of one record in bytes of UTF-8.
const MaxText = 4096

// maxEnded bounds the content of an ended record.
const maxEnded = 128

var (
	// ErrText says that a text is empty, too long, not UTF-8, or holds
	// characters that steer a terminal or turn the reading direction around.
	ErrText = errors.New("the text has 1 to 4096 bytes without control characters")
	// ErrContent says that a record of this type cannot hold this content.
	ErrContent = errors.New("the content does not fit the type of the record")
)

// Counts are the numbers of records that an end had sent and received when it
// ended the call, the ended record itself not counted. Where they differ from
// the other end's, something was lost at the end.
type Counts struct {
	Sent     uint64
	Received uint64
}

// ended is the content of an Ended record.
type ended struct {
	_        struct{} `cbor:",toarray"`
	Reason   ending.Reason
	Sent     uint64
	Received uint64
}

// EncodeEnded makes the content of an Ended record.
func EncodeEnded(reason ending.Reason, counts Counts) []byte {
	return wire.Marshal(ended{Reason: reason, Sent: counts.Sent, Received: counts.Received})
}

// DecodeEnded is the inverse of EncodeEnded. Error: ErrContent, also for a
// reason that is not in CP1's table.
func DecodeEnded(plain []byte) (ending.Reason, Counts, error) {
	var e ended
	if err := wire.Unmarshal(plain, maxEnded, &e); err != nil || !e.Reason.Known() {
		return "", Counts{}, ErrContent
	}
	return e.Reason, Counts{Sent: e.Sent, Received: e.Received}, nil
}

// CheckText accepts text that is safe to show anywhere, a terminal included:
// UTF-8, 1 to MaxText bytes, no control characters but new line and tab, no
// line or paragraph separators, no bidirectional controls. Error: ErrText.
func CheckText(text []byte) error {
	if len(text) == 0 || len(text) > MaxText || !utf8.Valid(text) {
		return ErrText
	}
	for _, r := range string(text) {
		if r != '\n' && r != '\t' && steers(r) {
			return ErrText
		}
	}
	return nil
}

func steers(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}

// checkContent also refuses a type that CP1 does not have.
func checkContent(t Type, plain []byte) error {
	switch t {
	case Text:
		return CheckText(plain)
	case SASOK, Ping:
		if len(plain) != 0 {
			return ErrContent
		}
		return nil
	case Ended:
		_, _, err := DecodeEnded(plain)
		return err
	}
	return ErrContent
}
