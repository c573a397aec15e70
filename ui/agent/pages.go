// This file owns what the agent's pages have in common: the header, the
// countdown, the strips that come and go, and how calls are written.

package agent

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/ui/advice"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// around gives a page what all of them share: bank and shift in the header, and
// between calls what can be done from there.
func (s *Side) around(p shell.Page) shell.Page {
	p.Bank, p.Busy = s.state.bankAndTeam(), s.state.inCall()
	if !s.state.signedIn() {
		return p
	}
	p.Note = words.Say("agent.shift.note", words.With{"Name": words.Name(s.state.Shift.Name), "Time": words.Clock(s.state.Shift.Until)})
	if !p.Busy {
		p.Actions = []shell.Action{
			{Text: words.Say("agent.history.title"), Do: s.openPast},
			{Text: words.Say("agent.signin.out"), Do: s.signOut},
		}
	}
	return p
}

// bankAndTeam stands beside the program's name.
func (s State) bankAndTeam() string {
	bank, team := words.Bank(s.Shift.Bank.Name, s.Shift.Bank.Domain), words.Name(s.Shift.Department)
	if team == "" || !s.signedIn() {
		return bank
	}
	return bank + " · " + team
}

// countdown shows the time that the call has left, as long as it has any.
func (s *Side) countdown(tell func()) func() time.Duration {
	return func() time.Duration {
		left := s.state.Call.left(s.Stage.Now())
		if !s.state.inCall() || left <= 0 {
			return 0
		}
		tell()
		// Every change repaints the whole window. Seconds matter in the last minute
		// only; until then a step of five is as good, and without a graphics card,
		// as on a virtual desktop, a waiting call costs a fifth.
		step := time.Second
		if left > time.Minute {
			step = 5 * time.Second
		}
		if next := left % step; next > 0 { // the moment at which the shown time changes
			return next
		}
		return step
	}
}

// strip is a line across the page that is there only while it has something to
// say. around is laid out anew when it comes or goes.
type strip struct {
	box    *fyne.Container
	around func()
	shown  string
}

func newStrip(around func()) *strip {
	s := &strip{box: container.NewStack(), around: around}
	s.box.Hide()
	return s
}

// warn shows a warning, "" nothing.
func (s *strip) warn(icon parts.IconName, text string) { s.set(text, parts.Strip(icon, text)) }

// tell shows a calm sentence, "" nothing.
func (s *strip) tell(text string) { s.set(text, parts.Card(parts.Body(text))) }

func (s *strip) set(text string, o fyne.CanvasObject) {
	if text == s.shown {
		return
	}
	s.shown = text
	s.box.Objects = []fyne.CanvasObject{o}
	s.box.Hidden = text == ""
	s.box.Refresh()
	s.around()
}

// problem is what the strip says of a state: why the last thing failed, or a
// calm sentence.
func (s *strip) problem(state State) {
	switch {
	case state.Problem == ending.NameClash && state.Clash != nil:
		known, other := state.Clash.Known, state.Clash.New
		s.warn(parts.IconTriangle, strings.TrimSpace(words.Ending(state.Problem, state.Family)+" "+words.Say("clash.both", words.With{
			"Since": words.Day(known.Since, other.Since), "Known": words.BankAndDomain(known.Name, known.Domain), "New": words.BankAndDomain(other.Name, other.Domain),
		})+" "+words.Formerly(known.Naming, other.Since))) // it may be the former name that is alike
	case state.Problem == ending.NotForYou && state.Held != nil:
		known := state.Held.Known
		s.warn(parts.IconTriangle, words.Ending(state.Problem, state.Family)+" "+words.Say("agent.enrol.somebody_else", words.With{"Bank": words.BankAndDomain(known.Name, known.Domain)}))
	case state.Problem != "" && state.Picture.Key != "":
		s.warn(parts.IconTriangle, words.Picture(state.Picture))
	case state.Problem != "":
		s.warn(parts.IconTriangle, words.Ending(state.Problem, state.Family))
	case state.Told != "":
		s.tell(words.Say(state.Told, words.With{"Bank": words.Bank(state.Shift.Bank.Name, state.Shift.Bank.Domain)}))
	default:
		s.tell("")
	}
}

// endingWords tells how a call ended: an agent who never had a code needs
// other words than one in a call.
func endingWords(r ending.Reason, hadCode bool) string {
	if hadCode {
		return words.Ending(r, advice.ForAgents)
	}
	return words.Ending(r, advice.ForStart)
}

func alertWords(key call.AlertKey) string { return words.Capital(words.Say(string(key))) + "." }

func endingDigits(line string) string {
	return words.Say("agent.form.number", words.With{"Digits": line})
}

// callWords says what the call is about: who called whom, why, on which number.
func callWords(c Story) string {
	text := words.Capital(shortDirection(c.Form.Direction)) + " · " + words.Purpose(c.Form.Purpose)
	if c.Line != "" {
		text += " · " + words.Say("agent.live.line", words.With{"Digits": c.Line})
	}
	return text
}

// shortDirection is who called whom, in a word or two.
func shortDirection(d offer.Direction) string {
	if d == offer.BankCalled {
		return words.Say("agent.fact.outgoing")
	}
	return words.Say("agent.fact.incoming")
}

// secondsLeft is a countdown's text: the second that has begun counts.
func secondsLeft(d time.Duration) string {
	return words.Lasted((d + time.Second - 1).Truncate(time.Second))
}

// set shows a text in a box unless it stands there already: the box tells
// every change, also ours.
func set(e *parts.Entry, text string) {
	if e.Text != text {
		e.SetText(text)
	}
}

func enable(b *parts.Button, enabled bool) {
	switch {
	case enabled && b.Disabled():
		b.Enable()
	case !enabled && !b.Disabled():
		b.Disable()
	}
}

func show(o fyne.CanvasObject, visible bool) {
	switch {
	case visible && !o.Visible():
		o.Show()
	case !visible && o.Visible():
		o.Hide()
	}
}

// refresh lays a page out anew after something came or went.
func refresh(o fyne.CanvasObject) {
	if o != nil {
		o.Refresh()
	}
}
