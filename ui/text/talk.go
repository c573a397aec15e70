// This file owns one call in progress: events go to the view, lines of input
// become commands, an interrupt becomes `end`.

package text

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/spelling"
)

// order is what a line of input asks for.
type order uint8

const (
	orderUnknown order = iota
	orderNothing
	orderSay
	orderReadback
	orderWrong
	orderEnd
	orderQR
)

// grammar reads one line of input. secure says whether the call is secure.
type grammar func(line string, secure bool) (order, string)

// follow leads a call to its ending and returns it. The ending is not told
// here: the program tells exactly one, whatever happened.
func (p *program) follow(ctx context.Context, t running, read grammar) ending.Reason {
	events, input, stop := t.Events(), p.in.want(), ctx.Done()
	var course call.Course
	for {
		select {
		case e, open := <-events:
			if !open {
				return ending.LineLost // a call that stops without a word
			}
			if course = course.After(e, time.Time{}); course.Over {
				p.texts = course.Texts
				return course.Ending
			}
			p.view.event(e)
		case got := <-input:
			p.in.taken()
			if p.obey(t, got, read, course.WasSecure) {
				input = p.in.want()
			} else {
				input = nil // no more commands; the call goes on
			}
		case <-stop:
			stop = nil
			t.End()
		}
	}
}

// obey carries out one line of input. It returns false when there will be no
// more lines.
func (p *program) obey(t running, got line, read grammar, secure bool) bool {
	switch {
	case errors.Is(got.err, errLineTooLong):
		p.complain(p.phrases.say("input.too_long"))
		return true
	case got.err != nil:
		if !errors.Is(got.err, io.EOF) {
			p.complain(p.phrases.say("input.broken"))
		}
		return false
	}
	switch asked, rest := read(got.text, secure); asked {
	case orderNothing:
	case orderSay:
		t.Say(rest)
	case orderReadback:
		t.Readback(rest)
	case orderWrong:
		t.Wrong()
	case orderEnd:
		t.End()
	case orderQR:
		p.view.(*agentView).showQR()
	default:
		p.complain(p.phrases.say("input.unknown"))
	}
	return true
}

// scripted is the grammar of scripts: say TEXT, end, and for agents readback
// DIGITS, for customers wrong.
func scripted(forAgent bool) grammar {
	return func(line string, _ bool) (order, string) {
		word, rest, _ := strings.Cut(strings.TrimLeft(line, " \t"), " ")
		bare := strings.TrimSpace(rest) == ""
		switch {
		case word == "" && bare:
			return orderNothing, ""
		case word == "say" && !bare:
			return orderSay, rest
		case word == "end" && bare:
			return orderEnd, ""
		case word == "readback" && forAgent:
			return orderReadback, spelling.Bare(rest)
		case word == "wrong" && bare && !forAgent:
			return orderWrong, ""
		}
		return orderUnknown, ""
	}
}

// typed is the grammar of people at a terminal: a command begins with a slash,
// an agent's six digits before the call is secure are the read-back, and
// everything else is for the other side. A mistyped command is never sent.
func typed(forAgent bool) grammar {
	return func(line string, secure bool) (order, string) {
		word := strings.TrimSpace(line)
		switch {
		case word == "":
			return orderNothing, ""
		case word == "/end":
			return orderEnd, ""
		case word == "/wrong" && !forAgent:
			return orderWrong, ""
		case forAgent && (word == "/qr" || word == "q" && !secure):
			return orderQR, ""
		case strings.HasPrefix(word, "/"):
			return orderUnknown, ""
		case forAgent && !secure && isDigits(spelling.Bare(word)):
			return orderReadback, spelling.Bare(word)
		}
		return orderSay, line
	}
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// grammar is how this run's lines are read: people at a terminal type
// sentences, everything else sends commands.
func (p *program) grammar(forAgent bool) grammar {
	if p.asks {
		return typed(forAgent)
	}
	return scripted(forAgent)
}
