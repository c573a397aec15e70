// Package enrol owns how a new device or agent and its bank come to trust each
// other: the ticket on a letter, the mutual proof of its secret, and the eight
// words that a person types to vouch for the bank's roots.
//
// It must not know the network, the directory or the keyring: it computes and
// compares; bank/directory decides about tickets, session keeps what was won.
//
// Rules: the secret itself never travels; words are typed and never compared by
// eye; a proof that fails says nothing about why.
package enrol

import (
	"crypto/rand"
	"encoding/base32"
	"regexp"
	"strings"

	"golang.org/x/crypto/argon2"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/spelling"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// Sizes of a ticket's code in base32 characters (RFC 4648, section 6).
const (
	NameSize   = 4  // names the ticket: 20 bits
	SecretSize = 12 // the secret: 60 bits
)

// maxTicketText bounds a ticket as typed, pasted or read from a QR code: the
// longest host name and room for spaces.
const maxTicketText = 512

const prefix = "CT1:"

// Parameters of Argon2id: the second recommended option of RFC 9106, section
// 4. They are part of CP1: a change makes every printed ticket worthless.
const (
	argonTime    = 3
	argonMemory  = 64 << 10 // KiB
	argonThreads = 4
)

var base32s = regexp.MustCompile(`^[A-Z2-7]+$`)

// Ticket is one invitation to enrol: where the bank's server is, the name of
// the ticket there, and the secret that proves both ends to each other.
type Ticket struct {
	Addr   string // HOST:PORT, in lower case
	Name   string // 4 base32 characters
	Secret string // 12 base32 characters
}

// NewTicket makes a ticket with a random name and secret for the server at
// addr (HOST:PORT).
func NewTicket(addr string) Ticket {
	var raw [10]byte  // 80 bits: exactly 16 characters
	rand.Read(raw[:]) // never fails since Go 1.24: the program ends instead
	code := base32.StdEncoding.EncodeToString(raw[:])
	return Ticket{Addr: strings.ToLower(addr), Name: code[:NameSize], Secret: code[NameSize:]}
}

// String returns the ticket as it is printed: CT1:HOST:PORT/XXXX-XXXX-XXXX-XXXX.
// It holds the secret: never log it.
func (t Ticket) String() string {
	return prefix + t.Addr + "/" + t.Name + "-" + t.Secret[:4] + "-" + t.Secret[4:8] + "-" + t.Secret[8:]
}

// ParseTicket takes a ticket as people type it or paste it: in any case, with
// what a letter or a mail puts around it and into it (package spelling), after
// "ticket:" as the bank's command prints it, and with 0 for O and 1 for I, which
// base32 does not have (RFC 4648, section 3.4). Error: ending.NotACode.
func ParseTicket(text string) (Ticket, error) {
	if len(text) > maxTicketText {
		return Ticket{}, notATicket("too long")
	}
	rest, ok := cutPrefix(spelling.Whole(text))
	address, code, found := strings.Cut(rest, "/")
	if !ok || !found {
		return Ticket{}, notATicket("a ticket looks like CT1:HOST:PORT/XXXX-XXXX-XXXX-XXXX")
	}
	address = spelling.Lower(spelling.Trim(address, addressEnds))
	if !trust.IsHostPort(address) {
		return Ticket{}, notATicket("the part before the slash is not HOST:PORT")
	}
	code = strings.NewReplacer("0", "O", "1", "I").Replace(spelling.Upper(spelling.Bare(code)))
	if len(code) != NameSize+SecretSize || !base32s.MatchString(code) {
		return Ticket{}, notATicket("the code has sixteen letters and digits")
	}
	return Ticket{Addr: address, Name: code[:NameSize], Secret: code[NameSize:]}, nil
}

// addressEnds are what an address may begin or end with, or must not lose
// unnoticed: an IPv6 address is in brackets.
const addressEnds = "[]:-"

// cutPrefix takes the ticket's prefix from a text, with what stands before it:
// what is passed over, and the word that the bank's command prints.
func cutPrefix(text string) (rest string, found bool) {
	rest = strings.TrimLeftFunc(text, spelling.PassedOver)
	if after, said := cutFold(rest, "TICKET:"); said {
		rest = strings.TrimLeftFunc(after, spelling.PassedOver)
	}
	if rest, found = cutFold(rest, prefix); !found {
		return text, false
	}
	return rest, true
}

// cutFold is strings.CutPrefix for a prefix in capitals, in whatever case it was typed.
func cutFold(text, prefix string) (string, bool) {
	if len(text) < len(prefix) || spelling.Upper(text[:len(prefix)]) != prefix {
		return text, false
	}
	return text[len(prefix):], true
}

// LooksLikeTicket reports whether a text can only be meant as a ticket.
func LooksLikeTicket(text string) bool {
	_, found := cutPrefix(spelling.Whole(text))
	return found
}

// Parts are the two parts of a ticket that a screen has boxes for: the address
// and the code. Together they hold the secret: never log them.
func (t Ticket) Parts() (address, code string) {
	return t.Addr, strings.TrimPrefix(t.String(), prefix+t.Addr+"/")
}

// Join writes a ticket from what was typed into the two boxes, whether or not
// it is one: ParseTicket says that.
func Join(address, code string) string {
	address, _ = cutPrefix(spelling.Whole(address))
	return prefix + strings.TrimSuffix(address, "/") + "/" + strings.TrimSpace(code)
}

// Spread puts the parts of a whole ticket, pasted into one of the two boxes,
// where they belong. One that somebody is still typing stays until its last
// character.
func Spread(address, code string) (string, string) {
	for _, typed := range []string{code, address} {
		if whole, err := ParseTicket(typed); err == nil {
			return whole.Parts()
		}
	}
	return address, code
}

func notATicket(detail string) error { return ending.Because(ending.NotACode, detail) }

// Key is K: Argon2id (RFC 9106) of the secret's twelve characters, salted with
// H("CP1 ticket", name). Nobody keeps it: see Keys. It takes 64 MiB and a good
// part of a second.
func (t Ticket) Key() [32]byte {
	salt := wire.H(wire.LabelTicket, []byte(t.Name))
	return [32]byte(argon2.IDKey([]byte(t.Secret), salt[:], argonTime, argonMemory, argonThreads, 32))
}
