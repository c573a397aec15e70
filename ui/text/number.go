// This file owns numbers that are typed at a terminal or given as flags: how
// they are read once the bank is known, and that people see what was
// understood before it is used. Rules: what cannot be read is asked for again
// or is a mistake in the flags, and never an answer about a call.

package text

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"countersign/session"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
)

// ofAgent reads --line, "" if it was not given. Errors: trust.ErrNumber, and
// the reasons of session.Agent.Bank.
func (n number) ofAgent(ctx context.Context, p *program, self agent) (string, error) {
	if n == "" {
		return "", nil
	}
	bank, err := self.Bank(ctx)
	if err != nil {
		return "", err
	}
	return n.read(p, "--line", bank)
}

// ofCustomer reads --dialled. Where several banks may be meant, the number must
// be the same for each. Errors: trust.ErrNumber, the reasons of
// session.Customer.Banks and session.Named.
func (n number) ofCustomer(ctx context.Context, p *program, self customer, bank string) (string, error) {
	if n == "" {
		return "", nil
	}
	banks, err := self.Banks(ctx)
	if err != nil {
		return "", err
	}
	if bank != "" || len(banks) == 0 {
		named, err := session.Named(banks, bank)
		if err != nil {
			return "", err
		}
		banks = []session.Bank{named}
	}
	return n.read(p, "--dialled", banks...)
}

// read reads a flag and tells what was understood.
func (n number) read(p *program, flag string, banks ...session.Bank) (string, error) {
	// Of a bank that cannot be opened no line is known.
	usable := slices.DeleteFunc(slices.Clone(banks), func(b session.Bank) bool { return b.Fault != "" })
	if len(usable) == 0 {
		return "", ending.Because(banks[0].Fault, "what is kept of this bank cannot be used: remove it and enrol again")
	}
	var read trust.Number
	for i, b := range usable {
		one, err := trust.ReadDialled(string(n), b.Lines)
		if err == nil && i > 0 && one != read {
			err = trust.ErrNumber // another bank's country makes another number of it
		}
		if err != nil {
			return "", fmt.Errorf("%s: %w", flag, err)
		}
		read = one
	}
	if read.E164 != string(n) || !read.Assigned {
		p.tellNumber(read)
	}
	return read.E164, nil
}

// tellNumber says what was understood. With --json it is for whoever looks
// after the program, not for the one that reads the events.
func (p *program) tellNumber(n trust.Number) {
	say := p.print
	if p.json {
		say = p.complain
	}
	say(p.phrases.say("number.understood", with{"Number": trust.ShowNumber(n.E164)}))
	if !n.Assigned {
		say(p.phrases.say("number.unusual"))
	}
}

// askDialled asks for the number dialled until one can be read and the person
// has seen what was understood. No answers: the person does not know it.
func (p *program) askDialled(ctx context.Context, bank session.Bank) (offer.Answers, error) {
	question := "ask.dialled"
	for {
		typed, err := p.ask(ctx, p.phrases.say(question)+" "+p.phrases.say("ask.dialled_unknown"))
		if err != nil || strings.TrimSpace(typed) == "?" {
			return offer.Answers{}, err
		}
		read, err := trust.ReadDialled(typed, bank.Lines)
		if err != nil {
			question = "ask.number_form"
			continue
		}
		p.tellNumber(read)
		right, err := p.confirm(ctx, p.phrases.say("ask.dialled_right"))
		if err != nil {
			return offer.Answers{}, err
		}
		if right {
			return offer.Answers{How: offer.ICalled, Dialled: read.E164}, nil
		}
		question = "ask.dialled"
	}
}
