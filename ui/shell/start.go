// This file owns the first start: the one question that is asked once.

package shell

import (
	"countersign/session"
	"countersign/ui/parts"
	"countersign/ui/words"
)

// firstStart asks whose computer this is.
func (s *Shell) firstStart() Page {
	customer := parts.NewChoice("1", words.Say("start.customer"), words.Say("start.customer_note"), func() { s.become(Customer) })
	agent := parts.NewChoice("2", words.Say("start.agent"), words.Say("start.agent_note"), func() { s.become(Agent) })
	return Page{
		Title: words.Say("start.title"),
		Content: s.sheet(
			parts.Heading(words.Say("start.title"), words.Say("start.once")),
			parts.Choices(customer, agent),
			nil,
		),
		Focus: customer,
		Keys:  map[Key]func(){"1": func() { s.become(Customer) }, "2": func() { s.become(Agent) }},
	}
}

// become remembers whose computer this is and opens that person's side.
func (s *Shell) become(w Who) {
	s.kept.setWho(w)
	s.leaveSide()
	s.who = w
	s.frame.SetStanding(s.standing())
	s.open(session.KeyringDefault)
}

// leaveSide ends the side that plays.
func (s *Shell) leaveSide() {
	s.over = nil
	if s.side != nil {
		s.left = append(s.left, s.side.Stop())
		s.side = nil
	}
	s.opened = Opened{}
}
