// This file tests what comes in over standard input: lines and their limit,
// both grammars, and how a script steers a call.

package text

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
)

func TestLinesAreBoundedAndRecover(t *testing.T) {
	long := strings.Repeat("x", maxLine+1)
	l := newLines(strings.NewReader("one\r\n\n" + long + "\ntwo\n" + strings.Repeat("y", maxLine-1) + "\nlast"))
	for _, want := range []struct {
		text string
		err  error
	}{
		{"one", nil}, {"", nil}, {"", errLineTooLong}, {"two", nil}, {strings.Repeat("y", maxLine-1), nil}, {"last", nil}, {"", io.EOF},
	} {
		text, err := l.next(t.Context())
		if text != want.text || !errors.Is(err, want.err) {
			t.Errorf("%d bytes, %v; want %d bytes, %v", len(text), err, len(want.text), want.err)
		}
	}
}

func TestLineIsReadOnlyWhenWanted(t *testing.T) {
	in, keyboard := io.Pipe()
	l := newLines(in)
	interrupted, interrupt := context.WithCancel(t.Context())
	interrupt()
	if _, err := l.next(interrupted); !errors.Is(err, errNoAnswer) {
		t.Errorf("an interrupted question: %v", err)
	}
	go func() { _, _ = io.WriteString(keyboard, "late\n") }()
	if text, err := l.next(t.Context()); text != "late" || err != nil {
		t.Errorf("the line that was awaited is lost: %q, %v", text, err)
	}
}

func TestGrammars(t *testing.T) {
	type reading struct {
		line   string
		secure bool
		order  order
		rest   string
	}
	for name, test := range map[string]struct {
		read  grammar
		lines []reading
	}{
		"agent's script": {scripted(true), []reading{
			{"readback 123456", false, orderReadback, "123456"},
			{"readback 12-34 56", false, orderReadback, "123456"},
			{"readback 12 – 34 – 56.", false, orderReadback, "123456"},
			{"readback", false, orderReadback, ""},
			{"say  two  spaces", false, orderSay, " two  spaces"},
			{"say", false, orderUnknown, ""},
			{"end", true, orderEnd, ""},
			{"end ", true, orderEnd, ""},
			{"end now", true, orderUnknown, ""},
			{"wrong", false, orderUnknown, ""},
			{"123456", false, orderUnknown, ""},
			{"", false, orderNothing, ""},
			{"Say x", false, orderUnknown, ""},
		}},
		"customer's script": {scripted(false), []reading{
			{"wrong", false, orderWrong, ""},
			{"wrong thing", false, orderUnknown, ""},
			{"readback 123456", false, orderUnknown, ""},
			{"say ok", true, orderSay, "ok"},
		}},
		"agent at a terminal": {typed(true), []reading{
			{"123456", false, orderReadback, "123456"},
			{"12 34-56", false, orderReadback, "123456"},
			{"12—34\u00a056", false, orderReadback, "123456"},
			{"12345", false, orderReadback, "12345"},
			{" - ", false, orderSay, " - "},
			{"123456", true, orderSay, "123456"},
			{"hello", false, orderSay, "hello"},
			{"q", false, orderQR, ""},
			{"q", true, orderSay, "q"},
			{"/qr", true, orderQR, ""},
			{"/end", true, orderEnd, ""},
			{" /end ", false, orderEnd, ""},
			{"/wrong", false, orderUnknown, ""},
			{"/edn", true, orderUnknown, ""},
			{"  ", true, orderNothing, ""},
		}},
		"customer at a terminal": {typed(false), []reading{
			{"/wrong", true, orderWrong, ""},
			{"123456", false, orderSay, "123456"},
			{"wrong", true, orderSay, "wrong"},
			{"/qr", false, orderUnknown, ""},
		}},
	} {
		for _, r := range test.lines {
			if got, rest := test.read(r.line, r.secure); got != r.order || rest != r.rest {
				t.Errorf("%s: %q (secure %t): order %d %q, want %d %q", name, r.line, r.secure, got, rest, r.order, r.rest)
			}
		}
	}
}

func TestScriptSteersTheAgentsCall(t *testing.T) {
	people := &fakePeople{script: func(f *fakeTalk) {
		f.hears("readback 123456")
		f.hears("say hello  there")
		f.hears("end")
		f.tell(call.EndedEvent{Reason: ending.Completed})
	}}
	got := runPiped(t, people, "nonsense\n"+strings.Repeat("x", maxLine+9)+"\nreadback 123 456\r\nsay hello  there\nend\n",
		"agent", "call", "--json", "--direction", "customer-called", "--customer", "C1", "--purpose", "other", "--line", "0048 22 111-22-33")
	if got.status != 0 || got.out != "{\"event\":\"ended\",\"reason\":\"completed\"}\n" {
		t.Errorf("%+v", got)
	}
	if !strings.Contains(got.err, "not a command") || !strings.Contains(got.err, "too long") {
		t.Errorf("complaints: %q", got.err)
	}
	if o := people.offered[0]; o.Line != "+48221112233" || o.Customer != "C1" || o.Direction.String() != "customer-called" || o.Purpose.String() != "other" {
		t.Errorf("offered %+v", o)
	}
}

func TestEndOfInputIsNotTheEndOfTheCall(t *testing.T) {
	people := &fakePeople{script: func(f *fakeTalk) {
		f.hears("say last words")
		f.tell(call.Secured{}, call.Message{Text: "still here"}, call.EndedEvent{Reason: ending.Completed})
	}}
	got := runPiped(t, people, "123456782\nsay last words", "customer", "verify", "--json", "--who", "they-called", "--code", "-")
	if got.status != 0 || !strings.Contains(got.out, "still here") || people.verified[0].Code != "123456782" {
		t.Errorf("%+v", got)
	}
}

// An interrupt asks for the end; it does not pull the call from under itself.
func TestInterruptEndsTheCall(t *testing.T) {
	for name, args := range map[string][]string{
		"agent":    {"agent", "call", "--json", "--direction", "bank-called", "--customer", "C1", "--purpose", "other"},
		"customer": {"customer", "verify", "--json", "--who", "they-called", "--code", "482913053"},
	} {
		ctx, interrupt := context.WithCancel(t.Context())
		people := &fakePeople{t: t, script: func(f *fakeTalk) {
			f.tell(call.Secured{})
			interrupt()
			f.hears("end")
			if f.ctx.Err() != nil {
				t.Errorf("%s: the call is cut off before it could say goodbye", name)
			}
			f.tell(call.EndedEvent{Reason: ending.Completed})
		}}
		in, _ := io.Pipe() // input that never comes
		out := newScreen()
		status := run(ctx, Console{
			Args: homed(args), In: in, Out: out, Err: io.Discard, Env: func(string) string { return "" },
		}, people.doors())
		if want := "{\"event\":\"secure\"}\n{\"event\":\"ended\",\"reason\":\"completed\"}\n"; status != 0 || out.String() != want {
			t.Errorf("%s: status %d, %s", name, status, out)
		}
	}
}

func TestInterruptEndsAQuestion(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	in, _ := io.Pipe()
	out := newScreen()
	status := run(ctx, Console{
		Args: []string{"customer", "enrol"}, In: in, Out: out, Err: io.Discard, InIsTerminal: true, Env: func(string) string { return "" },
	}, (&fakePeople{t: t}).doors())
	if status != 1 || !strings.Contains(out.String(), "Nothing was enrolled.") {
		t.Errorf("status %d, %s", status, out)
	}
}
