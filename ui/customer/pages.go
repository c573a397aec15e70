// This file owns what the companion's pages have in common: the header, the
// way a page is put together, steps in order, and how banks and people are
// written.

package customer

import (
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"countersign/session"
	"countersign/session/protocol/offer"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// withIcon puts an icon before a text that may need several lines.
func withIcon(name parts.IconName, colour fyne.ThemeColorName, text fyne.CanvasObject) fyne.CanvasObject {
	icon := container.NewCenter(parts.Icon(name, colour, iconSize))
	return container.NewBorder(nil, nil, icon, nil, text)
}

// iconSize is the side of an icon beside a text, in logical pixels.
const iconSize = 32

// around gives a page what nearly all of them share: the bank's name in the
// header, and *Something is wrong* one click away.
func (s *Side) around(p shell.Page) shell.Page {
	p.Bank, p.Busy = s.bankInHeader(), s.running != nil
	if p.Actions == nil {
		p.Actions = []shell.Action{{Text: words.Say("customer.wrong"), Do: s.wrong}}
	}
	return p
}

// quiet are the actions of a page on which nothing more can be reported: it says
// already what to do.
var quiet = []shell.Action{}

// bankInHeader is the bank that the person has chosen, or the only one. It is
// never what a code claims.
func (s *Side) bankInHeader() string {
	switch {
	case s.state.Check.Bank.Name != "":
		return words.Bank(s.state.Check.Bank.Name, s.state.Check.Bank.Domain)
	case len(s.state.Banks) == 1:
		return words.Bank(s.state.Banks[0].Name, s.state.Banks[0].Domain)
	}
	return ""
}

// steps puts what to do in order.
func steps(texts ...string) fyne.CanvasObject {
	rows := make([]fyne.CanvasObject, len(texts))
	for i, text := range texts {
		rows[i] = parts.Lead(strconv.Itoa(i+1) + ". " + text)
	}
	return parts.Tight(rows...)
}

// safeSteps lead to a telephone that is safe to use.
func safeSteps() fyne.CanvasObject {
	return steps(words.Say("customer.step.down"), words.Say("customer.step.wait"), words.Say("customer.step.ring"))
}

func (s *Side) backButton(back func()) *parts.Button {
	return parts.NewButton(parts.Secondary, words.Say("customer.back"), back)
}

// dots puts facts on one line, leaving out those that are not known.
func dots(facts ...string) string {
	var known []string
	for _, f := range facts {
		if f != "" {
			known = append(known, f)
		}
	}
	return strings.Join(known, " · ")
}

// strong is a lead that must be read.
func strong(text string) *widget.Label {
	l := parts.Lead(text)
	l.TextStyle.Bold = true
	return l
}

// card puts rows on a panel.
func card(rows ...fyne.CanvasObject) fyne.CanvasObject { return parts.Card(parts.Tight(rows...)) }

// checkedWhen says how old the data of a bank is: when they were last compared
// with the bank's, in days.
func checkedWhen(b session.Bank, now time.Time) string {
	if b.Checked.IsZero() {
		return ""
	}
	return words.Say("customer.bank.checked", words.With{"When": words.Ago(midnight(now).Sub(midnight(b.Checked)))})
}

// midnight is the beginning of a day.
func midnight(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// bankLine describes a bank in one line: its domain, or why that stands above,
// and the age of its data.
func bankLine(b session.Bank, now time.Time) string {
	return dots(words.BankBelow(b.Name, b.Domain), checkedWhen(b, now))
}

// holdText tells a hold calmly, with its end.
func holdText(b session.Bank) string {
	return words.Say("customer.hold", words.With{"Time": words.Clock(b.HoldUntil)})
}

// direction says how the bank's agent and the person came to talk.
func direction(d offer.Direction) string {
	switch d {
	case offer.BankCalled:
		return words.Say("customer.this_call.bank_called")
	case offer.CustomerCalled:
		return words.Say("customer.this_call.customer_called")
	}
	return ""
}

// bankName is a bank with its domain.
func bankName(b session.Bank) string { return words.BankAndDomain(b.Name, b.Domain) }

// endings writes the last digits of numbers: "6789, 1111".
func endings(numbers []string) string { return strings.Join(numbers, ", ") }

// undelivered warns of texts that the agent did not get.
func (st Story) undelivered() fyne.CanvasObject {
	return ifAny(words.Undelivered(st.Texts), func(text string) fyne.CanvasObject { return parts.Strip(parts.IconTriangle, text) })
}

// ifAny makes a text of a sentence, or nothing of none.
func ifAny[L fyne.CanvasObject](text string, show func(string) L) fyne.CanvasObject {
	if text == "" {
		return nil
	}
	return show(text)
}
