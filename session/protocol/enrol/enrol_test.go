// Tests of tickets, proofs and words.

package enrol

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/tyler-smith/go-bip39/wordlists"
	"pgregory.net/rapid"

	"countersign/session/protocol/ending"
)

func TestTicketsReadBackAsPeopleTypeThem(t *testing.T) {
	want := Ticket{Addr: "relay.examplebank.com:4222", Name: "ABCD", Secret: "EFGHIJOLMN27"}
	if got := want.String(); got != "CT1:relay.examplebank.com:4222/ABCD-EFGH-IJOL-MN27" {
		t.Fatalf("printed as %s", got)
	}
	for _, typed := range []string{
		want.String(),
		strings.ToUpper(want.String()),
		strings.ToLower(want.String()),
		"  " + want.String() + "\n",
		"CT1:relay.examplebank.com:4222/ABCDEFGHIJOLMN27",
		"CT1:relay.examplebank.com:4222/ABCD EFGH IJOL MN27",
		"CT1:relay.examplebank.com:4222/ AB-CD\u00a0EFGH\tIJOL--MN27",
		"ct1:Relay.ExampleBank.com:4222/abcd-efgh-1j0l-mn27", // 1 for I, 0 for O
		"ticket: " + want.String(), "Ticket:" + want.String() + "\r\n", "> ticket: " + want.String(),
		"\"" + want.String() + "\"", "<" + want.String() + ">", "\u201e" + want.String() + "\u201d", "(" + want.String() + ").",
		want.String() + ".", want.String() + ",", "\ufeff" + want.String(), "`" + want.String() + "`", "**" + want.String() + "**",
		"CT1:relay.example\r\nbank.com:4222/ABCD-EFGH-\nIJOL-MN27", "CT1: relay.examplebank.com:4222 / ABCD-EFGH-IJOL-MN27",
		"CT1:relay.examplebank.com:4222/ABCD\u2013EFGH\u2014IJOL\u2011MN27", "CT1:relay.examplebank.com:4222/ABCD\u2212EFGH/IJOL.MN27",
		"CT1:relay.\u200bexamplebank.com:4222/\u2060ABCD\u00adEFGHIJOLMN27", "\u202aCT1:relay.examplebank.com:4222/ABCD-EFGH-IJOL-MN27\u202c",
		"\uff23\uff34\uff11\uff1arelay.examplebank.com:4222\uff0fABCD-EFGH-IJOL-MN27", "CT1:relay.examplebank.com:4222/ABCD\u2009EFGH\u2007IJOL\u202fMN27",
	} {
		if got, err := ParseTicket(typed); err != nil || got != want {
			t.Errorf("%q: %+v, %v", typed, got, err)
		}
	}
}

func TestTicketAddresses(t *testing.T) {
	const code = "/ABCD-EFGH-IJKL-MN27"
	for addr, good := range map[string]bool{
		"localhost:4222": true, "127.0.0.1:1": true, "[::1]:65535": true, "a-b.example:443": true, "h:4222": true,
		"": false, ":4222": false, "host": false, "host:": false, "host:0": false, "host:65536": false, "host:+80": false,
		"host:080": false, "host:http": false, "::1:4222": false, "[fe80::1%eth0]:4222": false, "-host:4222": false,
		"host-:4222": false, "ho st:4222": true, "ho_st:4222": false, "user@host:4222": false, "host/x:4222": false,
		"h\u00f6st:4222": false, "host\x00:4222": false, "host:4222\n": true, "h\no.x:42\u200b22": true, // a mail breaks lines where it likes
		"\"host:4222\"": true, "ho\u2013st.x:4222": true, "\uff48\uff4f:4222": true, "ho\u017ft:4222": false, "\u212aost:4222": false,
		strings.Repeat("a.", 127) + "a:4222": false,
	} {
		got, err := ParseTicket("CT1:" + addr + code)
		if (err == nil) != good {
			t.Errorf("%q: %+v, %v", addr, got, err)
		}
	}
}

func TestOtherTextIsNotATicket(t *testing.T) {
	for name, typed := range map[string]string{
		"nothing":            "",
		"no prefix":          "localhost:4222/ABCD-EFGH-IJKL-MN27",
		"a frame":            "CP1:ABCD",
		"a word before":      "code: CT1:localhost:4222/ABCD-EFGH-IJKL-MN27",
		"twice the word":     "ticket: ticket: CT1:localhost:4222/ABCD-EFGH-IJKL-MN27",
		"a long s":           "CT1:localhost:4222/ABCD-EFGH-IJKL-MN2\u017f",
		"no code":            "CT1:localhost:4222",
		"empty code":         "CT1:localhost:4222/",
		"fifteen characters": "CT1:localhost:4222/ABCD-EFGH-IJKL-MN2",
		"seventeen":          "CT1:localhost:4222/ABCD-EFGH-IJKL-MN277",
		"an 8":               "CT1:localhost:4222/ABCD-EFGH-IJKL-MN28",
		"a letter beyond":    "CT1:localhost:4222/ABCD-EFGH-IJKL-MN2\u0141",
		"padding":            "CT1:localhost:4222/ABCD-EFGH-IJKL-MN2=",
		"nul":                "CT1:localhost:4222/ABCD-EFGH-IJKL-MN2\x00",
		"too long":           "CT1:localhost:4222/" + strings.Repeat(" ", 600) + "ABCDEFGHIJKLMN27",
	} {
		if _, err := ParseTicket(typed); ending.Of(err, "") != ending.NotACode {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnErrorDoesNotRepeatTheTicket(t *testing.T) {
	_, err := ParseTicket("CT1:localhost:4222/ABCD-EFGH-IJKL-MN28")
	if err == nil || strings.Contains(err.Error(), "EFGH") {
		t.Errorf("got %v", err)
	}
}

func TestNewTicketsDifferAndReadBack(t *testing.T) {
	seen := map[Ticket]bool{}
	for range 100 {
		ticket := NewTicket("Relay.example:4222")
		if again, err := ParseTicket(ticket.String()); err != nil || again != ticket {
			t.Fatalf("%v: %v, %v", ticket, again, err)
		}
		seen[ticket] = true
	}
	if len(seen) != 100 {
		t.Error("tickets repeat")
	}
}

// This pins CP1's parameters and salt. The expected key was computed by the
// reference implementation (libargon2's argon2id_hash_raw with t = 3,
// m = 65536 KiB, p = 4) with the salt
// SHA-256(0x0a "CP1 ticket" 0x00000004 "ABCD").
func TestTheKeyOfATicket(t *testing.T) {
	key := Ticket{Name: "ABCD", Secret: "EFGHIJKLMN27"}.Key()
	if got := hex.EncodeToString(key[:]); got != "02440844c40f721d4b62d55a33aa1be22fa07bc060ce125bd83cce23f1e70d25" {
		t.Errorf("key %s", got)
	}
	if (Ticket{Name: "ABCD", Secret: "EFGHIJKLMN22"}).Key() == key {
		t.Error("another secret has the same key")
	}
	if (Ticket{Name: "ABCE", Secret: "EFGHIJKLMN27"}).Key() == key {
		t.Error("another name has the same key")
	}
	if (Ticket{Addr: "elsewhere:1", Name: "ABCD", Secret: "EFGHIJKLMN27"}).Key() != key {
		t.Error("the address changes the key")
	}
}

func TestProofsBindEverything(t *testing.T) {
	base := Transcript([32]byte{1}, [16]byte{2}, []byte{3}, [32]byte{4}, [32]byte{5}, false)
	for name, other := range map[string][32]byte{
		"roots":        Transcript([32]byte{9}, [16]byte{2}, []byte{3}, [32]byte{4}, [32]byte{5}, false),
		"bank":         Transcript([32]byte{1}, [16]byte{9}, []byte{3}, [32]byte{4}, [32]byte{5}, false),
		"key":          Transcript([32]byte{1}, [16]byte{2}, []byte{9}, [32]byte{4}, [32]byte{5}, false),
		"client nonce": Transcript([32]byte{1}, [16]byte{2}, []byte{3}, [32]byte{9}, [32]byte{5}, false),
		"server nonce": Transcript([32]byte{1}, [16]byte{2}, []byte{3}, [32]byte{4}, [32]byte{9}, false),
		"role":         Transcript([32]byte{1}, [16]byte{2}, []byte{3}, [32]byte{4}, [32]byte{5}, true),
		"nonces":       Transcript([32]byte{1}, [16]byte{2}, []byte{3}, [32]byte{5}, [32]byte{4}, false),
	} {
		if other == base {
			t.Errorf("another %s has the same transcript", name)
		}
	}
	key, other := keysOf(t, 6), keysOf(t, 7)
	proof, err := key.ClientProof(base)
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckClientProof(key.Public(), base, proof); err != nil {
		t.Errorf("a client's proof does not hold: %v", err)
	}
	for name, err := range map[string]error{
		"another key":         CheckClientProof(other.Public(), base, proof),
		"another transcript":  CheckClientProof(key.Public(), [32]byte{}, proof),
		"no proof":            CheckClientProof(key.Public(), base, nil),
		"the server's proof":  CheckClientProof(key.Public(), base, serverProof(key, 1, 2)),
		"half a proof":        CheckClientProof(key.Public(), base, proof[:len(proof)-1]),
		"a proof with a tail": CheckClientProof(key.Public(), base, append(proof[:len(proof):len(proof)], 0)),
	} {
		if ending.Of(err, "") != ending.UnknownCode {
			t.Errorf("%s: %v", name, err)
		}
	}
	server := key.ServerProof([32]byte{1}, [16]byte{2})
	for name, forged := range map[string][32]byte{
		"other roots": key.ServerProof([32]byte{9}, [16]byte{2}), "another bank": key.ServerProof([32]byte{1}, [16]byte{9}),
		"another secret": other.ServerProof([32]byte{1}, [16]byte{2}), "nothing": {},
	} {
		if SameProof(server, forged) {
			t.Errorf("%s has the same proof", name)
		}
	}
	if !SameProof(server, key.ServerProof([32]byte{1}, [16]byte{2})) {
		t.Error("a proof differs from itself")
	}
}

func keysOf(t *testing.T, k byte) Keys {
	t.Helper()
	keys, err := KeysOf([32]byte{k})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func serverProof(k Keys, roots, bank byte) []byte {
	proof := k.ServerProof([32]byte{roots}, [16]byte{bank})
	return proof[:]
}

// Computed outside this program, by Python's hmac and integers: for K of 32 bytes
// 0x01 the scalar and the MAC key by HKDF-Expand (RFC 5869), the point (SEC 1,
// 2.3.3), and the MAC of 32 bytes 0x02 and 16 bytes 0x03.
func TestKeysKnownValues(t *testing.T) {
	keys, err := KeysOf([32]byte(bytes.Repeat([]byte{1}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	scalar, err := keys.sign.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	proof := keys.ServerProof([32]byte(bytes.Repeat([]byte{2}, 32)), [16]byte(bytes.Repeat([]byte{3}, 16)))
	for name, c := range map[string]struct {
		got  []byte
		want string
	}{
		"scalar":         {scalar, "ed228c158657f3d5c70b2b2ce0dda3a7f149aec18f1f61e2f8c4b3c5720a006d"},
		"point":          {keys.Public(), "02f97f15623434720990422679ff9cf58499d1e51257fda1eca7ff01cef52b6464"},
		"MAC key":        {keys.mac[:], "11ca8295b3a7d5b9ce29766e5eda5ec776577009d6963ecc5556cc4a106de77f"},
		"server's proof": {proof[:], "4299b9923f56fa31bc852ad29dc432e40a7c1fc1239461890886fdde1214dd79"},
	} {
		if got := hex.EncodeToString(c.got); got != c.want {
			t.Errorf("%s %s", name, got)
		}
	}
}

func TestWords(t *testing.T) {
	var ones, steps [32]byte
	for i := range ones {
		ones[i] = 0xff
	}
	steps[0], steps[1], steps[2] = 0x00, 0x20, 0x08 // indexes 1, 2, 0 ...
	for _, c := range []struct {
		hash [32]byte
		want string
	}{
		{[32]byte{}, strings.TrimSpace(strings.Repeat("abandon ", 8))},
		{ones, strings.TrimSpace(strings.Repeat("zoo ", 8))},
		{steps, "ability able" + strings.Repeat(" abandon", 6)},
	} {
		if got := strings.Join(Words(c.hash), " "); got != c.want {
			t.Errorf("%x: %s, want %s", c.hash[:4], got, c.want)
		}
	}
}

func TestWordsHoldTheFirst88Bits(t *testing.T) {
	for bit := range 96 {
		var a, b [32]byte
		b[bit/8] ^= 1 << (7 - bit%8)
		same := strings.Join(Words(a), " ") == strings.Join(Words(b), " ")
		if same != (bit >= 88) {
			t.Errorf("bit %d: same words = %v", bit, same)
		}
	}
}

func TestTypedWords(t *testing.T) {
	hash := [32]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
	words := Words(hash)
	right := strings.Join(words, " ")
	other := append([]string{}, words...)
	other[7] = "zoo"
	swapped := append([]string{}, words...)
	swapped[0], swapped[1] = swapped[1], swapped[0]
	for typed, want := range map[string]ending.Reason{
		right:                                     "",
		"  " + strings.ToUpper(right) + "\n":      "",
		strings.ReplaceAll(right, " ", "\t\n  "):  "",
		strings.Join(other, " "):                  ending.Forged,
		strings.Join(swapped, " "):                ending.Forged,
		strings.Join(words[:7], " "):              ending.NotACode,
		right + " zoo":                            ending.NotACode,
		strings.Join(words[:7], " ") + " zoology": ending.NotACode,
		"":                          ending.NotACode,
		strings.Repeat("a ", 1<<20): ending.NotACode,
	} {
		if err := CheckWords(typed, hash); ending.Of(err, "") != want {
			t.Errorf("%.80q: %v, want %q", typed, err, want)
		}
	}
}

func TestRightWordsAreAcceptedForEveryHash(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hash := [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "hash"))
		words := Words(hash)
		if err := CheckWords(strings.Join(words, " "), hash); err != nil {
			t.Fatal(err)
		}
		at := rapid.IntRange(0, WordCount-1).Draw(t, "word")
		words[at] = rapid.SampledFrom(wordlists.English).Filter(func(w string) bool { return w != words[at] }).Draw(t, "other")
		if err := CheckWords(strings.Join(words, " "), hash); ending.Of(err, "") != ending.Forged {
			t.Fatalf("another word: %v", err)
		}
	})
}

func TestTheListIsLongEnoughForElevenBits(t *testing.T) {
	if len(wordlists.English) != 1<<bitsPerWord {
		t.Errorf("%d words", len(wordlists.English))
	}
}

func TestTicketsAsTheyAreTypedInTwoBoxes(t *testing.T) {
	const whole = "CT1:relay.example:4222/ABCD-EFGH-IJKL-MN27"
	for name, typed := range map[string][2]string{
		"in the code box":    {"", whole},
		"in the address box": {" " + whole, ""},
		"over an older one":  {"old.example:1", whole},
		"in small letters":   {"", "ct1:relay.example:4222/ABCD-EFGH-IJKL-MN27"},
		"in parts":           {"relay.example:4222", "ABCD-EFGH-IJKL-MN27"},
	} {
		address, code := Spread(typed[0], typed[1])
		if address != "relay.example:4222" || code != "ABCD-EFGH-IJKL-MN27" || Join(address, code) != whole {
			t.Errorf("%s: %q and %q", name, address, code)
		}
	}
	for end := range len(whole) {
		if address, code := Spread(whole[:end], ""); address != whole[:end] || code != "" {
			t.Errorf("%q is torn apart while it is typed: %q and %q", whole[:end], address, code)
		}
	}
	if joined := Join("CT1:relay.example:4222/", "ABCD-EFGH-IJKL-MN27"); joined != whole {
		t.Errorf("an address with what stands before and behind it: %s", joined)
	}
}
