// This file owns the screen that ends a check of which something is not known.

package customer

import (
	"strings"

	"fyne.io/fyne/v2"

	"countersign/session/protocol/ending"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const Amber Kind = "amber" // over, for something is not known

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
	first, rest := words.FirstSentence(why)
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
