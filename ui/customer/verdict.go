// This file owns how a verdict that lets the call go on is told: what the screens
// of the connection check and of the secure call have in common.

package customer

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/ui/advice"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// wrongButton is *Something is wrong* among the buttons of a call, with its key.
func (s *Side) wrongButton() *parts.Button {
	return parts.NewButton(parts.Secondary, words.Say("customer.wrong"), s.Rested(s.wrong)).SetHint(string(wrongKey))
}

// wrongKey asks whether something is wrong, also while a text box has the focus.
const wrongKey shell.Key = "F9"

// changing is a place on a mood's colour whose content changes: what is put
// there later must be given the mood's colours again.
type changing struct {
	holder *fyne.Container
	object fyne.CanvasObject
}

func newChanging(m look.Mood) changing {
	holder := container.NewStack()
	return changing{holder, parts.OnMood(m, holder)}
}

// set shows content in the place; nil empties it.
func (c changing) set(content fyne.CanvasObject) {
	parts.Put(c.holder)
	if content != nil {
		parts.Put(c.holder, content)
	}
	c.object.Refresh()
}

// headline is what the verdict says, and its colour.
func (st Story) headline() (string, look.Mood) {
	if st.green() {
		return words.Say("customer.green", words.With{"Bank": words.Bank(st.Shown.Bank.Name, st.Shown.Bank.Domain)}), look.Verified
	}
	return words.Say("verdict.unverified"), look.Unverified
}

// formerly: a name that people have not seen before needs a word.
func (st Story) formerly() string { return words.Formerly(st.Shown.Bank, st.Began) }

// who names the agent; on an amber verdict only as what the code says.
func (st Story) who() fyne.CanvasObject {
	label := words.Say("customer.fact.who")
	if !st.green() {
		label = words.Say("customer.fact.named")
	}
	return parts.Fact(label, words.Name(st.Shown.Name), dots(words.NameBelow(st.Shown.Name, st.Shown.Department), st.bankIfAmber()))
}

// bankIfAmber: a green headline names the bank already.
func (st Story) bankIfAmber() string {
	if st.green() {
		return ""
	}
	return dots(words.BankAndDomain(st.Shown.Bank.Name, st.Shown.Bank.Domain), st.formerly())
}

func (st Story) about() fyne.CanvasObject {
	approved := ""
	if st.Content != nil {
		approved = st.Content.Sentence(st.Shown.Purpose, words.Language())
	}
	return parts.Fact(words.Say("customer.fact.reason"), words.Purpose(st.Shown.Purpose), words.Quote(approved))
}

func (st Story) thisCall(dialled string) fyne.CanvasObject {
	note := ""
	switch {
	case st.OwnNumber != "":
		note = words.Say("customer.this_call.own", words.With{"Digits": st.OwnNumber})
	case dialled != "":
		note = words.Number(dialled)
	}
	return parts.Fact(words.Say("customer.fact.call"), direction(st.Shown.Direction), note)
}

// noteLines are what stays worth knowing.
func noteLines(st Story) fyne.CanvasObject {
	notes := st.notes()
	if len(notes) == 0 {
		return nil
	}
	rows := make([]fyne.CanvasObject, len(notes))
	for i, key := range notes {
		rows[i] = withIcon(parts.IconTriangle, look.Ink, parts.Strong(words.Capital(words.Say(string(key)))))
	}
	return parts.Tight(rows...)
}

// named are the names of a sentence: who speaks, and for which bank.
func (st Story) named() words.With {
	return words.With{"Name": words.Name(st.Shown.Name), "Bank": words.Bank(st.Shown.Bank.Name, st.Shown.Bank.Domain)}
}

// why puts the reasons of an amber verdict into words.
func (st Story) why() string {
	sentences := make([]string, len(st.Shown.Reasons))
	for i, r := range st.Shown.Reasons {
		sentences[i] = words.Ending(r, advice.ForCustomers)
	}
	return strings.Join(sentences, " ")
}

// rule says how to talk now.
func (st Story) rule() string {
	if !st.green() {
		return words.Say("next.no_secrets")
	}
	return words.Say("verdict.type_here")
}

// neverAsk is what the bank says that it never asks for, quoted, on green. It
// may be long, so it stands where a page scrolls.
func (st Story) neverAsk() string {
	if !st.green() || st.Content == nil || len(st.Content.NeverAsk[words.Language()]) == 0 {
		return ""
	}
	var never []string
	for _, what := range st.Content.NeverAsk[words.Language()] {
		never = append(never, words.Quote(what))
	}
	return words.Say("verdict.never_ask", st.named()) + " " + strings.Join(never, "; ") + "."
}

// cramped reports whether little fits on a page: a small window or large text.
func (s *Side) cramped() bool {
	return s.Stage.Compact() || fyne.CurrentApp().Settings().Theme().Size(look.Body) >= largeText
}

// largeText is the size of body text from which a page holds little more than
// a small window does, in logical pixels.
const largeText = 28
