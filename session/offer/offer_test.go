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

	"github.com/skip2/go-qrcode"
	"pgregory.net/rapid"

	"countersign/session/ending"
	"countersign/session/trust"
	"countersign/session/wire"
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
	var kh, ca, credential [32]byte
	rand.Read(kh[:])
	rand.Read(ca[:])
	rand.Read(credential[:])
	return Core{
		Credential: credential, CallID: id, Start: now.Unix(), Expiry: now.Add(Lifetime).Unix(), Direction: BankCalled,
		Purpose: trust.CardPayment, Line: "4567", Ref: ref[:], Suite: trust.Suite1, KH: kh, CA: ca,
	}
}

// newCredential returns the signed credential of an agent with typical names.
func newCredential(t testing.TB, agent *ecdsa.PrivateKey) []byte {
	t.Helper()
	c := trust.Credential{
		AgentID: 1042, Name: "Anna Kowalska", Role: "Senior adviser", Department: "Fraud team",
		NotBefore: now.Unix(), Expiry: now.Add(trust.MaxCredential).Unix(), Public: wire.Point(&agent.PublicKey), Purposes: trust.Purposes(),
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
		"six minutes":       func(c *Core) { c.Expiry += 60 },
		"four minutes":      func(c *Core) { c.Expiry -= 60 },
		"backwards":         func(c *Core) { c.Start, c.Expiry = c.Expiry, c.Start },
		"long reference":    func(c *Core) { c.Ref = make([]byte, 33) },
		"short reference":   func(c *Core) { c.Ref = make([]byte, 31) },
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
		"expiry":     func(c *Core) { c.Expiry++ },
		"direction":  func(c *Core) { c.Direction = CustomerCalled },
		"purpose":    func(c *Core) { c.Purpose = trust.Transfer },
		"line":       func(c *Core) { c.Line = "4568" },
		"reference":  func(c *Core) { c.Ref = nil },
		"suite":      func(c *Core) { c.Suite++ },
		"KH":         func(c *Core) { c.KH[0]++ },
		"CA":         func(c *Core) { c.CA[0]++ },
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
	text, err := NewFrame(core, now, agent, nil)
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

// QR version 17-M holds 734 alphanumeric characters: 486 bytes in base45.
func TestATypicalFrameFitsQRVersion17(t *testing.T) {
	const goal, version = 486, 17
	agent := newKey(t)
	text, err := NewFrame(newCore(), now, agent, newCredential(t, agent))
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
	t.Logf("a frame has %d bytes, %d characters, QR version %d-M", len(data), len(text), code.VersionNumber)
	if len(data) > goal {
		t.Errorf("a frame has %d bytes, at most %d", len(data), goal)
	}
	if code.VersionNumber > version {
		t.Errorf("QR version %d, at most %d", code.VersionNumber, version)
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
	text, err := NewFrame(newCore(), now, agent, nil)
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

func FuzzParseText(f *testing.F) {
	agent := newKey(f)
	text, err := NewFrame(newCore(), now, agent, newCredential(f, agent))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add("CP1:BB8")
	f.Fuzz(func(t *testing.T, text string) {
		frame, err := ParseText(text)
		if err != nil {
			if ending.Of(err, "") != ending.NotACode {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		core, at, peekErr := frame.Peek()
		verified, seen, err := frame.Verify(&agent.PublicKey)
		if err == nil && (peekErr != nil || verified.ID() != core.ID() || !seen.Equal(at)) {
			t.Error("Peek and Verify disagree")
		}
	})
}

func FuzzCore(f *testing.F) {
	f.Add(newCore().Encode())
	f.Fuzz(func(t *testing.T, payload []byte) {
		if core, err := DecodeCore(payload); err == nil && core.ID() != IDOf(payload) {
			t.Error("two names for one core")
		}
	})
}

func FuzzBase45(f *testing.F) {
	f.Add("QED8WEX0")
	f.Fuzz(func(t *testing.T, text string) {
		if data, err := base45Decode(text); err == nil && base45Encode(data) != text {
			t.Errorf("two encodings of %x", data)
		}
	})
}
