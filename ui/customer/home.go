// This file owns home, the screen with its one big button.

package customer

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/session"
	"countersign/ui/advice"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const Home Kind = "home" // the one big button

func (s *Side) home() screen {
	title := words.Say("customer.home")
	call := parts.NewButton(parts.Home, words.Say("customer.on_a_call"), s.begin)
	cards := container.NewStack()
	update := func(st State) {
		call.SetText(words.Say("customer.on_a_call"))
		if st.Check.Looking {
			call.SetText(words.Say("customer.one_moment"))
		}
		cards.Objects = []fyne.CanvasObject{s.homeCards(st)}
		cards.Refresh()
	}
	return screen{
		Page: shell.Page{
			Title: title,
			Content: parts.Page(
				parts.Heading(title, words.Say("customer.home_lead")),
				parts.Column(call, cards),
				parts.Actions(
					parts.NewButton(parts.Secondary, words.Say("customer.add_bank"), s.addBank),
					parts.NewButton(parts.Secondary, words.Say("customer.past_calls"), s.openPast),
					parts.NewButton(parts.Secondary, words.Say("customer.banks"), s.openBanks))),
			Focus: call,
		},
		Update: update,
	}
}

// homeCards tell what is known: the bank, the last call, a hold.
func (s *Side) homeCards(st State) fyne.CanvasObject {
	cards := parts.Columns(parts.Card(s.bankCard(st.Banks)), parts.Card(s.lastCard(st)), 0.5)
	if b, ok := held(st.Banks, s.Stage.Now()); ok {
		hold := parts.Card(withIcon(parts.IconClock, look.Ink, parts.Body(holdText(b))))
		return parts.Column(hold, cards)
	}
	return cards
}

// cardBanks is how many banks are named on the home screen; the list has all.
const cardBanks = 2

func (s *Side) bankCard(banks []session.Bank) fyne.CanvasObject {
	var rows []fyne.CanvasObject
	for i, b := range banks {
		if i == cardBanks {
			rows = append(rows, parts.Note(words.Say("customer.more_banks")))
			break
		}
		line := dots(bankLine(b, s.Stage.Now()), words.Formerly(b.Naming, s.Stage.Now()))
		rows = append(rows, parts.Strong(words.Bank(b.Name, b.Domain)), parts.Note(line))
	}
	return parts.Tight(rows...)
}

func (s *Side) lastCard(st State) fyne.CanvasObject {
	switch {
	case st.Hidden != "":
		return parts.Tight(parts.Strong(words.Say("customer.last_call")), parts.Note(words.Ending(st.Hidden, advice.ForDevice)))
	case len(st.Past) == 0:
		return parts.Tight(parts.Strong(words.Say("customer.last_call")), parts.Note(words.Say("customer.no_call_yet")))
	}
	last := st.Past[0]
	return parts.Tight(
		parts.Strong(words.Say("customer.last_call")),
		parts.Note(dots(words.Capital(words.DayAndTime(last.Began, s.Stage.Now())), words.Name(last.Department), words.Purpose(last.Purpose))),
		parts.Note(words.Ending(last.Reason, advice.ForCustomers)))
}
