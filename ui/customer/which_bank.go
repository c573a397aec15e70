// This file owns the screen that asks which bank the call is about, where there are several.

package customer

import "countersign/ui/words"

const WhichBank Kind = "which-bank" // only with several banks

func (s *Side) whichBank() screen {
	var q question
	for _, b := range s.state.Banks {
		q.add(words.Bank(b.Name, b.Domain), dots(bankLine(b, s.Stage.Now()), words.Formerly(b.Naming, s.Stage.Now())), func() { s.choose(b) })
	}
	return s.question(q, words.Say("ask.bank"), "", s.leave)
}
