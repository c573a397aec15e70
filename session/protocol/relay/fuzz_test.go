// Fuzz targets of what travels between clients and relay: every message, the
// connect token, the call ticket and the subjects. The keys are fixed, so that a
// kept input opens in every later run.

package relay

import (
	"bytes"
	"encoding/base64"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
	"countersign/session/protocol/wire/wiretest"
)

// fixedNkey stands for a user nkey, the same in every process.
const fixedNkey = "UAAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQDJAM"

// named reports whether an error is one that this package promises.
func named(err error) bool {
	return errors.Is(err, wire.ErrMalformed) || errors.Is(err, wire.ErrTooLarge) || errors.Is(err, wire.ErrSignature) || errors.Is(err, trust.ErrUnknownKey)
}

// messages decodes data as each kind of message. A new message is added here.
var messages = map[string]func([]byte) (any, error){
	"Answer":            as[Answer],
	"LookupRequest":     as[LookupRequest],
	"LookupAnswer":      as[LookupAnswer],
	"News":              as[News],
	"Up":                as[Up],
	"Down":              as[Down],
	"Push":              as[Push],
	"CredentialRequest": as[CredentialRequest],
	"CredentialAnswer":  as[CredentialAnswer],
	"PrepareRequest":    as[PrepareRequest],
	"PrepareAnswer":     as[PrepareAnswer],
	"Prepared":          as[Prepared],
	"CreateRequest":     as[CreateRequest],
	"AdmitRequest":      as[AdmitRequest],
	"AdmitAnswer":       as[AdmitAnswer],
	"SecureRequest":     as[SecureRequest],
	"SecureAnswer":      as[SecureAnswer],
	"EndRequest":        as[EndRequest],
	"ReportRequest":     as[ReportRequest],
	"RenewRequest":      as[RenewRequest],
	"RenewAnswer":       as[RenewAnswer],
	"EnrolRequest":      as[EnrolRequest],
	"EnrolHelloRequest": as[EnrolHelloRequest],
	"EnrolHelloAnswer":  as[EnrolHelloAnswer],
	"EnrolProveRequest": as[EnrolProveRequest],
	"EnrolProveAnswer":  as[EnrolProveAnswer],
	"EnrolBundleAnswer": as[EnrolBundleAnswer],
	"EnrolClockAnswer":  as[EnrolClockAnswer],
}

func as[T any](data []byte) (any, error) { return Decode[T](data) }

// TestEveryMessageIsFuzzed reads message.go: what is a struct there is a message.
func TestEveryMessageIsFuzzed(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "message.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	ast.Inspect(file, func(node ast.Node) bool {
		if spec, ok := node.(*ast.TypeSpec); ok {
			if _, isStruct := spec.Type.(*ast.StructType); isStruct {
				found++
				if messages[spec.Name.Name] == nil {
					t.Errorf("%s has no row in messages", spec.Name.Name)
				}
			}
		}
		return true
	})
	if found == 0 {
		t.Error("message.go holds no message")
	}
}

// FuzzMessages: whatever kind of message the bytes are taken for, they are the
// one encoding of what is decoded, or an error with a name.
func FuzzMessages(f *testing.F) {
	for _, m := range []any{
		Answer{Reason: ending.Busy, Body: []byte{1}}, LookupRequest{Code: "123456789"},
		LookupAnswer{Core: []byte{1}, PKA: []byte{2}, News: News{BundleVersion: 2, Bundles: [][]byte{{1}}, Content: []byte{3}}},
		Up{OID: offer.ID{1}, Kind: KindReply, Body: []byte{1}}, Down{Kind: KindReveal, Companion: fixedNkey}, Push{Kind: KindNotice, Body: []byte("reported"), From: fixedNkey},
		CredentialRequest{SecondFactor: "123456", RefreshOnly: true}, CredentialAnswer{Credential: []byte{1}}, PrepareRequest{Reference: "C-1", Direction: offer.BankCalled},
		PrepareAnswer{Prepared: []byte{1}}, Prepared{Reference: "C-1", Direction: offer.BankCalled, Line: "4567", Enrolled: true}, CreateRequest{Code: "123456789", Pseudonym: make([]byte, 16)}, AdmitRequest{Device: make([]byte, 16), Ticket: []byte{1}}, AdmitAnswer{},
		SecureRequest{}, SecureAnswer{Ticket: []byte{1}}, EndRequest{Reason: ending.Completed}, ReportRequest{Enc: []byte{1}, Ciphertext: []byte{2}},
		EnrolRequest{Step: EnrolHello}, EnrolHelloRequest{Ticket: "ABCD", Agent: true}, EnrolHelloAnswer{RootsHash: [32]byte{2}}, EnrolProveRequest{Proof: []byte{1}, Possession: []byte{1}},
		EnrolProveAnswer{AgentID: 7, TOTP: "otpauth://totp/x"}, EnrolBundleAnswer{}, EnrolClockAnswer{Now: -1},
	} {
		f.Add(wire.Marshal(m))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for kind, decode := range messages {
			m, err := decode(data)
			if err == nil && !bytes.Equal(wire.Marshal(m), data) {
				t.Errorf("%s: accepted %x, which is not the encoding of what it says", kind, data)
			}
			if err != nil && !named(err) {
				t.Errorf("%s: an error without a name: %v", kind, err)
			}
		}
	})
}

// FuzzConnect: a token has one text, and opens as what can be looked at.
func FuzzConnect(f *testing.F) {
	agent := wiretest.Key(1)
	token, err := Connect{AgentID: 7, Nkey: fixedNkey, Time: 1_772_366_400, KeyHash: [32]byte{1}}.Token(agent)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Add(token + "=")
	f.Add(token[:10] + "\r\n" + token[10:]) // base64 of the standard library passes over line ends
	f.Add(EnrolToken)
	f.Fuzz(func(t *testing.T, token string) {
		opened, err := OpenConnect(token, &agent.PublicKey)
		peeked, peekErr := PeekConnect(token)
		if err == nil && (peekErr != nil || peeked != opened) {
			t.Error("Peek and Open disagree")
		}
		if err != nil && !named(err) || peekErr != nil && !named(peekErr) {
			t.Errorf("an error without a name: %v, %v", err, peekErr)
		}
		if peekErr == nil && (len(token) > wire.MaxObject || strings.ContainsAny(token, "\r\n= ")) {
			t.Errorf("%q is another text of a token", token)
		}
	})
}

// FuzzConnectPayload fuzzes what an agent's own key signs.
func FuzzConnectPayload(f *testing.F) {
	agent := wiretest.Key(1)
	f.Add(wire.Marshal(Connect{AgentID: 7, Nkey: fixedNkey, Time: 1_772_366_400}))
	f.Add(wire.Marshal(Connect{Time: -1}))
	f.Fuzz(func(t *testing.T, payload []byte) {
		signed, err := wire.Sign(wire.LabelConnect, agent, payload)
		if err != nil {
			t.Fatal(err)
		}
		c, err := OpenConnect(base64.RawURLEncoding.EncodeToString(signed), &agent.PublicKey)
		if err == nil && !bytes.Equal(wire.Marshal(c), payload) {
			t.Errorf("opened as %+v", c)
		}
		if err != nil && !named(err) {
			t.Errorf("an error without a name: %v", err)
		}
	})
}

// fixedTicket is testTicket with a companion that is the same in every process.
func fixedTicket() Ticket {
	return Ticket{
		Status: wire.KeyID(wire.Point(&wiretest.Key(2).PublicKey)), OID: [32]byte{1}, CallID: [16]byte{2}, AgentID: 7, Credential: [16]byte{3},
		Device: make([]byte, 16), Customer: CustomerHash([16]byte{4}), Companion: fixedNkey, Secure: true, IssuedAt: 1500, Expiry: 1600,
	}
}

// FuzzRenewalPayload: what opens was signed by the device, and is written again
// as the same bytes; what does not open has an error with a name.
func FuzzRenewalPayload(f *testing.F) {
	device := wiretest.Key(1)
	f.Add(wire.Marshal(Renewal{Device: [16]byte{1}, Nkey: fixedNkey, Time: 1500}))
	f.Add([]byte{0xa0})
	f.Fuzz(func(t *testing.T, payload []byte) {
		signed, err := wire.Sign(wire.LabelRenew, device, payload)
		if err != nil {
			t.Fatal(err)
		}
		q := RenewRequest{Renewal: signed}
		r, err := q.Open(&device.PublicKey)
		peeked, peekErr := q.Peek()
		if (err == nil) != (peekErr == nil) || r != peeked {
			t.Errorf("opened as %+v, %v and read as %+v, %v", r, err, peeked, peekErr)
		}
		if err != nil && !named(err) {
			t.Errorf("an error without a name: %v", err)
		}
		if err == nil && !bytes.Equal(wire.Marshal(r), payload) {
			t.Errorf("opened as %+v", r)
		}
		if _, err := q.Open(&wiretest.Key(2).PublicKey); err == nil {
			t.Error("opened by another device's key")
		}
	})
}

// FuzzTicket: nothing is a ticket but what the status key signed.
func FuzzTicket(f *testing.F) {
	status := wiretest.Key(2)
	b := bankWith(f, status)
	signed, err := fixedTicket().Sign(status)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	f.Add(signed[:len(signed)-1])
	payload := wire.Marshal(fixedTicket())
	f.Fuzz(func(t *testing.T, signed []byte) {
		k, err := OpenTicket(signed, b)
		if err == nil && !bytes.Equal(wire.Marshal(k), payload) {
			t.Errorf("nobody signed %+v", k)
		}
		if err != nil && !named(err) {
			t.Errorf("an error without a name: %v", err)
		}
	})
}

// FuzzTicketPayload fuzzes what the status key signs.
func FuzzTicketPayload(f *testing.F) {
	status := wiretest.Key(2)
	b := bankWith(f, status)
	guest := fixedTicket()
	guest.Device, guest.Secure = nil, false
	f.Add(wire.Marshal(fixedTicket()))
	f.Add(wire.Marshal(guest))
	f.Fuzz(func(t *testing.T, payload []byte) {
		signed, err := wire.Sign(wire.LabelTicket, status, payload)
		if err != nil {
			t.Fatal(err)
		}
		k, err := OpenTicket(signed, b)
		if err == nil && (!bytes.Equal(wire.Marshal(k), payload) || !b.Lists(trust.RoleStatus, k.Status) || k.IssuedAt < 1000 || k.IssuedAt > 2000) {
			t.Errorf("opened as %+v", k)
		}
		if err != nil && !named(err) {
			t.Errorf("an error without a name: %v", err)
		}
	})
}

// FuzzPrepared fuzzes the authority's word, as the relay hands it on and as the
// status key signs it.
func FuzzPrepared(f *testing.F) {
	status, now := wiretest.Key(2), time.Unix(1500, 0)
	b := bankWith(f, status)
	good := Prepared{
		Status: wire.KeyID(wire.Point(&status.PublicKey)), Reference: "C-1", Direction: offer.BankCalled, Number: "", Pseudonym: [16]byte{4},
		Line: "4567", Enrolled: true, HoldUntil: 1600, IssuedAt: 1500,
	}
	signed, err := good.Sign(status)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed.Prepared, false)
	f.Add(wire.Marshal(good), true)
	good.Reference, good.IssuedAt = "C-2", 1439
	f.Add(wire.Marshal(good), true)
	f.Fuzz(func(t *testing.T, data []byte, sign bool) {
		a := PrepareAnswer{Prepared: data}
		if sign {
			var err error
			if a.Prepared, err = wire.Sign(wire.LabelPrepared, status, data); err != nil {
				t.Fatal(err)
			}
		}
		p, err := a.Open(b, PrepareRequest{Reference: "C-1", Direction: offer.BankCalled}, now)
		if err != nil {
			if ending.Of(err, "") != ending.Forged || p != (Prepared{}) {
				t.Errorf("%+v, %v", p, err)
			}
			return
		}
		if p.Reference != "C-1" || p.Direction != offer.BankCalled || p.Number != "" || p.IssuedAt < 1440 || p.IssuedAt > 1560 {
			t.Errorf("taken as %+v", p)
		}
		if payload, err := wire.Payload(a.Prepared, wire.MaxObject); err != nil || !bytes.Equal(wire.Marshal(p), payload) {
			t.Errorf("opened as %+v", p)
		}
	})
}

// FuzzSubjects: only a subject of an agent's operation has one, and only the
// last part of a subject is its sender.
func FuzzSubjects(f *testing.F) {
	f.Add(AgentSubject(OpAdmit, fixedNkey))
	f.Add(UpSubject(fixedNkey))
	f.Add("....")
	f.Add("")
	f.Fuzz(func(t *testing.T, subject string) {
		sender := Sender(subject)
		if strings.ContainsRune(sender, '.') || !strings.HasSuffix(subject, sender) {
			t.Errorf("%q: sender %q", subject, sender)
		}
		op := OpOf(subject)
		if op != "" && (strings.Count(subject, ".") != 3 || strings.ContainsRune(string(op), '.')) {
			t.Errorf("%q: operation %q", subject, op)
		}
		if slices.Contains(MayPublish(RoleAgent, fixedNkey), subject) && (sender != fixedNkey || !slices.Contains(Ops(), op)) {
			t.Errorf("%q is an agent's, and its sender is %q, its operation %q", subject, sender, op)
		}
	})
}
