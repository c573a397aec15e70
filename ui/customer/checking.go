// This file owns the screen that stands between the code and the verdict.

package customer

import (
	"countersign/session/protocol/call"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const Checking Kind = "checking" // nothing is known yet

// The steps of a check, in the order in which they happen.
const (
	stepComputer = iota
	stepBank
	stepAgent
)

func (s *Side) checking() screen {
	title := words.Say("customer.checking_title")
	line := parts.NewTimeLine([]string{
		words.Say("customer.checking_computer"), words.Say("customer.checking_bank"), words.Say("customer.checking_agent"),
	})
	cancel := parts.NewButton(parts.Secondary, words.Say("customer.cancel"), s.Rested(s.end))
	update := func(st State) {
		at := stepOf(st)
		for i := stepComputer; i <= stepAgent; i++ {
			line.Set(i, progress(i, at), "")
		}
		if st.Story.Closing {
			cancel.Disable()
		}
	}
	return screen{
		Page: shell.Page{
			Title:   title,
			Content: parts.Page(parts.Headline(title), parts.Column(parts.Working(words.Say("customer.checking_lead")), line), parts.Actions(cancel)),
			Focus:   cancel,
			Back:    s.end,
		},
		Update: update,
	}
}

// stepOf is the step in hand.
func stepOf(st State) int {
	switch {
	case st.Story.Seen() == call.Idle:
		return stepComputer
	case st.Story.Seen() == call.Looking:
		return stepBank
	}
	return stepAgent
}

func progress(step, at int) parts.StepState {
	switch {
	case step < at:
		return parts.Done
	case step == at:
		return parts.Current
	}
	return parts.Empty
}
