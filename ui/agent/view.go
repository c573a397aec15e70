// This file owns what all screens have in common: the page around them, when a
// view is made and when it is only brought up to date, and the countdown.

package agent

import (
	"strings"

	"time"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/trust"
	"countersign/ui/advice"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// view draws one kind of screen. It is made once and brought up to date in
// place: what is typed and what has the focus stay.
type view interface {
	content() fyne.CanvasObject
	title() string         // what the screen says, as a sentence
	focus() fyne.Focusable // nil: the first control
	update(State)          // shows the state
	keys() map[shell.Key]func()
	back() func() // what Esc does, nil for nothing
}

// counting is a view with a countdown. A second that passes touches only that.
type counting interface{ tick(c Call, now time.Time) }

// typing is a view with a box whose text the state does not hold.
type typing interface{ typed() string }

// coloured is a view whose whole window has a mood.
type coloured interface{ mood() look.Mood }

// dropping is a view that takes files.
type dropping interface{ dropped(paths []string) }

// newView makes the view of a kind of screen.
func (s *Side) newView(k Kind) view {
	switch k {
	case KindTrouble:
		return newTroubleView(s)
	case KindQuestion:
		return newQuestionView(s)
	case KindWarned:
		return newWarnedView(s)
	case KindTicket:
		return newTicketView(s)
	case KindAuthenticator:
		return newAuthenticatorView(s)
	case KindSignIn:
		return newSignInView(s)
	case KindForm:
		return newFormView(s)
	case KindStarting:
		return newStartingView(s)
	case KindLive:
		return newLiveView(s)
	case KindQR:
		return newQRView(s)
	case KindSecure:
		return newSecureView(s)
	case KindEnded:
		return newEndedView(s)
	case KindHistory:
		return newHistoryView(s)
	}
	return newOpeningView()
}

// show brings the screen up to date with the state.
func (s *Side) show() {
	s.state.Now = s.stage.Now()
	kind := s.state.Kind()
	if kind != s.kind {
		s.arrived = s.state.Now
	}
	if s.view == nil || kind != s.kind {
		s.kind, s.view = kind, s.newView(kind)
		s.view.update(s.state)
		s.state.Typed = ""
		s.stage.Show(s.page())
	} else {
		s.view.update(s.state)
	}
	s.count()
}

// keepTyped saves what a box holds before the view is made anew.
func (s *Side) keepTyped() {
	if v, ok := s.view.(typing); ok {
		s.state.Typed = v.typed()
	}
}

// page is the view with what the window shows around it.
func (s *Side) page() shell.Page {
	p := shell.Page{
		Title: s.view.title(), Bank: s.state.bankAndTeam(), Content: s.view.content(), Focus: s.view.focus(),
		Keys: s.view.keys(), Back: s.view.back(),
	}
	if s.state.signedIn() {
		p.Note = words.Say("agent.shift.note", words.With{"Name": words.Name(s.state.Shift.Name), "Time": words.Clock(s.state.Shift.Until)})
	}
	if v, ok := s.view.(coloured); ok {
		p.Mood = v.mood()
	}
	if v, ok := s.view.(dropping); ok {
		p.Dropped = v.dropped
	}
	switch {
	case s.state.inCall():
		p.Busy, p.Closing = true, s.endCall
	case s.state.signedIn():
		p.Actions = []shell.Action{
			{Text: words.Say("agent.history.title"), Do: s.history},
			{Text: words.Say("agent.signin.out"), Do: s.signOut},
		}
	}
	return p
}

// count keeps the countdown going while there is one.
func (s *Side) count() {
	s.ticking()
	v, counts := s.view.(counting)
	left := s.state.Call.left(s.stage.Now())
	if !counts || !s.state.inCall() || left <= 0 {
		return
	}
	v.tick(s.state.Call, s.stage.Now())
	// Every change repaints the whole window. Seconds matter in the last minute
	// only; until then a step of five is as good, and without a graphics card,
	// as on a virtual desktop, a waiting call costs a fifth.
	step := time.Second
	if left > time.Minute {
		step = 5 * time.Second
	}
	next := left % step // the moment at which the shown time changes
	if next == 0 {
		next = step
	}
	s.ticking = s.stage.After(next, s.count)
}

// bankAndTeam stands beside the program's name.
func (s State) bankAndTeam() string {
	bank, team := words.Bank(s.Shift.Bank.Name, s.Shift.Bank.Domain), words.Name(s.Shift.Department)
	if team == "" || !s.signedIn() {
		return bank
	}
	return bank + " · " + team
}

// quiet is a view without a countdown, keys or a way back.
type quiet struct{}

func (quiet) keys() map[shell.Key]func() { return nil }
func (quiet) back() func()               { return nil }
func (quiet) focus() fyne.Focusable      { return nil }
func (quiet) update(State)               {}

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

func purposeWords(p trust.Purpose) string { return capital(words.Say("purpose." + p.String())) }

func alertWords(key call.AlertKey) string { return capital(words.Say(string(key))) + "." }

func endingDigits(line string) string {
	return words.Say("agent.form.number", words.With{"Digits": line})
}

// capital begins a sentence or a title with a capital letter.
func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// secondsLeft is a countdown's text: the second that has begun counts.
func secondsLeft(d time.Duration) string {
	return words.Lasted((d + time.Second - 1).Truncate(time.Second))
}
