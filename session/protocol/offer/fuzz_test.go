// Fuzz targets of the offer: the text of a QR code, the frame's bytes, the core,
// the spoken code, base45, and the words of the text form. The keys are fixed,
// so that a kept input verifies in every later run.

package offer

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
	"countersign/session/protocol/wire/wiretest"
)

// fixedCore is newCore with identifiers that are the same in every process.
func fixedCore() Core {
	c := newCore()
	c.CallID, c.Credential, c.Keys = [16]byte{1}, [16]byte{2}, [32]byte{3}
	ref := RefHash(c.CallID, [16]byte{5})
	c.Ref = ref[:]
	return c
}

func fixedText(t testing.TB) string {
	t.Helper()
	agent := wiretest.Key(1)
	text, err := NewFrame(fixedCore(), now, agent, newCredential(t, agent))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// named reports whether an error is one that this package promises for objects.
func named(err error) bool {
	return errors.Is(err, ErrRule) || errors.Is(err, wire.ErrMalformed) || errors.Is(err, wire.ErrTooLarge) || errors.Is(err, wire.ErrSignature)
}

// FuzzParseText: a text that is read leads to one frame, whatever pasting did to
// it, and the frame verifies as what can be looked at.
func FuzzParseText(f *testing.F) {
	text := fixedText(f)
	f.Add(text)
	f.Add(" " + text[:80] + "\r\n" + text[80:] + "\n")
	f.Add(strings.ToLower(text))
	f.Add("CP1:BB8")
	agent := wiretest.Key(1)
	f.Fuzz(func(t *testing.T, text string) {
		frame, err := ParseText(text)
		if err != nil {
			if ending.Of(err, "") != ending.NotACode {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		half := len(textPrefix) + len(text)/3
		if half < len(text) && len(text) < maxText-8 {
			if again, err := ParseText("\n " + text[:half] + "\r\n" + text[half:] + "\t"); err != nil || !bytes.Equal(again.Signed, frame.Signed) || !bytes.Equal(again.Credential, frame.Credential) {
				t.Errorf("%q broken in two lines is another frame: %v", text, err)
			}
		}
		core, at, peekErr := frame.Peek()
		if peekErr != nil && !named(peekErr) {
			t.Errorf("an error without a name: %v", peekErr)
		}
		verified, seen, err := frame.Verify(&agent.PublicKey)
		if err == nil && (peekErr != nil || verified.ID() != core.ID() || !seen.Equal(at)) {
			t.Error("Peek and Verify disagree")
		}
	})
}

// FuzzParseFrame: the bytes of a frame, without their text.
func FuzzParseFrame(f *testing.F) {
	data, err := base45Decode(strings.TrimPrefix(fixedText(f), textPrefix))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:len(data)-1])
	f.Fuzz(func(t *testing.T, data []byte) {
		frame, err := ParseFrame(data)
		if err != nil {
			if !named(err) {
				t.Errorf("an error without a name: %v", err)
			}
			return
		}
		var p framePayload
		payload, signature, err := wire.Split(frame.Signed, wire.MaxFrame)
		credential, credentialSignature, credentialErr := wire.Split(frame.Credential, wire.MaxFrame)
		if err != nil || credentialErr != nil || wire.Unmarshal(payload, wire.MaxFrame, &p) != nil {
			if len(data) < wire.MaxFrame-64 {
				t.Errorf("the frame's objects do not open: %v, %v", err, credentialErr)
			}
			return
		}
		again := frameWire{Core: p.Core, Time: p.Time, Signature: signature, Credential: credential, CredentialSignature: credentialSignature}
		if !bytes.Equal(wire.Marshal(again), data) {
			t.Error("written again it is another frame")
		}
	})
}

// FuzzSignedFrame fuzzes what the agent's own key signs: core and frame time.
func FuzzSignedFrame(f *testing.F) {
	f.Add(fixedCore().Encode(), now.Unix())
	f.Add([]byte{0xa0}, int64(-1))
	agent := wiretest.Key(1)
	f.Fuzz(func(t *testing.T, payload []byte, at int64) {
		signed, err := wire.Sign(wire.LabelFrame, agent, wire.Marshal(framePayload{Core: payload, Time: at}))
		if err != nil {
			t.Fatal(err)
		}
		core, seen, err := Frame{Signed: signed}.Verify(&agent.PublicKey)
		if err != nil {
			if !named(err) {
				t.Errorf("an error without a name: %v", err)
			}
			return
		}
		if core.check() != nil || !bytes.Equal(core.Encode(), payload) || seen.Unix() != at {
			t.Errorf("verified as %+v at %v", core, seen)
		}
	})
}

// FuzzCore: a core that is read keeps every rule, has one name, and is what its
// agent signed.
func FuzzCore(f *testing.F) {
	core := fixedCore()
	f.Add(core.Encode())
	core.Ref = nil
	f.Add(core.Encode())
	core.Start = MaxStart
	f.Add(core.Encode())
	agent := wiretest.Key(1)
	signed, err := core.Sign(agent)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	f.Fuzz(func(t *testing.T, data []byte) {
		core, err := DecodeCore(data)
		if err != nil && !named(err) {
			t.Errorf("an error without a name: %v", err)
		}
		if err == nil && (core.ID() != IDOf(data) || core.check() != nil || core.Expiry() <= core.Start || !trust.IsLine(core.Line) || !core.Purpose.Known()) {
			t.Errorf("accepted %+v", core)
		}
		peeked, peekErr := Peek(data)
		opened, openErr := Open(data, &agent.PublicKey)
		if openErr == nil && (peekErr != nil || opened.ID() != peeked.ID()) {
			t.Error("Peek and Open disagree")
		}
		if peekErr != nil && !named(peekErr) || openErr != nil && !named(openErr) {
			t.Errorf("an error without a name: %v, %v", peekErr, openErr)
		}
	})
}

// FuzzBase45: one text for one string of bytes, both ways.
func FuzzBase45(f *testing.F) {
	f.Add("QED8WEX0", []byte("ietf!"))
	f.Add(":::", []byte{0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, text string, data []byte) {
		if decoded, err := base45Decode(text); err == nil && base45Encode(decoded) != text {
			t.Errorf("two encodings of %x", decoded)
		}
		if again, err := base45Decode(base45Encode(data)); err != nil || !bytes.Equal(again, data) {
			t.Errorf("%x came back as %x, %v", data, again, err)
		}
	})
}

// FuzzParseCode: a code that is taken has its digits and its check digit, is
// the same when it is shown in groups, and is none with any one digit changed.
func FuzzParseCode(f *testing.F) {
	f.Add(Code(ID{1}))
	f.Add("123 456 789")
	f.Add(" 1-2-3\u00a0456\t789 ")
	f.Fuzz(func(t *testing.T, typed string) {
		code, err := ParseCode(typed)
		if err != nil {
			if r := ending.Of(err, ""); r != ending.NotACode && r != ending.WrongCheckDigit || code != "" {
				t.Errorf("%q: %q, %v", typed, code, err)
			}
			return
		}
		if len(code) != CodeDigits || strings.Trim(code, "0123456789") != "" || checkDigit(code) != 0 {
			t.Fatalf("%q gives %q", typed, code)
		}
		if again, err := ParseCode(Groups(code)); err != nil || again != code {
			t.Errorf("%q in groups gives %q, %v", code, again, err)
		}
		for at := range code {
			wrong := code[:at] + string('0'+(code[at]-'0'+1)%10) + code[at+1:]
			if _, err := ParseCode(wrong); ending.Of(err, "") != ending.WrongCheckDigit {
				t.Errorf("%q beside %q: %v", wrong, code, err)
			}
		}
	})
}

// FuzzWords: the words of the text form read back as themselves.
func FuzzWords(f *testing.F) {
	f.Add("they-called")
	f.Add("customer-called")
	f.Add("")
	f.Fuzz(func(t *testing.T, word string) {
		if h, err := ParseHow(word); err == nil && (h.String() != word || h == 0) || err != nil && !named(err) {
			t.Errorf("%q is read as %v, %v", word, h, err)
		}
		if d, err := ParseDirection(word); err == nil && (d.String() != word || d == 0) || err != nil && !named(err) {
			t.Errorf("%q is read as %v, %v", word, d, err)
		}
	})
}
