// Tests of the channel: records arrive unchanged, in order and from the right
// end of the right call, or not at all.

package channel

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/handshake"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

var callID = [16]byte{7}

// newSecrets runs a guest's handshake and returns what both ends hold.
func newSecrets(t testing.TB) *handshake.Secrets {
	t.Helper()
	keys, err := handshake.NewOfferKeys([16]byte{1}, callID)
	if err != nil {
		t.Fatal(err)
	}
	core := offer.Core{
		CallID: callID, Start: 1000, Direction: offer.BankCalled, Purpose: trust.CardPayment,
		Line: "4567", Suite: trust.Suite1, Keys: keys.Public().Hash(),
	}
	_, envelope, err := handshake.Start(core, keys.Public(), offer.Answers{How: offer.TheyCalled}, offer.ByCode, 0, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := keys.Open(core, envelope)
	if err != nil {
		t.Fatal(err)
	}
	_, secrets, err := opened.Reveal()
	if err != nil {
		t.Fatal(err)
	}
	return secrets
}

func newEnd(t testing.TB, s *handshake.Secrets, id [16]byte, slot uint8, own Side) *Channel {
	t.Helper()
	c, err := New(s, id, slot, own)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// pair returns both ends of one channel.
func pair(t testing.TB) (agent, companion *Channel) {
	t.Helper()
	s := newSecrets(t)
	return newEnd(t, s, callID, 0, FromAgent), newEnd(t, s, callID, 0, FromCompanion)
}

func seal(t testing.TB, c *Channel, kind Type, plain string) []byte {
	t.Helper()
	sealed, _, err := c.Seal(kind, []byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func wantForged(t testing.TB, what string, err error) {
	t.Helper()
	if ending.Of(err, "") != ending.Forged {
		t.Errorf("%s: got %v, want forged", what, err)
	}
}

func TestRecordsArriveBothWays(t *testing.T) {
	agent, companion := pair(t)
	for i, c := range []struct {
		from, to *Channel
		kind     Type
		plain    string
	}{
		{agent, companion, SASOK, ""},
		{agent, companion, Text, "Good morning"},
		{companion, agent, Text, "Dzie\u0144 dobry\n\tto you"},
		{companion, agent, Ping, ""},
		{agent, companion, Ended, string(EncodeEnded(ending.Completed, Counts{2, 2}))},
	} {
		sealed, seq, err := c.from.Seal(c.kind, []byte(c.plain))
		if err != nil {
			t.Fatal(err)
		}
		if seq != c.from.Sent()-1 {
			t.Errorf("%d: number %d of %d", i, seq, c.from.Sent())
		}
		kind, plain, err := c.to.Open(sealed)
		if err != nil || kind != c.kind || string(plain) != c.plain {
			t.Errorf("%d: %v %q, %v", i, kind, plain, err)
		}
		if c.kind == Text && bytes.Contains(sealed, []byte(c.plain)) {
			t.Errorf("%d: the record shows its text", i)
		}
	}
	if agent.Sent() != 3 || agent.Received() != 2 || companion.Sent() != 2 || companion.Received() != 3 {
		t.Error("counts")
	}
}

func TestAnyMixOfRecordsArrivesInOrder(t *testing.T) {
	secrets := newSecrets(t)
	rapid.Check(t, func(rt *rapid.T) {
		agent, companion := newEnd(t, secrets, callID, 3, FromAgent), newEnd(t, secrets, callID, 3, FromCompanion)
		for i, text := range rapid.SliceOfN(rapid.StringMatching(`[a-z \n]{1,40}`), 1, 20).Draw(rt, "texts") {
			sealed := seal(t, agent, Text, text)
			if _, plain, err := companion.Open(sealed); err != nil || string(plain) != text {
				rt.Fatalf("record %d: %q, %v", i, plain, err)
			}
		}
	})
}

func TestARepeatedRecordIsOldAndChangesNothing(t *testing.T) {
	agent, companion := pair(t)
	one, two := seal(t, agent, Text, "one"), seal(t, agent, Text, "two")
	for _, r := range [][]byte{one, two} {
		if _, _, err := companion.Open(r); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range [][]byte{one, two, one} {
		if kind, plain, err := companion.Open(r); !errors.Is(err, ErrOld) || plain != nil || kind != 0 {
			t.Errorf("got %q, %v", plain, err)
		}
	}
	if companion.Received() != 2 {
		t.Errorf("received %d", companion.Received())
	}
}

func TestAMissingRecordIsAGap(t *testing.T) {
	agent, companion := pair(t)
	one, two := seal(t, agent, Text, "one"), seal(t, agent, Text, "two")
	if _, plain, err := companion.Open(two); !errors.Is(err, ErrGap) || plain != nil {
		t.Errorf("got %q, %v", plain, err)
	}
	if companion.Received() != 0 {
		t.Error("a gap counts as received")
	}
	if _, _, err := companion.Open(one); err != nil {
		t.Errorf("the missing record: %v", err)
	}
}

func TestReorderedRecordsAreAGap(t *testing.T) {
	agent, companion := pair(t)
	records := [][]byte{seal(t, agent, Text, "0"), seal(t, agent, Text, "1"), seal(t, agent, Text, "2")}
	if _, _, err := companion.Open(records[0]); err != nil {
		t.Fatal(err)
	}
	if _, _, err := companion.Open(records[2]); !errors.Is(err, ErrGap) {
		t.Errorf("got %v", err)
	}
}

// A gap is claimed only of a genuine record: a changed number is a forgery.
func TestAChangedNumberIsForgedAndNotAGap(t *testing.T) {
	agent, companion := pair(t)
	var r record
	if err := wire.Unmarshal(seal(t, agent, Text, "text"), maxRecord, &r); err != nil {
		t.Fatal(err)
	}
	for _, seq := range []uint64{1, 2, MaxRecords - 1, MaxRecords, 1 << 63} {
		r.Seq = seq
		_, _, err := companion.Open(wire.Marshal(r))
		wantForged(t, "changed number", err)
	}
}

func TestAFlippedBitIsForged(t *testing.T) {
	agent, companion := pair(t)
	if _, _, err := companion.Open(seal(t, agent, Text, "first")); err != nil {
		t.Fatal(err)
	}
	sealed := seal(t, agent, Text, "some text")
	rapid.Check(t, func(rt *rapid.T) {
		changed := bytes.Clone(sealed)
		changed[rapid.IntRange(0, len(changed)-1).Draw(rt, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(rt, "bit")
		_, plain, err := companion.Open(changed)
		// The number's own bit can make it one that already arrived.
		if ending.Of(err, "") != ending.Forged && !errors.Is(err, ErrOld) || plain != nil {
			rt.Fatalf("got %q, %v", plain, err)
		}
		if companion.Received() != 1 {
			rt.Fatal("a forged record counts as received")
		}
	})
	if _, plain, err := companion.Open(sealed); err != nil || string(plain) != "some text" {
		t.Errorf("the genuine record after forged ones: %q, %v", plain, err)
	}
}

func TestEveryFieldOfARecordIsBound(t *testing.T) {
	agent, companion := pair(t)
	var good record
	if err := wire.Unmarshal(seal(t, agent, SASOK, ""), maxRecord, &good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*record){
		"slot":         func(r *record) { r.Slot = 1 },
		"direction":    func(r *record) { r.Side = FromCompanion },
		"no direction": func(r *record) { r.Side = 0 },
		"type":         func(r *record) { r.Type = Ping },
		"cut off":      func(r *record) { r.Ciphertext = r.Ciphertext[:15] },
		"empty":        func(r *record) { r.Ciphertext = nil },
	} {
		r := good
		change(&r)
		_, _, err := companion.Open(wire.Marshal(r))
		wantForged(t, name, err)
	}
	if _, _, err := companion.Open(wire.Marshal(good)); err != nil {
		t.Errorf("unchanged: %v", err)
	}
}

func TestARecordSentBackIsForged(t *testing.T) {
	agent, _ := pair(t)
	sealed := seal(t, agent, Text, "text")
	_, _, err := agent.Open(sealed)
	wantForged(t, "own record", err)

	var r record
	if err := wire.Unmarshal(sealed, maxRecord, &r); err != nil {
		t.Fatal(err)
	}
	r.Side = FromCompanion
	_, _, err = agent.Open(wire.Marshal(r))
	wantForged(t, "own record in the other direction", err)
}

func TestARecordSentBackIsForgedAndNotOld(t *testing.T) {
	agent, companion := pair(t)
	own := seal(t, agent, Text, "text")
	if _, _, err := agent.Open(seal(t, companion, Text, "answer")); err != nil {
		t.Fatal(err)
	}
	_, _, err := agent.Open(own)
	wantForged(t, "own record", err)
}

func TestARecordBelongsToItsCallItsSlotAndItsSecrets(t *testing.T) {
	s := newSecrets(t)
	agent := newEnd(t, s, callID, 0, FromAgent)
	sealed := seal(t, agent, Text, "text")
	for name, other := range map[string]*Channel{
		"another call id": newEnd(t, s, [16]byte{8}, 0, FromCompanion),
		"another slot":    newEnd(t, s, callID, 1, FromCompanion),
		"another call":    newEnd(t, newSecrets(t), callID, 0, FromCompanion),
	} {
		_, _, err := other.Open(sealed)
		wantForged(t, name, err)
	}
	// Where only the slot inside the aad differs, the cipher itself says no.
	relabelled := record{}
	if err := wire.Unmarshal(sealed, maxRecord, &relabelled); err != nil {
		t.Fatal(err)
	}
	relabelled.Slot = 1
	_, _, err := newEnd(t, s, callID, 1, FromCompanion).Open(wire.Marshal(relabelled))
	wantForged(t, "moved to another slot", err)
}

func TestAKeySealsSoManyRecordsAndNoMore(t *testing.T) {
	agent, companion := pair(t)
	agent.sent, companion.received = MaxRecords-1, MaxRecords-1
	last := seal(t, agent, Text, "last")
	if _, plain, err := companion.Open(last); err != nil || string(plain) != "last" {
		t.Errorf("the last record: %q, %v", plain, err)
	}
	if sealed, _, err := agent.Seal(Text, []byte("one more")); !errors.Is(err, ErrFull) || sealed != nil {
		t.Errorf("one more: %x, %v", sealed, err)
	}
	agent.sent = MaxRecords
	r := record{Side: FromAgent, Seq: MaxRecords, Type: Text}
	r.Ciphertext = agent.out.aead.Seal(nil, agent.out.nonce(r.Seq), []byte("one more"), agent.aad(r))
	_, _, err := companion.Open(wire.Marshal(r))
	wantForged(t, "one more, sealed all the same", err)
}

func TestNoncesDiffer(t *testing.T) {
	d := direction{iv: [12]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}}
	if !bytes.Equal(d.nonce(0), d.iv[:]) {
		t.Error("nonce 0 is the IV")
	}
	if want := []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10 ^ 1, 11 ^ 2, 12 ^ 3}; !bytes.Equal(d.nonce(0x010203), want) {
		t.Errorf("nonce %x, want %x", d.nonce(0x010203), want)
	}
	seen := map[string]bool{}
	for i := range uint64(1000) {
		seen[string(d.nonce(i))] = true
	}
	if len(seen) != 1000 {
		t.Error("nonces repeat")
	}
}

func TestTheAuthenticatedDataIsAsSpecified(t *testing.T) {
	c := &Channel{callID: [16]byte([]byte("0123456789abcdef"))}
	want := "CP1 rec" + "0123456789abcdef" + "\x05" + "\x02" + "\x00\x00\x00\x00\x00\x01\x02\x03" + "\x04"
	if got := c.aad(record{Slot: 5, Side: FromCompanion, Seq: 0x010203, Type: Ping}); string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestText(t *testing.T) {
	for text, good := range map[string]bool{
		"a":                                   true,
		"two\nlines\tand a tab":               true,
		"za\u017c\u00f3\u0142\u0107":          true,
		"\u05e9\u05dc\u05d5\u05dd":            true, // Hebrew needs no bidirectional controls
		"\U0001F468\u200d\U0001F4BB":          true, // an emoji of two, joined
		strings.Repeat("a", MaxText):          true,
		strings.Repeat("a", MaxText+1):        false,
		strings.Repeat("\u0144", MaxText/2+1): false, // counted in bytes
		"":                                    false,
		"\x1b[2J":                             false, // clears a terminal
		"\x1b]52;c;aGk=\x07":                  false, // writes a clipboard
		"\u009b2J":                            false, // the same as one character
		"over\rwritten":                       false,
		"bell\a":                              false,
		"nul\x00":                             false,
		"back\b":                              false,
		"del\x7f":                             false,
		"\xff\xfe":                            false,
		"a\xc3":                               false,
		"pay \u202e001$":                      false, // right-to-left override
		"pay \u2067100\u2069":                 false, // isolates
		"mark \u200f":                         false,
		"line\u2028separator":                 false,
		"paragraph\u2029break":                false,
	} {
		err := CheckText([]byte(text))
		if (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
		if err != nil && !errors.Is(err, ErrText) {
			t.Errorf("%q: %v is not ErrText", text, err)
		}
	}
}

// The other end may run a program of its own, so Open checks what Seal checks.
func TestWhatBreaksARuleIsRefusedOnBothEnds(t *testing.T) {
	for name, c := range map[string]struct {
		kind  Type
		plain string
		want  ending.Reason
	}{
		"terminal escape":         {Text, "\x1b[31mSECURE", ending.Forged},
		"override":                {Text, "\u202etxet", ending.Forged},
		"no text":                 {Text, "", ending.Forged},
		"text over the limit":     {Text, strings.Repeat("a", MaxText+1), ending.Forged},
		"something in a SASOK":    {SASOK, "x", ending.Forged},
		"something in a ping":     {Ping, "x", ending.Forged},
		"junk in an ended":        {Ended, "x", ending.Forged},
		"ended without a reason":  {Ended, string(EncodeEnded("", Counts{})), ending.Forged},
		"ended for a new reason":  {Ended, string(EncodeEnded("nonsense", Counts{})), ending.Forged},
		"ended with escape codes": {Ended, string(EncodeEnded("\x1b[2J", Counts{})), ending.Forged},
		"unknown type":            {Type(99), "x", ending.Forged},
		"no type":                 {Type(0), "", ending.Forged},
	} {
		t.Run(name, func(t *testing.T) {
			agent, companion := pair(t)
			if sealed, _, err := agent.Seal(c.kind, []byte(c.plain)); err == nil || sealed != nil {
				t.Error("sealed")
			}
			if agent.Sent() != 0 {
				t.Error("counted as sent")
			}
			r := record{Side: FromAgent, Type: c.kind}
			r.Ciphertext = agent.out.aead.Seal(nil, agent.out.nonce(0), []byte(c.plain), agent.aad(r))
			kind, plain, err := companion.Open(wire.Marshal(r))
			if ending.Of(err, "") != c.want || plain != nil || kind != 0 {
				t.Errorf("opened %q, %v", plain, err)
			}
			if companion.Received() != 0 {
				t.Error("counted as received")
			}
		})
	}
}

func TestEndedReadsBack(t *testing.T) {
	for _, reason := range ending.All() {
		got, counts, err := DecodeEnded(EncodeEnded(reason, Counts{Sent: 3, Received: MaxRecords}))
		if err != nil || got != reason || counts != (Counts{3, MaxRecords}) {
			t.Errorf("%s: %s %v, %v", reason, got, counts, err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	s := newSecrets(t)
	if _, err := New(s, callID, 0, Side(0)); err == nil {
		t.Error("a channel without a side")
	}
	s.Erase()
	if _, err := New(s, callID, 0, FromAgent); !errors.Is(err, handshake.ErrSpent) {
		t.Errorf("from erased secrets: %v", err)
	}
}
