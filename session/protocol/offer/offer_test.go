// Tests of the offer core, its names and bindings, and of QR frames and their
// text.

package offer

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/skip2/go-qrcode"
	"pgregory.net/rapid"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// newCore returns a valid core with random identifiers.
func newCore() Core {
	id := NewCallID()
	ref := RefHash(id, [16]byte{5})
	c := Core{
		CallID: id, Start: now.Unix(), Direction: BankCalled,
		Purpose: trust.CardPayment, Line: "4567", Ref: ref[:], Suite: trust.Suite1,
	}
	rand.Read(c.Keys[:])
	rand.Read(c.Credential[:])
	return c
}

// newCredential returns the signed credential of an agent with names of usual
// length: one of 24 letters, a role, a department, three purposes.
func newCredential(t testing.TB, agent *ecdsa.PrivateKey) []byte {
	t.Helper()
	c := trust.Credential{
		AgentID: 1042, Name: "Aleksandra Wojciechowska", Role: "Fraud prevention adviser", Department: "Cards and payments",
		NotBefore: now.Unix(), Expiry: now.Add(trust.MaxCredential).Unix(), Public: wire.Point(&agent.PublicKey),
		Purposes: []trust.Purpose{trust.CardPayment, trust.Transfer, trust.AccountAccess},
	}
	rand.Read(c.ID[:])
	rand.Read(c.Issuer[:])
	signed, err := trust.SignCredential(c, newKey(t))
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestCoreReadsBack(t *testing.T) {
	agent := newKey(t)
	core := newCore()
	signed, err := core.Sign(agent)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := Open(signed, &agent.PublicKey)
	if err != nil || opened.ID() != core.ID() {
		t.Errorf("Open: %v", err)
	}
	if peeked, err := Peek(signed); err != nil || peeked.ID() != core.ID() {
		t.Errorf("Peek: %v", err)
	}
	if _, err := Open(signed, &newKey(t).PublicKey); !errors.Is(err, wire.ErrSignature) {
		t.Errorf("another key: %v", err)
	}
	core.Ref = nil
	if again, err := DecodeCore(core.Encode()); err != nil || again.Ref != nil {
		t.Errorf("without a customer: %v", err)
	}
}

func TestCoreRulesHoldForTheSignerAndTheReader(t *testing.T) {
	agent := newKey(t)
	for name, change := range map[string]func(*Core){
		"no direction":      func(c *Core) { c.Direction = 0 },
		"unknown direction": func(c *Core) { c.Direction = 3 },
		"no purpose":        func(c *Core) { c.Purpose = 0 },
		"unknown purpose":   func(c *Core) { c.Purpose = 99 },
		"line of five":      func(c *Core) { c.Line = "12345" },
		"line of letters":   func(c *Core) { c.Line = "12a4" },
		"no start":          func(c *Core) { c.Start = 0 },
		"before 1970":       func(c *Core) { c.Start = -now.Unix() },
		"start overflows":   func(c *Core) { c.Start = MaxStart + 1 },
		"whole reference":   func(c *Core) { c.Ref = make([]byte, 32) },
		"long reference":    func(c *Core) { c.Ref = make([]byte, 17) },
		"short reference":   func(c *Core) { c.Ref = make([]byte, 15) },
	} {
		core := newCore()
		change(&core)
		if _, err := core.Sign(agent); !errors.Is(err, ErrRule) {
			t.Errorf("%s: signing: %v", name, err)
		}
		signed, err := wire.Sign(wire.LabelOffer, agent, core.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Open(signed, &agent.PublicKey); !errors.Is(err, ErrRule) {
			t.Errorf("%s: opening: %v", name, err)
		}
	}
}

func TestTheOfferIDCoversEveryField(t *testing.T) {
	base := newCore()
	for name, change := range map[string]func(*Core){
		"credential": func(c *Core) { c.Credential[0]++ },
		"call id":    func(c *Core) { c.CallID[0]++ },
		"start":      func(c *Core) { c.Start++ },
		"direction":  func(c *Core) { c.Direction = CustomerCalled },
		"purpose":    func(c *Core) { c.Purpose = trust.Transfer },
		"line":       func(c *Core) { c.Line = "4568" },
		"reference":  func(c *Core) { c.Ref = nil },
		"suite":      func(c *Core) { c.Suite++ },
		"keys":       func(c *Core) { c.Keys[0]++ },
	} {
		changed := base
		change(&changed)
		if changed.ID() == base.ID() {
			t.Errorf("%s is not covered", name)
		}
	}
}

func TestReferencesAndCommitmentsBindTheCall(t *testing.T) {
	if RefHash([16]byte{1}, [16]byte{2}) == RefHash([16]byte{2}, [16]byte{2}) || RefHash([16]byte{1}, [16]byte{2}) == RefHash([16]byte{1}, [16]byte{3}) {
		t.Error("reference")
	}
	if Commitment([16]byte{1}, [32]byte{2}) == Commitment([16]byte{2}, [32]byte{2}) || Commitment([16]byte{1}, [32]byte{2}) == Commitment([16]byte{1}, [32]byte{3}) {
		t.Error("commitment")
	}
}

// What is beside the core is fixed by it, and so is the bank: each part, their order, and where
// one ends and the other begins.
func TestTheKeysHashBindsItsParts(t *testing.T) {
	base := Keys{Bank: [16]byte{3}, PKA: bytes.Repeat([]byte{1}, 1216), CA: [32]byte{2}}
	for name, other := range map[string]Keys{
		"another bank":      {Bank: [16]byte{4}, PKA: base.PKA, CA: base.CA},
		"another pkA":       {Bank: base.Bank, PKA: append(bytes.Clone(base.PKA[:1215]), 2), CA: base.CA},
		"another CA":        {Bank: base.Bank, PKA: base.PKA, CA: [32]byte{3}},
		"no bank":           {PKA: base.PKA, CA: base.CA},
		"no pkA":            {Bank: base.Bank, CA: base.CA},
		"no CA":             {Bank: base.Bank, PKA: base.PKA},
		"a byte moved over": {Bank: base.Bank, PKA: append(bytes.Clone(base.PKA), 2), CA: [32]byte{}},
	} {
		if other.Hash() == base.Hash() {
			t.Errorf("%s has the same hash", name)
		}
	}
	if want := wire.H("CP1 keys", base.Bank[:], base.PKA, base.CA[:]); base.Hash() != want {
		t.Error("the hash is not H(\"CP1 keys\", bank id, pkA, CA)")
	}
}

// An offer's end is not the agent's to choose: it lasts five minutes. A core of
// an earlier form, which named its end, is none.
func TestAnOfferLastsFiveMinutes(t *testing.T) {
	c := newCore()
	if c.Expiry() != c.Start+300 {
		t.Errorf("the offer lasts %d s", c.Expiry()-c.Start)
	}
	var fields map[int]any
	if err := cbor.Unmarshal(c.Encode(), &fields); err != nil {
		t.Fatal(err)
	}
	for key := range 14 {
		if _, has := fields[key]; has {
			continue
		}
		fields[key] = c.Start + 86400
		if _, err := DecodeCore(wire.Marshal(fields)); err == nil {
			t.Errorf("a core with the key %d is accepted", key)
		}
		delete(fields, key)
	}
}

func TestNamesReadBack(t *testing.T) {
	for _, d := range []Direction{BankCalled, CustomerCalled} {
		if again, err := ParseDirection(d.String()); err != nil || again != d {
			t.Errorf("%v: %v", d, err)
		}
	}
	for _, h := range []How{TheyCalled, ICalled, NotSure} {
		if again, err := ParseHow(h.String()); err != nil || again != h {
			t.Errorf("%v: %v", h, err)
		}
	}
	if _, err := ParseDirection(""); !errors.Is(err, ErrRule) {
		t.Error("there is no default direction")
	}
	if _, err := ParseHow(""); !errors.Is(err, ErrRule) {
		t.Error("there is no default answer")
	}
}

func TestFramesReadBackAndShareTheOffer(t *testing.T) {
	agent := newKey(t)
	core, credential := newCore(), newCredential(t, agent)
	for _, at := range []time.Time{now, now.Add(FramePeriod)} {
		text, err := NewFrame(core, at, agent, credential)
		if err != nil {
			t.Fatal(err)
		}
		f, err := ParseText(text)
		if err != nil {
			t.Fatal(err)
		}
		got, seen, err := f.Verify(&agent.PublicKey)
		if err != nil || got.ID() != core.ID() || !seen.Equal(at) || !bytes.Equal(f.Credential, credential) {
			t.Errorf("Verify: %v, %v", seen, err)
		}
		if got, seen, err := f.Peek(); err != nil || got.ID() != core.ID() || !seen.Equal(at) {
			t.Errorf("Peek: %v", err)
		}
		if _, _, err := f.Verify(&newKey(t).PublicKey); !errors.Is(err, wire.ErrSignature) {
			t.Errorf("another key: %v", err)
		}
	}
}

func TestAFrameIsNotAnOfferAndAnOfferIsNotAFrame(t *testing.T) {
	agent := newKey(t)
	core := newCore()
	signed, err := core.Sign(agent)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := (Frame{Signed: signed}).Verify(&agent.PublicKey); err == nil {
		t.Error("an offer's signature counts for a frame")
	}
	text, err := NewFrame(core, now, agent, newCredential(t, agent))
	if err != nil {
		t.Fatal(err)
	}
	f, err := ParseText(text)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(f.Signed, &agent.PublicKey); err == nil {
		t.Error("a frame's signature counts for an offer")
	}
}

// The goal is a QR code that an ordinary camera reads from a screen. The names
// are of usual length; each letter more is a byte more.
func TestARealisticFrameFitsItsGoal(t *testing.T) {
	const goal, version = 420, 17
	agent := newKey(t)
	credential := newCredential(t, agent)
	if c, err := trust.PeekCredential(credential); err != nil || len(c.Name) != 24 {
		t.Fatalf("the name is not of 24 letters: %v", err)
	}
	text, err := NewFrame(newCore(), now, agent, credential)
	if err != nil {
		t.Fatal(err)
	}
	data, err := base45Decode(strings.TrimPrefix(text, textPrefix))
	if err != nil {
		t.Fatal(err)
	}
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("a frame has %d bytes, %d characters, QR version %d-M; its core has %d bytes", len(data), len(text), code.VersionNumber, len(newCore().Encode()))
	if len(data) > goal {
		t.Errorf("a frame has %d bytes, at most %d", len(data), goal)
	}
	if code.VersionNumber > version {
		t.Errorf("QR version %d, at most %d", code.VersionNumber, version)
	}
}

// A frame leaves out the COSE headers. What comes back is the bytes that were
// signed, so that the credential is the same as the one that a relay serves.
func TestAFrameGivesBackWhatWasSigned(t *testing.T) {
	agent := newKey(t)
	credential := newCredential(t, agent)
	core := newCore()
	text, err := NewFrame(core, now, agent, credential)
	if err != nil {
		t.Fatal(err)
	}
	f, err := ParseText(text)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(f.Credential, credential) {
		t.Error("another credential")
	}
	payload, err := wire.Verify(wire.LabelFrame, &agent.PublicKey, f.Signed, wire.MaxFrame)
	if err != nil || !bytes.Equal(payload, wire.Marshal(framePayload{Core: core.Encode(), Time: now.Unix()})) {
		t.Errorf("%x, %v", payload, err)
	}
}

// Every byte of a frame is covered by the agent's or the issuer's signature.
func TestNoChangedByteOfAFrameIsAccepted(t *testing.T) {
	agent, issuer := newKey(t), newKey(t)
	payload, err := wire.Payload(newCredential(t, agent), wire.MaxFrame)
	if err != nil {
		t.Fatal(err)
	}
	credential, err := wire.Sign(wire.LabelCredential, issuer, payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := NewFrame(newCore(), now, agent, credential)
	if err != nil {
		t.Fatal(err)
	}
	good, err := base45Decode(strings.TrimPrefix(text, textPrefix))
	if err != nil {
		t.Fatal(err)
	}
	for i := range good {
		changed := bytes.Clone(good)
		changed[i] ^= 1
		f, err := ParseFrame(changed)
		if err != nil {
			continue
		}
		_, _, err = f.Verify(&agent.PublicKey)
		if _, byIssuer := wire.Verify(wire.LabelCredential, &issuer.PublicKey, f.Credential, wire.MaxFrame); err == nil && byIssuer == nil {
			t.Fatalf("byte %d may be changed", i)
		}
	}
}

func TestTextSurvivesCopying(t *testing.T) {
	agent := newKey(t)
	text, err := NewFrame(newCore(), now, agent, newCredential(t, agent))
	if err != nil {
		t.Fatal(err)
	}
	var broken strings.Builder
	for i, c := range text {
		if i > 0 && i%76 == 0 {
			broken.WriteString("\r\n")
		}
		broken.WriteRune(c)
	}
	for name, pasted := range map[string]string{
		"as made":                      text,
		"new line at the end":          text + "\n",
		"spaces at both ends":          "  " + text + "   ",
		"white space of all kinds":     "\t \n" + text + " \r\n\u00a0",
		"broken into lines":            broken.String(),
		"spaces that do not break":     strings.ReplaceAll(text, " ", "\u00a0"),
		"stripped of spaces at an end": strings.TrimRight(text, " "),
	} {
		if f, err := ParseText(pasted); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if _, _, err := f.Verify(&agent.PublicKey); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// This is why stripping spaces at the end of the text loses nothing.
func TestBase45NeverEndsWithASpace(t *testing.T) {
	for n := range 1 << 16 {
		if n < 1<<8 && strings.HasSuffix(base45Encode([]byte{byte(n)}), " ") || strings.HasSuffix(base45Encode([]byte{byte(n >> 8), byte(n)}), " ") {
			t.Fatalf("the encoding of %x ends with a space", n)
		}
	}
}

func TestOtherTextIsNotACode(t *testing.T) {
	agent := newKey(t)
	text, err := NewFrame(newCore(), now, agent, newCredential(t, agent))
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"nothing":               "",
		"prefix only":           textPrefix,
		"a web address":         "https://examplebank.com/CP1:" + text[4:],
		"a ticket":              "CT1:relay:4222/ABCD-EFGH-IJKL-MNOP",
		"prefix in small print": "cp1:" + text[4:],
		"cut off":               text[:len(text)-1],
		"cut off by a group":    text[:len(text)-3],
		"a group more":          text + "000",
		"not base45":            text[:10] + "\u20ac" + text[11:],
		"over the limit":        textPrefix + strings.Repeat("0", maxText),
		"far over the limit":    strings.Repeat(" ", 1<<20) + text,
	} {
		if _, err := ParseText(bad); ending.Of(err, "") != ending.NotACode {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// RFC 9285, sections 4.3 and 4.4.
func TestBase45Vectors(t *testing.T) {
	for plain, encoded := range map[string]string{
		"AB": "BB8", "Hello!!": "%69 VD92EX0", "base-45": "UJCLQE7W581", "ietf!": "QED8WEX0", "": "",
	} {
		if got := base45Encode([]byte(plain)); got != encoded {
			t.Errorf("encode %q: %q, want %q", plain, got, encoded)
		}
		if got, err := base45Decode(encoded); err != nil || string(got) != plain {
			t.Errorf("decode %q: %q, %v", encoded, got, err)
		}
	}
	for _, bad := range []string{"G", "GGW", ":::", "::", "QED8WEX", "ab8", "BB8,", "BB\x00", "A\u0301"} {
		if got, err := base45Decode(bad); err == nil {
			t.Errorf("decode %q: %x", bad, got)
		}
	}
}

func TestBase45ReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "data")
		text := base45Encode(data)
		if again, err := base45Decode(text); err != nil || !bytes.Equal(again, data) {
			t.Fatalf("%s: %s, %v", hex.EncodeToString(data), text, err)
		}
	})
}
