// This file owns the screen that names the agent: the verdict that is green, or amber for
// somebody who may go on, with the connection check. What is shown comes from
// verdict.Shown and from what this computer knows by itself.

package customer

import (
	"strings"

	"fyne.io/fyne/v2"

	"countersign/ui/advice"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const (
	Green Kind = "green" // the connection check of a call that is verified
	Guest Kind = "guest" // the same of one that is not fully checked, and going on
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

// below is the line below the headline: where green is proved, or what is not
// known.
func (st Story) below() string {
	if st.green() {
		return dots(words.BankBelow(st.Shown.Bank.Name, st.Shown.Bank.Domain), st.formerly())
	}
	return st.why()
}

// facts are who, why and how: the bank's approved sentence stands below the
// reason where it has one.
func (s *Side) facts(st Story) fyne.CanvasObject {
	return parts.Facts(st.who(), st.about(), st.thisCall(s.state.Check.Answers.Dialled))
}
