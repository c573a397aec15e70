// This file owns the screen of the secure call: the facts stay in sight, the
// conversation beside them.

package customer

import (
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

const (
	Secure    Kind = "secure"     // the panel of a call that is verified and secure
	GuestTalk Kind = "guest-talk" // the panel of one that is not fully checked
)

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

// lostStrip says that the connection is down, while it is.
func lostStrip(st Story) fyne.CanvasObject {
	if !st.Lost {
		return nil
	}
	return parts.Strip(parts.IconLineLost, words.Capital(words.Say(string(call.AlertLost))))
}

// talkTitle is green's only where green is.
func (st Story) talkTitle() string {
	if st.green() {
		return words.Say("customer.talk", st.named())
	}
	return words.Say("customer.talk_guest", st.named())
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
func addTo(chat *parts.Chat, said call.Said, agent string) {
	switch {
	case said.Note != "":
		chat.Notice(words.Capital(words.Say(string(said.Note))))
	case said.Own:
		chat.Add(words.Say("customer.you"), said.Text, true)
	default:
		chat.Add(agent, advice.Clean(said.Text), false)
	}
}
