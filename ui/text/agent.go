// This file owns the agent's commands: enrol and call.

package text

import (
	"context"
	"strings"

	"countersign/session"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/spelling"
	"countersign/session/protocol/trust"
)

func (a *agentEnrol) run(ctx context.Context, p *program) (ending.Reason, error) {
	e, err := a.enrolment.complete(ctx, p)
	if err != nil {
		return "", err
	}
	self, err := p.openAgent(ctx, true)
	if err != nil {
		return "", err
	}
	bank, err := self.Enrol(ctx, e)
	if err != nil {
		return "", err
	}
	p.view.enrolled(bank.Bank, bank.Authenticator)
	return ending.Completed, nil
}

func (a *agentCall) run(ctx context.Context, p *program) (ending.Reason, error) {
	offering, err := a.complete(ctx, p)
	if err != nil {
		return "", err
	}
	self, err := p.openAgent(ctx, false)
	if err != nil {
		return "", err
	}
	if offering.Line, err = a.Line.ofAgent(ctx, p, self); err != nil {
		return "", err
	}
	if offering.Line == "" && offering.Direction == offer.CustomerCalled {
		if offering.Line, err = p.askLine(ctx, self); err != nil {
			return "", err
		}
	}
	v, plain := p.view.(*agentView)
	if plain {
		v.begin(offering)
	}
	reason := p.offer(ctx, self, offering)
	if reason == ending.NotACode && plain && p.asks && !v.call.Offered && offering.SecondFactor == "" {
		// The bank asks for a second factor and none was given.
		if offering.SecondFactor, err = p.askSixDigits(ctx, "ask.authenticator"); err != nil {
			return "", err
		}
		v.call = call.AgentStory{}
		reason = p.offer(ctx, self, offering)
	}
	return reason, nil
}

// askLine asks which of the bank's lines the customer dialled, where there are
// several. Error: errNoLine, where nobody can be asked.
func (p *program) askLine(ctx context.Context, self agent) (string, error) {
	bank, err := self.Bank(ctx)
	if err != nil || len(bank.Lines) < 2 {
		return "", err
	}
	if !p.asks {
		return "", errNoLine
	}
	shown := make([]string, len(bank.Lines))
	for i, line := range bank.Lines {
		shown[i] = trust.ShowNumber(line)
	}
	i, err := p.choose(ctx, p.phrases.say("ask.line"), shown...)
	if err != nil {
		return "", err
	}
	return bank.Lines[i], nil
}

// askSixDigits asks until six digits are typed: others are never sent, for the
// bank would count them as a wrong guess.
func (p *program) askSixDigits(ctx context.Context, question string) (string, error) {
	for {
		typed, err := p.ask(ctx, p.phrases.say(question))
		if err != nil {
			return "", err
		}
		if digits, ok := spelling.Digits(typed, factorDigits); ok {
			return digits, nil
		}
		question = "ask.six_digits"
	}
}

// offer makes one offer and follows its call. An interrupt ends the call
// through its machine, so the call's own context outlives the interrupt.
func (p *program) offer(ctx context.Context, self agent, o session.Offering) ending.Reason {
	calling, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	defer hangUp()
	return p.follow(ctx, self.Call(calling, o), p.grammar(true))
}

// complete gathers what the flags say and, at a terminal, asks for the rest.
// No answer is suggested: neither direction is the usual one.
func (a *agentCall) complete(ctx context.Context, p *program) (session.Offering, error) {
	o := session.Offering{
		Direction: offer.Direction(a.Direction), Customer: a.Customer, Purpose: trust.Purpose(a.Purpose),
		SecondFactor: string(a.Authenticator),
	}
	if len(a.missing()) == 0 {
		return o, nil
	}
	p.print(p.phrases.say("agent.ask_open"))
	if err := p.askReference(ctx, &o); err != nil {
		return o, err
	}
	if err := p.askDirection(ctx, &o); err != nil {
		return o, err
	}
	err := p.askPurpose(ctx, &o)
	return o, err
}

func (p *program) askReference(ctx context.Context, o *session.Offering) error {
	if o.Customer != "" {
		return nil
	}
	typed, err := p.ask(ctx, p.phrases.say("ask.reference"))
	o.Customer = strings.TrimSpace(typed)
	return err
}

func (p *program) askDirection(ctx context.Context, o *session.Offering) error {
	if o.Direction != 0 {
		return nil
	}
	directions := []offer.Direction{offer.BankCalled, offer.CustomerCalled}
	i, err := p.choose(ctx, p.phrases.say("ask.direction"),
		p.phrases.say("agent.direction.bank-called"), p.phrases.say("agent.direction.customer-called"))
	if err == nil {
		o.Direction = directions[i]
	}
	return err
}

func (p *program) askPurpose(ctx context.Context, o *session.Offering) error {
	if o.Purpose != 0 {
		return nil
	}
	var names []string
	for _, purpose := range trust.Purposes() {
		names = append(names, p.phrases.say("purpose."+purpose.String()))
	}
	i, err := p.choose(ctx, p.phrases.say("ask.purpose"), names...)
	if err == nil {
		o.Purpose = trust.Purposes()[i]
	}
	return err
}

func (p *program) openAgent(ctx context.Context, maybeNew bool) (agent, error) {
	options, err := p.options(ctx, maybeNew)
	if err != nil {
		return nil, err
	}
	return p.doors.agent(ctx, options)
}
