// This file owns the screens that end a check: red, "ask for a new code",
// amber. None of them says anything that a stopped offer claimed, and every one
// says what to do.

package customer

import (
	"strings"

	"fyne.io/fyne/v2"

	"countersign/session/protocol/ending"
	"countersign/ui/advice"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

func (s *Side) red() screen {
	st := s.state.Story
	reason := st.reason()
	title, todo := words.Say("verdict.hang_up"), safeSteps()
	if advice.Next(reason) == advice.AskBank {
		title, todo = words.Say("verdict.stopped"), parts.Lead(words.Say(string(advice.AskBank)))
	}
	first, rest := firstSentence(words.Ending(reason, st.family()))
	numbers := parts.NewButton(parts.Primary, words.Say("customer.show_numbers"), s.Rested(func() { s.beside(SafeNumbers) }))
	closing := parts.NewButton(parts.Secondary, words.Say("customer.close"), s.Rested(s.leave))
	telling := parts.Body(words.Say("customer.reporting"))
	update := func(now State) {
		telling.Hidden = now.Story.Over
		if now.Story.Over {
			closing.Enable()
		} else {
			closing.Disable()
		}
	}
	return screen{
		Page: shell.Page{
			Title:   title,
			Actions: quiet,
			Mood:    look.Stopped,
			Content: parts.Page(
				parts.VerdictHead(look.Stopped, title, first),
				parts.Column(parts.Inset(parts.Tight(ifAny(rest, strong), todo)), s.holdLine(), st.undelivered(), telling),
				parts.Actions(numbers, closing)),
			Focus: numbers,
			Back:  s.leaveIfOver,
		},
		Update: update,
	}
}

// ifAny makes a text of a sentence, or nothing of none.
func ifAny[L fyne.CanvasObject](text string, show func(string) L) fyne.CanvasObject {
	if text == "" {
		return nil
	}
	return show(text)
}

// holdLine tells a hold where this stop began one.
func (s *Side) holdLine() fyne.CanvasObject {
	if !s.state.Story.holds() {
		return nil
	}
	return parts.Lead(words.Say("next.hold"))
}

func (s *Side) leaveIfOver() {
	if s.running == nil {
		s.leave()
	}
}

func (s *Side) newCode() screen {
	st := s.state.Story
	title := words.Say("customer.new_code")
	again := parts.NewButton(parts.Primary, words.Say(st.retryKey()), s.Rested(s.retry))
	return screen{Page: shell.Page{
		Title: title,
		Content: parts.Page(
			heading(title, words.Ending(st.reason(), st.family())),
			parts.Column(st.undelivered(), card(parts.Lead(words.Say("customer.new_code_how")), strong(words.Say("customer.no_secrets")))),
			parts.Actions(again, parts.NewButton(parts.Secondary, words.Say("customer.close"), s.Rested(s.leave)))),
		Focus: again,
		Back:  s.leave,
	}}
}

// retryKey names the button of another try: where the answers stay it goes on,
// else the check begins anew.
func (st Story) retryKey() string {
	if st.keepsAnswers() {
		return "customer.try_again"
	}
	return "customer.start_again"
}

func (s *Side) amber() screen {
	st := s.state.Story
	title, why := words.Say("verdict.unverified"), st.why()
	switch {
	case !st.Judged:
		title, why = words.Say("customer.not_checked"), words.Ending(st.reason(), st.family())
	case st.GoesOn: // the verdict stood, and something else ended the call
		why = words.Ending(st.reason(), st.family())
	}
	closing := parts.NewButton(parts.Secondary, words.Say("customer.close"), s.Rested(s.leave))
	focus := closing
	var actions []fyne.CanvasObject
	if st.mayRetry() {
		focus = parts.NewButton(parts.Primary, words.Say(st.retryKey()), s.Rested(s.retry))
		actions = append(actions, focus)
	}
	if s.state.mayCheckOffline() {
		actions = append(actions, parts.NewButton(parts.Secondary, words.Say("customer.check_offline"), s.Rested(s.checkOffline)))
	}
	first, rest := firstSentence(why)
	return screen{Page: shell.Page{
		Title: title,
		Mood:  look.Unverified,
		Content: parts.Page(
			parts.VerdictHead(look.Unverified, title, first),
			parts.Column(parts.Inset(parts.Tight(
				ifAny(rest, parts.Lead),
				ifAny(remedy(st.reason()), parts.Lead),
				strong(words.Say("next.no_secrets")))),
				st.undelivered(),
				parts.Note(words.Say("details", words.With{"Text": st.details()}))),
			parts.Actions(append(actions, closing)...)),
		Focus: focus,
		Back:  s.Rested(s.leave),
	}}
}

// details are the names of the reasons, for whoever helps by telephone.
func (st Story) details() string {
	names := make([]string, 0, len(st.Shown.Reasons))
	for _, r := range st.Shown.Reasons {
		names = append(names, string(r))
	}
	if len(names) == 0 || st.GoesOn {
		names = append(names, string(st.reason()))
	}
	return strings.Join(names, ", ")
}

// remedy is what would make the check complete, "" where the person can do
// nothing about it.
func remedy(r ending.Reason) string {
	switch r {
	case ending.Offline, ending.ServerDown:
		return words.Say("customer.remedy.online")
	case ending.StatusStale:
		return words.Say("customer.remedy.later")
	case ending.NoKeyring, ending.KeyringLocked:
		return words.Say("customer.remedy.keyring")
	case ending.NotSure:
		return words.Say("customer.remedy.sure")
	}
	return ""
}
