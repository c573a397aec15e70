// This file owns the screens that name the agent: the verdict that is green, or
// amber for somebody who may go on, with the connection check; and the panel
// of the secure call. What is shown comes from verdict.Shown and from what
// this computer knows by itself.

package customer

import (
	"strings"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/session/protocol/call"
	"countersign/ui/advice"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// connected is the verdict that goes on.
func (s *Side) connected() screen {
	st := s.state.Story
	title, mood := st.headline()
	digits := parts.NewDigits("", look.Digits)
	notes := newChanging(mood)
	wrong := s.wrongButton()
	end := parts.NewButton(parts.Secondary, words.Say("customer.end"), s.Rested(s.end))
	update := func(now State) {
		digits.SetText(advice.Pairs(now.Story.Readback))
		notes.set(noteLines(now.Story))
		if now.Story.Closing {
			end.Disable()
		}
	}
	check := parts.Inset(st.check(digits, !s.cramped())) // is read aloud
	rule := parts.Body(strings.TrimSpace(st.rule() + " " + st.neverAsk()))
	body := parts.KeepInSight(check, parts.Inset(s.facts(st)), rule, check, notes.object)
	if s.cramped() {
		body = parts.Column(check, parts.Inset(s.facts(st)), rule, notes.object)
	}
	return screen{
		Page: shell.Page{
			Title: title,
			Mood:  mood,
			Content: parts.Page(
				parts.VerdictHead(mood, title, st.below()),
				body,
				parts.Actions(wrong, end)),
			Focus: wrong, // asks first, unlike ending
			Keys:  map[shell.Key]func(){wrongKey: s.wrong},
			Back:  s.wrong,
		},
		Update: update,
	}
}

// check is the connection check: the digits, and what they are not.
func (st Story) check(digits *parts.Digits, waiting bool) fyne.CanvasObject {
	rows := []fyne.CanvasObject{parts.Body(words.Say("customer.check.only")), parts.Strong(words.Say("customer.check.never"))}
	if waiting {
		rows = append(rows, parts.Note(words.Say("customer.check.waiting")))
	}
	return parts.Columns(
		parts.Tight(parts.Note(words.Say("customer.check.read", st.named())), digits),
		parts.Tight(rows...), 0.56)
}

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

// largeText is the size of body text from which a page holds little more than
// a small window does, in logical pixels.
const largeText = 28

// cramped reports whether little fits on a page: a small window or large text.
func (s *Side) cramped() bool {
	return s.Stage.Compact() || fyne.CurrentApp().Settings().Theme().Size(look.Body) >= largeText
}

// headline is what the verdict says, and its colour.
func (st Story) headline() (string, look.Mood) {
	if st.green() {
		return words.Say("customer.green", words.With{"Bank": words.Bank(st.Shown.Bank.Name, st.Shown.Bank.Domain)}), look.Verified
	}
	return words.Say("verdict.unverified"), look.Unverified
}

// below is the line below the headline: where green is proved, or what is not
// known.
func (st Story) below() string {
	if st.green() {
		return dots(words.BankBelow(st.Shown.Bank.Name, st.Shown.Bank.Domain), st.formerly())
	}
	return st.why()
}

// formerly: a name that people have not seen before needs a word.
func (st Story) formerly() string { return words.Formerly(st.Shown.Bank, st.Began) }

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

// shortWarning is the longest list of what a bank never asks for, in letters,
// that stands whole among the buttons of the secure call: three lines.
const shortWarning = 330

// whereToWarn gives the line above the buttons of the secure call, and what
// stands in the panel after the agent's name. The list of what the bank never
// asks for belongs where it is always in sight; a long one, or one in a small
// window, would push the conversation out and goes where a panel scrolls.
func (s *Side) whereToWarn(st Story) (rule string, panel fyne.CanvasObject) {
	never := st.neverAsk()
	if never == "" {
		return st.rule(), nil
	}
	if whole := st.rule() + " " + never; !s.cramped() && utf8.RuneCountInString(whole) <= shortWarning {
		return whole, nil
	}
	return st.rule(), parts.Body(never)
}

// facts are who, why and how: the bank's approved sentence stands below the
// reason where it has one.
func (s *Side) facts(st Story) fyne.CanvasObject {
	return parts.Facts(st.who(), st.about(), st.thisCall(s.state.Check.Answers.Dialled))
}

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
	return parts.Fact(words.Say("customer.fact.reason"), purpose(st.Shown.Purpose), words.Quote(approved))
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
	if len(st.Notes) == 0 {
		return nil
	}
	rows := make([]fyne.CanvasObject, len(st.Notes))
	for i, key := range st.Notes {
		rows[i] = withIcon(parts.IconTriangle, look.Ink, parts.Strong(words.Capital(words.Say(string(key)))))
	}
	return parts.Tight(rows...)
}

// lostStrip says that the connection is down, while it is.
func lostStrip(st Story) fyne.CanvasObject {
	if !st.Lost {
		return nil
	}
	return parts.Strip(parts.IconLineLost, words.Capital(words.Say(string(call.AlertLost))))
}

// talk is the secure call: the facts stay in sight, the conversation beside
// them.
func (s *Side) talk() screen {
	st := s.state.Story
	_, mood := st.headline()
	end := parts.NewButton(parts.Secondary, words.Say("customer.end"), s.Rested(s.end))
	strip, notes := newChanging(mood), newChanging(mood)
	chat := parts.NewChat(words.Say("customer.message"), words.Say("customer.send"), &s.state.Draft, s.say)
	inset := parts.Inset(chat) // before the first line: a line takes the colours of where it stands
	told := 0
	update := func(now State) {
		for ; told < len(now.Story.Said); told++ {
			addTo(chat, now.Story.Said[told], words.Name(now.Story.Shown.Name))
		}
		strip.set(lostStrip(now.Story))
		notes.set(noteLines(now.Story))
		if now.Story.Closing {
			chat.SetEnabled(false)
			end.Disable()
		}
	}
	rule, never := s.whereToWarn(st)
	side := parts.Tight(withIcon(iconOf(st), look.Ink, parts.Strong(st.badge())),
		notes.object, st.who(), never, st.about(), st.thisCall(s.state.Check.Answers.Dialled))
	return screen{
		Page: shell.Page{
			Title: st.talkTitle(),
			Mood:  mood,
			Content: parts.Page(
				strip.object,
				parts.Columns(container.NewVScroll(side), inset, 0.32),
				parts.Column(parts.Body(rule), parts.Actions(s.wrongButton(), end))),
			Focus: chat.First(),
			Keys:  map[shell.Key]func(){wrongKey: s.wrong},
			Back:  s.wrong,
		},
		Update: update,
	}
}

// talkTitle is green's only where green is.
func (st Story) talkTitle() string {
	if st.green() {
		return words.Say("customer.talk", st.named())
	}
	return words.Say("customer.talk_guest", st.named())
}

// named are the names of a sentence: who speaks, and for which bank.
func (st Story) named() words.With {
	return words.With{"Name": words.Name(st.Shown.Name), "Bank": words.Bank(st.Shown.Bank.Name, st.Shown.Bank.Domain)}
}

// badge says in words what the colour says.
func (st Story) badge() string {
	if st.green() {
		return words.Say("customer.badge.green", words.With{"Bank": words.BankAndDomain(st.Shown.Bank.Name, st.Shown.Bank.Domain)})
	}
	return words.Say("verdict.unverified")
}

func iconOf(st Story) parts.IconName {
	if st.green() {
		return parts.IconShield
	}
	return parts.IconTriangle
}

// addTo adds a line to the conversation.
func addTo(chat *parts.Chat, said Said, agent string) {
	switch {
	case said.Note != "":
		chat.Notice(words.Capital(words.Say(string(said.Note))))
	case said.Own:
		chat.Add(words.Say("customer.you"), said.Text, true)
	default:
		chat.Add(agent, said.Text, false)
	}
}
