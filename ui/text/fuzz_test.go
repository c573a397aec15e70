// Fuzz targets of what people and scripts type: the lines of a call, the whole
// command line, and the words of its flags.

package text

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"countersign/session"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
)

// FuzzCommands: what a person types to the other side is sent as it was typed,
// and nothing that looks like a command ever is.
func FuzzCommands(f *testing.F) {
	for _, seed := range []string{"say hello", "/end", "123 456", "", "\x00", "readback \xff", "q", " /wrong"} {
		f.Add(seed, true, false)
		f.Add(seed, false, true)
	}
	f.Fuzz(func(t *testing.T, line string, forAgent, secure bool) {
		asked, rest := typed(forAgent)(line, secure)
		switch {
		case asked == orderSay && (rest != line || strings.HasPrefix(strings.TrimSpace(line), "/")):
			t.Errorf("%q is sent as %q", line, rest)
		case asked == orderReadback && (!forAgent || secure || !isDigits(rest)):
			t.Errorf("%q is the read-back %q", line, rest)
		case asked == orderWrong && forAgent, asked == orderQR && !forAgent:
			t.Errorf("%q is the other side's command", line)
		}
		asked, rest = scripted(forAgent)(line, secure)
		if asked == orderSay && (!strings.HasSuffix(line, rest) || strings.TrimSpace(rest) == "") {
			t.Errorf("%q is sent as %q", line, rest)
		}
		if asked == orderReadback && !forAgent || asked == orderWrong && forAgent {
			t.Errorf("%q is the other side's command", line)
		}
	})
}

// FuzzFlags: a command line is understood or refused, and what is understood
// keeps the rules of its flags.
func FuzzFlags(f *testing.F) {
	f.Add("customer verify --who i-called --dialled +48221112233 --code 123456789 --json")
	f.Add("agent call --direction bank-called --customer C-1 --purpose transfer --line 0048600700800")
	f.Add("agent enrol CT1:127.0.0.1:4222/AAAA-BBBB-CCCC-DDDD --unprompted --fingerprint a")
	f.Add("customer pin 127.0.0.1:4222 --home=x --keyring os --language pl")
	f.Add("customer verify --qr CP1:X --offline --image y")
	f.Add("--version")
	f.Fuzz(func(t *testing.T, line string) {
		var out, wrong bytes.Buffer
		asked, status, err := parse(Console{Args: strings.Fields(line), Version: "0.1.0", Out: &out, Err: &wrong})
		if asked == nil {
			if err == nil && status != 0 || err != nil && status != statusUsage {
				t.Fatalf("%q: status %d, %v", line, status, err)
			}
			return
		}
		asked.command.missing()
		asked.command.json()
		switch c := asked.command.(type) {
		case *agentCall:
			if c.Direction != 0 && offer.Direction(c.Direction).String() == "" || c.Purpose != 0 && !trust.Purpose(c.Purpose).Known() || c.Line != "" && !onlyDigits(c.Line) {
				t.Fatalf("%q is understood as %+v", line, c)
			}
		case *customerVerify:
			if c.Who != 0 && offer.How(c.Who).String() == "" || c.Dialled != "" && !onlyDigits(c.Dialled) || c.Validate() != nil || c.Code != "" && c.QR != "" {
				t.Fatalf("%q is understood as %+v", line, c)
			}
		}
	})
}

// onlyDigits reports whether of a number nothing but digits is left.
func onlyDigits(n number) bool { return isDigits(strings.TrimPrefix(string(n), "+")) }

// FuzzWords: the words of flags read back as themselves.
func FuzzWords(f *testing.F) {
	for _, word := range []string{"they-called", "bank-called", "card-payment", "+48 (22) 111-22-33", "0048221112233", ""} {
		f.Add(word)
	}
	f.Fuzz(func(t *testing.T, word string) {
		var h how
		if err := h.UnmarshalText([]byte(word)); err == nil && offer.How(h).String() != word {
			t.Errorf("%q is %v", word, h)
		}
		var d direction
		if err := d.UnmarshalText([]byte(word)); err == nil && offer.Direction(d).String() != word {
			t.Errorf("%q is %v", word, d)
		}
		var p purpose
		if err := p.UnmarshalText([]byte(word)); err == nil && trust.Purpose(p).String() != word {
			t.Errorf("%q is %v", word, p)
		}
		var n number
		if err := n.UnmarshalText([]byte(word)); err == nil {
			var again number
			if err := again.UnmarshalText([]byte(n)); err != nil || again != n || !onlyDigits(n) {
				t.Errorf("%q is %q, which is %q, %v", word, n, again, err)
			}
		} else if n != "" {
			t.Errorf("%q is refused, and %q is kept", word, n)
		}
	})
}

// FuzzLines: whatever is in an event, it is told as one line of JSON that reads
// back, and nothing of a stopped offer is in it.
func FuzzLines(f *testing.F) {
	f.Add("hello", "Anna Kowalska", uint8(0))
	f.Add("a\nb\x1b[31m\u2028", "\xff", uint8(2))
	words, err := newPhrases("en")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text, name string, result uint8) {
		out := outputOf(text, name, result)
		for _, event := range eventsOf(text, out) {
			var told bytes.Buffer
			(&jsonView{out: &told, phrases: words}).event(event)
			if told.Len() == 0 {
				continue
			}
			line, rest, ended := strings.Cut(told.String(), "\n")
			var read map[string]any
			if !ended || rest != "" || json.Unmarshal([]byte(line), &read) != nil || read["event"] == nil {
				t.Fatalf("%+v is told as %q", event, told.String())
			}
			if m, ok := event.(call.Message); ok && utf8.ValidString(text) && read["text"] != m.Text {
				t.Fatalf("%q is told as %q", m.Text, read["text"])
			}
			if _, ok := event.(call.VerdictGiven); ok && out.Result == verdict.Stopped && read["agent"] != nil {
				t.Fatalf("a stopped verdict tells %q", line)
			}
		}
	})
}

// FuzzPlain: whatever is in an event, nothing of it steers a terminal, and
// nothing of a stopped offer is told.
func FuzzPlain(f *testing.F) {
	f.Add("hello", "Anna Kowalska", uint8(0))
	f.Add("a\nb\x1b[31m\u2028\u202e\r", "\u200fName", uint8(2))
	words, err := newPhrases("pl")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text, name string, result uint8) {
		out := outputOf(text, "Name "+name, result)
		var told bytes.Buffer
		views := []view{
			&customerView{page: page{out: &told, phrases: words}}, &agentView{page: page{out: &told, phrases: words}}, &enrolView{page: page{out: &told, phrases: words}},
		}
		for _, v := range views {
			for _, event := range eventsOf(text, out) {
				v.event(event)
			}
			v.enrolled(session.Bank{Naming: verdict.Naming{Name: name, Domain: text}}, text)
			v.ended(ending.Reason(text), call.Undelivered{NotConfirmed: 1})
		}
		if strings.ContainsFunc(told.String(), func(r rune) bool { return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) }) {
			t.Fatalf("%q", told.String())
		}
	})
}

func outputOf(text, name string, result uint8) verdict.Output {
	return verdict.Output{
		Result: verdict.Result(result % 3), Reasons: []ending.Reason{ending.Reason(text)}, Reply: result%3 != 0,
		Credential: &trust.Credential{Name: name, Role: name, Department: name}, Bundle: &trust.Bundle{}, Naming: verdict.Naming{Name: name, Domain: name},
		Content: &trust.Content{NeverAsk: map[string][]string{"en": {text}, "pl": {text}}},
	}
}

func eventsOf(text string, out verdict.Output) []call.Event {
	return []call.Event{
		call.VerdictGiven{Output: out}, call.CodeShown{Code: "123456789"}, call.ReadbackShown{Code: "123456"}, call.Opened{Enrolled: true},
		call.Secured{}, call.Message{Text: text}, call.AlertEvent{Key: call.AlertKey(text)}, call.ReadbackWrong{TriesLeft: 2},
	}
}

// FuzzInput: standard input comes as its lines, in order, none longer than the
// limit and none lost behind one that was.
func FuzzInput(f *testing.F) {
	f.Add([]byte("say hello\r\nend\n"), uint16(0))
	f.Add([]byte("no end"), uint16(40000))
	f.Fuzz(func(t *testing.T, typed []byte, padding uint16) {
		long := strings.Repeat("x", int(padding)%(2*maxLine))
		in := newLines(strings.NewReader(long + "\n" + string(typed)))
		var got []string
		for {
			l := in.read()
			if errors.Is(l.err, io.EOF) {
				break
			}
			if l.err != nil && !errors.Is(l.err, errLineTooLong) || len(l.text) > maxLine || l.err != nil && l.text != "" {
				t.Fatalf("a line of %d bytes, %v", len(l.text), l.err)
			}
			got = append(got, l.text)
		}
		want := strings.Count(string(typed), "\n") + 1
		if len(typed) > 0 && !strings.HasSuffix(string(typed), "\n") {
			want++
		}
		if len(got) != want || len(long) < maxLine && got[0] != long {
			t.Fatalf("%d lines instead of %d", len(got), want)
		}
	})
}
