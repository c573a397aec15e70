// This file owns the list of a customer's banks and the removal of one: the way
// out where a bank that is known here turns out to be the false one.

package text

import (
	"context"
	"encoding/hex"
	"strings"
	"time"

	"countersign/session"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/ui/advice"
)

type customerBanks struct{ output }

func (customerBanks) missing() []string        { return nil }
func (customerBanks) view(p page, _ bool) view { return &banksView{page: p} }
func (c *customerBanks) run(ctx context.Context, p *program) (ending.Reason, error) {
	known, err := p.knownBanks(ctx, nil)
	if err != nil {
		return "", err
	}
	for _, b := range known {
		p.tellBank("bank", b)
	}
	if len(known) == 0 && !p.json {
		p.print(p.phrases.say("bank.none"))
	}
	return ending.Completed, nil
}

type customerRemove struct {
	output
	Bank string `arg:"" name:"name|id" help:"Which bank: its name, its domain, or its id."`
	Yes  bool   `help:"Remove it without a question."`
}

// missing: what cannot be undone is asked, or said.
func (c customerRemove) missing() []string { return absent(need{"--yes", !c.Yes}) }

func (customerRemove) view(p page, _ bool) view { return &banksView{page: p} }

func (c *customerRemove) run(ctx context.Context, p *program) (ending.Reason, error) {
	var self customer
	known, err := p.knownBanks(ctx, &self)
	if err != nil {
		return "", err
	}
	if strings.TrimSpace(c.Bank) == "" { // an empty variable of a script is no bank
		return "", &session.NotOneBank{Known: known}
	}
	b, err := session.Named(known, c.Bank)
	if err != nil {
		return "", err
	}
	if !c.Yes {
		sure, err := p.confirm(ctx, p.phrases.say("customer.remove.ask", with{"Bank": p.phrases.bank(b.Name, b.Domain)})+" "+p.phrases.say("customer.remove.check"))
		if err != nil || !sure {
			return ending.Cancelled, err
		}
	}
	remove := self.Remove
	if b.AgentsOnly {
		remove = self.RemoveAgents
	}
	if err := remove(ctx, b.ID); err != nil {
		return "", err
	}
	p.tellBank("removed", b)
	return ending.Completed, nil
}

// knownBanks opens the home and lists its banks, an agent's too: one of them may
// stand in the way of another, and is removed here. That there is none is no fault.
func (p *program) knownBanks(ctx context.Context, self *customer) ([]session.Bank, error) {
	opened, err := p.openCustomer(ctx, false)
	if err != nil {
		return nil, err
	}
	if self != nil {
		*self = opened
	}
	return opened.Known(ctx)
}

// tellBank tells one bank of a list, or one that was removed.
func (p *program) tellBank(event string, b session.Bank) {
	if v, ok := p.view.(*jsonView); ok {
		v.write(bankLine{event, b.Name, b.Domain, hex.EncodeToString(b.ID[:]), b.Since.UTC().Format(time.RFC3339), b.Enrolled, formerlyOf(b.Naming), b.Claims.Name, b.Claims.Domain, b.Fault, b.AgentsOnly})
		return
	}
	key := "bank.bank"
	if event == "removed" {
		key = "bank.removed"
	}
	p.print(p.phrases.say(key, with{
		"Bank": p.phrases.bank(b.Name, b.Domain), "ID": hex.EncodeToString(b.ID[:]), "Date": b.Since.Format(time.DateOnly),
	}))
	if b.Claims.Name != "" {
		p.print(p.phrases.say("bank.claims", with{"Bank": p.phrases.bank(b.Claims.Name, b.Claims.Domain)}))
	}
	if b.AgentsOnly {
		p.print(p.phrases.say("bank.agents"))
	}
	if b.Fault != "" {
		p.print(p.phrases.sentence(b.Fault, advice.ForDevice))
	}
}

// banksView tells how a command about banks ended.
type banksView struct{ page }

func (*banksView) event(call.Event)              {}
func (*banksView) enrolled(session.Bank, string) {}
func (v *banksView) ended(reason ending.Reason, _ call.Undelivered) {
	switch reason {
	case ending.Completed:
	case ending.OnHold:
		v.headline(moodBad, v.phrases.say("bank.held"))
	default:
		v.headline(moodBad, v.phrases.sentence(reason, advice.ForDevice))
	}
}
