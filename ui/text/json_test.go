// This file tests the JSON form: every event against its golden line, and that
// exactly one `ended` comes last, whatever happens.

package text

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/verdict"
)

func TestEventsAsJSON(t *testing.T) {
	const facts = `"agent":{"name":"Anna Kowalska","role":"Advisor","department":"Fraud team"},"bank":"Example Bank",` +
		`"domain":"examplebank.com","purpose":"card-payment","direction":"bank-called"`
	noDomain := green()
	noDomain.Naming.Domain = ""
	for _, test := range []struct {
		event call.Event
		want  string
	}{
		{call.CodeShown{Code: "123456789"}, `{"event":"code","code":"123456789"}`},
		{call.QRShown{Text: "CP1:A B$%*+-./:"}, `{"event":"qr","text":"CP1:A B$%*+-./:"}`},
		{call.Opened{}, `{"event":"opened"}`},
		{call.ReadbackWrong{TriesLeft: 0}, `{"event":"readback_wrong","tries_left":0}`},
		{call.ReadbackWrong{TriesLeft: 2}, `{"event":"readback_wrong","tries_left":2}`},
		{call.Secured{}, `{"event":"secure"}`},
		{call.AlertEvent{Key: call.AlertLost}, `{"event":"alert","text":"connection lost, trying again"}`},
		{call.Message{Text: "a <b> & \"c\"\nd\té"}, `{"event":"message","text":"a <b> & \"c\"\nd\té"}`},
		{call.ReadbackShown{Code: "047193"}, `{"event":"readback","code":"047193"}`},
		{call.VerdictGiven{Output: green()}, `{"event":"verdict","result":"verified","reasons":[],` + facts + `}`},
		{call.VerdictGiven{Output: noDomain}, `{"event":"verdict","result":"verified","reasons":[],` + strings.Replace(facts, "examplebank.com", "", 1) + `}`},
		{call.VerdictGiven{Output: amber(ending.Offline, ending.NotSure)}, `{"event":"verdict","result":"unverified","reasons":["offline","not_sure"],` + facts + `}`},
		{call.VerdictGiven{Output: red(ending.WrongDirection)}, `{"event":"verdict","result":"stopped","reasons":["wrong_direction"]}`},
		{call.VerdictGiven{Output: verdict.Output{Result: verdict.Stopped, Reasons: []ending.Reason{ending.UnknownBank}}}, `{"event":"verdict","result":"stopped","reasons":["unknown_bank"]}`},
	} {
		if got := oneLine(t, func(v view) { v.event(test.event) }); got != test.want {
			t.Errorf("%T:\n got %s\nwant %s", test.event, got, test.want)
		}
	}
	if got, want := oneLine(t, func(v view) { v.ended(ending.LineLost, call.Undelivered{}) }), `{"event":"ended","reason":"line_lost"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	lost := call.Undelivered{NotArrived: 2, NotConfirmed: 1}
	if got, want := oneLine(t, func(v view) { v.ended(ending.Completed, lost) }), `{"event":"ended","reason":"completed","not_arrived":2,"not_confirmed":1}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	const words = `"words":"abandon ability able about above absent absorb abstract"`
	if got, want := oneLine(t, func(v view) { v.enrolled(exampleBank, "") }), `{"event":"enrolled","bank":"Example Bank","domain":"examplebank.com",`+words+`,"id":"01000000000000000000000000000000"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	own := exampleBank
	own.OwnLines = []string{"0777", "0888"}
	if got, want := oneLine(t, func(v view) { v.enrolled(own, "") }), `{"event":"enrolled","bank":"Example Bank","domain":"examplebank.com",`+words+`,"id":"01000000000000000000000000000000","own_lines":["0777","0888"]}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := oneLine(t, func(v view) { v.enrolled(exampleBank, "otpauth://totp/x") }), `{"event":"enrolled","bank":"Example Bank","domain":"examplebank.com",`+words+`,"authenticator":"otpauth://totp/x","id":"01000000000000000000000000000000"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A stopped verdict never says what the bank had stated, even where the
// verdict's maker left it in.
func TestStoppedVerdictSaysNothingOfTheOffer(t *testing.T) {
	for _, reason := range ending.All() {
		line := oneLine(t, func(v view) { v.event(call.VerdictGiven{Output: red(reason)}) })
		for _, secret := range []string{"Kowalska", "Fraud team", "Example Bank", "examplebank", "card-payment", "bank-called", "Advisor"} {
			if strings.Contains(line, secret) {
				t.Errorf("%s: %s", reason, line)
			}
		}
	}
}

func TestExactlyOneEndedComesLast(t *testing.T) {
	verify := []string{"customer", "verify", "--json", "--who", "they-called", "--code", "-"}
	for name, test := range map[string]struct {
		people *fakePeople
		stdin  string
		args   []string
		reason ending.Reason
		status int
	}{
		"call":             {&fakePeople{script: ended(ending.Completed)}, "123456782\n", verify, ending.Completed, 0},
		"stopped":          {&fakePeople{script: ended(ending.Forged)}, "123456782\n", verify, ending.Forged, 1},
		"server down":      {&fakePeople{script: ended(ending.ServerDown)}, "123456782\n", verify, ending.ServerDown, 3},
		"offline":          {&fakePeople{script: ended(ending.Offline)}, "", []string{"customer", "verify", "--json", "--who", "they-called", "--qr", "CP1:X", "--offline"}, ending.Offline, 0},
		"offline, no flag": {&fakePeople{script: ended(ending.Offline)}, "123456782\n", verify, ending.Offline, 1},
		"offline, stopped": {&fakePeople{script: ended(ending.Forged)}, "", []string{"customer", "verify", "--json", "--who", "they-called", "--qr", "CP1:X", "--offline"}, ending.Forged, 1},
		"no keyring":       {&fakePeople{failure: ending.Because(ending.NoKeyring, "none")}, "", verify, ending.NoKeyring, 3},
		"locked":           {&fakePeople{failure: ending.Because(ending.KeyringLocked, "")}, "", verify, ending.KeyringLocked, 3},
		"disk":             {&fakePeople{failure: errors.New("disk full")}, "", verify, ending.NoKeyring, 3},
		"no first line":    {&fakePeople{}, "", verify, ending.NotACode, 1},
		"no image":         {&fakePeople{}, "", []string{"customer", "verify", "--json", "--who", "not-sure", "--image", t.TempDir()}, ending.NotACode, 1},
		"silent call":      {&fakePeople{script: func(*fakeTalk) {}}, "123456782\n", verify, ending.LineLost, 1},
		"enrol":            {&fakePeople{}, "CT1:x:1/A\n", []string{"customer", "enrol", "--json", "--unprompted", "-"}, ending.Completed, 0},
		"agent enrol":      {&fakePeople{}, "", []string{"agent", "enrol", "--json", "--unprompted", "CT1:x:1/A"}, ending.Completed, 0},
		"enrol fails":      {&fakePeople{failure: ending.Because(ending.TicketUsed, "")}, "", []string{"agent", "enrol", "--json", "--unprompted", "CT1:x:1/A"}, ending.TicketUsed, 1},
		"pin":              {&fakePeople{}, "", []string{"customer", "pin", "--json", "host:1", "--fingerprint", "a b c d e f g h"}, ending.Completed, 0},
		"agent call":       {&fakePeople{script: ended(ending.OnHold)}, "", []string{"agent", "call", "--json", "--direction", "bank-called", "--customer", "C1", "--purpose", "transfer"}, ending.OnHold, 1},
	} {
		t.Run(name, func(t *testing.T) {
			got := runPiped(t, test.people, test.stdin, test.args...)
			lines := strings.Split(strings.TrimSuffix(got.out, "\n"), "\n")
			count := 0
			for _, line := range lines {
				var event struct {
					Event  string
					Reason ending.Reason
				}
				if err := json.Unmarshal([]byte(line), &event); err != nil {
					t.Errorf("not a JSON line: %q", line)
				}
				if event.Event == "ended" {
					count++
				}
			}
			if last, want := lines[len(lines)-1], `{"event":"ended","reason":"`+string(test.reason)+`"}`; last != want || count != 1 {
				t.Errorf("last %s of %d endings, want one %s\n%s", last, count, want, got.out)
			}
			if got.status != test.status {
				t.Errorf("status %d, want %d", got.status, test.status)
			}
		})
	}
}

// oneLine returns what a JSON view writes, without its line end.
func oneLine(t *testing.T, tell func(view)) string {
	t.Helper()
	words, err := newPhrases("en")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	tell(&jsonView{out: &out, phrases: words})
	line, rest, ok := strings.Cut(out.String(), "\n")
	if !ok || rest != "" {
		t.Errorf("not exactly one line: %q", out.String())
	}
	return line
}

// TestEveryEventHasItsLine: scripts are told of an event that is new, or its
// author says here why not.
func TestEveryEventHasItsLine(t *testing.T) {
	others := []string{"Moved", "EndedEvent"} // for screens; told by the program
	events, err := os.ReadFile("../../session/protocol/call/event.go")
	if err != nil {
		t.Fatal(err)
	}
	lines, err := os.ReadFile("json.go")
	if err != nil {
		t.Fatal(err)
	}
	told := regexp.MustCompile(`(?m)^func \((\w+)(?:\[P\])?\) +told\(\)`).FindAllSubmatch(events, -1)
	if len(told) == 0 {
		t.Fatal("there are no events")
	}
	for _, event := range told {
		name := string(event[1])
		if written := bytes.Contains(lines, []byte("case call."+name+":")); written == slices.Contains(others, name) {
			t.Errorf("%s has a line: %t", name, written)
		}
	}
}
