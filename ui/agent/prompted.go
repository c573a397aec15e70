// This file owns the question that comes before a bank is added, about what a
// fraudster would make a person do, and the screen that stops whoever says yes.

package agent

import (
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// The question, and the answer to a yes.
const (
	AskPrompted  Kind = "ask-prompted"
	PromptedStop Kind = "prompted-stop"
)

func (s *Side) prompted() screen {
	yes, no := func() { s.answerPrompted(true) }, func() { s.answerPrompted(false) }
	return screen{Page: shell.Page{
		Title: words.Say("ask.prompted"),
		Content: parts.Page(
			parts.Heading(words.Say("agent.enrol.title"), words.Say("agent.enrol.why")),
			parts.Column(parts.Strong(words.Say("ask.prompted")), parts.Choices(
				parts.NewChoice("1", words.Say("ask.yes"), "", yes), parts.NewChoice("2", words.Say("ask.no"), "", no))),
			nil),
		Keys: map[shell.Key]func(){"1": yes, "2": no},
	}}
}

func (s *Side) promptedStop() screen {
	title := words.Say("agent.enrol.stop")
	return screen{Page: shell.Page{
		Title: title,
		Mood:  look.Stopped,
		Content: parts.Page(parts.VerdictHead(look.Stopped, title, ""), parts.Column(parts.Lead(words.Say("agent.enrol.stop_why"))),
			parts.Actions(parts.NewButton(parts.Secondary, words.Say("agent.back"), s.askPrompted))),
		Back: s.askPrompted,
	}}
}
