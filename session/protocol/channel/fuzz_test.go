// Fuzz targets of the records, and both ends of a channel as a state machine
// with a hostile network between them. The keys are fixed, so that a kept input
// opens in every later run.

package channel

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/handshake"
	"countersign/session/protocol/wire"
)

// fixedPair are both ends of one channel, under keys that never change.
func fixedPair(t interface{ Fatal(...any) }) (agent, companion *Channel) {
	ends := [2]direction{}
	for i := range ends {
		var err error
		if ends[i], err = newDirection(handshake.Keys{Key: [32]byte{byte(i + 1)}, IV: [12]byte{byte(i + 3)}}); err != nil {
			t.Fatal(err)
		}
	}
	return &Channel{callID: callID, own: FromAgent, out: ends[0], in: ends[1]},
		&Channel{callID: callID, own: FromCompanion, out: ends[1], in: ends[0]}
}

// FuzzOpen: only what the other end sealed opens, and only in its turn.
func FuzzOpen(f *testing.F) {
	agent, _ := fixedPair(f)
	first, second := seal(f, agent, Text, "text"), seal(f, agent, SASOK, "")
	f.Add(first)
	f.Add(second)
	f.Add(wire.Marshal(record{Side: FromAgent, Seq: 1}))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, companion := fixedPair(t)
		_, _, err := companion.Open(data)
		switch {
		case err == nil && !bytes.Equal(data, first):
			t.Errorf("opened %x", data)
		case errors.Is(err, ErrGap) && !bytes.Equal(data, second):
			t.Errorf("%x counts as genuine", data)
		case err != nil && !errors.Is(err, ErrGap) && ending.Of(err, "") != ending.Forged:
			t.Errorf("an error without a name: %v", err)
		case (err == nil) != (companion.Received() == 1):
			t.Errorf("%v, and %d records received", err, companion.Received())
		}
	})
}

// FuzzGenuine fuzzes what the other end's own key seals: a program that is
// broken, or taken over, on the right side of the encryption.
func FuzzGenuine(f *testing.F) {
	f.Add(uint8(Text), uint64(0), []byte("text"))
	f.Add(uint8(Ended), uint64(0), EncodeEnded(ending.Completed, Counts{1, 2}))
	f.Add(uint8(Ping), uint64(1), []byte{})
	f.Add(uint8(9), uint64(MaxRecords), []byte{})
	f.Fuzz(func(t *testing.T, kind uint8, seq uint64, plain []byte) {
		agent, companion := fixedPair(t)
		r := record{Side: FromAgent, Seq: seq, Type: Type(kind)}
		r.Ciphertext = agent.out.aead.Seal(nil, agent.out.nonce(seq), plain, agent.aad(r))
		got, opened, err := companion.Open(wire.Marshal(r))
		if err == nil {
			if seq != 0 || got != Type(kind) || !bytes.Equal(opened, plain) || checkContent(got, plain) != nil || companion.Received() != 1 {
				t.Fatalf("opened %d %d %x as %d %x", kind, seq, plain, got, opened)
			}
			return
		}
		if opened != nil || companion.Received() != 0 {
			t.Fatalf("refused with %v, and gave %x", err, opened)
		}
		small := len(wire.Marshal(r)) <= maxRecord
		if isGap := seq > 0 && seq < MaxRecords; small && isGap != errors.Is(err, ErrGap) {
			t.Fatalf("number %d: %v", seq, err)
		}
		if reason := ending.Of(err, ""); !errors.Is(err, ErrGap) && reason != ending.Forged {
			t.Fatalf("an error without a name: %v", err)
		}
	})
}

// FuzzContent fuzzes the rules for what is inside a record.
func FuzzContent(f *testing.F) {
	f.Add(uint8(Text), []byte("text"))
	f.Add(uint8(Text), []byte("\u202e\u2028\x1b[31m"))
	f.Add(uint8(Ended), EncodeEnded(ending.Completed, Counts{1, 2}))
	f.Fuzz(func(t *testing.T, kind uint8, plain []byte) {
		err := checkContent(Type(kind), plain)
		if err != nil && !errors.Is(err, ErrText) && !errors.Is(err, ErrContent) {
			t.Errorf("an error without a name: %v", err)
		}
		if err == nil && Type(kind) == Text && (!utf8.Valid(plain) || len(plain) > MaxText || bytes.ContainsAny(plain, "\x00\x07\x08\r\x1b\x7f\u0085\u202e\u2066\u2028")) {
			t.Errorf("accepted %q", plain)
		}
		if reason, counts, err := DecodeEnded(plain); err == nil && (!reason.Known() || !bytes.Equal(EncodeEnded(reason, counts), plain)) {
			t.Errorf("two encodings of %s %v", reason, counts)
		}
	})
}

// stream is one direction of the modelled channel: what was sealed, and how
// much of it has arrived.
type stream struct {
	from, to *Channel
	records  [][]byte
	plains   []string
	arrived  int
}

// TestARecordArrivesInItsTurnOrNotAtAll lets a hostile network do anything with
// any record, any number of times: what arrives is what was sent, in order,
// without a hole, and nothing that was refused changes anything.
func TestARecordArrivesInItsTurnOrNotAtAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		agent, companion := fixedPair(t)
		streams := []*stream{{from: agent, to: companion}, {from: companion, to: agent}}
		pick := func(t *rapid.T) *stream { return streams[rapid.IntRange(0, 1).Draw(t, "direction")] }
		some := func(t *rapid.T, s *stream) (int, bool) {
			if len(s.records) == 0 {
				return 0, false
			}
			return rapid.IntRange(0, len(s.records)-1).Draw(t, "record"), true
		}
		refused := func(t *rapid.T, to *Channel, data []byte) {
			sent, received := to.Sent(), to.Received()
			if kind, plain, err := to.Open(data); ending.Of(err, "") != ending.Forged || kind != 0 || plain != nil {
				t.Fatalf("opened %x: %v", data, err)
			}
			if to.Sent() != sent || to.Received() != received {
				t.Fatal("a refused record was counted")
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"seal": func(t *rapid.T) {
				s := pick(t)
				text := rapid.StringMatching(`[a-z]{1,8}`).Draw(t, "text")
				sealed, seq, err := s.from.Seal(Text, []byte(text))
				if err != nil || seq != uint64(len(s.records)) {
					t.Fatalf("record %d: number %d, %v", len(s.records), seq, err)
				}
				s.records, s.plains = append(s.records, sealed), append(s.plains, text)
			},
			"deliver the next": func(t *rapid.T) {
				s := pick(t)
				if s.arrived == len(s.records) {
					return
				}
				kind, plain, err := s.to.Open(s.records[s.arrived])
				if err != nil || kind != Text || string(plain) != s.plains[s.arrived] {
					t.Fatalf("record %d arrived as %q, %v", s.arrived, plain, err)
				}
				s.arrived++
			},
			"deliver any": func(t *rapid.T) {
				s := pick(t)
				at, ok := some(t, s)
				if !ok || at == s.arrived {
					return
				}
				want := ErrOld
				if at > s.arrived {
					want = ErrGap
				}
				if _, plain, err := s.to.Open(s.records[at]); !errors.Is(err, want) || plain != nil {
					t.Fatalf("record %d when %d is due: %q, %v", at, s.arrived, plain, err)
				}
			},
			"send back": func(t *rapid.T) {
				s := pick(t)
				if at, ok := some(t, s); ok {
					refused(t, s.from, s.records[at])
				}
			},
			"change a bit": func(t *rapid.T) {
				s := pick(t)
				at, ok := some(t, s)
				if !ok || at < s.arrived {
					return // what arrived before may be called old by its number alone
				}
				changed := slices.Clone(s.records[at])
				changed[rapid.IntRange(0, len(changed)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
				sent, received := s.to.Sent(), s.to.Received()
				if _, plain, err := s.to.Open(changed); err == nil || errors.Is(err, ErrGap) || plain != nil {
					t.Fatalf("a changed record opened: %v", err)
				}
				if s.to.Sent() != sent || s.to.Received() != received {
					t.Fatal("a refused record was counted")
				}
			},
			"": func(t *rapid.T) {
				for _, s := range streams {
					if s.to.Received() != uint64(s.arrived) || s.from.Sent() != uint64(len(s.records)) {
						t.Fatal("the counts do not tell what arrived")
					}
				}
			},
		})
	})
}
