// This file owns what the customer says before anything is shown: how the
// call began and, where the customer dialled, which number.

package offer

import "fmt"

// How the call began, in the customer's words.
type How uint8

// The answers to "For the call you are on now".
const (
	TheyCalled How = 1 // my phone rang
	ICalled    How = 2 // I dialled a number
	NotSure    How = 3
)

// String returns the text form's name: they-called, i-called, not-sure.
func (h How) String() string {
	switch h {
	case TheyCalled:
		return "they-called"
	case ICalled:
		return "i-called"
	case NotSure:
		return "not-sure"
	}
	return ""
}

// ParseHow is the inverse of String.
func ParseHow(s string) (How, error) {
	for _, h := range []How{TheyCalled, ICalled, NotSure} {
		if h.String() == s {
			return h, nil
		}
	}
	return 0, fmt.Errorf("%w: unknown answer", ErrRule)
}

// Answers is what the customer said before any network use. It cannot be
// changed for the same call.
type Answers struct {
	How     How    `cbor:"1,keyasint"`
	Dialled string `cbor:"2,keyasint"` // E.164, only with ICalled, else ""
}

// EntryPath says how the offer reached the companion.
type EntryPath uint8

// The entry paths.
const (
	ByCode EntryPath = 1 // nine digits typed
	ByQR   EntryPath = 2 // a QR frame, from an image or pasted text
)
