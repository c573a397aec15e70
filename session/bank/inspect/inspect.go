// Package inspect owns the reading of any CP1 object for people who look for a
// fault: which kind it is, what it says, and everything that is wrong with it.
//
// It must not know a bank's folder, a keyring or the network, and it decides
// nothing: a program that acts on an object checks it in verdict.
//
// Rules: what could be checked and what could not is said in so many words;
// input that is not understood is never repeated, since it may be a private
// key; the secret of a ticket is never shown.
package inspect

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"countersign/session/computer/qr"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/enrol"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/spelling"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// MaxInput bounds what is read, in bytes: an image of the largest size that
// qr reads.
const MaxInput = 10 << 20

// Finding is what is known of one object.
type Finding struct {
	// Kind names the object; "unknown" when it is none of CP1's.
	Kind string `json:"kind"`
	// Found says how the object came: "text", "qr image", "hex", "base64" or "bytes".
	Found string `json:"found,omitempty"`
	// Object is what it says.
	Object any `json:"object,omitempty"`
	// Checked and NotChecked list, as sentences, what was and was not checked.
	Checked    []string `json:"checked,omitempty"`
	NotChecked []string `json:"not_checked,omitempty"`
	// Faults is everything that is wrong; never nil.
	Faults []Fault `json:"faults"`
}

// Fault is one thing that is wrong, by its name in the table of endings.
type Fault struct {
	Reason ending.Reason `json:"reason"`
	Detail string        `json:"detail"`
}

// Inspector reads objects at one moment.
type Inspector struct {
	// Now is the time at which validity is judged.
	Now time.Time
	// Bundle, if not nil, lists the keys by which signatures are checked.
	Bundle *trust.Bundle
}

// Text inspects what a person can paste: a QR text, a ticket, a spoken code, a
// connect token, or an object in hexadecimal or base64.
func (i Inspector) Text(text string) Finding {
	text = strings.Trim(text, "\r\n\t")
	switch bare := strings.TrimSpace(text); {
	case len(text) > 4*wire.MaxBundle:
		return unknown("text", wire.ErrTooLarge.Error())
	case enrol.LooksLikeTicket(bare):
		return ticketText(bare)
	case strings.HasPrefix(spelling.Trim(spelling.Line(bare), ""), "CP1:"):
		return i.frame(text)
	case strings.Contains(bare, "PRIVATE KEY"):
		return unknown("text", "this is a private key: it is not shown")
	case looksSpoken(bare):
		return spokenCode(bare)
	default:
		return i.encoded(bare)
	}
}

// File inspects the content of a file or of standard input: an image with a QR
// code, an object's bytes, or anything that Text takes.
func (i Inspector) File(from io.Reader) Finding {
	data, err := io.ReadAll(io.LimitReader(from, MaxInput+1))
	switch {
	case err != nil:
		return unknown("bytes", "the input cannot be read")
	case len(data) > MaxInput:
		return unknown("bytes", wire.ErrTooLarge.Error())
	case strings.HasPrefix(http.DetectContentType(data), "image/"):
		return i.image(data)
	case isText(data):
		return i.Text(string(data))
	}
	return i.bytes(data, "bytes")
}

func (i Inspector) image(data []byte) Finding {
	text, err := qr.ReadImage(bytes.NewReader(data))
	if err != nil {
		f := Finding{Kind: "unknown", Found: "qr image"}
		f.fault(err, ending.NotACode)
		return f
	}
	f := i.Text(text)
	f.Found = "qr image"
	return f
}

func isText(data []byte) bool {
	return utf8.Valid(data) && !bytes.ContainsFunc(data, func(r rune) bool {
		return !unicode.IsPrint(r) && !unicode.IsSpace(r)
	})
}

// looksSpoken says whether text can only be meant as a code: digits in groups.
func looksSpoken(text string) bool {
	digits := spelling.Bare(text)
	return digits != "" && len(digits) <= 2*offer.CodeDigits && strings.Trim(digits, "0123456789") == ""
}

func spokenCode(text string) Finding {
	f := Finding{Kind: "spoken code", Found: "text", Checked: []string{"the check digit"}}
	code, err := offer.ParseCode(text)
	if ending.Of(err, "") == ending.WrongCheckDigit {
		err = ending.Because(ending.WrongCheckDigit, "a digit is wrong, or two are swapped")
	}
	if err != nil {
		f.fault(err, ending.NotACode)
		return f
	}
	f.Object = map[string]string{"code": offer.Groups(code)}
	f.NotChecked = []string{"whether an offer with this code exists: only the bank's server knows"}
	return f.done()
}

func ticketText(text string) Finding {
	f := Finding{Kind: "ticket", Found: "text"}
	t, err := enrol.ParseTicket(text)
	if err != nil {
		f.fault(err, ending.NotACode)
		return f
	}
	f.Object = map[string]string{"server": t.Addr, "name": t.Name, "secret": "present, not shown"}
	f.NotChecked = []string{"whether the ticket is known, used, locked or expired: only the bank's server knows"}
	return f.done()
}

// encoded takes hexadecimal, then each usual form of base64.
func (i Inspector) encoded(text string) Finding {
	packed := strings.Join(strings.Fields(text), "")
	if data, err := hex.DecodeString(packed); err == nil && len(data) > 0 {
		return i.bytes(data, "hex")
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if data, err := encoding.Strict().DecodeString(packed); err == nil && len(data) > 0 {
			return i.bytes(data, "base64")
		}
	}
	return unknown("text", "not a QR text, ticket, spoken code, hexadecimal or base64")
}

func unknown(found, detail string) Finding {
	return Finding{Kind: "unknown", Found: found, Faults: []Fault{{Reason: ending.NotACode, Detail: detail}}}
}

// fault notes what is wrong, by the reason in err or else by the fallback.
func (f *Finding) fault(err error, fallback ending.Reason) {
	if err == nil {
		return
	}
	detail := err.Error()
	var e *ending.Error
	if errors.As(err, &e) {
		detail = e.Detail
	}
	f.Faults = append(f.Faults, Fault{Reason: ending.Of(err, fallback), Detail: detail})
}

// done makes sure that "no faults" is an empty list in JSON.
func (f Finding) done() Finding {
	if f.Faults == nil {
		f.Faults = []Fault{}
	}
	return f
}
