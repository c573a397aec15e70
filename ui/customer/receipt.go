// This file owns the receipt of a call that is over, and the calls of the past.

package customer

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/session"
	"countersign/session/protocol/ending"
	"countersign/ui/advice"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

func (s *Side) receipt() screen {
	st := s.state.Story
	title := words.Ending(st.reason(), st.family())
	done := parts.NewButton(parts.Primary, words.Say("customer.done"), s.Rested(s.leave))
	rows, actions := []fyne.CanvasObject{st.undelivered(), s.receiptFacts(st)}, []fyne.CanvasObject{done}
	if st.Judged { // only these are kept
		rows = append(rows, parts.Note(words.Say("customer.receipt.kept")))
		actions = append(actions, parts.NewButton(parts.Secondary, words.Say("customer.past_calls"), s.Rested(func() {
			s.goHome()
			s.openPast()
		})))
	}
	return screen{Page: shell.Page{
		Title: title,
		Content: parts.Page(
			heading(title, words.Say(receiptLead(st))),
			parts.Column(rows...),
			parts.Actions(actions...)),
		Focus: done,
		Back:  s.leave,
	}}
}

// undelivered warns of texts that the agent did not get.
func (st Story) undelivered() fyne.CanvasObject {
	return ifAny(words.Undelivered(st.Texts), func(text string) fyne.CanvasObject { return parts.Strip(parts.IconTriangle, text) })
}

// receiptLead says what the ending means for the person.
func receiptLead(st Story) string {
	switch {
	case st.WasSecure && st.green():
		return "customer.receipt.secure"
	case st.WasSecure:
		return "customer.receipt.guest"
	}
	return "customer.receipt.nothing"
}

// receiptFacts are when, who and what about: what the verdict let be told.
func (s *Side) receiptFacts(st Story) fyne.CanvasObject {
	p := session.Past{
		Began: st.Began, Lasted: st.Ended.Sub(st.Began), Bank: st.Shown.Bank.Name, Domain: st.Shown.Bank.Domain,
		Name: st.Shown.Name, Department: st.Shown.Department, Purpose: st.Shown.Purpose, Direction: st.Shown.Direction,
		Reason: st.reason(), Secure: st.WasSecure && st.green(),
	}
	return s.pastFacts(p)
}

// pastFacts are the facts of a call that is over, without those that are not
// known.
func (s *Side) pastFacts(p session.Past) fyne.CanvasObject {
	lasted := ""
	if p.Lasted >= time.Second {
		lasted = words.Say("customer.lasted", words.With{"Time": words.Lasted(p.Lasted)})
	}
	when := parts.Fact(words.Say("customer.fact.when"), words.Capital(words.DayAndTime(p.Began, s.Stage.Now())), lasted)
	first := []fyne.CanvasObject{when}
	if p.Name != "" {
		first = append(first, parts.Fact(words.Say("customer.fact.who"), words.Name(p.Name), dots(words.NameBelow(p.Name, p.Department), words.BankAndDomain(p.Bank, p.Domain))))
	} else if p.Bank != "" {
		first = append(first, parts.Fact(words.Say("customer.fact.bank"), words.Bank(p.Bank, p.Domain), words.BankBelow(p.Bank, p.Domain)))
	}
	rows := []fyne.CanvasObject{parts.Card(parts.Facts(first...))}
	if p.Purpose.Known() {
		rows = append(rows, parts.Card(parts.Facts(
			parts.Fact(words.Say("customer.fact.reason"), purpose(p.Purpose), ""),
			parts.Fact(words.Say("customer.fact.call"), direction(p.Direction), ""))))
	}
	return parts.Column(rows...)
}

// openPast shows the calls of the past, read afresh.
func (s *Side) openPast() {
	s.moveTo(PastCalls)
	s.refresh()
}

func (s *Side) pastCalls() screen {
	title := words.Say("customer.past_calls")
	back := s.backButton(s.goHome)
	list := container.NewStack()
	drawn, shown := false, []session.Past(nil)
	update := func(st State) {
		if drawn && slices.Equal(shown, st.Past) {
			return // rebuilding a list takes the focus from its rows
		}
		drawn, shown = true, st.Past
		parts.Put(list, s.pastList(st))
	}
	return screen{
		Page: shell.Page{
			Title:   title,
			Content: parts.Page(heading(title, words.Say("customer.past_lead")), list, parts.Actions(back)),
			Focus:   back,
			Back:    s.goHome,
		},
		Update: update,
	}
}

func (s *Side) pastList(st State) fyne.CanvasObject {
	past := st.Past
	if st.Hidden != "" {
		return parts.Column(card(parts.Body(words.Ending(st.Hidden, advice.ForDevice))))
	}
	if len(past) == 0 {
		return parts.Column(card(parts.Body(words.Say("customer.no_call_yet"))))
	}
	rows := make([]fyne.CanvasObject, len(past))
	for i, p := range past {
		name, colour := signOf(p)
		ended, _ := firstSentence(words.Ending(p.Reason, advice.ForCustomers))
		open := parts.NewChoice("",
			dots(words.Capital(words.DayAndTime(p.Began, s.Stage.Now())), words.Bank(p.Bank, p.Domain)),
			dots(words.Name(p.Name), purpose(p.Purpose), ended, unchecked(p)),
			func() {
				s.state.Reading = p
				s.moveTo(PastCall)
			})
		rows[i] = withIcon(name, colour, open)
	}
	return parts.Column(rows...)
}

// unchecked says of a call that was secure that its check left something open.
func unchecked(p session.Past) string {
	if p.Secure && (p.Guest || p.Unverified) {
		return words.Say("verdict.unverified")
	}
	return ""
}

// signOf is the icon of how a call ended. The words beside it say the same.
func signOf(p session.Past) (parts.IconName, fyne.ThemeColorName) {
	switch {
	case p.Reason == ending.Completed && !p.Guest && !p.Unverified:
		return parts.IconShield, look.Primary
	case kindOf(p.Reason) == Red:
		return parts.IconOctagon, look.Error
	}
	return parts.IconTriangle, look.Muted
}

func (s *Side) pastCall() screen {
	p := s.state.Reading
	title, lead := firstSentence(words.Ending(p.Reason, advice.ForCustomers))
	back := s.backButton(func() { s.moveTo(PastCalls) })
	switch {
	case p.Guest:
		lead = words.Say("ending.guest")
	case p.Unverified && p.Secure:
		lead = words.Say("customer.receipt.guest")
	}
	return screen{Page: shell.Page{
		Title:   title,
		Content: parts.Page(heading(title, lead), s.pastFacts(p), parts.Actions(back)),
		Focus:   back,
		Back:    func() { s.moveTo(PastCalls) },
	}}
}
