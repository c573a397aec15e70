// This file owns the first screens: home with its one big button, the one
// before any bank is there, and those that wait for the keyring or cannot
// open it.

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

func (s *Side) opening() screen {
	title := words.Say("customer.opening")
	return screen{Page: shell.Page{
		Title:   title,
		Actions: quiet,
		Content: parts.Page(parts.Headline(title), parts.Working(words.Say("customer.opening_lead")), nil),
	}}
}

func (s *Side) cannotOpen() screen {
	title := words.Say("customer.cannot_open")
	again := parts.NewButton(parts.Primary, words.Say("customer.try_again"), func() {
		s.moveTo(Opening)
		s.refresh()
	})
	return screen{Page: shell.Page{
		Title: title,
		Content: parts.Page(
			heading(title, words.Ending(s.state.Trouble, advice.ForDevice)),
			parts.Column(card(parts.Body(words.Say("customer.cannot_open_help")))),
			parts.Actions(again)),
		Focus: again,
	}}
}

func (s *Side) noBank() screen {
	title := words.Say("customer.welcome")
	add := parts.NewButton(parts.Home, words.Say("customer.add_your_bank"), s.addBank)
	past := parts.NewButton(parts.Secondary, words.Say("customer.past_calls"), s.openPast)
	var actions []fyne.CanvasObject
	if len(s.state.Past) > 0 {
		actions = append(actions, past)
	}
	if len(s.state.Agents) > 0 { // one of them may stand in the way of the bank to be added
		actions = append(actions, parts.NewButton(parts.Secondary, words.Say("customer.banks"), s.openBanks))
	}
	var foot fyne.CanvasObject
	if len(actions) > 0 {
		foot = parts.Actions(actions...)
	}
	return screen{Page: shell.Page{
		Title: title,
		Content: parts.Page(
			heading(title, words.Say("customer.welcome_lead")),
			parts.Column(add, parts.Body(words.Say("customer.welcome_need"))),
			foot),
		Focus: add,
	}}
}

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
				heading(title, words.Say("customer.home_lead")),
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
		parts.Note(dots(words.Capital(words.DayAndTime(last.Began, s.Stage.Now())), words.Name(last.Department), purpose(last.Purpose))),
		parts.Note(words.Ending(last.Reason, advice.ForCustomers)))
}

// withIcon puts an icon before a text that may need several lines.
func withIcon(name parts.IconName, colour fyne.ThemeColorName, text fyne.CanvasObject) fyne.CanvasObject {
	icon := container.NewCenter(parts.Icon(name, colour, iconSize))
	return container.NewBorder(nil, nil, icon, nil, text)
}

// iconSize is the side of an icon beside a text, in logical pixels.
const iconSize = 32
