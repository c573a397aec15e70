// This file owns the question whether somebody on the phone wants a bank to be
// added, and the screen that stops whoever says yes.

package customer

import (
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const (
	AskPrompted  Kind = "ask-prompted"  // the question
	PromptedStop Kind = "prompted-stop" // the answer to a yes
)

func (s *Side) askPrompted() screen {
	var q question
	q.add(words.Say("customer.prompted.no"), words.Say("customer.prompted.no_note"), func() { s.moveTo(Ticket) })
	q.add(words.Say("customer.prompted.yes"), "", func() { s.moveTo(PromptedStop) })
	return s.question(q, words.Say("ask.prompted"), words.Say("customer.prompted.lead"), s.leave)
}

func (s *Side) promptedStop() screen {
	title := words.Say("verdict.hang_up")
	done := parts.NewButton(parts.Primary, words.Say("customer.close"), s.leave)
	return screen{Page: shell.Page{
		Title:   title,
		Actions: quiet,
		Mood:    look.Stopped,
		Content: parts.Page(
			parts.VerdictHead(look.Stopped, title, words.Say("customer.prompted.stop")),
			parts.Column(parts.Inset(parts.Tight(strong(words.Say("customer.prompted.nothing")), safeSteps()))),
			parts.Actions(done)),
		Focus: done,
		Back:  s.leave,
	}}
}
