// This file owns the screen that asks how the call began: message 0. Nothing is sent yet.

package customer

import (
	"countersign/session/protocol/offer"
	"countersign/ui/words"
)

const HowBegan Kind = "how-began" // message 0

func (s *Side) howBegan() screen {
	var q question
	q.add(words.Say("ask.they_called"), "", func() { s.answer(offer.Answers{How: offer.TheyCalled}) })
	for _, number := range s.state.Check.Bank.Lines {
		q.add(words.Say("customer.i_called_shown"), words.Number(number), func() {
			s.answer(offer.Answers{How: offer.ICalled, Dialled: number})
		})
	}
	q.add(words.Say("customer.i_called_other"), words.Say("customer.i_called_other_note"), func() {
		s.state.Check.Fault = ""
		s.moveTo(WhichNumber)
	})
	q.add(words.Say("ask.not_sure"), "", func() { s.answer(offer.Answers{How: offer.NotSure}) })
	return s.question(q, words.Say("ask.how"), words.Say("ask.how_calm"), s.backFromHow)
}
