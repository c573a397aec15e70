// Tests of what both ends of the relay share: subjects that name their sender,
// rights that reach no further, tokens, tickets and the messages' encoding.

package relay

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nkeys"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

func newNkey(t testing.TB) string {
	t.Helper()
	pair, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	public, err := pair.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return public
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestEverySubjectNamesItsSender(t *testing.T) {
	nkey := newNkey(t)
	subjects := []string{LookupSubject(nkey), UpSubject(nkey), ReportSubject(nkey), EnrolSubject(nkey)}
	patterns := []string{LookupSubjects, UpSubjects, ReportSubjects, EnrolSubjects}
	for _, op := range Ops() {
		subjects, patterns = append(subjects, AgentSubject(op, nkey)), append(patterns, AgentSubjects)
		if got := OpOf(AgentSubject(op, nkey)); got != op {
			t.Errorf("OpOf: %q, want %q", got, op)
		}
	}
	for i, s := range subjects {
		if Sender(s) != nkey {
			t.Errorf("%s: sender %q", s, Sender(s))
		}
		if !matches(patterns[i], s) {
			t.Errorf("%s does not match %s", s, patterns[i])
		}
		if strings.ContainsAny(s, "*>") {
			t.Errorf("%s holds a wildcard", s)
		}
	}
	if OpOf(LookupSubject(nkey)) != "" {
		t.Error("a lookup has no operation")
	}
}

func TestARoleMayDoItsOwnAndNothingElse(t *testing.T) {
	own, other := newNkey(t), newNkey(t)
	want := map[Role][]string{
		RoleCompanion: {"cp1.lookup.", "cp1.up.", "cp1.report.", "cp1.renew."},
		RoleEnrol:     {"cp1.enrol."},
		RoleAgent: {"cp1.agent.credential.", "cp1.agent.prepare.", "cp1.agent.create.", "cp1.agent.admit.",
			"cp1.agent.down.", "cp1.agent.secure.", "cp1.agent.end."},
		Role(0): nil,
		Role(9): nil,
	}
	for role, prefixes := range want {
		var expected []string
		for _, p := range prefixes {
			expected = append(expected, p+own)
		}
		got := MayPublish(role, own)
		if !slices.Equal(got, expected) {
			t.Errorf("role %d may publish %v, want %v", role, got, expected)
		}
		for _, s := range got {
			if strings.ContainsAny(s, "*>") || strings.Contains(s, other) {
				t.Errorf("role %d may publish %s", role, s)
			}
		}
	}
	subscriptions := MaySubscribe(own)
	if !slices.Equal(subscriptions, []string{"_INBOX_" + own + ".>"}) {
		t.Fatalf("may subscribe %v", subscriptions)
	}
	if !matches(subscriptions[0], PushSubject(own)) || !matches(subscriptions[0], InboxPrefix(own)+".abc") {
		t.Error("the own inbox is out of reach")
	}
	if matches(subscriptions[0], PushSubject(other)) || matches(subscriptions[0], UpSubject(own)) {
		t.Error("reaches beyond the own inbox")
	}
}

// matches applies NATS's rules: * is one token, > is one or more at the end.
func matches(pattern, subject string) bool {
	p, s := strings.Split(pattern, "."), strings.Split(subject, ".")
	for i, token := range p {
		switch {
		case token == ">":
			return len(s) > i
		case i >= len(s), token != "*" && token != s[i]:
			return false
		}
	}
	return len(p) == len(s)
}

func TestConnectTokens(t *testing.T) {
	key := newKey(t)
	want := Connect{AgentID: 7, Nkey: newNkey(t), Time: 1_772_366_400, KeyHash: [32]byte{1}}
	token, err := want.Token(key)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := OpenConnect(token, &key.PublicKey); err != nil || got != want {
		t.Errorf("opened %+v, %v", got, err)
	}
	if got, err := PeekConnect(token); err != nil || got != want {
		t.Errorf("peeked %+v, %v", got, err)
	}
	if _, err := OpenConnect(token, &newKey(t).PublicKey); !errors.Is(err, wire.ErrSignature) {
		t.Errorf("another key: %v", err)
	}
	otherLabel, err := wire.Sign(wire.LabelTicket, key, wire.Marshal(want))
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"empty":         "",
		"role enrol":    EnrolToken,
		"padded":        token + "=",
		"not base64":    "!" + token[1:],
		"another label": base64.RawURLEncoding.EncodeToString(otherLabel),
		"changed":       token[:len(token)-8] + "AAAAAAAA",
	} {
		if _, err := OpenConnect(bad, &key.PublicKey); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
}

func TestAnOverlongTokenIsNotDecoded(t *testing.T) {
	if _, err := PeekConnect(strings.Repeat("A", wire.MaxObject+1)); !errors.Is(err, wire.ErrTooLarge) {
		t.Errorf("got %v, want ErrTooLarge", err)
	}
}

// The last character of base64 can have bits that mean nothing.
func TestATokenHasOneText(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	key, tried := newKey(t), 0
	for length := range 3 {
		token, err := Connect{Nkey: strings.Repeat("U", length)}.Token(key)
		if err != nil {
			t.Fatal(err)
		}
		if len(token)%4 == 0 {
			continue // no such bits
		}
		last := strings.IndexByte(alphabet, token[len(token)-1])
		if _, err := OpenConnect(token[:len(token)-1]+string(alphabet[last^1]), &key.PublicKey); !errors.Is(err, wire.ErrMalformed) {
			t.Errorf("another text of one token: %v", err)
		}
		tried++
	}
	if tried != 2 {
		t.Errorf("%d of 2 lengths tried", tried)
	}
}

// bankWith is a bundle that lists this status key.
func bankWith(t testing.TB, status *ecdsa.PrivateKey) *trust.Bundle {
	t.Helper()
	root := newKey(t)
	b := trust.Bundle{
		BankID: trust.BankID(trust.RootsHash([][]byte{wire.Point(&root.PublicKey)}, 1)), Name: "Example Bank", Version: 1, Roots: [][]byte{wire.Point(&root.PublicKey)}, Threshold: 1,
		Keys:   []trust.Key{{Role: trust.RoleStatus, Public: wire.Point(&status.PublicKey), NotBefore: 1000, NotAfter: 2000}},
		Relays: []trust.Relay{{URL: "tls://localhost:4222"}}, Suites: []uint8{trust.Suite1}, Lines: []string{"+48221112233"}, MinVersion: "0.1.0",
	}
	signed, err := trust.SignBundle(b, root)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := trust.First(signed, trust.RootsHash(b.Roots, 1))
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

func testTicket(t testing.TB, status *ecdsa.PrivateKey) Ticket {
	return Ticket{
		Status: wire.KeyID(wire.Point(&status.PublicKey)), OID: [32]byte{1}, CallID: [16]byte{2}, AgentID: 7, Credential: [16]byte{3},
		Device: make([]byte, 16), Customer: CustomerHash([16]byte{4}), Companion: newNkey(t), Secure: true, IssuedAt: 1500, Expiry: 1600,
	}
}

func TestCallTickets(t *testing.T) {
	status := newKey(t)
	b := bankWith(t, status)
	want := testTicket(t, status)
	sign := func(k Ticket, key *ecdsa.PrivateKey) []byte {
		signed, err := k.Sign(key)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	if got, err := OpenTicket(sign(want, status), b); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("opened %+v, %v", got, err)
	}
	guest := want
	guest.Device = nil
	if got, err := OpenTicket(sign(guest, status), b); err != nil || got.Device != nil {
		t.Errorf("a guest's: %+v, %v", got, err)
	}
	late, unlisted := want, want
	late.IssuedAt = 2001
	unlisted.Status = [8]byte{9}
	staple, err := trust.SignStaple(trust.Staple{Status: want.Status, IssuedAt: 1500}, status)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		signed []byte
		want   error
	}{
		"by another key":                    {sign(want, newKey(t)), wire.ErrSignature},
		"issued after the key's time":       {sign(late, status), trust.ErrUnknownKey},
		"by a key the bundle does not list": {sign(unlisted, status), trust.ErrUnknownKey},
		"a staple instead":                  {staple, wire.ErrMalformed},
		"nothing":                           {nil, wire.ErrMalformed},
	} {
		if _, err := OpenTicket(c.signed, b); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestPreparedAnswersOneQuestion(t *testing.T) {
	statusKey, otherKey := newKey(t), newKey(t)
	bundle := bankWith(t, statusKey)
	now := time.Unix(1500, 0)
	asked := PrepareRequest{Reference: "C-1", Direction: offer.BankCalled, Number: "+48600700800"}
	word := Prepared{
		Status:    wire.KeyID(wire.Point(&statusKey.PublicKey)),
		Reference: asked.Reference, Direction: asked.Direction, Number: asked.Number,
		Pseudonym: [16]byte{1}, Line: "0800", Enrolled: true, IssuedAt: now.Unix(),
	}
	for name, try := range map[string]struct {
		edit func(*Prepared)
		key  *ecdsa.PrivateKey
		ok   bool
	}{
		"as asked":              {func(*Prepared) {}, statusKey, true},
		"a minute ago":          {func(p *Prepared) { p.IssuedAt -= 60 }, statusKey, true},
		"another reference":     {func(p *Prepared) { p.Reference = "C-2" }, statusKey, false},
		"another direction":     {func(p *Prepared) { p.Direction = offer.CustomerCalled }, statusKey, false},
		"another number":        {func(p *Prepared) { p.Number = "" }, statusKey, false},
		"over a minute ago":     {func(p *Prepared) { p.IssuedAt -= 61 }, statusKey, false},
		"a minute ahead":        {func(p *Prepared) { p.IssuedAt += 61 }, statusKey, false},
		"by another key":        {func(*Prepared) {}, otherKey, false},
		"in another key's name": {func(p *Prepared) { p.Status = wire.KeyID(wire.Point(&otherKey.PublicKey)) }, otherKey, false},
	} {
		p := word
		try.edit(&p)
		answer, err := p.Sign(try.key)
		if err != nil {
			t.Fatal(err)
		}
		got, err := answer.Open(bundle, asked, now)
		if try.ok && (err != nil || got != p) || !try.ok && ending.Of(err, "") != ending.Forged {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, err := (PrepareAnswer{Prepared: []byte("x")}).Open(bundle, asked, now); ending.Of(err, "") != ending.Forged {
		t.Errorf("what is no object: %v", err)
	}
}

func TestCustomerHashDoesNotEqualTheReference(t *testing.T) {
	if CustomerHash([16]byte{1}) == CustomerHash([16]byte{2}) {
		t.Error("two customers have one hash")
	}
}

func TestMessagesReadBackAndKeepTheirLimit(t *testing.T) {
	want := LookupAnswer{Core: []byte{1}, Credential: []byte{2}, PKA: []byte{3}, Staple: []byte{}, News: News{Bundles: [][]byte{{4}}}}
	if got, err := Decode[LookupAnswer](wire.Marshal(want)); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	answer := Answer{Reason: ending.Busy}
	if got, err := Decode[Answer](wire.Marshal(answer)); err != nil || !reflect.DeepEqual(got, answer) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := Decode[Up](wire.Marshal(Up{Body: make([]byte, wire.MaxMessage)})); !errors.Is(err, wire.ErrTooLarge) {
		t.Errorf("over the limit: %v", err)
	}
	if _, err := Decode[Up](wire.Marshal(Down{})); !errors.Is(err, wire.ErrMalformed) {
		t.Errorf("another message: %v", err)
	}
}
