// Tests of the encoding: one value has one encoding, and every other one is
// refused; H keeps labels and parts apart.

package wire

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// sample has a field of every kind that CP1's objects have.
type sample struct {
	Number uint64            `cbor:"1,keyasint"`
	Signed int64             `cbor:"2,keyasint"`
	Text   string            `cbor:"3,keyasint"`
	Bytes  []byte            `cbor:"4,keyasint"`
	Fixed  [4]byte           `cbor:"5,keyasint"`
	List   []uint8           `cbor:"6,keyasint"`
	Flag   bool              `cbor:"7,keyasint"`
	Map    map[string]string `cbor:"8,keyasint"`
	Maybe  []byte            `cbor:"30,keyasint,omitempty"`
}

func TestEveryValueHasOneEncodingThatReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := sample{
			Number: rapid.Uint64().Draw(t, "number"),
			Signed: rapid.Int64().Draw(t, "signed"),
			Text:   rapid.String().Draw(t, "text"),
			Bytes:  rapid.SliceOfN(rapid.Byte(), 0, 64).Draw(t, "bytes"),
			Fixed:  [4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "fixed")),
			List:   rapid.SliceOfN(rapid.Byte(), 0, 64).Draw(t, "list"),
			Flag:   rapid.Bool().Draw(t, "flag"),
			Map:    rapid.MapOfN(rapid.StringN(0, 8, -1), rapid.String(), 0, 8).Draw(t, "map"),
			Maybe:  rapid.SliceOfN(rapid.Byte(), 0, 8).Draw(t, "maybe"),
		}
		data := Marshal(in)
		var out sample
		if err := Unmarshal(data, MaxObject*4, &out); err != nil {
			t.Fatalf("own encoding refused: %v", err)
		}
		if again := Marshal(out); !bytes.Equal(again, data) {
			t.Fatalf("two encodings: %x and %x", data, again)
		}
	})
}

// small makes encodings short enough to write by hand.
type small struct {
	A uint64 `cbor:"1,keyasint"`
	B []byte `cbor:"2,keyasint"`
	C []byte `cbor:"3,keyasint,omitempty"`
}

func TestOnlyTheDeterministicEncodingIsAccepted(t *testing.T) {
	good := "a2" + "0105" + "0242ffee"
	var v small
	if err := Unmarshal(unhex(t, good), MaxObject, &v); err != nil {
		t.Fatalf("the deterministic encoding is refused: %v", err)
	}
	for name, data := range map[string]string{
		"keys not sorted":                  "a2" + "0242ffee" + "0105",
		"key twice":                        "a3" + "0105" + "0105" + "0242ffee",
		"key twice, other value":           "a3" + "0105" + "0106" + "0242ffee",
		"unknown key":                      "a3" + "0105" + "0242ffee" + "1863" + "00",
		"text key":                         "a3" + "0105" + "0242ffee" + "6141" + "00",
		"missing key":                      "a1" + "0105",
		"number in a long form":            "a2" + "011805" + "0242ffee",
		"key in a long form":               "a2" + "180105" + "0242ffee",
		"length in a long form":            "a2" + "0105" + "025802ffee",
		"map header in a long form":        "b802" + "0105" + "0242ffee",
		"map of indefinite length":         "bf" + "0105" + "0242ffee" + "ff",
		"string of indefinite length":      "a2" + "0105" + "025f42ffeeff",
		"tag":                              "a2" + "01c105" + "0242ffee",
		"tag outside":                      "d9d9f7a2" + "0105" + "0242ffee",
		"big number tag":                   "a2" + "01c24105" + "0242ffee",
		"trailing byte":                    good + "00",
		"second value":                     good + good,
		"cut off":                          good[:len(good)-2],
		"nothing":                          "",
		"float for a number":               "a2" + "01f94500" + "0242ffee",
		"negative for unsigned":            "a2" + "0124" + "0242ffee",
		"text for bytes":                   "a2" + "0105" + "02626869",
		"array for bytes":                  "a2" + "0105" + "0282011802",
		"null for bytes":                   "a2" + "0105" + "02f6",
		"undefined for bytes":              "a2" + "0105" + "02f7",
		"optional field present but empty": "a3" + "0105" + "0242ffee" + "0340",
		"array for the map":                "82" + "05" + "42ffee",
	} {
		t.Run(name, func(t *testing.T) {
			var v small
			if err := Unmarshal(unhex(t, data), MaxObject, &v); !errors.Is(err, ErrMalformed) {
				t.Errorf("%s: got %v, want ErrMalformed", data, err)
			}
		})
	}
}

func TestFixedBytesMustHaveTheirLength(t *testing.T) {
	type fixed struct {
		A [4]byte `cbor:"1,keyasint"`
	}
	for _, data := range []string{"a10143010203", "a101450102030405", "a10140"} {
		var v fixed
		if err := Unmarshal(unhex(t, data), MaxObject, &v); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: got %v, want ErrMalformed", data, err)
		}
	}
}

func TestTextMustBeUTF8(t *testing.T) {
	var s string
	if err := Unmarshal([]byte{0x61, 0xff}, MaxObject, &s); !errors.Is(err, ErrMalformed) {
		t.Errorf("got %v, want ErrMalformed", err)
	}
}

func TestNestingIsBounded(t *testing.T) {
	for depth, good := range map[int]bool{16: true, 17: false, 1000: false} {
		var v any
		err := Unmarshal(append(bytes.Repeat([]byte{0x81}, depth), 0x00), MaxObject, &v)
		if good && err != nil || !good && !errors.Is(err, ErrMalformed) {
			t.Errorf("%d levels: %v", depth, err)
		}
	}
}

func TestTheLimitIsCheckedBeforeDecoding(t *testing.T) {
	data := Marshal(bytes.Repeat([]byte{1}, 100))
	var out []byte
	if err := Unmarshal(data, len(data), &out); err != nil {
		t.Fatalf("input of exactly the limit is refused: %v", err)
	}
	if err := Unmarshal(data, len(data)-1, &out); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v, want ErrTooLarge", err)
	}
	if err := Unmarshal([]byte(strings.Repeat("\xff", 11)), 10, &out); !errors.Is(err, ErrTooLarge) {
		t.Errorf("junk over the limit: got %v, want ErrTooLarge", err)
	}
}

// The expected value was computed outside this program:
// printf '\x03abc\x00\x00\x00\x01x\x00\x00\x00\x02yz' | sha256sum
func TestHKnownValue(t *testing.T) {
	h := H("abc", []byte("x"), []byte("yz"))
	if got := hex.EncodeToString(h[:]); got != "44c72d134ef08c615b73b3ea10855c66eea29ed9d6a67ef984a4f8836f5ed5c8" {
		t.Errorf("H = %s", got)
	}
}

func TestHKeepsLabelsAndPartsApart(t *testing.T) {
	seen := map[[32]byte]string{}
	for name, h := range map[string][32]byte{
		"a|b,c": H("a", []byte("b"), []byte("c")),
		"a|bc":  H("a", []byte("bc")),
		"a|,bc": H("a", nil, []byte("bc")),
		"a|bc,": H("a", []byte("bc"), nil),
		"ab|c":  H("ab", []byte("c")),
		"b|b,c": H("b", []byte("b"), []byte("c")),
	} {
		if other, ok := seen[h]; ok {
			t.Errorf("%q and %q have one hash", name, other)
		}
		seen[h] = name
	}
}

func FuzzUnmarshal(f *testing.F) {
	f.Add(Marshal(sample{Text: "text", Bytes: []byte{1}, List: []uint8{1, 2}, Map: map[string]string{"a": "b"}}))
	f.Add([]byte{0xa1, 0x01, 0x18, 0x05})
	f.Fuzz(func(t *testing.T, data []byte) {
		var v sample
		err := Unmarshal(data, MaxObject, &v)
		if err == nil && !bytes.Equal(Marshal(v), data) {
			t.Errorf("accepted %x, which is not the encoding of what it decodes to", data)
		}
		if err == nil && len(data) > MaxObject || err != nil && !named(err) {
			t.Errorf("%d bytes: %v", len(data), err)
		}
	})
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
