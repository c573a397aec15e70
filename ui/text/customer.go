// This file owns the customer's commands: enrol, pin and verify. Questions are
// put in the order of CP1's message 0, before anything is shown or sent.

package text

import (
	"context"
	"fmt"
	"strings"

	"countersign/session"
	"countersign/session/computer/qr"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/ui/advice"
)

// codeTries is how often a code may be typed at a terminal. Nothing is sent
// while it is wrong.
const codeTries = 3

func (c *customerEnrol) run(ctx context.Context, p *program) (ending.Reason, error) {
	e, err := c.enrolment.complete(ctx, p)
	if err != nil {
		return "", err
	}
	self, err := p.openCustomer(ctx, true)
	if err != nil {
		return "", err
	}
	bank, err := self.Enrol(ctx, e)
	if err != nil {
		return "", err
	}
	p.view.enrolled(bank, "")
	return ending.Completed, nil
}

// complete asks for what the flags leave open.
func (e enrolment) complete(ctx context.Context, p *program) (session.Enrolment, error) {
	if err := p.refusePrompted(ctx, e.Unprompted); err != nil {
		return session.Enrolment{}, err
	}
	ticket, err := e.Ticket, error(nil)
	if ticket == "" {
		ticket, err = p.ask(ctx, p.phrases.say("ask.ticket"))
	} else {
		ticket, err = p.firstLine(ctx, ticket)
	}
	return session.Enrolment{Ticket: strings.TrimSpace(ticket), Fingerprint: e.Fingerprint}, err
}

// refusePrompted asks whether somebody on the phone wants this done. Yes ends
// it before anything is opened. Reason: cancelled.
func (p *program) refusePrompted(ctx context.Context, unprompted bool) error {
	if unprompted || !p.asks {
		return nil
	}
	prompted, err := p.confirm(ctx, p.phrases.say("ask.prompted"))
	if err != nil || !prompted {
		return err
	}
	p.view.(*enrolView).prompted = true
	return ending.Because(ending.Cancelled, "")
}

func (c *customerPin) run(ctx context.Context, p *program) (ending.Reason, error) {
	err := p.refusePrompted(ctx, c.Unprompted)
	if err != nil {
		return "", err
	}
	addr, words := c.Address, c.Fingerprint
	if addr == "" {
		if addr, err = p.ask(ctx, p.phrases.say("ask.address")); err != nil {
			return "", err
		}
	}
	if words == "" {
		if words, err = p.ask(ctx, p.phrases.say("ask.words")); err != nil {
			return "", err
		}
	}
	self, err := p.openCustomer(ctx, true)
	if err != nil {
		return "", err
	}
	bank, err := self.Pin(ctx, strings.TrimSpace(addr), words)
	if err != nil {
		return "", err
	}
	p.view.enrolled(bank, "")
	return ending.Completed, nil
}

func (c *customerVerify) run(ctx context.Context, p *program) (ending.Reason, error) {
	self, err := p.openCustomer(ctx, false)
	if err != nil {
		return "", err
	}
	asked, err := c.complete(ctx, p, self)
	if err != nil {
		return "", err
	}
	if v, plain := p.view.(*customerView); plain {
		v.checking()
	}
	// An interrupt ends the call through its machine, so the call's own
	// context outlives the interrupt.
	calling, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	defer hangUp()
	return p.follow(ctx, self.Verify(calling, asked), p.grammar(false)), nil
}

// complete gathers what the flags say and, at a terminal, asks for the rest.
func (c *customerVerify) complete(ctx context.Context, p *program, self customer) (session.Verification, error) {
	v := session.Verification{
		Offline: c.Offline,
		Answers: offer.Answers{How: offer.How(c.Who)},
	}
	var err error
	if v.Answers.Dialled, err = c.Dialled.ofCustomer(ctx, p, self, c.Bank); err != nil {
		return v, err
	}
	switch spoken := c.QR == "" && c.Image == ""; {
	case c.Bank != "" || len(c.missing()) > 0:
		if err := p.askHow(ctx, self, &v, c.Bank); err != nil {
			return v, err
		}
	case spoken: // a code alone does not say whose it is, and nobody is asked
		banks, err := self.Banks(ctx)
		if err == nil && len(banks) > 1 {
			_, err = session.Named(banks, "")
			return v, fmt.Errorf("%w: %w", errNoBank, err)
		}
	}
	switch {
	case c.Code != "":
		v.Code, err = p.firstLine(ctx, c.Code)
	case c.QR != "":
		v.QRText, err = p.firstLine(ctx, c.QR)
	case c.Image != "":
		v.QRText, err = p.readPicture(c.Image)
	default:
		err = p.askCode(ctx, &v)
	}
	return v, err
}

// readPicture reads a picture, and says that it does: a large one takes a moment.
func (p *program) readPicture(path string) (string, error) {
	v, plain := p.view.(*customerView)
	if plain {
		v.say("customer.picture_reading")
	}
	text, err := qr.ReadFile(path)
	if err == nil {
		if _, other := offer.ParseText(text); other != nil {
			err = qr.NotOurs()
		}
	}
	if plain {
		v.picture = advice.PictureOf(err)
	}
	return text, err
}

// askHow asks which bank the call is about and how the call began, where the
// flags leave that open.
func (p *program) askHow(ctx context.Context, self customer, v *session.Verification, named string) error {
	banks, err := self.Banks(ctx)
	if err != nil {
		return err
	}
	if len(banks) == 0 {
		return ending.Because(ending.UnknownBank, "no bank is enrolled or pinned here")
	}
	bank, err := p.askBank(ctx, banks, v, named)
	if err == nil && bank.Fault != "" {
		return ending.Because(bank.Fault, "what is kept of this bank cannot be used: remove it and enrol again")
	}
	for err == nil && v.Answers.How == 0 {
		v.Answers, err = p.askBegan(ctx, bank)
	}
	return err
}

// askBegan asks how the call began. No answers: the person did not know the
// number after all, and is asked again.
func (p *program) askBegan(ctx context.Context, bank session.Bank) (offer.Answers, error) {
	p.print("")
	chosen, err := p.choose(ctx, p.phrases.say("ask.how")+" "+p.phrases.say("ask.how_calm"),
		p.phrases.say("ask.they_called"),
		p.phrases.say("ask.i_called_shown", with{"Number": trust.ShowNumber(bank.Lines[0])}),
		p.phrases.say("ask.i_called_other"),
		p.phrases.say("ask.not_sure"))
	switch {
	case err != nil:
		return offer.Answers{}, err
	case chosen == 0:
		return offer.Answers{How: offer.TheyCalled}, nil
	case chosen == 1:
		return offer.Answers{How: offer.ICalled, Dialled: bank.Lines[0]}, nil
	case chosen == 2:
		return p.askDialled(ctx, bank)
	}
	return offer.Answers{How: offer.NotSure}, nil
}

// askBank returns the bank that is meant; the question is put only when there
// is a choice.
func (p *program) askBank(ctx context.Context, banks []session.Bank, v *session.Verification, named string) (session.Bank, error) {
	if named != "" {
		bank, err := session.Named(banks, named)
		v.Bank = bank.ID
		return bank, err
	}
	if len(banks) == 1 {
		return banks[0], nil
	}
	names := make([]string, len(banks))
	for i, b := range banks {
		names[i] = p.phrases.bank(b.Name, b.Domain)
		if was := p.phrases.formerly(b.Naming); was != "" { // people know it by that
			names[i] += ". " + was
		}
	}
	i, err := p.choose(ctx, p.phrases.say("ask.bank"), names...)
	if err != nil {
		return session.Bank{}, err
	}
	v.Bank = banks[i].ID
	return banks[i], nil
}

// askCode asks for the nine digits, or the text of a QR code in their place. A
// wrong digit asks for the digits alone again: every other answer is kept.
func (p *program) askCode(ctx context.Context, v *session.Verification) error {
	question := p.phrases.say("ask.code")
	if v.Offline {
		question = p.phrases.say("ask.qr_offline")
	}
	for try := 1; ; try++ {
		typed, err := p.ask(ctx, question)
		if err != nil {
			return err
		}
		if _, err := offer.ParseText(typed); err == nil {
			v.QRText = typed
			return nil
		}
		code, err := offer.ParseCode(typed)
		if err == nil && v.Offline {
			question = p.phrases.say("ask.qr_offline")
			continue
		}
		if err == nil {
			v.Code = code
			return nil
		}
		if try == codeTries {
			return err
		}
		question = p.phrases.say("ask.code_form")
		if ending.Of(err, ending.NotACode) == ending.WrongCheckDigit {
			question = p.phrases.say("ask.code_digit")
		}
	}
}

func (p *program) openCustomer(ctx context.Context, maybeNew bool) (customer, error) {
	options, err := p.options(ctx, maybeNew)
	if err != nil {
		return nil, err
	}
	return p.doors.customer(ctx, options)
}
