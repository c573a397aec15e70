// This file tests the pins: what was written comes back, everything else is
// damaged, and nothing is remembered.

package vault

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"countersign/session/protocol/wire"
)

var testBank = [16]byte{0xba, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}

// testRoots are 8 different root public keys, made once.
var testRoots = func() (roots [][]byte) {
	for range MaxRoots {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			panic(err) // no curve, no tests
		}
		roots = append(roots, wire.Point(&key.PublicKey))
	}
	return roots
}()

func testPin() Pin {
	return Pin{
		BankID:     testBank,
		Name:       "Example Bank",
		Roots:      [][]byte{testRoots[0], testRoots[1], testRoots[2]},
		Threshold:  2,
		Version:    7,
		BundleHash: [32]byte{1, 2, 3},
		Domain:     "examplebank.com",
		Since:      1000,
	}
}

func TestPinComesBackAsItWasSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := New(NewMemory())
		count := rapid.IntRange(1, MaxRoots).Draw(t, "roots")
		pin := Pin{
			BankID:     [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "bank")),
			Name:       rapid.StringOfN(rapid.Rune(), 1, maxPinName, -1).Draw(t, "name"),
			Roots:      testRoots[:count],
			Threshold:  rapid.IntRange(1, count).Draw(t, "threshold"),
			Version:    rapid.Uint64().Draw(t, "version"),
			BundleHash: [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "hash")),
			Domain:     rapid.StringMatching("[a-z.]{0,253}").Draw(t, "domain"),
			Since:      rapid.Int64().Draw(t, "since"),
		}
		if rapid.Bool().Draw(t, "renamed") {
			pin.FormerName = rapid.StringOfN(rapid.Rune(), 1, maxPinName, -1).Draw(t, "former name")
			pin.FormerDomain = rapid.StringMatching("[a-z.]{0,253}").Draw(t, "former domain")
			pin.FormerUntil = rapid.Int64Range(0, 1<<62).Draw(t, "until")
			pin.FormerNameTaken, pin.FormerDomainTaken = rapid.Bool().Draw(t, "former name taken"), rapid.Bool().Draw(t, "former domain taken")
		}
		pin.NameTaken, pin.DomainTaken = rapid.Bool().Draw(t, "name taken"), rapid.Bool().Draw(t, "domain taken")
		if rapid.Bool().Draw(t, "withheld") {
			pin.Contested = rapid.Bool().Draw(t, "contested")
			pin.WithheldName = rapid.StringOfN(rapid.Rune(), 1, maxPinName, -1).Draw(t, "withheld name")
			pin.WithheldDomain = rapid.StringMatching("[a-z.]{0,253}").Draw(t, "withheld domain")
		}
		if err := v.SetPin(t.Context(), pin); err != nil {
			t.Fatal(err)
		}
		if got, err := v.Pin(t.Context(), pin.BankID); err != nil || !reflect.DeepEqual(got, pin) {
			t.Fatalf("Pin = %+v, %v, want %+v", got, err, pin)
		}
		if size := len(encodePin(pin)); size > maxPin {
			t.Fatalf("an encoded pin of %d bytes, at most %d", size, maxPin)
		}
	})
}

func TestPinHasOneKnownEncoding(t *testing.T) {
	pin := testPin()
	pin.Roots = [][]byte{append([]byte{3}, elliptic.P256().Params().Gx.Bytes()...)}
	pin.Threshold = 1
	pin.FormerName, pin.FormerUntil = "Old Bank", 256
	want := "ac" + "0101" +
		"0250ba0102030405060708090a0b0c0d0e0f" +
		"036c4578616d706c652042616e6b" +
		"04815821036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296" +
		"0501" + "0607" +
		"0758200102030000000000000000000000000000000000000000000000000000000000" +
		"086f6578616d706c6562616e6b2e636f6d" + "091903e8" + "0a684f6c642042616e6b" + "0c190100" +
		"0d48039d9c03b8e3fbff" // the sum was computed outside this program
	if got := hex.EncodeToString(encodePin(pin)); got != want {
		t.Errorf("pin = %s\n want %s", got, want)
	}
}

func TestPinIsReadFromTheStoreEveryTime(t *testing.T) {
	store := NewMemory()
	v := New(store)
	if _, err := v.Pin(t.Context(), testBank); !errors.Is(err, ErrNotFound) {
		t.Errorf("Pin before SetPin: %v, want ErrNotFound", err)
	}
	setPin(t, v, testPin())
	if _, err := v.Pin(t.Context(), testBank); err != nil {
		t.Fatal(err)
	}
	if err := New(store).DeletePin(t.Context(), testBank); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Pin(t.Context(), testBank); !errors.Is(err, ErrNotFound) {
		t.Errorf("Pin after another program deleted it: %v, want ErrNotFound", err)
	}
	if err := v.DeletePin(t.Context(), testBank); err != nil {
		t.Errorf("DeletePin of nothing: %v", err)
	}
}

func TestBadPinsAreNotSet(t *testing.T) {
	for name, spoil := range badPins {
		v := New(NewMemory())
		pin := testPin()
		spoil(&pin)
		if err := v.SetPin(t.Context(), pin); !errors.Is(err, ErrBadPin) {
			t.Errorf("%s: %v, want ErrBadPin", name, err)
		}
		if _, err := v.Pin(t.Context(), testBank); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: the bad pin was stored: %v", name, err)
		}
	}
}

func TestBadPinsInTheStoreAreDamaged(t *testing.T) {
	for name, spoil := range badPins {
		pin := testPin()
		spoil(&pin)
		if pin.Threshold < 0 || pin.Threshold > 255 {
			continue // has no encoding
		}
		pinIsDamaged(t, name, encodePin(pin))
	}
}

var badPins = map[string]func(*Pin){
	"no name":              func(p *Pin) { p.Name = "" },
	"long name":            func(p *Pin) { p.Name = strings.Repeat("ä", maxPinName+1) },
	"name not UTF-8":       func(p *Pin) { p.Name = "\xff" },
	"long former name":     func(p *Pin) { p.FormerName, p.FormerUntil = strings.Repeat("ä", maxPinName+1), 1 },
	"former's end alone":   func(p *Pin) { p.FormerUntil = 1 },
	"former renamed alone": func(p *Pin) { p.FormerNameTaken = true },
	"contested alone":      func(p *Pin) { p.Contested = true },
	"end without former":   func(p *Pin) { p.FormerUntil = 1 },
	"withheld domain only": func(p *Pin) { p.WithheldDomain = "new.example" },
	"long withheld name":   func(p *Pin) { p.WithheldName = strings.Repeat("ä", maxPinName+1) },
	"former domain only":   func(p *Pin) { p.FormerDomain = "old.example" },
	"long domain":          func(p *Pin) { p.Domain = strings.Repeat("a", maxPinDomain+1) },
	"domain not UTF-8":     func(p *Pin) { p.Domain = "\xff" },
	"no roots":             func(p *Pin) { p.Roots = nil },
	"nine roots":           func(p *Pin) { p.Roots = append(testRoots[:MaxRoots:MaxRoots], bytes.Clone(testRoots[0])) },
	"root twice":           func(p *Pin) { p.Roots[1] = p.Roots[0] },
	"short root":           func(p *Pin) { p.Roots[1] = p.Roots[1][:32] },
	"root off curve":       func(p *Pin) { p.Roots[1] = append([]byte{2}, bytes.Repeat([]byte{0xff}, 32)...) },
	"root uncompressed":    func(p *Pin) { p.Roots[1] = append([]byte{4}, make([]byte, 64)...) },
	"threshold 0":          func(p *Pin) { p.Threshold = 0 },
	"threshold -1":         func(p *Pin) { p.Threshold = -1 },
	"threshold 4 of 3":     func(p *Pin) { p.Threshold = 4 },
	"threshold 258":        func(p *Pin) { p.Threshold = 258 },
}

func TestDamagedPinIsDamaged(t *testing.T) {
	good := encodePin(testPin())
	stored := storedPin{Form: pinForm, BankID: testBank, Name: "Example Bank", Roots: testPin().Roots, Threshold: 2}
	otherForm, otherBank := stored, stored
	otherForm.Form = 2
	otherBank.BankID[0]++
	otherForm.Sum, otherBank.Sum = otherForm.sum(), otherBank.sum()
	duplicate := append([]byte{good[0] + 1}, good[1:]...)
	duplicate = append(duplicate, 9, 0)
	unknown := append([]byte{good[0] + 1}, good[1:]...)
	unknown = append(unknown, 14, 0)
	indefinite := append([]byte{0xbf}, good[1:]...)
	indefinite = append(indefinite, 0xff)
	longForm := append([]byte{good[0], 0x01, 0x18, 0x01}, good[3:]...)
	for name, data := range map[string][]byte{
		"empty":          {},
		"cut":            good[:len(good)-1],
		"trailing byte":  append(bytes.Clone(good), 0),
		"duplicate key":  duplicate,
		"unknown key":    unknown,
		"indefinite":     indefinite,
		"long form":      longForm,
		"tagged":         append([]byte{0xd9, 0xd9, 0xf7}, good...),
		"missing keys":   {0xa1, 1, 1},
		"null":           {0xf6},
		"other form":     wire.Marshal(otherForm),
		"other bank":     wire.Marshal(otherBank),
		"largest secret": make([]byte, MaxSecret),
	} {
		pinIsDamaged(t, name, data)
	}
	for i := range good { // cut at every place
		pinIsDamaged(t, "cut", good[:i])
	}
}

// TestPinWithOneBitTurnedIsDamaged: above all no letter of the name.
func TestPinWithOneBitTurnedIsDamaged(t *testing.T) {
	good := encodePin(testPin())
	for bit := range 8 * len(good) {
		turned := bytes.Clone(good)
		turned[bit/8] ^= 1 << (bit % 8)
		pinIsDamaged(t, fmt.Sprintf("bit %d", bit), turned)
	}
}

func TestPinOfAnotherBankIsDamaged(t *testing.T) {
	store := NewMemory()
	pin := testPin()
	pin.BankID[0]++
	if err := store.Set(t.Context(), pinItem(testBank), encodePin(pin)); err != nil {
		t.Fatal(err)
	}
	if _, err := New(store).Pin(t.Context(), testBank); !errors.Is(err, ErrDamaged) {
		t.Errorf("another bank's pin in this bank's place: %v, want ErrDamaged", err)
	}
}

// pinIsDamaged checks that data under the test bank's pin item is ErrDamaged,
// and that not even a part of it comes back.
func pinIsDamaged(t *testing.T, name string, data []byte) {
	t.Helper()
	store := NewMemory()
	if err := store.Set(t.Context(), pinItem(testBank), data); err != nil {
		t.Fatal(err)
	}
	pin, err := New(store).Pin(t.Context(), testBank)
	if !errors.Is(err, ErrDamaged) || !reflect.DeepEqual(pin, Pin{}) {
		t.Errorf("%s: %+v, %v, want ErrDamaged and no pin", name, pin, err)
	}
}

func setPin(t *testing.T, v *Vault, pin Pin) {
	t.Helper()
	if err := v.SetPin(t.Context(), pin); err != nil {
		t.Fatal(err)
	}
}
