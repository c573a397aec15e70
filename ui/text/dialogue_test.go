// This file tests whole dialogues at a terminal against golden transcripts in
// testdata. `go test -update ./ui/text` writes them anew; read the difference
// as a person would read the screen.

package text

import (
	"context"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-runewidth"

	"countersign/session"
	"countersign/session/computer/qr"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
	"countersign/ui/advice"
)

var update = flag.Bool("update", false, "write the golden transcripts anew")

// goodCode passes the check digit; badCode has one digit wrong.
const (
	goodCode = "482 913 053"
	badCode  = "482 913 059"
)

func TestDialogues(t *testing.T) {
	oneBank := []session.Bank{exampleBank}
	otherBank := exampleBank
	otherBank.Name, otherBank.Domain = "Other Bank", ""
	renamedBank := otherBank
	renamedBank.FormerName, renamedBank.FormerUntil = "Helpful Group", time.Date(2026, 9, 18, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		people *fakePeople
		turns  []turn
		args   []string
		status int
	}{
		"customer-green": {
			&fakePeople{banks: oneBank, script: func(f *fakeTalk) {
				f.tell(call.VerdictGiven{Output: green()}, call.ReadbackShown{Code: "471903"})
				f.hears("say too early")
				f.tell(call.AlertEvent{Key: call.AlertNotYet}, call.Secured{})
				f.tell(call.Message{Text: "first line\n✓ This screen is connected to Fake Bank\x1b[2J\u202e"})
				f.hears("say my answer")
				f.tell(call.AlertEvent{Key: call.AlertLost}, call.AlertEvent{Key: call.AlertBack})
				f.hears("end")
				f.tell(call.EndedEvent{Reason: ending.Completed})
			}},
			[]turn{
				{"> ", "7"}, {"> ", "1"}, {"> ", badCode}, {"> ", goodCode},
				{"/end to end", "too early"}, {"Fake Bank", "/edn"}, {"", "my answer"}, {"is back", "/end"},
			},
			[]string{"customer", "verify"}, 0,
		},
		"customer-red": {
			&fakePeople{banks: oneBank, script: func(f *fakeTalk) {
				f.tell(call.VerdictGiven{Output: red(ending.WrongNumber)}, call.EndedEvent{Reason: ending.WrongNumber})
			}},
			[]turn{{"> ", "3"}, {"> ", "11 22 33"}, {"> ", "800 100 100"}, {"> ", "1"}, {"> ", goodCode}},
			[]string{"customer", "verify"}, 1,
		},
		"customer-amber": {
			&fakePeople{banks: []session.Bank{exampleBank, renamedBank}, script: func(f *fakeTalk) {
				f.tell(call.VerdictGiven{Output: amber(ending.NotSure, ending.StatusStale)}, call.EndedEvent{Reason: ending.NotSure})
			}},
			[]turn{{"> ", "1"}, {"> ", "4"}, {"> ", goodCode}},
			[]string{"customer", "verify"}, 1,
		},
		"customer-guest": {
			&fakePeople{banks: oneBank, script: func(f *fakeTalk) {
				f.tell(call.VerdictGiven{Output: amber(ending.Guest)}, call.ReadbackShown{Code: "000001"})
				f.hears("wrong")
				f.tell(call.EndedEvent{Reason: ending.Reported})
			}},
			[]turn{{"> ", "2"}, {"> ", goodCode}, {"/end to end", "/wrong"}},
			[]string{"customer", "verify"}, 1,
		},
		"customer-expired": {
			&fakePeople{banks: oneBank, script: ended(ending.Expired)},
			[]turn{{"> ", goodCode}},
			[]string{"customer", "verify", "--who", "they-called"}, 1,
		},
		"customer-three-bad-codes": {
			&fakePeople{banks: oneBank},
			[]turn{{"> ", badCode}, {"> ", "12"}, {"> ", badCode}},
			[]string{"customer", "verify", "--who", "not-sure"}, 1,
		},
		"customer-no-bank": {
			&fakePeople{}, nil, []string{"customer", "verify"}, 1,
		},
		"customer-enrol": {
			&fakePeople{},
			[]turn{{"> ", "2"}, {"> ", " CT1:relay.example:4443/ABCD-EFGH-IJKL-MNOP "}},
			[]string{"customer", "enrol"}, 0,
		},
		"customer-enrol-prompted": {
			&fakePeople{},
			[]turn{{"> ", "1"}},
			[]string{"customer", "enrol"}, 1,
		},
		"customer-pin": {
			&fakePeople{},
			[]turn{{"> ", "2"}, {"> ", "relay.example:4443"}, {"> ", "abandon ability able about above absent absorb abstract"}},
			[]string{"customer", "pin"}, 0,
		},
		"customer-pin-prompted": {
			&fakePeople{},
			[]turn{{"> ", "1"}},
			[]string{"customer", "pin", "relay.example:4443"}, 1,
		},
		"agent-enrol": {
			&fakePeople{totp: "otpauth://totp/Example?secret=ABC"},
			nil,
			[]string{"agent", "enrol", "--unprompted", "CT1:relay.example:4443/ABCD-EFGH-IJKL-MNOP"}, 0,
		},
		"agent-call": {
			&fakePeople{script: func(f *fakeTalk) {
				f.tell(call.CodeShown{Code: "482913053"}, call.Opened{})
				f.hears("readback 111111")
				f.tell(call.ReadbackWrong{TriesLeft: 2})
				f.hears("readback 471903")
				f.tell(call.Secured{}, call.Message{Text: "thank you"}, call.AlertEvent{Key: call.AlertCollision})
				f.hears("say 123456") // six digits are a text now
				f.hears("end")
				f.tell(call.EndedEvent{Reason: ending.Completed})
			}},
			[]turn{
				{"> ", "C-1001"}, {"> ", "1"}, {"> ", "1"},
				{"text message", "11-11-11"}, {"Tries left", "47 19 03"}, {"same customer", "123456"}, {"", "/end"},
			},
			[]string{"agent", "call"}, 0,
		},
		"agent-wrong-direction": {
			&fakePeople{script: func(f *fakeTalk) {
				f.tell(call.CodeShown{Code: "482913053"}, call.EndedEvent{Reason: ending.WrongDirection})
			}},
			nil,
			[]string{"agent", "call", "--customer", "C1", "--direction", "customer-called", "--purpose", "new-payee"}, 1,
		},
		"agent-call-pl": {
			&fakePeople{script: func(f *fakeTalk) {
				f.tell(call.CodeShown{Code: "482913053"}, call.Opened{}, call.ReadbackWrong{TriesLeft: 1}, call.Secured{}, call.EndedEvent{Reason: ending.Completed})
			}},
			nil,
			[]string{"agent", "call", "--language", "pl", "--customer", "C1", "--direction", "bank-called", "--purpose", "transfer"}, 0,
		},
		"agent-last-word": {
			&fakePeople{script: func(f *fakeTalk) {
				f.tell(call.CodeShown{Code: "482913053"}, call.Opened{}, call.Secured{},
					call.EndedEvent{Reason: ending.Completed, Texts: call.Undelivered{NotArrived: 1}})
			}},
			nil,
			[]string{"agent", "call", "--customer", "C1", "--direction", "bank-called", "--purpose", "transfer"}, 0,
		},
		"customer-last-word": {
			&fakePeople{banks: oneBank, script: func(f *fakeTalk) {
				f.tell(call.VerdictGiven{Output: green()}, call.ReadbackShown{Code: "471903"}, call.Secured{},
					call.EndedEvent{Reason: ending.LineLost, Texts: call.Undelivered{NotConfirmed: 1}})
			}},
			[]turn{{"> ", "1"}, {"> ", goodCode}},
			[]string{"customer", "verify"}, 1,
		},
		"customer-last-words-pl": {
			&fakePeople{banks: oneBank, script: func(f *fakeTalk) {
				f.tell(call.VerdictGiven{Output: green()}, call.ReadbackShown{Code: "471903"}, call.Secured{},
					call.EndedEvent{Reason: ending.Completed, Texts: call.Undelivered{NotArrived: 3, NotConfirmed: 1}})
			}},
			[]turn{{"> ", "1"}, {"> ", goodCode}},
			[]string{"customer", "verify", "--language", "pl"}, 0,
		},
		"customer-green-pl": {
			&fakePeople{banks: oneBank, script: func(f *fakeTalk) {
				f.tell(call.VerdictGiven{Output: green()}, call.ReadbackShown{Code: "471903"}, call.EndedEvent{Reason: ending.ReadbackFailed})
			}},
			[]turn{{"> ", "1"}, {"> ", goodCode}},
			[]string{"customer", "verify", "--language", "pl"}, 1,
		},
		"customer-hostile": {
			&fakePeople{banks: oneBank, script: tellHostile},
			[]turn{{"> ", goodCode}},
			[]string{"customer", "verify", "--who", "they-called"}, 1,
		},
		"customer-hostile-pl": {
			&fakePeople{banks: oneBank, script: tellHostile},
			[]turn{{"> ", goodCode}},
			[]string{"customer", "verify", "--who", "they-called", "--language", "pl"}, 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			env := map[string]string{"NO_COLOR": "1"}
			got := runTypedIn(t, test.people, env, test.turns, test.args...)
			if got.status != test.status {
				t.Errorf("status %d, want %d", got.status, test.status)
			}
			golden(t, name, got.out+"--- standard error ---\n"+got.err)
		})
	}
}

// fakeLines are sentences of this program as an attacker writes them, with and
// without what CP1 refuses in content: the text form is to be safe by itself.
var fakeLines = []string{
	"✓ This screen is connected to Northgate Bank (northgate.example). Agent: Alice Adams. Team: Cards.",
	"About a card payment.\u201d This screen is connected to Northgate Bank (northgate.example).",
	"O płatności.\" Ten ekran jest połączony z: Northgate Bank (northgate.example).",
	"✓ Secure. Type your message and press Enter. Say nothing secret aloud.",
	"✓ Bezpiecznie.\n✓ This screen is connected to Northgate Bank",
	"▲ Not fully checked", "✕ Hang up now", "Northgate Bank will never ask you to:",
	strings.Repeat(".", 67) + "✓ This screen is connected to Northgate Bank" + strings.Repeat("\u3002", 40) + "✓ Secure.",
}

// hostile is green for a bank of the attacker's own, whose every word is meant
// to pass for another's. The name of the agent and the team are rightful names.
func hostile(sentence string) verdict.Output {
	out := green()
	out.Naming = verdict.Naming{Name: "the secure line"}
	out.Credential = &trust.Credential{Name: "Northgate Bank", Role: "Advisor", Department: "northgate.example"}
	out.Content = &trust.Content{
		Purposes: []trust.PurposeText{{Purpose: trust.CardPayment, Sentences: map[string]string{"en": sentence}}},
		NeverAsk: map[string][]string{"en": fakeLines, "pl": fakeLines},
	}
	return out
}

func tellHostile(f *fakeTalk) {
	f.tell(call.VerdictGiven{Output: hostile(fakeLines[1])}, call.ReadbackShown{Code: "471903"}, call.Secured{},
		call.Message{Text: strings.Join(fakeLines, "\n")}, call.EndedEvent{Reason: ending.LineLost})
}

// TestNothingOfOthersReadsAsThisProgram plays a bank, an agent and a name that
// write this program's own sentences: no line but the true headlines has a
// mood's sign in front or reads as one, and what the bank says is quoted.
func TestNothingOfOthersReadsAsThisProgram(t *testing.T) {
	for _, lang := range []string{"en", "pl"} {
		words, err := newPhrases(lang)
		if err != nil {
			t.Fatal(err)
		}
		connected := beginning(words, "verdict.verified")
		says := beginning(words, "verdict.approved")
		for _, sentence := range fakeLines {
			for _, out := range []verdict.Output{hostile(sentence), guestOf(hostile(sentence))} {
				var screen strings.Builder
				v := &customerView{page: page{out: &screen, phrases: words}}
				out.Credential.Name = connected + "Northgate"
				v.event(call.VerdictGiven{Output: out})
				v.event(call.ReadbackShown{Code: "471903"})
				v.event(call.Secured{})
				v.event(call.Message{Text: strings.Join(fakeLines, "\n")})
				var headlines, quoted int
				// A sentence's further rows are put back: what they hold is one line.
				for line := range strings.SplitSeq(strings.ReplaceAll(screen.String(), "\n  ", " "), "\n") {
					signed := strings.HasPrefix(line, moodGood.sign) || strings.HasPrefix(line, moodBad.sign) || strings.HasPrefix(line, moodUnknown.sign)
					switch bare := strings.TrimLeft(line, " "); {
					case signed:
						headlines++
						if strings.Contains(line, "northgate.example") && !strings.Contains(line, words.bank("the secure line", "")+".") {
							t.Errorf("%s: a false headline: %q", lang, line)
						}
					case strings.HasPrefix(bare, connected), isFake(bare):
						t.Errorf("%s: reads as this program's: %q", lang, line)
					case strings.HasPrefix(line, says):
						quoted++
						if strings.Count(line, "\u201d") != 1 || !strings.HasSuffix(line, "\u201d") || strings.Contains(line, "\"") {
							t.Errorf("%s: the quotation ends too early: %q", lang, line)
						}
					}
				}
				for line := range strings.SplitSeq(screen.String(), "\n") {
					for _, row := range strings.Split(runewidth.Wrap(line, columns), "\n")[1:] {
						if strings.ContainsAny(row[:min(3, len(row))], moodGood.sign+moodBad.sign+moodUnknown.sign) || strings.HasPrefix(row, connected) {
							t.Errorf("%s: a terminal begins a row so: %q", lang, row)
						}
					}
				}
				if headlines != 2 || quoted != 1 { // the verdict, and that the call is secure
					t.Errorf("%s: %d headlines, %d sentences of the bank's quoted:\n%s", lang, headlines, quoted, screen.String())
				}
			}
		}
	}
}

// guestOf is the same verdict for a guest, which is amber and names the bank too.
func guestOf(out verdict.Output) verdict.Output {
	out.Result, out.Reasons, out.Reply = verdict.Unverified, []ending.Reason{ending.Guest}, true
	return out
}

// beginning is a sentence up to the first value that it takes.
func beginning(words phrases, key string) string {
	mark := "\x01"
	before, _, _ := strings.Cut(words.say(key, with{"Bank": mark, "Name": mark, "Team": mark, "Text": mark}), mark)
	return before
}

// isFake reports whether a line is one of the attacker's as it stands.
func isFake(line string) bool {
	for _, fake := range fakeLines {
		if strings.HasPrefix(line, advice.Clean(fake)) {
			return true
		}
	}
	return false
}

// TestTheBankIsNamedBelowItsSentences: however long what the bank says is, the
// last line before the six digits tells whose agent gets them.
func TestTheBankIsNamedBelowItsSentences(t *testing.T) {
	for lang, want := range map[string]string{
		"en": "six digits to the agent of the secure line (no web address): Northgate Bank.",
		"pl": "Bank: the secure line (bez adresu internetowego). Odbiera je: Northgate Bank.",
	} {
		words, err := newPhrases(lang)
		if err != nil {
			t.Fatal(err)
		}
		var screen strings.Builder
		v := &customerView{page: page{out: &screen, phrases: words}}
		v.event(call.VerdictGiven{Output: hostile(fakeLines[0])})
		v.event(call.ReadbackShown{Code: "471903"})
		_, below, _ := strings.Cut(screen.String(), "Secure.\u201d") // the end of the last of them
		if !strings.Contains(below, want) {
			t.Errorf("%s: below the sentences stands %q", lang, below)
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the transcript is not the golden one:\n%s", got)
	}
}

func TestAnswersReachSession(t *testing.T) {
	two := []session.Bank{exampleBank, exampleBank}
	two[1].ID, two[1].Naming, two[1].Lines = [16]byte{2}, verdict.Naming{Name: "Other Bank"}, []string{"+48228887766"}
	for name, test := range map[string]struct {
		turns []turn
		args  []string
		want  session.Verification
	}{
		"phone rang": {
			[]turn{{"> ", "1"}, {"> ", "1"}, {"> ", goodCode}}, nil,
			session.Verification{Bank: exampleBank.ID, Answers: offer.Answers{How: offer.TheyCalled}, Code: "482913053"},
		},
		"number shown": {
			[]turn{{"> ", "2"}, {"> ", "2"}, {"> ", goodCode}}, nil,
			session.Verification{Bank: two[1].ID, Answers: offer.Answers{How: offer.ICalled, Dialled: "+48228887766"}, Code: "482913053"},
		},
		"other number": {
			[]turn{{"> ", "3"}, {"> ", "0048 (22) 333-44-55"}, {"+48 22 333 44 55", "1"}, {"> ", goodCode}}, []string{"--bank", "example bank"},
			session.Verification{Bank: exampleBank.ID, Answers: offer.Answers{How: offer.ICalled, Dialled: "+48223334455"}, Code: "482913053"},
		},
		"the bank's number as people write it": {
			[]turn{{"> ", "3"}, {"> ", "+48 (0)22 111 22 33"}, {"+48 22 111 22 33", "1"}, {"> ", goodCode}}, []string{"--bank", "example bank"},
			session.Verification{Bank: exampleBank.ID, Answers: offer.Answers{How: offer.ICalled, Dialled: "+48221112233"}, Code: "482913053"},
		},
		"numbers that cannot be read": {
			[]turn{{"> ", "3"}, {"> ", "19 123"}, {"> ", "unknown"}, {"> ", "22 111 22 33 ext. 4"}, {"> ", ""}, {"> ", "3322"}, {"> ", "022 888 77 66"}, {"> ", "1"}, {"> ", goodCode}},
			[]string{"--bank", "Other Bank"},
			session.Verification{Bank: two[1].ID, Answers: offer.Answers{How: offer.ICalled, Dialled: "+48228887766"}, Code: "482913053"},
		},
		"misunderstood": {
			[]turn{{"> ", "3"}, {"> ", "22 888 77 65"}, {"+48 22 888 77 65", "2"}, {"> ", "22 888 77 66"}, {"> ", "1"}, {"> ", goodCode}}, []string{"--bank", "Other Bank"},
			session.Verification{Bank: two[1].ID, Answers: offer.Answers{How: offer.ICalled, Dialled: "+48228887766"}, Code: "482913053"},
		},
		"a number that is not known after all": {
			[]turn{{"> ", "3"}, {"> ", "19 123"}, {"> ", "?"}, {"> ", "4"}, {"> ", goodCode}}, []string{"--bank", "Other Bank"},
			session.Verification{Bank: two[1].ID, Answers: offer.Answers{How: offer.NotSure}, Code: "482913053"},
		},
		"not sure": {
			[]turn{{"> ", "4"}, {"> ", goodCode}}, []string{"--bank", "examplebank.com"},
			session.Verification{Bank: exampleBank.ID, Answers: offer.Answers{How: offer.NotSure}, Code: "482913053"},
		},
		"flags with a code to type": {
			[]turn{{"Understood as +48 22 888 77 66.", goodCode}}, []string{"--bank", "Other Bank", "--who", "i-called", "--dialled", "(0-22) 888 77 66"},
			session.Verification{Bank: two[1].ID, Answers: offer.Answers{How: offer.ICalled, Dialled: "+48228887766"}, Code: "482913053"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			people := &fakePeople{banks: two, script: ended(ending.Completed)}
			runTyped(t, people, test.turns, append([]string{"customer", "verify"}, test.args...)...)
			if len(people.verified) != 1 || people.verified[0] != test.want {
				t.Errorf("session got %+v, want %+v", people.verified, test.want)
			}
		})
	}
}

// "Yes, somebody on the phone tells me to" ends everything before a keyring is
// opened or a byte is sent.
func TestPromptedEnrolmentStops(t *testing.T) {
	for _, args := range [][]string{
		{"customer", "enrol"}, {"agent", "enrol", "CT1:relay.example:4443/ABCD-EFGH-IJKL-MNOP"}, {"customer", "pin", "relay.example:4443"},
	} {
		people := &fakePeople{}
		got := runTyped(t, people, []turn{{"> ", "1"}}, args...)
		if got.status != 1 || len(people.enrolled) != 0 || len(people.pinned) != 0 || people.options.Dir != "" {
			t.Errorf("%v: status %d, session got %+v %+v %+v", args, got.status, people.options, people.enrolled, people.pinned)
		}
		people = &fakePeople{}
		answers := []turn{{"> ", "2"}, {"> ", "CT1:x:1/A"}, {"> ", "a b c d e f g h"}}[:4-len(args)]
		if args[1] == "pin" {
			answers = []turn{{"> ", "2"}, {"> ", "a b c d e f g h"}}
		}
		if got := runTyped(t, people, answers, args...); got.status != 0 || len(people.enrolled)+len(people.pinned) != 1 {
			t.Errorf("%v: status %d, session got %+v %+v", args, got.status, people.enrolled, people.pinned)
		}
	}
}

// TestClashTellsBothBanks: and what the known one was called, where it may be
// that name which is alike.
func TestClashTellsBothBanks(t *testing.T) {
	clash := &session.NameClash{
		Known: session.Bank{Naming: verdict.Naming{Name: "Helpful Group", Domain: "helpful.example", FormerName: "Example Bank", FormerDomain: "old.example", FormerUntil: time.Unix(86400*10, 0).UTC()}, Since: time.Unix(0, 0).UTC()},
		New:   session.Bank{Naming: verdict.Naming{Name: "Example Bank", Domain: "examplebank.com"}},
	}
	got := runTyped(t, &fakePeople{failure: clash}, []turn{{"> ", "2"}, {"> ", "CT1:x:1/A"}}, "customer", "enrol")
	for _, want := range []string{"1970-01-01", "helpful.example", "examplebank.com", "Called Example Bank (old.example) until: 1970-01-11"} {
		if got.status == 0 || !strings.Contains(got.err, want) {
			t.Errorf("status %d, and %q is not told:\n%s", got.status, want, got.err)
		}
	}
}

// TestLetterForSomebodyElseIsExplained: the bank is named, and what to do.
func TestLetterForSomebodyElseIsExplained(t *testing.T) {
	for side, say := range map[string]string{"customer": "as another customer", "agent": "not for that agent"} {
		held := &session.SomebodyElse{Known: session.Bank{Naming: verdict.Naming{Name: "Example Bank", Domain: "examplebank.com"}}, Agent: side == "agent"}
		got := runTyped(t, &fakePeople{failure: held}, []turn{{"> ", "2"}, {"> ", "CT1:x:1/A"}}, side, "enrol")
		for _, want := range []string{"Example Bank (examplebank.com)", say, "If you did not ask for this"} {
			if got.status != 1 || !strings.Contains(got.err, want) {
				t.Errorf("%s: status %d, and %q is not told:\n%s", side, got.status, want, got.err)
			}
		}
	}
}

func TestPassphrase(t *testing.T) {
	for name, test := range map[string]struct {
		file string
		want string
		ok   bool
	}{
		"first line": {"correct horse\nsecond\n", "correct horse", true},
		"no end":     {"correct horse", "correct horse", true},
		"windows":    {"correct horse\r\n", "correct horse", true},
		"empty":      {"", "", false},
		"empty line": {"\nsecond", "", false},
		"too long":   {strings.Repeat("x", maxPassphrase+1), "", false},
	} {
		path := filepath.Join(t.TempDir(), "passphrase")
		if err := os.WriteFile(path, []byte(test.file), 0o600); err != nil {
			t.Fatal(err)
		}
		people := &fakePeople{script: ended(ending.Completed)}
		runPiped(t, people, "", "customer", "verify", "--json", "--who", "not-sure", "--code", goodCode, "--home", "h", "--keyring", "passphrase", "--passphrase-file", path)
		got, err := people.options.Passphrase()
		if got != test.want || (err == nil) != test.ok || people.options.Dir != "h" || people.options.Keyring != session.KeyringPassphrase {
			t.Errorf("%s: %q, %v, %+v", name, got, err, people.options)
		}
	}
	people := &fakePeople{script: ended(ending.Completed)}
	runPiped(t, people, "", "customer", "verify", "--json", "--who", "not-sure", "--code", goodCode)
	if _, err := people.options.Passphrase(); ending.Of(err, "") != ending.KeyringLocked {
		t.Errorf("without anybody to ask: %v", err)
	}
	runTyped(t, people, nil, "customer", "verify", "--who", "not-sure", "--code", goodCode)
	if got, err := people.options.Passphrase(); got != "a passphrase" || err != nil {
		t.Errorf("typed: %q, %v", got, err)
	}
}

// A new passphrase is typed twice, until both are the same.
func TestNewPassphraseIsTypedTwice(t *testing.T) {
	typed := []string{"one", "two", "three", "three"}
	words, err := newPhrases("en")
	if err != nil {
		t.Fatal(err)
	}
	p := &program{
		asks: true, flags: &flags{}, phrases: words,
		console: Console{Out: io.Discard, Secret: func(context.Context, string) (string, error) {
			next := typed[0]
			typed = typed[1:]
			return next, nil
		}},
	}
	if got, err := p.passphrase(t.Context(), true); got != "three" || err != nil || len(typed) != 0 {
		t.Errorf("%q, %v, left %q", got, err, typed)
	}
}

// A space may end the text of a QR code: it is a digit there.
func TestQRTextIsTakenAsItIs(t *testing.T) {
	people := &fakePeople{script: ended(ending.Completed)}
	runPiped(t, people, "CP1:AB \r\n", "customer", "verify", "--json", "--who", "they-called", "--qr", "-")
	if got := people.verified[0].QRText; got != "CP1:AB " {
		t.Errorf("%q", got)
	}
}

func TestAgentsQRCode(t *testing.T) {
	people := &fakePeople{script: func(f *fakeTalk) {
		f.hears("say before the code") // the alert for it is session's
		f.tell(call.CodeShown{Code: "482913053"}, call.QRShown{Text: "CP1:OLD"}, call.QRShown{Text: "CP1:NEW"})
		f.tell(call.AlertEvent{Key: call.AlertClockSkew})
		f.hears("say shown")
		f.tell(call.Opened{}, call.AlertEvent{Key: call.AlertClockSkew})
		f.hears("end")
		f.tell(call.EndedEvent{Reason: ending.Cancelled})
	}}
	got := runTyped(t, people, []turn{
		{"", "q"}, {"no QR code", "before the code"},
		{"clock", "q"}, {"fresh one", "shown"},
		{"clock", "/qr"}, {"no QR code", "/end"},
	}, "agent", "call", "--customer", "C1", "--direction", "customer-called", "--purpose", "new-payee")
	if blocks := strings.Count(got.out, "█"); blocks < 50 {
		t.Errorf("no QR code on the screen:\n%s", got.out)
	}
}

func TestSecondFactorIsAskedForOnce(t *testing.T) {
	for name, test := range map[string]struct {
		args  []string
		turns []turn
		want  []string
	}{
		"asked":  {nil, []turn{{"> ", "123 456"}}, []string{"", "123456"}},
		"slips":  {nil, []turn{{"> ", "12345"}, {"six digits", "123 456 7"}, {"six digits", "12–34-56"}}, []string{"", "123456"}},
		"given":  {[]string{"--authenticator", "654321"}, nil, []string{"654321"}},
		"spaced": {[]string{"--authenticator", " 654 321"}, nil, []string{"654321"}},
		"script": {[]string{"--json"}, nil, []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			people := &fakePeople{script: ended(ending.NotACode)}
			got := runTyped(t, people, test.turns, append([]string{"agent", "call", "--customer", "C1", "--direction", "bank-called", "--purpose", "transfer"}, test.args...)...)
			var factors []string
			for _, o := range people.offered {
				factors = append(factors, o.SecondFactor)
			}
			if strings.Join(factors, ",") != strings.Join(test.want, ",") || got.status != 1 {
				t.Errorf("second factors %q, want %q, status %d", factors, test.want, got.status)
			}
		})
	}
}

// A slip in a flag never counts as a guess at the bank.
func TestASecondFactorThatIsNotSixDigitsIsWrongUse(t *testing.T) {
	for _, slip := range []string{"12345", "1234567", "12345a", "-"} {
		people := &fakePeople{script: ended(ending.Completed)}
		got := runPiped(t, people, "", "agent", "call", "--json", "--customer", "C1", "--direction", "bank-called", "--purpose", "transfer", "--authenticator="+slip)
		if got.status != 2 || got.out != "" || len(people.offered) != 0 || !strings.Contains(got.err, "six digits") {
			t.Errorf("%q: %+v, offered %+v", slip, got, people.offered)
		}
	}
}

// What is true of a file is said, to people and, in the detail, to scripts.
func TestWhatIsTrueOfAnImageIsSaid(t *testing.T) {
	dir := t.TempDir()
	heic := filepath.Join(dir, "a.heic")
	if err := os.WriteFile(heic, []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "other.png")
	data, err := qr.PNG("https://example.com", 4)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other, data, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][2]string{
		filepath.Join(dir, "kod.png"): {"There is no file of this name.", "no such file"},
		dir:                           {"This is a folder", "a folder"},
		heic:                          {"(HEIC)", "HEIC"},
		other:                         {"not one of Countersign", "something else"},
	} {
		verify := []string{"customer", "verify", "--who", "not-sure", "--image", path}
		people := &fakePeople{banks: []session.Bank{exampleBank}}
		if got := runPiped(t, people, "", verify...); got.status != 1 || !strings.Contains(got.out, want[0]) || strings.Contains(got.out, "This is not a code") {
			t.Errorf("%s: %+v", want[0], got)
		}
		if got := runPiped(t, people, "", append(verify, "--json")...); got.status != 1 || !strings.Contains(got.err, want[1]) || strings.Contains(got.err, dir) {
			t.Errorf("%s: %+v", want[1], got)
		}
	}
}

func TestColourOnlyWhereItIsWanted(t *testing.T) {
	for name, test := range map[string]struct {
		env  map[string]string
		want bool
	}{
		"terminal": {map[string]string{"TERM": "xterm"}, true},
		"NO_COLOR": {map[string]string{"NO_COLOR": "1"}, false},
		"dumb":     {map[string]string{"TERM": "dumb"}, false},
	} {
		people := &fakePeople{script: ended(ending.Forged)}
		got := runTypedIn(t, people, test.env, nil, "customer", "verify", "--who", "they-called", "--code", goodCode)
		if strings.Contains(got.out, "\x1b") != test.want {
			t.Errorf("%s: %q", name, got.out)
		}
	}
	got := runPiped(t, &fakePeople{script: ended(ending.Forged)}, "", "customer", "verify", "--who", "they-called", "--code", goodCode)
	if strings.Contains(got.out, "\x1b") {
		t.Errorf("colour in a file: %q", got.out)
	}
}

// Every ending has words for every kind of reader, and red words always end
// with what to do.
func TestEveryEndingHasItsWords(t *testing.T) {
	for _, lang := range []string{"en", "pl"} {
		words, err := newPhrases(lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, reason := range ending.All() {
			var screen strings.Builder
			page := page{out: &screen, phrases: words}
			offered := &agentView{page: page}
			offered.call.Offered = true
			for _, view := range []view{&customerView{page: page}, &agentView{page: page}, offered, &enrolView{page: page}} {
				screen.Reset()
				view.ended(reason, call.Undelivered{})
				if strings.Contains(screen.String(), "ending.") || screen.Len() == 0 && reason != ending.Completed {
					t.Errorf("%s: %T says %q for %s", lang, view, screen.String(), reason)
				}
			}
			if next := advice.Next(reason); next != advice.Nothing && !words.has(string(next)) {
				t.Errorf("%s: %s has no words", lang, next)
			}
			screen.Reset()
			v := &customerView{page: page}
			v.event(call.VerdictGiven{Output: red(reason)})
			v.ended(reason, call.Undelivered{})
			if advice.Next(reason) == advice.HangUp && !strings.HasSuffix(screen.String(), words.say(string(advice.HangUp))+"\n") {
				t.Errorf("%s: red for %s does not end with what to do:\n%s", lang, reason, screen.String())
			}
			for _, stated := range []string{"Kowalska", "Fraud team", "Example Bank", words.say("purpose." + trust.CardPayment.String()), words.say("customer.direction.bank-called")} {
				if strings.Contains(screen.String(), stated) {
					t.Errorf("%s: red for %s says what the bank stated: %s", lang, reason, stated)
				}
			}
		}
		if got := words.sentence("no_such_reason", advice.ForAgents); got != words.say("ending.unsupported") {
			t.Errorf("an unknown reason reads %q", got)
		}
	}
}

// A terminal has printed what the other side said: a call of hours keeps none of
// it, however much comes.
func TestWhatWasSaidIsPrintedAndNotKept(t *testing.T) {
	words, err := newPhrases("en")
	if err != nil {
		t.Fatal(err)
	}
	var told strings.Builder
	customer, agent := &customerView{page: page{out: &told, phrases: words}}, &agentView{page: page{out: &told, phrases: words}}
	for range 3 {
		customer.event(call.Message{Text: "a long story"})
		agent.event(call.Message{Text: "a long story"})
	}
	if printed := strings.Count(told.String(), "a long story"); printed != 6 || len(customer.call.Said)+len(agent.call.Said) != 0 {
		t.Errorf("printed %d times, kept %d and %d", printed, len(customer.call.Said), len(agent.call.Said))
	}
}
